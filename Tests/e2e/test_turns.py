"""How `make attacks` reads the longest turn of a loop from perf's text."""

import sys

import pytest
from agent_process import ROOT

sys.path.append(str(ROOT / "support/measure"))
import turns

NAMES = {"poll": "syscalls:sys_enter_poll: ufds: 0x7f00, nfds: 0x05, timeout_msecs: 0x10", "out": "PERF_RECORD_SWITCH OUT preempt",
         "in": "PERF_RECORD_SWITCH IN", "lost": "PERF_RECORD_LOST lost 3"}


def text(events):
    """A recording of events, each with its time in milliseconds."""
    return "".join(f"dstack-guest-ag  4321 {1000 + time / 1000:.6f}: {NAMES[name]}\n" for time, name in events)


@pytest.mark.parametrize("events, wanted", [
    # from one poll to the next
    ([(0, "poll"), (3, "poll")], 3), ([(0, "poll"), (3, "poll"), (10, "poll"), (12, "poll")], 7),
    # others had the processor, or the loop waited
    ([(0, "poll"), (1, "out"), (5, "in"), (7, "poll")], 3),
    ([(0, "poll"), (1, "out"), (2, "in"), (4, "out"), (7, "in"), (8, "poll")], 4),
    # what began before the recording, or has not ended, is no whole turn
    ([(0, "in"), (9, "poll"), (10, "poll"), (11, "in"), (30, "out")], 1), ([(0, "poll"), (9, "out")], None), ([(0, "in"), (1, "out")], None), ([], None),
    # a part is missing
    ([(0, "poll"), (1, "lost"), (3, "poll")], None),
])
def test_longest(events, wanted):
    found = turns.longest(text(events))
    assert found is None if wanted is None else found == pytest.approx(wanted, abs=0.002)
