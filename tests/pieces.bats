# The rest of a deep series in pieces: the same bars, the same coverage, not
# one call more, whatever comes first or fails.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return 1
}

# fetch STORE JOBS ARGUMENTS...: its summary is in STORE.json.
fetch() {
	local name=$1 jobs=$2

	shift 2
	MD_DB=$(store_at "$name")
	mdbackfill -q --out "$name.json" -o json --backoff-base 0.01 \
		--rate 60000/min -j "$jobs" "$@"
}

# deep STORE JOBS [ARGUMENTS...]: three months of minutes, a page of them each
# week; what is stored is in STORE.digest.
deep() {
	fetch "$@" -t 1m --from 2024-01-02 --to 2024-03-28 "${SYMBOL:-AAPL}"
	digest "$1"
}

digest() {
	PYTHONPATH=$MD_ROOT/tests python3 "$MD_ROOT/tests/digest.py" "$MD_DB" \
		>"$1.digest"
}

# field NAME FILE: of that summary.
field() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$@"
}

# same: what was fetched in pieces is what a chain of pages brought.
same() {
	assert_equal "$(cat pieces.digest)" "$(cat chain.digest)"
	[ "$(field bars_inserted chain.json)" -gt "${1:-23000}" ]
}

eleven_asked() {
	[ "$(requests aggs/)" -ge 11 ]
}

# chained: requests that continued the one before them.
chained() {
	requests 'aggs/.*cursor='
}

@test "pieces bring what a chain brings, with as many calls" {
	start_mock --synthetic --page 2000
	deep chain 1
	[ "$(chained)" -eq 11 ]
	deep pieces 8
	[ "$(chained)" -eq 11 ]
	same
	assert_equal "$(field requests pieces.json)" \
		"$(field requests chain.json)"
	deep auto auto
	[ "$(chained)" -eq 11 ]
	assert_equal "$(cat auto.digest)" "$(cat chain.digest)"
	[ "$(requests)" -eq "$((3 * $(field requests chain.json)))" ]
	# Nothing is left to ask for.
	run -0 fetch auto auto -t 1m --from 2024-01-02 --to 2024-03-28 AAPL
	[ "$(requests 'aggs/')" -eq 36 ]
}

# Two at once, then four, then eight, as they come as expected.
@test "pieces are asked for while one before them waits for its answer" {
	start_mock --synthetic --page 2000 \
		--fault latency=3600000:path=1706113320000,times=1
	MD_DB=$(store_at pieces)
	mdbackfill -q -j 8 --rate 60000/min --no-dividends -t 1m \
		--from 2024-01-02 --to 2024-03-28 AAPL 3>&- &
	local pid=$!
	wait_for 60 eleven_asked
	# Those that came wait, and no others are asked for.
	kill -TERM "$pid"
	wait "$pid" || true
	[ "$(requests aggs/)" -eq 11 ]
	run -0 sql "SELECT count(*) FROM market_data"
	[ "$output" -lt 8000 ] || { echo "$output"; cut -c1-120 "$MOCK_LOG"; false; }
	# Nothing that was stored is asked for again.
	restart_mock --synthetic --page 2000
	deep pieces 8
	deep chain 1
	assert_equal "$(sql 'SELECT count(*) FROM market_data')" 23790
}

@test "the first that comes last changes nothing, nor do failures" {
	start_mock --synthetic --page 2000 \
		--fault latency=1500:path=aggs,after=1,times=1 \
		--fault status=500:every=4 --fault truncated:every=7
	deep pieces 8
	restart_mock --synthetic --page 2000
	deep chain 1
	same
}

@test "pieces of minutes around the clock, and of hours" {
	start_mock --synthetic --page 5000
	SYMBOL=X:BTCUSD
	deep chain 1
	deep pieces 8
	same 120000
	assert_equal "$(field requests pieces.json)" \
		"$(field requests chain.json)"
	restart_mock --synthetic
	for name in chain:1 pieces:8; do
		fetch "hours-${name%:*}" "${name#*:}" -t 1h --from 2021-01-01 \
			--to 2021-12-31 X:ETHUSD
		digest "hours-${name%:*}"
	done
	assert_equal "$(cat hours-pieces.digest)" "$(cat hours-chain.digest)"
	assert_equal "$(field requests hours-pieces.json)" \
		"$(field requests hours-chain.json)"
}

@test "one that fails for good: those beside it are kept, the rest is asked for again" {
	start_mock --synthetic --page 2000 --latency 300 \
		--fault status=404:path=aggs,after=2,times=1
	MD_DB=$(store_at pieces)
	run -2 mdbackfill -q -j 8 --rate 60000/min --no-dividends \
		-t 1m --from 2024-01-02 --to 2024-03-28 AAPL
	assert_output --partial 404
	local failed
	failed=$(sql 'SELECT count(*) FROM market_data')
	[ "$failed" -ge 4000 ]
	restart_mock --synthetic --page 2000
	deep pieces 8
	[ "$(field bars_inserted pieces.json)" -eq "$((23790 - failed))" ]
	# What a failure left is less than what was asked for.
	assert_equal "$(sql 'SELECT count(*) FROM market_data')" 23790
}
