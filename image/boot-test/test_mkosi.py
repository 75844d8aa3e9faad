"""Boots a root file system that mkosi built with the layer."""

import subprocess

import pytest
from dstack_sdk import DstackClient

import attestations
import machine as machines
import outputs
from host import Shared
from launch import qemu

pytestmark = pytest.mark.builders
SOCKETS = ["/run/dstack.sock", "/run/tappd.sock"]


# it installs Debian, twice if none is kept yet
@pytest.mark.timeout(1200)
def test_it_boots(new_machine, image, tmp_path):
    """Both units are enabled, and units ordered after the agent find it ready."""
    subprocess.run([machines.HERE / "mkosi.sh"], check=True)
    shared = Shared(tmp_path / "shared", image)
    disks = [*qemu.disk(str(shared.fat_image())), *qemu.scratch_disk(str(machines.OUT / "mkosi.img"))]
    machine = new_machine(shared=disks, words="test_root=/dev/vdb systemd.show_status=1", config_id=shared.config_id)
    machine.wait_for_probe()
    machine.wait_for("Reached target .*multi-user")
    assert machine.probe.read("/usr/bin/dstack-guest-agent") == outputs.AGENT.read_bytes()
    assert machine.probe.read("/run/state-at-docker") == b"active\n"
    answer = DstackClient(machine.probe.bridge(SOCKETS[0])).get_quote("nonce")
    assert attestations.registers(answer.decode_quote())[3] == shared.dry_run()[1]
    assert DstackClient(machine.probe.bridge(SOCKETS[1])).is_reachable() is not None
    assert machine.crashes() == []
