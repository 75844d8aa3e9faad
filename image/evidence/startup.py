"""What the measured startup will measure, as the agent computes it on any machine (`boot --dry-run`)."""

import json
import pathlib
import subprocess
import tempfile
from typing import NamedTuple, Optional

import supplies
from refusal import Refusal


class Foretold(NamedTuple):
    name: str
    # None if only the boot decides it; `unknown` says why
    payload: Optional[bytes]
    unknown: str


class Startup(NamedTuple):
    events: list
    rtmr3: Optional[bytes]

    @property
    def unknown(self) -> str:
        return "; ".join(f"{event.name}: {event.unknown}" for event in self.events if event.payload is None)

    def payload(self, name: str) -> Optional[bytes]:
        return next((event.payload for event in self.events if event.name == name), None)


def of_folder(folder: pathlib.Path, disk: str = "") -> Startup:
    """From the files of a host, and what the kernel's command line says about a data disk that is present."""
    options = ["--disk", disk] if disk else []
    run = subprocess.run([supplies.agent(), "boot", "--dry-run", *options, "--host-shared", folder], capture_output=True, text=True)
    if run.returncode:
        said = run.stderr.strip().rpartition("dstack-guest-agent: ")[2]
        raise Refusal(f"the agent would not start from {folder}: {said}")
    *lines, register = map(json.loads, run.stdout.splitlines())
    events = [Foretold(each["event"], None if each["payload"] is None else bytes.fromhex(each["payload"]), each.get("unknown", ""))
              for each in lines]
    return Startup(events, bytes.fromhex(register["rtmr3"]) if register["rtmr3"] else None)


def disk_of(command_line: str) -> str:
    """What a kernel's command line says about a data disk; empty if it asks for none."""
    words = [word for word in command_line.split() if word.startswith("dstack.disk=")]
    return words[-1].partition("=")[2] if words else ""


def of_compose(compose: bytes, image_hash: str = "", disk: str = "") -> Startup:
    """From an app-compose.json, if the host's other files have nothing that is measured."""
    with tempfile.TemporaryDirectory(prefix="dstack-") as name:
        folder = pathlib.Path(name)
        (folder / "app-compose.json").write_bytes(compose)
        vm_config = {"os_image_hash": image_hash} if image_hash else {}
        (folder / ".sys-config.json").write_text(json.dumps({"vm_config": json.dumps(vm_config)}))
        return of_folder(folder, disk)
