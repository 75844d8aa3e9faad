"""Verify: what is valid, what is not, and what is malformed, in the manner of Wycheproof.

A signature that is well formed but does not match is `valid: false`; a malformed key or signature is an error. Malformed
is what upstream's parsers refuse: also r or s zero, and the hybrid form of a key, which libsecp256k1 would take.
"""

import hashlib
import random

import coincurve
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import oracle

N, P = oracle.SECP256K1_ORDER, oracle.SECP256K1_PRIME
L = oracle.ED25519_ORDER
DATA = b"Test message for signing"
DIGEST = hashlib.sha256(DATA).digest()
SECP = coincurve.PrivateKey(hashlib.sha256(b"a signer that is not the agent").digest())
SECP_KEY = SECP.public_key.format()
SIGNATURE = oracle.compact(SECP, DIGEST)
R, S = SIGNATURE[:32], SIGNATURE[32:]
EDWARDS = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"another one").digest())
EDWARDS_KEY = EDWARDS.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
EDWARDS_SIGNATURE = EDWARDS.sign(DATA)


def big(number: int) -> bytes:
    return number.to_bytes(32, "big")


def little(number: int) -> bytes:
    return number.to_bytes(32, "little")


def outcome(api, algorithm: str, data: bytes, signature: bytes, key: bytes):
    """True, False, or None for an error."""
    status, body = api.call(
        "Verify", algorithm=algorithm, data=data.hex(), signature=signature.hex(), public_key=key.hex())
    if status == 400:
        assert list(body) == ["error"]
        return None
    assert status == 200 and list(body) == ["valid"] and isinstance(body["valid"], bool), body
    return body["valid"]


SECP_SIGNATURES = {
    "valid": (SIGNATURE, True),
    "high s": (R + big(N - int.from_bytes(S, "big")), False),
    "r zero": (bytes(32) + S, None),
    "s zero": (R + bytes(32), None),
    "both zero": (bytes(64), None),
    "r one": (big(1) + S, False),
    "s one": (R + big(1), False),
    "r order": (big(N) + S, None),
    "s order": (R + big(N), None),
    "both order": (big(N) + big(N), None),
    "r order - 1": (big(N - 1) + S, False),
    "s order - 1": (R + big(N - 1), False),
    "r order + 1": (big(N + 1) + S, None),
    "r prime": (big(P) + S, None),
    "all ones": (b"\xff" * 64, None),
    "swapped": (S + R, False),
    "empty": (b"", None),
    "63 bytes": (SIGNATURE[:63], None),
    "65 bytes, recoverable": (SIGNATURE + b"\0", None),
    "leading zero": (b"\0" + SIGNATURE, None),
    "DER": (SECP.sign(DATA), None),
    "128 bytes": (SIGNATURE * 2, None),
}


@pytest.mark.parametrize("name", SECP_SIGNATURES)
def test_secp256k1_signatures(api, name):
    signature, expected = SECP_SIGNATURES[name]
    assert oracle.verify_secp256k1(DIGEST, signature, SECP_KEY) is expected
    for algorithm, data in (("secp256k1", DATA), ("k256", DATA), ("secp256k1_prehashed", DIGEST)):
        assert outcome(api, algorithm, data, signature, SECP_KEY) is expected


UNCOMPRESSED = SECP.public_key.format(compressed=False)
SECP_KEYS = {
    "compressed": (SECP_KEY, True),
    "uncompressed": (UNCOMPRESSED, True),
    "other parity": (bytes([SECP_KEY[0] ^ 1]) + SECP_KEY[1:], False),
    "of somebody else": (coincurve.PrivateKey(big(7)).public_key.format(), False),
    "empty": (b"", None),
    "point at infinity": (b"\0", None),
    "33 zeros": (bytes(33), None),
    "65 zeros": (bytes(65), None),
    "x-only": (SECP_KEY[1:], None),
    "32 bytes of the compressed": (SECP_KEY[:32], None),
    "34 bytes": (SECP_KEY + b"\0", None),
    "64 bytes of the uncompressed": (UNCOMPRESSED[1:], None),
    "66 bytes": (UNCOMPRESSED + b"\0", None),
    "compressed marked 04": (b"\x04" + SECP_KEY[1:], None),
    "compressed marked 05": (b"\x05" + SECP_KEY[1:], None),
    "uncompressed marked 02": (b"\x02" + UNCOMPRESSED[1:], None),
    "hybrid": (bytes([6 + UNCOMPRESSED[-1] % 2]) + UNCOMPRESSED[1:], None),
    "hybrid of the other parity": (bytes([7 - UNCOMPRESSED[-1] % 2]) + UNCOMPRESSED[1:], None),
    "uncompressed, y + 1": (UNCOMPRESSED[:-1] + bytes([UNCOMPRESSED[-1] ^ 1]), None),
    "x without a point": (b"\x02" + big(5), None),
    "x zero": (b"\x02" + bytes(32), None),
    "x prime": (b"\x02" + big(P), None),
    "x prime + 1": (b"\x02" + big(P + 1), None),
    "x all ones": (b"\x03" + b"\xff" * 32, None),
    "Ed25519 key": (EDWARDS_KEY, None),
}


@pytest.mark.parametrize("name", SECP_KEYS)
def test_secp256k1_keys(api, name):
    key, expected = SECP_KEYS[name]
    assert oracle.verify_secp256k1(DIGEST, SIGNATURE, key) is expected
    assert outcome(api, "secp256k1", DATA, SIGNATURE, key) is expected
    assert outcome(api, "secp256k1_prehashed", DIGEST, SIGNATURE, key) is expected


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31, 33, 64])
def test_prehashed_of_other_lengths(api, length):
    """As in upstream's library: the first 32 bytes count, shorter data gets zeros in front, and less than 16 bytes is never valid."""
    data = (DIGEST * 2)[:length]
    signature = oracle.sign(api.agent.app_keys, "secp256k1_prehashed", data[:32].rjust(32, b"\0"))
    key = bytes.fromhex(signature["public_key"])
    assert outcome(api, "secp256k1_prehashed", data, bytes.fromhex(signature["signature"]), key) is (length >= 16)
    assert outcome(api, "secp256k1_prehashed", data, SIGNATURE[:32] + SIGNATURE[:32], key) is False
    assert outcome(api, "secp256k1_prehashed", data, SIGNATURE[1:], key) is None


@pytest.mark.parametrize("algorithm", ["", "rsa", "secp256k1 ", "Ed25519"])
def test_unsupported_algorithms(api, algorithm):
    error = api.refused(
        "Verify", algorithm=algorithm, data=DATA.hex(), signature=SIGNATURE.hex(), public_key=SECP_KEY.hex())
    assert "Unsupported algorithm" in error


EDWARDS_R, EDWARDS_S = EDWARDS_SIGNATURE[:32], EDWARDS_SIGNATURE[32:]
EDWARDS_SIGNATURES = {
    "valid": (EDWARDS_SIGNATURE, True),
    "S + L": (EDWARDS_R + little(int.from_bytes(EDWARDS_S, "little") + L), False),
    "S zero": (EDWARDS_R + bytes(32), False),
    "S = L": (EDWARDS_R + little(L), False),
    "S = L - 1": (EDWARDS_R + little(L - 1), False),
    "S all ones": (EDWARDS_R + b"\xff" * 32, False),
    "S with its top bit": (EDWARDS_R + EDWARDS_S[:31] + bytes([EDWARDS_S[31] | 0x80]), False),
    "R zero": (bytes(32) + EDWARDS_S, False),
    "R the identity": (little(1) + EDWARDS_S, False),
    "R not canonical": (little(oracle.ED25519_PRIME + 1) + EDWARDS_S, False),
    "R no point": (little(2) + EDWARDS_S, False),
    "R with the other sign": (EDWARDS_R[:31] + bytes([EDWARDS_R[31] ^ 0x80]) + EDWARDS_S, False),
    "both zero": (bytes(64), False),
    "swapped": (EDWARDS_S + EDWARDS_R, False),
    "empty": (b"", None),
    "63 bytes": (EDWARDS_SIGNATURE[:63], None),
    "65 bytes": (EDWARDS_SIGNATURE + b"\0", None),
    "32 bytes": (EDWARDS_R, None),
}


@pytest.mark.parametrize("name", EDWARDS_SIGNATURES)
def test_ed25519_signatures(api, name):
    signature, expected = EDWARDS_SIGNATURES[name]
    assert oracle.verify_ed25519(DATA, signature, EDWARDS_KEY) is expected
    assert outcome(api, "ed25519", DATA, signature, EDWARDS_KEY) is expected


EDWARDS_KEYS = {
    "valid": (EDWARDS_KEY, True),
    "of somebody else": (oracle.public_key(big(7), "ed25519"), False),
    "with the other sign": (EDWARDS_KEY[:31] + bytes([EDWARDS_KEY[31] ^ 0x80]), False),
    "empty": (b"", None),
    "31 bytes": (EDWARDS_KEY[:31], None),
    "33 bytes": (EDWARDS_KEY + b"\0", None),
    "no point": (little(2), None),
    "secp256k1 key": (SECP_KEY, None),
}


@pytest.mark.parametrize("name", EDWARDS_KEYS)
def test_ed25519_keys(api, name):
    key, expected = EDWARDS_KEYS[name]
    assert oracle.verify_ed25519(DATA, EDWARDS_SIGNATURE, key) is expected
    assert outcome(api, "ed25519", DATA, EDWARDS_SIGNATURE, key) is expected


ORDER_8 = ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
PRIME = oracle.ED25519_PRIME
SMALL_ORDER = [
    little(1), little(PRIME - 1), little(0), little(2**255),
    *(bytes.fromhex(point) for point in ORDER_8),
    *(bytes.fromhex(point[:62]) + bytes([int(point[62:], 16) | 0x80]) for point in ORDER_8),
]
# The same points under names that RFC 8032 forbids: y not reduced, or the sign of x = 0.
NOT_CANONICAL = [
    little(1 + 2**255), little(PRIME - 1 + 2**255),
    little(PRIME), little(PRIME + 2**255), little(PRIME + 1), little(PRIME + 1 + 2**255),
]


@pytest.mark.parametrize("key", SMALL_ORDER + NOT_CANONICAL, ids=bytes.hex)
def test_ed25519_keys_of_small_order_verify_nothing(api, key):
    """With R the identity and S = 0, a plain check accepts some of these messages under such a key."""
    signature = little(1) + bytes(32)
    results = {outcome(api, "ed25519", bytes([n]), signature, key) for n in range(32)}
    assert True not in results and len(results) == 1
    if key in SMALL_ORDER:
        assert any(oracle.verify_ed25519(bytes([n]), signature, key) for n in range(32)), "the test tests nothing"


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_changed_bits(api):
    """One bit of the data, signature or key is changed; the oracle gives the expected result."""
    choose = random.Random(2)
    for _ in range(120):
        parts = [DATA, SIGNATURE, SECP_KEY]
        which = choose.randrange(3)
        parts[which] = flipped(parts[which], choose.randrange(8 * len(parts[which])))
        expected = oracle.verify_secp256k1(hashlib.sha256(parts[0]).digest(), *parts[1:])
        assert expected is not True
        assert outcome(api, "secp256k1", *parts) is expected, parts
        parts = [DATA, EDWARDS_SIGNATURE, EDWARDS_KEY]
        parts[which] = flipped(parts[which], choose.randrange(8 * len(parts[which])))
        expected = oracle.verify_ed25519(*parts)
        assert expected is not True
        assert outcome(api, "ed25519", *parts) is expected, parts


def test_signatures_of_other_signers(api):
    """Signatures made by OpenSSL and libsecp256k1 for random keys and data are valid."""
    choose = random.Random(3)
    for _ in range(30):
        secret, data = choose.randbytes(32), choose.randbytes(choose.randrange(200))
        edwards = Ed25519PrivateKey.from_private_bytes(secret)
        assert outcome(api, "ed25519", data, edwards.sign(data), oracle.public_key(secret, "ed25519")) is True
        key = coincurve.PrivateKey(secret)
        r, s = decode_dss_signature(key.sign(data))
        assert outcome(api, "secp256k1", data, big(r) + big(s), key.public_key.format()) is True


@pytest.mark.parametrize("missing", ["data", "signature", "public_key"])
def test_missing_fields_are_empty(api, missing):
    """An absent signature or key counts as empty, which is malformed; absent data is empty data."""
    fields = {"data": "", "signature": oracle.compact(SECP, hashlib.sha256(b"").digest()).hex(), "public_key": SECP_KEY.hex()}
    del fields[missing]
    status, body = api.call("Verify", algorithm="secp256k1", **fields)
    assert (status, body) == (200, {"valid": True}) if missing == "data" else status == 400
