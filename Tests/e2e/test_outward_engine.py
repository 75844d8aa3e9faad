"""/logs and the list of containers with a real engine: podman behind Docker's API."""

import base64
import re
import socket

import pytest

import outward
from agent_process import Agent
from podman import Podman


@pytest.fixture(scope="module")
def podman():
    podman = Podman()
    try:
        podman.run("ended", "out", "e:err", "\x1b[31mred\x1b[0m", "é\\", "n:end")
        podman.run("terminal", "one", "e:two", options=["--tty"])
        podman.run("many", "many:20000")
        podman.run("running", "begin", "w")
        podman.run("quiet", "nothing", options=["--log-driver=none"])
        yield podman
    finally:
        podman.end()


@pytest.fixture(scope="module")
def agent(podman):
    agent = outward.configure(Agent(), podman.socket)
    try:
        yield agent.start()
    finally:
        agent.finish()


def engine_frames(podman, name: str, query: str = "") -> list:
    """(channel, message) pairs, as the engine itself sends them."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(podman.socket)
        client.sendall(f"GET /containers/{name}/logs?stdout=1&stderr=1{query} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    data, frames = answer.partition(b"\r\n\r\n")[2], []
    while data:
        size = int.from_bytes(data[4:8], "big")
        frames.append((["stdin", "stdout", "stderr"][data[0]], data[8:8 + size]))
        data = data[8 + size:]
    return frames


def test_forms(agent, podman):
    frames = engine_frames(podman, "ended", "&tail=1000")
    assert {message for _, message in frames} >= {b"out\n", b"err\n", b"\x1b[31mred\x1b[0m\n"}
    # the two channels may come in any order
    assert sorted((line["channel"], line["message"]) for line in outward.get(agent, "/logs/ended?text").lines()) == sorted(
        (channel, message.decode()) for channel, message in frames)
    assert sorted((line["channel"], base64.b64decode(line["message"])) for line in outward.get(agent, "/logs/ended").lines()
                  ) == sorted(frames)
    bare = outward.get(agent, "/logs/ended?text&bare").body.decode()
    assert "\nred\n" in "\n" + bare and "\x1b" not in bare
    assert "\x1b[31mred\x1b[0m\n" in outward.get(agent, "/logs/ended?text&bare&ansi").body.decode()


def test_by_identifier(agent, podman):
    identifier = podman("inspect", "--format", "{{.Id}}", "ended").strip()
    assert outward.get(agent, f"/logs/{identifier}").body == outward.get(agent, "/logs/ended").body


def test_terminal(agent):
    lines = outward.get(agent, "/logs/terminal?text").lines()
    assert [(line["channel"], line["message"]) for line in lines] == [("console", "one\r\n"), ("console", "two\r\n")]


def test_tail(agent, podman):
    everything = b"".join(message for _, message in engine_frames(podman, "many"))
    assert everything.count(b"\n") > 10000
    assert outward.get(agent, "/logs/many?text&bare&tail=all").body == everything
    for query, tail in {"&tail=3": 3, "": 1000}.items():
        assert outward.get(agent, f"/logs/many?text&bare{query}").body == b"".join(
            message for _, message in engine_frames(podman, "many", f"&tail={tail}"))


def test_times(agent):
    line = outward.get(agent, "/logs/many?text&bare&tail=1&timestamps").body.decode()
    # podman records a long line in parts where a read of its pipe ended, and each part counts for `tail`
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 0*1\n", line)
    assert outward.get(agent, "/logs/many?text&bare&tail=1&since=1h").body
    assert not outward.get(agent, "/logs/many?text&bare&tail=1&since=4102444800").body
    assert not outward.get(agent, "/logs/many?text&bare&tail=1&until=1d").body


def test_follow(agent, podman):
    with outward.Stream(agent, "/logs/running?follow&text&bare") as stream:
        assert stream.head().status == 200
        assert stream.until(b"begin\n") == b"begin\n"
        podman("rm", "--force", "--time", "0", "running")
        assert stream.chunk() == b""


def test_unknown(agent):
    assert outward.ask(agent, "GET", "/logs/unknown").status == 404


def test_no_log(agent):
    response = outward.ask(agent, "GET", "/logs/quiet")
    assert (response.status, response.json()) == (501, {"error": "this container's log driver cannot be read"})


def test_list(agent):
    page = outward.get(agent, "/").body.decode()
    for name in ("ended", "terminal", "many", "quiet"):
        assert f"<td>{name}</td>" in page and f'href="/logs/{name}?' in page
    assert "localhost/say:latest" in page and "exited" in page
