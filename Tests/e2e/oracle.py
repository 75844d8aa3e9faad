"""What the agent must answer, computed without it (docs/spec/keys.md).

Elliptic curves are those of coincurve and cryptography; Keccak and HKDF are short enough to implement here.
"""

import hashlib
import hmac

import coincurve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECP256K1_PRIME = 2**256 - 2**32 - 977
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ED25519_PRIME = 2**255 - 19

_ROTATIONS = ((0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14))
_LANE = 2**64 - 1


def _round_constants():
    """The 24 constants of iota, from the register of FIPS 202, algorithm 5."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << (2**j - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return constants


_CONSTANTS = _round_constants()


def _rotate(lane: int, count: int) -> int:
    return ((lane << count) | (lane >> (64 - count))) & _LANE if count else lane


def _keccak_f(state: list) -> list:
    for constant in _CONSTANTS:
        parity = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
        change = [parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        moved = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                moved[y][(2 * x + 3 * y) % 5] = _rotate(state[x][y] ^ change[x], _ROTATIONS[x][y])
        state = [
            [moved[x][y] ^ (~moved[(x + 1) % 5][y] & moved[(x + 2) % 5][y] & _LANE) for y in range(5)] for x in range(5)
        ]
        state[0][0] ^= constant
    return state


def keccak256(message: bytes) -> bytes:
    """Keccak with 32 bytes of output and the padding 0x01 of the original submission."""
    rate = 136
    padded = bytearray(message) + bytearray(rate - len(message) % rate)
    padded[len(message)] ^= 0x01
    padded[-1] ^= 0x80
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for lane in range(rate // 8):
            offset = start + 8 * lane
            state[lane % 5][lane // 5] ^= int.from_bytes(padded[offset:offset + 8], "little")
        state = _keccak_f(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869."""
    extracted = hmac.digest(salt, secret, "sha256")
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        output, counter = output + block, counter + 1
    return output[:length]


def derive(secret: bytes, context: bytes) -> bytes:
    return hkdf_sha256(secret, b"RATLS", context, 32)


def public_key(secret: bytes, algorithm: str) -> bytes:
    if algorithm == "ed25519":
        return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return coincurve.PrivateKey(secret).public_key.format()


def get_key(app_keys: dict, path: str, purpose: str, algorithm: str) -> dict:
    """GetKey's answer in its JSON form."""
    app = bytes.fromhex(app_keys["k256_key"])
    key = derive(app, path.encode())
    message = f"{purpose}:{public_key(key, algorithm).hex()}".encode()
    signature = coincurve.PrivateKey(app).sign_recoverable(keccak256(message), hasher=None)
    return {"key": key.hex(), "signature_chain": [signature.hex(), app_keys["k256_signature"]]}


def compact(key: coincurve.PrivateKey, digest: bytes) -> bytes:
    """A 64-byte r‖s signature over a digest: low s, RFC 6979."""
    return key.sign_recoverable(digest, hasher=None)[:64]


def sign(app_keys: dict, algorithm: str, data: bytes) -> dict:
    """Sign's answer in its JSON form."""
    derived = get_key(app_keys, "vms", "signing", algorithm)
    key = bytes.fromhex(derived["key"])
    if algorithm == "ed25519":
        signature = Ed25519PrivateKey.from_private_bytes(key).sign(data)
    else:
        digest = data if algorithm == "secp256k1_prehashed" else hashlib.sha256(data).digest()
        signature = compact(coincurve.PrivateKey(key), digest)
    return {
        "signature": signature.hex(),
        "signature_chain": [signature.hex(), *derived["signature_chain"]],
        "public_key": public_key(key, algorithm).hex(),
    }


def verify_secp256k1(digest: bytes, signature: bytes, key: bytes):
    """True, False, or None for malformed input: a wrong length, r or s zero or ≥ n, a key that is hybrid or not on the curve."""
    if len(signature) != 64 or (len(key), key[:1]) not in ((33, b"\2"), (33, b"\3"), (65, b"\4")):
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not 0 < r < SECP256K1_ORDER or not 0 < s < SECP256K1_ORDER:
        return None
    try:
        point = coincurve.PublicKey(key)
    except ValueError:
        return None
    if s > SECP256K1_ORDER // 2:
        return False
    return point.verify(encode_dss_signature(r, s), digest, hasher=None)


def is_ed25519_point(encoded: bytes) -> bool:
    """RFC 8032, 5.1.3: the encoding names a point of the curve."""
    p = ED25519_PRIME
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    numerator, denominator = (y * y - 1) % p, (-121665 * pow(121666, -1, p) * y * y + 1) % p
    x2 = numerator * pow(denominator, -1, p) % p
    return y < p and (x2 == 0 or pow(x2, (p - 1) // 2, p) == 1) and not (x2 == 0 and encoded[31] & 0x80)


def verify_ed25519(message: bytes, signature: bytes, key: bytes):
    """True, False, or None for a wrong length or a key that is not on the curve. Does not check for small orders."""
    if len(signature) != 64 or len(key) != 32 or not is_ed25519_point(key):
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
