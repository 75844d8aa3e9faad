"""Simulates TDX: a kernel module under the stock driver, and a service that signs quotes with its own keys. It
protects nothing."""

import pathlib
import struct
import subprocess
import time

import cpio
import supplies
from evidence.events import replay
from evidence.firmware import digests
from launch import qemu
from launch.process import child
from refusal import Refusal

# The firmware's log lies below the initramfs, which QEMU puts at the end of memory.
LOG_SIZE, ACPI, GAP, LOW = 64 << 10, 1 << 20, 1 << 20, 0x80000000
PATIENCE = 20


class Simulation:
    """The simulation for one machine, with its keys in `folder`."""

    def __init__(self, folder: pathlib.Path, kernel_release: str):
        self.folder, self.state = folder, folder / "tdx-sim"
        # first what depends on the kernel, so that a refusal names that
        files = {"tdx_sim.ko": f"tdx_sim-{kernel_release}.ko", "init": "init", "pump": "pump"}
        self.overlay = {f"simulation/{name}": cpio.file(supplies.simulation(file).read_bytes(), 0o755) for name, file in files.items()}
        socket = folder / "qgs"
        with open(folder / "qgs.log", "wb") as log:
            self.service = child([supplies.simulator(), "qgs", "--state", self.state, "--socket", socket], stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not socket.exists():
            if self.service.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise Refusal(f"the quote service does not start: {(folder / 'qgs.log').read_text(errors='replace').strip()}")
            time.sleep(0.01)

    @property
    def options(self) -> list:
        return qemu.port("qgs", str(self.folder / "qgs"))

    def words(self, config_id: bytes, init: str) -> str:
        """For the command line; this machine's firmware does not measure them."""
        following = f" simulation_next={init}" if init else ""
        return f"rdinit=/simulation/init tdx_sim.mrconfigid={config_id.hex()}{following}"

    def firmware_log(self, log: bytes, memory: int, initrd_size: int) -> list:
        """The options for a firmware log; the registers are set to what it replays to."""
        self.address = (min(memory, LOW) - ACPI - initrd_size - GAP - LOG_SIZE) & ~(LOG_SIZE - 1)
        # type TDX, subtype 0, reserved; length and address of the log (UEFI 2.10, CCEL)
        table = struct.pack("<BBHQQ", 2, 0, 0, LOG_SIZE, self.address)
        (self.folder / "ccel.table").write_bytes(table)
        (self.folder / "ccel.log").write_bytes(log.ljust(LOG_SIZE, b"\xff"))
        self.firmware_words = f"memmap={LOG_SIZE // 1024}K${self.address:#x}" + "".join(
            f" tdx_sim.rtmr{register}={replay(digests(log, register)).hex()}" for register in range(3))
        return qemu.firmware_log(str(self.folder / "ccel.table"), str(self.folder / "ccel.log"), self.address)

    def end(self):
        if self.service.poll() is None:
            self.service.kill()
        self.service.wait()
