#!/usr/bin/env python3
"""Writes the numbers in Sources/CSystem/template.c: the parts that are not zero of the file system that a new data disk begins with
(docs/spec/disk.md).

    disk-template.py          replaces them
    disk-template.py FILE     writes the file with them to FILE instead, for comparison

It is one full group of ext4, made by mke2fs 1.47, the same bytes each time; it grows to the disk's size when it is mounted.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BLOCK, BLOCKS = 4096, 32768
FEATURES = ("none,has_journal,ext_attr,dir_index,filetype,extent,64bit,flex_bg,meta_bg,sparse_super,large_file,huge_file,dir_nlink,"
            "extra_isize,metadata_csum,metadata_csum_seed")
# The number of inodes is what each group added later gets; the journal cannot grow.
OPTIONS = ["-q", "-F", "-t", "ext4", "-b", str(BLOCK), "-g", str(BLOCKS), "-G", "16", "-I", "256", "-N", "8192", "-m", "0", "-J", "size=60",
           "-e", "remount-ro", "-O", FEATURES,
           "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0,hash_seed=00000000-0000-4000-8000-000000000001",
           "-U", "00000000-0000-4000-8000-000000000000"]
TEMPLATE = ROOT / "Sources/CSystem/template.c"
# What surrounds the numbers there.
BEGIN, END = "static const unsigned char pieces[] = {\n", ",\n};\n"


def image() -> dict:
    """The blocks that are not zero."""
    with tempfile.TemporaryDirectory() as folder:
        configuration, disk = pathlib.Path(folder, "mke2fs.conf"), pathlib.Path(folder, "disk")
        configuration.write_text("[defaults]\n\tbase_features = none\n[fs_types]\n\text4 = {\n\t}\n\tsmall = {\n\t}\n")
        with disk.open("wb") as file:
            file.truncate(BLOCK * BLOCKS)
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MKE2FS_CONFIG": str(configuration), "E2FSPROGS_FAKE_TIME": "1",
                       "SOURCE_DATE_EPOCH": "1", "MKE2FS_SKIP_CHECK_MSG": "1"}
        subprocess.run(["mke2fs", *OPTIONS, disk], check=True, env=environment, stdout=subprocess.DEVNULL)
        found = {}
        with disk.open("rb") as file:
            for number in range(BLOCKS):
                data = file.read(BLOCK)
                if any(data):
                    found[number] = data
        return found


def number(value: int) -> bytes:
    """In LEB128."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def pieces(data: bytes) -> bytes:
    """Runs of bytes that are not zero, with fewer than three zeros between them."""
    found, end = b"", 0
    for run in re.finditer(rb"\xff{16,}|(?:(?!\xff{16})[^\0](?:\0{0,2}(?=[^\0]))?)+", data, re.DOTALL):
        is_filled = len(run[0]) >= 16 and not run[0].strip(b"\xff")
        found += number(run.start() - end) + number(2 * len(run[0]) + is_filled) + (b"" if is_filled else run[0])
        end = run.end()
    return found


def main():
    blocks = image()
    data = pieces(b"".join(blocks.get(number, bytes(BLOCK)) for number in range(max(blocks) + 1)))
    lines = [", ".join(map(str, data[at:at + 32])) for at in range(0, len(data), 32)]
    head, _, rest = TEMPLATE.read_text().partition(BEGIN)
    text = head + BEGIN + "  " + ",\n  ".join(lines) + END + rest.partition(END)[2]
    pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TEMPLATE).write_text(text)
    print(f"template {len(data)} bytes")


main()
