"""Requests that no honest client sends, byte for byte: the status of each, and whether the connection is kept.

The expected statuses are those of RFC 9110 and 9112 where these leave no choice, and otherwise those of docs/spec/http.md: 405 for every
method but GET and POST, 400 for every target that is not a path or an absolute URL.
"""

import re

import pytest

import wire
from api import error_text

KEEP, CLOSE = "kept", "closed"
HOST = b"Host: a\r\n"
END = b"\r\n"
BODY = b"{}"
POST = b"POST /Version HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
GET = b"GET /Version HTTP/1.1\r\n"


def post(*fields: bytes, body: bytes = BODY) -> bytes:
    return POST + b"".join(field + b"\r\n" for field in fields) + END + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


def get(*fields: bytes) -> bytes:
    return GET + HOST + b"".join(field + b"\r\n" for field in fields) + END


def line(first: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([first, b"Host: a", *fields, b"", b""])


# name: (bytes, status, connection)
LENGTHS = {
    "two equal lengths": (post(b"Content-Length: 2", b"Content-Length: 2"), 200, KEEP),
    "two different lengths": (post(b"Content-Length: 2", b"Content-Length: 3"), 400, CLOSE),
    "two lengths, equal as numbers only": (post(b"Content-Length: 2", b"Content-Length: 02"), 400, CLOSE),
    "list of lengths": (post(b"Content-Length: 2, 3"), 400, CLOSE),
    "list of equal lengths": (post(b"Content-Length: 2, 2"), 400, CLOSE),
    "plus sign": (post(b"Content-Length: +2"), 400, CLOSE),
    "minus sign": (post(b"Content-Length: -1"), 400, CLOSE),
    "minus zero": (post(b"Content-Length: -0"), 400, CLOSE),
    "empty length": (post(b"Content-Length:"), 400, CLOSE),
    "blank length": (post(b"Content-Length:  "), 400, CLOSE),
    "hexadecimal": (post(b"Content-Length: 0x2"), 400, CLOSE),
    "fraction": (post(b"Content-Length: 2.0"), 400, CLOSE),
    "exponent": (post(b"Content-Length: 2e0"), 400, CLOSE),
    "space inside": (post(b"Content-Length: 2 2"), 400, CLOSE),
    "quoted": (post(b'Content-Length: "2"'), 400, CLOSE),
    "letters after": (post(b"Content-Length: 2a"), 400, CLOSE),
    "Arabic digits": (post("Content-Length: ٢".encode()), 400, CLOSE),
    "leading zeros": (post(b"Content-Length: 0002"), 200, KEEP),
    "white space around": (post(b"Content-Length: \t 2 \t"), 200, KEEP),
    "lower-case name": (post(b"content-length:2"), 200, KEEP),
    "zero": (post(b"Content-Length: 0", body=b""), 200, KEEP),
    "no length is no body": (post(body=b""), 200, KEEP),
    "malformed on a GET": (get(b"Content-Length: x"), 400, CLOSE),
    "one above the limit": (post(b"Content-Length: 1048577", body=b""), 413, CLOSE),
    "2^32": (post(b"Content-Length: 4294967296", body=b""), 413, CLOSE),
    "2^32 + 2": (post(b"Content-Length: 4294967298"), 413, CLOSE),
    "2^63": (post(b"Content-Length: 9223372036854775808", body=b""), 413, CLOSE),
    "2^64 - 1": (post(b"Content-Length: 18446744073709551615", body=b""), 413, CLOSE),
    "2^64": (post(b"Content-Length: 18446744073709551616", body=b""), 400, CLOSE),
    "2^64 + 2": (post(b"Content-Length: 18446744073709551618"), 400, CLOSE),
    "a thousand digits": (post(b"Content-Length: " + b"9" * 1000, body=b""), 400, CLOSE),
}
CODINGS = {
    "chunked": (chunked(b"2\r\n{}\r\n0\r\n\r\n"), 200, KEEP),
    "chunked, other case": (post(b"transfer-encoding:\tCHUNKED ", body=b"2\r\n{}\r\n0\r\n\r\n"), 200, KEEP),
    "chunked on a GET": (get(b"Transfer-Encoding: chunked") + b"0\r\n\r\n", 200, KEEP),
    "length, then chunked": (post(b"Content-Length: 2", b"Transfer-Encoding: chunked"), 400, CLOSE),
    "chunked, then length": (post(b"Transfer-Encoding: chunked", b"Content-Length: 2"), 400, CLOSE),
    "length and an unknown coding": (post(b"Content-Length: 2", b"Transfer-Encoding: x"), 400, CLOSE),
    "length and an empty coding": (post(b"Content-Length: 2", b"Transfer-Encoding:"), 400, CLOSE),
    "unknown coding": (post(b"Transfer-Encoding: xchunked"), 501, CLOSE),
    "identity": (post(b"Transfer-Encoding: identity"), 501, CLOSE),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked"), 501, CLOSE),
    "gzip and chunked in two fields": (post(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"), 501, CLOSE),
    "chunked, gzip": (post(b"Transfer-Encoding: chunked, gzip"), 400, CLOSE),
    "chunked twice": (post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400, CLOSE),
    "chunked twice in one field": (post(b"Transfer-Encoding: chunked, chunked"), 400, CLOSE),
    "chunked, then identity": (post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), 400, CLOSE),
    "empty coding": (post(b"Transfer-Encoding:"), 400, CLOSE),
    "empty coding in a list": (post(b"Transfer-Encoding: chunked,"), 400, CLOSE),
    "chunked with a parameter": (post(b"Transfer-Encoding: chunked;q=1"), 400, CLOSE),
    "quoted coding": (post(b'Transfer-Encoding: "chunked"'), 400, CLOSE),
    "coding with a vertical tab": (post(b"Content-Length: 2", b"Transfer-Encoding: \x0bchunked"), 400, CLOSE),
    "chunked in HTTP/1.0": (line(b"POST /Version HTTP/1.0", b"Transfer-Encoding: chunked"), 400, CLOSE),
}
# name: (the body in chunks, status)
CHUNKS = {
    "none": (b"0\r\n\r\n", 200),
    "each byte in a chunk of its own": (b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 200),
    "upper-case size and zeros in front": (b"00000000000000A\r\n{        }\r\n000\r\n\r\n", 200),
    "16 digits": (b"0000000000000002\r\n{}\r\n0\r\n\r\n", 400),
    "17 digits": (b"00000000000000002\r\n{}\r\n0\r\n\r\n", 400),
    "2^64 + 2": (b"10000000000000002\r\n{}\r\n0\r\n\r\n", 400),
    "no size": (b"\r\n{}\r\n0\r\n\r\n", 400),
    "plus sign": (b"+2\r\n{}\r\n0\r\n\r\n", 400),
    "minus sign": (b"-2\r\n{}\r\n0\r\n\r\n", 400),
    "minus zero": (b"2\r\n{}\r\n-0\r\n\r\n", 400),
    "0x": (b"0x2\r\n{}\r\n0\r\n\r\n", 400),
    "space before a size": (b" 2\r\n{}\r\n0\r\n\r\n", 400),
    "space behind a size": (b"2 \r\n{}\r\n0\r\n\r\n", 400),
    "space before an extension": (b"2 ;x\r\n{}\r\n0\r\n\r\n", 400),
    "underscore": (b"0_2\r\n{}\r\n0\r\n\r\n", 400),
    "Arabic digits": ("٢\r\n{}\r\n0\r\n\r\n".encode(), 400),
    "NUL in a size": (b"2\0\r\n{}\r\n0\r\n\r\n", 400),
    "size that lies": (b"1\r\n{}\r\n0\r\n\r\n", 400),
    "size that lies, larger": (b"3\r\n{}\r\n0\r\n\r\n", 400),
    "bare LF behind a size": (b"2\n{}\r\n0\r\n\r\n", 400),
    "bare LF behind a chunk": (b"2\r\n{}\n0\r\n\r\n", 400),
    "bare LF behind the last size": (b"2\r\n{}\r\n0\n\r\n", 400),
    "bare LF at the end": (b"2\r\n{}\r\n0\r\n\n", 400),
    "bare CR behind a size": (b"2\r{}\r\n0\r\n\r\n", 400),
    "CR CR LF": (b"2\r\r\n{}\r\n0\r\n\r\n", 400),
    "no line end behind a chunk": (b"2\r\n{}0\r\n\r\n", 400),
    "empty line behind a chunk": (b"2\r\n{}\r\n\r\n0\r\n\r\n", 400),
    "chunks behind the last one": (b"2\r\n{}\r\n0\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    "extension": (b'2;a=b ;c="d;e"\r\n{}\r\n0;x\r\n\r\n', 200),
    "extension with a bare LF": (b"2;a\n{}\r\n0\r\n\r\n", 400),
    "extension with a bare CR": (b"2;a\rb\r\n{}\r\n0\r\n\r\n", 400),
    "extension with NUL": (b"2;\0\r\n{}\r\n0\r\n\r\n", 400),
    "extensions at their limit": (b"2;" + b"x" * 4096 + b"\r\n{}\r\n0;" + b"y" * 4096 + b"\r\n\r\n", 200),
    "extensions above their limit": (b"2;" + b"x" * 4096 + b"\r\n{}\r\n0;" + b"y" * 4097, 431),
    "trailers": (b"2\r\n{}\r\n0\r\nContent-Length: 7\r\nX:\r\nTransfer-Encoding: y\r\n\r\n", 200),
    "trailers at their limit": (b"2\r\n{}\r\n0\r\nA:" + b"x" * 8190 + b"\r\n\r\n", 200),
    "trailers above their limit": (b"2\r\n{}\r\n0\r\nA:" + b"x" * 8191, 431),
    "trailer without a colon": (b"2\r\n{}\r\n0\r\nX\r\n\r\n", 400),
    "folded trailer": (b"2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n", 400),
    "space before a trailer's colon": (b"2\r\n{}\r\n0\r\nX : a\r\n\r\n", 400),
    "request for a trailer": (b"2\r\n{}\r\n0\r\nGET /GetKey HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "one above the limit": (b"100001\r\n", 413),
    "one above the limit with those before": (b"2\r\n{}\r\nfffff\r\n" + b" " * 0xfffff + b"\r\n", 413),
    "15 digits": (b"fffffffffffffff\r\n", 413),
}
FIELDS = {
    "bare LF after the request line": (b"GET /Version HTTP/1.1\nHost: a\r\n\r\n", 400, CLOSE),
    "bare LF after a field": (GET + b"Host: a\nX: b\r\n\r\n", 400, CLOSE),
    "bare LF everywhere": (b"GET /Version HTTP/1.1\nHost: a\n\n", 400, CLOSE),
    "bare LF at the end": (GET + b"Host: a\r\n\n", 400, CLOSE),
    "bare CR in a value": (GET + b"Host: a\r\nX: a\rb\r\n\r\n", 400, CLOSE),
    "CR CR LF": (GET + b"Host: a\r\r\n\r\n", 400, CLOSE),
    "continuation line with a space": (get(b"X: a\r\n b"), 400, CLOSE),
    "continuation line with a tab": (get(b"X: a\r\n\tb"), 400, CLOSE),
    "continuation line first": (GET + b" Host: a\r\n\r\n", 400, CLOSE),
    "white space before the first field": (GET + b"\tX: a\r\n" + HOST + END, 400, CLOSE),
    "space before the colon": (get(b"X : a"), 400, CLOSE),
    "tab before the colon": (get(b"X\t: a"), 400, CLOSE),
    "space before the colon of a length": (post(b"Content-Length : 2"), 400, CLOSE),
    "space inside a name": (get(b"X Y: a"), 400, CLOSE),
    "no colon": (get(b"X"), 400, CLOSE),
    "empty name": (get(b": a"), 400, CLOSE),
    "empty value": (get(b"X:"), 200, KEEP),
    "NUL in a value": (get(b"X: a\0b"), 400, CLOSE),
    "NUL in a name": (get(b"X\0: a"), 400, CLOSE),
    "control character in a value": (get(b"X: a\x01b"), 400, CLOSE),
    "DEL in a value": (get(b"X: a\x7fb"), 400, CLOSE),
    "tab in a value": (get(b"X: a\tb"), 200, KEEP),
    "bytes above ASCII in a value": (get(b"X: \xe9\xff"), 200, KEEP),
    "bytes above ASCII in a name": (get("é: a".encode()), 400, CLOSE),
    "parenthesis in a name": (get(b"X(: a"), 400, CLOSE),
    "every character a name may have": (get(b"!#$%&'*+-.^_`|~09azAZ: a"), 200, KEEP),
    "many fields": (get(*[b"X-%d: a" % number for number in range(400)]), 200, KEEP),
    "no host": (GET + END, 400, CLOSE),
    "no host, other field": (GET + b"X: a\r\n\r\n", 400, CLOSE),
    "two hosts": (GET + HOST + b"Host: b\r\n\r\n", 400, CLOSE),
    "two equal hosts": (GET + HOST + HOST + END, 400, CLOSE),
    "two hosts, other case": (GET + HOST + b"hOST: a\r\n\r\n", 400, CLOSE),
    "empty host": (GET + b"Host:\r\n\r\n", 200, KEEP),
    "host with a port": (GET + b"Host: localhost:8090\r\n\r\n", 200, KEEP),
    "content type twice, same": (POST + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 200, KEEP),
}
LINES = {
    "absolute form": (line(b"GET http://unix.socket/Version HTTP/1.1"), 200, KEEP),
    "absolute form, other case and a port": (line(b"GET HTTP://a:80/Version HTTP/1.1"), 200, KEEP),
    "absolute form without a host": (b"GET http://a/Version HTTP/1.1\r\n\r\n", 400, CLOSE),
    "absolute form with a query": (line(b"GET http://a/GetKey?path=a/b HTTP/1.1"), 200, KEEP),
    "absolute form without a path": (line(b"GET http://a HTTP/1.1"), 400, CLOSE),
    "other scheme": (line(b"GET ftp://a/Version HTTP/1.1"), 400, CLOSE),
    "authority form": (line(b"CONNECT a:80 HTTP/1.1"), 400, CLOSE),
    "asterisk form": (line(b"OPTIONS * HTTP/1.1"), 400, CLOSE),
    "no slash": (line(b"GET Version HTTP/1.1"), 400, CLOSE),
    "empty target": (line(b"GET  HTTP/1.1"), 400, CLOSE),
    "two spaces after the method": (line(b"GET  /Version HTTP/1.1"), 400, CLOSE),
    "two spaces before the version": (line(b"GET /Version  HTTP/1.1"), 400, CLOSE),
    "tab for a space": (line(b"GET\t/Version HTTP/1.1"), 400, CLOSE),
    "space in the target": (line(b"GET /Ver sion HTTP/1.1"), 400, CLOSE),
    "space first": (line(b" GET /Version HTTP/1.1"), 400, CLOSE),
    "space last": (line(b"GET /Version HTTP/1.1 "), 400, CLOSE),
    "NUL in the target": (line(b"GET /Version\0 HTTP/1.1"), 400, CLOSE),
    "control character in the target": (line(b"GET /GetKey?path=a\x01 HTTP/1.1"), 400, CLOSE),
    "bytes above ASCII in the target": (line("GET /GetKey?path=é HTTP/1.1".encode()), 200, KEEP),
    "fragment": (line(b"GET /Version#x HTTP/1.1"), 400, CLOSE),
    "no version": (b"GET /Version\r\n\r\n", 400, CLOSE),
    "HTTP/0.9": (line(b"GET /Version HTTP/0.9"), 505, CLOSE),
    "HTTP/2.0": (line(b"GET /Version HTTP/2.0"), 505, CLOSE),
    "HTTP/3.0": (line(b"GET /Version HTTP/3.0"), 505, CLOSE),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, CLOSE),
    "higher minor version": (line(b"GET /Version HTTP/1.9"), 200, KEEP),
    "HTTP/1.10": (line(b"GET /Version HTTP/1.10"), 400, CLOSE),
    "HTTP/1": (line(b"GET /Version HTTP/1"), 400, CLOSE),
    "HTTP/1.x": (line(b"GET /Version HTTP/1.x"), 400, CLOSE),
    "lower-case version": (line(b"GET /Version http/1.1"), 400, CLOSE),
    "other protocol": (line(b"GET /Version HTCPCP/1.1"), 400, CLOSE),
    "CRLF before the request line": (b"\r\n" + get(), 200, KEEP),
    "TLS client hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x01" * 32 + b"\r\n\r\n", 400, CLOSE),
    "nothing but NUL": (bytes(100) + b"\r\n\r\n", 400, CLOSE),
}
METHODS = {
    method: (line(method.encode() + b" /Version HTTP/1.1", b"Content-Length: 0"), 405, KEEP)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "FOO", "post", "get", "Post", "GETT", "G")
}
METHODS["with characters no method has"] = (line(b"GE(T /Version HTTP/1.1"), 400, CLOSE)
CONNECTIONS = {
    "HTTP/1.0": (line(b"GET /Version HTTP/1.0"), 200, CLOSE),
    "HTTP/1.0 without a host": (b"GET /Version HTTP/1.0\r\n\r\n", 200, CLOSE),
    "HTTP/1.0, two hosts": (line(b"GET /Version HTTP/1.0", b"Host: b"), 400, CLOSE),
    "HTTP/1.0, keep-alive": (line(b"GET /Version HTTP/1.0", b"Connection: keep-alive"), 200, KEEP),
    "close": (get(b"Connection: close"), 200, CLOSE),
    "close, other case": (get(b"connection: CLOSE"), 200, CLOSE),
    "close in a list": (get(b"Connection: foo, close"), 200, CLOSE),
    "close in a second field": (get(b"Connection: foo", b"Connection: close"), 200, CLOSE),
    "close and keep-alive": (get(b"Connection: keep-alive, close"), 200, CLOSE),
    "keep-alive": (get(b"Connection: keep-alive"), 200, KEEP),
    "an option that only begins with close": (get(b"Connection: closed"), 200, KEEP),
    "upgrade": (get(b"Connection: Upgrade", b"Upgrade: h2c"), 200, KEEP),
    "websocket": (get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"), 200, KEEP),
}
EXPECTATIONS = {
    "unknown expectation": (post(b"Expect: x", b"Content-Length: 2"), 417, CLOSE),
    "above the limit": (post(b"Expect: 100-continue", b"Content-Length: 1048577", body=b""), 413, CLOSE),
    "with two lengths": (post(b"Expect: 100-continue", b"Content-Length: 2", b"Content-Length: 3", body=b""), 400, CLOSE),
    "on a GET": (get(b"Expect: 100-continue"), 200, KEEP),
}
PATHS = {
    "encoded letter": (line(b"GET /%56ersion HTTP/1.1"), 200, KEEP),
    "encoded slash": (line(b"GET /x%2fVersion HTTP/1.1"), 404, KEEP),
    "encoded NUL": (line(b"GET /Version%00 HTTP/1.1"), 400, CLOSE),
    "encoding cut short": (line(b"GET /Version%5 HTTP/1.1"), 400, CLOSE),
    "empty query": (line(b"GET /Version? HTTP/1.1"), 200, KEEP),
    "encoded newline after": (line(b"GET /Version%0a HTTP/1.1"), 404, KEEP),
    "two question marks": (line(b"GET /GetKey?path=a?b HTTP/1.1"), 200, KEEP),
}
CHUNKED = {name: (chunked(body), status, KEEP if status == 200 else CLOSE) for name, (body, status) in CHUNKS.items()}
ROWS = {
    f"{title}: {name}": row
    for title, table in (
        ("length", LENGTHS), ("coding", CODINGS), ("chunks", CHUNKED), ("field", FIELDS), ("line", LINES), ("method", METHODS),
        ("connection", CONNECTIONS), ("expect", EXPECTATIONS), ("path", PATHS))
    for name, row in table.items()
}


@pytest.mark.parametrize("name", ROWS)
def test_row(agent, name):
    data, status, connection = ROWS[name]
    with wire.Wire(agent.socket) as client:
        client.send(data)
        response = client.response()
        assert response.status == status, response
        if response.status >= 400:
            error_text(response.json())
            assert response.body.isascii()
        if response.status == 405:
            assert {method.strip() for method in response.header("Allow").split(",")} == {"GET", "POST"}
        closes = (response.header("Connection") or "").lower() == "close"
        if connection == KEEP:
            assert not closes and client.kept()
        else:
            assert client.ended(), "the connection is still open"
            assert closes or data.split(b"\r\n")[0].endswith(b"HTTP/1.0")


@pytest.mark.parametrize("name", [name for name in LENGTHS if LENGTHS[name][1] == 400])
def test_the_error_of_a_malformed_length(agent, name):
    response = wire.exchange(agent.socket, LENGTHS[name][0])
    assert "invalid content length" in error_text(response.json())


def test_head_has_no_body(agent):
    """Its answer has no body, whatever its Content-Length says, or the next answer is misread."""
    with wire.Wire(agent.socket) as client:
        client.send(b"HEAD /Version HTTP/1.1\r\nHost: a\r\n\r\n")
        response = client.response(head_only=True)
        assert response.status == 405
        if (response.header("Connection") or "").lower() == "close":
            assert client.ended()
        else:
            assert client.kept()


def test_a_smuggled_request_is_not_served(agent):
    """What follows a refused request is not read as the next one."""
    with wire.Wire(agent.socket) as client:
        client.send(post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n") + get())
        assert client.response().status == 400
        assert client.ended()


def test_headers_of_every_answer(agent):
    for data in (get(), post(b"Content-Length: 2"), line(b"GET /NoSuch HTTP/1.1"), line(b"GET /GetKey?algorithm=x HTTP/1.1")):
        response = wire.exchange(agent.socket, data)
        assert re.fullmatch("[0-9]+", response.header("Content-Length"))
        assert response.header("Content-Type") == "application/json"
        assert response.header("Transfer-Encoding") is None
        assert response.body.isascii()
