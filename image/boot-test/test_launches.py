"""Guests launched in other ways: other input, wrong input, other ways in and out."""

import httpx
import pytest

import host
import outputs
from guest import rtmr
from host import Shared
from launch import qemu


@pytest.fixture
def new_shared(tmp_path, image):
    def make(**changes) -> Shared:
        return Shared(tmp_path / f"shared-{len(list(tmp_path.iterdir()))}", image, host.COMPOSE | changes)

    return make


def test_another_byte_is_another_measurement(new_machine, new_shared):
    """The folder as a disk that QEMU makes, as dstack's VMM does it."""
    shared, other = new_shared(), new_shared(name="boot-tesu")
    assert [len(each.compose) for each in (shared, other)] == [len(shared.compose)] * 2
    machine = new_machine(shared=qemu.fat_folder(str(other.folder), "DSTACKSHR"))
    machine.wait_for_probe()
    assert dict(machine.events())["compose-hash"] == other.compose_hash != shared.compose_hash
    assert machine.rtmr3() == other.dry_run()[1] != shared.dry_run()[1]
    machine.press_power_button()
    machine.wait_for_end()


def test_the_host_shuts_the_guest_down(new_machine, new_shared):
    machine = new_machine(shared=qemu.disk(str(new_shared().fat_image(16))))
    machine.wait_for_probe()
    machine.wait_for("serving")
    with httpx.Client(transport=httpx.HTTPTransport(uds=machine.probe.bridge("8000", "vsock")), timeout=20) as client:
        system = client.post("http://guest/api/SysInfo?json").json()
        assert (system["os_name"], system["os_version"]) == ("dstack minimal CVM", outputs.agent_version()[0])
        assert client.post("http://guest/api/Shutdown?json").status_code == 200
    machine.wait_for_end()


def test_wrong_config_id_stops_the_boot(new_machine, new_shared):
    shared, other = new_shared(), new_shared(name="boot-tesu")
    machine = new_machine(shared=qemu.disk(str(shared.fat_image())), config_id=other.config_id)
    machine.wait_for_end()
    assert "mr_config_id" in machine.console and "serving" not in machine.console
    assert not machine.probe.ready.is_set()


def test_nothing_shared_stops_the_boot(new_machine):
    machine = new_machine()
    machine.wait_for_end()
    assert "DSTACKSHR" in machine.console and "serving" not in machine.console


@pytest.mark.simulated
def test_old_driver(new_machine, new_shared):
    """A kernel of dstack OS 0.5 extends by ioctl, and reads registers from a report."""
    shared = new_shared()
    machine = new_machine(shared=qemu.disk(str(shared.fat_image(32))), words="tdx_sim.old_driver=1", config_id=shared.config_id)
    machine.wait_for_probe()
    assert not machine.probe.stat(rtmr(3))
    report = machine.probe.ask("report")
    # TDINFO begins at 512, RTMR3 is at 352 in it
    assert len(report) == 1024 and report[512 + 352:][:48] == shared.dry_run()[1]
