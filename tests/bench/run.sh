#!/bin/sh
# make bench: decoding, and loopback to SQLite, each against its yardstick in
# the same run.  Figures of different runs do not compare; ratios do.
#   run.sh BUILD [ROUNDS]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-7}
dir=$(mktemp -d)
mock=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT INT TERM

echo "== Decoding one page of 50,000 bars"
"$build/bench/bench_decode"

echo
echo "== 1.25 million bars from loopback (prepared pages, gzip) into SQLite,"
echo "   against a bare loop of one prepared INSERT a row, one transaction"
"$build/mdmock" -q --synthetic --cache 256 --port-file "$dir/port" &
mock=$!
i=0
until [ -s "$dir/port" ]; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "mdmock did not start" >&2; exit 1; }
	sleep 0.1
done
POLYGON_BASE_URL="http://127.0.0.1:$(cat "$dir/port")"
export POLYGON_BASE_URL
export POLYGON_API_KEY=bench
unset MD_DB
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"

# 25 pages of a crypto pair's minutes: 868 days and a little.
fetch() {
	"$build/mdbackfill" --db "$1" -t 1m -o json \
	    --from 2019-01-01 --to 2021-05-18 --rate 100000/min X:BTCUSD
}
fetch "$dir/warm.db" >/dev/null
rm -f "$dir"/warm.db*

i=0
while [ $i -lt "$rounds" ]; do
	rm -f "$dir"/a.db* "$dir"/b.db*
	fetch "$dir/a.db" >"$dir/summary"
	bars=$(sed -n 's/^  "bars_inserted": \([0-9]*\),$/\1/p' "$dir/summary")
	took=$(sed -n 's/^  "duration_seconds": \([0-9.]*\),$/\1/p' \
	    "$dir/summary")
	loop=$("$build/bench/bench_loop" "$dir/a.db" "$dir/b.db")
	echo "$bars $took $loop" >>"$dir/rounds"
	i=$((i + 1))
done
awk '{
	printf "round %d: mdbackfill %8.0f bars/s, loop %8.0f bars/s, ratio %.2f\n",
	    NR, $1 / $2, $3 / $4, ($1 / $2) / ($3 / $4)
}' "$dir/rounds"
awk '{ print ($1 / $2) / ($3 / $4) }' "$dir/rounds" | sort -n |
    awk '{ v[NR] = $1 } END { printf "median ratio: %.2f (wanted: 1.40)\n",
	v[int((NR + 1) / 2)] }'
size=$(wc -c <"$dir/a.db")
bars=$(tail -n 1 "$dir/rounds" | cut -d' ' -f1)
echo "bytes a bar on disk: $(echo "$size $bars" | awk '{printf "%.1f", $1/$2}')"
