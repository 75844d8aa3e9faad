"""A reader of MessagePack, as much of it as attestations use."""

import struct

from evidence.bad import BadEvidence

DEPTH = 16
NUMBERS = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
# By the first byte: the type, and the size of its length field.
SIZED = {0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4), 0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4),
         0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4)}


def unpack(data: bytes):
    """The single value that the bytes encode."""
    reader = Reader(data)
    value = reader.read(0)
    if reader.position != len(data):
        raise BadEvidence("extra bytes after the attestation")
    return value


class Reader:
    def __init__(self, data: bytes):
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.position:
            raise BadEvidence("the attestation is truncated")
        self.position += count
        return self.data[self.position - count:self.position]

    def read(self, depth: int):
        if depth > DEPTH:
            raise BadEvidence("the attestation is nested too deep")
        first = self.take(1)[0]
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[first]
        if first in NUMBERS:
            form = NUMBERS[first]
            return struct.unpack(form, self.take(struct.calcsize(form)))[0]
        if first in SIZED:
            kind, width = SIZED[first]
            count = int.from_bytes(self.take(width), "big")
        elif first < 0xC0:
            kind, count = ("map", first & 15) if first < 0x90 else ("array", first & 15) if first < 0xA0 else ("str", first & 31)
        else:
            raise BadEvidence(f"unexpected MessagePack type: {first:#x}")
        if kind == "bin":
            return self.take(count)
        if kind == "str":
            return self.take(count).decode()
        if kind == "array":
            return [self.read(depth + 1) for _ in range(count)]
        return {self.read(depth + 1): self.read(depth + 1) for _ in range(count)}
