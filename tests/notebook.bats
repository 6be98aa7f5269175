#!/usr/bin/env bats
# The lines of mdkit-notebook(7), each run as it is printed there against a
# store, and what they print against what the store says.  A tool that is not
# installed is skipped.

load report
load serve

setup() {
	export HOME=$BATS_TEST_TMPDIR/home
	unset XDG_CONFIG_HOME XDG_DATA_HOME
	mkdir -p "$HOME/.local/share/mdkit"
	cd "$HOME" || return
}

teardown() {
	end_serve
}

# A store at the default place, or a database, as of a day in July.
fill() {
	if [ "$MD_ENGINE" = sqlite ]; then
		MD_DB=$HOME/.local/share/mdkit/market.db
		export MD_DB
	else
		use_store
	fi
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 1d --from 2024-05-20 --to 2024-07-19 \
		--as-of 2024-07-20T20:00:00Z AAPL MSFT
	stop_mock
}

# block SECTION NUMBER: that display of the page's section.
block() {
	awk -v section="$1" -v number="$2" '
		/^\.S[hs] / { here = substr($0, 5) == section; n = 0 }
		/^\.Bd -literal/ { n++; inside = here && n == number; next }
		/^\.Ed/ { inside = 0 }
		inside { gsub(/\\e/, "\\"); print; shown = 1 }
		END { exit !shown }
	' "$MD_ROOT/man/mdkit-notebook.7"
}

# closes [FORMAT]: the days of AAPL with their closes, each printed by Python's
# format of a bar; the last is that of the newest.
closes() {
	mdbars --columns ts,ts_ms,close -t 1d AAPL >closes.csv
	python3 - "${1:-{ts\} {close!r\}}" <<-'PY'
	import csv, sys
	bars = list(csv.DictReader(open("closes.csv")))
	assert len(bars) == 42, len(bars)
	for b in bars:
	    print(sys.argv[1].format(ts=b["ts"], day=b["ts"][:10],
	        ts_ms=b["ts_ms"], close=float(b["close"])))
	PY
}

# python_with MODULE: as $python one that has it.
python_with() {
	for python in python3 /usr/bin/python3; do
		! "$python" -c "import $1" 2>/dev/null || return 0
	done
	skip "no Python with $1"
}

# node_with PACKAGE: Node with it at hand, where it is installed for all, too.
node_with() {
	command -v node >/dev/null || skip "no Node"
	NODE_PATH=${NODE_PATH:+$NODE_PATH:}$(npm root -g 2>/dev/null || true)
	export NODE_PATH
	node -e 'require(process.argv[1])' "$1" 2>/dev/null ||
		skip "no $1 for Node"
}

# Some DuckDB: its shell, Python's module or Node's package.
need_duck() {
	if command -v duckdb >/dev/null; then
		duck=shell
	elif python3 -c 'import duckdb' 2>/dev/null; then
		duck=python
	else
		node_with @duckdb/node-api
		duck=node
	fi
}

# duck FILE: its SQL in that DuckDB; the last rows as CSV.
duck() {
	case $duck in
	shell) duckdb -csv -noheader <"$1" ;;
	python)
		python3 -c 'import duckdb, sys
for row in duckdb.execute(open(sys.argv[1]).read()).fetchall():
    print(*row, sep=",")' "$1"
		;;
	node)
		node -e 'const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const db = await (await DuckDBInstance.create()).connect();
  const sql = require("fs").readFileSync(process.argv[1], "utf8");
  for (const row of (await db.runAndReadAll(sql)).getRowsJson())
    console.log(row.join());
})().catch((e) => { console.error(String(e)); process.exit(1); });' "$1"
		;;
	esac
}

@test "each display of the page is run by a test" {
	grep -oE '^	block "[A-Za-z]+" [0-9]' "$BATS_TEST_FILENAME" |
		sort -u >run
	assert_equal "$(wc -l <run)" \
		"$(grep -c '^\.Bd' "$MD_ROOT/man/mdkit-notebook.7")"
}

@test "Backtests: the same bytes after the vendor's changes" {
	fill
	block "Backtests" 1 >lines
	run -0 sh -e lines
	assert_output --partial july.csv
	before=$output
	run -0 wc -l july.csv
	assert_output '43 july.csv'
	start_mock --synthetic --today 2024-08-10T20:00:00Z --fault restate
	# what it answered once it corrects
	for time in 20:00:00 20:00:30; do
		mdbackfill -q -t 1d --refresh --from 2024-05-20 --to 2024-07-19 \
			--as-of "2024-08-10T${time}Z" AAPL
	done
	stop_mock
	run -0 sh -e lines
	assert_output "$before"
	mdbars --adjusted total --to 2024-07-31 AAPL >now.csv
	run ! cmp -s july.csv now.csv
}

@test "Python: the rows of mdbars" {
	fill
	block "Python" 1 >lines.py
	run -0 python3 lines.py
	assert_output "$(closes)"
	# no bars are an error, not an empty list
	sed -i s/AAPL/ZZNONE/ lines.py
	run -1 python3 lines.py
	assert_output --partial 'mdbars failed'
}

@test "Python: the rows of a view" {
	only_sqlite "it opens the file"
	fill
	block "Python" 2 >lines.py
	run -0 python3 lines.py
	assert_output "$(closes)"
}

@test "pandas: the hours of mdbars in New York's time" {
	python_with pandas
	fill
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 1m --from 2024-07-19 --to 2024-07-19 \
		--as-of 2024-07-20T20:00:00Z AAPL
	stop_mock
	block "pandas" 1 >lines.py
	run -0 "$python" lines.py
	assert_line --regexp '^2024-07-19 09:30:00-04:00 +[0-9.]+$'
	assert_line --regexp '^2024-07-19 15:30:00-04:00 +[0-9.]+$'
	assert_line 'Name: close, Length: 7, dtype: float64' ||
		assert_line 'Name: close, dtype: float64'
	# as exact as they were written, and a symbol is what it is
	cat >>lines.py <<-'PY'
	print(bars["symbol"].iloc[-1], repr(float(bars["close"].iloc[-1])))
	PY
	run -0 "$python" lines.py
	assert_line "AAPL $(mdbars -t 1h --session regular --columns close AAPL |
		tail -n 1)"
}

@test "pandas: several symbols by one call of mdserve" {
	python_with pandas
	fill
	start_serve
	block "pandas" 2 | sed "s/:8000/:$SERVE_PORT/" >lines.py
	cat >>lines.py <<-'PY'
	for ts, close in closes["AAPL"].items():
	    print(f"{ts:%Y-%m-%d} {close!r}")
	print(len(closes["MSFT"].dropna()))
	PY
	run -0 "$python" lines.py
	assert_line --regexp '^symbol +AAPL +MSFT$'
	stop_serve
	closes '{day} {close!r}' >expected
	echo 42 >>expected
	tail -n 43 <<<"$output" | cmp expected -
}

@test "pandas: features of a view" {
	only_sqlite "it opens the file"
	python_with pandas
	fill
	block "pandas" 3 >lines.py
	run -0 "$python" lines.py
	assert_line --regexp "^2024-07-19 04:00:00\\+00:00 +-?0\\.[0-9]+ +$(sql \
		"SELECT coalesce(trend_regime, 'None') FROM market_features WHERE
		symbol = 'AAPL' AND timeframe = '1d'
		ORDER BY ts_ms DESC LIMIT 1")\$"
}

@test "polars: the rows of mdbars" {
	python_with polars
	fill
	block "polars" 1 >lines.py
	run -0 "$python" lines.py
	assert_output "(datetime.datetime(2024, 7, 19, 4, 0), $(closes '{close!r}' |
		tail -n 1))"
}

@test "DuckDB: CSV in, Parquet out" {
	need_duck
	fill
	block "DuckDB" 1 >lines.sh
	run -0 sh -e lines.sh
	block "DuckDB" 2 >lines.sql
	run -0 duck lines.sql
	assert_line --index 0 "AAPL,$(closes '{close!r}' | tail -n 1)"
	assert_line --index 1 --regexp '^MSFT,[0-9.]+$'
	[ "$(head -c 4 bars.parquet)" = PAR1 ]
	# AT&T is no truth
	sed -i 's/^MSFT/T/' bars.csv
	run -0 duck lines.sql
	assert_line --index 1 --regexp '^T,[0-9.]+$'
}

@test "DuckDB: the store itself" {
	only_sqlite "it opens the file"
	need_duck
	echo 'SET autoinstall_known_extensions = false; LOAD sqlite; SELECT 1' >try.sql
	duck try.sql >/dev/null 2>&1 || skip "no DuckDB with its SQLite extension"
	fill
	cd "$HOME/.local/share/mdkit"
	block "DuckDB" 3 >lines.sql
	run -0 duck lines.sql
	assert_line --index 0 "AAPL,1d,42,$(closes '{ts_ms}' | tail -n 1)"
}

@test "Node: DuckDB's package" {
	node_with @duckdb/node-api
	fill
	block "Node" 1 >lines.js
	run -0 node lines.js
	assert_output "$(closes '{ts} {close:.17g}' | python3 -c '
import sys
for line in sys.stdin:
    ts, close = line.split()
    close = repr(float(close))
    print(ts.replace("Z", ".000Z"), close.removesuffix(".0"))')"
}

@test "R: the rows of mdbars" {
	command -v Rscript >/dev/null || skip "no R"
	fill
	block "R" 1 >lines.R
	run -0 Rscript --vanilla lines.R
	assert_line --regexp "^42 +2024-07-19 +$(closes '{close!r}' | tail -n 1)\$"
}

@test "R: the rows of a view" {
	only_sqlite "it opens the file"
	Rscript -e 'library(DBI); library(RSQLite)' >/dev/null 2>&1 ||
		skip "no R with DBI and RSQLite"
	fill
	block "R" 2 >lines.R
	run -0 Rscript --vanilla lines.R
	assert_line --regexp "^42 $(closes '{ts_ms} {close!r}' | tail -n 1)\$"
}

@test "psql: a file, and what the views say together" {
	only_postgres
	fill
	block "psql" 1 >lines.sql
	run -0 pg -At -F ' ' -d "$MD_DB" -f lines.sql
	assert_equal "${#lines[@]}" 42
	close=$(closes '{close!r}' | tail -n 1)
	assert_line --index 41 --regexp "^2024-07-19 $close $close -?[0-9.e-]+\$"
	run -0 head -n 1 aapl.csv
	assert_output --partial symbol,timeframe,ts_ms,ts_utc,open,high,low,close
	run -0 tail -n 1 aapl.csv
	assert_output --partial "AAPL,1d,$(closes '{ts_ms},{ts}' | tail -n 1),"
}
