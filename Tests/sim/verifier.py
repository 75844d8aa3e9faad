"""dcap-qvl, as any verifier would use it, with the simulator's root and collateral."""
import base64
import pathlib
import time

import dcap_qvl


class Verifier:
    """Verifies quotes of the simulator with this state folder."""

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
