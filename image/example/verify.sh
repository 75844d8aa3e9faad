#!/bin/sh
# Verifies the example at an address and then reads its page from the machine that was verified, and from no other.
#   verify.sh HOST:PORT [OPTION of image/verify]...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
address=${1:?verify.sh: want HOST:PORT, and the options of image/verify that image/boot has printed}
shift
checked=$("$here/../verify" "https://$address" --app-compose "$here/app-compose.json" "$@") || {
  status=$?
  printf '%s\n' "$checked"
  exit "$status"
}
printf '%s\n' "$checked"
# the key of the certificate that contained the evidence
pin=$(printf '%s\n' "$checked" | sed -n 's/^ok  *report data.*\(sha256\/\/.*\)$/\1/p')
[ -n "$pin" ] || exit 1
# no CA has signed that certificate, and none needs to: the evidence vouches for its key
curl --silent --show-error --insecure --pinnedpubkey "$pin" "https://$address/"
