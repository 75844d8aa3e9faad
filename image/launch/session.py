"""One run of `boot`: from the host's files to the machine's end, and what is printed about it."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import supplies
from evidence import agent, registers, source, startup
from evidence.bad import BadEvidence
from evidence.quote import parse
from launch import host, network, qemu
from launch.detach import Detached
from launch.guest import Guest
from launch.host import HostFiles
from launch.kms import FakeKMS
from launch.options import Options
from refusal import Refusal

UP, FAILED, REFUSED, LATE, OTHER, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
# What the agent says on the console when it can be called.
SERVING = r"dstack-guest-agent: serving"
KERNEL_LINE = re.compile(r"^\[ *\d+\.\d+\]")
LAST_WORDS = 30
# How many seconds a quote may take; GOODBYE: powering off, once it has been requested.
QUOTE = 20
# Bytes of a data disk that is made here. The file is sparse: it takes only the space that is used.
NEW_DISK = 1 << 30
GOODBYE = 10
WAYS = {"tdx": "real", "kvm": "simulated: it protects nothing",
        "tcg": "simulated: it protects nothing; without KVM QEMU translates, and starting takes five to fifteen seconds"}


def tell(what: str, text: str):
    print(f"{what:<8}{text}", flush=True)


def boot(options: Options) -> int:
    detached = Detached() if options.detach else None
    if detached and detached.is_parent:
        return detached.status()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dstack-boot-"))
    try:
        if len(str(folder)) > 80:
            raise Refusal(f"{folder.parent} is too long a path for Unix sockets: set TMPDIR to a shorter one")
        with Session(options, folder, detached) as session:
            return session.run()
    except (Refusal, OSError) as problem:
        if not detached:
            raise
        print(f"boot: {problem}", file=sys.stderr)
        return detached.tell(REFUSED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Session:
    def __init__(self, options: Options, folder: pathlib.Path, detached):
        self.options, self.folder, self.detached = options, folder, detached
        self.stack = contextlib.ExitStack()
        self.guest = None
        self.is_up, self.status = False, UP

    def __enter__(self):
        # not the handler of SIGINT, which is ignored in what a script starts in the background
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def run(self) -> int:
        try:
            self.start()
            status = self.wait_until_up()
            if status != UP:
                return self.leave(status)
            self.is_up = True
            self.status = self.report()
            if self.detached:
                self.detached.let_go(self.status, self.folder / "log")
            return self.wait_for_end()
        except KeyboardInterrupt:
            if self.is_up:
                return self.power_off()
            tell("end", "interrupted before the machine was up")
            return self.leave(INTERRUPTED)

    def leave(self, status: int) -> int:
        return self.detached.tell(status) if self.detached else status

    # To the machine

    def start(self):
        options, image = self.options, self.options.image
        tell("image", f"{image.folder}: version {image.version}, Linux {image.kernel_release}")
        address, gateway, net = network.guest_address(f"{image.command_line} {options.words}")
        kms, files = None, dict(options.files)
        if options.kms:
            kms = self.stack.enter_context(FakeKMS(self.folder, gateway, options.environment))
            tell("kms", f"{kms.url}, for testing: anybody can compute its keys, so it protects nothing")
            files |= {host.ENVIRONMENT: kms.sealed} if options.environment else {}
        self.offered = HostFiles(self.folder / "shared", image, files, options.cpus, options.memory, kms, list(options.environment))
        disk = startup.disk_of(f"{image.command_line} {options.words}") if options.disk else ""
        self.foretold = self.offered.foretold(disk)
        given = ", ".join(sorted(files)) or "nothing"
        tell("host", f"given {given}; made up here {', '.join(self.offered.made_up) or 'nothing'} (in {self.offered.folder})")
        tell("tdx", WAYS[options.accelerator])
        if options.words:
            tell("words", f"{options.words} after the image's command line, measured with it")
        forwards = [("127.0.0.1", 0, agent.PORT)] if agent.PORT not in [each[2] for each in options.publish] else []
        devices = qemu.fat_folder(str(self.offered.folder), "DSTACKSHR") + qemu.network(address, [*forwards, *options.publish], net)
        if options.disk:
            devices += qemu.data_disk(self.data_disk(disk))
        log = b"" if options.accelerator == "tdx" else self.firmware_log()
        self.guest = Guest(image, self.folder, options.accelerator, options.memory, options.cpus, devices, options.words,
                           firmware_log=log, firmware=options.firmware, on_line=self.show)
        self.stack.callback(self.guest.kill)
        tell("start", f"QEMU {qemu.version().removeprefix('version ')}, {options.memory >> 20} MiB, {options.cpus} CPU")
        try:
            with self.guest.monitor() as monitor:
                self.ports = monitor.forwarded()
        except OSError as problem:
            raise Refusal(str(problem)) from None
        here, port = self.ports[agent.PORT]
        self.agent = ("127.0.0.1" if here == "0.0.0.0" else here, port)

    def data_disk(self, use: str) -> str:
        """The disk's path. Creates the disk if it does not exist."""
        path, what = self.options.disk, "there already"
        if not path.exists():
            with path.open("xb") as file:
                file.truncate(NEW_DISK)
            what = f"made, {NEW_DISK >> 30} GiB; truncate -s makes it larger when the machine is off"
        tell("disk", f"{path}, {what}")
        if use == "scratch":
            tell("disk", "without a KMS each start has new keys, so it is formatted and nothing on it lasts (--kms fake shows one that lasts)")
        return str(path)

    def firmware_log(self) -> bytes:
        """The log of a simulated machine's firmware for the image; empty for a kernel whose measurement cannot be predicted."""
        try:
            return registers.firmware_log(self.options.image, self.options.words, self.options.memory)
        except BadEvidence as problem:
            tell("tdx", f"RTMR1 and RTMR2 stay empty: {problem}")
            return b""

    def show(self, line: str):
        """A line of the guest's console."""
        if line and (self.options.shows_kernel or not KERNEL_LINE.match(line)):
            tell(f"{self.guest.age if self.guest else 0:6.2f}", line)

    def wait_until_up(self) -> int:
        deadline, asked = time.monotonic() + self.options.timeout, time.monotonic()
        while time.monotonic() < deadline:
            said = self.guest.wait_for(SERVING, min(1, max(0, deadline - time.monotonic())))
            if not self.guest.is_running:
                self.last_words()
                tell("failed", "the machine has ended before it was up")
                return FAILED
            # agents that do not print it on the console are polled
            if said or time.monotonic() - asked > 3:
                if agent.is_there(*self.agent, 2 if said else 0.3):
                    return UP
                asked = time.monotonic()
                time.sleep(0.05)
        self.last_words()
        tell("failed", f"the machine is not up after {self.options.timeout:g} s; --timeout allows more, --kernel-log shows more")
        return LATE

    def last_words(self):
        """The kernel's lines that were not shown."""
        if not self.options.shows_kernel:
            self.guest.reader.join(1)
            for line in [line for _, line in self.guest.lines if KERNEL_LINE.match(line)][-LAST_WORDS:]:
                tell("kernel", line)

    # What it is

    def report(self) -> int:
        tell("ready", f"{self.guest.age:.2f} s after QEMU's start")
        tell("agent", f"{self.url}/")
        for guest, (here, port) in sorted(self.ports.items()):
            if guest != agent.PORT:
                tell("port", f"{here}:{port} is the guest's {guest}")
        tell("app-id", (self.foretold.payload("app-id") or b"").hex())
        tell("compose", self.offered.compose_hash.hex())
        try:
            quoted = parse(self.quote()).rtmr[3]
        except (Refusal, OSError, BadEvidence) as problem:
            tell("failed", f"no quote: {problem}")
            return OTHER
        expected = self.foretold.rtmr3
        tell("rtmr3", f"expected {expected.hex() if expected else 'cannot be predicted: ' + self.foretold.unknown}")
        tell("", f"quoted   {quoted.hex()}")
        tell("verify", self.verify_command())
        if self.detached:
            tell("end", f"kill {os.getpid()}")
        if expected and quoted != expected:
            tell("failed", "RTMR3 is not what was expected: the app has measured an event, or this is another machine")
            return OTHER
        return UP

    def quote(self) -> bytes:
        """A fresh quote, once the app's own are made: until then strangers are refused."""
        deadline = time.monotonic() + QUOTE
        while True:
            try:
                return source.of_agent(*self.agent).evidence.quote
            except (Refusal, OSError):
                if time.monotonic() > deadline or not self.guest.is_running:
                    raise
                time.sleep(0.5)

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.agent)

    def verify_command(self) -> str:
        tool = os.path.relpath(supplies.HERE / "verify")
        command = [tool if "/" in tool else f"./{tool}", self.url, "--image", self.options.image.folder,
                   "--app-compose", self.offered.folder / "app-compose.json", "--memory", f"{self.options.memory >> 20}M"]
        if self.options.words:
            command += ["--words", self.options.words]
        if self.guest.simulation:
            state = self.guest.simulation.state
            command += ["--root", state / "root.pem", "--collateral", state / "collateral.json"]
        return shlex.join(map(str, command))

    # To its end

    def wait_for_end(self) -> int:
        code = self.guest.process.wait()
        self.guest.reader.join(10)
        tell("end", "the machine has powered off" if code == 0 else f"QEMU has failed: {code}")
        return self.status if code == 0 else BROKEN

    def power_off(self) -> int:
        """By the power button; by force if that takes too long or a second signal comes."""
        tell("end", "powering off")
        try:
            self.guest.press_power_button()
            self.guest.process.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            tell("end", f"it did not power off within {GOODBYE} s, and was ended")
        except (OSError, KeyboardInterrupt):
            pass
        return self.status
