"""Mounts a file system whose one file, `file`, opens and is never read: hanging_file.py DIRECTORY

Speaks as much of the kernel's FUSE protocol (linux/fuse.h, version 7.12) as this needs. Prints "mounted", then a line for each read."""

import ctypes
import os
import struct
import sys

LOOKUP, GETATTR, OPEN, READ, INIT = 1, 3, 14, 15, 26


def attributes(node: int) -> bytes:
    mode = 0o40755 if node == 1 else 0o100644
    return struct.pack("<6Q10I", node, 40, 1, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def main(directory: str):
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if ctypes.CDLL(None, use_errno=True).mount(b"hang", directory.encode(), b"fuse", 0, options):
        sys.exit(os.strerror(ctypes.get_errno()))
    print("mounted", flush=True)
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError:
            return
        operation, unique, node = struct.unpack("<IQQ", request[4:24])
        error, answer = 0, b""
        if operation == INIT:
            answer = struct.pack("<4I2HI", 7, 12, 65536, 0, 0, 0, 65536)
        elif operation == LOOKUP and request[40:].startswith(b"file\0"):
            answer = struct.pack("<4Q2I", 2, 0, 1, 1, 0, 0) + attributes(2)
        elif operation == LOOKUP:
            error = -2
        elif operation == GETATTR:
            answer = struct.pack("<Q2I", 1, 0, 0) + attributes(node)
        elif operation == OPEN:
            answer = struct.pack("<Q2I", 1, 1, 0)
        elif operation == READ:
            print("read", flush=True)
            continue
        try:
            os.write(device, struct.pack("<IiQ", 16 + len(answer), error, unique) + answer)
        except OSError:
            pass  # nobody waits for it any more


if __name__ == "__main__":
    main(sys.argv[1])
