"""Attestations in the forms in which the agent returns them (its README, and Attest, GetQuote and certificates of its interface)."""

import json
from typing import NamedTuple

from evidence import messagepack
from evidence.bad import BadEvidence
from evidence.events import Event


class Attestation(NamedTuple):
    quote: bytes
    events: list
    # what the machine says the quote binds; None if it says nothing
    report_data: bytes = None
    # vm_config, which is the host's word
    config: str = ""


def read(data: bytes) -> Attestation:
    """An answer in JSON, or an attestation as it is or in hexadecimal."""
    try:
        stripped = data.strip()
        if stripped.startswith(b"{"):
            return from_answer(json.loads(stripped))
        if len(stripped) % 2 == 0 and all(byte in b"0123456789abcdefABCDEF" for byte in stripped[:256]):
            data = bytes.fromhex(stripped.decode())
        return from_bytes(data)
    except (KeyError, TypeError, UnicodeDecodeError, AttributeError) as problem:
        raise BadEvidence(f"not an attestation in a known format: {problem!r}") from None
    except json.JSONDecodeError as problem:
        raise BadEvidence(f"malformed JSON: {problem}") from None


def from_answer(answer: dict) -> Attestation:
    """Of GetQuote, Attest or GetAttestationForAppKey."""
    if answer.get("attestation"):
        return from_bytes(bytes.fromhex(answer["attestation"]))
    if "error" in answer:
        raise BadEvidence(f"the answer is an error: {answer['error']}")
    log = answer["event_log"]
    events = [json_event(fields) for fields in (json.loads(log) if isinstance(log, str) else log)]
    bound = answer.get("report_data")
    return Attestation(bytes.fromhex(answer["quote"]), events, bytes.fromhex(bound).ljust(64, b"\0") if bound else None,
                       answer.get("vm_config", ""))


def json_event(fields: dict) -> Event:
    return Event(fields["imr"], fields["event_type"], bytes.fromhex(fields["digest"]), fields["event"],
                 bytes.fromhex(fields["event_payload"]), fields.get("version", 1))


def from_bytes(data: bytes) -> Attestation:
    """The versioned attestation: version 0 in SCALE, version 1 in MessagePack."""
    if not data:
        raise BadEvidence("there is no attestation")
    return version_zero(data) if data[0] == 0 else version_one(messagepack.unpack(data))


def version_one(whole: dict) -> Attestation:
    platform, stack = whole["platform"], whole["stack"]
    if whole["version"] != 1 or platform["kind"] != "tdx" or stack["kind"] != "dstack":
        raise BadEvidence("an attestation of another version or platform")
    evidence, stack = platform["data"], stack["data"]
    events = [Event(each["imr"], each["event_type"], each["digest"], each["event"], each["event_payload"], each.get("version", 1))
              for each in evidence["event_log"]]
    return Attestation(bytes(evidence["quote"]), events, bytes(stack["report_data"]), stack["config"])


def version_zero(data: bytes) -> Attestation:
    scale = Scale(data)
    if scale.take(2) != b"\0\0":
        raise BadEvidence("an attestation of another version or platform")
    quote = scale.bytes()
    events = [Event(scale.integer(4), scale.integer(4), scale.bytes(), scale.text(), scale.bytes()) for _ in scale.counted()]
    for _ in scale.counted():  # the runtime events, which the log has too
        scale.text(), scale.bytes()
    attestation = Attestation(quote, events, scale.take(64), scale.text())
    if scale.position != len(data):
        raise BadEvidence("extra bytes after the attestation")
    return attestation


class Scale(messagepack.Reader):
    """A reader of SCALE: integers of fixed width, lengths in compact form."""

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def compact(self) -> int:
        first = self.integer(1)
        if first & 3 == 3:
            return self.integer((first >> 2) + 4)
        more = (1 << (first & 3)) - 1
        return (first | self.integer(more) << 8) >> 2

    def bytes(self) -> bytes:
        return self.take(self.compact())

    def text(self) -> str:
        return self.bytes().decode()

    def counted(self) -> range:
        count = self.compact()
        if count > len(self.data):
            raise BadEvidence("the attestation is truncated")
        return range(count)
