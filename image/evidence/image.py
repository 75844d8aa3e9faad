"""An image in dstack's form, as `make image` makes it: what a VMM loads, and what the firmware measures."""

import hashlib
import json
import pathlib

from refusal import Refusal


class Image:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        if not folder.is_dir():
            raise Refusal(f"there is no image {folder}: make image, or name the folder that has its metadata.json")
        try:
            fields = json.loads(self.content("metadata.json"))
            self.command_line, self.version = fields["cmdline"], fields.get("version", "unknown")
            self.kernel_name, self.initrd_name = fields["kernel"], fields["initrd"]
        except (ValueError, KeyError, TypeError) as problem:
            raise Refusal(f"{folder}/metadata.json does not describe an image: {problem!r}") from None
        if fields.get("rootfs"):
            raise Refusal(f"{folder} has a root file system ({fields['rootfs']}): want an image with only an initramfs")
        self.kernel, self.initrd = self.content(self.kernel_name), self.content(self.initrd_name)
        self.firmware = folder / fields["bios"] if fields.get("bios") else None
        self.check_sums()

    def content(self, name: str) -> bytes:
        path = self.folder / name
        if not path.is_file():
            raise Refusal(f"there is no {path}: {self.folder} is not an image, or is incomplete")
        return path.read_bytes()

    def check_sums(self):
        """Checks the files against sha256sum.txt, and that against digest.txt."""
        sums = self.content("sha256sum.txt")
        if hashlib.sha256(sums).hexdigest() != self.digest:
            raise Refusal(f"{self.folder}/digest.txt does not match sha256sum.txt: make the image again")
        for line in sums.decode(errors="replace").splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256(self.content(name)).hexdigest() != digest:
                raise Refusal(f"{self.folder}/{name} does not match sha256sum.txt: make the image again")

    def has_module(self, name: str) -> bool:
        """Whether manifest.json has a kernel module in the initramfs. In an image without modules the kernel may have it built in."""
        path = self.folder / "manifest.json"
        inside = json.loads(path.read_text())["initramfs"] if path.is_file() else []
        modules = [each for each in inside if each.startswith("lib/modules/")]
        return not modules or any(each.startswith(f"lib/modules/{name}.ko") for each in modules)

    @property
    def digest(self) -> str:
        """The os_image_hash."""
        return self.content("digest.txt").decode(errors="replace").strip()

    @property
    def kernel_release(self) -> str:
        """From the bzImage (Linux, Documentation/arch/x86/boot.rst, kernel_version)."""
        offset = int.from_bytes(self.kernel[0x20E:0x210], "little") + 0x200
        if self.kernel[0x202:0x206] != b"HdrS" or offset == 0x200:
            raise Refusal(f"{self.folder / self.kernel_name} is not a bzImage")
        return self.kernel[offset:offset + 256].partition(b"\0")[0].decode(errors="replace").split(" ")[0]
