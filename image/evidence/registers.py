"""RTMR1 and RTMR2 as TDX firmware for QEMU (OVMF) measures an image: by event, and the register values."""

import hashlib
from typing import NamedTuple

from evidence import events, firmware, kernel
from evidence.image import Image

# Kinds of events (TCG PC Client Platform Firmware Profile, 10.4.1).
SEPARATOR, TAG, APPLICATION, ACTION = 4, 6, 0x80000003, 0x80000007
HIGH_MEMORY = 4 << 30


class Expected(NamedTuple):
    register: int
    kind: int
    digest: bytes
    what: str


def of_data(register: int, kind: int, data: bytes) -> Expected:
    return Expected(register, kind, hashlib.sha384(data).digest(), data.decode() if kind == ACTION else "separator")


def command_line(image: Image, words: str) -> bytes:
    """As the firmware hashes it: with what QEMU appends, in UTF-16 with its end. `words` are what the VMM appends to the
    image's own."""
    text = " ".join(filter(None, [image.command_line, words, "initrd=initrd"]))
    return (text + "\0").encode("utf-16-le")


def events_of(image: Image, kernel_digest: bytes, words: str) -> list:
    """In the order in which the firmware logs them."""
    digest = lambda data: hashlib.sha384(data).digest()
    return [
        Expected(1, APPLICATION, kernel_digest, "kernel"),
        of_data(1, ACTION, b"Calling EFI Application from Boot Option"),
        of_data(1, SEPARATOR, bytes(4)),
        Expected(2, TAG, digest(command_line(image, words)), "command line"),
        Expected(2, TAG, digest(image.initrd), "initramfs"),
        of_data(1, ACTION, b"Exit Boot Services Invocation"),
        of_data(1, ACTION, b"Exit Boot Services Returned with Success"),
    ]


def kernel_digests(image: Image, memory: int = None) -> dict:
    """The digests that the kernel may have, with the reason for each. Unknown memory counts as so much that its size does not matter."""
    found = {}
    for amount, name in ((memory, f"with {(memory or 0) >> 20} MiB"), (HIGH_MEMORY, "with 2 GiB or 2.75 GiB and more")):
        if amount:
            found.setdefault(kernel.authenticode(kernel.patched(image.kernel, len(image.initrd), amount)), f"as QEMU patches it {name}")
    found.setdefault(kernel.authenticode(image.kernel), "as the file is")
    return found


def value(image_events: list, register: int) -> bytes:
    return events.replay(event.digest for event in image_events if event.register == register)


def firmware_log(image: Image, words: str, memory: int) -> bytes:
    """The log (TCG, crypto-agile) of a firmware that measures nothing else: for a machine with simulated TDX."""
    digest = kernel.authenticode(kernel.patched(image.kernel, len(image.initrd), memory))
    measured = [of_data(0, SEPARATOR, bytes(4)), *events_of(image, digest, words)]
    return firmware.header() + b"".join(
        firmware.entry(event.register, event.kind, event.digest, event.what.encode()) for event in measured)
