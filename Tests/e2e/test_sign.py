"""Sign: every answer equals the oracle's, and the public key verifies it."""

import hashlib
import json

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import oracle
import wire
from api import Api

DATA = [
    b"", b"\0", b"Test message for signing", bytes(range(256)), b"\xff" * 32, b"x" * 63, b"x" * 64, b"x" * 65, b"a" * 100_000]


@pytest.mark.parametrize("algorithm", ["secp256k1", "k256", "ed25519"])
@pytest.mark.parametrize("data", DATA, ids=len)
def test_answers(api, algorithm, data):
    answer = api.ok("Sign", algorithm=algorithm, data=data.hex())
    assert answer == oracle.sign(api.agent.app_keys, algorithm, data)
    signature, key = bytes.fromhex(answer["signature"]), bytes.fromhex(answer["public_key"])
    if algorithm == "ed25519":
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    else:
        assert int.from_bytes(signature[32:], "big") <= oracle.SECP256K1_ORDER // 2
        recovered = [
            coincurve.PublicKey.from_signature_and_message(signature + bytes([bit]), data).format() for bit in (0, 1)]
        assert key in recovered


# A digest of zero, and digests at and above the group order, are reduced, not refused.
DIGESTS = [bytes(32), oracle.SECP256K1_ORDER.to_bytes(32, "big"), b"\xff" * 32, hashlib.sha256(b"data").digest()]


@pytest.mark.parametrize("digest", DIGESTS, ids=["zero", "order", "ones", "hash"])
def test_prehashed(api, digest):
    answer = api.ok("Sign", algorithm="secp256k1_prehashed", data=digest.hex())
    assert answer == oracle.sign(api.agent.app_keys, "secp256k1_prehashed", digest)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_prehashed_takes_32_bytes(api, length):
    assert "requires a 32-byte digest" in api.refused("Sign", algorithm="secp256k1_prehashed", data="00" * length)


@pytest.mark.parametrize("algorithm", ["", "rsa", "Ed25519", "secp256r1"])
def test_unsupported_algorithms(api, algorithm):
    assert "Unsupported algorithm" in api.refused("Sign", algorithm=algorithm, data="00")


def test_each_provider(provider_agent):
    for algorithm in ("secp256k1", "ed25519"):
        answer = Api(provider_agent).ok("Sign", algorithm=algorithm, data="616263")
        assert answer == oracle.sign(provider_agent.app_keys, algorithm, b"abc")


EXPECTED_HEX = b"\xab\xcd\xef"


@pytest.mark.parametrize("text", ["abcdef", "ABCDEF", "aBcDeF", "0xabcdef", "0xABCDEF"])
def test_hex_that_is_accepted(api, text):
    assert api.ok("Sign", algorithm="ed25519", data=text) == oracle.sign(api.agent.app_keys, "ed25519", EXPECTED_HEX)


def test_a_prefix_alone_is_no_bytes(api):
    assert api.ok("Sign", algorithm="ed25519", data="0x") == oracle.sign(api.agent.app_keys, "ed25519", b"")


@pytest.mark.parametrize("text", [
    "a", "abc", "0xabc", "0x0", "0", "x", "0x0x00", "zz", "0g", " 00", "00 ", "0 0", "00\n", "-1", "+1", "ab:cd", "é",
    "００", "\0\0"])
def test_hex_that_is_refused(api, text):
    api.refused("Sign", algorithm="ed25519", data=text)


def test_the_largest_body(agent):
    """As much data as a body of 1 MiB can carry in hex."""
    frame = json.dumps({"algorithm": "ed25519", "data": ""})
    data = b"\xa5" * ((1_048_576 - len(frame)) // 2)
    response = wire.post_json(agent.socket, "Sign", json.dumps({"algorithm": "ed25519", "data": data.hex()}).encode())
    assert response.status == 200
    assert response.json() == oracle.sign(agent.app_keys, "ed25519", data)
