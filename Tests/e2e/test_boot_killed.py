"""kill -9 at every step of the measured startup, by strace on the release binary: what the next boot says, and which files are left."""

import json
import re

import pytest

import startup
from startup import Startup

# The calls that change something, in order. The program dies on entry to one, so all calls before it are done.
EVENTS = ["system-preparing", "app-id", "compose-hash", "gpu-policy-hash", "instance-id", "boot-mr-done", "key-provider"]
FRESH, HALF_WAY, DONE = "started app", "stopped half-way", "has been started before: nothing to do"
MISMATCH = "the event log does not reproduce RTMR3"
NO_LOG = "RTMR3 is not zero, and there is no event log"


def emitting(event, last):
    """(call, what it does, what the next boot says if it was not done)"""
    return [("write", "extend " + event, last), ("write", "log " + event, MISMATCH if last == HALF_WAY else NO_LOG)]


def replacing(name, last, content=True):
    return ([("write", name, last)] if content else []) + [("renameat", name, last)]


STEPS = [
    ("mkdir", "work", FRESH), ("mkdir", ".host-shared", FRESH),
    *replacing(".sys-config.json", FRESH), *replacing("app-compose.json", FRESH), ("write", "runtime_event_version", FRESH),
    *emitting(EVENTS[0], FRESH), *[step for event in EVENTS[1:] for step in emitting(event, HALF_WAY)],
    ("write", "inblob", HALF_WAY),
    *replacing(startup.KEYS, HALF_WAY), *replacing(startup.ENV, HALF_WAY, content=False),
    *replacing(startup.ENV_JSON, HALF_WAY), *replacing(startup.CONFIG, HALF_WAY),
    *emitting("system-ready", HALF_WAY), ("write", "console", DONE),
]
# A quote's entry in configfs is made and removed; its name differs each time.
IGNORED = "tsm/report/dstack-|/run/log"


def number(index: int) -> int:
    """The number of the same call up to a step, as strace counts."""
    return sum(call == STEPS[index][0] for call, _, _ in STEPS[:index + 1])


@pytest.fixture
def guest(simulator, tmp_path):
    return Startup(simulator, tmp_path)


def test_the_steps_are_all(guest, tmp_path):
    """The table above has all that the program does."""
    trace = tmp_path / "trace"
    assert guest.boot("strace", "-y", "-s", "99", "-o", trace, "-e", "trace=mkdir,write,renameat").returncode == 0
    found = []
    for line in trace.read_text().splitlines():
        call = re.match(r"(\w+)\((.*)", line)
        if not call or re.search("mkdir.*(" + IGNORED + ")", line):
            continue
        name, rest = call.groups()
        event = re.search(r'\{\\"event\\":\\"([\w-]+)', rest)
        if name == "mkdir":
            what = re.search(r'([^/"]+)"', rest)[1]
        elif name == "renameat":
            what = re.findall(r'"([^"]+)"', rest)[1]
        elif event:
            what = "log " + event[1]
            found[-1] = ("write", "extend " + event[1])
        else:
            what = "console" if rest.startswith("2<") else re.search(r"/([^/]+?)(\.new)?>", rest)[1]
        found.append((name, what))
    assert found == [(call, what) for call, what, _ in STEPS]


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[f"{call} {what}" for call, what, _ in STEPS])
def test_killed(guest, index):
    call, what, then = STEPS[index]
    # strace also counts calls that the table leaves out, but those come after the listed ones of the same name
    strace = ["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number(index)}"]
    injected = guest.boot(*strace)
    assert injected.returncode in (-9, 137), injected
    done = sum(step.startswith("log ") for _, step, _ in STEPS[:index])
    assert len(guest.simulator.events) == done

    # a file with keys is complete, or nobody reads it
    for name in guest.secrets & {startup.KEYS, startup.ENV_JSON}:
        assert json.loads((guest.copies / name).read_text()) is not None
    if (guest.work / startup.CONFIG).exists():
        json.loads((guest.work / startup.CONFIG).read_text())

    register = guest.simulator.register(3)
    if then in (FRESH, DONE):
        assert then in guest.succeed()
        assert guest.simulator.register(3) == guest.simulator.replayed
        assert guest.secrets == {startup.KEYS, startup.ENV, startup.ENV_JSON}
    else:
        assert then in guest.refuse()
        assert guest.simulator.register(3) == register
        # and it keeps saying so
        assert then in guest.refuse()
