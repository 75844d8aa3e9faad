"""The v0 interface as upstream froze it: the digests of its messages, and that the agent has exactly these messages."""

import hashlib
import json

import pytest

import messages
import wire
from agent_process import ROOT

FROZEN = json.loads((ROOT / "docs/spec/vectors-v1.json").read_text())["frozen_surface"]["services"]

KINDS = {"string": "String", "bytes": "Bytes", "bool": "Bool", "uint64": "Uint64"}
EMPTY = ".google.protobuf.Empty"
# Method: request and answer, by their names upstream.
SERVICES = {
    "DstackGuest": {
        "GetTlsKey": ("GetTlsKeyArgs", "GetTlsKeyResponse"),
        "GetKey": ("GetKeyArgs", "GetKeyResponse"),
        "GetQuote": ("RawQuoteArgs", "GetQuoteResponse"),
        "Attest": ("RawQuoteArgs", "AttestResponse"),
        "EmitEvent": ("EmitEventArgs", None),
        "Info": (None, "AppInfo"),
        "Sign": ("SignRequest", "SignResponse"),
        "Verify": ("VerifyRequest", "VerifyResponse"),
        "Version": (None, "WorkerVersion"),
    },
    "Worker": {
        "Info": (None, "AppInfo"),
        "Version": (None, "WorkerVersion"),
        "GetAttestationForAppKey": ("GetAttestationForAppKeyRequest", "GetQuoteResponse"),
    },
    "Tappd": {
        "DeriveKey": ("DeriveKeyArgs", "GetTlsKeyResponse"),
        "DeriveK256Key": ("GetKeyArgs", "DeriveK256KeyResponse"),
        "TdxQuote": ("TdxQuoteArgs", "TdxQuoteResponse"),
        "RawQuote": ("RawQuoteArgs", "TdxQuoteResponse"),
        "Info": (None, "AppInfo"),
        "Version": (None, "WorkerVersion"),
    },
}
# Tags and names that upstream has retired, and that must not be used again.
RESERVED = {
    "AttestResponse": [(2, "boottime_gpu_evidence")],
    "GetQuoteResponse": [(5, "attestation")],
    "RawQuoteArgs": [(2, "include_ccel"), (3, "include_preimages"), (4, "include_boottime_gpu_evidence")],
}
CALLS = [(service, method) for service in SERVICES for method in SERVICES[service]]
PATHS = {"DstackGuest": "", "Tappd": "prpc/", "Worker": "prpc/"}


def name_of(message) -> str:
    return f".dstack_guest.{message}" if message else EMPTY


def text_of(service: str) -> str:
    methods = SERVICES[service]
    lines = [f"service {service}"]
    lines += [f"  rpc {method}({name_of(asked)}) returns ({name_of(told)})" for method, (asked, told) in methods.items()]
    for message in sorted({each for pair in methods.values() for each in pair if each}):
        lines.append(f"message {message}")
        fields = [f"  {tag} {name} type={KINDS[kind]} label={'Repeated' if 'repeated' in label else 'Optional'}"
                  for name, (tag, kind, *label) in messages._TABLE[message].items()]
        lines += sorted(fields)
        lines += [f"  reserved {tag}..{tag + 1}" for tag, _ in RESERVED.get(message, [])]
        lines += [f"  reserved-name {name}" for _, name in RESERVED.get(message, [])]
    return "\n".join(lines) + "\n"


@pytest.mark.smoke
@pytest.mark.parametrize("service", SERVICES)
def test_the_digests(service):
    assert text_of(service) == FROZEN[service]["text"]
    assert hashlib.sha256(text_of(service).encode()).hexdigest() == FROZEN[service]["sha256"]
    assert list(SERVICES[service]) == FROZEN[service]["methods"]


def address(agent, service: str):
    external = agent.settings["external"]
    return {"DstackGuest": agent.socket, "Tappd": f"{agent.directory}/tappd.sock",
            "Worker": (external["address"], external["port"])}[service]


def post(agent, service: str, method: str, fields: dict) -> wire.Response:
    return wire.post_json(address(agent, service), PATHS[service] + method, json.dumps(fields).encode())


# Arguments that a method needs to succeed.
NEEDED = {
    "Sign": {"algorithm": "ed25519", "data": "00"},
    "Verify": {"algorithm": "ed25519", "data": "00", "signature": "00" * 64, "public_key": "d75a980182b10ab7d54bfed3c964073a"
               "0ee172f3daa62325af021a68f707511a"},
    "GetAttestationForAppKey": {"algorithm": "ed25519"},
    "RawQuote": {"report_data": "00" * 64},
}


@pytest.mark.parametrize("service, method", CALLS)
def test_the_answers_have_these_members(booted_agent, service, method):
    told = SERVICES[service][method][1]
    if told is None:
        return
    response = post(booted_agent, service, method, NEEDED.get(method, {}))
    assert response.status == 200, response.body
    assert list(response.json()) == list(messages._TABLE[told])


@pytest.mark.parametrize("service, method", CALLS)
def test_the_requests_have_these_fields(booted_agent, service, method):
    """A known field refuses an object; an unknown or retired one accepts anything."""
    asked = SERVICES[service][method][0]
    known = messages._TABLE[asked] if asked else {}
    for name in known:
        assert post(booted_agent, service, method, {name: {}}).status == 400, name
    others = {name: {} for each in messages._TABLE.values() for name in each if name not in known}
    if method != "EmitEvent":
        assert post(booted_agent, service, method, NEEDED.get(method, {}) | others | {"include_ccel": {}}).status == 200


@pytest.mark.parametrize("service, method", CALLS)
def test_the_tags_of_the_requests(booted_agent, service, method):
    """A known tag refuses another wire type; an unknown or retired one is skipped."""
    asked = SERVICES[service][method][0]
    fields = messages._TABLE[asked] if asked else {}
    known = {tag for tag, *_ in fields.values()}
    where, path = address(booted_agent, service), "/" + PATHS[service] + method
    for tag in range(1, 16):
        # a number of 32 bits, which no field is
        status = wire.exchange(where, wire.request("POST", path, bytes([tag << 3 | 5, 0, 0, 0, 0]))).status
        if tag in known:
            assert status == 400, tag
        elif method not in NEEDED and method != "EmitEvent":
            assert status == 200, tag
