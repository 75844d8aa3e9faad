"""What a host hands to a guest, and what `boot --dry-run` says that it will measure."""

import hashlib
import json
import pathlib
import subprocess

import outputs

COMPOSE = {
    "manifest_version": 2, "name": "boot-test", "runner": "none", "key_provider": "none", "allowed_envs": [],
    # an instance identity of random bytes would be no value to compute beforehand
    "no_instance_id": True, "public_logs": True, "public_sysinfo": True, "public_tcbinfo": True,
}


class Shared:
    """A host-shared directory for an image."""

    def __init__(self, folder: pathlib.Path, image: pathlib.Path, compose=COMPOSE):
        self.folder = folder
        folder.mkdir()
        self.compose = json.dumps(compose, separators=(",", ":")).encode()
        self.image_hash = (image / "digest.txt").read_text().strip()
        vm_config = {"os_image_hash": self.image_hash, "cpu_count": 1, "memory_size": 256 << 20}
        settings = {"kms_urls": [], "gateway_urls": [], "host_api_url": "", "vm_config": json.dumps(vm_config)}
        (folder / "app-compose.json").write_bytes(self.compose)
        (folder / ".sys-config.json").write_text(json.dumps(settings))

    @property
    def compose_hash(self) -> bytes:
        return hashlib.sha256(self.compose).digest()

    @property
    def config_id(self) -> bytes:
        """The mr_config_id of version 1 that demands this app-compose."""
        return (b"\1" + self.compose_hash).ljust(48, b"\0")

    def dry_run(self) -> tuple:
        """The events as (name, payload) and RTMR3, as the agent computes them on any machine."""
        run = subprocess.run([outputs.AGENT, "boot", "--dry-run", "--host-shared", self.folder],
                             capture_output=True, text=True, check=True)
        *events, register = map(json.loads, run.stdout.splitlines())
        return [(event["event"], bytes.fromhex(event["payload"])) for event in events], bytes.fromhex(register["rtmr3"])

    def fat_image(self, bits=12) -> pathlib.Path:
        """A disk image with the files, whose label is the one that the agent looks for."""
        image = self.folder.with_suffix(".img")
        with image.open("wb") as file:
            file.truncate({12: 4, 16: 16, 32: 40}[bits] << 20)
        subprocess.run(["mkfs.fat", "-F", str(bits), "-s", "1" if bits == 32 else "4", "-n", "DSTACKSHR", image], check=True,
                       stdout=subprocess.DEVNULL, env={"PATH": "/sbin:/usr/sbin:/bin:/usr/bin"})
        subprocess.run(["mcopy", "-i", image, *self.folder.iterdir(), "::"], check=True)
        return image
