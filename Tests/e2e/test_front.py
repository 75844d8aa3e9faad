"""Two processes: a fault of the front costs only its pages, and it can do little. Needs root."""

import array
import collections
import concurrent.futures
import contextlib
import errno
import fcntl
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading

import pytest
from cryptography.hazmat.primitives import serialization

import boot
import front
import boot
import oracle
import outward
import wire
from api import Api
from certificates import issue
from fake_engine import FakeEngine, frame
from machine import children
from supervisor import Supervisor, hand_over, listener
from test_crash import LINE
from test_secrets import forms, holders
from test_tappd import Tappd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="not root")

GONE = "<4>dstack-guest-agent: the front ended: pages are unavailable for a moment"
BROKEN = "<3>dstack-guest-agent: the front breaks a rule of the channel: "
HEAD = struct.Struct("<B3xI")


@pytest.fixture
def agent(new_agent):
    agent = outward.configure(new_agent()).start()
    agent.wait_until(lambda: page(agent), "the page")
    return agent


def page(agent) -> bool:
    """Whether the page is served; a front that ends meanwhile hangs up."""
    try:
        return outward.ask(agent, "GET", "/prpc/v1/Version").status == 200
    except (AssertionError, OSError):
        return False


def test_what_the_front_has(agent):
    found = front.status(front.pid_of(agent))
    assert found["Uid"].split() == ["65533"] * 4 == found["Gid"].split()
    assert found["Groups"] == "" and found["NoNewPrivs"] == "1" and found["Seccomp"] == "2"
    # the keeper comes first
    assert front.priority(front.pid_of(agent)) == front.priority(agent.pid) + 5
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


@contextlib.contextmanager
def load(agent):
    """Calls of apps, one after another in each of four threads, none of which may fail."""
    done = threading.Event()

    def call(first: int):
        number = first
        while not done.is_set() or number == first:
            calls(agent, number)
            number += 4

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pending = [pool.submit(call, first) for first in range(4)]
        try:
            yield
        finally:
            done.set()
    for each in pending:
        each.result()


@pytest.mark.parametrize("number", [
    signal.SIGKILL, signal.SIGSEGV, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)], ids=["killed", "crashes", "hangs"])
def test_under_load(agent, number):
    """No call of the app fails, and the pages come back."""
    with load(agent):
        for _ in range(1 if number == signal.SIGSTOP else 3):
            old = front.pid_of(agent)
            os.kill(old, number)
            front.wait_for_another(agent, old)
            agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises.count(GONE) == (1 if number == signal.SIGSTOP else 3)
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
    """The unanswered ping ends it."""
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
    (b"x", "a message's head is malformed"), (b"\0\1" + bytes(6), "a message's head is malformed"), (message(14), "unknown message"),
    (message(255), "unknown message"), (message(1, b"x"), "a message has the wrong size"),
    (message(6), "app-compose.json was asked for twice"), (message(12, bytes(11)), "a message has the wrong size"),
    (message(7, b"xyz"), "a message has the wrong size"), (message(8, b"\2"), "unknown curve"),
    (message(9, b"\xff"), "not a Compose project"), (message(10, b"../images"), "not a container name"),
    (message(11, b"\0"), "a log selection is malformed"), (bytes(65537), "a message is too long"),
    # of the largest size
    (message(10, b"a" * 65528), "not a container name"), (message(9, b"a" * 65528), "not a Compose project"),
    # with bytes after the request
    (message(10, b"web/json?x=1 HTTP/1.1\r\nX: y"), "not a container name"),
    (message(11, bytes(28) + b"web\r\n"), "not a container name")])
def test_lies(agent, lie, rule):
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.send(lie)
        front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    calls(agent, 1)
    assert agent.surprises == [BROKEN + rule, GONE]
    agent.expected = agent.surprises


@pytest.mark.parametrize("count", [1, 2, 253])
def test_descriptors_from_the_front(agent, count):
    """Also one of a memory file, which could shrink while it is read."""
    old, before = front.pid_of(agent), collections.Counter(front.lasting_descriptors(agent))
    file = os.memfd_create("shrinks")
    os.ftruncate(file, 1 << 20)
    with front.channel(agent) as channel:
        channel.sendmsg([message(0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file] * count))])
        os.ftruncate(file, 0)
        front.wait_for_another(agent, old)
    os.close(file)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises == [BROKEN + "a descriptor was passed", GONE]
    agent.expected = agent.surprises
    assert not collections.Counter(front.lasting_descriptors(agent)) - before


def test_an_empty_message(agent):
    """It counts as the end of the channel."""
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.send(b"")
        front.wait_for_another(agent, old)
    agent.expected = agent.surprises
    assert agent.expected == [GONE]


def test_what_is_large_is_told_once(agent):
    """Unread copies of app-compose.json would take up the keeper's memory."""
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        channel.send(message(6))
        front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    agent.expected = agent.surprises
    assert agent.expected == [BROKEN + "app-compose.json was asked for twice", GONE]


def test_questions_of_a_front_that_is_gone(new_agent, tmp_path):
    """Its engine calls end with it, and late answers do not reach the next front."""
    engine = FakeEngine(tmp_path / "engine")
    engine.containers = lambda connection: engine.release.wait()
    agent = outward.configure(new_agent(), engine.path).start()
    agent.wait_until(lambda: page(agent), "the page")
    before = collections.Counter(front.lasting_descriptors(agent))
    old = front.pid_of(agent)
    with front.channel(agent) as channel:
        for number in range(100, 200):
            channel.send(message(9, b"", number))
        kinds, pipes = [], []
        while len(kinds) < 100:
            data, passed, _, _ = socket.recv_fds(channel, 1000, 1)
            kinds += [data[0]] if data[0] != 0 else []
            pipes += passed
        # four at once get a pipe; all others fail
        assert kinds.count(3) >= 4 and set(kinds) == {3, 5}
        calls(agent, 1)
        for pipe in pipes:
            os.close(pipe)
        channel.send(message(9, b"", 1000))
        os.kill(old, signal.SIGKILL)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    agent.wait_until(lambda: len(children(agent.pid)) == 1, "the end of the others")
    assert not collections.Counter(front.lasting_descriptors(agent)) - before
    assert agent.surprises == [GONE]
    agent.expected = agent.surprises
    engine.end()


def test_an_attestation_for_a_front_that_is_gone(simulator, tdx_agent):
    """It goes to whoever asks next."""
    agent = tdx_agent
    agent.wait_until(lambda: page(agent), "the page")
    old = front.pid_of(agent)
    simulator.faults("fail EBUSY")
    with front.channel(agent) as channel:
        channel.send(message(8, b"\0", 100))
        agent.wait_until(lambda: len(children(agent.pid)) == 2, "the quote is being made")
        os.kill(old, signal.SIGKILL)
    front.wait_for_another(agent, old)
    simulator.faults()
    agent.wait_until(lambda: page(agent), "the page")
    found = outward.get(agent, "/prpc/GetAttestationForAppKey?algorithm=secp256k1")
    assert found.status == 200, found.body
    assert agent.surprises == [GONE]
    agent.expected = agent.surprises


def test_what_a_front_is_not_told(new_agent, tmp_path):
    """Nothing of the supervisor's, and no descriptor of the keeper's, however many it has; a later front gets no more than the first."""
    with Supervisor(tmp_path) as supervisor, listener(tmp_path / "a") as apps:
        agent = new_agent()
        hand_over(agent, [apps])
        supervisor.attach(agent, WATCHDOG_USEC="200000", SECRET="1")
        agent.spawn()
        supervisor.wait_for("READY=1")
        agent.wait_until(lambda: page(agent), "the page")
        # the channel, two listening sockets, and one to query interface addresses
        agent.wait_until(lambda: front.descriptors(front.pid_of(agent)).count("socket") <= 4, "the end of the test's own connections")
        first = sorted(front.descriptors(front.pid_of(agent)))
        clients = [wire.Wire(str(tmp_path / "a")) for _ in range(50)]
        for client in clients:
            client.send(wire.request("GET", "/Version"))
            assert client.response().status == 200
        old = front.pid_of(agent)
        os.kill(old, signal.SIGKILL)
        new = front.wait_for_another(agent, old)
        agent.wait_until(lambda: page(agent), "the page")
        agent.wait_until(lambda: sorted(front.descriptors(new)) == first, "the end of the test's own connections")
        assert pathlib.Path(f"/proc/{new}/environ").read_bytes() == b""
        for client in clients:
            client.close()
        agent.expected = agent.surprises
        assert agent.expected == [GONE]


def test_a_flood(agent):
    """A front that asks and never reads."""
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
    assert agent.surprises[-2:] in ([BROKEN + "too many questions at once", GONE], ["<3>dstack-guest-agent: the front hangs", GONE])
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
        """The answer; empty for a failure."""
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
        assert state[:12] == bytes(12) and b"not a TDX guest" in state
        assert ask(7, state[12:16]) == b"" and ask(12, bytes(12)) == b""
        os.kill(front.pid_of(agent), signal.SIGCONT)


@pytest.mark.parametrize("is_public", [True, False])
def test_how_much_of_the_log_is_told(simulator, new_agent, is_public):
    """The front gets it in short pieces, except for one long event, which comes in a sealed file; of a log that
    is hidden, it gets only what is in the certificate that anyone may have."""
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
        assert all(4096 <= len(piece) < 4096 + 200 for piece in pieces[:-3])
        assert (b"hidden" in b"".join(pieces)) == is_public and ask(12, extent)
        if is_public:
            assert pieces[-1][-65536:] == b"\2" * 65536
        os.kill(front.pid_of(agent), signal.SIGCONT)


@pytest.mark.parametrize("kind, reason", [
    (2, b"only an agent that process 1 has started can power the machine off"), (3, b"the app has no health file"),
    (8, b"GetQuote is Intel TDX only")])
def test_what_is_not_to_be_had_is_refused(agent, kind, reason):
    with front.channel(agent) as channel:
        channel.send(message(kind, b"\0" if kind == 8 else b"", 7))
        while True:
            data, passed, _, _ = socket.recv_fds(channel, 1000, 1)
            if HEAD.unpack(data[:8])[1] == 7:
                break
            for each in passed:
                os.close(each)
        assert data[0] == 5 and not passed and reason in data
        os.kill(front.pid_of(agent), signal.SIGCONT)
    agent.wait_until(lambda: page(agent), "the page")
    agent.expected = agent.surprises
    # a front that goes on receives an answer that it has not asked for
    assert len(agent.expected) in (0, 2)


@pytest.mark.skipif(not os.path.exists("/usr/bin/setpriv"), reason="no setpriv")
@pytest.mark.parametrize("name", ["maps", "mem", "environ", "syscall", "fd/3", "root/"])
def test_a_process_of_the_same_user(agent, name):
    """As in a container whose user has the front's user id: it cannot access the front."""
    user = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    path = f"/proc/{front.pid_of(agent)}/{name}"
    done = subprocess.run([*user, "ls" if name == "root/" else "cat", path], capture_output=True, text=True, timeout=10)
    assert done.returncode != 0 and "ermission denied" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("lie", [b"x", message(10), message(4, number=12345), message(2), message(0, b"x")])
def test_lies_of_the_keeper(agent, lie):
    """The front ends, says why, and the next one serves."""
    old = front.pid_of(agent)
    with front.keeper_channel(agent) as channel:
        channel.send(lie)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises[0].startswith("<3>dstack-guest-agent: the keeper breaks a rule of the channel: ")
    agent.expected = agent.surprises


def sealed(seals: int, size: int = 0) -> int:
    file = os.memfd_create("file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(file, size)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
    return file


WHOLE = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
FILES = {
    "not sealed": lambda: os.memfd_create("file"), "shrinks": lambda: sealed(WHOLE & ~fcntl.F_SEAL_SHRINK, 4096),
    "grows": lambda: sealed(WHOLE & ~fcntl.F_SEAL_GROW), "changes": lambda: sealed(WHOLE & ~fcntl.F_SEAL_WRITE, 4096),
    "too long": lambda: sealed(WHOLE, 67 * 1024 * 1024), "a device": lambda: os.open("/dev/zero", os.O_RDONLY),
    "a directory": lambda: os.open("/", os.O_RDONLY), "a pipe": lambda: os.pipe()[0]}


@pytest.mark.parametrize("name", FILES)
def test_files_of_the_keeper_that_are_none(agent, name):
    old = front.pid_of(agent)
    file = FILES[name]()
    with front.keeper_channel(agent) as channel:
        socket.send_fds(channel, [message(2)], [file])
    os.close(file)
    front.wait_for_another(agent, old)
    agent.wait_until(lambda: page(agent), "the page")
    assert agent.surprises[0] == (
        "<3>dstack-guest-agent: the keeper breaks a rule of the channel: a file is not sealed, or too long"), agent.surprises
    agent.expected = agent.surprises


PAGES = (
    "/", "/metrics", "/logs/web", "/prpc/Info", "/prpc/v1/Info", "/prpc/v1/Health", "/prpc/Version",
    "/prpc/GetAttestationForAppKey?algorithm=ed25519", "/prpc/GetAttestationForAppKey?algorithm=secp256k1")


def test_no_key_in_the_front(new_agent, simulator, tmp_path):
    """Searches its whole memory, while everything is in use."""
    engine = FakeEngine(tmp_path / "engine")
    engine.add("web", b"HTTP/1.1 200 OK\r\n\r\n" + frame(b"line\n"))
    agent = outward.configure(new_agent(prefix=simulator.prefix), engine.path)
    api, tappd = boot.start(agent), Tappd(agent)
    agent.wait_until(lambda: page(agent), "the page")
    pid = front.pid_of(agent)
    text = lambda key: serialization.load_pem_private_key(key.encode(), None).private_numbers().private_value.to_bytes(32, "big")
    known = agent.app_keys
    secrets = [bytes.fromhex(known[name]) for name in ("k256_key", "disk_crypt_key", "env_crypt_key") if known.get(name)]
    secrets += [text(known["key_provider"]["None"]["key"]), bytes.fromhex(oracle.get_key(known, "vms", "signing", "secp256k1")["key"])]
    done = threading.Event()

    def strangers():
        while not done.is_set():
            for target in PAGES:
                assert outward.get(agent, target).status == 200, target

    def apps():
        while not done.is_set():
            secrets.append(bytes.fromhex(api.ok("GetKey", path="x")["key"]))
            secrets.append(bytes.fromhex(api.ok("v1/GetKey", path="y", algorithm="ed25519")["key"]))
            secrets.append(issue(api, subject="x").key.private_numbers().private_value.to_bytes(32, "big"))
            secrets.append(text(tappd.ok("DeriveKey", path="z", subject="z")["key"]))
            api.ok("Sign", algorithm="secp256k1", data="00")
            api.ok("EmitEvent", event="a", payload="00")
            api.ok("GetQuote", report_data="00")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pending = [pool.submit(strangers), pool.submit(apps)]
        try:
            agent.wait_until(lambda: len(secrets) > 12 or any(each.done() for each in pending), "keys")
            assert holders(pid, b"dstack-guest-agent: "), "the test looks in the wrong place"
            for secret in set(secrets):
                for name, form in forms(secret).items():
                    assert not holders(pid, form), name
        finally:
            done.set()
    for each in pending:
        each.result()
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
    "pidfd_getfd": (438, 3, 3, 0), "io_uring": (425, 8, 0),
    # it would be dead for every later front, and could connect
    "shutdown of a listening socket": (48, 4, 0), "of both sides": (48, 4, 2),
    # the keeper's as well
    "the end of the log": (48, 2, 1), "a copy of the log": (72, 2, 0, 10), "another": (72, 2, 1030, 10),
    "a connection without connect": (46, 4, b"\0" * 56, 0x20000000),
    "another channel": (53, 1, 5, 0), "prctl": (157, 1, 0), "limits": (302, 0, 0, 0, 0), "landlock": (444, 0, 0, 1)}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_front_that_is_taken_over(agent, name):
    """Each call is refused, or ends the front."""
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


def test_a_front_that_is_taken_over_sends_nothing(agent):
    """Through none of its sockets, to no address."""
    pid = front.pid_of(agent)
    taken = front.Taken(pid)
    numbers = []
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        if "socket" in os.readlink(link):
            with front.steal(pid, int(link.name)) as stolen:
                # except those with a fixed peer: the channel, and accepted connections
                try:
                    stolen.getpeername()
                except OSError:
                    numbers.append(int(link.name))
    assert len(numbers) >= 2
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        at = taken.memory
        address = struct.pack("<H", socket.AF_INET) + struct.pack(">H", receiver.getsockname()[1]) + socket.inet_aton("127.0.0.1") + bytes(8)
        # struct msghdr after what it points to: the address, a struct iovec
        header = struct.pack("<QIIQQQQII", at, 16, 0, at + 16, 1, 0, 0, 0, 0)
        for number in numbers:
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                memory.seek(at)
                memory.write(address + struct.pack("<QQ", at, 16) + header)
            assert taken.call(46, number, at + 32, socket.MSG_NOSIGNAL) < 0
        with pytest.raises(BlockingIOError):
            receiver.recv(100)
        taken.leave()
    agent.wait_until(lambda: page(agent), "the page")


def test_the_end_of_writing_costs_no_listener(agent):
    taken = front.Taken(front.pid_of(agent))
    for number in (4, 5):
        taken.call(48, number, 1)
    taken.leave()
    agent.wait_until(lambda: page(agent), "the page")


@pytest.mark.parametrize("name", [
    "open", "connect", "unlink", "mount", "ptrace", "creat", "socket of another kind", "execve", "setuid", "process_vm_readv",
    "pidfd_getfd", "io_uring", "terminal input"])
def test_a_keeper_that_is_taken_over(agent, name):
    attempts = ATTEMPTS | {"open": (2, b"/root", os.O_DIRECTORY), "socket of another kind": (321, 0, 0, 0), "unlink": (87, str(agent.config).encode()[:0] + b"/etc/hostname")}
    taken = front.Taken(agent.pid)
    result = taken.call(*attempts[name])
    taken.leave()
    assert result in (-errno.EACCES, -errno.EPERM, -errno.ENOTSOCK, -errno.EISCONN, -errno.ENOENT, -errno.EBADF), result
    calls(agent, 1)
