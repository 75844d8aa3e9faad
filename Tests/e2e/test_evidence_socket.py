"""The socket for apps that shall have evidence, but neither keys nor the right to extend (`quote.address`)."""

import os

import pytest

import attestations
import boot
import wire
from agent_process import Agent
from api import Api

ELSEWHERE = {
    "GetKey": {"path": "a"},
    "GetTlsKey": {"usage_ra_tls": True},
    "Sign": {"algorithm": "ed25519", "data": "00"},
    "Verify": {"algorithm": "ed25519", "data": "00", "signature": "00", "public_key": "00"},
    "EmitEvent": {"event": "deployed"},
    "GpuInfo": {},
    "Nothing": {},
}


@pytest.fixture(scope="module")
def agent(booted):
    agent = Agent(prefix=booted.prefix)
    agent.settings["quote"] = {"address": f"unix:{agent.directory}/quote.sock"}
    try:
        boot.start(agent)
        yield agent
    finally:
        agent.finish()


@pytest.fixture(scope="module")
def quotes(agent) -> Api:
    api = Api(agent)
    api.address = f"{agent.directory}/quote.sock"
    return api


@pytest.mark.smoke
def test_evidence(quotes, agent, verifier):
    answer = quotes.ok("GetQuote", report_data="0102")
    assert verifier.status(bytes.fromhex(answer["quote"])) == "UpToDate"
    attestation = attestations.decode(bytes.fromhex(quotes.ok("Attest", report_data="")["attestation"]))
    assert verifier.status(attestation.quote) == "UpToDate"
    assert quotes.ok("Info") == Api(agent).ok("Info")
    assert quotes.ok("Version") == Api(agent).ok("Version")


@pytest.mark.smoke
@pytest.mark.parametrize("method", ELSEWHERE)
def test_nothing_else(quotes, method):
    assert quotes.refused(method, 404, **ELSEWHERE[method]) == f"Service not found: {method}"
    for target in (f"/{method}", f"/{method}?json", f"//{method}", f"/./{method}", f"/{method}/"):
        for verb in ("GET", "POST"):
            assert wire.exchange(quotes.address, wire.request(verb, target, b"")).status in (400, 404)


def test_nothing_was_emitted(booted, quotes):
    quotes.refused("EmitEvent", 404, event="deployed")
    assert [(name, payload) for name, payload, _ in booted.events] == boot.EVENTS


def test_errors_are_the_same(quotes):
    assert quotes.refused("GetQuote", report_data="00" * 65) == "Report data is too long"


def test_its_connections_are_its_own(quotes, agent):
    """Who fills this socket's table does not keep the other's clients out."""
    connections = [wire.Wire(quotes.address) for _ in range(64)]
    try:
        for connection in connections:
            assert connection.kept()
        assert wire.get(quotes.address, "/Version").status == 503
        assert Api(agent).ok("GetKey")
    finally:
        for connection in connections:
            connection.close()


def test_it_is_off_by_default(booted, new_agent):
    agent = new_agent(prefix=booted.prefix)
    boot.start(agent)
    assert sorted(name for name in os.listdir(agent.directory) if name.endswith(".sock")) == ["dstack.sock", "tappd.sock"]


def test_the_socket_goes_with_the_agent(booted, new_agent):
    agent = new_agent(prefix=booted.prefix)
    path = f"{agent.directory}/quote.sock"
    agent.settings["quote"] = {"address": "unix:" + path}
    boot.start(agent)
    assert os.stat(path).st_mode & 0o777 == os.stat(agent.socket).st_mode & 0o777
    assert agent.stop() == 0
    assert not os.path.exists(path)


def test_without_tdx(new_agent):
    agent = new_agent()
    agent.settings["quote"] = {"address": f"unix:{agent.directory}/quote.sock"}
    api = Api(agent.start())
    api.address = f"{agent.directory}/quote.sock"
    assert api.ok("Version")
    api.refused("GetQuote", 500, report_data="")
    api.refused("GetKey", 404)
