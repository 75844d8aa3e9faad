"""GetTlsKey: keys, names, usages and the chain, checked by OpenSSL and by Python's cryptography."""

import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from api import Api
from certificates import USAGE, Issued, issue


@pytest.mark.smoke
def test_an_ordinary_server_certificate(api, tmp_path):
    issued = issue(api, subject="example.com", alt_names=["example.com"], usage_server_auth=True)
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_hostname", "example.com")
    leaf = issued.leaf
    assert leaf.version == x509.Version.v3
    assert leaf.signature_algorithm_oid == SignatureAlgorithmOID.ECDSA_WITH_SHA256
    assert isinstance(leaf.signature_hash_algorithm, hashes.SHA256)
    assert isinstance(leaf.public_key().curve, ec.SECP256R1)
    assert issued.common_names == ["example.com"] and len(list(leaf.subject)) == 1
    assert leaf.issuer == issued.root.subject


def test_the_key_is_pkcs8_and_matches(api):
    issued = issue(api, subject="key")
    assert issued.key_pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert issued.key_pem.endswith("-----END PRIVATE KEY-----\n")
    assert all(len(line) <= 64 for line in issued.key_pem.splitlines())
    assert isinstance(issued.key.curve, ec.SECP256R1)
    assert issued.key.public_key() == issued.leaf.public_key()


def test_the_chain_is_the_leaf_and_the_authority_of_the_keys_file(api):
    issued = issue(api, subject="chain")
    assert issued.root == x509.load_pem_x509_certificate(api.agent.app_keys["ca_cert"].encode())
    issued.leaf.verify_directly_issued_by(issued.root)
    assert [name.value for name in issued.root.subject] == ["App Root Cert"]


def test_every_call_gives_a_fresh_key_and_serial(api):
    issued = [issue(api, subject="same") for _ in range(20)]
    assert len({one.key_pem for one in issued}) == 20
    serials = {one.leaf.serial_number for one in issued}
    assert len(serials) == 20
    # RFC 5280: positive, at most 20 octets. At least 64 random bits, so none of these is short.
    assert all(2**32 < serial < 2**159 for serial in serials)


def test_extensions(api):
    issued = issue(api, subject="extensions", alt_names=["a.example"], usage_server_auth=True)
    usage = issued.extension(ExtensionOID.KEY_USAGE)
    fields = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
              "key_cert_sign", "crl_sign")
    assert [field for field in fields if getattr(usage.value, field)] == ["digital_signature"]
    constraints = issued.extension(ExtensionOID.BASIC_CONSTRAINTS)
    assert constraints is None or constraints.value.ca is False
    authority = issued.extension(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    root = issued.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert authority.value.key_identifier == root.value.digest
    custom = issued.extension(USAGE)
    assert custom.critical is False and custom.value.value == b"\x04\x0aapp:custom"
    own = {extension.oid.dotted_string for extension in issued.leaf.extensions if "62397" in extension.oid.dotted_string}
    assert own == {USAGE.dotted_string}


SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@pytest.mark.parametrize("fields, usages", [
    ({}, set()),
    ({"usage_server_auth": False, "usage_client_auth": False}, set()),
    ({"usage_server_auth": True}, {SERVER}),
    ({"usage_client_auth": True}, {CLIENT}),
    ({"usage_server_auth": True, "usage_client_auth": True}, {SERVER, CLIENT}),
])
def test_extended_key_usage(api, tmp_path, fields, usages):
    issued = issue(api, subject="usage", **fields)
    extension = issued.extension(ExtensionOID.EXTENDED_KEY_USAGE)
    assert (set(extension.value) if extension else set()) == usages
    for purpose, usage in (("sslserver", SERVER), ("sslclient", CLIENT)):
        result = issued.openssl_verify(tmp_path, "-x509_strict", "-purpose", purpose)
        allowed = not usages or usage in usages
        assert (result.returncode == 0) is allowed, result.stderr


ADDRESSES = [
    ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ("::", "::"), ("::1", "::1"), ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::ffff:0:0", "0.0.0.0"), ("::FFFF:c000:201", "192.0.2.1"),
    ("::192.0.2.1", "::c000:201"), ("::fffe:192.0.2.1", "::fffe:c000:201"), ("::ffff:0:192.0.2.1", "::ffff:0:c000:201"),
]
NAMES = [
    "example.com", "*.example.com", "localhost", "a" * 63 + ".example", "xn--e1afmkfd.example",
    "under_score.example", "MIXED.Example", "256.0.0.1",
    "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/32", "[::1]", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::g",
    "1::2::3", "12345::", "fe80::1%eth0", "0x7f.1",
]


@pytest.mark.parametrize("text, address", ADDRESSES)
def test_addresses(api, tmp_path, text, address):
    issued = issue(api, subject="address", alt_names=[text], usage_server_auth=True)
    [(kind, value)] = issued.alt_names
    assert kind == "IPAddress"
    assert ipaddress.ip_address(value) == ipaddress.ip_address(address)
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_ip", address)


@pytest.mark.parametrize("method", ["GetTlsKey", "v0/GetTlsKey", "v1/IssueCert", "DeriveKey"])
def test_mapped_addresses(agent, method):
    """An IPv4-mapped IPv6 address is written as four octets, whoever makes the certificate, because some readers refuse the long form."""
    names = ["::ffff:10.0.0.5", "::ffff:0:0", "::10.0.0.5"]
    derived = Api(agent)
    if method == "DeriveKey":
        derived.address, method = f"{agent.directory}/tappd.sock", "prpc/DeriveKey"
    issued = Issued(derived.ok(method, path="a", alt_names=names) if "Derive" in method else derived.ok(method, alt_names=names))
    assert issued.alt_names == [("IPAddress", "10.0.0.5"), ("IPAddress", "0.0.0.0"), ("IPAddress", "::a00:5")]


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_dns_names(api, name):
    assert issue(api, subject="name", alt_names=[name]).alt_names == [("DNSName", name)]


def test_mixed_names_keep_their_order(api, tmp_path):
    issued = issue(api, subject="mixed", alt_names=["b.example", "192.0.2.1", "a.example", "2001:db8::1", "b.example"])
    assert issued.alt_names == [
        ("DNSName", "b.example"), ("IPAddress", "192.0.2.1"), ("DNSName", "a.example"), ("IPAddress", "2001:db8::1"),
        ("DNSName", "b.example")]
    issued.assert_verifies(tmp_path, "-verify_hostname", "a.example")


def test_a_hundred_names(api, tmp_path):
    names = [f"host-{number}.a-rather-long-domain-name.example" for number in range(100)]
    issued = issue(api, subject="hundred", alt_names=names, usage_server_auth=True)
    assert issued.alt_names == [("DNSName", name) for name in names]
    issued.assert_verifies(tmp_path, "-purpose", "sslserver", "-verify_hostname", names[99])


def test_no_names_is_no_extension(api, tmp_path):
    issued = issue(api, subject="no names", alt_names=[])
    assert issued.extension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME) is None
    issued.assert_verifies(tmp_path)


def test_the_limit_of_names(api, tmp_path):
    """256 names, each of 250 characters; one more is refused, and so are as many as fit in a body."""
    names = [f"{number:03}." + "a" * 63 + ("." + "b" * 60) * 3 for number in range(256)]
    issued = issue(api, subject="many", alt_names=names)
    assert issued.alt_names == [("DNSName", name) for name in names]
    issued.assert_verifies(tmp_path)
    for count in (257, 17_000):
        api.refused("GetTlsKey", alt_names=["a.example"] * count)


@pytest.mark.parametrize("name", ["", "a b.example", "a\tb", "a.example\n", "\x7f"])
def test_names_that_are_no_names_are_refused(api, name):
    api.refused("GetTlsKey", subject="name", alt_names=[name])


@pytest.mark.parametrize("name", ["é.example", "пример.рф", "a.example\u0080", "\U0001f511"])
def test_names_that_are_not_ascii_are_refused(api, name):
    api.refused("GetTlsKey", subject="name", alt_names=["a.example", name])


@pytest.mark.parametrize("field", ["subject", "alt_names"])
def test_a_nul_cannot_cut_a_name_short(api, field):
    """Either an error or the whole name, never just the part before the NUL."""
    name = "good.example\0.evil.example"
    status, body = api.call("GetTlsKey", **{field: name if field == "subject" else [name]})
    if status == 200:
        issued = Issued(body)
        assert (issued.common_names if field == "subject" else [text for _, text in issued.alt_names]) == [name]
    else:
        assert status == 400 and list(body) == ["error"]


SUBJECTS = [
    "a", "a" * 64, "example.com", "with space", "a,b", "x,O=Evil", "CN=inner", "a+b", "a=b", "semi;colon", "back\\slash",
    "quote\"d", "#0500", " leading", "trailing ", "<tag>", "/CN=a/O=b", "Ünïcödé", "名前", "🔑" * 16,
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_subject_is_one_common_name_taken_literally(api, tmp_path, subject):
    issued = issue(api, subject=subject)
    assert issued.common_names == [subject] and len(list(issued.leaf.subject)) == 1
    issued.assert_verifies(tmp_path)


@pytest.mark.parametrize("subject", ["a" * 65, "a" * 10_000, "é" * 65])
def test_a_common_name_has_at_most_64_characters(api, subject):
    api.refused("GetTlsKey", subject=subject)


def test_an_empty_subject(api, tmp_path):
    """No certificate may have an empty subject and no other name: the key's identifier takes its place."""
    for names in ([], ["a.example"]):
        issued = issue(api, subject="", alt_names=names, usage_server_auth=True)
        identifier = issued.extension(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value.digest
        assert issued.common_names == [identifier.hex()]
        issued.assert_verifies(tmp_path, "-purpose", "sslserver")
    issued.assert_verifies(tmp_path, "-verify_hostname", "a.example")


@pytest.mark.parametrize("option", ["usage_ra_tls", "with_app_info"])
def test_what_needs_evidence_is_refused(api, option):
    """A certificate that should carry evidence is not issued without it."""
    status, body = api.call("GetTlsKey", subject="evidence", **{option: True})
    assert status in (400, 500, 501, 503) and list(body) == ["error"]


def test_a_tls_handshake_with_both_sides_certified(api, tmp_path):
    """Python's ssl accepts the key and chain, as server and as client, and the names."""
    contexts = {}
    for side, protocol in (("server", ssl.PROTOCOL_TLS_SERVER), ("client", ssl.PROTOCOL_TLS_CLIENT)):
        issued = issue(api, subject=side, alt_names=[side + ".example"], **{f"usage_{side}_auth": True})
        (tmp_path / side).write_text(issued.key_pem + "".join(pem.strip() + "\n" for pem in issued.chain_pem))
        contexts[side] = ssl.SSLContext(protocol)
        contexts[side].load_cert_chain(tmp_path / side)
        contexts[side].load_verify_locations(cadata=issued.chain_pem[1])
        contexts[side].verify_mode = ssl.CERT_REQUIRED
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = contexts["server"].wrap_bio(to_server, to_client, server_side=True)
    client = contexts["client"].wrap_bio(to_client, to_server, server_hostname="server.example")
    waiting = [client, server]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
    assert not waiting
    assert (("commonName", "client"),) in server.getpeercert()["subject"]
    assert ("DNS", "server.example") in client.getpeercert()["subjectAltName"]
