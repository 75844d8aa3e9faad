"""image/verify on a machine: what it accepts, and what it must refuse, each for its own reason."""

import hashlib
import json
import os
import re

import pytest

import images
from conftest import WORDS, command
from simulator import Simulator



@pytest.fixture(scope="module")
def answer(machine):
    return machine.answer()


def verify(machine, *words, **options) -> tuple:
    """Returns the exit status, and the checks by name."""
    done = command("verify", *words, *machine.arguments, "--json", **options)
    assert done.stderr == "", done.stderr
    document = json.loads(done.stdout)
    assert document["verified"] is (done.returncode == 0)
    return done.returncode, {each["what"]: (each["state"], each["detail"]) for each in document["checks"]}


@pytest.fixture
def attest(machine, answer, tmp_path):
    """Verifies an answer of GetQuote from a file; returns the names of the checks that are wrong."""

    def run(*words, arguments=None, **changes) -> list:
        path = tmp_path / "answer.json"
        path.write_text(json.dumps(answer | changes))
        done = command("verify", "--attestation", path, "--json", "--report-data", b"nonce".hex(), *(arguments or machine.arguments),
                       *words)
        assert done.stderr == "", done.stderr
        wrong = [each["what"] for each in json.loads(done.stdout)["checks"] if each["state"] == "WRONG"]
        assert done.returncode == (1 if wrong else 0)
        return wrong

    return run


def replaced(machine, option: str, value) -> list:
    arguments = list(machine.arguments)
    arguments[arguments.index(option) + 1] = value
    return arguments


def test_port_of_the_agent(machine):
    status, checks = verify(machine, machine.address)
    assert status == 0
    assert {what for what, (state, _) in checks.items() if state == "open"} == {"RTMR0", "MRTD", "origin"}
    assert checks["compose hash"][1] == hashlib.sha256(machine.compose.read_bytes()).hexdigest()
    assert checks["RTMR1"][1] == "the image's kernel, as QEMU patches it with 512 MiB"


def test_table(machine):
    done = command("verify", machine.address, *machine.arguments)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "ok     quote         signed under the root that was given, platform UpToDate"
    assert done.stdout.splitlines()[-1] == "verified, with 3 things that were not checked"


def test_certificate(machine, serve):
    """TLS binds the evidence to the server; certificates leave out the firmware's events."""
    address = serve(machine.api.ok("GetTlsKey", subject="app", usage_ra_tls=True, usage_server_auth=True))
    status, checks = verify(machine, address)
    assert status == 0
    state, detail = checks["report data"]
    assert state == "ok" and re.fullmatch("it is the certificate's key, sha256//[A-Za-z0-9+/]{43}=", detail)
    assert checks["RTMR1"][0] == checks["RTMR2"][0] == checks["origin"][0] == "ok" and checks["log RTMR1"][0] == "open"


def test_port_of_an_app_without_its_scheme(machine, serve):
    address = serve(machine.api.ok("GetTlsKey", subject="app", usage_ra_tls=True, usage_server_auth=True))
    done = command("verify", address.removeprefix("https://"), *machine.arguments)
    assert (done.returncode, done.stdout) == (2, "") and "for an app's own port write https://HOST:PORT" in done.stderr


def test_certificate_in_a_file(machine, tmp_path):
    (tmp_path / "chain.pem").write_text("".join(
        machine.api.ok("GetTlsKey", subject="app", usage_ra_tls=True)["certificate_chain"]))
    assert verify(machine, "--attestation", tmp_path / "chain.pem")[0] == 0


def test_certificate_without_evidence(machine, serve):
    status, checks = verify(machine, serve(machine.api.ok("GetTlsKey", subject="app", usage_server_auth=True)))
    assert (status, list(checks)) == (1, ["evidence"])
    assert "no evidence in it" in checks["evidence"][1]


@pytest.mark.parametrize("form", ["hex", "bytes", "json"])
def test_versioned_attestation(machine, tmp_path, form):
    attestation = machine.api.ok("Attest", report_data=b"nonce".hex())["attestation"]
    path = tmp_path / "attestation"
    path.write_bytes({"hex": attestation.encode(), "bytes": bytes.fromhex(attestation),
                      "json": json.dumps({"attestation": attestation}).encode()}[form])
    assert verify(machine, "--attestation", path)[1]["report data"][0] == "open"
    assert verify(machine, "--attestation", path, "--report-data", b"nonce".hex())[1]["report data"][0] == "ok"


def test_newest_form(machine, tmp_path):
    """MessagePack, which v1 always gives."""
    attestation = machine.api.ok("v1/Attest", report_data=b"nonce".hex())["attestation"]
    assert bytes.fromhex(attestation)[0] != 0
    (tmp_path / "attestation").write_text(attestation)
    assert verify(machine, "--attestation", tmp_path / "attestation", "--report-data", b"nonce".hex())[0] == 0


def test_answer_as_it_is(attest):
    assert attest() == []


def test_without_image(machine, answer, tmp_path):
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    arguments = machine.arguments
    del arguments[arguments.index("--image"):arguments.index("--image") + 2]
    done = command("verify", "--attestation", tmp_path / "answer.json", *arguments)
    assert done.returncode == 0 and "open   RTMR1         no --image to compare it with" in done.stdout


def test_another_app(machine, attest, tmp_path):
    """One more blank makes another app."""
    (tmp_path / "other.json").write_bytes(machine.compose.read_bytes() + b" ")
    assert attest(arguments=replaced(machine, "--app-compose", tmp_path / "other.json")) == ["compose hash", "startup", "RTMR3"]


@pytest.mark.parametrize("changes, wrong", [
    ({"content": b"another"}, ["RTMR1"]),
    ({"initramfs": b"initramft"}, ["RTMR2"]),
    ({"cmdline": "console=ttyS0 quiet"}, ["RTMR2"]),
], ids=["kernel", "initramfs", "command line"])
def test_another_image(machine, attest, tmp_path, changes, wrong):
    assert attest(arguments=replaced(machine, "--image", images.make(tmp_path / "other", **changes))) == wrong


def test_longer_initramfs_moves_the_kernel_too(machine, attest, tmp_path):
    """QEMU writes the initramfs's address and size into the kernel."""
    other = images.make(tmp_path / "other", initramfs=b"longer initramfs")
    assert attest(arguments=replaced(machine, "--image", other)) == ["RTMR1", "RTMR2"]


def test_other_words(machine, attest):
    assert attest(arguments=replaced(machine, "--words", WORDS + " init=/bin/sh")) == ["RTMR2"]


def test_other_memory(machine, attest):
    assert attest(arguments=replaced(machine, "--memory", "1G")) == ["RTMR1"]


def log_with(answer, name, **changes) -> str:
    events = json.loads(answer["event_log"])
    for event in events:
        if event["event"] == name:
            event.update(changes)
    return json.dumps(events)


def test_changed_event(answer, attest):
    """Its digest no longer matches name and payload, or, without a digest, the register does not match."""
    other = bytes(20).hex()
    assert attest(event_log=log_with(answer, "app-id", event_payload=other)) == ["log RTMR3", "startup"]
    assert attest(event_log=log_with(answer, "app-id", event_payload=other, digest="")) == ["log RTMR3", "startup"]


def test_left_out_event(answer, attest):
    events = [event for event in json.loads(answer["event_log"]) if event["event"] != "key-provider"]
    assert attest(event_log=json.dumps(events)) == ["log RTMR3", "startup"]


def test_no_startup(machine, answer, tmp_path):
    """As of a machine whose agent was started by hand."""
    events = [event for event in json.loads(answer["event_log"]) if event["imr"] < 3]
    (tmp_path / "answer.json").write_text(json.dumps(answer | {"event_log": json.dumps(events)}))
    status, checks = verify(machine, "--attestation", tmp_path / "answer.json")
    assert status == 1 and "no startup has been measured" in checks["compose hash"][1] == checks["startup"][1]


def test_second_compose_hash(answer, attest):
    """What comes after system-ready is the app's."""
    events = json.loads(answer["event_log"])
    (own,) = [event for event in events if event["event"] == "compose-hash"]
    assert attest(event_log=json.dumps([*events, own])) == ["log RTMR3", "RTMR3"]


def test_firmware_event_of_another_kind(answer, attest):
    events = [event | ({"digest": "00" * 48} if event["imr"] == 2 else {}) for event in json.loads(answer["event_log"])]
    assert attest(event_log=json.dumps(events)) == ["log RTMR2"]


@pytest.mark.parametrize("byte", [48 + 520, 48 + 472, 700], ids=["report data", "RTMR3", "signature"])
def test_one_bit_of_the_quote(answer, attest, byte):
    quote = bytearray.fromhex(answer["quote"])
    quote[byte] ^= 1
    wrong = attest(quote=quote.hex())
    assert wrong[0] == "quote"
    assert ("report data" in wrong, "log RTMR3" in wrong) == (byte == 48 + 520, byte == 48 + 472)


def test_debug_machine(answer, attest):
    quote = bytearray.fromhex(answer["quote"])
    quote[48 + 120] |= 1
    assert attest(quote=quote.hex()) == ["quote", "debug"]


def test_quote_of_another_key(machine, attest, tmp_path):
    """Another simulator's root: its quotes are valid, but the root is not trusted."""
    other = Simulator(tmp_path / "state")
    try:
        arguments = replaced(machine, "--root", other.state / "root.pem")
        assert attest(arguments=arguments) == ["quote"]
        arguments[arguments.index("--collateral") + 1] = other.state / "collateral.json"
        assert attest(arguments=arguments) == ["quote"]
    finally:
        other.end()


def test_root_of_intel(machine, attest):
    arguments = machine.arguments
    del arguments[arguments.index("--root"):arguments.index("--root") + 2]
    assert attest(arguments=arguments) == ["quote"]


def test_no_collateral(machine, answer, tmp_path):
    """A quote that could not be checked is neither right nor wrong."""
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    arguments = machine.arguments
    for option in ("--root", "--collateral"):
        del arguments[arguments.index(option):arguments.index(option) + 2]
    nowhere = {name: "http://127.0.0.1:1" for name in ("HTTPS_PROXY", "https_proxy")}
    done = command("verify", "--attestation", tmp_path / "answer.json", *arguments, env=os.environ | nowhere)
    assert (done.returncode, done.stdout) == (2, "") and "no collateral from Intel's service: " in done.stderr


def test_stale_collateral(attest):
    assert attest("--at", 5_000_000_000) == ["quote"]


def test_other_report_data(attest):
    assert attest("--report-data", b"another".hex()) == ["report data"]


def test_events_of_the_app(machine, tmp_path):
    """They come after the startup's, and RTMR3 is accounted for. The last test here: it changes the machine."""
    machine.api.call("EmitEvent", event="test", payload=b"payload".hex())
    (tmp_path / "answer.json").write_text(json.dumps(machine.answer()))
    status, checks = verify(machine, "--attestation", tmp_path / "answer.json")
    assert status == 0
    assert checks["startup"][1].endswith("; then 1 of the app's own")
    assert checks["RTMR3"][1].endswith("(the expected one, and the app's own events)")


@pytest.mark.parametrize("words, told", [
    ([], "want either ADDRESS or --attestation FILE"),
    (["127.0.0.1:1", "--attestation", "x"], "want either ADDRESS or --attestation FILE"),
    (["--attestation", "nowhere"], "--attestation: there is no file nowhere"),
    (["127.0.0.1:1"], "127.0.0.1:1 does not answer: "),
    (["ftp://127.0.0.1"], "ftp://127.0.0.1 is not an address: want https://HOST:PORT"),
    (["127.0.0.1:x"], "127.0.0.1:x is not an address"),
    (["127.0.0.1:1", "--report-data", "00"], "only for --attestation"),
    (["--attestation", "x", "--report-data", "0g"], "want at most 64 bytes in hexadecimal"),
    (["--attestation", "x", "--report-data", "00" * 65], "want at most 64 bytes in hexadecimal"),
    (["127.0.0.1:1", "--image", "nowhere"], "there is no image nowhere: make image"),
    (["127.0.0.1:1", "--app-compose", "nowhere"], "--app-compose: there is no file nowhere"),
    (["127.0.0.1:1", "--root", "nowhere"], "--root: there is no file nowhere"),
    (["127.0.0.1:1", "--collateral", "nowhere"], "--collateral: there is no file nowhere"),
    (["127.0.0.1:1", "--memory", "much"], "--memory much: want a number of MiB"),
])
def test_refused(machine, words, told):
    done = command("verify", *machine.arguments, *words)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("verify: ") and told in done.stderr


@pytest.mark.parametrize("content, told", [
    (b"", "there is no attestation"),
    (b"{", "malformed JSON"),
    (b"{}", "not an attestation in a known format"),
    (b'{"error": "this machine is not a TDX guest"}', "the answer is an error: this machine is not a TDX guest"),
    (b'{"quote": "00", "event_log": "[]"}', "not a TDX quote"),
    (b"\0\0\x04", "truncated"),
    (b"\x81\xa7version\x01", "not an attestation in a known format"),
    (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "DER"),
    (b"\x91" * 40, "nested too deep"),
])
def test_no_evidence(machine, tmp_path, content, told):
    (tmp_path / "file").write_bytes(content)
    status, checks = verify(machine, "--attestation", tmp_path / "file")
    assert status == 1 and told in " ".join(detail for _, detail in checks.values())


def test_root_that_is_no_certificate(machine, tmp_path):
    (tmp_path / "root.pem").write_text("nonsense")
    done = command("verify", "127.0.0.1:1", *replaced(machine, "--root", tmp_path / "root.pem"))
    assert done.returncode == 2 and "is not a certificate in PEM" in done.stderr


def test_collateral_that_is_none(machine, attest, tmp_path):
    (tmp_path / "collateral.json").write_text("{}")
    assert attest(arguments=replaced(machine, "--collateral", tmp_path / "collateral.json")) == ["quote"]
