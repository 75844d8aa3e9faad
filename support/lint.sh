#!/bin/sh
# The formatter in check mode, ShellCheck, the rules of the design, and the documents against the code. Prints a line for each
# part, and violations.
set -eu
cd "$(dirname "$0")/.."
status=0

echo "lint   swift-format"
swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests || status=1

scripts=$(git ls-files --cached --others --exclude-standard | while read -r file; do
  head -n 1 "$file" 2> /dev/null | grep -qE '^#!.*\b(sh|bash)$' && echo "$file"
done || :)
echo "lint   shellcheck"
# shellcheck disable=SC2086
shellcheck $scripts || status=1

support/rules.py --self-test || status=1
echo "lint   rules of the design"
support/rules.py || status=1

support/documents.py --self-test || status=1
echo "lint   documents against code"
support/documents.py || status=1
echo "lint   manual pages"
(cd docs/man && mandoc -T lint ./*.[1-9]) || status=1 # there it finds the pages that they refer to
exit $status
