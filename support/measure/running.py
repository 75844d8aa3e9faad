"""An agent that is measured, and the programs that measure it (measure.c, crypto.c)."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "support/measure"
KEYS = ROOT / "Tests/e2e/data"
OUT = ROOT / "out/measure"
WARNINGS = ["-O2", "-Wall", "-Wextra", "-Werror"]


class Load(typing.NamedTuple):
    """Requests in a second, and the time of an answer in microseconds."""

    rate: float
    median: float
    percentile99: float
    longest: float


def favour_measuring():
    """Gives what is measured and what measures priority over other work on this machine, if this process may."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


def compiled(*command):
    """Runs a compiler whose last argument is its output."""
    OUT.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, check=True)
    return command[-1]


class Crypto:
    """crypto.c, built with the release's own libraries or, as the reference, with Debian's."""

    def __init__(self, reference):
        source = HERE / "crypto.c"
        if reference:
            self.program = compiled("cc", *WARNINGS, "-DREFERENCE", source, "-l:libsecp256k1.a", "-l:libsodium.a", "-lcrypto",
                                    "-o", OUT / "crypto-reference")
            return
        deps = ROOT / "deps/musl"
        files = ["rcrt1.o", "crti.o", "libmbedcrypto.a", "libsecp256k1.a", "libsodium.a", "libc.a", "libgcc.a", "crtn.o"]
        self.program = compiled("clang", *WARNINGS, "-fPIE", f"--sysroot={deps}", "-fuse-ld=lld", "-static-pie", "-nostdlib",
                                "-Wl,--gc-sections,--icf=all,-O2,-mllvm,-inline-threshold=-10,-mllvm,-inline-call-penalty=10", source, *(deps / "lib" / name for name in files), "-o", OUT / "crypto")

    def times(self):
        """Microseconds by name."""
        output = subprocess.run([self.program], check=True, capture_output=True, text=True).stdout
        return {name: float(time) for name, time in (line.split() for line in output.splitlines())}


NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 128; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen unix:{socket}; location / {{ default_type application/json; return 200 '{body}'; }} }} }}
"""


def bare_program():
    """A bare loop in C: plain.c."""
    return compiled("cc", *WARNINGS, "-static", HERE / "plain.c", "-o", OUT / "plain")


@contextlib.contextmanager
def others(folder, answer):
    """Programs that give this answer to every request: the socket of each by name, and their processes. A bare loop in C, the same under
    a filter of system calls, and nginx if it is installed."""
    plain = bare_program()
    sockets = {"bare C loop": f"{folder}/plain.sock", "the same, filtered": f"{folder}/filtered.sock"}
    commands = [[plain, sockets["bare C loop"], answer], [plain, sockets["the same, filtered"], answer, "filtered"]]
    if nginx := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"):
        sockets["nginx"] = f"{folder}/nginx.sock"
        config = pathlib.Path(f"{folder}/nginx.conf")
        config.write_text(NGINX.format(folder=folder, socket=sockets["nginx"], body=answer.split("\r\n\r\n", 1)[1]))
        commands.append([nginx, "-c", str(config)])
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(subprocess.Popen(command)) for command in commands]
        for process in processes:
            stack.callback(process.kill)
        deadline = time.monotonic() + 5
        while not all(map(os.path.exists, sockets.values())):
            if time.monotonic() > deadline:
                sys.exit("a program to compare with does not start")
            time.sleep(0.01)
        yield sockets, [process.pid for process in processes]


@contextlib.contextmanager
def on_processors(servers, theirs, own):
    """Pins processes, by number, to one processor, and this one and the programs that it starts to another, or to the same one."""
    before = os.sched_getaffinity(0)
    try:
        for pid in servers:
            os.sched_setaffinity(pid, {theirs})
        os.sched_setaffinity(0, {own})
        yield
    finally:
        for pid in (0, *servers):
            os.sched_setaffinity(pid, before)


class Running:
    """The agent in a directory of its own, with development keys. Its messages are shown only if something fails."""

    def __init__(self, binary, guest=()):
        """`guest` is a command prefix that enters a simulated TDX guest and then executes the agent."""
        self.binary = binary
        self.guest = guest
        self.measure = compiled("cc", *WARNINGS, HERE / "measure.c", "-o", OUT / "measure")

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            # In memory, as /run is, where the sockets lie in earnest: to make one on a disk takes twice as long. And not under
            # out/: the path of a Unix socket has at most 107 bytes.
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="measure-", dir="/dev/shm"))
            self.log = stack.enter_context(open(f"{directory}/log", "w+"))
            self.socket = f"{directory}/dstack.sock"
            self.external = f"{directory}/external.sock"
            self.engine = f"{directory}/docker.sock"
            config = pathlib.Path(f"{directory}/agent.json")
            config.write_text(json.dumps({
                "default": {"core": {
                    "keys_file": str(KEYS / "appkeys-none.json"),
                    "compose_file": str(KEYS / "app-compose.json"),
                    "sys_config_file": str(KEYS / "sys-config.json"),
                }},
                "internal": {"address": "unix:" + self.socket},
                "internal-v0": {"address": f"unix:{directory}/tappd.sock"},
                "external": {"address": "unix:" + self.external},
                "docker": {"address": "unix:" + self.engine},
                "guest-api": {"address": f"unix:{directory}/guest-api.sock"},
            }))
            self.command = [*self.guest, str(self.binary), "-c", str(config)]
            self.process = subprocess.Popen(self.command, stderr=self.log)
            stack.callback(self.end)
            deadline = time.monotonic() + 5
            while not os.path.exists(self.socket):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.fail("the agent does not start")
                time.sleep(0.01)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def fail(self, message):
        self.log.seek(0)
        sys.exit(f"{message}\n{self.log.read()}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """Sends SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    @contextlib.contextmanager
    def without_front(self):
        """Kills the process for strangers whenever there is one; yields the numbers of those that it killed. At the end one
        runs and answers again."""
        done, killed = threading.Event(), []
        tasks = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")

        def kill():
            while not done.wait(0.01):
                for pid in map(int, tasks.read_text().split()):
                    with contextlib.suppress(OSError):
                        if b"\0front\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                            os.kill(pid, signal.SIGKILL)
                            killed.append(pid)

        thread = threading.Thread(target=kill)
        thread.start()
        try:
            yield killed
        finally:
            done.set()
            thread.join()
            # meanwhile connections wait in the keeper's sockets
            self.figures("load", 1, self.external, 1, "prpc/Worker.Version", "-")

    def processes(self):
        """The keeper, the front and the keeper's workers, as folders of /proc."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [pathlib.Path(f"/proc/{pid}") for pid in (self.pid, *children)]

    def processor_time(self):
        """The processor time of those, in microseconds."""
        return sum(int((process / "schedstat").read_text().split()[0]) for process in self.processes()) / 1000

    def resident(self):
        """Resident and proportional set in KiB of all its processes; the second is None if only root may know it."""
        processes = self.processes()
        try:
            texts = [(process / "smaps_rollup").read_text() for process in processes]
            return tuple(sum(int(re.search(rf"^{name}: +(\d+)", text, re.M)[1]) for text in texts) for name in ("Rss", "Pss"))
        except PermissionError:
            texts = [(process / "status").read_text() for process in processes]
            return sum(int(re.search(r"^VmRSS:\s+(\d+)", text, re.M)[1]) for text in texts), None

    @contextlib.contextmanager
    def held(self, count):
        """That many connections, each open and idle after one answer."""
        with subprocess.Popen([self.measure, "hold", str(count), self.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as holder:
            if holder.stdout.readline() != "held\n":
                self.fail("the agent does not answer")
            yield
            holder.stdin.close()

    def figures(self, *arguments):
        done = subprocess.run([self.measure, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            self.fail(done.stderr.strip())
        return [float(word) for word in done.stdout.split()]

    def load(self, count, connections, method, message):
        return Load(*self.figures("load", count, self.socket, connections, method, json.dumps(message)))

    def answer(self):
        """Its answer to Version."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.socket)
            connection.sendall(b"GET /Version HTTP/1.1\r\nHost: a\r\n\r\n")
            return connection.recv(65536).decode()

    def beside(self, client, rounds, count, connections, sockets):
        """The best rate of answers to Version in this many rounds, and those of others, whose rounds alternate with it. The client is
        "beside", which checks and times each answer as `load` does, or "least", which only reads and writes."""
        mine, *theirs = self.figures(client, rounds, count, connections, self.socket, *sockets.values())
        return mine, dict(zip(sockets, theirs))

    def first_response(self, rounds, count):
        """Microseconds from exec to the first answer, and those of the bare C loop: rounds of this many starts take turns, and of their
        medians the least counts. After stop()."""
        bare = f"{self.socket}.bare"
        command = [bare_program(), bare, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]
        pairs = [(self.figures("start", count, self.socket, *self.command)[0], self.figures("start", count, bare, *command)[0])
                 for _ in range(rounds)]
        return [int(min(times)) for times in zip(*pairs)]
