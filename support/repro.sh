#!/bin/sh
# Builds this tree in two folders of different depth, each with its own C libraries, and compares the results: agent and images.
# The trees are what git knows or would add, as it stands; the Debian source packages come from deps/src, the kernel from deps/kernel.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
support/build-deps.sh > /dev/null # fetches the sources once
image/kernel.sh
SOURCES=$root/deps/src
AGENT_COMMIT=$(git describe --always --abbrev=12 --exclude='*' --dirty)
export SOURCES AGENT_COMMIT
rm -rf out/repro
for folder in a deeper/and/longer/b; do
  tree=out/repro/$folder
  mkdir -p "$tree"
  git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2> /dev/null | tar -cf - -T - | tar -xf - -C "$tree"
  echo "repro  $tree"
  (
    cd "$tree"
    export AGENT=out/dstack-guest-agent
    support/quiet.sh out/build.log support/build.sh
    KERNEL=$root/deps/kernel/cloud-amd64 support/quiet.sh out/cvm.log image/cvm.py
    support/quiet.sh out/layer.log image/layer.py
  )
done
a=out/repro/a/out b=out/repro/deeper/and/longer/b/out
if ! cmp $a/dstack-guest-agent $b/dstack-guest-agent || ! diff -r --no-dereference $a/image $b/image; then
  echo "repro: the two builds differ" >&2
  exit 1
fi
echo "equal  agent $(sha256sum < $a/dstack-guest-agent | cut -d' ' -f1)"
echo "equal  image $(cat $a/image/cvm/digest.txt)"
