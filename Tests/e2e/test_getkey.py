"""GetKey: every answer equals the oracle's."""

import json

import coincurve
import pytest

import make_keys
import oracle
from agent_process import ROOT
from api import Api

PATHS = [
    ("", ""),
    ("/", "test"),
    ("/test", "purpose"),
    ("test/wallet", "ethereum"),
    ("vms", "signing"),
    ("with:colon", "a:b"),
    ("a" * 130_000, "b" * 130_000),
    (" leading and trailing ", "\t"),
    ("tab\tnewline\nquote\"backslash\\", "\r\n"),
    ("nul\0inside", "\0"),
    ("ключ/путь", "цель"),
    ("密钥/路径/🔑", "用途"),
    ("e\u0301 is not \u00e9", "\ufeff"),
    ("\U0010ffff", "\u007f\u0080\u07ff\u0800\uffff"),
]


@pytest.mark.parametrize("algorithm", ["", "secp256k1", "k256", "ed25519"])
@pytest.mark.parametrize("path, purpose", PATHS)
def test_answers(api, path, purpose, algorithm):
    answer = api.ok("GetKey", path=path, purpose=purpose, algorithm=algorithm)
    assert answer == oracle.get_key(api.agent.app_keys, path, purpose, algorithm)


# Recorded answers of the oracle, so that a change of the oracle shows as well.
FROZEN = {
    "secp256k1": (
        "a1aca71f3ad631388b0196c6e90ff318c4c9638f0178cc2224f5e4ce8cf1dd6f",
        "399f97fcd3b8410bfb38ae0a1bd30820d1d2cc145548ead9b12507cfed5ad35b6add31812f0a270495727db94b7ad9fc272c"
        "b1fbbde1f3f7e6f6793886a423e301"),
    "ed25519": (
        "a1aca71f3ad631388b0196c6e90ff318c4c9638f0178cc2224f5e4ce8cf1dd6f",
        "45e6326da3ca76981bf27365dfe76d966617d9ff23fb7365e9562384a55e66f97026f9e169a90a338fab5998c1ca9d0951ad"
        "316cd495c1c5a3dfcf525afe149e01"),
}


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", FROZEN)
def test_frozen_answers(api, algorithm):
    key, signature = FROZEN[algorithm]
    answer = api.ok("GetKey", path="test/wallet", purpose="ethereum", algorithm=algorithm)
    assert answer == {"key": key, "signature_chain": [signature, ""]}


def test_each_provider(provider_agent):
    for algorithm in ("secp256k1", "ed25519"):
        answer = Api(provider_agent).ok("GetKey", path="a/b", purpose="c", algorithm=algorithm)
        assert answer == oracle.get_key(provider_agent.app_keys, "a/b", "c", algorithm)


def test_chain_leads_to_the_kms(kms_agent):
    """Each link recovers the key that made it, down to the KMS root of make_keys.py."""
    answer = Api(kms_agent).ok("GetKey", path="chain", purpose="p")
    signature, issued = (bytes.fromhex(part) for part in answer["signature_chain"])
    public = oracle.public_key(bytes.fromhex(answer["key"]), "secp256k1")
    app = coincurve.PublicKey.from_signature_and_message(
        signature, oracle.keccak256(f"p:{public.hex()}".encode()), hasher=None)
    assert app.format() == oracle.public_key(bytes.fromhex(kms_agent.app_keys["k256_key"]), "secp256k1")
    root = coincurve.PublicKey.from_signature_and_message(
        issued, oracle.keccak256(b"dstack-kms-issued:" + make_keys.APP_ID + app.format()), hasher=None)
    assert root == coincurve.PrivateKey(make_keys.labelled("k256 root key of the KMS")).public_key


@pytest.mark.parametrize("algorithm", ["rsa", "secp256k1_prehashed", "SECP256K1", "secp256k1 ", "ed25519\0", "K256", "p256"])
def test_unsupported_algorithms(api, algorithm):
    assert "Unsupported algorithm" in api.refused("GetKey", algorithm=algorithm)


def test_public_development_keys(shared, new_agent):
    """The keys that the public SDKs test with give the answers of docs/spec."""
    agent = new_agent(keys=shared / "data" / "appkeys.json").start()
    vectors = json.loads((ROOT / "docs/spec/vectors-v0.json").read_text())
    for row in vectors["get_key"]:
        answer = Api(agent).ok("GetKey", path=row["path"], purpose=row["purpose"], algorithm=row["algorithm"])
        assert answer == {"key": row["key"], "signature_chain": row["signature_chain"]}
    for row in vectors["sign"]:
        answer = Api(agent).ok("Sign", algorithm=row["algorithm"], data=row["data"])
        assert answer == {name: row[name] for name in answer}
    for row in vectors["negative"]:
        fields = {name: row[name] for name in ("algorithm", "data") if name in row}
        assert row["error"] in Api(agent).refused(row["rpc"], **fields)
