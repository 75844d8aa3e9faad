"""Data disks as the tests make them and look at them from outside: what the agent writes, computed again in Python (docs/spec/disk.md)."""

import contextlib
import hashlib
import hmac
import os
import pathlib
import re
import shutil
import struct
import subprocess

import cpio
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MIB = 1 << 20
BLOCK = 4096
PROGRAMS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def extracted(key: bytes) -> bytes:
    """The first half of HKDF-SHA-256 without a salt."""
    return hmac.digest(bytes(32), key, "sha256")


def expanded(key: bytes, info: bytes, size: int) -> bytes:
    """HKDF-SHA-256 without a salt."""
    pseudorandom, out, last = extracted(key), b"", b""
    while len(out) < size:
        last = hmac.digest(pseudorandom, last + info + bytes([len(out) // 32 + 1]), "sha256")
        out += last
    return out[:size]


class Header:
    """`key` is the app's disk_crypt_key."""

    def __init__(self, path: pathlib.Path, key: bytes):
        sector = path.open("rb").read(512)
        magic, self.state, zero, self.salt, self.blocks, code = struct.unpack("<16sII32sQ32s", sector[:96])
        assert magic == b"dstack-disk-v1\0\0" and zero == 0 and not any(sector[96:])
        self.own_key = expanded(key, b"dstack-data-disk header v1", 32)
        assert code == hmac.digest(self.own_key, sector[:64], "sha256")
        self.seed = hmac.digest(key, self.salt, "sha256")
        self.data_key = expanded(self.seed, b"dstack-data-disk aes-xts-plain64 4096 v1", 64)


def plain(header: Header, offset: int, block: bytes) -> bytes:
    """A block of the disk, decrypted."""
    tweak = struct.pack("<QQ", (offset - MIB) // 512, 0)
    return Cipher(algorithms.AES(header.data_key), modes.XTS(tweak)).decryptor().update(block)


def size_told(superblock: bytes) -> int:
    """The number of blocks of the file system, from its decrypted first block."""
    return struct.unpack_from("<I", superblock, 1028)[0]


def new(path: pathlib.Path, mib: int) -> pathlib.Path:
    with path.open("wb") as file:
        file.truncate(mib * MIB)
    return path


def grow(path: pathlib.Path, mib: int):
    os.truncate(path, mib * MIB)


def digest(path: pathlib.Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def data(path: pathlib.Path):
    """(offset, size) of what is not a hole."""
    with path.open("rb") as file:
        end, at = os.fstat(file.fileno()).st_size, 0
        while at < end:
            with contextlib.suppress(OSError):
                at = os.lseek(file.fileno(), at, os.SEEK_DATA) // BLOCK * BLOCK
                hole = os.lseek(file.fileno(), at, os.SEEK_HOLE)
                yield at, -(-(hole - at) // BLOCK) * BLOCK
                at = hole
                continue
            return


def opened(path: pathlib.Path, key: bytes) -> pathlib.Path:
    """A decrypted copy of the file system."""
    clear, header = path.with_suffix(".plain"), Header(path, key)
    with path.open("rb") as disk, clear.open("wb") as out:
        out.truncate((path.stat().st_size - MIB) // BLOCK * BLOCK)
        for start, size in data(path):
            for at in range(max(start, MIB), min(start + size, MIB + os.fstat(out.fileno()).st_size), BLOCK):
                block = os.pread(disk.fileno(), BLOCK, at)
                if any(block):
                    os.pwrite(out.fileno(), plain(header, at, block), at - MIB)
    return clear


def check(clear: pathlib.Path):
    """e2fsck finds nothing wrong."""
    done = subprocess.run(["e2fsck", "-fn", clear], capture_output=True, text=True, env=PROGRAMS)
    assert done.returncode == 0, done.stdout + done.stderr


def content(clear: pathlib.Path, name: str) -> str:
    return subprocess.run(["debugfs", "-R", f"cat {name}", clear], capture_output=True, text=True, env=PROGRAMS, check=True).stdout


def programs(*names: str) -> dict:
    """Programs of this machine, with their libraries, as files for a guest."""
    nodes = {}
    for name in names:
        path = pathlib.Path(shutil.which(name, path=PROGRAMS["PATH"]))
        nodes[f"test/{name}"] = cpio.file(path.read_bytes(), 0o755)
        asked = subprocess.run(["ldd", path], capture_output=True, text=True, check=True, env=PROGRAMS).stdout
        for library in re.findall(r"(/\S+) \(0x", asked):
            nodes[library.lstrip("/")] = cpio.file(pathlib.Path(library).read_bytes(), 0o755)
    return nodes
