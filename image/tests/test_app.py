"""make image APP=: what goes into the initramfs, and what is refused."""

import gzip
import json
import os
import pathlib
import stat
import subprocess
import tarfile

import pytest

import containers
import cpios
import images
from conftest import IMAGES
from containers import BASE, CONFIG, PROGRAM, layer

RUN = "etc/dstack/run.d"
LINE = "the kernel command line"
STATIC = (f"{RUN}/app", PROGRAM, {"mode": 0o755})


@pytest.fixture
def make(tmp_path):
    """Makes an image with an empty kernel, in OUT; returns the finished process."""
    kernel = tmp_path / "bzImage"
    kernel.write_bytes(images.kernel())

    def run(app=None, **environment) -> subprocess.CompletedProcess:
        environment |= {"APP": str(app)} if app else {}
        return subprocess.run([IMAGES / "cvm.py"], capture_output=True, text=True,
                              env=images.environment(**{"OUT": str(tmp_path / "out"), "KERNEL": str(kernel)} | environment))

    return run


@pytest.fixture
def made(make, tmp_path):
    """Makes an image, which must succeed; returns what is in its initramfs."""

    def run(app=None, **environment) -> dict:
        done = make(app, **environment)
        assert done.returncode == 0, done.stderr
        run.said = done.stdout
        return cpios.read(gzip.decompress((tmp_path / "out/initramfs.cpio.gz").read_bytes()))

    return run


@pytest.fixture
def refused(make, tmp_path):
    def run(app=None, **environment) -> str:
        done = make(app, **environment)
        assert done.returncode == 1 and done.stderr.startswith("image: ") and done.stderr.count("\n") == 1, done
        assert not (tmp_path / "out").exists() and not (tmp_path / "out.new").exists()
        return done.stderr.removeprefix("image: ").strip()

    return run


@pytest.fixture
def tar(tmp_path):
    def write(*entries) -> pathlib.Path:
        path = tmp_path / "app.tar"
        path.write_bytes(layer(*entries))
        return path

    return write


def permissions(entry) -> int:
    return stat.S_IMODE(entry.mode)


def test_folder(made, tmp_path):
    """Modes and links are kept; the folder's owner is not."""
    app = tmp_path / "app"
    (app / RUN).mkdir(parents=True)
    for name, data, mode in ((f"{RUN}/app", PROGRAM, 0o755), ("etc/secret", b"s", 0o640), ("bin-su", b"u", 0o4755)):
        (app / name).write_bytes(data)
        os.chown(app / name, os.getuid(), os.getgid())
        (app / name).chmod(mode)
    (app / "var").mkdir(mode=0o700)
    (app / "etc/link").symlink_to("../etc/secret")
    (app / "etc/same").hardlink_to(app / "etc/secret")
    nodes = made(app)
    assert [permissions(nodes[name]) for name in (f"{RUN}/app", "etc/secret", "bin-su", "var")] == [0o755, 0o640, 0o4755, 0o700]
    assert stat.S_ISLNK(nodes["etc/link"].mode) and nodes["etc/link"].text == "../etc/secret"
    assert nodes["etc/same"].inode == nodes["etc/secret"].inode and nodes["etc/same"].links == 2 and nodes["etc/same"].data == b"s"
    assert {entry.owner for entry in nodes.values()} == {(0, 0)}


def test_tar(made, tar):
    """Owners are kept."""
    nodes = made(tar(STATIC, ("./var/lib/x", b"x", {"mode": 0o600, "uid": 1000, "gid": 1001}), ("var", None, {"mode": 0o1777})))
    assert (permissions(nodes["var/lib/x"]), nodes["var/lib/x"].owner) == (0o600, (1000, 1001))
    assert permissions(nodes["var"]) == 0o1777


@pytest.mark.parametrize("compress", [["gzip", "-9"], ["xz"], ["zstd"]])
def test_compressed_tar(made, tar, compress):
    path = tar(STATIC)
    path.write_bytes(subprocess.run([*compress, "-c"], input=path.read_bytes(), capture_output=True, check=True).stdout)
    assert made(path)[f"{RUN}/app"].data == PROGRAM


def test_usr_merged(made, tar):
    """Our files go where the app's links lead."""
    nodes = made(tar(("bin", "usr/bin"), ("etc", "usr/etc"), ("usr/bin/app", PROGRAM, {"mode": 0o755}),
                     (f"usr/{RUN}/app", "/bin/app"), ("tmp", None, {"mode": 0o1777})))
    assert f"usr/etc/os-release" in nodes and f"usr/{RUN}" in nodes
    assert stat.S_ISLNK(nodes["etc"].mode) and "etc/os-release" not in nodes
    assert permissions(nodes["tmp"]) == 0o1777


def test_container(made, tmp_path):
    nodes = made(containers.layout(tmp_path / "oci"))
    assert nodes["bin/app"].owner == (7, 8)
    assert nodes[f"{RUN}/app.conf"].text == (
        "program = /bin/app\narg = -x\narg = a b\nenv = PATH=/bin\nenv = MODE=test=1\nenv = HOME=/var/app\n"
        "user = 1000\ngroup = 1001\ndirectory = /srv\n")
    assert permissions(nodes[f"{RUN}/app.conf"]) == 0o644 and f"{RUN}/app" not in nodes


@pytest.mark.parametrize("form", ["folder", "tar", "docker-archive"])
def test_forms_of_containers(made, tmp_path, form):
    """All forms give the same image."""
    expected = made(containers.layout(tmp_path / "oci"))
    if form == "tar":
        with tarfile.open(tmp_path / "oci.tar", "w") as archive:
            archive.add(tmp_path / "oci", ".")
        nodes = made(tmp_path / "oci.tar")
    else:
        nodes = made(tmp_path / "oci" if form == "folder" else containers.docker_archive(tmp_path / "image.tar"))
    assert nodes == expected


def test_skopeo_writes_it(made, tmp_path):
    """Copied back and forth by another tool, which compresses layers as it likes."""
    containers.layout(tmp_path / "oci")
    for form in (f"oci:{tmp_path}/copied:latest", f"docker-archive:{tmp_path}/copied.tar:app:latest"):
        copied = subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{tmp_path}/oci:latest", form], capture_output=True,
                                text=True)
        assert copied.returncode == 0, copied.stderr
    expected = made(tmp_path / "oci")
    assert made(tmp_path / "copied") == made(tmp_path / "copied.tar") == expected


def test_umoci_writes_it(made, tmp_path):
    """From a tool that leaves out the end of a tar."""
    (tmp_path / "root/bin").mkdir(parents=True)
    (tmp_path / "root/bin/app").write_bytes(PROGRAM)
    (tmp_path / "root/bin/app").chmod(0o755)
    image = ["--image", f"{tmp_path}/oci:latest"]
    for words in (["init", "--layout", f"{tmp_path}/oci"], ["new", *image], ["insert", *image, f"{tmp_path}/root", "/"],
                  ["config", *image, "--config.entrypoint", "/bin/app", "--config.user", "7:8"]):
        done = subprocess.run(["umoci", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    nodes = made(tmp_path / "oci")
    assert nodes["bin/app"].data == PROGRAM and "user = 7\ngroup = 8\n" in nodes[f"{RUN}/app.conf"].text


def test_layers_in_order(made, tmp_path):
    """Whiteouts hide what is below them, and nothing of their own layer; a later file replaces an earlier one."""
    below = layer(("a/gone", b"1"), ("a/stays", b"1"), ("opaque/below", b"1"), ("b", None), ("b/c", b"1"), ("replaced", b"1"))
    above = layer(("a/.wh.gone", b""), ("opaque/own", b"2"), ("opaque/.wh..wh..opq", b""), ("b", b"a file now"), ("replaced", b"2"))
    nodes = made(containers.layout(tmp_path / "oci", BASE, below, above))
    assert "a/gone" not in nodes and nodes["a/stays"].data == b"1"
    assert "opaque/below" not in nodes and nodes["opaque/own"].data == b"2"
    assert nodes["b"].data == b"a file now" and "b/c" not in nodes and nodes["replaced"].data == b"2"
    assert not [name for name in nodes if ".wh." in name]


def test_layer_through_a_link(made, tmp_path):
    """A later layer's bin/x lies where bin leads."""
    nodes = made(containers.layout(tmp_path / "oci", layer(("usr/bin", None), ("bin", "usr/bin")),
                                   layer(("bin/app", PROGRAM, {"mode": 0o755}), containers.PASSWD)))
    assert nodes["usr/bin/app"].data == PROGRAM and "bin/app" not in nodes


def test_hard_links_of_a_layer(made, tmp_path):
    nodes = made(containers.layout(tmp_path / "oci", BASE, layer(("again", b"", {"type": tarfile.LNKTYPE, "linkname": "bin/app"}))))
    assert nodes["again"].inode == nodes["bin/app"].inode and nodes["again"].data == PROGRAM


def test_what_an_engine_makes_itself(made, tmp_path):
    """An image's own os-release and name servers are not this machine's."""
    nodes = made(containers.layout(tmp_path / "oci", BASE, layer(("etc/os-release", b"ID=other"), ("dev/x", b""), (".dockerenv", b""))))
    assert "ID=dstack-minimal" in nodes["etc/os-release"].text and not {"dev/x", ".dockerenv"} & set(nodes)


def test_own_run_folder(made, tmp_path):
    """An image that has settings for this machine gets no others."""
    nodes = made(containers.layout(tmp_path / "oci", layer(STATIC), config={}))
    assert nodes[f"{RUN}/app"].data == PROGRAM and f"{RUN}/app.conf" not in nodes


@pytest.mark.parametrize("user, group", [("1000", "1000\ngroup = 1001"), ("app:7", "1000\ngroup = 7"), ("4711", "4711\ngroup = 0"),
                                         ("4711:4712", "4711\ngroup = 4712")])
def test_users(made, tmp_path, user, group):
    assert f"user = {group}\n" in made(containers.layout(tmp_path / "oci", config=CONFIG | {"User": user}))[f"{RUN}/app.conf"].text
    assert "as root" not in made.said


@pytest.mark.parametrize("user", ["", "0", "0:1000"])
def test_nobody_is_root(made, tmp_path, user):
    text = made(containers.layout(tmp_path / "oci", config=CONFIG | {"User": user}))[f"{RUN}/app.conf"].text
    assert "user = " not in text and "group = " not in text and "HOME=" not in text
    assert "note   the container image runs its program as root: here it gets a user of its own" in made.said


@pytest.mark.parametrize("settings, told", [
    ("user = 1000\nuser = 1001\n", ":2: the key is given twice"), ("\n# x\nusr = 1\n", ":3: unknown key; want one of arg"),
    ("args = -a\nafter = app nobody", ":2: nobody: no such program to start after"),
    ("# x\nafter = app", ":2: app: leads back to this program, so neither could start"), ("memory = 0", ":1: want a size such as 64M"),
    ("capabilities = chown sys_all", ":1: unknown capability: sys_all"), ("env = X", ":1: want NAME=VALUE"), ("restart = often", ":1: want one of always"),
    ("stop = 301", ":1: want a number from 1 to 300"), ("directory = srv", ":1: want an absolute path"), ("x", ":1: want key = value"),
    ("#" * 65537, ": is too large"),
])
def test_settings(refused, tar, settings, told):
    """The refusal begins with file and line."""
    assert refused(tar(STATIC, (f"{RUN}/app.conf", settings.encode()))).startswith(f"{RUN}/app.conf{told}")


@pytest.mark.parametrize("settings, told", [
    ("\nprogram = /bin/sh", f"bin/sh, which {RUN}/app.conf:2 needs, is missing"),
    ("program = /bin/x\ndirectory = /closed", f"closed, on the way to /closed, the directory of {RUN}/app.conf:2, has mode 0700"),
    ("program = /bin/own\nuser = 7", f"cannot execute it: chmod a+x, or name another user in {RUN}/app.conf:2"),
    ("program = /bin/own", f"cannot execute it: chmod a+x, or name another user in {RUN}/app.conf"),
])
def test_lines_of_settings(refused, tar, settings, told):
    """What only the build finds out about settings names their line too."""
    files = (("bin/x", PROGRAM, {"mode": 0o755}), ("bin/own", PROGRAM, {"mode": 0o700}), ("closed", None, {"mode": 0o700}),
             (f"{RUN}/app.conf", settings.encode()))
    assert told in refused(tar(*files))


def test_settings_that_lead_nowhere(refused, tar):
    assert refused(tar(STATIC, (f"{RUN}/app.conf", "/nowhere"))) == f"{RUN}/app.conf is missing, or is not a file: the link leads nowhere in the image"


def test_settings_alone(refused, made, tar):
    """For a program that is elsewhere, and for none."""
    assert f"{RUN}/x.conf: there is no such file, and its settings name no program" in refused(tar((f"{RUN}/x.conf", b"args = -a\n")))
    assert f"{RUN}/x.conf" in made(tar(("bin/x", PROGRAM, {"mode": 0o755}), (f"{RUN}/x.conf", b"program = /bin/x\nargs = -a b\n")))


def test_program_is_looked_for(made, tmp_path):
    assert "program = /bin/app\n" in made(
        containers.layout(tmp_path / "oci", config={"Cmd": ["app"], "Env": ["PATH=/usr/bin:/bin"]}))[f"{RUN}/app.conf"].text


def test_notes(made, tmp_path):
    lost = ("bin/ping", PROGRAM, {"pax_headers": {"SCHILY.xattr.security.capability": "\x01"}})
    made(containers.layout(tmp_path / "oci", BASE, layer(lost), config=CONFIG | {"ExposedPorts": {"80/tcp": {}}}))
    assert "note   it listens on 80/tcp: image/boot --publish PORT:80\n" in made.said
    assert "note   bin/ping loses its capabilities" in made.said


def test_bills(made, tmp_path):
    """What is in the image, by file, and by package."""
    dpkg = (b"Package: nginx\nStatus: install ok installed\nVersion: 1.2-3\nArchitecture: amd64\n\n"
            b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n")
    apk = b"P:busybox\nV:1.36-r1\nA:x86_64\n\n"
    more = layer(("var/lib/dpkg/status", dpkg), ("lib/apk/db/installed", apk), ("usr/lib/os-release", b'ID=debian\n'))
    nodes = made(containers.layout(tmp_path / "oci", BASE, more))
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert set(manifest["initramfs"]) == set(nodes)
    assert manifest["initramfs"]["bin/app"]["owner"] == [7, 8] and manifest["initramfs"]["bin/app"]["size"] == len(PROGRAM)
    assert set(manifest["files"]) == {"bzImage", "initramfs.cpio.gz", "metadata.json", "sha256sum.txt", "digest.txt", "sbom.cdx.json"}
    bill = json.loads((tmp_path / "out/sbom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    names = {part["name"]: part for part in bill["components"]}
    assert {"dstack-guest-agent", "musl", "mbedtls", "libsecp256k1", "libsodium", "linux", "nginx", "busybox"} <= set(names)
    assert names["musl"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert {"diff": {"url": "debian/patches/static-pie.patch"}, "type": "unofficial"} in names["musl"]["pedigree"]["patches"]
    assert bill["metadata"]["tools"]["components"][0]["name"] == "swift"
    assert names["nginx"]["purl"] == "pkg:deb/debian/nginx@1.2-3?arch=amd64" and "gone" not in names


@pytest.mark.parametrize("word, name", [("gzip", "initramfs.cpio.gz"), ("zstd", "initramfs.cpio.zst"), ("none", "initramfs.cpio")])
def test_compression(make, tmp_path, word, name):
    assert make(COMPRESS=word).returncode == 0
    assert json.loads((tmp_path / "out/metadata.json").read_text())["initrd"] == name
    data = (tmp_path / "out" / name).read_bytes()
    plain = {"gzip": gzip.decompress, "none": bytes, "zstd": lambda data: subprocess.run(
        ["zstd", "-dc"], input=data, capture_output=True, check=True).stdout}[word](data)
    assert "init" in cpios.read(plain)


def test_words(make, tmp_path):
    assert make(CMDLINE="dstack.ip=10.0.2.15/24,10.0.2.2 dstack.on_exit=poweroff quiet", IMAGE_HOSTNAME="host-1").returncode == 0
    assert json.loads((tmp_path / "out/metadata.json").read_text())["cmdline"].endswith(
        " dstack.ip=10.0.2.15/24,10.0.2.2 dstack.on_exit=poweroff quiet hostname=host-1")
    assert make(CMDLINE="dstack.ip=dhcp").returncode == 0
    assert make(CMDLINE="dstack.ip=10.0.2.15/24,10.0.2.2,fe80::1").returncode == 0


def test_when_it_was_made(made, refused):
    """A machine whose clock is earlier does not start."""
    assert "SOURCE_DATE_EPOCH=now: want a number of seconds" in refused(SOURCE_DATE_EPOCH="now")
    assert made(SOURCE_DATE_EPOCH="1700000000")["etc/dstack/built"].text == "1700000000\n"
    assert int(made()["etc/dstack/built"].text) > 1700000000


def test_twice_the_same(make, tmp_path):
    app = containers.layout(tmp_path / "oci")
    for name in "ab":
        assert make(app, OUT=str(tmp_path / name)).returncode == 0
    contents = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("environment, told", [
    ({"CMDLINE": "quiet dstack.onexit=poweroff"}, f"{LINE}: dstack.onexit=poweroff: unknown; want dstack.ip, on_exit"),
    ({"CMDLINE": "dstack.console=ttyS0"}, f"{LINE}: dstack.console=ttyS0: want agent or programs"),
    ({"CMDLINE": "dstack.on_exit=reboot"}, f"{LINE}: dstack.on_exit=reboot: want restart or poweroff"),
    *[({"CMDLINE": f"dstack.ip={ip}"}, f"{LINE}: dstack.ip={ip}: want dhcp or ADDRESS/PREFIX[,GATEWAY[,NAMESERVER]]") for ip in (
        "10.0.2.15", "DHCP", "10.0.2.15/33", "10.0.2.15/0", "10.0.2.15/255.255.255.0", "10.0.2.15/24,a", "10.0.2.15/24,1.1.1.1,1.1.1.2,1.1.1.3")],
    ({"IMAGE_HOSTNAME": "a_b"}, "HOSTNAME=a_b: want at most 63 letters"),
    ({"CMDLINE": "quiet hostname=-a"}, f"{LINE}: hostname=-a: want at most 63 letters"),
    ({"CMDLINE": "x" * 2048}, f"{LINE}: it has "),
    ({"COMPRESS": "xz"}, "COMPRESS=xz: want zstd, gzip, none"),
    ({"MODULES": "dm_crypt"}, "MODULES=dm_crypt: "),
    ({"APP": "nowhere"}, "APP=nowhere: no such file or folder"),
    ({"APP": "/dev/null"}, "APP=/dev/null is neither a folder nor a file"),
    ({"APP": __file__}, f"{__file__} is not a tar"),
])
def test_refused(refused, environment, told):
    assert told in refused(**environment)


@pytest.mark.parametrize("entry, told", [
    (("program", b"x"), None),
    ((f"{RUN}/app", PROGRAM), f"{RUN}/app is not executable: chmod +x"),
    ((f"{RUN}/app", b"data", {"mode": 0o755}), f"{RUN}/app is neither an ELF program nor a script"),
    ((f"{RUN}/app", b"#!/bin/sh\n", {"mode": 0o755}), f"bin/sh, which {RUN}/app needs, is missing"),
    ((f"{RUN}/app", b"#!\n", {"mode": 0o755}), "has a #! line without an interpreter"),
    ((f"{RUN}/app", "/bin/app"), f"{RUN}/app is missing, or is not a file: the link leads nowhere"),
    ((f"{RUN}/app", PROGRAM[:18] + b"\xb7" + PROGRAM[19:], {"mode": 0o755}), f"{RUN}/app is not a program for x86-64"),
    ((f"{RUN}/app", PROGRAM[:30], {"mode": 0o755}), f"{RUN}/app is a truncated ELF program"),
    ((f"{RUN}/folder/app", PROGRAM, {"mode": 0o755}), f"{RUN}/folder is a folder"),
    (("dev/sda", b"", {"type": tarfile.BLKTYPE}), "dev/sda is not a file, a folder or a link"),
    (("fifo", b"", {"type": tarfile.FIFOTYPE}), "fifo is not a file, a folder or a link"),
    (("../x", b""), "../x leads out of the root"),
    (("x", b"", {"type": tarfile.LNKTYPE, "linkname": "y"}), "x is a hard link to y, which does not exist"),
    (("init", b"another"), "APP has init, which belongs to the image"),
    (("lib", b"a file"), None),
])
def test_bad_content(make, tar, entry, told):
    done = make(tar(entry))
    if told is None:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 1 and told in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_dynamic_program_without_its_loader(refused, made, tar, tmp_path):
    program = pathlib.Path("/bin/true").resolve().read_bytes()
    entry = (f"{RUN}/app", program, {"mode": 0o755})
    assert f"lib64/ld-linux-x86-64.so.2, which {RUN}/app needs, is missing" in refused(tar(entry))
    assert made(tar(entry, ("lib64/ld-linux-x86-64.so.2", PROGRAM, {"mode": 0o755})))


@pytest.mark.parametrize("settings, mode", [
    ("", 0o755), ("", 0o111), ("user = 7", 0o700), ("user = 7", 0o4100), ("group = 8", 0o070), ("user = 9\ngroup = 8", 0o010),
    ("user = 0", 0o711), ("capabilities = dac_override", 0o100), ("user = 7\ncapabilities = all", 0o010),
])
def test_modes_that_will_do(made, tar, settings, mode):
    """For a program that belongs to 7:8."""
    assert made(tar(("bin/x", PROGRAM, {"mode": mode, "uid": 7, "gid": 8}), (f"{RUN}/x.conf", f"program = /bin/x\n{settings}\n".encode())))


@pytest.mark.parametrize("settings, mode, told", [
    ("", 0o750, f"bin/x, which {RUN}/x.conf:1 needs, has mode 0750 and belongs to 7:8, so x, which runs as user 487346311, cannot execute it: "
                f"chmod a+x, or name another user in {RUN}/x.conf"),
    ("user = 0\ngroup = 0", 0o700, "so x, which runs as user 0, cannot execute it"),
    # the first of owner, group and others that matches counts, even if it allows less
    ("user = 7", 0o677, "has mode 0677 and belongs to 7:8, so x, which runs as user 7, cannot execute it"),
    ("group = 8", 0o707, "has mode 0707 and belongs to 7:8, so x, which runs as user 487346311 of group 8, cannot execute it"),
    ("user = 8", 0o700, "user 8, cannot execute it"), ("capabilities = dac_read_search", 0o700, "cannot execute it"),
    ("capabilities = dac_override", 0o644, f"bin/x, which {RUN}/x.conf:1 needs, is not executable: chmod +x"),
])
def test_modes_that_will_not(refused, tar, settings, mode, told):
    path = tar(("bin/x", PROGRAM, {"mode": mode, "uid": 7, "gid": 8}), (f"{RUN}/x.conf", f"program = /bin/x\n{settings}\n".encode()))
    assert told in refused(path)


@pytest.mark.parametrize("settings, folder, told", [
    ("", {"mode": 0o711}, None), ("user = 7", {"mode": 0o700, "uid": 7}, None), ("capabilities = dac_read_search", {"mode": 0o600}, None),
    ("", {"mode": 0o750}, f"pkg/own, on the way to pkg/link, which {RUN}/x.conf:1 needs, has mode 0750 and belongs to 0:0"),
    ("user = 7", {"mode": 0o677, "uid": 7}, "runs as user 7, cannot enter it: chmod a+x"),
    ("", {"mode": 0o744}, "cannot enter it"),
])
def test_folders_on_the_way(made, refused, tar, settings, folder, told):
    """Through a link, to a file that would be allowed."""
    path = tar(("pkg/own", None, folder), ("pkg/own/bin/x", PROGRAM, {"mode": 0o755}), ("pkg/link", "own/bin/x"),
               (f"{RUN}/x.conf", f"program = /pkg/link\n{settings}\n".encode()))
    if told:
        assert told in refused(path)
    else:
        assert made(path)


@pytest.mark.parametrize("entry, told", [
    (("bin/sh", PROGRAM, {"mode": 0o750}), f"bin/sh, which {RUN}/app needs, has mode 0750 and belongs to 0:0, so app, which runs as user"),
    (("bin", None, {"mode": 0o700}), f"bin, on the way to bin/sh, which {RUN}/app needs, has mode 0700"),
    (("etc", None, {"mode": 0o700}), f"etc, on the way to {RUN}/app, has mode 0700"),
    ((f"{RUN}/app", b"#!/bin/sh\n", {"mode": 0o711}), f"{RUN}/app has mode 0711 and belongs to 0:0, so app, which runs as user"),
    (("bin/sh", PROGRAM, {"mode": 0o711}), None),
])
def test_scripts_are_read(made, refused, tar, entry, told):
    """The interpreter reads them; it need not be readable itself."""
    path = tar(("bin/sh", PROGRAM, {"mode": 0o755}), (f"{RUN}/app", b"#!/bin/sh\n", {"mode": 0o755}), entry)
    if told:
        assert told in refused(path)
    else:
        assert made(path)


@pytest.mark.parametrize("folder", ["tmp", "run/x", "dev"])
def test_folders_that_are_covered(refused, tar, folder):
    """A file where process 1 mounts a file system is hidden when the program starts."""
    path = tar((f"{folder}/app", PROGRAM, {"mode": 0o755}), ("bin/app", f"/{folder}/app"), (f"{RUN}/x.conf", b"program = /bin/app\n"))
    assert refused(path) == f"bin/app, which {RUN}/x.conf:1 needs, is where the machine mounts another file system: put it elsewhere"


def test_directory_of_a_program(made, refused, tar):
    """A folder that is not in the image may exist when the program starts; its own folder belongs to it by then."""
    other = ("srv", None, {"mode": 0o700})
    assert f"srv, on the way to /srv, the directory of {RUN}/app.conf:1, has mode 0700" in refused(
        tar(STATIC, other, (f"{RUN}/app.conf", b"directory = /srv\n")))
    assert made(tar(STATIC, other, (f"{RUN}/app.conf", b"directory = /run/later\n")))
    own = ("var/lib/app", None, {"mode": 0o700})
    assert made(tar(STATIC, own, ("var/lib/app/sub", None), (f"{RUN}/app.conf", b"directory = /var/lib/app/sub\n")))


def test_settings_of_the_agent(made, refused, tar):
    name = "etc/dstack/agent.json"
    settings = b'{"default":{"core":{"emit_event":false}},"front":{"user":1000}}'
    for text, told in ((b'{\n"external":{"port":80}}', ":2: external: an image can set only default.core.emit_event"),
                       (b'{"front":{"user":0}}', ":1: front: user: is out of range"), (b"{", ":1: "), (bytes(64 * 1024 + 1), ": is too large")):
        assert refused(tar(STATIC, (name, text))).startswith(f"{name}{told}")
    assert refused(tar(STATIC, (name, "elsewhere"))) == f"{name} is missing, or is not a file: the link leads nowhere in the image"
    assert made(tar(STATIC, (name, settings)))[name].data == settings
    assert made(tar(STATIC, (name, "../agent.json"), ("etc/agent.json", settings)))


def test_cut_short(refused, tar):
    path = tar(STATIC, ("large", bytes(100_000)))
    path.write_bytes(path.read_bytes()[:50_000])
    assert f"{path} is truncated" in refused(path)


def test_tar_without_its_end(made, refused, tar):
    """Some tools leave out the last block's padding and the end marker. The last file must be complete, and each header valid."""
    last = b"x" * 700
    path = tar(STATIC, ("last", last))
    whole = path.read_bytes()
    end = whole.index(last) + len(last)
    for cut in (end - 1, end - 200, end - 650, end - len(last) - 1):
        path.write_bytes(whole[:cut])
        assert f"{path} is truncated" in refused(path), cut
    path.write_bytes(whole[:end].replace(b"last", b"lost", 1))
    assert f"{path} is truncated after {RUN}/app" in refused(path)
    path.write_bytes(whole[:end])
    assert made(path)["last"].data == last


@pytest.mark.parametrize("compress", [["gzip"], ["bzip2"], ["xz"], ["zstd"]])
def test_compressed_tar_cut_short(refused, tar, compress):
    path = tar(STATIC, ("large", bytes(range(256)) * 400))
    data = subprocess.run([*compress, "-c"], input=path.read_bytes(), capture_output=True, check=True).stdout
    path.write_bytes(data[:-20])
    assert refused(path).startswith(f"{path}")


@pytest.mark.parametrize("config, told", [
    ({}, "has neither an entrypoint nor a command"),
    ({"Cmd": ["nothing"]}, "there is no program nothing to start"),
    ({"Cmd": ["/bin/app"], "User": "nobody"}, "runs as nobody, who is not in its /etc/passwd"),
    ({"Cmd": ["/bin/app"], "User": "0:nobody"}, "runs as group nobody, which is not in its /etc/group"),
    ({"Cmd": ["/bin/app", "a\nb"]}, "arg in its configuration is empty, has a line break"),
])
def test_container_that_cannot_start(refused, tmp_path, config, told):
    assert told in refused(containers.layout(tmp_path / "oci", config=config))


def test_container_for_another_machine(refused, tmp_path):
    assert "is for linux/arm64, not for linux/amd64" in refused(containers.layout(tmp_path / "oci", architecture="arm64"))


def test_several_names(refused, made, tmp_path):
    folder = containers.layout(tmp_path / "oci", names=("one", "two"))
    assert f"has 2 images for linux/amd64, of one, two: name one as APP={folder}:NAME" in refused(folder)
    assert "has 0 images named three" in refused(f"{folder}:three")
    assert made(f"{folder}:two")


def test_changed_blob(refused, tmp_path):
    folder = containers.layout(tmp_path / "oci")
    largest = max((folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes() + b"x")
    assert f"{largest} does not match its digest" in refused(folder)


def test_part_of_a_container(refused, tmp_path):
    folder = containers.layout(tmp_path / "oci")
    largest = max((folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    largest.unlink()
    assert f"there is no file {largest}: the image is incomplete" in refused(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"manifests": [{}]}', '{"manifests": [{"digest": "sha256:../../x"}]}'])
def test_index_that_is_none(refused, tmp_path, text):
    folder = containers.layout(tmp_path / "oci")
    (folder / "index.json").write_text(text)
    assert str(folder) in refused(folder)


def test_no_half_written_output(make, tmp_path):
    """The old image stays when the next one is refused."""
    assert make().returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert make(CMDLINE="dstack.x=1").returncode == 1
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} and not (tmp_path / "out.new").exists()
