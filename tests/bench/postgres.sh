#!/bin/sh
# Measures the store in PostgreSQL: new bars, from prepared pages, against a
# bare loop of COPY in turn, the same bars again, and reports over 5,000 series with 20 million
# bars.  Figures of different runs do not compare; ratios do.
#   postgres.sh BUILD [ROUNDS [MILLIONS]]     0: without that part
#
# Where the time goes: the server is what there is to wait for.  For 1,042,560
# bars of two series in turn it took 2.94 s of processor time (PostgreSQL 15,
# log_statement_stats), mdbackfill 1.0 s beside it.  2.67 s of the server's are
# COPY, which the bare loop takes too (2.92 s); 216 commits take 0.03, reading
# whether rows exist, leases, coverage, history and the pace together 0.15; the
# schema 0.05.  Of COPY over half is the key: the same rows take 0.83 s into a
# table without one, and 0.50 to get it afterwards, but a store that is being read
# cannot be without.  Sorted rows take a tenth to a sixth less, as all go to the
# last leaf; pages of several series cannot.  So against sorted rows 0.8 is about
# the most.
# Tried, each with less of a difference than two rounds have between them: COPY
# into the partition by name; FREEZE into a partition of the same transaction
# (which only the first page of a year could use); deduplicate_items off; two
# connections that store at once.  wal_compression takes more time.
# synchronous_commit = off gains nothing where fsync is quick, and is not used: a
# server that crashes would lose pages that it had confirmed to a run that goes
# on and reports them as stored.
# A bar takes 129.7 bytes: 24 of header, 72 of columns and 4 of the line pointer
# are 81 rows a page, 101.1 bytes; the key's 28 are 28.5 with its inner pages,
# leaves being full.  Nothing is padding: the order of columns saves none, and
# fewer bytes take a series_id and transactions of four bytes each (121), which
# the ids, 60 random bits so that no two programs ask each other, do not fit.
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-5}
millions=${3:-20}
pg=$(cd "$(dirname "$0")/.." && pwd)/postgres.sh
# shellcheck source=tests/bench/bench.sh
. "$(dirname "$0")/bench.sh"
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
"$build/mdmock" -q --synthetic --cache 256 --listen 127.0.0.1:0 \
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

ingest() {
	echo "-- new bars, against a bare loop of binary COPY into the same table"
	fetch "$dir/warm.db" >"$dir/summary"
	warm=$(field bars_inserted)
	expect_least "bars of two pairs in a year of minutes" "$warm" 1000000
	kept=$(wc -c <"$dir/warm.db" | awk -v n="$(field bars_inserted)" \
	    '{ printf "%.1f", $1 / n }')
	i=0
	while [ $i -lt "$rounds" ]; do
		psql -d postgres -c "CREATE DATABASE r$i"
		psql -d postgres -c CHECKPOINT
		fetch "$(at r$i)" >"$dir/summary"
		bars=$(field bars_inserted)
		took=$(field duration_seconds)
		store=$(field db_seconds)
		size=$(psql -d "r$i" -c "SELECT sum(pg_total_relation_size(inhrelid))
		    FROM pg_inherits WHERE inhparent = 'bars'::regclass")
		loop=$("$build/bench/bench_copy" "$(at r$i)")
		sorted=$("$build/bench/bench_copy" "$(at r$i)" sorted)
		expect "bars of round $i" "$bars" "$warm"
		# One fewer where the server sends the header with a row.
		expect_least "rows of the loop" "${loop% *}" $((warm - 1))
		echo "$bars $took ${store:-0} $loop $size $sorted" >>"$dir/rounds"
		i=$((i + 1))
	done
	awk '{ printf "mdbackfill %.0f bars/s (in the store %.2f of %.2f s), " \
	    "loop %.0f bars/s, ratio %.2f\n", $1 / $2, $3, $2, $4 / $5,
	    $1 / $2 / ($4 / $5) }' "$dir/rounds"
	awk '{ print ($1 / $2) / ($4 / $5) }' "$dir/rounds" | sort -n |
	    awk '{ v[NR] = $1 } END { printf "median ratio: %.2f (wanted: " \
	    "0.80)\n", v[int((NR + 1) / 2)] }'
	awk '{ print ($1 / $2) / ($7 / $8) }' "$dir/rounds" | sort -n |
	    awk '{ v[NR] = $1 } END { printf "median ratio to rows sorted by " \
	    "key: %.2f (wanted: 0.90)\n", v[int((NR + 1) / 2)] }'
	awk -v kept="$kept" 'END { printf "bytes a bar: %.1f, in SQLite %.1f\n",
	    $6 / $1, kept }' "$dir/rounds"

	echo "-- the same bars again"
	count="SELECT 'written ' || sum(n_tup_ins) || ', changed ' || sum(n_tup_upd)
	    || ', dead ' || sum(n_dead_tup) FROM pg_stat_user_tables
	    WHERE relname LIKE 'bars%'"
	sleep 1.5
	psql -d r0 -c "$count"
	fetch "$(at r0)" --refresh >"$dir/summary"
	expect "bars that were there" "$(field bars_unchanged)" "$warm"
	expect "bars inserted again" "$(field bars_inserted)" 0
	echo "$(field bars_unchanged) unchanged, $(field duration_seconds) s"
	sleep 1.5
	psql -d r0 -c "$count"
}

reports() {
	echo "-- 5,000 series, $millions million bars"
	# The bars of the newest year, which are most, are made without an index, and
	# then get one.  A twentieth of the daily series have a hole to be looked at.
	psql -d postgres -c "ALTER SYSTEM SET max_wal_size = '8GB'" \
	    -c "ALTER SYSTEM SET maintenance_work_mem = '256MB'" \
	    -c "SELECT pg_reload_conf()" -c "CREATE DATABASE big" >"$dir/out"
	"$build/mdbackfill" -q --db "$(at big)" --max-retries 0 \
	    --base-url http://127.0.0.1:1 ZZNONE 2>/dev/null || true
	psql -d big -v bars=$((millions * 200)) >"$dir/out" <<'SQL'
UPDATE series SET active = false;
INSERT INTO symbols (symbol, asset_class, tier)
    SELECT 'S' || i, 'stock', (ARRAY['critical', 'standard', 'low'])[i % 3 + 1]
    FROM generate_series(1, 1000) i;
CREATE TEMPORARY TABLE frames AS SELECT * FROM (VALUES
    ('1m', interval '1 min'), ('5m', '5 min'), ('15m', '15 min'),
    ('1h', '1 hour'), ('1d', '1 day')) AS f (timeframe, step);
INSERT INTO series (series_id, symbol, timeframe, newest_ts, bar_count)
    SELECT row_number() OVER (ORDER BY symbol, step) + 1000, symbol, timeframe,
    timestamptz '2024-06-28 15:00Z', :bars
    FROM symbols, frames WHERE symbol LIKE 'S%';
INSERT INTO feature_freshness SELECT symbol, timeframe, '2024-06-28 16:00Z',
    :bars, newest_ts, '2024-06-28 16:00Z' FROM series WHERE active;
CREATE TABLE bars_y2024 AS SELECT series_id, newest_ts - step * t AS ts,
    1.25::float8 AS open, 1.5::float8 AS high, 1::float8 AS low,
    1.25::float8 AS close, 100::float8 AS volume, 1.25::float8 AS vwap,
    10::bigint AS transactions
    FROM series JOIN frames USING (timeframe),
    generate_series(:bars - 1, 0, -1) t
    WHERE active AND newest_ts - step * t >= '2024-01-01Z';
ALTER TABLE bars_y2024 ADD PRIMARY KEY (series_id, ts),
    ALTER open SET NOT NULL, ALTER high SET NOT NULL, ALTER low SET NOT NULL,
    ALTER close SET NOT NULL;
ALTER TABLE bars ATTACH PARTITION bars_y2024
    FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
DO $$ BEGIN FOR y IN 2010..2023 LOOP
    EXECUTE format('CREATE TABLE bars_y%s PARTITION OF bars FOR VALUES '
        'FROM (''%s-01-01Z'') TO (''%s-01-01Z'')', y, y, y + 1);
END LOOP; END $$;
INSERT INTO bars SELECT series_id, newest_ts - step * t, 1, 1, 1, 1, 1, 1, 1
    FROM series JOIN frames USING (timeframe),
    generate_series(:bars - 1, 0, -1) t
    WHERE active AND newest_ts - step * t < '2024-01-01Z';
WITH gone AS (DELETE FROM bars b USING series s
    WHERE s.series_id = b.series_id AND s.timeframe = '1d'
    AND s.symbol LIKE 'S%7' AND s.series_id % 10 < 5
    AND b.ts BETWEEN '2023-01-01Z' AND '2024-03-01Z' RETURNING b.series_id)
UPDATE series s SET bar_count = :bars * 6 / 10
    WHERE series_id IN (SELECT series_id FROM gone);
INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at, kind)
    SELECT series_id, newest_ts - step * (t + 1) * :bars / 10,
    newest_ts - step * t * :bars / 10, '2024-06-28Z',
    (ARRAY['bars', 'empty'])[t % 2 + 1]
    FROM series JOIN frames USING (timeframe), generate_series(0, 9) t
    WHERE active;
INSERT INTO scheduler_execution_log SELECT md5(i::text), at,
    at + interval '5 min', 300, 1000, 990, 10, 100000,
    'completed_with_errors', NULL, 'host', 1, 5000, 10, 10, 1000000, 1, 1, 1
    FROM generate_series(0, 1999) i, LATERAL (
    SELECT timestamptz '2024-06-29 11:00Z' - i * interval '1 hour') x (at);
INSERT INTO symbol_computation_status SELECT execution_id, symbol, 'stock',
    timeframe, CASE WHEN series_id % 100 = 0 THEN 'failed' ELSE 'completed' END,
    20, 20, 20, started_at, completed_at, 1
    FROM scheduler_execution_log x, series WHERE active
    AND x.started_at > '2024-06-27Z' ORDER BY started_at;
VACUUM ANALYZE;
SQL
	seconds "$build/mdstale" --db "$(at big)" --limit 0 -o json \
	    --as-of 2024-06-29T12:00:00Z >/dev/null
	expect "series listed" "$(grep -o '"symbol":' "$dir/out" | wc -l)" 5000
	for i in 1 2 3; do
		echo "mdstale $(seconds "$build/mdstale" --db "$(at big)" --limit 0 \
		    -o json --as-of 2024-06-29T12:00:00Z) s," \
		    "mdhealth $(seconds "$build/mdhealth" --db "$(at big)" \
		    --as-of 2024-06-29T12:00:00Z) s (wanted: under 0.5)"
	done
}

[ "$rounds" -eq 0 ] || ingest
[ "$millions" -eq 0 ] || reports
