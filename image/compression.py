"""How an initramfs is compressed: the smaller it is, the sooner QEMU has loaded it; the kernel takes a fifth of gzip's time for zstd."""

import gzip
import subprocess

import outputs

# zstd's level for archives up to this many bytes, and for larger ones: the first takes a minute for 100 MB.
SMALL, LEVEL, LEVEL_OF_LARGE = 16 << 20, 19, 12
# By the value of COMPRESS: the file's suffix, and the kernel's setting.
FORMS = {"zstd": (".zst", "CONFIG_RD_ZSTD"), "gzip": (".gz", "CONFIG_RD_GZIP"), "none": ("", "")}


def chosen(word: str, kernel) -> str:
    """zstd if the kernel is known to have it, else gzip."""
    if word and word not in FORMS:
        outputs.fail(f"COMPRESS={word}: want {', '.join(FORMS)}")
    return word or ("zstd" if kernel.has(FORMS["zstd"][1]) else "gzip")


def compressed(data: bytes, form: str) -> bytes:
    if form == "gzip":
        return gzip.compress(data, 9, mtime=0)
    if form == "zstd":
        level = LEVEL if len(data) <= SMALL else LEVEL_OF_LARGE
        # one thread, so that the result does not depend on their number
        return subprocess.run(["zstd", f"-{level}", "--single-thread", "-cq"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data
