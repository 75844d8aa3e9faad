"""Both processes under all that may start the agent: systemd with our unit and with one like upstream's, a user who is not root, a container
without privileges."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

import front
import oracle
import wire
from agent_process import BINARY, DATA, PATIENCE, ROOT, free_port, free_vsock_port
from machine import children, words
from podman import NAMESPACE, Podman
from systemd import SYSTEMD, Systemd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="not root")

UNIT, SOCKET = "dstack-guest-agent.service", "dstack-guest-agent.socket"
# As in upstream's image: root, with all its capabilities.
UPSTREAM = """[Unit]
Description=dstack guest agent
After=network.target dstack-guest-agent.socket
Before=docker.service
[Service]
OOMScoreAdjust=-1000
Type=notify
ExecStart=/bin/dstack-guest-agent --watchdog -c /dstack/agent.json
Restart=always
WatchdogSec=30s
User=root
Group=root
"""
# There is no journal here.
CHANGES = """[Service]
StandardOutput=file:/run/agent/log
StandardError=file:/run/agent/log
WatchdogSec=2s
"""
KEYS = json.loads((DATA / "appkeys-none.json").read_text())


def settings(folder: str, port: int, **more) -> bytes:
    core = {"keys_file": f"{folder}/keys.json", "compose_file": f"{folder}/compose.json", "sys_config_file": f"{folder}/sys.json",
            "data_disks": ["/"]}
    external = {"address": "127.0.0.1", "port": port}
    return json.dumps({"default": {"core": core}, "external": external,
                       "guest-api": {"address": "vsock:0xffffffff", "port": free_vsock_port()}, **more}).encode()


def files(folder: str, port: int, **more) -> dict:
    return {
        "agent.json": settings(folder, port, **more), "keys.json": (DATA / "appkeys-none.json").read_bytes(),
        "compose.json": (DATA / "app-compose.json").read_bytes(), "sys.json": (DATA / "sys-config.json").read_bytes(),
        "dstack-guest-agent": BINARY.read_bytes()}


def has_page(port: int) -> bool:
    try:
        return wire.get(("127.0.0.1", port), "/prpc/v1/Version").status == 200
    except (AssertionError, OSError):
        return False


def has_key(path) -> bool:
    return wire.get(str(path), "/GetKey?path=a").json() == oracle.get_key(KEYS, "a", "", "")


def processes() -> list:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def wait(process, condition, told):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < end, told()
        time.sleep(0.01)


@pytest.fixture
def systemd():
    """Starts systemd with this text as the agent's unit, and with our socket units."""
    made = []

    def make(unit: str, port: int) -> Systemd:
        unit = unit.replace("/bin/dstack-guest-agent", "/run/agent/dstack-guest-agent").replace("/dstack/agent.json", "/run/agent/agent.json")
        units = {UNIT: unit, SOCKET: (ROOT / "image" / SOCKET).read_text(), f"{UNIT}.d/test.conf": CHANGES}
        # told apart by their order
        made.append(Systemd(units, [SOCKET, UNIT], files("/run/agent", port)))
        return made[-1]

    yield make
    for each in made:
        each.__exit__()


@pytest.mark.skipif(not SYSTEMD.exists(), reason="no systemd")
@pytest.mark.parametrize("unit", ["ours", "upstream's"])
def test_systemd(systemd, unit):
    port = free_port()
    text = (ROOT / "image" / UNIT).read_text() if unit == "ours" else UPSTREAM
    machine = systemd(text, port)
    machine.wait_until(lambda: machine.show(UNIT, "ActiveState") == "active", "the service")
    machine.wait_until(lambda: has_page(port), "the page")
    assert machine.show(UNIT, "StatusText").startswith("serving keys; not a TDX guest")
    apps = machine.root / "run/dstack.sock"
    inode = apps.stat().st_ino
    assert has_key(apps) and (machine.root / "run/tappd.sock").is_socket()

    keeper = machine.pid_of(UNIT)
    [other] = children(keeper)
    assert b"front" in words(other)
    found = front.status(other)
    assert found["Uid"].split() == ["65533"] * 4 == found["Gid"].split() and found["Groups"] == "" and found["NoNewPrivs"] == "1"
    assert all(int(found[kind], 16) == 0 for kind in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"))
    assert int(front.status(keeper)["CapBnd"], 16) == 0b111100000
    assert pathlib.Path(f"/proc/{other}/environ").read_bytes() == b""

    os.kill(other, signal.SIGKILL)
    machine.wait_until(lambda: children(keeper) not in ([], [other]) and has_page(port), "another front")
    [other] = children(keeper)
    os.kill(keeper, signal.SIGKILL)
    machine.wait_until(lambda: not os.path.exists(f"/proc/{other}"), "the front's end")
    machine.wait_until(lambda: machine.show(UNIT, "NRestarts") == "1" and has_page(port), "another agent")
    assert apps.stat().st_ino == inode and has_key(apps)

    # the watchdog ends an agent that makes no progress, and a hanging front with it
    keeper = machine.pid_of(UNIT)
    [other] = children(keeper)
    for pid in (other, keeper):
        os.kill(pid, signal.SIGSTOP)
    machine.wait_until(lambda: machine.show(UNIT, "NRestarts") == "2" and has_page(port), "a third agent")
    assert has_key(apps) and not os.path.exists(f"/proc/{other}")

    log = (machine.root / "run/agent/log").read_text().splitlines()
    assert not [line for line in log if "less confined" in line], log


def test_what_a_container_does_not_give(tmp_path):
    """Without any capability the agent starts, logs a line about what it lacks, and serves."""
    podman = Podman()
    try:
        folder = tmp_path / "agent"
        folder.mkdir()
        # only the program, which is static
        sockets = {"internal": {"address": "unix:/run/agent/dstack.sock"}, "internal-v0": {"address": "unix:/run/agent/tappd.sock"}}
        for name, content in files("/run/agent", 18090, **sockets).items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o755)
        image = tmp_path / "image"
        (image / "bin").mkdir(parents=True)
        shutil.copy(BINARY, image / "bin/dstack-guest-agent")
        subprocess.run(["tar", "-C", image, "-cf", tmp_path / "agent.tar", "bin"], check=True)
        podman("import", tmp_path / "agent.tar", "agent:latest")
        arguments = [
            "run", "--rm", "--cgroups=disabled", "--network=none", "--cap-drop=all", "--security-opt=no-new-privileges",
            "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", f"--volume={folder}:/run/agent", "agent:latest",
            "/bin/dstack-guest-agent", "-c", "/run/agent/agent.json"]
        command = [*NAMESPACE, *podman.options, *arguments]
        with open(tmp_path / "log", "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        told = lambda: (tmp_path / "log").read_text(errors="replace").splitlines()
        try:
            wait(process, lambda: any("serving on" in line for line in told()), told)
            assert has_key(folder / "dstack.sock")
            [keeper] = [pid for pid in processes() if b"/run/agent/agent.json" in words(pid) and words(pid)[0] == b"/bin/dstack-guest-agent"]
            # it has its own network, so call from within
            ask = ["nsenter", f"--target={keeper}", "--net", "curl", "-s", "http://127.0.0.1:18090/prpc/v1/Version"]
            wait(process, lambda: b"version" in subprocess.run(ask, capture_output=True).stdout, told)
            [other] = children(keeper)
            for pid in (keeper, other):
                found = front.status(pid)
                assert int(found["CapEff"], 16) == 0 and found["NoNewPrivs"] == "1" and found["Seccomp"] == "2"
            lines = [line for line in told() if "less confined" in line]
            assert len(lines) == 1 and "the front is less confined: the user cannot be changed" in lines[0], lines
            os.kill(other, signal.SIGKILL)
            wait(process, lambda: children(keeper) not in ([], [other]), told)
            os.kill(keeper, signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
    finally:
        podman.end()
