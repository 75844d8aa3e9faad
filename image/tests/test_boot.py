"""image/boot's refusals, and the files that it makes up. The boot tests boot."""

import json
import struct
import subprocess
from types import SimpleNamespace

import pytest

import images
from conftest import MEMORY, command
from evidence import startup
from evidence.image import Image
from launch import kernel, network, qemu, session
from launch.host import HostFiles
from refusal import Refusal


def boot(*words, **options):
    done = command("boot", *words, **options)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("boot: "), done
    return done.stderr


@pytest.fixture
def image(tmp_path):
    return images.make(tmp_path / "image")


@pytest.mark.parametrize("words, told", [
    (["--disk", "/nowhere/x"], "--disk: there is no folder /nowhere"),
    (["--disk", "/dev/null"], "--disk: /dev/null is neither a file nor a disk"),
    (["--disk", "a,b"], "--disk: a,b has a comma"),
    (["--tdx"], "this machine cannot start TDX guests"),
    (["--cpus", "0"], "--cpus 0: want 1 to 255"),
    (["--timeout", "0"], "--timeout 0.0: want more than 0 seconds"),
    (["--memory", "1T"], "--memory 1T: want a number of MiB"),
    (["--memory", "64M"], "--memory 64M: too little for an initramfs of 0 KiB; want more than 128M"),
    (["--publish", "http"], "--publish http: want [HOST:]PORT[:GUEST]"),
    (["--publish", "1:2:3"], "--publish 1:2:3: want [HOST:]PORT[:GUEST]"),
    (["--publish", "70000"], "--publish 70000: want ports from 1 to 65535"),
    (["--publish", "8080:0"], "--publish 8080:0: want ports from 1 to 65535"),
    (["--publish", "1.2.3.444:8080:80"], "1.2.3.444 is not an address"),
    (["--app-compose", "nowhere"], "--app-compose: there is no file nowhere"),
    (["--user-config", "nowhere"], "--user-config: there is no file nowhere"),
    (["--host-shared", "nowhere"], "--host-shared: there is no folder nowhere"),
    (["--env", "x"], "--env x: without a KMS there is no key to encrypt it to"),
    (["--env", "nowhere", "--kms", "fake"], "--env: there is no file nowhere"),
])
def test_refused(image, words, told):
    if words == ["--tdx"] and qemu.has_tdx():
        pytest.skip("it can")
    assert told in boot(image, *words)


def test_no_qemu(image):
    assert "there is no qemu-of-nobody in PATH: install QEMU" in boot(image, env={"PATH": "/usr/bin:/bin", "QEMU": "qemu-of-nobody"})


def test_no_image(tmp_path):
    assert f"there is no image {tmp_path}/x: make image" in boot(tmp_path / "x")
    assert f"there is no {tmp_path}/metadata.json" in boot(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"kernel": 1}'])
def test_metadata_that_is_none(image, content):
    (image / "metadata.json").write_text(content)
    assert f"{image}/metadata.json does not describe an image" in boot(image)


def test_part_of_an_image(image):
    (image / "initramfs.cpio.gz").unlink()
    assert f"there is no {image}/initramfs.cpio.gz" in boot(image)


@pytest.mark.parametrize("name", ["bzImage", "initramfs.cpio.gz"])
def test_changed_image(image, name):
    with (image / name).open("ab") as file:
        file.write(b"x")
    assert f"{image}/{name} does not match sha256sum.txt" in boot(image)


def test_changed_sums(image):
    (image / "digest.txt").write_text("00")
    assert "digest.txt does not match sha256sum.txt" in boot(image)


def test_image_with_a_root_file_system(tmp_path):
    assert "has a root file system (rootfs.img)" in boot(images.make(tmp_path / "image", rootfs="rootfs.img"))


def test_kernel_without_simulation(image):
    """The module fits only one kernel."""
    if qemu.has_tdx():
        pytest.skip("real TDX needs no simulation")
    done = command("boot", image)
    assert done.returncode == 2 and f"tdx_sim-{images.RELEASE}.ko" in done.stderr, done.stderr


def test_files_twice(image, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/app-compose.json").write_text("{}")
    (tmp_path / "other.json").write_text("{}")
    told = boot(image, "--host-shared", tmp_path / "shared", "--app-compose", tmp_path / "other.json")
    assert f"--app-compose names {tmp_path}/other.json, and {tmp_path}/shared has app-compose.json already" in told


def test_file_that_no_guest_looks_for(image, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/app_compose.json").write_text("{}")
    assert "app_compose.json is not a file that a guest looks for" in boot(image, "--host-shared", tmp_path / "shared")


def test_environment_that_is_none(image, tmp_path):
    (tmp_path / "env").write_text("# of the app\nA=1\n\nB\n")
    assert f"{tmp_path}/env, line 4: want NAME=VALUE" in boot(image, "--kms", "fake", "--env", tmp_path / "env")


def test_app_that_no_agent_starts(image, tmp_path):
    (tmp_path / "app.json").write_text('{"manifest_version": 9}')
    done = command("boot", image, "--app-compose", tmp_path / "app.json")
    assert done.returncode == 2 and "the agent would not start from" in done.stderr, done.stderr


def test_what_is_made_up(image, tmp_path):
    """An app whose RTMR3 can be predicted."""
    files = HostFiles(tmp_path / "shared", Image(image), {})
    assert files.made_up == ["app-compose.json", ".sys-config.json"]
    foretold = files.foretold()
    assert foretold.rtmr3 and foretold.payload("compose-hash") == files.compose_hash
    assert startup.of_compose(files.compose).rtmr3 == foretold.rtmr3
    config = json.loads(json.loads((files.folder / ".sys-config.json").read_text())["vm_config"])
    assert config["os_image_hash"] == Image(image).digest


@pytest.mark.parametrize("text, meant", [
    ("8443", ("127.0.0.1", 8443, 8443)), ("8080:80", ("127.0.0.1", 8080, 80)), ("0.0.0.0:8080:80", ("0.0.0.0", 8080, 80)),
    ("127.0.0.1:443", ("127.0.0.1", 443, 443)), ("0:443", ("127.0.0.1", 0, 443)),
])
def test_published(text, meant):
    assert network.published(text) == meant


@pytest.mark.parametrize("more, status", [(b"", session.UP), (b" ", session.OTHER)])
def test_status_tells_of_another_machine(machine, tmp_path, capsys, more, status):
    """A machine that measured an app-compose other than the host's."""
    run = session.Session(SimpleNamespace(image=Image(machine.image), memory=MEMORY, words=""), tmp_path, None)
    run.guest, run.ports = SimpleNamespace(age=1, simulation=None, is_running=True), {}
    address, _, port = machine.address.partition(":")
    run.agent = address, int(port)
    run.offered = HostFiles(tmp_path / "shared", Image(machine.image), {"app-compose.json": machine.compose.read_bytes() + more})
    run.foretold = run.offered.foretold()
    assert run.report() == status
    assert ("failed  RTMR3 is not what was expected" in capsys.readouterr().out) == bool(status)


def packed(elf: bytes, size=None) -> bytes:
    """A bzImage that contains such a kernel."""
    data = subprocess.run(["zstd", "-cq"], input=elf, stdout=subprocess.PIPE, check=True).stdout
    data += struct.pack("<I", len(elf) if size is None else size)
    image = bytearray(images.kernel())
    struct.pack_into("<II", image, 0x248, len(image) - 5 * 512, len(data))
    return bytes(image + data) + b"behind it"


def test_kernel_is_unpacked():
    """A kernel that QEMU can start like this is unpacked; every other stays as it is."""
    elf = b"\x7fELF" + bytes(100) + kernel.ENTRY + bytes(12)
    assert kernel.unpacked(packed(elf)) == elf
    for image in (packed(elf, len(elf) + 1), packed(elf[1:]), packed(elf.replace(kernel.ENTRY, b"")), packed(elf)[:-20], images.kernel()):
        assert kernel.unpacked(image) is None


def test_kernel_without_zstd(monkeypatch):
    image = packed(b"\x7fELF" + kernel.ENTRY)
    monkeypatch.setenv("PATH", "/nowhere")
    assert kernel.unpacked(image) is None


def test_address_of_the_image():
    assert network.guest_address("quiet") == ("10.0.2.15", "10.0.2.2", ",net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3")
    assert network.guest_address("a dstack.ip=dhcp") == network.guest_address("quiet") and network.has_address("a dstack.ip=dhcp")
    assert network.guest_address("dstack.ip=192.168.7.9/24") == ("192.168.7.9", "192.168.7.2", ",net=192.168.7.0/24")
    with pytest.raises(Refusal, match="on the image's command line"):
        network.guest_address("dstack.ip=nowhere")
