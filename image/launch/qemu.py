"""How QEMU runs a guest here: as a real TDX guest where the machine can, else with KVM, else by translation."""

import base64
import fcntl
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess

from refusal import Refusal

QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
# The firmware for TDX if the image has none of its own.
FIRMWARE = pathlib.Path(os.environ.get("FIRMWARE", "/usr/share/ovmf/OVMF.fd"))
QUOTE_SERVICE = "/run/tdx-qgs/qgs.socket"

KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES, TDX_VM = 0xAE03, 235, 5


@functools.cache
def version() -> str:
    if not shutil.which(QEMU):
        raise Refusal(f"there is no {QEMU} in PATH: install QEMU for x86 (Debian: qemu-system-x86 and seabios), or set QEMU")
    return subprocess.run([QEMU, "--version"], capture_output=True, text=True).stdout.split("\n")[0].removeprefix("QEMU emulator ")


@functools.cache
def mode() -> str:
    """`tdx`, `kvm` or `tcg`: the best that this machine has."""
    return "tdx" if has_tdx() else "kvm" if has_kvm() else "tcg"


@functools.cache
def has_tdx() -> bool:
    try:
        kvm = os.open("/dev/kvm", os.O_RDWR)
    except OSError:
        return False
    try:
        types = fcntl.ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES)
    except OSError:
        types = 0
    finally:
        os.close(kvm)
    return bool(types >> TDX_VM & 1) and "tdx-guest" in subprocess.run([QEMU, "-object", "help"], capture_output=True, text=True).stdout


@functools.cache
def has_kvm() -> bool:
    """That /dev/kvm opens is not enough: without vmx or svm it cannot run a stock kernel."""
    with open("/proc/cpuinfo") as file:
        return os.access("/dev/kvm", os.R_OK | os.W_OK) and bool(re.search(r"^flags.*\b(vmx|svm)\b", file.read(), re.MULTILINE))


def machine(accelerator: str, config_id: bytes, memory: int, cpus: int, firmware) -> list:
    """The options for the machine itself, without kernel and devices. `memory` is in bytes."""
    common = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-smp", str(cpus), "-m", f"{memory >> 20}M"]
    if accelerator == "tdx":
        guest = {"qom-type": "tdx-guest", "id": "tdx", "mrconfigid": base64.b64encode(config_id).decode(),
                 "quote-generation-socket": {"type": "unix", "path": QUOTE_SERVICE}}
        return [*common, "-accel", "kvm", "-cpu", "host", "-bios", str(firmware), "-object", json.dumps(guest),
                "-machine", "q35,kernel-irqchip=split,confidential-guest-support=tdx,hpet=off"]
    # the release's AES needs AES-NI, which `max` has
    cpu = "host" if accelerator == "kvm" else "max"
    return [*common, "-accel", accelerator, "-cpu", cpu, "-machine", "q35,hpet=off"]


def words(accelerator) -> str:
    """For the kernel's command line where QEMU translates. Translated code sees this machine's time stamp counter, but cannot calibrate it
    on a busy machine: a guest's clock was seen to run 460 times too fast. And the kernel's tests of its own
    ciphers take half a second; a machine without translation runs them at every start."""
    if accelerator != "tcg":
        return ""
    with open("/proc/cpuinfo") as file:
        frequency = re.search(r"^cpu MHz.*: (.*)$", file.read(), re.MULTILINE)[1]
    return f"tsc_early_khz={float(frequency) * 1000:.0f} cryptomgr.notests"


def firmware_log(table: str, log: str, address: int) -> list:
    """The ACPI table CCEL and the log that it points to."""
    return ["-acpitable", f"sig=CCEL,rev=1,oem_id=TDXSIM,oem_table_id=TDXSIM,data={table}",
            "-device", f"loader,file={log},addr={address:#x},force-raw=on"]


def port(name: str, path: str) -> list:
    """A virtio-serial port that ends in a Unix socket on which someone listens."""
    return ["-chardev", f"socket,id={name},path={path}", "-device", f"virtserialport,chardev={name},name=org.dstack.{name}"]


def fat_folder(path: str, label: str) -> list:
    """A folder as a read-only disk with a FAT file system, as dstack's VMM offers it."""
    return ["-blockdev", f"driver=vvfat,node-name=shared,read-only=on,dir={path},label={label}",
            "-device", "virtio-blk-pci,drive=shared"]


def disk(path: str) -> list:
    return ["-blockdev", f"driver=raw,node-name=disk,read-only=on,file.driver=file,file.filename={path}",
            "-device", "virtio-blk-pci,drive=disk"]


def scratch_disk(path: str) -> list:
    """A writable disk whose changes are discarded."""
    return ["-drive", f"file={path},format=raw,snapshot=on,if=none,id=scratch", "-device", "virtio-blk-pci,drive=scratch"]


def data_disk(path: str, device: str = "virtio-blk-pci") -> list:
    """A writable disk whose changes are kept."""
    return ["-blockdev", f"driver=raw,node-name=data,file.driver=file,file.filename={path}", "-device", f"{device},drive=data"]


def export(path: str) -> list:
    """A folder over 9p."""
    return ["-virtfs", f"local,path={path},mount_tag=host-shared,readonly=on,security_model=mapped,id=shared"]


def network(address: str, forwards: list, net: str = "", is_isolated: bool = False) -> list:
    """A user-mode network, with ports of the guest at `address` published here, as (host's address, host's port or 0 for any, guest's
    port)."""
    given = "".join(f",hostfwd=tcp:{host}:{port}-{address}:{guest}" for host, port, guest in forwards)
    return ["-netdev", f"user,id=net{net}{',restrict=on' if is_isolated else ''}{given}", "-device", "virtio-net-pci,netdev=net,romfile="]
