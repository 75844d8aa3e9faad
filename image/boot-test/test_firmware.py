"""What real firmware measures of an image is what image/verify expects. OVMF without TDX logs the same events, into a TPM."""

import re
import subprocess

import pytest

import ccel
import cpio
import machine as machines
from evidence import registers
from evidence.image import Image
from launch import qemu

pytestmark = pytest.mark.full
MEMORY = 512 << 20
# The registers of a TPM that correspond to RTMR1 and RTMR2 of a TDX guest (UEFI 2.10, 38.4.1).
PLATFORM_REGISTERS = {1: range(2, 7), 2: range(8, 16)}


@pytest.fixture
def tpm(tmp_path):
    """Starts it; returns its socket."""
    (tmp_path / "state").mkdir()
    process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={tmp_path}/state",
                                "--ctrl", f"type=unixio,path={tmp_path}/tpm"])
    while not (tmp_path / "tpm").exists():
        assert process.poll() is None
    yield str(tmp_path / "tpm")
    process.kill()
    process.wait()


def test_events_of_the_firmware(image, tpm, tmp_path):
    loaded = Image(image)
    loaded.command_line = f"{loaded.command_line} rdinit=/test/init firmware_log {qemu.words('tcg')}"
    loaded.initrd += cpio.compressed(machines.overlay())
    (tmp_path / "initramfs").write_bytes(loaded.initrd)
    run = subprocess.run(
        [qemu.QEMU, *qemu.machine("tcg", b"", MEMORY, 1, None), "-bios", qemu.FIRMWARE, "-serial", "stdio",
         "-chardev", f"socket,id=tpm,path={tpm}", "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm0",
         "-kernel", image / "bzImage", "-initrd", tmp_path / "initramfs", "-append", loaded.command_line],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=machines.PATIENCE)
    found = re.search(r"^firmware-log ([0-9a-f]+)$", run.stdout, re.MULTILINE)
    assert found, run.stdout
    log = list(ccel.events(bytes.fromhex(found[1])))
    (kernel,) = [digest for digest, how in registers.kernel_digests(loaded, MEMORY).items() if how.endswith("with 512 MiB")]
    expected = registers.events_of(loaded, kernel, "")
    separator = next(event for event in expected if event.kind == registers.SEPARATOR)
    for register, of_tpm in PLATFORM_REGISTERS.items():
        # a TPM has a separator in each of its registers
        measured = [digest for index, _, digest, _ in log if index in of_tpm and digest != separator.digest]
        assert measured == [event.digest for event in expected if event.register == register and event != separator]
