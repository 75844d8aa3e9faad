#!/bin/sh
# Builds this tree in two folders of different depth, each with its own C libraries, and compares the results: agent, simulator
# and images.
# The trees are what git knows or would add, as it stands; the Debian source packages come from deps/src, the kernel from deps/kernel.
# If they differ, it names the inputs of the link that do.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
support/build-deps.sh > /dev/null # fetches the sources once
image/kernel.sh
SOURCES=$root/deps/src
AGENT_COMMIT=$(git describe --always --abbrev=12 --exclude='*' --dirty)
export SOURCES AGENT_COMMIT
rm -rf out/repro

build() {
  tree=out/repro/$1
  mkdir -p "$tree"
  git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2> /dev/null | tar -cf - -T - | tar -xf - -C "$tree"
  echo "repro  $tree"
  cd "$tree"
  export AGENT=out/dstack-guest-agent
  support/quiet.sh out/build.log support/build.sh
  KERNEL=$root/deps/kernel/cloud-amd64 support/quiet.sh out/cvm.log image/cvm.py
  support/quiet.sh out/layer.log image/layer.py
  support/quiet.sh out/tdx-sim.log make tdx-sim
}

# Side by side, since the compiler and the linker mostly use one processor each.
(build a) &
one=$!
(build deeper/and/longer/b) &
other=$!
status=0
wait $one || status=1
wait $other || status=1
[ $status = 0 ] || exit 1

a=out/repro/a b=out/repro/deeper/and/longer/b
if ! cmp $a/out/dstack-guest-agent $b/out/dstack-guest-agent; then
  # the C libraries' bitcode names the folder in which it was compiled
  for tree in $a $b; do
    (cd "$tree"/.build/*/release && find . -name '*.bc' -o -name '*.o' | sort | xargs sha256sum) > "$tree/out/objects"
  done
  diff $a/out/objects $b/out/objects | sed 's/^/repro: object /' >&2 || :
  echo "repro: the two agents differ" >&2
  exit 1
fi
if ! diff -r --no-dereference $a/out/image $b/out/image; then
  echo "repro: the two images differ" >&2
  exit 1
fi
if ! cmp $a/out/tdx-sim $b/out/tdx-sim; then
  echo "repro: the two simulators differ" >&2
  exit 1
fi
echo "equal  agent $(sha256sum < $a/out/dstack-guest-agent | cut -d' ' -f1)"
echo "equal  image $(cat $a/out/image/cvm/digest.txt)"
