"""What would keep a program from starting, reported when the image is made."""

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
# The image's settings for the agent.
SETTINGS = "etc/dstack/agent.json"
# Folders that process 1 mounts another file system over.
COVERED = ("dev", "proc", "run", "sys", "tmp")
# Mode bits, and the capabilities that override them (capabilities(7)): DAC_OVERRIDE and DAC_READ_SEARCH.
READ, EXECUTE = 4, 1
OVERRIDES_ALL, OVERRIDES_READING = 1 << 1, 1 << 2


class User(NamedTuple):
    """The user that a program runs as, as `init --check` prints it."""
    name: str
    user: int
    group: int
    capabilities: int
    user_place: str

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
            place, mode = self.user_place or f"{RUN}/{self.name}.conf", "r" if wanted == READ else "x"
            raise Refusal(f"{what} has mode {stat.S_IMODE(node.mode):04o} and belongs to {node.owner[0]}:{node.owner[1]}, so {self.name}, "
                          f"which runs as {who}, cannot {verb} it: chmod a+{mode}, or name another user in {place}")


def programs(nodes: dict, agent: pathlib.Path, words: list):
    """The agent's settings, each entry of run.d and the words for the command line are what the machine can start with. The agent itself
    reads all of them, as it does when it is /init."""
    folder = root.resolved(nodes, RUN) + "/"
    with tempfile.TemporaryDirectory() as top:
        # so that it names files as this does
        copy = pathlib.Path(top, RUN)
        copy.mkdir(parents=True)
        settings = root.parent(nodes, SETTINGS)
        if settings in nodes:
            pathlib.Path(top, SETTINGS).write_bytes(regular(nodes, settings, SETTINGS).data)
        for name in [name for name in nodes if name.startswith(folder)]:
            if stat.S_ISDIR(nodes[name].mode):
                raise Refusal(f"{name} is a folder: put programs into {RUN} itself")
            file = copy / name.removeprefix(folder)
            if file.suffix == ".conf":
                file.write_bytes(regular(nodes, name, name).data)
            else:
                file.touch(0o755)
        read = subprocess.run([agent, "init", "--check", pathlib.PurePath(RUN).parent, " ".join(words)], cwd=top, capture_output=True,
                              text=True, errors="replace")
        if read.returncode:
            raise Refusal(read.stderr.strip().partition("dstack-guest-agent: ")[2])
    for line in read.stdout.splitlines():
        program = json.loads(line)
        path, place, directory, directory_place = (program.pop(name) for name in ("program", "program_place", "directory", "directory_place"))
        user = User(**program)
        if place:
            executable(nodes, path.lstrip("/"), place, user)
        else:
            name = folder + path.removeprefix(RUN + "/")
            executable(nodes, name, name, user)
        node = nodes.get(root.resolved(nodes, directory))
        # a folder that is not in the image may exist when the program starts
        if node:
            reachable(nodes, directory + "/.", f", the directory of {directory_place},", user)


def regular(nodes: dict, name: str, what: str):
    """A file, perhaps through links."""
    node = root.regular(nodes, name)
    if not node:
        raise Refusal(f"{what} is missing, or is not a file: the link leads nowhere in the image")
    return node


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

