#!/usr/bin/env python3
"""Prints Tests/selfcheck/vectors.txt: what the agent must answer, from standards and from code that is not the agent's.

    out/venv/bin/python Tests/selfcheck/make_vectors.py > Tests/selfcheck/vectors.txt

Digests are hashlib's, Python's json and msgpack write the forms, keys and signatures are those of coincurve and cryptography, evidence
and launches are worked out by Tests/vectors and Tests/boot. What is a literal here comes from the standard that the comment names."""
import base64
import datetime
import hashlib
import html
import ipaddress
import json
import pathlib
import sys

import msgpack
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(TESTS / folder) for folder in ("boot", "e2e", "vectors")]

import attestation_vectors as evidence  # noqa: E402
import boot_oracle  # noqa: E402
import oracle  # noqa: E402
from messages import MESSAGES  # noqa: E402

REFUSED = object()
ROWS = []


def field(value):
    if isinstance(value, str):
        if value and "' " not in value and all(character >= " " and character != "\x7f" for character in value):
            return f"'{value}'"
        value = value.encode()
    return value.hex() or "-"


def comment(text):
    ROWS.append(f"\n# {text}")


def vector(operation, *values):
    """The inputs, followed by a list of the outputs or REFUSED."""
    *inputs, outputs = values
    right = "refused" if outputs is REFUSED else " ".join(map(field, outputs))
    ROWS.append(" ".join([operation, *map(field, inputs), "=", right]))


def hexed(*digits):
    return [bytes.fromhex(each) for each in digits]


def encodings():
    comment("Hex and base 64 (RFC 4648 §10): base 64 in both alphabets, and of single bytes that come one after the other")
    for data in (b"", b"f", b"fo", b"foobar", bytes(range(0, 256, 5)), b"\xfb\xff\xfe"):
        plain = base64.b64encode(data).decode()
        vector("hex", data, [data.hex()])
        vector("unhex", data.hex().upper(), [data])
        vector("base64", data, [plain, base64.urlsafe_b64encode(data).decode().rstrip("="), plain])
        vector("unbase64", plain, [data])
    for text in ("0", "0g", "0x00"):
        vector("unhex", text, REFUSED)
    for text in ("Zg", "Zh==", "Zm9v Zm9", "Zg==Zg==", "A===", "AA-_"):
        vector("unbase64", text, REFUSED)
    comment("Copies (CSystem/copy.c): the SHA-256 of all results of copying up to 80 bytes from and to each of 48 places of a buffer")
    buffer = bytes(range(128))
    results = hashlib.sha256()
    for size in range(81):
        for start in range(48):
            for to in range(48):
                results.update(buffer[:to] + buffer[start : start + size] + buffer[to + size :])
    vector("copy", buffer, [results.digest()])
    comment("Numbers below 2^64")
    for number in (0, 7, 10, 65535, 2**63, 2**64 - 1):
        vector("decimal", f"00{number}", [str(number)])
    for text in (str(2**64), "-1", "+1", "1 ", "", "0x1"):
        vector("decimal", text, REFUSED)
    comment("Query strings (WHATWG URL, application/x-www-form-urlencoded)")
    vector("form", "a=1&b=x%20y+z&c&%c3%bc=%F0%9F%A6%80", ["a", "1", "b", "x y z", "c", "", "ü", "🦀"])
    for text in ("a=%", "a=%2", "a=%zz", "a=%ff"):
        vector("form", text, REFUSED)
    comment("UTF-8 made well-formed, in pieces: a U+FFFD for each maximal part (Unicode §3.9), as Python's decoder has it")
    for pieces in ([b"plain"], [b"\xc3", b"\xbc"], [b"a\xf0\x9f", b"\xa6\x80b"], [b"\xf0\x9f\xa6"], [b"\xc0\x80\xe0\x80\x80"],
                   [b"\xed\xa0\x80x\xf4\x90\x80\x80"], [b"\xe2\x82", b"A\xff"]):
        vector("utf8", *pieces, [b"".join(pieces).decode(errors="replace").encode()])
    comment("HTML templates")
    for values in (("x", "y"), ("<&>", "'\""), ("~", "ü")):
        escaped = [html.escape(value).replace("&#x27;", "&#39;") for value in values]
        vector("html", *values, ['<a b="{}">{}</a>'.format(*escaped)])
    comment("JSON (RFC 8259): strings in ASCII; documents that are read and written again; documents that are passed over")
    for text in ("", "plain", "quote \" and \\", "\n\r\t\x01", "ü€", "🦀 ab"):
        vector("json-string", text, [json.dumps(text)])
    for text, written in (
            ('{}', '{}'), ('[ ]', '[]'), (' "ü"\n', '"\\u00fc"'), ('[[[["x",{"y":{"z":[]}}]]]]', '[[[["x",{"y":{"z":[]}}]]]]'),
            ('{ "a" : [ 1 , 18446744073709551615 , true , false , null ] , "a" : "\\u00fc\\ud83e\\udd80\\/" }',
             '{"a":[1,18446744073709551615,true,false,null],"a":"\\u00fc\\ud83e\\udd80/"}')):
        vector("json", text, [written])
    for text in ('', '{', '{"a"', '{"a":', '{"a":1,}', '[1,]', '[01]', '[18446744073709551616]', '[-1]', '[1.5]', '"\\ud800"',
                 '"\\udc00"', '"\\x"', '{} x', 'tru', '[' * 33 + ']' * 33, b'"\xff"', b'"\n"'):
        vector("json", text, REFUSED)
    for text in ('-0.5e+10', '"\\ud800"', '[1.5,{"a":-1E3}]', 'null'):
        vector("json-skip", text, [str(len(text))])
    for text in ('-', '1.', '.5', '1e', '[1.5', 'nul'):
        vector("json-skip", text, REFUSED)
    comment("IP addresses (RFC 4291 §2.2, RFC 5952)")
    for text in ("127.0.0.1", "255.255.255.255", "::", "::1", "2001:DB8::0:1", "fe80:0:0:1:0:0:0:1", "1:2:3:4:5:6:7:8", "1:0:0:2:0:0:3:4"):
        address = ipaddress.ip_address(text)
        vector("ip", text, [address.packed, str(address)])
    for text in ("1.2.3", "1.2.3.256", "1.2.3.4.5", ":::", "1:2", "::1::", "12345::", "fe80::1%eth0", ""):
        vector("ip", text, REFUSED)
    comment("SCALE's compact numbers, MessagePack's unsigned ones")
    for number in evidence.COMPACT:
        vector("scale", str(number), [evidence.compact(number)])
    for number in evidence.UNSIGNED:
        vector("messagepack", str(number), [msgpack.packb(number)])


KECCAK = {  # app-data:test data, from upstream's public vectors
    "keccak256": "d4dc58f44cdbf404c8cfd60d971c7d17b3622b800fbf71884db31d5c67223179",
    "keccak384": "a2e1a299843e9a2770f933043b032b894fcd74cb5ed437e79575431dbcc48954b3040fc0d0ccc32577b74bed2bf31596",
    "keccak512": "ef1814eeea0a98e6c1f502c4f14db4c7076a0970a9392d02e74e70890029fa25"
                 "107fb740ed8154ecd55768795faf55ef84852af20dbfe6abb25cae4db00db008",
}


def crypto():
    comment("SHA-2 (FIPS 180-4), SHA-3 (FIPS 202) and Keccak, around one block of each rate")
    for name in ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"):
        for data in (b"", b"abc", b"app-data:test data", *(bytes(range(size)) for size in (55, 64, 71, 72, 103, 104, 111, 128, 135, 136))):
            vector("digest", name, data, [hashlib.new(name.replace("sha3-", "sha3_"), data).digest()])
    for name, digest in KECCAK.items():
        vector("digest", name, "app-data:test data", hexed(digest))
    for data in (b"", bytes(range(135)), bytes(range(136)), bytes(range(137))):
        vector("digest", "keccak256", data, [oracle.keccak256(data)])
    vector("digest", "sha1", "abc", REFUSED)
    vector("secret-sha256", "abc", [hashlib.sha256(b"abc").digest()])
    comment("HKDF-SHA-256 (RFC 5869 A.1 to A.3)")
    for key, salt, info, count in ((b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42),
                                   (bytes(range(0x50)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100)), 82),
                                   (b"\x0b" * 22, b"", b"", 42)):
        vector("hkdf", key, salt, info, str(count), [oracle.hkdf_sha256(key, salt or bytes(32), info, count)])
    vector("hkdf", b"\x0b", b"", b"", "8161", REFUSED)
    secp256k1()
    ed25519()
    p256()
    sealing()


def secp256k1():
    comment("ECDSA over secp256k1 (SEC 2, RFC 6979): public key and signature with recovery id; what is valid, is not, is malformed")
    order = oracle.SECP256K1_ORDER
    for secret in (1, order - 1, 0xF8B8AF8CE3C7CCA5E300D33939540C10D45CE001B8F252BFBC57BA0342904181):
        key = oracle.coincurve.PrivateKey(secret.to_bytes(32, "big"))
        public = key.public_key.format()
        digest = hashlib.sha256(b"Satoshi Nakamoto").digest()
        signature = key.sign_recoverable(digest, hasher=None)
        vector("secp256k1-sign", key.secret, digest, [public, signature])
        low = signature[:64]
        high = low[:32] + (order - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
        flipped = bytes([low[0] ^ 1]) + low[1:]
        for data, candidate, by in ((digest, low, public), (digest, low, key.public_key.format(False)), (digest[::-1], low, public),
                                    (digest, high, public), (digest, flipped, public), (digest, low, bytes([public[0] ^ 1]) + public[1:]),
                                    (digest, bytes(32) + low[32:], public), (digest, low[:63], public),
                                    (digest, low, b"\x02" + b"\xff" * 32), (digest, low, b"\x06" + key.public_key.format(False)[1:])):
            valid = oracle.verify_secp256k1(data, candidate, by)
            vector("secp256k1-verify", by, data, candidate, REFUSED if valid is None else [bytes([valid])])
    for secret in (0, order, 2**256 - 1):
        vector("secp256k1-sign", secret.to_bytes(32, "big"), bytes(32), REFUSED)


# seed, message, signature
RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]


def ed25519():
    comment("Ed25519 (RFC 8032 §7.1), and signatures that are not valid: changed, S + L, a key of small order, off the curve, too short")
    for row in RFC8032:
        seed, message, signature = hexed(*row)
        key = oracle.public_key(seed, "ed25519")
        vector("ed25519-sign", seed, message, [key, signature])
        vector("ed25519-verify", key, message, signature, [b"\1"])
        vector("ed25519-verify", key, message + b"\0", signature, [b"\0"])
        vector("ed25519-verify", key, message, bytes([signature[0] ^ 1]) + signature[1:], [b"\0"])
        above = (int.from_bytes(signature[32:], "little") + oracle.ED25519_ORDER).to_bytes(32, "little")
        vector("ed25519-verify", key, message, signature[:32] + above, [b"\0"])
    identity = b"\1" + bytes(31)
    vector("ed25519-verify", identity, b"", identity + bytes(32), [b"\0"])
    vector("ed25519-verify", b"\2" + bytes(31), b"", signature, REFUSED)
    vector("ed25519-verify", key, message, signature[:63], REFUSED)


def p256_key(secret):
    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = lambda encoding, form: key.private_bytes(encoding, form, serialization.NoEncryption())
    return point, spki, private


def p256():
    comment("P-256 (FIPS 186-5): point, canonical PKCS#8 (RFC 5208, RFC 5915) in DER and PEM; keys that are read, in both forms")
    der, pem = serialization.Encoding.DER, serialization.Encoding.PEM
    pkcs8, sec1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for secret in (1, order - 1, 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721):
        secret = secret.to_bytes(32, "big")
        point, spki, private = p256_key(secret)
        vector("p256", secret, [point, private(der, pkcs8), private(pem, pkcs8)])
        vector("p256-pem", private(pem, pkcs8), [point, spki])
        vector("p256-pem", private(pem, sec1), [point, spki])
    for secret in (0, order):
        vector("p256", secret.to_bytes(32, "big"), REFUSED)
    vector("p256-pem", private(pem, pkcs8)[:-30], REFUSED)


def sealing():
    comment("X25519 (RFC 7748 §5.2), AES-256-GCM (cases 13 to 15 of McGrew and Viega), and both as the owner of an app seals")
    for row in (("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                 "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
                ("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                 "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                 "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")):
        secret, public, shared = hexed(*row)
        vector("x25519", secret, public, [shared])
    for public in (bytes(32), b"\1" + bytes(31), bytes(31)):
        vector("x25519", secret, public, REFUSED)
    for key, nonce, plain in ((bytes(32), bytes(12), b""), (bytes(32), bytes(12), bytes(16)),
                              (bytes(range(32)), bytes(range(12)), bytes(range(100)))):
        sealed = AESGCM(key).encrypt(nonce, plain, None)
        vector("aes-gcm", key, nonce, sealed, [plain])
        vector("aes-gcm", key, nonce, sealed[:-1] + bytes([sealed[-1] ^ 1]), REFUSED)
        vector("aes-gcm", key, nonce, sealed[:-1], REFUSED)
    secret, ephemeral = X25519PrivateKey.from_private_bytes(bytes(range(32))), X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    plain = b'{"env":[{"key":"A","value":"1"}]}'
    sealed = ephemeral.public_key().public_bytes(*raw) + bytes(range(12))
    sealed += AESGCM(ephemeral.exchange(secret.public_key())).encrypt(bytes(range(12)), plain, None)
    vector("unseal", bytes(range(32)), sealed, [plain])
    vector("unseal", bytes(range(1, 33)), sealed, REFUSED)


# The development keys of the public project (sdk/simulator/appkeys.json), of which its known answers are made.
APP = {
    "k256_key": "d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d",
    "k256_signature": "9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e59"
                      "4d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500",
}
PATHS = [("", "", ""), ("", "", "ed25519"), ("/", "test", "ed25519"), ("/test", "purpose", "secp256k1"), ("test/wallet", "ethereum", "k256"),
         ("vms", "signing", "secp256k1"), ("测试/🦀", "用途", "secp256k1"), ("with:colon", "a:b", "secp256k1")]
MESSAGE = b"Test message for signing"


V1 = json.loads((TESTS.parent / "docs/spec/vectors-v1.json").read_text())


def keys():
    app, root = hexed(APP["k256_key"], APP["k256_signature"])
    comment("GetKey: app key, the root's signature of it, path, purpose, algorithm; the key and its chain (upstream's known answers)")
    for path, purpose, algorithm in PATHS:
        answer = oracle.get_key(APP, path, purpose, algorithm)
        vector("get-key", app, root, path, purpose, algorithm, hexed(answer["key"], *answer["signature_chain"]))
    vector("get-key", app, root, "a", "", "rsa", REFUSED)
    comment("GetKey of v1: app key, the root's signature of it, domain, algorithm; key, public key and chain (upstream's known answers)")
    for known in V1["v1_get_key"]:
        domain, answer = bytes.fromhex(known["domain_utf8_hex"]), [known[name] for name in ("key", "public_key", "link0")]
        vector("get-key-v1", bytes.fromhex(known["root_key"]), root, domain, known["algorithm"], hexed(*answer) + [root])
    for refused in V1["v1_errors"]:
        vector("get-key-v1", app, root, "a", refused["algorithm"], REFUSED)
    comment("Sign: the same with algorithm and data; public key, signature and the key's chain. Verify: algorithm, data, signature, key")
    digest = hashlib.sha256(MESSAGE).digest()
    for algorithm, data in (("ed25519", MESSAGE), ("k256", MESSAGE), ("secp256k1", b""), ("secp256k1_prehashed", digest)):
        answer = oracle.sign(APP, algorithm, data)
        public, signature = hexed(answer["public_key"], answer["signature"])
        vector("sign", app, root, algorithm, data, [public, *hexed(*answer["signature_chain"])])
        vector("verify", algorithm, data, signature, public, [b"\1"])
        vector("verify", algorithm, hashlib.sha256(data).digest(), signature, public, [b"\0"])
        vector("verify", algorithm, data, signature[:32] + signature[:31:-1], public, [b"\0"])
        vector("verify", algorithm, data, signature + b"\0", public, REFUSED)
    for algorithm, data in (("rsa", b""), ("", b""), ("secp256k1_prehashed", bytes(31))):
        vector("sign", app, root, algorithm, data, REFUSED)
    comment("DeriveKey: SubjectPublicKeyInfo and PEM of a path's P-256 key (upstream's known answers)")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    for path in ("", "test", "eth/test"):
        _, spki, private = p256_key(oracle.derive(app, path.encode()))
        vector("derive-key", app, path, [spki, private(pem, pkcs8)])
    comment("Keys from a seed: the CA's point, the disk key (a hash of PKCS#8) and the app key (docs/spec/keys.md)")
    for seed in (bytes(32), bytes(range(32))):
        disk = p256_key(oracle.derive(seed, b"app-disk-key"))[2](serialization.Encoding.DER, pkcs8)
        vector("seed-keys", seed, [
            p256_key(oracle.derive(seed, b"app-key"))[0], hashlib.sha256(disk).digest(), oracle.derive(seed, b"app-k256-key")])
    comment("The app keys file")
    members = {"disk_crypt_key": "11" * 32, "env_crypt_key": "", "k256_key": APP["k256_key"], "k256_signature": APP["k256_signature"],
               "gateway_app_id": "gateway ü", "ca_cert": "a certificate\n", "key_provider": {"None": {"key": "a key\n"}}, "other": [1]}
    vector("app-keys", json.dumps(members), [b"\x11" * 32, app, root, "gateway ü", "a certificate\n", "a key\n"])
    for change in ({"k256_key": "00" * 32}, {"disk_crypt_key": "11" * 31}, {"k256_signature": "0"}, {"key_provider": {"Other": {}}}):
        vector("app-keys", json.dumps(members | change), REFUSED)
    vector("app-keys", json.dumps(members)[:-1] + ',"ca_cert":""}', REFUSED)


def triple(event):
    name, payload, version = event
    return str(version), name, payload


def proof():
    comment("Runtime events of both versions: preimage, digest, line of the log (docs/spec/attestation.md; RFC 8785 for version 2)")
    for name, payload, version in evidence.EVENTS:
        if payload == bytes(range(256)):
            payload = payload[:40]
        image = evidence.preimage(name, payload, version)
        line = {"event": name, "payload": base64.b64encode(payload).decode()} | ({"version": 2} if version == 2 else {})
        escaped = json.dumps(line, separators=(",", ":")).replace("\x7f", "\\u007f").replace("\\b", "\\u0008").replace("\\f", "\\u000c")
        vector("event", *triple((name, payload, version)), [image, evidence.sha384(image), escaped])
    comment("RTMR3 after events; replay of a log's lines and of an event_log; an event_log whose digest is not its event's")
    some = [(name, payload, version) for (name, payload), version in zip(evidence.RUNTIME, (1, 1, 1, 1, 2, 2, 2, 2, 1))]
    register = evidence.replay(evidence.sha384(evidence.preimage(*event)) for event in some)
    vector("rtmr3", *(part for event in some for part in triple(event)), [register])
    report = json.dumps({"events": len(some), "rtmr3": register.hex()}, separators=(",", ":"))
    lines = [json.dumps({"event": name, "payload": base64.b64encode(payload).decode(), "version": version}, ensure_ascii=False)
             for name, payload, version in some]
    vector("replay", *lines, [report])
    array = [{"imr": 3, "event_type": evidence.TYPE, "digest": evidence.sha384(evidence.preimage(*event)).hex(), "event": event[0],
              "event_payload": event[1].hex(), "version": event[2]} for event in some]
    vector("replay", json.dumps([{"imr": 1, "event_type": 10, "digest": "00" * 48}, *array]), [report])
    array[3]["event_payload"] = "00"
    vector("replay", json.dumps(array), REFUSED)
    vector("replay", *lines, "no event", REFUSED)
    comment("The firmware's event log (TCG PC Client Platform Firmware Profile §10): register, type, digest, name, payload of each event")
    everything = evidence.BOOT
    for events in (everything, everything[:-1]):  # the last one is of RTMR3, which the simulator's firmware cannot have
        evidence.BOOT = events
        for log in (evidence.ccel(b"\xff", False), evidence.ccel(b"\0", True)):
            vector("ccel", log, [part for register, kind, digest, name, payload, _ in evidence.boot_events()
                                 for part in (register.to_bytes(4, "little"), kind.to_bytes(4, "little"), digest, name, payload)])
            vector("ccel", log[:500], REFUSED)
    evidence.BOOT = everything
    comment("Attestations: CCEL, quote, report data, vm_config, events; whole, stripped, event_log. SCALE, and MessagePack for version 2")
    evidence.QUOTE = bytes(range(0, 256, 9))
    log = evidence.ccel(b"", False)
    for versions, form in ((lambda _: 1, evidence.version_zero), (lambda index: 1 + index % 2, evidence.version_one)):
        runtime = evidence.runtime_events(versions)
        vector("attestation", log, evidence.QUOTE, evidence.REPORT_DATA, evidence.CONFIG, *(part for each in runtime for part in triple(each)),
               [form(runtime, False), form(runtime, True), evidence.event_log_json(runtime)])
    comment("App info: registers, image hash, events; the extension's content and RTMR3")
    runtime = evidence.runtime_events(lambda _: 1)
    register = evidence.replay(evidence.sha384(evidence.preimage(*event)) for event in runtime)
    for declared in (False, True):
        names = ("mrtd", "configID", "owner", "ownerConfig", "rtmr0", "rtmr1", "rtmr2", "rtmr3")
        registers = [bytes(48) if not declared and name in names[1:4] else evidence.register(name) for name in names]
        vector("app-info", b"".join(registers), b"\xab" * 32, *(part for each in runtime for part in triple(each)),
               [msgpack.packb(evidence.app_info(runtime, declared), use_bin_type=True), register])


def requests():
    comment("Request heads (RFC 9112): method, minor version, body's length, whether the connection stays, JSON or not, query, path")
    vector("request-head", "GET /GetKey?path=a%20b HTTP/1.1", "Host: x", ["GET", "1", "0", b"\1", b"\0", "path=a%20b", "GetKey"])
    vector("request-head", "POST http://h/prpc/a%2Fb/ HTTP/1.0", "content-LENGTH:  17 ", "Content-Type: Application/JSON; charset=utf-8",
           "Connection: close, keep-alive", ["POST", "0", "17", b"\0", b"\1", "", "prpc", "a/b"])
    vector("request-head", "PUT / HTTP/1.1", "Host: a", "Connection: close", ["other", "1", "0", b"\0", b"\0", ""])
    for lines in (["GET / HTTP/1.1"], ["GET / HTTP/1.1", "Host: a", "Host: a"], ["GET / HTTP/2.0", "Host: a"], ["GET  / HTTP/1.1", "Host: a"],
                  ["POST / HTTP/1.1", "Host: a", "Content-Length: +5"], ["POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2"],
                  ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"], ["POST / HTTP/1.1", "Host: a", "Content-Length: 1048577"],
                  ["GET / HTTP/1.1", "Host : a"], ["GET / HTTP/1.1", "Host: a", " folded"], ["GET /%00 HTTP/1.1", "Host: a"]):
        vector("request-head", *lines, REFUSED)
    comment("DeriveKey's arguments in their three forms, and Sign's answer in two")
    arguments = {"path": "a/ü", "subject": "s", "alt_names": ["x", "10.0.0.1"], "usage_server_auth": True, "random_seed": True}
    outputs = ["a/ü", "s", b"\0\1\0\1", "x", "10.0.0.1"]
    vector("arguments", "json", json.dumps(arguments), outputs)
    vector("arguments", "query", "alt_names[1]=10.0.0.1&path=a/%C3%BC&alt_names[0]=x&subject=s&usage_server_auth=1&random_seed=true", outputs)
    vector("arguments", "protobuf", MESSAGES["DeriveKeyArgs"](**arguments).SerializeToString(deterministic=True), outputs)
    for form, data in (("json", '{"path":"a","path":"a"}'), ("json", '{"path":1}'), ("query", "path=a&path=a"), ("query", "random_seed=yes"),
                       ("protobuf", b"\x0a\x05a"), ("protobuf", b"\x08\x01"), ("protobuf", b"\x0a\x01\xff"), ("protobuf", b"\x00")):
        vector("arguments", form, data, REFUSED)
    answer = {"signature": bytes(range(64)), "signature_chain": [bytes(range(64)), b"\1" * 200, b""], "public_key": b"\2" * 33}
    values = answer["signature"], answer["public_key"], *answer["signature_chain"]
    vector("reply", "protobuf", *values, [MESSAGES["SignResponse"](**answer).SerializeToString(deterministic=True)])
    text = {name: [each.hex() for each in value] if isinstance(value, list) else value.hex() for name, value in answer.items()}
    vector("reply", "json", *values, [json.dumps(text, separators=(",", ":"))])


def startup():
    comment("app-compose.json: name, provider, its pin, file system, public logs, sysinfo, tcbinfo, no instance id, log version, scripts, envs")
    vector("app-compose", '{"manifest_version":1,"name":"a","runner":"none"}', ["a", "none", "", "", b"\0\0\1\0", b"\1"])
    full = {"manifest_version": "3", "name": "größe 🦀", "runner": "docker-compose", "key_provider": "kms",
            "key_provider_id": "0x00ff", "storage_fs": "ext4",
            "public_logs": True, "public_sysinfo": True, "public_tcbinfo": False, "no_instance_id": True, "event_log_version": 2,
            "init_script": ["a", "b\n"], "allowed_envs": ["A", "B"], "unknown": {"x": [1.5]}, "docker_compose_file": "services:\n",
            "requirements": {"platforms": ["dstack-tdx"], "os_version": ">=0.5.0", "gpu_policy": {"attest_gpu": True},
                             "health_check": True}}
    vector("app-compose", json.dumps(full), ["größe 🦀", "kms", b"\0\xff", "ext4", b"\1\1\0\1", b"\2", "a", "b\n", "A", "B"])
    for change in ({"manifest_version": 3}, {"manifest_version": "4"}, {"key_provider": "other"}, {"key_provider_id": "0"}, {"name": None},
                   {"runner": None}, {"runner": "nerdctl-compose"}, {"event_log_version": 3}, {"public_logs": 1}, {"requirements": {"new": 1}},
                   {"requirements": {"gpu_policy": {"a": 1}}}):
        vector("app-compose", json.dumps(full | change), REFUSED)
    vector("app-compose", '{"manifest_version":1,"name":"a","name":"a","runner":"none"}', REFUSED)
    comment("What a launch measures: app-compose.json, .instance_info, vm_config; the lines of `boot --dry-run` (Tests/boot/boot_oracle.py)")
    for _, compose, info, vm_config in boot_oracle.CASES:
        report = boot_oracle.report(compose.encode(), info, vm_config)
        if report[-1]["rtmr3"]:
            vector("launch", compose, json.dumps(info), vm_config, [json.dumps(line, separators=(",", ":")) for line in report])
    comment("Certificates: dates (RFC 5280 §4.1.2.5) and names")
    for text in ("1950-01-01 00:00:00", "1970-01-01 00:00:00", "2000-02-29 23:59:59", "2049-12-31 23:59:59", "2050-01-01 00:00:00",
                 "2100-02-28 12:34:56", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "1949-12-31 23:59:59"):
        time = datetime.datetime.fromisoformat(text + "+00:00")
        digits = text.translate(str.maketrans("", "", "-: ")) + "Z"
        der = b"\x17\x0d" + digits[2:].encode() if 1950 <= time.year < 2050 else b"\x18\x0f" + digits.encode()
        vector("certificate-time", str(round((time - datetime.datetime.fromtimestamp(0, datetime.UTC)).total_seconds())), [der])
    vector("certificate-time", "253402300800", REFUSED)
    for name in ("a", "ü" * 64):
        data = name.encode()
        inner = b"\x06\x03\x55\x04\x03\x0c" + length(data) + data
        for tag in (0x30, 0x31, 0x30):
            inner = bytes([tag]) + length(inner) + inner
        vector("certificate-name", name, [inner])
    for name in ("ü" * 65, b"\xff", b"a\0b"):
        vector("certificate-name", name, REFUSED)
    comment("A FAT directory as mkfs.fat and mcopy write it: directory or not, cluster, size of app-compose.json")
    directory = bytes.fromhex(
        "44535441434b534852202008000055677c5d7c5d000055677c5d0000000000004178002e006a0073006f000f00516e000000ffffffffffffffff0000ffffffff"
        "587e3120202020204a534f20000055677c5d7c5d000055677c5d02000e0000004273006f006e000000ffff0f00ffffffffffffffffffffffffff0000ffffffff"
        "016100700070002d0063000f00ff6f006d0070006f007300650000002e006a004150502d434f7e314a534f20000055677c5d7c5d000055677c5d03000e000000"
        + "00" * 32)
    vector("fat-entry", directory, [b"\0", "3", "14"])
    # the long name has the checksum of another short name, so it does not count
    vector("fat-entry", directory.replace(b"APP-CO~1", b"APP-CO~2"), REFUSED)


def length(data):
    return bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])


def sharing():
    comment("Values that others hold are not changed: what was kept, then what became of the changed one (Sources/agent/SelfCheck/SharingChecks)")
    origin, more = bytes(range(1, 9)), b"\xaa\xbb"
    written, longer = more[:1] + origin[1:], origin + more[:1]
    for name, changed in (("write", written), ("append", longer), ("append-all", origin + more), ("insert", origin[:1] + more + origin[1:]),
                          ("replace", more + origin[2:]), ("swap", origin[1::-1] + origin[2:]), ("remove-first", origin[1:]),
                          ("remove-last", origin[:-1]), ("remove-all", b""), ("wipe", bytes(8)), ("inout-write", written),
                          ("inout-append", longer), ("struct", written), ("class-write", written), ("class-append", longer),
                          ("class-inout", written), ("closure", written), ("nested", written), ("element", written), ("optional", written),
                          ("case", written), ("slice", more[:1] + origin[2:] + more[1:]), ("buffer", longer), ("taken", more)):
        vector("shared-" + name, origin, more, [origin, changed])
    vector("shared-twice", origin, more, [origin, written, origin[:1] + more[1:] + origin[2:]])
    vector("shared-origin-of-slice", origin, more, [origin[1:], origin[:1] + more[:1] + origin[2:] + more[1:]])
    vector("shared-snapshots", origin, more, [origin, written, more[1:] + origin[1:]])
    vector("shared-constant", origin, more, ["abc", more[:1] + b"bc"])


def text():
    del ROWS[:]
    ROWS.append("# Made by Tests/selfcheck/make_vectors.py; do not edit. operation input… = output…: hex digits, - for nothing, 'text'.")
    for part in (encodings, crypto, keys, proof, requests, startup, sharing):
        part()
    return "\n".join(ROWS) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
