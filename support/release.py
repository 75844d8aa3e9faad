#!/usr/bin/env python3
"""Makes out/release from what `make build image simulation` has built, or compares a release with what its commit builds here.

    release.py                 the tars, the bill of materials, the provenance and SHA256SUMS
    release.py --verify DIR    checks DIR's sums, builds its commit anew in out/verify and compares, file by file

Signing is the releaser's: of SHA256SUMS, which covers the rest (CONTRIBUTING.md)."""

import hashlib
import io
import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "image"))
import bill # noqa: E402  (its folder is known only now)

OUT = ROOT / "out/release"
SUMS, PROVENANCE, BILL = "SHA256SUMS", "provenance.json", "sbom.cdx.json"
KIND = "urn:dstack-guest-agent:make-release:1"


def fail(text: str):
    sys.exit(f"release: {text}")


def said(*words) -> str:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def version() -> str:
    """From the newest heading of CHANGELOG.md; a tree that is not released yet is named by its commit."""
    name = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    return name if name != "Unreleased" else "unreleased-" + said("git", "rev-parse", "--short=12", "HEAD")


def licences() -> dict:
    """The licence texts of everything linked into the agent."""
    found = {"swift.txt": toolchain().parents[1] / "share/swift/LICENSE.txt", "libgcc.txt": pathlib.Path("/usr/share/doc/gcc-12-base/copyright")}
    texts = {f"licences/{name}": path.read_bytes() for name, path in found.items()}
    for name, (number, _, _) in bill.pins().items():
        with tarfile.open(ROOT / f"deps/src/{name}_{number}.debian.tar.xz") as archive:
            texts[f"licences/{name}.txt"] = archive.extractfile("debian/copyright").read()
    return texts | {"LICENSE": (ROOT / "LICENSE").read_bytes()}


def toolchain() -> pathlib.Path:
    """The compiler's own file, behind any links or launcher."""
    resources = pathlib.Path(json.loads(said("swiftc", "-print-target-info"))["paths"]["runtimeResourcePath"])
    return resources.parents[1] / "bin/swift-frontend"


def tree(folder: pathlib.Path) -> dict:
    """Paths below a folder; links are not followed."""
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file()}


def pack(name: str, files: dict) -> bytes:
    """A tar of files, given as bytes or paths, in one folder, the same whoever makes it, and whenever."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.mode = 0o644
            if isinstance(content, pathlib.Path):
                if content.is_symlink():
                    entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, str(content.readlink()), 0o777
                    archive.addfile(entry)
                    continue
                entry.mode = 0o755 if content.stat().st_mode & 0o100 else 0o644
                content = content.read_bytes()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(data.getvalue(), 6, mtime=0)


def archives(number: str) -> dict:
    """The tars, by their names."""
    machine = said("uname", "-m")
    manuals = {f"man/{path.name}": path for path in (ROOT / "docs/man").iterdir()}
    units = {f"systemd/{path.name}": path for path in (ROOT / "image").glob("dstack-guest-agent.s*")}
    texts = licences()
    contents = {
        f"dstack-guest-agent-{number}-{machine}": texts | manuals | units | {
            name: ROOT / name for name in ("README.md", "CHANGELOG.md")} | {"dstack-guest-agent": ROOT / "out/dstack-guest-agent"},
        f"dstack-guest-agent-layers-{number}-{machine}": texts | tree(ROOT / "out/image/layer"),
        f"tdx-sim-{number}-{machine}": {
            "LICENSE": texts["LICENSE"], "licences/swift.txt": texts["licences/swift.txt"], "tdx-sim": ROOT / "out/tdx-sim"},
    }
    made = {f"{name}.tar.gz": pack(name, files) for name, files in contents.items()}
    return made | {f"dstack-cvm-{number}-{machine}.tar.gz": (ROOT / "out/image/cvm.tar.gz").read_bytes()}


def provenance(files: dict) -> bytes:
    """A statement in the form of SLSA 1.0, with everything needed to rebuild the same bits."""
    commit = said("git", "rev-parse", "HEAD")
    kernel = ROOT / "deps/kernel/cloud-amd64"
    depends = [{"name": "this repository", "digest": {"gitCommit": commit}},
               {"name": said("swift", "--version").splitlines()[0], "digest": {"sha256": sha256(toolchain())},
                "annotations": {"file": "swift-frontend"}},
               {"name": f"linux {(kernel / 'version').read_text().strip()}", "digest": {"sha256": sha256(kernel / "bzImage")},
                "annotations": {"file": "bzImage"}}]
    depends += [{"name": f"{name} {number}", "digest": {"sha256": digest}, "annotations": {"file": f"{name}_{number}.dsc"}}
                for name, (number, digest, _) in bill.pins().items()]
    libgcc, packages = said("dpkg-query", "-W", "-f", "${Version}", "gcc-12-base"), said("sh", "-c", ". /etc/os-release; echo $PRETTY_NAME")
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": hashlib.sha256(data).hexdigest()}} for name, data in sorted(files.items())],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": KIND, "externalParameters": {"command": "make release", "commit": commit},
                "internalParameters": {"system": packages, "libgcc": libgcc}, "resolvedDependencies": depends},
            "runDetails": {"builder": {"id": KIND}}},
    }
    return (json.dumps(statement, indent=2) + "\n").encode()


def make():
    if said("git", "status", "--porcelain"):
        fail("the checkout has changes that no commit has: commit them or put them away, so that others can build the same")
    modules = list((ROOT / "out/simulation").glob("*.ko"))
    if not modules:
        fail("out/simulation has no kernel module, which only root can build: make simulation")
    if len(modules) > 1: # the long boot tests build others
        fail("out/simulation has modules of several kernels, and a clean checkout builds one: remove out/simulation, then make release")
    number = version()
    files = archives(number)
    files[BILL] = (ROOT / "out/image/cvm" / BILL).read_bytes()
    files[PROVENANCE] = provenance(files)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    files[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    draft = OUT.with_name("release.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, data in files.items():
        (draft / name).write_bytes(data)
    shutil.rmtree(OUT, ignore_errors=True)
    draft.rename(OUT)
    for name in sorted(files):
        print(f"ready  out/release/{name}: {len(files[name])} bytes")


def checked(folder: pathlib.Path) -> str:
    """The commit of a release. Its files must be those that its sums name."""
    if not (folder / SUMS).is_file():
        fail(f"{folder} is not a release: it has no {SUMS}")
    lines = (folder / SUMS).read_text().splitlines()
    if not all(re.fullmatch(r"[0-9a-f]{64}  [A-Za-z0-9][A-Za-z0-9._+-]*", line) for line in lines):
        fail(f"{folder / SUMS}: want lines of a SHA-256 and a name")
    sums = {line[66:]: line[:64] for line in lines}
    there = {path.name for path in folder.iterdir()} - {SUMS}
    for name in sorted(there ^ sums.keys()):
        # a signature's name is the signed file's with a suffix
        if name in sums or not name.startswith(SUMS + "."):
            fail(f"{folder / name} {'is missing' if name in sums else 'is not among the sums'}")
    for name, digest in sums.items():
        if sha256(folder / name) != digest:
            fail(f"{folder / name} is not the file that {SUMS} names")
    print(f"equal  {len(sums)} files with {SUMS}")
    return json.loads((folder / PROVENANCE).read_text())["predicate"]["buildDefinition"]["externalParameters"]["commit"]


def entries(path: pathlib.Path) -> dict:
    """What is in a tar, by names; a file of another kind is one entry."""
    if not path.name.endswith(".tar.gz"):
        return {path.name: path.read_bytes()}
    with tarfile.open(path) as archive:
        return {entry.name: (entry.mode, entry.linkname, archive.extractfile(entry).read() if entry.isfile() else b"") for entry in archive}


def verify(folder: pathlib.Path):
    commit = checked(folder)
    if not re.fullmatch(r"[0-9a-f]{40}", commit) or subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT).returncode:
        fail(f"this repository has no commit {commit}: fetch it")
    clone = ROOT / "out/verify"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", ROOT, clone], check=True)
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=clone, check=True)
    (clone / "deps").mkdir()
    for name in ("src", "kernel", "toolchain"): # what was fetched, whose sums the build checks
        if (ROOT / "deps" / name).is_dir():
            subprocess.run(["cp", "-a", "--reflink=auto", ROOT / "deps" / name, clone / "deps"], check=True)
    subprocess.run(["make", "release"], cwd=clone, check=True)
    made = clone / "out/release"
    differ = []
    for name in sorted({path.name for path in made.iterdir()} - {SUMS}):
        if not (folder / name).is_file():
            differ.append(name)
        elif sha256(folder / name) != sha256(made / name):
            theirs, ours = entries(folder / name), entries(made / name)
            differ += [entry for entry in sorted(theirs.keys() | ours.keys()) if theirs.get(entry) != ours.get(entry)] or [name]
        else:
            print(f"equal  {name}")
    if differ:
        fail("what commit " + commit[:12] + " builds here differs:\n  " + "\n  ".join(differ))


def main():
    match sys.argv[1:]:
        case []:
            make()
        case ["--verify", folder] if folder:
            verify(pathlib.Path(folder).resolve())
        case _:
            fail("name the folder of the release to verify: make verify-release DIR=FOLDER")


if __name__ == "__main__":
    main()
