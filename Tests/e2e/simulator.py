"""A simulated TDX guest for agents, with a process in it that inspects and changes things for the test (Tests/sim/guest.py)."""

import base64
import json
import os
import pathlib
import subprocess
import sys

import events
from agent_process import HERE, Agent
from guest import EVENT_LOG, MEASUREMENTS, REPORT, TDX_SIM, Guest, rtmr

__all__ = ["FLOCK", "READ", "REPORT", "Simulator", "in_system_call", "line"]


class Simulator(Guest):
    """It lasts until the last process in it ends: this one, an agent or a writer."""

    def __init__(self, state, *options):
        super().__init__(state, *options)
        self.getcwd()  # it is up
        self.log = pathlib.Path(state) / "log"

    @property
    def prefix(self) -> list:
        """The words before a command that run it in this guest."""
        return [TDX_SIM, "run", "--state", str(self.state), "--"]

    def register(self, name) -> bytes:
        """An RTMR by its number, or another measurement by its name."""
        return self.read_file(rtmr(name) if isinstance(name, int) else f"{MEASUREMENTS}/{name}")

    @property
    def registers(self) -> list:
        return [self.register(index) for index in range(4)]

    def extend(self, digest: bytes):
        """Extends RTMR3 without logging."""
        self.write_file(rtmr(3), digest)

    def writer(self, *options: str) -> subprocess.Popen:
        """Another program that emits what it reads from stdin (event_writer.py)."""
        script = [sys.executable, str(HERE / "event_writer.py"), rtmr(3), EVENT_LOG]
        return subprocess.Popen([*self.prefix, *script, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def emit(self, *pairs, version: int = 1):
        """Emits (name, payload) pairs as another program, and waits for it."""
        with self.writer() as writer:
            writer.stdin.write("".join(line(*pair, version) for pair in pairs))
            writer.stdin.close()
        assert writer.returncode == 0

    def choose(self, version: int):
        """Fixes the format of digests for this boot, as the measured startup does."""
        (self.log / "runtime_event_version").write_text(str(version))

    @property
    def events(self) -> list:
        """(name, payload, version) of each line of the log."""
        path = self.log / "runtime_events.log"
        lines = [json.loads(text) for text in path.read_bytes().splitlines()] if path.exists() else []
        return [(each["event"], base64.b64decode(each["payload"], validate=True), each.get("version", 1)) for each in lines]

    @property
    def replayed(self) -> bytes:
        """RTMR3 as replayed from the log."""
        return events.replay(events.digest(*event) for event in self.events)

    @property
    def entries(self) -> list:
        """The names in configfs."""
        return self.listdir(REPORT)


def line(name: str, payload: bytes, version: int = 1) -> str:
    """An event as event_writer.py wants it."""
    return json.dumps({"event": name, "payload": payload.hex(), "version": version}) + "\n"


# Numbers of x86-64.
READ, FLOCK = 0, 73


def in_system_call(agent: Agent, number: int, suffix: str = "") -> int:
    """Waits until a child of the agent is in a system call on a file whose path ends like this; returns its process id. Needs root."""
    found = []

    def is_there() -> bool:
        for pid in map(int, pathlib.Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()):
            try:
                call = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
                if call[0] == str(number) and os.readlink(f"/proc/{pid}/fd/{int(call[1], 16)}").endswith(suffix):
                    found.append(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
        return bool(found)

    agent.wait_until(is_there, "a child in the system call")
    return found[0]
