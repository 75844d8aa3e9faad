"""The file system of a new data disk, and which disks image/boot accepts."""

import json
import subprocess

import pytest

import images
import modules
import outputs
from evidence import startup
from launch.host import COMPOSE, has_no_kms


def test_template_is_what_mke2fs_makes(tmp_path):
    subprocess.run([outputs.ROOT / "support/disk-template.py", tmp_path / "template.c"], check=True, capture_output=True)
    assert (tmp_path / "template.c").read_text() == (outputs.ROOT / "Sources/CSystem/template.c").read_text()


@pytest.mark.parametrize("compose, told", [
    ({}, True), ({"key_provider": "none"}, True), ({"key_provider": "kms"}, False), ({"kms_enabled": True}, False),
    ({"kms_enabled": True, "key_provider": "none"}, True),
])
def test_apps_without_a_kms(compose, told):
    assert has_no_kms({COMPOSE: json.dumps(compose).encode()}) == told


@pytest.mark.parametrize("words, disk", [
    ("quiet", ""), ("dstack.disk=required quiet", "required"), ("dstack.disk=required x dstack.disk=scratch", "scratch"),
    ("dstack.diskx=required", ""),
])
def test_word(words, disk):
    assert startup.disk_of(words) == disk


def test_events_are_foretold():
    compose = json.dumps({"manifest_version": 2, "name": "a", "runner": "none", "key_provider": "none", "no_instance_id": True}).encode()
    names = [event.name for event in startup.of_compose(compose, disk="scratch").events]
    assert names[-4:] == ["key-provider", "storage-fs", "storage-encrypted", "system-ready"]
    assert "storage-fs" not in [event.name for event in startup.of_compose(compose).events]


def test_made_with_what_it_needs(tmp_path):
    """A disk's modules are added by DISK=1, or by the word on the command line."""
    for environment, there in (({}, False), ({"DISK": "1"}, True), ({"CMDLINE": "dstack.disk=optional"}, True)):
        out = tmp_path / f"image-{len(list(tmp_path.iterdir()))}"
        made = subprocess.run([outputs.ROOT / "image/cvm.py"], env=images.environment(OUT=str(out), **environment), capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        inside = json.loads((out / "manifest.json").read_text())["initramfs"]
        assert ("lib/modules/dm-crypt.ko" in inside) == there
    refused = subprocess.run([outputs.ROOT / "image/cvm.py"], env=images.environment(OUT=str(tmp_path / "x"), DISK="yes"), capture_output=True,
                             text=True)
    assert refused.returncode and "DISK=yes: want 1, or nothing" in refused.stderr


def test_kernel_that_lacks_one():
    """NVMe may be built in, or missing; the encryption must not be missing."""
    kernel = modules.chosen()
    assert kernel.modules(["no_such_module optional"]) == kernel.modules([])
    with pytest.raises(SystemExit):
        kernel.modules(["no_such_module"])
