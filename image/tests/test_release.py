"""What `make verify-release` checks before it builds, and that a release's tars reveal nothing about who made them."""

import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "support/release.py"


@pytest.fixture
def release(tmp_path):
    """A folder that looks like a release."""
    commit = {"predicate": {"buildDefinition": {"externalParameters": {"commit": "0" * 40}}}}
    files = {"a.tar.gz": b"a", "sbom.cdx.json": b"{}", "provenance.json": json.dumps(commit).encode()}
    folder = tmp_path / "release"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()))
    return folder


def verify(folder) -> str:
    done = subprocess.run([sys.executable, TOOL, "--verify", folder], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1, done
    return done.stderr.strip().splitlines()[-1]


def test_another_commit(release):
    (release / "SHA256SUMS.minisig").write_text("signed")
    assert verify(release) == f"release: this repository has no commit {'0' * 40}: fetch it"


def test_no_release(tmp_path):
    assert verify(tmp_path) == f"release: {tmp_path} is not a release: it has no SHA256SUMS"


@pytest.mark.parametrize("change, wrong", [
    (lambda folder: (folder / "a.tar.gz").write_bytes(b"b"), "a.tar.gz is not the file that SHA256SUMS names"),
    (lambda folder: (folder / "a.tar.gz").unlink(), "a.tar.gz is missing"),
    (lambda folder: (folder / "b").write_bytes(b""), "b is not among the sums"),
    (lambda folder: (folder / "SHA256SUMS").write_text("x"), "SHA256SUMS: want lines of a SHA-256 and a name"),
    (lambda folder: (folder / "SHA256SUMS").write_text("0" * 64 + "  ../a\n"), "SHA256SUMS: want lines of a SHA-256 and a name"),
])
def test_refused(release, change, wrong):
    change(release)
    assert verify(release) == f"release: {release}/{wrong}"


def test_pack(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(TOOL.parent))
    import release as tool
    (tmp_path / "run").write_bytes(b"#!")
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "link").symlink_to("run")
    data = tool.pack("x", {"text": b"t", **tool.tree(tmp_path)})
    (tmp_path / "run").touch()
    assert tool.pack("x", {"text": b"t", **tool.tree(tmp_path)}) == data
    (tmp_path / "x.tar.gz").write_bytes(data)
    with tarfile.open(tmp_path / "x.tar.gz") as archive:
        assert [(each.name, each.mode, each.mtime, each.uid, each.linkname) for each in archive] == [
            ("x/link", 0o777, 0, 0, "run"), ("x/run", 0o755, 0, 0, ""), ("x/text", 0o644, 0, 0, "")]
