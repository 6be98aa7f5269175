#!/bin/sh
# mdbaseline with itself: how often noise is called a regression, and how often
# decoding that was made slower by a fifth is.  Both are counts, which compare
# between machines.
#   baseline.sh BUILD [TIMES]
set -eu

build=$(cd "$1" && pwd)
times=${2:-3}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"
export TMPDIR="$dir"

# measure ARGUMENTS...: work of two seconds, five times over.
measure() {
	"$build/mdbaseline" --mock --mock-latency 20 --days 365 -t 5m \
	    --symbols X:BTCUSD,X:ETHUSD,X:XRPUSD,X:SOLUSD,X:ADAUSD --repeat 5 "$@"
}

# regressed FILE: the figures that were past the bound.
regressed() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(", ".join("%s by %.0f %%" % (c["figure"], c["worse_percent"])
    for c in d["compare"]["changes"] if c["regressed"]))' "$1"
}

# work FILE: jobs done, requests and records of a measurement.
work() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(d["completed_jobs"], d["total_requests"],
    d["total_records_backfilled"], d["modes"][0]["repeats"])' "$1"
}

# judge WHAT: compares as often, counts exit codes of 1, says what they named.
judge() {
	i=0
	count=0
	while [ $i -lt "$times" ]; do
		rc=0
		measure -o json --out "$dir/now.json" \
		    --compare "$dir/before.json" || rc=$?
		[ $rc -le 1 ] || exit $rc
		expect "jobs, requests, records, repeats" \
		    "$(work "$dir/now.json")" "$(work "$dir/before.json")"
		if [ $rc -eq 1 ]; then
			count=$((count + 1))
			echo "  $(regressed "$dir/now.json")"
		fi
		i=$((i + 1))
	done
	echo "$1: $count of $times"
}

echo
echo "== mdbaseline compared with itself, bound 10 %"
measure -q --save "$dir/before.json"
# A year of 5m bars of five pairs that never close: 288 a day.
expect "jobs" "$(work "$dir/before.json" | cut -d' ' -f1)" 5
expect_least "records" "$(work "$dir/before.json" | cut -d' ' -f3)" \
    $((5 * 364 * 288))
judge "called a regression (wanted: 0)"
echo "== the same, decoding made slower by 20 %"
MD_TEST_SLOW=decode=20%
export MD_TEST_SLOW
judge "called a regression (wanted: 95 % of them)"
