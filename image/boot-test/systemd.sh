#!/bin/sh
# Makes out/boot-test/systemd.img: an ext4 root file system of Debian with systemd and nothing more, with the layer of
# `make image` and the units in systemd/ over it, which stand in for the rest of a dstack OS. The root comes from debootstrap, in a mount
# namespace of its own, and is kept in deps/systemd-root. Needs root, and a mirror once.
#   systemd.sh [ROOT IMAGE]    makes IMAGE from ROOT instead, a root file system that already has the layer
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=support/apt.sh
. "$root/support/apt.sh"
PATH=$PATH:/sbin:/usr/sbin
suite=trixie
base=$root/deps/systemd-root
out=$root/out/boot-test

die() {
  echo "boot-test: $*" >&2
  exit 1
}

mkdir -p "$root/deps" "$out"
exec 9> "$root/deps/.lock-systemd"
flock 9
work=$out/systemd-root image=${2:-$out/systemd.img}
trap 'rm -rf "$work" "$base.new" "$base.apt" "$image.new"' EXIT
trap 'exit 1' HUP INT TERM
if [ $# = 0 ] && [ "$(cat "$base.made" 2> /dev/null)" != "$suite" ]; then
  echo "fetch  Debian $suite with systemd"
  rm -rf "$base" "$base.made" "$base.new" "$base.apt"
  apt_private "$base.apt" deb "$suite" || case $? in
  1) die "no mirror of this Debian release in this system's apt configuration, needed for a root with systemd" ;;
  *) die "the Debian mirror did not answer, needed once for a root with systemd (kept in $base)" ;;
  esac
  mirror=$(sed -n "s/^deb \(\[.*\] \)\?\([^ ]*\) $suite .*/\2/p" "$base.apt/sources.list" | head -n 1)
  "$root/support/quiet.sh" "$root/out/log/debootstrap.log" \
    unshare -m debootstrap --variant=minbase --include=systemd,systemd-sysv "$suite" "$base.new" "$mirror"
  rm -rf "$base.new/var/cache/apt" "$base.new/var/lib/apt/lists"
  mv "$base.new" "$base"
  echo "$suite" > "$base.made"
fi

rm -rf "$work"
cp -a "${1:-$base}" "$work"
# /bin is a link in the root, and stays one
[ $# != 0 ] || tar -xf "$root/out/image/layer/rootfs.tar" -C "$work" --keep-directory-symlink
units=$work/etc/systemd/system
cp -r "$here/systemd/." "$units/"
mkdir -p "$work/test"
cp "$out/probe" "$work/test/"
xz -dc "$root"/deps/kernel/cloud-amd64/modules/lib/modules/*/kernel/net/vmw_vsock/vsock_loopback.ko.xz > "$work/test/vsock_loopback.ko"
for unit in dstack-prepare docker probe; do ln -s "../$unit.service" "$units/multi-user.target.wants/"; done
# what a test does not need, and what fails in a kernel without its modules
for unit in console-getty.service serial-getty@.service getty-static.service getty@.service systemd-modules-load.service \
  proc-sys-fs-binfmt_misc.automount ldconfig.service systemd-journal-catalog-update.service apt-daily.timer \
  apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer systemd-firstboot.service systemd-networkd.service; do
  ln -sf /dev/null "$units/$unit"
done
rm -f "$image.new"
mkfs.ext4 -q -d "$work" "$image.new" 600M > /dev/null
mv "$image.new" "$image"
