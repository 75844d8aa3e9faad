#!/bin/sh
# Makes out/boot-test/mkosi.img: the root file system that mkosi 25 of Debian 13 builds with the layer of `make image`, and the units of
# the boot tests over it. mkosi runs in a Debian of its own, which is kept in deps/mkosi-root. Needs root, and a mirror every time.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=support/apt.sh
. "$root/support/apt.sh"
PATH=$PATH:/sbin:/usr/sbin
suite=trixie
base=$root/deps/mkosi-root
out=$root/out/boot-test

die() {
  echo "boot-test: $*" >&2
  exit 1
}

mkdir -p "$root/deps" "$out"
exec 9> "$root/deps/.lock-mkosi"
flock 9
work=$out/mkosi
trap 'rm -rf "$work" "$base.new" "$base.apt"' EXIT
trap 'exit 1' HUP INT TERM
apt_private "$base.apt" deb "$suite" || case $? in
1) die "no mirror of this Debian release in this system's apt configuration, needed for mkosi" ;;
*) die "the Debian mirror did not answer, needed for mkosi" ;;
esac
mirror=$(sed -n "s/^deb \(\[.*\] \)\?\([^ ]*\) $suite .*/\2/p" "$base.apt/sources.list" | head -n 1)
if [ "$(cat "$base.made" 2> /dev/null)" != "$suite" ]; then
  echo "fetch  Debian $suite with mkosi"
  rm -rf "$base" "$base.made" "$base.new"
  "$root/support/quiet.sh" "$root/out/log/mkosi-root.log" \
    unshare -m debootstrap --variant=minbase "$suite" "$base.new" "$mirror"
  chmod 1777 "$base.new/tmp" "$base.new/var/tmp"
  # no service starts in the chroot
  printf '#!/bin/sh\nexit 101\n' > "$base.new/usr/sbin/policy-rc.d"
  chmod +x "$base.new/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$base.new/etc/resolv.conf"
  "$root/support/quiet.sh" "$root/out/log/mkosi-root.log" unshare -m chroot "$base.new" \
    env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mkosi
  rm -rf "$base.new/var/cache/apt" "$base.new/var/lib/apt/lists"
  mv "$base.new" "$base"
  echo "$suite" > "$base.made"
fi

rm -rf "$work"
mkdir -p "$work/mkosi.conf.d" "$base/work"
cp -a "$root/out/image/layer/mkosi/dstack-guest-agent" "$work/mkosi.conf.d/"
# only the mirrors with the packages; mkosi would also take the one with debugging symbols
sources=$work/mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources
mkdir -p "$(dirname "$sources")"
cat > "$sources" << SOURCES
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
cat > "$work/mkosi.conf" << CONF
[Distribution]
Distribution=debian
Release=$suite
Mirror=$mirror
[Output]
Format=directory
Output=image
[Content]
Bootable=no
Packages=systemd,systemd-sysv
CONF
echo "build  a root file system by mkosi"
# its sandboxes call pivot_root, which needs the root to be a mount
# shellcheck disable=SC2016
"$root/support/quiet.sh" "$root/out/log/mkosi.log" unshare -m --propagation private sh -euc '
mount --bind "$2" "$2"
mount --bind "$1" "$2/work"
for name in proc sys dev; do mount --rbind "/$name" "$2/$name"; done
cp /etc/resolv.conf "$2/etc/resolv.conf"
cd "$2"
pivot_root . mnt
exec chroot . sh -c "umount -l /mnt && cd /work && exec mkosi build"' sh "$work" "$base"
"$here/systemd.sh" "$work/image" "$out/mkosi.img"
