"""The files below a folder, with their modes; they belong to root, because whoever has checked them out is nobody in the machine."""

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
                raise Refusal(f"{path} cannot be read: make it readable for whoever makes the image") from None
            shared = f"{status.st_dev}:{status.st_ino}" if status.st_nlink > 1 else ""
            nodes[name] = cpio.file(data, mode)._replace(link=shared)
        else:
            raise Refusal(f"{path} is neither file nor folder nor link: leave it out, the kernel makes device nodes itself")
    return nodes
