#!/usr/bin/env python3
"""Prints Tests/agentTests/AttestationVectors.swift: what the evidence must look like, worked out without the agent's code.

    pip install msgpack && python3 Tests/vectors/attestation_vectors.py > Tests/agentTests/AttestationVectors.swift

hashlib, json and msgpack are independent encoders; SCALE and the TCG log are written here from their specifications."""
import base64
import hashlib
import json
import struct

import msgpack

TYPE = 0x08000001


def sha256(b):
    return hashlib.sha256(b).digest()


def sha384(b):
    return hashlib.sha384(b).digest()


# Runtime events

def preimage(name, payload, version):
    if version == 1:
        return struct.pack("<I", TYPE) + b":" + name.encode() + b":" + payload
    # For one string, one hex string and one integer RFC 8785 is json.dumps with sorted keys, no spaces and UTF-8 output.
    event = {"name": name, "payload": payload.hex(), "type": TYPE}
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def replay(digests):
    value = bytes(48)
    for digest in digests:
        value = sha384(value + digest)
    return value


NAMES = ["app-id", "system-ready", "", "测试-emoji-🦀", "quote\" and \\ and / and \x7f",
         "".join(map(chr, range(0x20)))]
EVENTS = [(name, payload, version) for version in (1, 2) for name, payload in zip(
    NAMES, [bytes.fromhex("deadbeef"), b"", b"\0", bytes(range(256)), b"payload", b"\xff" * 3])]


# SCALE

def compact(n):
    if n < 1 << 6:
        return struct.pack("<B", n << 2)
    if n < 1 << 14:
        return struct.pack("<H", n << 2 | 1)
    if n < 1 << 30:
        return struct.pack("<I", n << 2 | 2)
    raw = n.to_bytes((n.bit_length() + 7) // 8, "little")
    return bytes([len(raw) - 4 << 2 | 3]) + raw


def data(b):
    return compact(len(b)) + b


COMPACT = [0, 1, 63, 64, 16383, 16384, (1 << 30) - 1, 1 << 30, (1 << 32) - 1, 1 << 32, (1 << 56) - 1, (1 << 64) - 1]


# MessagePack

UNSIGNED = [0, 127, 128, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, (1 << 64) - 1]
LENGTHS = [0, 15, 16, 31, 32, 255, 256, 65535, 65536]


# The firmware's log

def spec_id(algorithms, vendor=b""):
    body = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(algorithms))
    body += b"".join(struct.pack("<HH", a, size) for a, size in algorithms)
    body += bytes([len(vendor)]) + vendor
    return struct.pack("<II20sI", 0, 3, bytes(20), len(body)) + body


def tcg_event(index, kind, digests, payload):
    out = struct.pack("<III", index, kind, len(digests))
    out += b"".join(struct.pack("<H", a) + digest for a, digest in digests)
    return out + struct.pack("<I", len(payload)) + payload


SHA256, SHA384 = 0x0B, 0x0C
BOOT = [  # register index, type, payload
    (0, 0x80000008, b"register index 0 is skipped"),
    (1, 0x8000000B, b"\tTdxTable"),
    (1, 3, b"no action"),
    (1, 10, b"BOOT MENU"),
    (1, 10, b"ACPI DATA"),
    (1, 10, b"ACPI DATA"),
    (2, 10, b"ACPI DATA"),
    (1, 10, b"ACPI DATA"),
    (1, 10, b"ACPI DATA"),
    (2, 0x80000003, bytes(74)),
    (3, 6, b"LOADED_IMAGE::LoadOptions\0"),
    (4, 6, b"register 3"),
]


def boot_digest(i):
    return sha384(b"boot event %d" % i)


def ccel(fill, both):
    algorithms = [(SHA256, 32), (SHA384, 48)] if both else [(SHA384, 48)]
    log = spec_id(algorithms, b"vendor")
    for i, (index, kind, payload) in enumerate(BOOT):
        digests = [(SHA256, sha256(payload))] if both else []
        log += tcg_event(index, kind, digests + [(SHA384, boot_digest(i))], payload)
    return log + fill * 300


def boot_events():
    names = [b"acpi-loader", b"acpi-rsdp", b"acpi-tables"]
    out = []
    for i, (index, kind, payload) in enumerate(BOOT):
        if index == 0 or kind == 3:
            continue
        name = names.pop(0) if (index, kind, payload) == (1, 10, b"ACPI DATA") and names else b""
        out.append((index - 1, kind, boot_digest(i), name.decode(), payload if name else b"", None))
    return out


# Evidence

QUOTE = bytes(i * 7 % 256 for i in range(700))
REPORT_DATA = bytes(range(64))
CONFIG = '{"os_image_hash":"' + "ab" * 32 + '","note":"ü"}'
RUNTIME = [("system-preparing", b""), ("app-id", bytes(range(20))), ("compose-hash", sha256(b"compose")),
           ("instance-id", bytes(range(20, 40))), ("boot-mr-done", b""),
           ("key-provider", b'{"name":"none","id":""}'), ("system-ready", b""), ("app-id", b"an impostor"),
           ("grün", b"\x00\x01")]


def runtime_events(versions):
    return [(name, payload, versions(i)) for i, (name, payload) in enumerate(RUNTIME)]


def log_events(runtime, stripped):
    out = [e for e in boot_events() if not stripped or e[3] or e[0] == 3]
    for name, payload, version in runtime:
        image = preimage(name, payload, version)
        digest = b"" if stripped and version == 1 else sha384(image)
        out.append((3, TYPE, digest, name, payload, image if version == 2 else None))
    return out


def version_zero(runtime, stripped):
    events = log_events(runtime, stripped)
    out = b"\0\0" + data(QUOTE) + compact(len(events))
    for imr, kind, digest, name, payload, _ in events:
        out += struct.pack("<II", imr, kind) + data(digest) + data(name.encode()) + data(payload)
    out += compact(len(runtime)) + b"".join(data(name.encode()) + data(payload) for name, payload, _ in runtime)
    return out + REPORT_DATA + data(CONFIG.encode())


def version_one(runtime, stripped):
    events = []
    for imr, kind, digest, name, payload, image in log_events(runtime, stripped):
        event = {"imr": imr, "event_type": kind, "digest": digest, "event": name, "event_payload": payload}
        events.append(event | ({"version": 2, "preimage": image.hex()} if image else {}))
    stack_events = [{"event": name, "payload": payload} | ({"version": 2} if version == 2 else {})
                    for name, payload, version in runtime]
    return msgpack.packb({
        "version": 1,
        "platform": {"kind": "tdx", "data": {"quote": list(QUOTE), "event_log": events}},
        "stack": {"kind": "dstack",
                  "data": {"report_data": list(REPORT_DATA), "runtime_events": stack_events, "config": CONFIG}},
    }, use_bin_type=True)


def event_log_json(runtime):
    out = []
    for imr, kind, digest, name, payload, image in log_events(runtime, False):
        event = {"imr": imr, "event_type": kind, "digest": digest.hex(), "event": name, "event_payload": payload.hex()}
        out.append(event | ({"version": 2, "preimage": image.hex()} if image else {}))
    return json.dumps(out, separators=(",", ":"))


def register(name):
    return sha384(name.encode())


def app_info(runtime, declared):
    system = runtime[:[name for name, _, _ in runtime].index("system-ready")]
    values = {name: payload for name, payload, _ in system}
    image = register("mrtd") + register("rtmr0") + register("rtmr1") + register("rtmr2")
    provider = values["key-provider"]
    rtmr3 = replay(sha384(preimage(*event)) for event in runtime)
    extra = b"".join(map(register, ("configID", "owner", "ownerConfig"))) if declared else b""
    return {
        "app_id": values["app-id"], "compose_hash": values["compose-hash"], "instance_id": values["instance-id"],
        "device_id": sha256(b""), "mr_system": sha256(image + sha256(provider)),
        "mr_aggregated": sha256(image + rtmr3 + extra), "os_image_hash": bytes.fromhex("ab" * 32), "key_provider_info": provider,
        "init_script_hashes": [payload for name, payload, _ in system if name == "init-script-hash"]}


# Swift

def text(b):
    """A Swift string literal of hex digits, in lines."""
    digits = b.hex()
    if len(digits) <= 100:
        return '"%s"' % digits
    return '"""\n    ' + "\\\n    ".join(digits[i:i + 116] for i in range(0, len(digits), 116)) + '\n    """'


def table(name, kind, rows):
    print("  static let %s: [%s] = [" % (name, kind))
    for row in rows:
        print("    %s," % row)
    print("  ]")


def main():
    print("// Made by Tests/vectors/attestation_vectors.py; do not edit. Byte strings are hex.")
    print("// swift-format-ignore-file")
    print()
    print("enum AttestationVectors {")
    table("events", "(name: String, payload: String, version: UInt8, preimage: String, digest: String)", [
        "(%s,\n     %s, %d,\n     %s,\n     %s)" % (text(n.encode()), text(p), v, text(preimage(n, p, v)), text(sha384(preimage(n, p, v))))
        for n, p, v in EVENTS])
    print("  static let replayed = %s" % text(replay(sha384(preimage(*e)) for e in EVENTS)))
    table("compact", "(UInt64, String)", ["(%d, %s)" % (n, text(compact(n))) for n in COMPACT])
    print("  static let scale = %s" % text(
        b"\x07\x01\x00" + struct.pack("<IQ", 0xDEADBEEF, 1 << 40 | 5) + data(b"text") + b"\x01" + struct.pack("<Q", 9) + b"\x00"))
    table("unsigned", "(UInt64, String)", ["(%d, %s)" % (n, text(msgpack.packb(n))) for n in UNSIGNED])
    table("heads", "(count: Int, text: String, binary: String, array: String, map: String)", [
        "(%d, %s)" % (n, ", ".join(text(packed[:len(packed) - n * size]) for packed, size in (
            (msgpack.packb("x" * n), 1), (msgpack.packb(b"x" * n, use_bin_type=True), 1), (msgpack.packb([0] * n), 1),
            (msgpack.Packer().pack_map_header(n), 0)))) for n in LENGTHS])
    table("base64", "(String, String)", ['(%s, "%s")' % (text(b), base64.b64encode(b).decode()) for b in (
        b"", b"f", b"fo", b"foo", b"foob", bytes(range(256)))])
    print("  static let ccelOnes = %s" % text(ccel(b"\xff", False)))
    print("  static let ccelZeros = %s" % text(ccel(b"\0", True)))
    print("  static let ccelExact = %s" % text(ccel(b"", True)))
    print("  static let ccelHeaderSize = %d" % len(spec_id([(SHA256, 32), (SHA384, 48)], b"vendor")))
    table("boot", "(register: UInt32, type: UInt32, digest: String, name: String, payload: String)", [
        "(%d, %d, %s, %s, %s)" % (r, k, text(d), text(n.encode()), text(p)) for r, k, d, n, p, _ in boot_events()])
    table("bootRegisters", "String", [text(replay(d for r, _, d, _, _, _ in boot_events() if r == i)) for i in range(4)])
    print("  static let quote = %s" % text(QUOTE))
    print("  static let reportData = %s" % text(REPORT_DATA))
    print("  static let config = %s" % text(CONFIG.encode()))
    table("runtime", "(name: String, payload: String)", ["(%s, %s)" % (text(n.encode()), text(p)) for n, p in RUNTIME])
    ones, mixed = runtime_events(lambda i: 1), runtime_events(lambda i: 1 + i % 2)
    print("  static let versionZero = %s" % text(version_zero(ones, False)))
    print("  static let versionZeroStripped = %s" % text(version_zero(ones, True)))
    print("  static let versionOne = %s" % text(version_one(mixed, False)))
    print("  static let versionOneStripped = %s" % text(version_one(mixed, True)))
    print("  static let eventLog = %s" % text(event_log_json(mixed).encode()))
    table("registers", "(name: String, value: String)", [
        '("%s", %s)' % (n, text(register(n))) for n in
        ("mrtd", "configID", "owner", "ownerConfig", "rtmr0", "rtmr1", "rtmr2", "rtmr3")])
    print("  static let appInfo = %s" % text(msgpack.packb(app_info(ones, False), use_bin_type=True)))
    print("  static let appInfoDeclared = %s" % text(msgpack.packb(app_info(ones, True), use_bin_type=True)))
    print("}")


if __name__ == "__main__":
    main()
