#!/usr/bin/env python3
"""The fake KMS as a process of its own, for `image/boot --kms fake`: it gives every app keys that anyone can compute.

A line of JSON on stdin says for whom: `state`, the folder of the simulator whose quotes it accepts; `address`, where guests reach this
machine; `environment`, variables to encrypt for the app. A line on stdout says `url`, `provider_id` and `sealed`. It ends when it is
killed."""

import json
import os
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "sim"))

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import make_keys
from fake_kms import KEYS, PROVIDER_ID, FakeKMS
from verifier import Verifier


class TestersKMS(FakeKMS):
    """Each app has its own keys, signed for it; the image's hash is the one that the host reports."""

    def GetAppKey(self, body, attestation) -> dict:
        app_id = dict((name, payload) for name, payload, _ in attestation.runtime_events)["app-id"]
        given = make_keys.from_kms(app_id)
        names = ("disk_crypt_key", "env_crypt_key", "k256_key", "k256_signature", "gateway_app_id")
        image_hash = json.loads(body["vm_config"] or "{}").get("os_image_hash", "")
        return super().GetAppKey(body, attestation) | {name: given[name] for name in names} | {"os_image_hash": image_hash}


def sealed(variables: dict) -> bytes:
    """Seals variables as an app's owner does, who needs only the public key."""
    owner, nonce = X25519PrivateKey.generate(), os.urandom(12)
    app = X25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS["env_crypt_key"]))
    plain = json.dumps({"env": [{"key": name, "value": value} for name, value in variables.items()]}).encode()
    return owner.public_key().public_bytes_raw() + nonce + AESGCM(owner.exchange(app.public_key())).encrypt(nonce, plain, None)


def main():
    asked = json.loads(sys.stdin.readline())
    kms = TestersKMS(Verifier(asked["state"]), alt_names=(asked["address"],), days=365)
    answer = {"url": f"https://{asked['address']}:{kms.port}", "provider_id": PROVIDER_ID.hex(),
              "sealed": sealed(asked["environment"]).hex()}
    print(json.dumps(answer), flush=True)
    kms.thread.join()


if __name__ == "__main__":
    main()
