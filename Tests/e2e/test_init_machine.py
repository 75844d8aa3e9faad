"""`dstack-guest-agent init`: process 1. What needs a whole machine, such as kernel modules and the power button, is covered by
the boot tests of images."""

import hashlib
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import tempfile
import time

import pytest

import agent_process
import machine as machines
import wire
from machine import Machine

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
VERSION = wire.request("GET", "/Version")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make such namespaces")


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The tests' static program."""
    target = tmp_path_factory.mktemp("programs") / "program"
    source = agent_process.HERE / "programs" / "program.c"
    subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", str(target), str(source)], check=True, timeout=60)
    return target


@pytest.fixture
def new_machine():
    made = []

    def make(*arguments, **options) -> Machine:
        # not pytest's tmp_path: the machine's programs leave files of root
        made.append(Machine(pathlib.Path(tempfile.mkdtemp(prefix="machine-")), *arguments, **options))
        return made[-1]

    yield make
    for machine in made:
        machine.destroy()


@pytest.fixture
def tdx_machine(new_machine, simulator):
    """A machine in a simulated TDX guest; not started."""

    def make(command_line: str = "", variables=None, network=False, wire=None) -> Machine:
        machine = new_machine(command_line, simulator, network, wire)
        if variables is not None:
            path = machine.directory / "dstack" / ".decrypted-env.json"
            path.parent.mkdir()
            path.write_text(json.dumps(variables))
        return machine

    return make


def mounts(machine) -> dict:
    """Options by (mount point, type)."""
    lines = pathlib.Path(f"/proc/{machine.pid}/mounts").read_text().splitlines()
    return {(line.split()[1], line.split()[2]): line.split()[3].split(",") for line in lines}


def test_only_as_process_1():
    """As any other process it would end every process of a machine that is not its own."""
    result = agent_process.run("init")
    assert result.returncode == 1 and "process 1" in result.stderr


def test_a_startup_that_fails(new_machine):
    """Without a TDX guest the startup fails: the reason is on the console, nothing serves, and the machine powers off."""
    machine = new_machine().start()
    machine.wait_off()
    text = "\n".join(machine.console)
    assert "startup has failed (1)" in text and machine.console[-1].endswith("powered off")
    # the startup itself has logged the reason before
    assert len(machine.console) >= 3 and "serving on" not in text


def test_a_startup_that_fails_may_halt(new_machine):
    machine = new_machine("quiet dstack.on_failure=halt").start()
    machine.wait_off()
    assert machine.console[-1].endswith("halted")


@pytest.mark.parametrize("parameter", ["dstack.ip=10.0.2.15", "dstack.on_exit=reboot", "dstack.on_failure=shell"])
def test_a_command_line_with_a_mistake(new_machine, parameter):
    """A mistake makes the operator's intent unclear, so the machine does not start."""
    machine = new_machine(parameter).start()
    machine.wait_off()
    assert parameter.partition("=")[0] in machine.console[-2] and len(machine.console) == 2


def test_mounts(tdx_machine, program):
    machine = tdx_machine()
    machine.add_program("stay", program)
    machine.start().wait_for("stay")
    found = mounts(machine)
    assert "nosuid" in found["/dev", "devtmpfs"] and "nodev" not in found["/dev", "devtmpfs"]
    assert {"nosuid", "nodev"} <= set(found["/tmp", "tmpfs"]) and "noexec" not in found["/tmp", "tmpfs"]
    # existed before, and keeps its content
    assert ("/run", "tmpfs") in found and ("/proc", "proc") in found
    assert stat.S_IMODE((machine.root / "tmp").stat().st_mode) == 0o1777
    assert os.readlink(machine.root / "var/run") == "/run"
    machine.off()


def test_mounts_of_its_own(new_machine):
    """A tree without /sys and /run: they are made before the startup fails."""
    machine = new_machine("dstack.on_failure=halt")
    (machine.tree / "tmp").mkdir()
    machine.start().wait_off()
    assert not [line for line in machine.console if "cannot be mounted" in line and "config" not in line]
    for name in ("sys", "dev", "run", "var"):
        assert (machine.tree / name).is_dir()


def test_programs(tdx_machine, program):
    """Programs run in the order of their names, with a clean environment."""
    variables = {"TOKEN": "a=b \n\u00e9", "EMPTY": ""}
    machine = tdx_machine(variables=variables)
    for name in ("b-stay", "10-stay", "9-stay", "B-stay"):
        machine.add_program(name, program)
    machine.add_program(".hidden-stay", program)
    machine.start()
    wanted = ["10-stay", "9-stay", "B-stay", "b-stay"]
    for name in wanted:
        told = machine.wait_for(name).decode()
        assert told.startswith("stdin 1\nsession 1\nblocked 0\nvariable ")
        assert told.partition("variable ")[2] == f"TOKEN=a=b \n\u00e9\nvariable EMPTY=\nvariable PATH={PATH}\nvariable HOME=/var/lib/{name}\n"
        machine.wait_until(lambda: machine.page(f"logs/{name}?text&bare") == f"{name} says hello\n", name)
    assert not [line for line in machine.console if "says hello" in line]
    pids = sorted(pid for pid in machines.children(machine.pid) if b"run.d" in b"".join(machines.words(pid)))
    assert [pathlib.Path(machines.words(pid)[0].decode()).name for pid in pids] == wanted
    machine.off()


@pytest.mark.parametrize("make, told", [
    (lambda machine, program: machine.add_program("0-readme", program, 0o644), "0-readme: is not an executable file"),
    (lambda machine, program: (machine.tree / "etc/dstack/run.d/folder").mkdir(parents=True), "folder: is not an executable file"),
    (lambda machine, program: machine.add("etc/dstack/run.d/x.conf", b"once = yes\nsockets = some\n"),
     "/etc/dstack/run.d/x.conf:2: want one of all quote none"),
    (lambda machine, program: machine.add("etc/dstack/run.d/x.conf", b"once = yes\nprogram = /nowhere\n"),
     "/etc/dstack/run.d/x.conf:2: /nowhere: is not an executable file"),
    (lambda machine, program: [machine.add("etc/dstack/run.d/x.conf", b"\n\nafter = y x\n"), *[machine.add_program(name, program) for name in "xy"]],
     "/etc/dstack/run.d/x.conf:3: x: leads back to this program, so neither could start"),
    (lambda machine, program: [machine.add("etc/dstack/run.d/x.conf", b"after = y\n"), machine.add_program("x", program)],
     "/etc/dstack/run.d/x.conf:1: y: no such program to start after"),
])
def test_a_program_that_cannot_run(tdx_machine, program, make, told):
    """It does not vanish silently: the machine does not start."""
    machine = tdx_machine(variables={})
    make(machine, program)
    machine.start().wait_off()
    assert machine.console[-2].endswith(told) and machine.console[-1].endswith("powered off")


def test_a_path_of_the_apps_own(tdx_machine, program):
    machine = tdx_machine(variables={"PATH": "/app"})
    machine.add_program("stay", program)
    assert machine.start().wait_for("stay").endswith(b"blocked 0\nvariable PATH=/app\nvariable HOME=/var/lib/stay\n")
    machine.off()


def test_a_program_that_ends_is_started_again(tdx_machine, program):
    """After growing pauses: 0.1 s, 0.2 s, 0.4 s."""
    machine = tdx_machine("dstack.console=programs")
    machine.add_program("brief", program)
    machine.start().wait_for("brief")
    begin = time.monotonic()
    machine.wait_until(lambda: "".join(machine.console).count("brief says hello") >= 4, "four starts")
    assert time.monotonic() - begin >= 0.5
    assert len([line for line in machine.console if line.endswith(": brief has ended with status 3")]) >= 3
    # always into the same ring, which the next agent and its front get too
    machine.wait_until(lambda: machine.page("logs/brief?text&bare&tail=3") == 3 * "brief says hello\n", "its log")
    machine.wait_until(lambda: re.search(r"<td>brief</td><td>\w+</td><td>[\w ()]+, \d+ restarts", machine.page("")), "its row")
    [agent] = machine.agents()
    os.kill(agent, signal.SIGKILL)
    machine.wait_until(lambda: machine.agents() not in ([], [agent]), "another agent")
    machine.wait_until(lambda: machine.page("logs/brief?text&bare&tail=3") == 3 * "brief says hello\n", "its log")
    machine.off()


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_a_console_that_nobody_reads(tdx_machine, program, kind):
    """It holds up nobody; once it is read again, it says how many lines were lost."""
    reader, console = os.pipe() if kind == "pipe" else os.openpty()
    os.set_blocking(reader, False)
    machine = tdx_machine("dstack.console=programs")
    for name in ("floods", "stay"):
        machine.add_program(name, program)
    try:
        machine.start(console).wait_for("stay")
        told = "".join(f"floods {number:0100}\n" for number in range(2000))
        machine.wait_until(lambda: machine.page("logs/floods?text&bare&tail=2001") == f"floods says hello\n{told}", "all of its output")
        assert wire.exchange(machine.socket, VERSION).status == 200
        # it still blocks: others who have it open may rely on that
        assert os.get_blocking(console)
        text = read_all(reader)
        [agent] = machine.agents()
        os.kill(agent, signal.SIGKILL)
        machine.wait_until(lambda: machine.agents() not in ([], [agent]), "another agent")
        text += read_all(reader)
        # a terminal passes on what it has, so there may be room again in between
        lost = sum(map(int, re.findall(rb"^dstack-guest-agent: lines lost here: (\d+)\r?$", text, re.MULTILINE)))
        there = len(re.findall(rb"^floods \d{100}\r?$", text, re.MULTILINE))
        # a line of the other program may be lost too, and so may one part of a line that was read in two
        assert lost > 0 and abs(there + lost - 2000) < 20
        machine.off()
        assert b"the machine is powered off" in read_all(reader)
    finally:
        os.close(reader)
        os.close(console)


def read_all(descriptor: int) -> bytes:
    """What there is to read."""
    parts = []
    try:
        while part := os.read(descriptor, 65536):
            parts.append(part)
    except BlockingIOError:
        pass
    return b"".join(parts)


def test_a_program_that_ends_may_end_the_machine(tdx_machine, program):
    machine = tdx_machine("dstack.on_exit=poweroff")
    machine.add_program("1-stay", program)
    machine.add_program("2-second", program)
    machine.start().wait_off()
    assert machine.console[-1].endswith("powered off")
    assert (machine.out / "order").read_text().splitlines()[-1] == "end 1-stay"


@pytest.mark.parametrize("above", [0, 1])
def test_limits_of_files(tdx_machine, program, above):
    """The list of modules, the kernel's command line and the app's variables, at their limits and one byte above."""
    modules = b"none.ko".ljust(64 * 1024 + above, b" ")
    machine = tdx_machine(variables={})
    machine.add("etc/dstack/modules", modules)
    (machine.directory / "dstack/.decrypted-env.json").write_bytes(b"{}".ljust(6 * 256 * 1024 + above))
    machine.add_program("stay", program)
    machine.start()
    machine.wait_until(lambda: (machine.out / "stay").exists() or ".json: is too large" in "".join(machine.console),
                       "the program")
    assert (machine.out / "stay").exists() == (not above)
    text = "\n".join(machine.console)
    assert ("modules: is too large" in text) == bool(above) and ("none.ko: not found" in text) == (not above)
    assert (".decrypted-env.json: is too large" in text) == bool(above)
    machine.off()


@pytest.mark.parametrize("above", [0, 1])
def test_limit_of_the_command_line(new_machine, above):
    """Followed by a line feed."""
    machine = new_machine("dstack.on_failure=halt".ljust(4095 + above)).start()
    machine.wait_off()
    assert ("is too large" in machine.console[0]) == bool(above)
    assert machine.console[-1].endswith("powered off" if above else "halted")


@pytest.mark.parametrize("above", [0, 1])
def test_limit_of_programs(tdx_machine, program, above):
    """Names of 3840 bytes together, counting a byte after each."""
    machine = tdx_machine()
    for index in range(64):
        machine.add(f"etc/dstack/run.d/{index:059}", b"")
    if above:
        machine.add("etc/dstack/run.d/x", b"")
    machine.start()
    if above:
        machine.wait_off()
        assert "run.d: there are too many files" in machine.console[-2]
    else:
        machine.wait_until(machine.accepts, "listening")
        machine.off()


def test_orphans_are_reaped(tdx_machine, program):
    machine = tdx_machine()
    machine.add_program("orphans", program)
    machine.start()
    machine.wait_until(lambda: (machine.out / "order").exists() and
                       (machine.out / "order").read_text().count("orphan orphans") == 20, "twenty orphans")
    machine.wait_until(lambda: len(machines.children(machine.pid)) == 2, "the agent and the program alone")
    assert "Z" not in [machines.state(pid) for pid in machines.children(machine.pid)]
    machine.off()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end(tdx_machine, program, number):
    """Programs end first, while the agent still serves; one that ignores SIGTERM is killed."""
    machine = tdx_machine()
    machine.add_program("1-stay", program)
    machine.add_program("2-deaf", program)
    machine.start()
    for name in ("1-stay", "2-deaf"):
        machine.wait_for(name)
    machine.wait_until(lambda: machine.agents(), "the agent")
    [agent] = machine.agents()
    begin = time.monotonic()
    os.kill(machine.pid, number)
    machine.wait_until(lambda: "end 1-stay" in (machine.out / "order").read_text(), "the program's end")
    assert machines.state(agent) not in ("", "Z")
    machine.wait_off()
    assert time.monotonic() - begin >= 5
    assert machine.console[-1].endswith("powered off")


def sockets(machine) -> list:
    return [(machine.root / "run" / name).stat().st_ino for name in ("dstack.sock", "tappd.sock")]


def test_the_agent_is_started_again_on_the_same_sockets(tdx_machine):
    machine = tdx_machine().start()
    machine.wait_until(machine.accepts, "listening")
    before = sockets(machine)
    for _ in range(2):
        machine.wait_until(lambda: machine.agents(), "the agent")
        [agent] = machine.agents()
        given = machines.environment(agent)
        assert given.pop("LISTEN_PID") == given.pop("SYSTEMD_EXEC_PID")
        # the last one only if this machine has vsock
        assert given.pop("LISTEN_FDS") in ("5", "6") and given == {"LISTEN_FDNAMES": "dstack:tappd:quote:external:programs:guest-api"}
        assert wire.exchange(machine.socket, VERSION).status == 200
        os.kill(agent, signal.SIGKILL)
        # at once: the connection waits for the next agent
        assert wire.exchange(machine.socket, VERSION).status == 200
        assert agent not in machine.agents()
        assert sockets(machine) == before
    info = wire.exchange(machine.socket, wire.request("GET", "/Info")).json()
    assert info["compose_hash"] == hashlib.sha256((machine.tree / "host/app-compose.json").read_bytes()).hexdigest()
    mode = os.stat(machine.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o777
    machine.off()


def test_an_agent_that_crashes(tdx_machine):
    """It reports its crash, then process 1 reports the signal."""
    machine = tdx_machine().start()
    machine.wait_until(machine.accepts, "listening")
    assert wire.exchange(machine.socket, VERSION).status == 200
    [agent] = machine.agents()
    os.kill(agent, signal.SIGILL)
    machine.wait_until(lambda: "the agent was ended by signal 4" in "".join(machine.console), "the end of the agent")
    assert "crashed by signal 4 at 0x" in "".join(machine.console)
    assert wire.exchange(machine.socket, VERSION).status == 200
    machine.off()


def test_a_crash_of_process_1(tdx_machine):
    """It is reported before the kernel ends the machine."""
    machine = tdx_machine().start()
    machine.wait_until(machine.accepts, "listening")
    os.kill(machine.pid, signal.SIGSEGV)
    machine.process.wait(agent_process.PATIENCE)
    [line] = [line for line in machine.console if "crashed" in line]
    assert "crashed by signal 11 at 0x" in line and line.endswith("; it was process 1, so the kernel panics")
    # whoever sends the signal, process 1 ends, and with it all others
    assert machine.process.returncode in (-signal.SIGILL, 128 + signal.SIGILL)


def test_the_network(tdx_machine, program):
    """lo, and the first Ethernet interface by name."""
    machine = tdx_machine("dstack.ip=10.0.2.15/20,10.0.2.2,10.0.2.3", network=True)
    machine.add_program("stay", program)
    machine.start().wait_for("stay")
    assert " 127.0.0.1/8 " in machine.inside("ip", "-o", "-4", "address", "show", "up", "lo")
    assert " 10.0.2.15/20 " in machine.inside("ip", "-o", "-4", "address", "show", "up", "eth0")
    assert machine.inside("ip", "-o", "-4", "address", "show", "eth1") == ""
    assert "default via 10.0.2.2 dev eth0" in machine.inside("ip", "route")
    assert (machine.tree / "etc/resolv.conf").read_text() == "nameserver 10.0.2.3\n"
    machine.off()


def test_no_network_unless_asked_for(tdx_machine, program):
    machine = tdx_machine(network=True)
    machine.add_program("stay", program)
    machine.start().wait_for("stay")
    assert " 127.0.0.1/8 " in machine.inside("ip", "-o", "-4", "address", "show", "up", "lo")
    assert machine.inside("ip", "-o", "-4", "address", "show", "eth0") == ""
    machine.off()


def test_modules_and_interfaces_that_are_missing(new_machine):
    """They are reported, and the machine still starts as far as it can."""
    machine = new_machine("dstack.ip=10.0.2.15/24")
    machine.add("etc/dstack/modules", b"# a comment\nnone.ko.xz option=1\n/lib/none.ko\n")
    machine.start().wait_off()
    text = "\n".join(machine.console)
    assert "cannot load /lib/modules/none.ko.xz: not found" in text and "cannot load /lib/none.ko: not found" in text
    assert "dstack.ip: there is no network interface" in text
    assert "startup has failed" in text


def test_the_agent_is_two_processes(tdx_machine):
    """As under any supervisor; neither outlives the other for longer than a moment."""
    machine = tdx_machine()
    machine.start().wait_until(machine.accepts, "the agent")
    for _ in range(2):
        machine.wait_until(lambda: machine.agents() and machines.children(machine.agents()[0]), "both")
        [agent] = machine.agents()
        machine.wait_until(lambda: [pid for pid in machines.children(agent) if b"front" in machines.words(pid)], "the front")
        [front] = [pid for pid in machines.children(agent) if b"front" in machines.words(pid)]
        machine.wait_until(lambda: "\nUid:\t65533\t65533\t65533\t65533\n" in pathlib.Path(f"/proc/{front}/status").read_text(), "its user")
        assert not pathlib.Path(f"/proc/{front}/environ").read_bytes()
        os.kill(agent, signal.SIGKILL)
        machine.wait_until(lambda: not os.path.exists(f"/proc/{front}"), "its end")
        machine.wait_until(lambda: machine.agents() not in ([], [agent]), "another agent")
    assert not [line for line in machine.console if "less confined" in line], machine.console
    machine.off()


def test_settings_of_the_image(tdx_machine, program):
    """The startup passes them to the agent, which obeys them. A program without sockets cannot reach this one either."""
    machine = tdx_machine()
    settings = {"default": {"core": {"emit_event": False}}, "quote": {"address": "unix:/run/evidence.sock"},
                "docker": {"address": "unix:/run/engine.sock"}, "front": {"user": 4321}}
    machine.add("etc/dstack/agent.json", json.dumps(settings).encode())
    machine.add_program("stay", program)
    machine.add("etc/dstack/run.d/stay.conf", b"sockets = none\n")
    machine.start().wait_for("stay")
    core = settings["default"]["core"] | {"data_disks": ["/"]}
    assert json.loads((machine.tree / "dstack/agent.json").read_text()) == settings | {"default": {"core": core}}
    [stay] = [pid for pid in machines.children(machine.pid) if b"run.d" in b"".join(machines.words(pid))]
    assert stat.S_ISSOCK((machine.root / "run/evidence.sock").stat().st_mode) and not (machine.root / "run/quote.sock").exists()
    machine.wait_until(lambda: stat.S_ISCHR(os.stat(pathlib.Path("/proc", str(stay), "root", "run/evidence.sock")).st_mode), "the program's own mounts")
    machine.wait_until(machine.agents, "the agent")
    [agent] = machine.agents()
    machine.wait_until(lambda: [pid for pid in machines.children(agent) if b"front" in machines.words(pid)], "the front")
    [front] = [pid for pid in machines.children(agent) if b"front" in machines.words(pid)]
    machine.wait_until(lambda: "\nUid:\t4321\t" in pathlib.Path(f"/proc/{front}/status").read_text(), "its user")
    answer = wire.post_json(machine.socket, "EmitEvent", b'{"event":"a","payload":""}')
    assert answer.status == 400 and "EmitEvent was removed" in answer.json()["error"]
    machine.off()


@pytest.mark.parametrize("settings, told", [
    ('{"default":{"core":\n{"keys_file":"/k"}}}', "2: default.core.keys_file: an image can set only "),
    ('{"quote":{\n"address":\n"vsock:1"}}', "2: quote: address: must be unix:/PATH"), ("[]", "1: expected a JSON object"),
])
def test_settings_of_the_image_with_a_mistake(new_machine, settings, told):
    """They stop the machine before anything is measured."""
    machine = new_machine()
    machine.add("etc/dstack/agent.json", settings.encode())
    machine.start().wait_off()
    assert f"/etc/dstack/agent.json:{told}" in machine.console[-2], machine.console
