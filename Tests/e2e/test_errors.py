"""The contract of errors: the status, the form, the size, and never an echo of the input."""

import json

import pytest

import wire
from api import error_text
from messages import MESSAGES

CANARY = "CaNaRy7f3a9"
OCTETS = ("Content-Type: application/octet-stream",)


def json_body(**fields) -> bytes:
    return json.dumps(fields).encode()


def echoes(response: wire.Response) -> bool:
    return CANARY.encode().lower() in response.raw.lower() or CANARY.encode().hex().encode() in response.raw.lower()


LONG = CANARY * 500
JSON_BODIES = {
    "algorithm of GetKey": ("GetKey", json_body(algorithm=CANARY)),
    "long algorithm": ("GetKey", json_body(algorithm=LONG)),
    "algorithm of Sign": ("Sign", json_body(algorithm=CANARY, data="00")),
    "algorithm of Verify": ("Verify", json_body(algorithm=CANARY)),
    "hex": ("Sign", json_body(algorithm="ed25519", data=CANARY)),
    "long hex": ("Sign", json_body(algorithm="ed25519", data=LONG)),
    "digest": ("Sign", json_body(algorithm="secp256k1_prehashed", data=CANARY.encode().hex())),
    "signature": ("Verify", json_body(algorithm="ed25519", signature=CANARY.encode().hex())),
    "key": ("Verify", json_body(algorithm="secp256k1", signature="11" * 64, public_key=CANARY.encode().hex())),
    "subject": ("GetTlsKey", json_body(subject=LONG)),
    "name": ("GetTlsKey", json_body(alt_names=[CANARY + "é"])),
    "date": ("GetTlsKey", json_body(not_before=CANARY)),
    "boolean": ("GetTlsKey", json_body(usage_server_auth=CANARY)),
    "field given twice": ("GetKey", f'{{"path":"{CANARY}","path":"{CANARY}"}}'.encode()),
    "bare word": ("GetKey", CANARY.encode()),
    "word for a value": ("GetKey", f'{{"path":{CANARY}}}'.encode()),
    "name of an unknown field, then garbage": ("GetKey", f'{{"{CANARY}":}}'.encode()),
    "escape": ("GetKey", f'{{"path":"\\{CANARY}"}}'.encode()),
    "trailing garbage": ("GetKey", f'{{}}{CANARY}'.encode()),
    "string that does not end": ("GetKey", f'{{"path":"{CANARY}'.encode()),
    "list": ("GetKey", json.dumps([CANARY]).encode()),
}


@pytest.mark.parametrize("name", JSON_BODIES)
def test_json(agent, name):
    method, body = JSON_BODIES[name]
    response = wire.post_json(agent.socket, method, body)
    assert response.status == 400
    error_text(response.json())
    assert response.body.isascii() and not echoes(response)


QUERIES = {
    "algorithm": f"GetKey?algorithm={CANARY}",
    "invalid percent sign": f"GetKey?path=%{CANARY}",
    "not UTF-8": f"GetKey?path={CANARY}%ff",
    "hex": f"Sign?algorithm=ed25519&data={CANARY}",
    "boolean": f"GetTlsKey?usage_server_auth={CANARY}",
    "date": f"GetTlsKey?not_after={CANARY}",
    "field given twice": f"GetKey?path={CANARY}&path={CANARY}",
    "long": f"GetKey?algorithm={CANARY * 500}",
}


@pytest.mark.parametrize("name", QUERIES)
def test_query(agent, name):
    response = wire.get(agent.socket, "/" + QUERIES[name])
    assert response.status == 400
    error_text(response.json())
    assert not echoes(response)


PROTOBUF_BODIES = {
    "algorithm": ("GetKey", MESSAGES["GetKeyArgs"](algorithm=CANARY).SerializeToString()),
    "digest": ("Sign", MESSAGES["SignRequest"](algorithm="secp256k1_prehashed", data=CANARY.encode()).SerializeToString()),
    "string that is not UTF-8": ("GetKey", b"\x0a\x0c\xff" + CANARY.encode()),
    "no protobuf": ("GetKey", b"\xff" + CANARY.encode()),
}


@pytest.mark.parametrize("name", PROTOBUF_BODIES)
def test_protobuf(agent, name):
    method, body = PROTOBUF_BODIES[name]
    response = wire.exchange(agent.socket, wire.request("POST", "/" + method, body, OCTETS))
    assert response.status == 400
    text = MESSAGES["Error"].FromString(response.body).text
    assert text and len(text.encode()) <= 256 and not echoes(response)


REQUESTS = {
    "method": f"{CANARY} /Version HTTP/1.1\r\nHost: a\r\n\r\n",
    "version": f"GET /Version {CANARY}\r\nHost: a\r\n\r\n",
    "major version": f"GET /Version HTTP/9.9{CANARY}\r\nHost: a\r\n\r\n",
    "header name": f"GET /Version HTTP/1.1\r\nHost: a\r\n{CANARY} : b\r\n\r\n",
    "header value": f"GET /Version HTTP/1.1\r\nHost: a\r\nX: {CANARY}\0\r\n\r\n",
    "second host": f"GET /Version HTTP/1.1\r\nHost: a\r\nHost: {CANARY}\r\n\r\n",
    "length": f"POST /Version HTTP/1.1\r\nHost: a\r\nContent-Length: {CANARY}\r\n\r\n",
    "expectation": f"POST /Version HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\nExpect: {CANARY}\r\n\r\n",
    "long head": f"GET /Version HTTP/1.1\r\nHost: a\r\nX: {CANARY * 1000}\r\n\r\n",
    "long target": f"GET /{CANARY * 1000} HTTP/1.1\r\nHost: a\r\n\r\n",
    "whole request": CANARY * 1000,
}


@pytest.mark.parametrize("name", REQUESTS)
def test_http(agent, name):
    """A request that cannot be parsed has no form, so its error is JSON."""
    response = wire.exchange(agent.socket, REQUESTS[name].encode())
    assert response.status in (400, 405, 413, 414, 417, 431, 501, 505)
    error_text(response.json())
    assert not echoes(response)


@pytest.mark.parametrize("target", [
    "/", "/GetQuoteX", "/getkey", "/GETKEY", "/Tappd.GetKey", "/Worker.Version", "/GetKe", "/GetKeyy", "/..", "/index.html",
    "/favicon.ico", "/metrics", "//", "//GetKeyy", "/GetKeyy/", "/v1/", "//v2//", "/%2fGetKey", "/GetKey%2f",
    # where nothing is mounted
    "/GetKey/x", "/GetKey//x/", "/prpc/GetKey", "/../GetKey", "/./GetKey", "/x/../GetKey", "/logs/x",
])
def test_unknown_paths(agent, target):
    is_mounted = len([segment for segment in target.split("/") if segment]) < 2
    for data in (wire.request("GET", target), wire.request("POST", target, b"{}", wire.JSON_HEADER)):
        response = wire.exchange(agent.socket, data)
        assert response.status == 404
        assert ("Service not found" in error_text(response.json())) == is_mounted


@pytest.mark.parametrize("target", ["//Version", "/Version/", "///Version//", "/v0//Version", "//v1/Version/", "http://x//Version/"])
def test_empty_segments(agent, target):
    """Base URLs with a slash at their end make such paths."""
    for data in (wire.request("GET", target), wire.request("POST", target, b"{}", wire.JSON_HEADER)):
        assert wire.exchange(agent.socket, data).json() == wire.get(agent.socket, "/Version").json()


@pytest.mark.parametrize("target", [
    "/<script>alert(1)</script>", "/%3Cscript%3E", "/%00", "/%ff", "/%0d%0aX-Injected:1", "/a\"b", "/" + "A" * 7000,
    "/GetKey%00"])
def test_hostile_paths_are_not_echoed(agent, target):
    response = wire.get(agent.socket, target)
    assert response.status in (400, 404)
    text = error_text(response.json())
    assert response.header("X-Injected") is None
    assert not set("<>\"'&\0\r\n%") & set(text)
    assert "A" * 100 not in text


def test_an_error_leaves_the_connection_usable(agent):
    """A call that fails is an answer like any other."""
    with wire.Wire(agent.socket) as connection:
        for status, data in (
            (400, wire.request("GET", "/GetKey?algorithm=rsa")),
            (404, wire.request("GET", "/NoSuchMethod")),
            (400, wire.request("POST", "/GetKey", b"{", wire.JSON_HEADER)),
            (200, wire.request("GET", "/Version")),
        ):
            connection.send(data)
            assert connection.response().status == status
