"""The release binary as process 1, /init, of process, mount, network and UTS namespaces of its own, in a tree with nothing else in
it. What is shared with this machine is its kernel; a machine in a simulated TDX guest has that guest's /sys and event log."""

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
    """A machine that is off. Its programs may write to /out, which is `out` here."""

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
        """A program of /etc/dstack/run.d, compiled."""
        self.add(f"etc/dstack/run.d/{name}", source.read_bytes(), mode)

    def start(self, console=None):
        """Switches it on; its console is a file of its own, or a descriptor. In a simulated guest the measured startup has been there before, as this kernel has neither a disk
        DSTACKSHR nor a 9p export: so `boot` finds nothing to do."""
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

    @property
    def pid(self) -> int:
        """Of process 1, as this machine has it."""
        return children(self.process.pid)[0]

    @property
    def root(self) -> pathlib.Path:
        """Its tree as it sees it, with what is mounted there."""
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
        """Waits for a file in /out, made whole."""
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
        """What a command of this machine prints in the other's network."""
        done = subprocess.run(
            ["nsenter", "--net", f"--target={self.pid}", *command], capture_output=True, text=True, check=True, timeout=PATIENCE)
        return done.stdout

    def page(self, path: str) -> str:
        """Of port 8090; empty for none."""
        command = ["nsenter", "--net", f"--target={self.pid}", "curl", "-s", "-m", "5", f"http://127.0.0.1:8090/{path}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout

    def wait_off(self):
        """Waits for the end. reboot(2) of a process 1 in a namespace ends it by SIGINT, whether power goes off or not."""
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
    """R, S, D, Z…; empty for none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
