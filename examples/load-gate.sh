#!/bin/sh
# A CI gate: the read API must be within its thresholds, and no slower than in
# the last good build.  The report of that build is kept in a file; the first
# run, which has none, creates it.
#   load-gate.sh [FILE]
set -eu

last=${1:-load.json}
new=$last.new
if [ -e "$last" ]; then
	mdload -c 20 -n 2000 -o json --out "$new" \
	    --compare "$last" --max-regress 50%
else
	mdload -c 20 -n 2000 -o json --out "$new"
fi
mv "$new" "$last"
