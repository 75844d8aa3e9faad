#!/bin/sh
# quiet.sh LOG COMMAND…: runs the command with its output in LOG, and shows LOG only if the command fails.
log=$1
shift
mkdir -p "$(dirname "$log")"
"$@" > "$log" 2>&1 || {
  status=$?
  sed "/^\[[0-9]*\/[0-9]*\] /d" "$log" >&2 # without the progress of swift build
  echo "failed: $*" >&2
  ! grep -q 'was compiled with module cache path' "$log" || echo "this folder has been moved since it was built: make clean, then again" >&2
  exit $status
}
