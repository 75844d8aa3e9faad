"""Real programs that were not written for this machine: Debian's nginx with its libraries, a server in Go, and
busybox; as files, and as container images made by other tools."""

import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import machine as machines
import outputs
from commands import IMAGES, make

# a download and a compilation may take long, once
pytestmark = [pytest.mark.simulated, pytest.mark.timeout(600)]
RUN = "etc/dstack/run.d"
REAL = outputs.ROOT / "deps/real"
PAGE = "<p>from a confidential machine</p>\n"
# As in container images, whose log files are links to these: without root, and with output to a pipe.
NGINX = """worker_processes 1;
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  %s
  server {
    listen 80;
    location / { root /srv; }
  }
}
"""


@pytest.fixture(scope="module", autouse=True)
def fetched():
    subprocess.run([machines.HERE / "real.sh"], check=True)


@pytest.fixture
def app(tmp_path) -> pathlib.Path:
    """A folder for a program's files, with a page."""
    root = tmp_path / "app"
    write(root / "srv/index.html", PAGE)
    return root


def write(path: pathlib.Path, text: str, mode: int = 0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def install(program: pathlib.Path, root: pathlib.Path, name: str):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / name)


def install_nginx(root: pathlib.Path, more: str = ""):
    """What nginx needs of Debian."""
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    for name in ("usr/lib64", "usr/lib/x86_64-linux-gnu"):
        shutil.copytree(REAL / "nginx" / name, root / name, symlinks=True, ignore=shutil.ignore_patterns("gconv", "engines-*"))
    install(REAL / "nginx/usr/sbin/nginx", root, "usr/sbin/nginx")
    write(root / "etc/nginx/nginx.conf", NGINX % more)


def page(address: str, scheme: str = "http", pattern: str = "") -> str:
    """What a program answers; it may still be starting, or not answer yet what the pattern expects."""
    unknown = ssl._create_unverified_context()
    deadline = time.monotonic() + machines.PATIENCE
    while True:
        try:
            text = urllib.request.urlopen(f"{scheme}://{address}", timeout=20, context=unknown).read().decode()
            problem = text
        except OSError as error:
            text, problem = None, error
        if text is not None and re.search(pattern, text):
            return text
        assert time.monotonic() < deadline, problem
        time.sleep(0.1)


def ports(machine) -> dict:
    """Addresses here by the guest's ports, of a running machine."""
    machine.wait_for(r"^verify ")
    return {int(port): address for address, port in re.findall(r"^port +(\S+) is the guest's (\d+)$", machine.said, re.MULTILINE)}


def test_side_by_side(app, boot, tmp_path):
    """A dynamic program, one of another runtime, and a script: on privileged ports, each as a user of its own, and none as root."""
    install_nginx(app)
    write(app / f"{RUN}/nginx.conf", "program = /usr/sbin/nginx\nargs = -c /etc/nginx/nginx.conf -e stderr\nsockets = none\nmemory = 64M\n")
    install(machines.OUT / "go-https", app, f"{RUN}/go")
    install(REAL / "busybox", app, "bin/busybox")
    write(app / f"{RUN}/script", "#!/bin/busybox sh\ncd /tmp && /bin/busybox id > id\nexec /bin/busybox httpd -f -p 81\n", 0o755)
    machine = boot(make(tmp_path / "image", APP=str(app)), *(word for port in (80, 81, 443) for word in ("--publish", f"0:{port}")))
    found = ports(machine)
    (agent,) = re.findall(r"^agent +http://(\S+)/$", machine.said, re.MULTILINE)
    assert page(found[80]) == PAGE
    # the agent has its output, for those that app-compose allows to read it
    page(f"{agent}/logs/nginx?text&bare", pattern=r'"GET / HTTP/1.1" 200 ')
    (script,) = re.findall(r"^uid=(\d+) gid=\1$", page(f"{found[81]}/id"), re.MULTILINE)
    (go,) = re.findall(r"^go (\d+):\1 /var/lib/go$", page(found[443], "https"), re.MULTILINE)
    assert script != go and {int(user) >> 28 for user in (script, go)} == {1}
    (options,) = re.findall(r"^verify .*?( --image .*)$", machine.said, re.MULTILINE)
    verified = subprocess.run([sys.executable, IMAGES / "verify", f"https://{found[443]}", *options.split()], capture_output=True, text=True)
    assert verified.returncode == 0 and re.search(r"^ok +report data +it is the certificate's key", verified.stdout, re.MULTILINE), verified
    machine.process.terminate()
    assert machine.end() == 0 and "the machine is powered off" in machine.said


def umoci(*words):
    done = subprocess.run(["umoci", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def container(folder: pathlib.Path, root: pathlib.Path, *options) -> pathlib.Path:
    """An OCI image layout with one layer, made by umoci."""
    image = f"{folder}:latest"
    umoci("init", "--layout", folder)
    umoci("new", "--image", image)
    bundle = folder.with_suffix(".bundle")
    umoci("unpack", "--image", image, bundle)
    shutil.copytree(root, bundle / "rootfs", symlinks=True, dirs_exist_ok=True)
    umoci("repack", "--image", image, bundle)
    umoci("config", "--image", image, *options)
    return folder


def busybox(app: pathlib.Path) -> tuple:
    """A shell, and every command a link to one program. It asks for root, as most images do."""
    install(REAL / "busybox", app, "bin/busybox")
    for name in ("sh", "httpd"):
        (app / "bin" / name).symlink_to("busybox")
    return ("--config.cmd", "sh", "--config.cmd", "-c", "--config.cmd", "exec httpd -f -p 80 -h /srv",
            "--config.exposedports", "80/tcp"), PAGE


def distroless(app: pathlib.Path) -> tuple:
    """One static program, no shell, and a user who is not root."""
    install(machines.OUT / "go-https", app, "server")
    write(app / "etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/srv:/sbin/nologin\n")
    return ("--config.entrypoint", "/server", "--config.user", "nonroot", "--config.workingdir", "/srv"), "go 65532:65532 /srv\n"


def nginx(app: pathlib.Path) -> tuple:
    """Like nginx images that do not need root: it writes to /tmp."""
    paths = "".join(f"{name}_temp_path /tmp/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    install_nginx(app, paths)
    write(app / "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/nonexistent:/bin/false\n")
    return ("--config.entrypoint", "nginx", "--config.cmd", "-c", "--config.cmd", "/etc/nginx/nginx.conf", "--config.cmd", "-e",
            "--config.cmd", "stderr", "--config.user", "nginx"), PAGE


@pytest.mark.builders
@pytest.mark.parametrize("make_root, port, form", [(busybox, 80, "docker-archive"), (distroless, 443, "oci"), (nginx, 80, None)])
def test_container(app, boot, tmp_path, make_root, port, form):
    """Made by umoci, then converted by skopeo; it starts as its configuration says."""
    options, expected = make_root(app)
    made = container(tmp_path / "oci", app, *options)
    if form:
        copied = tmp_path / "copied"
        target = f"{form}:{copied}:app:latest" if form == "docker-archive" else f"{form}:{copied}:latest"
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{made}:latest", target], check=True)
        made = copied
    machine = boot(make(tmp_path / "image", APP=str(made)), "--publish", f"0:{port}")
    assert page(ports(machine)[port], "https" if port == 443 else "http") == expected
    machine.process.terminate()
    assert machine.end() == 0
