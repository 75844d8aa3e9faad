"""Small images: a kernel of a few KiB in the right form, and a dummy initramfs."""

import hashlib
import json
import os
import pathlib
import struct

RELEASE = "6.99.0-test"
# Variables that `make image` passes on. A test sets its own; those of the person who runs the tests must not count.
OPTIONS = {"APP", "CMDLINE", "COMPRESS", "DISK", "FIRMWARE", "IMAGE_HOSTNAME", "KERNEL", "MODULES", "OUT"}


def kernel(content: bytes = b"kernel") -> bytes:
    """A bzImage's setup header (boot protocol 2.15) in a PE file of one section."""
    image = bytearray(0x2000)
    image[0:2] = b"MZ"
    pe, optional = 0x40, 0x58
    struct.pack_into("<I", image, 0x3C, pe)
    image[pe:pe + 4] = b"PE\0\0"
    # one section, an optional header of PE32+ with six directories
    struct.pack_into("<HH12xHH", image, pe + 4, 0x8664, 1, 160, 0)
    struct.pack_into("<H", image, optional, 0x20B)
    struct.pack_into("<I", image, optional + 60, 0x1000)
    struct.pack_into("<II", image, optional + 160 + 16, 0x1000, 0x1000)
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<HHH", image, 0x206, 0x20F, 0, 0)
    struct.pack_into("<H", image, 0x20E, 0x1000)
    image[0x211] = 1
    struct.pack_into("<H", image, 0x236, 0x7F)
    image[0x1200:0x1200 + len(RELEASE) + 1] = RELEASE.encode() + b" "
    image[0x1800:0x1800 + len(content)] = content
    return bytes(image)


def make(folder: pathlib.Path, content: bytes = b"kernel", initramfs: bytes = b"initramfs", **metadata) -> pathlib.Path:
    folder.mkdir()
    fields = {"kernel": "bzImage", "initrd": "initramfs.cpio.gz", "cmdline": "console=ttyS0", "version": "1.2.3"} | metadata
    files = {"bzImage": kernel(content), "initramfs.cpio.gz": initramfs, "metadata.json": json.dumps(fields).encode()}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files |= {"sha256sum.txt": sums.encode(), "digest.txt": hashlib.sha256(sums.encode()).hexdigest().encode() + b"\n"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def environment(**given) -> dict:
    """The environment for the scripts that make images."""
    return {name: value for name, value in os.environ.items() if name not in OPTIONS} | given
