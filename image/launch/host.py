"""The folder that the host shares with the guest (docs/spec/boot.md): what was given, with the rest made up here."""

import hashlib
import json
import pathlib

from evidence import startup
from evidence.image import Image
from refusal import Refusal

COMPOSE, SYS_CONFIG, USER_CONFIG, ENVIRONMENT = "app-compose.json", ".sys-config.json", ".user-config", ".encrypted-env"
NAMES = [COMPOSE, SYS_CONFIG, USER_CONFIG, ENVIRONMENT, ".instance_info"]
# An app whose identity is its app-compose alone: an instance's identity would be random, and RTMR3 could not be predicted.
MADE_UP = {"manifest_version": 2, "name": "image-boot", "runner": "none", "key_provider": "none", "allowed_envs": [],
           "no_instance_id": True, "public_logs": True, "public_sysinfo": True, "public_tcbinfo": True}


class HostFiles:
    """`given` are the files by their names, as bytes; `kms` a KMS that was started for them (FakeKMS), `variables` the names of
    the encrypted environment."""

    def __init__(self, folder: pathlib.Path, image: Image, given: dict, cpus: int = 1, memory: int = 256 << 20, kms=None,
                 variables: list = ()):
        self.folder, self.made_up = folder, []
        vm_config = {"os_image_hash": image.digest, "cpu_count": cpus, "memory_size": memory}
        settings = {"kms_urls": [kms.url] if kms else [], "gateway_urls": [], "host_api_url": "", "vm_config": json.dumps(vm_config)}
        files = dict(given)
        app = MADE_UP | {"allowed_envs": list(variables)} | (
            {"key_provider": "kms", "key_provider_id": kms.provider_id} if kms else {})
        for name, fields in ((COMPOSE, app), (SYS_CONFIG, settings)):
            if name not in files:
                self.made_up.append(name)
                files[name] = json.dumps(fields, separators=(",", ":")).encode()
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        self.compose = files[COMPOSE]

    @property
    def compose_hash(self) -> bytes:
        return hashlib.sha256(self.compose).digest()

    @property
    def config_id(self) -> bytes:
        """The mr_config_id of version 1 that demands this app-compose."""
        return (b"\1" + self.compose_hash).ljust(48, b"\0")

    def foretold(self, disk: str = "") -> startup.Startup:
        """`disk` is what the kernel's command line says about one."""
        return startup.of_folder(self.folder, disk)


def has_no_kms(files: dict) -> bool:
    """Whether the app's keys are new at each start. An invalid app-compose is refused later."""
    try:
        compose = json.loads(files.get(COMPOSE, b"{}"))
        return not compose.get("kms_enabled") if compose.get("key_provider") is None else compose["key_provider"] == "none"
    except (ValueError, AttributeError):
        return True


def gather(folder, **named) -> dict:
    """The files of a folder and those named one by one, by the names that the guest looks for."""
    files = {}
    if folder:
        if not folder.is_dir():
            raise Refusal(f"--host-shared: there is no folder {folder}")
        files = {name: (folder / name).read_bytes() for name in NAMES if (folder / name).is_file()}
        others = sorted(path.name for path in folder.iterdir() if path.name not in NAMES)
        if others:
            raise Refusal(f"--host-shared: {folder / others[0]} is not a file that a guest looks for; want one of {', '.join(NAMES)}")
    for option, (name, path) in named.items():
        if not path:
            continue
        if name in files:
            raise Refusal(f"--{option} names {path}, and {folder} has {name} already: give one of them")
        if not path.is_file():
            raise Refusal(f"--{option}: there is no file {path}")
        files[name] = path.read_bytes()
    return files
