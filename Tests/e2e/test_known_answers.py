"""The known answers of docs/spec, from the release binary. What no call or command shows is checked by unit tests (KnownAnswers)."""

import base64
import contextlib
import hashlib
import json

import msgpack
import pytest

import boot
import outward
import startup
from agent_process import DATA, ROOT, Agent
from api import Api
from certificates import Issued, own_extension

V0, V1 = (json.loads((ROOT / f"docs/spec/vectors-{line}.json").read_text()) for line in ("v0", "v1"))
CHAIN, FULL, OLDER = V1["v0_signature_chain"], V1["v1_full_chain"][0], V1["v0_get_key"][0]
# The app's key, and the KMS root's signature over it.
ROOTS = {V0["k256_key"]: V0["k256_signature"], FULL["root_key"]: FULL["link1"], OLDER["root_key"]: ""}


@pytest.fixture(scope="module")
def agents(booted):
    """An agent for each app's key, in the guest that all tests share."""
    with contextlib.ExitStack() as stack:
        found = {}
        for key, signature in ROOTS.items():
            agent = found[key] = Agent(prefix=booted.prefix)
            keys = json.loads((DATA / "appkeys-none.json").read_text()) | {"k256_key": key, "k256_signature": signature}
            (agent.directory / "appkeys.json").write_text(json.dumps(keys))
            agent.settings["default"]["core"]["keys_file"] = str(agent.directory / "appkeys.json")
            outward.configure(agent)
            stack.enter_context(boot.serving(agent))
        yield found


@pytest.mark.parametrize("known", V0["event_digest"], ids=lambda known: known["event"])
def test_event_digest(tmp_path, known):
    preimage, digest = bytes.fromhex(known["preimage"]), bytes.fromhex(known["digest"])
    assert hashlib.sha384(preimage).digest() == digest
    event = {"event": known["event"], "payload": base64.b64encode(bytes.fromhex(known["payload"])).decode()}
    if known["version"] != 1:
        event["version"] = known["version"]
    (tmp_path / "log").write_text(json.dumps(event, ensure_ascii=False) + "\n")
    assert startup.replay(tmp_path / "log") == {"events": 1, "rtmr3": hashlib.sha384(bytes(48) + digest).hexdigest()}


def test_older_key(agents):
    answer = Api(agents[OLDER["root_key"]]).ok("GetKey", **{name: OLDER[name] for name in ("path", "purpose", "algorithm")})
    assert answer == {"key": OLDER["key"], "signature_chain": [OLDER["link0"], ""]}


@pytest.mark.parametrize("known", CHAIN["cases"], ids=lambda known: known["algorithm"])
def test_signature_chain(agents, known):
    api = Api(agents[FULL["root_key"]])
    signed = {name: known[name] for name in ("signature", "signature_chain", "public_key")}
    assert api.ok("Sign", algorithm=known["algorithm"], data=known["data"]) == signed
    assert api.ok("Verify", **{name: known[name] for name in ("algorithm", "data", "signature", "public_key")}) == {"valid": True}


@pytest.mark.parametrize("known", CHAIN["invalid_cases"], ids=lambda known: known["name"])
def test_invalid_signatures(agents, known):
    fields = {name: known[name] for name in ("algorithm", "data", "signature", "public_key")}
    assert Api(agents[FULL["root_key"]]).ok("Verify", **fields) == {"valid": False}


def test_full_chain(agents):
    answer = Api(agents[FULL["root_key"]]).ok("v1/GetKey", domain=FULL["domain"], algorithm=FULL["algorithm"])
    assert answer == {name: FULL[name] for name in ("key", "public_key", "signature_chain")}


@pytest.mark.parametrize("known", V1["v1_negative"], ids=lambda known: known["algorithm"])
def test_keys_of_a_draft(agents, known):
    answer = Api(agents[OLDER["root_key"]]).ok("v1/GetKey", domain=known["domain"], algorithm=known["algorithm"])
    assert answer["key"] != known["key_that_must_not_come_out"]


@pytest.mark.parametrize(
    "known", [{"root_key": V0["k256_key"]} | known for known in V0["app_key_attestation"]] + V1["v0_app_key_report_data"],
    ids=lambda known: f"{known['algorithm']} {known['root_key'][:8]}")
def test_app_key_report_data(agents, known):
    response = outward.get(agents[known["root_key"]], f"/prpc/GetAttestationForAppKey?algorithm={known['algorithm']}")
    assert json.loads(response.body)["report_data"] == known["report_data"]


def test_launch_token(new_simulator, tmp_path):
    known, = V1["launch_token_hash"]
    guest = startup.Startup(new_simulator(), tmp_path)
    guest.offer({"manifest_version": "3", "requirements": {"launch_token_hash": known["hash"]}})
    (guest.host / ".user-config").write_text(json.dumps({"dstack": {"launch_token": known["token"]}}))
    guest.succeed()


@pytest.mark.parametrize("known", V1["gpu_policy_hash"], ids=lambda known: known["compose"])
def test_gpu_policy_hash(tmp_path, known):
    compose = startup.COMPOSE | json.loads(known["compose"])
    if "requirements" in compose:
        compose["manifest_version"] = "3"
    (tmp_path / "app-compose.json").write_text(json.dumps(compose))
    done = startup.run([startup.BINARY, "boot", "--dry-run", "--host-shared", tmp_path])
    if "rego" in known["compose"]:
        assert done.returncode == 1 and "gpu_policy: rego: " in done.stderr
        return
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["payload"] for line in lines if line.get("event") == "gpu-policy-hash"] == [known["hash"]]


def test_app_info(booted_api):
    """The agent's map, with the values of the known answers in place of its own."""
    leaf = Issued(booted_api.ok("GetTlsKey", with_app_info=True)).leaf
    found = msgpack.unpackb(own_extension(leaf, 9))
    values = [bytes.fromhex(value) for value in V1["cert_app_info_oid_9_values"].values()]
    known = {row["form"]: bytes.fromhex(row["bytes"]) for row in V1["cert_app_info_oid_9"]}
    for form, scripts in [("two init scripts", [b"\xf1" * 32, b"\xf2" * 32]), ("without init scripts", [])]:
        answer, = (content for name, content in known.items() if form in name)
        assert msgpack.packb(dict(zip(found, [*values, scripts]))) == answer
