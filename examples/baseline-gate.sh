#!/bin/sh
# A CI gate: the backfill must be no slower than that of the last good build,
# measured repeatedly against a mock.  The measurement of that build is kept in
# a file; the first run, which has none, creates it.
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
