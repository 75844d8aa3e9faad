"""Fixtures of the boot tests. `make boot-test` builds what they boot; IMAGE=DIR boots an image other than out/image/cvm.

Every guest's console is read at its end: a kernel warning or an unexpected end of a program fails the test."""

import os
import pathlib
import tempfile

import pytest

import machine as machines
from commands import Boot
from launch import qemu

IMAGE = pathlib.Path(os.environ.get("IMAGE", machines.ROOT / "out/image/cvm"))


def pytest_report_header():
    return f"QEMU {qemu.version()}, {qemu.mode()}; Linux {machines.kernel_release('cloud-amd64')}"


@pytest.fixture(scope="session")
def image() -> pathlib.Path:
    return IMAGE


def pytest_collection_modifyitems(items):
    if qemu.mode() == "tdx":
        for item in items:
            if item.get_closest_marker("simulated"):
                item.add_marker(pytest.mark.skip(reason="a real TDX guest"))


@pytest.fixture
def measure(record_property):
    """Has a line printed at the end, from any of the tests' processes."""
    return lambda line: record_property("measure", line)


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        for _, line in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def check_console():
    """Lines that a guest must not have printed."""

    def check(machine: machines.Machine):
        assert machine.kernel_messages() == []

    return check


@pytest.fixture
def new_machine(image, check_console):
    """Starts guests for one test."""
    made = []

    def make(**options):
        made.append(machines.Machine(options.pop("image", image), **options))
        return made[-1]

    yield make
    for machine in made:
        machine.kill()
    for machine in made:
        check_console(machine)


@pytest.fixture
def boot():
    """Starts `image/boot`, which must leave nothing behind."""
    started = []
    # not pytest's tmp_path: the path of a Unix socket has at most 107 bytes
    with tempfile.TemporaryDirectory(prefix="boots-") as folder:

        def start(*words) -> Boot:
            started.append(Boot(*words, folder=folder))
            return started[-1]

        yield start
        for each in started:
            if each.process.poll() is None:
                each.process.kill()
            each.process.wait()
        assert os.listdir(folder) == []
