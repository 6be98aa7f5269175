#!/usr/bin/env bats
# A clock that is ahead of the API's settles nothing: the API's own clock, which
# each answer's header Date shows, says as of when its bars are.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "${PROXY_PID:-}" ] || kill "$PROXY_PID" 2>/dev/null || true
	end_mock
}

# server_at TIME [OPTIONS...]: a mock of that time, behind a server that says so.
server_at() {
	restart_mock --synthetic --today "$@"
	LC_ALL=C date -u -d "$1" "+%a, %d %b %Y %H:%M:%S GMT" >date.txt
	start_proxy
}

start_proxy() {
	[ -z "${PROXY_PID:-}" ] || kill "$PROXY_PID"
	rm -f proxy.port
	python3 "$MD_ROOT/tests/clock_proxy.py" "$MOCK_URL" proxy.port \
		date.txt 2>proxy.err 3>&- &
	PROXY_PID=$!
	wait_for 20 [ -s proxy.port ] || fail "$(cat proxy.err)"
	export POLYGON_BASE_URL=http://127.0.0.1:$(cat proxy.port)
}

# fetch TIME [OPTIONS...]: as a machine whose clock says TIME, July 2.
fetch() {
	mdbackfill -q -t 1d --as-of "$1" --from 2024-07-02 --to 2024-07-02 \
		"${@:2}"
}

# asked TIME [OPTIONS...]: how many requests for bars that is.
asked() {
	local before

	before=$(requests aggs)
	fetch "$@"
	echo "$(($(requests aggs) - before))"
}

# held: the bars' symbols, and whether they are final.
held() {
	sql "SELECT symbol, final FROM market_data_raw ORDER BY symbol" |
		paste -sd' '
}

@test "a day is settled by the API's clock, not by one two days ahead" {
	server_at 2024-07-02T11:20:00-04:00
	assert_equal "$(asked 2024-07-04T11:20:00-04:00 AAPL)" 1
	assert_equal "$(held)" "AAPL|0"
	morning=$(sql "SELECT volume FROM bars")
	server_at 2024-07-02T16:30:00-04:00
	assert_equal "$(asked 2024-07-04T16:30:00-04:00 AAPL)" 1
	assert_equal "$(held)" "AAPL|0"
	[ "$(sql "SELECT volume FROM bars")" != "$morning" ]
	server_at 2024-07-03T11:05:00-04:00
	assert_equal "$(asked 2024-07-05T11:05:00-04:00 AAPL)" 1
	assert_equal "$(held)" "AAPL|1"
	assert_equal "$(asked 2024-07-05T11:10:00-04:00 AAPL)" 0
}

@test "nor is a day of all symbols" {
	symbols=(AAPL MSFT SPY)
	server_at 2024-07-02T11:20:00-04:00
	assert_equal "$(asked 2024-07-04T11:20:00-04:00 "${symbols[@]}")" 1
	[ "$(requests grouped)" -eq 1 ]
	assert_equal "$(held)" "AAPL|0 MSFT|0 SPY|0"
	server_at 2024-07-03T11:05:00-04:00
	assert_equal "$(asked 2024-07-05T11:05:00-04:00 "${symbols[@]}")" 1
	assert_equal "$(held)" "AAPL|1 MSFT|1 SPY|1"
}

@test "nor is a bar missed that the API could not have yet" {
	server_at 2024-07-02T11:20:00-04:00 --fault empty
	fetch 2024-07-04T11:20:00-04:00 AAPL
	assert_equal "$(sql "SELECT count(*) FROM doubts")" 0
	server_at 2024-07-02T16:20:00-04:00 --fault empty
	fetch 2024-07-04T16:20:00-04:00 AAPL
	assert_equal "$(sql "SELECT count(*) FROM doubts")" 1
}

@test "nor are splits known that the API could not know yet" {
	server_at 2024-07-02T11:20:00-04:00
	fetch 2024-07-04T11:20:00-04:00 AAPL
	# The clock was set right: a day later it is another day.
	server_at 2024-07-03T11:20:00-04:00
	before=$(requests splits)
	fetch 2024-07-03T11:20:00-04:00 AAPL
	assert_equal "$(($(requests splits) - before))" 1
}

@test "an API whose clock is ahead, or that shows none, changes nothing" {
	server_at 2024-07-02T11:20:00-04:00
	for date in "Thu, 04 Jul 2024 15:20:00 GMT" "" "the day after" \
		"$(printf '%0100d' 0)"; do
		echo "$date" >date.txt
		fetch 2024-07-02T11:20:00-04:00 --refresh AAPL
		assert_equal "$(held)" "AAPL|0"
	done
	# This one's clock alone says that the day is over.
	fetch 2024-07-04T11:20:00-04:00 AAPL
	assert_equal "$(held)" "AAPL|1"
}

@test "a clock that is far off is told, once" {
	server_at 2024-07-02T11:20:00-04:00
	run -0 --separate-stderr mdbackfill --as-of 2024-07-04T11:20:00-04:00 \
		-t 1h,1d --from 2024-07-01 --to 2024-07-02 --no-grouped \
		AAPL MSFT
	# shellcheck disable=SC2154 # run sets it
	assert_equal "$(grep -c "the API's clock" <<<"$stderr")" 1
	[[ $stderr == *"says 2024-07-02T15:20:00Z, 2 d"* ]] || fail "$stderr"
	run -0 --separate-stderr mdbackfill --as-of 2024-07-03T11:19:00-04:00 \
		-t 1d --from 2024-07-01 --to 2024-07-02 --refresh AAPL
	[[ $stderr != *clock* ]] || fail "$stderr"
}
