#!/usr/bin/env python3
"""Makes out/image/layer: the agent and its units, to be laid over a dstack OS image, in the forms that image builders take.

  rootfs.tar      files to unpack over a root file system
  oci/            the same as an OCI image layout of one layer
  yocto/          a layer for bitbake with a recipe that installs them
  mkosi/          a folder for mkosi.conf.d
Beside each is NAME.manifest.json: size, SHA-256 and SHA-384 of every file in it.

  OUT=DIR         where to write instead
"""

import hashlib
import io
import json
import os
import pathlib
import tarfile

import outputs

HERE = pathlib.Path(__file__).resolve().parent
SERVICE, SOCKET = "dstack-guest-agent.service", "dstack-guest-agent.socket"
# Units here override those of the same name that the image has.
UNITS = "etc/systemd/system"
# Builders preset all units, perhaps with the policy `disable *`; the first preset that names a unit counts.
PRESET = "usr/lib/systemd/system-preset/00-dstack-guest-agent.preset"


def overlay() -> tuple:
    """Files by their names, as (bytes, mode), and links as their targets."""
    files = {"bin/dstack-guest-agent": (outputs.AGENT.read_bytes(), 0o755)}
    files |= {f"{UNITS}/{unit}": ((HERE / unit).read_bytes(), 0o644) for unit in (SERVICE, SOCKET)}
    files[PRESET] = (f"enable {SERVICE}\nenable {SOCKET}\n".encode(), 0o644)
    links = {
        f"{UNITS}/multi-user.target.wants/{SERVICE}": f"../{SERVICE}",
        f"{UNITS}/sockets.target.wants/{SOCKET}": f"../{SOCKET}",
    }
    return files, links


def tar(files: dict, links: dict) -> bytes:
    """Without entries for folders: where this is unpacked, /bin may be a link, and stays one."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted([*files, *links]):
            entry = tarfile.TarInfo(name)
            if name in links:
                entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, links[name], 0o777
                archive.addfile(entry)
            else:
                data, entry.mode = files[name]
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def oci(layer: bytes, version: str, revision: str) -> dict:
    """An OCI image layout (image-spec 1.0) of one layer. It is not a container to run: it has no entry point."""
    kind = "application/vnd.oci.image"
    blobs = {}

    def blob(media_type: str, data: bytes) -> dict:
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def document(fields: dict) -> bytes:
        return json.dumps(fields, separators=(",", ":")).encode()

    layers = [blob(f"{kind}.layer.v1.tar", layer)]
    config = blob(f"{kind}.config.v1+json", document({
        "created": "1970-01-01T00:00:00Z", "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layers[0]["digest"]]}}))
    names = {"org.opencontainers.image.title": "dstack-guest-agent", "org.opencontainers.image.version": version,
             "org.opencontainers.image.revision": revision, "org.opencontainers.image.licenses": "Apache-2.0"}
    manifest = blob(f"{kind}.manifest.v1+json", document({
        "schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json", "config": config, "layers": layers,
        "annotations": names}))
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version}
    return {
        "oci-layout": document({"imageLayoutVersion": "1.0.0"}),
        "index.json": document({"schemaVersion": 2, "mediaType": f"{kind}.index.v1+json", "manifests": [manifest]}),
        **blobs,
    }


def yocto(files: dict, version: str) -> dict:
    """The layer in yocto/, with the agent pinned in its recipe."""
    agent = files["bin/dstack-guest-agent"][0]
    licence = (outputs.ROOT / "LICENSE").read_bytes()
    words = {"VERSION": version, "SHA256": hashlib.sha256(agent).hexdigest(), "LICENSE_MD5": hashlib.md5(licence).hexdigest()}
    made = {}
    for path in (HERE / "yocto").rglob("*"):
        if path.is_file():
            name, text = str(path.relative_to(HERE / "yocto")), path.read_text()
            for word, value in words.items():
                name, text = name.replace(f"@{word}@", value), text.replace(f"@{word}@", value)
            made[name] = text.encode()
    sources = "meta-dstack-guest-agent/recipes-core/dstack-guest-agent/files"
    made |= {f"{sources}/{pathlib.Path(name).name}": data for name, (data, _) in files.items() if name != PRESET}
    # they go into the -doc package
    made |= {f"{sources}/{path.name}": path.read_bytes() for path in (outputs.ROOT / "docs/man").iterdir()}
    return made | {f"{sources}/LICENSE": licence}


def write(folder: pathlib.Path, files: dict):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def write_overlay(folder: pathlib.Path, files: dict, links: dict):
    write(folder, {name: data for name, (data, _) in files.items()})
    for name, (_, mode) in files.items():
        (folder / name).chmod(mode)
    for name, target in links.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def main():
    version, revision = outputs.agent_version()
    files, links = overlay()
    plain = {name: data for name, (data, _) in files.items()}
    archive = tar(files, links)
    forms = {"oci": oci(archive, version, revision), "yocto": yocto(files, version)}
    settings = {"dstack-guest-agent/mkosi.conf": (HERE / "mkosi/mkosi.conf").read_bytes(),
                "README.md": (HERE / "mkosi/README.md").read_bytes()}
    # mkosi's copy would not follow /bin if that is a link
    merged = {("usr/" if name.startswith("bin/") else "") + name: file for name, file in files.items()}
    mkosi = settings | {f"dstack-guest-agent/mkosi.extra/{name}": data for name, (data, _) in merged.items()}
    out = outputs.ROOT / os.environ.get("OUT", "out/image/layer")
    with outputs.replacing(out, "rootfs.tar") as folder:
        write(folder, {"rootfs.tar": archive, "rootfs.manifest.json": outputs.manifest(plain)})
        for name, content in forms.items():
            write(folder / name, content)
            write(folder, {f"{name}.manifest.json": outputs.manifest(content)})
        write(folder / "mkosi", settings)
        write_overlay(folder / "mkosi/dstack-guest-agent/mkosi.extra", merged, links)
        write(folder, {"mkosi.manifest.json": outputs.manifest(mkosi)})
    print(f"ready  {os.path.relpath(out)}: {len(archive)} bytes as tar; as an OCI layout oci:{version}; "
          "for mkosi 25 or later (older versions silently ignore it)")


main()
