"""Tars laid over a root, as layers of a container image are (OCI image-spec, layer.md)."""

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import zlib

import cpio
from apps import root
from refusal import Refusal

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
ZSTD = b"\x28\xb5\x2f\xfd"
CAPABILITIES = "SCHILY.xattr.security.capability"
COMPRESSIONS = ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress), (b"\xfd7zXZ\0", lzma.decompress))
BLOCK = 512


def unpacked(data: bytes, what: str) -> bytes:
    """The tar itself, decompressed if need be."""
    if data[257:262] == b"ustar":
        return data
    for magic, decompress in COMPRESSIONS:
        if data.startswith(magic):
            try:
                return decompress(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as problem:
                raise Refusal(f"{what} is truncated: {problem}") from None
    if data.startswith(ZSTD):
        run = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True)
        if run.returncode:
            raise Refusal(f"{what}: {run.stderr.decode(errors='replace').strip()}")
        return run.stdout
    return data


def opened(data: bytes, what: str) -> tarfile.TarFile:
    """A tar that is complete at least up to its last file: `umoci insert` neither pads the last block nor marks the end."""
    data = unpacked(data, what)
    try:
        if not data:
            raise tarfile.ReadError("empty file")
        archive = tarfile.open(fileobj=io.BytesIO(data + bytes(-len(data) % BLOCK + 2 * BLOCK)), mode="r:")
    except tarfile.TarError as problem:
        raise Refusal(f"{what} is not a tar: {str(problem).splitlines()[0]}") from None
    try:
        members = archive.getmembers()
    except tarfile.TarError as problem:
        raise Refusal(f"{what} is truncated: {problem}") from None
    last = members[-1:]
    end = archive.offset if last and last[0].sparse else sum(each.offset_data + (each.size if each.isreg() else 0) for each in last)
    # Python takes anything that is not a header for the end of the archive
    if len(data) < end or data[archive.offset:archive.offset + BLOCK].strip(b"\0"):
        raise Refusal(f"{what} is truncated" + (f" after {last[0].name}" if last else ""))
    return archive


def lay(nodes: dict, data: bytes, what: str, has_whiteouts: bool) -> list:
    """Lays a tar over a root; returns the names of the files that had capabilities."""
    lost = []
    with opened(data, what) as archive:
        members = archive.getmembers()
        if has_whiteouts:
            # a whiteout hides what lower layers have, wherever it is in its own layer
            for member in members:
                hide(nodes, plain(member.name, what))
        for member in members:
            name = plain(member.name, what)
            if not name or has_whiteouts and name.rpartition("/")[2].startswith(WHITEOUT):
                continue
            name = root.parent(nodes, name)
            root.put(nodes, name, node(nodes, archive, member, what))
            if CAPABILITIES in member.pax_headers:
                lost.append(name)
    return lost


def plain(name: str, what: str) -> str:
    """Without a leading `/` or `./`."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Refusal(f"{what}: {name} leads out of the root")
    return "/".join(parts)


def hide(nodes: dict, name: str):
    folder, _, last = name.rpartition("/")
    folder = root.resolved(nodes, folder)
    prefix = folder + "/" if folder else ""
    if last == OPAQUE:
        for each in [each for each in nodes if each.startswith(prefix)]:
            del nodes[each]
    elif last.startswith(WHITEOUT):
        root.remove(nodes, prefix + last[len(WHITEOUT):])


def node(nodes: dict, archive: tarfile.TarFile, member: tarfile.TarInfo, what: str) -> cpio.Node:
    owner = {"owner": (member.uid, member.gid)}
    if member.isdir():
        return cpio.directory(member.mode & 0o7777)._replace(**owner)
    if member.issym():
        return cpio.link(member.linkname)._replace(**owner)
    if member.islnk():
        target = root.parent(nodes, plain(member.linkname, what))
        if target not in nodes:
            raise Refusal(f"{what}: {member.name} is a hard link to {member.linkname}, which does not exist")
        nodes[target] = nodes[target]._replace(link=nodes[target].link or f"tar:{target}")
        return nodes[target]
    if member.isreg():
        return cpio.file(archive.extractfile(member).read(), member.mode & 0o7777)._replace(**owner)
    raise Refusal(f"{what}: {member.name} is not a file, a folder or a link: leave it out; the kernel makes device nodes itself")
