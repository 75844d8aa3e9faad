"""Attest: the versioned attestation, SCALE or MessagePack, decoded here."""

import pytest

import attestations
import boot
import events
import wire
from api import Api
from messages import MESSAGES
from verifier import Verifier

APP_EVENTS = [("first", b"\1"), ("größe \"\\", bytes(300))]


def attest(api: Api, data: bytes = b"") -> bytes:
    answer = api.ok("Attest", report_data=data.hex())
    assert set(answer) == {"attestation"}
    return bytes.fromhex(answer["attestation"])


def json_log(api: Api) -> list:
    """The log beside a quote."""
    return attestations.json_log(api.ok("GetQuote", report_data="")["event_log"])


@pytest.mark.smoke
@pytest.mark.parametrize("length", [0, 1, 63, 64])
def test_version_zero(booted_api, verifier, length):
    data = bytes(range(length))
    encoded = attest(booted_api, data)
    assert encoded[0] == 0
    attestation = attestations.decode(encoded)
    assert verifier.status(attestation.quote) == "UpToDate"
    assert attestation.report_data == attestations.report(attestation.quote).report_data == data.ljust(64, b"\0")
    assert attestation.runtime_events == [(name, payload, 1) for name, payload in boot.EVENTS]
    assert attestation.config == boot.VM_CONFIG


def test_the_log_of_version_zero(booted_api):
    attestation = attestations.decode(attest(booted_api))
    assert attestation.event_log == json_log(booted_api)
    replayed = [attestations.replay(attestation.event_log, index) for index in range(4)]
    assert replayed == attestations.registers(attestation.quote)


def test_without_events(simulator, tdx_agent):
    attestation = attestations.decode(attest(Api(tdx_agent)))
    assert attestation.version == 0 and attestation.runtime_events == []
    assert {event.imr for event in attestation.event_log} == {0, 1, 2}
    assert attestations.registers(attestation.quote)[3] == bytes(48)
    assert Verifier(simulator.state).status(attestation.quote) == "UpToDate"


def test_version_one(simulator, new_agent):
    """If the startup has chosen digests of version 2, its events and the apps' all have them."""
    simulator.choose(2)
    simulator.emit(*boot.EVENTS, version=2)
    agent = new_agent(prefix=simulator.prefix)
    boot.describe_machine(agent)
    api = boot.start(agent)
    for name, payload in APP_EVENTS:
        assert api.ok("EmitEvent", event=name, payload=payload.hex()) is None
    assert simulator.events == [(name, payload, 2) for name, payload in boot.EVENTS + APP_EVENTS]
    assert simulator.replayed == simulator.register(3)

    encoded = attest(api, b"data")
    assert encoded[0] & 0xf0 == 0x80
    attestation = attestations.decode(encoded)
    assert Verifier(simulator.state).status(attestation.quote) == "UpToDate"
    assert attestation.report_data == attestations.report(attestation.quote).report_data == b"data".ljust(64, b"\0")
    assert attestation.runtime_events == simulator.events
    assert attestation.config == boot.VM_CONFIG
    assert attestation.event_log == json_log(api)
    runtime = [event for event in attestation.event_log if event.imr == 3]
    assert [event.preimage for event in runtime] == [events.preimage(*each) for each in simulator.events]
    assert [event.digest for event in runtime] == [events.digest(*each) for each in simulator.events]
    replayed = [attestations.replay(attestation.event_log, index) for index in range(4)]
    assert replayed == attestations.registers(attestation.quote) == simulator.registers


def test_version_one_is_used_as_soon_as_an_event_needs_it(simulator, tdx_agent):
    api = Api(tdx_agent)
    simulator.emit(("old", b"1"))
    assert attest(api)[0] == 0
    simulator.emit(("new", b"2"), version=2)
    attestation = attestations.decode(attest(api))
    assert attestation.version == 1
    assert attestation.runtime_events == simulator.events == [("old", b"1", 1), ("new", b"2", 2)]
    assert attestations.replay(attestation.event_log, 3) == simulator.register(3)


def test_protobuf(booted_agent, verifier):
    body = MESSAGES["RawQuoteArgs"](report_data=bytes(64)).SerializeToString()
    response = wire.exchange(booted_agent.socket, wire.request("POST", "/Attest", body))
    assert response.status == 200
    attestation = attestations.decode(MESSAGES["AttestResponse"].FromString(response.body).attestation)
    assert verifier.status(attestation.quote) == "UpToDate"
