# The features that mdbackfill computes of what it stores.

load store

setup() {
	use_store
}

# Ours has a row of features for each bar, and they are that store's.
assert_same_features() {
	assert_equal "$("$MD_ROOT/tests/features_differ.sh" "$(as_file)" "$1")" 0
	assert_equal "$(sql "SELECT count(*) FROM quant_features")" \
		"$(sql "SELECT count(*) FROM bars")"
	[ "$(sql "SELECT count(*) FROM bars")" -gt 0 ]
	assert_equal "$(sql "SELECT count(*) FROM series
		WHERE features_from IS NOT NULL")" 0
}

# value NAME: a figure of the JSON summary in $output.
value() {
	sed -n "s/^  \"$1\": \(.*[^,]\),\{0,1\}\$/\1/p" <<<"$output"
}

# python_with_pandas: one that has it, or nothing.
python_with_pandas() {
	local python

	for python in python3 /usr/bin/python3; do
		if "$python" -c 'import pandas' 2>/dev/null; then
			echo "$python"
			return
		fi
	done
}

# -- what is computed --

@test "the features of real bars are those that pandas computes" {
	python=$(python_with_pandas)
	[ -n "$python" ] || skip "no python3-pandas"
	start_mock --data "$(bars_data)"
	mdbackfill -q -t 1h,1d --from 1998-01-01 --to 2021-03-31 \
		AAPL SPY X:BTCUSD
	file=$(as_file)
	run -0 "$python" "$MD_ROOT/tests/features_reference.py" compare "$file" \
		AAPL 1d AAPL 1h SPY 1d SPY 1h X:BTCUSD 1d X:BTCUSD 1h
	assert_equal "$(grep -c ' 0 features differ$' <<<"$output")" 6
}

@test "every timeframe has a row of features for each bar, and no infinity" {
	start_mock --synthetic
	run mdbackfill -o json --from 2024-01-02 --to 2024-03-01 \
		-t 1m,5m,15m,30m,1h,4h,1d,1w,1mo AAPL X:BTCUSD I:SPX C:EURUSD
	assert_success
	bars=$(sql "SELECT count(*) FROM bars")
	assert_equal "$(value features_computed)" "$bars"
	assert_equal "$(sql "SELECT count(*) FROM quant_features f
		JOIN bars b USING (series_id, ts)")" "$bars"
	for column in log_return return_1h return_1d volatility_20 \
		volatility_50 atr rolling_volume_20 volume_ratio; do
		assert_equal "$(sql "SELECT count(*) FROM quant_features
			WHERE abs($column) > 1e300
			OR typeof($column) NOT IN ('real', 'null')")" 0
	done
	assert_equal "$(sql "SELECT sum(features_computed)
		FROM symbol_computation_status")" "$bars"
	assert_equal "$(sql "SELECT symbol, timeframe, data_point_count,
		last_bar_at FROM feature_freshness ORDER BY 1, 2")" \
		"$(sql "SELECT symbol, timeframe, count(*), max(ts_utc)
		FROM market_data_raw GROUP BY 1, 2 ORDER BY 1, 2")"
}

# -- a little at a time --

@test "day by day gives the features that all at once gives" {
	start_mock --synthetic
	args=(-q -t 5m,1h,1d --from 2024-02-01)
	for day in 26 27 28 29; do
		mdbackfill "${args[@]}" --as-of 2024-02-${day}T18:05:00Z \
			AAPL X:BTCUSD
	done
	mdbackfill "${args[@]}" --as-of 2024-03-02T22:00:00Z AAPL X:BTCUSD
	mdbackfill "${args[@]}" --as-of 2024-03-02T22:00:00Z \
		--db "$BATS_TEST_TMPDIR/whole.db" AAPL X:BTCUSD
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

@test "older bars that come later change what depends on them" {
	start_mock --synthetic
	mdbackfill -q -t 1h,1d --from 2024-02-20 --to 2024-03-28 AAPL
	mdbackfill -q -t 1h,1d --from 2023-06-01 --to 2024-03-28 AAPL
	mdbackfill -q -t 1h,1d --from 2023-06-01 --to 2024-03-28 \
		--db "$BATS_TEST_TMPDIR/whole.db" AAPL
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

@test "pages of the file are filled whole" {
	[ "$MD_ENGINE" = sqlite ] || skip "a file of SQLite"
	sqlite3 :memory: "SELECT 1 FROM dbstat" >/dev/null ||
		skip "this sqlite3 has no dbstat"
	start_mock --synthetic
	mdbackfill -q -t 1m --from 2024-01-01 --to 2024-02-02 X:BTCUSD
	assert_equal "$(sql "SELECT name FROM dbstat
		WHERE name IN ('bars', 'quant_features') GROUP BY name
		HAVING 1.0 * sum(unused) / sum(pgsize) < 0.1 ORDER BY name")" \
		"bars
quant_features"
}

# overs: of the view, how many returns over one bar there are and their sum.
overs() {
	sql "SELECT timeframe, count(*), sum(CASE timeframe WHEN '1h'
		THEN return_1h ELSE return_1d END), sum(log_return)
		FROM market_features GROUP BY timeframe ORDER BY timeframe"
}

@test "a return over one bar is stored once, and older rows are read alike" {
	start_mock --synthetic
	mdbackfill -q -t 1h,1d --from 2024-01-02 --to 2024-01-31 A
	stored="SELECT count(*) FROM quant_features f JOIN series s
		ON s.series_id = f.series_id WHERE CASE timeframe
		WHEN '1h' THEN return_1h ELSE return_1d END IS NOT NULL"
	assert_equal "$(sql "$stored")" 0
	before=$(overs)
	assert_equal "$(awk -F'|' '$3 != $4 || $3 == ""' <<<"$before")" ""
	# as they were stored before
	for of in 1h 1d; do
		sql "UPDATE quant_features SET return_$of = log_return
			WHERE series_id = (SELECT series_id FROM series
			WHERE timeframe = '$of')"
	done
	[ "$(sql "$stored")" -gt 100 ]
	assert_equal "$(overs)" "$before"
}

@test "numbers are stored short, and rows of before are read alike" {
	only_sqlite "how a file has them"
	start_mock --data "$(bars_data)"
	mdbackfill -q -t 1d --from 2019-06-01 --to 2021-03-31 AAPL SPY
	assert_equal "$(sql "SELECT count(*) FROM quant_features
		WHERE volume_ratio IS NOT NULL OR NOT states & 8192")" 0
	[ "$(sql "SELECT count(*) FROM quant_features WHERE abs(atr) > 7e13
		AND abs(log_return) > 7e13 AND rolling_volume_20 < 0")" -gt 400 ]
	cd "$BATS_TEST_TMPDIR"
	mdbars -q --features -t 1d AAPL SPY -o csv >short
	sql "SELECT * FROM market_features" >view
	# the program and the view tell the same, bit for bit
	python3 - "$MD_DB" short <<-'EOP'
	import csv, sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	rows = list(csv.DictReader(open(sys.argv[2])))
	names = [n for n in rows[0] if n[-3:] in ('_20', '_50', '_1h', '_1d')
	    or n in ('log_return', 'atr', 'volume_ratio')]
	assert len(names) == 8
	for r, v in zip(rows, db.execute(f"SELECT {','.join(names)} FROM "
	        'market_features ORDER BY symbol, ts_ms'), strict=True):
	    assert [float(r[n]) if r[n] else None for n in names] == list(v), r
	EOP
	sql "UPDATE quant_features AS q SET states = states & 8191,
		log_return = v.log_return, return_1d = v.return_1d,
		volatility_20 = v.volatility_20, volatility_50 = v.volatility_50,
		atr = v.atr, rolling_volume_20 = v.rolling_volume_20,
		volume_ratio = v.volume_ratio
		FROM series s JOIN market_features v ON v.symbol = s.symbol
		WHERE q.series_id = s.series_id AND q.ts = v.ts_ms"
	assert_equal "$(sql "SELECT count(*) FROM quant_features
		WHERE abs(atr) > 7e13 OR rolling_volume_20 < 0")" 0
	mdbars -q --features -t 1d AAPL SPY -o csv | cmp - short
	sql "SELECT * FROM market_features" | cmp - view
	# an index that is so high is no short number
	sql "UPDATE quant_features SET atr = 1e14"
	assert_equal "$(sql "SELECT DISTINCT atr = 1e14 FROM market_features")" 1
}

@test "a restated bar changes the features from there on" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/AAPL"
	cd "$BATS_TEST_TMPDIR/data"
	printf 'ticker,execution_date,split_from,split_to\n' >splits.csv
	cp "$(bars_data)/bars/AAPL/1d.csv" whole.csv
	awk -F, -v OFS=, 'NR == 3000 { $5 *= 1.01; $3 *= 1.01; $6 += 1000 } 1' \
		whole.csv >bars/AAPL/1d.csv
	args=(-q --from 1998-01-01 --to 2021-03-31)
	start_mock --data .
	mdbackfill "${args[@]}" AAPL
	chmod u+w whole.csv
	cp whole.csv bars/AAPL/1d.csv
	restart_mock --data .
	mdbackfill "${args[@]}" --refresh AAPL
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 1
	mdbackfill "${args[@]}" --db "$BATS_TEST_TMPDIR/whole.db" AAPL
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

# around_the_split STORE ARGUMENTS...: the days of 2020 up to it, hours of a week.
around_the_split() {
	local db=$1

	shift
	mdbackfill -o json --db "$db" -t 1d --from 2020-01-02 --to 2020-08-28 \
		"$@" AAPL SPY
	mdbackfill -o json --db "$db" -t 1h --from 2020-08-24 --to 2020-08-28 \
		"$@" AAPL SPY
}

@test "a split that comes into force changes features, and asks no bar" {
	# AAPL split 4 for 1 on 2020-08-31.
	start_mock --data "$(bars_data)" --today 2020-08-29T16:00:00Z
	around_the_split "$MD_DB" -q --as-of 2020-08-29T16:00:00Z
	before=$(sql "SELECT volume_ratio, atr FROM market_features
		WHERE symbol = 'AAPL' AND timeframe = '1d'
		ORDER BY ts_ms DESC LIMIT 1")
	restart_mock --data "$(bars_data)" --today 2020-09-01T12:00:00Z
	asked=$(requests /v2/aggs)
	around_the_split "$MD_DB" --as-of 2020-09-01T16:00:00Z \
		>"$BATS_TEST_TMPDIR/runs"
	assert_equal "$(requests /v2/aggs)" "$asked"
	after=$(sql "SELECT volume_ratio, atr * 4 FROM market_features
		WHERE symbol = 'AAPL' AND timeframe = '1d'
		ORDER BY ts_ms DESC LIMIT 1")
	assert_equal "$after" "$before"
	# AAPL's again, SPY's not
	assert_equal "$(sed -n 's/^  "features_computed": \([0-9]*\).*/\1/p' \
		"$BATS_TEST_TMPDIR/runs" | awk "{ n += \$1 } END { print n }")" "$(sql "SELECT
		sum(bar_count) FROM series WHERE symbol = 'AAPL'")"
	around_the_split "$BATS_TEST_TMPDIR/whole.db" -q \
		--as-of 2020-09-01T16:00:00Z
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

# -- with and without --

@test "--no-features leaves them owed; the next run computes them alone" {
	start_mock --synthetic
	args=(-t 1h,1d --from 2024-01-02 --to 2024-03-28 AAPL)
	run mdbackfill -o json --no-features "${args[@]}"
	assert_success
	assert_equal "$(value features_computed)" 0
	assert_equal "$(sql "SELECT count(*) FROM quant_features")" 0
	assert_equal "$(sql "SELECT count(*) FROM feature_freshness")" 0
	asked=$(requests)
	run mdbackfill -o json "${args[@]}"
	assert_success
	assert_equal "$(requests)" "$asked"
	assert_equal "$(value features_computed)" \
		"$(sql "SELECT count(*) FROM bars")"
	run mdbackfill -o json "${args[@]}"
	assert_equal "$(value features_computed)" 0
}

@test "--features-only asks nothing, not even for a key" {
	start_mock --synthetic
	mdbackfill -q --no-features -t 1h,1d --from 2024-01-02 \
		--to 2024-03-28 AAPL MSFT
	asked=$(requests)
	unset POLYGON_API_KEY
	run mdbackfill -o json --features-only AAPL -t 1d
	assert_success
	assert_equal "$(value features_computed)" "$(sql "SELECT bar_count
		FROM series WHERE symbol = 'AAPL' AND timeframe = '1d'")"
	# of all, when none is named
	run mdbackfill -o json --features-only
	assert_success
	assert_equal "$(value bars_received)" 0
	assert_equal "$(sql "SELECT count(*) FROM quant_features")" \
		"$(sql "SELECT count(*) FROM bars")"
	# and all anew, when told so
	run mdbackfill -o json --features-only --refresh
	assert_success
	assert_equal "$(value features_computed)" \
		"$(sql "SELECT count(*) FROM bars")"
	assert_equal "$(requests)" "$asked"
	run mdbackfill --features-only ZZTOP -t 1d
	assert_success
	assert_line --regexp "^ZZTOP .* not in the store"
	assert_equal "$(sql "SELECT count(*) FROM symbols
		WHERE symbol = 'ZZTOP'")" 0
	run mdbackfill -n -o json --features-only
	assert_line '  "calls": 0,'
}

@test "--features-only needs a store, and not --no-features beside it" {
	use_no_store
	run mdbackfill --features-only
	assert_failure 69
	assert_output --partial "does not exist"
	no_store
	run mdbackfill --features-only --no-features AAPL
	assert_failure 64
	[ "${#lines[@]}" -eq 1 ]
}

@test "what is owed may fill its last batch, or be gone" {
	start_mock --synthetic
	# nine batches of 8192: 256 days of 288
	args=(-q -t 5m --from 2022-01-01 --to 2022-09-13 X:BTCUSD)
	mdbackfill "${args[@]}" --no-features
	assert_equal "$(sql "SELECT count(*) FROM bars")" 73728
	timeout 60 mdbackfill "${args[@]}"
	owed="SELECT count(*) FROM series WHERE features_from IS NOT NULL"
	assert_equal "$(sql "$owed")" 0
	assert_equal "$(sql "SELECT data_point_count
		FROM feature_freshness")" 73728
	# the only bar that is owed any has been taken away
	sql "UPDATE series SET features_from = newest_ts,
		bar_count = bar_count - 1;
		DELETE FROM bars WHERE ts = (SELECT max(ts) FROM bars)"
	timeout 60 mdbackfill -q --features-only
	assert_equal "$(sql "$owed")" 0
	assert_equal "$(sql "SELECT count(*) FROM quant_features")" 73727
}

# -- how fresh they are --

@test "a run that finds features to be current says so, one that fails not" {
	start_mock --synthetic
	args=(-q --from 2024-01-02 --to 2024-01-31)
	computed="SELECT last_computed_at FROM feature_freshness"
	mdbackfill "${args[@]}" --as-of 2024-02-02T10:00:00Z AAPL
	mdbackfill "${args[@]}" --as-of 2024-02-02T15:00:00Z AAPL
	[[ "$(sql "$computed")" == 2024-02-02T15:00:0* ]]
	stop_mock
	run mdbackfill "${args[@]}" --to 2024-02-05 --max-retries 0 \
		--as-of 2024-02-06T20:00:00Z AAPL
	assert_failure
	[[ "$(sql "$computed")" == 2024-02-02T15:00:0* ]]
}

# -- what goes wrong --

@test "a broken bar fails its series' features alone, until it is mended" {
	start_mock --synthetic
	args=(-t 1d --from 2024-01-02 --to 2024-02-29)
	mdbackfill -q "${args[@]}" --no-features AAPL MSFT
	close=$(sql "SELECT close FROM bars WHERE series_id =
		(SELECT series_id FROM series WHERE symbol = 'AAPL')
		ORDER BY ts LIMIT 1 OFFSET 20")
	sql "UPDATE bars SET close = 0 WHERE series_id =
		(SELECT series_id FROM series WHERE symbol = 'AAPL') AND ts =
		(SELECT ts FROM bars WHERE series_id =
		(SELECT series_id FROM series WHERE symbol = 'AAPL') ORDER BY ts
		LIMIT 1 OFFSET 20)"
	run --separate-stderr mdbackfill -o json "${args[@]}" AAPL MSFT
	assert_success
	assert_equal "${#stderr_lines[@]}" 1
	[[ "$stderr" == *"AAPL 1d: features: the bar of 2024-"*"next run"* ]]
	assert_equal "$(value status)" '"completed"'
	assert_equal "$(value features_failed)" 1
	execution=$(value execution_id)
	failure="SELECT symbol, timeframe, retry_count, resolved,
		CASE WHEN resolved_at IS NULL THEN 1 ELSE 0 END
		FROM feature_computation_failures"
	assert_equal "$(sql "$failure")" "AAPL|1d|0|0|1"
	assert_equal "\"$(sql "SELECT execution_id
		FROM feature_computation_failures")\"" "$execution"
	# what lies before it is there, what lies after is owed
	assert_equal "$(sql "SELECT count(*) FROM quant_features
		WHERE series_id =
		(SELECT series_id FROM series WHERE symbol = 'AAPL')")" 20
	assert_equal "$(sql "SELECT symbol FROM feature_freshness")" MSFT
	mdbackfill -q "${args[@]}" AAPL MSFT 2>/dev/null
	assert_equal "$(sql "$failure")" "AAPL|1d|1|0|1"
	sql "UPDATE bars SET close = $close WHERE close = 0"
	run --separate-stderr mdbackfill -q "${args[@]}" AAPL MSFT
	assert_success
	assert_equal "$stderr" ""
	assert_equal "$(sql "$failure")" "AAPL|1d|1|1|0"
	mdbackfill -q "${args[@]}" --db "$BATS_TEST_TMPDIR/whole.db" AAPL MSFT
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

@test "features that cannot be stored cost no bar and no job" {
	only_sqlite "a trigger in its words"
	start_mock --synthetic
	args=(-q -t 1h,1d --from 2024-01-02 --to 2024-02-29)
	mdbackfill "${args[@]}" AAPL
	sql "CREATE TRIGGER full BEFORE INSERT ON quant_features
		BEGIN SELECT raise(ABORT, 'out of space'); END"
	run mdbackfill "${args[@]}" AAPL MSFT
	assert_success
	assert_output --partial "out of space"
	assert_equal "$(sql "SELECT count(*) FROM series s WHERE bar_count <>
		(SELECT count(*) FROM bars b
		WHERE b.series_id = s.series_id)")" 0
	assert_equal "$(sql "SELECT count(*) FROM feature_computation_failures
		WHERE symbol = 'MSFT'")" 2
	sql "DROP TRIGGER full"
	mdbackfill "${args[@]}" AAPL MSFT
	assert_equal "$(sql "SELECT count(*) FROM feature_computation_failures
		WHERE NOT resolved")" 0
	mdbackfill "${args[@]}" --db "$BATS_TEST_TMPDIR/whole.db" AAPL MSFT
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

@test "a failure that cannot be written down at once is at the end" {
	only_sqlite "a trigger in its words"
	start_mock --synthetic
	args=(-q --from 2024-01-02 --to 2024-02-29)
	mdbackfill "${args[@]}" --no-features AAPL
	sql "UPDATE bars SET close = 0 WHERE ts = (SELECT max(ts) FROM bars);
		CREATE TRIGGER busy BEFORE INSERT ON feature_computation_failures
		WHEN EXISTS (SELECT 1 FROM symbol_computation_status
		    WHERE execution_id = NEW.execution_id
		    AND status = 'in_progress')
		BEGIN SELECT raise(ABORT, 'busy'); END"
	run mdbackfill "${args[@]}" AAPL
	assert_success
	refute_output --partial "log cannot be written"
	assert_equal "$(sql "SELECT symbol, resolved
		FROM feature_computation_failures")" "AAPL|0"
}

@test "failures that cannot be written down break nothing" {
	only_sqlite "a table of its own"
	start_mock --synthetic
	args=(-q --from 2024-01-02 --to 2024-02-29)
	mdbackfill "${args[@]}" --no-features AAPL
	sql "UPDATE bars SET close = 0 WHERE ts = (SELECT max(ts) FROM bars);
		DROP TABLE feature_computation_failures"
	run mdbackfill "${args[@]}" AAPL
	assert_success
	assert_output --partial "features: the bar of"
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log
		ORDER BY started_at DESC LIMIT 1")" completed
}

@test "a store of the version before is owed all of its features" {
	only_sqlite "a file of the version before"
	start_mock --synthetic
	# It knows no dividends either, and would ask for them.
	args=(-q --no-dividends -t 1h,1d --from 2024-01-02 --to 2024-02-29 AAPL)
	mdbackfill "${args[@]}"
	mv "$MD_DB" "$BATS_TEST_TMPDIR/whole.db"
	sql "PRAGMA application_id = 1835297652; PRAGMA journal_mode = WAL;
		CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY,
		    name TEXT NOT NULL, applied_at TEXT NOT NULL);
		INSERT INTO schema_migrations VALUES (1, '0001-bars', '');"
	sqlite3 "$MD_DB" <"$MD_ROOT/schema/sqlite/0001-bars.sql"
	sql "ATTACH '$BATS_TEST_TMPDIR/whole.db' AS w;
		INSERT INTO symbols SELECT symbol, asset_class, tier, active,
		    splits_checked_ms FROM w.symbols;
		INSERT INTO series SELECT series_id, symbol, timeframe, active,
		    bar_count, newest_ts FROM w.series;
		INSERT INTO bars SELECT * FROM w.bars;
		INSERT INTO coverage SELECT series_id, from_ts, to_ts,
		    fetched_at, kind FROM w.coverage"
	asked=$(requests)
	mdbackfill "${args[@]}"
	assert_equal "$(requests)" "$asked"
	assert_same_features "$BATS_TEST_TMPDIR/whole.db"
}

@test "a run for features alone fails where they do" {
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-02-29 --no-features AAPL
	sql "UPDATE bars SET close = 0 WHERE ts = (SELECT max(ts) FROM bars)"
	run mdbackfill -q --features-only
	assert_failure
	assert_output --partial "features: the bar of"
}
