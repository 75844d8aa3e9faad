"""curl, in every form that the documentation of the API shows."""

import json
import subprocess

import pytest

import oracle
from certificates import Issued
from messages import MESSAGES


@pytest.fixture
def curl(agent):
    def run(*arguments, stdin: bytes = b"") -> tuple:
        """(status, body); -g because brackets are meant literally."""
        result = subprocess.run(
            ["curl", "-sS", "-g", "--max-time", "10", "--unix-socket", agent.socket, "-w", "\n%{http_code}", *arguments],
            input=stdin, capture_output=True, timeout=15)
        assert result.returncode == 0, result.stderr
        body, _, status = result.stdout.rpartition(b"\n")
        return int(status), body

    return run


URL = "http://dstack"
EXPECTED = ("my/key/path", "mainnet", "secp256k1")


def assert_key(agent, answer, path=EXPECTED[0], purpose=EXPECTED[1], algorithm=EXPECTED[2]):
    status, body = answer
    assert status == 200, body
    assert json.loads(body) == oracle.get_key(agent.app_keys, path, purpose, algorithm)


FIELDS = json.dumps({"path": EXPECTED[0], "purpose": EXPECTED[1], "algorithm": EXPECTED[2]})


@pytest.mark.smoke
def test_post_json(curl, agent):
    assert_key(agent, curl("-X", "POST", "-H", "Content-Type: application/json", "-d", FIELDS, URL + "/GetKey"))


@pytest.mark.smoke
def test_get_with_a_query(curl, agent):
    """With an unescaped / in a value, as people write it."""
    assert_key(agent, curl(URL + "/GetKey?path=my/key/path&purpose=mainnet&algorithm=secp256k1"))


@pytest.mark.parametrize("flag", ["json", "json=", "json=1", "json=true"])
def test_post_with_the_json_flag(curl, agent, flag):
    """-d alone says application/x-www-form-urlencoded."""
    assert_key(agent, curl("-d", FIELDS, f"{URL}/GetKey?{flag}"))


def test_form_encoding(curl, agent):
    path, purpose = "a b/ü&=+%/🔑?#", "100% + more"
    answer = curl("-G", "--data-urlencode", "path=" + path, "--data-urlencode", "purpose=" + purpose, URL + "/GetKey")
    assert_key(agent, answer, path, purpose, "")


def test_plus_is_a_space(curl, agent):
    assert_key(agent, curl(URL + "/GetKey?path=a+b%2Bc&purpose=%20"), "a b+c", " ", "")


@pytest.mark.parametrize("query", [
    "alt_names[0]=a.example&alt_names[1]=192.0.2.1",
    "alt_names[]=a.example&alt_names[]=192.0.2.1",
    "alt_names%5B0%5D=a.example&alt_names%5B1%5D=192.0.2.1",
    "alt_names%5B%5D=a.example&alt_names%5b%5d=192.0.2.1",
])
def test_lists_in_a_query(curl, query):
    status, body = curl(f"{URL}/GetTlsKey?subject=a.example&{query}&usage_server_auth=true&not_after=4000000000")
    assert status == 200, body
    issued = Issued(json.loads(body))
    assert issued.alt_names == [("DNSName", "a.example"), ("IPAddress", "192.0.2.1")]
    assert issued.leaf.not_valid_after_utc.timestamp() == 4_000_000_000


def test_signing_with_hex_in_a_query(curl, agent):
    status, body = curl(URL + "/Sign?algorithm=ed25519&data=0xABCD")
    assert (status, json.loads(body)) == (200, oracle.sign(agent.app_keys, "ed25519", b"\xab\xcd"))


@pytest.mark.smoke
def test_post_protobuf(curl, agent):
    message = MESSAGES["GetKeyArgs"](path=EXPECTED[0], purpose=EXPECTED[1]).SerializeToString()
    status, body = curl("--data-binary", "@-", "-H", "Content-Type: application/octet-stream", URL + "/GetKey", stdin=message)
    assert status == 200
    expected = oracle.get_key(agent.app_keys, *EXPECTED)
    assert MESSAGES["GetKeyResponse"].FromString(body).key.hex() == expected["key"]


@pytest.mark.parametrize("arguments", [
    ("-X", "POST", "?json"), ("-d", "", "?json"), ("-d", "{}", "?json"), ("",),
    ("-H", "Content-Type: application/json", "-d", "{}", ""),
])
def test_version_in_every_form(curl, arguments):
    *options, query = arguments
    status, body = curl(*options, URL + "/Version" + query)
    assert status == 200 and set(json.loads(body)) == {"version", "rev"}


def test_two_requests_on_one_connection(curl):
    status, body = curl(URL + "/GetKey?path=1", URL + "/GetKey?path=2", "-w", "\n%{num_connects}")
    assert body.count(b'"signature_chain"') == 2 and status == 0, "the second request made a new connection"


def test_expect_100_continue(curl, agent):
    assert_key(agent, curl("-H", "Expect: 100-continue", "-H", "Content-Type: application/json", "-d", FIELDS, URL + "/GetKey"))


@pytest.mark.parametrize("url", ["//GetKey", "/v0//GetKey/"])
def test_uploads(curl, agent, url):
    """With -T - the length is unknown, so the body is chunked; above 1 MiB curl would send Expect first."""
    options = ("-X", "POST", "-T", "-", "-H", "Content-Type: application/json")
    assert_key(agent, curl(*options, URL + url.rstrip("/"), stdin=FIELDS.encode()))
    assert_key(agent, curl(*options, "-H", "Expect: 100-continue", URL + url.rstrip("/"), stdin=FIELDS.encode() + b" " * 900_000))
    status, _ = curl(*options, URL + url.rstrip("/"), stdin=b" " * 2_000_000)
    assert status == 413


def test_a_body_above_the_limit(curl):
    """Above 1 MiB curl sends Expect first, and must be refused."""
    status, body = curl("-H", "Content-Type: application/json", "--data-binary", "@-", URL + "/GetKey", stdin=b" " * 2_000_000)
    assert status == 413 and list(json.loads(body)) == ["error"]


def test_http_1_0(curl):
    status, body = curl("--http1.0", URL + "/Version")
    assert status == 200 and json.loads(body)["version"]


def test_errors(curl):
    status, body = curl(URL + "/GetKey?algorithm=rsa")
    assert status == 400 and "Unsupported algorithm" in json.loads(body)["error"]
    status, body = curl(URL + "/NoSuchMethod")
    assert status == 404 and "Service not found" in json.loads(body)["error"]
