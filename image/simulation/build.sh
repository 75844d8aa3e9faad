#!/bin/sh
# Makes out/simulation/: what simulates the TDX module in a guest: the kernel module, the pump to the host's quote service and
# the init that starts both.
#   build.sh [KERNEL]     the kernel to build the module for: a folder of deps/kernel, or one like those; by default cloud-amd64
# The module is built with the compiler that built its kernel, in a chroot in deps/toolchain: packages of Debian, unpacked and
# not installed, in a mount namespace of its own. Needs root or sudo, for the chroot alone, and a mirror once.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=support/apt.sh
. "$root/support/apt.sh"
case ${1:-cloud-amd64} in
*/*) kernel=$(cd "$1" && pwd) ;;
*) kernel=$root/deps/kernel/${1:-cloud-amd64} ;;
esac
toolchain=$root/deps/toolchain
out=$root/out/simulation

die() {
  echo "simulation: $*" >&2
  exit 1
}

[ -d "$kernel" ] || die "there is no kernel ${kernel#"$root/"}: image/kernel.sh ${1:-cloud-amd64}"
mkdir -p "$out" "$root/out/log" "$root/deps"
exec 9> "$root/deps/.lock-toolchain"
flock 9
trap 'rm -rf "$toolchain.new" "$out/module"' EXIT
trap 'exit 1' HUP INT TERM

make_toolchain() {
  list=$(sed '/^#/d' "$here/toolchain.txt")
  [ "$(cat "$toolchain/packages" 2> /dev/null)" != "$list" ] || return 0
  echo "fetch  a compiler for kernel modules"
  work=$toolchain.new
  rm -rf "$work"
  mkdir -p "$work"
  apt_private "$work/apt" deb trixie || case $? in
  1) die "no mirror of this Debian release in this system's apt configuration, needed to fetch a compiler" ;;
  *) die "the Debian mirror did not answer, needed once to fetch a compiler (kept in $toolchain)" ;;
  esac
  : > "$work/status" # as if nothing were installed
  # shellcheck disable=SC2086
  "$root/support/quiet.sh" "$root/out/log/toolchain.log" apt-get -c "$work/apt/conf" -o "Dir::State::status=$work/status" \
    install -y -qq --no-install-recommends --download-only $list || die "could not fetch a compiler"
  mkdir "$work/root"
  # base-files first: it has the links from /bin and /lib
  for deb in "$work/apt/cache/archives"/base-files_*.deb "$work/apt/cache/archives"/*.deb; do
    dpkg-deb -x "$deb" "$work/root"
  done
  ln -s mawk "$work/root/usr/bin/awk"
  mkdir "$work/root/work"
  rm -rf "$work/apt" "$work/status"
  echo "$list" > "$work/packages"
  rm -rf "$toolchain"
  mv "$work" "$toolchain"
}

# In a mount namespace of its own, so that nothing stays mounted.
build_module() {
  release=$(cat "$kernel/release")
  headers=$kernel/headers/usr
  mkdir -p "$toolchain/root/usr/src"
  for folder in "$headers"/lib/linux-kbuild-*; do mkdir -p "$toolchain/root/usr/lib/${folder##*/}"; done
  # what is made belongs to who called
  # shellcheck disable=SC2016
  $sudo unshare -m sh -eu -c '
    root=$1 headers=$2 work=$3 release=$4 owner=$5
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev" # in some containers each device is a mount of its own
    mount --bind "$headers/src" "$root/usr/src"
    for folder in "$headers"/lib/linux-kbuild-*; do mount --bind "$folder" "$root/usr/lib/${folder##*/}"; done
    mount --bind "$work" "$root/work"
    exec chroot --userspec="$owner" "$root" env -i PATH=/usr/bin:/usr/sbin make -C "/usr/src/linux-headers-$release" M=/work modules
  ' sh "$toolchain/root" "$headers" "$1" "$release" "$(id -u):$(id -g)"
}

sudo=
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || die "needs root or sudo, to build the kernel module in a chroot"
  sudo=sudo
fi
$sudo unshare -m true || die "needs a machine or container that allows mounts (CAP_SYS_ADMIN), to build the kernel module in a chroot"
make_toolchain
inputs=$(cat "$here/tdx_sim.c" "$here/build.sh" "$kernel/version" "$kernel/release" "$toolchain/packages" | sha256sum)
name=tdx_sim-$(cat "$kernel/release").ko
if [ "$(cat "$out/$name.inputs" 2> /dev/null)" != "$inputs" ]; then
  echo "build  $name"
  rm -rf "$out/module"
  mkdir "$out/module"
  cp "$here/tdx_sim.c" "$out/module/"
  echo 'obj-m := tdx_sim.o' > "$out/module/Makefile"
  build_module "$out/module" > "$root/out/log/tdx_sim.log" 2>&1 || {
    cat "$root/out/log/tdx_sim.log" >&2
    die "cannot build $name"
  }
  strip --strip-debug "$out/module/tdx_sim.ko" # nine tenths of the file, which each start would load
  mv "$out/module/tdx_sim.ko" "$out/$name"
  echo "$inputs" > "$out/$name.inputs"
  rm -rf "$out/module"
fi
for program in init pump; do
  gcc -static -Os -s -Wall -Wextra -Werror -o "$out/$program.new" "$here/$program.c"
  mv "$out/$program.new" "$out/$program"
done
