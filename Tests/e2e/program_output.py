"""The memory file with the programs' output that process 1 hands to the agent, with an area for each program (OutputArea.swift)."""

import os
import struct

from supervisor import hand_over

RING = 256 * 1024
HEAD = 4096
RECORDS = 1024
CREATED, RUNNING, RESTARTING, EXITED = range(4)


def fnv(data: bytes) -> int:
    value = 0x811c9dc5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


class Output:
    """Programs by name; each is (path, whether its output is kept)."""

    def __init__(self, **programs):
        self.names = list(programs)
        self.records = {name: {"number": 0, "start": 0, "end": 0, "memory": 0, "began": 0, "changed": 0, "restarts": 0, "status": 0,
                               "state": CREATED} for name in programs}
        self.file = os.memfd_create("programs")
        os.truncate(self.file, len(programs) * (HEAD + RING))
        for name, (path, is_kept) in programs.items():
            texts = [name.encode(), path.encode(), b"x" * is_kept]
            self.put(name, 0, b"".join(struct.pack("<I", len(text)) + text for text in texts))
            self.tell(name)
        self.readable = os.open(f"/proc/self/fd/{self.file}", os.O_RDONLY)

    def close(self):
        os.close(self.file)
        os.close(self.readable)

    def fileno(self) -> int:
        return self.readable

    def put(self, name: str, offset: int, data: bytes):
        os.pwrite(self.file, data, self.names.index(name) * (HEAD + RING) + offset)

    def tell(self, name: str, **changes):
        record = self.records[name]
        record.update(changes)
        record["number"] += 1
        body = struct.pack("<9Q", *record.values())
        self.put(name, RECORDS + record["number"] % 2 * 80, body + struct.pack("<Q", fnv(body)))

    def write(self, name: str, text: bytes, channel: int = 1, time: float = 1_700_000_000.5):
        """Appends a block; the ring must not be full."""
        at = self.records[name]["end"]
        block = struct.pack("<HBQ", len(text), channel, int(time * 1e9)) + text
        assert at + len(block) <= RING
        self.put(name, HEAD + at, block)
        self.tell(name, end=at + len(block))

    def give(self, agent, listener):
        """Hands the file, with the apps' socket, to an agent that has not started."""
        hand_over(agent, [listener, self], "dstack:programs")
        return agent
