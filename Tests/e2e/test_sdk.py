"""The public Python SDK, unchanged, sync and async."""

import asyncio
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from dstack_sdk import AsyncDstackClient, DstackClient

import oracle

MESSAGE = "Test message for signing"
ALGORITHMS = ("secp256k1", "secp256k1_prehashed", "ed25519")


def data(algorithm: str) -> bytes:
    return hashlib.sha256(MESSAGE.encode()).digest() if algorithm.endswith("_prehashed") else MESSAGE.encode()


@pytest.fixture
def client(agent):
    # Not `with`: that returns the underlying asynchronous client.
    return DstackClient(agent.socket)


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", ["secp256k1", "k256", "", "ed25519"])
def test_get_key(client, agent, algorithm):
    answer = client.get_key("test/wallet", "ethereum", algorithm)
    assert answer.model_dump() == oracle.get_key(agent.app_keys, "test/wallet", "ethereum", algorithm)
    assert len(answer.decode_key()) == 32
    assert [len(part) for part in answer.decode_signature_chain()] == [65, 0]


def test_get_key_defaults(client, agent):
    assert client.get_key().model_dump() == oracle.get_key(agent.app_keys, "", "", "secp256k1")


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_sign_and_verify(client, agent, algorithm):
    message = data(algorithm)
    answer = client.sign(algorithm, message)
    assert answer.model_dump() == oracle.sign(agent.app_keys, algorithm, message)
    signature, key = answer.decode_signature(), answer.decode_public_key()
    assert client.verify(algorithm, message, signature, key).valid is True
    changed = bytes([message[0] ^ 1]) + message[1:]
    assert client.verify(algorithm, changed, signature, key).valid is False


@pytest.mark.smoke
def test_get_tls_key(client, agent):
    answer = client.get_tls_key("example.com", ["example.com", "192.0.2.1"], usage_client_auth=True)
    key = serialization.load_pem_private_key(answer.key.encode(), None)
    leaf, root = (x509.load_pem_x509_certificate(pem.encode()) for pem in answer.certificate_chain)
    assert leaf.public_key() == key.public_key()
    leaf.verify_directly_issued_by(root)
    assert serialization.load_der_private_key(answer.as_uint8array(), None).private_numbers() == key.private_numbers()


def test_get_tls_key_options_that_ask_for_the_version_first(client):
    answer = client.get_tls_key("dates", not_before=1_700_000_000, not_after=1_800_000_000, with_app_info=False)
    leaf = x509.load_pem_x509_certificate(answer.certificate_chain[0].encode())
    assert leaf.not_valid_before_utc.timestamp() == 1_700_000_000
    assert leaf.not_valid_after_utc.timestamp() == 1_800_000_000


@pytest.mark.smoke
def test_version(client):
    answer = client.version()
    assert answer.version and answer.version[0].isdigit()


def test_many_calls_on_one_client(client):
    keys = {client.get_key(f"path/{n}").key for n in range(50)}
    assert len(keys) == 50


def test_a_new_client_for_each_call(agent):
    for _ in range(20):
        assert DstackClient(agent.socket).version().version


def test_async_client(agent):
    async def calls():
        async with AsyncDstackClient(agent.socket) as client:
            key = await client.get_key("path", "purpose")
            signed = await client.sign("ed25519", MESSAGE)
            verified = await client.verify("ed25519", MESSAGE, signed.decode_signature(), signed.decode_public_key())
            tls = await client.get_tls_key("async.example", ["async.example"])
            version = await client.version()
        return key, signed, verified, tls, version

    key, signed, verified, tls, version = asyncio.run(calls())
    assert key.model_dump() == oracle.get_key(agent.app_keys, "path", "purpose", "secp256k1")
    assert signed.model_dump() == oracle.sign(agent.app_keys, "ed25519", MESSAGE.encode())
    assert verified.valid is True
    assert len(tls.certificate_chain) == 2
    assert version.version


def test_async_calls_at_the_same_time(agent):
    async def calls():
        async with AsyncDstackClient(agent.socket) as client:
            return await asyncio.gather(*(client.get_key(f"path/{n}") for n in range(40)))

    answers = asyncio.run(calls())
    assert [answer.model_dump() for answer in answers] == [
        oracle.get_key(agent.app_keys, f"path/{n}", "", "secp256k1") for n in range(40)]
