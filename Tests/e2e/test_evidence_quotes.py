"""GetQuote: quotes that a stock verifier accepts, over the caller's data, with the log that explains them."""

import pytest

import attestations
import boot
import events
import wire
from api import Api
from messages import MESSAGES

LENGTHS = (0, 1, 20, 32, 63, 64)


@pytest.mark.smoke
@pytest.mark.parametrize("length", LENGTHS)
def test_report_data_up_to_64_bytes_is_bound(booted_api, verifier, length):
    data = bytes(range(1, length + 1))
    answer = booted_api.ok("GetQuote", report_data=data.hex())
    quote = bytes.fromhex(answer["quote"])
    assert verifier.status(quote) == "UpToDate"
    assert attestations.report(quote).report_data == data.ljust(64, b"\0")
    assert bytes.fromhex(answer["report_data"]) == data.ljust(64, b"\0")


@pytest.mark.parametrize("length", [65, 66, 128, 10_000])
@pytest.mark.parametrize("method", ["GetQuote", "Attest"])
def test_longer_report_data_is_refused(booted_api, method, length):
    assert booted_api.refused(method, report_data="ab" * length) == "Report data is too long"


@pytest.mark.parametrize("method", ["GetQuote", "Attest"])
@pytest.mark.parametrize("value", ["0", "0g", "0x0", " 00", 1, True, ["00"], [None], {}])
def test_report_data_of_another_form_is_refused(booted_api, method, value):
    booted_api.refused(method, report_data=value)


@pytest.mark.parametrize("text", ["0xABCDEF", "ABCDEF", "abcdef", "0xabCDef"])
def test_forms_of_hex(booted_api, text):
    assert booted_api.ok("GetQuote", report_data=text)["report_data"] == "abcdef" + "00" * 61


def test_the_log_replays_to_every_register(booted, booted_api, verifier):
    answer = booted_api.ok("GetQuote", report_data="")
    quote = bytes.fromhex(answer["quote"])
    verifier.status(quote)
    log = attestations.json_log(answer["event_log"])
    replayed = [attestations.replay(log, index) for index in range(4)]
    assert replayed == attestations.registers(quote) == booted.registers
    assert bytes(48) not in replayed


def test_what_the_log_tells(booted_api):
    log = attestations.json_log(booted_api.ok("GetQuote", report_data="")["event_log"])
    runtime = [event for event in log if event.event_type == events.TYPE]
    assert log[-len(runtime):] == runtime
    assert [(event.event, event.event_payload) for event in runtime] == boot.EVENTS
    assert {(event.imr, event.version, len(event.digest)) for event in runtime} == {(3, 1, 48)}
    firmware = log[:-len(runtime)]
    assert {event.imr for event in firmware} == {0, 1, 2}
    acpi = [event for event in firmware if event.event]
    assert [(event.imr, event.event_type, event.event, event.event_payload) for event in acpi] == [
        (0, 10, name, b"ACPI DATA") for name in ("acpi-loader", "acpi-rsdp", "acpi-tables")]
    assert all(event.event_payload == b"" for event in firmware if not event.event)


def test_the_other_fields(booted_api):
    answer = booted_api.ok("GetQuote", report_data="00")
    assert set(answer) == {"quote", "event_log", "report_data", "vm_config"}
    assert answer["vm_config"] == boot.VM_CONFIG


def test_every_answer_is_ascii(booted_agent):
    """With other bytes in a body, one SDK waits for ever for its end."""
    for method in ("GetQuote", "Attest", "Info"):
        assert wire.post_json(booted_agent.socket, method, b"{}").body.isascii()


@pytest.mark.parametrize("position", [0, 4, 48 + 136, 48 + 472, 48 + 520, 48 + 583, 640, 720, 900, 1300])
def test_a_changed_bit_is_found(booted_api, verifier, position):
    quote = bytearray.fromhex(booted_api.ok("GetQuote", report_data="00")["quote"])
    assert verifier.status(bytes(quote)) == "UpToDate"
    quote[position] ^= 1
    with pytest.raises(Exception):
        verifier.status(bytes(quote))


def test_get(booted_agent, verifier):
    answer = wire.get(booted_agent.socket, "/GetQuote?report_data=0102").json()
    assert answer["report_data"] == "0102" + "00" * 62
    assert verifier.status(bytes.fromhex(answer["quote"])) == "UpToDate"


def test_protobuf(booted_agent, verifier):
    body = MESSAGES["RawQuoteArgs"](report_data=b"\1\2").SerializeToString()
    response = wire.exchange(booted_agent.socket, wire.request("POST", "/GetQuote", body))
    assert (response.status, response.header("Content-Type")) == (200, "application/octet-stream")
    answer = MESSAGES["GetQuoteResponse"].FromString(response.body)
    assert verifier.status(answer.quote) == "UpToDate"
    assert answer.report_data == b"\1\2".ljust(64, b"\0")
    same = Api(booted_agent).ok("GetQuote", report_data="0102")
    assert (answer.event_log, answer.vm_config) == (same["event_log"], same["vm_config"])


def test_every_quote_is_a_fresh_one(booted_api):
    """A repeated request is not answered from a cache."""
    quotes = {booted_api.ok("GetQuote", report_data=f"{index:02x}")["quote"] for index in range(10)}
    assert len(quotes) == 10
    assert {attestations.report(bytes.fromhex(quote)).report_data[0] for quote in quotes} == set(range(10))


def test_no_entry_is_left_in_configfs(booted, booted_api):
    booted_api.ok("GetQuote", report_data="00")
    assert booted.entries == []


def test_the_agent_says_nothing_but_of_failed_requests(booted_agent):
    lines = [line for line in booted_agent.stderr.splitlines() if "dstack-guest-agent: request status=" not in line]
    assert len(lines) == 1
