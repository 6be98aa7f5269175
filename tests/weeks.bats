# Three weeks of a store that cron fills, with a clock that is moved: New York's
# clocks change, Thanksgiving is a holiday, the day after it a half one.  With
# MD_LONG set each day is lived through, else those about these events.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
}

series=(-t "1m,1h,1d,1w,1mo" SPY X:BTCUSD C:EURUSD)

# ny DATE TIME: New York's time as UTC.
ny() {
	TZ=America/New_York date -d "$1 $2" +%s |
		{ read -r s && date -u -d "@$s" +%Y-%m-%dT%H:%M:%SZ; }
}

# run_at DATE TIME: what cron runs then, and what must hold after it.
run_at() {
	local now asked

	now=$(ny "$1" "$2")
	restart_mock --synthetic --today "$now"
	mdbackfill -q --rate 100000/min --no-features --days 6 --as-of "$now" \
		"${series[@]}" || fail "$now: exit $?"
	asked=$(requests aggs)
	mdbackfill -q --rate 100000/min --no-features --days 6 --as-of "$now" \
		"${series[@]}"
	[ "$(requests aggs)" = "$asked" ] ||
		fail "$now: asks again: $(tail -n 3 "$MOCK_LOG")"
	# what is stored of the last days is what the vendor says now
	mdstale --by bars --clock market --as-of "$now" -o csv >stale ||
		fail "$now: $(cat stale)"
}

# as_the_vendor DATE TIME: the store has what one has that is filled now; but a
# week or a month that goes on is asked for after each session's close alone.
as_the_vendor() {
	local now fresh since

	now=$(ny "$1" "$2")
	fresh=$(store_at "fresh_$1")
	mdbackfill -q --rate 100000/min --no-features --days 6 --as-of "$now" \
		--db "$fresh" "${series[@]}"
	sql "$bars ORDER BY 1, 2, 3" "$fresh" >theirs
	since=$(cut -d'|' -f3 theirs | sort -n | head -n 1)
	sql "$bars AND ts_ms >= $since ORDER BY 1, 2, 3" |
		grep -F -x -f theirs >ours || true
	diff theirs ours >differ ||
		fail "$now: $(wc -l <theirs), $(wc -l <ours): $(head -n 5 differ)"
}

bars="SELECT symbol, timeframe, ts_ms, open, high, low, close, volume, final
	FROM market_data_raw
	WHERE (final = 1 OR timeframe NOT IN ('1w', '1mo'))"

@test "three weeks of runs: current after each, and as the vendor in the end" {
	days=(5 6 7 8 15 24 25 26)
	[ -z "${MD_LONG:-}" ] || mapfile -t days < <(seq 5 26)
	for day in "${days[@]}"; do
		date=$(printf '2021-11-%02d' "$day")
		for time in 09:00 11:05 12:00 16:20 20:30; do
			run_at "$date" "$time"
		done
		as_the_vendor "$date" 20:30
	done
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 0
}
