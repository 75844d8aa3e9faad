"""A process in a simulated guest that a test drives from outside, and the names of the files that it finds there."""
import os
import pathlib
import pickle
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TDX_SIM = os.environ.get("TDX_SIM", str(ROOT / "out/tdx-sim"))
INSIDE = str(pathlib.Path(__file__).with_name("inside.py"))

REPORT = "/sys/kernel/config/tsm/report"
MEASUREMENTS = "/sys/devices/virtual/misc/tdx_guest/measurements"
TABLES = "/sys/firmware/acpi/tables"
EVENT_LOG = "/run/log/dstack"
PCI = "/sys/bus/pci/devices"


def rtmr(index):
    return f"{MEASUREMENTS}/rtmr{index}:sha384"


class Guest:
    """`guest.NAME(…)` calls os.NAME, or a function of inside.py, in the guest; OSError is raised here too."""

    def __init__(self, state, *options):
        command = [TDX_SIM, "run", "--state", str(state), *options, "--", sys.executable, INSIDE]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.state = pathlib.Path(state)

    @property
    def pid(self):
        return self.process.pid

    def send(self, name, *arguments):
        pickle.dump((name, arguments), self.process.stdin)
        self.process.stdin.flush()

    def receive(self):
        try:
            done, value = pickle.load(self.process.stdout)
        except EOFError:
            raise RuntimeError(f"the guest ended: {self.process.stderr.read().decode()}") from None
        if not done:
            raise OSError(value, os.strerror(value))
        return value

    def __getattr__(self, name):
        def call(*arguments):
            self.send(name, *arguments)
            return self.receive()

        return call

    def errno(self, name, *arguments):
        """The errno of a call that must fail."""
        try:
            value = getattr(self, name)(*arguments)
        except OSError as error:
            return error.errno
        raise AssertionError(f"{name}{arguments} gave {value!r}")

    def quote(self, report_data, entry="quote"):
        path = f"{REPORT}/{entry}"
        if entry not in self.listdir(REPORT):
            self.mkdir(path)
        self.write_file(path + "/inblob", report_data)
        return self.read_file(path + "/outblob")

    def faults(self, *lines):
        """Replaces the faults file atomically, so that no quote sees half of it."""
        draft = self.state / "faults.new"
        draft.write_text("".join(line + "\n" for line in lines))
        draft.rename(self.state / "faults")

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:  # it still waits for something that the test left hanging
                self.process.kill()
                self.process.wait(10)
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()


def until(condition, seconds=10):
    """Polls for something that another process does."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "did not happen in time"
        time.sleep(0.002)


READ, MKDIR, RMDIR = 0, 83, 84  # x86-64


def waits_in(guest, number, name=""):
    """Whether a guest waits in a system call; with a name, of a file that ends so: it also reads its own commands."""
    with open(f"/proc/{guest.pid}/syscall") as file:
        call = file.read().split()
    if call[0] != str(number):
        return False
    try:
        return not name or os.readlink(f"/proc/{guest.pid}/fd/{int(call[1], 16)}").endswith(name)
    except FileNotFoundError:
        return False


def in_flight(guest, other):
    """Waits until the simulator has taken the read of an outblob by one guest, which another helps to see."""
    until(lambda: waits_in(guest, READ, "/outblob"))
    # The kernel has queued it; the simulator answers in order.
    other.listdir(REPORT)
