"""Describes an image: manifest.json lists its files, and sbom.cdx.json is a bill of materials in CycloneDX 1.5."""

import hashlib
import json
import os
import pathlib
import re
import stat
import subprocess
import tarfile
import uuid

import cpio
import outputs
from apps import root


def manifest(files: dict, nodes: dict) -> bytes:
    """The image's files, and those in its initramfs, by name."""
    described = {name: outputs.digests(data) for name, data in sorted(files.items())}
    inside = {name: node_of(node) for name, node in cpio.with_parents(nodes).items()}
    return (json.dumps({"schema_version": 1, "files": described, "initramfs": inside}, indent=2) + "\n").encode()


def node_of(node: cpio.Node) -> dict:
    described = {"mode": f"{node.mode:o}"} | ({"owner": list(node.owner)} if any(node.owner) else {})
    if stat.S_ISLNK(node.mode):
        return described | {"target": node.data.decode(errors="backslashreplace")}
    return described | outputs.digests(node.data) if stat.S_ISREG(node.mode) else described


def sbom(version: str, revision: str, kernel, modules: dict, nodes: dict) -> bytes:
    """Our libraries as the agent names them, the kernel and its modules, and the packages that the app's files list."""
    agent = hashlib.sha256(outputs.AGENT.read_bytes()).hexdigest()
    parts = [component("application", "dstack-guest-agent", version, licence="Apache-2.0", sha256=agent), *libraries()]
    if kernel.version:
        parts.append(component("operating-system", "linux", kernel.version, purl=f"pkg:deb/debian/linux@{kernel.version}",
                               licence="GPL-2.0-only", sha256=hashlib.sha256(kernel.image).hexdigest()))
    else:
        parts.append(component("operating-system", "linux", kernel.release or "unknown", licence="GPL-2.0-only",
                               sha256=hashlib.sha256(kernel.image).hexdigest()))
    parts += [component("file", name, kernel.release, sha256=hashlib.sha256(node.data).hexdigest()) for name, node in modules.items()]
    parts += [*debian(nodes), *alpine(nodes)]
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"tools": {"components": [component("application", "swift", toolchain())]},
                     "component": {"type": "operating-system", "name": "dstack minimal CVM", "version": f"{version}+{revision}"}},
        "components": parts}
    number = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(json.dumps(document).encode()).hexdigest())
    return (json.dumps({**document, "serialNumber": f"urn:uuid:{number}"}, indent=2) + "\n").encode()


def component(kind: str, name: str, version: str, purl: str = "", licence: str = "", sha256: str = "") -> dict:
    fields = {"type": kind, "name": name, "version": version}
    fields |= {"purl": purl} if purl else {}
    fields |= {"licenses": [{"license": {"id": licence}}]} if licence else {}
    return fields | ({"hashes": [{"alg": "SHA-256", "content": sha256}]} if sha256 else {})


def toolchain() -> str:
    said = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"version (\S+)", said)[1]


def pins() -> dict:
    """The C libraries' source packages by their names, as (version, SHA-256 of the .dsc, licence)."""
    lines = (outputs.ROOT / "support/debian-sources.txt").read_text().splitlines()
    return {name: (version, digest, licence)
            for name, version, _, digest, licence in (line.split() for line in lines if not line.startswith("#"))}


def libraries() -> list:
    """What `dstack-guest-agent version` names below its own line: Debian's source packages, with Debian's patches."""
    said = subprocess.run([outputs.AGENT, "version"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    found = []
    for name, version in (line.split(maxsplit=1) for line in said):
        part = component("library", name, version, purl=f"pkg:deb/debian/{name}@{version}?arch=source", licence=pins()[name][2])
        changes = [{"type": "unofficial", "diff": {"url": f"debian/patches/{patch}"}} for patch in patches(name, version)]
        found.append(part | ({"pedigree": {"patches": changes}} if changes else {}))
    return found


def patches(name: str, version: str) -> list:
    """The patches that the source package lists, if it was fetched: with LIBS=system it was not."""
    path = pathlib.Path(os.environ.get("SOURCES", outputs.ROOT / "deps/src")) / f"{name}_{version}.debian.tar.xz"
    if not path.is_file():
        return []
    with tarfile.open(path) as archive:
        if "debian/patches/series" not in archive.getnames():
            return []
        series = archive.extractfile("debian/patches/series").read().decode()
    return [line.split()[0] for line in series.splitlines() if line.strip() and not line.startswith("#")]


def debian(nodes: dict) -> list:
    """The packages in dpkg's list; distroless images have a file for each."""
    texts = [node.data for name, node in sorted(nodes.items()) if stat.S_ISREG(node.mode) and (
        name == "var/lib/dpkg/status" or re.fullmatch(r"var/lib/dpkg/status\.d/[^/]+", name) and not name.endswith(".md5sums"))]
    system = os_id(nodes) or "debian"
    found = {}
    for text in texts:
        for paragraph in text.decode(errors="replace").split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|Architecture|Status): (.*)$", paragraph, re.MULTILINE))
            if "Package" in fields and "Version" in fields and fields.get("Status", "installed").endswith("installed"):
                purl = f"pkg:deb/{system}/{fields['Package']}@{fields['Version']}?arch={fields.get('Architecture', 'all')}"
                found[purl] = component("library", fields["Package"], fields["Version"], purl=purl)
    return [found[purl] for purl in sorted(found)]


def alpine(nodes: dict) -> list:
    """The packages in apk's list."""
    node = root.regular(nodes, "lib/apk/db/installed")
    found = []
    for paragraph in node.data.decode(errors="replace").split("\n\n") if node else []:
        fields = dict(re.findall(r"^([PVA]):(.*)$", paragraph, re.MULTILINE))
        if "P" in fields and "V" in fields:
            purl = f"pkg:apk/alpine/{fields['P']}@{fields['V']}?arch={fields.get('A', 'noarch')}"
            found.append(component("library", fields["P"], fields["V"], purl=purl))
    return sorted(found, key=lambda each: each["purl"])


def os_id(nodes: dict) -> str:
    """The app's own operating system, if it names one."""
    node = root.regular(nodes, "usr/lib/os-release")
    found = re.search(r'^ID="?([a-z0-9._-]+)"?$', node.data.decode(errors="replace"), re.MULTILINE) if node else None
    return found[1] if found else ""
