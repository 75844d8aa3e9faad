"""Events in a machine's log, and the registers that they replay to."""

import hashlib
import json
import struct
from typing import NamedTuple

from evidence.bad import BadEvidence

# The type of what the startup and the apps measure, in RTMR3.
RUNTIME = 0x08000001
SYSTEM_READY = "system-ready"


class Event(NamedTuple):
    register: int
    kind: int
    digest: bytes
    name: str
    payload: bytes
    version: int = 1

    @property
    def extended_by(self) -> bytes:
        """What the register was extended with. For a runtime event this is recomputed, so that name and payload are what was
        measured."""
        if self.kind != RUNTIME:
            if len(self.digest) != 48:
                raise BadEvidence(f"an event of RTMR{self.register} has a digest of {len(self.digest)} bytes")
            return self.digest
        formed = runtime_digest(self.name, self.payload, self.version)
        if self.digest not in (b"", formed):
            raise BadEvidence(f"the digest of the event {self.name!r} is not that of its name and payload")
        return formed


def runtime_digest(name: str, payload: bytes, version: int) -> bytes:
    if version == 1:
        return hashlib.sha384(struct.pack("<I", RUNTIME) + b":" + name.encode() + b":" + payload).digest()
    if version != 2:
        raise BadEvidence(f"the event {name!r} is of version {version}")
    # for strings and an integer this is the form of RFC 8785
    fields = {"name": name, "payload": payload.hex(), "type": RUNTIME}
    return hashlib.sha384(json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()


def replay(digests) -> bytes:
    """A register after these extends."""
    value = bytes(48)
    for each in digests:
        value = hashlib.sha384(value + each).digest()
    return value


def of_register(log: list, register: int) -> list:
    return [event for event in log if event.register == register]
