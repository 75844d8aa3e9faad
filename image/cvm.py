#!/usr/bin/env python3
"""Makes out/image/cvm: kernel and initramfs of a confidential VM with the agent as /init, in the form of a dstack image.

  KERNEL=PATH     a kernel other than that of kernel.txt: a folder like those in deps/kernel, or a bzImage that needs no modules
  MODULES=NAMES   kernel modules to load in addition to those of modules.txt
  DISK=1          also load those of an encrypted data disk; dstack.disk in CMDLINE implies it
  APP=PATH        what to add: a folder, a tar, an OCI image layout or a docker-archive; programs in etc/dstack/run.d are started
  CMDLINE=WORDS   what to add to the kernel's command line, such as dstack.ip=10.0.2.15/24
  IMAGE_HOSTNAME=NAME   the machine's name; `make image` takes it from HOSTNAME, which shells set too
  COMPRESS=WORD   how the initramfs is compressed: zstd, gzip or none
  FIRMWARE=FILE   the firmware to put into the image, as ovmf.fd
  OUT=DIR         where to write instead
  SOURCE_DATE_EPOCH=SECONDS   the time of the build; by default that of the commit
"""

import hashlib
import json
import os
import pathlib
import re
import stat

import bill
import compression
import cpio
import modules
import outputs
from apps import checks, root, source
from refusal import Refusal

HERE = pathlib.Path(__file__).resolve().parent
# Upstream's, without the root file system, and with only the kernel's warnings on the console.
COMMAND_LINE = ("console=ttyS0 loglevel=5 panic=1 net.ifnames=0 biosdevname=0 mce=off oops=panic pci=noearly pci=nommconf "
                "random.trust_cpu=y random.trust_bootloader=n tsc=reliable no-kvmclock")
OS_NAME = "dstack minimal CVM"
# The most bytes that the initramfs may have without kernel modules and APP, compressed by gzip.
LIMIT = 700 * 1024
# The most bytes of the command line with what QEMU appends: Linux on x86 ignores what follows.
LINE_LIMIT = 2047 - len(" initrd=initrd")


def base(names: list, version: str) -> dict:
    """Our part of the initramfs; `names` are the files of modules to load, below lib/modules."""
    return {
        "init": cpio.file(outputs.content(outputs.AGENT), 0o755),
        # the kernel opens it for process 1 before devtmpfs is mounted
        "dev/console": cpio.character_device(5, 1, 0o600),
        "dev/null": cpio.character_device(1, 3, 0o666),
        **{name: cpio.directory() for name in ("proc", "sys", "run", "tmp", "dstack", "etc/dstack/run.d")},
        # a clock that shows an earlier time is wrong
        "etc/dstack/built": cpio.file(f"{outputs.time()}\n".encode()),
        "etc/dstack/modules": cpio.file("".join(f"{name}\n" for name in names).encode()),
        # what `requirements.os_version` of an app-compose is compared with, and what SysInfo and the metrics report
        "etc/os-release": cpio.file(f'ID=dstack-minimal\nNAME="{OS_NAME}"\nVERSION_ID={version}\n'.encode()),
        # the host's quote generation service over vsock, which is faster than through the kernel
        "etc/tdx-attest.conf": cpio.file(b"port=4050\n"),
    }


def combined(ours: dict, app: dict) -> dict:
    """Merges both. A folder in both is as the app has it. If the app has a link in place of one of our folders, as a system with
    merged /usr has, our files go where the link leads."""
    whole = cpio.with_parents(app)
    for name, node in cpio.with_parents(ours).items():
        place = root.parent(whole, name)
        there = whole.get(root.resolved(whole, place)) if stat.S_ISDIR(node.mode) else whole.get(place)
        if there and stat.S_ISDIR(there.mode) and stat.S_ISDIR(node.mode):
            continue
        if there and there != node:
            outputs.fail(f"APP has {place}, which belongs to the image: leave it out")
        whole[place] = node
    return whole


def words() -> list:
    """What CMDLINE and HOSTNAME add to the command line."""
    given = os.environ.get("CMDLINE", "").split()
    name = os.environ.get("IMAGE_HOSTNAME", "")
    names = [(f"HOSTNAME={name}", name)] if name else []
    names += [(f"the kernel command line: {word}", word.partition("=")[2]) for word in given if word.startswith("hostname=")]
    for what, each in names:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", each):
            outputs.fail(f"{what}: want at most 63 letters, digits and hyphens, with no hyphen at either end")
    return given + ([f"hostname={name}"] if name else [])


def command_line(words: list) -> str:
    line = " ".join([COMMAND_LINE, *words])
    if len(line.encode()) > LINE_LIMIT:
        outputs.fail(f"the kernel command line: it has {len(line.encode())} bytes, and Linux ignores what is beyond {LINE_LIMIT}: shorten CMDLINE")
    return line


def metadata(version: str, revision: str, line: str, initramfs: str, has_firmware: bool) -> bytes:
    fields = {"bios": "ovmf.fd"} if has_firmware else {}
    fields |= {
        "kernel": "bzImage", "initrd": initramfs, "cmdline": line,
        "version": version, "git_revision": revision, "shared_ro": True, "is_dev": False,
    }
    return (json.dumps(fields, indent=2) + "\n").encode()


def more_modules(kernel) -> list:
    given, wanted = os.environ.get("DISK", ""), os.environ.get("MODULES", "").split()
    if given not in ("", "0", "1"):
        outputs.fail(f"DISK={given}: want 1, or nothing")
    uses_disk = any(word.startswith("dstack.disk=") for word in os.environ.get("CMDLINE", "").split())
    return wanted + (modules.OF_DISK if kernel.release and (given == "1" or uses_disk) else [])


def main():
    version, revision = outputs.agent_version()
    given = words()
    line = command_line(given)
    app = source.read(os.environ["APP"]) if os.environ.get("APP") else source.App({}, [])
    kernel = modules.chosen()
    loaded = kernel.modules(more_modules(kernel))
    ours = base([name.rpartition("/")[2] for name in loaded], version)
    size = len(cpio.compressed(ours))
    if size > LIMIT:
        outputs.fail(f"the initramfs without modules has {size} bytes, more than {LIMIT}")
    nodes = combined(ours | loaded, app.nodes)
    checks.programs(nodes, outputs.AGENT, given)
    form = compression.chosen(os.environ.get("COMPRESS", ""), kernel)
    initramfs = "initramfs.cpio" + compression.FORMS[form][0]

    firmware = os.environ.get("FIRMWARE")
    files = {"ovmf.fd": outputs.content(pathlib.Path(firmware))} if firmware else {}
    files |= {"bzImage": kernel.image, initramfs: compression.compressed(cpio.archive(nodes), form)}
    files["metadata.json"] = metadata(version, revision, line, initramfs, bool(firmware))
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()
    files["sha256sum.txt"] = sums
    files["digest.txt"] = f"{hashlib.sha256(sums).hexdigest()}\n".encode()
    files["sbom.cdx.json"] = bill.sbom(version, revision, kernel, loaded, app.nodes)
    files["manifest.json"] = bill.manifest(files, nodes)
    out = outputs.ROOT / os.environ.get("OUT", "out/image/cvm")
    with outputs.replacing(out, "metadata.json") as folder:
        for name, data in files.items():
            (folder / name).write_bytes(data)
    for note in app.notes:
        print(f"note   {note}")
    print(f"ready  {os.path.relpath(out)}: kernel {len(files['bzImage'])} bytes, {initramfs} {len(files[initramfs])}; in it the agent "
          f"({size} by gzip), {len(loaded)} modules ({sum(len(node.data) for node in loaded.values())} unpacked) and your files "
          f"({sum(len(node.data) for node in app.nodes.values())} unpacked)")


try:
    main()
except Refusal as refusal:
    outputs.fail(str(refusal))
