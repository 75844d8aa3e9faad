"""What the firmware hashes of a kernel that QEMU hands to it (hw/i386/x86-common.c, x86_load_linux; Authenticode of the PE file).
Firmware since 2025 may take the file as it is instead."""

import hashlib
import struct

from evidence.bad import BadEvidence

# What QEMU reserves at the end of low memory for ACPI tables.
ACPI = 0x28000
# q35's split of memory: as much as this stays below 4 GiB; with more than that, the second.
LOW, LOW_OF_MANY = 0xB0000000, 0x80000000
CAN_BE_ABOVE_4G = 1 << 1
LONGEST = 0x37FFFFFF


def patched(kernel: bytes, initrd_size: int, memory: int) -> bytes:
    """The kernel with the setup header fields that QEMU fills in, for boot protocol 2.12 and later."""
    (protocol,) = struct.unpack_from("<H", kernel, 0x206)
    if kernel[0x202:0x206] != b"HdrS" or protocol < 0x20C or not kernel[0x211] & 1:
        raise BadEvidence("the kernel's boot protocol is too old to predict how QEMU patches it")
    real, command_line = 0x10000, 0x20000
    image = bytearray(kernel)
    image[0x210] = 0xB0  # the loader: QEMU
    image[0x211] |= 0x80  # the heap's end is given
    struct.pack_into("<I", image, 0x224, command_line - real - 0x200)
    struct.pack_into("<I", image, 0x228, command_line)
    struct.pack_into("<II", image, 0x218, initrd_address(kernel, initrd_size, memory), initrd_size)
    return bytes(image)


def initrd_address(kernel: bytes, size: int, memory: int) -> int:
    """Where QEMU puts the initramfs: as high as possible."""
    (flags,) = struct.unpack_from("<H", kernel, 0x236)
    highest = 0xFFFFFFFF if flags & CAN_BE_ABOVE_4G else LONGEST
    low = LOW if memory < LOW else LOW_OF_MANY
    highest = min(highest, min(memory, low) - ACPI - 1)
    if size >= highest:
        raise BadEvidence(f"the initramfs does not fit in {memory >> 20} MiB")
    return (highest - size) & ~4095


def authenticode(data: bytes) -> bytes:
    """SHA-384 over a PE file as signatures cover it: without its checksum, the place of the signature and the signature."""
    if data[:2] != b"MZ":
        raise BadEvidence("the kernel is not a PE file")
    (header,) = struct.unpack_from("<I", data, 0x3C)
    if data[header:header + 4] != b"PE\0\0":
        raise BadEvidence("the kernel is not a PE file")
    sections, optional_size = struct.unpack_from("<H12xH", data, header + 6)
    optional = header + 24
    checksum = optional + 64
    directory = optional + (112 if data[optional:optional + 2] == b"\x0b\x02" else 96) + 4 * 8
    (headers,) = struct.unpack_from("<I", data, optional + 60)
    _, signature = struct.unpack_from("<II", data, directory)
    digest = hashlib.sha384(data[:checksum] + data[checksum + 4:directory] + data[directory + 8:headers])
    table = [struct.unpack_from("<II", data, optional + optional_size + 40 * index + 16) for index in range(sections)]
    hashed = headers
    for size, start in sorted(((size, start) for size, start in table if size), key=lambda each: each[1]):
        digest.update(data[start:start + size])
        hashed += size
    digest.update(data[hashed:len(data) - signature])
    digest.update(bytes(-len(data) % 8))
    return digest.digest()
