"""The measured startup with a KMS: the keys that it gives, and what happens when it misbehaves."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import fake_kms
import startup
from agent_process import PATIENCE, free_port
from fake_kms import IMAGE_HASH, KEYS, PROVIDER_ID
from machine import children
from startup import Startup

COMPOSE = {"key_provider": "kms"}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def guest(simulator, tmp_path):
    return Startup(simulator, tmp_path)


def offer(guest, *urls, **compose):
    guest.offer(COMPOSE | compose, kms_urls=list(urls), vm_config='{"cpu_count":1}')


@pytest.mark.smoke
def test_keys_of_a_kms(guest, simulator, new_kms):
    kms = new_kms()
    offer(guest, kms.url, key_provider_id=PROVIDER_ID.hex())
    guest.succeed()
    assert kms.methods == ["GetTempCaCert", "GetAppKey"]
    # requested once the launch was measured, and measured before the key provider
    names = [name for name, _, _ in simulator.events]
    assert [name for name, _, _ in kms.calls[1][1].runtime_events] == names[:names.index("os-image-hash")]
    assert names[-4:] == ["boot-mr-done", "os-image-hash", "key-provider", "system-ready"]
    payloads = {name: payload for name, payload, _ in simulator.events}
    assert payloads["os-image-hash"] == IMAGE_HASH
    assert json.loads(payloads["key-provider"]) == {"name": "kms", "id": PROVIDER_ID.hex()}

    left = json.loads((guest.copies / startup.KEYS).read_text())
    expected = dict(KEYS, key_provider={"Kms": dict(KEYS["key_provider"]["Kms"], url=kms.url + "/prpc")})
    assert left == expected


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_framing(guest, new_kms, framing):
    kms = new_kms()
    kms.framing = framing
    offer(guest, kms.url)
    guest.succeed()


def test_dry_run_is_what_boot_does(guest, new_kms):
    kms = new_kms()
    guest.offer(COMPOSE | {"key_provider_id": PROVIDER_ID.hex()}, kms_urls=[kms.url],
                vm_config=json.dumps({"os_image_hash": IMAGE_HASH.hex()}))
    dry = guest.dry_run()
    guest.succeed()
    assert guest.measured == dry == guest.expected


def test_urls_in_order(guest, new_kms):
    """The first is dead, the second refuses, the third is another KMS, the fourth works."""
    refusing, other, good, spare = new_kms(), new_kms(root=fake_kms.OTHER), new_kms(), new_kms()
    refusing.raw["GetAppKey"] = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    offer(guest, f"https://127.0.0.1:{free_port()}", refusing.url, other.url, good.url, spare.url)
    log = guest.succeed()
    assert "KMS 1: no connection: connection refused" in log and "KMS 2: refused (403)" in log
    assert [kms.methods for kms in (refusing, other, good, spare)] == [
        ["GetTempCaCert", "GetAppKey"], ["GetTempCaCert"], ["GetTempCaCert", "GetAppKey"], []]
    keys = json.loads((guest.copies / startup.KEYS).read_text())
    assert keys["key_provider"]["Kms"]["url"] == good.url + "/prpc"


def test_none_of_several(guest, new_kms):
    refusing = new_kms()
    refusing.raw["GetAppKey"] = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    offer(guest, refusing.url, f"https://127.0.0.1:{free_port()}")
    assert guest.refuse() == "KMS 1: refused (500)"
    offer(guest)


@pytest.mark.parametrize("dead", [15, 16])
def test_number_of_urls(guest, new_kms, dead):
    """Sixteen are asked."""
    kms = new_kms()
    offer(guest, *[f"https://127.0.0.1:{free_port()}"] * dead, kms.url)
    if dead < 16:
        guest.succeed()
    else:
        assert guest.refuse() == "KMS 16: no connection: connection refused"
        assert kms.calls == []


@pytest.mark.parametrize("size", [64 << 10, (64 << 10) + 1])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_size_of_an_answer(guest, new_kms, framing, size):
    kms = new_kms()
    kms.framing, kms.size = framing, size
    offer(guest, kms.url)
    if size <= 64 << 10:
        guest.succeed()
    else:
        assert guest.refuse() == "KMS 1: the answer is too large"


def test_size_of_the_certificate(new_simulator, new_kms, tmp_path):
    """TLS carries a certificate that is almost as large as allowed, because of vm_config."""
    limit, padding = (16 << 10) - 16, 1000
    for number in range(3):
        simulator = new_simulator()
        guest, kms = Startup(simulator, tmp_path / str(number)), new_kms(guest=simulator)
        guest.offer(COMPOSE, kms_urls=[kms.url], vm_config="{}" + " " * padding)
        if number == 2:
            assert guest.refuse().startswith("KMS 1: the evidence does not fit into the client certificate")
            assert kms.methods == ["GetTempCaCert"]
            break
        guest.succeed()
        size = len(kms.certificates[0])
        # other guests' certificates differ in a few bytes
        assert number == 0 or limit - 64 < size <= limit
        padding += limit - 32 - size if number == 0 else 64


def with_length(body: bytes) -> bytes:
    return ANSWER % len(body) + body


def changed(**fields) -> bytes:
    """An answer of GetAppKey with changed or missing members."""
    names = ("disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature", "gateway_app_id")
    answer = {"os_image_hash": "", **{name: KEYS[name] for name in names}} | fields
    return with_length(json.dumps({name: value for name, value in answer.items() if value is not None}).encode())


@pytest.mark.parametrize("answer, problem", [
    (b"hello\r\n\r\n", "the answer is not HTTP"), (b"", "the connection broke"), (b"HTTP/1.1 200", "the connection broke"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "the connection broke"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "the answer is not HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "the answer is not HTTP"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "the answer is not HTTP"),
    (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 3000, "the head of the answer is too large"),
    (ANSWER % (10 << 20) + b" " * (1 << 20), "the answer is too large"),
    (with_length(b"{"), "expected a JSON string"), (with_length(b"[]"), "expected a JSON object"), (with_length(b""), "expected a JSON"),
    (with_length(b"{}"), "os_image_hash: is missing"),
    (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\n{\"error\":", "refused (500)"),
    (changed(disk_crypt_key="11"), "disk_crypt_key: has a wrong length"),
    (changed(disk_crypt_key=None), "disk_crypt_key: is missing"),
    (changed(k256_key="00" * 32), "k256_key: is not a secp256k1 secret"),
    (changed(k256_signature=""), "k256_signature: has a wrong length"),
    (changed(env_crypt_key="11" * 31), "env_crypt_key: has a wrong length"),
    (changed(os_image_hash="11" * 65), "os_image_hash: has a wrong length"),
    (changed(os_image_hash="SECRET"), "os_image_hash: is not hex"),
])
def test_bad_answers(guest, simulator, new_kms, answer, problem):
    kms = new_kms()
    kms.raw["GetAppKey"] = answer
    offer(guest, kms.url)
    assert guest.refuse().startswith("KMS 1: " + problem)
    assert [name for name, _, _ in simulator.events][-1] == "boot-mr-done"


@pytest.mark.parametrize("options, problem", [
    ({"usage": None}, "the server's certificate does not belong to a KMS"),
    ({"usage": "app:custom"}, "the server's certificate does not belong to a KMS"),
    ({"days": -1}, "the server's certificate has expired"),
    ({"alt_names": ["127.0.0.2", "localhost"]}, "the server's certificate is for another address"),
    ({"intermediate": "issuer"}, "the server's certificate was issued by an intermediate CA, not by the trusted one"),
])
def test_bad_certificates(guest, new_kms, options, problem):
    kms = new_kms(**options)
    offer(guest, kms.url)
    assert guest.refuse() == "KMS 1: " + problem
    assert kms.methods == ["GetTempCaCert"]


def test_a_certificate_of_another_ca(guest, new_kms):
    kms = new_kms(root=fake_kms.OTHER)
    kms.ca = KEYS["ca_cert"]
    offer(guest, kms.url)
    assert guest.refuse().startswith("KMS 1: the server's certificate is not trusted")


@pytest.mark.parametrize("label", ["CERTIFICATE", "TRUSTED CERTIFICATE"])
def test_another_ca_beside_the_first(guest, simulator, new_kms, label):
    """The first certificate identifies the KMS, but the app's programs would trust both."""
    kms = new_kms()
    kms.ca += KEYS["ca_cert"].replace("CERTIFICATE", label)
    offer(guest, kms.url)
    assert guest.refuse() == "KMS 1: ca_cert: more than one PEM block"
    assert simulator.events == []


def test_an_unpinned_kms(guest, simulator, new_kms):
    kms = new_kms(root=fake_kms.OTHER)
    offer(guest, kms.url, key_provider_id=PROVIDER_ID.hex())
    assert guest.refuse() == "the key provider is not the one that app-compose pins by key_provider_id"
    assert (kms.methods, simulator.events) == (["GetTempCaCert"], [])


@pytest.mark.parametrize("url", [
    "", "http://127.0.0.1:1", "https://", "https://:1", "https://a:0", "https://a:65536", "https://a@b", "https://a/?b",
    "https://[::1", "https://[a]:1", "https://a b", "https://ü", "https://" + "a" * 1100,
])
def test_bad_urls(guest, url):
    offer(guest, url)
    assert guest.refuse() == "KMS 1: is not a valid https URL"


def test_no_url(guest):
    offer(guest)
    assert guest.refuse() == "kms_urls: names no KMS"


@pytest.mark.parametrize("fault, problem", [("reset", "the connection broke: connection reset"), ("plain", "TLS failed")])
def test_no_tls(guest, new_kms, fault, problem):
    kms = new_kms()
    kms.fault = fault
    offer(guest, kms.url)
    assert guest.refuse().startswith("KMS 1: " + problem)


@pytest.mark.slow
def test_keys_may_take_longer(guest, new_kms):
    """A KMS that fetches an image to verify it."""
    kms = new_kms()
    kms.delay = 21
    offer(guest, kms.url)
    done = subprocess.run([str(word) for word in guest.command()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("fault, least, most", [("silent", 5, 8), ("mute", 20, 23)])
def test_silence_has_an_end(guest, new_kms, fault, least, most):
    kms = new_kms()
    kms.fault = fault
    offer(guest, kms.url)
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in guest.command()], capture_output=True, text=True, timeout=most + 10)
    assert least <= time.monotonic() - begin < most
    assert done.returncode == 1 and "KMS 1: no answer in time" in done.stderr


def test_a_call_that_dies(guest, new_kms):
    """A child talks to the KMS: the startup itself has no socket, and tries the next URL if the child dies."""
    mute, good = new_kms(), new_kms()
    mute.fault = "mute"
    offer(guest, mute.url, good.url)
    command = [str(word) for word in guest.command()]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert mute.answering.wait(PATIENCE)
        pids = [process.pid]
        while children(pids[-1]):
            pids += children(pids[-1])
        sockets = [[os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()] for pid in pids[-2:]]
        assert [any(name.startswith("socket:") for name in names) for names in sockets] == [False, True]
        os.kill(pids[-1], signal.SIGKILL)
        log = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0 and "KMS 1: a worker process died" in log
    assert good.methods == ["GetTempCaCert", "GetAppKey"]
