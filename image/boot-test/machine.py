"""A guest in QEMU that boots the image, with the tests' overlay behind the initramfs."""

import base64
import json
import lzma
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

import ccel
import cpio
import qemu
from guest import EVENT_LOG, rtmr
from probe import Probe

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "out/boot-test"
# What a boot may take, by translation on a busy machine.
PATIENCE = 90

# Messages of the kernel that are no news.
EXPECTED = re.compile(
    # translated code is no precise clock
    r"tsc: Unable to calibrate|tsc: PIT calibration deviates|8254 timer not connected|APIC calibration not consistent"
    # what mce=off and pci=nommconf of the command line lead to
    r"|mce: Unable to init MCE device|MMCONFIG is disabled"
    # the simulator is no module of Debian's
    r"|tdx_sim: (loading out-of-tree module taints kernel|module verification failed)"
    # systemd's own, before it has a journal
    r"|systemd\[1\]: "
    # what the unit has said on the console too
    r"|dstack-guest-agent\[\d+\]: "
    r"|reboot: Power down")
KERNEL_LINE = re.compile(r"^\[ *\d+\.\d+\] ")
ALARMING = re.compile(r"Kernel panic|BUG:|Oops|WARNING:|Call Trace|segfault|general protection|traps:|Illegal|Fatal error"
                      # the agent's own words for a program that ended by itself, not by the tests' SIGKILL or a SIGTERM
                      r"|has ended: .*\((?!0\)|137\)|143\))")


class Machine:
    """`image` is a folder as `make image` makes it, `shared` what QEMU's options for the host-shared directory are, `words` go behind
    the command line, `measured` is the firmware's log."""

    def __init__(self, image: pathlib.Path, shared=(), words="", config_id=bytes(48), measured=None, kernel="cloud-amd64"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="boot-"))
        self.state = self.folder / "tdx-sim"
        self.probe = Probe(str(self.folder / "probe"))
        self.lines = []
        self.changed = threading.Condition()
        self.host_port = free_port()
        metadata = json.loads((image / "metadata.json").read_text())
        is_simulated = qemu.mode() != "tdx"
        words = f"{metadata['cmdline']} rdinit=/test/init {qemu.clock()} {words}"
        options = [*qemu.machine(config_id), "-serial", "stdio", "-device", "virtio-serial-pci",
                   "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off", *qemu.port("probe", str(self.folder / "probe")), *qemu.network(8090, self.host_port), *shared]
        self.service = None
        if is_simulated:
            self.service = start_quote_service(self.state, str(self.folder / "qgs"))
            options += qemu.port("qgs", str(self.folder / "qgs"))
            words += f" tdx_sim.mrconfigid={config_id.hex()}"
            if measured:
                options += self.write_log(measured)
                words += f" memmap={qemu.LOG_SIZE // 1024}K${qemu.LOG_AREA:#x}"
                words += "".join(f" tdx_sim.rtmr{index}={value.hex()}" for index, value in enumerate(ccel.replay(measured)[:3]))
        initramfs = self.folder / "initramfs"
        module = OUT / f"tdx_sim-{kernel_release(kernel)}.ko" if is_simulated else None
        initramfs.write_bytes((image / metadata["initrd"]).read_bytes() + cpio.compressed(overlay(module)))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [qemu.QEMU, *options, "-kernel", image / metadata["kernel"], "-initrd", initramfs, "-append", words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self.read_console, daemon=True)
        self.reader.start()

    def write_log(self, log: bytes) -> list:
        """The options for a firmware log of the simulated machine."""
        # type TDX, subtype 0, reserved; length and address of the log (UEFI 2.10, CCEL)
        table = struct.pack("<BBHQQ", 2, 0, 0, qemu.LOG_SIZE, qemu.LOG_AREA)
        (self.folder / "ccel.table").write_bytes(table)
        (self.folder / "ccel.log").write_bytes(log.ljust(qemu.LOG_SIZE, b"\xff"))
        return qemu.firmware_log(str(self.folder / "ccel.table"), str(self.folder / "ccel.log"))

    def read_console(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append((time.monotonic(), line.decode(errors="replace").rstrip()))
                self.changed.notify_all()
        with self.changed:
            self.lines.append((time.monotonic(), ""))
            self.changed.notify_all()

    @property
    def console(self) -> str:
        return "\n".join(line for _, line in self.lines)

    def wait_for(self, pattern: str) -> float:
        """Waits for a line on the console, and gives the time when it came."""
        found = []

        def is_there():
            found[:] = [when for when, line in self.lines if re.search(pattern, line)]
            return found or not self.reader.is_alive()

        with self.changed:
            self.changed.wait_for(is_there, PATIENCE)
        assert found, f"no line {pattern!r} on the console:\n{self.console}"
        return found[0]

    def wait_for_probe(self):
        deadline = time.monotonic() + PATIENCE
        while not self.probe.ready.wait(0.1):
            assert self.process.poll() is None and time.monotonic() < deadline, f"no probe:\n{self.console}"

    def wait_for_end(self):
        """Waits for the guest to power off."""
        status = self.process.wait(PATIENCE)
        self.reader.join(10)
        assert status == 0, self.console

    def events(self) -> list:
        """(name, payload) of each runtime event so far."""
        lines = map(json.loads, self.probe.read(f"{EVENT_LOG}/runtime_events.log").splitlines())
        return [(line["event"], base64.b64decode(line["payload"])) for line in lines]

    def rtmr3(self) -> bytes:
        """The register as the kernel has it."""
        return self.probe.read(rtmr(3))

    def kernel_log(self) -> list:
        """(microseconds, message) of the kernel's log, from /dev/kmsg of a guest that is up."""
        records = re.findall(r"^\d+,\d+,(\d+),[^;]*;(.*)$", self.probe.read("/dev/kmsg").decode(errors="replace"), re.MULTILINE)
        return [(int(when), message) for when, message in records]

    def press_power_button(self):
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.folder / "qmp"))
            with monitor.makefile("rw") as stream:
                stream.readline()  # the greeting
                for command in ("qmp_capabilities", "system_powerdown"):
                    print(json.dumps({"execute": command}), file=stream, flush=True)
                    while "return" not in json.loads(stream.readline()):
                        pass  # an event

    def kernel_messages(self) -> list:
        """What the kernel had to warn of, and whatever looks like the end of a program."""
        return [line for _, line in self.lines
                if (KERNEL_LINE.search(line) or ALARMING.search(line)) and not EXPECTED.search(line)]

    def crashes(self) -> list:
        """What a guest that is up has in its kernel's log of programs that trapped: the image keeps that off the console."""
        return [message for _, message in self.kernel_log() if ALARMING.search(message)]

    def kill(self):
        for process in (self.process, self.service):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def overlay(module) -> dict:
    """The tests' files in a guest; `module` is the simulator's, for a simulated one."""
    nodes = {f"test/{name}": cpio.file((OUT / name).read_bytes(), 0o755) for name in ("pump", "abi-test")}
    nodes["test/init"] = cpio.file((OUT / "test-init").read_bytes(), 0o755)
    nodes["etc/dstack/run.d/probe"] = cpio.file((OUT / "probe").read_bytes(), 0o755)
    modules = ROOT / "deps/kernel/cloud-amd64/modules"
    for path in modules.glob("lib/modules/*/kernel/net/vmw_vsock/vsock_loopback.ko.xz"):
        nodes["test/vsock_loopback.ko"] = cpio.file(lzma.decompress(path.read_bytes()))
    if module:
        nodes["test/tdx_sim.ko"] = cpio.file(module.read_bytes())
    return nodes


def kernel_release(flavour: str) -> str:
    return (ROOT / "deps/kernel" / flavour / "release").read_text().strip()


def start_quote_service(state: pathlib.Path, path: str) -> subprocess.Popen:
    """The service, once it takes connections."""
    service = subprocess.Popen([ROOT / "out/tdx-sim", "qgs", "--state", state, "--socket", path])
    deadline = time.monotonic() + 20
    while not pathlib.Path(path).exists():
        assert service.poll() is None and time.monotonic() < deadline, "the quote service does not start"
        time.sleep(0.01)
    return service


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
