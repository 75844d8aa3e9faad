"""A machine that is not a TDX guest: the agent starts, keys work, and requests for evidence are told why there is none."""

import pytest

import oracle
import wire
from messages import MESSAGES

REASON = "this machine is not a TDX guest, so there is no evidence"
NO_QUOTES = "GetQuote is Intel TDX only, use Attest on this platform"
EVIDENCE = [
    ("Attest", {"report_data": "00"}),
    ("Info", {}),
    ("EmitEvent", {"event": "deployed", "payload": "00"}),
    ("GetTlsKey", {"usage_ra_tls": True}),
    ("GetTlsKey", {"with_app_info": True}),
]


@pytest.mark.smoke
@pytest.mark.parametrize("method, fields", EVIDENCE)
def test_evidence_fails_with_the_reason(api, method, fields):
    assert api.refused(method, 500, **fields) == REASON


@pytest.mark.parametrize("fields", [{"report_data": "00"}, {}])
def test_quotes_fail_as_release_0_6_has_them(api, fields):
    assert api.refused("GetQuote", 500, **fields) == NO_QUOTES


def test_the_reason_in_protobuf(agent):
    response = wire.exchange(agent.socket, wire.request("POST", "/GetQuote", b""))
    assert response.status == 500 and response.header("Retry-After") is None
    assert MESSAGES["Error"].FromString(response.body).text == NO_QUOTES


@pytest.mark.parametrize("fields", [{"event": ""}, {"event": "app-id"}, {"event": "a\nb"}, {"event": "x" * 129}])
def test_a_bad_event_is_still_the_callers_fault(api, fields):
    api.refused("EmitEvent", 400, **fields)


@pytest.mark.smoke
def test_the_rest_works(api, agent):
    assert api.ok("GetKey", path="a", purpose="b") == oracle.get_key(agent.app_keys, "a", "b", "secp256k1")
    assert len(api.ok("GetTlsKey", subject="plain", usage_server_auth=True)["certificate_chain"]) == 2
    assert api.ok("Version")["version"]


def test_it_is_told_at_the_start(agent):
    assert "<4>dstack-guest-agent: this machine is not a TDX guest: no evidence" in agent.stderr.splitlines()
