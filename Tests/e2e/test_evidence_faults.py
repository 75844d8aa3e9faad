"""A failure while a quote is made costs that quote and nothing else.

The faults of a quote generation service (silent, reset, garbage, 17 KiB) cannot reach an agent here: it is asked only where there is
/dev/tdx_guest to take a report from, and no simulator makes that device. They are tested in Tests/agentTests/Attestation/QGSTests."""

import os
import signal

import pytest
from cryptography import x509

import attestations
import boot
import wire
from api import Api, error_text
from certificates import own_extension
from simulator import READ, REPORT, in_system_call
from verifier import Verifier


@pytest.fixture
def api(tdx_agent):
    return Api(tdx_agent)


def assert_quotes(simulator, api):
    """Quotes are made again, and the failed ones have left nothing behind."""
    answer = api.ok("GetQuote", report_data="aa")
    assert Verifier(simulator.state).status(bytes.fromhex(answer["quote"])) == "UpToDate"
    api.agent.wait_until(lambda: simulator.entries == [], "no entry left in configfs")


def ask(connection: wire.Wire, data: str = "aa", method: str = "GetQuote"):
    connection.send(wire.request("POST", "/" + method, b'{"report_data":"%s"}' % data.encode(), wire.JSON_HEADER))


def quoting(agent) -> int:
    """Waits until the kernel makes a quote for a child of the agent; returns the child's process id."""
    return in_system_call(agent, READ, "/outblob")


def assert_serves(api):
    """Checks everything that needs no quote."""
    for method in ("GetKey", "Version", "Info", "Sign", "GetTlsKey"):
        assert api.ok(method, **({"algorithm": "ed25519", "data": "00"} if method == "Sign" else {}))


@pytest.mark.parametrize("lines", [
    ["busy 5"], ["eintr 1"], ["busy 1", "eintr 2", "busy 1"], ["fail ETIMEDOUT 1"], ["fail EAGAIN 1"]])
@pytest.mark.parametrize("method", ["GetQuote", "Attest"])
def test_the_kernel_is_asked_again(simulator, api, lines, method):
    simulator.faults(*lines)
    assert api.ok(method, report_data="bb")
    assert_quotes(simulator, api)


BROKEN = {
    "EIO": ("fail EIO 1", "cannot get a quote from the kernel: input/output error"),
    "ENXIO": ("fail ENXIO 1", "cannot get a quote from the kernel: no such device"),
    "ENOMEM": ("fail ENOMEM 1", "cannot get a quote from the kernel: out of memory"),
    "EINVAL": ("fail EINVAL 1", "cannot get a quote from the kernel: invalid argument"),
    "empty": ("empty 1", "the quote is malformed"),
    "garbage": ("garbage 1", "the quote is malformed"),
    "17 KiB": ("big 1", "the quote is too large"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("method", ["GetQuote", "Attest", "GetTlsKey"])
def test_a_quote_that_fails(simulator, api, method, name):
    fault, error = BROKEN[name]
    simulator.faults(fault)
    fields = {"usage_ra_tls": True} if method == "GetTlsKey" else {"report_data": "bb"}
    assert api.refused(method, 500, **fields) == error
    assert_quotes(simulator, api)


def test_every_quote_fails(simulator, api):
    simulator.faults("fail EIO")
    for _ in range(20):
        api.refused("GetQuote", 500, report_data="bb")
    assert_serves(api)
    simulator.faults()
    assert_quotes(simulator, api)


def test_a_killed_child_costs_its_answer(simulator, tdx_agent, api):
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket) as connection:
        ask(connection)
        os.kill(quoting(tdx_agent), signal.SIGKILL)
        response = connection.final()
        assert (response.status, error_text(response.json())) == (500, "a worker process died")
        assert connection.kept()
    assert_serves(api)
    simulator.faults()
    assert_quotes(simulator, api)


def test_a_killed_child_costs_all_that_shared_it(simulator, tdx_agent):
    simulator.faults("hang")
    connections = [wire.Wire(tdx_agent.socket) for _ in range(5)]
    try:
        for connection in connections:
            ask(connection)
        os.kill(quoting(tdx_agent), signal.SIGKILL)
        assert {connection.final().status for connection in connections} == {500}
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.slow
def test_a_hung_quote(simulator, tdx_agent, api):
    """It is given up in time, requests that waited for it are told to try again, and the next one works."""
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket, timeout=15) as hung, wire.Wire(tdx_agent.socket, timeout=15) as behind:
        ask(hung, "01")
        quoting(tdx_agent)
        ask(behind, "02")
        assert_serves(api)
        response = behind.final()
        assert response.status == 503 and response.header("Retry-After") == "1"
        assert_serves(api)
        # After this time nobody is left waiting.
        response = wire.post_json(tdx_agent.socket, "GetQuote", b'{"report_data":"03"}')
        assert response.status == 503 and response.header("Retry-After") == "1"
        response = hung.final()
        assert (response.status, error_text(response.json())) == (503, "the quote was not ready in time")
        assert hung.kept() and behind.kept()
    simulator.faults()
    assert_quotes(simulator, api)


def test_a_caller_that_leaves(simulator, tdx_agent, api):
    """Its quote is discarded; the next caller gets its own."""
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket) as connection:
        ask(connection, "01")
        quoting(tdx_agent)
    simulator.faults()
    answer = api.ok("GetQuote", report_data="02")
    assert attestations.report(bytes.fromhex(answer["quote"])).report_data[0] == 2
    assert_quotes(simulator, api)


def test_the_agent_stops_while_a_quote_hangs(simulator, tdx_agent):
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket, timeout=10) as connection:
        ask(connection)
        child = quoting(tdx_agent)
        assert tdx_agent.stop() == 0
    tdx_agent.wait_until(lambda: not os.path.exists(f"/proc/{child}"), "the child's end")


def test_entries_of_a_crashed_agent_are_removed_at_the_start(simulator, new_agent):
    dead = simulator.writer()
    dead.stdin.close()
    dead.wait()
    dead.stdout.close()
    stale = [f"dstack-{dead.pid}-0123456789abcdef", f"dstack-{dead.pid}-00"]
    others = ["report0", f"dstack-{simulator.pid}-0123456789abcdef", "dstack-", "dstack-x-1", "other-1-1"]
    for name in stale + others:
        simulator.mkdir(f"{REPORT}/{name}")
    agent = new_agent(prefix=simulator.prefix)
    boot.start(agent)
    agent.wait_until(lambda: sorted(simulator.entries) == sorted(others), "the stale entries' end")
    assert Api(agent).ok("GetQuote", report_data="")
    assert sorted(simulator.entries) == sorted(others)


def test_an_agent_that_was_killed_leaves_nothing_for_long(simulator, new_agent):
    simulator.faults("skip 1", "hang")
    first = new_agent(prefix=simulator.prefix)
    boot.start(first)
    with wire.Wire(first.socket) as connection:
        ask(connection)
        child = quoting(first)
        first.process.kill()
        os.kill(child, signal.SIGKILL)
        first.exit_status()
        first.wait_until(lambda: not os.path.exists(f"/proc/{child}"), "the child's end")
    simulator.faults()
    second = new_agent(prefix=simulator.prefix)
    boot.start(second)
    second.wait_until(lambda: simulator.entries == [], "the stale entry's end")


def test_identical_requests_share_a_quote(simulator, tdx_agent):
    """For 24 at once the kernel makes at most two quotes; a third would fail."""
    simulator.faults("hang")
    connections = [wire.Wire(tdx_agent.socket) for _ in range(24)]
    try:
        for connection in connections:
            ask(connection, "cc")
        quoting(tdx_agent)
        # A later request is answered only after these have been received.
        assert Api(tdx_agent).ok("Version")
        simulator.faults("skip 1", "fail EIO")
        quotes = [bytes.fromhex(connection.final().json()["quote"]) for connection in connections]
    finally:
        for connection in connections:
            connection.close()
    check = Verifier(simulator.state)
    assert len(quotes) == 24 and len(set(quotes)) <= 2
    for quote in set(quotes):
        assert check.status(quote) == "UpToDate"
        assert attestations.report(quote).report_data[0] == 0xcc


def test_a_failure_that_many_share_is_not_the_next_ones(simulator, tdx_agent):
    simulator.faults("delay-ms 300", "garbage 1")
    sharing = [wire.Wire(tdx_agent.socket) for _ in range(24)]
    try:
        for connection in sharing:
            ask(connection, "ee")
        quoting(tdx_agent)
        with wire.Wire(tdx_agent.socket) as behind:
            ask(behind, "ff")
            assert [connection.final().status for connection in sharing] == [500] * 24
            response = behind.final()
            assert response.status == 200, response.body
    finally:
        for connection in sharing:
            connection.close()


def test_a_slow_quote_is_not_the_last(simulator, tdx_agent, api):
    """A quote takes longer than anybody waits in the queue; for the next one the queue is empty."""
    simulator.faults("delay-ms 2700")
    with wire.Wire(tdx_agent.socket) as connection:
        ask(connection, "aa")
        assert connection.final().status == 200
    simulator.faults()
    assert api.ok("GetQuote", report_data="bb")["quote"]


def test_different_requests_share_none(simulator, tdx_agent):
    simulator.faults("delay-ms 20")
    connections = [wire.Wire(tdx_agent.socket) for _ in range(8)]
    try:
        for index, connection in enumerate(connections):
            ask(connection, f"{index:02x}")
        for index, connection in enumerate(connections):
            quote = bytes.fromhex(connection.final().json()["quote"])
            assert attestations.report(quote).report_data == bytes([index]).ljust(64, b"\0")
    finally:
        for connection in connections:
            connection.close()


def test_no_quote_is_shared_across_an_extend(simulator, tdx_agent, api):
    """A quote requested before an event does not include it, nor does its log; one requested later does."""
    simulator.emit(("before", b""))
    then = simulator.register(3)
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket) as first, wire.Wire(tdx_agent.socket) as second:
        ask(first, "dd")
        quoting(tdx_agent)
        assert api.ok("EmitEvent", event="after") is None
        ask(second, "dd")
        assert api.ok("Version")
        simulator.faults("delay-ms 300")
        answers = [connection.final().json() for connection in (first, second)]
    for answer, value, names in ((answers[0], then, ["before"]), (answers[1], simulator.register(3), ["before", "after"])):
        log = attestations.json_log(answer["event_log"])
        assert [event.event for event in log if event.imr == 3] == names
        assert attestations.replay(log, 3) == value == attestations.registers(bytes.fromhex(answer["quote"]))[3]


@pytest.mark.parametrize("method, body", [("Attest", b'{"report_data":"dd"}'), ("GetTlsKey", b'{"usage_ra_tls":true}')])
def test_an_event_while_a_quote_is_made(simulator, tdx_agent, api, method, body):
    """The same, in the other forms of evidence."""
    simulator.emit(("before", b""))
    then = simulator.register(3)
    simulator.faults("hang")
    with wire.Wire(tdx_agent.socket) as connection:
        connection.send(wire.request("POST", "/" + method, body, wire.JSON_HEADER))
        quoting(tdx_agent)
        assert api.ok("EmitEvent", event="after") is None
        simulator.faults()
        answer = connection.final().json()
    if method == "Attest":
        attestation = attestations.decode(bytes.fromhex(answer["attestation"]))
    else:
        leaf = x509.load_pem_x509_certificate(answer["certificate_chain"][0].encode())
        attestation = attestations.decode(own_extension(leaf, 8))
    assert attestations.replay(attestation.event_log, 3) == then == attestations.registers(attestation.quote)[3]
    assert attestation.runtime_events == [("before", b"", 1)]
