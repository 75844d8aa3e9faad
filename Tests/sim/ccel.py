"""A reader of TCG crypto-agile logs, only for the tests."""
import hashlib
import struct


def events(log):
    """(register index, type, SHA-384 digest or None, event) of every event after the header."""
    index, kind, size = struct.unpack_from("<II20xI", log)
    assert kind == 3
    header = log[32 : 32 + size]
    assert header[:16] == b"Spec ID Event03\0"
    (count,) = struct.unpack_from("<I", header, 24)
    sizes = dict(struct.unpack_from("<HH", header, 28 + 4 * i) for i in range(count))
    at = 32 + size
    while at + 8 <= len(log) and log[at : at + 8] not in (b"\xff" * 8, bytes(8)):
        index, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        digest = None
        for _ in range(count):
            (algorithm,) = struct.unpack_from("<H", log, at)
            if algorithm == 12:
                digest = log[at + 2 : at + 50]
            at += 2 + sizes[algorithm]
        (size,) = struct.unpack_from("<I", log, at)
        yield index, kind, digest, log[at + 4 : at + 4 + size]
        at += 4 + size


def replay(log):
    registers = [bytes(48)] * 4
    for index, kind, digest, _ in events(log):
        if index and kind != 3:
            registers[index - 1] = hashlib.sha384(registers[index - 1] + digest).digest()
    return registers


def header(algorithms=((12, 48),)):
    spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(algorithms))
    spec += b"".join(struct.pack("<HH", *algorithm) for algorithm in algorithms) + b"\0"
    return struct.pack("<II20xI", 1, 3, len(spec)) + spec


def event(index, kind, data, digests=None):
    digests = digests or [(12, hashlib.sha384(data).digest())]
    body = b"".join(struct.pack("<H", algorithm) + digest for algorithm, digest in digests)
    return struct.pack("<III", index, kind, len(digests)) + body + struct.pack("<I", len(data)) + data
