"""DIR/faults, which tests switch while the guest runs."""
import errno
import time

import pytest

from guest import REPORT, in_flight


def outcome(guest):
    """A quote, or the errno."""
    guest.write_file(REPORT + "/a/inblob", bytes(64))
    try:
        return guest.read_file(REPORT + "/a/outblob")
    except OSError as error:
        return error.errno


@pytest.fixture
def entry(guest):
    guest.mkdir(REPORT + "/a")
    return guest


def is_quote(outcome):
    return isinstance(outcome, bytes) and outcome[:2] == b"\4\0" and outcome[568:632] == bytes(64)


@pytest.mark.parametrize(
    "lines, outcomes",
    [
        (["busy 5"], [errno.EBUSY] * 5 + ["quote"]),
        (["eintr 1"], [errno.EINTR, "quote"]),
        (["skip 2", "fail EIO 1"], ["quote", "quote", errno.EIO, "quote"]),
        (["fail ETIMEDOUT 1", "busy 1", "empty 1"], [errno.ETIMEDOUT, errno.EBUSY, b"", "quote"]),
        (["fail ENXIO"], [errno.ENXIO] * 4),
        (["reset 1"], [errno.EIO, "quote"]),
        (["# comment", "", "busy 1 # comment"], [errno.EBUSY, "quote"]),
        (["busy one"], [errno.EPROTO]),
        (["fail EWHAT"], [errno.EPROTO]),
        (["sleepy"], [errno.EPROTO]),
    ],
)
def test_lines_are_used_up_in_order(entry, lines, outcomes):
    entry.faults(*lines)
    found = [outcome(entry) for _ in outcomes]
    assert ["quote" if is_quote(each) else each for each in found] == outcomes


def test_bad_quotes(entry):
    entry.faults("garbage 1", "big 1")
    assert outcome(entry) == b"\xa5" * 1200
    assert len(outcome(entry)) == 17 * 1024
    assert is_quote(outcome(entry))


def test_a_new_file_counts_anew(entry):
    for _ in range(2):
        entry.faults("busy 1")
        assert outcome(entry) == errno.EBUSY
        assert is_quote(outcome(entry))
    (entry.state / "faults").unlink()
    assert is_quote(outcome(entry))


def test_an_unknown_line_is_named_in_the_log(entry):
    entry.faults("sleepy")
    assert outcome(entry) == errno.EPROTO
    assert "sleepy" in (entry.state / "sim.log").read_text()


def test_delay(start):
    guest = start("--quote-delay", "150")
    guest.mkdir(REPORT + "/a")
    for lines, least in (([], 0.15), (["delay-ms 80"], 0.08), (["delay-ms 0"], 0)):
        guest.faults(*lines)
        begin = time.monotonic()
        assert is_quote(outcome(guest))
        assert time.monotonic() - begin >= least


def test_a_hung_quote_comes_when_the_line_goes(start):
    guest, other = start(), start()
    guest.mkdir(REPORT + "/a")
    guest.write_file(REPORT + "/a/inblob", bytes(64))
    guest.faults("hang")
    guest.send("read_file", REPORT + "/a/outblob")
    in_flight(guest, other)
    guest.faults()
    assert is_quote(guest.receive())
