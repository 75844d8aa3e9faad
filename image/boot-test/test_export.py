"""The host-shared directory over 9p, which needs a kernel with more drivers. This also tests the image with another kernel."""

import subprocess

import pytest

import images
import machine as machines
import outputs
from host import Shared
from launch import qemu

pytestmark = pytest.mark.full
FLAVOUR = "amd64"


@pytest.fixture(scope="module")
def other_image():
    """The image with Debian's generic kernel."""
    out = machines.OUT / "image-amd64"
    subprocess.run([outputs.ROOT / "image/kernel.sh", FLAVOUR], check=True)
    subprocess.run([outputs.ROOT / "image/simulation/build.sh", FLAVOUR], check=True)
    environment = images.environment(KERNEL=str(outputs.ROOT / "deps/kernel" / FLAVOUR), OUT=str(out))
    subprocess.run([outputs.ROOT / "image/cvm.py"], check=True, env=environment)
    return out


def test_host_shared_over_9p(new_machine, other_image, tmp_path):
    shared = Shared(tmp_path / "shared", other_image)
    machine = new_machine(image=other_image, shared=qemu.export(str(shared.folder)), config_id=shared.config_id)
    machine.wait_for_probe()
    assert machine.rtmr3() == shared.dry_run()[1]
    machine.press_power_button()
    machine.wait_for_end()
