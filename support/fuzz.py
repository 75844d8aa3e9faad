#!/usr/bin/env python3
"""The parsers of what comes from outside (Tests/fuzz) under libFuzzer and AddressSanitizer, each in a process of its own.

    fuzz.py SECONDS [TARGET...]    looks for inputs that fail, for so long altogether, on all processors; each target gets the same time
    fuzz.py --build                only builds
    fuzz.py --keep [TARGET...]     adds to the seeds those of the inputs found that reach code which some seconds of fuzzing do not

Seeds are the files of Tests/fuzz/corpus/TARGET: bytes as they are or, if the name ends in .hex, hex digits, where 00*9 stands for nine
bytes. What is found is kept in out/fuzz/TARGET, and the next run goes on from there."""

import concurrent.futures
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "Tests/fuzz/corpus"
OUT = ROOT / "out/fuzz"
FAILED = OUT / "failed"
# Seconds. An input found in so little time need not be kept.
EASY = 3
BINARY = ".build-fuzz/debug/fuzz"
OPTIONS = [
    f"-dict={ROOT}/Tests/fuzz/fuzz.dict", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
    "-malloc_limit_mb=16",  # nothing allocates more at once, unless an input decides how much
    "-close_fd_mask=2",  # the agent's log
]
# Swift's own crash reporter hangs under libFuzzer. AddressSanitizer would keep 256 MB of freed memory per process.
ENVIRONMENT = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "quarantine_size_mb=16"}


def build() -> dict:
    """The largest input of each target."""
    print("build  fuzz", flush=True)
    # Optimised: seven times as many inputs per second, and traps stay.
    command = ["swift", "build", "--product", "fuzz", "--sanitize=address", "--scratch-path", ".build-fuzz", "-Xswiftc", "-O"]
    subprocess.run(
        ["support/quiet.sh", "out/log/fuzz-build.log", *command], cwd=ROOT, env={**os.environ, "FUZZ": "1"}, check=True)
    listed = subprocess.run([ROOT / BINARY], capture_output=True, text=True, check=True).stdout
    return {name: int(limit) for name, limit in (line.split() for line in listed.splitlines())}


def decoded(text: str) -> bytes:
    words = [word.partition("*") for word in text.split()]
    return b"".join(bytes.fromhex(digits) * int(count or 1) for digits, _, count in words)


def encoded(data: bytes) -> str:
    text = ""
    for byte, run in itertools.groupby(data):
        count = len(list(run))
        text += f" {byte:02x}*{count} " if count > 7 else f"{byte:02x}" * count
    return "\n".join(textwrap.wrap(re.sub(r"(\w{32})", r"\1 ", text), 72)) + "\n"


def is_text(data: bytes) -> bool:
    try:
        return all(character.isprintable() or character in "\t\r\n" for character in data.decode())
    except UnicodeDecodeError:
        return False


def unpack(target: str, folder: pathlib.Path):
    """Fills the folder with the seeds as libFuzzer reads them, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for each in (folder, OUT / target, FAILED):
        each.mkdir(parents=True, exist_ok=True)
    for file in (CORPUS / target).iterdir():
        data = decoded(file.read_text()) if file.suffix == ".hex" else file.read_bytes()
        (folder / file.name).write_bytes(data)


def run(target: str, *arguments) -> str:
    """What libFuzzer prints; a trap is the last thing."""
    command = [ROOT / BINARY, f"--target={target}", f"-artifact_prefix={FAILED}/{target}-", *OPTIONS, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    (ROOT / f"out/log/fuzz-{target}.log").write_text(text)
    return text


def explain(target: str, text: str):
    """Why an input fails, where it is, and what to do with it."""
    print(f"fuzz   {target} fails, see out/log/fuzz-{target}.log")
    for line in text.splitlines():
        if re.search(r"does not hold|ERROR|#\d+ .* in .*/(Sources|Tests)/", line):
            print(f"       {line.strip()}")
    for path in re.findall(r"Test unit written to (\S+)", text):
        path = os.path.relpath(path, ROOT)
        print(f"again  SWIFT_BACKTRACE=enable=no {BINARY} --target={target} {path}")
        print(f"fixed? keep it: mv {path} {CORPUS.relative_to(ROOT)}/{target}/NAME, or NAME.hex as hex digits if it is not text", flush=True)


def look(targets: dict, chosen: list, pool, seconds: int):
    each = max(1, seconds * os.cpu_count() // len(chosen))
    print(f"fuzz   {len(chosen)} targets, {each} s each", flush=True)

    def one(target: str) -> str:
        seeds = OUT / "seeds" / target
        unpack(target, seeds)
        return run(target, f"-max_len={targets[target]}", f"-max_total_time={each}", OUT / target, seeds)

    total = failed = 0
    for target, text in zip(chosen, pool.map(one, chosen)):
        count = re.search(r"^Done (\d+) runs", text, re.MULTILINE)
        if not count:
            failed += 1
            explain(target, text)
            continue
        count, covered = int(count[1]), int(re.findall(r"\bcov: (\d+)", text)[-1])
        total += count
        print(f"fuzz   {target:<20}{count:>13,} inputs {covered:>5} covered {count // each:>8,}/s", flush=True)
    if failed:
        sys.exit(f"fuzz   {failed} of {len(chosen)} targets fail")
    print(f"ready  {total:,} inputs, none fails")


def keep(target: str, limit: int) -> list:
    """The names of the new seeds."""
    easy = OUT / "easy" / target
    unpack(target, easy)
    run(target, f"-max_len={limit}", f"-max_total_time={EASY}", easy)
    before = set(os.listdir(easy))
    # which code is reached counts, not how often
    run(target, "-merge=1", "-use_counters=0", easy, OUT / target)
    names = []
    for name in sorted(set(os.listdir(easy)) - before):
        data = (easy / name).read_bytes()
        names.append(name[:8] if is_text(data) else name[:8] + ".hex")
        (CORPUS / target / names[-1]).write_bytes(data if is_text(data) else encoded(data).encode())
    return names


def main(mode: str, *names: str):
    targets = build()
    chosen = list(names) or list(targets)
    if mode == "--build":
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        if mode == "--keep":
            for target, kept in zip(chosen, pool.map(lambda target: keep(target, targets[target]), chosen)):
                print(f"keep   {target:<20}", *kept, flush=True)
        else:
            look(targets, chosen, pool, int(mode))


if __name__ == "__main__":
    if len(sys.argv) < 2 or not re.fullmatch(r"\d+|--build|--keep", sys.argv[1]):
        sys.exit(__doc__)
    main(*sys.argv[1:])
