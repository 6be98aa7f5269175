# The pace that finds the plan, through the program: what it learns of the
# limit, and what the store keeps of that.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${run:-}" ] || kill -KILL "$run" 2>/dev/null || true
	end_mock
}

args=(--no-features --no-grouped --from 2024-01-02 --to 2024-01-31)
few=(A B C D E F G H)

# known PER_MINUTE SURE HOURS: an earlier run of the key learnt that, so many
# hours ago.
known() {
	mdbackfill -q "${args[@]}" --rate 100/s Z
	sql "INSERT INTO rate_limits (budget, per_minute, sure, per_second,
		most, recent, learnt_us) SELECT budget, $1, $2, 0, $1, 0,
		$(date +%s)000000 - $3 * CAST(3600000000 AS bigint)
		FROM rate_budget"
	: >"$MOCK_LOG"
}

away() {
	sql "ALTER TABLE $1 RENAME TO away" >/dev/null
}

@test "two stray 429s at the start do not make it crawl" {
	start_mock --synthetic --fault status=429:times=2
	run -0 mdbackfill -q "${args[@]}" $(seq -f 'S%.0f' 30)
	run sql "SELECT rate_limited_count,
		CAST(duration_seconds < 60 AS integer)
		FROM scheduler_execution_log"
	assert_output "2|1"
}

five_sent() {
	[ "$(requests ' 200 ')" -ge 5 ]
}

@test "a plan that is known is kept to from the first minute on" {
	start_mock --synthetic
	known 5 3 1
	mdbackfill -v "${args[@]}" "${few[@]}" >out 2>err 3>&- &
	run=$!
	wait_for 30 five_sent
	sleep 2
	assert_equal "$(requests ' 200 ')" 5
	grep -q 'the limit of this key.*5 requests a minute, confirmed' err
}

@test "what was learnt is forgotten after a day, and a rate given wins" {
	start_mock --synthetic
	known 5 3 25
	run -0 mdbackfill -q "${args[@]}" "${few[@]}"
	sql "UPDATE rate_limits SET per_minute = 5, sure = 3,
		learnt_us = $(date +%s)000000"
	run -0 mdbackfill -q "${args[@]}" --refresh --rate 100/s "${few[@]}"
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE duration_seconds < 50")" 3
}

@test "each host has what was learnt of it" {
	start_mock --synthetic
	mdbackfill -q "${args[@]}" A
	restart_mock --synthetic --rate 10/s
	mdbackfill -q "${args[@]}" -j 8 $(seq -f 'S%.0f' 60)
	assert_equal "$(sql "SELECT count(*) FROM rate_limits")" 2
	assert_equal "$(sql "SELECT count(*) FROM rate_limits
		WHERE per_minute > 0 OR per_second > 0")" 1
	run sql "SELECT CAST(sum(rate_limited_count) * 10 <=
		sum(total_requests) AS integer) FROM scheduler_execution_log"
	assert_output 1
	run sql "SELECT budget FROM rate_limits"
	refute_output --partial "$POLYGON_API_KEY"
}

@test "a store that cannot keep what was learnt stops no run" {
	start_mock --synthetic
	mdbackfill -q "${args[@]}" A
	away rate_limits
	run --separate-stderr mdbackfill -v "${args[@]}" --refresh A B
	assert_success
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM coverage")" 2
}
