"""A work directory that is full or read-only."""

import pytest

import startup
from startup import Startup


@pytest.fixture
def guest(simulator, tmp_path):
    guest = Startup(simulator, tmp_path)
    guest.work.mkdir()
    return guest


def mounted(guest, options: str) -> str:
    """Boots with a tmpfs of the guest as work directory; returns what the boot says."""
    script = f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"'
    done = guest.boot("sh", "-c", script, guest.work)
    lines = [line for line in done.stderr.splitlines() if line.startswith("<3>")]
    assert len(lines) == done.returncode, done
    return lines[0].removeprefix("<3>dstack-guest-agent: ") if lines else ""


def left(guest, *path) -> set:
    """The names in a directory under the guest's work directory, which only the guest can see."""
    return set(guest.simulator.listdir("/".join([str(guest.work), *path])))


# (pages of 4 KiB on the disk, what does not fit): copies of one page each, keys of two, and three files after them.
FULL = [(1, "app-compose.json"), (2, startup.KEYS), (3, startup.KEYS), (4, startup.ENV_JSON), (5, startup.CONFIG)]


@pytest.mark.parametrize("pages, name", FULL)
def test_full(guest, pages, name):
    assert mounted(guest, f"size={pages * 4}k") == f"{name}: cannot be written: no space left"
    assert left(guest, ".host-shared") <= {".sys-config.json", "app-compose.json"}
    assert startup.CONFIG not in left(guest)
    assert guest.simulator.register(3) == guest.simulator.replayed
    if pages == 1:
        assert guest.simulator.events == []
    else:
        assert guest.simulator.events[-1][0] == "key-provider"
        assert "stopped half-way" in guest.boot().stderr


def test_large_enough(guest):
    assert mounted(guest, "size=24k") == ""


def test_read_only(guest):
    assert mounted(guest, "ro") == "the directory for the copies cannot be made: read-only file system"
    assert guest.simulator.events == []


def test_no_parent(guest):
    guest.work = guest.work / "none" / "at" / "all"
    assert guest.refuse() == "the directory for the copies cannot be made: not found"
    guest.work = guest.host / "app-compose.json"
    assert guest.boot().returncode == 1


def test_relative(guest):
    done = startup.run([*guest.simulator.prefix, startup.BINARY, "boot", "--host-shared", guest.host, "--work-dir", "work"])
    assert done.returncode == 1 and "the work directory is not an absolute path" in done.stderr
