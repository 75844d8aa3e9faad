"""Unpacks a kernel for a guest that QEMU translates, in which it would take a second to unpack itself."""

import shutil
import struct
import subprocess

ZSTD = b"\x28\xb5\x2f\xfd"
# The note with the entry that QEMU starts an unpacked kernel at (Xen, public/elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY): a name of four bytes,
# an address of eight.
ENTRY = struct.pack("<III4s", 4, 8, 18, b"Xen")


def unpacked(image: bytes):
    """The ELF file in a bzImage; None if it is packed otherwise, has no such entry, or cannot be unpacked here."""
    setup = (image[0x1F1] or 4) + 1
    offset, size = struct.unpack_from("<II", image, 0x248)
    packed = image[setup * 512 + offset:][:size]
    if not packed.startswith(ZSTD) or not shutil.which("zstd"):
        return None
    # the unpacked size follows
    packed, size = packed[:-4], int.from_bytes(packed[-4:], "little")
    elf = subprocess.run(["zstd", "-dcq"], input=packed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return elf if len(elf) == size and elf.startswith(b"\x7fELF") and ENTRY in elf else None
