"""What would keep a program from starting, reported when the image is made."""

import ipaddress
import json
import pathlib
import stat
import struct
import subprocess
import tempfile
from typing import NamedTuple

from apps import root
from apps.entry import RUN
from refusal import Refusal

X86_64, INTERPRETER = 62, 3
# What the image says of the agent.
SETTINGS = "etc/dstack/agent.json"
# What process 1 mounts something over.
COVERED = ("dev", "proc", "run", "sys", "tmp")
# Bits of a mode, and the capabilities (capabilities(7)) that do without: DAC_OVERRIDE and DAC_READ_SEARCH.
READ, EXECUTE = 4, 1
OVERRIDES_ALL, OVERRIDES_READING = 1 << 1, 1 << 2
WORDS = {"dstack.on_exit": ("restart", "poweroff"), "dstack.on_failure": ("poweroff", "halt"), "dstack.emit_event": ("on", "off"),
         "dstack.console": ("agent", "programs"), "dstack.disk": ("required", "optional", "scratch")}


class User(NamedTuple):
    """The user that a program runs as, as `init --check` prints it."""
    name: str
    user: int
    group: int
    capabilities: int

    def may(self, node, wanted: int) -> bool:
        """Whether the kernel lets it read (4) or execute (1) a file, or search (1) a folder: path_resolution(7), capabilities(7)."""
        if self.capabilities & OVERRIDES_ALL and (wanted == READ or stat.S_ISDIR(node.mode) or node.mode & 0o111):
            return True
        if self.capabilities & OVERRIDES_READING and (wanted == READ or stat.S_ISDIR(node.mode)):
            return True
        shift = 6 if self.user == node.owner[0] else 3 if self.group == node.owner[1] else 0
        return bool(node.mode >> shift & wanted)

    def need(self, node, wanted: int, what: str, verb: str):
        if not self.may(node, wanted):
            who = f"user {self.user}" + (f" of group {self.group}" if self.group != self.user else "")
            raise Refusal(f"{what} has mode {stat.S_IMODE(node.mode):04o} and belongs to {node.owner[0]}:{node.owner[1]}, so {self.name}, "
                          f"which runs as {who}, cannot {verb} it: chmod a+{'r' if wanted == READ else 'x'}, or name another user in {RUN}/{self.name}.conf")


def programs(nodes: dict, agent: pathlib.Path):
    """The agent's settings are valid, and each entry of run.d can be started. The agent itself reads both, as it does when it is /init."""
    folder = root.resolved(nodes, RUN) + "/"
    with tempfile.TemporaryDirectory() as etc:
        copy = pathlib.Path(etc, pathlib.Path(RUN).name)
        copy.mkdir()
        settings = root.parent(nodes, SETTINGS)
        if settings in nodes:
            node = root.regular(nodes, settings)
            if not node:
                raise Refusal(f"{SETTINGS} is missing, or is not a file")
            (copy.parent / pathlib.Path(SETTINGS).name).write_bytes(node.data)
        for name in [name for name in nodes if name.startswith(folder)]:
            if stat.S_ISDIR(nodes[name].mode):
                raise Refusal(f"{name} is a folder: put programs into {RUN} itself")
            file = copy / name.removeprefix(folder)
            if file.suffix == ".conf":
                node = root.regular(nodes, name)
                file.write_bytes(node.data if node else b"")
            else:
                file.touch(0o755)
        read = subprocess.run([agent, "init", "--check", etc], capture_output=True, text=True, errors="replace")
        if read.returncode:
            told = read.stderr.strip().rpartition("dstack-guest-agent: ")[2]
            raise Refusal(told.replace(etc, str(pathlib.PurePath(RUN).parent)))
        for line in read.stdout.splitlines():
            program = json.loads(line)
            path, directory = (program.pop(name) for name in ("program", "directory"))
            user = User(**program)
            if path.startswith(etc):
                name = path.replace(str(copy) + "/", folder)
                executable(nodes, name, name, user)
            else:
                executable(nodes, path.lstrip("/"), f"{RUN}/{user.name}.conf", user)
            node = nodes.get(root.resolved(nodes, directory))
            # a folder that is not in the image may exist when the program starts
            if node:
                reachable(nodes, directory + "/.", f", the directory of {RUN}/{user.name}.conf,", user)


def reachable(nodes: dict, name: str, through: str, user: User):
    """Each folder on the way to a file can be searched."""
    passed = []
    root.resolved(nodes, name, passed)
    for folder in dict.fromkeys(passed):
        # it becomes the owner of its own folder when it starts
        if folder in nodes and folder != f"var/lib/{user.name}":
            user.need(nodes[folder], EXECUTE, f"{folder}, on the way to {name.removesuffix('/.')}{through or ','}", "enter")


def executable(nodes: dict, name: str, entry: str, user: User, depth: int = 0):
    """A file that its user can execute, with the interpreter that it needs."""
    through = "" if name == entry else f", which {entry} needs,"
    node = root.regular(nodes, name)
    if not node:
        raise Refusal(f"{name}{through} is missing, or is not a file" + ("" if through else ": the link leads nowhere in the image"))
    if root.resolved(nodes, name).split("/")[0] in COVERED:
        raise Refusal(f"{name}{through} is where the machine mounts another file system: put it elsewhere")
    if not node.mode & 0o111:
        raise Refusal(f"{name}{through} is not executable: chmod +x")
    if depth > 4:
        raise Refusal(f"{entry} has a chain of script interpreters that is too long: name an ELF program as interpreter")
    reachable(nodes, name, through, user)
    user.need(node, EXECUTE, f"{name}{through}", "execute")
    if node.data.startswith(b"#!"):
        # an interpreter opens the script itself
        user.need(node, READ, f"{name}{through}", "read")
        words = node.data[2:256].split(b"\n")[0].split()
        if not words:
            raise Refusal(f"{name}{through} has a #! line without an interpreter: name one, such as /bin/sh")
        return executable(nodes, words[0].decode(errors="surrogateescape").lstrip("/"), entry, user, depth + 1)
    loader = loader_of(node.data, f"{name}{through}")
    if loader:
        executable(nodes, loader.lstrip("/"), entry, user, depth + 1)


def loader_of(data: bytes, what: str) -> str:
    """The dynamic loader that an ELF program asks for; empty for a static one."""
    if data[:4] != b"\x7fELF":
        raise Refusal(f"{what} is neither an ELF program nor a script that begins with #!")
    try:
        (machine,) = struct.unpack_from("<H", data, 18)
        (start,) = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        if data[4] != 2 or machine != X86_64:
            raise Refusal(f"{what} is not a program for x86-64")
        for index in range(count):
            kind, = struct.unpack_from("<I", data, start + index * size)
            if kind == INTERPRETER:
                offset, = struct.unpack_from("<Q", data, start + index * size + 8)
                length, = struct.unpack_from("<Q", data, start + index * size + 32)
                return data[offset:offset + length].rstrip(b"\0").decode(errors="replace")
    except struct.error:
        raise Refusal(f"{what} is a truncated ELF program") from None
    return ""


def command_line(words: list):
    """Our words for the command line are those that init knows."""
    for word in words:
        name, _, value = word.partition("=")
        if word == "dstack.ip=dhcp":
            continue
        if name == "dstack.ip":
            try:
                own, *others = value.split(",")
                ipaddress.IPv4Interface(own)
                if "/" not in own or len(others) > 2:
                    raise ValueError
                list(map(ipaddress.IPv4Address, others))
            except ValueError:
                raise Refusal(f"CMDLINE has {word}: want dstack.ip=dhcp or dstack.ip=ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]") from None
        elif name in WORDS and value not in WORDS[name]:
            raise Refusal(f"CMDLINE has {word}: want {name}={'|'.join(WORDS[name])}")
        elif name.startswith("dstack.") and name not in WORDS:
            raise Refusal(f"CMDLINE has the unknown word {word}; want dstack.ip, {', '.join(WORDS)}")
