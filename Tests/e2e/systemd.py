"""Debian's systemd as process 1 of its own namespaces, with only the units of a test. It has its own /run and /tmp too; the network is
this machine's. Needs root, and cgroup2."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from agent_process import PATIENCE
from machine import children

SYSTEMD = pathlib.Path("/lib/systemd/systemd")
# Units that others name, with nothing in them.
TARGETS = ("sysinit", "basic", "sockets", "shutdown", "network", "multi-user", "test")
ENTER = r"""
set -e
mount --make-rprivate /
mount -t tmpfs none /run
cp -r "$1"/units "$1"/files /run
mv /run/files /run/agent
mount -t tmpfs none /tmp
mount -t tmpfs none /var/tmp
umount -R /sys/fs/cgroup 2>/dev/null || mount -t tmpfs none /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir /sys/fs/cgroup/"$2"
echo $$ > /sys/fs/cgroup/"$2"/cgroup.procs
exec unshare --cgroup sh -c '
  mount --bind /sys/fs/cgroup/"$2" /sys/fs/cgroup
  exec env -i PATH="$PATH" container=other SYSTEMD_UNIT_PATH=/run/units \
    /lib/systemd/systemd --system --unit=test.target --log-target=console --show-status=no' sh "$1" "$2"
"""


class Systemd:
    """`files` are copied to its /run/agent; `units` are texts by name. Those in `started` are started at once."""

    def __init__(self, units: dict, started: list, files: dict):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="systemd-"))
        folder = self.directory / "units"
        wanted = folder / "test.target.wants"
        wanted.mkdir(parents=True)
        for name in TARGETS:
            (folder / f"{name}.target").write_text("[Unit]\nDefaultDependencies=no\n")
        for name, text in units.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        for name in started:
            (wanted / name).symlink_to(f"../{name}")
        (self.directory / "files").mkdir()
        for name, content in files.items():
            target = self.directory / "files" / name
            target.write_bytes(content)
            target.chmod(0o755)
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc", "sh", "-c", ENTER, "sh",
                 self.directory, self.directory.name], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._remove_group()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The id of its process 1, as seen from this machine."""
        return children(self.process.pid)[0]

    @property
    def root(self) -> pathlib.Path:
        return pathlib.Path("/proc", str(self.pid), "root")

    def wait_until(self, condition, what: str):
        end = time.monotonic() + PATIENCE
        while not condition():
            log = (self.directory / "log").read_text(errors="replace")
            assert self.process.poll() is None and time.monotonic() < end, f"{what}: {log}"
            time.sleep(0.01)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit; empty while systemd does not answer."""
        if not children(self.process.pid):
            return ""
        done = subprocess.run(
            ["nsenter", f"--target={self.pid}", "--mount", "--pid", "systemctl", "show", "--value", f"--property={name}", unit],
            capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout.strip()

    def pid_of(self, unit: str) -> int:
        """The main process's id, as seen from this machine; 0 if there is none."""
        inner = self.show(unit, "MainPID")
        for pid in children(self.pid):
            try:
                lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if [line.split()[-1] for line in lines if line.startswith("NSpid:")] == [inner]:
                return pid
        return 0

    def _remove_group(self):
        """Its cgroups, innermost first; the kernel needs a moment until they are empty."""
        with tempfile.TemporaryDirectory() as mounted:
            subprocess.run(["mount", "-t", "cgroup2", "none", mounted], check=True)
            try:
                end = time.monotonic() + PATIENCE
                for path, _, _ in os.walk(f"{mounted}/{self.directory.name}", topdown=False):
                    while os.path.isdir(path) and time.monotonic() < end:
                        try:
                            os.rmdir(path)
                        except OSError:
                            time.sleep(0.01)
            finally:
                subprocess.run(["umount", mounted], check=True)
