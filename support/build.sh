#!/bin/sh
# Builds the release agent: the C libraries (build-deps.sh), the Swift package, and a copy of the result at $AGENT.
#   build.sh [selfcheck]     with `selfcheck`, the program of that name instead, from the same objects, next to $AGENT
#   LIBS=musl|system  AGENT=out/dstack-guest-agent
# Quiet while all is well. Any warning fails the build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cd "$root"
LIBS=${LIBS:-musl}
result=${AGENT:-out/dstack-guest-agent}
product=${1:-dstack-guest-agent}
if [ $# -gt 0 ]; then result=$(dirname "$result")/$product; fi
# always 12 digits, so that two checkouts of one commit agree whatever their size
AGENT_COMMIT=${AGENT_COMMIT:-$(git describe --always --abbrev=12 --exclude='*' --dirty 2> /dev/null || echo unknown)}
export LIBS AGENT_COMMIT

# Swift and the C shims are optimised together at link time, which saves 6 % of the binary; omitting frame pointers saves 1 %
# (docs/libraries.md). No debug information: it would be stripped in the end, but it names folders and influences the code, so two
# builds of one commit would differ.
options="--experimental-lto-mode=full --omit-frame-pointers -debug-info-format none"
case $LIBS in
musl) scratch=.build ;;
# SwiftPM's rpath makes glibc's static-pie start-up code end in an assertion
system) scratch=.build-system options="$options --disable-local-rpath" ;;
*)
  echo "build: LIBS is musl or system" >&2
  exit 1
  ;;
esac

"$here/build-deps.sh"

# SwiftPM tracks neither headers outside the package nor archives nor linker scripts: start over if one has changed.
release=$scratch/$(uname -m)-unknown-linux-gnu/release
inputs=$(cat "deps/$LIBS/inputs" support/discard.ld | sha256sum)
if [ "$(cat "$scratch/release-inputs" 2> /dev/null)" != "$inputs" ]; then
  rm -rf "$release"
  mkdir -p "$scratch"
  echo "$inputs" > "$scratch/release-inputs"
fi

echo "build  $result ($LIBS)"
log=out/log/$LIBS-$product.log
# shellcheck disable=SC2086
"$here/quiet.sh" "$log" swift build -c release --product "$product" --scratch-path "$scratch" $options
# The compilers' warnings are errors already; this catches the package manager's and the linker's.
if grep 'warning:' "$log" >&2; then exit 1; fi
mkdir -p "$(dirname "$result")"
if ! cmp -s "$release/$product" "$result"; then
  cp "$release/$product" "$result.new" # never half a binary, and one that runs can be replaced
  mv "$result.new" "$result"
fi
echo "ready  $result, $(stat -c %s "$result") bytes"
