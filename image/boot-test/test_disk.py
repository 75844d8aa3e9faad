"""The data disk: made, there again, larger, and never anybody else's. With the KMS for testers, whose keys are an app's own."""

import contextlib
import http.server
import json
import os
import pathlib
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
from host import Shared
from launch import qemu
from launch.guest import Guest
from launch.host import HostFiles
from launch.kms import FakeKMS

pytestmark = pytest.mark.simulated
NETWORK = "dstack.ip=10.0.2.15/24,10.0.2.2,10.0.2.3"
MEMORY = 512 << 20
CUTS = 30


@pytest.fixture(scope="module")
def place():
    """A folder of a short name, as sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="disk-") as name:
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def disk_image(place):
    """With a program that keeps a number."""
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
    """The host, who is told how the startup goes."""

    def do_POST(self):
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Lasting(Guest):
    """A guest whose app has a KMS. `disk` are QEMU's options for it."""

    def __init__(self, place: pathlib.Path, image: pathlib.Path, kms: FakeKMS, disk: list, words: str = "dstack.disk=required", app: dict = None,
                 nodes: dict = None):
        folder = pathlib.Path(tempfile.mkdtemp(dir=place))
        # the KMS trusts the quotes of one simulator
        (folder / "tdx-sim").symlink_to(place / "kms/tdx-sim")
        self.host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.host.told = []
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
        """(how often the program had been started on this disk, MiB of it), when the new number is written."""
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

    @property
    def key(self) -> bytes:
        """The app's disk_crypt_key."""
        return bytes.fromhex(make_keys.from_kms(self.shared.foretold().payload("app-id"))["disk_crypt_key"])

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
    """The one whose life the first tests tell."""
    return disks.new(place / "disk", 256)


def looked_at(disk: pathlib.Path, guest: Lasting, count: int, state: int = 2):
    """From outside it is what the specification says, and e2fsck and debugfs know."""
    header = disks.Header(disk, guest.key)
    assert header.state == state
    plain = disks.opened(disk, guest.key)
    disks.check(plain)
    assert disks.content(plain, "/keeper/count") == f"{count}\n"


def test_blank_disk_is_made(lasting, disk, measure):
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept() == (0, 190)
    guest.said("serving")
    begun, ready = guest.wait_for("is blank, and is formatted", 1), guest.wait_for("data disk /dev/vdb is ready", 1)
    measure(f"disk   {1000 * (ready - begun):.0f} ms to make and mount 256 MiB")
    progress = [each["payload"] for each in guest.host.told if each["event"] == "boot.progress"]
    assert progress == ["measuring", "requesting app keys", "data disk ready", "done"]
    guest.power_off()
    looked_at(disk, guest, 1)
    # neither of its names nor of its content is anything in clear
    with disk.open("rb") as file:
        assert all(word not in file.read() for word in (b"keeper", b"lost+found"))


def test_it_is_there_again_and_larger(lasting, disk):
    disks.grow(disk, 20 << 10)
    guest = lasting(qemu.data_disk(str(disk)))
    count, mib = guest.kept()
    assert count == 1 and 20_000 < mib < 20 << 10
    guest.said("serving")
    metrics = httpx.get(guest.address + "/metrics", timeout=20).text
    (size,) = re.findall(r'^dstack_guest_disk_total_bytes\{name="/dev/dm-0",mount_point="/data"\} (\d+)$', metrics, re.MULTILINE)
    assert int(size) >> 20 == mib
    assert "/data" in httpx.get(guest.address + "/", timeout=20).text
    # a power cut
    guest.kill()


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
    """Starts a guest that must not come up; what it says. The disk is as it was."""

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
    assert "data disk /dev/vdb: has something else on it, and only a blank one" in refused(disk)


@pytest.mark.full
def test_disks_that_cannot_be_used(refused, tmp_path):
    disk, other = disks.new(tmp_path / "disk", 256), disks.new(tmp_path / "other", 256)
    second = ["-blockdev", f"driver=raw,node-name=more,file.driver=file,file.filename={other}", "-device", "virtio-blk-pci,drive=more"]
    assert "there are two disks that could be the data disk, vdb and vdc: remove one" in refused(disk, *second)
    shutil.rmtree(tmp_path / "shared")
    read_only = ["-blockdev", f"driver=raw,node-name=data,read-only=on,file.driver=file,file.filename={disk}", "-device",
                 "virtio-blk-pci,drive=data"]
    assert "data disk vdb: is read-only" in refused(disk, options=read_only)
    shutil.rmtree(tmp_path / "shared")
    assert "the key provider none makes new keys at each start" in refused(disk, words="dstack.disk=required")
    shutil.rmtree(tmp_path / "shared")
    small = disks.new(tmp_path / "small", 129)
    os.truncate(small, 129 * disks.MIB - 512)
    assert "data disk /dev/vdb: is smaller than 129 MiB" in refused(small)


@pytest.mark.full
def test_disk_that_fails(new_machine, disk_image, tmp_path):
    """Reads of its first sector do."""
    disk = disks.new(tmp_path / "disk", 256)
    (tmp_path / "rules").write_text('[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\nsector = "0"\n')
    options = ["-blockdev", f"driver=blkdebug,node-name=data,config={tmp_path}/rules,image.driver=file,image.filename={disk}", "-device",
               "virtio-blk-pci,drive=data"]
    shared = Shared(tmp_path / "shared", disk_image)
    guest = new_machine(image=disk_image, words="dstack.disk=scratch", shared=[*qemu.disk(str(shared.fat_image())), *options])
    guest.expected = re.compile("I/O error|Buffer I/O")
    guest.wait_for_end()
    assert "data disk /dev/vdb: cannot be read: input/output error" in guest.console


@pytest.mark.full
def test_scratch_is_made_anew(new_machine, disk_image, tmp_path):
    """On the smallest disk that there may be."""
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
def test_disks_of_others(lasting, place, tmp_path):
    """Another app's, one that was made smaller, one whose header is another disk's, and one with an older header."""
    disk = disks.new(tmp_path / "disk", 512)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 0
    guest.power_off()
    before, start = disks.digest(disk), disk.open("rb").read(disks.MIB)

    def told(text: str, **options):
        guest = lasting(qemu.data_disk(str(disk)), **options)
        guest.said("the machine is powered off")
        guest.ended()
        assert text in guest.console, guest.console

    compose = guest.shared.compose.replace(b"image-boot", b"another app")
    assert compose != guest.shared.compose
    told("data disk /dev/vdb: was made with another key", app={"app-compose.json": compose})
    told("data disk /dev/vdb: holds data that dstack.disk=scratch would overwrite", words="dstack.disk=scratch")
    assert disks.digest(disk) == before
    whole = tmp_path / "whole"
    subprocess.run(["cp", "--sparse=always", disk, whole], check=True)
    disks.grow(disk, 256)
    told("data disk /dev/vdb: is smaller than its file system, which has 511 MiB")
    whole.replace(disk)
    other = disks.new(tmp_path / "other", 512)
    guest = lasting(qemu.data_disk(str(other)))
    assert guest.kept()[0] == 0
    guest.power_off()
    with disk.open("r+b") as file:
        file.write(other.open("rb").read(disks.MIB))
    told("data disk /dev/vdb: its superblock is damaged, or its header is from another disk")
    with disk.open("r+b") as file:
        file.write(start)
    guest = lasting(qemu.data_disk(str(disk)))
    assert guest.kept()[0] == 1
    guest.power_off()
    looked_at(disk, guest, 2)


def ready(log: list) -> int:
    """The entry of the header that says that all is done."""
    return max(index for index, (at, data, _) in enumerate(log) if at == 0 and data[16:20] == b"\2\0\0\0")


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("was, kept", [(0, 0), (256, 1)])
def test_power_cuts(lasting, tmp_path, measure, was, kept):
    """Of the first format of 20 GiB, and of the growth of 256 MiB to that: nothing is ever lost."""
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
    written = cuts.entries(log)
    turned = 0
    for index, cut in cuts.sample(before, written, ready(written), CUTS // 2, seed=was):
        cut.save(disk, 20 << 30)
        guest = lasting(qemu.data_disk(str(disk)))
        count, mib = guest.kept()
        assert count == kept and mib > 20_000, f"cut at entry {index}"
        turned += "was interrupted while growing" in guest.console
        guest.power_off()
        looked_at(disk, guest, kept + 1)
    measure(f"cuts   {CUTS // 2} of {ready(written) + 1} entries, {turned} with a superblock ahead of its descriptors")


@pytest.mark.full
def test_full_disk(lasting, tmp_path):
    """The program is told, and nothing else is."""
    disk = disks.new(tmp_path / "disk", 256)
    filler = {"etc/dstack/run.d/keeper.conf": cpio.file(b"program = /bin/app\nargs = fills\n", 0o644)}
    guest = lasting(qemu.data_disk(str(disk)), nodes=filler)
    guest.said("app fills: ENOSPC")
    guest.said("app empties: done")
    guest.power_off()
    looked_at(disk, guest, 1)


@pytest.mark.full
def test_cryptsetup_opens_it(tmp_path, lasting):
    """By its own words for such a mapping, where this machine has a device mapper."""
    if not pathlib.Path("/dev/mapper/control").exists():
        pytest.skip("no device mapper here")
    disk = disks.new(tmp_path / "disk", 256)
    guest = lasting(qemu.data_disk(str(disk)))
    guest.kept()
    guest.power_off()
    (tmp_path / "key").write_bytes(disks.Header(disk, guest.key).data_key)
    words = ["cryptsetup", "open", "--type", "plain", "--cipher", "aes-xts-plain64", "--key-size", "512", "--sector-size", "4096", "--offset", "2048",
             "--hash", "plain", "--key-file", tmp_path / "key", disk, "boot-test-disk"]
    subprocess.run(words, check=True, env=disks.PROGRAMS)
    try:
        disks.check(pathlib.Path("/dev/mapper/boot-test-disk"))
    finally:
        subprocess.run(["cryptsetup", "close", "boot-test-disk"], check=True, env=disks.PROGRAMS)
