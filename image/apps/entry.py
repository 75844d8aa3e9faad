"""How a container image is started, as a program of the machine: /etc/dstack/run.d/app.conf (dstack-init(8))."""

import cpio
from apps import root
from refusal import Refusal

RUN = "etc/dstack/run.d"
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOT = ("the container image runs its program as root: here it gets a user of its own, without capabilities. An image that needs more "
        f"must contain {RUN}/app.conf, which names them")


def nodes_for(nodes: dict, config: dict, what: str) -> tuple:
    """(the entry, notes for the person who makes this image)"""
    words = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
    if not words:
        raise Refusal(f"{what} has neither an entrypoint nor a command, and nothing in /{RUN}: there is nothing to start")
    environment = dict(each.partition("=")[::2] for each in config.get("Env") or [])
    environment.setdefault("PATH", PATHS)
    user, group, home = identity(nodes, config.get("User") or "", what)
    if user:
        environment.setdefault("HOME", home)
    folder = config.get("WorkingDir") or "/"
    lines = [("program", program(nodes, words[0], environment["PATH"], folder, what)), *[("arg", word) for word in words[1:]],
             *[("env", f"{name}={value}") for name, value in environment.items()],
             *([("user", str(user)), ("group", str(group))] if user else []), ("directory", folder)]
    for key, value in lines:
        if "\n" in value or "\0" in value or value != value.strip(" \t\v\f\r") or not value:
            raise Refusal(f"{what}: {key} in its configuration is empty, has a line break, or begins or ends with a blank, which no entry of "
                          f"{RUN} can have: {value!r}")
    text = "".join(f"{key} = {value}\n" for key, value in lines)
    made = {f"{RUN}/app.conf": cpio.file(text.encode(errors="surrogateescape"), 0o644)}
    working = root.resolved(nodes, folder)
    if working and working not in nodes:
        made[working] = cpio.directory()._replace(owner=(user, group))
    return made, [] if user else [ROOT]


def program(nodes: dict, word: str, paths: str, folder: str, what: str) -> str:
    """The program's path; a bare name is looked for as a shell would."""
    found = [word if word.startswith("/") else f"{folder}/{word}"] if "/" in word else [f"{path}/{word}" for path in paths.split(":")]
    for path in found:
        if root.regular(nodes, path):
            return "/" + "/".join(part for part in path.split("/") if part)
    raise Refusal(f"{what}: there is no program {word} to start")


def identity(nodes: dict, text: str, what: str) -> tuple:
    """(uid, gid, home) of USER[:GROUP], names or numbers."""
    user, _, group = text.partition(":")
    users, groups = table(nodes, "etc/passwd"), table(nodes, "etc/group")
    line = next((line for line in users if line[0] == user or user.isdigit() and line[2] == user), None)
    if user and not line and not user.isdigit():
        raise Refusal(f"{what} runs as {user}, who is not in its /etc/passwd")
    uid = int(line[2]) if line else int(user or 0)
    gid = int(line[3]) if line else 0
    if group:
        known = next((line for line in groups if line[0] == group), None)
        if not known and not group.isdigit():
            raise Refusal(f"{what} runs as group {group}, which is not in its /etc/group")
        gid = int(known[2]) if known else int(group)
    return uid, gid, line[5] if line and len(line) > 5 and line[5] else "/"


def table(nodes: dict, name: str) -> list:
    node = root.regular(nodes, name)
    lines = node.data.decode(errors="replace").splitlines() if node else []
    return [line.split(":") for line in lines if line.count(":") >= 3]
