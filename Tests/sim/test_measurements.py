"""The rules of /sys/devices/virtual/misc/tdx_guest/measurements: drivers/virt/coco/guest/tsm-mr.c over sysfs."""
import errno
import hashlib
import os
import stat

import pytest

from guest import MEASUREMENTS, rtmr

NAMES = ["mrconfigid", "mrowner", "mrownerconfig", "mrtd:sha384"] + [f"rtmr{i}:sha384" for i in range(4)]


def test_names_modes_and_sizes(guest):
    assert sorted(guest.listdir(MEASUREMENTS)) == sorted(NAMES)
    for name in NAMES:
        info = guest.stat(f"{MEASUREMENTS}/{name}")
        assert stat.filemode(info[0]) == ("-rw-r--r--" if name.startswith("rtmr") else "-r--r--r--")
        assert info[6] == 48
        assert len(guest.read_file(f"{MEASUREMENTS}/{name}")) == 48


@pytest.mark.parametrize("index", range(4))
def test_extend(guest, index):
    old = guest.read_file(rtmr(index))
    others = [guest.read_file(rtmr(i)) for i in range(4) if i != index]
    digest = os.urandom(48)
    assert guest.write_file(rtmr(index), digest) == 48
    assert guest.read_file(rtmr(index)) == hashlib.sha384(old + digest).digest()
    assert [guest.read_file(rtmr(i)) for i in range(4) if i != index] == others


@pytest.mark.parametrize("size", [1, 32, 47])
def test_short_writes_are_refused(guest, size):
    old = guest.read_file(rtmr(3))
    assert guest.errno("write_file", rtmr(3), bytes(size)) == errno.EINVAL
    assert guest.read_file(rtmr(3)) == old


def test_long_writes_are_cut_as_sysfs_does(guest):
    old = guest.read_file(rtmr(3))
    fd = guest.open(rtmr(3), os.O_WRONLY)
    assert guest.write(fd, b"x" * 64) == 48
    assert guest.read_file(rtmr(3)) == hashlib.sha384(old + b"x" * 48).digest()
    assert guest.errno("write", fd, b"x" * 16) == errno.EFBIG


def test_writes_elsewhere_are_refused(guest):
    fd = guest.open(rtmr(3), os.O_WRONLY)
    old = guest.read_file(rtmr(3))
    assert guest.errno("pwrite", fd, bytes(48), 1) == errno.EINVAL
    assert guest.errno("pwrite", fd, bytes(48), 48) == errno.EFBIG
    assert guest.read_file(rtmr(3)) == old


def test_parts_can_be_read(guest):
    value = guest.read_file(MEASUREMENTS + "/mrtd:sha384")
    fd = guest.open(MEASUREMENTS + "/mrtd:sha384", os.O_RDONLY)
    assert guest.pread(fd, 8, 40) == value[40:]
    assert guest.pread(fd, 100, 8) == value[8:]
    assert guest.pread(fd, 1, 48) == b""


def test_the_same_descriptor_sees_new_values(guest):
    fd = guest.open(rtmr(2), os.O_RDWR)
    old = guest.pread(fd, 48, 0)
    assert guest.pwrite(fd, bytes(48), 0) == 48
    assert guest.pread(fd, 48, 0) == hashlib.sha384(old + bytes(48)).digest()


def test_constants_cannot_be_written(guest):
    for name in NAMES[:4]:
        assert guest.errno("open", f"{MEASUREMENTS}/{name}", os.O_WRONLY) == errno.EACCES
    assert guest.errno("open", MEASUREMENTS + "/new", os.O_CREAT | os.O_WRONLY) == errno.EACCES
    assert guest.errno("mkdir", MEASUREMENTS + "/new") == errno.EPERM


def test_extend_faults(guest):
    old = guest.read_file(rtmr(3))
    guest.faults("extend EIO 2")
    assert guest.errno("write_file", rtmr(3), bytes(48)) == errno.EIO
    assert guest.errno("write_file", rtmr(3), bytes(48)) == errno.EIO
    assert guest.read_file(rtmr(3)) == old
    assert guest.write_file(rtmr(3), bytes(48)) == 48


def test_sixteen_writers(start):
    """Extends by several processes: the register replays in some order of them all, and none is lost."""
    guests = [start() for _ in range(4)]
    for guest in guests:
        for _ in range(4):
            guest.send("write_file", rtmr(3), bytes(48))
    for guest in guests:
        for _ in range(4):
            assert guest.receive() == 48
    value = bytes(48)
    for _ in range(16):
        value = hashlib.sha384(value + bytes(48)).digest()
    assert guests[0].read_file(rtmr(3)) == value
