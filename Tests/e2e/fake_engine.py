"""A container engine that answers whatever a test tells it, right or wrong: a Unix socket with as much of Docker's API as needed."""

import json
import socket
import threading
import urllib.parse


def frame(data: bytes, channel: int = 1, size=None) -> bytes:
    """A frame of the multiplexed log; `size` is the size that it claims."""
    return bytes([channel, 0, 0, 0]) + (len(data) if size is None else size).to_bytes(4, "big") + data


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def chunked(*parts: bytes, last: bool = True) -> bytes:
    """The answer for a log; without the last chunk it breaks off."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + (b"0\r\n\r\n" if last else b"")


class FakeEngine:
    """`containers` is the list; inspections and logs are found by the container's name. Bytes are sent as they are; what can be
    called is given the connection."""

    def __init__(self, path):
        self.path = str(path)
        self.containers = []
        self.inspections = {}
        self.logs = {}
        self.requests = []
        # What a test's log waits for; set at the end, so that no thread is left.
        self.release = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def add(self, name: str, log=b"", tty: bool = False):
        self.containers.append({
            "Id": "0" * 63 + str(len(self.containers)), "Names": ["/" + name], "Image": "image", "ImageID": "sha256:0",
            "Created": 1, "State": "running", "Status": "Up 1 second"})
        self.inspections[name] = answer(json.dumps({"Id": "x", "Config": {"Tty": tty}}).encode())
        self.logs[name] = log

    def end(self):
        self.release.set()
        # Wakes accept(), which close() alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def queries(self, name: str) -> list:
        """The queries of the requests for a container's log."""
        paths = [urllib.parse.urlsplit(target) for target in self.requests]
        return [urllib.parse.parse_qs(each.query) for each in paths if each.path == f"/containers/{name}/logs"]

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            target = head.split(b" ")[1].decode()
            self.requests.append(target)
            reply = self._reply(urllib.parse.urlsplit(target).path)
            try:
                if callable(reply):
                    reply(connection)
                else:
                    connection.sendall(reply)
            except (BrokenPipeError, ConnectionResetError):
                pass

    def _reply(self, path: str):
        if path == "/containers/json":
            return self.containers if callable(self.containers) else answer(
                self.containers if isinstance(self.containers, bytes) else json.dumps(self.containers).encode())
        _, _, name, what = path.split("/")
        found = (self.inspections if what == "json" else self.logs).get(name)
        return answer(b'{"message":"no such container"}', "404 Not Found") if found is None else found
