# mdstale through its command line: what is called fresh, what is printed in
# each format, and what is said when something is wrong.

load report

# Every class once, and both sides of a tier's objective.
five_series() {
	new_store
	add_series AAPL stock critical 1d 2024-06-28T04:00:00Z \
		2024-07-01T15:00:00Z
	add_series MSFT stock standard 1d 2024-06-28T04:00:00Z \
		2024-07-01T14:30:00Z
	add_series SPY etf critical 1h 2024-07-01T14:00:00Z \
		2024-07-01T09:30:00Z
	add_series X:BTCUSD crypto low 1h 2024-07-01T14:00:00Z ""
	add_series TLT etf low 1w 2024-06-23T04:00:00Z \
		2024-06-30T15:30:00.001Z
}

stale() {
	mdstale --as-of "$NOW" "$@"
}

@test "the standard checks" {
	standard_checks mdstale 3
}

@test "each series has its class, and the worst comes first" {
	five_series
	run -2 stale -o csv
	assert_output - <<-'CSV'
	symbol,timeframe,last_computed_at,last_bar_at,staleness_seconds,status,data_point_count,tier,rpo_seconds,rpo_met
	X:BTCUSD,1h,,2024-07-01T14:00:00Z,,missing,0,low,86400,false
	TLT,1w,2024-06-30T15:30:00.001Z,2024-06-23T04:00:00Z,86399.999,stale,100,low,86400,true
	SPY,1h,2024-07-01T09:30:00Z,2024-07-01T14:00:00Z,21600,stale,100,critical,3600,false
	MSFT,1d,2024-07-01T14:30:00Z,2024-06-28T04:00:00Z,3600,aging,100,standard,14400,true
	AAPL,1d,2024-07-01T15:00:00Z,2024-06-28T04:00:00Z,1800,fresh,100,critical,3600,true
	CSV
}

@test "a class begins at its millisecond" {
	five_series
	sql "UPDATE feature_freshness
		SET last_computed_at = '2024-07-01T15:30:00Z'
		WHERE symbol = 'AAPL'"
	for case in 16:29:59.999Z=fresh 16:30:00Z=aging 16:30:00.001Z=aging \
		21:29:59.999Z=aging 21:30:00Z=stale; do
		run mdstale --as-of "2024-07-01T${case%=*}" -o csv AAPL
		assert_line --partial ",${case#*=},"
	done
}

@test "the JSON document has the shape that is public" {
	five_series
	run -2 stale -o json
	echo "$output" >"$BATS_TEST_TMPDIR/d.json"
	python3 - "$BATS_TEST_TMPDIR/d.json" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert list(d) == 'timestamp clock basis summary by_status'.split(), d
	assert (d['timestamp'], d['clock'], d['basis']) == \
	    ('2024-07-01T15:30:00Z', 'wall', 'features')
	assert d['summary'] == {'fresh_count': 1, 'aging_count': 1,
	    'stale_count': 2, 'missing_count': 1, 'total_monitored': 5}
	assert list(d['by_status']) == ['fresh', 'aging', 'stale', 'missing']
	assert d['by_status']['fresh'] == [{'symbol': 'AAPL',
	    'timeframe': '1d', 'last_computed_at': '2024-07-01T15:00:00Z',
	    'last_bar_at': '2024-06-28T04:00:00Z', 'provisional': None,
	    'as_of': None, 'staleness_seconds': 1800,
	    'status': 'fresh', 'data_point_count': 100, 'tier': 'critical',
	    'rpo_seconds': 3600, 'rpo_met': True}]
	m = d['by_status']['missing'][0]
	assert m['staleness_seconds'] is None and not m['rpo_met']
	assert [s['symbol'] for s in d['by_status']['stale']] == ['TLT', 'SPY']
	PY
}

@test "jsonl is an object a line, series a symbol and a timeframe" {
	five_series
	run -2 stale -o jsonl
	assert_equal "${#lines[@]}" 5
	python3 -c 'import json, sys
print([json.loads(l)["symbol"] for l in sys.stdin])' <<<"$output"
	run -2 stale -o series
	assert_line --index 0 "$(printf 'X:BTCUSD\t1h')"
	assert_line --index 4 "$(printf 'AAPL\t1d')"
	assert_equal "${#lines[@]}" 5
}

@test "the table has its verdict first, and nothing but text in a pipe" {
	five_series
	run -2 stale
	assert_line --index 0 \
		"CRITICAL: 2 stale, 1 missing, 1 aging, 1 fresh of 5 series"
	assert_line --regexp '^SPY +1h +stale +6 h 00 min .* critical +missed$'
	refute_output --partial $'\033'
	run -2 stale --color always
	assert_output --partial $'\033[31mstale'
}

@test "the exit code is the worst of those selected" {
	five_series
	run -2 stale
	run -2 stale -s missing
	run -2 stale X:BTCUSD
	run -1 stale MSFT AAPL
	run -1 stale -s aging,fresh
	run -0 stale AAPL
	run -0 stale -s fresh
	run -0 stale -s stale AAPL
	assert_output "OK: 0 stale, 0 missing, 0 aging, 0 fresh of 0 series"
}

@test "what is selected: statuses, timeframes, tiers, symbols" {
	five_series
	run stale -o series -s stale,missing
	assert_equal "${#lines[@]}" 3
	run stale -o series -s stale -s fresh
	assert_equal "${#lines[@]}" 3
	run stale -o series -t 1h,1w
	assert_equal "${#lines[@]}" 3
	run stale -o series --tier critical
	assert_equal "${#lines[@]}" 2
	run stale -o series --tier critical,low -t 1h
	assert_equal "${#lines[@]}" 2
	run stale -o series SPY TLT
	assert_equal "${#lines[@]}" 2
	run bash -c "printf 'SPY\t1h\nTLT\t1d\n' | mdstale --as-of $NOW \
		-o series -"
	assert_output "$(printf 'SPY\t1h')"
	run -0 bash -c "mdstale --as-of $NOW - </dev/null"
	assert_output ""
}

@test "series that are not active are not looked at" {
	five_series
	sql "UPDATE symbols SET active = 0 WHERE symbol = 'SPY';
		UPDATE series SET active = 0 WHERE symbol = 'TLT'"
	run stale -o series
	assert_equal "${#lines[@]}" 3
	refute_output --partial SPY
	refute_output --partial TLT
	unknown mdstale "SPY: the store has no active series" SPY
}

@test "by bars: since the newest one's window ended" {
	five_series
	run stale --by bars -o csv -t 1h
	assert_line "SPY,1h,2024-07-01T09:30:00Z,2024-07-01T14:00:00Z,1800,fresh,100,critical,3600,true"
	assert_line "X:BTCUSD,1h,,2024-07-01T14:00:00Z,1800,fresh,100,low,86400,true"
	sql "UPDATE series SET newest_ts = NULL WHERE symbol = 'SPY'"
	run stale --by bars -o csv SPY
	assert_line --partial ',,missing,'
}

@test "by the market's clock nothing is late on a Sunday" {
	five_series
	sql "UPDATE series SET newest_ts =
		strftime('%s', '2024-06-28T04:00:00Z') * 1000
		WHERE symbol = 'AAPL'"
	run -0 mdstale --by bars --clock market \
		--as-of 2024-06-30T22:00:00Z -o csv AAPL
	assert_line --partial ',0,fresh,'
	run -2 mdstale --by bars --as-of 2024-06-30T22:00:00Z AAPL
	# Monday's day is due after its close and a quarter of an hour.
	run -0 mdstale --by bars --clock market \
		--as-of 2024-07-01T21:14:59.999Z -o csv AAPL
	run -1 mdstale --by bars --clock market \
		--as-of 2024-07-01T21:15:00Z -o csv AAPL
	run -0 mdstale --by bars --clock market --settle 16m \
		--as-of 2024-07-01T21:15:00Z -o csv AAPL
}

@test "bounds come from options and the configuration" {
	five_series
	run -0 stale --fresh 2h MSFT
	run -2 stale --fresh 30m --aging 45m MSFT
	cd "$BATS_TEST_TMPDIR"
	echo '{"staleness": {"fresh": "2h", "by": "features"},
		"objectives": {"rpo": {"standard": 3599}}}' >c.json
	run -0 stale --config c.json -o csv MSFT
	assert_line --partial ',3599,false'
	run -1 stale --config c.json --fresh 1h MSFT
}

@test "only the worst are listed, unless more are wanted" {
	new_store
	sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < 60) INSERT INTO symbols (symbol, asset_class)
		SELECT 'S' || i, 'stock' FROM n;
		INSERT INTO series (symbol, timeframe)
		SELECT symbol, '1d' FROM symbols"
	run -2 stale
	assert_equal "${#lines[@]}" 53
	assert_line --index 52 "and 10 more; --limit 0 lists all"
	run -2 stale --limit 3 -o csv
	assert_equal "${#lines[@]}" 4
	run -2 stale --limit 0 -o csv
	assert_equal "${#lines[@]}" 61
	run -2 stale -o json
	assert_equal "$(field 'd["summary"]["missing_count"],
		len(d["by_status"]["missing"])' <<<"$output")" "[60, 50]"
	# What repairs must not leave anything out.
	run -2 stale -o series
	assert_equal "${#lines[@]}" 60
	run -2 stale -o series --limit 3
	assert_equal "${#lines[@]}" 3
}

@test "the same store and time give the same bytes" {
	five_series
	for format in table json jsonl csv prometheus series; do
		stale -o $format >"$BATS_TEST_TMPDIR/a" || true
		stale -o $format >"$BATS_TEST_TMPDIR/b" || true
		[ -s "$BATS_TEST_TMPDIR/a" ]
		cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	done
}

@test "the metrics pass promtool, and name what is missing" {
	five_series
	run -2 stale -o prometheus
	assert_line 'mdkit_staleness_series{status="missing"} 1'
	assert_line 'mdkit_staleness_seconds{symbol="SPY",timeframe="1h",tier="critical"} 21600'
	assert_line 'mdkit_staleness_rpo_met{symbol="X:BTCUSD",timeframe="1h",tier="low"} 0'
	refute_line --regexp '^mdkit_staleness_seconds\{symbol="X:BTCUSD"'
	command -v promtool >/dev/null || skip "no promtool"
	run -0 promtool check metrics <<<"$output"
	assert_output ""
}

@test "-q prints nothing when all is fresh, --out appears whole" {
	five_series
	run -0 --separate-stderr stale -q AAPL
	assert_equal "$output$stderr" ""
	run -1 stale -q MSFT
	assert_output --partial 'WARNING: '
	cd "$BATS_TEST_TMPDIR"
	run -0 stale -q --out s.json -o json AAPL
	assert_output ""
	python3 -m json.tool s.json >/dev/null
	run -0 bash -c "set -o pipefail; mdstale --as-of $NOW AAPL | true"
	unknown mdstale no/such --out no/such/s.json
}

@test "what is stale is repaired by the pipe, and only that" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	fetch() {
		mdbackfill -q --as-of "$1" --days 10 "${@:2}"
	}
	fetch 2024-06-27T12:00:00Z -t 1d,1h AAPL SPY
	fetch 2024-07-01T15:15:00Z -t 1d,1h SPY
	before=$(requests aggs)
	check() {
		stale --by bars --clock market -s stale,missing -o series
	}
	run -2 check
	assert_output "$(printf 'AAPL\t1h\nAAPL\t1d')"
	(check || true) | fetch "$NOW" -
	assert_equal "$(requests aggs)" $((before + 2))
	run -0 check
	assert_output ""
}

@test "features that are not there are repaired by the pipe" {
	"$MD_BUILD/mdbackfill" -h | grep -q -- --no-features ||
		skip "mdbackfill computes no features"
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --no-features --as-of "$NOW" --days 100 -t 1d AAPL SPY
	run -2 stale -o series
	assert_output "$(printf 'AAPL\t1d\nSPY\t1d')"
	(stale -s stale,missing -o series || true) |
		mdbackfill -q --as-of "$NOW" --days 100 -
	run -0 stale
}

# -- gaps --

@test "gaps: bars that are expected in what is covered and absent" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 30 -t 1d,1h SPY
	mdbackfill -q --as-of "$NOW" --days 30 -t 1h,4h X:BTCUSD
	mdbackfill -q --as-of "$NOW" --days 30 -t 5m,4h,1w,1mo QQQ C:EURUSD
	run -0 stale --gaps
	assert_output "OK: in 12 series 0 absent (0 bars), 0 uncovered (0 bars), 0 empty (0 bars), 0 denied (0 bars)"
	# Two days in a row, and an hour.
	sql "DELETE FROM bars WHERE ts IN (
		strftime('%s', '2024-06-12T04:00:00Z') * 1000,
		strftime('%s', '2024-06-13T04:00:00Z') * 1000) AND series_id =
		(SELECT series_id FROM series WHERE symbol = 'SPY'
		AND timeframe = '1d');
		DELETE FROM bars WHERE series_id = (SELECT series_id
		FROM series WHERE symbol = 'X:BTCUSD' AND timeframe = '1h')
		AND ts = strftime('%s', '2024-06-15T13:00:00Z') * 1000"
	run -1 stale --gaps -o csv
	assert_output - <<-'CSV'
	symbol,timeframe,kind,from,to,from_ms,to_ms,bars_expected,reason
	SPY,1d,absent,2024-06-12T04:00:00Z,2024-06-14T04:00:00Z,1718164800000,1718337600000,2,
	X:BTCUSD,1h,absent,2024-06-15T13:00:00Z,2024-06-15T14:00:00Z,1718456400000,1718460000000,1,
	CSV
	run -1 stale --gaps -o series
	assert_output "$(printf 'SPY\t1d\nX:BTCUSD\t1h')"
	(stale --gaps -o series || true) |
		mdbackfill -q --refresh --as-of "$NOW" --days 30 -
	run -0 stale --gaps
}

@test "gaps: what is wanted and was never covered" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 3 -t 1d SPY
	run -1 stale --gaps --days 10 -o json
	assert_equal "$(field '[(g["symbol"], g["kind"], g["from"], g["to"],
		g["bars_expected"]) for g in d["gaps"]]' <<<"$output")" \
		'[["SPY", "uncovered", "2024-06-21T04:00:00Z", "2024-06-28T04:00:00Z", 5]]'
	assert_equal "$(field 'd["summary"]["uncovered_bars"]' <<<"$output")" 5
	run -0 stale --gaps --days 3
	# A watchlist wants what the store has not even heard of.
	cd "$BATS_TEST_TMPDIR"
	printf 'SPY class=etf timeframes=1d\nQQQ class=etf timeframes=1d,1h\n' \
		>w.txt
	run -1 stale --gaps --days 3 -w w.txt -o series
	assert_output "$(printf 'QQQ\t1h\nQQQ\t1d')"
}

@test "gaps: what is denied or believed empty is told, and is no warning" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 10 -t 1d SPY
	sql "UPDATE coverage SET kind = 'denied';DELETE FROM bars"
	run -0 stale --gaps --days 10
	assert_line --index 0 --partial "0 absent (0 bars), 0 uncovered (0 bars), 0 empty (0 bars), 1 denied (6 bars)"
	sql "UPDATE coverage SET kind = 'empty'"
	run -0 stale --gaps --days 10
	assert_line --index 0 --partial "1 empty (6 bars), 0 denied (0 bars)"
	run -0 stale --gaps --days 10 -o series
	assert_output ""
}

@test "gaps: what was refused is told with its reason, and is a warning" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 10 -t 1d,1h SPY
	refuse SPY 1d 2024-06-28T04:00:00Z 2024-06-29T04:00:00Z \
		'"v" is below zero' 3
	# an earlier row's reason is not told any more
	sql "INSERT INTO rejected_bars (series_id, ts, reason, raw,
		execution_id, received_at, times, last_received_at)
		SELECT series_id, ts, 'older', raw, execution_id,
		received_at - 60000, 2, last_received_at - 60000
		FROM rejected_bars"
	run -1 stale --gaps --days 10 -t 1d
	assert_line --index 0 "WARNING: in 1 series 0 absent (0 bars), 0 uncovered (0 bars), 0 empty (0 bars), 0 denied (0 bars), 1 refused (1 bars)"
	assert_line --partial '        1  "v" is below zero'
	run -1 stale --gaps --days 10 -o json
	assert_equal "$(field '[(g["symbol"], g["kind"], g["from"], g["reason"],
		g["times"], g["as_of"]) for g in d["gaps"]]' <<<"$output")" \
		'[["SPY", "refused", "2024-06-28T04:00:00Z", "\"v\" is below zero", 5, "2024-07-01T15:30:00Z"]]'
	run -1 stale --gaps --days 10 -o csv
	assert_line --partial 'SPY,1d,refused,2024-06-28T04:00:00Z,2024-06-29T04:00:00Z,1719547200000,1719633600000,1,"""v"" is below zero"'
	run -1 stale --gaps --days 10 -o series
	assert_output "$(printf 'SPY\t1d')"
	# on a day without a session, too; and of no row that was kept
	refuse SPY 1h 2024-06-29T14:00:00Z 2024-06-29T15:00:00Z
	run -1 stale --gaps --days 10 -o csv -t 1h
	assert_line --partial 'SPY,1h,refused,2024-06-29T14:00:00Z,2024-06-29T15:00:00Z,1719669600000,1719673200000,0,'
	# the pipe repairs them
	(stale --gaps -o series || true) |
		mdbackfill -q --refresh --as-of "$NOW" --days 10 -
	run -0 stale --gaps --days 10
}

@test "gaps of a symbol are those of its series, whatever their timeframe" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 10 -t 1m SPY
	sql "DELETE FROM bars WHERE ts BETWEEN
		strftime('%s', '2024-06-26T15:00:00Z') * 1000 AND
		strftime('%s', '2024-06-26T15:29:00Z') * 1000"
	run -1 stale --gaps -o series SPY
	assert_output "$(printf 'SPY\t1m')"
	run -1 stale --gaps --days 10 SPY
	assert_output --partial "in 1 series 1 absent (30 bars)"
	refute_output --partial "1d"
	# what is not stored at all is wanted as mdbackfill would fetch it
	run -1 stale --gaps --days 10 -o series QQQ
	assert_output "$(printf 'QQQ\t1d')"
}

@test "-t selects among the series of a pipe or a watchlist, too" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z
	mdbackfill -q --as-of "$NOW" --days 3 -t 1m,1d SPY
	printf 'SPY\t1m\nSPY\t1d\n' >"$BATS_TEST_TMPDIR/lines"
	run stale -t 1m -o series - <"$BATS_TEST_TMPDIR/lines"
	assert_output "$(printf 'SPY\t1m')"
	run -1 stale --gaps --days 10 -t 1m -o series - \
		<"$BATS_TEST_TMPDIR/lines"
	assert_output "$(printf 'SPY\t1m')"
	echo "SPY timeframes=1d,1h" >"$BATS_TEST_TMPDIR/w.txt"
	run -1 stale --gaps --days 10 -t 1h,1m -o series \
		-w "$BATS_TEST_TMPDIR/w.txt"
	assert_output "$(printf 'SPY\t1h')"
	# What the gaps name is what the repair asks for.
	run -1 stale --gaps --days 10 -t 1m SPY -o series
	assert_output "$(printf 'SPY\t1m')"
	mdbackfill -q --as-of "$NOW" --days 10 - <<<"$output"
	run -0 stale --gaps --days 10 -t 1m SPY
	run -1 stale --gaps --days 10 SPY -o series
	assert_output "$(printf 'SPY\t1d')"
}

@test "gaps have no metrics, and no promise of one" {
	new_store
	unknown mdstale "of gaps mdstale writes table json" --gaps -o prometheus
	unknown mdstale "no series to look at" --gaps
}

# -- bad input --

@test "what cannot be answered is unknown: 3, in one line" {
	use_store
	use_no_store
	unknown mdstale "does not exist: run mdbackfill first"
	no_store
	new_store
	unknown mdstale "no active series: run mdbackfill first"
	add_series AAPL stock critical 1d "" ""
	unknown mdstale "expected one of fresh aging stale missing" -s old
	unknown mdstale "expected one of fresh" -s fresh,
	unknown mdstale "mdstale writes table json jsonl" -o xml
	unknown mdstale "mdstale writes" -o html
	unknown mdstale "expected timeframes of 1m" -t 2h
	unknown mdstale "expected one of critical standard low" --tier high
	unknown mdstale "bounds out of order" --fresh 7h
	unknown mdstale "bounds out of order" --fresh 0
	unknown mdstale "bounds out of order" --aging 25h
	unknown mdstale "expected one of features bars" --by age
	unknown mdstale "expected one of wall market" --clock moon
	unknown mdstale "expected a time such as" --as-of yesterday
	unknown mdstale "expected a whole number" --limit -1
	unknown mdstale "no active series of the store is of these" -t 1h
	unknown mdstale "no active series of it" MSFT
}

@test "errors of the configuration name file, line and column" {
	new_store
	add_series AAPL stock critical 1d "" ""
	cd "$BATS_TEST_TMPDIR"
	printf '{\n "staleness": {\n  "frsh": 3}}\n' >c.json
	unknown mdstale "c.json:3:3: staleness.frsh: no such key" \
		--config c.json
	printf '{\n "alerts": {"failed_percent": 120}}\n' >c.json
	unknown mdstale "c.json:2:13: alerts.failed_percent: '120': expected" \
		--config c.json
	printf '{"staleness": {"on_stale": "cry"}}\n' >c.json
	unknown mdstale "expected one of return warn alert request" \
		--config c.json
	printf '{"staleness": {"fresh": "7h"}}\n' >c.json
	unknown mdstale "bounds out of order" --config c.json
}

@test "a store that cannot be one is unknown, and stays as it was" {
	use_store
	cd "$BATS_TEST_TMPDIR"
	mkdir folder
	unknown mdstale "is a directory" --db folder
	head -c 5000 /dev/urandom >noise
	cp noise noise2
	unknown mdstale "not a SQLite database" --db noise
	cmp noise noise2
	sqlite3 other.db "CREATE TABLE t (x)"
	unknown mdstale "another program" --db other.db
	: >empty.db
	unknown mdstale "run mdbackfill once" --db empty.db
}

@test "a run that writes keeps no report waiting, nor the other way round" {
	only_sqlite "a lock on the file"
	five_series
	coproc writer { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN IMMEDIATE; DELETE FROM series; SELECT 'held';" \
		>&"${writer[1]}"
	read -r -t 30 _ <&"${writer[0]}"
	run -2 timeout 30 mdstale --as-of "$NOW" -o series
	assert_equal "${#lines[@]}" 5
	holder=$writer_PID
	kill "$holder"
	wait "$holder" || true
	# A report that is read slowly holds nothing.
	coproc reader { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN; SELECT count(*) FROM series;" >&"${reader[1]}"
	read -r -t 30 _ <&"${reader[0]}"
	sql "UPDATE series SET bar_count = 7"
	holder=$reader_PID
	kill "$holder"
	wait "$holder" || true
}

@test "a store that is locked altogether is unknown, soon" {
	only_sqlite "a lock on the file"
	five_series
	coproc locker { exec sqlite3 "$MD_DB" 3>&-; }
	echo "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;
		UPDATE series SET bar_count = 7; SELECT 'held';" \
		>&"${locker[1]}"
	read -r -t 30 _ <&"${locker[0]}"
	unknown timeout "locked by" 5 mdstale --as-of "$NOW"
	holder=$locker_PID
	kill "$holder"
	wait "$holder" || true
}

@test "a store in a folder that cannot be written is read all the same" {
	only_sqlite "a folder"
	[ "$(id -u)" -eq 0 ] || skip "only root may become somebody else"
	command -v setpriv >/dev/null || skip "no setpriv"
	five_series
	sql "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	[ ! -e "$MD_DB-wal" ]
	here=$(mdstale --as-of "$NOW" || true)
	there=(setpriv --reuid=65534 --regid=65534 --clear-groups
		"$MD_BUILD/mdstale" --db "$MD_DB" --as-of "$NOW")
	run "${there[@]}"
	assert_failure 2
	assert_output "$here"
	# In use, it is read through files that only its owner may make.
	touch "$MD_DB-wal"
	chmod 600 "$MD_DB-wal"
	run --separate-stderr "${there[@]}"
	assert_failure 3
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	assert_output ""
}

@test "a day without a bar is late from its close, and a gap" {
	use_store
	start_mock --synthetic --today 2024-07-02T11:05:00-04:00
	mdbackfill -q -t 1d --from 2024-07-01 --to 2024-07-01 \
		--as-of 2024-07-02T11:05:00-04:00 SPY
	report() {
		mdstale --by bars --clock market -o csv --as-of "$1" SPY |
			cut -d, -f5,6 | tail -n 1
	}
	gaps() {
		mdstale --gaps --days 1 -o csv --as-of "$1" SPY | tail -n +2
	}
	assert_equal "$(report 2024-07-02T16:15:00-04:00)" "0,fresh"
	assert_equal "$(gaps 2024-07-02T16:14:59-04:00)" ""
	assert_equal "$(report 2024-07-02T18:15:00-04:00 || true)" "7200,aging"
	run gaps 2024-07-02T18:15:00-04:00
	assert_output --partial "SPY,1d,uncovered,2024-07-02T04:00:00Z"
}

@test "a bar of the morning ages from the close, until it is asked for again" {
	use_store
	at() {
		restart_mock --synthetic --today "$1"
		mdbackfill -q -t 1d --from 2024-07-02 --as-of "$1" SPY
	}
	seconds() {
		mdstale -o json --by bars --clock market --as-of "$1" SPY |
			field "[m for s in d['by_status'].values() for m in s]" |
			field "[d[0]['staleness_seconds'], d[0]['provisional'],
				d[0]['as_of'][:16]]"
	}
	start_mock --synthetic
	at 2024-07-02T11:20:00-04:00
	assert_equal "$(seconds 2024-07-02T16:15:00-04:00)" \
		'[0, true, "2024-07-02T15:20"]'
	assert_equal "$(seconds 2024-07-02T17:15:00-04:00)" \
		'[3600, true, "2024-07-02T15:20"]'
	at 2024-07-02T17:20:00-04:00
	assert_equal "$(seconds 2024-07-02T17:25:00-04:00)" \
		'[0, true, "2024-07-02T21:20"]'
	at 2024-07-03T11:05:00-04:00
	assert_equal "$(mdstale -o json --as-of 2024-07-03T12:00:00-04:00 SPY |
		grep -c '"provisional": *true')" 1 # the new day's
}

@test "as a monitoring plugin it says its figures, and why it knows nothing" {
	five_series
	run -2 stale -o nagios --limit 2
	assert_output - <<-'OUT'
	CRITICAL: 2 stale, 1 missing, 1 aging, 1 fresh of 5 series | 'fresh'=1;;;0;5 'aging'=1;0;;0;5 'stale'=2;;0;0;5 'missing'=1;;0;0;5 'worst_age'=86399.999s;3600;21600;0;
	X:BTCUSD 1h missing
	TLT 1w stale
	OUT
	run -0 stale -o nagios AAPL -t 1d
	assert_output --partial "OK: 0 stale"
	run --separate-stderr -3 stale -o nagios NOSUCH
	assert_output --partial "UNKNOWN: "
	run --separate-stderr -3 stale -o nagios --gaps
	assert_output --partial "UNKNOWN: --format: 'nagios': of gaps"
}
