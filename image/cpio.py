"""Initramfs archives (Linux, Documentation/driver-api/early-userspace/buffer-format.rst), bit-identical for the same content:
sorted, and without times."""

import gzip
import stat
from typing import NamedTuple


class Node(NamedTuple):
    mode: int
    data: bytes = b""
    device: tuple = (0, 0)
    owner: tuple = (0, 0)
    # files with the same value here are one file with several names
    link: str = ""


def directory(mode: int = 0o755) -> Node:
    return Node(stat.S_IFDIR | mode)


def file(data: bytes, mode: int = 0o644) -> Node:
    return Node(stat.S_IFREG | mode, data)


def link(target: str) -> Node:
    return Node(stat.S_IFLNK | 0o777, target.encode())


def character_device(major: int, minor: int, mode: int) -> Node:
    return Node(stat.S_IFCHR | mode, device=(major, minor))


def with_parents(nodes: dict) -> dict:
    """The names, with the folders that contain them."""
    whole = {}
    for name in sorted(nodes):
        parts = name.split("/")
        for depth in range(1, len(parts)):
            whole.setdefault("/".join(parts[:depth]), directory())
        whole[name] = nodes[name]
    return dict(sorted(whole.items()))


def archive(nodes: dict) -> bytes:
    """A newc archive, with parent folders, padded to 512 bytes as cpio does."""
    out = bytearray()
    nodes = with_parents(nodes)
    names = {}
    for node in nodes.values():
        names[node.link] = names.get(node.link, 0) + 1
    first = {}
    for number, (name, node) in enumerate([*nodes.items(), ("TRAILER!!!", Node(0))], 1):
        links, data = 2 if stat.S_ISDIR(node.mode) else 1, node.data
        if node.link and names[node.link] > 1:
            # only the first name has the content
            data = b"" if node.link in first else data
            number, links = first.setdefault(node.link, number), names[node.link]
        encoded = name.encode(errors="surrogateescape") + b"\0"
        fields = [number, node.mode, *node.owner, links, 0, len(data), 0, 0, *node.device, len(encoded), 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out + bytes(-len(out) % 512))


def compressed(nodes: dict) -> bytes:
    return gzip.compress(archive(nodes), 9, mtime=0)
