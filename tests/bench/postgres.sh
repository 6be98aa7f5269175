#!/bin/sh
# Measures the store in PostgreSQL: new bars against a bare loop of COPY in
# turn, the same bars again, and reports over 5,000 series with 20 million
# bars.  Figures of different runs do not compare; ratios do.
#   postgres.sh BUILD [ROUNDS [MILLIONS]]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-3}
millions=${3:-20}
pg=$(cd "$(dirname "$0")/.." && pwd)/postgres.sh
dir=$(mktemp -d)
mock='' server=''
trap 'kill $mock 2>/dev/null || true
[ -z "$server" ] || "$pg" remove "$server"; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

echo
echo "== PostgreSQL"
bin=$("$pg" bin)
[ -n "$bin" ] || { echo "skip: no PostgreSQL server"; exit 0; }
server=$(MD_PG_FSYNC=on "$pg" start)
psql() {
	"$bin/psql" -XAtq -v ON_ERROR_STOP=1 -h "$server" -U mdkit "$@"
}
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench12345
unset MD_DB
"$build/mdmock" -q --synthetic --listen 127.0.0.1:0 \
    --port-file "$dir/port" &
mock=$!
until [ -s "$dir/port" ]; do sleep 0.05; done

# fetch STORE [OPTION]
fetch() {
	"$build/mdbackfill" -o json --rate 100000/min --no-features -t 1m \
	    --base-url "http://127.0.0.1:$(cat "$dir/port")" \
	    --from 2022-01-03 --to 2022-12-30 --db "$@" \
	    X:BTCUSD X:ETHUSD
}
field() {
	sed -n "s/^ *\"$1\": \([0-9.]*\),*$/\1/p" "$dir/summary" | head -n 1
}
seconds() {
	begin=$(date +%s%N)
	"$@" >"$dir/out" || [ $? -le 2 ]
	echo "$begin $(date +%s%N)" | awk '{ printf "%.3f\n", ($2-$1)/1e9 }'
}
at() {
	echo "postgresql://mdkit@/$1?host=$server"
}

echo "-- new bars, against a bare loop of binary COPY into the same table"
i=0
while [ $i -lt "$rounds" ]; do
	psql -d postgres -c "CREATE DATABASE r$i"
	fetch "$(at r$i)" >"$dir/summary"
	bars=$(field bars_inserted)
	took=$(field duration_seconds)
	store=$(field db_seconds)
	size=$(psql -d "r$i" -c "SELECT sum(pg_total_relation_size(inhrelid))
	    FROM pg_inherits WHERE inhparent = 'bars'::regclass")
	loop=$("$build/bench/bench_copy" "$(at r$i)")
	echo "$bars $took ${store:-0} $loop $size" >>"$dir/rounds"
	i=$((i + 1))
done
awk '{ printf "mdbackfill %.0f bars/s (in the store %.2f of %.2f s), " \
    "loop %.0f bars/s, ratio %.2f (wanted: 0.80)\nbytes a bar: %.1f\n",
    $1 / $2, $3, $2, $4 / $5, $1 / $2 / ($4 / $5), $6 / $1 }' "$dir/rounds"

echo "-- the same bars again"
count="SELECT 'written ' || sum(n_tup_ins) || ', changed ' || sum(n_tup_upd)
    || ', dead ' || sum(n_dead_tup) FROM pg_stat_user_tables
    WHERE relname LIKE 'bars%'"
sleep 1.5
psql -d r0 -c "$count"
fetch "$(at r0)" --refresh >"$dir/summary"
echo "$(field bars_unchanged) unchanged, $(field duration_seconds) s"
sleep 1.5
psql -d r0 -c "$count"

echo "-- 5,000 series, $millions million bars"
psql -d postgres -c "CREATE DATABASE big"
"$build/mdbackfill" -q --db "$(at big)" --max-retries 0 \
    --base-url http://127.0.0.1:1 ZZNONE 2>/dev/null || true
psql -d big >/dev/null <<SQL
UPDATE series SET active = false;
INSERT INTO symbols (symbol, asset_class, tier)
    SELECT 'S' || i, 'stock', 'standard' FROM generate_series(1, 1000) i;
INSERT INTO series (series_id, symbol, timeframe, newest_ts, bar_count)
    SELECT row_number() OVER () + 1000, symbol, tf,
    timestamptz '2024-06-28 15:00Z', $millions * 200 FROM symbols,
    unnest('{1m,5m,15m,1h,1d}'::text[]) tf WHERE symbol LIKE 'S%';
INSERT INTO feature_freshness SELECT symbol, timeframe,
    '2024-06-28 16:00Z', 400, '2024-06-28 15:00Z', '2024-06-28 16:00Z'
    FROM series WHERE symbol LIKE 'S%';
CREATE TABLE bars_y2024 (LIKE bars INCLUDING ALL);
ALTER TABLE bars ATTACH PARTITION bars_y2024
    FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
INSERT INTO bars SELECT series_id, timestamptz '2024-01-01Z'
    + t * interval '1 min', 1, 1, 1, 1, 1, 1, 1 FROM series,
    generate_series(1, $millions * 200) t WHERE symbol LIKE 'S%';
INSERT INTO coverage SELECT series_id, '2024-01-01Z', '2024-06-28Z',
    '2024-06-28Z', 'bars' FROM series WHERE symbol LIKE 'S%';
ANALYZE;
SQL
for i in 1 2 3; do
	echo "mdstale $(seconds "$build/mdstale" --db "$(at big)" --limit 0 \
	    -o json --as-of 2024-06-29T12:00:00Z) s," \
	    "mdhealth $(seconds "$build/mdhealth" --db "$(at big)" \
	    --as-of 2024-06-29T12:00:00Z) s (wanted: under 0.5)"
done
