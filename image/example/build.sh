#!/bin/sh
# Makes out/example/: what `make image APP=out/example` puts into an image. The program is static, so it needs no other files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../out/example
rm -rf "$out"
mkdir -p "$out/etc/dstack/run.d" "$out/srv"
gcc -static -Os -s -Wall -Wextra -Werror -o "$out/etc/dstack/run.d/https" "$here/https.c" -lmbedtls -lmbedx509 -lmbedcrypto 2> "$out.log" || {
  cat "$out.log" >&2
  exit 1
}
rm -f "$out.log"
cp "$here/index.html" "$out/srv/"
echo "ready  out/example: make image APP=out/example"
