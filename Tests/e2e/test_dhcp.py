"""`dstack.ip=dhcp`: a machine that gets its address from a server on its wire."""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

import dhcp
import machine as machines
from agent_process import PATIENCE
from dhcp import ACK, DISCOVER, NAK, OFFER, REQUEST
from startup import Startup
from test_init_machine import new_machine, program, tdx_machine  # noqa: F401 fixtures

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such namespaces")
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438


@pytest.fixture
def wire():
    made = dhcp.Wire()
    yield made
    made.close()


@pytest.fixture
def leased(tdx_machine, program, wire):  # noqa: F811
    """A machine, off or starting, and its wire. Its one program waits for a network."""
    machine = tdx_machine("dstack.ip=dhcp dstack.console=programs", wire=wire)
    machine.add_program("stay", program)
    return machine


@pytest.fixture
def asking(leased, wire):
    """The same, with the tests' own server listening."""
    leased.start()
    wire.wait()
    wire.listen()
    return leased


def addresses(machine, family: str = "-4") -> list:
    lines = machine.inside("ip", "-o", family, "address", "show", "dev", "eth0", "scope", "global").splitlines()
    return [line.split()[3] for line in lines]


def routes(machine) -> list:
    return [line.strip() for line in machine.inside("ip", "route").splitlines()]


def clients(machine) -> list:
    return [pid for pid in machines.children(machine.pid) if machines.words(pid)[1:2] == [b"dhcp"]]


def name_servers(machine) -> str:
    path = machine.tree / "etc/resolv.conf"
    return path.read_text() if path.exists() else ""


def test_dnsmasq(leased, wire, tmp_path):
    """A widely used server; IPv6 comes from router advertisements."""
    leased.start()
    wire.wait()
    wire.run("ip", "address", "add", "10.7.0.1/20", "dev", "server")
    wire.run("ip", "-6", "address", "add", "fd00:7::1/64", "dev", "server", "nodad")
    server = subprocess.Popen([
        "nsenter", f"--net={wire.namespace}", shutil.which("dnsmasq", path=os.environ["PATH"] + ":/usr/sbin"), "--keep-in-foreground",
        "--conf-file=/dev/null", "--port=0", "--interface=server", "--user=root", "--leasefile-ro", f"--pid-file={tmp_path}/pid", "--no-ping",
        "--dhcp-range=10.7.0.50,10.7.0.50,2m", "--dhcp-option=option:dns-server,10.7.0.3,10.7.0.4", "--enable-ra",
        "--dhcp-range=fd00:7::,ra-only"], stderr=subprocess.DEVNULL)
    try:
        leased.wait_for("stay")
        assert addresses(leased) == ["10.7.0.50/20"]
        assert [route.split()[:5] for route in routes(leased)] == [
            ["default", "via", "10.7.0.1", "dev", "eth0"], ["10.7.0.0/20", "dev", "eth0", "proto", "kernel"]]
        assert name_servers(leased) == "nameserver 10.7.0.3\nnameserver 10.7.0.4\n"
        leased.wait_for_line("a DHCP server has leased the address 10.7.0.50")
        assert not (leased.root / "run/dstack.no-lease").exists()
        leased.inside("ping", "-c", "1", "10.7.0.1") if shutil.which("ping") else None
        leased.wait_until(lambda: any(each.startswith("fd00:7::") for each in addresses(leased, "-6")), "an address of IPv6")
    finally:
        server.kill()
        server.wait()
    leased.off()
    assert not [line for line in leased.console if "DHCP client" in line], leased.console


def test_renewal_rebinding_and_the_end(asking, wire):
    """A lease of 4 s: renewed by its server after 2 s, by another one after 3.5 s, then lost."""
    wire.lease(options={dhcp.LEASE: 4})
    asking.wait_for("stay")
    assert addresses(asking) == ["10.7.0.9/24"]
    renewal = wire.next(REQUEST)
    assert renewal.target == wire.hardware and (renewal.source, renewal.destination) == ("10.7.0.9", "10.7.0.1")
    assert renewal.own == "10.7.0.9" and dhcp.REQUESTED not in renewal.options and dhcp.SERVER not in renewal.options
    # name servers may change
    wire.answer(renewal, ACK, "10.7.0.9", {dhcp.LEASE: 2, dhcp.NAME_SERVERS: "10.7.0.4 10.7.0.5"})
    asking.wait_until(lambda: name_servers(asking) == "nameserver 10.7.0.4\nnameserver 10.7.0.5\n", "the name servers")
    assert addresses(asking) == ["10.7.0.9/24"]
    assert wire.next(REQUEST).destination == "10.7.0.1"
    rebinding = wire.next(REQUEST)
    assert rebinding.target == dhcp.EVERYBODY and (rebinding.source, rebinding.destination) == ("10.7.0.9", "255.255.255.255")
    wire.answer(rebinding, ACK, "10.7.0.9", {dhcp.LEASE: 2, dhcp.SERVER: "10.7.0.2"})
    assert wire.next(REQUEST).destination == "10.7.0.2"
    assert addresses(asking) == ["10.7.0.9/24"]
    assert wire.next(REQUEST).target == dhcp.EVERYBODY
    # nobody answers
    again = wire.next(DISCOVER)
    asking.wait_until(lambda: not addresses(asking), "an end of the address")
    assert routes(asking) == [] and again.source == "0.0.0.0"
    asking.wait_for_line("the DHCP lease is lost")
    wire.answer(again, OFFER, "10.7.0.77")
    wire.answer(wire.next(REQUEST), ACK, "10.7.0.77", {dhcp.MASK: "255.255.0.0", dhcp.ROUTER: None})
    asking.wait_until(lambda: addresses(asking) == ["10.7.0.77/16"], "another address")
    assert len(routes(asking)) == 1
    asking.off()


def test_refusal(asking, wire):
    """A renewal is refused: the address is removed at once."""
    request = wire.lease(options={dhcp.LEASE: 2, dhcp.MASK: "255.255.255.255", dhcp.ROUTER: "10.9.0.1"})
    assert request.address(dhcp.REQUESTED) == "10.7.0.9" and request.address(dhcp.SERVER) == "10.7.0.1"
    assert request.options[dhcp.CLIENT] == b"\1" + request.hardware
    asking.wait_for("stay")
    # a /32 network, with a router outside it
    assert addresses(asking) == ["10.7.0.9/32"]
    assert sorted(route.split()[0] for route in routes(asking)) == ["10.9.0.1", "default"]
    wire.answer(wire.next(REQUEST), NAK, "0.0.0.0")
    again = wire.next(DISCOVER)
    asking.wait_until(lambda: not addresses(asking), "an end of the address")
    wire.answer(again, OFFER, "10.7.0.10")
    wire.answer(wire.next(REQUEST), ACK, "10.7.0.10")
    asking.wait_until(lambda: addresses(asking) == ["10.7.0.10/24"], "another address")
    asking.off()


def hostile(request, own: bytes) -> list:
    """Frames that must not be taken for an offer."""
    def offer(options=None, address="10.7.0.66", **fields):
        return dhcp.reply(request, OFFER, address, options, **fields)

    wrong = {
        dhcp.MASK: [None, b"", "0.0.0.0", "255.0.255.0", b"\xff\xff\xff", "255.255.255.0 255.255.255.0"],
        dhcp.ROUTER: [b"\x0a", "10.8.0.1", "10.7.0.66", "10.7.0.255", "255.255.255.255", b"\x0a\x07\x00\x01\x0a"],
        dhcp.LEASE: [None, b"", 0, b"\0\0\1", b"\0\0\0\0\1"],
        dhcp.SERVER: [None, b"", "0.0.0.0", "255.255.255.255", "127.0.0.1", "10.7.0.1 10.7.0.2"],
        dhcp.KIND: [None, b"", b"\2\2", b"\x05", b"\x06", b"\xff"],
        dhcp.OVERLOAD: [b"\0", b"\4", b"\1\1"],
    }
    whole = offer()
    payloads = [offer({option: value}) for option, values in wrong.items() for value in values]
    payloads += [offer(address=address) for address in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "10.7.0.0", "10.7.0.255")]
    payloads += [offer(transaction=b"\0\0\0\0"), offer(hardware=b"\2\0\0\0\0\0"), offer(tail=b"\x36\x04\x0a\x07\x00\x02\xff")]
    # an option that overruns the message, or a field
    payloads += [offer(tail=bytes([6, 255, 1])), offer({dhcp.OVERLOAD: b"\1"}, file=b"\6\x7f" + bytes(126)), whole[:240], b"", whole[:236]]
    payloads += [whole[:count] for count in range(240, len(whole) - 1, 3) if count < 246 + 6]
    frames = [dhcp.frame(payload, own, request.hardware) for payload in payloads]
    good = dhcp.frame(whole, own, request.hardware)
    frames += [good[:count] for count in range(14, 60)]
    frames += [good[:14] + bytes([0x4f]) + good[15:], good[:20] + b"\x20" + good[21:], good[:38] + b"\0\7" + good[40:]]
    # huge messages
    frames += [dhcp.frame(offer(tail=b"\x06\xff" + bytes(255) + b"\xff" * 900 + b"\0" * 30, options={dhcp.MASK: None}), own, request.hardware)]
    return frames


def test_hostile_server(asking, wire):
    """Nothing malformed, huge or contradictory is accepted, nor does it keep the client from accepting a good offer."""
    request = wire.next(DISCOVER)
    [client] = clients(asking)
    for frame in hostile(request, wire.hardware):
        wire.socket.send(frame)
    # the next message is a DISCOVER again: it has accepted none
    again = wire.next(DISCOVER)
    assert again.transaction == request.transaction
    wire.answer(again, OFFER, "10.7.0.9")
    request = wire.next(REQUEST)
    for frame in hostile(request, wire.hardware):
        if frame[14 + 28 + 240:][:3] != bytes([53, 1, NAK]):
            wire.socket.send(frame)
    wire.answer(request, ACK, "10.7.0.9", {dhcp.NAME_SERVERS: "127.0.0.1 10.7.0.3 0.0.0.0 10.7.0.4 224.0.0.1 10.7.0.5 10.7.0.6"})
    asking.wait_for("stay")
    assert clients(asking) == [client] and addresses(asking) == ["10.7.0.9/24"]
    assert name_servers(asking) == "nameserver 10.7.0.3\nnameserver 10.7.0.4\nnameserver 10.7.0.5\n"
    assert "\n".join(asking.console).count("a DHCP server's answer is refused: ") == 1
    asking.off()


def test_the_client(asking, wire):
    """What the client may do; that it is replaced when it ends; and that process 1 checks everything that it reports."""
    wire.lease()
    asking.wait_for("stay")
    [client] = clients(asking)
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{client}/status").read_text().splitlines())
    assert status["Uid"].split() == status["Gid"].split() == ["65532"] * 4 and status["Groups"].strip() == ""
    assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    links = {name: os.readlink(f"/proc/{client}/fd/{name}") for name in os.listdir(f"/proc/{client}/fd")}
    assert set(links) == {"0", "1", "2", "3", "4"} and links["3"].startswith("socket:") and links["4"].startswith("socket:")
    assert set(machines.environment(client)) == {"SYSTEMD_EXEC_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}
    assert not [line for line in asking.console if "less confined" in line], asking.console

    # the next one starts over; the address stays meanwhile
    os.kill(client, signal.SIGKILL)
    request = wire.next(DISCOVER)
    assert addresses(asking) == ["10.7.0.9/24"]
    wire.answer(request, OFFER, "10.7.0.9")
    wire.answer(wire.next(REQUEST), ACK, "10.7.0.9", {dhcp.NAME_SERVERS: "10.7.0.4"})
    asking.wait_until(lambda: name_servers(asking) == "nameserver 10.7.0.4\n", "another name server")
    asking.wait_for_line("the DHCP client was ended by signal 9")

    # as an attacker in its place; each of these messages ends it
    fault = "the DHCP client sent an invalid message"
    lies = [b"", b"x", bytes(27), bytes(29), bytes.fromhex("7f000001ffffff0000000000000000010000000000000000"), bytes(3) + b"\1" + bytes(24)]
    for count, lie in enumerate(lies[1:], 1):
        asking.wait_until(lambda: clients(asking), "a client")
        [client] = clients(asking)
        say(client, lie)
        asking.wait_until(lambda: "\n".join(asking.console).count(fault) == count, f"a complaint about {lie}")
        asking.wait_until(lambda: clients(asking) not in ([], [client]), "another client")
    assert addresses(asking) == ["10.7.0.9/24"]
    # the report that the lease is lost is accepted
    say(clients(asking)[0], bytes(28))
    asking.wait_until(lambda: not addresses(asking), "an end of the address")
    asking.off()


def say(client: int, message: bytes):
    """Sends a message to process 1 in the client's name."""
    handle = dhcp.libc.syscall(SYS_PIDFD_OPEN, client, 0)
    number = dhcp.libc.syscall(SYS_PIDFD_GETFD, handle, 4, 0)
    os.close(handle)
    assert number >= 0, os.strerror(ctypes.get_errno())
    with socket.socket(fileno=number) as end:
        end.send(message)


def test_an_end_that_the_client_does_not_tell(asking, wire):
    """Process 1 removes the address when the lease expires, whatever the client does."""
    wire.lease(options={dhcp.LEASE: 2})
    asking.wait_for("stay")
    [client] = clients(asking)
    os.kill(client, signal.SIGSTOP)
    assert addresses(asking) == ["10.7.0.9/24"]
    asking.wait_until(lambda: not addresses(asking), "an end of the address")
    os.kill(client, signal.SIGCONT)
    asking.off()


@pytest.fixture
def no_lease():
    """The folder that process 1 keeps while it waits for a lease."""
    path = pathlib.Path("/run/dstack.no-lease")
    path.mkdir()
    yield path
    if path.exists():
        path.rmdir()


@pytest.fixture
def other(new_simulator):
    """A guest other than that of `asking`."""
    return new_simulator()


@pytest.fixture
def guest(other, tmp_path, new_kms):
    """A startup that needs a KMS, called as process 1 calls it."""
    made = Startup(other, tmp_path)
    made.offer({"key_provider": "kms"}, kms_urls=[new_kms(other).url], vm_config='{"cpu_count":1}')

    def start() -> subprocess.Popen:
        return subprocess.Popen([*made.command(), "--machine"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    return start


def test_a_startup_waits_for_a_network(guest, no_lease, other):
    """Nothing is measured before there is an address; without waiting, a moment would be enough for everything."""
    process = guest()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert other.events == []
    no_lease.rmdir()
    assert process.wait(PATIENCE) == 0 and other.events[-1][0] == "system-ready"


def test_no_server(asking, wire, guest, no_lease):
    """A startup that needs a KMS fails after 15 s. Programs are started then, and get the address when there is one."""
    begin = time.monotonic()
    process = guest()
    asked = wire.next(DISCOVER)
    assert (asking.root / "run/dstack.no-lease").is_dir()
    asking.wait_for_line("stay says hello")
    text = "\n".join(asking.console)
    assert text.index("no DHCP server has given an address in 15 s") < text.index("stay says hello")
    assert process.wait(PATIENCE) == 1 and time.monotonic() - begin >= 15
    assert "no DHCP server has given an address in 15 s, and the keys come from a KMS" in process.stderr.read()
    # it has asked again since, and an answer may be slow
    wire.answer(asked, OFFER, "10.7.0.9")
    wire.answer(wire.next(REQUEST), ACK, "10.7.0.9")
    asking.wait_until(lambda: addresses(asking) == ["10.7.0.9/24"], "an address")
    assert not (asking.root / "run/dstack.no-lease").exists()
    asking.off()
