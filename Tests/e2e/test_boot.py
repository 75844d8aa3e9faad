"""The measured startup, from the command to the agent that serves afterwards."""

import hashlib
import json
import stat

import pytest
from cryptography import x509
from dstack_sdk import DstackClient

import attestations
import boot
import boot_oracle
import startup
from startup import Startup
from verifier import Verifier


@pytest.fixture
def guest(simulator, tmp_path):
    return Startup(simulator, tmp_path)


@pytest.mark.smoke
def test_boot_then_serve(guest, simulator, new_agent, tmp_path):
    guest.offer({"no_instance_id": False}, vm_config=boot.VM_CONFIG)
    said = guest.succeed()
    agent = guest.configure(new_agent(prefix=simulator.prefix))
    boot.start(agent)
    client = DstackClient(agent.socket)

    info = client.info()
    compose_hash = hashlib.sha256((guest.host / "app-compose.json").read_bytes()).hexdigest()
    payloads = {name: payload for name, payload, _ in simulator.events}
    assert info.compose_hash == compose_hash
    assert info.app_id == compose_hash[:40]
    assert info.instance_id == payloads["instance-id"].hex() and len(info.instance_id) == 40
    assert said.endswith(f"started app {info.app_id}, instance {info.instance_id}\n")
    assert json.loads(info.key_provider_info) == {"name": "none", "id": ""}
    assert info.app_name == "e2e"
    assert info.os_image_hash == boot.IMAGE_HASH.hex()

    # a stock verifier accepts the quote; `replay` gives its RTMR3 from the log and from the answer's event log
    answer = client.get_quote("nonce")
    quote = answer.decode_quote()
    assert Verifier(simulator.state).status(quote) == "UpToDate"
    rtmr3 = attestations.registers(quote)[3].hex()
    log = tmp_path / "event_log.json"
    log.write_text(answer.event_log)
    events = len(simulator.events)
    assert startup.replay(log) == {"events": events, "rtmr3": rtmr3}
    assert startup.replay(simulator.log / "runtime_events.log") == {"events": events, "rtmr3": rtmr3}

    # the root certificate of the keys has evidence of this startup, made before system-ready
    root = x509.load_pem_x509_certificate(client.get_tls_key("a").certificate_chain[-1].encode())
    assert root.subject.rfc4514_string() == "CN=App Root Cert"
    client.emit_event("app", b"1")
    assert startup.replay(simulator.log / "runtime_events.log")["rtmr3"] == simulator.register(3).hex()


@pytest.mark.smoke
@pytest.mark.parametrize("version", [1, 2])
def test_dry_run_is_what_boot_does(guest, version):
    guest.offer({"manifest_version": " 3 ", "event_log_version": version, "init_script": ["a", "b"]})
    dry = guest.dry_run()
    assert dry == guest.expected
    assert guest.simulator.register(3) == bytes(48)
    guest.succeed()
    assert guest.measured == dry
    assert guest.simulator.register(3).hex() == dry[-1]["rtmr3"]
    assert all(event[2] == version for event in guest.simulator.events)


# Those that this agent can start without a KMS, and whose events are known in advance.
CASES = [case for case in boot_oracle.CASES if '"no_instance_id":true' in case[1] and '"kms_enabled":true}' not in case[1]]
CASES = [case for case in CASES if boot_oracle.provider_of(json.loads(case[1])) == "none"]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_golden_events(guest, case):
    _, compose, info, _ = case
    guest.offer(compose)
    (guest.host / ".instance_info").write_text(json.dumps(info))
    guest.succeed()
    assert guest.measured == guest.expected == guest.dry_run()


FLAGS = ["allow_debug", "allow_devtools", "allow_insecure_boot", "attest_gpu"]
POLICIES = [{}, *({name: value} for name in FLAGS for value in (True, False)), dict.fromkeys(reversed(FLAGS), True)]


@pytest.mark.parametrize("policy", POLICIES, ids=json.dumps)
def test_gpu_policy(guest, policy):
    """It is measured as given, whatever the machine has."""
    guest.offer({"manifest_version": "3", "requirements": {"gpu_policy": policy}})
    guest.succeed()
    assert guest.measured == guest.expected == guest.dry_run()
    canonical = json.dumps(policy, sort_keys=True, separators=(",", ":")).encode()
    payloads = {name: payload for name, payload, _ in guest.simulator.events}
    assert payloads["gpu-policy-hash"] == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize("runner, health", [
    ("docker-compose", {"health_check": True}), ("docker-compose", {"health_check": True, "health_status_file": None}),
    ("bash", {"health_check": True, "health_status_file": "/run/health"}),
    ("nerdctl-compose", {"health_check": True, "health_status_file": "/"}),
    ("bash", {"health_check": False, "health_status_file": "relative"}),
])
def test_health(guest, simulator, new_agent, runner, health):
    guest.offer({"manifest_version": "3", "runner": runner, "requirements": health})
    guest.succeed()
    assert guest.measured == guest.expected
    boot.start(guest.configure(new_agent(prefix=simulator.prefix)))


def plant(folder, **classes):
    """Makes a PCI bus with devices of these classes, None for one without the file; returns the simulator's option."""
    for number, value in enumerate(classes.values()):
        device = folder / f"bus/0000:00:{number:02x}.0"
        device.mkdir(parents=True)
        if value is not None:
            (device / "class").write_text(f"{value}\n")
    return "--pci", folder / "bus"


@pytest.mark.smoke
@pytest.mark.parametrize("display", ["0x030000", "0x03ffff"])
def test_display_on_the_bus(new_simulator, tmp_path, display):
    guest = Startup(new_simulator(*plant(tmp_path, bridge="0x060000", display=display)), tmp_path)
    text = (
        "PCI device 0000:00:01.0: is a display, and this agent attests no GPU: remove it (QEMU adds a VGA card unless started with "
        "-nodefaults or -vga none), or set attest_gpu of requirements.gpu_policy to false")
    assert guest.refuse() == text
    for policy in ({}, {"attest_gpu": True}, {"allow_debug": True, "allow_devtools": True, "allow_insecure_boot": True}):
        guest.offer({"manifest_version": "3", "requirements": {"gpu_policy": policy}})
        assert guest.refuse() == text
    # nothing is measured yet; the dry run works anywhere
    assert (guest.simulator.events, guest.simulator.register(3)) == ([], bytes(48))
    assert guest.dry_run() == guest.expected
    guest.offer({"manifest_version": "3", "requirements": {"gpu_policy": {"attest_gpu": False}}})
    guest.succeed()
    assert guest.measured == guest.expected


def test_other_devices_on_the_bus(new_simulator, tmp_path):
    guest = Startup(new_simulator(*plant(tmp_path, disk="0x02ffff", sound="0x040300", signal="0x118000")), tmp_path)
    guest.succeed()


def test_device_without_class(new_simulator, tmp_path):
    guest = Startup(new_simulator(*plant(tmp_path, bridge="0x060000", other=None)), tmp_path)
    assert guest.refuse() == "PCI device 0000:00:01.0: cannot read its class: not found"
    (tmp_path / "bus/0000:00:01.0/class").write_text("0x02\n")
    assert guest.refuse() == "PCI device 0000:00:01.0: its class is malformed"
    (tmp_path / "bus/0000:00:01.0/class").write_text("0x020000\n")
    guest.succeed()


def test_app_without_instances(guest):
    compose_hash = hashlib.sha256((guest.host / "app-compose.json").read_bytes()).hexdigest()
    assert guest.succeed().endswith(f"started app {compose_hash[:40]}\n")


def test_null_is_absent(guest, simulator, new_agent):
    """For the startup, for its dry run and for the agent afterwards."""
    dry = guest.dry_run()
    guest.offer({"key_provider": None, "no_instance_id": True, "public_logs": None, "allowed_envs": None},
                kms_urls=None, host_api_url=None, mr_config=None, vm_config=None)
    (guest.host / ".instance_info").write_text('{"app_id":null,"instance_id_seed":null}')
    assert len(guest.dry_run()) == len(dry)
    guest.succeed()
    boot.start(guest.configure(new_agent(prefix=simulator.prefix)))


def test_what_it_leaves(guest):
    (guest.host / ".user-config").write_text("{}")
    guest.succeed()
    names = {"app-compose.json", ".sys-config.json", ".user-config", startup.KEYS, startup.ENV, startup.ENV_JSON}
    assert {path.name for path in guest.copies.iterdir()} == names
    links = {path.name: str(path.readlink()) for path in guest.work.iterdir() if path.is_symlink()}
    expected = {"app-compose.json": "app-compose.json", "user_config": ".user-config"}
    assert links == {name: f".host-shared/{copy}" for name, copy in expected.items() if copy in names}
    assert {path.name for path in guest.work.iterdir()} == {".host-shared", startup.CONFIG, *links}
    mode = lambda path: stat.S_IMODE(path.stat().st_mode)
    assert {mode(path) for path in guest.copies.iterdir()} | {mode(guest.work / startup.CONFIG)} == {0o600}
    assert mode(guest.copies) == mode(guest.work) == 0o700
    assert (guest.copies / startup.ENV).read_text() == ""
    assert json.loads((guest.copies / startup.ENV_JSON).read_text()) == {}
    for name in ("app-compose.json", ".sys-config.json", ".user-config"):
        assert (guest.copies / name).read_bytes() == (guest.host / name).read_bytes()


def test_keys_are_fresh(guest, new_simulator, tmp_path):
    guest.succeed()
    other = Startup(new_simulator(), tmp_path / "other")
    other.succeed()
    ours, theirs = (json.loads((each.copies / startup.KEYS).read_text()) for each in (guest, other))
    for name in ("k256_key", "disk_crypt_key", "ca_cert"):
        assert ours[name] != theirs[name]
    assert guest.simulator.register(3) == other.simulator.register(3)


def test_second_run_does_nothing(guest):
    guest.succeed()
    before = (guest.measured, (guest.copies / startup.KEYS).read_bytes(), guest.simulator.register(3))
    # the host's files are not read any more
    guest.offer({"name": "another"})
    assert "has been started before: nothing to do" in guest.succeed()
    assert (guest.measured, (guest.copies / startup.KEYS).read_bytes(), guest.simulator.register(3)) == before


def test_second_run_without_keys(guest):
    guest.succeed()
    (guest.copies / startup.KEYS).unlink()
    assert guest.boot().returncode == 1


def test_register_without_log(guest):
    guest.simulator.extend(b"\1" * 48)
    assert guest.refuse() == "RTMR3 is not zero, and there is no event log: something else has extended it"
    assert guest.simulator.events == []


@pytest.mark.parametrize("extended_after", ["nothing", "ready"])
def test_log_and_register_differ(guest, extended_after):
    if extended_after == "ready":
        guest.succeed()
        guest.simulator.extend(b"\1" * 48)
        done = guest.boot()
        assert done.returncode == 1 and "the event log does not reproduce RTMR3" in done.stderr
    else:
        guest.simulator.emit(("system-preparing", b""))
        guest.simulator.extend(b"\1" * 48)
        assert guest.refuse() == "the event log does not reproduce RTMR3"


def test_foreign_event_first(guest):
    guest.simulator.emit(("an app's", b""))
    assert guest.refuse() == "an earlier startup of this guest stopped half-way: restart the guest"


def test_replay_refuses(tmp_path):
    for content in (b"x\n", b"[1]", b'{"event":"a"}\n'):
        (tmp_path / "log").write_bytes(content)
        done = startup.run([startup.BINARY, "replay", tmp_path / "log"])
        assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("<3>")
    assert startup.run([startup.BINARY, "replay", tmp_path / "none"]).returncode == 1


def test_replay_limit(tmp_path):
    """A log of 16 MiB is read, and not a byte more."""
    log = tmp_path / "log"
    log.write_bytes(b"[" + b" " * ((16 << 20) - 2) + b"]")
    assert startup.replay(log) == {"events": 0, "rtmr3": "00" * 48}
    log.write_bytes(log.read_bytes() + b" ")
    done = startup.run([startup.BINARY, "replay", log])
    assert done.returncode == 1 and done.stderr.endswith(": is too large\n")


def test_no_tdx(tmp_path):
    host = tmp_path / "host"
    host.mkdir()
    done = startup.run([startup.BINARY, "boot", "--host-shared", host, "--work-dir", tmp_path / "work"])
    assert done.returncode == 1 and done.stderr.startswith("<3>")
