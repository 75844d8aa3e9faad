"""Starting and stopping the agent under test."""

import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATA = HERE / "data"
BINARY = pathlib.Path(os.environ.get("AGENT", ROOT / "out" / "dstack-guest-agent")).resolve()
# Real data that lies beside a checkout on our machines; the tests that use it are skipped elsewhere.
SHARED = ROOT.parent / "shared"
# Longer than all deadlines of the agent together: reaching it is a failure, not a measurement.
PATIENCE = 20.0
# What an agent outside a TDX guest logs when all is well, and for requests that a test expects to be refused.
EXPECTED_LINES = (
    "<6>dstack-guest-agent: serving on |<4>dstack-guest-agent: this machine is not a TDX guest: no evidence$"
    "|<[45]>dstack-guest-agent: request status=|<6>dstack-guest-agent: this machine has no vsock: its host cannot call$")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_vsock_port() -> int:
    """A port of vsock for one agent. The kernel counts up from a random start, so two calls never get the same one.

    Namespaces do not isolate vsock, so a port that is free in TCP may be another test's here.
    """
    try:
        probe = socket.socket(socket.AF_VSOCK)
    except OSError:
        return 8000  # no vsock: nobody binds it
    with probe:
        probe.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
        return probe.getsockname()[1]


def full_pipe() -> tuple:
    """Both ends of a pipe that takes nothing more: a write waits."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    return reader, writer


class Agent:
    """One agent in a directory of its own, with a config that names every file and listener."""

    def __init__(self, keys="none", prefix=(), changes=None, arguments=None):
        # Not pytest's tmp_path: the path of a Unix socket has at most 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="agent-"))
        self.socket = str(self.directory / "dstack.sock")
        self.config = self.directory / "config.json"
        self.prefix = list(prefix)
        self.arguments = ["-c", str(self.config)] if arguments is None else arguments
        self.process = None
        self.expected = []
        self.environment = {}
        self.descriptors = ()
        self.keys_file = keys if isinstance(keys, pathlib.Path) else DATA / f"appkeys-{keys}.json"
        self.settings = {
            "default": {
                "core": {
                    "keys_file": str(self.keys_file),
                    "compose_file": str(DATA / "app-compose.json"),
                    "sys_config_file": str(DATA / "sys-config.json"),
                    "data_disks": ["/"],
                }
            },
            "internal": {"address": "unix:" + self.socket},
            "internal-v0": {"address": f"unix:{self.directory}/tappd.sock"},
            "external": {"address": "127.0.0.1", "port": free_port()},
            "guest-api": {"address": "vsock:0xffffffff", "port": free_vsock_port()},
        }
        for name, value in (changes or {}).items():
            self.settings[name] = value

    @functools.cached_property
    def app_keys(self) -> dict:
        return json.loads(self.keys_file.read_text())

    @property
    def stderr(self) -> str:
        return (self.directory / "stderr").read_text(errors="replace")

    @property
    def surprises(self) -> list:
        """The unexpected lines on stderr: not those about where it serves and what it refused."""
        return [line for line in self.stderr.splitlines() if not re.match(EXPECTED_LINES, line)]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def resident(self) -> int:
        """Bytes of resident memory."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024

    def spawn(self):
        """Start the process without waiting for it to serve."""
        self.config.write_text(json.dumps(self.settings))
        with open(self.directory / "stdout", "wb") as out, open(self.directory / "stderr", "wb") as error:
            self.process = subprocess.Popen(
                [*self.prefix, str(BINARY), *[str(argument) for argument in self.arguments]],
                stdin=subprocess.DEVNULL, stdout=out, stderr=error, cwd=self.directory, pass_fds=self.descriptors, env={"PATH": os.defpath, **self.environment})
        return self

    def wait_until(self, condition, what: str):
        """Poll for a condition that depends on the agent."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
            time.sleep(0.005)

    def accepts(self, address=None) -> bool:
        with socket.socket(socket.AF_UNIX if address is None else socket.AF_INET) as probe:
            try:
                probe.connect(self.socket if address is None else address)
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        return True

    def start(self, address=None):
        """Start the process and wait until its internal listener takes connections."""
        self.spawn()

        def up():
            assert self.process.poll() is None, f"exit status {self.process.returncode}: {self.stderr}"
            return self.accepts(address)

        self.wait_until(up, "listening")
        return self

    def exit_status(self) -> int:
        return self.process.wait(timeout=PATIENCE)

    def stop(self) -> int:
        """SIGTERM, then the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.exit_status()

    def finish(self):
        """Stop the agent, check for exit status 0 and a clean stderr, and remove its directory."""
        try:
            if self.process is None:
                return
            running = self.process.poll() is None
            status = self.stop()
            if running:
                assert status == 0, f"exit status {status} on SIGTERM: {self.stderr}"
                assert self.surprises == self.expected
                assert (self.directory / "stdout").read_bytes() == b""
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory, ignore_errors=True)


def run(*arguments, **options) -> subprocess.CompletedProcess:
    """Run the binary to its end, as text."""
    return subprocess.run(
        [str(BINARY), *[str(argument) for argument in arguments]],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, env={"PATH": os.defpath}, **options)
