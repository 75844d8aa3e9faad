"""The kernel of an image, and its modules."""

import lzma
import os
import pathlib
import subprocess

import cpio
import outputs

HERE = pathlib.Path(__file__).resolve().parent
# What an encrypted data disk needs, as lines of modules.txt; the second encrypts 1.5 times as fast as the built-in code.
OF_DISK = ["dm_crypt", "aesni_intel optional", "nvme optional"]


class Kernel:
    """A folder like those in deps/kernel (`bzImage`, `release`, `modules/`, and `version` and `headers/` where it is Debian's), or a
    single bzImage, which needs no modules."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.image = outputs.content(path if path.is_file() else path / "bzImage")
        self.release = "" if path.is_file() else outputs.content(path / "release").decode().strip()

    @property
    def version(self) -> str:
        """The version of Debian's package, if it is one."""
        file = self.path / "version"
        return file.read_text().strip() if file.is_file() else ""

    def has(self, setting: str) -> bool:
        """Whether a setting of its configuration is on; False if that is not known."""
        files = list(self.path.glob(f"headers/src/linux-headers-{self.release}/.config")) + list(
            self.path.glob(f"headers/usr/src/linux-headers-{self.release}/.config"))
        return any(f"{setting}=y\n" in file.read_text() for file in files)

    def modules(self, more: list) -> dict:
        """The modules of modules.txt and then of `more`, which are such lines, with their dependencies, as files in the order of loading."""
        if not self.release:
            if more:
                outputs.fail(f"MODULES={' '.join(more)}: {self.path} is a single bzImage; set KERNEL to a folder that has modules/ too")
            return {}
        lines = (HERE / "modules.txt").read_text().splitlines() + more
        wanted = [line.partition("#")[0].split() for line in lines]
        files = {}
        for name, *marks in filter(None, wanted):
            for path in self.files(name, "optional" in marks):
                files.setdefault(path)
        return {f"lib/modules/{name}": cpio.file(data) for name, data in map(unpacked, files)}

    def files(self, name: str, is_optional: bool) -> list:
        asked = subprocess.run(
            ["modprobe", "-d", (self.path / "modules").resolve(), "-S", self.release, "--show-depends", name],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
        if asked.returncode and not is_optional:
            outputs.fail(f"{self.path} has no module {name}, neither as a file nor built in: {asked.stderr.strip()}")
        steps = [step.split(maxsplit=1) for step in asked.stdout.splitlines()] if asked.returncode == 0 else []
        return [pathlib.Path(path.strip()) for what, path in steps if what == "insmod"]


def chosen() -> Kernel:
    """KERNEL, or else that of kernel.txt, which is fetched."""
    given = os.environ.get("KERNEL")
    if given:
        return Kernel(pathlib.Path(given))
    subprocess.run([HERE / "kernel.sh"], check=True)
    return Kernel(outputs.ROOT / "deps/kernel/cloud-amd64")


def unpacked(path: pathlib.Path) -> tuple:
    """A module's name and bytes, its signature included. Unpacked, because the kernel would take longer for that than for the rest of
    the start, and the initramfs is compressed anyway."""
    data = path.read_bytes()
    return (path.stem, lzma.decompress(data)) if path.suffix == ".xz" else (path.name, data)
