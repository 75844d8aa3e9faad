"""A guest in QEMU that boots the image, with the tests' overlay after the initramfs, and a probe in it."""

import base64
import json
import lzma
import pathlib
import re
import shutil
import tempfile

import cpio
from evidence.image import Image
from guest import EVENT_LOG, rtmr
from launch import qemu
from launch.guest import Guest
from probe import Probe

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "out/boot-test"
# How long a boot may take, with translation on a busy machine.
PATIENCE = 90
# Bytes; a real TDX guest has firmware that needs more.
MEMORY = (512 if qemu.mode() == "tdx" else 256) << 20

# Kernel messages that are expected.
EXPECTED = re.compile(
    # translation makes clocks imprecise
    r"tsc: Unable to calibrate|tsc: PIT calibration deviates|8254 timer not connected|APIC calibration not consistent"
    # from mce=off and pci=nommconf on the command line
    r"|mce: Unable to init MCE device|MMCONFIG is disabled"
    # the simulator is not Debian's module
    r"|tdx_sim: (loading out-of-tree module taints kernel|module verification failed)"
    # systemd's own messages, before the journal runs
    r"|systemd\[1\]: "
    # the unit's output, which also goes to the console
    r"|dstack-guest-agent\[\d+\]: "
    r"|reboot: Power down")
KERNEL_LINE = re.compile(r"^\[ *\d+\.\d+\] ")
ALARMING = re.compile(r"Kernel panic|BUG:|Oops|WARNING:|Call Trace|segfault|general protection|traps:|Illegal|Fatal error"
                      # the agent's own words for a program that ended by itself, not by the tests' SIGKILL or a SIGTERM
                      r"|the agent (has ended with status (?!0$)|was ended by signal (?!9$|15$))")


class Machine(Guest):
    """`image` is a folder as `make image` makes it, `shared` are QEMU's options for the host-shared directory, `words` go after
    the command line, `measured` is the firmware's log, `nodes` are more files for the guest."""

    def __init__(self, image: pathlib.Path, shared=(), words="", config_id=bytes(48), measured=None,
                 nodes=None):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="boot-"))
        self.probe = Probe(str(folder / "probe"))
        options = [*qemu.port("probe", str(folder / "probe")), *shared,
                   *qemu.network("10.0.2.15", [("127.0.0.1", 0, 8090)], is_isolated=True)]
        super().__init__(Image(image), folder, qemu.mode(), MEMORY, options=options, words=words, overlay=overlay() | (nodes or {}), init="/test/init",
                         config_id=config_id, firmware_log=measured or b"", firmware=qemu.FIRMWARE)

    # kernel messages that a test provokes
    expected = None

    @property
    def state(self) -> pathlib.Path:
        """The simulator's."""
        return self.simulation.state

    @property
    def host_port(self) -> int:
        """This machine's port for the agent's port 8090."""
        with self.monitor() as monitor:
            return monitor.forwarded()[8090][1]

    def wait_for(self, pattern: str) -> float:
        """Waits for a line on the console; returns the time when it came."""
        when = super().wait_for(pattern, PATIENCE)
        assert when, f"no line {pattern!r} on the console:\n{self.console}"
        return when

    def wait_for_probe(self):
        while not self.probe.ready.wait(0.1):
            assert self.is_running and self.age < PATIENCE, f"no probe:\n{self.console}"

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
        """The register as the kernel reports it."""
        return self.probe.read(rtmr(3))

    def kernel_log(self) -> list:
        """(microseconds, message) of the kernel's log, from /dev/kmsg of a running guest."""
        records = re.findall(r"^\d+,\d+,(\d+),[^;]*;(.*)$", self.probe.read("/dev/kmsg").decode(errors="replace"), re.MULTILINE)
        return [(int(when), message) for when, message in records]

    def kernel_messages(self) -> list:
        """The kernel's warnings, and whatever looks like the end of a program."""
        return [line for _, line in self.lines
                if (KERNEL_LINE.search(line) or ALARMING.search(line)) and not EXPECTED.search(line)
                and not (self.expected and self.expected.search(line))]

    def crashes(self) -> list:
        """Lines about programs that trapped in the kernel's log of a running guest: the image keeps these off the console."""
        return [message for _, message in self.kernel_log() if ALARMING.search(message)]

    def ours(self) -> dict:
        """The processes of this program, with their command lines; without the agent's short-lived children, which have the agent's."""
        return {pid: command for pid, (parent, command) in self.probe.processes().items()
                if command[0] in ("/init", "dstack-guest-agent") and (parent == 1 or "serve" not in command)}

    def agent(self) -> int:
        """The process that serves the apps."""
        (found,) = [pid for pid, command in self.ours().items() if "serve" in command]
        return found

    def memory(self, what="") -> tuple:
        """A line to print, and the KiB that our processes take."""
        ours = self.ours()
        resident = sum(field(self.probe.read(f"/proc/{pid}/smaps_rollup"), "Pss") for pid in ours)
        all_of_it = self.probe.read("/proc/meminfo")
        used = field(all_of_it, "MemTotal") - field(all_of_it, "MemAvailable")
        return f"memory {resident} KiB of ours in {len(ours)} processes{what}; {used} KiB of {field(all_of_it, 'MemTotal')} in use", resident

    def kill(self):
        super().kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def field(text: bytes, name: str) -> int:
    """KiB of a line of /proc."""
    return int(re.search(rf"^{name}: +(\d+) kB$", text.decode(), re.MULTILINE)[1])


def overlay() -> dict:
    """The tests' files for a guest."""
    nodes = {f"test/{name}": cpio.file((OUT / program).read_bytes(), 0o755)
             for name, program in (("init", "test-init"), ("abi-test", "abi-test"))}
    nodes["etc/dstack/run.d/probe"] = cpio.file((OUT / "probe").read_bytes(), 0o755)
    nodes["etc/dstack/run.d/probe.conf"] = cpio.file(b"user = 0\ncapabilities = all\n", 0o644)
    modules = ROOT / "deps/kernel/cloud-amd64/modules"
    for path in modules.glob("lib/modules/*/kernel/net/vmw_vsock/vsock_loopback.ko.xz"):
        nodes["test/vsock_loopback.ko"] = cpio.file(lzma.decompress(path.read_bytes()))
    return nodes


def kernel_release(flavour: str) -> str:
    return (ROOT / "deps/kernel" / flavour / "release").read_text().strip()
