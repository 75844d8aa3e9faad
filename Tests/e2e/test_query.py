"""The query form of prpc: GET with fields in the query."""

import pytest

import oracle
import wire
from api import error_text
from certificates import Issued

# The path and purpose that GetKey must read from this query, or None if it must be refused.
QUERIES = {
    "nothing": ("", ("", "")),
    "empty value": ("path=", ("", "")),
    "no equals sign": ("path", ("", "")),
    "raw slashes": ("path=a/b//c/", ("a/b//c/", "")),
    "encoded slashes": ("path=a%2Fb%2fc", ("a/b/c", "")),
    "raw question mark": ("path=a?b", ("a?b", "")),
    "second equals sign": ("path=a=b", ("a=b", "")),
    "plus": ("path=a+b", ("a b", "")),
    "encoded plus": ("path=a%2Bb", ("a+b", "")),
    "encoded space": ("path=a%20b", ("a b", "")),
    "encoded ampersand": ("path=a%26purpose=b", ("a&purpose=b", "")),
    "encoded percent sign": ("path=%2525", ("%25", "")),
    "encoded NUL": ("path=a%00b", ("a\0b", "")),
    "encoded newline": ("path=%0d%0a", ("\r\n", "")),
    "UTF-8": ("path=%E2%9C%93%f0%9f%94%91", ("✓🔑", "")),
    "encoded name": ("p%61th=a", ("a", "")),
    "two fields": ("purpose=p&path=a", ("a", "p")),
    "empty pairs": ("&path=a&&purpose=p&", ("a", "p")),
    "unknown field": ("x=1&path=a", ("a", "")),
    "unknown field twice": ("x=1&x=2&path=a", ("a", "")),
    "unknown list": ("x[0]=1&x[]=2&path=a", ("a", "")),
    "json flag": ("json&path=a", ("a", "")),
    "json flag, off": ("json=0&path=a", ("a", "")),
    "no name": ("=x&path=a", ("a", "")),
    "semicolon is no separator": ("path=a;purpose=b", ("a;purpose=b", "")),
    "punctuation that a path may have": ("path=-._~!$'()*,:@", ("-._~!$'()*,:@", "")),
    "name in other case": ("Path=x", ("", "")),
    "field twice": ("path=a&path=a", None),
    "field twice, once encoded": ("path=a&p%61th=a", None),
    "field twice, once empty": ("path=a&path", None),
    "list for a single field": ("path[0]=a", None),
    "percent sign at the end": ("path=%", None),
    "one digit at the end": ("path=%4", None),
    "no digits": ("path=%zz", None),
    "one digit": ("path=%4z", None),
    "sign for a digit": ("path=%+1", None),
    "percent sign in a name": ("%zz=1&path=a", None),
    "not UTF-8": ("path=%ff", None),
    "overlong": ("path=%c0%80", None),
    "surrogate": ("path=%ed%a0%80", None),
    "cut short": ("path=%e2%9c", None),
}


@pytest.mark.parametrize("name", QUERIES)
def test_strings(agent, name):
    query, fields = QUERIES[name]
    response = wire.get(agent.socket, "/GetKey?" + query)
    if fields is None:
        assert response.status == 400, response
        error_text(response.json())
    else:
        assert response.status == 200, response
        assert response.json() == oracle.get_key(agent.app_keys, *fields, "")


LISTS = {
    "indices": ("alt_names[0]=a&alt_names[1]=b", ["a", "b"]),
    "empty brackets": ("alt_names[]=a&alt_names[]=b", ["a", "b"]),
    "encoded brackets": ("alt_names%5B0%5D=a&alt_names%5b1%5d=b", ["a", "b"]),
    "one": ("alt_names[0]=a", ["a"]),
    "without brackets": ("alt_names=a", ["a"]),
    "indices in another order": ("alt_names[2]=c&alt_names[0]=a&alt_names[1]=b", ["a", "b", "c"]),
    "indices with gaps": ("alt_names[4294967295]=b&alt_names[7]=a", ["a", "b"]),
    "between other fields": ("alt_names[]=a&not_before=0&alt_names[]=b", ["a", "b"]),
    "ten": ("&".join(f"alt_names[{n}]=a{n}" for n in range(12)), [f"a{n}" for n in range(12)]),
    "equal values": ("alt_names[]=a&alt_names[]=a", ["a", "a"]),
    "addresses": ("alt_names[]=::1&alt_names[]=192.0.2.1", ["::1", "192.0.2.1"]),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists(agent, name):
    query, names = LISTS[name]
    response = wire.get(agent.socket, "/GetTlsKey?subject=a&" + query)
    assert response.status == 200, response
    assert [value for _, value in Issued(response.json()).alt_names] == names


@pytest.mark.parametrize("query", [
    "alt_names[18446744073709551616]=a", "alt_names[-1]=a", "alt_names[x]=a", "alt_names[=a",
    "alt_names]=a", "alt_names[0=a", "alt_names[0][0]=a", "alt_names[0]x=a", "[0]=a", "path[0]=a"])
def test_odd_lists_do_no_harm(agent, query):
    """An error or an unknown field: nothing is allocated by the index."""
    response = wire.get(agent.socket, "/GetTlsKey?subject=a&" + query)
    assert response.status in (200, 400), response
    assert wire.get(agent.socket, "/Version").status == 200


@pytest.mark.parametrize("query, accepted", [
    ("usage_server_auth=true", True),
    ("usage_server_auth=false", True),
    ("usage_server_auth=yes", False),
    ("usage_server_auth=TRUE", False),
    ("usage_server_auth=true&usage_server_auth=true", False),
    ("not_before=0", True),
    ("not_after=4000000000", True),
    ("not_after=-1", False),
    ("not_after=4e9", False),
    ("not_after=4000000000.0", False),
    ("not_after=0xffffffff", False),
    ("not_after=18446744073709551616", False),
    ("not_after=4000000000&not_after=4000000000", False),
    ("not_after=%204000000000", False),
    ("not_after=abc", False),
])
def test_types(agent, query, accepted):
    response = wire.get(agent.socket, "/GetTlsKey?subject=types&" + query)
    assert response.status == (200 if accepted else 400), response


@pytest.mark.parametrize("data, length", [("00ff", 2), ("0x00FF", 2), ("", 0), ("0x", 0)])
def test_bytes(agent, data, length):
    response = wire.get(agent.socket, "/Sign?algorithm=ed25519&data=" + data)
    assert response.json() == oracle.sign(agent.app_keys, "ed25519", b"\x00\xff"[:length])


@pytest.mark.parametrize("data", ["0", "0x0", "xx", "00+", "00%00"])
def test_bytes_that_are_refused(agent, data):
    assert wire.get(agent.socket, "/Sign?algorithm=ed25519&data=" + data).status == 400


def test_a_post_has_its_fields_in_the_body(agent):
    """The query only says which form the body has."""
    data = wire.request("POST", "/GetKey?json&path=query", b'{"purpose":"body"}')
    assert wire.exchange(agent.socket, data).json() == oracle.get_key(agent.app_keys, "", "body", "")


def test_get_is_always_json(agent):
    data = wire.request("GET", "/GetKey?json=0", headers=["Content-Type: application/octet-stream"])
    response = wire.exchange(agent.socket, data)
    assert response.json() == oracle.get_key(agent.app_keys, "", "", "")
