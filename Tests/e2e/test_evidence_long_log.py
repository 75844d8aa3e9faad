"""A full event log, 58,000 empty events, and many who want all of it: answers are complete and equal, a client that does not read costs
others nothing, and the memory stays within its bound."""

import json
import os
import re
import select
import signal

import pytest

import attestations
import boot
import events
import front
import outward
import wire
from agent_process import Agent
from api import Api
from certificates import Issued, own_extension
from simulator import Simulator, line

COUNT = 58_000
# For answers of 20 MB on a busy machine.
TIMEOUT = 60
# Bytes that the agent may hold besides five times the log and three times app-compose.
MEMORY = 16 << 20
READERS, THOROUGH = 24, 6
ATTESTATION, EVENT_LOG = 8, 2

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A simulated guest that has started, and whose log is full."""
    simulator = Simulator(tmp_path_factory.mktemp("full"))
    simulator.emit(*boot.EVENTS)
    simulator.emit(*[("a", b"")] * COUNT)
    yield simulator
    simulator.end()


@pytest.fixture(scope="module")
def full_agent(full):
    """An agent that has read the whole log, and whose app certificate has evidence of all of it."""
    agent = outward.configure(Agent(prefix=full.prefix))
    boot.describe_machine(agent)
    agent.start()
    try:
        agent.wait_until(lambda: ask(agent, "Info")["app_cert"], "the app certificate")
        yield agent
    finally:
        agent.finish()


class Asked:
    """A call on its own connection, whose answer may be long: the parts are joined at the end."""

    def __init__(self, agent, method: str, **fields):
        self.connection = wire.Wire(agent.socket, timeout=TIMEOUT)
        self.connection.send(wire.request("POST", "/" + method, json.dumps(fields).encode(), wire.JSON_HEADER))
        self.parts, self.missing = [], None

    def fileno(self) -> int:
        return self.connection.fileno()

    def receive(self):
        """One more read."""
        part = self.connection.socket.recv(1 << 20)
        assert part, f"closed, {self.missing} bytes are missing"
        self.parts.append(part)
        if self.missing is not None:
            self.missing -= len(part)
        elif b"\r\n\r\n" in (front := b"".join(self.parts)):
            head, _, body = front.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), front
            self.missing = int(re.search(rb"Content-Length: ([0-9]+)", head)[1]) - len(body)
            self.parts = [body]

    def json(self) -> dict:
        """Reads the rest."""
        while self.missing != 0:
            self.receive()
        self.connection.close()
        return json.loads(b"".join(self.parts))


def ask(agent, method: str, **fields) -> dict:
    return Asked(agent, method, **fields).json()


def bound(agent, simulator) -> int:
    log, compose = simulator.log / "runtime_events.log", agent.directory / "app-compose.json"
    return MEMORY + 5 * log.stat().st_size + 3 * compose.stat().st_size


@pytest.fixture(scope="module")
def expected(full) -> list:
    """The runtime events as GetQuote and Info return them."""
    return [{"imr": 3, "event_type": events.TYPE, "digest": events.digest(*event).hex(), "event": event[0],
             "event_payload": event[1].hex()} for event in full.events]


def runtime(told: list) -> list:
    return [event for event in told if event["imr"] == 3]


def test_the_log_is_told_whole(full, full_agent, expected):
    told = json.loads(ask(full_agent, "Info")["tcb_info"])
    assert runtime(told["event_log"]) == expected and told["rtmr3"] == full.register(3).hex() and "event_log_mismatch" not in told
    quote = ask(full_agent, "GetQuote", report_data="01")
    assert json.loads(quote["event_log"]) == told["event_log"]
    assert attestations.report(bytes.fromhex(quote["quote"])).rt_mr3 == full.register(3)
    attestation = attestations.decode(bytes.fromhex(ask(full_agent, "Attest", report_data="02")["attestation"]))
    assert attestation.runtime_events == full.events
    assert [event.digest.hex() for event in attestation.event_log] == [event["digest"] for event in told["event_log"]]
    page = outward.get(full_agent, "/").body.decode()
    assert page.count("&quot;event_type&quot;:134217729") == len(expected)
    assert f"Event log, {len(told['event_log'])} events" in page


def test_certificates_with_all_of_it(full, full_agent, expected):
    issued = Issued(ask(full_agent, "GetTlsKey", usage_ra_tls=True))
    assert issued.leaf.public_key() == issued.key.public_key()
    issued.leaf.verify_directly_issued_by(issued.root)
    assert runtime(json.loads(own_extension(issued.leaf, EVENT_LOG))) == expected
    attestation = attestations.decode(own_extension(issued.leaf, ATTESTATION))
    assert attestation.runtime_events == full.events
    assert attestations.replay(attestation.event_log, 3) == full.register(3)


def test_strangers_are_told_all_of_it(full, full_agent):
    """By the front, and by a new one that has to fetch it all. Each event is kept once, however many texts contain it."""
    expected = ask(full_agent, "Info")
    log = json.loads(ask(full_agent, "GetQuote", report_data="02")["event_log"])
    old = front.pid_of(full_agent)
    for turn in range(2):
        assert outward.ask(full_agent, "GET", "/prpc/Info").json() == expected
        told = outward.ask(full_agent, "GET", "/prpc/GetAttestationForAppKey?algorithm=ed25519").json()
        assert json.loads(told["event_log"]) == log
        resident = int(front.status(front.pid_of(full_agent))["VmRSS"].split()[0]) * 1024
        print(f"resident {full_agent.resident // 1024} KiB, the front {resident // 1024} KiB")
        assert full_agent.resident + resident <= bound(full_agent, full)
        if turn == 0:
            os.kill(old, signal.SIGKILL)
            front.wait_for_another(full_agent, old)
    gone, = full_agent.surprises
    assert gone.endswith("the front ended: pages are unavailable for a moment")
    full_agent.expected = full_agent.surprises


def test_who_does_not_read_costs_others_nothing(full, full_agent):
    """Many ask for all of it and read nothing: keys are still served, and no answer is held in memory."""
    once = ask(full_agent, "Info")
    before = full_agent.resident
    # certificates are hashed one at a time, and a caller that would wait too long is refused
    methods = [("Info", {}), ("GetQuote", {})] * (READERS // 2 - 1) + [("GetTlsKey", {"usage_ra_tls": True})] * 2
    readers = [Asked(full_agent, method, **fields) for method, fields in methods]
    for reader in readers:
        # each has received the beginning of its answer
        reader.receive()
    assert Api(full_agent).ok("GetKey", path="a")["key"]
    held = full_agent.resident
    print(f"resident {before // 1024} KiB, with {READERS} readers {held // 1024} KiB")
    assert held <= bound(full_agent, full)
    # as much as a slow machine can read in the time allowed for an answer
    for reader in readers[:-THOROUGH]:
        reader.connection.close()
    readers = readers[-THOROUGH:]
    while waiting := [reader for reader in readers if reader.missing != 0]:
        # all of them read on, so that none is dropped
        for reader in select.select(waiting, [], [], TIMEOUT)[0]:
            reader.receive()
    assert full_agent.resident <= bound(full_agent, full)
    assert all(reader.json() == once for reader in readers[:-2:2])
    logs = {reader.json()["event_log"] for reader in readers[1:-2:2]}
    assert all(json.loads(own_extension(Issued(reader.json()).leaf, EVENT_LOG)) for reader in readers[-2:])
    assert len(logs) == 1 and json.loads(logs.pop()) == json.loads(once["tcb_info"])["event_log"]


def test_an_event_behind_them(full, full_agent):
    """An answer that has begun does not change; the next one has one event more."""
    before = json.loads(ask(full_agent, "Info")["tcb_info"])
    reader = Asked(full_agent, "Info")
    reader.receive()
    full.emit(("behind", b"\1"))
    after = json.loads(ask(full_agent, "Info")["tcb_info"])
    assert json.loads(reader.json()["tcb_info"]) == before
    assert len(after["event_log"]) == len(before["event_log"]) + 1 and after["event_log"][-1]["event"] == "behind"
    assert after["rtmr3"] == full.register(3).hex() != before["rtmr3"]
