#!/bin/sh
# Builds this tree in two folders of different depth, each with its own C libraries, and compares the results.
# The trees are what git knows or would add, as it stands; the Debian source packages come from deps/src.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
support/build-deps.sh > /dev/null # fetches the sources once
SOURCES=$root/deps/src
AGENT_COMMIT=$(git describe --always --abbrev=12 --exclude='*' --dirty)
export SOURCES AGENT_COMMIT
rm -rf out/repro
for folder in a deeper/and/longer/b; do
  tree=out/repro/$folder
  mkdir -p "$tree"
  git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2> /dev/null | tar -cf - -T - | tar -xf - -C "$tree"
  echo "repro  $tree"
  (cd "$tree" && AGENT=out/dstack-guest-agent support/quiet.sh out/build.log support/build.sh)
done
a=out/repro/a/out/dstack-guest-agent b=out/repro/deeper/and/longer/b/out/dstack-guest-agent
if ! cmp "$a" "$b"; then
  echo "repro: the two binaries differ" >&2
  exit 1
fi
echo "equal  $(sha256sum < "$a" | cut -d' ' -f1)"
