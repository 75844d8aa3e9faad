#!/bin/sh
# Whether the libraries' work with secrets runs the same way for every secret (ctime.c), as the release is compiled: by the same
# compiler, at link time. The libraries are built once more, with the marks by which libsecp256k1 tells Valgrind what is no longer secret.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
CHECKED=1 DEPS=out/ctime SOURCES=deps/src support/build-deps.sh
deps=out/ctime/musl
library() { echo "$deps/lib/$1"; }
clang=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift.*".*|\1/bin/clang|p')
"$clang" -Wall -Wextra -Werror -Os -flto -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong "--sysroot=$deps" \
  -idirafter /usr/include -fuse-ld=lld -static-pie -nostdlib -Wl,--gc-sections,--icf=all,-O2,-mllvm,-inline-threshold=-10,-mllvm,-inline-call-penalty=10 \
  "$(library rcrt1.o)" "$(library crti.o)" "$here/ctime.c" "$(library libsecp256k1.a)" "$(library libsodium.a)" \
  "$(library libmbedcrypto.a)" "$(library libc.a)" "$(library libgcc.a)" "$(library crtn.o)" -o out/ctime/ctime

# 1 if Valgrind reports something, 0 if not
reports() {
  valgrind --error-exitcode=99 --log-file="out/ctime/$1.log" out/ctime/ctime "$1" && return 1
  [ $? = 99 ] || { cat "out/ctime/$1.log" >&2; echo "ctime: $1 does not work" >&2; exit 1; }
}
for control in branch address; do
  reports $control || { echo "ctime: Valgrind does not see $control" >&2; exit 1; }
done
for work in secp256k1 ed25519 x25519 hkdf aes-gcm hex base64; do
  if reports $work; then
    cat "out/ctime/$work.log" >&2
    echo "ctime: what $work does depends on a secret" >&2
    exit 1
  fi
done

# whether two texts of digits lead to the same instructions and the same addresses
same() { # name, digits, other digits
  trace "$1" "$2" one && trace "$1" "$3" other && cmp -s "out/ctime/$1.one" "out/ctime/$1.other"
}
trace() { # name, digits, file
  valgrind --tool=lackey --trace-mem=yes --log-file="out/ctime/$1.$3" out/ctime/ctime "$1" "$2" || {
    echo "ctime: $1 does not work" >&2
    exit 1
  }
  sed -i '/^==/d' "out/ctime/$1.$3"
}
! same digit 00 11 || { echo "ctime: the traces do not show digit" >&2; exit 1; }
reads() { # name, digits
  reading=$1
  shift
  for digits; do
    same "$reading" 00 "$digits" || { echo "ctime: what $reading does depends on the digits" >&2; exit 1; }
  done
}
reads hex-reading 09 90 af fa AF aF 9a
reads base64-reading 90 AZ az Zz +/ /+
echo "ctime  secp256k1, Ed25519, X25519, HKDF, AES-GCM, hex and base 64: no branch and no address depends on a secret"
