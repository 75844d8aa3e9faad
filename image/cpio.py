"""Initramfs archives (Linux, Documentation/driver-api/early-userspace/buffer-format.rst), the same to the bit for the same content:
sorted, owned by root, without times."""

import gzip
import stat
from typing import NamedTuple


class Node(NamedTuple):
    mode: int
    data: bytes = b""
    device: tuple = (0, 0)


def directory() -> Node:
    return Node(stat.S_IFDIR | 0o755)


def file(data: bytes, mode: int = 0o644) -> Node:
    return Node(stat.S_IFREG | mode, data)


def link(target: str) -> Node:
    return Node(stat.S_IFLNK | 0o777, target.encode())


def character_device(major: int, minor: int, mode: int) -> Node:
    return Node(stat.S_IFCHR | mode, device=(major, minor))


def tree(path) -> dict:
    """The files, folders and links below a path (pathlib) by their names; modes are 0755 or 0644."""
    nodes = {}
    for each in sorted(path.rglob("*")):
        name = str(each.relative_to(path))
        if each.is_symlink():
            nodes[name] = link(str(each.readlink()))
        elif each.is_dir():
            nodes[name] = directory()
        elif each.is_file():
            nodes[name] = file(each.read_bytes(), 0o755 if each.stat().st_mode & 0o100 else 0o644)
        else:
            raise ValueError(f"{each} is neither file nor folder nor link")
    return nodes


def with_parents(nodes: dict) -> dict:
    """With the folders in which they lie."""
    whole = {}
    for name in sorted(nodes):
        parts = name.split("/")
        for depth in range(1, len(parts)):
            whole.setdefault("/".join(parts[:depth]), directory())
        whole[name] = nodes[name]
    return dict(sorted(whole.items()))


def archive(nodes: dict) -> bytes:
    """newc, with the parents; padded to 512 bytes, as cpio does."""
    out = bytearray()
    for number, (name, node) in enumerate([*with_parents(nodes).items(), ("TRAILER!!!", Node(0))], 1):
        links = 2 if stat.S_ISDIR(node.mode) else 1
        encoded = name.encode() + b"\0"
        fields = [number, node.mode, 0, 0, links, 0, len(node.data), 0, 0, *node.device, len(encoded), 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        out += bytes(-len(out) % 4) + node.data
        out += bytes(-len(out) % 4)
    return bytes(out + bytes(-len(out) % 512))


def compressed(nodes: dict) -> bytes:
    return gzip.compress(archive(nodes), 9, mtime=0)
