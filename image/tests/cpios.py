"""A reader of newc archives, only for the tests."""

import stat
from typing import NamedTuple


class Entry(NamedTuple):
    inode: int
    mode: int
    owner: tuple
    links: int
    data: bytes
    device: tuple

    @property
    def text(self) -> str:
        return self.data.decode()


def read(data: bytes) -> dict:
    """The entries by name. All names of an inode have its content, as when the kernel unpacks them."""
    found, at = {}, 0
    while True:
        fields = [int(data[at + 6 + 8 * index:at + 14 + 8 * index], 16) for index in range(13)]
        inode, mode, uid, gid, links, _, size, _, _, major, minor, length, _ = fields
        assert data[at:at + 6] == b"070701"
        name = data[at + 110:at + 110 + length - 1].decode()
        start = at + 110 + length + -(110 + length) % 4
        at = start + size + -size % 4
        if name == "TRAILER!!!":
            break
        assert name not in found
        found[name] = Entry(inode, mode, (uid, gid), links, data[start:start + size], (major, minor))
    contents = {}
    for entry in found.values():
        if stat.S_ISREG(entry.mode) and entry.data:
            contents[entry.inode] = entry.data
    return {name: entry._replace(data=contents.get(entry.inode, entry.data)) if stat.S_ISREG(entry.mode) else entry
            for name, entry in found.items()}
