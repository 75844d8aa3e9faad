"""The release binary as process 1, /init, of its own process, mount, network and UTS namespaces, in a tree with nothing else in
it. It shares only the kernel with this machine; a machine in a simulated TDX guest has that guest's /sys and event log."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

from agent_process import BINARY, HERE, PATIENCE

COMPOSE = {"manifest_version": 2, "name": "machine", "runner": "none", "key_provider": "none", "public_logs": True}


class Machine:
    """A machine that is off. Its programs may write to /out, which is the folder `out` here."""

    def __init__(self, directory: pathlib.Path, command_line: str = "", simulator=None, network=False, wire=None):
        self.directory = directory
        self.tree = directory / "tree"
        self.out = self.tree / "out"
        self.simulator = simulator
        self.traits = ["tdx"] * (simulator is not None) + ["network"] * network + ([f"wire={wire.namespace}"] if wire else [])
        self.process = None
        (directory / "cmdline").write_text(command_line + "\n")
        self.add("init", BINARY.read_bytes())
        self.add("host/app-compose.json", json.dumps(COMPOSE).encode())
        self.add("host/.sys-config.json", b"{}")
        self.out.mkdir()
        self.out.chmod(0o777)

    def add(self, path: str, content: bytes, mode: int = 0o755) -> pathlib.Path:
        target = self.tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
        return target

    def add_program(self, name: str, source: pathlib.Path, mode: int = 0o755):
        """Adds a program to /etc/dstack/run.d."""
        self.add(f"etc/dstack/run.d/{name}", source.read_bytes(), mode)

    def start(self, console=None):
        """Switches it on; its console is its own file, or a descriptor. In a simulated guest the measured startup has already run, so that
        `boot` finds nothing to do: this kernel has neither a disk DSTACKSHR nor a 9p export."""
        prefix = self.simulator.prefix if self.simulator else []
        enter = [sys.executable, str(HERE / "enter_machine.py"), str(self.directory), *self.traits]
        with open(self.directory / "console", "wb") as file:
            console = file if console is None else console
            self.process = subprocess.Popen(
                [*prefix, "unshare", "--pid", "--mount", "--net", "--uts", "--fork", *enter],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        return self

    @property
    def console(self) -> list:
        return (self.directory / "console").read_text(errors="replace").splitlines()

    def wait_for_line(self, end: str):
        """Waits for a line of the console that ends so. Whatever the line reports may be seen elsewhere before the line is."""
        self.wait_until(lambda: any(line.endswith(end) for line in self.console), end)

    @property
    def pid(self) -> int:
        """The process id of its process 1, as seen from this machine."""
        return children(self.process.pid)[0]

    @property
    def root(self) -> pathlib.Path:
        """The machine's root directory with its mounts, through /proc."""
        return pathlib.Path("/proc", str(self.pid), "root")

    @property
    def socket(self) -> str:
        return str(self.root / "run/dstack.sock")

    def agents(self) -> list:
        return [pid for pid in children(self.pid) if b"serve" in words(pid)]

    def wait_until(self, condition, what: str):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, f"{what}: the machine is off: {self.console}"
            assert time.monotonic() < end, f"{what}: not within {PATIENCE} s: {self.console}"
            time.sleep(0.005)

    def wait_for(self, name: str):
        """Waits for a complete file in /out."""
        self.wait_until((self.out / name).exists, name)
        return (self.out / name).read_bytes()

    def accepts(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(self.socket)
            except (FileNotFoundError, ConnectionRefusedError, IndexError):
                return False
        return True

    def inside(self, *command: str) -> str:
        """The output of a command of this machine, run in the other's network namespace."""
        done = subprocess.run(
            ["nsenter", "--net", f"--target={self.pid}", *command], capture_output=True, text=True, check=True, timeout=PATIENCE)
        return done.stdout

    def page(self, path: str) -> str:
        """A page of port 8090; empty if there is no answer."""
        command = ["nsenter", "--net", f"--target={self.pid}", "curl", "-s", "-m", "5", f"http://127.0.0.1:8090/{path}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout

    def wait_off(self):
        """Waits for its end. In a namespace, reboot(2) ends process 1 by SIGINT, whether to power off or to halt."""
        assert self.process.wait(PATIENCE) in (-signal.SIGINT, 128 + signal.SIGINT), self.console

    def off(self):
        os.kill(self.pid, signal.SIGTERM)
        self.wait_off()

    def destroy(self):
        if self.process is not None and self.process.poll() is None:
            for pid in children(self.process.pid):
                os.kill(pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
        shutil.rmtree(self.directory, ignore_errors=True)


def children(pid: int) -> list:
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def words(pid: int) -> list:
    """A process's command line; empty for one that has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def environment(pid: int) -> dict:
    pairs = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(pair.decode().split("=", 1) for pair in pairs if pair)


def state(pid: int) -> str:
    """A process's state: R, S, D, Z…; empty if it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
