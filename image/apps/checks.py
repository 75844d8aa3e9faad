"""What would keep a program from starting, told when the image is made."""

import ipaddress
import pathlib
import stat
import struct
import subprocess
import tempfile

from apps import root
from apps.entry import RUN
from refusal import Refusal

X86_64, INTERPRETER = 62, 3
WORDS = {"dstack.on_exit": ("restart", "poweroff"), "dstack.on_failure": ("poweroff", "halt"), "dstack.emit_event": ("on", "off"),
         "dstack.console": ("agent", "programs")}


def programs(nodes: dict, agent: pathlib.Path):
    """Each entry of run.d can be started: the agent reads the folder as it will when it is /init."""
    folder = root.resolved(nodes, RUN) + "/"
    with tempfile.TemporaryDirectory() as copy:
        for name in [name for name in nodes if name.startswith(folder)]:
            if stat.S_ISDIR(nodes[name].mode):
                raise Refusal(f"{name} is a folder: programs lie in {RUN} itself")
            file = pathlib.Path(copy, name.removeprefix(folder))
            if file.suffix == ".conf":
                node = root.regular(nodes, name)
                file.write_bytes(node.data if node else b"")
            else:
                executable(nodes, name, name)
                file.touch(0o755)
        read = subprocess.run([agent, "init", "--check", copy], capture_output=True, text=True, errors="replace")
        if read.returncode:
            raise Refusal(f"{RUN}: {read.stderr.strip().rpartition('dstack-guest-agent: ')[2]}")
        for line in read.stdout.splitlines():
            name, _, path = line.split(" ", 2)
            if not path.startswith(copy):
                executable(nodes, path.lstrip("/"), f"{RUN}/{name}.conf")


def executable(nodes: dict, name: str, entry: str, depth: int = 0):
    """A file that the kernel can execute, with whatever executes it."""
    through = "" if name == entry else f", which {entry} needs,"
    node = root.regular(nodes, name)
    if not node:
        raise Refusal(f"{name}{through} is not there, or no file" + ("" if through else ": the link leads nowhere in the image"))
    if not node.mode & 0o111:
        raise Refusal(f"{name}{through} has no x bit: chmod +x")
    if depth > 4:
        raise Refusal(f"{entry} needs scripts of scripts")
    if node.data.startswith(b"#!"):
        words = node.data[2:256].split(b"\n")[0].split()
        if not words:
            raise Refusal(f"{name}{through} has a first line without an interpreter")
        return executable(nodes, words[0].decode(errors="surrogateescape").lstrip("/"), entry, depth + 1)
    loader = loader_of(node.data, f"{name}{through}")
    if loader:
        executable(nodes, loader.lstrip("/"), entry, depth + 1)


def loader_of(data: bytes, what: str) -> str:
    """The dynamic loader that an ELF program asks for; empty for a static one."""
    if data[:4] != b"\x7fELF":
        raise Refusal(f"{what} is neither an ELF program nor a script that begins with #!")
    try:
        (machine,) = struct.unpack_from("<H", data, 18)
        (start,) = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        if data[4] != 2 or machine != X86_64:
            raise Refusal(f"{what} is no program for x86-64")
        for index in range(count):
            kind, = struct.unpack_from("<I", data, start + index * size)
            if kind == INTERPRETER:
                offset, = struct.unpack_from("<Q", data, start + index * size + 8)
                length, = struct.unpack_from("<Q", data, start + index * size + 32)
                return data[offset:offset + length].rstrip(b"\0").decode(errors="replace")
    except struct.error:
        raise Refusal(f"{what} is an ELF program that is cut short") from None
    return ""


def command_line(words: list):
    """The words for the command line that are ours are those that init knows."""
    for word in words:
        name, _, value = word.partition("=")
        if name == "dstack.ip":
            try:
                own, *others = value.split(",")
                ipaddress.IPv4Interface(own)
                if "/" not in own or len(others) > 2:
                    raise ValueError
                list(map(ipaddress.IPv4Address, others))
            except ValueError:
                raise Refusal(f"CMDLINE has {word}: want dstack.ip=ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]") from None
        elif name in WORDS and value not in WORDS[name]:
            raise Refusal(f"CMDLINE has {word}: want {name}={'|'.join(WORDS[name])}")
        elif name.startswith("dstack.") and name not in WORDS:
            raise Refusal(f"CMDLINE has {word}, which nobody knows: there are dstack.ip, {', '.join(WORDS)}")
