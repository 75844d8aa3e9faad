"""EmitEvent: RTMR3 and the log always agree, whoever else measures events."""

import json
import os
import subprocess
import sys
import threading

import pytest

import attestations
import boot
import events
import wire
from agent_process import HERE
from api import Api, error_text
from messages import MESSAGES
from simulator import FLOCK, in_system_call, line
from verifier import Verifier

SYSTEM = [
    "system-preparing", "app-id", "compose-hash", "init-script-hash", "gpu-policy-hash", "instance-id", "boot-mr-done",
    "os-image-hash", "gpu-attestation", "key-provider", "storage-fs", "storage-encrypted", "system-ready"]


@pytest.fixture
def api(tdx_agent):
    return Api(tdx_agent)


def assert_consistent(simulator, api):
    """The register, the log, a quote and Info agree."""
    answer = api.ok("GetQuote", report_data="")
    quote = bytes.fromhex(answer["quote"])
    assert Verifier(simulator.state).status(quote) == "UpToDate"
    log = attestations.json_log(answer["event_log"])
    value = simulator.register(3)
    assert value == simulator.replayed == attestations.replay(log, 3) == attestations.registers(quote)[3]
    assert [(event.event, event.event_payload, event.version) for event in log if event.imr == 3] == simulator.events
    assert json.loads(api.ok("Info")["tcb_info"])["rtmr3"] == value.hex()


@pytest.mark.smoke
def test_an_event(simulator, tdx_agent, api):
    response = wire.post_json(tdx_agent.socket, "EmitEvent", b'{"event":"deployed","payload":"00ff"}')
    assert (response.status, response.header("Content-Type"), response.body) == (200, "application/json", b"null")
    assert simulator.events == [("deployed", b"\0\xff", 1)]
    assert simulator.register(3) == events.replay([events.digest("deployed", b"\0\xff")])
    assert_consistent(simulator, api)


def test_protobuf(simulator, tdx_agent, api):
    body = MESSAGES["EmitEventArgs"](event="deployed", payload=b"\0\xff").SerializeToString()
    response = wire.exchange(tdx_agent.socket, wire.request("POST", "/EmitEvent", body))
    assert (response.status, response.header("Content-Type"), response.body) == (200, "application/octet-stream", b"")
    assert simulator.events == [("deployed", b"\0\xff", 1)]
    assert_consistent(simulator, api)


def test_get(simulator, tdx_agent):
    assert wire.get(tdx_agent.socket, "/EmitEvent?event=a+%22name%22&payload=0aFF").body == b"null"
    assert simulator.events == [('a "name"', b"\x0a\xff", 1)]


def test_the_log_is_the_owners_alone(simulator, api):
    api.ok("EmitEvent", event="deployed")
    for name in ("runtime_events.log", "runtime_event.lock"):
        assert (simulator.log / name).stat().st_mode & 0o777 == 0o600


# The first and the last of each range; values next to them are for the unit tests.
HIDDEN = (
    0xad, 0x61c, 0x200b, 0x200d, 0x200f, 0x2028, 0x202e, 0x2060, 0x206f, 0xfeff, 0xfff9, 0xfffb, 0xe0000, 0xe007f)
NAMES = {
    "one byte": "x",
    "128 bytes": "x" * 128,
    "128 bytes of UTF-8": "ü" * 64,
    "spaces": " a b ",
    "quotes": "\"'\\/",
    "beyond the BMP": "測試 🦀",
    "like the system's": "App-Id",
    "a prefix of the system's": "app-i",
    "after the system's": "app-id ",
    "after the system's, with a colon": "app-id :",
    "a colon": "key-provide:",
    "no-break space": "\u00a0",
}
BAD_NAMES = {
    "empty": ("", "the event name is empty"),
    "129 bytes": ("x" * 129, "the event name is longer than 128 bytes"),
    "130 bytes of UTF-8": ("ü" * 65, "the event name is longer than 128 bytes"),
    "100 000 bytes": ("x" * 100_000, "the event name is longer than 128 bytes"),
    **{f"U+{code:04X}": (f"a{chr(code)}b", "the event name is not printable text")
       for code in (0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9f, *HIDDEN)},
    **{name + suffix: (name + suffix, "the event name is reserved for the system")
       for name in SYSTEM for suffix in ("", ":", ":x", ':{"name"')},
}


def test_names(simulator, api):
    for name in NAMES.values():
        api.ok("EmitEvent", event=name, payload="01")
    assert simulator.events == [(name, b"\1", 1) for name in NAMES.values()]
    assert_consistent(simulator, api)


@pytest.fixture(scope="module")
def untouched(booted, booted_api):
    """An agent that must not emit anything."""
    before = booted.register(3), booted.events
    yield booted_api
    assert (booted.register(3), booted.events) == before


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names(untouched, name):
    text, error = BAD_NAMES[name]
    assert untouched.refused("EmitEvent", event=text, payload="00") == error


@pytest.mark.parametrize("fields", [
    {}, {"payload": "00"}, {"event": 1}, {"event": None}, {"event": ["a"]}, {"event": "a", "payload": "0"},
    {"event": "a", "payload": "xy"}, {"event": "a", "payload": 0}, {"event": "a", "payload": [None]}])
def test_bad_arguments(untouched, fields):
    untouched.refused("EmitEvent", **fields)


@pytest.mark.parametrize("name", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82"])
def test_names_that_are_no_utf_8(untouched, name):
    for request in (
            wire.request("POST", "/EmitEvent", b'{"event":"' + name + b'"}', wire.JSON_HEADER),
            wire.request("POST", "/EmitEvent", b"\x0a" + bytes([len(name)]) + name),
            wire.request("GET", "/EmitEvent?event=" + "".join(f"%{byte:02x}" for byte in name))):
        assert wire.exchange(untouched.address, request).status == 400


def test_payload_limit(simulator, api):
    assert api.ok("EmitEvent", event="full", payload="ab" * 65536) is None
    assert api.refused("EmitEvent", event="more", payload="ab" * 65537) == "the event payload is longer than 64 KiB"
    assert simulator.events == [("full", b"\xab" * 65536, 1)]
    assert_consistent(simulator, api)


def fill(api, event: str) -> int:
    """Emits large events until one is refused; returns how many were accepted."""
    emitted = 0
    while True:
        status, body = api.call("EmitEvent", event=event, payload="cd" * 65536)
        if status != 200:
            assert (status, error_text(body)) == (500, "the runtime event log has no room left for this caller")
            return emitted
        emitted += 1
        assert emitted < 100


def test_the_share_of_one_user(simulator, tdx_agent, api):
    """One user gets nine sixteenths of the log. Then there is still room for others, and everything else goes on, also after a restart."""
    emitted = fill(api, "large")
    size = (simulator.log / "runtime_events.log").stat().st_size
    assert 9 * 98304 - 90_000 < size <= 9 * 98304
    assert_consistent(simulator, api)
    attestation = attestations.decode(bytes.fromhex(api.ok("Attest", report_data="")["attestation"]))
    assert attestation.runtime_events == [("large", b"\xcd" * 65536, 1)] * emitted
    assert len(api.ok("GetTlsKey", usage_ra_tls=True)["certificate_chain"]) == 2
    os.chmod(tdx_agent.directory, 0o755)
    other = ("import os, sys; sys.path.insert(0, sys.argv[2]); import wire; os.setgid(65534); os.setuid(65534)\n"
             "print(wire.post_json(sys.argv[1], 'EmitEvent', b'{\"event\":\"other\"}').status)")
    told = [sys.executable, "-c", other, tdx_agent.socket, str(HERE)]
    assert subprocess.run(told, capture_output=True, text=True, check=True).stdout == "200\n"
    assert_consistent(simulator, api)
    shares = (simulator.log / "runtime_event_shares").stat()
    assert (shares.st_size, shares.st_mode & 0o777) == (16 * (emitted + 1), 0o600)
    assert tdx_agent.stop() == 0
    boot.start(tdx_agent)
    assert fill(api, "again") == 0
    assert subprocess.run(told, capture_output=True, text=True, check=True).stdout == "200\n"
    assert_consistent(simulator, api)


def test_damaged_shares(simulator, tdx_agent, api):
    """Damaged shares are counted afresh, and the log says so."""
    assert api.ok("EmitEvent", event="a") is None
    shares = simulator.log / "runtime_event_shares"
    shares.write_bytes(shares.read_bytes()[:-1])
    assert tdx_agent.stop() == 0
    boot.start(tdx_agent)
    told, = tdx_agent.expected = tdx_agent.surprises
    assert told.startswith("<4>dstack-guest-agent: the shares of the event log are lost: ") and shares.stat().st_size == 0
    assert api.ok("EmitEvent", event="b") is None
    assert shares.stat().st_size == 16
    assert_consistent(simulator, api)


def test_a_full_log(simulator, tdx_agent, api):
    """What no longer fits is refused before the register is extended; everything else goes on."""
    for number in range(14):
        simulator.emit((f"other program {number}", b"\xcd" * 65536))
    before = simulator.register(3)
    status, body = api.call("EmitEvent", event="large", payload="cd" * 65536)
    while status == 200:
        before = simulator.register(3)
        status, body = api.call("EmitEvent", event="large", payload="cd" * 65536)
    assert status == 500 and error_text(body).startswith("the runtime event log")
    assert simulator.register(3) == before
    assert_consistent(simulator, api)
    assert api.ok("EmitEvent", event="small") is None
    assert_consistent(simulator, api)


CLIENTS, EVENTS_OF_A_CLIENT, EVENTS_OF_THE_OTHER = 15, 12, 150


def test_many_emit_at_once(simulator, tdx_agent, api):
    """15 clients of the agent and another program share the lock: no event is lost or repeated."""
    failures, names = [], [[f"client {client} event {number}" for number in range(EVENTS_OF_A_CLIENT)]
                           for client in range(CLIENTS)]

    def emit(mine: list):
        for name in mine:
            status, body = api.call("EmitEvent", event=name, payload=name.encode().hex())
            if (status, body) != (200, None):
                failures.append((name, status, body))

    others = [f"other {number}" for number in range(EVENTS_OF_THE_OTHER)]
    threads = [threading.Thread(target=emit, args=(mine,)) for mine in names]
    with simulator.writer() as writer:
        for thread in threads:
            thread.start()
        writer.stdin.write("".join(line(name, name.encode()) for name in others))
        writer.stdin.close()
        for thread in threads:
            thread.join()
    assert writer.returncode == 0 and failures == []

    told = [name for name, payload, _ in simulator.events if payload == name.encode()]
    assert len(told) == len(simulator.events) == CLIENTS * EVENTS_OF_A_CLIENT + EVENTS_OF_THE_OTHER
    for mine in [*names, others]:
        assert [name for name in told if name in set(mine)] == mine
    # They took turns: neither ran wholly before the other.
    assert not told[:EVENTS_OF_THE_OTHER] == others and not told[-EVENTS_OF_THE_OTHER:] == others
    assert_consistent(simulator, api)


def test_quotes_while_events_come(simulator, tdx_agent, api):
    """Every quote comes with the log that replays to it."""
    check = Verifier(simulator.state)
    with simulator.writer() as writer:
        writer.stdin.write("".join(line(f"event {number}", b"") for number in range(400)))
        writer.stdin.close()
        lengths = []
        while writer.poll() is None or not lengths:
            answer = api.ok("GetQuote", report_data=f"{len(lengths):08x}")
            quote = bytes.fromhex(answer["quote"])
            log = attestations.json_log(answer["event_log"])
            assert attestations.replay(log, 3) == attestations.registers(quote)[3]
            assert check.status(quote) == "UpToDate"
            lengths.append(sum(event.imr == 3 for event in log))
    assert lengths == sorted(lengths)
    assert_consistent(simulator, api)


def test_a_writer_between_register_and_log(simulator, tdx_agent, api):
    """A quote made at that moment has a register that the log does not explain yet: the answer waits for the line."""
    simulator.emit(("before", b""))
    with simulator.writer("pause") as writer:
        writer.stdin.write(line("slow", b"\1"))
        writer.stdin.flush()
        assert writer.stdout.readline() == "extended\n"
        with wire.Wire(tdx_agent.socket) as connection:
            connection.send(wire.request("POST", "/GetQuote", b'{"report_data":"01"}', wire.JSON_HEADER))
            in_system_call(tdx_agent, FLOCK)
            writer.stdin.write("go on\n")
            writer.stdin.close()
            answer = connection.final().json()
    log = attestations.json_log(answer["event_log"])
    assert attestations.replay(log, 3) == simulator.register(3) == attestations.registers(bytes.fromhex(answer["quote"]))[3]
    assert_consistent(simulator, api)


def test_a_held_lock_delays_no_one_else(simulator, tdx_agent, api):
    """An event waits for the lock; keys, quotes and Info do not."""
    with simulator.writer("pause") as writer:
        writer.stdin.write(line("holds the lock", b""))
        writer.stdin.flush()
        assert writer.stdout.readline() == "extended\n"
        with wire.Wire(tdx_agent.socket, timeout=10) as connection:
            connection.send(wire.request("POST", "/EmitEvent", b'{"event":"waits"}', wire.JSON_HEADER))
            for method, fields in (("GetKey", {}), ("GetQuote", {"report_data": "01"}), ("Info", {}), ("Version", {})):
                assert api.ok(method, **fields)
            writer.stdin.write("go on\n")
            writer.stdin.close()
            assert connection.final().body == b"null"
    assert [name for name, _, _ in simulator.events] == ["holds the lock", "waits"]
    assert_consistent(simulator, api)


@pytest.mark.slow
def test_a_lock_that_never_comes_free(simulator, tdx_agent, api):
    with simulator.writer("pause") as writer:
        writer.stdin.write(line("holds the lock", b""))
        writer.stdin.flush()
        assert writer.stdout.readline() == "extended\n"
        with wire.Wire(tdx_agent.socket, timeout=10) as connection:
            connection.send(wire.request("POST", "/EmitEvent", b'{"event":"waits in vain"}', wire.JSON_HEADER))
            response = connection.final()
        assert response.status == 503 and response.header("Retry-After")
        assert "lock" in error_text(response.json())
        writer.stdin.write("go on\n")
        writer.stdin.close()
    assert [name for name, _, _ in simulator.events] == ["holds the lock"]
    assert_consistent(simulator, api)


def test_a_register_that_cannot_be_extended(simulator, api):
    simulator.faults("extend EIO 1")
    assert api.refused("EmitEvent", 500, event="lost") == "cannot extend RTMR3: input/output error"
    assert simulator.events == []
    assert api.ok("EmitEvent", event="kept") is None
    assert [name for name, _, _ in simulator.events] == ["kept"]
    assert_consistent(simulator, api)


def test_a_register_that_is_busy(simulator, api):
    simulator.faults("extend EBUSY 5", "extend EINTR 1")
    assert api.ok("EmitEvent", event="patient") is None
    assert_consistent(simulator, api)


MISMATCH = "<3>dstack-guest-agent: the runtime event log does not reproduce RTMR3"


def test_a_crash_between_register_and_log(simulator, new_agent):
    """The next start reports it; the evidence is served as it is, and shows it."""
    simulator.emit(*boot.EVENTS)
    simulator.extend(events.digest("lost", b""))
    agent = new_agent(prefix=simulator.prefix)
    agent.expected = [MISMATCH]
    api = boot.start(agent)
    assert agent.surprises == [MISMATCH]

    answer = api.ok("GetQuote", report_data="01")
    quote = bytes.fromhex(answer["quote"])
    assert Verifier(simulator.state).status(quote) == "UpToDate"
    log = attestations.json_log(answer["event_log"])
    assert [event.event for event in log if event.imr == 3] == [name for name, _ in boot.EVENTS]
    assert attestations.registers(quote)[3] == simulator.register(3) != attestations.replay(log, 3)

    tcb = json.loads(api.ok("Info")["tcb_info"])
    assert tcb["rtmr3"] == simulator.register(3).hex()
    assert tcb["event_log_mismatch"] is True
    assert attestations.replay([attestations.json_event(event) for event in tcb["event_log"]], 3) == simulator.replayed
    assert api.ok("EmitEvent", event="later") is None
    assert simulator.events[-1] == ("later", b"", 1)
    assert api.ok("Attest", report_data="")["attestation"]


def test_an_extend_that_no_log_tells_while_it_serves(simulator, tdx_agent, api):
    api.ok("EmitEvent", event="told")
    simulator.extend(bytes(48))
    quote = bytes.fromhex(api.ok("GetQuote", report_data="")["quote"])
    assert Verifier(simulator.state).status(quote) == "UpToDate"
    assert attestations.registers(quote)[3] == simulator.register(3) != simulator.replayed

    def tcb() -> dict:
        return json.loads(api.ok("Info")["tcb_info"])

    # the registers are read again now and then, and this extend never gets its line
    tdx_agent.wait_until(lambda: tcb().get("event_log_mismatch"), "the mismatch")
    assert tcb()["rtmr3"] == simulator.register(3).hex()
    tdx_agent.expected = ["<3>dstack-guest-agent: the runtime event log does not reproduce RTMR3"]


def test_a_line_that_a_crash_cut_off(simulator, new_agent):
    """A truncated line is not an event, and does not spoil the next one."""
    simulator.emit(("whole", b"\1"))
    with open(simulator.log / "runtime_events.log", "ab") as file:
        file.write(b'{"event":"cut o')
    api = boot.start(new_agent(prefix=simulator.prefix))
    assert api.ok("EmitEvent", event="next") is None
    lines = (simulator.log / "runtime_events.log").read_bytes().splitlines()
    assert [json.loads(text)["event"] for text in (lines[0], lines[2])] == ["whole", "next"]
    log = attestations.json_log(api.ok("GetQuote", report_data="")["event_log"])
    assert attestations.replay(log, 3) == simulator.register(3)


@pytest.mark.parametrize("version", [1, 2])
def test_the_version_of_this_boot(simulator, new_agent, version):
    simulator.choose(version)
    api = boot.start(new_agent(prefix=simulator.prefix))
    api.ok("EmitEvent", event="größe", payload="ff")
    assert simulator.events == [("größe", b"\xff", version)]
    assert_consistent(simulator, api)


@pytest.mark.parametrize("text", ["3", "0", "x", "1 2", "256", "-1"])
def test_an_unknown_version(simulator, tdx_agent, api, text):
    (simulator.log / "runtime_event_version").write_text(text)
    assert api.refused("EmitEvent", 500, event="deployed") == "the event log version of this boot is unknown"
    assert simulator.register(3) == bytes(48)
    assert api.ok("GetQuote", report_data="")


def test_events_outlast_the_agent(simulator, new_agent):
    first = new_agent(prefix=simulator.prefix)
    boot.start(first).ok("EmitEvent", event="first")
    assert first.stop() == 0
    api = boot.start(new_agent(prefix=simulator.prefix))
    api.ok("EmitEvent", event="second")
    assert [name for name, _, _ in simulator.events] == ["first", "second"]
    assert_consistent(simulator, api)
