"""The environment that the owner of an app seals to the key that a KMS gives the app."""

import json
import os
import stat
import subprocess

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
    """Seals variables as the owner does, who needs only the public key."""
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


VALUES = ["a\nb\n", "\\", "\\n", "\\\n", 'q"\\"', "$x`y`'", "t\ta\rb", " "]


def test_equal_names_and_escapes(simulator, new_kms, tmp_path):
    """Of equal names the last counts; further members are ignored; shells read the exact value, except for line feeds."""
    guest = Startup(simulator, tmp_path)
    names = [f"V{index}" for index in range(len(VALUES))]
    guest.offer({"key_provider": "kms", "allowed_envs": names}, kms_urls=[new_kms().url])
    plain = [{"key": name, "value": "first"} for name in names]
    plain += [{"key": name, "value": value, "comment": {"by": "the owner"}} for name, value in zip(names, VALUES)]
    (guest.host / ".encrypted-env").write_bytes(sealed({"env": plain, "version": 1}))
    guest.succeed()
    assert json.loads((guest.copies / startup.ENV_JSON).read_text()) == dict(zip(names, VALUES))
    text = guest.copies / startup.ENV
    assert text.read_bytes().count(b"\n") == len(names)
    script = '. "$0"; printf "%s|" ' + " ".join(f'"${name}"' for name in names)
    shell = subprocess.run(["sh", "-euc", script, text], capture_output=True)
    assert (shell.returncode, shell.stderr) == (0, b"")
    assert shell.stdout.decode().split("|")[:-1] == [value.replace("\n", "\\n") for value in VALUES]


@pytest.mark.parametrize("byte", [0, 32, 44, -1], ids=["key", "nonce", "ciphertext", "tag"])
def test_one_bit_changed(guest, byte):
    blob = sealed(PLAIN)
    blob[byte] ^= 1
    (guest.host / ".encrypted-env").write_bytes(blob)
    assert guest.refuse() == ".encrypted-env: sealed data cannot be opened"
    assert [name for name, _, _ in guest.simulator.events][-1] == "key-provider"
