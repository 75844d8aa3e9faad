"""All attacks, mixed at random with faults of everything the agent depends on, against the release agent in a simulated TDX guest.

    soak.py SECONDS [--seed N] [--short-log]

It goes in rounds. In each, some crowds attack (support/measure/crowds.py) by several users, connections break off at any point, the
kernel's quotes are slow, fail, hang, or their process is killed, the register cannot be extended, the container engine sends
garbage; and victims check every answer that they get (victims.py). After each round the agent is left alone, and must be as it was:
no more descriptors or children, the log replays to RTMR3, everything is answered. At the end it holds as little memory as it did when
each attack had run once, and ends on SIGTERM. With --short-log the event log is not filled.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
for folder in ("support/measure", "Tests/e2e", "Tests/sim", "Tests/boot", "Tests/selfcheck"):
    sys.path.insert(0, str(ROOT / folder))
import agent_process  # noqa: E402
import boot  # noqa: E402
import crowds  # noqa: E402
import fake_engine  # noqa: E402
import front  # noqa: E402
import outward  # noqa: E402
import wire  # noqa: E402
from agent_process import Agent  # noqa: E402
from callers import make_container, own_container  # noqa: E402
from simulator import READ, Simulator  # noqa: E402
from verifier import Verifier  # noqa: E402
from victims import Process, Victim  # noqa: E402

QUOTE_DELAY = 50  # ms
# Seconds of a round, and crowds in it.
ROUND, ROUNDS, CROWDS = 6.0, 20, 3
# Rounds after the one in which the last attack has run once.
AFTER_WARM = 2
# Seconds until an agent that is left alone is idle: longer than any of its deadlines for a connection or a child.
REST = 20.0
# How many of the shortest events the log has at the start. The attackers' share nearly fills it; more would leave the victims no room.
# A short soak has fewer, because checking every event takes time.
EVENTS, FEW_EVENTS, SHORT = 40_000, 12_000, 300.0
# Users: attackers in a container, where this machine lets us make one, one outside, one in the victims' own container, and the victims.
CONTAINED, OUTSIDE, MATE, KEYS, EVIDENCE, STRANGER = (2001, 2002), 2003, 2004, 1001, 1002, 1003
# What may be resident at the end: a multiple of the amount after the warm-up, plus bytes.
GROWTH, SLACK = 1.1, 256 * 1024

# Lines of DIR/faults; faults that are not listed never happen.
FAULTS = [
    [], [], ["delay-ms 300"], ["delay-ms 1000"], ["busy 3"], ["eintr 2"], ["fail EIO 2"], ["fail ENOMEM 1", "empty 1"], ["garbage 1"],
    ["big 1"], ["hang 1"], ["hang"], ["extend EIO 1"], ["extend EBUSY 3"], ["extend EINTR 2"], ["delay-ms 200", "skip 1", "fail EINVAL 1"]]


def kinds(is_full: bool) -> dict:
    """The attacks, each a list of crowds; and whether it writes to the log."""
    found = {
        "quotes": crowds.quotes(20), "idle": crowds.idle(), "dripping senders": crowds.dripping_senders(),
        "escapes": crowds.bodies(crowds.escapes()), "purpose": crowds.bodies([crowds.large("GetKey", "purpose", "a")]),
        "forms": crowds.bodies(crowds.forms()), "pages": crowds.pages(), "followers": crowds.followers(), "info": crowds.info(16),
        "slow readers": crowds.slow_readers(), "nonsense": [crowds.crowd(*NONSENSE, connections=8)],
        "tappd": [crowds.crowd(*TAPPD, connections=32, listener="tappd")],
        "certificates": [crowds.crowd(crowds.post("GetTlsKey", usage_ra_tls=True), crowds.post("Attest", report_data=crowds.RANDOM),
                                      crowds.post("v1/Attest", report_data=crowds.RANDOM), connections=8)]}
    if is_full:
        found["events"] = crowds.events()
        found["large events"] = crowds.large_events()
    return found


WRITERS = ("events", "large events")
# Attacks that may come from the victims' container: they use up only connections, of which it has enough for both.
MATES = ("idle", "info", "nonsense", "slow readers")
NONSENSE = [b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"POST /GetKey HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{\"path\":1",
            b"POST /GetKey HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", b"x" * 9000,
            crowds.get("/Nothing"), crowds.post("GetKey", path=["a"]), crowds.post("Sign", algorithm="none")]
TAPPD = [crowds.post("prpc/Tappd.DeriveKey", path="a"), crowds.post("prpc/Tappd.TdxQuote", report_data="00"), crowds.post("prpc/Tappd.Info"),
         crowds.large("prpc/Tappd.DeriveKey", "subject", "a")]


class Engine(fake_engine.FakeEngine):
    """A container engine that works, or not."""

    def __init__(self, path):
        super().__init__(path)
        crowds.add_containers(self)
        self.add("broken", fake_engine.answer(fake_engine.frame(b"a", size=2**31)))
        self.add("silent", self.wait)
        self.well = self.containers

    def wait(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + fake_engine.frame(b"a line\n"))
        connection.recv(1)

    def change(self, how: random.Random):
        self.containers = how.choice([
            self.well, self.well, b"[" * 100_000, b"{}", lambda connection: connection.sendall(b"HTTP/1.1 200"), lambda connection: connection.recv(1)])

    def heal(self):
        self.containers = self.well


def kill_a_quote(agent) -> bool:
    """Kills the process that makes a quote, if it waits in the kernel."""
    for pid in crowds.processes(agent.pid)[1:]:
        with contextlib.suppress(OSError, IndexError, ValueError):
            call = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
            if call[0] == str(READ) and os.readlink(f"/proc/{pid}/fd/{int(call[1], 16)}").endswith("/outblob"):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


class Soak:
    def __init__(self, seconds: float, seed: int, is_full: bool, directory: str):
        self.seconds, self.is_full, self.directory = seconds, is_full, directory
        self.random = random.Random(seed)
        self.failures = []
        self.totals = {}
        self.seen = set()
        self.deck = []
        # what is resident, and the log's bytes, after each round; and how many rounds it takes for each attack to have run once
        self.rests = []
        self.warm_after = 1
        self.container, self.home, self.outside = make_container("soak-attackers"), make_container("soak-victims"), None
        self.kinds = kinds(is_full)
        if self.home is None:
            # the victims' container would have no share of the log left
            self.kinds = {name: kind for name, kind in self.kinds.items() if name not in WRITERS}

    # The parts

    def start(self, stack):
        for container in filter(None, (self.container, self.home)):
            stack.callback(container.rmdir)
        if self.home:
            # the calls at rest come from the victims' container: attackers outside may use up the share of this one
            self.outside = own_container(self.home.parent)
            stack.callback((self.outside / "cgroup.procs").write_text, "0")
            (self.home / "cgroup.procs").write_text("0")
        self.simulator = Simulator(pathlib.Path(self.directory) / "guest", "--quote-delay", str(QUOTE_DELAY))
        stack.callback(self.simulator.end)
        self.simulator.emit(*boot.EVENTS)
        if self.is_full:
            crowds.fill(self.simulator, EVENTS if self.seconds >= SHORT else FEW_EVENTS)
        self.agent = Agent(prefix=self.simulator.prefix)
        boot.describe_machine(self.agent)
        engine = self.agent.directory / "docker.sock"
        outward.configure(self.agent, engine)
        self.engine = Engine(engine)
        stack.callback(self.finish)
        boot.start(self.agent)
        os.chmod(self.agent.directory, 0o755)
        verifier = Verifier(self.simulator.state)
        self.victims = {
            KEYS: Victim(self.agent, verifier, ["key", "key", "key", "v1_key", "signature", "certificate", "identity"]),
            EVIDENCE: Victim(self.agent, verifier, ["quote", "quote", "attestation", "proof", "event", "measurements"]),
            STRANGER: Victim(self.agent, verifier, ["page"])}
        self.everything()
        # the last connections and children may not have ended: only those seen every time, and the lowest count, matter
        self.lasting = crowds.processes(self.agent.pid)
        self.descriptors = self.count_descriptors()
        for _ in range(20):
            time.sleep(0.05)
            self.lasting = [pid for pid in crowds.processes(self.agent.pid) if pid in self.lasting]
            self.descriptors = {pid: min(count, self.descriptors[pid]) for pid, count in self.count_descriptors().items()}

    def finish(self):
        self.engine.end()
        self.agent.expected = self.agent.surprises
        self.agent.finish()

    def count_descriptors(self) -> dict:
        return {pid: len(front.lasting_descriptors(self.agent) if pid == self.agent.pid else front.descriptors(pid)) for pid in self.lasting}

    def everything(self):
        """Makes each kind of call once, which must succeed while there are no other callers."""
        for victim in self.victims.values():
            for kind in dict.fromkeys(victim.kinds):
                try:
                    if getattr(victim, kind)() is False:
                        self.fail(f"at rest: {kind} is refused")
                except Exception as failure:
                    self.fail(f"at rest: {kind}: {type(failure).__name__}: {str(failure)[:300]}")
            if victim.kept:
                victim.kept.close()
                victim.kept = None

    def fail(self, text: str):
        self.failures.append(text)
        print(f"  FAILED {text}", flush=True)

    def choose(self) -> list:
        """Kinds in random order, each once before any repeats."""
        chosen = []
        while len(chosen) < CROWDS:
            if not self.deck:
                self.deck = list(self.kinds)
                self.random.shuffle(self.deck)
            name = self.deck.pop()
            if name not in chosen:
                chosen.append(name)
        return chosen

    def begin_crowd(self, name: str):
        uid, container = self.random.choice([(CONTAINED[0], self.container), (CONTAINED[1], self.container), (OUTSIDE, self.outside)])
        if name in MATES and self.random.random() < 0.3:
            uid, container = MATE, self.home
        if self.home is None:
            # by one user, or the victims would be just one user of many
            uid = OUTSIDE
        more = {"break": self.random.choice([0, 1, 10, 100]), "seed": self.random.randrange(1, 2**31), "close": self.random.randrange(2),
                "hangup": int(self.random.random() < 0.2)}
        return crowds.Attackers(self.agent, self.directory, self.kinds[name], uid=uid, group=container, **more)

    def round(self, seconds: float):
        names = self.choose()
        victims = [Process(victim, uid, self.home, self.random.randrange(2**31)) for uid, victim in self.victims.items()]
        attackers = {name: self.begin_crowd(name) for name in names}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.random.uniform(0.1, 1.0))
            what = self.random.randrange(5)
            if what < 2:
                self.simulator.faults(*self.random.choice(FAULTS))
            elif what == 2:
                self.engine.change(self.random)
            elif what == 3:
                kill_a_quote(self.agent)
            else:
                name = self.random.choice(names)
                self.tell(name, attackers[name].end())
                attackers[name] = self.begin_crowd(name)
            if self.has_ended:
                break
        self.simulator.faults()
        self.engine.heal()
        for name in names:
            self.tell(name, attackers[name].end())
        for victim in victims:
            for failure, count in victim.end().items():
                self.fail(f"{' + '.join(names)}: {count} x {failure}")
        self.seen.update(names)
        if not self.has_ended:
            self.rest(names)

    @property
    def has_ended(self) -> bool:
        return self.agent.process.poll() is not None

    def tell(self, name: str, told: list):
        total = self.totals.setdefault(name, dict.fromkeys(told[0], 0))
        for each in told:
            for key, value in each.items():
                total[key] += value

    def rest(self, names: list):
        """Leaves the agent alone, and checks that it is as it was."""
        begin = time.monotonic()

        def is_idle() -> bool:
            return crowds.processes(self.agent.pid) == self.lasting and all(
                count <= self.descriptors[pid] for pid, count in self.count_descriptors().items())

        while not is_idle():
            if time.monotonic() - begin > REST:
                children = [pid for pid in crowds.processes(self.agent.pid) if pid not in self.lasting]
                self.fail(f"at rest: children {children}, descriptors {self.count_descriptors()}, before {self.descriptors}")
                # reported once
                self.descriptors = self.count_descriptors()
                break
            time.sleep(0.02)
        if self.simulator.replayed != self.simulator.register(3):
            self.fail("at rest: the log does not replay to RTMR3")
        self.everything()
        held, log = crowds.resident(self.agent.pid), (self.simulator.log / "runtime_events.log").stat().st_size
        self.rests.append((held, log))
        if self.seen < set(self.kinds):
            self.warm_after = len(self.rests) + 1
        print(f"  {' + '.join(names):<48} at rest after {time.monotonic() - begin:4.1f} s: {held // 1024:>7,} KiB, log {log:,} bytes", flush=True)

    def run(self):
        end = time.monotonic() + self.seconds
        # a slow machine gets more time, so that each attack runs and memory can be compared
        while (time.monotonic() < end or len(self.rests) < self.warm_after + AFTER_WARM) and not self.has_ended:
            self.round(max(ROUND, self.seconds / ROUNDS))

    def check_the_end(self):
        if self.has_ended:
            return self.fail(f"the agent has ended: {self.agent.process.returncode}, {self.agent.stderr[-2000:]}")
        (held, last), (_, log) = self.rests[-1], self.rests[self.warm_after - 1]
        warm = max(held for held, _ in self.rests[:self.warm_after])
        limit = int(warm * GROWTH) + SLACK + 6 * (last - log)
        print(f"  resident until each attack had run once: {warm // 1024:,} KiB, at the end {held // 1024:,} KiB of {limit // 1024:,}")
        if held > limit:
            self.fail("memory is lost")
        log = self.simulator.log / "runtime_events.log"
        done = agent_process.run("replay", log)
        if done.returncode != 0 or json.loads(done.stdout)["rtmr3"] != self.simulator.register(3).hex():
            self.fail(f"`replay` says {done.stdout or done.stderr}, RTMR3 is {self.simulator.register(3).hex()}")
        told = [name for name, _, _ in self.simulator.events if name.startswith("victim-")]
        if told != [f"victim-{number}" for number in range(self.victims[EVIDENCE].emitted)]:
            self.fail("the victim's events in the log differ from those that it was told were measured")
        left = [pid for pid in crowds.processes(self.agent.pid)[1:] if pid not in self.lasting]
        if left:
            self.fail(f"children are left: {left}")
        status = self.agent.stop()
        if status != 0:
            self.fail(f"on SIGTERM the agent ends with {status}")
        if crashes := re.findall(r".*crashed by signal.*", self.agent.stderr):
            self.fail(f"a crash was reported: {crashes[0]}")

    def report(self):
        for name, total in sorted(self.totals.items()):
            print(f"  {name:<18} {total['sent']:>9,} sent, {total['ok']:>9,} answered, {total['busy']:>7,} told to try again, "
                  f"{total['other']:>9,} refused, {total['broken']:>7,} broken off by the agent")
        for victim in self.victims.values():
            for kind, (calls, refused) in victim.counts.items():
                print(f"  victim: {kind:<13} {calls:>7,} calls, {refused:>6,} refused")
                if calls and calls == refused:
                    self.fail(f"{kind} was never answered")
        for text, count in sorted(self.surprises().items()):
            print(f"  stderr, {count} times: {text}")

    def surprises(self) -> dict:
        counts = {}
        for text in self.agent.surprises:
            counts[text] = counts.get(text, 0) + 1
        return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--short-log", action="store_true")
    options = parser.parse_args()
    if os.getuid() != 0:
        raise SystemExit("soak: needs root, to be several users")
    print(f"soak: {options.seconds:.0f} s, --seed {options.seed}{' --short-log' if options.short_log else ''}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        soak = Soak(options.seconds, options.seed, not options.short_log, directory)
        with contextlib.ExitStack() as stack:
            soak.start(stack)
            soak.run()
            soak.check_the_end()
            soak.report()
    if soak.failures:
        raise SystemExit(f"soak: {len(soak.failures)} failures, --seed {options.seed}")
    print("soak: all is well")


if __name__ == "__main__":
    main()
