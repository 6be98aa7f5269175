# One day of all pairs of forex in one call, whichever midnight their days are
# counted from.

load store

setup() {
	use_store
	pairs=(C:AUDUSD C:EURCHF C:EURGBP C:EURUSD C:GBPUSD C:NZDUSD C:USDCAD)
}

# listed MIDNIGHT ARGUMENTS...: a mock that lists the pairs.
listed() {
	restart_mock --synthetic --fx-grid "$@"
	rm -f "$BATS_TEST_TMPDIR"/listing.db*
	mdbackfill -q --no-grouped --no-features --rate 100000/min -j 9 \
		--db "$BATS_TEST_TMPDIR/listing.db" --from 2024-02-01 \
		--to 2024-02-01 "${pairs[@]}"
	looked=$(wc -l <"$MOCK_LOG")
}

# calls RANGE GROUPED: those since the last look.
calls() {
	local new=$BATS_TEST_TMPDIR/since

	tail -n +$((looked + 1)) "$MOCK_LOG" >"$new"
	looked=$(wc -l <"$MOCK_LOG")
	assert_equal "$(grep -c /range/ "$new" || true) range, $(
		grep -c /market/fx/ "$new" || true) grouped" \
		"$1 range, $2 grouped"
}

rows() {
	sql "SELECT symbol, ts_ms, open, high, low, close, volume
		FROM market_data_raw ORDER BY 1, 2" "$@"
}

# fetch FROM TO ARGUMENTS...
fetch() {
	mdbackfill -q --rate 100000/min --no-features --from "$1" --to "$2" \
		"${@:3}" "${pairs[@]}"
}

@test "days of forex come for all pairs at once, as by their own calls" {
	for midnight in newyork utc; do
		MD_DB=$(store_at "by_day_$midnight")
		own=$(store_at "own_$midnight")
		listed "$midnight"
		# Friday to Tuesday, over a weekend and a change of clocks
		run -0 mdbackfill -n -o json --from 2024-03-08 --to 2024-03-12 \
			"${pairs[@]}"
		assert_line '  "calls_range": 0,'
		assert_line '  "calls_grouped": 4,'
		assert_line --partial '"market": "fx"'
		fetch 2024-03-08 2024-03-12
		calls 0 4
		fetch 2024-03-08 2024-03-12
		calls 0 0
		# their grid is known now
		fetch 2024-03-08 2024-03-13
		calls 0 1
		fetch 2024-03-08 2024-03-13 --no-grouped --db "$own"
		calls 7 0
		diff <(rows) <(rows "$own")
		[ "$(rows | wc -l)" -ge 28 ]
		fetch 2024-03-08 2024-03-13 --db "$own"
		calls 0 0
		assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	done
}

@test "a day of forex that goes on is asked for once, and to its end" {
	for midnight in newyork utc; do
		MD_DB=$(store_at "now_$midnight")
		now=2024-03-13T18:00:00Z
		listed "$midnight" --today "$now"
		mdbackfill -q --rate 100000/min --no-features --days 1 \
			--as-of "$now" "${pairs[@]}"
		calls 0 2
		mdbackfill -q --rate 100000/min --no-features --days 1 \
			--as-of "$now" "${pairs[@]}"
		calls 0 0
		# later, of a plan whose grid is known
		now=2024-03-14T18:00:00Z
		listed "$midnight" --today "$now"
		mdbackfill -q --rate 100000/min --no-features --days 2 \
			--as-of "$now" "${pairs[@]}"
		calls 0 2
	done
}

@test "forex that is refused by day, or broken, is asked for by its own calls" {
	for fault in status=403 status=404 highlow nan nul; do
		MD_DB=$(store_at "fault_$fault")
		listed newyork --fault "$fault:endpoint=grouped"
		status=0
		fetch 2024-03-12 2024-03-12 2>"$BATS_TEST_TMPDIR/err" ||
			status=$?
		echo "$fault: exit $status: $(cat "$BATS_TEST_TMPDIR/err")"
		[ "$status" -le 1 ]
		fetch 2024-03-12 2024-03-12 --no-grouped --refresh
		assert_equal "$(rows | wc -l)" 7
	done
}
