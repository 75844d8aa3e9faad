"""The legacy interface: /prpc/<Method> on a socket of its own."""

import hashlib
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from dstack_sdk import TappdClient

import attestations
import boot
import oracle
import wire
from agent_process import DATA
from api import Api, error_text
from messages import MESSAGES

KNOWN = json.loads((DATA / "tappd.json").read_text())
DATA_TO_HASH = bytes.fromhex(KNOWN["tdx_quote"][0]["report_data"])


class Tappd(Api):
    """JSON calls to the legacy socket."""

    def __init__(self, agent, prefix="Tappd."):
        super().__init__(agent)
        self.address = f"{agent.directory}/tappd.sock"
        self.prefix = prefix

    def call(self, method, **fields):
        return super().call(f"prpc/{self.prefix}{method}", **fields)


@pytest.fixture(scope="module")
def tappd(agent):
    return Tappd(agent)


@pytest.fixture(scope="module")
def booted_tappd(booted_agent):
    return Tappd(booted_agent)


@pytest.fixture
def known(new_agent, tmp_path):
    """An agent with the app key of the known answers."""
    keys = json.loads((DATA / "appkeys-none.json").read_text())
    keys["k256_key"] = KNOWN["k256_key"]
    path = tmp_path / "appkeys.json"
    path.write_text(json.dumps(keys))
    return Tappd(new_agent(keys=path).start())


def private_key(pem: str):
    return serialization.load_pem_private_key(pem.encode(), None)


@pytest.mark.smoke
def test_known_keys(known):
    for answer in KNOWN["derive_key"]:
        derived = known.ok("DeriveKey", path=answer["path"], subject="x")
        assert derived["key"] == answer["key_pem"]
        leaf = x509.load_pem_x509_certificate(derived["certificate_chain"][0].encode())
        spki = leaf.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert spki.hex() == answer["spki"]


def test_a_random_key(tappd):
    keys = {tappd.ok("DeriveKey", path="a", random_seed=True)["key"] for _ in range(3)}
    assert len(keys) == 3 and tappd.ok("DeriveKey", path="a")["key"] not in keys


def test_certificate_of_a_derived_key(tappd):
    answer = tappd.ok(
        "DeriveKey", path="p", subject="s.example", alt_names=["s.example", "10.0.0.1"], usage_server_auth=True, usage_client_auth=True)
    leaf, root = (x509.load_pem_x509_certificate(pem.encode()) for pem in answer["certificate_chain"])
    leaf.verify_directly_issued_by(root)
    assert leaf.public_key() == private_key(answer["key"]).public_key()
    assert leaf.subject.rfc4514_string() == "CN=s.example"
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["s.example"]
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {usage.dotted_string for usage in usages} == {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}
    assert "1.3.6.1.4.1.62397.1.8" not in {extension.oid.dotted_string for extension in leaf.extensions}


def test_derived_key_with_evidence(booted_tappd, verifier):
    answer = booted_tappd.ok("DeriveKey", path="p", subject="x", usage_ra_tls=True)
    leaf = x509.load_pem_x509_certificate(answer["certificate_chain"][0].encode())
    extension = leaf.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.4.1.62397.1.8"))
    assert extension.value.value


@pytest.mark.smoke
@pytest.mark.parametrize("arguments", [("", "", ""), ("a/b", "p", ""), ("a/b", "p", "ed25519")])
def test_derive_k256_key(tappd, arguments):
    path, purpose, algorithm = arguments
    expected = oracle.get_key(tappd.agent.app_keys, path, purpose, algorithm)
    assert tappd.ok("DeriveK256Key", path=path, purpose=purpose, algorithm=algorithm) == {
        "k256_key": expected["key"], "k256_signature_chain": expected["signature_chain"]}


@pytest.mark.smoke
@pytest.mark.parametrize("answer", KNOWN["tdx_quote"], ids=lambda answer: answer["hash_algorithm"] or "default")
def test_known_quotes(booted_tappd, verifier, answer):
    got = booted_tappd.ok(
        "TdxQuote", report_data=answer["report_data"], hash_algorithm=answer["hash_algorithm"], prefix=answer["prefix"])
    quote = bytes.fromhex(got["quote"])
    assert verifier.status(quote) == "UpToDate"
    assert attestations.report(quote).report_data.hex() == answer["quote_report_data"]
    assert (got["hash_algorithm"], got["prefix"]) == (answer["response_hash_algorithm"], answer["response_prefix"])
    assert [event["event"] for event in json.loads(got["event_log"]) if event["imr"] == 3] == [name for name, _ in boot.EVENTS]


def test_a_prefix(booted_tappd):
    got = booted_tappd.ok("TdxQuote", report_data="00", hash_algorithm="sha256", prefix="größe")
    digest = hashlib.sha256("größe:".encode() + b"\0").digest()
    assert attestations.report(bytes.fromhex(got["quote"])).report_data == digest.ljust(64, b"\0")
    assert got["prefix"] == "größe"


def test_raw_quotes(booted_tappd):
    data = bytes(range(64))
    got = booted_tappd.ok("RawQuote", report_data=data.hex())
    assert attestations.report(bytes.fromhex(got["quote"])).report_data == data
    assert (got["hash_algorithm"], got["prefix"]) == ("raw", "")


@pytest.mark.parametrize("size", [0, 63, 65])
def test_raw_data_has_64_bytes(tappd, size):
    assert tappd.refused("TdxQuote", report_data="00" * size, hash_algorithm="raw") == "invalid content length"
    assert tappd.refused("RawQuote", report_data="00" * size) == "invalid content length"


@pytest.mark.parametrize("name", ["SHA256", "sha1", "sha3", "sha3-224", "sha256 ", "keccak", "RAW", "\0", "x" * 1000])
def test_unknown_algorithms(tappd, name):
    assert tappd.refused("TdxQuote", report_data="00", hash_algorithm=name).startswith("Unsupported algorithm")


@pytest.mark.parametrize("method, text", [
    ("TdxQuote", "Intel TDX only"), ("RawQuote", "Intel TDX only"), ("Info", "not a TDX guest")])
def test_without_evidence(tappd, method, text):
    assert text in tappd.refused(method, status=500, report_data="00" * 64)


@pytest.mark.smoke
def test_info_and_version(booted_tappd, booted_api):
    assert booted_tappd.ok("Info") == booted_api.ok("Info")
    assert booted_tappd.ok("Version") == booted_api.ok("Version")


def test_the_prefix_of_a_method_is_optional(agent):
    assert Tappd(agent, prefix="").ok("Version") == Tappd(agent).ok("Version")


@pytest.mark.parametrize("target", [
    "/prpc/Tappd.", "/prpc/tappd.Version", "/prpc/Worker.Version", "/prpc/GetKey", "/prpc/EmitEvent", "/prpc/Sign",
    # where nothing is mounted
    "/Version", "/prpc", "/prpc/", "/prpc/Version/x", "/PRPC/Version", "/api/Version", "/prpc%2FVersion", "/prpc/%2FVersion/x"])
def test_what_is_not_there(tappd, target):
    response = wire.get(tappd.address, target)
    assert response.status == 404
    is_mounted = target.startswith("/prpc/") and target.count("/") == 2 and target != "/prpc/"
    assert error_text(response.json()).startswith("Service not found") == is_mounted


@pytest.mark.parametrize("target", ["/prpc/Version/", "//prpc/Version", "//prpc//Tappd.Version//"])
def test_empty_segments(tappd, target):
    assert wire.get(tappd.address, target).json() == wire.get(tappd.address, "/prpc/Version").json()


def test_legacy_methods_are_not_on_the_other_socket(agent):
    for target in ("/DeriveKey", "/TdxQuote", "/prpc/Version", "/prpc/Tappd.Version"):
        assert wire.get(agent.socket, target).status == 404


def test_protobuf(booted_tappd):
    request = MESSAGES["TdxQuoteArgs"](report_data=DATA_TO_HASH, hash_algorithm="keccak256")
    response = wire.exchange(booted_tappd.address, wire.request("POST", "/prpc/Tappd.TdxQuote", request.SerializeToString()))
    answer = MESSAGES["TdxQuoteResponse"].FromString(response.body)
    assert (answer.hash_algorithm, answer.prefix) == ("keccak256", "app-data")
    assert json.loads(answer.event_log) and len(answer.quote) > 600
    request = MESSAGES["DeriveKeyArgs"](path="a", subject="b", alt_names=["c", "d"], random_seed=True)
    response = wire.exchange(booted_tappd.address, wire.request("POST", "/prpc/DeriveKey", request.SerializeToString()))
    assert len(MESSAGES["GetTlsKeyResponse"].FromString(response.body).certificate_chain) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("algorithm", [None, "sha256", "sha3-512", "keccak384", "raw"])
def test_sdk_quotes(booted_tappd, verifier, algorithm):
    client = TappdClient(booted_tappd.address)
    answer = client.tdx_quote(b"\1" * 64, algorithm)
    quote = bytes.fromhex(answer.quote)
    assert verifier.status(quote) == "UpToDate"
    assert answer.replay_rtmrs() == {index: value.hex() for index, value in enumerate(attestations.registers(quote))}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sdk(booted_tappd):
    client = TappdClient(booted_tappd.address)
    derived = client.derive_key("a/b", "subject.example", ["subject.example"])
    assert derived.key == booted_tappd.ok("DeriveKey", path="a/b", subject="x")["key"]
    assert len(derived.certificate_chain) == 2 and len(derived.as_uint8array(32)) == 32
    assert client.info().app_id == boot.APP_ID.hex()
