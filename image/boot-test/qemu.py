"""How QEMU runs a guest here: in a real TDX guest where there is one to be had, else with KVM, else by translation."""

import base64
import fcntl
import functools
import json
import os
import re
import subprocess

QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
# On a TDX host.
FIRMWARE = os.environ.get("FIRMWARE", "/usr/share/ovmf/OVMF.fd")
QUOTE_SERVICE = "/run/tdx-qgs/qgs.socket"
MEMORY = 256
# Where the simulated firmware's log lies, in bytes; below MEMORY.
LOG_AREA, LOG_SIZE = 0x0F000000, 64 * 1024

KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES, TDX_VM = 0xAE03, 235, 5


@functools.cache
def mode() -> str:
    """`tdx`, `kvm` or `tcg`. That /dev/kvm opens says little: without vmx or svm it is one that runs no stock kernel."""
    try:
        kvm = os.open("/dev/kvm", os.O_RDWR)
    except OSError:
        return "tcg"
    try:
        types = fcntl.ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES)
    except OSError:
        types = 0
    finally:
        os.close(kvm)
    if types >> TDX_VM & 1 and "tdx-guest" in subprocess.run([QEMU, "-object", "help"], capture_output=True, text=True).stdout:
        return "tdx"
    with open("/proc/cpuinfo") as file:
        return "kvm" if re.search(r"^flags.*\b(vmx|svm)\b", file.read(), re.MULTILINE) else "tcg"


def machine(config_id: bytes) -> list:
    """The options for the machine itself, without kernel and devices."""
    common = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-smp", "1"]
    if mode() == "tdx":
        guest = {"qom-type": "tdx-guest", "id": "tdx", "mrconfigid": base64.b64encode(config_id).decode(),
                 "quote-generation-socket": {"type": "unix", "path": QUOTE_SERVICE}}
        return [*common, "-accel", "kvm", "-cpu", "host", "-m", "512", "-bios", FIRMWARE, "-object", json.dumps(guest),
                "-machine", "q35,kernel-irqchip=split,confidential-guest-support=tdx,hpet=off"]
    # the release's AES needs AES-NI, which `max` has
    cpu = "host" if mode() == "kvm" else "max"
    return [*common, "-accel", mode(), "-cpu", cpu, "-m", str(MEMORY), "-machine", "q35,hpet=off"]


def clock() -> str:
    """A word for the kernel's command line. Translated code sees this machine's time stamp counter, but cannot calibrate it on a busy
    machine: a guest's clock was seen to run 460 times too fast."""
    if mode() != "tcg":
        return ""
    with open("/proc/cpuinfo") as file:
        return f"tsc_early_khz={float(re.search(r'^cpu MHz.*: (.*)$', file.read(), re.MULTILINE)[1]) * 1000:.0f}"


def firmware_log(table: str, log: str) -> list:
    """The ACPI table CCEL and the log that it points to."""
    return ["-acpitable", f"sig=CCEL,rev=1,oem_id=TDXSIM,oem_table_id=TDXSIM,data={table}",
            "-device", f"loader,file={log},addr={LOG_AREA:#x},force-raw=on"]


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
    """A disk to write on; nothing of that stays."""
    return ["-drive", f"file={path},format=raw,snapshot=on,if=none,id=scratch", "-device", "virtio-blk-pci,drive=scratch"]


def export(path: str) -> list:
    """A folder over 9p."""
    return ["-virtfs", f"local,path={path},mount_tag=host-shared,readonly=on,security_model=mapped,id=shared"]


def network(guest_port: int, host_port: int) -> list:
    """A user-mode network that reaches nothing, with one port of the guest's on loopback."""
    return ["-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{host_port}-:{guest_port}",
            "-device", "virtio-net-pci,netdev=net,romfile="]
