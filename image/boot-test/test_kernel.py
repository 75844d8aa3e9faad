"""Where the kernel comes from, in a copy of the few files that fetching it takes."""

import pathlib
import shutil
import subprocess

import pytest

import outputs

FLAVOUR = "cloud-amd64"


@pytest.fixture
def tree(tmp_path) -> pathlib.Path:
    for name in ("image/kernel.sh", "image/kernel.txt", "support/apt.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(outputs.ROOT / name, tmp_path / name)
    return tmp_path


def left(tree: pathlib.Path) -> list:
    return [path.name for path in (tree / "deps/kernel").iterdir() if path.name != ".lock"]


def test_no_network(tree):
    made = subprocess.run(["unshare", "--net", tree / "image/kernel.sh"], capture_output=True, text=True)
    assert made.returncode == 1 and "the Debian mirror did not answer" in made.stderr
    assert left(tree) == []


@pytest.mark.full
def test_pinned_one_is_gone(tree):
    """The suite's newest is taken, which is said; it is whole, and is not fetched again."""
    file = tree / "image/kernel.txt"
    file.write_text(file.read_text().replace("release  ", "release  6.16.99+deb13 was "))
    made = subprocess.run([tree / "image/kernel.sh"], capture_output=True, text=True)
    assert made.returncode == 0 and "is gone from" in made.stderr, made.stderr
    kernel = tree / "deps/kernel" / FLAVOUR
    release = (kernel / "release").read_text().strip()
    assert tuple(map(int, release.split("+")[0].split("."))) >= (6, 16) and f"taking {release[:-len(FLAVOUR) - 1]}" in made.stderr
    assert (kernel / "bzImage").stat().st_size > 1 << 20
    assert (kernel / "modules/lib/modules" / release / "modules.dep").exists()
    assert (kernel / "headers/usr/src" / f"linux-headers-{release}" / "Makefile").exists()
    again = subprocess.run(["unshare", "--net", tree / "image/kernel.sh"], capture_output=True, text=True)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
