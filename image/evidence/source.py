"""Where evidence comes from: a machine's address, or a file."""

import base64
import hashlib
import pathlib
import re
import ssl
import urllib.parse
from typing import NamedTuple, Optional

from evidence import agent, attestation, certificate
from evidence.bad import BadEvidence
from refusal import Refusal

SECONDS = 20


class Source(NamedTuple):
    evidence: attestation.Attestation
    # what its report data must be, and what that means; None if the user gave none
    report_data: Optional[bytes]
    meaning: str
    # what a reader must know about where it came from
    note: str
    # whether it is certain that who answered has it
    is_proven: bool = False


def of_address(text: str) -> Source:
    """https://HOST:PORT is an app whose certificate has evidence in it; http://HOST:PORT, or HOST:PORT, the agent's port 8090."""
    url = urllib.parse.urlsplit(text if "://" in text else f"http://{text}")
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if url.scheme not in ("http", "https") or not host:
        raise Refusal(f"{text} is not an address: want https://HOST:PORT for an app's own certificate, or HOST:PORT for the agent's port 8090")
    try:
        return of_tls(host, port or 443) if url.scheme == "https" else of_agent(host, port or agent.PORT)
    except OSError as problem:
        raise Refusal(f"{text} does not answer: {problem}") from None


def of_tls(host: str, port: int) -> Source:
    return of_certificate(certificate.of_server(host, port, SECONDS),
                          "TLS shows that the server that answered has this key", is_proven=True)


def of_certificate(data: bytes, note: str, is_proven: bool = False) -> Source:
    parsed = certificate.parse(data)
    if parsed.attestation is None:
        raise BadEvidence("the certificate has no evidence in it: it was not made with usage_ra_tls")
    bound = hashlib.sha512(b"ratls-cert:" + parsed.key).digest()
    pin = base64.b64encode(hashlib.sha256(parsed.key).digest()).decode()  # as curl's --pinnedpubkey takes it
    return Source(attestation.from_bytes(parsed.attestation), bound, f"it is the certificate's key, sha256//{pin}", note, is_proven)


def of_agent(host: str, port: int) -> Source:
    status, body = agent.answer(host, port, "GetAttestationForAppKey?algorithm=ed25519", SECONDS)
    if status != 200:
        raise Refusal(f"http://{host}:{port} answers {status}: {body[:200].decode(errors='replace')}")
    found = attestation.read(body)
    bound = found.report_data or b""
    key = re.fullmatch(rb"dip1::ed25519-pk:([A-Za-z0-9_-]{43})", bound.rstrip(b"\0"))
    if not key:
        raise BadEvidence("the answer's report data names no key of the app")
    return Source(found, bound, f"it is the key that the app signs with, {key[1].decode()}",
                  "plain HTTP does not show which machine answered, and the quote may be 30 s old")


def of_file(path: pathlib.Path, report_data: Optional[bytes]) -> Source:
    if not path.is_file():
        raise Refusal(f"--attestation: there is no file {path}")
    data = path.read_bytes()
    note = "a file may be of any age"
    if data.lstrip().startswith(b"-----BEGIN CERTIFICATE-----"):
        try:
            end = "-----END CERTIFICATE-----"
            return of_certificate(ssl.PEM_cert_to_DER_cert(data.decode().partition(end)[0].strip() + "\n" + end), note)
        except ValueError as problem:
            raise BadEvidence(f"{path}: {problem}") from None
    found = attestation.read(data)
    return Source(found, report_data, "it is what was asked for", note)
