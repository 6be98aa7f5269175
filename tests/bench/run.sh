#!/bin/sh
# make bench: decoding, and loopback to SQLite, each against its yardstick in
# the same run.  Figures of different runs do not compare; ratios do.
#   run.sh BUILD [ROUNDS]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
rounds=${2:-5}
dir=$(mktemp -d)
mock=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT INT TERM

# start_mock ARGUMENTS...: a fresh one, in the place of the last.
start_mock() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -f "$dir/port"
	"$build/mdmock" -q --synthetic --port-file "$dir/port" "$@" &
	mock=$!
	i=0
	until [ -s "$dir/port" ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || { echo "mdmock did not start" >&2; exit 1; }
		sleep 0.1
	done
	POLYGON_BASE_URL="http://127.0.0.1:$(cat "$dir/port")"
	export POLYGON_BASE_URL
}

# field NAME: of the last summary.
field() {
	sed -n "s/^  \"$1\": \([0-9.]*\),\$/\1/p" "$dir/summary"
}

export POLYGON_API_KEY=bench
unset MD_DB

# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"

echo "== Decoding one page of 50,000 bars"
"$build/bench/bench_decode"

echo
echo "== Rows of a flat file of 11,000 symbols"
"$build/bench/bench_flat"

echo
echo "== The fewest calls for 10,000 series x 5,000 days with random holes"
"$build/bench/bench_cover"

echo
echo "== 1.25 million bars from loopback (prepared pages, gzip) into SQLite,"
echo "   against a bare loop of one prepared INSERT a row, one transaction"
start_mock --cache 256
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"

# 25 pages of a crypto pair's minutes: 868 days and a little.
fetch() {
	"$build/mdbackfill" --db "$@" -t 1m -o json \
	    --from 2019-01-01 --to 2021-05-18 --rate 100000/min X:BTCUSD
}
fetch "$dir/warm.db" >/dev/null
rm -f "$dir"/warm.db*

i=0
while [ $i -lt "$rounds" ]; do
	rm -f "$dir"/a.db* "$dir"/b.db*
	fetch "$dir/a.db" --no-features >"$dir/summary"
	bars=$(field bars_inserted)
	took=$(field duration_seconds)
	expect_least "bars inserted" "$bars" 1240000
	expect_least "requests, of 50,000 bars a page" "$(field requests)" 25
	loop=$("$build/bench/bench_loop" "$dir/a.db" "$dir/b.db")
	echo "$bars $took $loop" >>"$dir/rounds"
	i=$((i + 1))
done
awk '{
	printf "round %d: mdbackfill %8.0f bars/s, loop %8.0f bars/s, ratio %.2f\n",
	    NR, $1 / $2, $3 / $4, ($1 / $2) / ($3 / $4)
}' "$dir/rounds"
awk '{ print ($1 / $2) / ($3 / $4) }' "$dir/rounds" |
    figure "ingest_to_bare_loop" 1.40

# table_bytes TABLE MOST STORE: of a row on disk, which must not be more.
table_bytes() {
	sqlite3 "$3" "SELECT 1.0 * sum(pgsize) / (SELECT count(*) FROM $1)
	    FROM dbstat WHERE name = '$1'" |
	    awk -v table="$1" -v most="$2" '{
		printf "bytes a row of %s: %.1f (at most: %s)\n", table, $1, most
		exit !($1 > 0 && $1 <= most) }' ||
	    { echo "rows of $1 are not as narrow as they should be" >&2; exit 1; }
}
table_bytes bars 73 "$dir/a.db"

echo
echo "== The same with features computed and stored, in turn"
# The whole program's time, with what it does after the last bar.
seconds() {
	begin=$(date +%s%N)
	"$@" >"$dir/summary"
	echo "$(date +%s%N) $begin" | awk '{ printf "%.3f", ($1 - $2) / 1e9 }'
}
i=0
while [ $i -lt "$rounds" ]; do
	rm -f "$dir"/a.db* "$dir"/b.db*
	without=$(seconds fetch "$dir/a.db" --no-features)
	with=$(seconds fetch "$dir/b.db")
	expect "rows of features" "$(field features_computed)" \
	    "$(field bars_inserted)"
	echo "$without $with $(field features_computed)" >>"$dir/features"
	i=$((i + 1))
done
awk '{
	printf "round %d: %s s without, %s s with %d rows of features: +%.0f %%\n",
	    NR, $1, $2, $3, 100 * ($2 / $1 - 1)
}' "$dir/features"
awk '{ print 100 * ($2 / $1 - 1) }' "$dir/features" |
    figure "features_added_percent" "under 60"
table_bytes quant_features 69 "$dir/b.db"
echo "of hours, whose return of one hour is not stored twice:"
rm -f "$dir"/a.db*
"$build/mdbackfill" -q --db "$dir/a.db" -t 1h --rate 100000/min \
    --from 2019-01-01 --to 2021-05-18 X:BTCUSD
table_bytes quant_features 68 "$dir/a.db"

echo
echo "== Features of 1 million bars, computed alone: one pass against pandas"
ours=$("$build/bench/bench_features" 1000000)
echo "mdkit: $ours s"
pandas=
for python in python3 /usr/bin/python3; do
	if [ -z "$pandas" ] && "$python" -c 'import pandas' 2>/dev/null; then
		pandas=$("$python" "$here/../features_reference.py" bench 1000000)
	fi
done
if [ -n "$pandas" ]; then
	echo "$pandas $ours" | awk '{
		printf "pandas: %s s, ratio %.1f (wanted: 3.5)\n", $1, $1 / $2 }'
else
	echo "pandas: not measured, there is no python3-pandas"
fi

echo
echo "== 2 million one-minute bars: the program's peak memory"
rm -f "$dir"/a.db* "$dir"/b.db*
python3 - "$build/mdbackfill" -q --db "$dir/a.db" -t 1m --rate 100000/min \
    --from 2017-06-01 --to 2021-03-31 X:BTCUSD <<'EOF'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print('peak resident: %.1f MiB (wanted: under 64)' % (peak / 1024))
EOF
bars=$(sqlite3 "$dir/a.db" 'SELECT count(*) FROM bars')
expect_least "bars stored" "$bars" 2000000
echo "bars: $bars"
