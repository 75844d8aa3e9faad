"""What a host hands to a guest in the boot tests, and what `boot --dry-run` says that it will measure."""

import json
import pathlib
import subprocess

from evidence.image import Image
from launch.host import MADE_UP, HostFiles

COMPOSE = MADE_UP | {"name": "boot-test"}


class Shared(HostFiles):
    """A host-shared directory for an image."""

    def __init__(self, folder: pathlib.Path, image: pathlib.Path, compose=COMPOSE):
        described = Image(image)
        self.image_hash = described.digest
        super().__init__(folder, described, {"app-compose.json": json.dumps(compose, separators=(",", ":")).encode()})

    def dry_run(self, disk: str = "") -> tuple:
        """The events as (name, payload) and RTMR3, as the agent computes them on any machine."""
        foretold = self.foretold(disk)
        return [(event.name, event.payload) for event in foretold.events], foretold.rtmr3

    def fat_image(self, bits=12) -> pathlib.Path:
        """A disk image with the files, whose label is the one that the agent looks for."""
        image = self.folder.with_suffix(".img")
        with image.open("wb") as file:
            file.truncate({12: 4, 16: 16, 32: 40}[bits] << 20)
        subprocess.run(["mkfs.fat", "-F", str(bits), "-s", "1" if bits == 32 else "4", "-n", "DSTACKSHR", image], check=True,
                       stdout=subprocess.DEVNULL, env={"PATH": "/sbin:/usr/sbin:/bin:/usr/bin"})
        subprocess.run(["mcopy", "-i", image, *self.folder.iterdir(), "::"], check=True)
        return image
