"""The external listener as its callers see it."""

import json
from typing import NamedTuple

import pytest

import wire
from agent_process import DATA, Agent

COMPOSE = json.loads((DATA / "app-compose.json").read_text())


def address(agent: Agent) -> tuple:
    external = agent.settings["external"]
    return external["address"], external["port"]


def configure(agent: Agent, engine=None, **compose) -> Agent:
    """Changes the app-compose.json of an agent that has not started, and says where its container engine is."""
    path = agent.directory / "app-compose.json"
    path.write_text(json.dumps(COMPOSE | compose))
    agent.settings["default"]["core"]["compose_file"] = str(path)
    agent.settings["docker"] = {"address": f"unix:{engine or agent.directory / 'no-engine.sock'}"}
    return agent


@pytest.fixture(scope="module", name="agent")
def page_agent():
    """A running agent for all tests of a module that only read its pages."""
    agent = configure(Agent())
    try:
        yield agent.start()
    finally:
        agent.finish()


class Body(NamedTuple):
    response: wire.Response
    body: bytes
    # Whether the body ended properly.
    is_whole: bool

    @property
    def status(self) -> int:
        return self.response.status

    def lines(self) -> list:
        """The objects of a log."""
        return [json.loads(line) for line in self.body.splitlines()]


class Stream(wire.Wire):
    """A chunked body, chunk by chunk."""

    def __init__(self, agent_or_address, target: str, version: str = "HTTP/1.1", source: str = ""):
        where = address(agent_or_address) if isinstance(agent_or_address, Agent) else agent_or_address
        super().__init__(where, source=source)
        self.send(wire.request("GET", target, version=version))

    def head(self) -> wire.Response:
        return self.response(head_only=True)

    def chunk(self):
        """The next chunk; empty for the last, None if the connection ends before it."""
        if not self._until(lambda: b"\r\n" in self.buffer):
            return None
        size, _, self.buffer = self.buffer.partition(b"\r\n")
        size = int(size, 16)
        if not self._until(lambda: len(self.buffer) >= size + 2):
            return None
        data, self.buffer = self.buffer[:size], self.buffer[size + 2:]
        return data

    def until(self, text: bytes) -> bytes:
        """Reads until the body contains this text."""
        body = b""
        while text not in body:
            chunk = self.chunk()
            assert chunk, f"ended after {body!r}"
            body += chunk
        return body

    def whole(self, version: str = "HTTP/1.1") -> Body:
        """The whole body, however its length is given."""
        response = self.head()
        if response.header("Content-Length") is not None:
            size = int(response.header("Content-Length"))
            whole = self._until(lambda: len(self.buffer) >= size)
            return Body(response._replace(body=self.buffer), self.buffer, whole)
        assert response.header("Connection") == "close"
        if response.header("Transfer-Encoding") is None:
            while self.receive():
                pass
            return Body(response, self.buffer, True)
        assert response.header("Transfer-Encoding") == "chunked" and version == "HTTP/1.1"
        parts = []
        while chunk := self.chunk():
            parts.append(chunk)
        return Body(response, b"".join(parts), chunk is not None)


def get(agent: Agent, target: str, version: str = "HTTP/1.1") -> Body:
    with Stream(agent, target, version) as stream:
        return stream.whole(version)


def ask(agent: Agent, method: str, target: str, body=None) -> wire.Response:
    """One request by any method; an answer to HEAD has no body."""
    with wire.Wire(address(agent)) as client:
        client.send(wire.request(method, target, body))
        response = client.response(head_only=method == "HEAD")
        if method == "HEAD":
            assert not client.buffer
        return response
