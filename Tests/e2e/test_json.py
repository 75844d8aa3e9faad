"""The JSON form of prpc: RFC 8259 to the letter, from a hostile client."""

import json

import pytest

import oracle
import wire
from api import error_text

# The path that GetKey must read from these bytes, or None if they must be refused.
TEXTS = {
    "empty body": (b"", ""),
    "empty object": (b"{}", ""),
    "white space": (b" \t\r\n{ \t\r\n} \t\r\n", ""),
    "white space everywhere": (b' { "path" : "a" , "purpose" : "" } ', "a"),
    "only white space": (b" \n", None),
    "vertical tab": (b"\x0b{}", None),
    "form feed": (b"{}\x0c", None),
    "no-break space": ("\u00a0{}".encode(), None),
    "byte order mark": (b"\xef\xbb\xbf{}", None),
    "UTF-16": ("{}".encode("utf-16-le"), None),
    "UTF-32": ("{}".encode("utf-32-be"), None),
    "two documents": (b"{}{}", None),
    "two documents, apart": (b"{} {}", None),
    "trailing comma in the document": (b"{},", None),
    "trailing word": (b"{}x", None),
    "trailing NUL": (b"{}\0", None),
    "trailing brace": (b"{}}", None),
    "null document": (b"null", None),
    "list document": (b"[]", None),
    "list of fields in order": (b'["a","",""]', None),
    "string document": (b'"a"', None),
    "number document": (b"1", None),
    "true document": (b"true", None),
    "unfinished object": (b"{", None),
    "unfinished name": (b'{"path', None),
    "unfinished member": (b'{"path":', None),
    "unfinished string": (b'{"path":"a', None),
    "unfinished escape": (b'{"path":"a\\', None),
    "no end of the object": (b'{"path":"a"', None),
    "comma at the end": (b'{"path":"a",}', None),
    "comma at the start": (b'{,"path":"a"}', None),
    "two commas": (b'{"path":"a",,"purpose":""}', None),
    "no comma": (b'{"path":"a" "purpose":""}', None),
    "no colon": (b'{"path" "a"}', None),
    "two colons": (b'{"path"::"a"}', None),
    "no value": (b'{"path":}', None),
    "single quotes": (b"{'path':'a'}", None),
    "name without quotes": (b'{path:"a"}', None),
    "number for a name": (b'{1:"a"}', None),
    "line comment": (b'{"path":"a"}//', None),
    "block comment": (b'{/**/"path":"a"}', None),
    "closing bracket of another kind": (b'{"path":"a"]', None),
}
STRINGS = {
    "escapes": (rb'{"path":"\"\\\/\b\f\n\r\t"}', '"\\/\b\f\n\r\t'),
    "escaped letter": (rb'{"path":"\u0061"}', "a"),
    "escaped in either case": (rb'{"path":"\u00Ea\u00eA"}', "\u00ea\u00ea"),
    "escaped NUL": (rb'{"path":"a\u0000b"}', "a\0b"),
    "escaped pair": (rb'{"path":"\ud83d\udd11"}', "\U0001f511"),
    "first and last pair": (rb'{"path":"\ud800\udc00\udbff\udfff"}', "\U00010000\U0010ffff"),
    "escaped noncharacter": (rb'{"path":"\uffff\ufffe"}', "\uffff\ufffe"),
    "raw UTF-8": ('{"path":"é測\U0001f511"}'.encode(), "é測\U0001f511"),
    "raw DEL": (b'{"path":"\x7f"}', "\x7f"),
    "raw line separators": ('{"path":"\u2028\u2029"}'.encode(), "\u2028\u2029"),
    "raw byte order mark inside": ('{"path":"\ufeff"}'.encode(), "\ufeff"),
    "escaped name": (rb'{"p\u0061th":"a"}', "a"),
    "empty name": (b'{"":"x","path":"a"}', "a"),
    "name in other case": (b'{"Path":"x","PATH":"y"}', ""),
    "name in camel case is unknown": (b'{"path":"a","usageRaTls":1}', "a"),
    "name with a NUL after": (rb'{"path\u0000":"x","path":"a"}', "a"),
    # The grammar of RFC 8259 allows lone surrogates; they have no UTF-8 form, so they cannot become a value or a name to compare.
    "lone surrogate in an unknown value": (rb'{"x":"\ud800","path":"a"}', "a"),
    "raw NUL": (b'{"path":"a\0b"}', None),
    "raw newline": (b'{"path":"a\nb"}', None),
    "raw tab": (b'{"path":"a\tb"}', None),
    "raw 1f": (b'{"path":"a\x1fb"}', None),
    "raw control in an unknown name": (b'{"a\x01":1}', None),
    "unknown escape": (rb'{"path":"\x61"}', None),
    "escaped quote of the other kind": (rb'{"path":"\'"}', None),
    "upper-case U": (rb'{"path":"\U0061"}', None),
    "three digits": (rb'{"path":"\u061"}', None),
    "digit out of range": (rb'{"path":"\u006g"}', None),
    "plus sign in an escape": (rb'{"path":"\u+061"}', None),
    "escape in braces": (rb'{"path":"\u{61}"}', None),
    "lone high surrogate": (rb'{"path":"\ud800"}', None),
    "lone low surrogate": (rb'{"path":"\udc00"}', None),
    "surrogates in the wrong order": (rb'{"path":"\udc00\ud800"}', None),
    "two high surrogates": (rb'{"path":"\ud800\ud800"}', None),
    "high surrogate, then a letter": (rb'{"path":"\ud800\u0061"}', None),
    "high surrogate, then another escape": (rb'{"path":"\ud800\n"}', None),
    "high surrogate, then raw text": (rb'{"path":"\ud800a"}', None),
    "lone surrogate in an unknown name": (rb'{"\udfff":1}', None),
}
UTF8 = {
    "lone continuation": b"\x80",
    "ff": b"\xff",
    "fe": b"\xfe",
    "overlong of two": b"\xc0\x80",
    "overlong of two, c1": b"\xc1\xbf",
    "overlong of three": b"\xe0\x9f\xbf",
    "overlong of four": b"\xf0\x8f\xbf\xbf",
    "surrogate": b"\xed\xa0\x80",
    "last surrogate": b"\xed\xbf\xbf",
    "surrogate pair in UTF-8": b"\xed\xa0\xbd\xed\xb4\x91",
    "above 10ffff": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "two, cut short": b"\xc3",
    "three, cut short": b"\xe6\xb8",
    "four, cut short": b"\xf0\x9f\x94",
    "Latin-1": b"\xe9t\xe9",
}
KNOWN = b'{"path":"a",%s}'
UNKNOWN = {
    # An unknown field may hold any JSON, and nothing else.
    "string": (b'"x":"y"', True),
    "null": (b'"x":null', True),
    "booleans": (b'"x":[true,false]', True),
    "numbers": (b'"x":[0,-0,1,-1,0.5,1e5,1E+5,1e-5,-0.0e0,123456789012345678901234567890]', True),
    "number too large for any float": (b'"x":1e999999', True),
    "number of 1000 digits": (b'"x":' + b"9" * 1000, True),
    "nested": (b'"x":{"a":[{"b":[]},{}]}', True),
    "known name inside": (b'"x":{"path":"b","path":1}', True),
    "name given twice": (b'"x":1,"x":2', True),
    "name given twice inside": (b'"x":{"a":1,"a":2}', True),
    "20,000 names": (b",".join(b'"x%d":1' % number for number in range(20_000)), True),
    "leading zero": (b'"x":01', False),
    "negative leading zero": (b'"x":-01', False),
    "plus sign": (b'"x":+1', False),
    "no digits": (b'"x":-', False),
    "no digits before the point": (b'"x":.5', False),
    "no digits after the point": (b'"x":5.', False),
    "no digits in the exponent": (b'"x":1e', False),
    "sign without digits in the exponent": (b'"x":1e+', False),
    "fraction in the exponent": (b'"x":1e1.5', False),
    "hexadecimal": (b'"x":0x1', False),
    "not a number": (b'"x":NaN', False),
    "infinity": (b'"x":Infinity', False),
    "negative infinity": (b'"x":-Infinity', False),
    "underscore": (b'"x":1_000', False),
    "word": (b'"x":nul', False),
    "longer word": (b'"x":nulll', False),
    "other case": (b'"x":True', False),
    "comma at the end of a list": (b'"x":[1,]', False),
    "comma at the start of a list": (b'"x":[,1]', False),
    "list without an end": (b'"x":[1', False),
    "list without a comma": (b'"x":[1 2]', False),
    "list with a colon": (b'"x":["a":1]', False),
    "comma at the end of an object": (b'"x":{"a":1,}', False),
    "object with a value only": (b'"x":{1}', False),
    "brackets crossed": (b'"x":[{]}', False),
}
FIELDS = {
    "null": (b'{"path":null}', ""),
    "null twice": (b'{"path":null,"path":null}', None),
    "null, then text": (b'{"path":null,"path":"a"}', None),
    "number": (b'{"path":1}', None),
    "true": (b'{"path":true}', None),
    "list": (b'{"path":["a"]}', None),
    "object": (b'{"path":{}}', None),
    "twice": (b'{"path":"a","path":"a"}', None),
    "twice, once escaped": (rb'{"path":"a","p\u0061th":"a"}', None),
    "twice, far apart": (b'{"path":"a",' + b'"x":1,' * 100 + b'"path":"a"}', None),
    "wrong type of another field": (b'{"path":"a","purpose":0}', None),
}


def outcome(agent, body: bytes, path):
    response = wire.post_json(agent.socket, "GetKey", body)
    if path is None:
        assert response.status == 400, response
        error_text(response.json())
    else:
        assert response.status == 200, response
        assert response.json() == oracle.get_key(agent.app_keys, path, "", "")


@pytest.mark.parametrize("name", TEXTS)
def test_documents(agent, name):
    outcome(agent, *TEXTS[name])


@pytest.mark.parametrize("name", STRINGS)
def test_strings(agent, name):
    outcome(agent, *STRINGS[name])


@pytest.mark.parametrize("name", UTF8)
def test_what_is_not_utf8(agent, name):
    """In a known value, an unknown value, and an unknown name."""
    for template in (b'{"path":"%s"}', b'{"x":"%s"}', b'{"%s":1}', b'{"path":"a%sb"}'):
        outcome(agent, template % UTF8[name], None)


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_fields(agent, name):
    text, is_json = UNKNOWN[name]
    outcome(agent, KNOWN % text, "a" if is_json else None)


@pytest.mark.parametrize("name", FIELDS)
def test_known_fields(agent, name):
    outcome(agent, *FIELDS[name])


def nested(opening: bytes, closing: bytes, count: int) -> bytes:
    return KNOWN % (b'"x":' + opening * count + b"1" + closing * count)


@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"y":', b"}")])
def test_depth(agent, opening, closing):
    """32 levels, of which the document itself is the first."""
    outcome(agent, nested(opening, closing, 31), "a")
    outcome(agent, nested(opening, closing, 32), None)
    outcome(agent, nested(opening, closing, 35_000), None)


@pytest.mark.parametrize("bomb", [b"[" * 262_000, b'{"x":' * 52_000, b'{"x":' + b"[" * 260_000, b'{"x":' + b'[{"":' * 52_000])
def test_depth_bombs(agent, bomb):
    outcome(agent, bomb, None)


def test_many_siblings_are_not_depth(agent):
    outcome(agent, KNOWN % (b'"x":[' + b"[]," * 20_000 + b"[]]"), "a")


@pytest.mark.parametrize("fields, accepted", [
    ('"usage_server_auth":true', True),
    ('"usage_server_auth":false', True),
    ('"usage_server_auth":1', False),
    ('"usage_server_auth":"true"', False),
    ('"usage_server_auth":null', True),
    ('"usage_server_auth":[]', False),
    ('"usage_server_auth":true,"usage_server_auth":true', False),
    ('"alt_names":[]', True),
    ('"alt_names":["a"]', True),
    ('"alt_names":"a"', False),
    ('"alt_names":null', True),
    ('"alt_names":null,"alt_names":["a"]', False),
    ('"alt_names":{}', False),
    ('"alt_names":{"0":"a"}', False),
    ('"alt_names":[1]', False),
    ('"alt_names":[null]', False),
    ('"alt_names":[["a"]]', False),
    ('"alt_names":["a",{}]', False),
    ('"alt_names":["a"],"alt_names":["b"]', False),
    ('"not_after":null', True),
    ('"not_after":4000000000', True),
    ('"not_after":4000000000,"not_after":4000000000', False),
    ('"not_after":null,"not_after":null', False),
    ('"not_after":4000000000.0', False),
    ('"not_after":4e9', False),
    ('"not_after":4000000000.5', False),
    ('"not_after":"4000000000"', True),
    ('"not_after":"04000000000"', True),
    ('"not_after":"4000000000.0"', False),
    ('"not_after":"-4000000000"', False),
    ('"not_after":" 4000000000"', False),
    ('"not_after":"0xee6b2800"', False),
    ('"not_after":""', False),
    ('"not_after":"18446744073709551616"', False),
    ('"not_after":"4000000000","not_after":4000000000', False),
    ('"not_after":-4000000000', False),
    ('"not_after":[4000000000]', False),
    ('"not_after":true', False),
    ('"not_before":0', True),
    ('"not_before":00', False),
    ('"not_before":+0', False),
])
def test_types(agent, fields, accepted):
    response = wire.post_json(agent.socket, "GetTlsKey", f'{{"subject":"types",{fields}}}'.encode())
    assert response.status == (200 if accepted else 400), response


def test_the_edges_of_uint64(agent):
    """2^64 - 1 has the right type but is not a date; 2^64 does not have the type, which is another error."""
    texts = {}
    for number in (2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 1, 10**19, 10**20, 10**100):
        response = wire.post_json(agent.socket, "GetTlsKey", b'{"not_after":%d}' % number)
        assert response.status == 400
        texts[number] = error_text(response.json())
    date, overflow = texts[2**64 - 1], texts[2**64]
    assert date != overflow
    for number, text in texts.items():
        assert text == (date if number < 2**64 else overflow), number


def test_hostile_bodies_leave_the_agent_as_it_was(agent):
    body = json.dumps({"path": "after"}).encode()
    assert wire.post_json(agent.socket, "GetKey", body).json() == oracle.get_key(agent.app_keys, "after", "", "")


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[]", b'"', b"garbage", b"\xff" * 1000])
@pytest.mark.parametrize("target", ["/Version", "/Version?json", "/Version?a=%zz"])
def test_methods_without_fields_take_anything(agent, target, body):
    assert wire.exchange(agent.socket, wire.request("POST", target, body)).status == 200
    assert wire.get(agent.socket, target).status == 200


@pytest.mark.parametrize("fields, reason", [
    ('"subject":1', "subject: expected a JSON string at byte 11"),
    ('"alt_names":"a"', "alt_names: expected a JSON array at byte 13"),
    ('"alt_names":[null]', "alt_names: expected a JSON string at byte 14"),
    ('"usage_ra_tls":"true"', "usage_ra_tls: expected true or false at byte 16"),
    ('"not_after":true', "not_after: expected an unsigned 64-bit integer at byte 13"),
    ('"not_after":"soon"', "not_after: expected an unsigned 64-bit integer at byte 13"),
    ('"not_after":1.5', "not_after: expected an unsigned 64-bit integer at byte 13"),
    ('"subject":"a","subject":"a"', "subject: a field is given twice"),
    ('"x":[1,]', "malformed JSON at byte 8"),
])
def test_reasons(agent, fields, reason):
    """A wrong type is reported as such; only what is not JSON is called malformed."""
    response = wire.post_json(agent.socket, "GetTlsKey", f"{{{fields}}}".encode())
    assert response.status == 400 and error_text(response.json()) == reason


def test_many_fields(agent):
    """A large body cannot consist of very many small fields, each of which has a cost."""
    outcome(agent, b'{"path":"a",' + b",".join(b'"x":0' for _ in range(32767)) + b"}", "a")
    outcome(agent, b'{"path":"a",' + b",".join(b'"x":0' for _ in range(32768)) + b"}", None)
