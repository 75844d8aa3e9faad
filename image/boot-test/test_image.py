"""What `make image` produces, before anything boots it."""

import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile

import pytest

import images
import outputs

IMAGES = pathlib.Path(outputs.__file__).parent
LAYER = outputs.ROOT / "out/image/layer"


def make(script: str, out: pathlib.Path, **environment) -> subprocess.CompletedProcess:
    return subprocess.run([IMAGES / script], env=images.environment(**{"OUT": str(out)} | environment), capture_output=True, text=True)


def content(folder: pathlib.Path) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink()}


def test_sums(image):
    sums = (image / "sha256sum.txt").read_bytes()
    assert (image / "digest.txt").read_text() == hashlib.sha256(sums).hexdigest() + "\n"
    named = dict(reversed(line.split("  ")) for line in sums.decode().splitlines())
    assert set(named) == {"bzImage", "initramfs.cpio.zst", "metadata.json"}
    for name, digest in named.items():
        assert hashlib.sha256((image / name).read_bytes()).hexdigest() == digest


def test_metadata(image):
    metadata = json.loads((image / "metadata.json").read_text())
    assert (image / metadata["kernel"]).is_file() and (image / metadata["initrd"]).is_file()
    assert (metadata["version"], metadata["git_revision"]) == outputs.agent_version()
    assert metadata["cmdline"].startswith("console=ttyS0 ")


def test_os_release(image):
    """What /metrics and SysInfo report about the system: without a name Prometheus gets an empty label."""
    version, _ = outputs.agent_version()
    archive = subprocess.run(["zstd", "-dc", image / "initramfs.cpio.zst"], capture_output=True, check=True).stdout
    assert f'ID=dstack-minimal\nNAME="dstack minimal CVM"\nVERSION_ID={version}\n'.encode() in archive


def test_both_in_another_folder(tmp_path):
    """Also over an earlier output."""
    for _ in range(2):
        made = subprocess.run(["make", "image", f"OUT={tmp_path}"], cwd=outputs.ROOT, capture_output=True, text=True,
                              env=images.environment())
        assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cvm", "cvm.tar.gz", "layer"]
    assert content(tmp_path / "layer") == content(LAYER)
    assert (tmp_path / "cvm/metadata.json").is_file() and (tmp_path / "cvm/initramfs.cpio.zst").is_file()


@pytest.mark.parametrize("script", ["cvm.py", "layer.py"])
def test_made_twice_is_the_same(tmp_path, script):
    for name in "ab":
        made = make(script, tmp_path / name)
        assert made.returncode == 0, made.stderr
    assert content(tmp_path / "a") == content(tmp_path / "b") != {}


@pytest.mark.parametrize("environment, told", [
    ({"KERNEL": "nowhere"}, "there is no file nowhere/bzImage"),
    ({"KERNEL": "image"}, "there is no file image/bzImage"),
    ({"FIRMWARE": "nowhere"}, "there is no file nowhere"),
    ({"AGENT": "nowhere"}, "nowhere: make agent"),
    ({"OUT": "image"}, "image already exists, and was not made here"),
])
def test_refused(tmp_path, environment, told):
    made = make("cvm.py", tmp_path / "out", **environment)
    assert made.returncode == 1 and told in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_kernel_without_modules(tmp_path, image):
    made = make("cvm.py", tmp_path / "out", KERNEL=str(image / "bzImage"))
    assert made.returncode == 0 and " 0 modules" in made.stdout, made.stderr
    assert (tmp_path / "out/bzImage").read_bytes() == (image / "bzImage").read_bytes()


def test_more_modules(tmp_path):
    """With their dependencies, which are loaded first. A module that is built in or already listed adds nothing."""
    made = make("cvm.py", tmp_path / "out", MODULES="dm_crypt nvme virtio_blk", COMPRESS="none")
    assert made.returncode == 0, made.stderr
    files = [name for name in json.loads((tmp_path / "out/manifest.json").read_text())["initramfs"] if name.startswith("lib/modules/")]
    loaded = re.search(rb"(?:[a-z0-9_-]+\.ko\n){5,}", (tmp_path / "out/initramfs.cpio").read_bytes())[0].decode().split()
    assert sorted(f"lib/modules/{name}" for name in loaded) == sorted(files)
    assert loaded[-2:] == ["dm-mod.ko", "dm-crypt.ko"] and loaded.count("virtio_blk.ko") == 1


def test_module_that_is_not_there(tmp_path):
    made = make("cvm.py", tmp_path / "out", MODULES="nonsense")
    assert made.returncode == 1 and "has no module nonsense, neither as a file nor built in" in made.stderr, made.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["oci", "yocto", "mkosi"])
def test_manifests(form):
    files = content(LAYER / form)
    described = json.loads((LAYER / f"{form}.manifest.json").read_text())["files"]
    assert described == {name: outputs.digests(data) for name, data in files.items()}


def test_root_file_system():
    described = json.loads((LAYER / "rootfs.manifest.json").read_text())["files"]
    with tarfile.open(LAYER / "rootfs.tar") as archive:
        entries = archive.getmembers()
        files = {entry.name: archive.extractfile(entry).read() for entry in entries if entry.isreg()}
    assert described == {name: outputs.digests(data) for name, data in files.items()}
    assert files["bin/dstack-guest-agent"] == outputs.AGENT.read_bytes()
    assert {(entry.mtime, entry.uid, entry.gid) for entry in entries} == {(0, 0, 0)}
    assert not [entry for entry in entries if entry.isdir()]


def test_tools_of_debian_take_the_oci_layout(tmp_path):
    version, _ = outputs.agent_version()
    inspected = subprocess.run(["skopeo", "inspect", f"oci:{LAYER}/oci:{version}"], capture_output=True, text=True)
    assert inspected.returncode == 0 and len(json.loads(inspected.stdout)["Layers"]) == 1, inspected.stderr
    unpacked = subprocess.run(["umoci", "unpack", "--image", f"{LAYER}/oci:{version}", tmp_path / "bundle"],
                              capture_output=True, text=True)
    assert unpacked.returncode == 0, unpacked.stderr
    root = tmp_path / "bundle/rootfs"
    with tarfile.open(LAYER / "rootfs.tar") as archive:
        assert content(root) == {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isreg()}


def test_append_is_for_those_who_have_its_recipe():
    """bitbake stops at an append without a recipe, so with only openembedded-core it must not be read."""
    layer = LAYER / "yocto/meta-dstack-guest-agent"
    settings = dict(re.findall(r'^(BBFILES\w*) \+= "(.*)"$', (layer / "conf/layer.conf").read_text(), re.MULTILINE))
    read = {path for pattern in settings["BBFILES"].split() for path in layer.glob(pattern.removeprefix("${LAYERDIR}/"))}
    assert [path.suffix for path in read] == [".bb"]
    collection, _, pattern = settings["BBFILES_DYNAMIC"].partition(":")
    assert collection == "dstack" and len(list(layer.glob(pattern.removeprefix("${LAYERDIR}/")))) == 1


def test_units_are_enabled_whatever_the_policy(tmp_path):
    """systemctl preset-all, which builders run, where the image's own policy is to disable everything."""
    root = tmp_path / "root"
    root.mkdir()
    with tarfile.open(LAYER / "rootfs.tar") as archive:
        archive.extractall(root, filter="fully_trusted")
    (root / "usr/lib/systemd/system-preset").mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/systemd/system-preset/99-default.preset").write_text("disable *\n")
    for wants in root.glob("etc/systemd/system/*.wants/*"):
        wants.unlink()
    preset = subprocess.run(["systemctl", f"--root={root}", "preset-all"], capture_output=True, text=True)
    assert preset.returncode == 0, preset.stderr
    enabled = sorted(path.name for path in root.glob("etc/systemd/system/*.wants/*"))
    assert enabled == ["dstack-guest-agent.service", "dstack-guest-agent.socket"]


def test_linter_of_recipes():
    layer = LAYER / "yocto/meta-dstack-guest-agent"
    recipes = [*layer.glob("recipes-*/*/*.bb"), *layer.glob("dynamic-layers/*/recipes-*/*/*.bbappend"), layer / "conf/layer.conf"]
    assert len(recipes) == 3
    # the rule that is left out needs the network
    linted = subprocess.run([pathlib.Path(sys.executable).with_name("oelint-adv"), "--quiet", "--hide", "info",
                             "--suppress", "oelint.vars.homepageping", "--", *recipes], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr
