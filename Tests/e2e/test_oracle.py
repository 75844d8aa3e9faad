"""The oracle itself, against published answers and those of docs/spec."""

import json

import pytest

import make_keys
import oracle
from agent_process import ROOT


@pytest.mark.parametrize("message, digest", [
    (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
])
def test_keccak(message, digest):
    assert oracle.keccak256(message).hex() == digest


def test_hkdf_rfc5869_first_test_case():
    output = oracle.hkdf_sha256(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert output.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


def test_known_answers():
    vectors = json.loads((ROOT / "docs/spec/vectors-v0.json").read_text())
    for row in vectors["get_key"]:
        answer = oracle.get_key(vectors, row["path"], row["purpose"], row["algorithm"])
        assert answer == {"key": row["key"], "signature_chain": row["signature_chain"]}
    for row in vectors["sign"]:
        answer = oracle.sign(vectors, row["algorithm"], bytes.fromhex(row["data"]))
        assert answer == {name: row[name] for name in answer}


@pytest.mark.parametrize("provider", make_keys.PROVIDERS)
def test_committed_keys_are_what_the_script_makes(provider):
    assert (make_keys.DATA / f"appkeys-{provider}.json").read_text() == make_keys.text(provider)
