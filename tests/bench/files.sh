#!/bin/sh
# Whole days of the market from flat files, into SQLite: all of it, and 500
# symbols of it; beside it `zcat | sqlite3 .import` and DuckDB with the same
# files.  And what a day costs that is added to a store that has many bars
# already.  Figures of different runs do not compare; ratios do.
#   files.sh BUILD [ROUNDS]
# MD_BENCH_DAYS (3) days of MD_BENCH_SYMBOLS (11000) symbols with
# MD_BENCH_MINUTES (160) rows each, MD_BENCH_STORE (10) million bars there
# already.  MD_BENCH_DUCKDB is a folder in which `npm install @duckdb/node-api`
# was run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
rounds=${2:-1}
days=${MD_BENCH_DAYS:-3}
symbols=${MD_BENCH_SYMBOLS:-11000}
minutes=${MD_BENCH_MINUTES:-160}
store=${MD_BENCH_STORE:-10}
# Where the programs keep aside what they do not store yet, too.
dir=$(mktemp -d)
export TMPDIR="$dir"
mock=
trap '[ -z "$mock" ] || kill "$mock" 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench12345
unset MD_DB

now=2024-10-10T20:00:00Z
awk -v n="$symbols" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "%c%c%c%c\n", 65 + int(i / 676) % 26,
		    65 + int(i / 26) % 26, 65 + i % 26, 65 + i * 7 % 26 }' |
    sort >"$dir/all"
awk -v n="$symbols" 'NR % (n / 500) < 1' "$dir/all" >"$dir/some"
some=$(wc -l <"$dir/some")
rows=$("$build/bench/flat_days" "$dir/ff" 2024-08-01 "$days" "$minutes" \
    <"$dir/all")
set -- "$dir"/ff/*/*/*/*/*.gz
expect "files" $# "$days"
last=$(basename "$(for f; do :; done; echo "$f")" .csv.gz)
echo "== $days days of $symbols symbols: $rows rows, $(du -shc "$@" |
    tail -n 1 | cut -f 1) of files"
"$build/mdmock" -q --synthetic --today "$now" --symbols "$dir/all" \
    --listen 127.0.0.1:0 --port-file "$dir/port" &
mock=$!
until [ -s "$dir/port" ]; do sleep 0.05; done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$dir/port")
export POLYGON_BASE_URL

# measured COMMAND...: "SECONDS PEAK_KIB CPU_SECONDS", its output in out.
measured() {
	python3 -c 'import resource, subprocess, sys, time
begin = time.monotonic()
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "w"), check=True)
r = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%.3f %d %.2f" % (time.monotonic() - begin, r.ru_maxrss,
    r.ru_utime + r.ru_stime))' "$dir/out" "$@"
}
# fill DB LIST FROM TO: of the files, without stepping back for others, as what
# it is held against does not either.
fill() {
	measured "$build/mdbackfill" --nice 0 --db "$1" -w "$2" --no-features -t 1m \
	    --as-of "$now" --flat-files "file:$dir/ff" --from "$3" --to "$4" \
	    --no-dividends -o json
}
# field NAME: of the last summary.
field() {
	sed -n "s/^  \"$1\": \([0-9.]*\),\$/\1/p" "$dir/out"
}
# said NAME ROWS: what was measured, from standard input.
said() {
	awk -v name="$1" -v rows="$2" '{
		printf "%-34s %8.2f s, %6.2f million rows/s, %7.2f s of " \
		    "processors, %4.0f MiB\n", name, $1, rows / $1 / 1e6, $3,
		    $2 / 1024 }'
}
columns='ticker TEXT, volume REAL, open REAL, close REAL, high REAL, low REAL,
    window_start INTEGER, transactions INTEGER'
# import NAME TABLE_END FILE...
import() {
	name=$1 end=$2
	shift 2
	sqlite3 "$dir/$name.db" "CREATE TABLE bars ($columns$end"
	# shellcheck disable=SC2016 # it is the inner shell's
	measured sh -c 'db=$1
		shift
		for f; do echo ".import --skip 1 \"|zcat $f\" bars"; done |
		    sqlite3 -csv "$db"' import "$dir/$name.db" "$@"
	expect "rows of $name" \
	    "$(sqlite3 "$dir/$name.db" 'SELECT count(*) FROM bars')" "$rows" >&2
}
duckdb() {
	cat >"$MD_BENCH_DUCKDB/mdkit_bench.mjs" <<-'JS'
	import { DuckDBInstance } from '@duckdb/node-api';
	const [db, files] = process.argv.slice(2);
	const i = await DuckDBInstance.create(db);
	const c = await i.connect();
	await c.run(`CREATE TABLE bars AS SELECT * FROM read_csv('${files}',
	    header = true, columns = {'ticker': 'VARCHAR', 'volume': 'DOUBLE',
	    'open': 'DOUBLE', 'close': 'DOUBLE', 'high': 'DOUBLE',
	    'low': 'DOUBLE', 'window_start': 'BIGINT',
	    'transactions': 'BIGINT'})`);
	await c.run('CHECKPOINT');
	const r = await c.runAndReadAll('SELECT count(*) FROM bars');
	console.log(String(r.getRows()[0][0]));
	JS
	measured node "$MD_BENCH_DUCKDB/mdkit_bench.mjs" "$dir/duck.db" \
	    "$dir/ff/*/*/*/*/*.gz"
	rm -f "$MD_BENCH_DUCKDB/mdkit_bench.mjs"
	expect "rows of DuckDB" "$(cat "$dir/out")" "$rows" >&2
}
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	echo "-- round $i"
	rm -f "$dir"/*.db "$dir"/*.db-*
	ours=$(fill "$dir/all.db" "$dir/all" 2024-08-01 "$last")
	expect "bars inserted" "$(field bars_inserted)" "$rows"
	expect "files read" "$(field files_read)" "$days"
	echo "$ours" | said "mdbackfill, all" "$rows"
	chosen=$(fill "$dir/some.db" "$dir/some" 2024-08-01 "$last")
	expect "files read" "$(field files_read)" "$days"
	expect_least "bars of $some symbols" "$(field bars_inserted)" \
	    $((rows * some / symbols / 2))
	echo "$chosen" | said "mdbackfill, $some symbols" "$rows"
	plain=$(import plain ')' "$@")
	echo "$plain" | said "zcat | sqlite3 .import" "$rows"
	keyed=$(import keyed \
	    ', PRIMARY KEY (ticker, window_start)) WITHOUT ROWID' "$@")
	echo "$keyed" | said "the same, by ticker and time" "$rows"
	ratio "${plain%% *}" "${ours%% *}" >>"$dir/of_plain"
	ratio "${keyed%% *}" "${ours%% *}" >>"$dir/of_keyed"
	# Beside others the clock says less than what of the processors it took.
	ratio "${plain##* }" "${ours##* }" >>"$dir/cpu_of_plain"
	ratio "${keyed##* }" "${ours##* }" >>"$dir/cpu_of_keyed"
	ratio "$rows" "${ours##* }e6" >>"$dir/cpu_stored"
	ratio "$rows" "${chosen##* }e6" >>"$dir/cpu_scanned"
	ratio "$rows" "${ours%% *}e6" >>"$dir/stored"
	ratio "$rows" "${chosen%% *}e6" >>"$dir/scanned"
	echo "$ours" | awk '{ print $2 / 1024 }' >>"$dir/peak"
	if [ -n "${MD_BENCH_DUCKDB:-}" ]; then
		duck=$(duckdb)
		echo "$duck" | said "DuckDB, a table of no order" "$rows"
		ratio "${duck%% *}" "${ours%% *}" >>"$dir/of_duck"
		ratio "${duck##* }" "${ours##* }" >>"$dir/cpu_of_duck"
	fi
done
figure files_million_rows_stored "1.0, on two quiet cores" <"$dir/stored"
figure files_million_rows_scanned "6, on two quiet cores" <"$dir/scanned"
figure files_million_rows_stored_by_cpu_second "0.5" <"$dir/cpu_stored"
figure files_million_rows_scanned_by_cpu_second "3" <"$dir/cpu_scanned"
figure files_peak_mib "under 256" <"$dir/peak"
figure files_to_import "5, by ticker and time" <"$dir/of_keyed"
figure files_to_plain_import "no order, no key" <"$dir/of_plain"
figure files_cpu_to_import "by ticker and time" <"$dir/cpu_of_keyed"
figure files_cpu_to_plain_import "no order, no key" <"$dir/cpu_of_plain"
if [ -f "$dir/of_duck" ]; then
	figure files_to_duckdb "how far" <"$dir/of_duck"
	figure files_cpu_to_duckdb "how far" <"$dir/cpu_of_duck"
else
	echo "DuckDB: not measured, MD_BENCH_DUCKDB is not set"
fi

echo
echo "== A day that is added to a store of $store million bars"
rm -f "$dir"/*.db "$dir"/*.db-*
# The series, with nothing in them.
fill "$dir/small.db" "$dir/all" 2024-07-01 2024-07-01 >/dev/null 2>&1 || true
expect "series" "$(sqlite3 "$dir/small.db" 'SELECT count(*) FROM series')" \
    "$symbols"
sqlite3 "$dir/small.db" 'DELETE FROM coverage; DELETE FROM doubts;
    DELETE FROM bars; PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$dir/small.db" "$dir/large.db"
each=$((store * 1000000 / symbols))
begin=1690000020000
sqlite3 "$dir/large.db" >/dev/null <<SQL
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -100000;
CREATE TEMPORARY TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL
    SELECT i + 1 FROM n WHERE i + 1 < $each) SELECT i FROM n;
INSERT INTO bars SELECT series_id, $begin + i * 60000, 10.25, 10.5, 10, 10.25,
    1000 + i % 900, NULL, 17 FROM series CROSS JOIN n;
UPDATE series SET bar_count = $each, newest_ts = $begin + ($each - 1) * 60000;
PRAGMA journal_mode = WAL;
SQL
expect "bars there" "$(sqlite3 "$dir/large.db" \
    'SELECT sum(bar_count) FROM series')" $((each * symbols))
day=$(zcat "$1" | sed 1d | wc -l)
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	for size in small large; do
		[ "$rounds" = 1 ] || cp "$dir/$size.db" "$dir/$size.kept"
		took=$(fill "$dir/$size.db" "$dir/all" 2024-08-01 2024-08-01)
		expect "bars inserted" "$(field bars_inserted)" "$day"
		echo "$took" | said "a day into the $size one" "$day"
		echo "${took%% *}" >"$dir/day.$size"
		echo "${took##* }" >"$dir/cpu.$size"
		for report in "mdstale -t 1m --as-of $now" \
		    "mdhealth --as-of $now" "mdbars -t 1m --from 2024-08-01 \
		    --to 2024-08-01 $(sed -n 50p "$dir/all")"; do
			# Stale or unhealthy is an answer, too.
			# shellcheck disable=SC2086
			took=$(measured sh -c '"$@" || [ $? -le 2 ]' report \
			    "$build/"$report --db "$dir/$size.db")
			expect_least "of $report" "$(wc -c <"$dir/out")" 100
			echo "  ${report%% *}: ${took%% *} s"
			echo "${took%% *}" >"$dir/${report%% *}.$size"
		done
		[ "$rounds" = 1 ] || mv "$dir/$size.kept" "$dir/$size.db"
	done
	for what in day cpu mdstale mdhealth mdbars; do
		ratio "$(cat "$dir/$what.large")" "$(cat "$dir/$what.small")" \
		    >>"$dir/$what.ratios"
	done
done
figure files_day_into_large "at most 1.5" <"$dir/day.ratios"
figure files_day_cpu_into_large "at most 1.5" <"$dir/cpu.ratios"
for what in mdstale mdhealth mdbars; do
	figure "${what}_of_large" "about 1" <"$dir/$what.ratios"
done
