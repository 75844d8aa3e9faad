"""The operator's programs: their users, their rights, and when they run."""

import json
import re
import time

import httpx
import pytest
from cryptography import x509
from dstack_sdk import DstackClient

import cpio
import machine as machines
from host import COMPOSE, Shared
from launch import qemu

RUN = "etc/dstack/run.d"


@pytest.fixture
def programs(new_machine, image, tmp_path):
    """Starts a guest with programs, each with its arguments and settings. Their output goes to the console."""

    def start(words="dstack.console=programs", compose=None, files=None, **given):
        program = cpio.file((machines.OUT / "app").read_bytes(), 0o755)
        nodes = {"bin/app": program} | (files or {})
        for name, settings in given.items():
            nodes[f"{RUN}/{name.replace('_', '-')}.conf"] = cpio.file(("program = /bin/app\n" + settings).encode(), 0o644)
        shared = Shared(tmp_path / "shared", image, **({"compose": compose} if compose else {}))
        return new_machine(shared=qemu.disk(str(shared.fat_image())), config_id=shared.config_id, nodes=nodes, words=words)

    return start


def of_the_image(image) -> set:
    """The names of the programs that the image itself has from APP."""
    files = json.loads((image / "manifest.json").read_text())["initramfs"]
    return {name.rpartition("/")[2].removesuffix(".conf") for name in files if re.search(rf"(^|/){RUN}/[^/]+$", name)}


def said(machine) -> dict:
    """What programs reported about themselves, and about what they tried."""
    return dict(re.findall(r"^app (.+?): (\w+)$", machine.console.replace("\r", ""), re.MULTILINE))


def test_who_they_are_and_what_they_may(programs, image, measure):
    machine = programs(
        a_tells="args = tells\n", b_tries="args = tries\nsockets = quote\nafter = a-tells\n",
        c_other="args = tells\nuser = 1000\ngroup = 1001\ndirectory = /etc\nnofile = 99\ncapabilities = net_admin\nmemory = 32M\npids = 7\n"
                "env = HOME=/home\nafter = b-tries\n")
    for up in ("tells", "tries", "tells"):
        machine.wait_for(f"app {up}: up")
    machine.wait_for(r"app is 1000:1001 in /etc with 99 files, HOME=/home")
    while machine.console.count("app tells: up") < 2:
        assert machine.is_running and machine.age < machines.PATIENCE, machine.console
    machine.wait_for_probe()
    console = machine.console.replace("\r", "")
    (user, group), = re.findall(r"app is (\d{9}):(\d{9}) in / with \d+ files, HOME=/var/lib/a-tells", console)
    assert user == group and int(user) >> 28 == 1
    assert f"app own folder {user}:{group} 700" in console
    capabilities = re.findall(r"app /proc/self/status Cap(?:Eff|Bnd|Amb):\s+(\w+)", console)
    assert sorted(capabilities) == ["0" * 16] * 3 + [f"{1 << 12:016x}"] * 3
    assert len(re.findall(r"NoNewPrivs:\s+1$", console, re.MULTILINE)) == 2
    assert sorted(re.findall(r"app /proc/self/cgroup 0::(.*)", console)) == ["/programs/a-tells", "/programs/c-other"]
    assert re.search(r"app /etc/hosts 127.0.1.1 boot-test$", console, re.MULTILINE)
    outcome = said(machine)
    for attempt in ("pty", "shm", "fd", "mqueue", "hosts", "tmp"):
        assert outcome[attempt] == "done", attempt
    # in any order
    assert "app port 443: done\n" in console
    assert {name: outcome[name] for name in outcome if name in TRIED} == TRIED
    assert machine.probe.read("/sys/fs/cgroup/programs/c-other/memory.max") == b"33554432\n"
    assert machine.probe.read("/sys/fs/cgroup/programs/c-other/pids.max") == b"7\n"
    # these three, the probe, and those of the image that have a log
    logs = 4 + len([name for name in of_the_image(image)
                    if not re.search(rb"^\s*log\s*=\s*none", machine.probe.read(f"/{RUN}/{name}.conf"), re.MULTILINE)])
    total = int(re.search(rb"MemTotal: +(\d+)", machine.probe.read("/proc/meminfo"))[1]) * 1024
    assert int(machine.probe.read("/sys/fs/cgroup/programs/memory.max")) == total - (64 << 20) - logs * (256 << 10)
    agent = machine.agent()
    assert machine.probe.read(f"/proc/{agent}/cgroup") == b"0::/agent\n"
    assert machine.probe.read(f"/proc/{agent}/oom_score_adj") == b"-999\n"
    line, resident = machine.memory(" beside three programs")
    measure(line)
    assert resident <= 2048


# How each attempt ends for a program without rights.
TRIED = {
    **dict.fromkeys([".appkeys.json", ".decrypted-env", ".decrypted-env.json", ".instance_info", ".sys-config.json", "app-compose.json",
                     "../app-compose.json", "startup files"], "EACCES"),
    **{f"{what} of another": "EACCES" for what in ("memory", "environment", "output", "root")}, "ptrace another": "EPERM",
    "kill another": "EPERM", "other's shm": "EACCES", "memory of 1": "EACCES", "root of 1": "EACCES", "memory of the agent": "EACCES",
    "environment of the agent": "EACCES", "ptrace": "EPERM", "kill the agent": "EPERM", "kill 1": "EPERM", "mount": "EPERM",
    "unmount": "EPERM", "namespace": "EPERM", "user": "EPERM", "device": "EACCES", "port 8090": "EADDRINUSE", "socket's path": "EACCES",
    "file beside the sockets": "EACCES", "programs": "EACCES", "group": "EACCES", "other's folder": "EACCES", "other's tmp": "ENOENT",
    "memory of the kernel": "EACCES", "sysctl": "EACCES", "apps' socket": "ECONNREFUSED", "tappd socket": "ECONNREFUSED",
    "quote socket": "done",
}


def test_order_and_restarts(programs):
    machine = programs(
        z_first="args = exits 0\nonce = yes\n", b_second="args = exits 0\nonce = yes\nafter = z-first\n",
        a_third="args = tells\nafter = b-second\n", never="args = exits 4\nrestart = never\n", failing="args = exits 5\nonce = yes\nrestart = never\n",
        after_failing="args = tells\nafter = failing\n", on_failure="args = exits 6\nrestart = on-failure\n")
    machine.wait_for_probe()
    # in any order
    for line in ("app tells: up", "never has ended with status 4", "not starting the programs after failing"):
        machine.wait_for(line)
    while machine.console.count("on-failure has ended with status 6") < 3:
        assert machine.is_running and machine.age < machines.PATIENCE, machine.console
    lines = [line for line in re.findall(r"dstack-guest-agent: (\S+ has ended with status \d)", machine.console)]
    assert lines.index("z-first has ended with status 0") < lines.index("b-second has ended with status 0")
    assert machine.console.index("b-second has ended") < machine.console.index("app tells: up")
    assert lines.count("never has ended with status 4") == lines.count("failing has ended with status 5") == 1
    assert lines.count("z-first has ended with status 0") == lines.count("b-second has ended with status 0") == 1
    assert "not starting the programs after failing" in machine.console and machine.console.count("app tells: up") == 1


def test_what_they_write(programs, image):
    """Can be read on port 8090, and nowhere else; a program that floods its log delays no other."""
    machine = programs(
        "dstack.ip=10.0.2.15/24", COMPOSE | {"public_logs": True}, counts="args = counts\n", floods="args = floods\n", ends="args = exits 6\n",
        silent="args = counts\nlog = none\n")
    machine.wait_for_probe()
    # process 1 holds the socket from the start
    with httpx.Client(base_url=f"http://127.0.0.1:{machine.host_port}", timeout=30) as client:
        get = lambda target: client.get(target, headers={"Connection": "close"})
        begin = time.monotonic()
        while "err 5\n" not in (log := get("/logs/counts?text&bare").text):
            assert time.monotonic() - begin < machines.PATIENCE, log
        lines = log.splitlines()
        assert lines[:4] == ["out 0", "err 0", "out 1", "err 1"]
        with client.stream("GET", "/logs/counts?text&bare&follow&tail=0") as stream:
            followed = stream.iter_lines()
            numbers = [int(next(followed).split()[1]) for _ in range(6)]
        assert numbers[0] >= 5 and sorted(numbers) == numbers and numbers[5] - numbers[0] in (2, 3)
        stamped = get("/logs/counts?text&bare&timestamps&tail=1").text
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (out|err) \d+\n", stamped)
        assert get("/logs/counts?text&bare&since=1h&tail=1").text and not get("/logs/counts?text&bare&until=1h").text
        assert get("/logs/counts?text&tail=2").text.count('"channel":"std') == 2
        # if it is faster than its reader, lines are truncated, and all of them may be overwritten before they are read
        while "app floods" not in (flood := get("/logs/floods?text&bare&tail=2000").text.splitlines()):
            assert time.monotonic() - begin < machines.PATIENCE, flood
        assert all("app floods".startswith(line) for line in flood), flood
        assert get("/logs/silent").status_code == 501 and get("/logs/nobody").status_code == 404
        # memory is measured from time to time, the first time maybe before a program has any
        wanted = (r"<td>ends</td><td>\w+</td><td>(?:Restarting \(6\)|Up) [^<]*, [1-9]\d* restart",
                  r"<td>counts</td><td>running</td><td>Up \d+ \w+, [\d.]+ [KM]iB</td><td>/bin/app</td>")
        while not all(re.search(each, page := get("/").text) for each in wanted):
            assert time.monotonic() - begin < machines.PATIENCE, page
        # those of process 1 and of the agent's two processes
        sizes = [int(re.search(rb"RssAnon:\s+(\d+)", machine.probe.read(f"/proc/{pid}/status"))[1])
                 for pid, (_, command) in machine.probe.processes().items() if pid == 1 or set(command) & {"serve", "front"}]
        assert len(sizes) == 3 and sum(sizes) < 2048
    with httpx.Client(transport=httpx.HTTPTransport(uds=machine.probe.bridge("8000", "vsock")), timeout=20) as client:
        listed = {each["id"]: each for each in client.post("http://guest/api/ListContainers?json").json()["containers"]}
        assert set(listed) == {"counts", "floods", "ends", "silent", "probe"} | of_the_image(image) and listed["floods"]["state"] == "running"
    assert not re.search("app floods|out 0|err 0|app exits", machine.console)


OUT_OF_MEMORY = re.compile(
    r"oom|[Oo]ut of memory|Memory cgroup|memory: usage|swap: usage|kmem: usage|Call Trace|Tainted|Hardware name|TASK|"
    r"\b(CPU|RIP|RSP|RAX|RBX|RCX|RDX|RSI|RDI|RBP|R\d\d|Code|Tasks state|Mem-Info)\b|\+0x|\] +\[ |anon |pid ")


def test_daemons_and_memory(programs):
    """Children that a program leaves end with it. A program that takes all memory takes no other with it. One that cannot run is
    named, with the reason."""
    machine = programs(
        files={f"{RUN}/script": cpio.file(b"#!/bin/nowhere\n", 0o755)}, daemon="args = daemon\nrestart = never\n",
        grows="args = grows\nmemory = 16M\nrestart = never\n")
    machine.expected = OUT_OF_MEMORY
    machine.wait_for_probe()
    machine.wait_for("daemon has ended with status 3")
    machine.wait_for("grows was ended by signal 9")
    machine.wait_for("script has ended with status 127")
    machine.wait_for("serving")
    assert not [command for _, command in machine.probe.processes().values() if command[0] == "/bin/app"]


def test_memory_without_limits_and_var(programs):
    """A program that takes all memory, or that fills /var, which is memory too, leaves the agent its share."""
    machine = programs(greedy="args = grows\nrestart = never\n", fills="args = fills\nmemory = 24M\nrestart = never\n")
    machine.expected = OUT_OF_MEMORY
    machine.wait_for_probe()
    for name in ("greedy", "fills"):
        machine.wait_for(f"{name} was ended by signal 9")
    machine.wait_for("serving")
    assert DstackClient(machine.probe.bridge("/run/dstack.sock")).get_key("a").decode_key()
    assert int(machine.probe.read("/sys/fs/cgroup/programs/fills/memory.current")) <= 24 << 20
    assert not [command for _, command in machine.probe.processes().values() if command[0] == "/bin/app"]


def test_settings_that_fail_at_the_start(programs):
    """What only the start of a program can find is told with its file and line too. The others start."""
    machine = programs(
        "cgroup_disable=memory sysctl.fs.nr_open=4096", files={f"{RUN}/script": cpio.file(b"#!/bin/nowhere\n", 0o755)},
        lost="args = counts\ndirectory = /nowhere\n", bound="args = counts\n\nmemory = 16M\n", many="args = counts\nnofile = 8192\n")
    run = f"/{RUN}"
    for told in (f"lost: {run}/lost.conf:3: cannot enter its directory: not found",
                 f"bound: {run}/bound.conf:4: its control group cannot have this limit: not found",
                 f"many: {run}/many.conf:3: nofile is too high: not permitted",
                 f"script: {run}/script: cannot run: its interpreter or dynamic loader is not there"):
        machine.wait_for(re.escape(told))
    machine.wait_for("cannot set up /sys/fs/cgroup: ")
    machine.wait_for_probe()
    machine.wait_for("serving")


@pytest.mark.parametrize("words, given, compose, told", [
    ("dstack.onexit=poweroff", {}, {}, "the kernel command line: dstack.onexit=poweroff: unknown; want dstack.ip, on_exit"),
    ("", {"a": "usr = 1\n"}, {}, "/etc/dstack/run.d/a.conf:2: unknown key; want one of arg"),
    ("", {"a": "after = b\n", "b": "args = x\nafter = a\n"}, {}, "/etc/dstack/run.d/a.conf:2: b: leads back to this program, so neither could start"),
    ("", {}, {"runner": "docker-compose"}, "runner: must be none"),
])
def test_mistakes_stop_the_boot(programs, words, given, compose, told):
    machine = programs(words, compose and COMPOSE | compose, **given)
    machine.wait_for_end()
    assert told in machine.console and "serving" not in machine.console


# the kernel reads the last as 2006, because this machine's clock has two digits for the year
@pytest.mark.parametrize("date, starts", [("1970-01-01", False), ("2038-01-20", True), ("2106-02-08", False)])
def test_clocks(new_machine, image, tmp_path, date, starts):
    shared = Shared(tmp_path / "shared", image)
    machine = new_machine(shared=[*qemu.disk(str(shared.fat_image())), "-rtc", f"base={date}T12:00:00"], config_id=shared.config_id)
    if starts:
        machine.wait_for_probe()
        machine.wait_for("serving")
        chain = DstackClient(machine.probe.bridge("/run/dstack.sock")).get_tls_key(subject="a").certificate_chain
        assert {x509.load_pem_x509_certificate(each.encode()).not_valid_after_utc.year >= int(date[:4]) for each in chain} == {True}
    else:
        machine.wait_for_end()
        assert "the clock is wrong: it shows a time before this image was made" in machine.console
