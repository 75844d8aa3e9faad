"""What each key provider can and cannot do, beyond GetKey and Sign."""

import pytest

from api import Api
from certificates import issue


@pytest.mark.parametrize("fields", [{}, {"subject": "name", "usage_server_auth": True}])
def test_kms_certificates_are_refused_clearly(kms_agent, fields):
    """Certificates of a KMS are signed by the KMS, which is not asked yet."""
    status, body = Api(kms_agent).call("GetTlsKey", **fields)
    assert status in (400, 500, 501, 503)
    assert "kms" in body["error"].lower()


@pytest.mark.parametrize("provider", ["none", "local", "tpm"])
def test_local_authorities_issue_certificates(new_agent, provider):
    agent = new_agent(keys=provider).start()
    issued = issue(Api(agent), subject="name")
    assert issued.chain_pem[1].strip() == agent.app_keys["ca_cert"].strip()
    issued.leaf.verify_directly_issued_by(issued.root)
