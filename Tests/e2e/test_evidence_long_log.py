"""A full event log, 58,000 empty events, and many who want all of it: every answer is whole and the same, whoever does not read costs
others nothing, and the memory stays within its bound."""

import json
import select

import pytest

import attestations
import boot
import events
import outward
import wire
from agent_process import Agent
from api import Api
from certificates import Issued, own_extension
from simulator import Simulator, line

COUNT = 58_000
# For answers of 20 MB on a busy machine.
TIMEOUT = 60
# The bound of the design in bytes, beside which there are five times the log and three times app-compose.
MEMORY = 16 << 20
READERS = 24
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
    """An agent that has found the log as it is, and whose app certificate has evidence of all of it."""
    agent = outward.configure(Agent(prefix=full.prefix))
    boot.describe_machine(agent)
    agent.start()
    try:
        agent.wait_until(lambda: ask(agent, "Info")["app_cert"], "the app certificate")
        yield agent
    finally:
        agent.finish()


def request(method: str, **fields) -> bytes:
    return wire.request("POST", "/" + method, json.dumps(fields).encode(), wire.JSON_HEADER)


def ask(agent, method: str, **fields) -> dict:
    with wire.Wire(agent.socket, timeout=TIMEOUT) as connection:
        connection.send(request(method, **fields))
        response = connection.response()
    assert response.status == 200, response.body[:500]
    return response.json()


def bound(agent, simulator) -> int:
    log, compose = simulator.log / "runtime_events.log", agent.directory / "app-compose.json"
    return MEMORY + 5 * log.stat().st_size + 3 * compose.stat().st_size


@pytest.fixture(scope="module")
def expected(full) -> list:
    """The runtime events as GetQuote and Info tell them."""
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


def test_who_does_not_read_costs_others_nothing(full, full_agent):
    """Many ask for all of it and read nothing: a key is had meanwhile, and no answer is held in memory."""
    once = ask(full_agent, "Info")
    before = full_agent.resident
    readers = [wire.Wire(full_agent.socket, timeout=TIMEOUT) for _ in range(READERS)]
    for number, reader in enumerate(readers):
        reader.send(request(("Info", "GetQuote", "GetTlsKey")[number % 3], **({"usage_ra_tls": True} if number % 3 == 2 else {})))
    # each has got the front of its answer
    assert all(reader.receive() for reader in readers)
    assert Api(full_agent).ok("GetKey", path="a")["key"]
    held = full_agent.resident
    print(f"resident {before // 1024} KiB, with {READERS} readers {held // 1024} KiB")
    assert held <= bound(full_agent, full)
    answers = {}
    while len(answers) < READERS:
        # all of them go on, in small steps, so that nobody is given up
        for reader in select.select([each for each in readers if each not in answers], [], [], TIMEOUT)[0]:
            assert reader.receive()
            head, _, body = reader.buffer.partition(b"\r\n\r\n") if len(reader.buffer) > 1 << 20 else (b"", b"", b"")
            length = next((int(field[16:]) for field in head.split(b"\r\n") if field.startswith(b"Content-Length: ")), None)
            if length is not None and len(body) >= length:
                answers[reader] = reader.response()
    assert full_agent.resident <= bound(full_agent, full)
    assert all(answers[reader].status == 200 for reader in readers)
    assert all(answers[reader].json() == once for reader in readers[::3])
    assert len({answers[reader].json()["event_log"] for reader in readers[1::3]}) == 1
    for reader in readers:
        reader.close()


def test_an_event_behind_them(full, full_agent):
    """An answer that has begun goes on as it was, and the next one tells one event more."""
    before = json.loads(ask(full_agent, "Info")["tcb_info"])
    with wire.Wire(full_agent.socket, timeout=TIMEOUT) as reader:
        reader.send(request("Info"))
        assert reader.receive()
        full.emit(("behind", b"\1"))
        after = json.loads(ask(full_agent, "Info")["tcb_info"])
        assert json.loads(reader.response().json()["tcb_info"]) == before
    assert len(after["event_log"]) == len(before["event_log"]) + 1 and after["event_log"][-1]["event"] == "behind"
    assert after["rtmr3"] == full.register(3).hex() != before["rtmr3"]
