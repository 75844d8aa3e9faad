"""Runtime events according to docs/spec and RFC 8785, computed without the agent."""

import hashlib
import json
import struct

TYPE = 0x08000001


def preimage(name: str, payload: bytes, version: int = 1) -> bytes:
    """The bytes that an event's digest is taken of."""
    if version == 1:
        return struct.pack("<I", TYPE) + b":" + name.encode() + b":" + payload
    # For two strings and an integer RFC 8785 is json.dumps with sorted keys, no spaces and UTF-8.
    event = {"name": name, "payload": payload.hex(), "type": TYPE}
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(name: str, payload: bytes, version: int = 1) -> bytes:
    return hashlib.sha384(preimage(name, payload, version)).digest()


def replay(digests) -> bytes:
    """A register after these extends."""
    value = bytes(48)
    for each in digests:
        value = hashlib.sha384(value + each).digest()
    return value
