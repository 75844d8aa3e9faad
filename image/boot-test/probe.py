"""The host's end of guest/probe.c: files, processes and Unix sockets of a guest."""

import contextlib
import itertools
import os
import queue
import socket
import struct
import threading


class Probe:
    """Listens on a Unix socket for QEMU; each request has a channel of its own."""

    def __init__(self, path: str):
        self.folder = os.path.dirname(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.ready = threading.Event()
        self.channels = {}
        self.ids = itertools.count(1)
        self.lock = threading.Lock()
        threading.Thread(target=self.receive, daemon=True).start()

    def receive(self):
        """Passes frames to their channels until the guest ends."""
        with contextlib.suppress(OSError, EOFError):
            self.port, _ = self.listener.accept()
            with self.port.makefile("rb") as stream:
                while True:
                    channel, size = struct.unpack("<II", exactly(stream, 8))
                    data = exactly(stream, size)
                    if channel:
                        self.channels[channel].put(data)
                    else:
                        self.ready.set()
        for waiting in list(self.channels.values()):
            waiting.put(b"")

    def send(self, channel: int, data: bytes):
        with self.lock:
            self.port.sendall(struct.pack("<II", channel, len(data)) + data)

    def open(self, request: str):
        """(number, queue of frames, of which the empty one is the last)"""
        channel, frames = next(self.ids), queue.Queue()
        self.channels[channel] = frames
        self.send(channel, request.encode())
        return channel, frames

    def ask(self, request: str) -> bytes:
        channel, frames = self.open(request)
        answer = b"".join(iter(lambda: frames.get(timeout=20), b""))
        del self.channels[channel]
        return answer

    def read(self, path: str) -> bytes:
        return self.ask(f"read {path}")

    def names(self, path: str) -> list:
        return sorted(self.ask(f"list {path}").decode().split("\n")[:-1])

    def stat(self, path: str):
        """(inode, mode), or None"""
        inode, _, mode = self.ask(f"stat {path}").decode().partition(" ")
        return (int(inode), int(mode, 8)) if mode else None

    def kill(self, pid: int, signal: int):
        # no answer comes if the signal also ends the probe
        error = int(self.ask(f"kill {pid} {int(signal)}") or 0)
        assert error == 0, os.strerror(error)

    def processes(self) -> dict:
        """The words of /proc/PID/stat after the name, and the command line, by the number; kernel threads left out."""
        found = {}
        for name in self.names("/proc"):
            if name.isdigit():
                command = self.read(f"/proc/{name}/cmdline").split(b"\0")[:-1]
                fields = self.read(f"/proc/{name}/stat").rpartition(b")")[2].split()
                if command and fields:
                    found[int(name)] = (int(fields[1]), [word.decode() for word in command])
        return found

    def bridge(self, guest_path: str, kind="unix") -> str:
        """A Unix socket here that leads to one in the guest, or to a vsock port of the guest itself."""
        path = f"{self.folder}/{guest_path.strip('/').replace('/', '-')}"
        if os.path.exists(path):
            return path
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(16)

        def accept():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self.connect, args=(connection, f"{kind} {guest_path}"), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return path

    def connect(self, connection: socket.socket, request: str):
        channel, frames = self.open(request)

        def back():
            with contextlib.suppress(OSError):
                for data in iter(frames.get, b""):
                    connection.sendall(data)
                connection.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=back, daemon=True).start()
        with contextlib.suppress(OSError), connection:
            for data in iter(lambda: connection.recv(32768), b""):
                self.send(channel, data)
            self.send(channel, b"")


def exactly(stream, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
