#!/bin/sh
# A gate for CI: the read API within its thresholds, and no slower than the
# last build that was good.  The report of that build is kept in a file; a run
# without one makes it.
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
