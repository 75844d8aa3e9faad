"""The layer for Yocto, read by bitbake itself. core/ has as much of openembedded-core as its recipe needs."""

import fnmatch
import json
import pathlib
import shutil
import subprocess
import sys

import pytest

import outputs

HERE = pathlib.Path(__file__).resolve().parent
APPEND = "dstack-guest.bbappend"
# What differs between the first and the last of the releases that the layer is for: where files are unpacked.
RELEASES = {"scarthgap": "", "wrynose": 'UNPACKDIR ??= "${WORKDIR}/sources"\n'}
UNITS = ["dstack-guest-agent.service", "dstack-guest-agent.socket"]
# A layer like meta-dstack, with the recipe that the append is for.
META_DSTACK = {
    "conf/layer.conf": 'BBPATH .= ":${LAYERDIR}"\nBBFILES += "${LAYERDIR}/recipes-*/*/*.bb"\nBBFILE_COLLECTIONS += "dstack"\n'
                       'BBFILE_PATTERN_dstack = "^${LAYERDIR}/"\nBBFILE_PRIORITY_dstack = "6"\nLAYERSERIES_COMPAT_dstack = "scarthgap wrynose"\n',
    "recipes-core/dstack-guest/dstack-guest.bb":
        'LICENSE = "Apache-2.0"\ninherit systemd\n'
        'SYSTEMD_SERVICE:${PN} = "dstack-prepare.service dstack-guest-agent.service dstack-guest-agent.socket"\n'
        "do_install() {\n    install -d ${D}${bindir} ${D}${systemd_system_unitdir}\n"
        "    touch ${D}${bindir}/dstack-util ${D}${bindir}/dstack-guest-agent\n"
        "    for unit in ${SYSTEMD_SERVICE:${PN}}; do touch ${D}${systemd_system_unitdir}/$unit; done\n}\n",
}


@pytest.fixture
def layer(tmp_path) -> pathlib.Path:
    made = subprocess.run([outputs.ROOT / "image/layer.py"], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "OUT": str(tmp_path / "out")})
    assert made.returncode == 0, made.stderr
    return tmp_path / "out/yocto/meta-dstack-guest-agent"


@pytest.fixture
def meta_dstack(tmp_path) -> pathlib.Path:
    for name, text in META_DSTACK.items():
        path = tmp_path / "meta-dstack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "meta-dstack"


@pytest.fixture
def bitbake(tmp_path, layer):
    """Runs bitbake with the layer and others, and with more settings."""

    def run(*recipes, others=(), settings="", release="wrynose") -> subprocess.CompletedProcess:
        conf = tmp_path / "build/conf/bblayers.conf"
        conf.parent.mkdir(parents=True)
        layers = " ".join(map(str, [HERE / "core", *others, layer]))
        conf.write_text(f'BBPATH = "${{TOPDIR}}"\nBBFILES ?= ""\nBBLAYERS = "{layers}"\nLAYERSERIES_CORENAMES = "{release}"\n'
                        f"{RELEASES[release]}{settings}")
        return subprocess.run([sys.executable, HERE / "bitbake.py", tmp_path / "build", *recipes], capture_output=True, text=True, timeout=120)

    return run


def found(done: subprocess.CompletedProcess) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("{\""):])


def installed(recipe: dict) -> dict:
    """Files by their names in the machine."""
    root = pathlib.Path(recipe["root"])
    return {f"/{path.relative_to(root)}": path for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("release", RELEASES)
def test_recipe(bitbake, release):
    """With openembedded-core alone: it installs the agent and its units, and all that it installs is in a package."""
    recipes = found(bitbake("dstack-guest-agent", release=release))
    assert list(recipes) == ["dstack-guest-agent"]
    recipe = recipes["dstack-guest-agent"]
    files = installed(recipe)
    assert files["/bin/dstack-guest-agent"].read_bytes() == outputs.AGENT.read_bytes()
    assert files["/bin/dstack-guest-agent"].stat().st_mode & 0o777 == 0o755
    assert recipe["services"] == UNITS
    for unit in UNITS:
        assert files[f"/usr/lib/systemd/system/{unit}"].read_bytes() == (outputs.ROOT / "image" / unit).read_bytes()
    patterns = [each for pattern in recipe["packaged"] for each in (pattern, f"{pattern}/*")]
    assert [name for name in files if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)] == []


def test_another_binary_is_refused(bitbake, layer):
    (binary,) = layer.glob("recipes-core/*/files/dstack-guest-agent")
    shutil.copy("/bin/true", binary)
    done = bitbake("dstack-guest-agent")
    assert done.returncode != 0 and "checksum did NOT match" in done.stdout + done.stderr


def test_append(bitbake, meta_dstack):
    """Upstream's agent and its units are dropped from their package, which pulls in ours."""
    recipe = found(bitbake("dstack-guest", others=[meta_dstack]))["dstack-guest"]
    assert (recipe["appends"], recipe["depends"], recipe["services"]) == ([APPEND], ["dstack-guest-agent"], ["dstack-prepare.service"])
    assert sorted(installed(recipe)) == ["/usr/bin/dstack-util", "/usr/lib/systemd/system/dstack-prepare.service"]


def test_append_can_be_masked(bitbake, layer, meta_dstack):
    """As the layer's README says."""
    (mask,) = [line for line in (layer / "README.md").read_text().splitlines() if line.startswith("BBMASK")]
    recipe = found(bitbake("dstack-guest", others=[meta_dstack], settings=mask + "\n"))["dstack-guest"]
    assert recipe["appends"] == [] and "/usr/bin/dstack-guest-agent" in installed(recipe)


def test_append_is_not_read_without_its_recipe(bitbake, layer):
    """If it is read anyway, bitbake stops."""
    done = bitbake(settings=f'BBFILES += "{layer}/dynamic-layers/dstack/recipes-*/*/*.bbappend"\n')
    assert done.returncode != 0 and "No recipes in default available for" in done.stderr and APPEND in done.stderr
