"""What a compromised child of the keeper can do: each kind is confined to its work. Needs root."""

import errno
import os
import pathlib
import socket
import struct
import threading
import time

import pytest

import fake_kms
import front
import outward
import wire
from api import Api
from fake_engine import FakeEngine
from machine import children
from simulator import FLOCK, Simulator, in_system_call, line
from startup import Startup
from test_front import ATTEMPTS, UNIX, calls
from test_health import bad, becomes, judged

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="not root")

REFUSED = (-errno.EACCES, -errno.EPERM)
# by their numbers on x86-64
OPEN, SOCKET, CONNECT, BIND, KILL, TKILL, MKDIR, PRLIMIT = 2, 41, 42, 49, 62, 200, 83, 302
EVERYWHERE = ("execve", "ptrace", "setuid", "setresuid", "mount", "process_vm_readv", "io_uring", "pidfd_getfd")


def child_of(agent) -> int:
    """The keeper's one child that is not its front, once it has confined itself."""
    found = []
    filters = lambda pid: int(front.status(pid)["Seccomp_filters"])

    def is_there() -> bool:
        found[:] = [pid for pid in children(agent.pid) if pid != front.pid_of(agent)]
        try:
            return len(found) == 1 and filters(found[0]) > filters(agent.pid)
        except (FileNotFoundError, ProcessLookupError):
            return False

    agent.wait_until(is_there, "a child")
    return found[0]


def below_program(pid: int) -> list:
    """The memory that is mapped below the program, where a static one has its heap; but not the older kind of heap, whose place varies."""
    maps = [line.split() for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()]
    program = next(number for number, line in enumerate(maps) if line[-1].endswith("dstack-guest-agent"))
    return [line for line in maps[:program] if line[-1] != "[heap]"]


class Child(front.Taken):
    """An agent's child under the test's control, which has no more rights than its work needs."""

    def __init__(self, agent, pid: int):
        super().__init__(pid)
        self.agent = agent
        for name in EVERYWHERE:
            assert self.call(*ATTEMPTS[name]) in REFUSED, name
        for path in (agent.settings["default"]["core"]["keys_file"], "/etc/passwd", "/etc/shadow", "/root", f"/proc/{agent.pid}/maps", "/"):
            self.is_shut(path)
        # its keeper, and the first process
        for pid in (agent.pid, 1):
            assert self.call(TKILL, pid, 0) in REFUSED
            assert self.call(PRLIMIT, pid, 7, struct.pack("<QQ", 3, 3), 0) in REFUSED
        assert self.call(BIND, 3, UNIX, len(UNIX)) < 0
        assert os.path.exists("/var/run") and self.call(*ATTEMPTS["unlink"]) in REFUSED

    def is_shut(self, path, how: int = os.O_RDONLY):
        assert self.call(OPEN, os.fsencode(path), how) in REFUSED, path

    def is_open(self, path, how: int = os.O_RDONLY):
        number = self.call(OPEN, os.fsencode(path), how)
        assert number >= 0, (path, errno.errorcode[-number])

    def has_sockets(self, *families):
        """It can make sockets of these families only."""
        for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_VSOCK):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                assert (self.call(SOCKET, family, kind, 0) in REFUSED) == (family not in families), family

    def connect_tcp(self) -> int:
        """The result for the agent's own port, which accepts connections."""
        number = self.call(SOCKET, socket.AF_INET, socket.SOCK_STREAM, 0)
        assert number >= 0
        host, port = outward.address(self.agent)
        address = struct.pack("<H", socket.AF_INET) + struct.pack(">H", port) + socket.inet_aton(host) + bytes(8)
        return self.call(CONNECT, number, address, len(address))

    def leave(self):
        """Lets it go on; the keeper notices nothing."""
        super().leave()
        calls(self.agent, 1)


def asking(*arguments, **options) -> threading.Thread:
    """A request whose answer comes later."""
    thread = threading.Thread(target=wire.get, args=arguments, kwargs=options)
    thread.start()
    return thread


def test_a_child_that_makes_quotes(simulator: Simulator, tdx_agent):
    Api(tdx_agent).call("EmitEvent", event="a", payload="")
    # the child that emitted may outlive its answer
    tdx_agent.wait_until(lambda: children(tdx_agent.pid) == [front.pid_of(tdx_agent)], "no other child")
    simulator.faults("fail EBUSY")
    thread = asking(tdx_agent.socket, "/GetQuote?report_data=aa")
    pid = child_of(tdx_agent)
    assert front.priority(pid) == front.priority(tdx_agent.pid)
    child = Child(tdx_agent, pid)
    child.is_open("/sys/kernel/config/tsm/report", os.O_DIRECTORY)
    child.is_open("/run/log/dstack/runtime_event.lock", os.O_RDWR)
    for how in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_TRUNC):
        child.is_shut("/run/log/dstack/runtime_events.log", how)
    child.is_shut("/sys/devices/virtual/misc/tdx_guest/measurements/rtmr3:sha384", os.O_WRONLY)
    child.is_shut("/etc/hosts")
    child.has_sockets(socket.AF_VSOCK)
    assert child.call(KILL, tdx_agent.pid, 0) in REFUSED
    simulator.faults()
    child.leave()
    thread.join()


def test_a_child_that_emits(simulator: Simulator, tdx_agent):
    with simulator.writer("pause") as writer:
        writer.stdin.write(line("other", b""))
        writer.stdin.flush()
        assert writer.stdout.readline() == "extended\n"
        thread = asking(tdx_agent.socket, "/EmitEvent?event=a&payload=aa")
        child = Child(tdx_agent, in_system_call(tdx_agent, FLOCK))
        child.is_open("/sys/devices/virtual/misc/tdx_guest/measurements/rtmr3:sha384", os.O_WRONLY)
        child.is_open("/run/log/dstack/runtime_event.lock", os.O_WRONLY)
        child.is_shut("/sys/kernel/config/tsm/report", os.O_DIRECTORY)
        child.is_shut("/etc/hosts")
        child.has_sockets()
        assert child.call(MKDIR, b"/sys/kernel/config/tsm/report/x", 0o700) in REFUSED
        child.leave()
        writer.stdin.close()
    thread.join()
    assert [event[0] for event in simulator.events][-2:] == ["other", "a"]


def test_a_child_that_calls_a_kms(simulator: Simulator, new_agent, new_kms, tmp_path):
    kms = new_kms()
    guest = Startup(simulator, tmp_path)
    guest.offer({"key_provider": "kms", "key_provider_id": fake_kms.PROVIDER_ID.hex()}, kms_urls=[kms.url])
    guest.succeed()
    kms.fault = "mute"
    agent = guest.configure(new_agent(prefix=simulator.prefix)).start()
    agent.wait_until(lambda: "mute" in kms.connections, "the KMS is asked")
    child = Child(agent, child_of(agent))
    child.is_open("/etc/hosts")
    child.is_open("/etc/resolv.conf")
    child.is_shut("/etc/passwd")
    child.is_shut("/run/log/dstack/runtime_event.lock")
    child.is_shut("/sys/kernel/config/tsm/report", os.O_DIRECTORY)
    child.is_shut("/sys/devices/virtual/misc/tdx_guest/measurements/rtmr3:sha384", os.O_WRONLY)
    assert child.connect_tcp() >= -errno.EINPROGRESS
    assert child.call(KILL, agent.pid, 0) in REFUSED
    kms.fault = None
    child.leave()
    agent.stop()
    agent.expected = agent.surprises


def test_a_child_that_asks_the_engine(new_agent, tmp_path):
    engine = FakeEngine(tmp_path / "engine")
    engine.containers = lambda connection: engine.release.wait()
    agent = outward.configure(new_agent(), engine.path).start()
    front.pid_of(agent)
    thread = asking(outward.address(agent), "/")
    agent.wait_until(lambda: engine.requests, "the engine is asked")
    pid = child_of(agent)
    agent.wait_until(lambda: not below_program(pid), "the end of the heap")
    assert below_program(agent.pid)
    # strangers come after apps
    assert front.priority(pid) == front.priority(agent.pid) + 5
    child = Child(agent, pid)
    child.is_shut(engine.path)
    child.has_sockets(socket.AF_UNIX)
    child.leave()
    engine.end()
    thread.join()


def test_a_health_file_that_leads_to_the_keys(new_agent, tmp_path):
    """An app may put a link into its own folder, but it is not followed out of that folder."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "inner").write_text(f"healthy\n{int(time.time())}\n")
    path = folder / "health"
    path.symlink_to("inner")
    agent = judged(new_agent(), health_status_file=str(path)).start()
    becomes(agent, {"healthy": True, "unhealthy": [], "error": ""})
    for target in (agent.settings["default"]["core"]["keys_file"], "/etc/passwd", "/proc/self/maps"):
        path.unlink()
        path.symlink_to(target)
        becomes(agent, bad("<health_file>", f"cannot read {path}: permission denied"))
        path.unlink()
        path.symlink_to("inner")
        becomes(agent, {"healthy": True, "unhealthy": [], "error": ""})
