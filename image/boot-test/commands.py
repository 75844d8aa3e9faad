"""The commands that users run: `make image` and `image/boot`."""

import os
import pathlib
import re
import subprocess

import images
import machine as machines
import outputs

IMAGES = outputs.ROOT / "image"
SLOWLY = ["--timeout", str(machines.PATIENCE)]


def make(out: pathlib.Path, **environment) -> pathlib.Path:
    made = subprocess.run([IMAGES / "cvm.py"], env=images.environment(OUT=str(out), **environment), capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return out


class Boot:
    """`image/boot` in the foreground."""

    def __init__(self, *words, folder: str = "/tmp"):
        self.process = subprocess.Popen([IMAGES / "boot", *SLOWLY, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env={**os.environ, "TMPDIR": folder})
        self.said = ""

    def wait_for(self, pattern: str) -> re.Match:
        while not (found := re.search(pattern, self.said, re.MULTILINE)):
            line = self.process.stdout.readline()
            assert line, f"no line {pattern!r}:\n{self.said}"
            self.said += line
        return found

    def end(self) -> int:
        self.said += self.process.stdout.read()
        return self.process.wait(30)
