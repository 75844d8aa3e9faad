"""image/boot as people use it, and image/verify on the machine that it booted."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time

import pytest

import containers
import images
import machine as machines
import outputs
from commands import IMAGES, SLOWLY, make

NOBODY = pwd.getpwnam("nobody").pw_uid
NETWORK = "dstack.ip=10.0.2.15/24,10.0.2.2,10.0.2.3"


@pytest.fixture
def place():
    """A folder that every user may enter."""
    folder = pathlib.Path(f"/tmp/boot-test-{os.getpid()}")
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def gone(pid: int):
    """Waits for a process to end."""
    deadline = time.monotonic() + 30
    while pathlib.Path(f"/proc/{pid}").exists() and not pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.05)


@pytest.mark.simulated
def test_example_from_the_tar(place):
    """Without root and with only the tar: boot, verify, and read the page of the machine that was verified."""
    subprocess.run([IMAGES / "example/build.sh"], check=True, stdout=subprocess.DEVNULL)
    example = make(place / "example", APP=str(outputs.ROOT / "out/example"), CMDLINE=NETWORK)
    with tarfile.open(outputs.ROOT / "out/image/cvm.tar.gz") as archive:
        archive.extractall(place, filter="data")
    (unpacked,) = place.glob("dstack-cvm-*")
    compose = shutil.copy(IMAGES / "example/app-compose.json", place)
    run = {"cwd": unpacked, "user": NOBODY, "group": NOBODY, "extra_groups": [], "env": {"PATH": "/usr/bin:/bin"},
           "capture_output": True, "text": True}
    up = subprocess.run(["./boot", example, "--app-compose", compose, "--publish", "0:8443", "--detach", *SLOWLY], **run)
    assert up.returncode == 0 and "\nwords" not in up.stdout, up.stdout + up.stderr
    said = dict(re.findall(r"^(port|verify|end) +(.*)$", up.stdout, re.MULTILINE))
    address = said["port"].removesuffix(" is the guest's 8443")
    command, pid = said["verify"].split(), int(said["end"].removeprefix("kill "))
    try:
        assert re.search(r"^rtmr3 +expected ([0-9a-f]{96})\n +quoted +\1$", up.stdout, re.MULTILINE)
        verified = subprocess.run([sys.executable, *command], **run | {"user": None, "group": None, "extra_groups": None})
        assert verified.returncode == 0 and "RTMR1         the image's kernel" in verified.stdout, verified.stdout + verified.stderr
        options = command[command.index("--memory"):]
        page = subprocess.run([IMAGES / "example/verify.sh", address, "--image", example, *options], capture_output=True, text=True)
        assert page.returncode == 0 and page.stdout.endswith((IMAGES / "example/index.html").read_text()), page.stdout + page.stderr
        other = subprocess.run([IMAGES / "example/verify.sh", address, "--image", images.make(place / "other"), *options],
                               capture_output=True, text=True)
        assert other.returncode == 1 and "NOT VERIFIED: RTMR1, RTMR2" in other.stdout and "<p>" not in other.stdout
    finally:
        os.kill(pid, signal.SIGTERM)
        gone(pid)


@pytest.mark.simulated
def test_container_with_secrets_of_a_kms(boot, tmp_path):
    """An image's entry point, arguments, environment, user and folder; and what its owner has encrypted for it."""
    program = (machines.OUT / "told").read_bytes()
    layer = containers.layer(("bin/told", program, {"mode": 0o755}), containers.PASSWD, ("srv", None))
    config = {"Entrypoint": ["told", "an argument"], "Cmd": ["second"], "Env": ["PATH=/bin", "IMAGE=a=b", "OWNER=the image"],
              "User": "app", "WorkingDir": "/srv"}
    image = make(tmp_path / "image", APP=str(containers.layout(tmp_path / "oci", layer, config=config)), CMDLINE="dstack.console=programs")
    (tmp_path / "env").write_text("OWNER=the owner\n")
    machine = boot(image, "--kms", "fake", "--env", tmp_path / "env")
    told = machine.wait_for(r"told: (.*)$")
    assert told[1] == "an argument|second|/srv|1000:1001|a=b|the owner"
    machine.wait_for(r"^verify ")
    assert re.search(r"^rtmr3 +expected ([0-9a-f]{96})\n +quoted +\1$", machine.said, re.MULTILINE)
    machine.process.send_signal(signal.SIGINT)
    assert machine.end() == 0
    assert "end     powering off" in machine.said and "the machine is powered off" in machine.said


@pytest.mark.simulated
def test_address_by_dhcp(boot, tmp_path):
    """From QEMU's own DHCP server, in time for a startup that needs a KMS. The image has no address."""
    machine = boot(make(tmp_path / "image", CMDLINE="dstack.ip=dhcp"), "--kms", "fake")
    machine.wait_for(r"a DHCP server has leased the address 10.0.2.15")
    machine.wait_for(r"^verify ")
    # the guest reached the KMS through its router, and the agent can be reached from outside
    assert re.search(r"^rtmr3 +expected ([0-9a-f]{96})\n +quoted +\1$", machine.said, re.MULTILINE)
    assert "\nwords" not in machine.said and "less confined" not in machine.said and "DHCP client" not in machine.said
    machine.process.send_signal(signal.SIGINT)
    assert machine.end() == 0


@pytest.mark.simulated
def test_machine_that_does_not_start(boot, tmp_path):
    """The agent's reason, and the status for it."""
    (tmp_path / "app.json").write_text('{"manifest_version": "3", "name": "a", "runner": "none", "key_provider": "none", '
                                       '"no_instance_id": true, "requirements": {"os_version": ">=99.0.0"}}')
    machine = boot("--app-compose", tmp_path / "app.json")
    assert machine.end() == 1
    assert "the app does not allow this OS version" in machine.said
    assert "failed  the machine has ended before it was up" in machine.said


@pytest.mark.simulated
def test_two_at_once(boot):
    """Two machines share nothing."""
    both = [boot(), boot()]
    addresses = {machine.wait_for(r"^agent +(.*)$")[1] for machine in both}
    assert len(addresses) == 2
    for machine in both:
        machine.wait_for(r"^verify ")
    both[0].process.terminate()
    # the other's QEMU fails, and the exit status says so
    children = pathlib.Path(f"/proc/{both[1].process.pid}/task/{both[1].process.pid}/children").read_text().split()
    (qemu,) = [int(pid) for pid in children if pathlib.Path(f"/proc/{pid}/comm").read_text().startswith("qemu")]
    os.kill(qemu, signal.SIGKILL)
    assert [machine.end() for machine in both] == [0, 5] and "end     QEMU has failed: -9" in both[1].said


@pytest.mark.parametrize("inherited, ends", [(signal.default_int_handler, signal.SIGINT), (signal.SIG_IGN, signal.SIGTERM)])
def test_interrupted(boot, inherited, ends):
    """A script starts programs in the background with SIGINT ignored: SIGTERM ends them all the same."""
    before = signal.signal(signal.SIGINT, inherited)
    try:
        machine = boot("--simulate")
    finally:
        signal.signal(signal.SIGINT, before)
    machine.wait_for(r"^start ")
    machine.process.send_signal(ends)
    assert machine.end() == 130 and "interrupted before the machine was up" in machine.said


def test_not_in_time(boot):
    machine = boot("--simulate", "--timeout", "0.2")
    assert machine.end() == 3 and "the machine is not up after 0.2 s" in machine.said


def test_port_that_is_taken(boot):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        machine = boot("--publish", f"{taken.getsockname()[1]}:80")
        assert machine.end() == 2 and "host forwarding rule" in machine.said, machine.said
