"""The protobuf form of prpc, with messages of the protobuf package and with hand-made bytes."""

import pytest
from cryptography import x509

import oracle
import wire
from messages import MESSAGES, METHODS

OCTETS = ("Content-Type: application/octet-stream",)


def post(agent, method: str, body: bytes, headers=OCTETS, query: str = "") -> wire.Response:
    return wire.exchange(agent.socket, wire.request("POST", f"/{method}{query}", body, headers))


def call(agent, method: str, **fields):
    """Calls, and returns the decoded answer; fails on an error."""
    request, response = METHODS[method]
    answer = post(agent, method, MESSAGES[request](**fields).SerializeToString())
    assert answer.status == 200, answer
    assert answer.header("Content-Type") == "application/octet-stream"
    message = MESSAGES[response].FromString(answer.body)
    assert message.SerializeToString() == answer.body, "unknown fields, or written in another order"
    return message


def error(answer: wire.Response, status: int = 400) -> str:
    assert answer.status == status, answer
    assert answer.header("Content-Type") == "application/octet-stream"
    message = MESSAGES["Error"].FromString(answer.body)
    assert message.SerializeToString() == answer.body
    assert message.text and len(message.text.encode()) <= 256
    return message.text


@pytest.mark.smoke
@pytest.mark.parametrize("algorithm", ["", "secp256k1", "ed25519"])
def test_get_key(agent, algorithm):
    answer = call(agent, "GetKey", path="путь/🔑", purpose="p", algorithm=algorithm)
    expected = oracle.get_key(agent.app_keys, "путь/🔑", "p", algorithm)
    assert answer.key.hex() == expected["key"]
    assert [part.hex() for part in answer.signature_chain] == expected["signature_chain"]


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), b"a" * 250_000], ids=len)
def test_sign_and_verify(agent, data):
    signed = call(agent, "Sign", algorithm="ed25519", data=data)
    expected = oracle.sign(agent.app_keys, "ed25519", data)
    assert signed.signature.hex() == expected["signature"]
    assert [part.hex() for part in signed.signature_chain] == expected["signature_chain"]
    assert signed.public_key.hex() == expected["public_key"]
    verified = call(agent, "Verify", algorithm="ed25519", data=data, signature=signed.signature, public_key=signed.public_key)
    assert verified.valid is True


def test_a_false_answer_is_an_empty_message(agent):
    signed = call(agent, "Sign", algorithm="ed25519", data=b"a")
    request = MESSAGES["VerifyRequest"](
        algorithm="ed25519", data=b"b", signature=signed.signature, public_key=signed.public_key)
    answer = post(agent, "Verify", request.SerializeToString())
    assert (answer.status, answer.body) == (200, b"")


def test_get_tls_key(agent):
    answer = call(
        agent, "GetTlsKey", subject="proto", alt_names=["a.example", "2001:db8::1"], usage_server_auth=True,
        not_before=0, not_after=2_524_608_000)
    leaf = x509.load_pem_x509_certificate(answer.certificate_chain[0].encode())
    assert leaf.not_valid_before_utc.timestamp() == 0
    assert leaf.not_valid_after_utc.timestamp() == 2_524_608_000
    assert len(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == 2


def test_optional_fields_know_zero_from_absent(agent):
    """not_after = 0 is before every not_before; an absent one is ten years away."""
    request = MESSAGES["GetTlsKeyArgs"](subject="zero", not_after=0)
    assert "not_before must be earlier than not_after" in error(post(agent, "GetTlsKey", request.SerializeToString()))
    assert call(agent, "GetTlsKey", subject="absent").key


def test_a_method_without_arguments(agent):
    assert call(agent, "Version").version


@pytest.mark.parametrize("headers, query, is_json", [
    ((), "", False),
    (OCTETS, "", False),
    (("Content-Type: application/x-protobuf",), "", False),
    (("Content-Type: text/plain",), "", False),
    (("Content-Type: application/jsonp",), "", False),
    (OCTETS, "?json=0", False),
    (OCTETS, "?json=false", False),
    (OCTETS, "?json=yes", False),
    (OCTETS, "?jsonx", False),
    (OCTETS, "?x=json", False),
    (OCTETS, "?json", True),
    (OCTETS, "?json=", True),
    (OCTETS, "?json=1", True),
    (OCTETS, "?json=true", True),
    (OCTETS, "?x=1&json=1&y", True),
    (("Content-Type: application/json",), "", True),
    (("Content-Type: application/json; charset=utf-8",), "", True),
    (("Content-Type: application/json;charset=utf-8",), "", True),
    (("Content-Type: Application/JSON",), "", True),
    (("content-type:application/json",), "", True),
    (("Content-Type: application/json",), "?json=0", True),
    (("Content-Type: application/json", "Content-Type: application/json"), "", True),
])
def test_which_form_a_request_has(agent, headers, query, is_json):
    """An empty body is a call with every default, in either form."""
    answer = post(agent, "GetKey", b"", headers, query)
    assert answer.status == 200
    assert answer.header("Content-Type") == ("application/json" if is_json else "application/octet-stream")
    expected = oracle.get_key(agent.app_keys, "", "", "")
    if is_json:
        assert answer.json() == expected
    else:
        assert MESSAGES["GetKeyResponse"].FromString(answer.body).key.hex() == expected["key"]


KEY = b"\x0a\x01a"  # path = "a"
PAYLOADS = {
    # name: (bytes, path that the agent must understand, or None for an error)
    "unknown varint": (KEY + b"\x78\x01", "a"),
    "unknown fixed64": (KEY + b"\x79" + bytes(8), "a"),
    "unknown bytes": (KEY + b"\x7a\x03abc", "a"),
    "unknown fixed32": (KEY + b"\x7d" + bytes(4), "a"),
    "unknown field before": (b"\x7a\x03\xff\xff\xff" + KEY, "a"),
    "field twice: the last one counts": (b"\x0a\x01b" + KEY, "a"),
    "unknown field twice": (KEY + b"\x78\x01\x78\x02", "a"),
    "32,767 unknown fields": (KEY + b"\x78\x01" * 32_767, "a"),
    "largest field number": (KEY + b"\xf8\xff\xff\xff\x0f\x01", "a"),
    "varint of ten bytes": (KEY + b"\x78" + b"\xff" * 9 + b"\x01", "a"),
    "length in two bytes where one would do": (b"\x0a\x81\x00a", "a"),
    "tag in two bytes where one would do": (b"\x8a\x00\x01a", "a"),
    "empty string": (b"\x0a\x00", ""),
    "nothing": (b"", ""),
    "tag alone": (b"\x0a", None),
    "tag cut short": (b"\x8a", None),
    "length cut short": (b"\x0a\x80", None),
    "content cut short": (b"\x0a\x05abcd", None),
    "length 2^31": (b"\x0a\x80\x80\x80\x80\x08", None),
    "length 2^63": (b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", None),
    "length 2^64 - 1": (b"\x0a" + b"\xff" * 9 + b"\x01", None),
    "varint of eleven bytes": (KEY + b"\x78" + b"\xff" * 10 + b"\x01", None),
    "varint above 2^64": (KEY + b"\x78" + b"\xff" * 9 + b"\x7f", None),
    "fixed32 cut short": (KEY + b"\x7d\0\0\0", None),
    "fixed64 cut short": (KEY + b"\x79" + bytes(7), None),
    "field number zero": (b"\x02\x01a", None),
    "field number above 2^29 - 1": (KEY + b"\x80\x80\x80\x80\x10\x01", None),
    "wire type 6": (b"\x0e", None),
    "wire type 7": (b"\x0f", None),
    "string as a varint": (b"\x08\x01", None),
    "string as fixed32": (b"\x0d" + bytes(4), None),
    "string that is not UTF-8": (b"\x0a\x01\xff", None),
    "string with an overlong form": (b"\x0a\x02\xc0\x80", None),
    "string with a surrogate": (b"\x0a\x03\xed\xa0\x80", None),
    "end of a group that never began": (KEY + b"\x7c", None),
    "group that never ends": (KEY + b"\x7b", None),
    "32,768 unknown fields": (KEY + b"\x78\x01" * 32_768, None),
    "100,000 groups": (KEY + b"\x7b" * 100_000, None),
    "JSON": (b'{"path":"a"}', None),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_hand_made_bytes(agent, name):
    body, path = PAYLOADS[name]
    answer = post(agent, "GetKey", body)
    if path is None:
        error(answer)
    else:
        assert answer.status == 200, answer
        expected = oracle.get_key(agent.app_keys, path, "", "")
        assert MESSAGES["GetKeyResponse"].FromString(answer.body).key.hex() == expected["key"]


def test_booleans_are_varints(agent):
    """Any varint except zero is true (protobuf's encoding guide)."""
    for value, usage in ((b"\x00", False), (b"\x01", True), (b"\x02", True), (b"\x80\x01", True)):
        answer = post(agent, "GetTlsKey", b"\x0a\x01a\x20" + value)
        assert answer.status == 200
        pem = MESSAGES["GetTlsKeyResponse"].FromString(answer.body).certificate_chain[0]
        oids = {extension.oid for extension in x509.load_pem_x509_certificate(pem.encode()).extensions}
        assert (x509.ExtensionOID.EXTENDED_KEY_USAGE in oids) is usage


def test_errors_are_messages(agent):
    assert "Unsupported algorithm" in error(
        post(agent, "GetKey", MESSAGES["GetKeyArgs"](algorithm="rsa").SerializeToString()))
    assert "requires a 32-byte digest" in error(
        post(agent, "Sign", MESSAGES["SignRequest"](algorithm="secp256k1_prehashed", data=b"a").SerializeToString()))
    assert "Service not found" in error(post(agent, "NoSuchMethod", b""), 404)
