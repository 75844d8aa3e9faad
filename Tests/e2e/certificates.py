"""Certificates for tests to examine, with OpenSSL's command and Python's cryptography."""

import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID, NameOID

from api import Api

OWN = "1.3.6.1.4.1.62397.1"
USAGE = x509.ObjectIdentifier(OWN + ".4")


class Issued:
    """An answer of GetTlsKey, parsed."""

    def __init__(self, answer: dict):
        assert set(answer) == {"key", "certificate_chain"}
        self.key_pem, self.chain_pem = answer["key"], answer["certificate_chain"]
        self.key = serialization.load_pem_private_key(self.key_pem.encode(), None)
        for pem in self.chain_pem:
            assert pem.count("-----BEGIN CERTIFICATE-----") == 1
        self.leaf, self.root = (x509.load_pem_x509_certificate(pem.encode()) for pem in self.chain_pem)

    @property
    def common_names(self) -> list:
        return [name.value for name in self.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]

    def extension(self, oid):
        """An extension of the leaf; None if absent."""
        try:
            return self.leaf.extensions.get_extension_for_oid(oid)
        except x509.ExtensionNotFound:
            return None

    @property
    def alt_names(self) -> list:
        """(kind, text) of each subject alternative name."""
        names = self.extension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
        return [(type(name).__name__, str(name.value)) for name in names.value] if names else []

    def openssl_verify(self, directory: pathlib.Path, *options: str) -> subprocess.CompletedProcess:
        """`openssl verify` of the leaf, with the root as the only trusted certificate."""
        for name, pem in (("leaf.pem", self.chain_pem[0]), ("root.pem", self.chain_pem[1])):
            (directory / name).write_text(pem)
        return subprocess.run(
            ["openssl", "verify", *options, "-CAfile", "root.pem", "leaf.pem"],
            cwd=directory, capture_output=True, text=True, timeout=10)

    def assert_verifies(self, directory: pathlib.Path, *options: str):
        result = self.openssl_verify(directory, "-x509_strict", *options)
        assert (result.returncode, result.stdout) == (0, "leaf.pem: OK\n"), result.stderr


def issue(api: Api, **fields) -> Issued:
    return Issued(api.ok("GetTlsKey", **fields))


def own_extension(certificate: x509.Certificate, number: int):
    """The content of one of the protocol's own extensions, which wrap an OCTET STRING; None if absent."""
    for extension in certificate.extensions:
        if extension.oid.dotted_string == f"{OWN}.{number}":
            value = extension.value.value
            start, length = _content(value, 0)
            assert (value[0], start + length, extension.critical) == (0x04, len(value), False)
            return value[start:]
    return None


def own_extensions(certificate: x509.Certificate) -> list:
    """The numbers of the protocol's own extensions that it has."""
    found = [extension.oid.dotted_string.rpartition(".") for extension in certificate.extensions]
    return [int(number) for prefix, _, number in found if prefix == OWN]


def validity_der(certificate: x509.Certificate) -> list:
    """(tag, text) of notBefore and notAfter: tag 0x17 is UTCTime, 0x18 GeneralizedTime."""
    body, times = certificate.tbs_certificate_bytes, []
    # version, serialNumber, signature and issuer come before the validity.
    position = _content(body, 0)[0]
    for _ in range(4):
        start, length = _content(body, position)
        position = start + length
    position = _content(body, position)[0]
    for _ in range(2):
        start, length = _content(body, position)
        times.append((body[position], body[start:start + length].decode()))
        position = start + length
    return times


def _content(der: bytes, position: int) -> tuple:
    """(start, length) of the content of the DER element at `position`."""
    first = der[position + 1]
    if first < 0x80:
        return position + 2, first
    count = first & 0x7F
    return position + 2 + count, int.from_bytes(der[position + 2:position + 2 + count], "big")
