"""Measures calls that need no quote: latency.py SOCKET SECONDS. Prints a JSON object of lists of milliseconds.

It is a separate program so that it does not wait for the threads of a test."""

import contextlib
import json
import os
import sys
import time

import wire

CALLS = {"GetKey": b'{"path":"a"}', "Version": b""}
PAUSE = 0.004


def favour(pid: int):
    """Raises a process's priority if permitted: the agent is to be measured, not its neighbours."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))


def main(address: str, seconds: float):
    favour(0)
    times = {method: [] for method in CALLS}
    end = time.monotonic() + seconds
    with wire.Wire(address) as connection:
        while time.monotonic() < end:
            for method, body in CALLS.items():
                request = wire.request("POST", "/" + method, body, wire.JSON_HEADER)
                begin = time.monotonic()
                connection.send(request)
                response = connection.response()
                times[method].append(round((time.monotonic() - begin) * 1000, 3))
                assert response.status == 200, response
                time.sleep(PAUSE)
    json.dump(times, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
