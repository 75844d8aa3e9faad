"""The boot log and the registers that it replays to."""
import hashlib
import os
import subprocess

import pytest

import ccel
from guest import ROOT, TABLES, TDX_SIM, rtmr


def registers(guest):
    return [guest.read_file(rtmr(i)) for i in range(4)]


def test_own_log_replays(guest):
    log = guest.read_file(TABLES + "/data/CCEL")
    assert len(log) == 65536 and log.endswith(b"\xff" * 1024)
    found = registers(guest)
    assert found == ccel.replay(log)
    assert bytes(48) not in found[:3] and found[3] == bytes(48)


def test_own_log_is_lifelike(guest):
    events = list(ccel.events(guest.read_file(TABLES + "/data/CCEL")))
    assert len(events) >= 12
    assert {index for index, *_ in events} == {1, 2, 3}
    assert [data for index, kind, _, data in events if index == 1 and kind == 10] == [b"ACPI DATA"] * 3
    assert {4, 0x80000001, 0x80000002, 0x80000003, 0x80000007, 0x8000000A, 0x8000000B} <= {kind for _, kind, *_ in events}


def test_table(guest):
    table = guest.read_file(TABLES + "/CCEL")
    assert table[:4] == b"CCEL" and len(table) == 56 == int.from_bytes(table[4:8], "little")
    assert sum(table) % 256 == 0
    assert table[36] == 2 and int.from_bytes(table[40:48], "little") == 65536
    assert guest.stat(TABLES + "/data/CCEL")[0] & 0o777 == 0o400


def test_the_other_tables_are_still_there(guest):
    if os.path.isdir(TABLES):
        assert set(os.listdir(TABLES)) <= set(guest.listdir(TABLES))


def log_file(path, *parts):
    path.write_bytes(b"".join(parts))
    return str(path)


def test_given_log(start, tmp_path):
    both = [(4, bytes(20)), (12, hashlib.sha384(b"c").digest())]
    log = ccel.header([(4, 20), (12, 48)])
    log += ccel.event(1, 3, b"StartupLocality")  # EV_NO_ACTION is measured nowhere
    log += ccel.event(1, 1, b"a", [(12, bytes(48))]) + ccel.event(3, 6, b"c", both) + ccel.event(0, 6, b"not a register")
    guest = start("--ccel", log_file(tmp_path / "log", log, bytes(100)))
    assert guest.read_file(TABLES + "/data/CCEL") == log + bytes(100)
    zero = bytes(48)
    third = hashlib.sha384(zero + hashlib.sha384(b"c").digest()).digest()
    assert registers(guest) == [hashlib.sha384(zero + zero).digest(), zero, third, zero]


def test_entries_for_rtmr3(start, tmp_path):
    """Events that a host forged: they are in the log, but not in the register."""
    log = ccel.header() + ccel.event(4, 1, b"a") + ccel.event(2, 1, b"b")
    guest = start("--ccel", log_file(tmp_path / "log", log))
    assert registers(guest) == [*ccel.replay(log)[:3], bytes(48)]


@pytest.mark.parametrize("size", [1 << 20, 16 << 20])
@pytest.mark.parametrize("rest", [b"\0", b"\xff"])
def test_large_areas(start, tmp_path, size, rest):
    log = ccel.header() + ccel.event(1, 1, b"a")
    guest = start("--ccel", log_file(tmp_path / "log", log.ljust(size, rest)))
    assert registers(guest) == ccel.replay(log)
    assert len(guest.read_file(TABLES + "/data/CCEL")) == size


def test_log_of_a_real_guest(start):
    path = ROOT.parent / "shared/data/ccel.bin"
    if not path.exists():
        pytest.skip("no real log at hand")
    guest = start("--ccel", str(path))
    assert registers(guest) == ccel.replay(path.read_bytes())


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"\xff" * 64],
        [ccel.header([(4, 20)])],
        [ccel.header(), ccel.event(1, 1, b"a")[:-1]],
        [ccel.header(), ccel.event(1, 1, b"a", [(11, bytes(32))])],
        [ccel.header(), ccel.event(1, 1, b"a")[:30]],
        [ccel.header(), ccel.event(1, 1, b"a")[:62] + b"\xff\xff\xff\xff"],
        [ccel.header(), b"\x01\0\0\0\x01\0\0\0\xff\xff\xff\x7f"],
        [ccel.header(), ccel.event(5, 1, b"a")],
        [ccel.header()[:-20]],
    ],
)
def test_broken_logs_are_refused(tmp_path, parts):
    path = log_file(tmp_path / "log", *parts)
    done = subprocess.run(
        [TDX_SIM, "run", "--state", tmp_path / "state", "--ccel", path, "--", "true"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "boot log" in done.stderr
