"""Output folders that appear whole or not at all, and what all of them contain."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AGENT = ROOT / os.environ.get("AGENT", "out/dstack-guest-agent")


def fail(text: str):
    sys.exit(f"image: {text}")


def content(path: pathlib.Path) -> bytes:
    """The content of a file that an option names."""
    if not path.is_file():
        fail(f"there is no file {path}")
    return path.read_bytes()


@contextlib.contextmanager
def replacing(path: pathlib.Path, mark: str):
    """A new folder beside `path` that replaces it when the body is done. What `path` has must be an earlier output, which
    contains the file `mark`."""
    if path.exists() and not (path / mark).is_file() and (not path.is_dir() or any(path.iterdir())):
        fail(f"{path} already exists, and was not made here: move it away")
    # so that the draft is removed too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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
    """What `manifest.json` says about files, given as bytes by name."""
    described = {name: digests(data) for name, data in sorted(files.items())}
    return (json.dumps({"schema_version": 1, "files": described}, indent=2) + "\n").encode()


def time() -> int:
    """SOURCE_DATE_EPOCH (reproducible-builds.org), or when this commit was made."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given:
        if not given.isdecimal():
            fail(f"SOURCE_DATE_EPOCH={given}: want a number of seconds since 1970")
        return int(given)
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
    return int(told.stdout) if told.returncode == 0 else 0


def agent_version() -> tuple:
    """The agent's own version, x.y.z, and the commit that it was built from."""
    if not AGENT.is_file():
        fail(f"there is no agent {AGENT}: make agent")
    line = subprocess.run([AGENT, "version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    _, version, revision = line.split()
    return version, revision.strip("()")
