"""A real engine: Debian's podman behind its Docker API, with containers made of one static program and no network."""

import os
import pathlib
import subprocess
import tempfile
import time

from agent_process import PATIENCE

# Prints its arguments, one per line; "e:" goes to standard error, "w" waits until the end, "n:" without a line feed, "many:" a number
# of lines of 100 bytes.
PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "w")) pause();
    else if (!strncmp(argv[i], "e:", 2)) fprintf(stderr, "%s\n", argv[i] + 2);
    else if (!strncmp(argv[i], "n:", 2)) fputs(argv[i] + 2, stdout);
    else if (!strncmp(argv[i], "many:", 5)) for (int n = atoi(argv[i] + 5); n > 0; n--) printf("%099d\n", n);
    else puts(argv[i]);
    fflush(stdout);
  }
  return 0;
}
"""
# podman may not manage the kernel's control groups here: it gets an empty tree of its own, in its own mount namespace.
NAMESPACE = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"",
             "sh"]
RUN = ["--cgroups=disabled", "--network=none", "--log-driver=k8s-file", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000"]


class Podman:
    def __init__(self):
        # Not pytest's tmp_path: the path of a Unix socket has at most 107 bytes.
        self.temporary = tempfile.TemporaryDirectory(prefix="podman-")
        self.directory = pathlib.Path(self.temporary.name)
        self.socket = str(self.directory / "docker.sock")
        self.options = ["podman", "--root", f"{self.directory}/root", "--runroot", f"{self.directory}/run", "--tmpdir",
                        f"{self.directory}/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]
        program = self.directory / "say"
        subprocess.run(["cc", "-static", "-Os", "-x", "c", "-", "-o", program], input=PROGRAM, text=True, check=True)
        subprocess.run(["tar", "-C", self.directory, "-cf", self.directory / "say.tar", "say"], check=True)
        self("import", self.directory / "say.tar", "say:latest")
        self.service = subprocess.Popen(
            [*NAMESPACE, *self.options, "system", "service", "--time", "0", "unix://" + self.socket],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not os.path.exists(self.socket):
            assert self.service.poll() is None and time.monotonic() < end, "podman's service does not start"
            time.sleep(0.02)

    def __call__(self, *arguments) -> str:
        command = [*NAMESPACE, *self.options, *[str(argument) for argument in arguments]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"podman {arguments}: {done.stderr}"
        return done.stdout

    def run(self, name: str, *words: str, options=()):
        """Runs a container that prints these words. With "w" among them it keeps running; otherwise this waits for its end."""
        detached = ["--detach"] if "w" in words else []
        self("run", *detached, *RUN, *options, "--name", name, "say:latest", "/say", *words)

    def end(self):
        self("rm", "--all", "--force", "--time", "0")
        self.service.terminate()
        self.service.wait()
        # podman's clean-up of a container may still be at work there
        end = time.monotonic() + PATIENCE
        while os.path.exists(self.directory):
            try:
                self.temporary.cleanup()
            except OSError:
                assert time.monotonic() < end, "podman's folder is still in use"
                time.sleep(0.1)
