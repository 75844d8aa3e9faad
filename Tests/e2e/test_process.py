"""The process: its command line, configuration, signals and sockets."""

import json
import os
import pathlib
import signal
import socket
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import agent_process
import oracle
import wire
from agent_process import DATA, PATIENCE
from api import Api

VERSION = wire.request("GET", "/Version")


def refused_start(agent, *secrets: str) -> str:
    """The one line that the agent logs when it refuses to start."""
    status = agent.spawn().exit_status()
    assert status not in (0, None) and status > 0, f"exit status {status}"
    assert agent.stderr.count("\n") == 1 and agent.stderr.endswith("\n"), agent.stderr
    assert 10 < len(agent.stderr) <= 512
    assert not os.path.exists(agent.socket)
    for secret in secrets:
        assert secret not in agent.stderr
    return agent.stderr


@pytest.fixture
def keys(tmp_path):
    """Write an app keys file: the keys of provider None with some changes; None as a value removes a field."""
    def write(changes=None, text=None) -> pathlib.Path:
        fields = json.loads((DATA / "appkeys-none.json").read_text())
        for name, value in (changes or {}).items():
            fields[name] = value
        path = tmp_path / "appkeys.json"
        path.write_bytes(text if text is not None else json.dumps(
            {name: value for name, value in fields.items() if value is not None}).encode())
        return path

    return write


SECRET = json.loads((DATA / "appkeys-none.json").read_text())["k256_key"]
CA_KEY = json.loads((DATA / "appkeys-none.json").read_text())["key_provider"]["None"]["key"]
RSA = """-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEA
-----END PRIVATE KEY-----
"""
BROKEN_KEYS = {
    "no k256 key": {"k256_key": None},
    "empty k256 key": {"k256_key": ""},
    "k256 key of 31 bytes": {"k256_key": SECRET[:62]},
    "k256 key of 33 bytes": {"k256_key": SECRET + "00"},
    "k256 key of odd length": {"k256_key": SECRET[:63]},
    "k256 key that is no hex": {"k256_key": "zz" + SECRET[2:]},
    "k256 key zero": {"k256_key": "00" * 32},
    "k256 key of the group order": {"k256_key": f"{oracle.SECP256K1_ORDER:x}"},
    "k256 key a number": {"k256_key": 1},
    "k256 key null": {"k256_key": [None]},
    "no provider": {"key_provider": None},
    "unknown provider": {"key_provider": {"Other": {"key": CA_KEY}}},
    "empty provider": {"key_provider": {}},
    "two providers": {"key_provider": {"None": {"key": CA_KEY}, "Local": {"key": CA_KEY, "mr": "00"}}},
    "provider a string": {"key_provider": "None"},
    "provider without a key": {"key_provider": {"None": {}}},
    "provider with a broken key": {"key_provider": {"None": {"key": CA_KEY[:100]}}},
    "provider with an RSA key": {"key_provider": {"None": {"key": RSA}}},
    "broken authority": {"ca_cert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
    "no authority": {"ca_cert": None},
    "signature that is no hex": {"k256_signature": "x"},
}
BROKEN_FILES = {
    "empty": b"",
    "white space": b" \n",
    "no JSON": b"k256_key = 1\n",
    "list": b"[]",
    "cut short": (DATA / "appkeys-none.json").read_bytes()[:-20],
    "trailing garbage": (DATA / "appkeys-none.json").read_bytes() + b"}",
    "not UTF-8": (DATA / "appkeys-none.json").read_bytes().replace(b'"gateway_app_id": ""', b'"gateway_app_id": "\xff"'),
    "NUL": bytes(1000),
    "deep": b"[" * 100_000,
    "large": b" " * 20_000_000 + (DATA / "appkeys-none.json").read_bytes(),
}


@pytest.mark.parametrize("name", BROKEN_KEYS)
def test_broken_keys(new_agent, keys, name):
    refused_start(new_agent(keys=keys(BROKEN_KEYS[name])), SECRET, SECRET[2:60], CA_KEY[40:80])


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_broken_keys_files(new_agent, keys, name):
    refused_start(new_agent(keys=keys(text=BROKEN_FILES[name])), SECRET, CA_KEY[40:80])


def test_an_authority_with_another_key(new_agent, keys):
    """The agent notices when the first certificate is wanted, and logs it once; keys are served all the same."""
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    agent = new_agent(keys=keys({"key_provider": {"None": {"key": other}}})).start()
    api = Api(agent)
    assert agent.surprises == []
    reason = "the key in key_provider does not match ca_cert"
    for _ in range(2):
        assert api.refused("GetTlsKey", 500, subject="a") == reason
        assert api.ok("GetKey", path="a")["key"]
    agent.expected = agent.surprises
    assert agent.expected == [f"<3>dstack-guest-agent: no certificates can be issued: {reason}"]


def test_missing_keys_file(new_agent, tmp_path):
    message = refused_start(new_agent(keys=tmp_path / "absent.json"))
    assert "absent.json" in message and "cannot be opened: not found" in message


def test_an_address_in_use(new_agent):
    """The reason is given in words, not as a number."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = {"address": "127.0.0.1", "port": taken.getsockname()[1]}
        assert f"127.0.0.1 port {address['port']} cannot be bound: address in use" in refused_start(new_agent(changes={"external": address}))


@pytest.mark.parametrize("content", [None, b"", b"\n", b"null", b"[]", b"{"])
@pytest.mark.parametrize("name", ["compose_file", "sys_config_file"])
def test_files_of_the_boot_that_are_missing_or_say_nothing(new_agent, tmp_path, name, content):
    """The agent does not guess what app-compose makes public."""
    agent = new_agent()
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    agent.settings["default"]["core"][name] = str(path)
    refused_start(agent)
    assert len(agent.stderr.splitlines()) == 1 and f"{path}: " in agent.stderr


def test_an_app_compose_with_a_member_twice(new_agent, tmp_path):
    """Whether the agent knows the member or not: another reader may use the other value."""
    agent = new_agent()
    path = tmp_path / "app-compose.json"
    agent.settings["default"]["core"]["compose_file"] = str(path)
    path.write_text('{"name":"a","later":{"x":1,"x":1},"l\\u0061ter":2}')
    assert f"{path}: a member is given twice" in refused_start(agent)
    path.write_text('{"name":"a","later":{"x":1,"x":1},"Later":2}')
    agent.start()


def test_a_directory_for_a_keys_file(new_agent, tmp_path):
    refused_start(new_agent(keys=tmp_path))


def test_unknown_fields_of_the_keys_file_are_ignored(new_agent, keys):
    agent = new_agent(keys=keys({"later": {"version": 2}})).start()
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_an_optional_key_may_be_absent(new_agent, keys):
    agent = new_agent(keys=keys({"env_crypt_key": None})).start()
    assert wire.exchange(agent.socket, VERSION).status == 200


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "default = 1", '{"default":1}', '{"internal":{"address":1}}'])
def test_broken_config(new_agent, text):
    agent = new_agent()
    path = agent.directory / "broken.json"
    path.write_text(text)
    agent.arguments = ["-c", path]
    refused_start(agent)


def test_missing_config(new_agent):
    refused_start(new_agent(arguments=["-c", "absent.json"]))


def test_toml_is_refused(new_agent):
    agent = new_agent(arguments=["-c", "agent.toml"])
    (agent.directory / "agent.toml").write_text("[default.core]\nkeys_file = \"x\"\n")
    message = refused_start(agent)
    assert "TOML" in message and "JSON" in message


@pytest.mark.parametrize("address", [
    "unix:", "unix:" + "a" * 200, "nonsense", "256.0.0.1",
    "unix:/dev/null/dstack.sock", ""])
def test_addresses_that_cannot_be(new_agent, address):
    refused_start(new_agent(changes={"internal": {"address": address}}))


def test_unknown_config_keys_are_reported(new_agent):
    """Each is named once on stderr, and the agent serves."""
    agent = new_agent(changes={"surprise_one": {"a": 1}})
    agent.settings["default"]["surprise_two"] = 2
    agent.settings["default"]["core"]["surprise_three"] = [3]
    agent.settings["internal"]["surprise_four"] = None
    agent.start()
    assert wire.exchange(agent.socket, VERSION).status == 200
    for name in ("surprise_one", "surprise_two", "surprise_three", "surprise_four"):
        assert len([line for line in agent.surprises if name in line]) == 1
    agent.expected = agent.surprises


def test_a_config_with_only_the_mount_point(new_agent):
    """As in OS images; the rest are defaults, and the default files do not exist on this machine."""
    assert not os.path.exists("/dstack/.host-shared/.appkeys.json")
    agent = new_agent()
    agent.settings = {"default": {"core": {"data_disks": ["/", "/data"]}}}
    assert "/dstack/.host-shared/app-compose.json" in refused_start(agent)


@pytest.mark.parametrize("arguments", [("serve", "-c"), ("--watchdog", "-c"), ("-c",), ("serve", "--watchdog", "-c")])
def test_ways_to_say_serve(new_agent, arguments):
    """Without NOTIFY_SOCKET the watchdog has nobody to notify, which is not an error."""
    agent = new_agent()
    agent.arguments = [*arguments, agent.config]
    agent.start()
    assert wire.exchange(agent.socket, VERSION).status == 200


@pytest.mark.smoke
def test_version_command(api):
    result = agent_process.run("version")
    assert result.returncode == 0 and result.stderr == ""
    assert api.ok("Version")["version"] in result.stdout
    for library in ("mbed", "secp256k1", "sodium"):
        assert library in result.stdout.lower()


def test_help():
    result = agent_process.run("--help")
    assert result.returncode == 0 and result.stderr == ""
    for word in ("serve", "version", "-c", "--watchdog"):
        assert word in result.stdout


@pytest.mark.parametrize("arguments", [
    ("--no-such-option",), ("nonsense",), ("-c",), ("-c", "a.json", "extra"), ("version", "extra"), ("",)])
def test_bad_command_lines(arguments):
    result = agent_process.run(*arguments)
    assert result.returncode > 0 and result.stdout == "" and result.stderr.endswith("\n")


def test_the_mode_of_the_socket(agent):
    """Any process of the guest may call."""
    mode = os.stat(agent.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o777


def test_a_stale_socket_is_replaced(new_agent):
    agent = new_agent()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(agent.socket)
    assert os.path.exists(agent.socket)
    agent.start()
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_a_socket_left_by_a_killed_agent_is_replaced(new_agent):
    agent = new_agent().start()
    agent.process.kill()
    agent.process.wait(PATIENCE)
    agent.start()
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_a_live_socket_is_not_stolen(new_agent):
    agent, thief = new_agent().start(), new_agent()
    thief.settings["internal"] = agent.settings["internal"]
    status = thief.spawn().exit_status()
    assert status > 0 and thief.stderr.count("\n") == 1
    assert wire.exchange(agent.socket, VERSION).status == 200


def test_a_file_in_the_way_is_not_deleted(new_agent):
    agent = new_agent()
    pathlib.Path(agent.socket).write_text("precious")
    assert agent.spawn().exit_status() > 0
    assert pathlib.Path(agent.socket).read_text() == "precious"


def test_hangup_is_ignored(new_agent):
    agent = new_agent().start()
    with wire.Wire(agent.socket) as client:
        assert client.kept()
        for _ in range(3):
            agent.process.send_signal(signal.SIGHUP)
            assert client.kept()
    assert agent.process.poll() is None


def test_stopping_and_continuing(new_agent):
    """SIGSTOP and SIGCONT interrupt poll (EINTR)."""
    agent = new_agent().start()
    with wire.Wire(agent.socket) as client:
        for _ in range(5):
            agent.process.send_signal(signal.SIGSTOP)
            client.send(VERSION)
            agent.process.send_signal(signal.SIGCONT)
            assert client.response().status == 200


@pytest.mark.smoke
def test_terminating_with_a_request_in_flight(new_agent):
    """SIGTERM: no new connections, a request in flight is answered, idle connections are closed, exit status 0."""
    agent = new_agent().start()
    with wire.Wire(agent.socket) as client, wire.Wire(agent.socket) as idle:
        assert idle.kept()
        body = b'{"path":"in flight"}'
        head = wire.request("POST", "/GetKey", body, [*wire.JSON_HEADER, "Expect: 100-continue"])[:-len(body)]
        client.send(head)
        assert client.response().status == 100
        agent.process.send_signal(signal.SIGTERM)
        assert idle.ended()
        agent.wait_until(lambda: not agent.accepts(), "no new connections")
        client.send(body)
        assert client.response().json() == oracle.get_key(agent.app_keys, "in flight", "", "")
        assert client.ended()
    assert agent.exit_status() == 0 and agent.surprises == []


def test_terminating_twice(new_agent):
    agent = new_agent().start()
    agent.process.send_signal(signal.SIGTERM)
    try:
        agent.process.send_signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    assert agent.exit_status() == 0


def test_starting_again_at_once(new_agent):
    agent = new_agent()
    for _ in range(5):
        agent.start()
        assert wire.exchange(agent.socket, VERSION).status == 200
        assert agent.stop() == 0


@pytest.mark.slow
def test_terminating_with_clients_that_stall(new_agent):
    """Neither a request that never ends nor an unread answer delays the exit beyond a deadline."""
    agent = new_agent().start()
    with wire.Wire(agent.socket) as client, wire.Wire(agent.socket) as deaf:
        wire.send_until_stuck(deaf, agent.socket, VERSION)
        client.send(b"POST /GetKey HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        assert client.response().status == 100
        assert agent.stop() == 0


def test_standard_streams_may_be_closed(new_agent):
    """A supervisor may give none; the agent's own descriptors must not end up there."""
    agent = new_agent(prefix=["sh", "-c", 'exec "$0" "$@" 0<&- 1>&-'])
    agent.start()
    for _ in range(5):
        assert wire.exchange(agent.socket, VERSION).status == 200


def test_the_environment_steers_nothing(new_agent):
    """Variables that upstream's tools and SDKs read."""
    variables = {name: "/nonexistent" for name in (
        "DSTACK_SIMULATOR_ENDPOINT", "TAPPD_SIMULATOR_ENDPOINT", "DSTACK_AGENT_ADDRESS", "ROCKET_ADDRESS", "ROCKET_PROFILE",
        "RUST_LOG", "KEYS_FILE", "DSTACK_KEYS_FILE", "TZ", "LANG")}
    agent = new_agent(prefix=["env", *(f"{name}={value}" for name, value in variables.items())])
    agent.start()
    answer = Api(agent).ok("GetKey", path="env")
    assert answer == oracle.get_key(agent.app_keys, "env", "", "")


def test_the_binary_needs_nothing_else():
    """Static, position-independent, no executable stack, no writable and executable segment."""
    headers = subprocess.run(
        ["readelf", "-hlW", str(agent_process.BINARY)], capture_output=True, text=True, check=True, timeout=10).stdout
    assert "DYN (" in headers and "INTERP" not in headers
    assert "GNU_RELRO" in headers
    [stack] = [line for line in headers.splitlines() if "GNU_STACK" in line]
    assert "RWE" not in headers and " RW " in stack
