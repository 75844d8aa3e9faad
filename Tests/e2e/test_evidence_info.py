"""Info: the identity of the app and the system, computed here from the registers and the startup's events."""

import hashlib
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import attestations
import boot
import events
import wire
from agent_process import DATA
from api import Api
from certificates import own_extension
from messages import MESSAGES

FIELDS = {
    "app_id", "instance_id", "app_cert", "tcb_info", "app_name", "device_id", "mr_aggregated", "os_image_hash",
    "key_provider_info", "compose_hash", "vm_config", "cloud_vendor", "cloud_product"}
DEVICE_ID = hashlib.sha256(b"").hexdigest()


def aggregate(simulator, rtmr3: bytes) -> str:
    """mr_aggregated, from the registers."""
    parts = [simulator.register("mrtd:sha384"), *simulator.registers[:3], rtmr3]
    declared = [simulator.register(name) for name in ("mrconfigid", "mrowner", "mrownerconfig")]
    if any(any(value) for value in declared):
        parts += declared
    return hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.smoke
def test_identity(booted_api):
    info = booted_api.ok("Info")
    assert set(info) == FIELDS
    assert info["app_id"] == boot.APP_ID.hex()
    assert info["instance_id"] == boot.INSTANCE_ID.hex()
    assert info["compose_hash"] == boot.COMPOSE_HASH.hex()
    assert info["os_image_hash"] == boot.IMAGE_HASH.hex()
    assert info["key_provider_info"] == boot.KEY_PROVIDER.decode()
    assert info["device_id"] == DEVICE_ID
    assert info["app_name"] == json.loads(boot.COMPOSE)["name"]
    assert info["vm_config"] == boot.VM_CONFIG


def test_cloud(booted_api):
    info = booted_api.ok("Info")
    for field, name in (("cloud_vendor", "sys_vendor"), ("cloud_product", "product_name")):
        try:
            with open("/sys/class/dmi/id/" + name) as file:
                expected = file.read().strip()
        except OSError:
            expected = ""
        assert info[field] == expected


@pytest.mark.smoke
def test_tcb_info(booted, booted_api):
    info = booted_api.ok("Info")
    tcb = json.loads(info["tcb_info"])
    assert set(tcb) == {
        "mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mr_aggregated", "os_image_hash", "compose_hash", "device_id",
        "event_log", "app_compose"}
    assert [bytes.fromhex(tcb[f"rtmr{index}"]) for index in range(4)] == booted.registers
    assert bytes.fromhex(tcb["mrtd"]) == booted.register("mrtd:sha384")
    assert tcb["app_compose"].encode() == boot.COMPOSE
    for field in ("mr_aggregated", "os_image_hash", "compose_hash", "device_id"):
        assert tcb[field] == info[field]
    assert tcb["event_log"] == json.loads(booted_api.ok("GetQuote", report_data="")["event_log"])


def test_mr_aggregated(booted, booted_api):
    replayed = events.replay(events.digest(*event) for event in boot.EVENTS)
    assert replayed == booted.register(3)
    assert booted_api.ok("Info")["mr_aggregated"] == aggregate(booted, replayed)


def test_mr_aggregated_with_what_the_host_declared(new_simulator, new_agent):
    simulator = new_simulator("--mr-config-id", "5a" * 48)
    api = boot.start(new_agent(prefix=simulator.prefix))
    assert simulator.register("mrconfigid") == b"\x5a" * 48
    assert api.ok("Info")["mr_aggregated"] == aggregate(simulator, bytes(48))


def test_a_guest_without_a_startup(simulator, tdx_agent):
    info = Api(tdx_agent).ok("Info")
    for field in ("app_id", "instance_id", "compose_hash", "os_image_hash", "key_provider_info"):
        assert info[field] == ""
    assert info["mr_aggregated"] == aggregate(simulator, bytes(48))


def test_only_the_startup_tells_who_the_app_is(simulator, tdx_agent):
    """Events after system-ready are an app's claims; the events of a startup that has not reached it count."""
    api = Api(tdx_agent)
    simulator.emit(("app-id", b"\1"), ("app-id", b"\2"))
    assert api.ok("Info")["app_id"] == "01"
    simulator.emit(("system-ready", b""), ("instance-id", b"\3"), ("key-provider", b"{}"))
    info = api.ok("Info")
    assert (info["app_id"], info["instance_id"], info["key_provider_info"]) == ("01", "", "")


@pytest.mark.smoke
def test_app_cert(booted_api, booted, verifier):
    leaf, root = x509.load_pem_x509_certificates(booted_api.ok("Info")["app_cert"].encode())
    leaf.verify_directly_issued_by(root)
    assert root == x509.load_pem_x509_certificate(json.loads((DATA / "appkeys-none.json").read_text())["ca_cert"].encode())
    assert [name.value for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["demo-cert"]
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    attestation = attestations.decode(own_extension(leaf, 8))
    assert verifier.status(attestation.quote) == "UpToDate"
    assert attestations.replay(attestation.event_log, 3) == attestations.registers(attestation.quote)[3]
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert attestation.report_data == hashlib.sha512(b"ratls-cert:" + spki).digest()


def test_protobuf(booted_agent):
    same = Api(booted_agent).ok("Info")
    response = wire.exchange(booted_agent.socket, wire.request("POST", "/Info", b""))
    info = MESSAGES["AppInfo"].FromString(response.body)
    for field in FIELDS:
        value = getattr(info, field)
        assert (value.hex() if isinstance(value, bytes) else value) == same[field]


def test_get(booted_agent):
    assert wire.get(booted_agent.socket, "/Info").json() == Api(booted_agent).ok("Info")


def test_it_follows_the_registers(simulator, tdx_agent):
    api = Api(tdx_agent)
    seen = [api.ok("Info")["mr_aggregated"]]
    for name in ("by another program", "and again"):
        simulator.emit((name, b""))
        seen.append(api.ok("Info")["mr_aggregated"])
    api.ok("EmitEvent", event="by the agent")
    info = api.ok("Info")
    seen.append(info["mr_aggregated"])
    assert len(set(seen)) == 4
    tcb = json.loads(info["tcb_info"])
    assert tcb["rtmr3"] == simulator.register(3).hex() == simulator.replayed.hex()
    assert info["mr_aggregated"] == aggregate(simulator, simulator.register(3))


def test_it_needs_no_quote(simulator, tdx_agent):
    api = Api(tdx_agent)
    before = api.ok("Info")
    simulator.faults("fail EIO")
    api.refused("GetQuote", 500, report_data="00")
    assert api.ok("Info") == before
    api.ok("EmitEvent", event="meanwhile")
    after = api.ok("Info")
    assert json.loads(after["tcb_info"])["rtmr3"] == simulator.register(3).hex()
    assert after["app_cert"] == before["app_cert"]


def test_it_needs_no_app_certificate(simulator, new_agent):
    """If no quote could be made at the start, Info says so, and the rest is there."""
    simulator.faults("fail EIO")
    agent = new_agent(prefix=simulator.prefix)
    agent.expected = ["<4>dstack-guest-agent: no app certificate: cannot get a quote from the kernel: input/output error"]
    api = Api(agent.start())
    agent.wait_until(lambda: agent.surprises, "the warning")
    info = api.ok("Info")
    assert info["app_cert"] == ""
    assert info["mr_aggregated"] == aggregate(simulator, bytes(48))
