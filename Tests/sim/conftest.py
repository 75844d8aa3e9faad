import base64
import pathlib
import time

import dcap_qvl
import pytest

from guest import Guest


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


class Verifier:
    def __init__(self, state):
        self.collateral = dcap_qvl.QuoteCollateralV3.from_json((pathlib.Path(state) / "collateral.json").read_text())
        self.root = self.der(state)

    @staticmethod
    def der(state):
        lines = (pathlib.Path(state) / "root.pem").read_text().splitlines()
        return base64.b64decode("".join(lines[1:-1]))

    def status(self, quote, root=None):
        verified = dcap_qvl.verify_with_root_ca(quote, self.collateral, root or self.root, int(time.time()))
        assert verified.advisory_ids == []
        return verified.status


@pytest.fixture
def verifier(tmp_path):
    return lambda: Verifier(tmp_path / "state")
