import pytest

from guest import Guest
from verifier import Verifier


@pytest.fixture
def start(tmp_path):
    """Starts guests in the test's own state folder, or joins them, and ends them."""
    guests = []

    def start(*options, state=tmp_path / "state"):
        guests.append(Guest(state, *options))
        guests[-1].getcwd()  # it is up
        return guests[-1]

    yield start
    for guest in guests:
        guest.end()


@pytest.fixture
def guest(start):
    return start()


@pytest.fixture
def verifier(tmp_path):
    return lambda: Verifier(tmp_path / "state")
