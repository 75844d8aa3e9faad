"""A guest in QEMU: its options, its console, and its end. All its files are in a folder of its own, so that any number of guests can run
at once."""

import pathlib
import re
import subprocess
import threading
import time

import cpio
from evidence.image import Image
from launch import kernel, qemu
from launch.monitor import Monitor
from launch.process import child
from launch.simulation import Simulation
from refusal import Refusal

# Lines of the console that are kept.
KEPT = 20_000


class Guest:
    """`options` are QEMU's for the devices beyond the machine itself. `words` follow the image's command line and are measured
    with it. `overlay` are files for the initramfs, which only a simulated machine leaves out of its measurements. `firmware_log` is the
    log of a simulated machine's firmware."""

    def __init__(self, image: Image, folder: pathlib.Path, accelerator: str, memory: int, cpus: int = 1, options=(), words: str = "",
                 overlay: dict = None, init: str = "", config_id: bytes = bytes(48), firmware_log: bytes = b"",
                 firmware: pathlib.Path = None, on_line=lambda line: None):
        self.folder, self.on_line = folder, on_line
        self.lines = []
        self.changed = threading.Condition()
        self.simulation, overlay = None, dict(overlay or {})
        words = [image.command_line, words, qemu.words(accelerator)]
        initrd, loaded = image.folder / image.initrd_name, image.folder / image.kernel_name
        elf = kernel.unpacked(image.kernel) if accelerator == "tcg" else None
        if elf:
            loaded = folder / "kernel"
            loaded.write_bytes(elf)
        options = [*qemu.machine(accelerator, config_id, memory, cpus, firmware), "-serial", "stdio", "-device", "virtio-serial-pci",
                   "-qmp", f"unix:{folder}/qmp,server=on,wait=off", *options]
        if accelerator != "tdx":
            self.simulation = Simulation(folder, image.kernel_release)
            overlay |= self.simulation.overlay
        if overlay:
            initrd = folder / "initramfs"
            # the kernel looks for an uncompressed archive at multiples of four; compressing it would take both sides longer
            initrd.write_bytes(image.initrd + bytes(-len(image.initrd) % 4) + cpio.archive(overlay))
        if self.simulation:
            options += self.simulation.options
            words += [self.simulation.words(config_id, init)]
            if firmware_log:
                options += self.simulation.firmware_log(firmware_log, memory, initrd.stat().st_size)
                words += [self.simulation.firmware_words]
        elif init:
            words += [f"rdinit={init}"]
        self.started = time.monotonic()
        command = [qemu.QEMU, *options, "-kernel", loaded, "-initrd", initrd, "-append",
                   " ".join(filter(None, words))]
        try:
            self.process = child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as problem:
            raise Refusal(f"cannot start QEMU: {problem}") from None
        self.reader = threading.Thread(target=self.read_console, daemon=True)
        self.reader.start()

    def read_console(self):
        for line in self.process.stdout:
            self.add(line.decode(errors="replace").rstrip())
        with self.changed:
            self.lines.append((time.monotonic(), ""))
            self.changed.notify_all()

    def add(self, line: str):
        with self.changed:
            self.lines.append((time.monotonic(), line))
            if len(self.lines) > KEPT:
                del self.lines[:KEPT // 2]
            self.changed.notify_all()
        self.on_line(line)

    @property
    def console(self) -> str:
        return "\n".join(line for _, line in self.lines)

    @property
    def age(self) -> float:
        """Seconds since QEMU's start."""
        return time.monotonic() - self.started

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_for(self, pattern: str, seconds: float) -> float:
        """Waits for a line on the console; returns the time when it came, or None if it does not come."""
        found = []

        def is_there():
            found[:] = [when for when, line in self.lines if re.search(pattern, line)]
            return found or not self.reader.is_alive()

        with self.changed:
            self.changed.wait_for(is_there, seconds)
        return found[0] if found else None

    def monitor(self) -> Monitor:
        """QEMU's monitor, which appears soon after the start."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return Monitor(str(self.folder / "qmp"))
            except (FileNotFoundError, ConnectionRefusedError):
                if not self.is_running or time.monotonic() > deadline:
                    raise OSError(f"QEMU does not come up: {self.console.strip()}") from None
                time.sleep(0.01)

    def press_power_button(self):
        with self.monitor() as monitor:
            monitor.press_power_button()

    def kill(self):
        if self.is_running:
            self.process.kill()
        self.process.wait()
        self.reader.join(10)
        if self.simulation:
            self.simulation.end()
