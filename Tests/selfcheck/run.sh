#!/bin/sh
# The self-check with the vectors as they are; then with each of them made wrong, of which every one must be found.
set -eu
cd "$(dirname "$0")/../.."
program=$(dirname "${AGENT:-out/dstack-guest-agent}")/selfcheck
planted=$(mktemp)
trap 'rm -f "$planted"' EXIT

"$program" Tests/selfcheck/vectors.txt

# the last digit becomes another, text gets a letter more, and what is refused is to be given
sed -E '/^(#|$)/b; s/= refused$/= 00/; t; s/-$/00/; t; s/1$/2/; t; s/[0-9a-f]$/1/; t; s/$/ 00/' Tests/selfcheck/vectors.txt > "$planted"
echo "unknown 00 = 00" >> "$planted"
vectors=$(grep -c '^[^#]' "$planted")
if found=$("$program" "$planted" 2> /dev/null) || [ "$found" != "selfcheck  $vectors vectors, $vectors differ" ]; then
  echo "self-check: not every planted fault is found: $found" >&2
  exit 1
fi
echo "selfcheck  $vectors planted faults found"
