#!/bin/sh
# fuzz.sh SECONDS: the parsers of what callers send (Tests/fuzz) under libFuzzer and AddressSanitizer.
# New inputs are kept in out/fuzz/corpus and one that fails in out/fuzz; add the latter to Tests/fuzz/corpus with the fix.
set -eu
cd "$(dirname "$0")/.."
seconds=$1
log=out/log/fuzz.log
mkdir -p out/log out/fuzz/corpus
echo "build  fuzz"
# Optimised: seven times as many inputs, and the traps stay.
FUZZ=1 support/quiet.sh out/log/fuzz-build.log \
  swift build --product fuzz --sanitize=address --scratch-path .build-fuzz -Xswiftc -O
echo "fuzz   $seconds s"
# Swift's own crash reporter hangs under libFuzzer.
if ! SWIFT_BACKTRACE=enable=no .build-fuzz/debug/fuzz -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
  -dict=Tests/fuzz/fuzz.dict -artifact_prefix=out/fuzz/ -print_final_stats=1 out/fuzz/corpus Tests/fuzz/corpus > "$log" 2>&1; then
  tail -n 60 "$log" >&2
  exit 1
fi
echo "ready  $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, none fails"
