"""Quotes, as a stock verifier sees them."""
import hashlib
import os
import subprocess

import dcap_qvl
import pytest

from guest import MEASUREMENTS, REPORT, TDX_SIM, in_flight, rtmr


def test_verifies(guest, verifier):
    data = os.urandom(64)
    quote = guest.quote(data)
    assert verifier().status(quote) == "UpToDate"
    report = dcap_qvl.parse_quote(quote).report
    assert report.report_data == data
    for i in range(4):
        assert getattr(report, f"rt_mr{i}") == guest.read_file(rtmr(i))
    assert report.mr_td == guest.read_file(MEASUREMENTS + "/mrtd:sha384") != bytes(48)
    assert report.mr_config_id == guest.read_file(MEASUREMENTS + "/mrconfigid") == bytes(48)
    assert report.mr_owner == report.mr_owner_config == report.mr_signer_seam == bytes(48)
    assert report.td_attributes == bytes([0, 0, 0, 0x10, 0, 0, 0, 0])
    assert quote[:8] == bytes([4, 0, 2, 0, 0x81, 0, 0, 0])


def test_every_changed_part_is_refused(guest, verifier):
    quote = guest.quote(bytes(64))
    check = verifier()
    end = 632 + 4 + int.from_bytes(quote[632:636], "little")
    assert end == len(quote)
    # header, body from TCB SVN to report data, signature, attestation key, QE report and its signature, auth data
    parts = [0, 4, 16, 48, 100, 168, 200, 300, 380, 520, 567, 568, 631, 640, 700, 780, 900, 1100, 1170, 1230]
    for at in parts:
        bad = bytearray(quote)
        bad[at] ^= 1
        with pytest.raises(Exception):
            check.status(bytes(bad))
    assert check.status(quote) == "UpToDate"


def test_other_roots_are_refused(guest, verifier, tmp_path):
    quote = guest.quote(bytes(64))
    subprocess.run([TDX_SIM, "pki", "--state", tmp_path / "other"], check=True, capture_output=True)
    check = verifier()
    other = check.der(tmp_path / "other")
    assert other != check.root
    with pytest.raises(Exception):
        check.status(quote, other)
    with pytest.raises(Exception):  # Intel's root
        dcap_qvl.verify(quote, check.collateral, 1_800_000_000)


def test_registers_follow_extends(guest, verifier):
    value = bytes(48)
    for text in (b"one", b"two", b"three"):
        digest = hashlib.sha384(text).digest()
        assert guest.write_file(rtmr(3), digest) == 48
        value = hashlib.sha384(value + digest).digest()
        assert guest.read_file(rtmr(3)) == value
        quote = guest.quote(os.urandom(64))
        assert dcap_qvl.parse_quote(quote).report.rt_mr3 == value
        assert verifier().status(quote) == "UpToDate"


def test_mr_config_id(start, verifier):
    wanted = os.urandom(48)
    guest = start("--mr-config-id", wanted.hex())
    quote = guest.quote(bytes(64))
    assert guest.read_file(MEASUREMENTS + "/mrconfigid") == wanted
    assert dcap_qvl.parse_quote(quote).report.mr_config_id == wanted
    assert verifier().status(quote) == "UpToDate"


def test_a_slow_quote_has_the_registers_of_its_request(start):
    guest, other = start(), start()
    before = other.read_file(rtmr(3))
    guest.mkdir(REPORT + "/a")
    guest.write_file(REPORT + "/a/inblob", bytes(64))
    guest.faults("hang")
    guest.send("read_file", REPORT + "/a/outblob")
    in_flight(guest, other)
    # Registers are read and extended while the quote is made.
    other.write_file(rtmr(3), bytes(48))
    assert other.read_file(rtmr(3)) != before
    guest.faults()
    assert dcap_qvl.parse_quote(guest.receive()).report.rt_mr3 == before
