"""Versioned attestations, read without the agent's code: SCALE by hand, MessagePack with msgpack; and what must hold in each."""

import hashlib
import json
from typing import NamedTuple, Optional

import dcap_qvl
import msgpack

import events


class Event(NamedTuple):
    imr: int
    event_type: int
    digest: bytes
    event: str
    event_payload: bytes
    version: int = 1
    preimage: Optional[bytes] = None


class Attestation(NamedTuple):
    version: int
    quote: bytes
    event_log: list
    # (name, payload, version)
    runtime_events: list
    report_data: bytes
    config: str


class Scale:
    """A reader of SCALE (the codec's specification: fixed-width integers, compact integers, bytes, vectors)."""

    def __init__(self, data: bytes):
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        assert self.position + count <= len(self.data), "cut short"
        self.position += count
        return self.data[self.position - count:self.position]

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def compact(self) -> int:
        mode = self.data[self.position] & 3
        if mode == 3:
            size = (self.integer(1) >> 2) + 4
            value, least = self.integer(size), 1 << 30
        else:
            value, least = self.integer(1 << mode) >> 2, (0, 1 << 6, 1 << 14)[mode]
        assert value >= least, "not the shortest form"
        return value

    def bytes(self) -> bytes:
        return self.take(self.compact())

    def text(self) -> str:
        return self.bytes().decode()

    def vector(self, element) -> list:
        return [element() for _ in range(self.compact())]

    def end(self):
        assert self.position == len(self.data), f"{len(self.data) - self.position} bytes too many"


def decode(data: bytes) -> Attestation:
    return version_zero(data) if data[0] == 0 else version_one(data)


def version_zero(data: bytes) -> Attestation:
    scale = Scale(data)
    assert scale.take(2) == b"\0\0", "version 0, TDX"
    decoded = Attestation(
        version=0,
        quote=scale.bytes(),
        event_log=scale.vector(
            lambda: Event(scale.integer(4), scale.integer(4), scale.bytes(), scale.text(), scale.bytes())),
        runtime_events=scale.vector(lambda: (scale.text(), scale.bytes(), 1)),
        report_data=scale.take(64),
        config=scale.text())
    scale.end()
    return decoded


def version_one(data: bytes) -> Attestation:
    """Every name, its position and its type are as the interface defines them."""
    whole = members(msgpack.unpackb(data, raw=False, object_pairs_hook=list), "version", "platform", "stack")
    assert whole["version"] == 1
    platform, stack = tagged(whole["platform"], "tdx"), tagged(whole["stack"], "dstack")
    platform = members(platform, "quote", "event_log")
    stack = members(stack, "report_data", "runtime_events", "config")
    return Attestation(
        version=1,
        quote=from_integers(platform["quote"]),
        event_log=[event(each) for each in platform["event_log"]],
        runtime_events=[runtime_event(each) for each in stack["runtime_events"]],
        report_data=from_integers(stack["report_data"]),
        config=stack["config"])


def members(pairs: list, *names: str) -> dict:
    assert [name for name, _ in pairs] == list(names)
    return dict(pairs)


def tagged(pairs: list, kind: str) -> list:
    fields = members(pairs, "kind", "data")
    assert fields["kind"] == kind
    return fields["data"]


def from_integers(values: list) -> bytes:
    assert isinstance(values, list) and all(isinstance(value, int) for value in values)
    return bytes(values)


def event(pairs: list) -> Event:
    names = ["imr", "event_type", "digest", "event", "event_payload"]
    fields = members(pairs, *names, *(["version", "preimage"] if len(pairs) > 5 else []))
    assert isinstance(fields["digest"], bytes) and isinstance(fields["event_payload"], bytes)
    if "preimage" in fields:
        fields["preimage"] = bytes.fromhex(fields["preimage"])
    return Event(**fields)


def runtime_event(pairs: list) -> tuple:
    fields = members(pairs, "event", "payload", *(["version"] if len(pairs) > 2 else []))
    assert isinstance(fields["payload"], bytes)
    return fields["event"], fields["payload"], fields.get("version", 1)


def json_log(text: str) -> list:
    """An event log as GetQuote and Info give it."""
    return [json_event(fields) for fields in json.loads(text)]


def json_event(fields: dict) -> Event:
    names = ["imr", "event_type", "digest", "event", "event_payload"]
    assert list(fields) in (names, names + ["version", "preimage"])
    data = {name: bytes.fromhex(fields[name]) for name in ("digest", "event_payload", "preimage") if name in fields}
    return Event(**{**fields, **data})


def digest(event: Event) -> bytes:
    """The digest that extended the register; for runtime events it is recomputed."""
    if event.event_type != events.TYPE:
        assert len(event.digest) == 48
        return event.digest
    formed = events.digest(event.event, event.event_payload, event.version)
    assert event.digest in (b"", formed)
    if event.version == 2:
        assert hashlib.sha384(event.preimage).digest() == formed
    return formed


def replay(log: list, register: int) -> bytes:
    return events.replay(digest(event) for event in log if event.imr == register)


def assert_stripped(stripped: Attestation, full: list):
    """A certificate's attestation keeps what a verifier needs of the full log: the guest's events and the ACPI tables."""
    kept = [event for event in full if event.imr == 3 or event.event.startswith("acpi-")]
    assert len(stripped.event_log) == len(kept)
    for mine, other in zip(stripped.event_log, kept):
        assert mine._replace(digest=b"") == other._replace(digest=b"")
        assert digest(mine) == other.digest


def report(quote: bytes):
    """The TD report in a quote, as dcap-qvl reads it."""
    return dcap_qvl.parse_quote(quote).report


def registers(quote: bytes) -> list:
    return [getattr(report(quote), f"rt_mr{index}") for index in range(4)]
