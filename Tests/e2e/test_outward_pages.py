"""What all answers of the external listener have in common, and which pages exist."""

import base64
import hashlib
import re

import pytest

import outward
import wire
from api import Api
from outward import page_agent  # noqa: F401


def check_fields(agent, response: wire.Response):
    version = Api(agent).ok("Version")
    assert response.header("X-App-Version") == f"v{version['version']} ({version['rev']})"
    assert response.header("Cache-Control") == "no-store"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert response.header("Referrer-Policy") == "no-referrer"
    policy = dict(part.split(" ", 1) for part in response.header("Content-Security-Policy").split("; "))
    assert policy.pop("style-src").startswith("'sha256-") and policy.pop("img-src") == "data:"
    assert set(policy) == {"default-src", "base-uri", "form-action", "frame-ancestors"} and set(policy.values()) == {"'none'"}


@pytest.mark.smoke
@pytest.mark.parametrize("target", ["/", "/metrics", "/nothing", "/prpc/Version", "/prpc/Nothing", "/logs/c", "/?a=b"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_fields(agent, method, target):
    response = outward.ask(agent, method, target, None if method in ("GET", "HEAD") else b"")
    check_fields(agent, response)
    if response.status == 405:
        assert response.header("Allow") == ("GET, POST" if "prpc" in target else "GET, HEAD")
    if response.status >= 400 and method != "HEAD" and not ("prpc" in target and method == "POST"):
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("data, status", [
    (b"nonsense\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    (b"GET /" + b"x" * 9000, 431), (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400), (b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
])
def test_fields_of_refusals(agent, data, status):
    response = wire.exchange(outward.address(agent), data)
    assert response.status == status
    check_fields(agent, response)


def test_fields_when_full(agent):
    connections = [wire.Wire(outward.address(agent)) for _ in range(64)]
    try:
        for connection in connections:
            connection.send(wire.request("GET", "/prpc/Version"))
            assert connection.response().status == 200
        response = wire.get(outward.address(agent), "/")
        assert response.status == 503
        check_fields(agent, response)
    finally:
        for connection in connections:
            connection.close()
    # until the agent has noticed that they are gone, for the tests that follow
    while wire.get(outward.address(agent), "/").status == 503:
        pass


def test_no_such_fields_elsewhere(agent):
    """Apps on the internal socket are not browsers."""
    assert wire.get(agent.socket, "/Version").header("X-App-Version") is None


def test_head(agent):
    """The head is that of GET, without a body."""
    for target in ("/", "/metrics", "/nothing"):
        # if not made within the same second, the numbers in it may have grown
        get, head = outward.ask(agent, "GET", target), outward.ask(agent, "HEAD", target)
        assert head.status == get.status and head.header("Content-Type") == get.header("Content-Type")
        assert abs(int(head.header("Content-Length")) - len(get.body)) < 20


@pytest.mark.parametrize("target", [
    "/index.html", "/./", "/../", "/%2e%2e/", "/%2f", "/metrics/x", "/metrics%2f", "/Metrics", "/prpc", "/prpc/", "/prpc/a/b", "/Version",
    "/GetKey?path=a", "/prpc/GetKey", "/prpc/Worker.GetKey", "/prpc/Sign", "/prpc/Worker.", "/prpc/v2/Info",
    "/prpc/Tappd.Info", "/prpc/worker.Info", "/prpc%2fInfo", "/prpc/EmitEvent?event=x", "/favicon.ico", "/" + "x" * 7000,
])
def test_not_there(agent, target):
    response = outward.ask(agent, "GET", target)
    assert response.status == 404 and list(response.json()) == ["error"]


@pytest.mark.parametrize("target", ["//", "//metrics", "/metrics/", "//metrics//", "//prpc/Version", "/prpc//Version/", "//logs/c?text"])
def test_empty_segments(agent, target):
    """Base URLs with a slash at their end make such paths."""
    path, mark, query = target.partition("?")
    plain = "/" + "/".join(segment for segment in path.split("/") if segment) + mark + query
    found, expected = outward.ask(agent, "GET", target), outward.ask(agent, "GET", plain)
    assert found.status == expected.status and found.header("Content-Type") == expected.header("Content-Type")
    assert found.status == (503 if "logs" in target else 200)


def test_metrics_are_off(new_agent):
    agent = outward.configure(new_agent(), public_sysinfo=False).start()
    assert outward.ask(agent, "GET", "/metrics").status == 404
    assert outward.ask(agent, "POST", "/metrics", b"").status == 404
    page = outward.get(agent, "/").body.decode()
    assert "/metrics" not in page and "Machine" not in page


@pytest.mark.parametrize("member, value", [("public_logs", 1), ("public_sysinfo", "true"), ("public_tcbinfo", 0)])
def test_bad_app_compose(new_agent, member, value):
    """The agent does not guess what the app's owner means."""
    agent = outward.configure(new_agent(), **{member: value}).spawn()
    assert agent.exit_status() == 1
    assert f"app-compose.json: {member}: " in agent.stderr


def test_style_hash(agent):
    """The policy has the hash of the page's style sheet."""
    response = outward.ask(agent, "GET", "/")
    style = re.search(rb"<style>(.*)</style>", response.body, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in response.header("Content-Security-Policy")


@pytest.mark.parametrize("address", ["127.0.0.1", "vsock:1", "unix:"])
def test_bad_engine_address(new_agent, address):
    agent = new_agent(changes={"docker": {"address": address}}).spawn()
    assert agent.exit_status() == 1 and "address" in agent.stderr
