"""Output folders that appear whole or not at all, and what stands in all of them."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
AGENT = ROOT / os.environ.get("AGENT", "out/dstack-guest-agent")


@contextlib.contextmanager
def replacing(path: pathlib.Path):
    """A new folder beside `path` that takes its place when the body is through."""
    draft = path.with_name(path.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        shutil.rmtree(path, ignore_errors=True)
        draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def digests(data: bytes) -> dict:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sha384": hashlib.sha384(data).hexdigest()}


def manifest(files: dict) -> bytes:
    """What `manifest.json` says of files, given as bytes by their names."""
    described = {name: digests(data) for name, data in sorted(files.items())}
    return (json.dumps({"schema_version": 1, "files": described}, indent=2) + "\n").encode()


def agent_version() -> tuple:
    """What the agent says of itself: x.y.z, and the commit it was built from."""
    line = subprocess.run([AGENT, "version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    _, version, revision = line.split()
    return version, revision.strip("()")
