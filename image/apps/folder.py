"""The files below a folder, with their modes. They belong to root, because the user who checked them out does not exist in the machine."""

import pathlib
import stat

import cpio
from refusal import Refusal


def read(folder: pathlib.Path) -> dict:
    nodes = {}
    for path in sorted(folder.rglob("*")):
        name, status = str(path.relative_to(folder)), path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        if path.is_symlink():
            nodes[name] = cpio.link(str(path.readlink()))
        elif path.is_dir():
            nodes[name] = cpio.directory(mode)
        elif path.is_file():
            try:
                data = path.read_bytes()
            except PermissionError:
                raise Refusal(f"{path} cannot be read: make it readable for the user who makes the image") from None
            shared = f"{status.st_dev}:{status.st_ino}" if status.st_nlink > 1 else ""
            nodes[name] = cpio.file(data, mode)._replace(link=shared)
        else:
            raise Refusal(f"{path} is not a file, a folder or a link: leave it out; the kernel makes device nodes itself")
    return nodes
