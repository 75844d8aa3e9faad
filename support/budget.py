#!/usr/bin/env python3
"""Checks the release binary: what kind of ELF file it is, and the figures of budgets.txt, at rest and running.

    budget.py BINARY     a line for each check; exit status 1 if one fails
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYS = ROOT / "Tests/e2e/data"
CONNECTIONS = 64
STARTS = 50
ROUNDS = 10  # of starts at most; the best counts, because other work on the machine only ever adds
failed = False


def report(good, name, text):
    global failed
    failed = failed or not good
    print(f"{'ok    ' if good else 'FAILED'} {name:<19}{text}")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def budget(name, value, note=""):
    limit, unit = BUDGETS[name]
    report(value <= limit, name, f"{value:>9,} of {limit:,} {unit}{note}")


def read_budgets():
    rows = (line.split(None, 3) for line in (ROOT / "support/budgets.txt").read_text().splitlines())
    return {row[0]: (int(row[1]), row[2]) for row in rows if row and row[0] != "#"}


def check_file(binary):
    headers = output("readelf", "-hldSW", binary)
    segments = re.findall(r"^  ([A-Z_]+) +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) ([RWE ]{3}) ", headers, re.MULTILINE)
    kinds = {kind: flags for kind, _, _, _, _, flags in segments}
    flags = " ".join(re.findall(r"\((?:FLAGS|FLAGS_1)\)\s+(.*)", headers)).replace("Flags:", "").split()
    sections = set(re.findall(r"^  \[ *\d+\] (\.\S+)", headers, re.MULTILINE))
    report("DYN (" in headers and "PIE" in flags and "INTERP" not in kinds and "(NEEDED)" not in headers,
           "static-pie", "a position-independent program without interpreter or shared library")
    report("GNU_RELRO" in kinds and "NOW" in flags, "relro, bind-now", "nothing is resolved late")
    report(kinds.get("GNU_STACK") == "RW ", "nx", "the stack is not executable")
    report(not any("W" in flags and "E" in flags for kind, *_, flags in segments if kind == "LOAD"),
           "w^x", "no segment is writable and executable")
    report("TEXTREL" not in headers, "no text relocation", "the code is shared as it is in the file")
    report(".symtab" not in sections and not any(name.startswith(".debug") for name in sections), "stripped", "no symbols, no debug information")
    return segments


def check_stack_protector(binary):
    """Objects of each C library and of our C refer to the check, and the program reads the canary."""
    variant = ROOT / "deps" / f"musl-{os.environ.get('MBEDTLS', '3.6')}" / "lib"
    scratch = {"3.6": ".build", "2.28": ".build-mbedtls-2.28"}[os.environ.get("MBEDTLS", "3.6")]
    objects = [variant / f"lib{name}.a" for name in ("mbedtls", "mbedx509", "mbedcrypto", "secp256k1", "sodium")]
    objects.append(next((ROOT / scratch / "release" / "CSystem.build").glob("*.o")))
    without = [path.name for path in objects if "__stack_chk_fail" not in output("nm", "--undefined-only", path)]
    readers = output("objdump", "--disassemble", "--no-show-raw-insn", binary).count("%fs:0x28")
    report(not without and readers > 0, "stack protector",
           f"in every C library; {readers} reads of the canary" if not without else f"not in {', '.join(without)}")


def relro_range(segments, maps, binary):
    """Address range of the RELRO pages in the running program."""
    _, _, address, _, size, _ = next(row for row in segments if row[0] == "GNU_RELRO")
    first = min(int(row[2], 16) for row in segments if row[0] == "LOAD") & -4096
    base = min(int(line.split("-")[0], 16) for line in maps if line.endswith(str(binary))) - first
    start = base + int(address, 16)
    return start & -4096, (start + int(size, 16)) & -4096


def check_relro(process, segments, binary):
    try:
        maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text().splitlines()
    except PermissionError:
        # the agent is not dumpable, so that only root may look
        return report(os.getuid() != 0, "relro at run time", "not checked: needs root")
    start, end = relro_range(segments, maps, binary)
    writable = 0
    for line in maps:
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if "w" in line.split()[1]:
            writable += max(0, min(high, end) - max(low, start))
    report(end > start and writable == 0, "relro at run time", f"{end - start} bytes, {writable} of them writable")


def resident(process):
    """Resident and proportional set in KiB; the second is None where only root may know."""
    try:
        text = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Rss: +(\d+)", text, re.M)[1]), int(re.search(r"^Pss: +(\d+)", text, re.M)[1])
    except PermissionError:
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M)[1]), None


def memory(name, process):
    rss, pss = resident(process)
    budget(name, rss, "" if pss is None else f" (proportional {pss:,})")


def hold(measure, count, socket):
    holder = subprocess.Popen([measure, "hold", str(count), socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "held\n":
        sys.exit("budget: the agent did not answer")
    return holder


def release(holder):
    holder.stdin.close()
    holder.wait()


def first_response(measure, socket, command):
    best = None
    for _ in range(ROUNDS):
        started = subprocess.run([measure, "start", str(STARTS), socket, *command], capture_output=True, text=True)
        if started.returncode != 0:
            sys.exit(started.stderr)
        best = min(best or int(started.stdout), int(started.stdout))
        if best <= BUDGETS["first-response"][0]:
            break
    return best


def wait_for(path, process):
    deadline = time.monotonic() + 5
    while not os.path.exists(path):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("budget: the agent does not start")
        time.sleep(0.01)


def check_running(binary, segments, directory):
    measure = f"{directory}/measure"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", ROOT / "support/measure.c", "-o", measure], check=True)
    socket, config = f"{directory}/dstack.sock", f"{directory}/agent.json"
    pathlib.Path(config).write_text(json.dumps({
        "default": {"core": {
            "keys_file": str(KEYS / "appkeys-none.json"),
            "compose_file": str(KEYS / "app-compose.json"),
            "sys_config_file": str(KEYS / "sys-config.json"),
        }},
        "internal": {"address": "unix:" + socket},
        "internal-v0": {"address": f"unix:{directory}/tappd.sock"},
        "external": {"address": f"unix:{directory}/external.sock"},
        "guest-api": {"address": f"unix:{directory}/guest-api.sock"},
    }))
    command = [str(binary), "-c", config]
    with open(f"{directory}/log", "w+") as log:
        try:
            process = subprocess.Popen(command, stderr=log)
            wait_for(socket, process)
            release(hold(measure, 1, socket))
            memory("idle-rss", process)
            check_relro(process, segments, binary)
            holder = hold(measure, CONNECTIONS, socket)
            memory("busy-rss", process)
            release(holder)
            process.send_signal(signal.SIGTERM)
            report(process.wait(timeout=20) == 0, "SIGTERM", "ends it with status 0")
            budget("first-response", first_response(measure, socket, command))
        except SystemExit:
            log.seek(0)
            sys.stderr.write(log.read())
            raise
        finally:
            if process.poll() is None:
                process.kill()


if __name__ == "__main__":
    BUDGETS = read_budgets()
    binary = pathlib.Path(sys.argv[1]).resolve()
    segments = check_file(binary)
    check_stack_protector(binary)
    budget("size", binary.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="budget-") as directory:
        check_running(binary, segments, directory)
    sys.exit(1 if failed else 0)
