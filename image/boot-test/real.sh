#!/bin/sh
# Fetches real programs for the boot tests from Debian's packages, which are unpacked and not installed, into deps/real:
#   nginx/     nginx with its libraries and its settings, as Debian installs it
#   busybox    the static one
#   go/        a Go compiler, which builds out/boot-test/go-https from guest/https.go
# Root is not needed; a mirror is, once.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=support/apt.sh
. "$root/support/apt.sh"
suite=trixie go=1.24
nginx="nginx nginx-common libc6 libcrypt1 libpcre2-8-0 libssl3t64 libzstd1 zlib1g"
kept=$root/deps/real
out=$root/out/boot-test

die() {
  echo "boot-test: $*" >&2
  exit 1
}

mkdir -p "$root/deps" "$out"
exec 9> "$root/deps/.lock-real"
flock 9
trap 'rm -rf "$kept.new" "$out/go-https.new"' EXIT
trap 'exit 1' HUP INT TERM
if [ "$(cat "$kept/made" 2> /dev/null)" != "$suite $go" ]; then
  echo "fetch  nginx, busybox and Go of Debian $suite"
  rm -rf "$kept" "$kept.new"
  mkdir -p "$kept.new/debs"
  apt_private "$kept.new/apt" deb "$suite" || case $? in
  1) die "no mirror of this Debian release in this system's apt configuration, needed for real programs" ;;
  *) die "the Debian mirror did not answer, needed once for real programs (kept in $kept)" ;;
  esac
  # shellcheck disable=SC2086
  (cd "$kept.new/debs" && apt-get -c "$kept.new/apt/conf" download -qq $nginx busybox-static "golang-$go-go" "golang-$go-src") ||
    die "could not fetch the packages of $suite"
  cd "$kept.new"
  for name in $nginx; do dpkg-deb -x debs/"${name}"_*.deb nginx; done
  dpkg-deb -x debs/busybox-static_*.deb static
  cp static/usr/bin/busybox busybox
  for deb in debs/golang-*.deb; do dpkg-deb -x "$deb" unpacked; done
  # its sources are in another folder, through a link that leads out of this one
  mv "unpacked/usr/lib/go-$go" go
  for name in src api misc test; do
    rm -rf "go/$name"
    [ ! -d "unpacked/usr/share/go-$go/$name" ] || mv "unpacked/usr/share/go-$go/$name" "go/$name"
  done
  rm -rf go/pkg/include
  [ ! -d "unpacked/usr/share/go-$go/pkg/include" ] || cp -r "unpacked/usr/share/go-$go/pkg/include" go/pkg/include
  cp "unpacked/usr/share/go-$go/VERSION" go/VERSION 2> /dev/null || :
  rm -rf debs apt static unpacked
  echo "$suite $go" > made
  mv "$kept.new" "$kept"
fi

[ -n "$(find "$out/go-https" -newer "$here/guest/https.go" 2> /dev/null)" ] || {
  echo "build  out/boot-test/go-https"
  cd "$here/guest"
  GOROOT=$kept/go GOPATH=$kept/gopath GOCACHE=$kept/cache GOPROXY=off GOTOOLCHAIN=local GO111MODULE=off CGO_ENABLED=0 \
    "$root/support/quiet.sh" "$root/out/log/go-https.log" "$kept/go/bin/go" build -trimpath -ldflags "-s -w -buildid=" \
    -o "$out/go-https.new" https.go
  mv "$out/go-https.new" "$out/go-https"
}
