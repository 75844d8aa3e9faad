"""`tdx-sim run`: starting, joining, ending, and what the guest sees of the machine."""
import errno
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from guest import EVENT_LOG, MEASUREMENTS, PCI, REPORT, TABLES, TDX_SIM, Guest, rtmr, until

NOT_ROOT = os.geteuid() != 0


def run(state, *words, **options):
    command = [TDX_SIM, "run", "--state", str(state), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, **options)


def simulator(state):
    return int((pathlib.Path(state) / "sim.pid").read_text())


def is_gone(pid):
    """Whether a process has ended; init may reap it late."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("status", [0, 1, 42])
def test_exit_status(tmp_path, status):
    assert run(tmp_path, "--", "sh", "-c", f"exit {status}").returncode == status


def test_death_by_signal(tmp_path):
    assert run(tmp_path, "--", "sh", "-c", "kill -9 $$").returncode == -signal.SIGKILL


def test_command_not_found(tmp_path):
    assert run(tmp_path, "--", "/nowhere/program").returncode == 127
    assert run(tmp_path, "--", "/").returncode == 126


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(tmp_path, number):
    code = f"import signal, sys; signal.signal({int(number)}, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
    command = [TDX_SIM, "run", "--state", tmp_path, "--", sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)
        assert process.wait(10) == 7


def test_the_command_is_this_process_and_has_no_children(tmp_path):
    with subprocess.Popen(
        [TDX_SIM, "run", "--state", tmp_path, "--", sys.executable, "-c", "import os; print(os.getpid()); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert int(process.stdout.readline()) == process.pid
        assert pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text() == ""
        assert len(os.listdir(f"/proc/{process.pid}/fd")) == 3
        process.stdin.close()


def test_folder_and_environment_are_kept(tmp_path):
    done = run(tmp_path / "state", "--", "sh", "-c", "pwd; echo $MARK", cwd=tmp_path, env={**os.environ, "MARK": "here"})
    assert done.stdout.split() == [str(tmp_path), "here"]


def test_the_machine_outside_is_unchanged(guest):
    guest.mkdir(REPORT + "/a")
    assert not os.path.exists(REPORT + "/a")
    assert not os.path.exists(MEASUREMENTS)
    assert not os.path.exists(TABLES + "/data/CCEL")


def test_the_machine_inside_is_all_there(guest):
    for path in ("/sys", "/sys/kernel", "/sys/devices/virtual/misc", "/sys/firmware", "/run", "/"):
        assert set(os.listdir(path)) <= set(guest.listdir(path)), path
    assert guest.read_file("/sys/kernel/uevent_seqnum").strip().isdigit()


@pytest.mark.skipif(NOT_ROOT, reason="needs to write in /run")
def test_run_is_shared(guest):
    path = f"/run/tdx-sim-test-{os.getpid()}"
    fd = guest.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    guest.close(fd)
    assert os.path.exists(path)
    os.unlink(path)


def test_event_log_folder(guest):
    fd = guest.open(EVENT_LOG + "/runtime_events.log", os.O_CREAT | os.O_WRONLY, 0o600)
    guest.write(fd, b"x")
    assert (guest.state / "log/runtime_events.log").read_bytes() == b"x"
    assert not os.path.exists(EVENT_LOG + "/runtime_events.log")


def test_joining(start):
    first = start()
    first.write_file(rtmr(3), b"1" * 48)
    value = first.read_file(rtmr(3))
    first.mkdir(REPORT + "/a")
    second = start()
    assert second.read_file(rtmr(3)) == value
    assert second.listdir(REPORT) == ["a"]
    first.end()  # the guest keeps running
    assert second.read_file(rtmr(3)) == value
    third = start()
    assert third.read_file(rtmr(3)) == value


def test_the_guest_ends_with_its_last_command(start):
    first = start()
    first.write_file(rtmr(3), b"1" * 48)
    first.close(first.open(EVENT_LOG + "/runtime_events.log", os.O_CREAT | os.O_WRONLY, 0o600))
    pid = simulator(first.state)
    quote = first.quote(bytes(64))
    first.end()
    until(lambda: is_gone(pid))
    second = start()
    assert simulator(first.state) != pid
    assert second.read_file(rtmr(3)) == bytes(48)
    assert second.listdir(EVENT_LOG) == []
    assert second.listdir(REPORT) == []
    assert second.quote(bytes(64))[-100:] == quote[-100:]  # the PKI is kept


def test_a_killed_command_ends_the_guest(start):
    guest = start()
    pid = simulator(guest.state)
    guest.process.kill()
    guest.process.wait(10)
    until(lambda: is_gone(pid))


def test_a_killed_simulator_does_not_stop_the_next(start):
    first = start()
    pid = simulator(first.state)
    os.kill(pid, signal.SIGKILL)
    until(lambda: is_gone(pid))
    assert first.errno("read_file", rtmr(3)) in (errno.ENOTCONN, errno.ECONNABORTED)
    second = start()
    assert second.read_file(rtmr(3)) == bytes(48)


def test_many_start_at_once(tmp_path):
    guests = [Guest(tmp_path) for _ in range(10)]
    try:
        for guest in guests:
            guest.write_file(rtmr(3), bytes(48))
        assert len({guest.read_file(rtmr(3)) for guest in guests}) == 1
        assert len({guest.readlink("/proc/self/ns/mnt") for guest in guests}) == 1
    finally:
        for guest in guests:
            guest.end()


def test_one_after_the_other_in_a_row(tmp_path):
    """Each run meets the previous simulator as it ends: the run joins it or starts a new one, and never fails."""
    for _ in range(20):
        assert run(tmp_path, "--", "test", "-e", rtmr(3)).returncode == 0


def test_two_guests_do_not_meet(start, tmp_path):
    one, two = start(), start(state=tmp_path / "two")
    one.write_file(rtmr(3), b"1" * 48)
    one.mkdir(REPORT + "/a")
    fd = one.open(EVENT_LOG + "/one", os.O_CREAT | os.O_WRONLY, 0o600)
    one.close(fd)
    assert two.read_file(rtmr(3)) == bytes(48)
    assert two.listdir(REPORT) == [] == two.listdir(EVENT_LOG)


def test_joining_with_other_options_is_refused(start):
    guest = start("--quote-delay", "5")
    done = run(guest.state, "--quote-delay", "6", "--", "true")
    assert done.returncode == 2 and "--quote-delay 5" in done.stderr
    assert run(guest.state, "--quote-delay", "5", "--", "true").returncode == 0
    assert run(guest.state, "--mr-config-id", "00" * 48, "--", "true").returncode == 2


def test_long_state_path(tmp_path):
    state = tmp_path.joinpath(*["long" * 20] * 3)
    assert run(state, "--", "test", "-e", rtmr(3)).returncode == 0


def test_old_kernel(start):
    guest = start("--kernel", "0.5")
    assert not guest.access(REPORT, os.F_OK)
    assert not guest.access(MEASUREMENTS, os.F_OK)
    assert guest.read_file(TABLES + "/CCEL")[:4] == b"CCEL"
    assert guest.listdir(EVENT_LOG) == []
    assert (guest.state / "qgs.sock").is_socket()


def test_the_bus_is_empty(guest):
    """Whatever this machine has mounted there."""
    assert guest.listdir(PCI) == []
    assert guest.errno("mkdir", PCI + "/x") == errno.EROFS


def test_planted_devices(start, tmp_path):
    device = tmp_path / "bus/0000:00:01.0"
    device.mkdir(parents=True)
    (device / "class").write_text("0x030000\n")
    guest = start("--pci", tmp_path / "bus")
    assert guest.listdir(PCI) == ["0000:00:01.0"]
    assert guest.read_file(PCI + "/0000:00:01.0/class") == b"0x030000\n"
    assert guest.errno("mkdir", PCI + "/x") == errno.EROFS
    assert run(guest.state, "--pci", tmp_path, "--", "true").returncode == 2
    assert run(guest.state, "--pci", tmp_path / "bus", "--", "true").returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        [], ["run"], ["help"], ["run", "--state"], ["run", "--state", "{}"], ["run", "--state", "{}", "--"],
        ["run", "--state", "{}", "--kernel", "7", "--", "true"], ["run", "--state", "{}", "--quote-delay", "-1", "--", "true"],
        ["run", "--state", "{}", "--quote-delay", "x", "--", "true"],
        ["run", "--state", "{}", "--mr-config-id", "00", "--", "true"],
        ["run", "--state", "{}", "--pci", "/etc/passwd", "--", "true"], ["qgs", "--state", "{}", "--socket", "/x", "--pci", "/"],
        ["run", "--state", "{}", "--socket", "/x", "--", "true"], ["run", "--", "true"], ["qgs", "--state", "{}"],
        ["qgs", "--state", "{}", "--socket", "/x", "--kernel", "0.5"], ["pki"], ["pki", "--state", "{}", "--quote-delay", "1"],
    ],
)  # fmt: skip
def test_wrong_command_lines(tmp_path, words):
    command = [TDX_SIM, *[word.format(tmp_path / "state") for word in words]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and done.stderr


def in_namespace(script, *arguments):
    """A shell with a mount namespace of its own."""
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *map(str, arguments)],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip


needs_root = pytest.mark.skipif(NOT_ROOT, reason="needs root to prepare the machine")


@needs_root
def test_a_machine_without_a_bus(tmp_path):
    """The guest has the bus all the same, and nothing else of the machine is missing."""
    script = "mount -t tmpfs bus /sys/bus; mkdir /sys/bus/cpu; exec $1 run --state $2 -- ls /sys/bus /sys/bus/pci/devices"
    done = in_namespace(script, TDX_SIM, tmp_path / "state")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["/sys/bus:", "cpu", "pci", "/sys/bus/pci/devices:"]


@needs_root
@pytest.mark.parametrize("command", ["run --state {0} -- true", "qgs --state {0} --socket {0}/q", "pki --state {0}"])
def test_a_real_tdx_guest_is_refused(tmp_path, command):
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nflags\t\t: fpu vme tdx_guest sse\n")
    done = in_namespace(f"mount --bind {info} /proc/cpuinfo; {TDX_SIM} {command.format(tmp_path / 'state')}")
    assert done.returncode == 1 and "real TDX guest" in done.stderr
    assert not (tmp_path / "state").exists()


@needs_root
def test_a_tdx_device_is_refused(tmp_path):
    script = "mount -t tmpfs dev /dev; : >/dev/tdx_guest; : >/dev/null; exec $1 pki --state $2"
    done = in_namespace(script, TDX_SIM, tmp_path / "state")
    assert done.returncode == 1 and "real TDX guest" in done.stderr


@needs_root
def test_no_fuse(tmp_path):
    script = "mount -t tmpfs dev /dev; mknod /dev/null c 1 3; exec $1 run --state $2 -- true"
    done = in_namespace(script, TDX_SIM, tmp_path / "state")
    assert done.returncode == 1 and "/dev/fuse" in done.stderr and "modprobe fuse" in done.stderr


def as_nobody(tmp_path, prepare, command):
    """Runs a command as an ordinary user, on a copy of the simulator that such a user can reach."""
    place = pathlib.Path("/tmp") / f"tdx-sim-test-{os.getpid()}-{tmp_path.name[-8:]}"
    place.mkdir(mode=0o777)
    try:
        place.chmod(0o777)
        shutil.copy(TDX_SIM, place / "tdx-sim")
        script = f"{prepare}; cd {place}; exec setpriv --reuid 65534 --regid 65534 --clear-groups {command}"
        return in_namespace(script)
    finally:
        shutil.rmtree(place)


OPEN_FUSE = (
    "mount -t tmpfs fuse /mnt; mknod /mnt/fuse c 10 229; chmod 666 /mnt/fuse; mount --bind /mnt/fuse /dev/fuse"
)


@needs_root
def test_ordinary_user(tmp_path):
    script = f"'cat {rtmr(3)} | wc -c; cd {REPORT}; mkdir a; head -c 64 /dev/zero >a/inblob; wc -c <a/outblob; ls {EVENT_LOG}'"
    done = as_nobody(tmp_path, OPEN_FUSE, f"./tdx-sim run --state state -- sh -ec {script}")
    assert done.returncode == 0, done.stderr
    size, quote = done.stdout.split()
    assert size == "48" and int(quote) > 1024


@needs_root
def test_ordinary_user_plants_devices(tmp_path):
    """From a noexec file system: a user's own namespace must not change that."""
    prepare = OPEN_FUSE + "; mount -t tmpfs -o noexec bus /media; mkdir /media/0000:00:01.0"
    script = f"'ls {PCI}; ! mkdir {PCI}/x 2>/dev/null'"
    done = as_nobody(tmp_path, prepare, f"./tdx-sim run --state state --pci /media -- sh -ec {script}")
    assert (done.returncode, done.stdout) == (0, "0000:00:01.0\n"), done.stderr


@needs_root
def test_ordinary_user_without_fuse(tmp_path):
    done = as_nobody(tmp_path, OPEN_FUSE.replace("666", "600"), "./tdx-sim run --state state -- true")
    assert done.returncode == 1 and "/dev/fuse" in done.stderr


@needs_root
def test_ordinary_user_without_namespaces(tmp_path):
    """A process whose user has used up its namespaces gets the same EPERM or ENOSPC as if they were disabled."""
    limits = "".join(f"echo 0 >/proc/sys/user/max_{kind}_namespaces; " for kind in ("user", "mnt"))
    script = f"unshare --user --map-root-user sh -ec '{limits} exec ./tdx-sim run --state state -- true'"
    done = as_nobody(tmp_path, OPEN_FUSE, script)
    assert done.returncode == 1 and "user namespaces" in done.stderr
