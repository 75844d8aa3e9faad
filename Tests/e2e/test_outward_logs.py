"""/logs/<container>: its query, its forms, and engines that misbehave."""

import base64
import json
import threading
import time

import pytest

import outward
import wire
from fake_engine import FakeEngine, answer, chunked, frame


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = FakeEngine(tmp_path_factory.mktemp("engine") / "docker.sock")
    yield engine
    engine.end()


@pytest.fixture(scope="module")
def agent(engine):
    from agent_process import Agent

    agent = outward.configure(Agent(), engine.path)
    try:
        yield agent.start()
    finally:
        agent.finish()


def log(agent, engine, target: str, *parts: bytes, tty: bool = False) -> outward.Body:
    """The answer for a container whose engine sends these parts, each in its own chunk."""
    engine.add("c", chunked(*parts), tty)
    return outward.get(agent, f"/logs/c{target}")


def test_memory_is_given_back(agent, engine):
    """Also that of logs that have ended, and of those that the engine refuses."""
    engine.add("c", chunked(FRAMES), False)
    engine.add("refused", answer(b"", status="500 Broken"), False)

    def ask():
        for _ in range(500):
            assert outward.get(agent, "/logs/c?tail=1").is_whole
            assert outward.get(agent, "/logs/refused").status == 500

    ask()
    before = agent.resident
    ask()
    assert agent.resident < before + 512 * 1024


FRAMES = frame(b"out\n") + frame(b"err\n", 2) + frame(b"") + frame(b"\xff\xc3\xa9", 1) + frame(b"own", 3)


@pytest.mark.smoke
def test_json(agent, engine):
    body = log(agent, engine, "", FRAMES)
    assert body.response.header("Content-Type") == "text/plain; charset=utf-8"
    assert body.is_whole and body.lines() == [
        {"channel": channel, "message": base64.b64encode(message).decode()}
        for channel, message in [("stdout", b"out\n"), ("stderr", b"err\n"), ("stdout", b""), ("stdout", b"\xff\xc3\xa9"),
                                 ("stderr", b"own")]]


def test_json_text(agent, engine):
    body = log(agent, engine, "?text", FRAMES + frame(b'\x1b[1m"\\\n\xf0\x9f\x98\x80\xf0\x9f'))
    assert body.body.isascii()
    assert [line["message"] for line in body.lines()] == ["out\n", "err\n", "", "\ufffdé", "own", '\x1b[1m"\\\n😀\ufffd']


def test_bare(agent, engine):
    assert log(agent, engine, "?bare&text", FRAMES).body == "out\nerr\n\ufffdéown".encode()
    assert log(agent, engine, "?bare", FRAMES).body.split(b"\n") == [
        base64.b64encode(each) for each in (b"out\n", b"err\n", b"", b"\xff\xc3\xa9", b"own")] + [b""]


def test_pieces(agent, engine):
    """Frames, characters and escape sequences give the same text wherever they are split."""
    text = "é\x1b[31mrot\x1b[0m \x1b]0;title\x07😀\x1b]8;;x\x1b\\link\x1b(B\u009b1mend\n".encode()
    expected = {"?bare&text": "érot 😀linkend\n".encode(), "?bare&text&ansi": text}
    for target, wanted in expected.items():
        for cut in range(len(text) + 1):
            # In two frames, with the other channel's in between, and in two chunks.
            frames = frame(text[:cut]) + frame(b"", 2) + frame(text[cut:])
            body = log(agent, engine, target, frames[:cut + 3], frames[cut + 3:])
            assert body.is_whole and body.body == wanted, cut


def test_unfinished_sequences(agent, engine):
    """An unfinished sequence does not hide the next line; each channel has its own state."""
    parts = frame(b"a\x1b]0;") + frame(b"b", 2) + frame(b"hidden\nseen \x1b[") + frame(b"\xe2\x82", 2) + frame(b"\nx\xe2")
    assert log(agent, engine, "?bare&text", parts).body.decode() == "ab\nseen \nx\ufffd\ufffd"


def test_terminal(agent, engine):
    """A container with a terminal has no frames: its output is split into lines."""
    body = log(agent, engine, "?text", b"\x01\x00\x00\x00one\r\ntwo\r\n", tty=True)
    assert body.lines() == [{"channel": "console", "message": "\x01\0\0\0one\r\n"}, {"channel": "console", "message": "two\r\n"}]
    assert log(agent, engine, "?text&bare", b"one\r\n\x1b[2Jtwo", tty=True).body == b"one\r\ntwo"


def test_http_1_0(agent, engine):
    """As HTTP/1.0 has no chunks, the body ends with the connection."""
    engine.add("c", chunked(FRAMES))
    body = outward.get(agent, "/logs/c?bare&text", "HTTP/1.0")
    assert body.response.header("Transfer-Encoding") is None and body.body == "out\nerr\n\ufffdéown".encode()


def test_query(agent, engine):
    """What the engine is asked for."""
    def asked(query: str) -> dict:
        engine.requests.clear()
        assert log(agent, engine, query).status == 200
        [found] = engine.queries("c")
        return {name: values[0] for name, values in found.items()}

    base = {"stdout": "1", "stderr": "1"}
    assert asked("") == base | {"tail": "1000"}
    assert asked("?tail=0&timestamps") == base | {"tail": "0", "timestamps": "1"}
    assert asked("?tail=all&timestamps=false&follow=0&bare=No&text=OFF") == base
    assert asked("?since=&until=") == base | {"tail": "1000"}
    assert asked("?since=17&until=9223372036854775807") == base | {"tail": "1000", "since": "17", "until": "9223372036854775807"}
    for unit, seconds in {"s": 1, "m": 60, "h": 3600, "d": 86400}.items():
        before = int(time.time())
        since = int(asked(f"?since=3{unit}")["since"]) + 3 * seconds
        assert before <= since <= time.time() + 1
    assert asked("?since=9223372036854775807d")["since"] == "0"
    for tail in ("", "-1", "x", "1.5", "9223372036854775808", "ALL"):
        assert asked("?tail=" + tail) == base
    # unknown parameters are ignored, and of ours the last one counts
    assert asked("?tail=5&_=1&stdout=1&stderr=0&Follow&nothing") == base | {"tail": "5"}
    assert asked("?_=%zz&%ff=1&tail=5") == base | {"tail": "5"}
    assert asked("?since=x&since=1") == base | {"tail": "1000", "since": "1"}
    assert asked("?tail=5&tail=6&follow=1&follow=0&since=1&since=") == base | {"tail": "6"}
    for flag in ("follow", "follow=", "follow=1", "follow=true", "follow=True", "follow=yes", "follow=ON"):
        assert asked("?" + flag)["follow"] == "1"


@pytest.mark.parametrize("query", [
    "since=x", "since=-1", "since=1w", "since=s", "since=+1", "since=1.5", "since=9223372036854775808", "since=1%00", "until=1ms",
    "until=99999999999999999999999", "since=1&since=x", "follow=y", "text=2", "tail=%zz", "since=" + "1" * 7000,
])
def test_bad_queries(agent, engine, query):
    engine.requests.clear()
    assert outward.ask(agent, "GET", f"/logs/c?{query}").status == 400
    assert engine.requests == []


@pytest.mark.parametrize("target", ["/logs/c/", "//logs/c", "/logs//c"])
def test_empty_segments(agent, engine, target):
    engine.add("c", chunked(FRAMES))
    assert outward.get(agent, target + "?bare&text").body == "out\nerr\n\ufffdéown".encode()


@pytest.mark.parametrize("name", [
    ".", "..", "%2e%2e", "..%2f..%2fsecret", "a%2fb", "a%2fjson", "-a", ".a", "_a", "a%20b", "a%0d%0ab", "a%3fx", "a%23b", "%C3%A9",
    "a%25", "a" * 256, "a" * 7000,
])
def test_bad_names(agent, engine, name):
    """They never reach the engine."""
    engine.requests.clear()
    response = outward.ask(agent, "GET", f"/logs/{name}")
    assert response.status == 404 and list(response.json()) == ["error"]
    assert engine.requests == []


@pytest.mark.parametrize("target", ["/logs/a%00b", "/logs/%", "/logs/a b", "/logs/\x7f"])
def test_malformed_targets(agent, engine, target):
    engine.requests.clear()
    assert outward.ask(agent, "GET", target).status == 400
    assert engine.requests == []


@pytest.mark.parametrize("target", ["/logs", "/logs/", "/logs/a/b", "/logs/../c", "/logs/c%2f", "/Logs/c"])
def test_other_paths(agent, engine, target):
    engine.requests.clear()
    assert outward.ask(agent, "GET", target).status == 404
    assert engine.requests == []


def test_longest_name(agent, engine):
    name = "a" * 255
    engine.add(name, chunked(frame(b"x")))
    assert outward.get(agent, f"/logs/{name}?text&bare").body == b"x"


def test_unknown_container(agent):
    assert outward.ask(agent, "GET", "/logs/unknown").status == 404
    assert outward.ask(agent, "HEAD", "/logs/unknown").status == 404


def test_methods(agent, engine):
    engine.add("c", chunked(FRAMES))
    head = outward.ask(agent, "HEAD", "/logs/c")
    assert head.status == 200 and head.header("Transfer-Encoding") == "chunked"
    assert "follow" not in "".join(engine.requests[-1:])
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        response = outward.ask(agent, method, "/logs/c", b"")
        assert response.status == 405 and response.header("Allow") == "GET, HEAD"


def test_no_engine(new_agent):
    agent = outward.configure(new_agent()).start()
    response = outward.ask(agent, "GET", "/logs/c")
    assert response.status == 503 and response.header("Retry-After") == "1"
    # a socket file that nobody listens on
    engine = FakeEngine(agent.directory / "no-engine.sock")
    engine.end()
    assert outward.ask(agent, "GET", "/logs/c").status == 503


def test_off(new_agent, engine):
    """Not there unless app-compose says so."""
    for compose in ({"public_logs": False}, {}):
        agent = outward.configure(new_agent(), engine.path, **compose)
        if not compose:
            path = agent.directory / "app-compose.json"
            path.write_text(json.dumps({key: value for key, value in outward.COMPOSE.items() if key != "public_logs"}))
        agent.start()
        engine.requests.clear()
        assert outward.ask(agent, "GET", "/logs/c").status == 404
        assert outward.ask(agent, "POST", "/logs/c", b"").status == 404
        assert engine.requests == []


# Drivers that cannot return logs.

UNREADABLE = {"error": "this container's log driver cannot be read"}
DOCKER = answer(b'{"message":"configured logging driver does not support reading <secret>"}\n', "501 Not Implemented",
                "Content-Type: application/json\r\n")


@pytest.mark.parametrize("follow", ["", "?follow"])
def test_the_engine_cannot_read_the_log(agent, engine, follow):
    """Docker refuses, for example for a driver that sends the log elsewhere. Its words are not passed on."""
    engine.add("c", DOCKER)
    response = outward.ask(agent, "GET", "/logs/c" + follow)
    assert (response.status, response.json()) == (501, UNREADABLE)


@pytest.mark.parametrize("driver, status", [
    ("none", 501), ("passthrough", 501), ("passthrough-tty", 501), ("json-file", 200), ("", 200), ("None", 200)])
def test_the_driver_keeps_nothing(agent, engine, driver, status):
    """Podman would refuse with 500; the engine is not even asked."""
    engine.add("c", chunked(FRAMES))
    engine.inspections["c"] = answer(json.dumps(
        {"Config": {"Tty": False}, "HostConfig": {"LogConfig": {"Type": driver, "Config": None}}}).encode())
    engine.requests.clear()
    for verb in ("HEAD", "GET"):
        response = outward.ask(agent, verb, "/logs/c") if status != 200 or verb == "HEAD" else outward.get(agent, "/logs/c")
        assert response.status == status
        if status != 200 and verb == "GET":
            assert response.json() == UNREADABLE
    assert len(engine.queries("c")) == (status == 200)


def test_other_refusals_keep_their_meaning(agent, engine):
    engine.add("c", answer(b'{"message":"<secret>"}', "404 Not Found"))
    assert outward.ask(agent, "GET", "/logs/c").status == 404
    engine.add("c", answer(b'{"message":"<secret>"}', "409 Conflict"))
    response = outward.ask(agent, "GET", "/logs/c")
    assert (response.status, response.json()) == (500, {"error": "the container engine refuses (409)"})


# Engines that misbehave.

OK = b"HTTP/1.1 200 OK\r\n"
BROKEN = [
    b"", b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n", OK + b"Content-Length: x\r\n\r\n", OK + b"A: " + b"x" * 20000 + b"\r\n\r\n",
    OK + b"X: y\r\n" * 4000 + b"\r\n", answer(b"", "500 Internal Server Error"), answer(b"", "302 Found", "Location: http://x/\r\n"),
]


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_broken_inspections(agent, engine, number):
    engine.add("c", chunked(FRAMES))
    engine.inspections["c"] = BROKEN[number]
    assert outward.ask(agent, "GET", "/logs/c").status == 500


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"Config":{"Tty":1}}', b'{"Config":[]}', b"[" * 100000, b"{" + b" " * 1_100_000])
def test_malformed_inspections(agent, engine, body):
    engine.add("c", chunked(FRAMES))
    engine.inspections["c"] = answer(body)
    assert outward.ask(agent, "GET", "/logs/c").status == 500


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_broken_logs(agent, engine, number):
    engine.add("c", BROKEN[number])
    assert outward.ask(agent, "GET", "/logs/c").status == 500


@pytest.mark.parametrize("log", [
    chunked(FRAMES, last=False), chunked(b"\x01\0\0"), chunked(frame(b"half", size=8)), chunked(frame(b"x", 4)), chunked(b"\x01\x01\0\0" + b"x" * 20),
    chunked(frame(b"x", size=0xffffffff)), OK + b"Content-Length: 50\r\n\r\n" + frame(b"x"), chunked(FRAMES, last=False) + b"zz\r\n",
    chunked(FRAMES, last=False) + b"fffffffffffffffff\r\n",
])
def test_logs_that_break_off(agent, engine, log):
    """What was good is passed on, and the reader can see that it is incomplete."""
    engine.add("c", log)
    body = outward.get(agent, "/logs/c")
    assert body.status == 200 and not body.is_whole


def test_engine_that_says_nothing(agent, engine):
    """It is given up after 5 s, in either of the two requests that a log takes; other calls are answered meanwhile."""
    engine.add("c", lambda connection: engine.release.wait(30))
    engine.add("d")
    engine.inspections["d"] = lambda connection: engine.release.wait(30)
    begin = time.monotonic()
    with outward.Stream(agent, "/logs/c") as first, outward.Stream(agent, "/logs/d") as second:
        assert outward.ask(agent, "GET", "/prpc/Version").status == 200
        for stream in (first, second):
            stream.socket.settimeout(10)
            assert stream.head().status == 503
    assert 4 < time.monotonic() - begin < 9


def test_lies_about_length(agent, engine):
    """Bytes beyond the announced length are not read."""
    engine.add("c", OK + b"Content-Length: 9\r\n\r\n" + frame(b"x") + frame(b"y"))
    body = outward.get(agent, "/logs/c?text&bare")
    assert body.is_whole and body.body == b"x"


def test_huge_frame(agent, engine):
    """A frame larger than the agent's memory is passed through."""
    size = 64 * 1024 * 1024

    def send(connection):
        connection.sendall(OK + b"\r\n" + frame(b"", size=size))
        for _ in range(size // 65536):
            connection.sendall(b"x" * 65536)

    engine.add("c", send)
    before = agent.resident
    with outward.Stream(agent, "/logs/c?text&bare") as stream:
        assert stream.head().status == 200
        received, largest = 0, 0
        while chunk := stream.chunk():
            received += len(chunk)
            largest = max(largest, agent.resident)
        assert chunk == b"" and received == size
    assert largest - before < 1_000_000


def test_slow_reader(agent, engine):
    """A reader that does not read holds up the engine and nothing else; the agent's memory does not grow."""
    sent = []

    def send(connection):
        connection.sendall(OK + b"\r\n")
        connection.settimeout(0.05)
        refusals = 0
        while refusals < 10 and not engine.release.is_set():
            try:
                sent.append(connection.send(frame(b"x" * 1000) * 50))
                refusals = 0
            except TimeoutError:
                refusals += 1
        engine.stuck = True

    engine.stuck = False
    engine.add("c", send)
    before = agent.resident
    with outward.Stream(agent, "/logs/c") as stream:
        agent.wait_until(lambda: engine.stuck, "the engine is held up")
        assert sum(sent) < 30_000_000 and agent.resident - before < 1_000_000
        assert outward.ask(agent, "GET", "/prpc/Version").status == 200
        # what was sent arrives once it is read
        assert stream.head().status == 200
        lines = 0
        while chunk := stream.chunk():
            lines += chunk.count(b"\n")
        assert lines >= sum(sent) // 1008 - 1


def test_dead_reader(agent, engine):
    """A reader that reads nothing for 10 s is dropped, and the engine's connection with it."""
    gone = threading.Event()

    def send(connection):
        try:
            connection.sendall(OK + b"\r\n")
            while True:
                connection.sendall(frame(b"x" * 1000) * 50)
        except (BrokenPipeError, ConnectionResetError):
            gone.set()

    engine.add("c", send)
    begin = time.monotonic()
    with outward.Stream(agent, "/logs/c"):
        assert gone.wait(20)
    assert 9 < time.monotonic() - begin < 18


def follow(engine, name: str) -> dict:
    """A container's log that says "ready" and then what the test says; `gone` is set when the agent hangs up."""
    state = {"gone": threading.Event(), "lines": []}

    def send(connection):
        try:
            run(connection)
        except (BrokenPipeError, ConnectionResetError):
            state["gone"].set()

    def run(connection):
        connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"%x\r\n%s\r\n" % (len(frame(b"ready\n")), frame(b"ready\n")))
        connection.settimeout(0.02)
        while not engine.release.is_set():
            while state["lines"]:
                line = frame(state["lines"].pop(0))
                connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            if state.get("end"):
                connection.sendall(b"0\r\n\r\n")
                return
            try:
                if not connection.recv(1):
                    state["gone"].set()
                    return
            except TimeoutError:
                pass

    engine.add(name, send)
    return state


def test_follow(agent, engine):
    state = follow(engine, "f")
    with outward.Stream(agent, "/logs/f?follow&text&bare") as stream:
        assert stream.head().status == 200
        stream.until(b"ready\n")
        for line in (b"one\n", b"two\n"):
            state["lines"].append(line)
            assert stream.until(line) == line
        state["end"] = True
        assert stream.chunk() == b"" and stream.ended()


@pytest.mark.parametrize("leave", ["close", "finish"])
def test_follower_leaves(agent, engine, leave):
    """The engine's connection ends with the reader's."""
    state = follow(engine, "f")
    with outward.Stream(agent, "/logs/f?follow") as stream:
        stream.head()
        getattr(stream, leave)()
        assert state["gone"].wait(10)


def test_silent_follow_begins(agent, engine):
    """An engine may send nothing before the container does; the reader gets its head at once."""
    engine.add("s", lambda connection: engine.release.wait(20))
    with outward.Stream(agent, "/logs/s?follow") as stream:
        assert stream.head().status == 200


def test_followers(agent, engine):
    """Eight at most; one more is refused, and logs that end are still served."""
    state = follow(engine, "f")
    streams = []
    try:
        for _ in range(8):
            streams.append(outward.Stream(agent, "/logs/f?follow"))
            assert streams[-1].head().status == 200
        refused = outward.ask(agent, "GET", "/logs/f?follow")
        assert refused.status == 503 and refused.header("Retry-After") == "1"
        assert log(agent, engine, "", FRAMES).status == 200
        streams.pop().close()
        assert state["gone"].wait(10)
        agent.wait_until(lambda: followed(agent), "a place is free")
    finally:
        for stream in streams:
            stream.close()


def followed(agent) -> bool:
    with outward.Stream(agent, "/logs/f?follow") as stream:
        return stream.head().status == 200


def test_slow_readers(agent, engine):
    """They hold all 24 places of readers, but none of those by which the agent itself asks the engine; and they give way to another address."""
    def endless(connection):
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(frame(b"x" * 65536))

    engine.add("endless", endless)
    streams = []
    try:
        for _ in range(24):
            streams.append(outward.Stream(agent, "/logs/endless"))
            assert streams[-1].head().status == 200
        refused = outward.get(agent, "/logs/endless")
        assert refused.status == 503 and b"too many logs are read" in refused.body
        assert b"/logs/endless" in outward.get(agent, "/").body
        streams.append(outward.Stream(agent, "/logs/endless", source="127.0.0.2"))
        assert streams[-1].head().status == 200
        while streams[0].chunk():
            pass
        assert streams[0].chunk() is None
    finally:
        for stream in streams:
            stream.close()


def test_leaving_early(agent, engine):
    """A reader that leaves while the engine is still being asked frees its place."""
    engine.add("f", chunked(FRAMES))
    for _ in range(20):
        outward.Stream(agent, "/logs/f?follow").close()
    streams = []

    def all_places() -> bool:
        while streams:
            streams.pop().close()
        streams.extend(outward.Stream(agent, "/logs/g?follow") for _ in range(8))
        return all(stream.head().status == 200 for stream in streams)

    follow(engine, "g")
    try:
        agent.wait_until(all_places, "eight places")
    finally:
        for stream in streams:
            stream.close()


def test_stop_with_a_follower(new_agent, engine):
    """A follower does not delay the agent's end."""
    agent = outward.configure(new_agent(), engine.path).start()
    follow(engine, "f")
    with outward.Stream(agent, "/logs/f?follow&text&bare") as stream:
        stream.head()
        stream.until(b"ready\n")
        begin = time.monotonic()
        assert agent.stop() == 0
        assert time.monotonic() - begin < 3
        assert stream.chunk() is None
