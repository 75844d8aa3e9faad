"""Becomes /init in the tree of a machine (machine.py), as process 1 of namespaces made by `unshare`.

    enter_machine.py DIRECTORY [tdx] [network] [wire=NAMESPACE]

    tdx        this is a simulated TDX guest: its /sys and event log are kept, and the measured startup runs first
    network    there are two Ethernet interfaces, eth1 and eth0
    wire       there is one, eth0, whose wire ends as `server` in that network namespace
"""

import os
import pathlib
import shutil
import subprocess
import sys

directory = pathlib.Path(sys.argv[1])
tree = directory / "tree"


def run(*command):
    subprocess.run([str(word) for word in command], check=True)


def simulated() -> list:
    """The outermost folders below /sys where tdx-sim has mounted something."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        point, source = line.split()[4], line.split(" - ")[1].split()[1]
        if source == "tdx-sim" and point.startswith("/sys/") and not any(point.startswith(each + "/") for each in found):
            found.append(point)
    return found


def start_up():
    if os.fork() == 0:
        os.chroot(tree)
        os.chdir("/")
        os.execve("/init", ["dstack-guest-agent", "boot", "--host-shared", "/host"], {})
    assert os.wait()[1] == 0, "the measured startup failed"


run("mount", "--bind", tree, tree)
for name in ("proc", "sys"):
    (tree / name).mkdir()
run("mount", "-t", "proc", "proc", tree / "proc")
run("mount", "--bind", directory / "cmdline", tree / "proc/cmdline")
if "network" in sys.argv:
    run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth0")
for word in sys.argv[2:]:
    if word.startswith("wire="):
        run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "server", "netns", word.removeprefix("wire="))
if "tdx" in sys.argv:
    run("mount", "-t", "sysfs", "sysfs", tree / "sys")
    for point in simulated():
        run("mount", "--rbind", point, tree / point[1:])
    (tree / "run").mkdir()
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", tree / "run")
    (tree / "run/log/dstack").mkdir(parents=True)
    run("mount", "--bind", "/run/log/dstack", tree / "run/log/dstack")
    (tree / "dstack").mkdir()
    start_up()
    for path in (directory / "dstack").glob("*"):
        shutil.copy(path, tree / "dstack/.host-shared")
os.chroot(tree)
os.chdir("/")
os.execve("/init", ["/init", "leftover"], {"HOME": "/", "TERM": "linux"})
