"""Evidence through the public Python SDK, unchanged, sync and async."""

import asyncio
import hashlib

import pytest
from cryptography import x509
from dstack_sdk import AsyncDstackClient, DstackClient

import attestations
import boot
import events


@pytest.fixture
def client(booted_agent):
    return DstackClient(booted_agent.socket)


def registers(quote: bytes) -> dict:
    return {index: value.hex() for index, value in enumerate(attestations.registers(quote))}


@pytest.mark.smoke
@pytest.mark.parametrize("data", ["user:alice:nonce123", b"\0" * 64, "größe"])
def test_get_quote_and_replay(client, verifier, data):
    answer = client.get_quote(data)
    quote = answer.decode_quote()
    assert verifier.status(quote) == "UpToDate"
    assert answer.replay_rtmrs() == registers(quote)
    expected = data.encode() if isinstance(data, str) else data
    assert attestations.report(quote).report_data == expected.ljust(64, b"\0")
    assert bytes.fromhex(answer.report_data) == expected.ljust(64, b"\0")
    assert answer.vm_config == boot.VM_CONFIG
    assert [event.event for event in answer.decode_event_log() if event.imr == 3] == [name for name, _ in boot.EVENTS]


@pytest.mark.smoke
def test_attest(client, verifier):
    attestation = attestations.decode(client.attest("nonce").decode_attestation())
    assert verifier.status(attestation.quote) == "UpToDate"
    assert attestation.report_data == b"nonce".ljust(64, b"\0")


@pytest.mark.smoke
def test_info(client, booted):
    info = client.info()
    assert info.app_id == boot.APP_ID.hex()
    assert info.instance_id == boot.INSTANCE_ID.hex()
    assert info.compose_hash == info.tcb_info.compose_hash == boot.COMPOSE_HASH.hex()
    assert info.os_image_hash == info.tcb_info.os_image_hash == boot.IMAGE_HASH.hex()
    assert info.app_name == "e2e"
    assert hashlib.sha256(info.tcb_info.app_compose.encode()).hexdigest() == info.compose_hash
    assert [bytes.fromhex(getattr(info.tcb_info, f"rtmr{index}")) for index in range(4)] == booted.registers
    digests = [bytes.fromhex(event.digest) for event in info.tcb_info.event_log if event.imr == 3]
    assert events.replay(digests).hex() == info.tcb_info.rtmr3


def test_is_reachable(client):
    assert client.is_reachable() is True


@pytest.mark.smoke
def test_emit_event(tdx_agent, simulator):
    client = DstackClient(tdx_agent.socket)
    before = client.get_quote("before")
    assert client.emit_event("deployed", "revision 7") is None
    assert client.emit_event("binary", b"\0\xff") is None
    assert simulator.events == [("deployed", b"revision 7", 1), ("binary", b"\0\xff", 1)]
    after = client.get_quote("after")
    assert after.replay_rtmrs() == registers(after.decode_quote())
    assert after.replay_rtmrs()[3] == simulator.register(3).hex() != before.replay_rtmrs()[3]
    assert client.info().tcb_info.rtmr3 == after.replay_rtmrs()[3]


@pytest.mark.smoke
def test_get_tls_key_with_evidence(client, verifier):
    answer = client.get_tls_key("evidence.example", ["evidence.example"], usage_ra_tls=True, usage_client_auth=True)
    leaf, root = (x509.load_pem_x509_certificate(pem.encode()) for pem in answer.certificate_chain)
    leaf.verify_directly_issued_by(root)
    found = {extension.oid.dotted_string for extension in leaf.extensions}
    assert found >= {f"1.3.6.1.4.1.62397.1.{number}" for number in (1, 2, 4, 8)}


def test_get_tls_key_with_app_info(client):
    answer = client.get_tls_key("info.example", with_app_info=True)
    leaf = x509.load_pem_x509_certificate(answer.certificate_chain[0].encode())
    assert "1.3.6.1.4.1.62397.1.9" in {extension.oid.dotted_string for extension in leaf.extensions}


def test_async_client(booted_agent, verifier):
    async def calls():
        async with AsyncDstackClient(booted_agent.socket) as client:
            return await asyncio.gather(
                client.get_quote("one"), client.get_quote("two"), client.attest("three"), client.info(),
                client.get_tls_key("four", usage_ra_tls=True))

    one, two, three, info, tls = asyncio.run(calls())
    for answer, data in ((one, b"one"), (two, b"two")):
        assert verifier.status(answer.decode_quote()) == "UpToDate"
        assert attestations.report(answer.decode_quote()).report_data == data.ljust(64, b"\0")
    assert attestations.decode(three.decode_attestation()).report_data == b"three".ljust(64, b"\0")
    assert info.app_id == boot.APP_ID.hex()
    assert len(tls.certificate_chain) == 2
