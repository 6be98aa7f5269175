# Several mdbackfill on one store: what they share, and what becomes of the
# series of one that dies, or stands still for longer than its lease lasts.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	# What a failed test has left standing.
	[ -z "${first:-}" ] || kill -KILL "$first" 2>/dev/null || true
	end_mock
}

args=(-q --from 2024-01-02 --to 2024-01-31)

@test "workers divide the work, one killed and one stopped at random" {
	run bash "$MD_ROOT/tests/workers.sh" "$MD_BUILD" 4 30 1 1 20
	assert_success
}

executions() {
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log" 2>/dev/null)" \
		= "$1" ]
}

held() {
	[ "$(sql "SELECT count(*) FROM leases WHERE lease_until > 0
		AND series_id > 0" 2>/dev/null)" = "$1" ]
}

@test "what a killed worker of another host held is taken over in the run" {
	start_mock --synthetic --fault silent:ticker=B,times=1,endpoint=aggs
	export MD_TEST_LEASE_MS=2000
	mdbackfill "${args[@]}" A B 3>&- &
	first=$!
	wait_for 30 held 1
	kill -9 $first
	wait $first || true
	# Nobody here can look whether its process lives.
	sql "UPDATE scheduler_execution_log SET host = 'elsewhere'"
	mdbackfill "${args[@]}" A B
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM coverage")" 2
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'completed'")" 1
	# It may only be out of reach, until it was silent for long.
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'running'")" 1
	sql "UPDATE scheduler_execution_log SET
		heartbeat_at = '2024-02-01T00:00:00Z' WHERE host = 'elsewhere'"
	mdbackfill "${args[@]}" A
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log
		WHERE host = 'elsewhere'")" interrupted
}

@test "a worker that stood still loses its series, and does not fail" {
	start_mock --synthetic --page 2000 --latency 400
	export MD_TEST_LEASE_MS=1000
	mdbackfill "${args[@]}" --no-features -t 1h A 3>&- &
	first=$!
	wait_for 30 held 1
	kill -STOP $first
	mdbackfill "${args[@]}" --no-features -t 1h A
	bars_of >one
	asked=$(requests aggs)
	kill -CONT $first
	wait $first
	bars_of >two
	cmp one two
	# It asks for no page more than it had under way.
	[ "$(requests aggs)" -le $((asked + 1)) ]
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'completed'")" 2
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
}

@test "a worker that waits long for another says for whom" {
	start_mock --synthetic --fault silent:ticker=A,times=1,endpoint=aggs
	export MD_TEST_LEASE_MS=3000
	mdbackfill "${args[@]}" A 3>&- &
	first=$!
	wait_for 30 held 1
	mdbackfill "${args[@]:1}" A B >/dev/null 2>err 3>&- &
	second=$!
	wait_for 30 grep -qs "holds the series; waiting, [0-9]" err || fail "$(cat err)"
	assert_equal "$(cut -d, -f1 err)" \
		"mdbackfill: warning: A 1d: another run (pid $first on $(uname -n)"
	# It gives up what it holds, and nobody waits any longer.
	kill -TERM $first
	wait $first || true
	wait $second
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM bars")" 2
	assert_equal "$(grep -c holds err)" 1
}

# Whatever the rest of the line says: the holder is not to be waited for.
all_given_up() {
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
}

@test "a run gives up all leases at every way out" {
	start_mock --synthetic --page 2000 --latency 20 \
		--fault status=401:after=2
	run mdbackfill "${args[@]}" -t 1m A B C
	assert_failure
	all_given_up
	restart_mock --synthetic --fault status=500:after=1
	run mdbackfill "${args[@]}" -t 1m --max-retries 0 D E
	assert_failure
	all_given_up
	restart_mock --synthetic --fault silent:endpoint=aggs \
		--fault silent:endpoint=grouped
	for signal in INT TERM; do
		interruptible mdbackfill "${args[@]}" F G
		wait_for 30 held 2
		kill -$signal "$run_pid"
		wait "$run_pid" || true
		all_given_up
	done
	# A day's call for all holds its symbols' series.
	interruptible mdbackfill -q --from 2024-02-01 --to 2024-02-01 \
		S1 S2 S3 S4 S5 S6 S7 S8
	wait_for 30 held 8
	kill -INT "$run_pid"
	wait "$run_pid" || true
	all_given_up
}

@test "two workers ask for splits once" {
	start_mock --synthetic --latency 200
	mdbackfill "${args[@]}" A B C D 3>&- &
	first=$!
	mdbackfill "${args[@]}" A B C D
	wait $first
	assert_equal "$(requests 'splits?')" 1
	# A day later one call for all symbols is due, from one of them.
	sql "UPDATE symbols SET splits_checked_ms = splits_checked_ms - 172800000"
	mdbackfill "${args[@]}" --refresh A B C D 3>&- &
	first=$!
	mdbackfill "${args[@]}" --refresh A B C D
	wait $first
	assert_equal "$(requests 'splits?')" 2
}

# -- the rate --

# How many requests came in the pause of so many seconds that a 429 asked for.
in_pause() {
	awk -v pause="$1" '{
		split(substr($1, 12), t, /[:Z]/)
		at = t[1] * 3600 + t[2] * 60 + t[3]
		if (until > 0 && at < until) n++
		if (/ 429 /) until = at + pause
	} END { print n + 0 }' "$MOCK_LOG"
}

@test "a 429 that one worker meets stops the others on the key" {
	start_mock --synthetic --latency 50 \
		--fault retry-after=5:times=1,endpoint=aggs
	symbols=$(seq -f 'S%.0f' 30)
	# shellcheck disable=SC2086 # words
	mdbackfill "${args[@]}" --rate 8/s $symbols 3>&- &
	first=$!
	# shellcheck disable=SC2086
	mdbackfill "${args[@]}" --rate 8/s $symbols 3>&- &
	second=$!
	wait $first
	wait $second
	assert_equal "$(requests ' 429 ')" 1
	# It hears of it within a second or so; alone it would make 40.
	[ "$(in_pause 5)" -lt 25 ]
}

@test "the store does not tell the key" {
	start_mock --synthetic
	mdbackfill "${args[@]}" --rate 100/s A
	assert_equal "$(sql "SELECT count(*) FROM rate_budget")" 1
	run sql "SELECT budget FROM rate_budget"
	assert_output --regexp '^127\.0\.0\.1:[0-9]+#[0-9a-f]{3}$'
	# Who has ended shares no more.
	assert_equal "$(sql "SELECT count(*) FROM rate_sharers")" 0
}

@test "a budget that cannot be had is said once, and stops no run" {
	start_mock --synthetic
	mdbackfill "${args[@]}" A
	if [ "$MD_ENGINE" = postgres ]; then
		pg -d "$MD_DB" -c "ALTER TABLE rate_budget RENAME TO away"
	else
		sql "ALTER TABLE rate_budget RENAME TO away"
	fi
	run --separate-stderr mdbackfill "${args[@]:1}" --rate 100/s B C D
	assert_success
	assert_equal "$(grep -c "rate is not shared" <<<"$stderr")" 1
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM coverage")" 4
}

# -- what ties them --

@test "a run id ties executions, and mdhealth tells it" {
	start_mock --synthetic
	mdbackfill "${args[@]}" --run-id night.1 A
	MD_RUN_ID=night.1 mdbackfill "${args[@]}" B
	mdbackfill "${args[@]}" C
	assert_equal "$(mdhealth --history -o json |
		jq -c '[.executions[].run_id]')" '[null,"night.1","night.1"]'
	id=$(sql "SELECT execution_id FROM scheduler_execution_log
		WHERE run_id IS NULL")
	assert_equal "$(mdhealth --execution "$id" -o json |
		jq -c '.execution.run_id // .run_id')" null
	run --separate-stderr mdbackfill --run-id 'a b' A
	assert_equal "$status" 64
	[[ $stderr == *run-id*"letters, digits"* ]]
}

# stopped_in LOCK WAITING ARGUMENTS...: starts a run of A and, once it holds its
# lease, takes that lock; stops it where a query like that waits for the lock,
# which ends, so that it stands still within a transaction.  What it asks for is
# not answered before the lock is there.
stopped_in() {
	local locker waiting=$2

	mkfifo stopped
	kill -STOP "$MOCK_PID"
	mdbackfill "${args[@]}" "${@:3}" A 3>&- &
	first=$!
	wait_for 30 held 1
	pg -d "$MD_DB" >/dev/null 3>&- <<-EOS &
	BEGIN;
	$1;
	\! touch locked; read -r _ <stopped
	COMMIT;
	EOS
	locker=$!
	wait_for 30 test -e locked
	kill -CONT "$MOCK_PID"
	wait_for 30 waits_for_lock "$waiting"
	kill -STOP $first
	wait_for 30 stands_still $first
	echo >stopped
	wait $locker
}

waits_for_lock() {
	[ "$(pg -At -d "$MD_DB" -c "SELECT count(*) FROM pg_stat_activity
		WHERE wait_event_type = 'Lock' AND query LIKE '%$1%'
		AND datname = current_database()")" = 1 ]
}

# as_if_undisturbed ARGUMENTS...: the store is as one run would have left it.
as_if_undisturbed() {
	MD_DB=$BATS_TEST_TMPDIR/clean.db mdbackfill "${args[@]}" "$@" A B
	bars_of "$BATS_TEST_TMPDIR/clean.db" >clean
	bars_of "$(as_file)" | cmp - clean
}

@test "a worker that stood still in a transaction holds up only its series" {
	[ "$MD_ENGINE" = postgres ] || skip "only PostgreSQL: locks of rows"
	start_mock --synthetic
	export MD_TEST_LEASE_MS=2000
	stopped_in "SELECT 1 FROM leases FOR UPDATE" "UPDATE leases"
	mdbackfill "${args[@]}" B A
	bars_of >one
	kill -CONT $first
	wait $first
	bars_of | cmp - one
	as_if_undisturbed
}

@test "one that stood still with rows on their way goes on with them" {
	[ "$MD_ENGINE" = postgres ] || skip "only PostgreSQL: locks of tables"
	start_mock --synthetic
	export MD_TEST_LEASE_MS=1000
	mdbackfill -q --from 2024-01-02 --to 2024-01-02 C
	stopped_in "LOCK TABLE bars_y2024 IN SHARE MODE" "COPY bars" -t 1m
	mdbackfill "${args[@]}" -t 1m B A 3>&- &
	second=$!
	wait_for 30 eval '[ -n "$(sql "SELECT 1 FROM symbol_computation_status
		WHERE symbol = '"'B'"' AND status = '"'completed'"'")" ]'
	kill -CONT $first
	wait $first
	wait $second
	MD_DB=$BATS_TEST_TMPDIR/clean.db mdbackfill -q --from 2024-01-02 \
		--to 2024-01-02 C
	as_if_undisturbed -t 1m
}
