"""The data disk: formatted, found again, grown, and never taken from another app. With the KMS for testing, so that keys last."""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import httpx
import pytest

import cpio
import cuts
import disks
import images
import machine as machines
import make_keys
import outputs
from commands import Boot
from evidence.image import Image
from guest import EVENT_LOG
from host import Shared
from launch import qemu
from launch.guest import Guest
from launch.host import HostFiles
from launch.kms import FakeKMS
from probe import Probe

pytestmark = pytest.mark.simulated
NETWORK = "dstack.ip=10.0.2.15/24,10.0.2.2,10.0.2.3"
MEMORY = 512 << 20
CUTS = 30


@pytest.fixture(scope="module")
def place():
    """A folder with a short name, because it holds sockets."""
    with tempfile.TemporaryDirectory(prefix="disk-") as name:
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def disk_image(place):
    """An image with a program that keeps a number."""
    app = place / "app"
    (app / "etc/dstack/run.d").mkdir(parents=True)
    (app / "bin").mkdir()
    shutil.copy(machines.OUT / "app", app / "bin/app")
    (app / "etc/dstack/run.d/keeper.conf").write_text("program = /bin/app\nargs = keeps\n")
    made = subprocess.run([outputs.ROOT / "image/cvm.py"], env=images.environment(OUT=str(place / "image"), APP=str(app), DISK="1",
                                                                                       CMDLINE="dstack.console=programs"),
                          capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return place / "image"


@pytest.fixture(scope="module")
def kms(place):
    (place / "kms").mkdir()
    with FakeKMS(place / "kms", "10.0.2.2", {}) as service:
        yield service


class Ear(http.server.BaseHTTPRequestHandler):
    """The host, which is notified of the startup's progress."""

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append(told)
        if told["payload"] == "data disk ready":
            self.server.when_ready()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Lasting(Guest):
    """A guest whose app has a KMS. `disk` are QEMU's options for the disk. `when_ready` is called once the disk is mounted, while the startup
    waits."""

    def __init__(self, place: pathlib.Path, image: pathlib.Path, kms: FakeKMS, disk: list, words: str = "dstack.disk=required", app: dict = None,
                 nodes: dict = None, when_ready=lambda guest: None):
        folder = pathlib.Path(tempfile.mkdtemp(dir=place))
        # the KMS trusts the quotes of only one simulator
        (folder / "tdx-sim").symlink_to(place / "kms/tdx-sim")
        self.host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.host.told, self.host.when_ready = [], lambda: when_ready(self)
        threading.Thread(target=self.host.serve_forever, daemon=True).start()
        settings = {"kms_urls": [kms.url], "host_api_url": f"http://10.0.2.2:{self.host.server_port}",
                    "vm_config": json.dumps({"os_image_hash": Image(image).digest})}
        files = {".sys-config.json": json.dumps(settings).encode()} | (app or {})
        self.shared = HostFiles(folder / "shared", Image(image), files, memory=MEMORY, kms=kms)
        self.words = f"{NETWORK} {words}"
        super().__init__(Image(image), folder, qemu.mode(), MEMORY, words=self.words, overlay=nodes, options=[
            *qemu.fat_folder(str(self.shared.folder), "DSTACKSHR"), *qemu.network("10.0.2.15", [("127.0.0.1", 0, 8090)]), *disk])

    def said(self, pattern: str) -> re.Match:
        assert self.wait_for(pattern, machines.PATIENCE), f"no line {pattern!r} on the console:\n{self.console}"
        return re.search(pattern, self.console)

    def kept(self) -> tuple:
        """(how often the program had been started on this disk, MiB of it), once the new number is written."""
        self.said("app keeps: done")
        count, mode, mib = self.said(r"app kept (-?\d+) as (\d+) of \d{9}, in (\d+) MiB").groups()
        assert mode == "700"
        return int(count), int(mib)

    def power_off(self):
        self.press_power_button()
        self.ended()

    def ended(self):
        assert self.process.wait(machines.PATIENCE) == 0, self.console
        self.reader.join(10)
        assert "cannot close" not in self.console

    def kill(self):
        super().kill()
        self.host.shutdown()
        self.host.server_close()

    def app_key(self, name: str) -> bytes:
        """One of the keys that the KMS gives to the app."""
        return bytes.fromhex(make_keys.from_kms(self.shared.foretold().payload("app-id"))[name])

    @property
    def key(self) -> bytes:
        """The app's disk_crypt_key."""
        return self.app_key("disk_crypt_key")

    @property
    def address(self) -> str:
        with self.monitor() as monitor:
            return f"http://127.0.0.1:{monitor.forwarded()[8090][1]}"


@pytest.fixture
def lasting(place, disk_image, kms):
    with contextlib.ExitStack() as stack:

        def start(disk: list, **options) -> Lasting:
            guest = Lasting(place, disk_image, kms, disk, **options)
            stack.callback(guest.kill)
            return guest

        yield start


@pytest.fixture(scope="module")
def disk(place):
    """The disk that the first tests follow."""
    return disks.new(place / "disk", 256)


@pytest.fixture(scope="module")
def starts():
    """What that disk's first starts wrote: (the disk before, entries, the header)."""
    return []


def looked_at(disk: pathlib.Path, guest: Lasting, count: int, state: int = 2):
    """From outside it matches the specification, e2fsck and debugfs."""
    header = disks.Header(disk, guest.key)
    assert header.state == state
    plain = disks.opened(disk, guest.key)
    disks.check(plain)
    assert disks.content(plain, "/keeper/count") == f"{count}\n"


def test_blank_disk_is_made(lasting, disk, starts, place, measure):
    guest = lasting(cuts.options(disk, place / "log"))
    assert guest.kept() == (0, 190)
    guest.said("serving")
    begun, ready = guest.wait_for("is blank: formatting it", 1), guest.wait_for("data disk /dev/vdb is ready", 1)
    measure(f"disk   {1000 * (ready - begun):.0f} ms to make and mount 256 MiB")
    progress = [each["payload"] for each in guest.host.told if each["event"] == "boot.progress"]
    assert progress == ["measuring", "requesting app keys", "data disk ready", "done"]
    guest.power_off()
    starts.append((cuts.Disk(), cuts.entries(place / "log"), disks.Header(disk, guest.key)))
    looked_at(disk, guest, 1)
    # neither names nor content are in plain text
    with disk.open("rb") as file:
        assert all(word not in file.read() for word in (b"keeper", b"lost+found"))


def test_it_is_there_again_and_larger(lasting, disk, starts, place):
    disks.grow(disk, 20 << 10)
    before = cuts.Disk.of(disk)
    guest = lasting(cuts.options(disk, place / "log"))
    count, mib = guest.kept()
    assert count == 1 and 20_000 < mib < 20 << 10
    guest.said("serving")
    metrics = httpx.get(guest.address + "/metrics", timeout=20).text
    (size,) = re.findall(r'^dstack_guest_disk_total_bytes\{name="/dev/dm-0",mount_point="/data"\} (\d+)$', metrics, re.MULTILINE)
    assert int(size) >> 20 == mib
    assert "/data" in httpx.get(guest.address + "/", timeout=20).text
    # a power cut
    guest.kill()
    starts.append((before, cuts.entries(place / "log"), disks.Header(disk, guest.key)))


def ready(log: list) -> int:
    """The entry of the header that marks the disk as ready."""
    return max(index for index, (at, data, _) in enumerate(log) if at == 0 and data[16:20] == b"\2\0\0\0")


def first_at(log: list, offset: int) -> int:
    """The first entry that writes at that offset."""
    return next(index for index, (at, data, _) in enumerate(log) if at == offset and data)


def ahead(log: list, header: disks.Header) -> int:
    """The entry of the first superblock with a file system of 20 GiB; its descriptors need not be written yet."""
    return next(index for index, (at, data, _) in enumerate(log) if at == disks.MIB and
                disks.size_told(disks.plain(header, at, data[:disks.BLOCK])) > 20_000 * disks.MIB // disks.BLOCK)


def test_cut_off_while_it_was_made(lasting, starts, tmp_path):
    """Half of the file system was written."""
    disk, (before, log, _) = tmp_path / "disk", starts[0]
    # the last write before the superblock
    moment = max(index for index, (at, data, _) in enumerate(log[:first_at(log, disks.MIB)]) if data)
    cuts.one(before, log, moment, lambda write: write % 2).save(disk, 256 * disks.MIB)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 0 and "is blank: formatting it" in guest.console
    guest.power_off()
    looked_at(disk, guest, 1)


def test_cut_off_when_it_was_made(lasting, starts, tmp_path):
    """The header that says so was written, but no other write since the last flush."""
    disk, (before, log, _) = tmp_path / "disk", starts[0]
    cuts.one(before, log, ready(log), lambda write: write == ready(log)).save(disk, 256 * disks.MIB)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 0 and "formatting it" not in guest.console
    guest.power_off()
    looked_at(disk, guest, 1)


def test_cut_off_while_it_was_made_larger(lasting, starts, tmp_path):
    """The superblock was written, but not the descriptors that it refers to. From now on the disk is NVMe."""
    disk, (before, log, header) = tmp_path / "disk", starts[1]
    moment = ahead(log, header)
    cuts.one(before, log, moment, lambda write: write == moment).save(disk, 20 << 30)
    guest = lasting(qemu.data_disk(str(disk), "nvme,serial=data"))
    count, mib = guest.kept()
    assert count == 1 and mib > 20_000
    assert "was interrupted while growing; its journal completes that" in guest.console
    guest.power_off()
    looked_at(disk, guest, 2)


def written(key: bytes) -> list:
    """A key as a file or a message could have it. The last characters of base64 depend on what follows."""
    return [key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key)[:len(key) * 8 // 6]]


def padded(key: bytes) -> list:
    """A key as HMAC prepares it."""
    return [bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5c)]


def all_memory(guest: Guest, file: pathlib.Path) -> bytes:
    """What the guest's memory holds, in use or freed, without most of its zeros."""
    with guest.monitor() as monitor:
        monitor.execute("stop")
        monitor.execute("pmemsave", val=0, size=MEMORY, filename=str(file))
        monitor.execute("cont")
    with file.open("rb") as parts:
        return b"".join(part for part in iter(lambda: parts.read(disks.BLOCK), b"") if any(part))


def test_only_the_kernel_has_the_key(lasting, place, tmp_path):
    """Once the disk is mounted, what was derived from the app's key is nowhere else in memory; and once the machine is up, neither is that
    key. No process and no text has any of them."""
    disk, probe = disks.new(tmp_path / "disk", 256), Probe(str(place / "search"))
    nodes = {name: node for name, node in machines.overlay().items() if name.startswith("etc/")}
    moments = []
    guest = lasting([*qemu.data_disk(str(disk)), *qemu.port("probe", str(place / "search"))], nodes=nodes,
                    when_ready=lambda guest: moments.append(all_memory(guest, tmp_path / "memory")))
    guest.said("app keeps: done")
    guest.said("serving")
    assert probe.ready.wait(machines.PATIENCE)
    header = disks.Header(disk, guest.key)
    halves = [header.data_key[:32], header.data_key[32:]]

    commands = {pid: command for pid, (_, command) in probe.processes().items()}
    memory = {pid: probe.ask(f"memory {pid}") for pid in commands}
    # the search sees all of a process: the key that the agent needs is found in it, and only there; the probe has passed it on
    having = [command[:2] for pid, command in commands.items() if guest.app_key("k256_key") in memory[pid] and "probe" not in command[0]]
    assert having == [["dstack-guest-agent", "serve"]]
    table, log = probe.ask("table dstack-data"), probe.read("/dev/kmsg")
    assert table.startswith(b"aes-xts-plain64 :64:logon:dstack:disk ") and b"\n\ntarget_name=crypt" in table and b"Linux version" in log
    places = {"console": guest.console.encode(), "kernel log": log, "table": table, "host": repr(guest.host.told).encode(),
              "events": probe.read(f"{EVENT_LOG}/runtime_events.log"), "metrics": httpx.get(guest.address + "/metrics", timeout=20).content,
              "page": httpx.get(guest.address + "/", timeout=20).content}
    places |= {path: probe.read(path) for path in ("/proc/keys", "/proc/cmdline", "/dstack/agent.json")}
    assert all(places.values())
    places |= {f"process {commands[pid]}": memory[pid] for pid in memory}
    found = [name for name, content in places.items() for key in (guest.key, header.own_key, header.seed, *halves)
             if any(form in content for form in written(key))]
    assert found == []

    moments.append(all_memory(guest, tmp_path / "memory"))
    derived = {"header": header.own_key, "salted": header.seed, "extracted for the header": disks.extracted(guest.key),
               "extracted for the data": disks.extracted(header.seed)}
    for everything, keys in zip(moments, (derived, derived | {"the app's": guest.key}), strict=True):
        left = [name for name, key in keys.items() if any(form in everything for form in (key, *padded(key)))]
        assert left == []
        # the search sees all of the memory: the state of the kernel's cipher, and the app keys file, in a tmpfs that programs do not see
        assert [everything.count(half) for half in halves] == [1, 1]
    assert guest.key.hex().encode() in moments[1]


def test_after_a_power_cut_by_image_boot(disk_image, disk, place):
    """The same app, as image/boot makes it up."""
    boot = Boot(disk_image, "--disk", disk, "--kms", "fake", "--memory", "512M")
    try:
        boot.wait_for(r"words +.*dstack.disk=required")
        boot.wait_for(r"app kept 2 as 700 of")
        boot.wait_for(r"^verify ")
        expected = re.search(r"^rtmr3 +expected ([0-9a-f]{96})\n +quoted +\1$", boot.said, re.MULTILINE)
        assert expected, boot.said
        boot.process.send_signal(signal.SIGINT)
        assert boot.end() == 0
    finally:
        boot.process.kill()
        boot.process.wait()
    assert "cannot close" not in boot.said


@pytest.fixture
def refused(new_machine, disk_image, tmp_path):
    """Starts a guest that must not come up; returns its output. The disk must be unchanged."""

    def start(disk: pathlib.Path, *more, words="dstack.disk=scratch", options=None) -> str:
        before = disks.digest(disk)
        shared = Shared(tmp_path / "shared", disk_image)
        guest = new_machine(image=disk_image, words=words,
                            shared=[*qemu.disk(str(shared.fat_image())), *(options or qemu.data_disk(str(disk))), *more])
        guest.wait_for_end()
        assert "serving" not in guest.console and disks.digest(disk) == before
        return guest.console

    return start


def test_what_is_not_blank_is_not_touched(refused, tmp_path):
    disk = disks.new(tmp_path / "disk", 256)
    subprocess.run(["mkfs.ext4", "-q", disk], check=True, env=disks.PROGRAMS)
    assert "data disk /dev/vdb: has an ext file system, but only a blank disk is formatted" in refused(disk)


@pytest.mark.full
@pytest.mark.parametrize("at", [0, disks.MIB - 1, -disks.MIB, -1])
def test_blank_but_for_one_byte(refused, tmp_path, at):
    disk = disks.new(tmp_path / "disk", 256)
    with disk.open("r+b") as file:
        file.seek(at, 2 if at < 0 else 0)
        file.write(b"\1")
    assert "data disk /dev/vdb: has something else on it, but only a blank disk" in refused(disk)


@pytest.mark.full
def test_disks_that_cannot_be_used(refused, tmp_path):
    disk, other = disks.new(tmp_path / "disk", 256), disks.new(tmp_path / "other", 256)
    second = ["-blockdev", f"driver=raw,node-name=more,file.driver=file,file.filename={other}", "-device", "virtio-blk-pci,drive=more"]
    assert "there are two disks that could be the data disk, vdb and vdc: remove one" in refused(disk, *second)
    shutil.rmtree(tmp_path / "shared")
    read_only = ["-blockdev", f"driver=raw,node-name=data,read-only=on,file.driver=file,file.filename={disk}", "-device",
                 "virtio-blk-pci,drive=data"]
    assert "data disk vdb: is read-only: attach it for writing" in refused(disk, options=read_only)
    shutil.rmtree(tmp_path / "shared")
    assert "the key provider none makes new keys at each start" in refused(disk, words="dstack.disk=required")
    shutil.rmtree(tmp_path / "shared")
    garbage = disks.new(tmp_path / "garbage", 256)
    garbage.write_bytes(random.Random(0).randbytes(disks.MIB) * 256)
    assert "data disk /dev/vdb: has something else on it, but only a blank disk is formatted: zero its first and last MiB" in refused(garbage)
    shutil.rmtree(tmp_path / "shared")
    small = disks.new(tmp_path / "small", 129)
    os.truncate(small, 129 * disks.MIB - 512)
    assert "data disk /dev/vdb: is smaller than 129 MiB" in refused(small)


def failing(disk: pathlib.Path, what: str, sector: int) -> list:
    """QEMU's options for a disk on which each read or write of a sector fails."""
    rules = disk.with_suffix(".rules")
    rules.write_text(f'[inject-error]\nevent = "none"\niotype = "{what}"\nerrno = "5"\nsector = "{sector}"\n')
    return ["-blockdev", f"driver=blkdebug,node-name=data,config={rules},image.driver=file,image.filename={disk}", "-device",
            "virtio-blk-pci,drive=data"]


def test_second_disk_that_is_slow(refused, tmp_path):
    """An NVMe disk that takes seconds to be looked at is seen beside one that does not. While the kernel looks for partitions it reads a sector
    a second."""
    disk, other = disks.new(tmp_path / "disk", 256), disks.new(tmp_path / "other", 256)
    slow = ["-object", "throttle-group,id=slow,x-iops-total=1", "-blockdev",
            f"driver=throttle,node-name=more,throttle-group=slow,file.driver=file,file.filename={other}", "-device", "nvme,serial=more,drive=more"]
    console = refused(disk, *slow, options=qemu.data_disk(str(disk), "nvme,serial=data"))
    assert "there are two disks that could be the data disk, nvme0n1 and nvme1n1: remove one" in console


@pytest.mark.full
@pytest.mark.parametrize("what, told", [("read", "cannot be read"), ("write", "cannot be written")])
def test_disk_that_fails(new_machine, disk_image, tmp_path, what, told):
    """In its first sector."""
    disk = disks.new(tmp_path / "disk", 256)
    shared = Shared(tmp_path / "shared", disk_image)
    guest = new_machine(image=disk_image, words="dstack.disk=scratch", shared=[*qemu.disk(str(shared.fat_image())), *failing(disk, what, 0)])
    guest.expected = re.compile("I/O error|Buffer I/O")
    guest.wait_for_end()
    assert f"data disk /dev/vdb: {told}: input/output error" in guest.console


@pytest.mark.full
def test_scratch_is_made_anew(new_machine, disk_image, tmp_path):
    """On the smallest disk that is allowed."""
    disk = disks.new(tmp_path / "disk", 129)
    for _ in range(2):
        shutil.rmtree(tmp_path / "shared", ignore_errors=True)
        shared = Shared(tmp_path / "shared", disk_image)
        guest = new_machine(image=disk_image, words="dstack.disk=scratch",
                            shared=[*qemu.disk(str(shared.fat_image())), *qemu.data_disk(str(disk))])
        guest.wait_for("app keeps: done")
        assert "app kept 0 as" in guest.console
        guest.wait_for_probe()
        assert guest.events() == shared.dry_run("scratch")[0]
        guest.kill()


@pytest.mark.full
@pytest.mark.parametrize("word", ["optional", "required"])
def test_no_disk(new_machine, disk_image, tmp_path, word):
    """Without a disk the machine comes up, or says what is missing."""
    shared = Shared(tmp_path / "shared", disk_image)
    guest = new_machine(image=disk_image, words=f"dstack.disk={word}", shared=qemu.disk(str(shared.fat_image())))
    if word == "required":
        guest.wait_for_end()
        assert "there is no data disk, which dstack.disk on the kernel command line requires: attach one" in guest.console
        return
    guest.wait_for("app keeps: done")
    guest.wait_for_probe()
    assert guest.events() == shared.dry_run()[0]


@pytest.mark.full
def test_disks_of_others(lasting, place, tmp_path):
    """Another app's disk, one that shrank, one that cannot be read, and one with the header of another disk of the app."""
    disk = disks.new(tmp_path / "disk", 512)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 0
    guest.power_off()
    before, start = disks.digest(disk), disk.open("rb").read(disks.MIB)

    def told(text: str, device=None, **options):
        guest = lasting(device or qemu.data_disk(str(disk)), **options)
        guest.said("the machine is powered off")
        guest.ended()
        assert text in guest.console, guest.console

    compose = guest.shared.compose.replace(b"image-boot", b"another app")
    assert compose != guest.shared.compose
    told("data disk /dev/vdb: was made with another key", app={"app-compose.json": compose})
    told("data disk /dev/vdb: holds data that dstack.disk=scratch would overwrite: use required, or zero its first MiB", words="dstack.disk=scratch")
    told("data disk /dev/vdb: cannot be read: input/output error", failing(disk, "read", disks.MIB // 512))
    assert disks.digest(disk) == before
    whole = tmp_path / "whole"
    subprocess.run(["cp", "--sparse=always", disk, whole], check=True)
    disks.grow(disk, 256)
    told("data disk /dev/vdb: is smaller than its file system, which has 511 MiB: enlarge it again")
    whole.replace(disk)
    other = disks.new(tmp_path / "other", 512)
    guest = lasting(qemu.data_disk(str(other)))
    assert guest.kept()[0] == 0
    guest.power_off()
    with disk.open("r+b") as file:
        file.write(other.open("rb").read(disks.MIB))
    told("data disk /dev/vdb: its superblock is damaged, or its header is from another disk: restore it from a copy")
    with disk.open("r+b") as file:
        file.write(start)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 1
    guest.power_off()
    looked_at(disk, guest, 2)


@pytest.mark.full
def test_headers_that_the_host_has_kept(lasting, tmp_path):
    """With an older header of the disk's own, everything written since is kept, except with the header from before the first format."""
    disk, log, headers = disks.new(tmp_path / "disk", 256), tmp_path / "log", []
    for count in range(2):
        disks.grow(disk, 256 << 2 * count)
        guest = lasting(cuts.options(disk, log))
        assert guest.kept()[0] == count
        guest.power_off()
        headers += [data for at, data, _ in cuts.entries(log) if at == 0 and data]
    assert [header[16] for header in headers] == [1, 2, 3, 2]

    def with_header(number: int) -> Lasting:
        with disk.open("r+b") as file:
            file.write(headers[number])
        return lasting(qemu.data_disk(str(disk)))

    for count, number in ((2, 1), (3, 2)):
        guest = with_header(number)
        kept, mib = guest.kept()
        assert kept == count and mib > 768 and "formatting it" not in guest.console
        # a power cut
        guest.kill()
    guest = with_header(0)
    assert guest.kept()[0] == 0 and "is blank: formatting it" in guest.console
    guest.power_off()
    looked_at(disk, guest, 1)


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("was, kept", [(0, 0), (256, 1)])
def test_power_cuts(lasting, tmp_path, measure, was, kept):
    """During the first format of 20 GiB, and during growth from 256 MiB to that: nothing is ever lost."""
    disk, log = tmp_path / "disk", tmp_path / "log"
    disks.new(disk, was)
    if was:
        guest = lasting(qemu.data_disk(str(disk)))
        assert guest.kept()[0] == 0
        guest.power_off()
    disks.grow(disk, 20 << 10)
    before = cuts.Disk.of(disk)
    guest = lasting(cuts.options(disk, log))
    assert guest.kept()[0] == kept
    guest.kill()
    entries = cuts.entries(log)
    turned = 0
    for index, cut in cuts.sample(before, entries, ready(entries), CUTS // 2, seed=was):
        cut.save(disk, 20 << 30)
        guest = lasting(qemu.data_disk(str(disk)))
        count, mib = guest.kept()
        assert count == kept and mib > 20_000, f"cut at entry {index}"
        turned += "was interrupted while growing" in guest.console
        guest.power_off()
        looked_at(disk, guest, kept + 1)
    measure(f"cuts   {CUTS // 2} of {ready(entries) + 1} entries, {turned} with a superblock ahead of its descriptors")


@pytest.mark.full
def test_agent_crashes(lasting, place, tmp_path):
    """The disk keeps working, and so does a program that writes to it. That program ignores SIGTERM, and the disk is unmounted all the same."""
    disk, probe = disks.new(tmp_path / "disk", 256), Probe(str(place / "probe"))
    nodes = {name: node for name, node in machines.overlay().items() if name.startswith("etc/")}
    nodes["etc/dstack/run.d/keeper.conf"] = cpio.file(b"program = /bin/app\nargs = beats\n", 0o644)
    guest = lasting([*qemu.data_disk(str(disk)), *qemu.port("probe", str(place / "probe"))], nodes=nodes)

    def running(word: str) -> int:
        """The processes that process 1 started; a child of one may have the same name for a moment."""
        (pid,) = [pid for pid, (parent, command) in probe.processes().items() if parent == 1 and word in command] or [0]
        return pid

    def beats() -> int:
        return len(probe.read("/data/keeper/beats"))

    guest.said("app beats: done")
    guest.said("serving")
    assert probe.ready.wait(machines.PATIENCE)
    program, agent, mounted = running("beats"), running("serve"), probe.read("/proc/mounts")
    assert program and agent
    assert b"/dev/dm-0 /data ext4 rw,nosuid,nodev,noatime" in mounted
    # the key is neither in a keyring nor in the table
    assert probe.ask("table dstack-data").startswith(b"aes-xts-plain64 :64:logon:dstack:disk 0 ")
    assert b"dstack:disk" not in probe.read("/proc/keys") and b"keyring" in probe.read("/proc/keys")
    probe.kill(agent, signal.SIGKILL)
    while running("serve") in (0, agent):
        assert guest.age < machines.PATIENCE, guest.console
    assert '{name="/dev/dm-0",mount_point="/data"}' in httpx.get(guest.address + "/metrics", timeout=60).text
    before = beats()
    while beats() <= before:
        assert guest.age < machines.PATIENCE, guest.console
    assert running("beats") == program and probe.read("/proc/mounts") == mounted
    guest.power_off()
    assert "app beats no more" not in guest.console
    looked_at(disk, guest, 1)


@pytest.mark.full
def test_full_disk(lasting, tmp_path):
    """The program gets the error, and nothing else does."""
    disk = disks.new(tmp_path / "disk", 256)
    filler = {"etc/dstack/run.d/keeper.conf": cpio.file(b"program = /bin/app\nargs = fills\n", 0o644)}
    guest = lasting(qemu.data_disk(str(disk)), nodes=filler)
    guest.said("app fills: ENOSPC")
    guest.said("app empties: done")
    guest.power_off()
    looked_at(disk, guest, 1)


@pytest.mark.full
def test_cryptsetup_opens_it(lasting, disk_image, place, tmp_path, measure):
    """In a guest that has Debian's cryptsetup and the key, and nothing of ours; with e2fsck, and the kernel's own mount."""
    disk = disks.new(tmp_path / "disk", 256)
    guest = lasting(qemu.data_disk(str(disk)))
    guest.kept()
    guest.power_off()
    key = cpio.file(disks.Header(disk, guest.key).data_key, 0o600)
    outside = Guest(Image(disk_image), pathlib.Path(tempfile.mkdtemp(dir=place)), qemu.mode(), MEMORY, options=qemu.data_disk(str(disk)),
                    words="test_outside=/dev/vda", init="/test/init",
                    overlay=machines.overlay() | disks.programs("cryptsetup", "e2fsck") | {"test/key": key})
    try:
        assert outside.process.wait(machines.PATIENCE) == 0, outside.console
        outside.reader.join(10)
    finally:
        outside.kill()
    for line in ("cryptsetup has ended with 0", "e2fsck has ended with 0", "the program had written 1"):
        assert f"\n{line}\n" in outside.console, outside.console
    measure("disk   " + ", ".join(re.findall(r"^(?:raw|encrypted) .* MiB a second$", outside.console, re.MULTILINE)))
    looked_at(disk, guest, 1)


@pytest.mark.full
def test_image_boot_makes_one(boot, disk_image, tmp_path):
    """Its data lasts with the KMS for testing, and does not without one, which image/boot says."""
    disk, other = tmp_path / "disk", tmp_path / "other"

    def booted(*words) -> str:
        machine = boot(disk_image, *words)
        machine.wait_for(r"app keeps: done$")
        machine.wait_for(r"^verify ")
        assert re.search(r"^rtmr3 +expected ([0-9a-f]{96})\n +quoted +\1$", machine.said, re.MULTILINE), machine.said
        machine.process.send_signal(signal.SIGINT)
        assert machine.end() == 0
        return machine.said

    for count, what in enumerate(("made, 1 GiB", "there already")):
        said = booted("--disk", disk, "--kms", "fake")
        assert re.search(rf"^disk +{disk}, {what}", said, re.MULTILINE) and f"app kept {count} as" in said
        assert re.search(r"^words +.*dstack.disk=required", said, re.MULTILINE) and "nothing on it lasts" not in said
    for what in ("made, 1 GiB", "there already"):
        said = booted("--disk", other)
        assert re.search(rf"^disk +{other}, {what}", said, re.MULTILINE) and "app kept 0 as" in said
        assert re.search(r"^words +.*dstack.disk=scratch", said, re.MULTILINE)
        assert "without a KMS each start has new keys, so it is formatted and nothing on it lasts" in said
    before = disks.digest(disk)
    machine = boot(disk_image, "--disk", disk)
    assert machine.end() == 1 and "holds data that dstack.disk=scratch would overwrite: use required, or zero its first MiB" in machine.said
    assert disks.digest(disk) == before
