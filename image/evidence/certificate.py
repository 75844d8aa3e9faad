"""A server's certificate with evidence in it (RA-TLS), read without a library for X.509."""

import socket
import ssl
from typing import NamedTuple

from evidence.bad import BadEvidence

# 1.3.6.1.4.1.62397.1.8: the attestation, in an OCTET STRING
ATTESTATION = bytes.fromhex("2b0601040183e73d0108")
OID, SEQUENCE, VERSION, EXTENSIONS = 0x06, 0x30, 0xA0, 0xA3


class Certificate(NamedTuple):
    # DER of the SubjectPublicKeyInfo
    key: bytes
    # None without that extension
    attestation: bytes


def of_server(host: str, port: int, seconds: float) -> bytes:
    """The certificate that a server presents. The handshake proves that it has the key; no CA vouches for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), seconds) as connection:
        with context.wrap_socket(connection, server_hostname=host) as tls:
            return tls.getpeercert(binary_form=True)


def parse(data: bytes) -> Certificate:
    tag, whole, _ = element(data, 0)
    fields = elements(element(whole, 0)[1])
    if tag != SEQUENCE or len(fields) < 7:
        raise BadEvidence("not an X.509 certificate")
    # version, serial number, algorithm, issuer, validity, subject, key
    at = 6 if fields[0][0] == VERSION else 5
    found = None
    for tag, value, _ in fields:
        if tag == EXTENSIONS:
            for _, extension, _ in elements(element(value, 0)[1]):
                parts = elements(extension)
                if parts[0][:2] == (OID, ATTESTATION):
                    found = element(parts[-1][1], 0)[1]
    return Certificate(fields[at][2], found)


def elements(data: bytes) -> list:
    """(tag, value, whole) of each element of DER in a row."""
    found, position = [], 0
    while position < len(data):
        tag, value, end = element(data, position)
        found.append((tag, value, data[position:end]))
        position = end
    return found


def element(data: bytes, start: int) -> tuple:
    """(tag, value, end)"""
    if len(data) < start + 2:
        raise BadEvidence("truncated DER")
    tag, size, begin = data[start], data[start + 1], start + 2
    if size & 0x80:
        count = size & 0x7F
        size, begin = int.from_bytes(data[begin:begin + count], "big"), begin + count
    if begin + size > len(data):
        raise BadEvidence("truncated DER")
    return tag, data[begin:begin + size], begin + size
