"""Bodies above 32 KiB: the same answers as for small ones, made in a child with bounded memory."""

import contextlib
import hashlib
import json
import pathlib
import resource
import threading

import pytest

import oracle
import outward
import wire
from api import Api, error_text
from fake_engine import FakeEngine

LARGE = 32 * 1024 + 1
WHOLE = 1024 * 1024
V0, V1, TAPPD = "dstack.sock", "dstack.sock", "tappd.sock"

# Calls, some of them refused, whose answers are the same each time. They need no TDX.
CALLS = [
    (V0, "GetKey", {"path": "a/b", "purpose": "x", "algorithm": "ed25519"}),
    (V0, "GetKey", {"path": "é\n", "purpose": ""}),
    (V0, "GetKey", {"path": "a", "algorithm": "rsa"}),
    (V0, "GetKey", {"path": 7}),
    (V0, "Sign", {"algorithm": "secp256k1", "data": "00ff"}),
    (V0, "Sign", {"algorithm": "ed25519", "data": "0x616263"}),
    (V0, "Sign", {"algorithm": "secp256k1_prehashed", "data": "00"}),
    (V0, "Sign", {"algorithm": "ed25519", "data": "zz"}),
    (V0, "Verify", {"algorithm": "ed25519", "data": "00", "signature": "00" * 64, "public_key": "00" * 32}),
    (V0, "Verify", {"algorithm": "ed25519", "data": "00", "signature": "00", "public_key": "00" * 32}),
    (V0, "EmitEvent", {"event": "a", "payload": "00"}),
    (V0, "EmitEvent", {"event": "", "payload": "00"}),
    (V0, "EmitEvent", {"event": "a" * 129, "payload": "0"}),
    (V0, "EmitEvent", {"event": "a" * 129}),
    (V0, "GetQuote", {"report_data": "00"}),
    (V0, "Attest", {"report_data": "00" * 65}),
    (V0, "GetTlsKey", {"subject": "a\0"}),
    (V0, "GetTlsKey", {"alt_names": ["a", ""]}),
    (V0, "GetTlsKey", {"alt_names": ["a"] * 257}),
    (V0, "GetTlsKey", {"not_before": 5, "not_after": 4}),
    (V0, "GetTlsKey", {"subject": "x", "usage_ra_tls": True}),
    (V0, "Version", {"path": 7}),
    (V0, "Nothing", {}),
    (V1, "v1/GetKey", {"domain": "a", "algorithm": "secp256k1"}),
    (V1, "v1/GetKey", {"domain": "a", "algorithm": "rsa"}),
    (V1, "v1/GetKey", {"domain": "a"}),
    (V1, "v1/Attest", {"report_data": "00", "include_boottime_gpu_evidence": True}),
    (V1, "v1/IssueCert", {"subject": "a" * 65}),
    (V1, "v1/AttestGpu", {"nonce": "00" * 31}),
    (V1, "v1/AttestGpu", {"nonce": "00" * 32}),
    (TAPPD, "prpc/DeriveK256Key", {"path": "a", "purpose": "x"}),
    (TAPPD, "prpc/DeriveKey", {"path": "a", "subject": "\x1f"}),
    (TAPPD, "prpc/TdxQuote", {"report_data": "00", "hash_algorithm": "md5"}),
    (TAPPD, "prpc/TdxQuote", {"report_data": "00", "hash_algorithm": "raw"}),
    (TAPPD, "prpc/TdxQuote", {"report_data": "00"}),
    (TAPPD, "prpc/RawQuote", {"report_data": "00"}),
]


def padded(fields: dict, size: int = LARGE) -> bytes:
    """The call padded with an unknown member."""
    text = json.dumps({**fields, "unknown": ""})
    return json.dumps({**fields, "unknown": "x" * (size - len(text))}).encode()


@pytest.mark.parametrize("socket, method, fields", CALLS, ids=lambda value: str(value)[:40])
def test_the_same_answer(agent, socket, method, fields):
    address = f"{agent.directory}/{socket}"
    small = wire.post_json(address, method, json.dumps(fields).encode())
    for body in (padded(fields), json.dumps(fields).encode() + b" " * LARGE, padded(fields, WHOLE)):
        assert wire.post_json(address, method, body) == small


@pytest.mark.parametrize("body", [
    b"{" * LARGE, b"[" + b" " * LARGE + b"]", b'{"path":"' + b"a" * LARGE, b'{"path":"' + b"\\ud800" * 20000 + b'"}',
    b'{"path":"' + b"\xff" * LARGE + b'"}', b'{"a":0,' * 20000, b"\0" * WHOLE])
def test_malformed(api, body):
    response = wire.post_json(api.address, "GetKey", body)
    assert response.status == 400 and error_text(response.json())
    binary = wire.exchange(api.address, wire.request("POST", "/GetKey", body))
    assert binary.status == 400 and binary.header("Content-Type") == "application/octet-stream"


@pytest.mark.parametrize("algorithm", ["secp256k1", "ed25519"])
def test_signatures_over_much_data(api, algorithm):
    data = bytes(range(256)) * 2000
    answer = api.ok("Sign", algorithm=algorithm, data=data.hex())
    assert answer == oracle.sign(api.agent.app_keys, algorithm, data)
    fields = {"algorithm": algorithm, "signature": answer["signature"][:128], "public_key": answer["public_key"]}
    half = data[:240_000]
    signed = api.ok("Sign", algorithm=algorithm, data=half.hex())["signature"]
    assert api.ok("Verify", **{**fields, "signature": signed, "data": half.hex()}) == {"valid": True}
    assert api.ok("Verify", **{**fields, "signature": signed, "data": half[:-1].hex()}) == {"valid": False}


def test_bounds_of_names(agent):
    tappd = Api(agent)
    tappd.address = f"{agent.directory}/tappd.sock"
    assert "key" in tappd.ok("prpc/DeriveKey", path="a" * 64 * 1024)
    assert tappd.refused("prpc/DeriveKey", path="a" * (64 * 1024 + 1)) == "the path is longer than 64 KiB"
    assert tappd.refused("prpc/TdxQuote", status=500, prefix="a" * 4096)
    assert tappd.refused("prpc/TdxQuote", prefix="a" * 4097) == "the prefix is longer than 4 KiB"


def test_the_largest_key_names(api):
    """A path of 170,000 bytes, 1 MiB if escaped, gives the same key in either form; one byte less gives another."""
    plain = "p" * 170_000
    escaped = b'{"path":"' + b"\\u0070" * 170_000 + b'"}'
    key = api.ok("GetKey", path=plain)
    assert wire.post_json(api.address, "GetKey", escaped).json() == key
    assert api.ok("GetKey", path=plain[:-1]) != key


def test_evidence(tdx_agent):
    """Calls that do more than derive: quotes, events, certificates."""
    api = Api(tdx_agent)
    assert api.ok("EmitEvent", event="large", payload="61" * 64 * 1024) is None
    assert "64 KiB" in api.refused("EmitEvent", event="large", payload="61" * (64 * 1024 + 1))
    quote = wire.post_json(api.address, "GetQuote", padded({"report_data": "ab" * 64})).json()
    assert quote["report_data"] == "ab" * 64 and "ab" * 64 in quote["quote"]
    api.address = f"{tdx_agent.directory}/tappd.sock"
    data = b"z" * 500_000
    answer = api.ok("prpc/TdxQuote", report_data=data.hex(), hash_algorithm="sha3-512", prefix="p")
    assert hashlib.sha3_512(b"p:" + data).hexdigest() in answer["quote"]
    assert (answer["hash_algorithm"], answer["prefix"]) == ("sha3-512", "p")


@contextlib.contextmanager
def short_of_memory(pid: int, more: int):
    """Lets a process have this many more bytes of memory."""
    size = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (size + more, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def test_out_of_memory(new_agent):
    """An agent that runs out of memory refuses large bodies, and goes on."""
    agent = new_agent().start()
    api = Api(agent)
    first = api.ok("GetKey", path="a")
    with short_of_memory(agent.pid, 256 * 1024):
        for body in (padded({"path": "a"}, WHOLE), padded({"path": "a"}, 200_000)):
            response = wire.exchange(api.address, wire.request("POST", "/GetKey", body, wire.JSON_HEADER))
            assert response.status == 503 and response.header("Retry-After") == "1"
        chunked = b"POST /GetKey HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n"
        assert wire.exchange(api.address, chunked).status == 503
        assert api.ok("GetKey", path="a") == first
    assert wire.post_json(api.address, "GetKey", padded({"path": "a"}, WHOLE)).json() == first


def test_out_of_memory_for_the_log(simulator, tdx_agent):
    """A long line is read when there is memory for it, and nothing else suffers."""
    api = Api(tdx_agent)
    first = api.ok("GetKey", path="a")
    with short_of_memory(tdx_agent.pid, 256 * 1024):
        simulator.emit(("large", b"\xcd" * 65536))
        for method in ("Info", "GetQuote", "EmitEvent"):
            response = wire.post_json(api.address, method, b'{"report_data":"00","event":"a"}')
            assert (response.status, response.json()) == (503, {"error": "out of memory for something large"})
        assert api.ok("GetKey", path="a") == first
    assert api.ok("EmitEvent", event="a") is None
    assert [event[0] for event in simulator.events] == ["large", "a"]
    assert json.loads(api.ok("Info")["tcb_info"])["rtmr3"] == simulator.register(3).hex() == simulator.replayed.hex()


def test_out_of_memory_for_pages(new_agent):
    """A page either has the memory that it may need or is refused; the front goes on."""
    agent = outward.configure(new_agent(prefix=["prlimit", f"--as={8 << 20}"])).start()
    agent.wait_until(lambda: outward.ask(agent, "GET", "/prpc/Version").status == 200, "the front")
    for _ in range(3):
        response = outward.ask(agent, "GET", "/")
        assert (response.status, response.json()) == (503, {"error": "out of memory for something large"})
        assert outward.ask(agent, "GET", "/prpc/Version").status == 200
    # it may not raise its own limit
    agent.expected = [line for line in agent.surprises if line.endswith("memory is not limited: not permitted")]


def test_out_of_memory_for_the_engine(new_agent, tmp_path):
    """Half a megabyte of containers without names would take much memory, and is not read; a list of one is."""
    engine = FakeEngine(tmp_path / "engine")
    engine.containers = [{}] * 150_000
    agent = outward.configure(new_agent(prefix=["prlimit", f"--as={16 << 20}"]), engine.path).start()
    agent.wait_until(lambda: outward.ask(agent, "GET", "/prpc/Version").status == 200, "the front")
    assert b"The container engine does not answer." in outward.get(agent, "/").body
    engine.containers = []
    engine.add("web")
    agent.wait_until(lambda: b"<td>web</td>" in outward.get(agent, "/").body, "the container")
    agent.expected = [line for line in agent.surprises if line.endswith("memory is not limited: not permitted")]
    engine.end()


def test_many_at_once(new_agent):
    """All get their answer or 503, other callers are served, and memory stays within its bound."""
    agent = new_agent().start()
    api = Api(agent)
    worst = b'{"path":"a","purpose":"' + b"\\u0070" * 170_000 + b'"}'
    statuses, peaks = [], []

    def attack():
        for _ in range(6):
            statuses.append(wire.post_json(api.address, "GetKey", worst).status)

    threads = [threading.Thread(target=attack) for _ in range(8)]
    for thread in threads:
        thread.start()
    first = api.ok("GetKey", path="a")
    while any(thread.is_alive() for thread in threads):
        assert api.ok("GetKey", path="a") == first
        peaks.append(agent.resident)
    assert set(statuses) <= {200, 503} and 200 in statuses and len(statuses) == 48
    assert max(peaks) < 16 * 1024 * 1024
