"""JSON calls to an agent, and the form of its errors."""

import json

import wire
from agent_process import Agent


class Api:
    """JSON calls, each on a connection of its own."""

    def __init__(self, agent: Agent):
        self.agent = agent
        self.address = agent.socket

    def call(self, method: str, **fields):
        """(status, decoded body)"""
        response = wire.post_json(self.address, method, json.dumps(fields).encode())
        return response.status, response.json()

    def ok(self, method: str, **fields) -> dict:
        status, body = self.call(method, **fields)
        assert status == 200, body
        return body

    def refused(self, method: str, status: int = 400, **fields) -> str:
        """The text of the error."""
        actual, body = self.call(method, **fields)
        assert actual == status, body
        return error_text(body)


def error_text(body) -> str:
    """The text of a JSON error, which must have exactly the contract's form."""
    assert list(body) == ["error"] and isinstance(body["error"], str) and body["error"]
    assert len(body["error"].encode()) <= 256
    return body["error"]
