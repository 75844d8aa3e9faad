"""What the image and its tests download, in a copy of the few files that this needs."""

import pathlib
import shutil
import subprocess

import pytest

import outputs

FLAVOUR = "cloud-amd64"


@pytest.fixture
def tree(tmp_path) -> pathlib.Path:
    for name in ("image/kernel.sh", "image/kernel.txt", "support/apt.sh", "image/simulation/build.sh", "image/simulation/toolchain.txt",
                 "image/boot-test/build.sh", "image/boot-test/systemd.sh", "image/boot-test/mkosi.sh", "image/boot-test/real.sh"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(outputs.ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("script", ["image/kernel.sh", "image/simulation/build.sh", "image/boot-test/systemd.sh",
                                    pytest.param("image/boot-test/real.sh", marks=pytest.mark.full),
                                    pytest.param("image/boot-test/mkosi.sh", marks=pytest.mark.builders)])
def test_no_network(tree, script):
    (tree / "deps/kernel" / FLAVOUR).mkdir(parents=True)
    made = subprocess.run(["unshare", "--net", tree / script], capture_output=True, text=True)
    assert made.returncode == 1 and "the Debian mirror did not answer" in made.stderr, made.stderr
    left = [str(path.relative_to(tree)) for folder in ("deps", "out") for path in (tree / folder).rglob("*") if path.is_file()]
    assert [name for name in left if "/.lock" not in name] == []


def test_another_kernel_is_refused(tree):
    made = subprocess.run([tree / "image/boot-test/build.sh"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "KERNEL": "/k"})
    assert made.returncode == 1 and "KERNEL is not for the boot tests" in made.stderr


@pytest.mark.full
def test_pinned_one_is_gone(tree):
    """The suite's newest is taken, with a message; it is complete, and is not fetched again."""
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
