"""How an image is measured: against an independent reader of logs, and what is known of QEMU and of Authenticode."""

import hashlib
import struct

import pytest

import ccel
import images
from evidence import kernel, registers
from evidence.bad import BadEvidence
from evidence.image import Image

GiB = 1 << 30


@pytest.fixture
def image(tmp_path):
    return Image(images.make(tmp_path / "image"))


def test_log_leads_to_what_is_expected(image):
    log = registers.firmware_log(image, "a=b", GiB)
    digest = kernel.authenticode(kernel.patched(image.kernel, len(image.initrd), GiB))
    expected = registers.events_of(image, digest, "a=b")
    assert ccel.replay(log)[1:3] == [registers.value(expected, register) for register in (1, 2)]
    assert [index - 1 for index, _, _, _ in ccel.events(log)] == [0, *[event.register for event in expected]]


def test_command_line_as_firmware_has_it(image):
    assert registers.command_line(image, "a=b").decode("utf-16-le") == "console=ttyS0 a=b initrd=initrd\0"
    assert registers.command_line(image, "").decode("utf-16-le") == "console=ttyS0 initrd=initrd\0"


def test_memory_matters_below_2_75_gib(image):
    """But not at 2 GiB, where the initramfs is where machines with more than 2.75 GiB have it."""
    place = lambda memory: kernel.initrd_address(image.kernel, 1 << 20, memory)
    assert place(2 * GiB) == place(kernel.LOW) == place(64 * GiB) != place(2 * GiB - 4096)
    assert place(GiB) % 4096 == 0 and place(GiB) + (1 << 20) + kernel.ACPI <= GiB < place(2 * GiB)


def test_fields_that_qemu_fills_in(image):
    patched = kernel.patched(image.kernel, 0x1234, GiB)
    changed = {index for index in range(len(patched)) if patched[index] != image.kernel[index]}
    assert changed <= {0x210, 0x211, *range(0x218, 0x220), *range(0x224, 0x228), *range(0x228, 0x22C)}
    assert patched[0x210] == 0xB0 and struct.unpack_from("<I", patched, 0x21C) == (0x1234,)


def test_signature_is_not_hashed(image):
    """A signed kernel has the same digest as an unsigned one: checksum, directory entry and signature are left out."""
    signed = bytearray(image.kernel + bytes(16))
    struct.pack_into("<I", signed, 0x58 + 64, 0xDEADBEEF)
    struct.pack_into("<II", signed, 0x58 + 112 + 4 * 8, len(image.kernel), 16)
    signed[-16:] = b"signature of 16."
    assert kernel.authenticode(bytes(signed)) == kernel.authenticode(image.kernel)
    signed[0x1800] ^= 1
    assert kernel.authenticode(bytes(signed)) != kernel.authenticode(image.kernel)


def test_digest_of_the_file(image):
    """All but checksum and directory entry: here the headers are 0x1000 bytes, and one section is the rest."""
    data = image.kernel
    left_out = data[:0x58 + 64] + data[0x58 + 68:0x58 + 144] + data[0x58 + 152:]
    assert kernel.authenticode(data) == hashlib.sha384(left_out).digest()


@pytest.mark.parametrize("change, told", [
    (lambda data: b"\x7fELF" + data[4:], "the kernel is not a PE file"),
    (lambda data: data[:0x40] + b"NE" + data[0x42:], "the kernel is not a PE file"),
])
def test_no_kernel_of_that_form(image, change, told):
    with pytest.raises(BadEvidence, match=told):
        kernel.authenticode(change(image.kernel))


@pytest.mark.parametrize("offset, value", [(0x202, b"HdrX"), (0x206, b"\x0b\x02"), (0x211, b"\0")])
def test_kernel_of_an_old_form(image, offset, value):
    data = bytearray(image.kernel)
    data[offset:offset + len(value)] = value
    with pytest.raises(BadEvidence, match="too old to predict"):
        kernel.patched(bytes(data), 1, GiB)


def test_initramfs_that_does_not_fit(image):
    with pytest.raises(BadEvidence, match="does not fit in 64 MiB"):
        kernel.patched(image.kernel, 64 << 20, 64 << 20)
