#!/usr/bin/env python3
"""Time of a measured startup in a simulated TDX guest, beside the simulator's own for the same reads, extends and quote.

    startup.py BINARY             both, and the difference
    startup.py --inside COUNT     in the guest: milliseconds of the simulator's part, the best of COUNT
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from evidence import REPORTS
from running import ROOT, favour_measuring

BOOTS = 15
EVENTS = 8
MEASUREMENTS = pathlib.Path("/sys/devices/virtual/misc/tdx_guest/measurements")
CCEL = pathlib.Path("/sys/firmware/acpi/tables/data/CCEL")
COMPOSE = {"manifest_version": 2, "name": "measure", "runner": "none", "no_instance_id": True}


def simulator_times(count):
    """What a startup needs from the kernel: all registers twice, an extend for each event, a quote, the boot log."""
    for number in range(count):
        started = time.perf_counter()
        for _ in range(2):
            for path in MEASUREMENTS.iterdir():
                path.read_bytes()
        for _ in range(EVENTS):
            (MEASUREMENTS / "rtmr3:sha384").write_bytes(bytes(48))
        entry = REPORTS / f"measure-{number}"
        entry.mkdir()
        (entry / "provider").read_bytes()
        (entry / "generation").read_bytes()
        (entry / "inblob").write_bytes(bytes(64))
        (entry / "outblob").read_bytes()
        (entry / "generation").read_bytes()
        entry.rmdir()
        CCEL.read_bytes()
        yield (time.perf_counter() - started) * 1e3


def guest(folder):
    return [str(ROOT / "out/tdx-sim"), "run", "--state", folder, "--"]


def boot(binary, folder):
    """Milliseconds of one startup in a guest of its own, which already runs, and of a program there that does nothing."""
    host, state = folder / "host", folder / "state"
    host.mkdir()
    state.mkdir()
    (host / "app-compose.json").write_text(json.dumps(COMPOSE))
    (host / ".sys-config.json").write_text("{}")
    holder = subprocess.Popen([*guest(state), "sh", "-c", "echo; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    times = []
    # the second is the time to enter the guest and start a program there
    for command in (["boot", "--host-shared", host, "--work-dir", folder / "work"], ["version"]):
        started = time.perf_counter()
        subprocess.run([*guest(state), binary, *command], check=True, capture_output=True)
        times.append((time.perf_counter() - started) * 1e3)
    holder.communicate(b"\n")
    return times


def main(binary):
    with tempfile.TemporaryDirectory(prefix="measure-") as name:
        folder = pathlib.Path(name)
        (folder / "state").mkdir()
        inside = subprocess.run([*guest(folder / "state"), sys.executable, __file__, "--inside", str(BOOTS)], check=True,
                                capture_output=True, text=True)
        simulator = float(inside.stdout)
        times = []
        for number in range(BOOTS):
            part = folder / str(number)
            part.mkdir()
            times.append(boot(binary, part))
        whole, joining = (min(column) for column in zip(*times))
        total = whole - joining
        print(f"\nmeasured startup, simulated TDX: {total:,.1f} ms at best, the simulator's part {simulator:,.1f} ms, "
              f"beyond it {total - simulator:,.1f} ms")


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        print(min(simulator_times(int(sys.argv[2]))))
    else:
        favour_measuring()
        main(pathlib.Path(sys.argv[1]).resolve())
