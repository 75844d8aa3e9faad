"""The environment that the owner of an app seals to the key that a KMS gives the app."""

import json
import os
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import startup
from fake_kms import KEYS
from startup import Startup

VALUE = 'x $y "z"'
KEY = X25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS["env_crypt_key"]))
PLAIN = {"env": [{"key": "A", "value": VALUE}, {"key": "NOT_ALLOWED", "value": "1"}]}


def sealed(plain) -> bytearray:
    """As the owner does it, for whom the public key is enough."""
    ephemeral, nonce = X25519PrivateKey.generate(), os.urandom(12)
    key = ephemeral.exchange(KEY.public_key())
    ciphertext = AESGCM(key).encrypt(nonce, json.dumps(plain).encode(), None)
    return bytearray(ephemeral.public_key().public_bytes_raw() + nonce + ciphertext)


@pytest.fixture
def guest(simulator, new_kms, tmp_path):
    guest = Startup(simulator, tmp_path)
    guest.offer({"key_provider": "kms", "allowed_envs": ["A"]}, kms_urls=[new_kms().url])
    return guest


@pytest.mark.smoke
def test_sealed_environment(guest):
    (guest.host / ".encrypted-env").write_bytes(sealed(PLAIN))
    log = guest.succeed()
    assert "variables of the encrypted environment that allowed_envs does not name: 1" in log
    assert "x $y" not in log and "NOT_ALLOWED" not in log
    text, document = guest.copies / startup.ENV, guest.copies / startup.ENV_JSON
    assert json.loads(document.read_text()) == {"A": VALUE}
    shell = startup.run(["sh", "-euc", '. "$1"; printf "%s|%s" "$A" "${NOT_ALLOWED-unset}"', "sh", text])
    assert (shell.returncode, shell.stdout, shell.stderr) == (0, VALUE + "|unset", "")
    assert "NOT_ALLOWED" not in text.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (text, document)} == {0o600}


@pytest.mark.parametrize("byte", [0, 32, 44, -1], ids=["key", "nonce", "ciphertext", "tag"])
def test_one_bit_changed(guest, byte):
    blob = sealed(PLAIN)
    blob[byte] ^= 1
    (guest.host / ".encrypted-env").write_bytes(blob)
    assert guest.refuse() == ".encrypted-env: sealed data cannot be opened"
    assert [name for name, _, _ in guest.simulator.events][-1] == "key-provider"
