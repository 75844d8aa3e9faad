#!/usr/bin/env python3
"""Checks the release binary: what kind of ELF file it is, and the figures of budgets.txt, at rest and running.

    budget.py BINARY     a line for each check; exit status 1 if one fails
"""

import os
import pathlib
import re
import subprocess
import sys

from running import ROOT, Crypto, Running, favour_measuring, on_processors

CONNECTIONS = 64
REQUESTS = 500
STARTS = 25
# Rounds of what is timed, which take turns with those of what it is compared with; the best counts, because other work on the machine only
# ever adds time.
ROUNDS = 10
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
    rows = (line.split(None, 3) for line in (ROOT / "support/measure/budgets.txt").read_text().splitlines())
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
    report(".symtab" not in sections and not any(name.startswith(".debug") for name in sections),
           "stripped", "no symbols, no debug information")
    return segments


def check_stack_protector(binary):
    """The program reads the canary: in all of our C and of the libraries, as the flags of all of them are the same."""
    readers = output("objdump", "--disassemble", "--no-show-raw-insn", binary).count("%fs:0x28")
    report(readers > 100, "stack protector", f"{readers} reads of the canary")


def check_discarded(binary):
    """The self-check, which is linked from the same objects, has this text; the release does not."""
    text = b"is an unknown operation"
    report(text in binary.with_name("selfcheck").read_bytes() and text not in binary.read_bytes(), "self-check", "not in the release")


def relro_range(segments, maps, binary):
    """Address range of the RELRO pages in the running program."""
    _, _, address, _, size, _ = next(row for row in segments if row[0] == "GNU_RELRO")
    first = min(int(row[2], 16) for row in segments if row[0] == "LOAD") & -4096
    base = min(int(line.split("-")[0], 16) for line in maps if line.endswith(str(binary))) - first
    start = base + int(address, 16)
    return start & -4096, (start + int(size, 16)) & -4096


def check_relro(agent, segments, binary):
    try:
        maps = pathlib.Path(f"/proc/{agent.pid}/maps").read_text().splitlines()
    except PermissionError:
        # the agent is not dumpable, so only root may look
        return report(os.getuid() != 0, "relro at run time", "not checked: needs root")
    start, end = relro_range(segments, maps, binary)
    writable = 0
    for line in maps:
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if "w" in line.split()[1]:
            writable += max(0, min(high, end) - max(low, start))
    report(end > start and writable == 0, "relro at run time", f"{end - start} bytes, {writable} of them writable")


def memory(name, agent):
    rss, pss = agent.resident()
    budget(name, rss, "" if pss is None else f" (proportional {pss:,})")


def overhead(agent, crypto):
    """Processor time of a GetKey beyond its cryptography, in microseconds: unlike elapsed time it is the agent's alone. All on one
    processor: to wake a client on another costs an interrupt, which takes a virtual machine longer than the request."""
    processor = min(os.sched_getaffinity(0))
    whole, bare = [], []
    with on_processors([int(process.name) for process in agent.processes()], processor, processor):
        for _ in range(ROUNDS):
            bare.append(crypto.times()["GetKey-secp256k1"])
            before = agent.processor_time()
            agent.load(REQUESTS, 1, "GetKey", {"path": "a"})
            whole.append((agent.processor_time() - before) / REQUESTS)
    return round(min(whole) - min(bare))


def check_running(binary, segments):
    crypto = Crypto(reference=False)
    with Running(binary) as agent:
        with agent.held(1):
            pass
        memory("idle-rss", agent)
        check_relro(agent, segments, binary)
        with agent.held(CONNECTIONS):
            memory("busy-rss", agent)
        budget("getkey-overhead", overhead(agent, crypto))
        report(agent.stop() == 0, "SIGTERM", "ends it with status 0")
        own, bare = agent.first_response(ROUNDS, STARTS)
        budget("first-response", round(own / bare, 1), f": {own:,} and {bare:,} us")


if __name__ == "__main__":
    favour_measuring()
    BUDGETS = read_budgets()
    BINARY = pathlib.Path(sys.argv[1]).resolve()
    SEGMENTS = check_file(BINARY)
    check_stack_protector(BINARY)
    check_discarded(BINARY)
    budget("size", BINARY.stat().st_size)
    check_running(BINARY, SEGMENTS)
    sys.exit(1 if failed else 0)
