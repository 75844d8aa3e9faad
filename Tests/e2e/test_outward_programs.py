"""Programs started by process 1, as port 8090 and the host see them: logs, dashboard and lists."""

import html
import json
import os
import re
import time

import pytest

import outward
import program_output
from agent_process import Agent
from fake_engine import FakeEngine
from program_output import Output
from supervisor import listener
from test_guest_api import GuestAPI, listen


@pytest.fixture(scope="module")
def output():
    output = Output(web=("/bin/web", True), quiet=("/bin/quiet", False), broken=("/bin/b", True))
    yield output
    output.close()


@pytest.fixture(scope="module")
def start(output, tmp_path_factory):
    """Starts an agent that process 1 has given the programs' output."""
    started = []

    def start(engine=None, **compose) -> Agent:
        agent = outward.configure(listen(Agent()), engine, **compose)
        socket = listener(tmp_path_factory.mktemp("socket") / "apps")
        started.append((output.give(agent, socket), socket))
        return agent.start(outward.address(agent))

    yield start
    for agent, socket in started:
        agent.finish()
        socket.close()


@pytest.fixture(scope="module")
def agent(start):
    return start()


def log(agent, target: str) -> str:
    body = outward.get(agent, f"/logs/{target}")
    assert body.status == 200 and body.is_whole, body
    return body.body.decode()


@pytest.fixture(scope="module", autouse=True)
def written(output):
    output.write("web", b"one\ntw", time=1_700_000_000.5)
    output.write("web", b"e\xffrr\n", 2, time=1_700_000_001)
    output.write("web", b"o\n\x1b[1mthree\n", time=1_700_000_002)


def test_forms(agent):
    assert [json.loads(line) for line in log(agent, "web?text").splitlines()] == [
        {"channel": "stdout", "message": "one\n"}, {"channel": "stdout", "message": "tw"}, {"channel": "stderr", "message": "e\ufffdrr\n"},
        {"channel": "stdout", "message": "o\n"}, {"channel": "stdout", "message": "\x1b[1mthree\n"}]
    assert json.loads(log(agent, "web?tail=1")) == {"channel": "stdout", "message": "G1sxbXRocmVlCg=="}
    assert log(agent, "web?text&bare") == "one\ntwe\ufffdrr\no\nthree\n"
    assert log(agent, "web?text&bare&ansi&tail=1") == "\x1b[1mthree\n"


def test_parts(agent):
    assert log(agent, "web?text&bare&tail=2") == "e\ufffdrr\nthree\n"
    assert log(agent, "web?text&bare&tail=0") == ""
    assert log(agent, "web?text&bare&since=1700000001") == "e\ufffdrr\nthree\n"
    assert log(agent, "web?text&bare&until=1700000001") == "one\ntwo\n"
    assert log(agent, "web?text&bare&until=1s&tail=1&timestamps") == "2023-11-14T22:13:22.000000000Z three\n"
    head = outward.ask(agent, "HEAD", "/logs/web")
    assert head.status == 200 and head.header("Transfer-Encoding") == "chunked"


def test_follow(agent, output):
    with outward.Stream(agent, "/logs/web?text&bare&follow&tail=1") as stream:
        assert stream.head().status == 200
        assert stream.until(b"three\n") == b"three\n"
        for number in range(3):
            output.write("web", b"more %d\n" % number)
            assert stream.until(b"\n") == b"more %d\n" % number
    # followers that have gone do not count
    for _ in range(10):
        with outward.Stream(agent, "/logs/web?text&bare&follow&tail=1") as stream:
            assert stream.head().status == 200 and stream.until(b"\n") == b"more 2\n"
    followers = [outward.Stream(agent, "/logs/web?follow") for _ in range(8)]
    try:
        assert [each.head().status for each in followers] == [200] * 8
        refused = outward.get(agent, "/logs/web?follow")
        assert refused.status == 503 and b"too many logs are read" in refused.body
        # another address takes the place of the oldest of whoever has more, which is cut off
        with outward.Stream(agent, "/logs/web?follow&text&bare&tail=1", source="127.0.0.2") as other:
            assert other.head().status == 200 and other.until(b"more 2\n")
            while followers[0].chunk():
                pass
            assert followers[0].chunk() is None
            output.write("web", b"more 3\n")
            assert followers[1].until(b"bW9yZSAz") and other.until(b"more 3\n")
    finally:
        for each in followers:
            each.close()


def test_refused(agent, start):
    silent = outward.get(agent, "/logs/quiet")
    assert silent.status == 501 and b"this program's output is not kept" in silent.body
    for name in ("we", "webb", "%2e%2e%2fweb", "bin%2fweb", "WEB"):
        assert outward.get(agent, f"/logs/{name}").status == 404, name
    assert outward.get(agent, "/logs/web?since=x").status == 400
    private = start(public_logs=False)
    assert outward.get(private, "/logs/web").status == 404
    page = outward.get(private, "/").body.decode()
    assert "<td>web</td>" in page and "/logs/" not in page


def rows(agent) -> list:
    page = outward.get(agent, "/").body.decode()
    (body,) = re.findall("<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<td>(.*?)</td>", row)] for row in body.split("</tr>")[:-1]]


def test_lists(agent, output, start, tmp_path):
    now = int(time.time())
    output.tell("web", state=program_output.RUNNING, changed=now - 3600, began=now - 3600, restarts=2, memory=3 << 19)
    output.tell("quiet", state=program_output.EXITED, changed=now - 7200, began=5, status=137)
    listed = GuestAPI(agent).ok("ListContainers")["containers"]
    assert listed[0] == {"id": "web", "names": ["/web"], "image": "/bin/web", "image_id": "", "created": now - 3600, "state": "running",
                         "status": "Up 60 minutes, 2 restarts, 1.5 MiB"}
    assert (listed[1]["state"], listed[1]["status"]) == ("exited", "Exited (137) 2 hours ago")
    assert (listed[2]["state"], listed[2]["status"], listed[2]["created"]) == ("created", "Created", 0)
    assert rows(agent)[0] == ["web", "running", "Up 60 minutes, 2 restarts, 1.5 MiB", "/bin/web", "recent · follow"]
    assert ">Programs</h2>" in outward.get(agent, "/").body.decode()
    # together with containers, once there is an engine
    engine = FakeEngine(tmp_path / "docker.sock")
    try:
        engine.add("c")
        both = start(engine.path)
        assert [row[0] for row in rows(both)] == ["web", "quiet", "broken", "c"]
        assert outward.ask(both, "HEAD", "/logs/c").status == 200 and outward.get(both, "/logs/none").status == 404
    finally:
        engine.end()


def test_nonsense_in_the_file(agent, output):
    """It shows nothing, and does no harm."""
    output.put("broken", program_output.HEAD, os.urandom(program_output.RING))
    output.tell("broken", start=(1 << 64) - 100, end=(1 << 64) - 1)
    log(agent, "broken?text&bare")
    output.tell("broken", start=5, end=5 + program_output.RING + 1)
    assert log(agent, "broken?text&bare") == ""
    output.put("broken", program_output.RECORDS, b"\xff" * 160)
    assert log(agent, "broken?text&bare") == "" and rows(agent)[2][1] == "created"
    assert outward.get(agent, "/prpc/Worker.Version").status == 200
