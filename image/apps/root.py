"""A root file system in memory: each cpio.Node by its name."""

import stat

import cpio
from refusal import Refusal

# As many links as Linux follows.
LINKS = 40


def parent(nodes: dict, name: str) -> str:
    """The name with links in its folders followed, but not a link that it is itself: bin/sh is usr/bin/sh if bin links to usr/bin."""
    folder, _, last = name.rpartition("/")
    return f"{resolved(nodes, folder)}/{last}" if folder else last


def resolved(nodes: dict, name: str, passed=None) -> str:
    """Where a name leads to, as the kernel would go; `..` at the root stays there. `passed` collects the folders on the way."""
    done, rest, links = [], name.split("/"), 0
    while rest:
        part = rest.pop(0)
        if passed is not None:
            passed.append("/".join(done))
        if part == "..":
            done = done[:-1]
        elif part not in ("", "."):
            node = nodes.get("/".join([*done, part]))
            if node and stat.S_ISLNK(node.mode):
                links += 1
                if links > LINKS:
                    raise Refusal(f"{name}: symbolic links form a loop")
                target = node.data.decode(errors="surrogateescape")
                done = [] if target.startswith("/") else done
                rest = target.split("/") + rest
            else:
                done.append(part)
    return "/".join(done)


def remove(nodes: dict, name: str):
    """A file, or a folder with all that is in it."""
    for each in [each for each in nodes if each == name or each.startswith(name + "/")]:
        del nodes[each]


def put(nodes: dict, name: str, node: cpio.Node):
    """A folder is merged into an existing folder; everything else replaces what has its name."""
    before = nodes.get(name)
    if before and stat.S_ISDIR(before.mode) and not stat.S_ISDIR(node.mode):
        remove(nodes, name)
    nodes[name] = node


def regular(nodes: dict, name: str):
    """The file that a name leads to, or None."""
    node = nodes.get(resolved(nodes, name))
    return node if node and stat.S_ISREG(node.mode) else None
