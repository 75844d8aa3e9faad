"""The rules of /sys/kernel/config/tsm/report: fs/configfs and drivers/virt/coco of Linux."""
import errno
import os
import signal
import stat

import pytest

from guest import MKDIR, READ, REPORT, RMDIR, in_flight, until, waits_in

A = REPORT + "/a"


@pytest.fixture
def entry(guest):
    guest.mkdir(A)
    return guest


def test_entries(guest):
    assert guest.listdir(REPORT) == []
    guest.mkdir(A)
    assert guest.errno("mkdir", A) == errno.EEXIST
    assert sorted(guest.listdir(A)) == ["generation", "inblob", "outblob", "provider"]
    modes = {name: stat.filemode(guest.stat(f"{A}/{name}")[0]) for name in guest.listdir(A)}
    assert modes == {
        "generation": "-r--r--r--", "inblob": "--w-------", "outblob": "-r--r--r--", "provider": "-r--r--r--",
    }  # fmt: skip
    assert stat.filemode(guest.stat(A)[0]) == "drwxr-xr-x"
    guest.mkdir(REPORT + "/b")
    assert sorted(guest.listdir(REPORT)) == ["a", "b"]
    guest.rmdir(A)
    assert guest.listdir(REPORT) == ["b"]
    assert guest.errno("stat", A) == errno.ENOENT
    assert guest.errno("rmdir", A) == errno.ENOENT
    guest.mkdir(A)


def test_the_mode_of_mkdir_does_not_count(guest):
    guest.mkdir(A, 0o700)
    assert guest.stat(A)[0] & 0o777 == 0o755
    guest.chmod(A, 0o700)
    assert guest.stat(A)[0] & 0o777 == 0o700


def test_nothing_else_can_be_made(entry):
    assert entry.errno("open", A + "/new", os.O_CREAT | os.O_WRONLY) == errno.EACCES
    assert entry.errno("mkdir", A + "/b") == errno.EPERM
    assert entry.errno("unlink", A + "/inblob") == errno.EPERM
    assert entry.errno("rmdir", A + "/inblob") == errno.ENOTDIR
    assert entry.errno("rename", A, REPORT + "/b") == errno.EPERM


def test_modes_bind_root_too(entry):
    assert entry.errno("open", A + "/inblob", os.O_RDONLY) == errno.EACCES
    assert entry.errno("open", A + "/inblob", os.O_RDWR) == errno.EACCES
    assert entry.errno("open", A + "/outblob", os.O_WRONLY) == errno.EACCES
    assert entry.errno("open", A + "/generation", os.O_WRONLY) == errno.EACCES


def test_fresh_entry(entry):
    assert entry.read_file(A + "/provider") == b"tdx_guest\n"
    assert entry.read_file(A + "/generation") == b"0\n"
    assert entry.errno("read_file", A + "/outblob") == errno.EINVAL


def test_inblob_is_committed_on_close(entry):
    fd = entry.open(A + "/inblob", os.O_WRONLY)
    assert entry.write(fd, bytes(40)) == 40
    assert entry.write(fd, bytes(24)) == 24
    assert entry.read_file(A + "/generation") == b"0\n"
    assert entry.errno("read_file", A + "/outblob") == errno.EINVAL
    entry.close(fd)
    assert entry.read_file(A + "/generation") == b"1\n"
    assert entry.read_file(A + "/outblob")[568:632] == bytes(64)


def test_open_and_close_commit_nothing(entry):
    entry.close(entry.open(A + "/inblob", os.O_WRONLY))
    assert entry.read_file(A + "/generation") == b"0\n"


@pytest.mark.parametrize("size", [1, 63, 64])
def test_inblob_takes_up_to_64_bytes(entry, size):
    assert entry.write_file(A + "/inblob", bytes(size)) == size
    assert entry.read_file(A + "/generation") == b"1\n"
    if size == 64:
        assert len(entry.read_file(A + "/outblob")) > 1024
    else:
        assert entry.errno("read_file", A + "/outblob") == errno.EINVAL


@pytest.mark.parametrize("size", [65, 4096, 200_000])
def test_inblob_refuses_more(entry, size):
    assert entry.errno("write_file", A + "/inblob", bytes(size)) == errno.EFBIG


def test_bytes_past_64_are_refused_and_the_first_64_kept(entry):
    fd = entry.open(A + "/inblob", os.O_WRONLY)
    entry.write(fd, b"x" * 64)
    assert entry.errno("write", fd, b"y") == errno.EFBIG
    entry.close(fd)
    assert entry.read_file(A + "/outblob")[568:632] == b"x" * 64


def test_the_quote_is_kept_until_the_next_write(entry):
    entry.write_file(A + "/inblob", b"a" * 64)
    first = entry.read_file(A + "/outblob")
    entry.faults("fail EIO")  # a new quote would fail
    assert entry.read_file(A + "/outblob") == first
    assert entry.read_file(A + "/generation") == b"1\n"
    entry.write_file(A + "/inblob", b"a" * 64)
    assert entry.read_file(A + "/generation") == b"2\n"
    assert entry.errno("read_file", A + "/outblob") == errno.EIO
    entry.faults()
    assert entry.read_file(A + "/outblob")[568:632] == b"a" * 64


def test_a_descriptor_goes_on_reading_what_it_began(entry):
    entry.write_file(A + "/inblob", b"a" * 64)
    whole = entry.read_file(A + "/outblob")
    fd = entry.open(A + "/outblob", os.O_RDONLY)
    assert entry.raw_read(fd, 600) == whole[:600]
    entry.write_file(A + "/inblob", b"b" * 64)
    assert entry.raw_read(fd, 32) == whole[600:632]
    entry.rmdir(A)
    assert entry.raw_read(fd, 8000) == whole[632:]
    assert entry.raw_read(fd, 8000) == b""
    assert entry.errno("lseek", fd, 0, os.SEEK_SET) == errno.ESPIPE


def test_a_removed_entry_gives_nothing_more(entry):
    entry.write_file(A + "/inblob", b"a" * 64)
    out = entry.open(A + "/outblob", os.O_RDONLY)
    generation = entry.open(A + "/generation", os.O_RDONLY)
    inblob = entry.open(A + "/inblob", os.O_WRONLY)
    entry.write(inblob, bytes(64))
    entry.rmdir(A)
    assert entry.errno("raw_read", out, 8000) == errno.ENOENT
    assert entry.errno("raw_read", generation, 8000) == errno.ENOENT
    entry.close(inblob)
    entry.mkdir(A)  # the same name is another entry
    assert entry.read_file(A + "/generation") == b"0\n"
    assert entry.errno("raw_read", out, 8000) == errno.ENOENT


def test_entries_are_independent(entry):
    entry.mkdir(REPORT + "/b")
    entry.write_file(A + "/inblob", b"a" * 64)
    assert entry.read_file(REPORT + "/b/generation") == b"0\n"
    assert entry.errno("read_file", REPORT + "/b/outblob") == errno.EINVAL


def test_everything_waits_for_a_quote_in_flight(start):
    """The kernel holds tsm_rwsem while it waits for the VMM: a second quote, a write or a mkdir is delayed, not refused."""
    first, helper = start(), start()
    calls = {
        "quote": (READ, "/b/outblob", "read_file", REPORT + "/b/outblob"),
        "generation": (READ, "/b/generation", "read_file", REPORT + "/b/generation"),
        "mkdir": (MKDIR, "", "mkdir", REPORT + "/c"),
    }
    others = {name: start() for name in calls}
    for entry in ("a", "b"):
        helper.mkdir(f"{REPORT}/{entry}")
        helper.write_file(f"{REPORT}/{entry}/inblob", entry.encode() * 64)
    first.faults("hang")
    first.send("read_file", A + "/outblob")
    in_flight(first, helper)
    for name, (number, file, *call) in calls.items():
        others[name].send(*call)
        until(lambda: waits_in(others[name], number, file))
    helper.close(helper.open(REPORT + "/b/generation", os.O_RDONLY))  # the simulator has seen them all
    assert all(waits_in(others[name], number, file) for name, (number, file, *_) in calls.items())
    first.faults()
    assert first.receive()[568:632] == b"a" * 64
    assert others["quote"].receive()[568:632] == b"b" * 64
    assert others["generation"].receive() == b"1\n"
    others["mkdir"].receive()
    assert sorted(helper.listdir(REPORT)) == ["a", "b", "c"]


def test_a_write_behind_a_quote_in_flight_counts_after_it(start):
    first, second = start("--quote-delay", "200"), start()
    first.mkdir(A)
    first.write_file(A + "/inblob", b"a" * 64)
    fd = second.open(A + "/inblob", os.O_WRONLY)
    second.write(fd, b"b" * 64)
    first.send("read_file", A + "/outblob")
    in_flight(first, second)
    second.close(fd)
    assert first.receive()[568:632] == b"a" * 64
    assert first.read_file(A + "/generation") == b"2\n"
    assert first.read_file(A + "/outblob")[568:632] == b"b" * 64


def test_rmdir_waits_for_the_quote_of_its_entry(start):
    first, second, helper = start(), start(), start()
    first.mkdir(A)
    first.write_file(A + "/inblob", b"a" * 64)
    helper.mkdir(REPORT + "/b")
    helper.read_file(REPORT + "/b/generation")  # the kernel knows the name and need not look in the locked folder
    first.faults("hang")
    first.send("read_file", A + "/outblob")
    in_flight(first, helper)
    second.send("rmdir", A)
    until(lambda: waits_in(second, RMDIR))
    helper.close(helper.open(REPORT + "/b/generation", os.O_RDONLY))
    assert waits_in(second, RMDIR)
    first.faults()
    assert len(first.receive()) > 1024
    second.receive()
    assert first.listdir(REPORT) == ["b"]


def test_a_signal_leaves_the_vmm_with_the_buffer(start):
    """EINTR for the reader, then EBUSY until the VMM is done with the request that no process waits for."""
    guest, other = start(), start()
    guest.mkdir(A)
    guest.write_file(A + "/inblob", b"a" * 64)
    guest.faults("hang")
    guest.send("read_file", A + "/outblob")
    in_flight(guest, other)
    os.kill(guest.pid, signal.SIGALRM)
    with pytest.raises(OSError) as error:
        guest.receive()
    assert error.value.errno == errno.EINTR
    assert guest.errno("read_file", A + "/outblob") == errno.EBUSY
    other.mkdir(REPORT + "/b")  # nothing else waits
    other.write_file(REPORT + "/b/inblob", b"b" * 64)
    assert other.errno("read_file", REPORT + "/b/outblob") == errno.EBUSY
    guest.faults()

    def released():
        try:
            return other.read_file(REPORT + "/b/outblob")[568:632] == b"b" * 64
        except OSError as error:
            assert error.errno == errno.EBUSY
            return False

    until(released)
    assert guest.read_file(A + "/outblob")[568:632] == b"a" * 64


def test_a_killed_reader_lets_go(start):
    guest, other = start(), start()
    guest.mkdir(A)
    guest.write_file(A + "/inblob", b"a" * 64)
    guest.faults("hang")
    guest.send("read_file", A + "/outblob")
    in_flight(guest, other)
    guest.process.kill()
    assert guest.process.wait(10) == -signal.SIGKILL
    assert other.errno("read_file", A + "/outblob") == errno.EBUSY
    other.rmdir(A)


def test_two_hundred_entries_come_and_go(guest):
    for i in range(200):
        guest.mkdir(f"{REPORT}/{i}")
    assert len(guest.listdir(REPORT)) == 200
    guest.write_file(f"{REPORT}/199/inblob", bytes(64))
    assert len(guest.read_file(f"{REPORT}/199/outblob")) > 1024
    for i in range(200):
        guest.rmdir(f"{REPORT}/{i}")
    assert guest.listdir(REPORT) == []
