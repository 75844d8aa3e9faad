#!/usr/bin/env python3
"""Speed of the evidence endpoints in a simulated TDX guest, beside the simulator's own quotes.

    evidence.py BINARY            the table
    evidence.py --inside COUNT    in the guest: median microseconds of a quote taken straight from configfs
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from running import ROOT, Running, favour_measuring

REPORTS = pathlib.Path("/sys/kernel/config/tsm/report")
QUOTES = 100
ROUNDS = 7
CALLERS = 24


def quote_times(count):
    entry = REPORTS / f"measure-{os.getpid()}"
    entry.mkdir()
    for number in range(count):
        started = time.perf_counter()
        (entry / "inblob").write_bytes(number.to_bytes(64, "big"))
        (entry / "outblob").read_bytes()
        yield (time.perf_counter() - started) * 1e6
    entry.rmdir()


def main(binary):
    with tempfile.TemporaryDirectory(prefix="measure-") as state:
        guest = [str(ROOT / "out/tdx-sim"), "run", "--state", state, "--"]
        with Running(binary, guest) as agent:
            def own():
                command = [*guest, sys.executable, __file__, "--inside", str(QUOTES)]
                return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

            # alternating, because other work on the machine slows both
            rounds = [(own(), *(agent.load(QUOTES, 1, method, {"report_data": "aa"}).median for method in ("GetQuote", "Attest")))
                      for _ in range(ROUNDS)]
            quote, attest = (statistics.median(times[index] - times[0] for times in rounds) for index in (1, 2))
            print(f"\nevidence, simulated TDX: a quote straight from the simulator takes "
                  f"{statistics.median(times[0] for times in rounds):,.0f} us; GetQuote adds {quote:,.0f} us, Attest {attest:,.0f} us")
            # each event is a line of the log, which every quote and Info contain: they come last
            rows = [("GetQuote", {"report_data": "aa"}, QUOTES), ("Attest", {"report_data": "aa"}, QUOTES),
                    ("GetTlsKey", {"subject": "a", "usage_ra_tls": True, "with_app_info": True}, QUOTES),
                    ("Info", {}, 2000), ("EmitEvent", {"event": "a", "payload": "00"}, 200)]
            for method, message, count in rows:
                load = agent.load(count, 1, method, message)
                print(f"{method:<12}{load.rate:>9,.0f} req/s{load.median:>9,.0f} us median{load.percentile99:>9,.0f} us 99 %")
            with agent.held(CALLERS):
                print(f"resident memory with {CALLERS} callers: {agent.resident()[0]:,} KiB")


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        print(statistics.median(quote_times(int(sys.argv[2]))))
    else:
        favour_measuring()
        main(pathlib.Path(sys.argv[1]).resolve())
