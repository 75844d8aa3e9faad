"""A client that sees every byte: HTTP/1.1 over a raw socket, with a strict reader."""

import json
import re
import socket
from typing import NamedTuple

# Below the agent's 10 s of idle time, so that a connection it keeps open can be told from one that it closed. Well above the 3.5 s
# that a quote of one second may take on an idle machine.
TIMEOUT = 8.0


class Response(NamedTuple):
    version: str
    status: int
    headers: list
    body: bytes
    raw: bytes

    def header(self, name: str):
        """The value of a header that must occur at most once; None if it does not."""
        values = [value for field, value in self.headers if field.lower() == name.lower()]
        assert len(values) <= 1, f"{name} occurs {len(values)} times"
        return values[0] if values else None

    def json(self):
        assert self.header("Content-Type") == "application/json"
        return json.loads(self.body)


class Wire:
    """One connection; `address` is the path of a Unix socket or a (host, port) pair, `source` the address that it comes from."""

    def __init__(self, address, timeout: float = TIMEOUT, source: str = ""):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.buffer = b""
        try:
            if source:
                self.socket.bind((source, 0))
            # Blocking, because a socket with a timeout gets EAGAIN from a Unix listener whose queue is full.
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, data: bytes):
        """Send all of it, unless the agent has hung up on us already."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def finish(self):
        """Half-close: no more requests."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self) -> bool:
        """One more read; False at the end of the stream, however it ended."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.buffer += data
        return bool(data)

    def _until(self, end) -> bool:
        while not end():
            if not self.receive():
                return False
        return True

    def response(self, head_only: bool = False) -> Response:
        """The next response, whatever its status; `head_only` when no body may follow."""
        assert self._until(lambda: b"\r\n\r\n" in self.buffer), f"closed after {self.buffer!r}"
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        match = re.fullmatch(r"(HTTP/1\.[01]) ([1-5][0-9]{2}) [ -~]*", first)
        assert match, first
        headers = []
        for line in lines:
            field = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([ -~]*)", line)
            assert field, line
            headers.append(field.groups())
        response = Response(match[1], int(match[2]), headers, b"", head)
        length = response.header("Content-Length")
        if response.status < 200 or head_only:
            return response
        assert length is not None and re.fullmatch("[0-9]+", length), response
        size = int(length)
        assert self._until(lambda: len(self.buffer) >= size), f"{len(self.buffer)} of {size} bytes, then closed"
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return response._replace(body=body, raw=head + b"\r\n\r\n" + body)

    def final(self) -> Response:
        """The next response that is not an interim one."""
        while True:
            response = self.response()
            if response.status >= 200:
                return response

    def ended(self) -> bool:
        """True when the agent closes without another byte; False when it keeps the connection for TIMEOUT."""
        try:
            more = self.receive()
        except socket.timeout:
            return False
        assert not self.buffer, f"bytes after the last response: {self.buffer!r}"
        return not more

    def kept(self) -> bool:
        """True when the connection serves another request."""
        self.send(request("GET", "/Version"))
        return self.response().status == 200


def request(method: str, target: str, body=None, headers=(), version: str = "HTTP/1.1", host="localhost") -> bytes:
    """A well-formed request; Content-Length is present exactly if there is a body."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += headers
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


JSON_HEADER = ("Content-Type: application/json",)


def exchange(address, data: bytes) -> Response:
    """Send one request on a connection of its own and return its final response."""
    with Wire(address) as wire:
        wire.send(data)
        return wire.final()


def post_json(address, method: str, body: bytes) -> Response:
    """POST these very bytes as JSON."""
    return exchange(address, request("POST", "/" + method, body, JSON_HEADER))


def get(address, target: str) -> Response:
    return exchange(address, request("GET", target))


def send_until_stuck(client: Wire, address, data: bytes, batch: int = 64) -> int:
    """Send a request over and over, `batch` at a time, without reading, until the agent takes no more; returns the bytes sent.

    With a batch of one, each request is answered before the next one is sent.
    """
    client.socket.setblocking(False)
    # Small, so that the agent's bound shows and not the kernel's.
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    sent, refusals = 0, 0
    # The agent may just be slow: it is stuck if it answers others and still takes nothing.
    while refusals < 20:
        try:
            sent += client.socket.send((data * batch)[sent % len(data):])
            refusals = 0
        except BlockingIOError:
            refusals += 1
        assert exchange(address, request("GET", "/Version")).status == 200
        assert sent < 50_000_000, "the agent buffers without a bound"
    client.socket.settimeout(TIMEOUT)
    return sent
