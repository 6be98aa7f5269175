#!/bin/sh
# Measures mdbars writing a million bars as CSV against the engine's own shell
# with the same columns, of both engines, in turn; whether their rows are the
# same, value for value; and whether memory depends on how many rows there are.
# Figures of different runs do not compare; ratios do.
#   bars.sh BUILD [ROUNDS]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
rounds=${2:-3}
pg=$here/../postgres.sh
dir=$(mktemp -d)
mock='' server=''
trap 'kill $mock 2>/dev/null || true
[ -z "$server" ] || "$pg" remove "$server"; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

echo "== A million bars as CSV"
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench12345
unset MD_DB
"$build/mdmock" -q --synthetic --cache 256 --listen 127.0.0.1:0 \
    --port-file "$dir/port" &
mock=$!
until [ -s "$dir/port" ]; do sleep 0.05; done

columns='symbol, timeframe, ts_utc AS ts, ts_ms, open, high, low, close,
volume, vwap, transactions, final'
query="SELECT $columns FROM market_data_raw
    WHERE symbol = 'X:BTCUSD' AND timeframe = '1m' ORDER BY ts_ms"

fill() {
	"$build/mdbackfill" -q --rate 100000/min --no-features -t 1m \
	    --base-url "http://127.0.0.1:$(cat "$dir/port")" \
	    --from 2022-07-01 --to 2024-06-01 --db "$1" X:BTCUSD
}
seconds() {
	begin=$(date +%s%N)
	"$@" >"$dir/out"
	echo "$begin $(date +%s%N)" | awk '{ printf "%.3f\n", ($2-$1)/1e9 }'
}
bars() {
	"$build/mdbars" -t 1m --adjusted raw --db "$@" X:BTCUSD
}
# What a program holds at most, KiB.
peak() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
	    "$build/mdbars" -t 1m --adjusted raw --db "$@" X:BTCUSD
}

# same: of mine and theirs; the shell of SQLite has 15 digits of a number.
same() {
	python3 - "$dir/mine" "$dir/theirs" <<-'PY'
	import csv, sys
	n = 0
	with open(sys.argv[1]) as a, open(sys.argv[2]) as b:
	    a, b = csv.reader(a), csv.reader(b)
	    assert next(a) == next(b)
	    for x, y in zip(a, b, strict=True):
	        n += 1
	        assert x[:4] == y[:4], (x, y)
	        for p, q in zip(x[4:11], y[4:11]):
	            assert p == q or abs(float(p) - float(q)) <= \
	                1e-14 * abs(float(q)), (x, y)
	        assert (x[11] == 'true') == (y[11] in '1t'), (x, y)
	print(n)
	PY
}

# measure ENGINE STORE SHELL...: which is followed by the query.
measure() {
	engine=$1
	store=$2
	shift 2
	bars "$store" >"$dir/mine"
	"$@" "$query" >"$dir/theirs"
	expect_least "$engine: bars that are the same" "$(same)" 1000000
	i=0
	while [ $i -lt "$rounds" ]; do
		mine=$(seconds bars "$store")
		theirs=$(seconds "$@" "$query")
		echo "mdbars $mine s, $1 $theirs s" >&2
		echo "$mine $theirs" | awk '{ print $2 / $1 }'
		i=$((i + 1))
	done | figure "bars_to_$engine" 3
	few=$(peak "$store" --to 2022-07-31)
	all=$(peak "$store")
	echo "$engine: $few KiB for a month, $all KiB for all"
	expect_least "$engine: memory that is constant, KiB" "$few" \
	    $((all * 9 / 10))
}

fill "$dir/s.db"
measure sqlite "$dir/s.db" sqlite3 -csv -header "$dir/s.db"
bin=$("$pg" bin)
[ -n "$bin" ] || { echo "skip: no PostgreSQL server"; exit 0; }
server=$("$pg" start)
"$bin/psql" -XAtq -h "$server" -U mdkit -d postgres -c "CREATE DATABASE bars"
url="postgresql://mdkit@/bars?host=$server"
fill "$url"
measure postgres "$url" "$bin/psql" -Xq --csv -h "$server" -U mdkit \
    -d bars -c
