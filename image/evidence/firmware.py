"""The log of a machine's firmware (TCG PC Client Platform Firmware Profile, crypto-agile) with SHA-384 alone."""

import struct

NO_ACTION = 3
SHA384 = 12


def header() -> bytes:
    """The first event names the one algorithm."""
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, SHA384, 48, 0)
    return struct.pack("<II20xI", 1, NO_ACTION, len(data)) + data


def entry(register: int, kind: int, digest: bytes, data: bytes) -> bytes:
    """An event of a TDX register, which the log counts from 1."""
    return struct.pack("<IIIH", register + 1, kind, 1, SHA384) + digest + struct.pack("<I", len(data)) + data


def digests(log: bytes, register: int) -> list:
    """What a register was extended with."""
    (size,) = struct.unpack_from("<I", log, 28)
    at, found = 32 + size, []
    while at < len(log):
        index, kind, count, algorithm = struct.unpack_from("<IIIH", log, at)
        if (count, algorithm) != (1, SHA384):
            raise ValueError("a firmware log with digests other than SHA-384")
        (size,) = struct.unpack_from("<I", log, at + 62)
        if index == register + 1 and kind != NO_ACTION:
            found.append(log[at + 14:at + 62])
        at += 66 + size
    return found
