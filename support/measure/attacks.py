#!/usr/bin/env python3
"""What a victim of each attack gets, in a simulated TDX guest whose quotes take a second, and what the agent holds meanwhile.

    attacks.py BINARY [--short] [--check] [ATTACK...]

The attacker is one user (and 127.0.0.2 on TCP), the victim another. Both are C programs (attack.c). The victim calls GetKey 200 times a
second. Two more of its processes make calls one after another: one GetQuote and GetTlsKey with RA-TLS, the other EmitEvent. Each attack
gets a new agent. What is measured is the agent, not how processors are shared: its process that serves apps and the one that calls GetKey
have priority over all others, and attackers have the lowest. `--short` runs the main attacks, for two seconds each; `--check` exits with 1 if a figure
misses its target.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import tempfile
import time
import typing

import crowds
import turns
from crowds import MIB

# Modules of the end-to-end tests; crowds sets the path.
import agent_process
import outward
import wire
from agent_process import PATIENCE, Agent
from callers import make_container
from fake_engine import FakeEngine
from simulator import Simulator

VICTIM = 1000
# Users of the attacker's container.
CONTAINED = (2001, 2002, 2003, 2004)
QUOTE_DELAY = 1000  # ms
SECONDS = 4.0
SHORT_SECONDS = 2.0
# The attack is under way before the victim starts.
LEAD = 0.5
# Events of a full log, with room for those of the victim, and for those of an attacker, who may have a sixteenth.
FULL, NEARLY_FULL = 58_000, 54_000

# The targets: milliseconds, and bytes in addition to multiples of the log and app-compose.
KEY_TIME, QUOTE_TIME, TURN = 5.0, 3000.0, 5.0
MEMORY, LOG_TIMES, COMPOSE_TIMES = 16 * MIB, 5, 3


class Attack(typing.NamedTuple):
    name: str
    crowds: list
    # Events of the log.
    events: int = 0
    is_short: bool = True
    # Whether the attacker is a container, where this machine lets us make one.
    is_container: bool = False


def attacks() -> list:
    return [
        Attack("nobody", []),
        Attack("GetQuote, 3 connections", crowds.quotes(3)),
        Attack("GetQuote, 40 connections", crowds.quotes(40), is_short=False),
        Attack("EmitEvent of 64 KiB", crowds.large_events()),
        Attack("EmitEvent, 40 connections", crowds.events()),
        Attack("EmitEvent, 64 connections", crowds.events(crowds.LISTENER), is_short=False),
        Attack("64 idle connections", crowds.idle()),
        Attack("64 idle of a container", [crowd for user in CONTAINED for crowd in crowds.idle(uid=user)], is_short=False, is_container=True),
        Attack("dripping senders", crowds.dripping_senders(), is_short=False),
        Attack("1 MiB of \\u escapes", crowds.bodies(crowds.escapes())),
        Attack("1 MiB of purpose", crowds.bodies([crowds.large("GetKey", "purpose", "a")]), is_short=False),
        Attack("1 MiB in other forms", crowds.bodies(crowds.forms()), is_short=False),
        Attack("many small fields", crowds.bodies(crowds.fields(), crowds.LISTENER), is_short=False),
        Attack("1 MiB, then hung up", crowds.hung_up()),
        Attack("pages of 8090", crowds.pages()),
        Attack("log followers", crowds.followers(), is_short=False),
        Attack("full log: nobody", [], FULL, is_short=False),
        Attack("full log: Info", crowds.info(crowds.LISTENER), FULL),
        Attack("full log: slow readers", crowds.slow_readers(), FULL),
        Attack("full log: GetQuote", crowds.quotes(3), FULL, is_short=False),
        Attack("full log: pages of 8090", crowds.pages(), FULL, is_short=False),
        Attack("full log: all at once", crowds.everything(), NEARLY_FULL, is_container=True),
    ]


class Result(typing.NamedTuple):
    key: dict
    event: dict
    quote: dict
    certificate: dict
    resident: int
    bound: int
    # Milliseconds of the longest turn of the loop that serves apps, and whether by the clock instead of in processor time.
    turn: float
    is_by_clock: bool
    # The part of the processors' time that the host took meanwhile.
    stolen: float
    # Answers to the attacker, and their bytes; None if the attacker does not wait for any.
    served: typing.Optional[int]
    received: int
    refused: int
    # The agent's exit status if it ended, which it should not.
    status: typing.Optional[int]


class Guests:
    """Simulated guests with and without a full log, and agents that run in them one after the other."""

    def __init__(self, directory: pathlib.Path, stack: contextlib.ExitStack):
        self.directory, self.stack = directory, stack
        self.full = None

    def guest(self, events: int) -> Simulator:
        """A guest whose log has this many events; a full log grows from attack to attack."""
        if events == 0:
            return self.new()
        if self.full is None or len(self.full.events) > events:
            self.full = self.new()
        crowds.fill(self.full, events)
        return self.full

    def new(self) -> Simulator:
        simulator = Simulator(tempfile.mkdtemp(dir=self.directory), "--quote-delay", str(QUOTE_DELAY))
        self.stack.callback(simulator.end)
        return simulator

    @contextlib.contextmanager
    def agent(self, simulator: Simulator):
        """A running agent that has its app certificate, with a container engine in a process of its own."""
        agent = Agent(prefix=simulator.prefix)
        path = agent.directory / "docker.sock"
        outward.configure(agent, path)
        engine = multiprocessing.Process(target=serve_engine, args=[path], daemon=True)
        engine.start()
        simulator.faults("delay-ms 0")
        try:
            agent.start()
            os.chmod(agent.directory, 0o755)
            agent.wait_until(lambda: has_certificate(agent), "the app certificate")
            simulator.faults()
            subprocess.run([crowds.program(), "favour", str(agent.pid)], check=True)
            yield agent
            agent.stop()
        finally:
            engine.kill()
            agent.expected = agent.surprises if agent.process else []
            agent.finish()


def serve_engine(path):
    crowds.add_containers(FakeEngine(path))
    while True:
        time.sleep(3600)


def has_certificate(agent) -> bool:
    with wire.Wire(agent.socket, PATIENCE) as client:
        client.send(crowds.get("/Info"))
        response = client.final()
    return response.status == 200 and bool(response.json()["app_cert"])


def processor_time() -> tuple:
    """The time that a host has taken from this machine's processors, and all their time, in the kernel's ticks (proc_stat(5))."""
    times = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return times[7], sum(times)


def longest_turn(agent):
    """Milliseconds from the agent's metrics; None if they are missing, or it does not answer."""
    with contextlib.suppress(OSError, AssertionError):
        text = wire.exchange(outward.address(agent), crowds.get("/metrics")).body.decode()
        found = re.findall(r"^dstack_agent_longest_round_seconds(?:\{[^}]*\})? ([0-9.]+)$", text, re.M)
        if found:
            return max(map(float, found)) * 1000
    return None


def measure(guests: Guests, attack: Attack, seconds: float, group) -> Result:
    simulator = guests.guest(attack.events)
    with guests.agent(simulator) as agent:
        def victim(kind: str, requests: list, *more):
            path = crowds.request_file(guests.directory, f"victim-{kind}-{len(requests)}", requests)
            command = [crowds.program(), kind, agent.socket, path, str(seconds), str(VICTIM), *map(str, more)]
            return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        before = processor_time()
        with crowds.Watch(agent.pid) as watch, turns.Recorder(agent.pid) as recorder:
            crowd = crowds.Attackers(agent, guests.directory, attack.crowds, group=group if attack.is_container else None)
            time.sleep(LEAD if attack.crowds else 0)
            running = [
                victim("probe", [crowds.post("GetKey", path="a")]),
                victim("calls", [crowds.post("EmitEvent", event="victim", payload="00")], 250),
                victim("calls", [crowds.post("GetQuote", report_data=crowds.RANDOM), crowds.post("GetTlsKey", usage_ra_tls=True)], 50)]
            outputs = [json.loads(process.communicate()[0]) for process in running]
            told = crowd.end()
            stolen, passed = (now - then for now, then in zip(processor_time(), before))
        if any(each.listener == "outside" for each in attack.crowds):
            time.sleep(1)  # a page is cached for this long
        turn, status = recorder.longest or longest_turn(agent), agent.process.poll()
        compose = pathlib.Path(agent.settings["default"]["core"]["compose_file"]).stat().st_size
    log = simulator.log / "runtime_events.log"
    bound = MEMORY + LOG_TIMES * (log.stat().st_size if log.exists() else 0) + COMPOSE_TIMES * compose
    key, [event], [quote, certificate] = outputs
    served = [each["ok"] for each, its in zip(told, attack.crowds) if its.is_answered]
    return Result(
        key, event, quote, certificate, watch.most, bound, turn or key["longest"], recorder.longest is None, stolen / max(1, passed),
        sum(served) if served else None, sum(each["bytes"] for each in told), sum(each[name] for each in told for name in ("busy", "other", "broken", "refused")),
        status)


class Row:
    """A result as text, and what misses its target."""

    def __init__(self):
        self.cells, self.unwanted = [], []

    def add(self, text: str, width: int, complaint: str = ""):
        self.cells.append((text + ("!" if complaint else " ")).rjust(width))
        if complaint:
            self.unwanted.append(complaint)

    def ratio(self, value: float, text: str, wanted: float, width: int, what: str):
        self.add(f"{text} {value / wanted:5.2f}", width, f"{what} {text}" if value > wanted else "")

    def count(self, calls: dict, width: int, what: str):
        failed = calls["failed"]
        self.add(f"{calls['ok']}/{failed}", width, f"{failed} {what} failed" if failed else "")


def row(name: str, result: Result) -> Row:
    row = Row()
    row.cells.append(name.ljust(28))
    key = result.key
    row.add(f"{key['bare']:.2f}", 7)
    row.add(f"{key['median']:.2f}", 7)
    p99 = key["percentile99"]
    # the echo, which does nothing else, waits for processors just the same
    row.add(f"{p99:9.2f} {p99 / KEY_TIME:5.2f}", 19, f"GetKey p99 {p99:.2f}, echo {key['bare']:.2f}" if p99 - key["bare"] > KEY_TIME else "")
    row.count({"ok": key["asked"] - key["failed"], "failed": key["failed"]}, 9, "GetKey")
    row.count(result.event, 8, "EmitEvent")
    for calls, what in ((result.quote, "GetQuote"), (result.certificate, "RA-TLS")):
        row.count(calls, 6, what)
        row.ratio(calls["slowest"], f"{calls['slowest']:6.0f}", QUOTE_TIME, 14, f"{what} slowest")
        if calls["ok"] == 0:
            row.unwanted.append(f"no {what}")
    row.ratio(result.resident, f"{result.resident / MIB:6.1f}", result.bound, 15, "MiB resident")
    row.ratio(result.turn, f"{result.turn:8.1f}{'*' if result.is_by_clock else ''}", TURN, 18, "longest turn, ms")
    row.add(f"{result.stolen:.1%}", 7)
    # in a few seconds perhaps none of many long answers is complete
    is_served = result.served or result.received > MIB
    served = "-" if result.served is None else f"{result.received / MIB:.0f} MiB" if result.served == 0 else f"{result.served:,}"
    row.add(served, 10, "" if is_served or result.served is None else "attacker not served")
    row.add(f"{result.refused:,}", 9)
    if result.status is not None:
        row.add(f"ended with {result.status}", 20, f"the agent has ended with {result.status}")
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("attacks", nargs="*", help="those whose names contain one of these")
    options = parser.parse_intermixed_args()
    if os.getuid() != 0:
        raise SystemExit("attacks: needs root, to be several users")
    agent_process.BINARY = options.binary.resolve()
    seconds = SHORT_SECONDS if options.short else SECONDS
    chosen = [attack for attack in attacks()
              if (any(text in attack.name for text in options.attacks) if options.attacks else attack.is_short or not options.short)]
    print(f"""A victim under attack, {seconds:.0f} s for each; quotes take {QUOTE_DELAY / 1000:.0f} s; times in ms, memory in MiB, each with its multiple
of the target; ! misses the target. Echo: p99 of a process in the agent's place that only echoes, the machine's own part. GetKey:
median, p99 (target: {KEY_TIME:.0f} ms beyond the echo's), answered/failed. EmitEvent, GetQuote and GetTlsKey with RA-TLS: answered/failed, slowest (target: {QUOTE_TIME:.0f} ms). Resident: the
most of all processes together (target: 16 MiB + 5 x log + 3 x app-compose). Turn: the longest of the loop
that serves apps (target: {TURN:.0f} ms), in processor time, or without perf by the clock, marked *. Steal: what the
host took of this machine's processors, which perf takes for processor time. Attacker: answers, or if none is complete the bytes received; and
what was refused or broken off.
""")
    print(f"{'':<28}{'echo':>6} {'p50':>6} {'GetKey p99':>18} {'':>8} {'Emit':>7} {'GetQuote':>12} {'':>7} {'RA-TLS':>12} {'':>7} "
          f"{'resident':>13} {'turn':>16} {'steal':>6}  {'attacker':>10}  {'refused':>8}")
    unwanted = []
    group = make_container("measure-attacker")
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="attacks-"))
        if group:
            stack.callback(group.rmdir)
        guests = Guests(pathlib.Path(directory), stack)
        for attack in chosen:
            line = row(attack.name, measure(guests, attack, seconds, group))
            print("".join(line.cells), flush=True)
            unwanted += [f"{attack.name}: {each}" for each in line.unwanted]
    print(f"\n{len(unwanted)} not as wanted" + "".join(f"\n  {each}" for each in unwanted))
    if options.check and unwanted:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
