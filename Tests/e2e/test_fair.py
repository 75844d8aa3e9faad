"""A caller that crowds the agent gives way to others: connections by user and by address, events by turns."""

import contextlib
import json
import os
import socket
import subprocess
import sys

import pytest

import boot
import outward
import wire
from agent_process import HERE
from api import Api
from callers import NOBODY, Crowd, take
from simulator import READ, in_system_call

LIMIT = 64


@pytest.mark.smoke
@pytest.mark.parametrize("begin", ["", "GET /Ver"])
def test_a_crowd_gives_way(new_agent, begin):
    """However many connections another user holds, idle or with half a request, there are places for us, up to as many as that user has."""
    agent = new_agent().start()
    with Crowd(agent.socket, LIMIT, begin):
        mine = [wire.Wire(agent.socket) for _ in range(LIMIT // 2)]
        for connection in mine:
            assert connection.kept()
        # from here on both have the same number
        assert wire.get(agent.socket, "/Version").status == 503
        for connection in mine:
            connection.close()


def test_connections_of_a_process_that_is_gone(new_agent):
    """Whoever connects by a child that exits has no second share: such connections give way to everybody."""
    agent = new_agent().start()
    gone = [socket.socket(socket.AF_UNIX) for _ in range(LIMIT)]
    child = os.fork()
    if child == 0:
        for connection in gone:
            connection.connect(agent.socket)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    # all are served while there is room
    for connection in gone:
        connection.sendall(wire.request("GET", "/Version"))
        assert connection.recv(12) == b"HTTP/1.1 200"
    take(agent, LIMIT)
    for connection in gone:
        connection.close()


# Announces bodies of the largest size.
LARGE = "POST /Sign HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\nx"


def sign(agent, size: int) -> int:
    body = json.dumps({"algorithm": "ed25519", "data": "00" * (size // 2)}).encode()
    return wire.post_json(agent.socket, "Sign", body).status


@pytest.mark.smoke
def test_a_crowd_of_large_bodies_gives_way(new_agent):
    """A caller that has announced most of the bodies that fit makes room for another's complete one."""
    agent = new_agent().start()
    with Crowd(agent.socket, 8, LARGE):
        for _ in range(3):
            assert sign(agent, 1000 * 1000) == 200


def test_large_bodies_of_strangers(new_agent):
    agent = outward.configure(new_agent()).start()
    crowd = [from_address(agent, f"127.0.0.{2 + number}") for number in range(8)]
    for connection in crowd:
        connection.sendall(LARGE.encode())
    assert sign(agent, 1000 * 1000) == 200
    for connection in crowd:
        connection.close()


def test_nobody_takes_his_own_share_twice(new_agent):
    agent = new_agent().start()
    take(agent, LIMIT)


def from_address(agent, source: str) -> socket.socket:
    connection = socket.socket()
    connection.bind((source, 0))
    connection.connect(outward.address(agent))
    connection.settimeout(wire.TIMEOUT)
    return connection


def test_strangers_by_their_addresses(new_agent):
    agent = outward.configure(new_agent()).start()
    crowd = [from_address(agent, "127.0.0.2") for _ in range(LIMIT)]
    # all of them have been received when the last one is answered
    crowd[-1].sendall(wire.request("GET", "/prpc/Version"))
    assert crowd[-1].recv(65536).startswith(b"HTTP/1.1 200")
    for verb in ("GET", "POST") * 4:
        response = wire.exchange(outward.address(agent), wire.request(verb, "/prpc/v1/Health", b"" if verb == "POST" else None))
        assert response.status == 200
    for connection in crowd:
        connection.close()


# Calls as another user, one after another on each of many connections, until its standard input ends; $ stands for random hex.
CALL = f"""
import os, sys, threading
sys.path.insert(0, sys.argv[2])
import wire
os.setgid({NOBODY}); os.setuid({NOBODY})
def loop():
    while True:
        try: wire.post_json(sys.argv[1], sys.argv[3], sys.argv[4].replace("$", os.urandom(32).hex()).encode())
        except Exception: pass
for _ in range(int(sys.argv[5])): threading.Thread(target=loop, daemon=True).start()
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def calling(agent, method: str, arguments: str, count: int):
    os.chmod(agent.directory, 0o755)
    crowd = subprocess.Popen(
        [sys.executable, "-c", CALL, agent.socket, str(HERE), method, arguments, str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert crowd.stdout.readline() == "held\n"
        yield
    finally:
        crowd.stdin.close()
        crowd.kill()
        crowd.wait()


def test_events_take_turns(simulator, new_agent):
    """While 40 connections emit without pause, our events, quotes and keys are still served."""
    agent = new_agent(prefix=simulator.prefix)
    api = boot.start(agent)
    with calling(agent, "EmitEvent", '{"event":"crowd","payload":""}', 40):
        agent.wait_until(lambda: len(simulator.events) > 10, "events of the crowd")
        for number in range(10):
            assert api.call("EmitEvent", event=f"mine-{number}", payload="") == (200, None)
            assert api.ok("GetQuote", report_data=f"{number:02x}")["quote"]
            assert api.ok("GetKey", path="a")
    assert [name for name, _, _ in simulator.events if name.startswith("mine")] == [f"mine-{number}" for number in range(10)]
    # what was in progress when the crowd left
    agent.wait_until(lambda: simulator.replayed == simulator.register(3), "the last event")


@pytest.mark.parametrize("count, delay", [(3, 700), (40, 300)])
def test_quotes_take_turns(simulator, tdx_agent, count, delay):
    """While another user requests slow quotes without pause, ours come next, and those for certificates too. After all of the others' they
    would take longer than the 2.5 s that a request may wait; after one, far less, so that a busy machine does not matter."""
    simulator.faults(f"delay-ms {delay}")
    api = Api(tdx_agent)
    with calling(tdx_agent, "GetQuote", '{"report_data":"$"}', count):
        in_system_call(tdx_agent, READ, "/outblob")
        for number in range(2):
            assert api.ok("GetQuote", report_data=f"{number:02x}")["quote"]
            assert api.ok("GetTlsKey", usage_ra_tls=True)["certificate_chain"]
    simulator.faults()


