"""Many connections, idle connections, and no room for connections."""

import contextlib
import os
import select
import time

import pytest

import front
import outward
import wire
from agent_process import PATIENCE

CONNECTIONS = 64
SMALL_BODY, BODY_LIMIT, BODIES = 4 * 1024, 1024 * 1024, 3 * 1024 * 1024
VERSION = wire.request("GET", "/Version")


def refusal(address) -> wire.Response:
    """What a new connection receives without sending anything."""
    with wire.Wire(address) as client:
        response = client.response()
        assert client.ended()
    return response


@pytest.mark.smoke
def test_the_connection_table(new_agent):
    """64 are served, the next is refused at once, and each one that closes makes room."""
    agent = new_agent().start()
    with contextlib.ExitStack() as stack:
        clients = []
        # One after the other: a round trip each, in which the agent also sees that the last test connection is gone.
        for _ in range(CONNECTIONS):
            clients.append(stack.enter_context(wire.Wire(agent.socket)))
            assert clients[-1].kept()
        for _ in range(10):
            response = refusal(agent.socket)
            assert response.status == 503
            assert list(response.json()) == ["error"]
        for client in clients:
            assert client.kept()
        clients[0].close()
        newcomer = None

        def admitted():
            nonlocal newcomer
            newcomer = wire.Wire(agent.socket)
            newcomer.send(VERSION)
            if newcomer.response().status == 200:
                return True
            newcomer.close()
            return False

        agent.wait_until(admitted, "the place of a client that left")
        assert refusal(agent.socket).status == 503
        newcomer.close()
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            agent.wait_until(lambda: wire.exchange(agent.socket, VERSION).status == 200, "an empty table")
            for client in [stack.enter_context(wire.Wire(agent.socket)) for _ in range(CONNECTIONS // 2)]:
                assert client.kept()


def test_clients_that_say_nothing_hold_no_place_for_ever(new_agent):
    """With the table full of silent clients, newcomers are refused, not left waiting."""
    agent = new_agent().start()
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(wire.Wire(agent.socket))
        assert refusal(agent.socket).status == 503
    agent.wait_until(lambda: wire.exchange(agent.socket, VERSION).status == 200, "an empty table")


def test_a_thousand_short_connections(agent):
    for _ in range(1000):
        assert wire.exchange(agent.socket, wire.request("GET", "/Version", headers=["Connection: close"])).status == 200


def test_no_descriptor_is_lost(new_agent):
    agent = new_agent().start()

    def descriptors():
        return len(front.lasting_descriptors(agent))

    assert wire.exchange(agent.socket, VERSION).status == 200
    before = descriptors()
    for number in range(200):
        with wire.Wire(agent.socket) as client:
            client.send((VERSION, b"GET", b"x\r\n\r\n", wire.request("GET", "/GetTlsKey"))[number % 4])
            if number % 2:
                client.finish()
    agent.wait_until(lambda: descriptors() <= before, "descriptors of closed connections")


def test_memory_at_the_limits(new_agent):
    """64 clients whose bodies, as large as there is room for, lack one byte: the cost is bounded, and all memory is returned."""
    agent = new_agent().start()
    size = SMALL_BODY + BODIES // CONNECTIONS
    body = b" " * (size - 1)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(wire.Wire(agent.socket)) for _ in range(CONNECTIONS)]
        for client in clients:
            client.send(b"POST /GetKey?json HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % size)
            assert client.response().status == 100
            client.send(body)
        # The bodies are 3.25 MiB.
        assert agent.resident < 8 * 2**20
        for client in clients:
            client.send(b"!")
            assert client.response().status == 400
    agent.wait_until(lambda: agent.resident < 4 * 2**20, "memory given back")


def body_head(size: int) -> bytes:
    return b"POST /GetKey?json HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size


def test_bodies_in_flight(new_agent):
    """All apps share 3 MiB, and strangers have their own share; small bodies do not count, and a refused client can try again."""
    agent = new_agent().start()
    with contextlib.ExitStack() as stack:
        counted = BODY_LIMIT - SMALL_BODY
        holders = [stack.enter_context(wire.Wire(agent.socket)) for _ in range(3)]
        for client in holders:
            client.send(body_head(BODY_LIMIT) + b" " * (BODY_LIMIT - 1))
        rest = BODIES - len(holders) * counted + SMALL_BODY

        def status(size: int, chunked: bool = False) -> int:
            with wire.Wire(agent.socket) as client:
                if chunked:
                    client.send(b"POST /GetKey?json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size)
                    client.send(b" " * (size - 2) + b"{}\r\n0\r\n\r\n")
                else:
                    client.send(body_head(size) + b" " * (size - 2) + b"{}")
                response = client.response()
                if response.status == 503:
                    assert response.header("Retry-After") == "1" and client.ended()
                return response.status

        agent.wait_until(lambda: status(BODY_LIMIT) == 503, "no room")
        large = b" " * (BODY_LIMIT - 2) + b"{}"
        assert wire.post_json(f"{agent.directory}/tappd.sock", "prpc/Tappd.DeriveKey?json", large).status == 503
        assert wire.post_json(outward.address(agent), "prpc/Worker.Version?json", large).status == 200
        for chunked in (False, True):
            assert status(SMALL_BODY, chunked) == status(rest, chunked) == 200
            assert status(rest + 1, chunked) == status(BODY_LIMIT, chunked) == 503
        with wire.Wire(agent.socket) as client:
            client.send(body_head(BODY_LIMIT).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
            assert client.response().status == 503
        # one is answered, one hangs up
        holders[0].send(b"!")
        assert holders[0].response().status == 400
        assert status(BODY_LIMIT) == 200
        holders[1].close()
        agent.wait_until(lambda: status(BODY_LIMIT, chunked=True) == 200, "room again")


def cpu_ticks(pid: int) -> int:
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_no_descriptors_left(new_agent):
    """At its limit of descriptors the agent serves its connections, does not spin, and accepts new ones when it can again."""
    agent = new_agent(prefix=["prlimit", "--nofile=24:24"]).start()
    with wire.Wire(agent.socket) as first, contextlib.ExitStack() as stack:
        assert first.kept()
        crowd = [stack.enter_context(wire.Wire(agent.socket)) for _ in range(40)]
        for client in crowd:
            client.send(VERSION)
        # Some are answered, with 200 or a refusal; the rest wait in the listener's queue, or were refused.
        agent.wait_until(lambda: crowd[0] in select.select(crowd, [], [], 0)[0], "an answer to the first of the crowd")
        before = cpu_ticks(agent.pid)
        select.select([], [], [], 0.5)
        assert first.kept() and first.kept()
        # Half a second of spinning would be 50 ticks of 10 ms.
        assert cpu_ticks(agent.pid) - before < 25 * os.sysconf("SC_CLK_TCK") // 100
        assert len(os.listdir(f"/proc/{agent.pid}/fd")) <= 24
    agent.wait_until(lambda: served(agent), "a newcomer after the crowd")
    # A log line about it is fine, one for every connection is not.
    assert len(agent.surprises) <= 3
    agent.expected = agent.surprises


def served(agent) -> bool:
    try:
        return wire.exchange(agent.socket, VERSION).status == 200
    except (AssertionError, OSError):
        return False


@pytest.mark.slow
def test_deadlines(agent):
    """Clients that stall are dropped: first those within a head (5 s), then idle ones and those within a body (10 s).

    All of them wait at the same time. The order is what is asserted, not the seconds. Two more send and never read, one in
    a pipeline and one request by request: they are stuck because of us, and count as idle too.
    """
    with contextlib.ExitStack() as stack:
        deaf = [stack.enter_context(wire.Wire(agent.socket)) for _ in range(2)]
        wire.send_until_stuck(deaf[0], agent.socket, VERSION)
        wire.send_until_stuck(deaf[1], agent.socket, VERSION, batch=1)
        names = ("head", "trickle", "empty lines", "silent", "idle", "body")
        clients = {name: stack.enter_context(wire.Wire(agent.socket, PATIENCE)) for name in names}
        assert clients["idle"].kept()
        clients["head"].send(b"GET /Version HTTP/1.1\r\nHost: a\r\n")
        clients["body"].send(b"POST /GetKey?json HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        trickles = {
            "trickle": iter(b"GET /Version HTTP/1.1\r\nX: " + b"a" * 1000),
            "empty lines": iter(b"\r\n" * 500),
        }
        waiting = {client.socket: name for name, client in clients.items()}
        received, order = dict.fromkeys(names, b""), []
        end = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < end:
            # One byte now and then: activity must not extend the deadline of a head.
            for name, data in trickles.items():
                if clients[name].socket in waiting:
                    clients[name].send(bytes([next(data)]))
            for ready in select.select(list(waiting), [], [], 0.25)[0]:
                try:
                    data = ready.recv(65536)
                except ConnectionResetError:
                    data = b""
                received[waiting[ready]] += data
                if not data:
                    order.append(waiting.pop(ready))
        assert not waiting, f"still open: {sorted(waiting.values())}"
        # Without reading, which would get it going again.
        hangups = select.poll()
        for client in deaf:
            hangups.register(client, 0)
        agent.wait_until(lambda: len(hangups.poll(0)) == len(deaf), "the end of the clients that never read")
    assert set(order[:3]) == {"head", "trickle", "empty lines"}, order
    for name, data in received.items():
        # Nothing, or a 408; a client that has sent nothing receives nothing.
        assert data == b"" or (name not in ("silent", "idle") and data.startswith(b"HTTP/1.1 408 ")), (name, data)
    assert served(agent)
