#!/bin/sh
# Installs the Debian packages that are needed, if any is missing. The Swift toolchain is not among them.
#   packages.sh            those of building, `make run` and image/verify
#   packages.sh test       those that the tests and checks need besides
#   packages.sh image      those that the images and the boot tests need besides
set -eu
# build: compiler parts, fetching and unpacking source packages, FUSE; for plain `swift build`, LIBS=system and the images' example, the
#   other -dev packages
# test: openssl, strace, systemd's tools, a container engine, a browser, promtool, Valgrind, FAT disks, a DHCP server, shellcheck, mandoc
# image: kmod's modprobe, for the order of modules; boot tests: QEMU with a PC's firmware
case ${1:-} in
'') set -- gcc libc6-dev binutils make dpkg-dev git \
  libmbedtls-dev libsecp256k1-dev libsodium-dev pkg-config libfuse3-dev fuse3 python3-venv curl ;;
test) set -- libssl-dev openssl strace iproute2 systemd podman crun chromium prometheus valgrind dosfstools mtools dnsmasq-base shellcheck \
  mandoc ;;
image) set -- kmod zstd qemu-system-x86 seabios ovmf swtpm debootstrap e2fsprogs cryptsetup-bin skopeo umoci ;;
esac

command -v swift > /dev/null || {
  echo "packages: no swift in PATH; install a Swift 6.3 toolchain for Debian 12" >&2
  exit 1
}
command -v dpkg-query > /dev/null || {
  echo "packages: not a Debian system; install what corresponds to: $*" >&2
  exit 1
}
missing=
for package; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "install$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || {
    echo "packages: not root and no sudo; as root: apt-get install$missing" >&2
    exit 1
  }
  sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing; } > "$log" 2>&1; then
  cat "$log" >&2
  echo "packages: could not install$missing" >&2
  exit 1
fi
