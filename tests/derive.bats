# Coarser bars made of finer ones: that they are the API's own, that they cost
# no call, and that what cannot be made is asked for.

load store

setup() {
	use_store
}

# The calls for bars since the last look.
calls() {
	local log=$BATS_TEST_TMPDIR/since got

	tail -n +$((${looked:-0} + 1)) "$MOCK_LOG" >"$log"
	looked=$(wc -l <"$MOCK_LOG")
	got=$(grep -c /range/ "$log" || true)
	[ "$got" = "$1" ] || fail "$got calls, not $1: $(cat "$log")"
}

# fetch ARGUMENTS...: twenty days in which New York's clocks change.
fetch() {
	mdbackfill -q --rate 100000/min --no-features --from 2024-03-01 \
		--to 2024-03-20 --as-of 2024-03-22T16:00:00Z "$@"
}

# asked_for ARGUMENTS...: the same from the API, into a store of its own.
asked_for() {
	fetch --db "$(store_at asked)" "$@"
	looked=$(wc -l <"$MOCK_LOG")
}

# as_asked: all bars are those of the store of asked_for, and there are some;
# weighted prices to their last digit but one, since those they are made of are
# rounded.
as_asked() {
	local bars="SELECT symbol, timeframe, ts_ms, open, high, low, close,
		volume, transactions, vwap FROM market_data_raw
		ORDER BY symbol, timeframe, ts_ms"

	sql "$bars" >"$BATS_TEST_TMPDIR/made"
	sql "$bars" "$(store_at asked)" >"$BATS_TEST_TMPDIR/asked"
	python3 - "$BATS_TEST_TMPDIR/made" "$BATS_TEST_TMPDIR/asked" <<'EOF'
import sys
made, asked = ([line.rstrip("\n").split("|") for line in open(f)]
               for f in sys.argv[1:])
assert made and len(made) == len(asked), (len(made), len(asked))
for m, a in zip(made, asked):
    assert m[:9] == a[:9], (m, a)
    assert (m[9] == a[9] == "" or
            abs(float(m[9]) - float(a[9])) <= 1e-4 * float(a[9])), (m, a)
EOF
}

# derived: how many series have bars that were made.
derived() {
	sql "SELECT count(DISTINCT series_id) FROM derived"
}

@test "coarser bars are the API's own and cost no call" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 5m,15m,30m,1h,4h AAPL X:BTCUSD
	fetch --derive -t 5m,15m,30m,1h,4h AAPL X:BTCUSD
	calls 2
	as_asked
	assert_equal "$(derived)" 8
	fetch --derive -t 5m,15m,30m,1h,4h AAPL X:BTCUSD
	calls 0
	fetch -t 5m,15m,30m,1h,4h AAPL X:BTCUSD
	calls 0
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 0
}

@test "with minutes, all is made of minutes; a day is not" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 1m,5m,1h,1d SPY
	run fetch --derive -t 1m,5m,1h,1d SPY -o json
	assert_success
	calls 2
	as_asked
	assert_equal "$(derived)" 2
	assert_equal "$(sql "SELECT DISTINCT timeframe FROM derived")" 1m
}

@test "a finer series that is stored is enough" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 5m,1h AAPL
	fetch -t 5m AAPL
	calls 1
	fetch --derive -t 1h AAPL
	calls 0
	as_asked
}

@test "what the finer series does not have is asked for" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 5m,4h X:BTCUSD
	# of the first ten days only
	mdbackfill -q --no-features --from 2024-03-01 --to 2024-03-10 \
		--as-of 2024-03-22T16:00:00Z -t 5m X:BTCUSD
	calls 1
	fetch --derive -t 4h X:BTCUSD
	calls 1
	grep -q 'range/4/hour/17101' "$BATS_TEST_TMPDIR/since" ||
		fail "$(cat "$BATS_TEST_TMPDIR/since")"
	fetch -t 5m X:BTCUSD
	as_asked
}

@test "days that are not in the store any more are asked for" {
	only_sqlite "how a test takes them out"
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 1h AAPL
	fetch -t 5m AAPL
	# Wednesday the 6th, in New York
	sql "DELETE FROM bars WHERE ts BETWEEN 1709701200000
		AND 1709787599999"
	looked=$(wc -l <"$MOCK_LOG")
	fetch --derive -t 1h AAPL
	calls 1
	sql "DELETE FROM series WHERE timeframe = '5m'"
	as_asked
}

@test "a finer series that fails holds nothing up" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z \
		--fault status=500:timeframe=5m
	asked_for -t 1h AAPL
	run -1 fetch --derive -t 5m,1h AAPL --max-retries 0
	as_asked
	assert_equal "$(derived)" 0
}

@test "bars of today are made anew until they are final" {
	start_mock --synthetic --today 2024-03-08T17:00:00Z
	day=(-q --no-features --derive -t 5m,1h --from 2024-03-07
		--to 2024-03-08 AAPL)
	mdbackfill "${day[@]}" --as-of 2024-03-08T17:00:00Z
	calls 1
	restart_mock --synthetic --today 2024-03-12T17:00:00Z
	mdbackfill "${day[@]}" --as-of 2024-03-12T17:00:00Z
	calls 1
	mdbackfill -q --no-features -t 5m,1h --from 2024-03-07 --to 2024-03-08 \
		AAPL --as-of 2024-03-12T17:00:00Z --db "$(store_at asked)"
	as_asked
	looked=$(wc -l <"$MOCK_LOG")
	mdbackfill "${day[@]}" --as-of 2024-03-12T17:00:00Z
	calls 0
}

@test "a refresh asks the API, and the mark goes" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	fetch --derive -t 5m,1h AAPL
	assert_equal "$(derived)" 1
	# the middle of it, and then all
	mdbackfill -q --no-features --refresh --from 2024-03-05 \
		--to 2024-03-06 --as-of 2024-03-22T16:00:00Z -t 1h AAPL
	assert_equal "$(sql "SELECT count(*) FROM derived")" 2
	fetch --refresh -t 1h AAPL
	assert_equal "$(derived)" 0
	asked_for -t 5m,1h AAPL
	diff <(bars_of) <(bars_of "$(store_at asked)")
}

@test "what is fetched again is made again" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	fetch --derive -t 5m,1h AAPL
	looked=$(wc -l <"$MOCK_LOG")
	sql "UPDATE bars SET high = high + 1 WHERE series_id IN
		(SELECT series_id FROM series WHERE timeframe = '1h')"
	fetch --derive --refresh -t 5m,1h AAPL
	calls 1
	asked_for -t 5m,1h AAPL
	as_asked
}

@test "windows are compared first, and counted" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 5m,15m,4h AAPL X:BTCUSD
	run fetch -n -o json --verify-derived 3 -t 5m,15m,4h AAPL X:BTCUSD
	assert_line '  "calls_range": 2,'
	assert_line '  "calls_verify": 12,'
	fetch --verify-derived 3 -t 5m,15m,4h AAPL X:BTCUSD
	calls 14
	as_asked
	assert_equal "$(derived)" 4
}

# unlike_data: minutes of two days, and hours that have another high.
unlike_data() {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	python3 - "$BATS_TEST_TMPDIR/data/bars/ACME" <<'EOF'
import sys
start = 1709562600000 # 2024-03-04 09:30 in New York
with open(sys.argv[1] + "/1m.csv", "w") as m, \
     open(sys.argv[1] + "/1h.csv", "w") as h:
    print("t,o,h,l,c,v", file=m)
    print("t,o,h,l,c,v", file=h)
    for d in range(2):
        for i in range(390):
            print("%d,10,11,9,10,100" % (start + d * 86400000 + i * 60000),
                  file=m)
        for i in range(7):
            print("%d,10,12,9,10,6000" %
                  (start - 1800000 + d * 86400000 + i * 3600000), file=h)
EOF
}

@test "a symbol whose bars differ is asked for, and that is said" {
	unlike_data
	start_mock --data "$BATS_TEST_TMPDIR/data" --today 2024-03-22T16:00:00Z
	asked_for -t 1m,5m,1h ACME
	run --separate-stderr -0 mdbackfill --no-features --from 2024-03-01 \
		--to 2024-03-20 --as-of 2024-03-22T16:00:00Z \
		--verify-derived 2 -t 1m,5m,1h ACME
	[[ $stderr == *"ACME 1h: 1m: the API's bar of 2024-03-04T1"*"has h 12, derived it is 11"* ]] ||
		fail "$stderr"
	diff <(bars_of | grep -v '|5m|') \
		<(bars_of "$(store_at asked)" | grep -v '|5m|')
	assert_equal "$(sql "SELECT count(*) FROM derived d JOIN series s
		USING (series_id)")" 0
}

@test "real hours are not what the minutes make: that is seen" {
	need_shared
	start_mock --data "$(shared_data)" --today 2021-04-02T00:00:00Z
	days=(--no-features --from 2013-10-07 --to 2013-10-11
		--as-of 2021-04-01T16:00:00Z -t "1m,1h" SPY)
	mdbackfill -q "${days[@]}" --db "$(store_at asked)"
	run --separate-stderr -0 mdbackfill "${days[@]}" --verify-derived 20
	[[ $stderr == *"SPY 1h: 1m: the API's bar of 2013-10-"* ]] ||
		fail "$stderr"
	as_asked
	assert_equal "$(derived)" 0
}

@test "a run that was killed loses nothing" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	asked_for -t 1m,5m,15m,1h X:BTCUSD X:ETHUSD
	# Moments spread over a run, wherever they fall.
	for after in 0.05 0.1 0.2 0.3; do
		fetch --derive -t 1m,5m,15m,1h X:BTCUSD X:ETHUSD &
		sleep "$after"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	fetch --derive -t 1m,5m,15m,1h X:BTCUSD X:ETHUSD
	as_asked
}

@test "the plan tells what is derived, and a job's note does" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	run fetch -n -o json --derive -t 5m,1h AAPL
	assert_line '  "calls_range": 1,'
	assert_line '  "calls_verify": 0,'
	assert_line --partial '"timeframe": "1h"'
	assert_line --partial '"by": "derive", "calls": 0'
	refute_line '  "bars_derived": 0,'
	fetch --derive -t 5m,1h AAPL
	run mdbackfill --no-features --from 2024-03-01 --to 2024-03-20 \
		--as-of 2024-03-22T16:00:00Z --derive -t 4h AAPL -o json
	assert_line --partial 'bars made of 5m"'
}

@test "features of made bars are those of asked ones" {
	start_mock --synthetic --today 2024-03-22T16:00:00Z
	features=(-q --from 2024-03-01 --to 2024-03-20
		--as-of 2024-03-22T16:00:00Z X:BTCUSD)
	mdbackfill "${features[@]}" --derive -t 5m,1h
	mdbackfill "${features[@]}" --db "$(store_at asked)" -t 5m,1h
	sql "SELECT timeframe, ts_ms, log_return, atr, volatility_20 FROM market_features
		ORDER BY timeframe, ts_ms" >"$BATS_TEST_TMPDIR/made"
	sql "SELECT timeframe, ts_ms, log_return, atr, volatility_20 FROM market_features
		ORDER BY timeframe, ts_ms" "$(store_at asked)" | diff - "$BATS_TEST_TMPDIR/made"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/made")" -gt 1000 ]
}

@test "wrong options are named with what was expected" {
	run --separate-stderr -64 mdbackfill --verify-derived 0 AAPL
	[[ $stderr == *"--verify-derived: '0': expected a whole number"* ]] ||
		fail "$stderr"
	run --separate-stderr -64 mdbackfill --derive=yes AAPL
}
