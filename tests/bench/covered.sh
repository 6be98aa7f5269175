#!/bin/sh
# 500 series whose history is covered: a run that has nothing to do.  Its
# yardstick is the run that fetched them, by a call for each day.
#   covered.sh BUILD [ROUNDS]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
mock=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT INT TERM
echo "== 500 series: runs over covered history"
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"

echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench
unset MD_DB
seq -f 'S%.0f' 500 >"$dir/list"
"$build/mdmock" -q --synthetic --symbols "$dir/list" \
    --port-file "$dir/port" &
mock=$!
i=0
until [ -s "$dir/port" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "mdmock did not start" >&2; exit 1; }
	sleep 0.1
done
POLYGON_BASE_URL="http://127.0.0.1:$(cat "$dir/port")"
export POLYGON_BASE_URL

# field NAME: of the last summary.
field() {
	sed -n "s/^  \"$1\": \([0-9.]*\),\$/\1/p" "$dir/summary"
}
run() {
	"$build/mdbackfill" --db "$dir/a.db" -o json --rate 100000/min \
	    --from 2024-01-02 --to 2024-03-28 -w "$dir/list" >"$dir/summary"
}

# 61 sessions; the calls are those, and one for the splits.
run
expect "bars of the first run" "$(field bars_inserted)" 30500
expect "requests of the first run" "$(field requests)" 62
first=$(field duration_seconds)
echo "first run: 62 requests, 30500 bars in $first s"
i=0
while [ $i -lt "$rounds" ]; do
	run
	expect "requests over covered history" "$(field requests)" 0
	expect "bars inserted again" "$(field bars_inserted)" 0
	field duration_seconds
	i=$((i + 1))
done >"$dir/again"
figure "covered_again_seconds" "0.15, on a quiet machine" <"$dir/again"
awk -v first="$first" '{ print first / $1 }' "$dir/again" |
    figure "covered_first_to_again" "more is better"
