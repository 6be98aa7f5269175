#!/bin/sh
# A gate for CI: a backfill no slower than the last build that was good, told
# from repeats against a mock.  The measurement of that build is kept in a file;
# a run without one makes it.
#   baseline-gate.sh [FILE]
set -eu

last=${1:-baseline.json}
new=$last.new
if [ -e "$last" ]; then
	mdbaseline --mock -t 5m,1d --days 90 --save "$new" \
	    --compare "$last" --max-regress 10%
else
	mdbaseline --mock -t 5m,1d --days 90 --save "$new"
fi
mv "$new" "$last"
