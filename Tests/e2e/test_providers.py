"""What each key provider can and cannot do, beyond GetKey and Sign."""

import pytest

from api import Api


@pytest.mark.parametrize("fields", [{}, {"subject": "name", "usage_server_auth": True}])
def test_kms_certificates_are_refused_clearly(kms_agent, fields):
    """Certificates of a KMS are signed by the KMS, which is not asked yet."""
    status, body = Api(kms_agent).call("GetTlsKey", **fields)
    assert status in (400, 500, 501, 503)
    assert "kms" in body["error"].lower()


def test_local_authorities_issue_certificates(provider_agent):
    if "Kms" in provider_agent.app_keys["key_provider"]:
        pytest.skip("not a local authority")
    answer = Api(provider_agent).ok("GetTlsKey", subject="name")
    assert answer["certificate_chain"][1].strip() == provider_agent.app_keys["ca_cert"].strip()
