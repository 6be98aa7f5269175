# mdbackfill through its command line: what lands in the store, what is asked
# of the API, and what is said when something is wrong.

load store

setup() {
	use_store
}

# compare_with_files SYMBOL...: the real bars of their CSV files against
# market_data_raw, to the last bit.
compare_with_files() {
	sql "SELECT 1" >/dev/null
	PYTHONPATH=$MD_ROOT/tests python3 - "$MD_DB" \
		"$(bars_data)" "$@" <<-'EOF'
	import csv, glob, os, stores, sys
	db, total, wrong = stores.connect(sys.argv[1]), 0, 0
	stored = {}
	for r in db.execute(
	        'SELECT symbol, timeframe, ts_ms, open, high, low, close, '
	        'volume, vwap, transactions FROM market_data_raw'):
	    stored.setdefault(tuple(r[:2]), {})[r[2]] = tuple(r[3:])
	for path in glob.glob(sys.argv[2] + '/bars/*/*.csv'):
	    symbol = os.path.basename(os.path.dirname(path)).replace('_', ':')
	    timeframe = os.path.basename(path)[:-4]
	    if symbol not in sys.argv[3:]:
	        continue
	    have = stored.get((symbol, timeframe), {})
	    want = {int(r['t']): tuple(float(r[k]) for k in 'ohlcv')
	            + (None, None) for r in csv.DictReader(open(path))}
	    total += len(want)
	    wrong += have != want
	print(total, 'bars,', wrong, 'files differ')
	EOF
}

@test "the standard checks" {
	standard_checks mdbackfill
}

@test "every real bar lands bit-equal, in pages large and small" {
	local all symbols=(AAPL AIG GOOG IWM QQQ SPY USO WM X:BTCUSD)

	all=$(tail -q -n +2 "$(bars_data)"/bars/*/*.csv | wc -l)
	[ "$(bars_data)" != "$(shared_data)" ] || assert_equal "$all" 188200
	for page in 50000 997; do
		start_mock --data "$(bars_data)" --page $page
		MD_DB=$(store_at $page)
		mdbackfill -q -t 1d,1h,1m --from 1998-01-01 --to 2023-12-31 \
			--rate 100000/min --no-features "${symbols[@]}"
		stop_mock
		run compare_with_files "${symbols[@]}"
		assert_output "$all bars, 0 files differ"
		assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
		# small ones of two that have each kind of file
		symbols=(AAPL X:BTCUSD)
		all=$(tail -q -n +2 "$(bars_data)"/bars/{AAPL,X_BTCUSD}/*.csv |
			wc -l)
		[ "$all" -gt 0 ]
	done
}

@test "real bars are adjusted by their splits on reading" {
	start_mock --data "$(bars_data)"
	mdbackfill -q --from 1998-01-01 --to 2021-03-31 AAPL AIG GOOG USO SPY
	export PYTHONPATH=$MD_ROOT/tests
	run python3 - "$MD_DB" "$(bars_data)" <<-'EOF'
	import csv, datetime, stores, sys
	from fractions import Fraction
	from zoneinfo import ZoneInfo
	db, wrong = stores.connect(sys.argv[1]), 0
	splits = list(csv.DictReader(open(sys.argv[2] + '/splits.csv')))
	raw = db.execute('SELECT symbol, ts_ms, open, close, volume '
	                 'FROM market_data_raw ORDER BY 1, 2').fetchall()
	adjusted = db.execute('SELECT symbol, ts_ms, open, close, volume '
	                      'FROM market_data ORDER BY 1, 2').fetchall()
	for r, a in zip(raw, adjusted):
	    day = str(datetime.datetime.fromtimestamp(
	        r[1] / 1000, ZoneInfo('America/New_York')).date())
	    f = Fraction(1)
	    for s in splits:
	        if s['ticker'] == r[0] and s['execution_date'] > day:
	            f *= Fraction(s['split_to']) / Fraction(s['split_from'])
	    f = float(f)
	    wrong += a != (r[0], r[1], r[2] / f, r[3] / f, r[4] * f)
	print(len(raw) == len(adjusted), wrong)
	EOF
	assert_output "True 0"
	[ "$(bars_data)" != "$(shared_data)" ] ||
		assert_equal "$(sql "SELECT printf('%.4f', close)
			FROM market_data WHERE symbol = 'AAPL'
			AND ts_utc LIKE '2020-08-28%'")" 124.8075
}

@test "a second run asks nothing and changes nothing" {
	start_mock --synthetic
	args=(-t 1d,1h --from 2024-01-02 --to 2024-03-28 AAPL MSFT X:BTCUSD)
	mdbackfill -q "${args[@]}"
	assert_equal "$(requests splits)" 1
	dump | grep -v scheduler_execution_log >"$BATS_TEST_TMPDIR/a"
	before=$(requests)
	run mdbackfill "${args[@]}" -o json
	assert_success
	assert_line '  "requests": 0,'
	assert_equal "$(requests)" "$before"
	diff <(grep -E 'INTO (bars|coverage|splits|adjust|series)' \
		"$BATS_TEST_TMPDIR/a") \
		<(dump | grep -E \
			'INTO (bars|coverage|splits|adjust|series)')
}

@test "splits are asked once for a new symbol, then once a day for all" {
	start_mock --synthetic
	args=(--from 2024-01-02 --to 2024-01-31)
	mdbackfill -q "${args[@]}" --as-of 2024-02-05T15:00:00Z AAPL
	assert_equal "$(requests 'splits.*ticker=AAPL')" 1
	mdbackfill -q "${args[@]}" --as-of 2024-02-05T18:00:00Z AAPL SPY
	assert_equal "$(requests 'splits.*ticker=SPY')" 1
	mdbackfill -q "${args[@]}" --as-of 2024-02-06T15:00:00Z AAPL SPY
	assert_equal "$(requests 'execution_date.gte=2024-01-22')" 1
	assert_equal "$(requests splits)" 3
}

@test "a split announced for tomorrow waits for its day" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	cd "$BATS_TEST_TMPDIR/data"
	printf 't,o,h,l,c,v\n1706763600000,10,10,10,10,5\n' >bars/ACME/1d.csv
	printf 'ticker,execution_date,split_from,split_to\n' >splits.csv
	printf 'ACME,2024-02-07,1,2\n' >>splits.csv
	start_mock --data "$BATS_TEST_TMPDIR/data"
	price="SELECT printf('%.1f', close) FROM market_data"
	args=(-q --from 2024-02-01 --to 2024-02-01)
	mdbackfill "${args[@]}" --as-of 2024-02-06T15:00:00Z ACME
	assert_equal "$(sql "SELECT count(*) FROM splits")" 1
	assert_equal "$(sql "$price")" 10.0
	mdbackfill "${args[@]}" --as-of 2024-02-07T15:00:00Z ACME
	assert_equal "$(sql "$price")" 5.0
	assert_equal "$(requests aggs)" 1
}

# day_at TIME REQUESTS: the day's run at that time of New York sends so many.
day_at() {
	local before

	restart_mock --synthetic --today "2024-07-${3:-02}T${1}:00-04:00"
	before=$(requests aggs)
	mdbackfill -q "${day[@]}" --as-of "2024-07-${3:-02}T${1}:00-04:00" AAPL
	assert_equal "$1: $(($(requests aggs) - before))" "$1: $2"
}

@test "a day is asked for while it is open, after its close, and when final" {
	start_mock --synthetic
	day=(-t 1d --from 2024-07-02 --to 2024-07-02)
	day_at 09:00 0 # before the session opens
	day_at 11:20 1
	volume=$(sql "SELECT volume FROM bars")
	day_at 11:24 0
	day_at 11:26 1
	day_at 16:14 1
	day_at 16:15 1 # closed and settled
	[ "$(sql "SELECT volume FROM bars")" != "$volume" ]
	day_at 16:40 0
	day_at 20:14 0
	day_at 20:15 1 # and the extended hours are over
	day_at 23:00 0
	day_at 10:59 0 03
	day_at 11:00 1 03
	day_at 18:00 0 03
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 0
}

@test "a half day closes at 13:00, a week with each of its sessions" {
	start_mock --synthetic
	day=(-t 1d --from 2024-07-03 --to 2024-07-03)
	day_at 12:50 1 03
	day_at 13:14 1 03
	day_at 13:15 1 03
	day_at 16:30 0 03
	day_at 20:15 1 03
	day=(-t 1w --from 2024-07-01)
	day_at 12:00 0 01
	day_at 16:15 1 01
	day_at 16:00 0 02
	day_at 16:15 1 02
	day_at 13:15 1 03
	day_at 12:00 0 04 # Independence Day
	day_at 16:15 1 05
	day_at 20:15 1 05
	day_at 10:00 0 06
	day_at 11:00 1 06
	day_at 11:00 0 08
}

@test "minutes are asked for again when they have settled, then when final" {
	start_mock --synthetic
	day=(-t 1m --from 2024-07-02 --to 2024-07-02)
	day_at 12:00 1
	day_at 12:30 1
	before=$(requests aggs)
	mdbackfill -n -o json "${day[@]}" --as-of 2024-07-02T12:31:00-04:00 \
		AAPL >"$BATS_TEST_TMPDIR/plan"
	# what had not settled, and what began since
	grep -q '"from": "2024-07-02T16:15:00Z"' "$BATS_TEST_TMPDIR/plan"
	day_at 20:15 1
	day_at 20:40 0
	day_at 11:00 1 03
	day_at 12:00 0 03
}

@test "--reask waits longer, --final-only leaves out what may change" {
	start_mock --synthetic
	day=(-t 1d --from 2024-07-01 --to 2024-07-02 --reask 2h)
	day_at 11:20 1
	day_at 13:19 0
	day_at 13:21 1
	day=(-t 1d --from 2024-06-28 --to 2024-07-02 --final-only)
	day_at 16:30 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 3
	day_at 20:30 0
	day_at 11:05 1 03
	# the plan tells which of its calls are for such bars, and why
	run mdbackfill -n -o json -t 1d --from 2024-07-01 --to 2024-07-03 \
		--as-of 2024-07-03T12:00:00-04:00 AAPL
	assert_line '  "calls_provisional": 1,'
	assert_line --partial '"reasons": ["missing"]'
}

@test "nothing is asked for a weekend or a holiday" {
	start_mock --synthetic
	# Good Friday and the days after it
	mdbackfill -q -t 1d,1m --from 2024-03-29 --to 2024-03-31 AAPL
	assert_equal "$(requests aggs)" 0
	mdbackfill -q -t 1d --from 2024-03-29 --to 2024-03-31 X:BTCUSD
	assert_equal "$(requests aggs)" 1
}

@test "an open bar is provisional, and grows without a word" {
	now=2024-07-02T15:20:00Z
	start_mock --synthetic --today "$now"
	mdbackfill -q -t 1h --from 2024-07-02 --as-of "$now" AAPL
	start=$(date -u -d 2024-07-02T15:00:00Z +%s)000
	last="SELECT ts_ms, volume FROM market_data_raw
		ORDER BY ts_ms DESC LIMIT 1"
	opened=$(sql "$last")
	assert_equal "${opened%%|*}" "$start"
	# covered as of the run, which says that it was open; its clock goes on
	asked=$(date -u -d "$now" +%s)
	assert_equal "$(sql "SELECT max(to_ts) FROM coverage
		WHERE fetched_at / 1000 BETWEEN $asked AND $asked + 600")" \
		$((start + 3600000))
	restart_mock --synthetic --today 2024-07-02T20:30:00Z
	mdbackfill -q -t 1h --from 2024-07-02 --as-of 2024-07-02T20:30:00Z AAPL
	[ "$(sql "SELECT volume FROM market_data_raw WHERE ts_ms = $start")" != \
		"${opened##*|}" ]
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 0
}

@test "the views say which bars are final" {
	start_mock --synthetic --today 2024-07-02T15:20:00Z
	mdbackfill -q -t 1d --from 2024-06-28 --to 2024-07-02 \
		--as-of 2024-07-02T15:20:00Z AAPL
	for view in market_data market_data_raw; do
		assert_equal "$(sql "SELECT substr(ts_utc, 6, 5), final
			FROM $view ORDER BY ts_ms")" "06-28|1
07-01|1
07-02|0"
	done
	restart_mock --synthetic --today 2024-07-03T15:05:00Z
	mdbackfill -q -t 1d --from 2024-06-28 --to 2024-07-02 \
		--as-of 2024-07-03T15:05:00Z AAPL
	assert_equal "$(sql "SELECT min(final) FROM market_data")" 1
}

@test "a bar that the vendor changed is restated, before and after" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	cd "$BATS_TEST_TMPDIR/data"
	printf 'ticker,execution_date,split_from,split_to\n' >splits.csv
	printf 't,o,h,l,c,v\n1719892800000,10,12,9,11,500\n' >bars/ACME/1d.csv
	args=(-q --from 2024-07-02 --to 2024-07-02)
	start_mock --data .
	mdbackfill "${args[@]}" --as-of 2024-07-03T12:00:00Z ACME
	printf 't,o,h,l,c,v\n1719892800000,10,12,9,11.5,510\n' >bars/ACME/1d.csv
	restart_mock --data .
	mdbackfill "${args[@]}" --as-of 2024-07-03T16:00:00Z ACME
	assert_equal "$(sql "SELECT printf('%.1f', old_close),
		printf('%.1f', new_close), printf('%.1f', old_volume),
		printf('%.1f', new_volume)
		FROM restatements")" "11.0|11.5|500.0|510.0"
	assert_equal "$(sql "SELECT close FROM bars")" 11.5
	# and once it is final, only a refresh looks again
	printf 't,o,h,l,c,v\n1719892800000,10,12,9,11.25,510\n' \
		>bars/ACME/1d.csv
	restart_mock --data .
	mdbackfill "${args[@]}" --as-of 2024-07-05T16:00:00Z ACME
	assert_equal "$(sql "SELECT close FROM bars")" 11.5
	mdbackfill "${args[@]}" --as-of 2024-07-05T17:00:00Z --refresh ACME
	assert_equal "$(sql "SELECT close FROM bars")" 11.25
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 2
}

# acme_without DATE... [bad=DATE]: a mock with ACME's daily bars of 2024-07-01 to 07-16, but
# for those days; one may have a volume that cannot be.
acme_without() {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	python3 - "$@" >"$BATS_TEST_TMPDIR/data/bars/ACME/1d.csv" <<-'PY'
	import datetime, sys
	print('t,o,h,l,c,v')
	for day in range(1, 17):
	    date = datetime.date(2024, 7, day)
	    if date.weekday() < 5 and day != 4 and str(date) not in sys.argv:
	        midnight = datetime.datetime(2024, 7, day, 4,
	            tzinfo=datetime.timezone.utc)
	        print('%d,10,12,9,11,%d' % (midnight.timestamp() * 1000,
            -1500000000 if 'bad=%s' % date in sys.argv else day))
	PY
	printf 'ticker,execution_date,split_from,split_to\n' \
		>"$BATS_TEST_TMPDIR/data/splits.csv"
	stop_mock
	start_mock --data "$BATS_TEST_TMPDIR/data"
}

# acme_at TIME REQUESTS: the run at that time sends so many.
acme_at() {
	local before

	before=$(requests aggs)
	mdbackfill -q --no-grouped --from 2024-07-01 --to 2024-07-16 \
		--as-of "2024-07-${1}Z" ACME
	assert_equal "$1: $(($(requests aggs) - before))" "$1: $2"
}

@test "sessions that the vendor has late are doubted, and come" {
	acme_without 2024-07-15 2024-07-16
	acme_at 18T12:00 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 9
	acme_at 18T13:00 1
	# what is asked for is the two alone
	run mdbackfill -n -o json --no-grouped --from 2024-07-01 \
		--to 2024-07-16 --as-of 2024-07-18T13:30:00Z ACME
	assert_line --partial '"from": "2024-07-15T04:00:00Z"'
	assert_line --partial '"bars_expected": 2,'
	acme_without
	acme_at 18T14:00 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 11
	acme_at 18T16:00 0
}

@test "a session in the midst that never comes is believed in the end" {
	acme_without 2024-07-08
	acme_at 18T12:00 1
	acme_at 18T12:30 1
	acme_at 18T13:05 1
	acme_at 18T14:10 1
	acme_at 18T15:30 0
	assert_equal "$(sql "SELECT count(*) FROM bars")" 10
	assert_equal "$(sql "SELECT kind FROM coverage
		WHERE from_ts = 1720411200000")" empty
	# and is still fetched when it is asked for
	acme_without
	mdbackfill -q --no-grouped --refresh --from 2024-07-01 --to 2024-07-16 \
		--as-of 2024-07-19T12:00:00Z ACME
	assert_equal "$(sql "SELECT count(*) FROM bars")" 11
}

@test "a row that is always refused is asked for once a day, until it is good" {
	acme_without bad=2024-07-08
	acme_at 18T12:00 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 10
	acme_at 18T13:00 0
	# its own run, whose only news it is
	for day in 19 20 21 22; do
		acme_at "${day}T12:00" 1
		run mdbackfill --no-grouped --from 2024-07-01 --to 2024-07-16 \
			--as-of "2024-07-${day}T12:10:00Z" ACME
		assert_success
		assert_output --partial "rows were refused, see rejected_bars"
	done
	assert_equal "$(sql "SELECT DISTINCT status
		FROM symbol_computation_status")" completed
	assert_equal "$(sql "SELECT kind FROM coverage
		WHERE from_ts = 1720411200000")" refused
	assert_equal "$(sql "SELECT reason, times FROM rejected_bars")" \
		"volume is below zero|5"
	run mdbackfill -n -o json --no-grouped --from 2024-07-01 \
		--to 2024-07-16 --as-of 2024-07-23T12:00:00Z ACME
	assert_line --partial '"reasons": ["refused"]'
	acme_without
	acme_at 23T12:00 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 11
	assert_equal "$(sql "SELECT kind, count(*) FROM coverage GROUP BY 1")" \
		"bars|1"
	acme_at 25T12:00 0
}

@test "a bar refused in the morning is asked for when it has closed" {
	at() {
		restart_mock --synthetic --today "2024-07-01T$1:00-04:00" \
			${2:+--fault "$2"}
		mdbackfill -q -t 1d --no-grouped --no-features \
			--from 2024-06-28 --to 2024-07-01 \
			--as-of "2024-07-01T$1:00-04:00" SPY || true
		sql "SELECT count(*) FROM bars"
	}
	start_mock --synthetic
	assert_equal "$(at 11:20 "negative:endpoint=aggs")" 1
	assert_equal "$(at 12:00)" 1
	assert_equal "$(at 16:20)" 2
	assert_equal "$(sql "SELECT count(*) FROM coverage
		WHERE kind = 'refused'")" 0
}

@test "a job of which all rows are refused fails once, then says so" {
	acme_without bad=2024-07-08
	args=(--no-grouped --from 2024-07-08 --to 2024-07-08 ACME)
	run mdbackfill --as-of 2024-07-18T12:00:00Z "${args[@]}"
	assert_failure 2
	run mdbackfill --as-of 2024-07-19T12:00:00Z "${args[@]}"
	assert_success
	assert_output --partial "1 row refused, as before; see rejected_bars"
}

@test "who has had no bar for ten sessions is asked for once a day" {
	acme_without 2024-07-15 2024-07-16
	args=(-q --no-grouped --from 2024-07-01 ACME)
	for time in 30T16:00 30T17:01 30T18:02; do
		mdbackfill "${args[@]}" --as-of "2024-07-${time}:00Z"
	done
	before=$(requests aggs)
	for time in 30T19:00 30T21:00 31T01:00 31T14:00 31T16:00 31T19:00; do
		mdbackfill "${args[@]}" --as-of "2024-07-${time}:00Z"
	done
	assert_equal "$(($(requests aggs) - before))" 1
	assert_equal "$(sql "SELECT count(*) FROM doubts")" 0
}

@test "the plan says what the run then asks, and leaves no store behind" {
	use_no_store
	start_mock --synthetic
	args=(-t 1m,1d --no-features --from 2023-10-02 --to 2024-03-28
		AAPL X:BTCUSD)
	run mdbackfill -n -o json --rate 300/min "${args[@]}"
	assert_success
	no_store
	calls=$(sed -n 's/^  "calls": \([0-9]*\),$/\1/p' <<<"$output")
	assert_line "  \"seconds_at_rate\": $(python3 -c \
		"x = $calls * 60 / 300; print(int(x) if x == int(x) else x)"),"
	assert_equal "$(requests)" 0
	mdbackfill -q "${args[@]}"
	assert_equal "$(requests)" "$calls"
	run mdbackfill -n -o json "${args[@]}"
	assert_line '  "calls": 0,'
}

@test "an unknown symbol is a job with no bars and a word that says so" {
	start_mock --synthetic
	run mdbackfill --from 2024-01-02 --to 2024-01-31 ZZTOP
	assert_success
	assert_line --regexp "^ZZTOP .* completed .* no bars: unknown"
}

# -- which symbols --

@test "a watchlist is the truth: what has left it is inactive" {
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	printf '# ours\nAAPL tier=critical timeframes=1d,1h\nBTC class=crypto\n' \
		>w
	mdbackfill -q --from 2024-01-02 --to 2024-01-31 -w w
	assert_equal "$(sql "SELECT symbol, asset_class, tier, active
		FROM symbols ORDER BY 1")" "AAPL|stock|critical|1
X:BTCUSD|crypto|standard|1"
	printf 'MSFT\nAAPL tier=critical timeframes=1d\n' >w
	mdbackfill -q --from 2024-01-02 --to 2024-01-31 -w w
	assert_equal "$(sql "SELECT symbol, active FROM symbols
		ORDER BY 1")" "AAPL|1
MSFT|1
X:BTCUSD|0"
	assert_equal "$(sql "SELECT timeframe, active FROM series
		WHERE symbol = 'AAPL' ORDER BY 1")" "1d|1
1h|0"
	run mdbackfill -o json --all --from 2024-02-01 --to 2024-02-29
	assert_equal "$(grep -c '"symbol"' <<<"$output")" 2
	run mdbackfill -o json --tier critical --from 2024-02-01 --to 2024-02-29
	assert_equal "$(grep -c '"symbol"' <<<"$output")" 1
}

@test "naming a symbol, or piping it, keeps its class and tier" {
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	printf 'SPY class=etf tier=critical\n' >w
	args=(-q --from 2024-01-02 --to 2024-01-31)
	mdbackfill "${args[@]}" -w w
	mdbackfill "${args[@]}" SPY
	printf 'SPY\t1h\n' | mdbackfill "${args[@]}" -
	assert_equal "$(sql "SELECT asset_class, tier FROM symbols")" \
		"etf|critical"
	assert_equal "$(sql "SELECT timeframe FROM series ORDER BY 1")" "1d
1h"
}

@test "an empty pipe is nothing to do" {
	use_no_store
	run mdbackfill - </dev/null
	assert_success
	assert_output ""
	no_store
}

@test "errors of a watchlist name file and line" {
	cd "$BATS_TEST_TMPDIR"
	wrong() { # LINE-THREE EXPECTED
		printf 'AAPL\n# fine\n%s\n' "$1" >w
		run --separate-stderr mdbackfill -w w
		assert_equal "$status" 78
		[[ $stderr == *"w:3: "*"$2"* ]] || fail "$stderr"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	}
	wrong 'MSFT class=bond' "stock etf crypto fx index"
	wrong 'MSFT tier=high' "critical standard low"
	wrong 'MSFT timeframes=1d,2d' "1m 5m"
	wrong 'MSFT daily' "class=, tier=, timeframes= or from="
	wrong 'MS~FT' "MS~FT"
	: >w
	run --separate-stderr mdbackfill -w w
	assert_equal "$status" 78
	[[ $stderr == *"no symbol"* ]]
	run --separate-stderr mdbackfill -w missing
	assert_equal "$status" 78
	[[ $stderr == *missing*"No such file"* ]]
}

# -- two runs at once --

@test "two runs at once divide the series, and neither fails" {
	start_mock --synthetic --latency 30
	symbols=$(seq -f 'S%.0f' 20)
	args=(-q --from 2024-01-02 --to 2024-01-31)
	# shellcheck disable=SC2086 # words
	mdbackfill "${args[@]}" $symbols 3>&- &
	first=$!
	# shellcheck disable=SC2086
	mdbackfill "${args[@]}" $symbols
	wait $first
	assert_equal "$(requests aggs)" 20
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM coverage")" 20
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'completed'")" 2
}

# -- ends that were not meant --

@test "a killed run is found by the next and marked interrupted" {
	start_mock --synthetic --latency 300
	mdbackfill -q -j 1 --from 2024-01-02 --to 2024-01-31 A B C D E F 3>&- &
	run_pid=$!
	wait_for 30 in_progress
	kill -9 $run_pid
	wait $run_pid || true
	restart_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-31 A B C D E F
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log
		ORDER BY started_at")" "interrupted
completed"
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM coverage")" 6
}

in_progress() {
	[ "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status = 'in_progress'" 2>/dev/null)" = 1 ]
}

@test "a killed run's log counts symbols, not series" {
	# two symbols done in two timeframes, one that never ends
	start_mock --synthetic --fault silent:ticker=ZS,endpoint=aggs
	mdbackfill -q -j 6 -t 1h,1d --from 2024-01-02 --to 2024-01-31 A B ZS \
		3>&- 2>/dev/null &
	run_pid=$!
	wait_for 30 four_done
	kill -9 "$run_pid"
	wait "$run_pid" || true
	restart_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-31 A
	assert_equal "$(sql "SELECT total_symbols, successful_symbols,
		failed_symbols, CAST(total_records_processed > 0 AS integer)
		FROM scheduler_execution_log WHERE status = 'interrupted'")" \
		"3|2|1|1"
}

four_done() {
	[ "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status = 'in_progress'" 2>/dev/null)" = 2 ] &&
	[ "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status = 'completed'" 2>/dev/null)" = 4 ]
}

@test "an interrupt ends the run cleanly, keeping what was fetched" {
	for signal in INT TERM; do
		start_mock --synthetic --latency 200
		MD_DB=$(store_at $signal)
		interruptible mdbackfill -q -j 1 --from 2024-01-02 \
			--to 2024-01-31 A B C D E F G H I J K L
		wait_for 30 in_progress
		kill -s $signal "$run_pid"
		status=0
		wait $run_pid || status=$?
		stop_mock
		assert_equal "$status" \
			"$([ $signal = INT ] && echo 130 || echo 143)"
		assert_equal "$(sql "SELECT status FROM
			scheduler_execution_log")" interrupted
		[ "$(sql "SELECT count(*) FROM symbol_computation_status
			WHERE status = 'pending'")" -ge 1 ]
		assert_equal "$(sql "SELECT count(*) FROM
			symbol_computation_status WHERE status = 'failed'")" 0
		assert_equal "$(sql "SELECT failed_symbols FROM
			scheduler_execution_log")" 0
		assert_equal "$(sql "SELECT count(*) FROM leases
			WHERE lease_until > 0")" 0
	done
}

# niceness_of COMMAND...: of all threads of a backfill that is started so.
niceness_of() {
	interruptible "$@" -q -j 1 --from 2024-01-02 --to 2024-06-28 A B C D
	wait_for 30 in_progress
	ps -L -o ni= -p "$run_pid" | tr -d ' ' | sort -u
	kill "$run_pid"
	wait "$run_pid" || true
	rm -f "$MD_DB"*
}

@test "a backfill gives way to others, as much as it is told" {
	only_sqlite "its file is removed between runs"
	[ "$(nice)" -le 5 ] || skip "these tests give way themselves"
	start_mock --synthetic --fault silent:endpoint=aggs
	assert_equal "$(niceness_of mdbackfill)" 10
	assert_equal "$(niceness_of mdbackfill --nice 12)" 12
	assert_equal "$(niceness_of mdbackfill --nice 0)" "$(nice)"
	# who started it may know better
	assert_equal "$(niceness_of nice -n $((15 - $(nice))) mdbackfill)" 15
	echo '{"nice": 7}' >"$BATS_TEST_TMPDIR/c.json"
	assert_equal "$(niceness_of mdbackfill \
		--config "$BATS_TEST_TMPDIR/c.json")" 7
}

@test "a signal that comes twice at once still ends the run cleanly" {
	start_mock --synthetic --latency 200
	interruptible mdbackfill -q -j 1 --from 2024-01-02 --to 2024-01-31 \
		A B C D E F
	wait_for 30 in_progress
	# as timeout(1) does: the process, then its group
	kill -s TERM "$run_pid" "$run_pid"
	status=0
	wait "$run_pid" || status=$?
	assert_equal "$status" 143
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log")" \
		interrupted
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
}

@test "a job that was never asked is pending when the run is interrupted" {
	only_sqlite "a lock on the file"
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-05 MSFT AAPL
	coproc locker { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&"${locker[1]}"
	read -r -t 30 _ <&"${locker[0]}"
	holder=$locker_PID
	interruptible mdbackfill -q -j 1 --from 2024-01-02 --to 2024-01-31 \
		MSFT AAPL
	kill -s INT "$run_pid"
	wait_for 30 took_signals "$run_pid"
	kill "$holder"
	wait $run_pid || true
	assert_equal "$(requests)" 4
	run sql "SELECT count(*) FROM symbol_computation_status c
		JOIN scheduler_execution_log x USING (execution_id)
		WHERE x.status = 'interrupted' AND c.status = 'completed'"
	assert_output 0
}

# The signal has been taken: it is not waiting to be.
took_signals() {
	local mask

	mask=$(sed -n 's/^S[hi][dg]Pnd:[[:space:]]*//p' "/proc/$1/status" |
		tr -d '0\n')
	[ -z "$mask" ]
}

@test "a finished run is not marked interrupted by another" {
	start_mock --synthetic
	for i in 1 2 3 4 5; do
		pids=()
		for j in 1 2 3 4; do
			mdbackfill -q --from 2024-01-02 --to 2024-01-05 \
				"S$i" "S$j" 3>&- &
			pids+=($!)
		done
		for pid in "${pids[@]}"; do
			wait "$pid"
		done
	done
	assert_equal "$(sql "SELECT DISTINCT status
		FROM scheduler_execution_log")" completed
}

@test "a lease that lies a year ahead does not hold a series" {
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-05 AAPL
	sql "UPDATE leases SET execution_id = 'x',
		lease_until = (strftime('%s', 'now') + 31536000) * 1000"
	timeout 20 mdbackfill -q --from 2024-01-02 --to 2024-01-31 AAPL
	assert_equal "$(sql "SELECT count(*) FROM bars")" 21
}

@test "killed at random moments, one finishing run makes the store whole" {
	local kills=4 pairs=1

	# Each store is a database there, which takes its time.
	[ "$MD_ENGINE" = sqlite ] || kills=2 pairs=0
	PAIRS=$pairs run "$MD_ROOT/tests/kill.sh" "$MD_BUILD" $kills
	assert_success
	assert_output --partial "$kills kills of"
}

# -- what it prints --

@test "-q prints nothing, a pipe that closes ends it quietly" {
	start_mock --synthetic
	run --separate-stderr mdbackfill -q --from 2024-01-02 --to 2024-01-31 AAPL
	assert_success
	assert_equal "$output$stderr" ""
	run --separate-stderr bash -c "set -o pipefail
		mdbackfill --from 2024-01-02 --to 2024-01-31 AAPL | true"
	assert_success
	assert_equal "$stderr" ""
}

@test "--out appears whole or not at all" {
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	mdbackfill --out s.json -o json --from 2024-01-02 --to 2024-01-31 AAPL
	python3 -m json.tool s.json >/dev/null
	run --separate-stderr mdbackfill --out no/such/s.json AAPL
	assert_equal "$status" 69
	[[ $stderr == *no/such/s.json* ]]
	assert_equal "$(requests)" 3
	[ "$(find . -name 's.json*' | wc -l)" -eq 1 ]
}

@test "the JSON summary has its fields" {
	start_mock --synthetic
	run mdbackfill -o json --from 2024-01-02 --to 2024-01-31 AAPL
	python3 - "$output" <<-'EOF'
	import json, sys
	s = json.loads(sys.argv[1])
	for k in ('execution_id status requests retries rate_limited '
	          'rate_limited_percent bars_received bars_inserted bars_updated '
	          'bars_unchanged bars_rejected bytes_received api_seconds '
	          'db_seconds duration_seconds jobs').split():
	    assert k in s, k
	j = s['jobs'][0]
	assert (j['symbol'], j['timeframe'], j['status'], j['error']) == \
	    ('AAPL', '1d', 'completed', None)
	assert j['bars_inserted'] == s['bars_inserted'] == 21
	EOF
}

# -- bad input: one line, the thing named, the right code --

# refused CODE WORDS ARGUMENTS...
refused() {
	local code=$1 words=$2

	shift 2
	run --separate-stderr mdbackfill "$@"
	[ "$status" -eq "$code" ] || fail "$*: exit code $status: $stderr"
	[[ $stderr == *"$words"* ]] || fail "$*: $stderr"
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$*: $stderr"
	assert_output ""
}

@test "malformed arguments are named with what was expected" {
	refused 64 "nothing to fetch"
	refused 64 "expected timeframes of 1m 5m" -t 2h AAPL
	refused 64 "expected a date" --from yesterday AAPL
	refused 64 "expected a date" --to 2024-02-30 AAPL
	refused 64 "is after --to" --from 2024-02-01 --to 2024-01-01 AAPL
	refused 64 "in the future" --from 2100-01-01 AAPL
	refused 64 "in the future" --to 2100-01-01 AAPL
	refused 64 "in the future" --as-of 2100-01-01 AAPL
	refused 64 "expected a whole number from 1 to 256" -j 0 AAPL
	refused 64 "expected a whole number from 0 to 19" --nice 20 AAPL
	refused 64 "expected a rate such as 5/min" --rate 5 AAPL
	refused 64 "mdbackfill writes table json" -o xml AAPL
	refused 64 "AA/PL" AA/PL
	refused 64 "critical standard low" --tier high
	refused 64 "several options" --t 1d AAPL
	refused 64 "never taken from the command line" --api-key=SESAME AAPL
	refute [ -n "$(grep SESAME <<<"$stderr")" ]
	refused 64 "expected https" --base-url http://example.com AAPL
	refused 64 "not a URL" --base-url '::' AAPL
}

@test "errors of the configuration name file, line and column" {
	cd "$BATS_TEST_TMPDIR"
	printf '{\n "jobs": 3,\n "colour": 1\n}\n' >c.json
	refused 78 "c.json:3:2: colour: no such key" --config c.json AAPL
	printf '{\n "jobs": "three"\n}\n' >c.json
	refused 78 "c.json:2:2: jobs: 'three': expected a whole number from 1 to" \
		--config c.json AAPL
	printf '{\n "jobs": 0\n}\n' >c.json
	refused 78 "c.json:2:2: jobs: '0': expected a whole number" \
		--config c.json AAPL
	printf '{\n "jobs": 3\n' >c.json
	refused 78 "c.json:" --config c.json AAPL
	refused 78 "none.json" --config none.json AAPL
}

@test "flags beat the environment, that beats the configuration" {
	only_sqlite "files made by their names"
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	printf '{"db": "conf.db", "timeframes": ["1h"]}\n' >c.json
	args=(-q --config c.json --from 2024-01-02 --to 2024-01-03 AAPL)
	env -u MD_DB mdbackfill "${args[@]}"
	[ -e conf.db ]
	MD_DB=env.db mdbackfill "${args[@]}"
	[ -e env.db ]
	MD_DB=env.db mdbackfill --db flag.db -t 1d "${args[@]}"
	assert_equal "$(sql "SELECT timeframe FROM series" flag.db)" 1d
	assert_equal "$(sql "SELECT timeframe FROM series" env.db)" 1h
}

@test "a missing key, and a key file that others may read, are 77" {
	start_mock --synthetic --key sesame-1234
	cd "$BATS_TEST_TMPDIR"
	POLYGON_API_KEY='' refused 77 "POLYGON_API_KEY" AAPL
	echo sesame-1234 >key
	chmod 644 key
	refused 77 "chmod 600 key" --api-key-file key AAPL
	chmod 600 key
	run mdbackfill -q --from 2024-01-02 --to 2024-01-03 \
		--api-key-file key AAPL
	assert_success
	refused 77 "No such file" --api-key-file none AAPL
	printf 'two words\n' >key
	refused 77 "blank" --api-key-file key AAPL
}

@test "a store that cannot be one is 69, and stays as it was" {
	only_sqlite "files"
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	mkdir folder
	refused 69 "is a directory" --db folder AAPL
	head -c 5000 /dev/urandom >noise
	cp noise noise2
	refused 69 "not a SQLite database" --db noise AAPL
	cmp noise noise2
	sqlite3 other.db "CREATE TABLE t (x)"
	refused 69 "another program" --db other.db AAPL
	refused 69 "no/such" --db no/such/place.db AAPL
	mdbackfill -q --db new.db --from 2024-01-02 --to 2024-01-03 AAPL
	sqlite3 new.db "INSERT INTO schema_migrations VALUES (999, 'x', 'x')"
	refused 69 "newer mdkit" --db new.db AAPL
	refused 69 "does not exist" --db typo.db --all
	[ ! -e typo.db ]
	assert_equal "$(requests aggs)" 1
}

@test "a plan is made of a store in a folder that cannot be written" {
	only_sqlite "a folder's permissions"
	start_mock --synthetic
	mkdir "$BATS_TEST_TMPDIR/shelf?#1"
	store="$BATS_TEST_TMPDIR/shelf?#1/100%.db"
	mdbackfill -q --db "$store" --from 2024-01-02 --to 2024-01-31 AAPL
	chmod a-w "$BATS_TEST_TMPDIR/shelf?#1"
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." \
		"$BATS_TEST_TMPDIR/../.."
	as_nobody=()
	if [ "$(id -u)" -eq 0 ]; then
		as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		"${as_nobody[@]}" test -r "$store" -a -x "$MD_BUILD/mdbackfill" ||
			skip "nobody but root can reach the build"
	fi
	run "${as_nobody[@]}" "$MD_BUILD/mdbackfill" -n -o json --db "$store" \
		--from 2024-01-02 --to 2024-01-31 AAPL
	chmod u+w "$BATS_TEST_TMPDIR/shelf?#1"
	assert_success
	assert_line '  "calls": 0,'
}

@test "a damaged store is named, with the remedy" {
	only_sqlite "a damaged file"
	start_mock --synthetic
	mdbackfill -q -t 1h --from 2023-01-02 --to 2024-01-03 AAPL
	dd if=/dev/urandom of="$MD_DB" bs=16384 seek=1 count=40 conv=notrunc \
		2>/dev/null
	refused 69 "damaged" -t 1h --from 2023-01-02 --to 2024-02-03 AAPL
}

@test "a store that is locked for long is named, and nothing is lost" {
	only_sqlite "a lock on the file"
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-03 AAPL
	coproc locker { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"${locker[1]}"
	read -r -t 30 _ <&"${locker[0]}"
	refused 69 "locked for over" -q --from 2024-01-02 \
		--to 2024-01-31 AAPL
	holder=$locker_PID
	kill "$holder"
	wait "$holder" || true
	mdbackfill -q --from 2024-01-02 --to 2024-01-31 AAPL
	assert_equal "$(sql "SELECT count(*) FROM bars")" 21
}

@test "a full disk ends the run with what to do, and nothing is lost" {
	only_sqlite "the file's disk"
	[ "$(id -u)" -eq 0 ] || skip "only root may mount a small file system"
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=2m none "$BATS_TEST_TMPDIR/small" 2>/dev/null ||
		skip "no tmpfs may be mounted here"
	start_mock --synthetic
	status=0
	mdbackfill -q --db "$BATS_TEST_TMPDIR/small/m.db" -t 1m \
		--from 2024-01-02 --to 2024-03-28 AAPL MSFT \
		2>"$BATS_TEST_TMPDIR/err" || status=$?
	cp "$BATS_TEST_TMPDIR/small/m.db"* "$BATS_TEST_TMPDIR"
	umount "$BATS_TEST_TMPDIR/small"
	assert_equal "$status" 69
	grep -q "no room left" "$BATS_TEST_TMPDIR/err"
	MD_DB=$(store_at m)
	assert_equal "$(sql "PRAGMA integrity_check")" ok
	mdbackfill -q -t 1m --from 2024-01-02 --to 2024-03-28 AAPL MSFT
	bars_of | sha256sum >"$BATS_TEST_TMPDIR/a"
	MD_DB=$(store_at fresh)
	mdbackfill -q -t 1m --from 2024-01-02 --to 2024-03-28 AAPL MSFT
	bars_of | sha256sum | diff - "$BATS_TEST_TMPDIR/a"
}
