"""APP: a folder, a tar, or a container image."""

import pathlib
import tarfile
from typing import NamedTuple

from apps import entry, folder, oci, root, tars
from refusal import Refusal

# Files of a container image that a container engine creates itself, or that belong to the machine.
NOT_TAKEN = ("dev", "proc", "sys", "run", "etc/os-release", "etc/hostname", "etc/resolv.conf", "etc/mtab", ".dockerenv")


class App(NamedTuple):
    nodes: dict
    # notes for the person who makes this image
    notes: list


def read(text: str) -> App:
    path, tag = pathlib.Path(text), ""
    if not path.exists() and ":" in text:
        path, tag = pathlib.Path(text.rpartition(":")[0]), text.rpartition(":")[2]
    if not path.exists():
        raise Refusal(f"APP={text}: no such file or folder")
    if not path.is_dir() and not path.is_file():
        raise Refusal(f"APP={text} is neither a folder nor a file")
    if path.is_dir():
        if (path / "oci-layout").is_file():
            return of_container(oci.of_folder(path, tag), str(path))
        return App(folder.read(path), [])
    try:
        data = path.read_bytes()
        with tars.opened(data, str(path)) as archive:
            if {"oci-layout", "manifest.json"} & {name.removeprefix("./") for name in archive.getnames()}:
                return of_container(oci.of_tar(path, archive, tag), str(path))
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise Refusal(f"{path} is truncated: {problem}") from None
    nodes = {}
    lost = tars.lay(nodes, data, str(path), False)
    return App(nodes, capabilities(lost))


def of_container(container: oci.Container, what: str) -> App:
    nodes = {name: node for name, node in container.nodes.items()
             if not any(name == each or name.startswith(each + "/") for each in NOT_TAKEN)}
    said = []
    if not any(name.startswith(root.resolved(nodes, entry.RUN) + "/") for name in nodes):
        made, said = entry.nodes_for(nodes, container.config, what)
        nodes |= made
    ports = sorted(container.config.get("ExposedPorts") or {})
    notes = [f"it listens on {', '.join(ports)}: image/boot --publish PORT:{ports[0].partition('/')[0]}"] if ports else []
    return App(nodes, notes + said + capabilities(container.lost_capabilities))


def capabilities(names: list) -> list:
    return [f"{name} loses its capabilities, which an initramfs cannot hold: start it as root, or do without them" for name in names]
