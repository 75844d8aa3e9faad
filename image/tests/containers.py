"""Container images made by hand, as other tools write them."""

import hashlib
import io
import json
import pathlib
import tarfile

# The least that the build accepts as a program: a static ELF of x86-64 without a program header.
PROGRAM = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x02\0\x3e\0" + bytes(44)
CONFIG = {"Entrypoint": ["/bin/app"], "Cmd": ["-x", "a b"], "Env": ["PATH=/bin", "MODE=test=1"], "WorkingDir": "/srv", "User": "app"}


def layer(*entries) -> bytes:
    """A tar of (name, content or `->target` or None for a folder, and attributes of TarInfo)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content, *attributes in entries:
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755 if content is None else 0o644
            if content is None:
                entry.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
            for key, value in (attributes[0] if attributes else {}).items():
                setattr(entry, key, value)
            if isinstance(content, bytes) and entry.type == tarfile.REGTYPE:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                archive.addfile(entry)
    return out.getvalue()


PASSWD = ("etc/passwd", b"root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/var/app:/bin/sh\n")
BASE = layer(("bin/app", PROGRAM, {"mode": 0o755, "uid": 7, "gid": 8}), PASSWD, ("srv", None))


def blobs(layers, config, architecture="amd64") -> tuple:
    """(descriptor of the manifest, blobs by their digests)"""
    made = {}

    def blob(data: bytes, kind: str) -> dict:
        digest = hashlib.sha256(data).hexdigest()
        made[digest] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    described = [blob(data, "layer.v1.tar") for data in layers]
    document = {"os": "linux", "architecture": architecture, "config": config, "rootfs": {"type": "layers", "diff_ids": []}}
    manifest = {"schemaVersion": 2, "config": blob(json.dumps(document).encode(), "config.v1+json"), "layers": described}
    return blob(json.dumps(manifest).encode(), "manifest.v1+json"), made


def layout(folder: pathlib.Path, *layers, config=None, names=("latest",), **options) -> pathlib.Path:
    """An OCI image layout, with the image under each name."""
    manifest, made = blobs(layers or [BASE], CONFIG if config is None else config, **options)
    (folder / "blobs/sha256").mkdir(parents=True)
    for digest, data in made.items():
        (folder / "blobs/sha256" / digest).write_bytes(data)
    index = [manifest | {"annotations": {"org.opencontainers.image.ref.name": name}} for name in names]
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": index}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def docker_archive(path: pathlib.Path, *layers, config=None) -> pathlib.Path:
    document = json.dumps({"os": "linux", "architecture": "amd64", "config": CONFIG if config is None else config}).encode()
    layers = layers or [BASE]
    files = [("config.json", document), *[(f"{index}/layer.tar", data) for index, data in enumerate(layers)]]
    listed = [{"Config": "config.json", "RepoTags": ["app:latest"], "Layers": [name for name, _ in files[1:]]}]
    path.write_bytes(layer(*files, ("manifest.json", json.dumps(listed).encode())))
    return path
