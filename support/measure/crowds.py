"""Crowds that attack an agent (attack.c), what they request, and what the agent's processes hold meanwhile: for attacks.py and the soak."""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

from running import HERE, OUT, ROOT, WARNINGS, compiled

for tests in ("Tests/e2e", "Tests/sim"):
    sys.path.insert(0, str(ROOT / tests))
import outward  # noqa: E402
import wire  # noqa: E402
from fake_engine import answer, frame  # noqa: E402
from simulator import line  # noqa: E402

MIB = 1024 * 1024
BODY = MIB  # Limits.requestBody
# The user nobody.
ATTACKER = 65534
# The source address of the attacker's connections to 8090.
STRANGER = "127.0.0.2"
# 64 of these become other hex digits in each request.
RANDOM = "$" * 64
LISTENER = 64
# The shortest event that there is.
EVENT = ("a", b"")

def post(method: str, **fields) -> bytes:
    return wire.request("POST", "/" + method, json.dumps(fields).encode(), wire.JSON_HEADER)


def get(target: str) -> bytes:
    return wire.request("GET", target)


def large(method: str, field: str, unit: str, size: int = BODY, **others) -> bytes:
    """A JSON body of exactly this size in which a field's text repeats `unit`, JSON as it is."""
    head = json.dumps(others)[:-1] + (", " if others else "") + f'"{field}": "'
    count = (size - len(head) - 2) // len(unit)
    return wire.request("POST", "/" + method, f'{head}{unit * count}"}}'.ljust(size).encode(), wire.JSON_HEADER)


# Every text and every byte string of the apps' socket.
PLACES = [
    ("GetKey", "path", {}), ("GetKey", "purpose", {}), ("GetKey", "algorithm", {}), ("GetTlsKey", "subject", {}),
    ("Sign", "data", {"algorithm": "ed25519"}), ("Sign", "algorithm", {}), ("Verify", "data", {"algorithm": "ed25519"}),
    ("Verify", "signature", {"algorithm": "ed25519"}), ("GetQuote", "report_data", {}), ("Attest", "report_data", {}),
    ("EmitEvent", "event", {}), ("EmitEvent", "payload", {"event": "a"}), ("Info", "unknown", {}), ("v1/GetKey", "domain", {"algorithm": "ed25519"}),
    ("v1/IssueCert", "subject", {}), ("v1/Attest", "report_data", {})]


def escapes() -> list:
    """Bodies at the limit, each character of them an escape."""
    return [large(method, field, "\\u0061", **others) for method, field, others in PLACES]


def forms() -> list:
    """Other bodies at the limit: hex, long lists, many members, deep nesting, pairs of escapes, and protobuf."""
    names = json.dumps({"alt_names": ["a"] * 32_000}).ljust(BODY).encode()
    members = json.dumps({f"m{number}": "" for number in range(30_000)}).ljust(BODY).encode()
    deep = ('{"unknown": ' + "[" * 30 + "1" + ",1" * 30_000 + "]" * 30 + "}").ljust(BODY).encode()
    octets = ("Content-Type: application/octet-stream",)
    return [
        large("Sign", "data", "00", algorithm="secp256k1"), large("Verify", "data", "00", algorithm="secp256k1"),
        large("GetKey", "path", "a"), large("GetKey", "path", "\\ud83d\\ude00"), large("v1/GetKey", "domain", "a", algorithm="secp256k1"),
        wire.request("POST", "/GetTlsKey", names, wire.JSON_HEADER), wire.request("POST", "/GetKey", members, wire.JSON_HEADER),
        wire.request("POST", "/Info", deep, wire.JSON_HEADER),
        # field 2 of 1,048,571 bytes, and many small fields
        wire.request("POST", "/GetKey", b"\x12\xfb\xff\x3f" + b"a" * (BODY - 5), octets),
        wire.request("POST", "/GetTlsKey", b"\x12\x01a" * 32_000, octets)]


def fields() -> list:
    """Many fields in few bytes, so that no child reads them: pairs in the worst order, as many as are taken and as fit, and a list."""
    octets = ("Content-Type: application/octet-stream",)
    return [
        get("/GetKey?" + "&".join(f"[{number}]" for number in reversed(range(512)))), get("/GetKey?" + "[9]&" * 1019 + "a&" * 2037),
        wire.request("POST", "/GetTlsKey", b"\x12\x00" * 16_384, octets)]


@dataclasses.dataclass
class Crowd:
    """Connections of one process. The options are those of `attack crowd`; the listener is `app`, `tappd` or `outside`."""

    requests: list
    options: dict
    listener: str = "app"
    # whether its answers can be counted
    is_answered: bool = True


def crowd(*requests: bytes, listener: str = "app", is_answered: bool = True, **options) -> Crowd:
    return Crowd(list(requests), options, listener, is_answered)


def quotes(connections: int) -> list:
    return [crowd(post("GetQuote", report_data=RANDOM), connections=connections)]


def large_events() -> list:
    return [crowd(post("EmitEvent", event="large", payload="00" * 65536), connections=2, rate=100)]


def events(connections: int = 40, **options) -> list:
    return [crowd(post("EmitEvent", event="crowd", payload=""), connections=connections, **options)]


def idle(**options) -> list:
    return [crowd(get("/Version"), connections=LISTENER, once=1, **options)]


def dripping_senders() -> list:
    """Slow heads and bodies, a byte every 100 ms."""
    return [crowd(get("/Version"), connections=LISTENER // 2, send=1),
            crowd(large("GetKey", "path", "a"), connections=LISTENER // 2, send=200)]


def bodies(requests: list, connections: int = 8) -> list:
    return [crowd(*requests, connections=connections)]


def hung_up() -> list:
    """Bodies at the limit from a client that does not wait for an answer."""
    return [crowd(large("GetKey", "purpose", "a"), connections=8, hangup=1, is_answered=False)]


def info(connections: int) -> list:
    return [crowd(get("/Info"), connections=connections)]


def slow_readers() -> list:
    """They ask for Info; some never read, some drip, some are just slow."""
    return [crowd(get("/Info"), connections=24, read=0, is_answered=False), crowd(get("/Info"), connections=20, read=64, is_answered=False),
            crowd(get("/Info"), connections=20, read=65536)]


def pages(connections: int = 16) -> list:
    targets = ["/", "/metrics", "/prpc/Info", "/prpc/v1/Info", "/prpc/v1/Health", "/prpc/Version"]
    return [crowd(*map(get, targets), listener="outside", connections=connections)]


def followers() -> list:
    """Followers of endless logs, at up to 10 MB a second each, and readers who never read."""
    return [crowd(get("/logs/endless?follow"), listener="outside", connections=8, read=MIB, is_answered=False),
            crowd(get("/logs/endless"), listener="outside", connections=16, read=0, is_answered=False),
            crowd(get("/logs/short?text&bare"), listener="outside", connections=8, rate=500)]


def everything() -> list:
    """All of them at once, each smaller: a listener has no more places."""
    return [*quotes(3), *events(8, rate=200), *large_events(), *info(8), *bodies(escapes(), 4), *slow_readers(), *dripping_senders(), *idle(),
            *pages(8), *followers()]


class Attackers:
    """Running crowds, each a process of its own."""

    def __init__(self, agent, directory, crowds: list, uid: int = ATTACKER, group=None, **more):
        """`more` are options for all of them."""
        self.crowds = crowds
        self.processes = []
        for number, each in enumerate(crowds):
            options = {"uid": uid, **each.options, **more, **({"cgroup": group} if group else {})}
            if each.listener == "outside":
                options["from"] = STRANGER
            path = request_file(directory, f"crowd-{id(self)}-{number}", each.requests)
            command = [program(), "crowd", listener_address(agent, each.listener), path, *(f"{name}={value}" for name, value in options.items())]
            self.processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            if self.processes[-1].stdout.readline() != "begun\n":
                raise RuntimeError(f"a crowd did not begin: {command}")
            os.unlink(path)

    def end(self) -> list:
        """The results of each."""
        told = []
        for process in self.processes:
            output, _ = process.communicate("end\n")
            if process.returncode != 0:
                raise RuntimeError("a crowd failed")
            told.append(json.loads(output))
        return told


@functools.cache
def program():
    return compiled("cc", *WARNINGS, HERE / "attack.c", "-o", OUT / "attack")


def listener_address(agent, listener: str) -> str:
    if listener == "outside":
        return "{}:{}".format(*outward.address(agent))
    return agent.socket if listener == "app" else f"{agent.directory}/tappd.sock"


def request_file(directory, name: str, requests: list) -> pathlib.Path:
    path = pathlib.Path(directory) / name
    path.write_bytes(b"".join(b"%d\n" % len(each) + each for each in requests))
    return path


# What the agent holds.


def processes(pid: int) -> list:
    """A process and its descendants."""
    found = [pid]
    for each in found:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, pathlib.Path(f"/proc/{each}/task/{each}/children").read_text().split())
    return found


def field(pid: int, name: str, file: str) -> int:
    """Bytes; 0 if the process is gone."""
    try:
        match = re.search(rf"^{name}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/{file}").read_text(), re.M)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(match[1]) * 1024 if match else 0


def resident(pid: int) -> int:
    """Bytes that all processes of an agent hold together, counting shared memory once. If only root may know that, the sum of all."""
    try:
        return sum(field(each, "Pss", "smaps_rollup") for each in processes(pid))
    except PermissionError:
        return sum(field(each, "VmRSS", "status") for each in processes(pid))


class Watch:
    """The most that an agent holds while this is open: looked at every 20 ms, and the kernel's own mark for each process that lasts."""

    def __init__(self, pid: int):
        self.pid, self.most = pid, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.lasting = processes(self.pid)
        for each in self.lasting:
            with contextlib.suppress(OSError):
                pathlib.Path(f"/proc/{each}/clear_refs").write_text("5")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.most = max([self.most, *(field(each, "VmHWM", "status") for each in self.lasting)])

    def run(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, resident(self.pid))


# The guest.


def fill(simulator, count: int):
    """Brings the event log up to so many events. No caller's share counts them, because they precede the agent."""
    path = simulator.log / "runtime_events.log"
    missing = count - (path.read_bytes().count(b"\n") if path.exists() else 0)
    with simulator.writer() as writer:
        writer.stdin.write(line(*EVENT) * max(0, missing))
        writer.stdin.close()
    if writer.returncode != 0:
        raise RuntimeError("the log could not be filled")


LINE = b"\x1b[32mINFO\x1b[0m 2026-01-01T00:00:00Z request served in 12 ms status=200 path=/index.html agent=x\n"


def endless(connection):
    """A log, as fast as it is read."""
    block = frame(LINE) * 200
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(block)


def add_containers(engine):
    engine.add("endless", endless)
    engine.add("short", answer(frame(LINE) * 50))
