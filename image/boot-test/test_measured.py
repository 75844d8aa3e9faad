"""A running guest: what it reports to the outside matches what was launched. The tests run in this order, on one guest."""

import dataclasses
import hashlib
import json
import re
import signal
import time

import httpx
import pytest
from dstack_sdk import DstackClient

import attestations
import ccel
import events
from host import Shared
from launch import qemu
from machine import Machine
from verifier import Verifier

SOCKETS = ["/run/dstack.sock", "/run/tappd.sock"]
# A firmware's log: three registers with something in each.
FIRMWARE = ccel.header() + b"".join(
    ccel.event(index, kind, data) for index, kind, data in [
        (1, 10, b"ACPI DATA"), (1, 10, b"ACPI DATA"), (1, 10, b"ACPI DATA"), (1, 1, b"firmware volume"), (2, 3, b"no action"),
        (2, 0x80000003, b"kernel"), (3, 6, b"command line"), (3, 6, b"initramfs")])


@dataclasses.dataclass
class Booted:
    machine: Machine
    shared: Shared
    socket: str

    @property
    def probe(self):
        return self.machine.probe

    @property
    def client(self) -> DstackClient:
        return DstackClient(self.socket)


@pytest.fixture(scope="module")
def booted(image, tmp_path_factory, check_console):
    shared = Shared(tmp_path_factory.mktemp("host") / "shared", image)
    measured = FIRMWARE if qemu.mode() != "tdx" else None
    machine = Machine(image, qemu.disk(str(shared.fat_image())), "dstack.ip=10.0.2.15/24",
                      config_id=shared.config_id, measured=measured)
    try:
        machine.wait_for_probe()
        machine.wait_for("serving")
        yield Booted(machine, shared, machine.probe.bridge(SOCKETS[0]))
    finally:
        machine.kill()
    check_console(machine)


@pytest.fixture(scope="module")
def verifier(booted):
    return Verifier(booted.machine.state) if qemu.mode() != "tdx" else None


def test_what_it_takes(booted, image, measure):
    """Figures to read, not budgets: translation and a busy machine can slow them down by any factor."""
    machine = booted.machine
    started, ready = machine.wait_for("starting /init"), machine.wait_for("serving")
    log = machine.kernel_log()
    (init,) = [when for when, message in log if message == "test-init: starting /init"]
    # the message of the last module
    (loaded,) = [when for when, message in log if re.match(r"ACPI: .*Power Button", message)]
    measure(f"boot   {qemu.mode()}: {ready - machine.started:.2f} s from QEMU's start to the agent's readiness; "
            f"{started - machine.started:.2f} s firmware and kernel, {ready - started:.2f} s /init; in that the modules, by the "
            f"guest's clock, {(loaded - init) / 1e6:.2f} s")
    measure(machine.memory()[0])
    measure("image  " + ", ".join(f"{path.name} {path.stat().st_size}" for path in sorted(image.iterdir())))
    assert len(machine.ours()) == 3  # init, the keeper and the front


def test_events_are_those_that_were_foretold(booted):
    measured = booted.machine.events()
    foretold, _ = booted.shared.dry_run()
    assert measured == foretold
    assert [name for name, _ in measured][:3] == ["system-preparing", "app-id", "compose-hash"]
    assert measured[-1] == ("system-ready", b"")
    assert dict(measured)["compose-hash"] == booted.shared.compose_hash


def test_quote_replays_and_is_what_was_foretold(booted, verifier):
    answer = booted.client.get_quote("nonce")
    quote = answer.decode_quote()
    # the simulator's certificates, which a real quote does not have
    if verifier:
        assert verifier.status(quote) == "UpToDate"
    assert attestations.report(quote).report_data == b"nonce".ljust(64, b"\0")
    registers = attestations.registers(quote)
    assert answer.replay_rtmrs() == {index: value.hex() for index, value in enumerate(registers)}
    assert registers[3] == booted.shared.dry_run()[1]
    assert attestations.report(quote).mr_config_id == booted.shared.config_id


def test_firmware_log_replays_to_the_other_registers(booted):
    answer = booted.client.get_quote("nonce")
    registers, log = attestations.registers(answer.decode_quote()), attestations.json_log(answer.event_log)
    assert [attestations.replay(log, register) for register in range(3)] == registers[:3]
    if qemu.mode() != "tdx":
        assert registers[:3] == ccel.replay(FIRMWARE)[:3]
        assert [each.imr for each in log if each.imr < 3] == [0, 0, 0, 0, 1, 2, 2]


def test_info(booted):
    info = booted.client.info()
    assert info.app_id == booted.shared.compose_hash[:20].hex()
    assert info.compose_hash == booted.shared.compose_hash.hex()
    assert info.tcb_info.os_image_hash == booted.shared.image_hash
    assert info.tcb_info.app_compose.encode() == booted.shared.compose
    assert json.loads(info.key_provider_info)["name"] == "none"


def test_port_for_anyone(booted):
    """Through the guest's network card and its address from the command line."""
    answer = httpx.get(f"http://127.0.0.1:{booted.machine.host_port}/prpc/Worker.Info", timeout=20)
    assert answer.status_code == 200 and answer.json()["compose_hash"] == booted.shared.compose_hash.hex()


def test_keys(booted):
    first, again, other = (booted.client.get_key(path).decode_key() for path in ("a", "a", "b"))
    assert first == again != other
    assert "BEGIN CERTIFICATE" in booted.client.get_tls_key(subject="boot-test").certificate_chain[0]


def test_second_socket(booted):
    """The legacy interface's socket accepts every caller."""
    assert booted.probe.stat(SOCKETS[1])
    assert DstackClient(booted.probe.bridge(SOCKETS[1])).is_reachable() is not None


def test_host_interface(booted):
    """The guest API over vsock, from the guest itself, because vhost-vsock needs KVM."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=booted.probe.bridge("8000", "vsock")), timeout=20) as client:
        answers = {}
        for method in ("Info", "SysInfo", "NetworkInfo"):
            answer = client.post(f"http://guest/api/{method}?json")
            assert answer.status_code == 200
            answers[method] = answer.json()
    assert answers["Info"]["app_id"] == booted.shared.compose_hash[:20].hex()
    assert answers["SysInfo"]["num_cpus"] == 1
    addresses = {each["name"]: each["addresses"] for each in answers["NetworkInfo"]["interfaces"]}
    assert {"address": "10.0.2.15", "prefix": 24} in addresses["eth0"]


def test_agent_comes_back_on_the_same_sockets(booted):
    before, agent = [booted.probe.stat(path) for path in SOCKETS], booted.machine.agent()
    assert all(before)
    key = booted.client.get_key("a").decode_key()
    booted.probe.kill(agent, signal.SIGKILL)
    # the connection waits in the socket until an agent runs
    assert booted.client.get_key("a").decode_key() == key
    assert booted.machine.agent() != agent
    assert [booted.probe.stat(path) for path in SOCKETS] == before


def test_a_crash_does_not_go_unnoticed(booted):
    """The check of every guest's console finds it; this guest is exempt."""
    booted.probe.kill(booted.machine.agent(), signal.SIGILL)
    booted.machine.wait_for(r"the agent was ended by signal 4")
    (told,) = booted.machine.kernel_messages()
    booted.machine.lines[:] = [(when, line) for when, line in booted.machine.lines if line != told]
    assert booted.client.get_key("a").decode_key()


def test_event_of_an_app(booted):
    before = attestations.registers(booted.client.get_quote("before").decode_quote())[3]
    booted.client.emit_event("boot-test", "payload")
    answer = booted.client.get_quote("after")
    registers = attestations.registers(answer.decode_quote())
    assert registers[3] == hashlib.sha384(before + events.digest("boot-test", b"payload")).digest()
    assert answer.replay_rtmrs()[3] == registers[3].hex()


def test_end_by_signal(booted, measure):
    """Everything stops, and the machine powers off."""
    assert booted.machine.crashes() == []
    began = time.monotonic()
    booted.probe.kill(1, signal.SIGTERM)
    booted.machine.wait_for_end()
    measure(f"end    {1000 * (time.monotonic() - began):.0f} ms from SIGTERM to QEMU's end")
