"""The disks that a power cut could have left. QEMU records every write of a boot (blklogwrites, in the format of Linux's dm-log-writes).
What was written before the last flush is on the disk; of what was written after it, each block of 4096 bytes may be there or not. The disk
is virtio, because QEMU's NVMe does not say which writes were to go through the cache."""

import os
import pathlib
import random
import struct

from disks import BLOCK, data

FLUSH, DISCARD = 1, 4


def options(disk: pathlib.Path, log: pathlib.Path) -> list:
    """QEMU's options for a disk whose writes are recorded."""
    log.write_bytes(b"")
    return ["-blockdev", f"driver=file,node-name=file,filename={disk}", "-blockdev", f"driver=file,node-name=log,filename={log}", "-blockdev",
            "driver=blklogwrites,node-name=data,file=file,log=log,log-sector-size=512,log-super-update-interval=1", "-device",
            "virtio-blk-pci,drive=data"]


def entries(log: pathlib.Path) -> list:
    """(offset, data, flags) of each write and flush."""
    found = []
    with log.open("rb") as file:
        _, _, count, sector = struct.unpack("<QQQI", file.read(28))
        at = sector
        for _ in range(count):
            file.seek(at)
            where, sectors, flags, _ = struct.unpack("<QQQQ", file.read(32))
            at += sector
            written = b""
            if sectors and not flags & DISCARD:
                file.seek(at)
                written = file.read(sectors * sector)
                at += len(written)
            found.append((where * sector, written, flags))
    return found


class Disk:
    """The blocks that are not zero."""

    def __init__(self, blocks: dict = None):
        self.blocks = blocks or {}

    @classmethod
    def of(cls, path: pathlib.Path):
        blocks = {}
        with path.open("rb") as file:
            for start, size in data(path):
                for at in range(start, start + size, BLOCK):
                    blocks[at // BLOCK] = os.pread(file.fileno(), BLOCK, at).ljust(BLOCK, b"\0")
        return cls(blocks)

    def copy(self):
        return Disk(dict(self.blocks))

    def write(self, offset: int, content: bytes):
        for at in range(0, len(content), 512):
            number, within = divmod(offset + at, BLOCK)
            block = self.blocks.get(number, bytes(BLOCK))
            self.blocks[number] = block[:within] + content[at:at + 512] + block[within + 512:]

    def save(self, path: pathlib.Path, size: int):
        with path.open("wb") as file:
            file.truncate(size)
            for number, block in self.blocks.items():
                file.seek(number * BLOCK)
                file.write(block)


def moments(before: Disk, log: list, end: int):
    """(number, what was flushed, the writes in flight as number, offset and content) after each write up to the entry `end`."""
    flushed, pending = before.copy(), []
    for number, (offset, content, flags) in enumerate(log[:end + 1]):
        if flags & FLUSH:
            for _, at, part in pending:
                flushed.write(at, part)
            pending = []
        if content:
            pending.append((number, offset, content))
            yield number, flushed, pending


def one(before: Disk, log: list, end: int, is_there) -> Disk:
    """The cut after the write `end`; `is_there` says of each write in flight, by its number, whether it arrived."""
    for number, flushed, pending in moments(before, log, end):
        if number == end:
            for write, at, content in pending:
                if is_there(write):
                    flushed.write(at, content)
            return flushed


def sample(before: Disk, log: list, end: int, count: int, seed: int):
    """(number of the last write, disk) of some cuts up to the entry `end`: half of them with everything that was written, half
    with a part of what was not flushed."""
    chance = random.Random(seed)
    chosen = sorted(chance.sample([index for index in range(end + 1) if log[index][1]], min(count, end + 1)))
    for index, flushed, pending in moments(before, log, end):
        if index in chosen:
            share = chance.choice([1, 1, 0.9, 0.5, 0.1])
            disk = flushed.copy()
            for _, at, part in pending:
                for piece in range(0, len(part), BLOCK):
                    if chance.random() < share:
                        disk.write(at + piece, part[piece:piece + BLOCK])
            yield index, disk
