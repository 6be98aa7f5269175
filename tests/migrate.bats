# Stores that older versions wrote: they become right by themselves.

load store

setup() {
	use_store
}

# old_store: one that 0.1.0 filled on Monday 2024-07-01 at 11:20 New York, with
# days of SPY, X:BTCUSD and C:EURUSD since Thursday.
old_store() {
	local dump=$MD_ROOT/tests/fixtures/store-0.1.0.$MD_ENGINE.sql

	if [ "$MD_ENGINE" = postgres ]; then
		use_no_store
		pg -d "$MD_DB" <"$dump" >/dev/null
	else
		sqlite3 "$MD_DB" "PRAGMA application_id = 1835297652;
			PRAGMA journal_mode = WAL" >/dev/null
		sqlite3 "$MD_DB" <"$dump"
	fi
}

# at TIME REQUESTS: so many calls for bars, and all is as the vendor has it.
at() {
	local before

	restart_mock --synthetic --today "$1"
	before=$(requests aggs)
	mdbackfill -q -t 1d --from 2024-06-27 --to 2024-07-01 --no-features \
		--no-grouped --as-of "$1" SPY X:BTCUSD C:EURUSD
	assert_equal "$(($(requests aggs) - before))" "$2"
	mdbackfill -q -t 1d --from 2024-06-27 --to 2024-07-01 --no-features \
		--no-grouped --as-of "$1" --db "$(store_at fresh)" \
		--refresh SPY X:BTCUSD C:EURUSD
	assert_equal "$(sql "$bars" | sort)" \
		"$(sql "$bars" "$(store_at fresh)" | sort)"
}

bars="SELECT symbol, ts_ms, open, high, low, close, volume, final
	FROM market_data_raw"

@test "what 0.1.0 covered before it was final is provisional again" {
	old_store
	start_mock --synthetic --today 2024-07-01T20:40:00Z
	# reading it asks for a run first, and changes nothing
	run mdstale --as-of 2024-07-01T20:40:00Z
	assert_failure 3
	assert_output --partial "made by an older mdkit; run mdbackfill once"
	# after the close: the stock's day; the others have not ended
	at 2024-07-01T20:40:00Z 3
	at 2024-07-02T15:05:00Z 3
	at 2024-07-02T15:30:00Z 0
	assert_equal "$(sql "SELECT count(*) FROM market_data WHERE final = 0")" 0
	assert_equal "$(sql "SELECT count(*) FROM market_data")" 12
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	# when it came is not known, but what has come since is
	run -2 mdbars --as-of 2024-07-01T12:00:00Z SPY
	assert_output --partial "what the store held before 2024-07-01T15:2"
	cd "$BATS_TEST_TMPDIR"
	mdbars --as-of 2024-07-01T16:00:00Z SPY >then
	mdbars --as-of 2024-07-02T12:00:00Z SPY >later
	assert_equal "$(grep -c true then) $(grep -c true later)" "2 2"
	run -1 cmp -s then later
}

# Derived bars count as of what they were made of, which may be long before.
@test "when an older version derived bars is when their history begins" {
	old_store
	if [ "$MD_ENGINE" = postgres ]; then
		pg -d "$MD_DB" -c "INSERT INTO derived SELECT series_id,
			'2024-06-27 04:00Z', '2024-06-28 04:00Z', '1h',
			'2024-07-01 18:00Z' FROM series WHERE symbol = 'SPY'"
	else
		sqlite3 "$MD_DB" "INSERT INTO derived SELECT series_id,
			1719460800000, 1719547200000, '1h', 1719856800000
			FROM series WHERE symbol = 'SPY'"
	fi
	mdbackfill -q --resume
	run -2 mdbars --as-of 2024-07-01T17:59:00Z SPY
	assert_output --partial "the store held before 2024-07-01T18:00:00"
	run -0 mdbars --as-of 2024-07-01T18:01:00Z SPY
}
