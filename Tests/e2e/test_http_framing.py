"""How bytes arrive and leave: pieces, pipelines, sizes at the limit, half-closes, and what real clients do."""

import json
import socket

import pytest

import oracle
import wire
from agent_process import free_port

HEAD_LIMIT = 8192
BODY_LIMIT = 1024 * 1024
VERSION = wire.request("GET", "/Version")


def get_key(path: str) -> bytes:
    return wire.request("POST", "/GetKey", json.dumps({"path": path}).encode(), wire.JSON_HEADER)


def head_of(size: int, target: str = "/Version") -> bytes:
    """A request whose head, with the empty line, has exactly `size` bytes."""
    empty = wire.request("GET", target, headers=["X: "])
    return wire.request("GET", target, headers=["X: " + "a" * (size - len(empty))])


def body_of(size: int) -> bytes:
    body = b'{"path":"padded"}'
    return body + b" " * (size - len(body))


@pytest.fixture
def client(agent):
    with wire.Wire(agent.socket) as client:
        yield client


@pytest.mark.smoke
def test_a_head_one_byte_at_a_time(client, agent):
    data = get_key("byte by byte")
    for position in range(len(data)):
        client.send(data[position:position + 1])
    assert client.response().json() == oracle.get_key(agent.app_keys, "byte by byte", "", "")
    assert client.kept()


@pytest.mark.parametrize("size", [2, 3, 7, 64])
def test_pieces_across_the_border_of_two_requests(client, agent, size):
    data = get_key("first") + get_key("second") + VERSION
    for position in range(0, len(data), size):
        client.send(data[position:position + size])
    for path in ("first", "second"):
        assert client.response().json() == oracle.get_key(agent.app_keys, path, "", "")
    assert client.response().status == 200


def test_heads_that_repeat(agent):
    """The same head with another body, and other heads between, on connections that take turns."""
    with wire.Wire(agent.socket) as one, wire.Wire(agent.socket) as other:
        for path in ("aa", "bb", "cc"):
            for client in (one, other):
                for _ in range(2):
                    client.send(get_key(path))
                    assert client.response().json() == oracle.get_key(agent.app_keys, path, "", "")
            other.send(VERSION)
            assert "version" in other.response().json()
            assert wire.exchange(agent.socket, b"\0" * len(VERSION)).status == 400


def test_head_and_body_in_two_reads(client, agent):
    """The Python SDK; the first answer of the second connection proves that the head was taken in alone."""
    head, body = wire.request("POST", "/GetKey", b'{"path":"two"}', wire.JSON_HEADER).split(b"{", 1)
    client.send(head)
    assert wire.exchange(agent.socket, VERSION).status == 200
    client.send(b"{" + body)
    assert client.response().json() == oracle.get_key(agent.app_keys, "two", "", "")


def test_a_body_in_pieces(client, agent):
    head, body = wire.request("POST", "/GetKey", body_of(200_000), wire.JSON_HEADER).split(b"\r\n\r\n", 1)
    client.send(head + b"\r\n\r\n")
    for position in range(0, len(body), 9_999):
        client.send(body[position:position + 9_999])
    assert client.response().json() == oracle.get_key(agent.app_keys, "padded", "", "")


@pytest.mark.smoke
def test_the_head_at_its_limit(client):
    client.send(head_of(HEAD_LIMIT))
    assert client.response().status == 200
    assert client.kept()


@pytest.mark.parametrize("ends", [True, False])
def test_the_head_one_above_its_limit(client, ends):
    """Also a head that does not end: the refusal must not wait for more."""
    head = head_of(HEAD_LIMIT + 1) if ends else head_of(HEAD_LIMIT + 500)[:HEAD_LIMIT + 1]
    client.send(head)
    assert client.response().status == 431
    assert client.ended()


def test_empty_lines_before_a_request(client):
    """RFC 9112, 2.2: they are ignored, in any number and pieces; test_deadlines shows that this has an end."""
    client.send(b"\r\n" * 3 + VERSION + b"\r\n" + VERSION)
    assert [client.response().status, client.response().status] == [200, 200]
    for piece in (b"\r", b"\n\r", b"\n" + b"\r\n" * HEAD_LIMIT, VERSION):
        client.send(piece)
    assert client.response().status == 200


def test_a_target_above_the_limit_of_the_head(client):
    client.send(wire.request("GET", "/GetKey?path=" + "a" * HEAD_LIMIT))
    assert client.response().status in (414, 431)
    assert client.ended()


def test_a_long_query_within_the_limit(client, agent):
    path = "a" * 8000
    client.send(wire.request("GET", "/GetKey?path=" + path))
    assert client.response().json() == oracle.get_key(agent.app_keys, path, "", "")


def test_the_limit_of_the_head_leaves_the_body_alone(client, agent):
    """A head at its limit and a body at its limit, in one write."""
    empty = wire.request("POST", "/GetKey", body_of(BODY_LIMIT), [*wire.JSON_HEADER, "X: "])
    fill = HEAD_LIMIT - (len(empty) - BODY_LIMIT)
    client.send(wire.request("POST", "/GetKey", body_of(BODY_LIMIT), [*wire.JSON_HEADER, "X: " + "a" * fill]))
    assert client.response().json() == oracle.get_key(agent.app_keys, "padded", "", "")
    assert client.kept()


@pytest.mark.smoke
def test_the_body_at_its_limit(client, agent):
    client.send(wire.request("POST", "/GetKey", body_of(BODY_LIMIT), wire.JSON_HEADER))
    assert client.response().json() == oracle.get_key(agent.app_keys, "padded", "", "")
    assert client.kept()


def test_the_body_one_above_its_limit(client):
    """Refused on its head alone."""
    head, _ = wire.request("POST", "/GetKey", body_of(BODY_LIMIT + 1), wire.JSON_HEADER).split(b"\r\n\r\n", 1)
    client.send(head + b"\r\n\r\n")
    assert client.response().status == 413
    assert client.ended()


def test_a_body_above_the_limit_that_is_sent_anyway(agent, client):
    client.send(wire.request("POST", "/GetKey", body_of(2_000_000), wire.JSON_HEADER))
    assert client.response().status == 413
    assert wire.exchange(agent.socket, VERSION).status == 200


def in_chunks(body: bytes, size: int, *fields: str) -> bytes:
    chunks = [body[at:at + size] for at in range(0, len(body), size)]
    head = wire.request("POST", "/GetKey", headers=[*wire.JSON_HEADER, "Transfer-Encoding: chunked", *fields])
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


@pytest.mark.smoke
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_chunked_body(client, agent, size):
    client.send(in_chunks(b'{"path":"chunked"}', size))
    assert client.response().json() == oracle.get_key(agent.app_keys, "chunked", "", "")
    assert client.kept()


@pytest.mark.parametrize("size", [4096, 65536, BODY_LIMIT])
def test_a_chunked_body_at_its_limit(client, agent, size):
    client.send(in_chunks(body_of(BODY_LIMIT), size))
    assert client.response().json() == oracle.get_key(agent.app_keys, "padded", "", "")
    assert client.kept()


@pytest.mark.parametrize("size", [4096, 65536, BODY_LIMIT])
def test_a_chunked_body_above_its_limit(client, size):
    client.send(in_chunks(body_of(BODY_LIMIT + 1), size))
    assert client.response().status == 413
    assert client.ended()


def test_node_writes_a_chunk_at_a_time(client, agent):
    """Each write is a chunk, with its size, its data and its end in separate packets."""
    head, *_ = in_chunks(b"", 1).partition(b"\r\n\r\n")
    client.send(head + b"\r\n\r\n")
    for part in (b'{"path":', b'"node"', b"}"):
        for piece in (b"%x\r\n" % len(part), part, b"\r\n"):
            client.send(piece)
    client.send(b"0\r\n\r\n")
    assert client.response().json() == oracle.get_key(agent.app_keys, "node", "", "")
    assert client.kept()


def test_pipelines_of_chunked_bodies(client, agent):
    paths = [f"pipelined/{number}" for number in range(50)]
    client.send(b"".join(in_chunks(json.dumps({"path": path}).encode(), 1 + number) + VERSION for number, path in enumerate(paths)))
    for path in paths:
        assert client.response().json() == oracle.get_key(agent.app_keys, path, "", "")
        assert client.response().status == 200
    assert client.kept()


def test_expect_with_chunks(client, agent):
    head, _, chunks = in_chunks(b'{"path":"asked"}', 5, "Expect: 100-continue").partition(b"\r\n\r\n")
    client.send(head + b"\r\n\r\n")
    assert client.response().status == 100
    client.send(chunks)
    assert client.response().json() == oracle.get_key(agent.app_keys, "asked", "", "")
    assert client.kept()


def test_half_close_behind_chunks(client, agent):
    client.send(in_chunks(b'{"path":"half"}', 4))
    client.finish()
    assert client.response().json() == oracle.get_key(agent.app_keys, "half", "", "")
    assert client.ended()


def test_half_close_within_chunks(client):
    client.send(in_chunks(b'{"path":"half"}', 4)[:-3])
    client.finish()
    assert client.ended()


def test_pipelined_requests_are_answered_in_order(client, agent):
    paths = [f"pipelined/{number}" for number in range(50)]
    client.send(b"".join(get_key(path) for path in paths))
    for path in paths:
        assert client.response().json() == oracle.get_key(agent.app_keys, path, "", "")
    assert client.kept()


def test_a_pipeline_ends_at_the_first_refusal(client):
    client.send(VERSION + b"GET /Version HTTP/1.1\r\nHost : a\r\n\r\n" + VERSION)
    assert client.response().status == 200
    assert client.response().status == 400
    assert client.ended()


def test_a_pipeline_ends_at_close(client):
    client.send(VERSION + wire.request("GET", "/Version", headers=["Connection: close"]) + VERSION)
    assert client.response().status == 200
    assert client.response().status == 200
    assert client.ended()


def test_a_thousand_requests_on_one_connection(client):
    for _ in range(1000):
        client.send(VERSION)
        assert client.response().status == 200


def test_a_get_with_a_body_does_not_lose_the_frame(client):
    """The body belongs to the GET and is not the next request."""
    client.send(wire.request("GET", "/Version", VERSION))
    first = client.response()
    if first.status == 200:
        client.send(wire.request("GET", "/NoSuch"))
        assert client.response().status == 404
    else:
        assert first.status == 400 and client.ended()


def test_half_close_after_a_request(client, agent):
    """The JS SDK: it waits for our FIN after it has sent its own."""
    client.send(get_key("half"))
    client.finish()
    assert client.response().json() == oracle.get_key(agent.app_keys, "half", "", "")
    assert client.ended()


def test_half_close_after_a_pipeline(client):
    client.send(VERSION * 10)
    client.finish()
    for _ in range(10):
        assert client.response().status == 200
    assert client.ended()


@pytest.mark.parametrize("data", [
    b"", b"GET", b"GET /Version HTTP/1.1\r\nHost: a\r\n", wire.request("POST", "/GetKey", b"{}")[:-1]])
def test_half_close_within_a_request(client, data):
    """Nothing more can come, so the agent closes without waiting for a deadline; an error answer is allowed."""
    client.send(data)
    client.finish()
    client.socket.settimeout(wire.TIMEOUT)
    received = b""
    while piece := client.socket.recv(65536):
        received += piece
    assert received == b"" or received.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 408 "))


def test_expect_within_the_limit(client, agent):
    head, body = wire.request(
        "POST", "/GetKey", b'{"path":"asked"}', [*wire.JSON_HEADER, "Expect: 100-continue"]).split(b"\r\n\r\n", 1)
    client.send(head + b"\r\n\r\n")
    interim = client.response()
    assert interim.status == 100 and interim.headers == []
    client.send(body)
    assert client.response().json() == oracle.get_key(agent.app_keys, "asked", "", "")
    assert client.kept()


def test_expect_at_the_limit(client):
    head, body = wire.request(
        "POST", "/GetKey", body_of(BODY_LIMIT), [*wire.JSON_HEADER, "Expect: 100-Continue"]).split(b"\r\n\r\n", 1)
    client.send(head + b"\r\n\r\n")
    assert client.response().status == 100
    client.send(body)
    assert client.response().status == 200


def test_expect_with_the_body_already_there(client, agent):
    """The interim answer may then be left out (RFC 9110, 10.1.1)."""
    client.send(wire.request("POST", "/GetKey", b'{"path":"there"}', [*wire.JSON_HEADER, "Expect: 100-continue"]))
    assert client.final().json() == oracle.get_key(agent.app_keys, "there", "", "")
    assert client.kept()


def test_expect_behind_another_request(client):
    """The interim answer keeps its place in the order of answers."""
    client.send(VERSION + wire.request("POST", "/Version", b"{}", [*wire.JSON_HEADER, "Expect: 100-continue"])[:-2])
    assert [client.response().status, client.response().status] == [200, 100]
    client.send(b"{}")
    assert client.response().status == 200


def test_expect_in_http_1_0_is_ignored(client):
    """RFC 9110, 10.1.1: no interim answer to HTTP/1.0."""
    head, body = wire.request(
        "POST", "/GetKey", b"{}", [*wire.JSON_HEADER, "Expect: 100-continue"], "HTTP/1.0").split(b"\r\n\r\n", 1)
    client.send(head + b"\r\n\r\n")
    client.send(body)
    assert client.response().status == 200


def test_the_rust_sdk(client, agent):
    body = b'{"path":"rust"}'
    client.send(
        b"POST http://unix.socket/GetKey HTTP/1.1\r\nHost: dstack\r\nContent-Type: application/json\r\n"
        b"content-type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert client.response().json() == oracle.get_key(agent.app_keys, "rust", "", "")


def test_the_js_sdk(client, agent):
    """Its head in five writes, then a half-close."""
    body = b'{"path":"js"}'
    for piece in (b"POST /GetKey HTTP/1.1\r\n", b"Host: localhost\r\n", b"Content-Type: application/json\r\n",
                  b"Content-Length: %d\r\n" % len(body), b"\r\n", body):
        client.send(piece)
    client.finish()
    answer = client.response()
    assert answer.body.isascii() and answer.json() == oracle.get_key(agent.app_keys, "js", "", "")
    assert client.ended()


def test_the_js_sdk_with_a_length_that_is_too_short(client, agent):
    """It counts characters: the body is cut short, and the rest is not a request."""
    body = '{"path":"путь"}'.encode()
    client.send(b"POST /GetKey?json HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n" + body)
    client.finish()
    assert client.response().status == 400
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_answers_are_ascii_json(agent):
    """Certificates contain text; yet every byte of an answer is below 0x80."""
    response = wire.post_json(agent.socket, "GetTlsKey", json.dumps({"subject": "Ünïcödé"}).encode())
    assert response.status == 200 and response.raw.isascii()


def test_a_client_that_never_reads(agent):
    """Its answers pile up to a bound, then the agent stops reading from it; others are served meanwhile."""
    with wire.Wire(agent.socket) as client:
        data = get_key("x")
        sent = wire.send_until_stuck(client, agent.socket, data)
        expected = oracle.get_key(agent.app_keys, "x", "", "")
        for _ in range(sent // len(data)):
            assert client.response().json() == expected


def test_clients_that_hang_up(agent):
    """SIGPIPE and ECONNRESET: the agent writes to sockets that the client has closed."""
    for number in range(100):
        with wire.Wire(agent.socket) as client:
            client.send(get_key("gone") * (1 + number % 20))
    for cut in (1, 20, 60):
        with wire.Wire(agent.socket) as client:
            client.send(get_key("gone")[:cut])
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_the_internal_listener_on_tcp(new_agent):
    """Any listener can be a TCP port; a reset connection does no harm."""
    address = ("127.0.0.1", free_port())
    agent = new_agent(changes={"internal": {"address": address[0], "port": address[1]}}).start(address)
    with wire.Wire(address) as client:
        client.send(get_key("tcp"))
        assert client.response().json() == oracle.get_key(agent.app_keys, "tcp", "", "")
        client.send(VERSION)
        assert client.response().status == 200
        # Linger of zero: close() sends a reset instead of a FIN.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with wire.Wire(address) as client:
        client.send(b"POST /GetKey HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")
        assert client.response().status == 413
    assert wire.exchange(address, VERSION).status == 200
