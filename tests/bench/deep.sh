#!/bin/sh
# Ten years of one symbol's minutes at 200 ms of latency: page by page, and in
# pieces, in turn; with what is stored and asked for the same.  The limit of it
# stands beside: the same bars without latency, which is what receiving,
# decoding and storing them takes.
#   deep.sh BUILD [ROUNDS]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-3}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
far='' near=''
# shellcheck disable=SC2317 # called by the trap
finish() {
	for pid in $far $near; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT INT TERM
echo "== One symbol, 1m, ten years, 200 ms: in pieces, against page by page"
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"

echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench
unset MD_DB POLYGON_BASE_URL

"$build/mdmock" -q --synthetic --cache 256 --latency 200 \
    --port-file "$dir/far" &
far=$!
"$build/mdmock" -q --synthetic --cache 256 --port-file "$dir/near" &
near=$!
i=0
until [ -s "$dir/far" ] && [ -s "$dir/near" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "mdmock did not start" >&2; exit 1; }
	sleep 0.1
done

# run WHERE JOBS ARGUMENTS...: the seconds it took.
run() {
	where=$1 jobs=$2
	shift 2
	rm -f "$dir"/deep.db*
	"$build/mdbackfill" --db "$dir/deep.db" -o json --rate 100000/min \
	    -j "$jobs" --base-url "http://127.0.0.1:$(cat "$dir/$where")" \
	    -t 1m --from 2015-01-01 --to 2024-12-31 "$@" AAPL >"$dir/summary"
	expect "bars of $where -j $jobs" "$(field bars_inserted)" 977640
	expect "requests of $where -j $jobs" "$(field requests)" 22
	field duration_seconds
}
# field NAME: of the last summary.
field() {
	sed -n "s/^  \"$1\": \([0-9.]*\),\$/\1/p" "$dir/summary"
}

# Answers are prepared first: making them is no part of it.
for jobs in 1 auto; do
	run far "$jobs" --no-features >/dev/null
	run near "$jobs" --no-features >/dev/null
done
for features in '' --no-features; do
	i=0
	: >"$dir/times"
	while [ $i -lt "$rounds" ]; do
		# shellcheck disable=SC2086 # nothing, or an option
		echo "$(run far 1 $features) $(run far auto $features)" \
		    "$(run near auto $features)" >>"$dir/times"
		i=$((i + 1))
	done
	name=deep${features:+_bars}
	awk '{ print $1 / $2 }' "$dir/times" |
	    figure "${name}_pieces_to_chain" 5
	awk '{ print $1 / $3 }' "$dir/times" |
	    figure "${name}_limit_without_latency" "none: it is the limit"
done
