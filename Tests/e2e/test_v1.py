"""Release 0.6's interface besides the older one: its paths, and the methods of v1 as clients call them."""

import json

import httpx
import msgpack
import pytest
from cryptography import x509

import attestations
import boot
import outward
import wire
from agent_process import DATA, ROOT, Agent
from api import Api, error_text
from certificates import Issued, own_extension, own_extensions
from messages import MESSAGES

VECTORS = json.loads((ROOT / "docs/spec/vectors-v1.json").read_text())
KEYS = VECTORS["v1_get_key"]
JSON = ("Content-Type: application/json",)


class V1(Api):
    """JSON calls of v1."""

    def call(self, method, **fields):
        return super().call(f"v1/{method}", **fields)


def protobuf(address, path: str, request, answer: str):
    """The answer to a call in protobuf, or its error's text."""
    response = wire.exchange(address, wire.request("POST", path, request.SerializeToString()))
    assert response.header("Content-Type") == "application/octet-stream"
    if response.status != 200:
        return response.status, MESSAGES["Error"].FromString(response.body).text
    message = MESSAGES[answer].FromString(response.body)
    assert message.SerializeToString() == response.body
    return message


@pytest.fixture(scope="module")
def agent(booted):
    """An agent in the shared guest, with the root key of the known answers, and with the host's interface on a Unix socket."""
    agent = Agent(prefix=booted.prefix)
    keys = json.loads((DATA / "appkeys-none.json").read_text()) | {"k256_key": KEYS[0]["root_key"], "k256_signature": "ab" * 65}
    path = agent.directory / "appkeys.json"
    path.write_text(json.dumps(keys))
    agent.settings["default"]["core"]["keys_file"] = str(path)
    agent.settings["guest-api"] = {"address": f"unix:{agent.directory}/guest.sock"}
    agent.settings["quote"] = {"address": f"unix:{agent.directory}/quote.sock"}
    outward.configure(agent)
    boot.describe_machine(agent)
    with boot.serving(agent):
        yield agent


@pytest.fixture(scope="module")
def v1(agent) -> V1:
    return V1(agent)


@pytest.fixture(scope="module")
def v0(agent) -> Api:
    return Api(agent)


# Paths

SOCKET_METHODS = ["/Foo", "/v0/IssueCert", "/v1/Verify", "/v1/GetQuote", "/v1/EmitEvent", "/v1/GetTlsKey", "/v1/getkey", "/GpuInfo",
                  "/v0/GpuInfo", "/v1/GpuInfo", "/v1/Health", "/v0", "/v1", "/v2", "/v0/v1"]
SOCKET_PAGES = ["/v2/GetKey", "/v1/a/b", "/prpc/Info", "/api/Info", "/V1/GetKey", "/v0/v1/GetKey", "/prpc/v1/Info"]
OUTWARD_METHODS = ["/prpc/Health", "/prpc/v1/AttestAppKey", "/prpc/v1/Worker.Health", "/prpc/v0", "/prpc/v1", "/prpc/v0/Health",
                   "/prpc/v1/GetAttestationForAppKey", "/prpc/Worker.Foo", "/prpc/v0/GetKey", "/prpc/v1/GetKey"]
OUTWARD_PAGES = ["/prpc/v2/Info", "/v1/Info", "/Info", "/prpc", "/prpc/v1/a/b", "/api/Info"]


def answers(address, path: str):
    """To a GET, a POST in JSON and one in protobuf."""
    return (wire.get(address, path), wire.exchange(address, wire.request("POST", path, b"{}", JSON)),
            wire.exchange(address, wire.request("POST", path, b"")))


@pytest.mark.smoke
@pytest.mark.parametrize("path", SOCKET_METHODS + OUTWARD_METHODS)
def test_a_method_that_is_not_there(agent, path):
    address = agent.socket if path in SOCKET_METHODS else outward.address(agent)
    text = "Service not found: " + path.rpartition("/")[2]
    get, post, binary = answers(address, path)
    assert (get.status, get.json()) == (post.status, post.json()) == (404, {"error": text})
    assert binary.status == 404 and MESSAGES["Error"].FromString(binary.body).text == text


@pytest.mark.smoke
@pytest.mark.parametrize("path", SOCKET_PAGES + OUTWARD_PAGES)
def test_a_mount_that_is_not_there(agent, path):
    """The answer must not contain the words by which clients detect an interface."""
    for response in answers(agent.socket if path in SOCKET_PAGES else outward.address(agent), path):
        assert response.status == 404 and b"Service not found" not in response.raw


def test_the_older_sockets_have_no_versions(agent):
    tappd = f"{agent.directory}/tappd.sock"
    for path in ("/v1/GetKey", "/prpc/v1/GetKey", "/v0/GetKey", "/GetKey"):
        response = wire.exchange(tappd, wire.request("POST", path, b"{}", JSON))
        assert response.status == 404 and b"Service not found" not in response.raw
    assert wire.get(tappd, "/prpc/Tappd.Tappd.Version").status == 200


def test_v0_is_one_handler_under_two_paths(v0):
    for method, fields in [("GetKey", {"path": "a", "purpose": "b"}), ("Version", {}), ("Info", {}),
                           ("Sign", {"algorithm": "ed25519", "data": "00"}), ("GetKey", {"algorithm": "rsa"})]:
        assert v0.call(method, **fields) == v0.call(f"v0/{method}", **fields)


def test_every_answer_to_anyone_names_the_version(agent):
    version = Api(agent).ok("Version")["version"]
    assert version == "0.6.0"
    for path in [*OUTWARD_METHODS, *OUTWARD_PAGES, "/", "/prpc/v1/Health", "/prpc/v0/Worker.Info"]:
        assert wire.get(outward.address(agent), path).header("X-App-Version").startswith("v0.6.0 (")


@pytest.mark.parametrize("path", ["Info", "v0/Info", "Worker.Info", "v0/Worker.Info", "Worker.Worker.Info", "v0/Worker.Worker.Info"])
def test_the_worker_prefix(agent, v0, path):
    assert outward.ask(agent, "GET", f"/prpc/{path}").json() == v0.ok("Info")


# GetKey

@pytest.mark.smoke
@pytest.mark.parametrize("known", KEYS, ids=lambda known: f"{known['algorithm']}-{known['domain_utf8_hex'][:16]}-{known['root_key'][:4]}")
def test_known_keys(new_agent, agent, v1, known):
    if known["root_key"] != KEYS[0]["root_key"]:
        other = new_agent()
        keys = json.loads((DATA / "appkeys-none.json").read_text()) | {"k256_key": known["root_key"], "k256_signature": "ab" * 65}
        other.keys_file = other.directory / "appkeys.json"
        other.keys_file.write_text(json.dumps(keys))
        other.settings["default"]["core"]["keys_file"] = str(other.keys_file)
        agent, v1 = other, V1(other.start())
    domain = bytes.fromhex(known["domain_utf8_hex"]).decode()
    expected = {"key": known["key"], "public_key": known["public_key"], "signature_chain": [known["link0"], "ab" * 65]}
    assert v1.ok("GetKey", domain=domain, algorithm=known["algorithm"]) == expected
    with httpx.Client(transport=httpx.HTTPTransport(uds=agent.socket)) as client:
        answer = client.get("http://dstack/v1/GetKey", params={"domain": domain, "algorithm": known["algorithm"]})
        assert (answer.status_code, answer.json()) == (200, expected)
    request = MESSAGES["GetKeyRequestV1"](domain=domain, algorithm=known["algorithm"])
    answer = protobuf(agent.socket, "/v1/GetKey", request, "GetKeyResponseV1")
    assert answer.key.hex() == known["key"] and answer.public_key.hex() == known["public_key"]
    assert [link.hex() for link in answer.signature_chain] == expected["signature_chain"]


def test_both_recovery_ids_are_among_them():
    assert {known["link0"][-2:] for known in KEYS} == {"00", "01"}


@pytest.mark.smoke
@pytest.mark.parametrize("known", VECTORS["v1_errors"], ids=lambda known: known["algorithm"] or "none")
def test_refused_algorithms(agent, v1, known):
    assert v1.refused("GetKey", known["status"], domain="a", algorithm=known["algorithm"]) == known["error"]
    request = MESSAGES["GetKeyRequestV1"](domain="a", algorithm=known["algorithm"])
    assert protobuf(agent.socket, "/v1/GetKey", request, "") == (known["status"], known["error"])
    # what the caller wrote is quoted only to the caller
    assert f"`{known['algorithm']}`" not in agent.stderr


def test_a_long_algorithm_is_cut(v1):
    assert v1.refused("GetKey", algorithm="a" * 5000).count("a" * 64 + "`") == 1
    assert v1.refused("GetKey", algorithm="\x00é\x1b") == "unsupported algorithm `????`, use `secp256k1` or `ed25519`"


def test_one_name_in_both_lines_is_two_keys(v0, v1):
    older, newer = v0.ok("GetKey", path="wallet"), v1.ok("GetKey", domain="wallet", algorithm="secp256k1")
    assert older["key"] != newer["key"] and older["signature_chain"][0] != newer["signature_chain"][0]
    assert older["signature_chain"][1] == newer["signature_chain"][1]


# Attest and AttestGpu

@pytest.mark.smoke
def test_attest_is_the_same_evidence_in_the_newest_form(v0, v1, verifier):
    older = attestations.decode(bytes.fromhex(v0.ok("Attest", report_data="0102")["attestation"]))
    answer = v1.ok("Attest", report_data="0102")
    assert answer["boottime_gpu_evidence"] == []
    data = bytes.fromhex(answer["attestation"])
    assert data[0] == 0x83
    newer = attestations.version_one(data)
    assert verifier.status(newer.quote) == "UpToDate"
    assert newer.report_data == older.report_data == attestations.report(newer.quote).report_data == b"\1\2".ljust(64, b"\0")
    assert (newer.event_log, newer.runtime_events, newer.config) == (older.event_log, older.runtime_events, older.config)


def test_attest_in_every_form(agent, v1):
    assert wire.get(agent.socket, "/v1/Attest?report_data=0102").json().keys() == {"attestation", "boottime_gpu_evidence"}
    answer = protobuf(agent.socket, "/v1/Attest", MESSAGES["AttestRequestV1"](report_data=b"a" * 64), "AttestResponseV1")
    assert answer.attestation[0] == 0x83 and not answer.boottime_gpu_evidence
    assert v1.refused("Attest", report_data="00" * 65) == "report data is too long"
    assert v1.ok("Attest")["attestation"]


def test_gpu_evidence_of_the_boot(booted, new_agent, tmp_path):
    """The bytes of the file if there is one; none if anything is wrong with it."""
    folder = tmp_path / "nvidia-gpu-attestation"
    folder.mkdir()
    content = b"\x00verbatim\xff" * 10
    (folder / "attestation.out").write_bytes(content)
    mount = "mkdir -p /run/nvidia-gpu-attestation && mount --bind $0 /run/nvidia-gpu-attestation && exec \"$@\""
    agent = new_agent(prefix=[*booted.prefix, "unshare", "--mount", "sh", "-c", mount, str(folder)])
    boot.start(agent)
    v1 = V1(agent)
    bundle = {"vendor": "nvidia", "format": "nvidia-nvattest-boottime-json-v1", "evidence": content.hex()}
    assert v1.ok("Attest", include_boottime_gpu_evidence=True)["boottime_gpu_evidence"] == [bundle]
    assert v1.ok("Attest", include_boottime_gpu_evidence=False)["boottime_gpu_evidence"] == []
    request = MESSAGES["AttestRequestV1"](include_boottime_gpu_evidence=True)
    answer = protobuf(agent.socket, "/v1/Attest", request, "AttestResponseV1")
    assert [each.evidence for each in answer.boottime_gpu_evidence] == [content]
    (folder / "attestation.out").write_bytes(bytes(1024 * 1024 + 1))
    assert v1.ok("Attest", include_boottime_gpu_evidence=True)["boottime_gpu_evidence"] == []
    assert "attestation.out: is too large" in agent.stderr
    agent.expected = [line for line in agent.surprises if "attestation.out" in line]
    (folder / "attestation.out").unlink()
    assert v1.ok("Attest", include_boottime_gpu_evidence=True)["boottime_gpu_evidence"] == []


@pytest.mark.smoke
@pytest.mark.parametrize("size, status, text", [
    (0, 400, "GPU attestation failed: nonce must be exactly 32 bytes, got 0"),
    (31, 400, "GPU attestation failed: nonce must be exactly 32 bytes, got 31"),
    (32, 501, "GPU attestation failed: GPU attestation is not available in this image"),
    (33, 400, "GPU attestation failed: nonce must be exactly 32 bytes, got 33"),
])
def test_gpus_are_not_attested(agent, v1, size, status, text):
    assert v1.refused("AttestGpu", status, nonce="00" * size) == text
    assert protobuf(agent.socket, "/v1/AttestGpu", MESSAGES["AttestGpuRequest"](nonce=bytes(size)), "") == (status, text)


# IssueCert

@pytest.mark.smoke
def test_issue_cert(v1, v0, booted_api, verifier, tmp_path):
    issued = Issued(v1.ok("IssueCert", subject="a.example", alt_names=["a.example"], usage_server_auth=True, usage_ra_tls=True))
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_hostname", "a.example")
    assert issued.leaf.public_key() == issued.key.public_key()
    # neither the quote nor the log in the form for readers of 0.5
    assert sorted(own_extensions(issued.leaf)) == [4, 8]
    data = own_extension(issued.leaf, 8)
    assert data[0] == 0x83
    attestation = attestations.version_one(data)
    assert verifier.status(attestation.quote) == "UpToDate"
    attestations.assert_stripped(attestation, attestations.json_log(v0.ok("GetQuote", report_data="")["event_log"]))
    older = Issued(v0.ok("GetTlsKey", subject="a", usage_ra_tls=True))
    assert sorted(own_extensions(older.leaf)) == [1, 2, 4, 8] and own_extension(older.leaf, 8)[0] == 0


def test_issue_cert_in_every_form(agent, v1):
    assert Issued(wire.get(agent.socket, "/v1/IssueCert?subject=a&alt_names[]=b.example").json()).alt_names == [("DNSName", "b.example")]
    answer = protobuf(agent.socket, "/v1/IssueCert", MESSAGES["GetTlsKeyArgs"](subject="a"), "GetTlsKeyResponse")
    assert x509.load_pem_x509_certificate(answer.certificate_chain[0].encode())
    assert "not_before must be earlier than not_after" in v1.refused("IssueCert", not_before=2, not_after=2)
    assert v1.ok("IssueCert")["key"] != v1.ok("IssueCert")["key"]


@pytest.mark.parametrize("method", ["v1/IssueCert", "GetTlsKey"])
def test_the_app_info_is_a_map(v0, v1, method):
    issued = Issued(v0.ok(method, subject="a", with_app_info=True))
    data = own_extension(issued.leaf, 9)
    assert data[0] == 0x89
    pairs = msgpack.unpackb(data, object_pairs_hook=list)
    info = v1.ok("Info")
    assert [name for name, _ in pairs] == ["app_id", "compose_hash", "instance_id", "device_id", "mr_system", "mr_aggregated",
                                           "os_image_hash", "key_provider_info", "init_script_hashes"]
    values = dict(pairs)
    for name in ("app_id", "compose_hash", "instance_id", "device_id", "mr_aggregated", "os_image_hash"):
        assert values[name].hex() == info[name]
    assert values["key_provider_info"].decode() == info["key_provider_info"]
    assert values["init_script_hashes"] == [payload for name, payload in boot.EVENTS if name == "init-script-hash"]


# Info, Version, Health

@pytest.mark.smoke
def test_info(agent, v0, v1):
    older, info = v0.ok("Info"), v1.ok("Info")
    assert list(info) == list(MESSAGES["InfoResponseV1"].DESCRIPTOR.fields_by_name)
    for name in set(info) - {"app_compose"}:
        assert info[name] == older[name]
    assert info["app_compose"] == (agent.directory / "app-compose.json").read_text()
    for body in (b"", b"{}", b'{"what":1}'):
        assert wire.exchange(agent.socket, wire.request("POST", "/v1/Info", body, JSON)).json() == info
    assert wire.get(agent.socket, "/v1/Info").json() == info
    answer = protobuf(agent.socket, "/v1/Info", MESSAGES["Empty"](), "InfoResponseV1")
    assert answer.app_compose == info["app_compose"] and answer.compose_hash.hex() == info["compose_hash"]


@pytest.mark.parametrize("public", [True, False])
def test_info_for_anyone(booted, new_agent, public):
    agent = outward.configure(new_agent(prefix=booted.prefix), public_tcbinfo=public)
    boot.describe_machine(agent)
    boot.start(agent)
    expected = V1(agent).ok("Info")
    assert expected["app_compose"] and expected["vm_config"] and expected["key_provider_info"]
    if not public:
        expected |= {"app_compose": "", "vm_config": "", "key_provider_info": ""}
    for _ in range(2):
        assert outward.ask(agent, "GET", "/prpc/v1/Info").json() == expected
    older = outward.ask(agent, "GET", "/prpc/Info").json()
    assert older["key_provider_info"] and bool(older["vm_config"]) == public


@pytest.mark.smoke
def test_version(agent, v0, v1):
    assert v1.ok("Version") == v0.ok("Version") == outward.ask(agent, "GET", "/prpc/v1/Version").json()


@pytest.mark.smoke
def test_health_of_an_app_that_does_not_want_it_judged(agent):
    answer = {"healthy": True, "unhealthy": [], "error": ""}
    for response in answers(outward.address(agent), "/prpc/v1/Health")[:2]:
        assert response.status == 200 and response.json() == answer
    message = protobuf(outward.address(agent), "/prpc/v1/Health", MESSAGES["Empty"](), "HealthResponse")
    assert message.healthy and not message.unhealthy and not message.error


# The rest of 0.6

def test_the_quote_socket_has_evidence_of_both_lines(agent):
    quotes = f"{agent.directory}/quote.sock"
    for path in ("/v1/Attest", "/v1/Info", "/v1/Version", "/v0/GetQuote", "/v0/Attest", "/v0/Info", "/GetQuote"):
        assert wire.get(quotes, path).status == 200
    for path in ("/v1/GetKey", "/v1/IssueCert", "/v1/AttestGpu", "/v0/GetKey", "/v0/EmitEvent", "/v0/GetTlsKey", "/v0/Sign"):
        assert error_text(wire.get(quotes, path).json()) == "Service not found: " + path.rpartition("/")[2]


def test_the_host_asks_for_gpus(agent):
    guest = f"{agent.directory}/guest.sock"
    assert wire.get(guest, "/api/GpuInfo").json() == {
        "gpus": [], "error": "", "cc_ready": None, "cc_enabled": None, "sample_age_ms": None}
    assert wire.exchange(guest, wire.request("POST", "/api/GpuInfo", b"")).body == b""


def test_a_quote_has_no_attestation_beside_it(v0):
    assert list(v0.ok("GetQuote", report_data="")) == ["quote", "event_log", "report_data", "vm_config"]


@pytest.mark.parametrize("size", [0, 63, 64, 65])
def test_raw_quotes_are_over_64_bytes(agent, size):
    tappd = f"{agent.directory}/tappd.sock"
    data = b"r" * size
    response = wire.post_json(tappd, "prpc/Tappd.RawQuote", json.dumps({"report_data": data.hex()}).encode())
    if size == 64:
        assert attestations.report(bytes.fromhex(response.json()["quote"])).report_data == data
    else:
        assert response.status == 400 and error_text(response.json()) == "invalid content length"


@pytest.mark.smoke
def test_without_tdx(new_agent):
    agent = outward.configure(new_agent())
    api, v1 = Api(agent.start()), V1(agent)
    text = "GetQuote is Intel TDX only, use Attest on this platform"
    assert api.refused("GetQuote", 500, report_data="") == text
    for method, fields in [("TdxQuote", {}), ("RawQuote", {"report_data": "00" * 64})]:
        response = wire.post_json(f"{agent.directory}/tappd.sock", f"prpc/Tappd.{method}", json.dumps(fields).encode())
        assert response.status == 500 and error_text(response.json()) == text
    response = outward.ask(agent, "GET", "/prpc/GetAttestationForAppKey?algorithm=ed25519")
    assert response.status == 500 and error_text(response.json()) == text
    for method in ("Attest", "Info"):
        assert "not a TDX guest" in v1.refused(method, 500)
    assert v1.ok("GetKey", domain="a", algorithm="ed25519") and v1.ok("IssueCert") and v1.ok("Version")
    assert api.refused("GetQuote", 400, report_data="x") and api.refused("GetQuote", 500, report_data="00")


def test_emit_event_can_be_switched_off(new_simulator, new_agent):
    """As in 0.6: nothing is extended, and lines that others log after `system-ready` never count, whoever reads them."""
    simulator = new_simulator()
    names = [name for name, _ in boot.EVENTS]
    simulator.emit(*boot.EVENTS[:names.index("system-ready") + 1])
    agent = new_agent(prefix=simulator.prefix)
    agent.settings["default"]["core"]["emit_event"] = False
    api = boot.start(agent)
    text = "EmitEvent was removed in dstack 0.6.0; runtime RTMR3 events are system-owned and cannot be extended by apps"
    before, events = simulator.register(3), simulator.events
    for fields in ({"event": "a", "payload": "00"}, {}, {"event": "app-id"}):
        assert api.refused("EmitEvent", **fields) == text == api.refused("v0/EmitEvent", **fields)
    assert "hex" in api.refused("EmitEvent", event="a", payload="x")
    assert simulator.register(3) == before and simulator.events == events

    def told(api) -> list:
        log = attestations.json_log(api.ok("GetQuote", report_data="")["event_log"])
        return [event.event for event in log if event.imr == 3]

    assert told(api) == [name for name, _, _ in events]
    simulator.emit(("stranger", b""))
    assert told(api) == [name for name, _, _ in events]
    agent.wait_until(lambda: "event_log_mismatch" in json.loads(api.ok("Info")["tcb_info"]), "the mismatch in Info")
    agent.expected = ["<3>dstack-guest-agent: the runtime event log does not reproduce RTMR3"]
    later = new_agent(prefix=simulator.prefix)
    later.settings["default"]["core"]["emit_event"] = False
    assert told(boot.start(later)) == [name for name, _, _ in events]
    later.expected = agent.expected


@pytest.mark.parametrize("vendor, error", [("0x10de", "NVIDIA driver is not loaded"), ("0x1234", "")])
def test_a_card_without_its_driver(new_simulator, new_agent, tmp_path, vendor, error):
    device = tmp_path / "pci" / "0000:01:00.0"
    device.mkdir(parents=True)
    (device / "class").write_text("0x030200\n")
    (device / "vendor").write_text(vendor + "\n")
    agent = new_agent(prefix=new_simulator("--pci", str(tmp_path / "pci")).prefix)
    agent.settings["guest-api"] = {"address": f"unix:{agent.directory}/guest.sock"}
    boot.start(agent)
    assert wire.get(f"{agent.directory}/guest.sock", "/api/GpuInfo").json()["error"] == error
