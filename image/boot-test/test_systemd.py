"""The layer in a guest with systemd: a minimal Debian with the layer unpacked over it."""

import hashlib
import signal
import subprocess
import time

import httpx
import pytest
from dstack_sdk import DstackClient

import attestations
import events
import machine as machines
from host import Shared
from launch import qemu
from machine import Machine
from verifier import Verifier

SOCKETS = ["/run/dstack.sock", "/run/tappd.sock"]


@pytest.fixture(scope="module")
def guest(image, tmp_path_factory, check_console):
    subprocess.run([machines.HERE / "systemd.sh"], check=True)
    shared = Shared(tmp_path_factory.mktemp("host") / "shared", image)
    disks = [*qemu.disk(str(shared.fat_image())), *qemu.scratch_disk(str(machines.OUT / "systemd.img"))]
    machine = Machine(image, disks, "test_root=/dev/vdb systemd.show_status=1", config_id=shared.config_id)
    try:
        machine.wait_for_probe()
        machine.wait_for("Reached target .*multi-user")
        yield machine, shared
    finally:
        machine.kill()
    check_console(machine)


def agent(machine) -> int:
    (found,) = [pid for pid, (_, command) in machine.probe.processes().items()
                if command[0] == "/bin/dstack-guest-agent" and "--watchdog" in command]
    return found


def test_evidence(guest):
    """The agent serves what the measured startup left, on both sockets that systemd made."""
    machine, shared = guest
    answer = DstackClient(machine.probe.bridge(SOCKETS[0])).get_quote("nonce")
    quote = answer.decode_quote()
    if qemu.mode() != "tdx":
        assert Verifier(machine.state).status(quote) == "UpToDate"
    assert attestations.registers(quote)[3] == shared.dry_run()[1]
    assert answer.replay_rtmrs()[3] == shared.dry_run()[1].hex()
    assert machine.events() == shared.dry_run()[0]
    assert all(machine.probe.stat(path)[1] & 0o777 == 0o777 for path in SOCKETS)


def test_order(guest):
    """Docker finds the agent ready: units that come after it wait for READY=1."""
    machine, _ = guest
    assert machine.probe.read("/run/state-at-docker") == b"active\n"


def test_comes_back_on_the_same_sockets(guest):
    machine, _ = guest
    before, killed = [machine.probe.stat(path) for path in SOCKETS], agent(machine)
    machine.probe.kill(killed, signal.SIGKILL)
    client = DstackClient(machine.probe.bridge(SOCKETS[0]))
    assert client.get_key("a").decode_key()
    assert agent(machine) != killed and [machine.probe.stat(path) for path in SOCKETS] == before


def test_watchdog(guest):
    """An agent that hangs is replaced."""
    machine, _ = guest
    hung = agent(machine)
    machine.probe.kill(hung, signal.SIGSTOP)
    deadline = time.monotonic() + machines.PATIENCE
    while hung in machine.probe.processes():
        assert time.monotonic() < deadline, "systemd lets it hang"
    client = DstackClient(machine.probe.bridge(SOCKETS[0]))
    assert client.get_key("a").decode_key()
    assert agent(machine) != hung


def test_event(guest):
    """The sandbox lets the agent write the register and the log."""
    machine, _ = guest
    before = machine.rtmr3()
    DstackClient(machine.probe.bridge(SOCKETS[0])).emit_event("boot-test", "payload")
    assert machine.rtmr3() == hashlib.sha384(before + events.digest("boot-test", b"payload")).digest()
    assert machine.events()[-1] == ("boot-test", b"payload")


def test_legacy_socket(guest):
    machine, _ = guest
    with httpx.Client(transport=httpx.HTTPTransport(uds=machine.probe.bridge(SOCKETS[1])), timeout=20) as client:
        assert client.get("http://guest/prpc/Tappd.Info").json()["app_id"]


def test_end(guest):
    """Through the host's interface; the agent may signal systemd although it has no capabilities."""
    machine, shared = guest
    assert machine.crashes() == []
    with httpx.Client(transport=httpx.HTTPTransport(uds=machine.probe.bridge("8000", "vsock")), timeout=20) as client:
        assert client.post("http://guest/api/Info?json").json()["app_id"] == shared.compose_hash[:20].hex()
        assert client.post("http://guest/api/Shutdown?json").status_code == 200
    machine.wait_for_end()
