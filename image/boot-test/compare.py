#!/usr/bin/env python3
"""Compares how long images take from the start of /init to the agent's readiness: boots each of them COUNT times, in turns,
because the load of this machine changes.

    compare.py COUNT IMAGE…

Prints medians and minima of the elapsed time, and of the processor time of QEMU, which a busy machine changes less. Without KVM it also
prints how many instructions the guest executes, which no load changes: two boots of an image differ by less than one in a hundred.
`make boot-test` builds what this needs besides the images. An image may come from `make image` of another commit."""

import pathlib
import re
import statistics
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(path) for path in (HERE, HERE.parent, *(HERE.parents[1] / "Tests" / name for name in ("sim", "e2e")))]

import cpio  # noqa: E402 after the path
import machine as machines  # noqa: E402
from evidence.image import Image  # noqa: E402
from host import Shared  # noqa: E402
from launch import qemu  # noqa: E402
from launch.guest import Guest  # noqa: E402

MARKS = re.compile(r"test-init: starting /init|serving on ")


class Boot(Guest):
    """One boot, and how far it was at each mark on the console: (seconds, seconds of processor time), or (millions of instructions,) if
    QEMU counts these, which makes it slower."""

    def __init__(self, image: pathlib.Path, folder: pathlib.Path, counts: bool):
        self.counts, self.marks, self.is_ready = counts, [], threading.Event()
        shared = Shared(folder / "shared", image)
        init = {"test/init": cpio.file((machines.OUT / "test-init").read_bytes(), 0o755)}
        options = [*qemu.disk(str(shared.fat_image())), *qemu.network("10.0.2.15", [], is_isolated=True), *["-icount", "shift=1,sleep=off"] * counts]
        super().__init__(Image(image), folder, qemu.mode(), machines.MEMORY, options=options, words="dstack.ip=10.0.2.15/24", overlay=init,
                         init="/test/init", config_id=shared.config_id, firmware=qemu.FIRMWARE, on_line=self.mark)

    def mark(self, line: str):
        if MARKS.search(line):
            self.marks.append(self.amounts())
            if len(self.marks) == 2:
                self.is_ready.set()

    def amounts(self) -> tuple:
        if self.counts:
            with self.monitor() as monitor:
                return (monitor.execute("query-replay")["icount"] / 1e6,)
        spent = sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir())
        return time.monotonic(), spent / 1e9

    def measured(self) -> tuple:
        if not self.is_ready.wait(machines.PATIENCE):
            sys.exit(f"compare: it does not come up:\n{self.console}")
        return tuple(end - begin for begin, end in zip(*self.marks))


def boot(image: pathlib.Path, counts: bool = False) -> tuple:
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        guest = Boot(image, pathlib.Path(folder), counts)
        try:
            return guest.measured()
        finally:
            guest.kill()


def main(count: int, images: list):
    taken = {image: [] for image in images}
    for _ in range(count):
        for image in images:
            taken[image].append(boot(image))
    print(f"/init to READY, {qemu.mode()}, {count} boots each")
    for image, times in taken.items():
        told = (f"{what} {statistics.median(each):.3f} s, at best {min(each):.3f} s" for what, each in zip(("time", "processor"), zip(*times)))
        counted = f"; {boot(image, counts=True)[0]:,.0f} million instructions" if qemu.mode() == "tcg" else ""
        print(f"{image}: {'; '.join(told)}{counted}")


if __name__ == "__main__":
    main(int(sys.argv[1]), [pathlib.Path(name).resolve() for name in sys.argv[2:]])
