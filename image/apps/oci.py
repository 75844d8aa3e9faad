"""Container images: an OCI image layout (image-spec 1.0), as a folder or in a tar, and what `docker save` writes."""

import hashlib
import json
import pathlib
import tarfile
from typing import NamedTuple

from apps import tars
from refusal import Refusal

PLATFORM = ("linux", "amd64")
INDEXES = {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
NAME = "org.opencontainers.image.ref.name"


class Container(NamedTuple):
    nodes: dict
    # how the image's configuration says to run it
    config: dict
    lost_capabilities: list


class Layout:
    """A layout's files by their names. `what` names it in refusals."""

    def __init__(self, what: str, read):
        self.what, self.read = what, read

    def document(self, data: bytes, name: str):
        try:
            return json.loads(data)
        except ValueError as problem:
            raise Refusal(f"{self.what}/{name} is not JSON: {problem}") from None

    def blob(self, descriptor: dict) -> bytes:
        """The blob that a descriptor names, checked against its digest."""
        algorithm, _, digest = descriptor["digest"].partition(":")
        name = f"blobs/{algorithm}/{digest}"
        if algorithm not in ("sha256", "sha512") or not digest.isalnum():
            raise Refusal(f"{self.what}: {descriptor['digest']} is not a digest that is supported; want sha256 or sha512")
        data = self.read(name)
        if hashlib.new(algorithm, data).hexdigest() != digest:
            raise Refusal(f"{self.what}/{name} does not match its digest: copy the image again")
        return data

    def manifest(self, index: dict, tag: str) -> dict:
        """The image for this machine's platform, with the given name if there is one."""
        found = [each for each in index["manifests"]
                 if (not tag or each.get("annotations", {}).get(NAME) == tag) and fits(each.get("platform"))]
        if len(found) != 1:
            names = ", ".join(each.get("annotations", {}).get(NAME, "one without a name") for each in index["manifests"])
            wanted = f"named {tag}" if tag else "for " + "/".join(PLATFORM)
            raise Refusal(f"{self.what} has {len(found)} images {wanted}, of {names or 'none'}: name one as APP={self.what}:NAME")
        document = self.document(self.blob(found[0]), found[0]["digest"])
        if found[0].get("mediaType") in INDEXES or "manifests" in document:
            return self.manifest(document, "")
        return document

    def container(self, tag: str) -> Container:
        manifest = self.manifest(self.document(self.read("index.json"), "index.json"), tag)
        config = self.document(self.blob(manifest["config"]), manifest["config"]["digest"])
        return laid(self.what, config, ((each["digest"], self.blob(each)) for each in manifest["layers"]))


def fits(platform) -> bool:
    return not platform or (platform.get("os"), platform.get("architecture")) == PLATFORM


def laid(what: str, config: dict, layers) -> Container:
    if (config.get("os"), config.get("architecture")) != PLATFORM:
        raise Refusal(f"{what} is for {config.get('os')}/{config.get('architecture')}, not for {'/'.join(PLATFORM)}")
    nodes, lost = {}, []
    for name, data in layers:
        lost += tars.lay(nodes, data, f"{what}, layer {name[:19]}", True)
    return Container(nodes, config.get("config") or {}, [name for name in lost if name in nodes])


def of_folder(folder: pathlib.Path, tag: str) -> Container:
    def read(name: str) -> bytes:
        path = folder / name
        if not path.is_file():
            raise Refusal(f"there is no file {path}: the image is incomplete, copy it again")
        return path.read_bytes()

    return guarded(str(folder), Layout(str(folder), read).container, tag)


def of_tar(path: pathlib.Path, archive: tarfile.TarFile, tag: str) -> Container:
    """An OCI layout in a tar, or a docker-archive."""
    names = {name.removeprefix("./"): name for name in archive.getnames()}

    def read(name: str) -> bytes:
        try:
            return archive.extractfile(names[name]).read()
        except (KeyError, AttributeError):
            raise Refusal(f"{path} has no file {name}: the image is incomplete, copy it again") from None

    if "manifest.json" not in names:
        return guarded(str(path), Layout(str(path), read).container, tag)
    return guarded(str(path), docker, path, read, tag)


def docker(path: pathlib.Path, read, tag: str) -> Container:
    images = [each for each in json.loads(read("manifest.json")) if not tag or tag in (each.get("RepoTags") or [])]
    if len(images) != 1:
        raise Refusal(f"{path} has {len(images)} images{' named ' + tag if tag else ''}: save only one")
    layers = ((name, read(name)) for name in images[0]["Layers"])
    return laid(str(path), json.loads(read(images[0]["Config"])), layers)


def guarded(what: str, work, *arguments) -> Container:
    """Refuses documents of another form."""
    try:
        return work(*arguments)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise Refusal(f"{what} is not a container image in a known format: {problem!r}") from None
