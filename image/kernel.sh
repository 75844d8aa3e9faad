#!/bin/sh
# Fetches the kernel that image/kernel.txt names, with its modules and headers, all of one version, and unpacks them into
# deps/kernel/<flavour>/, which is left alone while it is what the file names:
#   pinned         suite, release and flavour that were asked for; `release` has the one that was taken
#   version        the Debian package's version
#   bzImage        the kernel
#   modules/       lib/modules/<release>, with its modules.dep
#   headers/       usr/ of the headers' packages, to build a module with
# Nothing is installed. Needs apt-get, dpkg-deb and kmod, and a mirror once. Root is not needed.
#   kernel.sh [FLAVOUR]    cloud-amd64, or amd64, which has more drivers
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=support/apt.sh
. "$here/../support/apt.sh"
flavour=${1:-cloud-amd64}
PATH=$PATH:/sbin:/usr/sbin

die() {
  echo "kernel: $*" >&2
  exit 1
}

pin() { sed -n "s/^$1 *//p" "$here/kernel.txt"; }
suite=$(pin suite) release=$(pin release)
cache=$here/../deps/kernel
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9> "$cache/.lock"
flock 9
[ "$(cat "$cache/$flavour/pinned" 2> /dev/null)" != "$suite $release $flavour" ] || exit 0

work=$cache/.work-$flavour
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
apt_private "$work/apt" deb "$suite" || case $? in
1) die "no mirror of this Debian release in this system's apt configuration, needed to fetch Linux $release" ;;
*) die "the Debian mirror did not answer, needed once to fetch Linux $release of $suite (kept in $cache)" ;;
esac

# The packages of a release: the image, the headers, and the packages of the same release that these need.
packages() {
  apt-cache -c "$work/apt/conf" depends --recurse --important "linux-image-$1-$flavour" "linux-headers-$1-$flavour" \
    2> /dev/null | grep -Fx -e "linux-image-$1-$flavour" -e "linux-base-$1-$flavour" -e "linux-binary-$1-$flavour" \
    -e "linux-modules-$1-$flavour" -e "linux-headers-$1-$flavour" -e "linux-headers-$1-common" -e "linux-kbuild-$1" || :
}
is_complete() { packages "$1" | grep -c -e "^linux-image-" -e "^linux-headers-.*-$flavour$" -e '^linux-kbuild-' | grep -qx 3; }

found=$release
if ! is_complete "$release"; then
  found=
  for candidate in $(apt-cache -c "$work/apt/conf" pkgnames linux-headers- |
    sed -n "s/^linux-headers-\([0-9].*+deb[0-9]*\)-$flavour$/\1/p" | sort -rV); do
    if [ "$(printf '%s\n' 6.16 "$candidate" | sort -V | head -n 1)" = 6.16 ] && is_complete "$candidate"; then
      found=$candidate
      break
    fi
  done
  [ -n "$found" ] || die "$suite has no kernel of 6.16 or later with its headers"
  echo "kernel: Linux $release is gone from $suite; taking $found. Test it, and pin it in image/kernel.txt" >&2
fi

version=$(apt-cache -c "$work/apt/conf" show "linux-image-$found-$flavour" | sed -n 's/^Version: //p' | head -n 1)
echo "fetch  Linux $found-$flavour $version"
mkdir "$work/debs"
# shellcheck disable=SC2046
(cd "$work/debs" && apt-get -c "$work/apt/conf" download -qq $(packages "$found")) ||
  die "could not fetch Linux $found of $suite"
for deb in "$work/debs"/*.deb; do dpkg-deb -x "$deb" "$work/root"; done

result=$work/result
mkdir -p "$result/modules/lib/modules" "$result/headers"
# older packages have boot/vmlinuz-* and lib/
modules=$work/root/usr/lib/modules/$found-$flavour
[ -d "$modules" ] || modules=$work/root/lib/modules/$found-$flavour
kernel=$modules/vmlinuz
[ -f "$kernel" ] || kernel=$work/root/boot/vmlinuz-$found-$flavour
mv "$kernel" "$result/bzImage"
mv "$modules" "$result/modules/lib/modules/"
mv "$work/root/usr" "$result/headers/"
depmod -b "$result/modules" "$found-$flavour"
echo "$found-$flavour" > "$result/release"
echo "$version" > "$result/version"
echo "$suite $release $flavour" > "$result/pinned"
rm -rf "${cache:?}/$flavour"
mv "$result" "$cache/$flavour"
