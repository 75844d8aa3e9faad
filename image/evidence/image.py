"""An image in the form of dstack's, as `make image` makes it: what a VMM loads, and what it is measured by."""

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
            self.command_line, self.version = fields["cmdline"], fields.get("version", "of no version")
            self.kernel_name, self.initrd_name = fields["kernel"], fields["initrd"]
        except (ValueError, KeyError, TypeError) as problem:
            raise Refusal(f"{folder}/metadata.json is no description of an image: {problem!r}") from None
        if fields.get("rootfs"):
            raise Refusal(f"{folder} has a root file system ({fields['rootfs']}): only images that are an initramfs are known here")
        self.kernel, self.initrd = self.content(self.kernel_name), self.content(self.initrd_name)
        self.firmware = folder / fields["bios"] if fields.get("bios") else None
        self.check_sums()

    def content(self, name: str) -> bytes:
        path = self.folder / name
        if not path.is_file():
            raise Refusal(f"there is no {path}: {self.folder} is no image, or not whole")
        return path.read_bytes()

    def check_sums(self):
        """The files are those that sha256sum.txt names, and that digest.txt."""
        sums = self.content("sha256sum.txt")
        if hashlib.sha256(sums).hexdigest() != self.digest:
            raise Refusal(f"{self.folder}/digest.txt is not that of sha256sum.txt: make the image anew")
        for line in sums.decode(errors="replace").splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256(self.content(name)).hexdigest() != digest:
                raise Refusal(f"{self.folder}/{name} is not what sha256sum.txt says: make the image anew")

    def has_module(self, name: str) -> bool:
        """Whether manifest.json has a kernel module in the initramfs. Where there are none at all, the kernel may have it built in."""
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
        """As the bzImage has it (Linux, Documentation/arch/x86/boot.rst, kernel_version)."""
        offset = int.from_bytes(self.kernel[0x20E:0x210], "little") + 0x200
        if self.kernel[0x202:0x206] != b"HdrS" or offset == 0x200:
            raise Refusal(f"{self.folder / self.kernel_name} is no bzImage")
        return self.kernel[offset:offset + 256].partition(b"\0")[0].decode(errors="replace").split(" ")[0]
