#!/usr/bin/env python3
"""Speed of what any caller may request: pages in requests a second, logs in MB a second beside the engine's own socket; and memory with
eight followers and a reader that is stuck. The engine is the end-to-end tests' own (Tests/e2e/fake_engine.py).

    outward.py BINARY
"""

import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "Tests/e2e"))
from fake_engine import FakeEngine, frame  # noqa: E402
from running import Running, favour_measuring  # noqa: E402

CONNECTIONS = 16
SIZE = 256 * 1024 * 1024
GROWTH = 2048  # KiB of resident memory that eight followers and a stuck reader may add

# Lines as programs write them, with a little colour.
LINE = b"\x1b[32mINFO\x1b[0m 2026-01-01T00:00:00Z request served in 12 ms status=200 path=/index.html agent=x\n"


def log(connection):
    """A log of SIZE bytes, as fast as it is read."""
    block = frame(LINE) * 1000
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(SIZE // len(block)):
        connection.sendall(block)


def silence(connection):
    """Follows without end: a line, then nothing."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + frame(LINE))
    connection.recv(1)


def connect(path, target):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


def rate(path, target):
    """MB a second of the reader's, and of the log's own bytes."""
    with connect(path, target) as client:
        begin, received = time.perf_counter(), 0
        while data := client.recv(1 << 20):
            received += len(data)
        taken = time.perf_counter() - begin
    return received / taken / 1e6, SIZE / taken / 1e6


def memory(agent):
    """KiB; shared memory counts once, if this process may see that."""
    resident, proportional = agent.resident()
    return proportional or resident


def main(binary):
    favour_measuring()
    with Running(binary) as agent:
        engine = FakeEngine(agent.engine)
        for number in range(4):
            engine.add(f"c{number}")
        engine.add("log", log)
        engine.add("silence", silence)

        print(f"\n{'':<30}{'1: req/s':>10}{f'{CONNECTIONS}: req/s':>12}{'median us':>11}")
        for name, method in {
                "dashboard": "", "metrics": "metrics", "Worker.Version": "prpc/Worker.Version", "v1 Version": "prpc/v1/Version",
                "v1 Health": "prpc/v1/Health"}.items():
            one = agent.figures("load", 10000, agent.external, 1, method, "-")
            many = agent.figures("load", 20000, agent.external, CONNECTIONS, method, "-")
            print(f"{name:<30}{one[0]:>10,.0f}{many[0]:>12,.0f}{one[1]:>11,.0f}")

        print(f"\n{'':<30}{'sent MB/s':>10}{'log MB/s':>12}{'agent us/MB':>13}")
        for name, path, target in [
                ("the engine itself", agent.engine, "/containers/log/logs"), ("JSON, base 64", agent.external, "/logs/log"),
                ("JSON, text", agent.external, "/logs/log?text"), ("bare text", agent.external, "/logs/log?text&bare"),
                ("bare text with escapes", agent.external, "/logs/log?text&bare&ansi")]:
            before = agent.processor_time()
            sent, taken = rate(path, target)
            used = (agent.processor_time() - before) / (SIZE / 1e6)
            print(f"{name:<30}{sent:>10,.0f}{taken:>12,.0f}{used:>13,.0f}")

        before = memory(agent)
        followers = [connect(agent.external, "/logs/silence?follow") for _ in range(8)]
        for follower in followers:
            while b"message" not in follower.recv(65536):
                pass
        stuck = connect(agent.external, "/logs/log")
        time.sleep(1)  # so that the stuck reader's log fills every buffer
        after = memory(agent)
        print(f"\nmemory: {before} KiB, with 8 followers and a stuck reader {after} KiB")
        for client in [*followers, stuck]:
            client.close()
        engine.end()
        if after - before > GROWTH:
            sys.exit(f"memory grows by more than {GROWTH} KiB")


if __name__ == "__main__":
    main(sys.argv[1])
