"""What each key provider can and cannot do, beyond GetKey and Sign."""

import pytest

from api import Api
from certificates import issue


@pytest.mark.parametrize("fields", [{}, {"subject": "name", "usage_server_auth": True}])
def test_kms_certificates_need_evidence(kms_agent, fields):
    """A KMS requires evidence for every certificate that it signs."""
    assert "not a TDX guest" in Api(kms_agent).refused("GetTlsKey", 500, **fields)


@pytest.mark.parametrize("provider", ["none", "local", "tpm"])
def test_local_authorities_issue_certificates(new_agent, provider):
    agent = new_agent(keys=provider).start()
    issued = issue(Api(agent), subject="name")
    assert issued.chain_pem[1].strip() == agent.app_keys["ca_cert"].strip()
    issued.leaf.verify_directly_issued_by(issued.root)
