#!/usr/bin/env python3
"""Makes out/image/cvm: kernel and initramfs of a confidential VM with the agent as /init, in the form of a dstack image.

  KERNEL=PATH     another kernel than that of kernel.txt: a folder like those in deps/kernel, or a bzImage that needs no modules
  APP=DIR         files to add, each at its place: programs in etc/dstack/run.d are started
  CMDLINE=WORDS   what to add to the kernel's command line, such as dstack.ip=10.0.2.15/24
  FIRMWARE=FILE   the firmware to put into the image, as ovmf.fd
  OUT=DIR         where to write instead
"""

import hashlib
import json
import lzma
import os
import pathlib
import subprocess

import cpio
import outputs

HERE = pathlib.Path(__file__).resolve().parent
# Upstream's, without the root file system, and with the kernel's warnings alone on the console.
COMMAND_LINE = ("console=ttyS0 loglevel=5 panic=1 net.ifnames=0 biosdevname=0 mce=off oops=panic pci=noearly pci=nommconf "
                "random.trust_cpu=y random.trust_bootloader=n tsc=reliable no-kvmclock")
OS_NAME = "dstack minimal CVM"
# Bytes of the initramfs without kernel modules and APP, compressed.
LIMIT = 700 * 1024


def kernel_folder() -> pathlib.Path:
    given = os.environ.get("KERNEL")
    if given:
        return pathlib.Path(given)
    subprocess.run([HERE / "kernel.sh"], check=True)
    return outputs.ROOT / "deps/kernel/cloud-amd64"


def module_files(kernel: pathlib.Path) -> list:
    """The files of the modules in modules.txt and of what they need, in the order of loading."""
    if kernel.is_file():
        return []
    release = outputs.content(kernel / "release").decode().strip()
    found = []
    for line in (HERE / "modules.txt").read_text().splitlines():
        name, *marks = line.partition("#")[0].split() or [""]
        if not name:
            continue
        asked = subprocess.run(
            ["modprobe", "-d", (kernel / "modules").resolve(), "-S", release, "--show-depends", name],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
        if asked.returncode and "optional" not in marks:
            outputs.fail(f"{kernel} has no module {name}, and has it not built in: {asked.stderr.strip()}")
        for step in asked.stdout.splitlines() if asked.returncode == 0 else []:
            what, path = step.split(maxsplit=1)
            path = path.strip()
            if what == "insmod" and pathlib.Path(path) not in found:
                found.append(pathlib.Path(path))
    return found


def module(path: pathlib.Path) -> tuple:
    """A module's name and bytes, its signature included. Unpacked, as the kernel takes longer for that than for all the rest of the
    start, and the initramfs is compressed anyway."""
    data = path.read_bytes()
    return (path.stem, lzma.decompress(data)) if path.suffix == ".xz" else (path.name, data)


def base(modules: list, version: str) -> dict:
    """What is ours of the initramfs; `modules` are the names of the files to load, below lib/modules."""
    return {
        "init": cpio.file(outputs.content(outputs.AGENT), 0o755),
        # the kernel opens it for process 1 before devtmpfs is there
        "dev/console": cpio.character_device(5, 1, 0o600),
        "dev/null": cpio.character_device(1, 3, 0o666),
        **{name: cpio.directory() for name in ("proc", "sys", "run", "tmp", "dstack", "etc/dstack/run.d")},
        "etc/dstack/modules": cpio.file("".join(f"{name}\n" for name in modules).encode()),
        # what `requirements.os_version` of an app-compose is compared with, and what SysInfo and the metrics tell
        "etc/os-release": cpio.file(f'ID=dstack-minimal\nNAME="{OS_NAME}"\nVERSION_ID={version}\n'.encode()),
        # the host's quote generation service over vsock, which is faster than the kernel's way to it
        "etc/tdx-attest.conf": cpio.file(b"port=4050\n"),
    }


def application() -> dict:
    folder = os.environ.get("APP")
    if not folder:
        return {}
    if not pathlib.Path(folder).is_dir():
        outputs.fail(f"APP={folder} is no folder")
    try:
        return cpio.tree(pathlib.Path(folder))
    except ValueError as error:
        outputs.fail(str(error))


def combined(*parts: dict) -> dict:
    """All parts together; folders may be in several of them."""
    whole = {}
    for part in parts:
        for name, node in cpio.with_parents(part).items():
            if whole.get(name, node) != node:
                outputs.fail(f"APP has {name}, which is the image's own")
            whole[name] = node
    return whole


def metadata(version: str, revision: str, has_firmware: bool) -> bytes:
    fields = {"bios": "ovmf.fd"} if has_firmware else {}
    fields |= {
        "kernel": "bzImage", "initrd": "initramfs.cpio.gz",
        "cmdline": " ".join([COMMAND_LINE, *os.environ.get("CMDLINE", "").split()]),
        "version": version, "git_revision": revision, "shared_ro": True, "is_dev": False,
    }
    return (json.dumps(fields, indent=2) + "\n").encode()


def main():
    kernel = kernel_folder()
    image = kernel if kernel.is_file() else kernel / "bzImage"
    kernel_image = outputs.content(image)
    modules = {f"lib/modules/{name}": cpio.file(data) for name, data in map(module, module_files(kernel))}
    version, revision = outputs.agent_version()
    ours = base([name.rpartition("/")[2] for name in modules], version)
    size = len(cpio.compressed(ours))
    if size > LIMIT:
        outputs.fail(f"the initramfs without modules has {size} bytes, more than {LIMIT}")
    initramfs = cpio.compressed(combined(ours, modules, application()))

    firmware = os.environ.get("FIRMWARE")
    files = {"ovmf.fd": outputs.content(pathlib.Path(firmware))} if firmware else {}
    files |= {"bzImage": kernel_image, "initramfs.cpio.gz": initramfs}
    files["metadata.json"] = metadata(version, revision, bool(firmware))
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()
    files["sha256sum.txt"] = sums
    files["digest.txt"] = f"{hashlib.sha256(sums).hexdigest()}\n".encode()
    out = outputs.ROOT / os.environ.get("OUT", "out/image/cvm")
    with outputs.replacing(out, "metadata.json") as folder:
        for name, data in files.items():
            (folder / name).write_bytes(data)
    print(f"ready  {os.path.relpath(out)}: kernel {len(files['bzImage'])} bytes, "
          f"{len(modules)} modules {sum(len(node.data) for node in modules.values())}, ours {size}")


main()
