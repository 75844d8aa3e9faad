"""The host as the adversary: the files that it hands over, what it declares, and an address that does not answer."""

import hashlib
import json
import os
import socket
import threading
import time

import pytest

import oracle
import startup
from startup import COMPOSE, Startup

FILES = {
    "app-compose.json": 50 << 20, ".sys-config.json": 32 << 10, ".instance_info": 10 << 10, ".encrypted-env": 256 << 10,
    ".user-config": 50 << 20,
}


@pytest.fixture
def guest(simulator, tmp_path):
    return Startup(simulator, tmp_path)


@pytest.fixture
def untouched(guest):
    """A guest in which nothing may be measured."""
    yield guest
    assert guest.simulator.events == []
    assert guest.simulator.register(3) == bytes(48)


def link(path):
    target = path.with_name("target")
    target.write_text("{}")
    path.symlink_to(target)


def bind(path):
    """Binds by a short path, wherever the test's folder is."""
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


HOSTILE = {
    "link": (link, "is a symbolic link"),
    "dangling link": (lambda path: path.symlink_to("/nowhere"), "is a symbolic link"),
    "pipe": (lambda path: os.mkfifo(path), "is not a regular file"),
    "directory": (lambda path: path.mkdir(), "is not a regular file"),
    "device": (lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5)), "is not a regular file"),
    "socket": (bind, "is not a regular file"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_regular_file(untouched, kind):
    make, text = HOSTILE[kind]
    for name in FILES:
        path = untouched.host / name
        path.unlink(missing_ok=True)
        try:
            make(path)
        except PermissionError:
            pytest.skip("this system lets nobody make a device")
        assert untouched.refuse() == f"{name}: {text}"
        if kind == "directory":
            path.rmdir()
        else:
            path.unlink()
        untouched.offer()


@pytest.mark.parametrize("name", FILES)
def test_too_large(guest, name):
    path = guest.host / name
    path.touch()
    os.truncate(path, FILES[name] + 1)
    assert guest.refuse() == f"{name}: is too large"
    assert guest.simulator.events == []
    # at the limit it is copied, and its reader refuses the zeros; without a launch token nobody reads .user-config
    os.truncate(path, FILES[name])
    if name == ".user-config":
        guest.succeed()
    else:
        reason = guest.refuse()
        assert reason.startswith(name + ": ") and "too large" not in reason


@pytest.mark.parametrize("name", ["app-compose.json", ".sys-config.json"])
def test_missing(untouched, name):
    (untouched.host / name).unlink()
    assert untouched.refuse() == f"{name}: is missing from the host-shared directory"


def test_no_directory(untouched):
    untouched.host.rename(untouched.host.with_name("away"))
    assert untouched.refuse() == "the host-shared directory cannot be opened: not found"


def test_nothing_to_find(untouched):
    """Without --host-shared, in a guest with neither the disk nor the export."""
    done = startup.run([*untouched.simulator.prefix, startup.BINARY, "boot", "--work-dir", untouched.work])
    assert done.returncode == 1
    assert "there is no disk with the label DSTACKSHR, and no 9p export host-shared" in done.stderr
    assert not os.path.exists("/run/dstack/host-shared")


def in_guest(guest, script: str):
    """A boot after a shell script in the guest's mount namespace; the script's $0 is the folder of the test."""
    return guest.boot("sh", "-c", script + ' && exec "$@"', guest.host.parent)


def test_growing(untouched):
    """A file that holds more than its size says, and does not end below its limit."""
    (untouched.host / ".instance_info").touch()
    done = in_guest(untouched, 'mount --bind /proc/kallsyms "$0/host/.instance_info"')
    assert done.returncode == 1 and "<3>dstack-guest-agent: .instance_info: is too large" in done.stderr


# (app-compose, sys-config, what the boot says)
HASH = hashlib.sha256(b"dstack-launch-token/v1:" + b"t" * 32).hexdigest()
REFUSED = [
    ("not JSON", "app-compose.json: expected a JSON object at byte 0"),
    ({"manifest_version": 3}, "app-compose.json: manifest_version: is neither 1 nor 2; newer versions are text"),
    ({"manifest_version": "4"}, "app-compose.json: manifest_version: is newer than this agent"),
    ({"key_provider": "tdx"}, "app-compose.json: key_provider: must be none, local, kms or tpm"),
    ({"key_provider": "local"},
     "the key provider local is refused: the enclave's answer is not bound to this guest, and the host could know the keys"),
    ({"key_provider": "tpm"},
     "the key provider tpm is refused: this agent cannot verify the vTPM, and the host could read the keys"),
    ({"key_provider_id": "00"}, "the key provider is not the one that app-compose pins by key_provider_id"),
    ({"event_log_version": 3}, "app-compose.json: event_log_version: is neither 1 nor 2"),
    ({"init_script": list("abcdef")}, "app-compose.json: init_script: has more than 5 scripts"),
    ({"runner": None}, "app-compose.json: runner: is missing"),
    (json.dumps(COMPOSE)[:-1] + ', "x": 1, "\\u0078": 1}', "app-compose.json: a member is given twice"),
    ({"requirements": {}}, 'app-compose.json: requirements: need manifest_version "3"'),
    ({"runner": "nerdctl-compose"}, 'app-compose.json: runner: nerdctl-compose needs manifest_version "3"'),
    ({"init_script": ["a", "b"]}, 'app-compose.json: init_script: more than one needs manifest_version "3"'),
    ({"snapshotter": "overlayfs"}, "app-compose.json: snapshotter: is for the runner nerdctl-compose only"),
    ({"manifest_version": "3", "runner": "nerdctl-compose", "snapshotter": "zfs"},
     "app-compose.json: snapshotter: is neither overlayfs nor stargz"),
    ({"verity_volumes": [{"source": "a.img", "verity_root": "00" * 32, "target": "/a"}]},
     "app-compose.json: verity_volumes: are not mounted by this agent"),
    ({"manifest_version": "3", "runner": "nerdctl-compose", "requirements": {"health_check": True}},
     "app-compose.json: requirements: health_check: needs health_status_file with the runner nerdctl-compose: "
     "this agent runs no nerdctl"),
]
DEMANDS = [
    ({"new": 1}, "app-compose.json: requirements: has a member that this agent does not know"),
    ({"gpu_policy": {"new": True}}, "app-compose.json: requirements: gpu_policy: has a member that this agent does not know"),
    ({"gpu_policy": {"rego": "package policy"}},
     "app-compose.json: requirements: gpu_policy: rego: needs an evaluator, which this agent does not have"),
    ({"gpu_policy": {"attest_gpu": None}}, "app-compose.json: requirements: gpu_policy: attest_gpu: is null"),
    ({"gpu_policy": None}, "app-compose.json: requirements: gpu_policy: is null"),
    ({"health_check": True},
     "app-compose.json: requirements: health_check: needs health_status_file with a runner other than docker-compose"),
    ({"health_check": True, "health_status_file": "run/health"},
     "app-compose.json: requirements: health_status_file: must be an absolute path"),
    ({"platforms": []}, "app-compose.json: requirements: platforms: is empty"),
    ({"platforms": ["dstack-tdx", "other"]}, "app-compose.json: requirements: platforms: names an unknown platform"),
    ({"platforms": ["dstack-gcp-tdx"]}, "dstack-tdx: is not among the app's platforms"),
    ({"os_version": "y"}, "app-compose.json: requirements: os_version: is not a version range"),
    ({"launch_token_hash": HASH}, "the app needs a launch token, and there is no .user-config"),
    ({"tdx_measure_acpi_tables": False},
     "the app needs lite attestation, and the host has chosen to have the ACPI tables measured"),
]
REFUSED += [({"manifest_version": "3", "requirements": demand}, text) for demand, text in DEMANDS]


@pytest.mark.parametrize("compose, text", REFUSED, ids=[text for _, text in REFUSED])
def test_refused(untouched, compose, text):
    untouched.offer(compose)
    assert untouched.refuse() == text


def test_a_member_twice_in_a_dry_run(untouched):
    untouched.offer(json.dumps(COMPOSE)[:-1] + ', "x": 1, "x": 1}')
    done = startup.run([startup.BINARY, "boot", "--dry-run", "--host-shared", untouched.host])
    assert (done.returncode, done.stdout) == (1, "") and "app-compose.json: a member is given twice" in done.stderr


@pytest.mark.parametrize("text", [
    "", "[]", '{"vm_config":1}', '{"kms_urls":"x"}', '{"collateral_urls":{"new":""}}', '{"gateway_clusters":[{"new":""}]}'])
def test_bad_sys_config(untouched, text):
    (untouched.host / ".sys-config.json").write_text(text)
    assert untouched.refuse().startswith(".sys-config.json: ")


@pytest.mark.parametrize("text", ["", '{"app_id":', '{"app_id": ', '{"instance_id_seed":"00'])
def test_instance_info_cut_off(untouched, text):
    (untouched.host / ".instance_info").write_text(text)
    assert untouched.refuse().startswith(".instance_info: ")


def test_launch_token(guest):
    guest.offer({"manifest_version": "3", "requirements": {"launch_token_hash": HASH, "platforms": ["dstack-tdx"]}})
    token = lambda text: (guest.host / ".user-config").write_text(json.dumps({"dstack": {"launch_token": text}}))
    token("u" * 32)
    assert guest.refuse() == "the launch token is not the one that the app needs"
    token("t" * 31)
    assert guest.refuse() == "the launch token is shorter than 32 bytes"
    token("t" * 32)
    guest.succeed()


@pytest.mark.parametrize("demand, reason", [
    ({"tdx_measure_acpi_tables": True},
     "the app sets tdx_measure_acpi_tables, which cannot be verified on dstack-gcp-tdx"),
    ({"tdx_measure_acpi_tables": False},
     "the app sets tdx_measure_acpi_tables, which cannot be verified on dstack-gcp-tdx"),
    ({"platforms": ["dstack-tdx"]}, "dstack-gcp-tdx: is not among the app's platforms"),
    ({"platforms": ["dstack-gcp-tdx"]},
     "dstack-gcp-tdx: cannot be verified here, and the app does not allow dstack-tdx"),
    ({"platforms": ["dstack-gcp-tdx", "dstack-tdx"]}, None),
    ({}, None),
])
def test_a_host_that_calls_itself_google(guest, demand, reason):
    """The host chooses this text, so it may keep an app from starting but cannot let one start."""
    guest.offer({"manifest_version": "3", "requirements": demand})
    product = guest.host.with_name("dmi")
    product.mkdir()
    (product / "product_name").write_text("Google Compute Engine\n")
    done = in_guest(guest, 'mount -t tmpfs none /sys/class && mkdir -p /sys/class/dmi && cp -r "$0/dmi" /sys/class/dmi/id')
    assert done.returncode == (0 if reason is None else 1), done
    assert reason is None or reason in done.stderr
    assert (guest.simulator.events == []) == (reason is not None)


@pytest.mark.parametrize("version, size, good", [
    ("0.5.11", 0, True), ("0.6.0", 0, False), ("12", 0, False), ("0.5.11", 64 << 10, True), ("0.5.11", (64 << 10) + 1, False)])
def test_os_version(guest, version, size, good):
    """The image's os-release is padded to a size; one that is too large counts as absent."""
    guest.offer({"manifest_version": "3", "requirements": {"os_version": ">=0.5.10, <0.6"}})
    guest.host.with_name("os-release").write_text(f'ID=x\nVERSION_ID="{version}"\n'.ljust(size, "#"))
    done = in_guest(guest, 'mount --bind "$0/os-release" /etc/os-release')
    assert done.returncode == (0 if good else 1), done
    assert good or "OS version" in done.stderr


def declaration(compose: bytes, version: int, document: bytes = b"") -> str:
    compose_hash = hashlib.sha256(compose).digest()
    if version == 1:
        bound = compose_hash
    elif version == 2:
        bound = oracle.keccak256(compose_hash + compose_hash[:20] + b"\0")
    else:
        bound = hashlib.sha256(b"dstack-mr-config-v3:\0" + document).digest()
    return (bytes([version]) + bound).hex().ljust(96, "0")


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_mr_config_id(new_simulator, tmp_path, version):
    compose = json.dumps(COMPOSE)
    document = json.dumps({"compose_hash": hashlib.sha256(compose.encode()).hexdigest(), "key_provider": "none"})
    simulator = new_simulator("--mr-config-id", declaration(compose.encode(), version, document.encode()))
    guest = Startup(simulator, tmp_path)
    guest.offer(compose + " ", mr_config=document)
    reasons = {3: "mr_config: compose_hash: is that of another launch", 4: "mr_config_id has an unknown version"}
    assert guest.refuse() == reasons.get(version, "mr_config_id is that of another launch")
    if version == 3:
        guest.offer(compose, mr_config=document + " ")
        assert guest.refuse() == "mr_config_id is that of another launch"
    if version < 4:
        guest.offer(compose, mr_config=document)
        guest.succeed()


def test_env_without_key(guest):
    """With keys made at each boot there is no key that anything could be sealed to."""
    (guest.host / ".encrypted-env").write_bytes(os.urandom(100))
    assert guest.refuse() == ".encrypted-env: there is no key to decrypt it"
    assert [name for name, _, _ in guest.simulator.events][-1] == "key-provider"


class Host(threading.Thread):
    """A host that accepts notifications on its own port, or only connections."""

    def __init__(self, answers: bool):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.answers = answers
        self.told = []
        self.silent = []
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/api/"
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            if not self.answers:
                self.silent.append(peer)
                continue
            with peer:
                head, body = b"", b""
                while b"\r\n\r\n" not in head:
                    head += peer.recv(4096)
                head, body = head.split(b"\r\n\r\n", 1)
                length = int(dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])[b"Content-Length"])
                while len(body) < length:
                    body += peer.recv(4096)
                self.told.append((head.split(b"\r\n")[0].decode(), json.loads(body)))
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnull")

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()
        for peer in self.silent:
            peer.close()


@pytest.fixture(params=[True])
def host(request):
    host = Host(request.param)
    yield host
    host.end()


def test_host_is_told(guest, host):
    guest.offer({"no_instance_id": False}, host_api_url=host.url)
    guest.succeed()
    assert {request for request, _ in host.told} == {"POST /api/Notify?json HTTP/1.1"}
    told = [(body["event"], body["payload"]) for _, body in host.told]
    assert [event for event, _ in told] == ["boot.progress", "boot.progress", "instance.info", "boot.progress"]
    info = json.loads(told[2][1])
    payloads = {name: payload.hex() for name, payload, _ in guest.simulator.events}
    assert (info["app_id"], info["instance_id"]) == (payloads["app-id"], payloads["instance-id"])
    seed, app = (bytes.fromhex(info[name]) for name in ("instance_id_seed", "app_id"))
    assert hashlib.sha256(seed + app).hexdigest()[:40] == info["instance_id"]


@pytest.mark.parametrize("spoil", ["compose", "missing", "half-way"])
def test_host_is_told_of_failure(guest, host, spoil):
    guest.offer({"key_provider": "x"}, host_api_url=host.url)
    if spoil == "missing":
        (guest.host / "app-compose.json").unlink()
    elif spoil == "half-way":
        guest.simulator.emit(("system-preparing", b""))
    reason = guest.refuse()
    assert [(body["event"], body["payload"]) for _, body in host.told] == [("boot.error", reason)]


def test_host_is_told_of_mismatch(guest, host):
    guest.offer(host_api_url=host.url)
    guest.succeed()
    host.told.clear()
    guest.simulator.extend(b"\1" * 48)
    keys = (guest.copies / startup.KEYS).read_bytes()
    assert guest.boot().returncode == 1
    assert [(body["event"], body["payload"]) for _, body in host.told] == [
        ("boot.error", "the event log does not reproduce RTMR3")]
    # the guest is in use: its evidence shows the mismatch, and the verifier decides
    assert (guest.copies / startup.KEYS).read_bytes() == keys


@pytest.mark.parametrize("host", [False], indirect=True)
def test_silent_host(guest, host, new_simulator, tmp_path):
    """It accepts the connection and never answers: the whole boot is delayed by at most a second."""

    def seconds(guest):
        started = time.monotonic()
        errors = guest.succeed()
        return time.monotonic() - started, errors

    alone = min(seconds(Startup(new_simulator(), tmp_path / str(number)))[0] for number in range(3))
    guest.offer(host_api_url=host.url)
    elapsed, errors = seconds(guest)
    assert "cannot notify the host at host_api_url" in errors
    assert len(host.silent) >= 3
    # the rest is noise of this machine
    assert elapsed - alone < 1.0 + 0.3


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "vsock://2:1/api", "vsock://1:1/api", "unix:/x", "http://[::1]:1"])
def test_dead_host(guest, url):
    guest.offer(host_api_url=url)
    assert "host_api_url" in guest.succeed()
