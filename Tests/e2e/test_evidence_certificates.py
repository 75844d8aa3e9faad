"""RA-TLS certificates: evidence bound to the key, in today's form and the older one, and the app info."""

import hashlib

import msgpack
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import attestations
import boot
from api import Api
from certificates import Issued, issue, own_extension, own_extensions
from verifier import Verifier

USAGE, QUOTE, EVENT_LOG, ATTESTATION, APP_INFO = 4, 1, 2, 8, 9


def binding(certificate: x509.Certificate) -> bytes:
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha512(b"ratls-cert:" + spki).digest()


def attestation_of(certificate: x509.Certificate) -> attestations.Attestation:
    return attestations.decode(own_extension(certificate, ATTESTATION))


@pytest.fixture(scope="module")
def issued(booted_api) -> Issued:
    return issue(booted_api, subject="evidence", alt_names=["evidence.example"], usage_server_auth=True, usage_ra_tls=True)


@pytest.mark.smoke
def test_the_certificate_is_an_ordinary_one_too(issued, tmp_path):
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_hostname", "evidence.example")
    assert issued.leaf.public_key() == issued.key.public_key()
    assert sorted(own_extensions(issued.leaf)) == [QUOTE, EVENT_LOG, USAGE, ATTESTATION]


@pytest.mark.smoke
def test_the_attestation_verifies_and_binds_the_key(issued, verifier):
    attestation = attestation_of(issued.leaf)
    assert verifier.status(attestation.quote) == "UpToDate"
    assert attestation.report_data == attestations.report(attestation.quote).report_data == binding(issued.leaf)


def test_the_attestation_is_stripped(issued, booted_api, booted):
    attestation = attestation_of(issued.leaf)
    full = attestations.json_log(booted_api.ok("GetQuote", report_data="")["event_log"])
    attestations.assert_stripped(attestation, full)
    assert all(event.digest == b"" for event in attestation.event_log if event.imr == 3)
    assert all(len(event.digest) == 48 for event in attestation.event_log if event.imr == 0)
    assert attestations.replay(attestation.event_log, 3) == booted.register(3)
    assert attestation.runtime_events == [(name, payload, 1) for name, payload in boot.EVENTS]
    assert attestation.config == boot.VM_CONFIG


def test_the_older_form(issued, verifier, booted):
    """The raw quote and the whole log, as releases up to 0.5.8 put them."""
    quote = own_extension(issued.leaf, QUOTE)
    assert quote == attestation_of(issued.leaf).quote
    assert verifier.status(quote) == "UpToDate"
    log = attestations.json_log(own_extension(issued.leaf, EVENT_LOG))
    replayed = [attestations.replay(log, index) for index in range(4)]
    assert replayed == attestations.registers(quote) == booted.registers


def test_a_changed_quote_in_a_certificate_is_found(issued, verifier):
    quote = bytearray(own_extension(issued.leaf, QUOTE))
    quote[48 + 520] ^= 1
    with pytest.raises(Exception):
        verifier.status(bytes(quote))


def test_each_certificate_binds_its_own_key(booted_api, verifier):
    certificates = [issue(booted_api, usage_ra_tls=True).leaf for _ in range(3)]
    assert len({binding(certificate) for certificate in certificates}) == 3
    for certificate in certificates:
        assert attestation_of(certificate).report_data == binding(certificate)
        assert verifier.status(own_extension(certificate, QUOTE)) == "UpToDate"


@pytest.mark.parametrize("fields, numbers", [
    ({}, [USAGE]),
    ({"usage_ra_tls": False, "with_app_info": False}, [USAGE]),
    ({"with_app_info": True}, [USAGE, APP_INFO]),
    ({"usage_ra_tls": True, "with_app_info": True}, [QUOTE, EVENT_LOG, USAGE, ATTESTATION, APP_INFO]),
])
def test_what_was_asked_for_is_there(booted_api, tmp_path, fields, numbers):
    issued = issue(booted_api, subject="asked", **fields)
    issued.assert_verifies(tmp_path)
    assert sorted(own_extensions(issued.leaf)) == numbers


def test_app_info(booted, booted_api):
    content = own_extension(issue(booted_api, with_app_info=True).leaf, APP_INFO)
    assert msgpack.packb(msgpack.unpackb(content)) == content and content[0] == 0x89
    registers = booted.registers
    image = booted.register("mrtd:sha384") + b"".join(registers[:3])
    assert msgpack.unpackb(content) == {
        "app_id": boot.APP_ID,
        "compose_hash": boot.COMPOSE_HASH,
        "instance_id": boot.INSTANCE_ID,
        "device_id": hashlib.sha256(b"").digest(),
        "mr_system": hashlib.sha256(image + hashlib.sha256(boot.KEY_PROVIDER).digest()).digest(),
        "mr_aggregated": hashlib.sha256(image + registers[3]).digest(),
        "os_image_hash": boot.IMAGE_HASH,
        "key_provider_info": boot.KEY_PROVIDER,
        "init_script_hashes": [payload for name, payload in boot.EVENTS if name == "init-script-hash"],
    }


def test_app_info_of_a_guest_without_a_startup(simulator, tdx_agent):
    image = simulator.register("mrtd:sha384") + b"".join(simulator.registers[:3])
    content = own_extension(issue(Api(tdx_agent), with_app_info=True).leaf, APP_INFO)
    assert list(msgpack.unpackb(content).values()) == [
        b"", b"", b"", hashlib.sha256(b"").digest(), hashlib.sha256(image + bytes(32)).digest(),
        hashlib.sha256(image + bytes(48)).digest(), b"", b"", []]


def test_events_of_version_two(simulator, new_agent):
    simulator.choose(2)
    simulator.emit(*boot.EVENTS, version=2)
    api = boot.start(new_agent(prefix=simulator.prefix))
    leaf = issue(api, usage_ra_tls=True).leaf
    attestation = attestation_of(leaf)
    assert attestation.version == 1
    assert Verifier(simulator.state).status(attestation.quote) == "UpToDate"
    assert attestation.report_data == attestations.report(attestation.quote).report_data == binding(leaf)
    assert attestation.runtime_events == simulator.events
    attestations.assert_stripped(attestation, attestations.json_log(own_extension(leaf, EVENT_LOG)))
    assert attestations.replay(attestation.event_log, 3) == simulator.register(3)


def test_bad_parameters_are_told_before_a_quote_is_made(simulator, tdx_agent):
    api = Api(tdx_agent)
    simulator.faults("fail EIO")
    for fields in ({"not_before": 2, "not_after": 1}, {"alt_names": [""]}, {"subject": "x" * 65}):
        api.refused("GetTlsKey", usage_ra_tls=True, **fields)
