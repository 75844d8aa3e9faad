"""The options of `boot`, checked before anything is started."""

import argparse
import pathlib
import re
from typing import NamedTuple

import amounts
import supplies
from evidence.image import Image
from evidence import startup
from launch import host, network, qemu
from refusal import Refusal

# No current kernel boots with less memory; QEMU's PC has room for no more CPUs.
LEAST_MEMORY, MOST_CPUS = 128 << 20, 255


class Options(NamedTuple):
    image: Image
    accelerator: str
    files: dict
    environment: dict
    kms: str
    disk: pathlib.Path
    publish: list
    memory: int
    cpus: int
    # what is measured after the image's own command line
    words: str
    firmware: pathlib.Path
    shows_kernel: bool
    detach: bool
    timeout: float


def checked(given: argparse.Namespace) -> Options:
    qemu.version()
    if given.tdx and not qemu.has_tdx():
        raise Refusal("--tdx: this machine cannot start TDX guests: that takes /dev/kvm of a TDX host and QEMU 10.1 or later")
    if not 0 < given.cpus <= MOST_CPUS:
        raise Refusal(f"--cpus {given.cpus}: want 1 to {MOST_CPUS}")
    if not given.timeout > 0:
        raise Refusal(f"--timeout {given.timeout}: want more than 0 seconds")
    image = Image(given.image or supplies.default_image())
    accelerator = "tdx" if qemu.has_tdx() and not given.simulate else "kvm" if qemu.has_kvm() else "tcg"
    if accelerator == "tdx" and given.kms:
        raise Refusal(f"--kms {given.kms}: it trusts only simulated TDX; add --simulate")
    firmware = image.firmware or qemu.FIRMWARE
    if accelerator == "tdx" and not firmware.is_file():
        raise Refusal(f"TDX needs firmware, and there is no {firmware}: make image FIRMWARE=OVMF.fd")
    memory = amounts.memory(given.memory)
    if memory < LEAST_MEMORY + 2 * len(image.initrd):
        raise Refusal(f"--memory {given.memory}: too little for an initramfs of {len(image.initrd) >> 10} KiB; want more than "
                      f"{(LEAST_MEMORY + 2 * len(image.initrd)) >> 20}M")
    words = [] if network.has_address(image.command_line) else [network.ADDRESS]
    words += ["ignore_loglevel"] if given.kernel_log else []
    files = host.gather(given.host_shared, **{"app-compose": (host.COMPOSE, given.app_compose),
                                              "user-config": (host.USER_CONFIG, given.user_config)})
    if given.kms and host.SYS_CONFIG in files:
        raise Refusal(f"--kms {given.kms}: {given.host_shared / host.SYS_CONFIG} already says which KMS to use; leave out one of the two")
    words += disk_words(given, image, files)
    return Options(image, accelerator, files, environment(given), given.kms, given.disk, [network.published(text) for text in given.publish],
                   memory, given.cpus, " ".join(words), firmware, given.kernel_log, given.detach, given.timeout)


def disk_words(given: argparse.Namespace, image: Image, files: dict) -> list:
    """What goes after the image's command line for a data disk. Without a KMS each start has new keys, and so formats the disk again."""
    asked = startup.disk_of(image.command_line)
    if not given.disk:
        if asked in ("required", "scratch"):
            raise Refusal(f"{image.folder} asks for a data disk by dstack.disk={asked}: add --disk FILE")
        return []
    if given.disk.exists() and not given.disk.is_file() and not given.disk.is_block_device():
        raise Refusal(f"--disk: {given.disk} is neither a file nor a disk")
    if "," in str(given.disk):
        raise Refusal(f"--disk: {given.disk} has a comma, which QEMU takes for the end of the name: rename it")
    if not given.disk.exists() and not given.disk.parent.is_dir():
        raise Refusal(f"--disk: there is no folder {given.disk.parent}")
    if not image.has_module("dm-crypt"):
        raise Refusal(f"--disk {given.disk}: {image.folder} cannot use one; make image DISK=1")
    if not given.kms and host.has_no_kms(files):
        return [] if asked == "scratch" else ["dstack.disk=scratch"]
    return [] if asked else ["dstack.disk=required"]


def environment(given: argparse.Namespace) -> dict:
    """The variables of --env."""
    if not given.env:
        return {}
    if not given.kms:
        raise Refusal(f"--env {given.env}: without a KMS there is no key to encrypt it to; add --kms fake, or hand over what its owner "
                      f"has encrypted as {host.ENVIRONMENT} in --host-shared")
    if not given.env.is_file():
        raise Refusal(f"--env: there is no file {given.env}")
    variables = {}
    for number, line in enumerate(given.env.read_text(errors="surrogateescape").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise Refusal(f"{given.env}, line {number}: want NAME=VALUE")
        variables[name] = value
    return variables
