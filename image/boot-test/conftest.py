"""Fixtures of the boot tests. `make boot-test` builds what they boot; IMAGE=DIR is another image than out/image/cvm.

Every guest's console is read at its end: a warning of the kernel's or the end of a program that nobody expected fails the test."""

import os
import pathlib
import subprocess

import pytest

import machine as machines
import qemu

IMAGE = pathlib.Path(os.environ.get("IMAGE", machines.ROOT / "out/image/cvm"))


def pytest_report_header():
    version = subprocess.run([qemu.QEMU, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    return f"{version}, {qemu.mode()}; Linux {machines.kernel_release('cloud-amd64')}"


@pytest.fixture(scope="session")
def image() -> pathlib.Path:
    return IMAGE


@pytest.fixture
def new_machine(image):
    """Starts guests of the test's own."""
    made = []

    def make(**options):
        made.append(machines.Machine(options.pop("image", image), **options))
        return made[-1]

    yield make
    for machine in made:
        machine.kill()
    for machine in made:
        assert machine.kernel_messages() == []
