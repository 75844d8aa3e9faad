"""Two processes: what happens to the front costs its pages, and what it can do is little. Needs root."""

import array
import concurrent.futures
import errno
import os
import pathlib
import re
import signal
import socket
import struct

import pytest
from cryptography.hazmat.primitives import serialization

import front
import boot
import oracle
import outward
import wire
from api import Api
from certificates import issue
from fake_engine import FakeEngine, frame
from test_crash import LINE
from test_secrets import forms, holders

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="not root")

GONE = "<4>dstack-guest-agent: the front is gone: the pages are away for a moment"
BROKEN = "<3>dstack-guest-agent: the front breaks a rule of the channel: "
HEAD = struct.Struct("<B3xI")


@pytest.fixture
def agent(new_agent):
    agent = outward.configure(new_agent()).start()
    agent.wait_until(lambda: page(agent), "the page")
    return agent


def page(agent) -> bool:
    """Whether the page is there; a front that ends meanwhile hangs up."""
    try:
        return outward.ask(agent, "GET", "/prpc/v1/Version").status == 200
    except (AssertionError, OSError):
        return False


def test_what_the_front_has(agent):
    found = front.status(front.pid_of(agent))
    assert found["Uid"].split() == ["65533"] * 4 == found["Gid"].split()
    assert found["Groups"] == "" and found["NoNewPrivs"] == "1" and found["Seccomp"] == "2"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(found[kind], 16) == 0, kind
    opened = front.descriptors(front.pid_of(agent))
    assert opened[0] == "socket" and not [each for each in opened if "mem" in each and "meminfo" not in each]
    allowed = r"socket|anon_inode:.*|/proc/(self|)/?(mounts|statm|net/\w+)|/proc/(meminfo|loadavg|uptime)|/"
    assert all(re.fullmatch(allowed, each) for each in opened), opened
    assert "Max core file size 0 0" in re.sub(" +", " ", pathlib.Path(f"/proc/{front.pid_of(agent)}/limits").read_text())


def test_what_the_keeper_has(agent):
    found = front.status(agent.pid)
    assert found["NoNewPrivs"] == "1" and found["Seccomp"] == "2"
    # KILL, SETGID, SETUID, SETPCAP
    assert int(found["CapEff"], 16) == int(found["CapPrm"], 16) == int(found["CapBnd"], 16) == 0b111100000


def test_another_user(new_agent):
    agent = new_agent()
    agent.settings["front"] = {"user": 12345}
    agent.start()
    agent.wait_until(lambda: page(agent), "the page")
    assert front.status(front.pid_of(agent))["Uid"].split() == ["12345"] * 4


def calls(agent, number: int) -> None:
    expected = oracle.get_key(agent.app_keys, str(number), "", "")
    assert Api(agent).ok("GetKey", path=str(number)) == expected


def test_killed_under_load(agent):
    """No call of the app's fails, and the pages are back."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for turn in range(3):
            pending = [pool.submit(calls, agent, number) for number in range(50)]
            old = front.pid_of(agent)
            os.kill(old, signal.SIGKILL)
            for each in pending:
                each.result()
            front.wait_for_another(agent, old)
            agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises == [GONE] * 3
    agent.expected = agent.surprises


def test_a_crash(agent):
    old = front.pid_of(agent)
    os.kill(old, signal.SIGILL)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    calls(agent, 1)
    told, gone = agent.expected = agent.surprises
    assert re.fullmatch(LINE % signal.SIGILL, told) and gone == GONE


@pytest.mark.slow
def test_a_front_that_hangs(agent):
    """The ping ends it."""
    old = front.pid_of(agent)
    os.kill(old, signal.SIGSTOP)
    calls(agent, 1)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises == ["<3>dstack-guest-agent: the front hangs", GONE]
    agent.expected = agent.surprises


@pytest.mark.parametrize("stopped", [False, True])
def test_the_keeper_killed(agent, stopped):
    """No front is left, not even one that hangs; the next agent finds the sockets."""
    old = front.pid_of(agent)
    if stopped:
        os.kill(old, signal.SIGSTOP)
    agent.process.kill()
    agent.process.wait()
    agent.wait_until(lambda: not os.path.exists(f"/proc/{old}"), "the front's end")
    agent.start()
    agent.wait_until(lambda: page(agent), "the page")


def message(kind: int, data: bytes = b"", number: int = 1) -> bytes:
    return HEAD.pack(kind, number) + data


@pytest.mark.parametrize("lie, rule", [
    (b"x", "a message has no head"), (b"\0\1" + bytes(6), "a message has no head"), (message(13), "there is no such message"),
    (message(255), "there is no such message"), (message(1, b"x"), "a message has another size"),
    (message(6), "app-compose is asked for again"), (message(12, bytes(11)), "a message has another size"),
    (message(7, b"xyz"), "a message has another size"), (message(8, b"\2"), "there is no such curve"),
    (message(9, b"\xff"), "that is no Compose project"), (message(10, b"../images"), "that is no container"),
    (message(11, b"\0"), "a log is wanted in no way that there is"), (bytes(65537), "a message is too long")])
def test_lies(agent, lie, rule):
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.send(lie)
        front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    calls(agent, 1)
    assert agent.surprises == [BROKEN + rule, GONE]
    agent.expected = agent.surprises


def test_descriptors_from_the_front(agent):
    old = front.pid_of(agent)
    with front.channel(agent) as channel, open("/dev/null") as null:
        channel.sendmsg([message(0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [null.fileno()]))])
        front.wait_for_another(agent, old)
    assert agent.surprises == [BROKEN + "a descriptor is passed", GONE]
    agent.expected = agent.surprises


def test_a_flood(agent):
    """One that asks and never reads."""
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.setblocking(False)
        number = 0
        while front.pid_of(agent) == old:
            number += 1
            try:
                channel.send(message(1, number=number))
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                calls(agent, number)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises[-2:] in ([BROKEN + "too much is asked at once", GONE], ["<3>dstack-guest-agent: the front hangs", GONE])
    agent.expected = agent.surprises


def test_a_front_that_hangs_up(agent):
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.shutdown(socket.SHUT_RDWR)
        front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    agent.expected = agent.surprises
    assert agent.expected == [GONE]


class Asker:
    """The front's end of the channel in a test's hands."""

    def __init__(self, channel):
        self.channel, self.number = channel, 1000

    def __call__(self, question: int, data: bytes = b"") -> bytes:
        """The answer; nothing for a failure."""
        self.number += 1
        self.channel.send(message(question, data, self.number))
        answer, passed, _, _ = socket.recv_fds(self.channel, 65536, 1)
        kind, number = HEAD.unpack(answer[:8])
        assert number == self.number
        if kind != 2:
            return answer[8:] if kind == 4 else b""
        with os.fdopen(passed[0], "rb") as file:
            content = os.pread(file.fileno(), 1 << 24, 0)
            assert len(content) > 32768
            for change in (lambda: os.ftruncate(file.fileno(), 0), lambda: os.pwrite(file.fileno(), b"x", 0)):
                with pytest.raises(OSError):
                    change()
        return content


def test_what_is_asked_is_answered(agent):
    with front.channel(agent) as channel:
        ask = Asker(channel)
        assert ask(2) == b""
        state = ask(7, struct.pack("<I", 0))
        # no log
        assert state[:12] == bytes(12) and b"no TDX guest" in state
        assert ask(7, state[12:16]) == b"" and ask(12, bytes(12)) == b""
        os.kill(front.pid_of(agent), signal.SIGCONT)


@pytest.mark.parametrize("is_public", [True, False])
def test_how_much_of_the_log_is_told(simulator, new_agent, is_public):
    """The front has it in pieces, of which none is long but for one long event, in a file that nobody can change; and of a log that
    is hidden, what stands in the certificate that anyone may have."""
    simulator.emit(*boot.EVENTS)
    agent = outward.configure(new_agent(prefix=simulator.prefix), public_tcbinfo=is_public)
    boot.start(agent)
    agent.wait_until(lambda: page(agent), "the page")
    hidden = [("hidden", b"\1")] * 1000 + [("long", b"\2" * 65536)]
    simulator.emit(*hidden)
    with front.channel(agent) as channel:
        ask = Asker(channel)
        number, boots, count = struct.unpack("<III", ask(7, bytes(4))[:12])
        log, pieces = b"", []
        extent = struct.pack("<III", number, 0, 0)
        assert count == len(boot.EVENTS) + len(hidden) * is_public
        for start in range(0, count, 100):
            pieces.append(ask(12, struct.pack("<III", number, boots, start)))
        assert ask(12, struct.pack("<III", number, boots, count)) == b"" == ask(12, struct.pack("<III", number + 1, 0, 0))
        assert all(16384 <= len(piece) < 16384 + 200 for piece in pieces[:-3])
        assert (b"hidden" in b"".join(pieces)) == is_public and ask(12, extent)
        if is_public:
            assert pieces[-1][-65536:] == b"\2" * 65536
        os.kill(front.pid_of(agent), signal.SIGCONT)


@pytest.mark.parametrize("lie", [b"x", message(10), message(4, number=12345), message(2), message(0, b"x")])
def test_lies_of_the_keeper(agent, lie):
    """The front ends, says why, and the next one serves."""
    old = front.pid_of(agent)
    ends = [link.name for link in pathlib.Path(f"/proc/{agent.pid}/fd").iterdir() if "socket" in os.readlink(link)]
    for number in map(int, ends):
        with front.steal(agent.pid, number) as stolen:
            if stolen.type == socket.SOCK_SEQPACKET:
                stolen.send(lie)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises[0].startswith("<3>dstack-guest-agent: the keeper breaks a rule of the channel: ")
    agent.expected = agent.surprises


def test_no_key_in_the_front(new_agent, tmp_path):
    """Its whole memory, while everything is in use."""
    engine = FakeEngine(tmp_path / "engine")
    engine.add("web", b"HTTP/1.1 200 OK\r\n\r\n" + frame(b"line\n"))
    agent = outward.configure(new_agent(), engine.path).start()
    agent.wait_until(lambda: page(agent), "the page")
    pid = front.pid_of(agent)
    api = Api(agent)
    derived = bytes.fromhex(api.ok("GetKey", path="x")["key"])
    issued = issue(api, subject="x")
    for target in ("/", "/metrics", "/logs/web", "/prpc/Info", "/prpc/v1/Info", "/prpc/v1/Health", "/prpc/GetAttestationForAppKey?algorithm=ed25519"):
        outward.get(agent, target)
        api.ok("Sign", algorithm="secp256k1", data="00")
        api.ok("GetKey", path="x")
    authority = serialization.load_pem_private_key(agent.app_keys["key_provider"]["None"]["key"].encode(), None)
    secrets = [bytes.fromhex(agent.app_keys["k256_key"]), bytes.fromhex(agent.app_keys["disk_crypt_key"]), derived]
    secrets += [key.private_numbers().private_value.to_bytes(32, "big") for key in (authority, issued.key)]
    assert holders(pid, b"dstack-guest-agent: "), "the test looks in the wrong place"
    for secret in secrets:
        for name, form in forms(secret).items():
            assert not holders(pid, form), name
    assert front.pid_of(agent) == pid
    engine.end()


AT_FDCWD = 2**64 - 100
UNIX = struct.pack("<H", socket.AF_UNIX) + b"/var/run/docker.sock\0"
ATTEMPTS = {
    "open": (2, b"/etc/passwd", 0), "openat": (257, AT_FDCWD, b"/", os.O_DIRECTORY), "creat": (85, b"/tmp/x", 0o600),
    "execve": (59, b"/bin/sh", 0, 0), "fork": (57,), "clone": (56, 17, 0), "socket": (41, socket.AF_UNIX, 1, 0),
    "connect": (42, 3, UNIX, len(UNIX)), "bind": (49, 3, UNIX, len(UNIX)), "ptrace": (101, 16, 1), "kill": (62, 1, 9),
    "setuid": (105, 0), "setresuid": (117, 0, 0, 0), "unlink": (87, b"/etc/passwd"), "mount": (165, b"a", b"/", b"tmpfs", 0, 0),
    "memory that runs": (10, 4096, 4096, 5), "process_vm_readv": (310, 1, 0, 0, 0, 0), "terminal input": (16, 2, 0x5412, b"x"),
    "pidfd_getfd": (438, 3, 3, 0), "io_uring": (425, 8, 0)}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_front_that_is_taken_over(agent, name):
    """Each is refused, or ends it."""
    old = front.pid_of(agent)
    taken = front.Taken(old)
    result = taken.call(*ATTEMPTS[name])
    assert result in ("killed", -errno.EACCES), result
    if result == "killed":
        front.wait_for_another(agent, old)
        agent.expected = agent.surprises
    else:
        taken.leave()
    agent.wait_until(lambda: page(agent), "the page")


@pytest.mark.parametrize("name", ["open", "connect", "unlink", "mount", "ptrace", "creat", "socket of another kind"])
def test_a_keeper_that_is_taken_over(agent, name):
    attempts = ATTEMPTS | {"open": (2, b"/root", os.O_DIRECTORY), "socket of another kind": (321, 0, 0, 0), "unlink": (87, str(agent.config).encode()[:0] + b"/etc/hostname")}
    taken = front.Taken(agent.pid)
    result = taken.call(*attempts[name])
    taken.leave()
    assert result in (-errno.EACCES, -errno.EPERM, -errno.ENOTSOCK, -errno.EISCONN, -errno.ENOENT, -errno.EBADF), result
    calls(agent, 1)
