"""Certificates signed by a KMS; a misbehaving KMS causes no failures but those of its own calls."""

import concurrent.futures
import contextlib
import os
import threading
import time

import pytest
from cryptography import x509
from dstack_sdk import DstackClient

import fake_kms
import wire
from api import Api
from callers import Crowd
from certificates import Issued, issue, own_extension, own_extensions
from fake_kms import FakeKMS
from startup import Startup
from verifier import Verifier

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def kms(simulator):
    with FakeKMS(Verifier(simulator.state)) as kms:
        yield kms


@pytest.fixture
def guest(kms, simulator, tmp_path):
    """A guest that got its keys from the KMS."""
    guest = Startup(simulator, tmp_path)
    guest.offer({"key_provider": "kms", "key_provider_id": fake_kms.PROVIDER_ID.hex()}, kms_urls=[kms.url])
    guest.succeed()
    return guest


@pytest.fixture
def agent(guest, simulator, new_agent):
    """An agent that serves, with its own certificate signed."""
    agent = guest.configure(new_agent(prefix=simulator.prefix))
    api = Api(agent.start())
    agent.wait_until(lambda: api.ok("Info")["app_cert"], "the app certificate")
    return agent


@pytest.fixture
def api(agent):
    return Api(agent)


@pytest.mark.smoke
def test_a_chain_of_the_kms(agent, kms, tmp_path):
    """Through the SDK: the chain verifies under the CA of the KMS."""
    answer = DstackClient(agent.socket).get_tls_key("kms", alt_names=["a.example"], usage_server_auth=True)
    issued = Issued({"key": answer.key, "certificate_chain": answer.certificate_chain})
    assert issued.leaf.public_key() == issued.key.public_key()
    assert (tmp_path / "ca.pem").write_text(kms.ca) and issued.chain_pem[1] == kms.ca
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_hostname", "a.example")
    assert issued.common_names == ["kms"]
    assert sorted(own_extensions(issued.leaf)) == [3, 4]
    # one connection for each certificate, with the same evidence of the guest
    assert kms.methods == ["GetTempCaCert", "GetAppKey", "SignCert", "SignCert"]
    assert kms.calls[2][1] == kms.calls[3][1]


def test_the_app_certificate(agent, api, kms):
    certificates = x509.load_pem_x509_certificates(api.ok("Info")["app_cert"].encode())
    assert certificates[0].subject.rfc4514_string() == "CN=demo-cert"
    assert own_extension(certificates[0], 8)
    certificates[0].verify_directly_issued_by(certificates[1])
    assert certificates[1] == x509.load_pem_x509_certificate(kms.ca.encode())


def test_what_is_asked_for(api):
    issued = issue(api, subject="ra", usage_ra_tls=True, usage_client_auth=True, with_app_info=True, not_before=86400,
                   not_after=4102444800)
    assert sorted(own_extensions(issued.leaf)) == [3, 4, 8, 9]
    assert (issued.leaf.not_valid_before_utc.timestamp(), issued.leaf.not_valid_after_utc.timestamp()) == (86400, 4102444800)
    assert api.refused("GetTlsKey", alt_names=["ü"])


def test_names_are_told_as_they_came(api):
    """Names are passed on unchanged: the KMS decides which of them are addresses."""
    names = ["a.example", "::ffff:10.0.0.5", "::10.0.0.5", "10.0.0.5"]
    assert [name for _, name in issue(api, alt_names=names).alt_names] == names


def tries(kms) -> int:
    return kms.methods.count("SignCert")


def test_a_new_identity_after_a_failure(api, kms):
    """The KMS may refuse the evidence, or its age: an identity that was good is kept, any other is replaced."""
    api.ok("GetTlsKey", subject="kept")
    kms.raw["SignCert"] = ANSWER % 2 + b"{}"
    api.refused("GetTlsKey", subject="refused", status=500)
    del kms.raw["SignCert"]
    for _ in range(2):
        api.ok("GetTlsKey", subject="again")
    shown = kms.certificates[-4:]
    assert shown[0] == shown[1] != shown[2] == shown[3]


def test_a_good_identity_is_kept(api, kms, simulator):
    """Even after the app has emitted so much that a new one would be too long for TLS, and whatever the KMS answers then."""
    api.ok("GetTlsKey", subject="good")
    good = kms.certificates[-1]
    for _ in range(5):
        api.ok("EmitEvent", event="long", payload="ab" * 2048)
    for fault in (ANSWER % 2 + b"{}", b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"):
        kms.raw["SignCert"] = fault
        for _ in range(3):
            assert api.refused("GetTlsKey", 500) != ""
        del kms.raw["SignCert"]
        for _ in range(2):
            issue(api, subject="again", usage_ra_tls=True)
    kms.stop()
    api.refused("GetTlsKey", 500)
    kms.start()
    issue(api)
    assert kms.certificates[-1] == good and set(kms.certificates[2:]) == {good}


def test_a_new_identity_that_is_refused(api, kms):
    """It does not replace one that was good; both are tried in turn until one is accepted again."""
    api.ok("GetTlsKey", subject="good")
    kms.raw["SignCert"] = ANSWER % 2 + b"{}"
    for _ in range(4):
        api.refused("GetTlsKey", 500)
    del kms.raw["SignCert"]
    for _ in range(2):
        api.ok("GetTlsKey", subject="again")
    good, first, second, third, fourth, *last = kms.certificates[-7:]
    assert good == first == third and len({good, second, fourth}) == 3
    assert last == [good, good]


def test_a_ca_that_is_only_shown(api, kms, simulator):
    """A CA that is only shown beside the trusted one counts for nothing."""
    kms.stop()
    with FakeKMS(Verifier(simulator.state), port=kms.port, intermediate="shown") as other:
        issue(api)
        assert other.methods == ["SignCert"]


def chain(*pems) -> bytes:
    body = b'{"certificate_chain":[' + b",".join(b'"%s"' % pem.encode().replace(b"\n", b"\\n") for pem in pems) + b"]}"
    return ANSWER % len(body) + body


@pytest.mark.parametrize("answer, problem", [
    (b"hello\r\n\r\n", "the answer is not HTTP"),
    (ANSWER % (1 << 20) + b" " * (1 << 20), "the answer is too large"),
    (ANSWER % 1 + b"{", "expected a JSON string at byte 1"),
    (ANSWER % 2 + b"{}", "the answer is not a certificate for the key"),
    (chain(fake_kms.KEYS["ca_cert"]), "the answer is not a certificate for the key"),
    (chain("x"), "no PEM block of the expected type"),
    (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "refused (500)"),
    (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "refused (400)"),
])
def test_bad_answers(api, kms, answer, problem):
    before = tries(kms)
    kms.raw["SignCert"] = answer
    assert api.refused("GetTlsKey", 500) == "KMS: " + problem
    assert tries(kms) == before + 1
    del kms.raw["SignCert"]
    issue(api)


def test_a_kms_that_is_away_for_a_while(api, kms, guest, simulator):
    kms.stop()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(api.call, "GetTlsKey")
        kms.start()
        assert answer.result()[0] == 200


def test_a_kms_that_is_down(api, kms):
    kms.stop()
    begin = time.monotonic()
    assert api.refused("GetTlsKey", 500) == "KMS: no connection: connection refused"
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize("options, problem", [
    ({"usage": "app:custom"}, "the server's certificate does not belong to a KMS"),
    ({"days": -1}, "the server's certificate has expired"),
    ({"root": fake_kms.OTHER}, "the server's certificate is not trusted"),
    ({"alt_names": ["127.0.0.2"]}, "the server's certificate is for another address"),
    ({"intermediate": "issuer"}, "the server's certificate was issued by an intermediate CA, not by the trusted one"),
    ({"intermediate": "issuer", "root": fake_kms.OTHER}, "the server's certificate is not trusted"),
])
def test_another_in_its_place(api, kms, simulator, options, problem):
    """Nothing is requested from it."""
    kms.stop()
    with FakeKMS(Verifier(simulator.state), port=kms.port, **options) as other:
        assert api.refused("GetTlsKey", 500).startswith("KMS: " + problem)
        assert other.methods == []


@pytest.mark.parametrize("fault, problem", [("reset", "the connection broke: connection reset"), ("plain", "TLS failed")])
def test_no_tls(api, kms, fault, problem):
    kms.fault = fault
    assert api.refused("GetTlsKey", 500).startswith("KMS: " + problem)


def order(subject: str) -> bytes:
    return wire.request("POST", "/GetTlsKey", b'{"subject":"%s"}' % subject.encode(), wire.JSON_HEADER)


@pytest.mark.skipif(os.getuid() != 0, reason="becomes another user")
def test_callers_take_turns(agent, api, kms):
    """However many certificates one caller wants, another's goes to the KMS at once. One that nobody waits for any more does not."""
    before = len(kms.ordered)
    kms.gate = threading.Semaphore(0)
    with contextlib.ExitStack() as stack:
        for number in range(6):
            stack.enter_context(Crowd(agent.socket, 1, order(f"greedy {number}").decode()))
        agent.wait_until(lambda: len(kms.ordered) == before + 2, "two calls of a user at once")
        mine, left = (stack.enter_context(wire.Wire(agent.socket)) for _ in range(2))
        mine.send(order("mine"))
        agent.wait_until(lambda: kms.ordered[-1] == "mine", "the other user's call")
        # the group has its three
        left.send(order("left"))
        # its quote comes after those of all certificates
        api.ok("GetQuote", report_data="00")
        left.close()
        # answered after that has been noticed
        api.ok("Version")
        assert len(kms.ordered) == before + 3
        kms.gate.release(7)
        assert mine.final().status == 200
        agent.wait_until(lambda: len(kms.ordered) == before + 7, "the last calls")
    assert "left" not in kms.ordered
    kms.gate = None
    issue(api)


def patiently(api) -> tuple:
    """A GetTlsKey call that waits longer than the SDKs do."""
    with wire.Wire(api.address, timeout=40) as connection:
        connection.send(wire.request("POST", "/GetTlsKey", b"{}", wire.JSON_HEADER))
        response = connection.final()
        return response.status, response.json()


@pytest.mark.slow
@pytest.mark.parametrize("fault, least, most", [("silent", 5, 10), ("mute", 20, 26)])
def test_nobody_else_waits(api, kms, fault, least, most):
    """While certificates wait for a silent KMS, keys and quotes are answered at once, and certificates beyond the limit in time."""
    kms.fault = fault
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(patiently, api) for _ in range(2)]
        api.agent.wait_until(lambda: kms.connections.count(fault) == 2, "two connections")
        assert api.refused("GetTlsKey", 503) == "too many certificates are requested from the KMS at present"
        slowest = 0
        for index in range(200):
            start = time.monotonic()
            api.ok("GetKey", path=str(index))
            slowest = max(slowest, time.monotonic() - start)
        api.ok("GetQuote", report_data="00")
        assert [answer.result() for answer in waiting] == [(500, {"error": "KMS: no answer in time"})] * 2
    assert least <= time.monotonic() - begin < most
    assert slowest < 1
    kms.fault = None
    issue(api)


def test_a_kms_that_comes_later(guest, kms, simulator, new_agent):
    """The agent serves without its app certificate, and asks again when somebody wants it."""
    kms.stop()
    agent = guest.configure(new_agent(prefix=simulator.prefix))
    api = Api(agent.start())
    agent.wait_until(lambda: "no app certificate: KMS: no connection: connection refused" in agent.stderr, "the failure")
    agent.expected = [line for line in agent.stderr.splitlines() if "no app certificate" in line]
    assert api.ok("Info")["app_cert"] == ""
    kms.start()
    issue(api)
