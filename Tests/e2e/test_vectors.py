"""The vectors of the self-check (Tests/selfcheck), through the sockets and commands of the release binary."""

import base64
import json
import pathlib
from typing import NamedTuple, Optional

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import attestations
import boot
import make_vectors
import wire
from agent_process import DATA, run
from api import Api

FILE = pathlib.Path(make_vectors.__file__).with_name("vectors.txt")


class Vector(NamedTuple):
    line: str
    inputs: list
    # None if the inputs must be refused
    outputs: Optional[list]


def fields(text: str) -> list:
    found = []
    while text:
        if text.startswith("'"):
            value, _, text = (text[1:] + " ").partition("' ")
            found.append(value.encode())
            text = text.removesuffix(" ")
        else:
            word, _, text = text.partition(" ")
            found.append(b"" if word == "-" else bytes.fromhex(word))
    return found


def vectors(operation: str) -> list:
    found = []
    for line in FILE.read_text().splitlines():
        if line.startswith(operation + " "):
            inputs, _, outputs = line.removeprefix(operation + " ").rpartition("= " if line.endswith("= refused") else " = ")
            found.append(Vector(line, fields(inputs.rstrip(" ")), None if outputs == "refused" else fields(outputs)))
    assert found, f"no vectors of {operation}"
    return found


def hexed(*values: bytes) -> list:
    return [value.hex() for value in values]


def test_the_file_is_what_the_script_makes():
    assert FILE.read_text() == make_vectors.text()


@pytest.fixture
def known(new_agent, tmp_path):
    """An agent with the keys of the vectors."""
    path = tmp_path / "appkeys.json"
    path.write_text(json.dumps(json.loads((DATA / "appkeys-none.json").read_text()) | make_vectors.APP))
    return Api(new_agent(keys=path).start())


def tappd(api: Api, method: str, **arguments):
    body = json.dumps(arguments).encode()
    response = wire.post_json(f"{api.agent.directory}/tappd.sock", f"prpc/Tappd.{method}", body)
    return response.status, response.json()


@pytest.mark.smoke
def test_keys(known):
    for line, (app, root, *names), outputs in vectors("get-key"):
        assert hexed(app, root) == [make_vectors.APP["k256_key"], make_vectors.APP["k256_signature"]]
        path, purpose, algorithm = (name.decode() for name in names)
        arguments = {"path": path, "purpose": purpose, "algorithm": algorithm}
        status, answer = known.call("GetKey", **arguments)
        older_status, older = tappd(known, "DeriveK256Key", **arguments)
        if outputs is None:
            assert (status, older_status) == (400, 400), line
        else:
            key, *chain = hexed(*outputs)
            assert answer == {"key": key, "signature_chain": chain}, line
            assert older == {"k256_key": key, "k256_signature_chain": chain}, line


@pytest.mark.smoke
def test_signatures(known):
    for line, (_, _, algorithm, data), outputs in vectors("sign"):
        status, answer = known.call("Sign", algorithm=algorithm.decode(), data=data.hex())
        if outputs is None:
            assert status == 400, line
        else:
            public, signature, *chain = hexed(*outputs)
            assert answer == {"signature": signature, "signature_chain": [signature, *chain], "public_key": public}, line
    for line, (algorithm, data, signature, public), outputs in vectors("verify") + [
            checked for curve in ("secp256k1", "ed25519") for checked in verified(curve)]:
        status, answer = known.call(
            "Verify", algorithm=algorithm.decode(), data=data.hex(), signature=signature.hex(), public_key=public.hex())
        assert (status, answer if status == 200 else None) == (
            (400, None) if outputs is None else (200, {"valid": outputs == [b"\1"]})), line


def verified(curve: str):
    """The vectors of a curve's own verification, as vectors of Verify."""
    algorithm = b"secp256k1_prehashed" if curve == "secp256k1" else b"ed25519"
    for line, (public, data, signature), outputs in vectors(f"{curve}-verify"):
        yield Vector(line, [algorithm, data, signature, public], outputs)


@pytest.mark.smoke
def test_derived_keys(known):
    for line, (_, path), (spki, pem) in vectors("derive-key"):
        _, answer = tappd(known, "DeriveKey", path=path.decode(), subject="x")
        assert answer["key"].encode() == pem, line
        leaf, root = (x509.load_pem_x509_certificate(each.encode()) for each in answer["certificate_chain"])
        leaf.verify_directly_issued_by(root)
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        assert leaf.public_key().public_bytes(*form) == spki, line


def leaf(api: Api, **arguments):
    """The DER of a new certificate; None if it is refused."""
    status, answer = api.call("GetTlsKey", **arguments)
    if status == 400:
        return None
    certificate = x509.load_pem_x509_certificate(answer["certificate_chain"][0].encode())
    return certificate.public_bytes(serialization.Encoding.DER)


def test_certificates(known):
    for line, (text,), outputs in vectors("certificate-time"):
        time = int(text)
        if time >= 0:
            der = leaf(known, subject="x", **({"not_before": 0, "not_after": time} if time else {"not_before": 0}))
            assert der is None if outputs is None else outputs[0] in der, line
    for line, (name,), outputs in vectors("certificate-name"):
        if name != b"\xff":  # JSON cannot express it
            der = leaf(known, subject=name.decode())
            assert der is None if outputs is None else outputs[0] in der, line


def test_json(known):
    for line, (text,), outputs in vectors("json"):
        if text:  # an empty body stands for no arguments
            is_object = outputs is not None and text.lstrip().startswith(b"{")
            assert wire.post_json(known.address, "GetKey", text).status == (200 if is_object else 400), line


def test_request_heads(known):
    for line, lines, outputs in vectors("request-head"):
        head = b"".join(each + b"\r\n" for each in [*lines, b""])
        body = b"" if outputs is None else bytes(int(outputs[2]))
        status = wire.exchange(known.address, head + body).status
        assert status in ((400, 413, 501, 505) if outputs is None else (200, 404)), line


def test_quotes(booted_api):
    """The digests are over TdxQuote's prefix, a colon and the data."""
    count = 0
    for line, (algorithm, data), outputs in vectors("digest"):
        prefix, colon, content = data.partition(b":")
        if not colon and outputs is not None:
            continue
        status, answer = tappd(
            booted_api, "TdxQuote", report_data=content.hex(), hash_algorithm=algorithm.decode(), prefix=prefix.decode())
        if outputs is None:
            assert status == 400, line
        else:
            assert attestations.report(bytes.fromhex(answer["quote"])).report_data == outputs[0].ljust(64, b"\0"), line
            count += 1
    assert count > 40


@pytest.mark.parametrize("version", [1, 2])
def test_events(simulator, new_agent, version):
    simulator.choose(version)
    api = boot.start(new_agent(prefix=simulator.prefix))
    emitted = []
    for line, (number, name, payload), outputs in vectors("event"):
        if int(number) == version:
            status, _ = api.call("EmitEvent", event=name.decode(), payload=payload.hex())
            is_allowed = name not in (b"", b"app-id", b"system-ready") and min(name) >= 0x20 and 0x7f not in name
            assert status == (200 if is_allowed else 400), line
            if is_allowed:
                emitted.append((name.decode(), outputs))
    log = attestations.json_log(api.ok("GetQuote", report_data="")["event_log"])
    assert len(emitted) >= 1
    assert [(event.event, event.digest) for event in log if event.imr == 3] == [(name, outputs[1]) for name, outputs in emitted]
    assert (simulator.log / "runtime_events.log").read_bytes().splitlines() == [outputs[2] for _, outputs in emitted]
    assert simulator.register(3) == attestations.replay(log, 3)


def test_firmware_events(new_simulator, new_agent, tmp_path):
    rtmr3 = (3).to_bytes(4, "little")
    for line, (area,), outputs in vectors("ccel"):
        if outputs is not None and rtmr3 not in outputs[::5]:
            path = tmp_path / "ccel"
            path.write_bytes(area)
            api = boot.start(new_agent(prefix=new_simulator("--ccel", str(path)).prefix))
            found = []
            for event in json.loads(api.ok("GetQuote", report_data="")["event_log"]):
                found += [event["imr"].to_bytes(4, "little"), event["event_type"].to_bytes(4, "little"), bytes.fromhex(event["digest"]),
                          event["event"].encode(), bytes.fromhex(event["event_payload"])]
            assert found == outputs, line


def test_replay(tmp_path):
    path = tmp_path / "log"
    events = vectors("rtmr3")[0]
    lines = [json.dumps({"event": name.decode(), "payload": base64.b64encode(payload).decode(), "version": int(version)}).encode()
             for version, name, payload in zip(*[iter(events.inputs)] * 3)]
    report = json.dumps({"events": len(lines), "rtmr3": events.outputs[0].hex()}, separators=(",", ":")).encode()
    for line, lines, outputs in [*vectors("replay"), Vector(events.line, lines, [report])]:
        path.write_bytes(b"\n".join(lines) + b"\n")
        done = run("replay", path)
        assert (done.returncode, done.stdout.encode()) == ((1, b"") if outputs is None else (0, outputs[0] + b"\n")), line


def test_launches(tmp_path):
    for line, (compose, *rest), outputs in vectors("launch") + [each for each in vectors("app-compose") if each.outputs is None]:
        info, vm_config = rest or (b"{}", b"")
        (tmp_path / "app-compose.json").write_bytes(compose)
        (tmp_path / ".instance_info").write_bytes(info)
        (tmp_path / ".sys-config.json").write_text(json.dumps({"vm_config": vm_config.decode()}))
        done = run("boot", "--dry-run", "--host-shared", tmp_path)
        if outputs is None:
            assert done.returncode == 1 and "app-compose.json" in done.stderr, line
        else:
            assert (done.returncode, done.stdout.encode().splitlines()) == (0, outputs), line
