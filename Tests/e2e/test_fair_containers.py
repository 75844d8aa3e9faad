"""Shares are divided between containers first, then between the users inside one."""

import pytest

import boot
import wire
from api import Api
from callers import Caller, make_container, take
from simulator import READ, in_system_call, line

LIMIT = 64
USERS = (2001, 2002, 2003, 2004)
LOG = 1536 * 1024
SIXTEENTH = LOG // 16
# What an event counts beyond its line, which may later get a version.
RECKONED = 14
LARGE = b"POST /Sign HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\nx"


@pytest.fixture
def container():
    path = make_container("fair")
    if path is None:
        pytest.skip("no control group can be made here")
    yield path
    for inner in path.glob("*/"):
        if inner.is_dir():
            inner.rmdir()
    path.rmdir()


@pytest.fixture
def new_caller():
    made = []

    def make(*arguments) -> Caller:
        made.append(Caller(*arguments))
        return made[-1]

    yield make
    for caller in made:
        caller.leave()


def test_users_of_a_container_are_one(new_agent, container, new_caller):
    agent = new_agent().start()
    for user in USERS:
        assert new_caller(agent, user, container).hold(LIMIT // 4) == LIMIT // 4
    take(agent, LIMIT // 2)


def test_groups_inside_a_container_are_one(new_agent, container, new_caller):
    """A container may make control groups of its own."""
    agent = new_agent().start()
    for number in range(4):
        inner = container / f"part{number}"
        inner.mkdir()
        assert new_caller(agent, USERS[0], inner).hold(LIMIT // 4) == LIMIT // 4
    take(agent, LIMIT // 2)


def test_users_inside_a_container(new_agent, container, new_caller):
    """A user that holds most of the container's places gives way to another user there, who may have half of them."""
    agent = new_agent().start()
    crowd, other = new_caller(agent, USERS[0], container), new_caller(agent, USERS[1], container)
    assert crowd.hold(LIMIT) == LIMIT
    assert other.hold(LIMIT // 2) == LIMIT // 2
    assert other.call("Version") == 503


def test_readers_of_a_container(simulator, new_agent, container, new_caller):
    """A user that does not read long answers gives way too."""
    simulator.emit(*[("large", b"\xcd" * 65536)] * 10)
    agent = new_agent(prefix=simulator.prefix)
    boot.start(agent)
    for user in USERS:
        assert new_caller(agent, user, container).ask(LIMIT // 4, wire.request("GET", "/Info")) == LIMIT // 4
    take(agent, LIMIT // 2)


def test_waiting_requests_of_a_container(simulator, new_agent, container, new_caller):
    """A user that fills the table with requests waiting for their turn gives way too, beginning with the latest."""
    agent = new_agent(prefix=simulator.prefix)
    boot.start(agent)
    # started before the writer, whose input they would keep open
    crowd = [new_caller(agent, user, container) for user in USERS]
    with simulator.writer("pause") as writer:
        writer.stdin.write(line("other program", b""))
        writer.stdin.flush()
        # now the writer has the log's lock
        assert writer.stdout.readline() == "extended\n"
        request = wire.request("POST", "/EmitEvent", b'{"event":"a"}', wire.JSON_HEADER)
        for caller in crowd:
            assert caller.ask(LIMIT // 4, request, is_answered=False) == LIMIT // 4
        take(agent, LIMIT // 2)
        writer.stdin.write("\n")
        writer.stdin.close()
    agent.wait_until(lambda: simulator.replayed == simulator.register(3), "the last event")


def test_large_bodies_of_a_container(new_agent, container, new_caller):
    agent = new_agent().start()
    for user in USERS:
        assert new_caller(agent, user, container).hold(2, LARGE) == 2
    for _ in range(3):
        assert Api(agent).ok("Sign", algorithm="ed25519", data="00" * 500_000)


def line_size(name: str, payload: int) -> int:
    """The size in the log of an event with such a payload."""
    return len('{"event":"","payload":""}\n') + len(name) + (payload + 2) // 3 * 4


def exact(size: int) -> tuple:
    """The name and payload of an event whose line has this many bytes."""
    name = next("x" * length for length in range(1, 5) if line_size("x" * length, 0) % 4 == size % 4)
    payload = (size - line_size(name, 0)) // 4 * 3
    assert line_size(name, payload) == size
    return name, b"\xcd" * payload


def test_the_log_of_a_container(simulator, new_agent, container, new_caller):
    """Of the last quarter a container gets a sixteenth, whichever user takes it, and not a byte more; another container gets one too."""
    simulator.emit(*[("other program", b"\xcd" * 65536)] * 13)
    used = (simulator.log / "runtime_events.log").stat().st_size
    simulator.emit(exact(LOG // 4 * 3 - used))
    assert (simulator.log / "runtime_events.log").stat().st_size == LOG // 4 * 3
    agent = new_agent(prefix=simulator.prefix)
    boot.start(agent)

    def emit(caller, size: int) -> int:
        """Emits an event that counts as this many bytes."""
        name, payload = exact(size - RECKONED)
        return caller("EmitEvent", event=name, payload=payload.hex())

    first, second = (new_caller(agent, user, container).call for user in USERS[:2])
    ours = new_caller(agent, USERS[2]).call
    for mine, others in ((first, second), (ours, ours)):
        assert emit(mine, 60_000) == 200
        assert emit(others, SIXTEENTH - 60_000 + 1) == 500
        assert emit(others, SIXTEENTH - 60_000) == 200
        for caller in (mine, others):
            assert caller("EmitEvent", event="x", payload="") == 500
    assert simulator.replayed == simulator.register(3)
def test_quotes_of_a_container(simulator, tdx_agent, container, new_caller):
    """Of three users in one container that request slow quotes without pause, only one gets a turn before us; after all three, ours would
    be refused."""
    simulator.faults("delay-ms 700")
    for user in USERS[:3]:
        new_caller(tdx_agent, user, container).begin("quote_for_ever")
    in_system_call(tdx_agent, READ, "/outblob")
    api = Api(tdx_agent)
    for number in range(2):
        assert api.ok("GetQuote", report_data=f"{number:02x}")["quote"]
        assert api.ok("GetTlsKey", usage_ra_tls=True)["certificate_chain"]
    simulator.faults()
