"""Under systemd, whose role the test plays: readiness, the watchdog, passed sockets, the log."""

import os
import signal
import socket
import subprocess
import time

import pytest

import fake_kms
import wire
from agent_process import BINARY, PATIENCE, ROOT, full_pipe
from api import Api
from fake_kms import FakeKMS
from simulator import Simulator
from startup import Startup
from supervisor import AS_OURSELVES, Supervisor, hand_over, listener
from verifier import Verifier

VERSION = wire.request("GET", "/Version")


@pytest.fixture
def supervisor(tmp_path_factory):
    with Supervisor(tmp_path_factory.mktemp("systemd")) as made:
        yield made


def test_ready_once_it_listens(new_agent, supervisor):
    agent = new_agent()
    supervisor.attach(agent)
    agent.spawn()
    supervisor.wait_for("READY=1")
    assert wire.exchange(agent.socket, VERSION).status == 200
    assert supervisor.messages[-1][1] == "STATUS=serving keys; not a TDX guest, no evidence"
    agent.stop()
    assert supervisor.next() == ["STOPPING=1", "STATUS=answering what is in flight"]
    assert supervisor.is_silent(0.2)


def test_abstract_notification_socket(new_agent, tmp_path):
    with Supervisor(tmp_path, abstract=True) as supervisor:
        agent = new_agent()
        supervisor.attach(agent)
        agent.spawn()
        supervisor.wait_for("READY=1")


@pytest.mark.parametrize("address", ["/nonexistent/notify", "@nobody", "vsock:2:1234", "x" * 300, "."])
def test_nobody_listens(new_agent, address):
    agent = new_agent()
    agent.environment["NOTIFY_SOCKET"] = address
    agent.start()
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_the_app_certificate_follows(new_agent, simulator, supervisor):
    agent = new_agent(prefix=simulator.prefix)
    supervisor.attach(agent)
    agent.spawn()
    assert supervisor.next() == ["READY=1", "STATUS=serving keys and evidence; making the app certificate"]
    assert supervisor.next() == ["STATUS=serving keys and evidence"]
    assert Api(agent).ok("Info")["app_cert"]
    agent.stop()
    assert supervisor.next()[0] == "STOPPING=1"
    assert supervisor.is_silent(0.2)


def test_ready_though_the_evidence_fails(new_agent, simulator: Simulator, supervisor):
    simulator.faults("fail EIO")
    agent = new_agent(prefix=simulator.prefix)
    supervisor.attach(agent)
    agent.spawn()
    assert "READY=1" in supervisor.next()
    assert supervisor.next() == ["STATUS=serving keys and evidence; no app certificate yet"]
    assert Api(agent).ok("Info")["app_cert"] == ""
    agent.expected = ["<4>dstack-guest-agent: no app certificate: cannot get a quote from the kernel: input/output error"]


@pytest.mark.parametrize("fault", ["mute", "silent"])
def test_ready_though_the_kms_is_slow(new_agent, simulator, supervisor, tmp_path, fault):
    """Units that start after the agent do not wait for the KMS, and neither do callers. The certificate comes when it is ready."""
    with FakeKMS(Verifier(simulator.state)) as kms:
        guest = Startup(simulator, tmp_path)
        guest.offer({"key_provider": "kms", "key_provider_id": fake_kms.PROVIDER_ID.hex()}, kms_urls=[kms.url])
        guest.succeed()
        kms.fault = fault
        agent = guest.configure(new_agent(prefix=simulator.prefix))
        supervisor.attach(agent)
        agent.spawn()
        start = time.monotonic()
        assert supervisor.next() == ["READY=1", "STATUS=serving keys and evidence; making the app certificate"]
        api = Api(agent)
        assert api.ok("GetKey") and api.ok("Version") and api.ok("GetQuote", report_data="")
        agent.wait_until(lambda: fault in kms.connections, "the KMS is asked")
        info = api.ok("Info")
        assert info["app_cert"] == "" and info["app_id"]
        assert time.monotonic() - start < 3 and supervisor.is_silent(0.2)
        if fault == "silent":
            # given up after 5 s, and tried again when somebody asks 10 s later
            assert supervisor.next() == ["STATUS=serving keys and evidence; no app certificate yet"]
            kms.fault = None
            agent.wait_until(lambda: api.ok("Info")["app_cert"], "the app certificate")
            assert supervisor.next() == ["STATUS=serving keys and evidence"]
            agent.expected = ["<4>dstack-guest-agent: no app certificate: KMS: no answer in time"]
            return
        agent.stop()
        agent.expected = agent.surprises


def test_watchdog(new_agent, supervisor):
    agent = new_agent(prefix=AS_OURSELVES)
    supervisor.attach(agent, WATCHDOG_USEC="200000")
    agent.start()
    for _ in range(3):
        supervisor.wait_for("WATCHDOG=1")
    # a process that makes no progress does not feed the watchdog
    agent.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, agent.pid, os.WSTOPPED)
    supervisor.drain()
    assert supervisor.is_silent(1)
    agent.process.send_signal(signal.SIGCONT)
    for _ in range(3):
        supervisor.wait_for("WATCHDOG=1")


def test_watchdog_of_another_process(new_agent, supervisor):
    agent = new_agent()
    supervisor.attach(agent, WATCHDOG_USEC="100000", WATCHDOG_PID="1")
    agent.start()
    supervisor.wait_for("READY=1")
    assert supervisor.is_silent(0.5)


@pytest.mark.parametrize("time", ["", "0", "-5", "x", "99999999999999999999", "18446744073709551615"])
def test_watchdog_times_that_mean_nothing(new_agent, supervisor, time):
    agent = new_agent()
    supervisor.attach(agent, WATCHDOG_USEC=time)
    agent.start()
    supervisor.wait_for("READY=1")
    assert wire.exchange(agent.socket, VERSION).status == 200


def identity(path) -> tuple:
    status = os.stat(path)
    return status.st_dev, status.st_ino


def test_activated_sockets_outlive_the_agent(new_agent, tmp_path):
    with listener(tmp_path / "a") as apps:
        inode = identity(tmp_path / "a")
        for _ in range(2):
            agent = new_agent()
            hand_over(agent, [apps])
            # connects before there is an agent, and waits for it
            with wire.Wire(str(tmp_path / "a")) as client:
                client.send(VERSION)
                agent.spawn()
                assert client.final().status == 200
            assert not os.path.exists(agent.socket)
            assert agent.stop() == 0
            assert identity(tmp_path / "a") == inode


@pytest.mark.parametrize("names, apps", [
    (None, 0), ("x.socket:x.socket", 0), ("tappd:dstack", 1), ("tappd.socket:dstack.socket", 1), ("dstack:tappd", 0)])
def test_which_socket_is_which(new_agent, tmp_path, names, apps):
    paths = [tmp_path / "0", tmp_path / "1"]
    with listener(paths[0]) as first, listener(paths[1]) as second:
        agent = new_agent()
        hand_over(agent, [first, second], names)
        agent.spawn()
        assert wire.exchange(str(paths[apps]), VERSION).status == 200


def test_sockets_of_another_process(new_agent, tmp_path):
    with listener(tmp_path / "a") as apps:
        agent = new_agent()
        hand_over(agent, [apps])
        agent.prefix[2] = agent.prefix[2].replace("LISTEN_PID=$$", "LISTEN_PID=1")
        agent.start()
        assert wire.exchange(agent.socket, VERSION).status == 200


@pytest.mark.parametrize("count", ["", "x", "17", "-1", "99999999999999999999999"])
def test_counts_of_sockets_that_cannot_be(new_agent, count):
    agent = new_agent(prefix=AS_OURSELVES)
    agent.environment["LISTEN_FDS"] = count
    assert agent.spawn().exit_status() == 1
    assert "LISTEN_FDS" in agent.stderr


@pytest.mark.parametrize("names", [None, "dstack:tappd:other", "other:dstack:tappd"])
def test_a_descriptor_that_is_not_open(new_agent, tmp_path, names):
    """Its number would be that of a file which the agent opens later."""
    with listener(tmp_path / "a") as apps, listener(tmp_path / "b") as tappd:
        agent = new_agent()
        hand_over(agent, [apps, tappd], names)
        agent.environment["LISTEN_FDS"] = "3"
        assert agent.spawn().exit_status() == 1
    assert "LISTEN_FDS counts descriptor 5, which is not open" in agent.stderr


def test_a_descriptor_that_does_not_listen(new_agent):
    agent = new_agent()
    with socket.socket(socket.AF_UNIX) as other:
        hand_over(agent, [other])
        assert agent.spawn().exit_status() == 1
    assert "supervisor's socket" in agent.stderr


def test_systemd_socket_activate(new_agent, tmp_path):
    paths = [str(tmp_path / "dstack.sock"), str(tmp_path / "tappd.sock")]
    activate = ["systemd-socket-activate", *[word for path in paths for word in ("-l", path)]]
    agent = new_agent(prefix=activate)
    agent.spawn()
    agent.wait_until(lambda: all(map(os.path.exists, paths)), "the sockets")
    inode = identity(paths[0])
    assert wire.exchange(paths[0], VERSION).status == 200
    assert agent.stop() == 0
    assert identity(paths[0]) == inode
    agent.expected = agent.surprises


@pytest.mark.parametrize("unit", ["dstack-guest-agent.service", "dstack-guest-agent.socket"])
def test_units(tmp_path, unit):
    for name in ("dstack-guest-agent.service", "dstack-guest-agent.socket"):
        text = (ROOT / "image" / name).read_text()
        (tmp_path / name).write_text(text.replace("/bin/dstack-guest-agent", str(BINARY)))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit], capture_output=True, text=True, timeout=PATIENCE)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_line_for_each_failure(new_agent):
    agent = new_agent().start()
    secret = "c0ffee" * 4
    assert wire.get(agent.socket, f"/GetKey?algorithm={secret}").status == 400
    assert wire.get(agent.socket, f"/{secret}").status == 404
    assert wire.exchange(agent.socket, f"{secret} \r\n\r\n".encode()).status == 400
    assert wire.get(agent.socket, "/Info").status == 500
    assert wire.get(agent.socket, "/Version").status == 200
    who = f"listener=internal uid={os.getuid()} pid={os.getpid()}"
    lines = [line for line in agent.stderr.splitlines() if "request" in line]
    assert lines == [
        f'<5>dstack-guest-agent: request status=400 {who} error="Unsupported algorithm"',
        f'<5>dstack-guest-agent: request status=404 {who} error="Service not found"',
        f'<5>dstack-guest-agent: request status=400 {who} error="malformed request line"',
        f'<4>dstack-guest-agent: request status=500 {who} error="this machine is not a TDX guest, so there is no evidence"']
    assert secret not in agent.stderr


def test_a_flood_of_failures(new_agent):
    agent = new_agent().start()
    for _ in range(500):
        assert wire.get(agent.socket, "/Nothing").status == 404
    assert 20 <= agent.stderr.count("status=404") < 100


def test_a_log_that_nobody_reads(new_agent):
    """A full pipe costs lines, not answers."""
    agent = new_agent()
    agent.spawn()
    agent.stop()
    reader, writer = full_pipe()
    process = subprocess.Popen([BINARY, "-c", agent.config], stderr=writer)
    try:
        agent.wait_until(agent.accepts, "listening")
        assert wire.get(agent.socket, "/Nothing").status == 404
        assert wire.get(agent.socket, "/Version").status == 200
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        os.close(reader)
        os.close(writer)


def test_a_terminal_gets_no_priorities(new_agent):
    agent = new_agent()
    agent.spawn()
    agent.stop()
    ours, theirs = os.openpty()
    process = subprocess.Popen([BINARY, "-c", agent.config], stderr=theirs)
    try:
        assert os.read(ours, 1000).startswith(b"dstack-guest-agent: ")
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        os.close(ours)
        os.close(theirs)
