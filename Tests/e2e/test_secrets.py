"""Where key bytes are, and are not, in the memory of the running agent. Needs the right to read it (root)."""

import os
import re
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization

import front
import oracle
import wire
from api import Api
from certificates import issue


def regions(pid: int) -> list:
    """(start, end, flags) of each readable mapping of the process; the flags are those of smaps."""
    found = []
    for line in open(f"/proc/{pid}/smaps"):
        if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line):
            found.append([int(match[1], 16), int(match[2], 16), set()])
        elif re.match(r"[0-9a-f]+-", line):
            found.append([0, 0, set()])
        elif line.startswith("VmFlags:"):
            found[-1][2] = set(line.split()[1:])
    return found


def holders(pid: int, needle: bytes) -> list:
    """The flags of each mapping that holds these bytes."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, flags in regions(pid):
            try:
                memory.seek(start)
                contents = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            if needle in contents:
                found.append(flags)
    return found


@pytest.fixture
def agent(new_agent):
    if os.geteuid() != 0:
        pytest.skip("not root")
    return new_agent().start()


def forms(secret: bytes) -> dict:
    text = secret.hex().encode()
    return {"bytes": secret, "reversed": secret[::-1], "hex": text, "upper-case hex": text.upper()}


def test_the_app_key_is_in_guarded_memory_only(agent):
    """Locked, not dumped, not inherited; and nothing is left of the file that it came from."""
    Api(agent).ok("GetKey", path="x")
    Api(agent).ok("Sign", algorithm="secp256k1", data="00")
    key = bytes.fromhex(agent.app_keys["k256_key"])
    places = holders(agent.pid, key)
    assert places, "the test looks in the wrong place"
    for flags in places:
        assert {"lo", "dd", "dc"} <= flags, flags
    for name, form in forms(key).items():
        assert name == "bytes" or not holders(agent.pid, form), name


def test_the_authority_key_is_in_guarded_memory_only(agent):
    Api(agent).ok("GetTlsKey", subject="x")
    pem = agent.app_keys["key_provider"]["None"]["key"]
    number = serialization.load_pem_private_key(pem.encode(), None).private_numbers().private_value
    for name, form in {**forms(number.to_bytes(32, "big")), "PEM": pem.splitlines()[1].encode()}.items():
        for flags in holders(agent.pid, form):
            assert {"lo", "dd", "dc"} <= flags, (name, flags)


@pytest.mark.parametrize("algorithm", ["secp256k1", "ed25519"])
@pytest.mark.parametrize("keep", [False, True])
def test_derived_keys_are_wiped_after_the_answer(agent, algorithm, keep):
    """In every form that the answer contained, even while the connection stays open."""
    with wire.Wire(agent.socket) as client:
        query = f"/GetKey?path=wiped&algorithm={algorithm}"
        client.send(wire.request("GET", query))
        key = bytes.fromhex(client.response().json()["key"])
        assert key.hex() == oracle.get_key(agent.app_keys, "wiped", "", algorithm)["key"]
        if not keep:
            client.close()
            assert wire.exchange(agent.socket, wire.request("GET", "/Version")).status == 200
        # the stack is wiped before the agent waits again, which may be just after the answer
        agent.wait_until(lambda: not any(holders(agent.pid, form) for form in forms(key).values()), "the wiped key")


def test_issued_tls_keys_are_wiped_after_the_answer(agent):
    issued = issue(Api(agent), subject="wiped")
    number = issued.key.private_numbers().private_value.to_bytes(32, "big")
    for name, form in forms(number).items():
        assert not holders(agent.pid, form), name
    assert not holders(agent.pid, issued.key_pem.splitlines()[1].encode())


def test_keys_are_wiped_when_the_client_never_reads(agent):
    """Half of the answer is stuck when the client hangs up: the rest is wiped with the connection."""
    with wire.Wire(agent.socket) as client:
        wire.send_until_stuck(client, agent.socket, wire.request("GET", "/GetKey?path=stuck"))
    assert wire.exchange(agent.socket, wire.request("GET", "/Version")).status == 200
    key = bytes.fromhex(oracle.get_key(agent.app_keys, "stuck", "", "")["key"])
    agent.wait_until(lambda: not any(holders(agent.pid, form) for form in forms(key).values()), "the wiped answers")


def test_no_core_dumps(agent):
    with open(f"/proc/{agent.pid}/limits") as limits:
        assert re.search(r"Max core file size +0 +0 ", limits.read())


@pytest.mark.skipif(not os.path.exists("/usr/bin/setpriv"), reason="no setpriv")
def test_another_process_of_the_same_user_cannot_trace_it(new_agent):
    """A process that is not dumpable hides its memory from unprivileged processes of the same user."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    agent = new_agent(prefix=user)
    os.chown(agent.directory, 65534, 65534)
    agent.start()
    for pid in (agent.pid, front.pid_of(agent)):
        reader = subprocess.run([*user, "cat", f"/proc/{pid}/maps"], capture_output=True, text=True, timeout=10)
        assert reader.returncode != 0 and "ermission denied" in reader.stderr
    # not root: the front keeps the user, and the log says so
    agent.wait_until(lambda: agent.surprises, "a line")
    assert agent.surprises == ["<4>dstack-guest-agent: the front is less confined: the user cannot be changed: not permitted"]
    agent.expected = agent.surprises


def test_no_writable_and_executable_memory(agent):
    with open(f"/proc/{agent.pid}/maps") as maps:
        permissions = {line.split()[1] for line in maps}
    assert "r-xp" in permissions
    assert not [found for found in permissions if "w" in found and "x" in found]
