#!/usr/bin/env python3
"""Write the development app keys in data/, one file for each key provider.

Nothing here is secret: every key is the SHA-256 of a public label, so anyone can make the same files
again, and a test does. Never give these keys to an agent that guards anything.
"""

import datetime
import hashlib
import json
import pathlib
import sys

import coincurve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import oracle

DATA = pathlib.Path(__file__).resolve().parent / "data"
PROVIDERS = ("none", "local", "tpm", "kms")
APP_ID = hashlib.sha1(b"dstack guest agent development app").digest()


def labelled(name: str) -> bytes:
    """32 bytes that anyone can compute."""
    return hashlib.sha256(b"dstack guest agent development key: " + name.encode()).digest()


def p256(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def root_certificate(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """A self-signed CA like the app root of docs/spec/keys.md, without an attestation."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = {field: False for field in (
        "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(labelled("serial of " + name)[:16], "big") >> 1)
        .not_valid_before(datetime.datetime(1975, 1, 1))
        .not_valid_after(datetime.datetime(2125, 1, 1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def seeded(provider: str) -> dict:
    """The app keys derived from a seed: providers None, Local and Tpm."""
    seed = labelled("seed of provider " + provider)
    authority = p256(oracle.derive(seed, b"app-key"))
    disk = p256(oracle.derive(seed, b"app-disk-key"))
    pkcs8 = disk.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert len(pkcs8) == 138
    fields = {
        "none": {"None": {"key": pem(authority)}},
        "local": {"Local": {"key": pem(authority), "mr": labelled("MRENCLAVE of the local provider").hex()}},
        "tpm": {"Tpm": {"key": pem(authority), "pubkey": labelled("public key of the TPM").hex()}},
    }
    return {
        "disk_crypt_key": hashlib.sha256(pkcs8).hexdigest(),
        "env_crypt_key": "",
        "k256_key": oracle.derive(seed, b"app-k256-key").hex(),
        "k256_signature": "",
        "gateway_app_id": "",
        "ca_cert": root_certificate(authority, "App Root Cert"),
        "key_provider": fields[provider],
    }


def from_kms(app_id: bytes = APP_ID) -> dict:
    """The app keys that a KMS hands out."""
    own = "" if app_id == APP_ID else " for " + app_id.hex()
    app = coincurve.PrivateKey(labelled("k256 key of the app, from the KMS" + own))
    root = coincurve.PrivateKey(labelled("k256 root key of the KMS"))
    authority, temporary = p256(labelled("root CA of the KMS")), p256(labelled("temporary CA of the KMS"))
    message = b"dstack-kms-issued:" + app_id + app.public_key.format()
    return {
        "disk_crypt_key": labelled("disk key from the KMS" + own).hex(),
        "env_crypt_key": labelled("environment key from the KMS").hex(),
        "k256_key": app.secret.hex(),
        "k256_signature": root.sign_recoverable(oracle.keccak256(message), hasher=None).hex(),
        "gateway_app_id": "any",
        "ca_cert": root_certificate(authority, "Development KMS CA"),
        "key_provider": {
            "Kms": {
                "url": "https://kms.invalid/prpc",
                "pubkey": authority.public_key().public_bytes(
                    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex(),
                "tmp_ca_key": pem(temporary),
                "tmp_ca_cert": root_certificate(temporary, "Development KMS temporary CA"),
            }
        },
    }


def text(provider: str) -> str:
    """The contents of one provider's file."""
    keys = from_kms() if provider == "kms" else seeded(provider)
    return json.dumps(keys, indent=2) + "\n"


def main() -> int:
    for provider in PROVIDERS:
        (DATA / f"appkeys-{provider}.json").write_text(text(provider))
    return 0


if __name__ == "__main__":
    sys.exit(main())
