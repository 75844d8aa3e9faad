"""The processor time of a loop's turns, recorded by perf: by the clock, a turn also takes what other processes had the processor for."""

import pathlib
import re
import signal
import subprocess
import tempfile
import typing

# A turn ends where the loop polls its descriptors. A poll of one descriptor is part of a turn.
POLL = ["-e", "syscalls:sys_enter_poll", "--filter", "nfds > 1"]
EVENT = re.compile(r"(\d+\.\d+): +(?:PERF_RECORD_SWITCH (IN|OUT)|syscalls:sys_enter_poll)")


class Recorder:
    """Records a process, without its children, while this is open. Then `longest` is in milliseconds, or None if perf is missing or may not
    trace."""

    def __init__(self, pid: int):
        self.pid, self.longest = pid, None

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="turns-")
        self.data = pathlib.Path(self.directory.name) / "perf.data"
        try:
            self.perf = subprocess.Popen(["perf", "record", "-q", "-i", "-m", "4M", "--switch-events", "-p", str(self.pid), *POLL, "-o", self.data],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            self.perf = None
        return self

    def __exit__(self, *_):
        if self.perf:
            self.perf.send_signal(signal.SIGINT)
            self.perf.wait(timeout=30)
            script = subprocess.run(["perf", "script", "--show-switch-events", "--show-lost-events", "-F", "time,event,comm,pid", "-i", self.data],
                                    capture_output=True, text=True)
            self.longest = longest(script.stdout)
        self.directory.cleanup()


def longest(script: str) -> typing.Optional[float]:
    """Milliseconds of processor time in the longest turn of a recording; None if it has no whole turn, or is not whole itself."""
    if "PERF_RECORD_LOST" in script:
        return None
    found, used, since = None, None, None
    for time, switch in EVENT.findall(script):
        time = float(time) * 1000
        if used is not None and since is not None:
            used += time - since
        since = None if switch == "OUT" else time
        if not switch:
            found = found if used is None else max(found or 0, used)
            used = 0
    return found
