"""The socket for apps that may have evidence, but neither keys nor the right to extend (`quote.address`)."""

import datetime
import hashlib
import json
import os
import socket
import ssl
import tempfile

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

import attestations
import boot
import fake_kms
import wire
from agent_process import Agent
from api import Api
from verifier import Verifier

ELSEWHERE = {
    "GetKey": {"path": "a"},
    "GetTlsKey": {"usage_ra_tls": True},
    "Sign": {"algorithm": "ed25519", "data": "00"},
    "Verify": {"algorithm": "ed25519", "data": "00", "signature": "00", "public_key": "00"},
    "EmitEvent": {"event": "deployed"},
    "GpuInfo": {},
    "Nothing": {},
}


@pytest.fixture(scope="module")
def agent(booted):
    agent = Agent(prefix=booted.prefix)
    agent.settings["quote"] = {"address": f"unix:{agent.directory}/quote.sock"}
    with boot.serving(agent):
        yield agent


@pytest.fixture(scope="module")
def quotes(agent) -> Api:
    api = Api(agent)
    api.address = f"{agent.directory}/quote.sock"
    return api


@pytest.mark.smoke
def test_evidence(quotes, agent, verifier):
    answer = quotes.ok("GetQuote", report_data="0102")
    assert verifier.status(bytes.fromhex(answer["quote"])) == "UpToDate"
    attestation = attestations.decode(bytes.fromhex(quotes.ok("Attest", report_data="")["attestation"]))
    assert verifier.status(attestation.quote) == "UpToDate"
    assert quotes.ok("Info") == Api(agent).ok("Info")
    assert quotes.ok("Version") == Api(agent).ok("Version")


@pytest.mark.smoke
@pytest.mark.parametrize("method", ELSEWHERE)
def test_nothing_else(quotes, method):
    assert quotes.refused(method, 404, **ELSEWHERE[method]) == f"Service not found: {method}"
    for target in (f"/{method}", f"/{method}?json", f"//{method}", f"/./{method}", f"/{method}/", f"//v0//{method}/"):
        for verb in ("GET", "POST"):
            assert wire.exchange(quotes.address, wire.request(verb, target, b"")).status in (400, 404)


def bound(data: bytes) -> bytes:
    """What a verifier computes from the report data that it expects."""
    return hashlib.sha512(b"app-data:" + data).digest()


@pytest.mark.smoke
@pytest.mark.parametrize("data", [b"", b"\0", b"\1\2", bytes(64), b"x" * 63, hashlib.sha512(b"ratls-cert:").digest()])
def test_report_data_are_bound_as_the_apps(quotes, agent, data):
    """Over exactly the bytes received: appended zeros change them. On the apps' socket they are bound unchanged."""
    answer = quotes.ok("GetQuote", report_data=data.hex())
    assert bytes.fromhex(answer["report_data"]) == bound(data)
    assert attestations.report(bytes.fromhex(answer["quote"])).report_data == bound(data)
    for method in ("Attest", "v0/Attest", "v1/Attest"):
        attestation = attestations.decode(bytes.fromhex(quotes.ok(method, report_data=data.hex())["attestation"]))
        assert attestations.report(attestation.quote).report_data == attestation.report_data == bound(data)
    assert bytes.fromhex(Api(agent).ok("GetQuote", report_data=data.hex())["report_data"]) == data.ljust(64, b"\0")
    # it is what TdxQuote binds by default
    with_prefix = wire.get(f"{agent.directory}/tappd.sock", f"/prpc/TdxQuote?report_data={data.hex()}").json()
    assert attestations.report(bytes.fromhex(with_prefix["quote"])).report_data == bound(data)


def test_too_much_report_data(quotes):
    for method, text in (("GetQuote", "Report"), ("Attest", "Report"), ("v1/Attest", "report")):
        assert quotes.refused(method, report_data="00" * 65) == text + " data is too long"


def ask_for_keys(kms, key, attestation: bytes):
    """Calls GetAppKey with `key` and an `attestation` claimed to be for it; returns the keys, or None if the KMS refuses."""
    ca = fake_kms.make_keys.root_certificate(fake_kms.TEMPORARY, "Development KMS temporary CA")
    now = datetime.datetime.now(datetime.timezone.utc)
    shown = fake_kms.leaf(key.public_key(), "RA-TLS TEMP Cert", ca, now - datetime.timedelta(days=1), now + datetime.timedelta(days=1))
    shown = shown.add_extension(fake_kms.own(8, attestation), False).sign(fake_kms.TEMPORARY, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=kms.ca)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(shown.public_bytes(Encoding.PEM).decode() + fake_kms.make_keys.pem(key))
        file.flush()
        context.load_cert_chain(file.name)
    vm_config = attestations.decode(attestation).config
    body = json.dumps({"api_version": 1, "vm_config": vm_config})
    with socket.create_connection(("127.0.0.1", kms.port)) as plain, context.wrap_socket(plain) as tls:
        tls.sendall(f"POST /prpc/KMS.GetAppKey?json HTTP/1.1\r\nHost: 127.0.0.1:{kms.port}\r\nContent-Type: application/json\r\n"
                    f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        answer = b""
        try:
            while data := tls.recv(65536):
                answer += data
        except OSError:
            pass
    return json.loads(answer.partition(b"\r\n\r\n")[2]) if answer else None


@pytest.mark.parametrize("method", ["Attest", "v1/Attest"])
def test_nobody_gets_the_keys_of_the_app(booted, quotes, agent, method):
    """With a quote over the hash of one's own TLS key, like the agent's when it asks the KMS for the app's keys."""
    key = ec.generate_private_key(ec.SECP256R1())
    data = hashlib.sha512(b"ratls-cert:" + fake_kms.spki(key.public_key())).hexdigest()
    with fake_kms.FakeKMS(Verifier(booted.state)) as kms:
        # the attack itself works from the apps' socket, whose callers may have the keys
        evidence = bytes.fromhex(Api(agent).ok(method, report_data=data)["attestation"])
        assert ask_for_keys(kms, key, evidence)["k256_key"] == fake_kms.KEYS["k256_key"]
        assert kms.problems == [] and kms.methods == ["GetAppKey"]
        # but not from this socket
        evidence = bytes.fromhex(quotes.ok(method, report_data=data)["attestation"])
        assert ask_for_keys(kms, key, evidence) is None
        # it logs the problem after the caller has got its answer
        agent.wait_until(lambda: kms.problems, "the problem")
        assert len(kms.problems) == 1 and "AssertionError" in kms.problems.pop()
        assert kms.methods == ["GetAppKey"]


def test_nothing_was_emitted(booted, quotes):
    quotes.refused("EmitEvent", 404, event="deployed")
    assert [(name, payload) for name, payload, _ in booted.events] == boot.EVENTS


def test_errors_are_the_same(quotes):
    assert quotes.refused("GetQuote", report_data="00" * 65) == "Report data is too long"


def test_its_connections_are_its_own(quotes, agent):
    """A client that fills this socket's table does not keep the other socket's clients out."""
    connections = [wire.Wire(quotes.address) for _ in range(64)]
    try:
        for connection in connections:
            assert connection.kept()
        assert wire.get(quotes.address, "/Version").status == 503
        assert Api(agent).ok("GetKey")
    finally:
        for connection in connections:
            connection.close()


def test_it_is_off_by_default(booted, new_agent):
    agent = new_agent(prefix=booted.prefix)
    boot.start(agent)
    assert sorted(name for name in os.listdir(agent.directory) if name.endswith(".sock")) == ["dstack.sock", "tappd.sock"]


def test_the_socket_goes_with_the_agent(booted, new_agent):
    agent = new_agent(prefix=booted.prefix)
    path = f"{agent.directory}/quote.sock"
    agent.settings["quote"] = {"address": "unix:" + path}
    boot.start(agent)
    assert os.stat(path).st_mode & 0o777 == os.stat(agent.socket).st_mode & 0o777
    assert agent.stop() == 0
    assert not os.path.exists(path)


def test_without_tdx(new_agent):
    agent = new_agent()
    agent.settings["quote"] = {"address": f"unix:{agent.directory}/quote.sock"}
    api = Api(agent.start())
    api.address = f"{agent.directory}/quote.sock"
    assert api.ok("Version")
    api.refused("GetQuote", 500, report_data="")
    api.refused("GetKey", 404)
