"""Who has signed a quote, and whether the platform is up to date: by dcap-qvl."""

import base64
import pathlib
import time
from typing import NamedTuple, Optional

from refusal import Refusal

GOOD = "UpToDate"


class Signature(NamedTuple):
    """Checks by Intel's root, or by `root` (DER), with the given collateral, or else with what Intel's service has now."""
    root: Optional[bytes] = None
    collateral: Optional[str] = None
    accepted: tuple = (GOOD,)
    # Unix seconds; now
    at: Optional[int] = None

    def check(self, quote: bytes) -> tuple:
        import dcap_qvl  # the only package that verifying needs; the command has looked for it
        now = self.at or int(time.time())
        if self.collateral is None:
            import asyncio
            try:
                collateral = asyncio.run(dcap_qvl.get_collateral_from_pcs(quote))
            except Exception as problem:  # the package does not say which it raises
                raise Refusal(f"no collateral from Intel's service: {problem}. Give it with --collateral; a machine with simulated TDX "
                              "also needs --root") from None
        else:
            collateral = dcap_qvl.QuoteCollateralV3.from_json(self.collateral)
        if self.root:
            report = dcap_qvl.verify_with_root_ca(quote, collateral, self.root, now)
        else:
            report = dcap_qvl.verify(quote, collateral, now)
        by = "the root that was given" if self.root else "Intel"
        told = f"signed under {by}, platform {report.status}" + "".join(f", {name}" for name in report.advisory_ids)
        return ("ok" if report.status in self.accepted else "WRONG"), told


def root(path: pathlib.Path) -> bytes:
    if not path.is_file():
        raise Refusal(f"--root: there is no file {path}")
    lines = path.read_text(errors="replace").split("-----")
    try:
        if "BEGIN CERTIFICATE" not in lines:
            raise ValueError("no PEM")
        return base64.b64decode("".join(lines[lines.index("BEGIN CERTIFICATE") + 1].split()), validate=True)
    except ValueError:
        raise Refusal(f"--root: {path} is not a certificate in PEM") from None
