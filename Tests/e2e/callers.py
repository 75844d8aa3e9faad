"""Processes of other users and containers that call the agent for a test."""

import contextlib
import json
import multiprocessing
import os
import pathlib
import socket
import subprocess
import sys

import wire

NOBODY = 65534
# Holds connections to a Unix socket as another user; reports when it has them, and ends when its standard input does.
HOLD = f"""
import os, socket, sys
os.setgid({NOBODY}); os.setuid({NOBODY})
held = []
for _ in range(int(sys.argv[2])):
    held.append(socket.socket(socket.AF_UNIX)); held[-1].connect(sys.argv[1]); held[-1].sendall(sys.argv[3].encode())
print("held", flush=True)
sys.stdin.read()
"""


def make_container(name: str) -> pathlib.Path:
    """A control group of version 2 that counts as one container; None if this machine does not permit it."""
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        path = pathlib.Path(root) / f"{name}-{os.getpid()}.scope"
        if (path.parent / "cgroup.subtree_control").exists():
            with contextlib.suppress(OSError):
                path.mkdir()
                return path
    return None


def own_container(root: pathlib.Path) -> pathlib.Path:
    """This process's control group of version 2, below the folder where these are mounted."""
    (path,) = [line[3:] for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    return root / path.lstrip("/")


def take(agent, places: int):
    """Takes this many places of the connection table, and not one more."""
    mine = [wire.Wire(agent.socket) for _ in range(places)]
    for connection in mine:
        assert connection.kept()
    assert wire.get(agent.socket, "/Version").status == 503
    for connection in mine:
        assert connection.kept()
        connection.close()


class Crowd:
    """Connections of another user, idle or with the beginning of a request."""

    def __init__(self, path: str, count: int, begin: str = ""):
        # the agents' directories are private to their user
        os.chmod(os.path.dirname(path), 0o755)
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, path, str(count), begin], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "held\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Caller:
    """`caller.NAME(…)` calls a method of `_Inside` as this user in this container, in a process of its own."""

    def __init__(self, agent, user: int, container=None):
        # the agents' directories are private to their user
        os.chmod(agent.directory, 0o755)
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_serve, args=[theirs, agent.socket, user, container], daemon=True)
        self.process.start()
        theirs.close()
        assert self.pipe.recv() == "ready"

    def __getattr__(self, name):
        def call(*arguments, **named):
            self.begin(name, *arguments, **named)
            return self.end()

        return call

    def begin(self, name, *arguments, **named):
        self.pipe.send((name, arguments, named))

    def end(self):
        result = self.pipe.recv()
        if isinstance(result, Exception):
            raise result
        return result

    def leave(self):
        self.process.kill()
        self.process.join()


class _Inside:
    def __init__(self, address: str):
        self.address, self.held = address, []

    def hold(self, count: int, begin: bytes = b"") -> int:
        """Opens this many more connections; each gets an answer first, then begins a request."""
        for _ in range(count):
            self.held.append(wire.Wire(self.address))
            if not self.held[-1].kept():
                raise AssertionError("not served")
            self.held[-1].send(begin)
        return len(self.held)

    def ask(self, count: int, request: bytes, is_answered: bool = True) -> int:
        """Opens this many more connections, which send a request and read nothing of the answer."""
        for _ in range(count):
            self.held.append(wire.Wire(self.address))
            self.held[-1].send(request)
        for connection in self.held if is_answered else ():
            connection.socket.recv(1, socket.MSG_PEEK)
        return len(self.held)

    def call(self, method: str, **fields) -> int:
        return wire.post_json(self.address, method, json.dumps(fields).encode()).status

    def quote_for_ever(self):
        """Requests one different quote after another, and reports nothing."""
        while True:
            with contextlib.suppress(AssertionError, OSError):
                self.call("GetQuote", report_data=os.urandom(64).hex())


def _serve(pipe, address: str, user: int, container):
    if container is not None:
        (container / "cgroup.procs").write_text("0")
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    inside = _Inside(address)
    pipe.send("ready")
    while True:
        try:
            name, arguments, named = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(inside, name)(*arguments, **named))
        except Exception as failure:
            pipe.send(AssertionError(repr(failure)))
