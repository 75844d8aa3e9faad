#!/bin/sh
# Makes out/boot-test/: the programs that the tests put into a guest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../out/boot-test

[ -z "${KERNEL:-}" ] || {
  echo "boot-test: KERNEL is not for the boot tests, whose simulator is built for the kernel of image/kernel.txt" >&2
  exit 1
}
mkdir -p "$out"
for program in test-init probe abi-test told app; do
  gcc -static -Os -s -Wall -Wextra -Werror -I "$here/../simulation" -o "$out/$program.new" "$here/guest/$program.c" -lmbedcrypto
  mv "$out/$program.new" "$out/$program"
done
