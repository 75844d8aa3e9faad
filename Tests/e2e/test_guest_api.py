"""The host's interface, /api/<Method>, over a Unix socket instead of vsock."""

import http.server
import json
import os
import pathlib
import platform
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import boot
import outward
import wire
from agent_process import HERE, Agent
from api import Api, error_text
from fake_engine import FakeEngine
from messages import MESSAGES


class GuestAPI(Api):
    """JSON calls to the host's interface."""

    def __init__(self, agent):
        super().__init__(agent)
        self.address = guest_socket(agent)

    def call(self, method, **fields):
        return super().call(f"api/{method}", **fields)


def guest_socket(agent) -> str:
    return f"{agent.directory}/guest.sock"


def listen(agent: Agent) -> Agent:
    agent.settings["guest-api"] = {"address": "unix:" + guest_socket(agent)}
    return agent


@pytest.fixture(scope="module")
def guest():
    agent = listen(Agent())
    try:
        yield GuestAPI(agent.start())
    finally:
        agent.finish()


def decode(guest, method: str, message: str):
    response = wire.exchange(guest.address, wire.request("POST", f"/api/{method}", b""))
    assert response.status == 200 and response.header("Content-Type") == "application/octet-stream"
    answer = MESSAGES[message].FromString(response.body)
    assert answer.SerializeToString() == response.body
    return answer


def test_info(booted, new_agent):
    agent = listen(new_agent(prefix=booted.prefix))
    boot.describe_machine(agent)
    internal = boot.start(agent).ok("Info")
    guest = GuestAPI(agent)
    info = guest.ok("Info")
    assert info == {
        "version": "0.6.0", **{name: internal[name] for name in ("app_id", "instance_id", "app_cert", "tcb_info", "device_id")}}
    decoded = decode(guest, "Info", "GuestInfo")
    assert decoded.app_id == boot.APP_ID and decoded.tcb_info == info["tcb_info"]


@pytest.mark.smoke
def test_sys_info(guest):
    info = guest.ok("SysInfo")
    assert info["kernel_version"] == platform.release()
    assert info["num_cpus"] == len(os.sched_getaffinity(0))
    space = os.statvfs("/")
    memory = dict(line.split(":") for line in open("/proc/meminfo"))
    assert info["total_memory"] == int(memory["MemTotal"].split()[0]) * 1024
    assert 0 < info["free_memory"] < info["total_memory"]
    assert 0 < info["uptime"] <= float(open("/proc/uptime").read().split()[0])
    assert [disk["mount_point"] for disk in info["disks"]] == ["/"]
    assert info["disks"][0]["total_size"] == space.f_blocks * space.f_frsize


def plain(message) -> dict:
    """A message's fields as in JSON, including those with default values."""
    fields = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type:
            value = [plain(each) for each in value]
        fields[field.name] = value if isinstance(value, (str, int)) else list(value)
    return fields


def test_sys_info_in_both_forms(guest):
    """The same numbers, from one reading of the machine."""
    answers = []

    def from_one_reading() -> bool:
        answers[:] = guest.ok("SysInfo"), plain(decode(guest, "SysInfo", "SystemInfo")), guest.ok("SysInfo")
        return answers[0] == answers[2]

    guest.agent.wait_until(from_one_reading, "two equal answers")
    assert answers[1] == answers[0]
    assert answers[0]["uptime"] and answers[0]["disks"][0]["free_size"]


@pytest.fixture
def network(new_agent, tmp_path):
    """An agent in a network namespace with interfaces of known addresses."""
    setup = """
        set -e
        mount --bind "$0" /etc/resolv.conf
        ip link set lo up
        for name in eth0 enp7s0 dstack-wg0 other0; do ip link add $name type bridge; ip link set $name up; done
        ip address add 10.1.2.3/24 dev eth0
        ip address add 10.1.2.4/24 dev eth0
        ip address add 172.16.0.9/12 dev enp7s0
        ip address add fd00::1:2/64 dev enp7s0 nodad
        ip address add 192.168.9.9/32 dev other0
        ip route add default via 10.1.2.254
        exec "$@"
    """
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("# nameserver 9.9.9.9\nsearch example\nnameserver 10.1.2.1\nnameserver\tfd00::53 # x\nnameserver x\n")
    agent = listen(new_agent(prefix=["unshare", "--net", "--mount", "sh", "-c", setup, str(resolver)]))
    return GuestAPI(agent.start())


def test_network_info(network):
    info = network.ok("NetworkInfo")
    assert info["dns_servers"] == ["10.1.2.1", "fd00::53"]
    assert info["gateways"] == [{"address": "10.1.2.254"}]
    assert info["wg_info"] == ""
    interfaces = {interface["name"]: interface for interface in info["interfaces"]}
    assert set(interfaces) == {"eth0", "enp7s0", "dstack-wg0"}

    def addresses(name):
        return [
            (address["address"], address["prefix"]) for address in interfaces[name]["addresses"]
            if not address["address"].startswith("fe80:")]

    assert addresses("eth0") == [("10.1.2.3", 24), ("10.1.2.4", 24)]
    assert addresses("enp7s0") == [("172.16.0.9", 12), ("fd00::1:2", 64)]
    assert addresses("dstack-wg0") == []
    assert interfaces["eth0"]["rx_bytes"] == 0
    decoded = decode(network, "NetworkInfo", "NetworkInformation")
    assert decoded.gateways[0].address == "10.1.2.254"
    assert [interface.name for interface in decoded.interfaces] == [interface["name"] for interface in info["interfaces"]]


@pytest.fixture
def engine(tmp_path):
    engine = FakeEngine(tmp_path / "docker.sock")
    yield engine
    engine.end()


def with_engine(agent: Agent, engine=None) -> GuestAPI:
    return GuestAPI(outward.configure(listen(agent), engine and engine.path).start())


def test_containers(new_agent, engine):
    engine.containers = [
        {"Id": "ab" * 32, "Names": ["/web", "/app/web"], "Image": "web:1", "ImageID": "sha256:" + "cd" * 32, "Command": "serve",
         "Created": 1_700_000_000, "Ports": [{"PrivatePort": 80}], "State": "running", "Status": "Up 2 hours", "Labels": {"a": "b"}},
        {"Id": "ef" * 32, "Names": None, "Image": 'é"\\', "ImageID": "", "Created": 1 << 40, "State": "exited",
         "Status": "Exited (0) 3 days ago"}]
    guest = with_engine(new_agent(), engine)
    expected = {"containers": [
        {"id": "ab" * 32, "names": ["/web", "/app/web"], "image": "web:1", "image_id": "sha256:" + "cd" * 32,
         "created": 1_700_000_000, "state": "running", "status": "Up 2 hours"},
        {"id": "ef" * 32, "names": [], "image": 'é"\\', "image_id": "", "created": 1 << 40, "state": "exited",
         "status": "Exited (0) 3 days ago"}]}
    assert guest.ok("ListContainers") == expected
    assert plain(decode(guest, "ListContainers", "ContainerList")) == expected
    assert set(engine.requests) == {"/containers/json?all=1"}


def test_no_containers(new_agent, engine):
    guest = with_engine(new_agent(), engine)
    assert guest.ok("ListContainers") == {"containers": []}
    assert plain(decode(guest, "ListContainers", "ContainerList")) == {"containers": []}


def test_no_container_engine(new_agent):
    guest = with_engine(new_agent())
    assert "no container engine" in guest.refused("ListContainers", status=503)
    response = wire.exchange(guest.address, wire.request("POST", "/api/ListContainers", b""))
    assert response.status == 503 and "no container engine" in MESSAGES["Error"].FromString(response.body).text


def test_malformed_containers(new_agent, engine):
    engine.containers = b'[{"Id":"a"}'
    assert "malformed" in with_engine(new_agent(), engine).refused("ListContainers", status=500)


def test_containers_without_a_date(new_agent, engine):
    """A container that is being created has odd dates; one that cannot be read at all does not hide the others."""
    dates = [b"-62135596800", b"null", b"18446744073709551616", b"99999999999999999999999", b"1.5", b'"x"', b"17"]
    rows = [b'{"Id":"%d","Names":["/c%d"],"Created":%s}' % (place, place, date) for place, date in enumerate(dates)]
    engine.containers = b"[" + b",".join([b'{"Id":"none"}', *rows, b'{"Id":1}', b"7", b'{"Id":"last","Created":18}']) + b"]"
    guest = with_engine(new_agent(), engine)
    found = guest.ok("ListContainers")["containers"]
    assert [(each["id"], each["created"]) for each in found] == [
        ("none", 0), *((str(place), 0) for place in range(6)), ("6", 17), ("last", 18)]
    assert plain(decode(guest, "ListContainers", "ContainerList")) == {"containers": found}


def test_a_list_above_its_limit(new_agent, engine):
    engine.containers = b"[]".ljust(1024 * 1024 + 1)
    assert with_engine(new_agent(), engine).refused("ListContainers", status=500) == (
        "the container engine's answer is more than 1 MiB")


def test_silent_container_engine(new_agent, engine):
    """It is given up after 5 s for all who ask; other calls are answered meanwhile."""
    engine.containers = lambda connection: engine.release.wait(30)
    guest = with_engine(new_agent(), engine)
    request = wire.request("POST", "/api/ListContainers?json", b"{}")
    begin = time.monotonic()
    with wire.Wire(guest.address, 10) as first, wire.Wire(guest.address, 10) as second:
        for client in (first, second):
            client.send(request)
        guest.agent.wait_until(lambda: engine.requests, "the engine is asked")
        for method in ("SysInfo", "NetworkInfo"):
            guest.ok(method)
        assert wire.get(guest.agent.socket, "/Version").status == 200
        assert time.monotonic() - begin < 3
        for client in (first, second):
            response = client.response()
            assert response.status == 503 and error_text(response.json())
    assert 4 < time.monotonic() - begin < 9
    assert len(engine.requests) == 1


@pytest.mark.parametrize("target", [
    "/Info", "/api", "/api/", "/api/Version", "/api/GuestApi.Info", "/prpc/Info", "/api/Info/x", "/api%2FInfo", "/api/GetKey", "/api/DeriveKey"])
def test_what_is_not_there(guest, target):
    assert wire.get(guest.address, target).status == 404


def test_the_host_interface_is_nowhere_else(guest):
    for address in (guest.agent.socket, f"{guest.agent.directory}/tappd.sock"):
        for target in ("/Shutdown", "/api/Shutdown", "/SysInfo", "/prpc/Shutdown"):
            assert wire.get(address, target).status == 404


def test_only_a_service_powers_off(guest):
    """An agent started by hand leaves the machine alone."""
    assert "process 1" in guest.refused("Shutdown", status=500)
    assert guest.ok("SysInfo")["uptime"]


def test_a_child_of_process_one_is_no_service_yet(new_agent):
    """Process 1 is every orphan's parent, and its variables are inherited."""
    agent = listen(new_agent(prefix=["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "env",
                                     "SYSTEMD_EXEC_PID=1", "sh", "-c", '"$@" & wait', "sh"])).start()
    guest = GuestAPI(agent)
    assert "process 1" in guest.refused("Shutdown", status=500)
    assert guest.ok("SysInfo")["uptime"]
    # unshare itself waits for its process 1, which no signal but this one ends
    os.kill(int(pathlib.Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text()), signal.SIGKILL)
    agent.process.wait(20)


def test_what_the_app_does_not_show(booted, new_agent):
    """The host learns no more about the app than anyone does."""
    agent = listen(new_agent(prefix=booted.prefix))
    boot.describe_machine(agent)
    path = agent.directory / "app-compose.json"
    path.write_text('{"public_tcbinfo":false}')
    agent.settings["default"]["core"]["compose_file"] = str(path)
    assert boot.start(agent).ok("Info")["tcb_info"]
    assert GuestAPI(agent).ok("Info")["tcb_info"] == ""


class Host:
    """The host's API, which accepts notifications."""

    def __init__(self):
        self.notifications = []
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                host.notifications.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.mark.parametrize("has_systemd", [False, True])
@pytest.mark.parametrize("answers", [True, False])
def test_shutdown(new_agent, tmp_path, has_systemd, answers):
    host = Host()
    if not answers:
        host.server.shutdown()
        host.server.server_close()
    signal_file = tmp_path / "signal"
    setup = 'mount -t tmpfs none /run; [ "$1" = no ] || mkdir -p /run/systemd/system; shift; exec "$@"'
    agent = listen(new_agent(prefix=[
        "unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c", setup, "sh",
        "yes" if has_systemd else "no", sys.executable, str(HERE / "process_one.py"), str(signal_file)]))
    path = agent.directory / "sys-config.json"
    path.write_text(json.dumps({"host_api_url": host.url, "vm_config": "{}"}))
    agent.settings["default"]["core"]["sys_config_file"] = str(path)
    agent.start()
    assert wire.post_json(guest_socket(agent), "api/Shutdown", b"").body == b"null"
    assert agent.exit_status() == 0
    assert signal_file.read_text() == ("38" if has_systemd else "15")
    if answers:
        assert host.notifications == [("/api/Notify?json", {"event": "shutdown.progress", "payload": "powering off"})]
        host.server.shutdown()


def test_vsock(new_agent):
    """The agent listens on vsock if there is one, and otherwise says so; not every machine has vsock loopback."""
    agent = new_agent().start()
    try:
        probe = socket.socket(socket.AF_VSOCK)
    except OSError:
        assert "no vsock" in agent.stderr
        return
    with probe:
        with pytest.raises(OSError):
            probe.bind((socket.VMADDR_CID_ANY, agent.settings["guest-api"]["port"]))
    assert "no vsock" not in agent.stderr
