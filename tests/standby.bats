#!/usr/bin/env bats
# More than one server: what reads from a standby, and runs whose primary dies.

bats_require_minimum_version 1.5.0
load helper

SPAN=(--from 2024-01-02 --to 2024-03-28)

setup_file() {
	export PG=$MD_ROOT/tests/postgres.sh REPLICA=$MD_ROOT/tests/replica.sh
	[ -n "$("$PG" bin)" ] || skip "no PostgreSQL server"
	ONE=$("$REPLICA" primary)
	TWO=$("$REPLICA" start "$ONE")
	export ONE TWO
}

teardown_file() {
	for server in ${ONE:-} ${TWO:-}; do
		"$PG" remove "$server"
	done
}

setup() {
	start_mock --synthetic
	new_store "$ONE" "$TWO"
}

teardown() {
	stop_mock
	[ -z "${SERVE_PID:-}" ] || kill "$SERVE_PID"
	for server in ${THREE:-} ${FOUR:-}; do
		"$PG" remove "$server"
	done
}

# sql FOLDER STATEMENT [DATABASE]
sql() {
	"$("$PG" psql)" -XAtq -d "$(uri "$1" "${3:-$NAME}")" -c "$2"
}

# uri HOSTS [DATABASE]
uri() {
	echo "postgresql://mdkit@/${2:-$NAME}?host=$1"
}

# new_store PRIMARY STANDBY: a database of the test's own on both.
new_store() {
	NAME=t$BATS_TEST_NUMBER
	sql "$1" "CREATE DATABASE $NAME" postgres
	"$REPLICA" caught_up "$1" "$2"
	BOTH=$(uri "$1,$2")
	READ="$(uri "$2,$1")&target_session_attrs=prefer-standby"
	STANDBY=$(uri "$2")
}

fill() {
	mdbackfill -q "${SPAN[@]}" --db "$BOTH" "$@"
	"$REPLICA" caught_up "$ONE" "$TWO"
}

# lag FIELD: of the standby, as mdhealth has it.
lag() {
	mdhealth -o json --db "$STANDBY" |
		python3 -c "import json, sys
s = json.load(sys.stdin)
print([a['rule'] for a in s['alerts'] if a['rule'] == 'standby_lag']
    if '$1' == 'alert' else s['standby']['$1'])"
}

@test "a standby alone takes no backfill, and the message says so" {
	run --separate-stderr mdbackfill -q "${SPAN[@]}" --db "$STANDBY" A
	assert_equal "$status" 69
	[[ $stderr == *"a standby takes no writes"* ]]
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(requests "GET /v2/aggs")" 0
	# Nor where it has the store already, and a run without names reads it.
	fill A
	run --separate-stderr mdbackfill -q --all --db "$STANDBY"
	assert_equal "$status" 69
	[[ $stderr == *"a standby takes no writes"* ]]
}

@test "one URI for all: runs write to the primary, reports read the standby" {
	mdbackfill -q "${SPAN[@]}" --db "$READ" A
	"$REPLICA" caught_up "$ONE" "$TWO"
	run mdstale --db "$READ"
	assert_line "standby: has all that its primary sent"
	run mdhealth --db "$READ"
	assert_line "standby       has all that its primary sent"
	run mdhealth -o prometheus --db "$READ"
	assert_line "mdkit_standby_connected 1"
	assert_line "mdkit_standby_lag_seconds 0"
	run mdhealth -o html --db "$READ"
	assert_output --partial "has all that its primary sent"
	run mdstale -o json --db "$BOTH"
	refute_output --partial standby
}

@test "a standby without the store, or with an older one, says which it lacks" {
	run --separate-stderr mdstale --db "$STANDBY"
	assert_equal "$status" 3
	[[ $stderr == *"the standby has no store yet"* ]]
	fill A
	sql "$ONE" "DELETE FROM schema_migrations WHERE version > 3"
	"$REPLICA" caught_up "$ONE" "$TWO"
	run --separate-stderr mdstale --db "$STANDBY"
	assert_equal "$status" 3
	[[ $stderr == *"the standby's schema is of an older mdkit"* ]]
}

@test "a standby is behind by what it has not applied, not by what nobody wrote" {
	fill A
	sleep 1
	assert_equal "$(lag lag_seconds)" 0
	sql "$TWO" "SELECT pg_wal_replay_pause()"
	wait_for 30 paused "$TWO"
	mdbackfill -q "${SPAN[@]}" --db "$BOTH" B
	wait_for 30 received_more "$TWO"
	run lag lag_seconds
	refute_output 0
	assert_equal "$(lag alert)" "[]"
	echo '{"alerts": {"standby_lag": "1s"}}' >"$BATS_TEST_TMPDIR/conf"
	MD_CONFIG=$BATS_TEST_TMPDIR/conf run lag alert
	assert_output "['standby_lag']"
	run mdstale --db "$STANDBY"
	assert_line --regexp '^standby: .* behind its primary$'
	sql "$TWO" "SELECT pg_wal_replay_resume()"
	"$REPLICA" caught_up "$ONE" "$TWO"
	assert_equal "$(lag lag_seconds)" 0
}

paused() {
	[ "$(sql "$1" "SELECT pg_get_wal_replay_pause_state()")" = paused ]
}

received_more() {
	[ "$(sql "$1" "SELECT pg_last_wal_receive_lsn() >
	    pg_last_wal_replay_lsn()")" = t ]
}

@test "a standby that is cut off from its primary says so" {
	THREE=$("$REPLICA" primary)
	FOUR=$("$REPLICA" start "$THREE")
	new_store "$THREE" "$FOUR"
	mdbackfill -q "${SPAN[@]}" --db "$BOTH" A
	"$REPLICA" caught_up "$THREE" "$FOUR"
	"$PG" stop "$THREE"
	wait_for 30 cut_off "$FOUR"
	run mdstale --db "$READ"
	assert_line --regexp '^standby: up to .* behind its primary, and cut off'
	assert_equal "$(lag connected)" False
}

cut_off() {
	[ "$(sql "$1" "SELECT count(*) FROM pg_stat_wal_receiver")" = 0 ]
}

@test "what a standby breaks off is read again" {
	fill A B
	sql "$TWO" "ALTER SYSTEM SET max_standby_streaming_delay = 0"
	sql "$TWO" "SELECT pg_reload_conf()"
	while sleep 0.2; do
		sql "$ONE" "BEGIN; LOCK TABLE series IN ACCESS EXCLUSIVE MODE;
		    COMMIT"
	done 3>&- &
	locker=$!
	for _ in $(seq 300); do
		run mdhealth -o csv --db "$STANDBY"
		[ "$status" -lt 3 ] || break
		[ "$(conflicts)" -lt 2 ] || break
	done
	kill "$locker"
	[ "$status" -lt 3 ] || fail "$output"
	assert [ "$(conflicts)" -ge 2 ]
}

conflicts() {
	sql "$TWO" "SELECT confl_lock FROM pg_stat_database_conflicts
	    WHERE datname = '$NAME'"
}

# serve URI: SERVE_URL says where.
serve() {
	mdserve --listen 127.0.0.1:0 --port-file "$BATS_TEST_TMPDIR/serve" \
		--db "$1" >/dev/null 2>"$BATS_TEST_TMPDIR/serve.err" 3>&- &
	SERVE_PID=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/serve"
	SERVE_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/serve")
}

bars_served() {
	curl -sS "$SERVE_URL/api/v1/historical/A?timeframe=1d&limit=5000" |
		sed -n 's/.*"count": *\([0-9]*\).*/\1/p'
}

@test "mdserve reads a standby as it changes, and notes on the primary" {
	fill A
	serve "$READ"
	run curl -sS "$SERVE_URL/api/v1/historical/B?timeframe=1d"
	assert_output --partial '"requested":true'
	wait_for 30 noted B
	run curl -sS "$SERVE_URL/api/v1/admin/scheduler-health"
	assert_output --partial '"lag_seconds"'
	before=$(bars_served)
	mdbackfill -q --from 2023-12-01 --to 2024-03-28 --db "$BOTH" A
	"$REPLICA" caught_up "$ONE" "$TWO"
	assert [ "$(bars_served)" -gt "$before" ]
}

noted() {
	[ "$(sql "$ONE" "SELECT count(*) FROM backfill_requests
	    WHERE symbol = '$1'")" = 1 ]
}

@test "mdserve with a standby alone notes nothing, and says why once" {
	fill A
	serve "$STANDBY"
	run curl -sS "$SERVE_URL/api/v1/historical/B?timeframe=1d"
	assert_output --partial '"status":404'
	assert_output --partial '"requested":false'
	wait_for 30 grep -q "a standby takes no writes" \
		"$BATS_TEST_TMPDIR/serve.err" ||
		fail "$(cat "$BATS_TEST_TMPDIR/serve.err")"
	assert_equal "$(sql "$ONE" "SELECT count(*) FROM backfill_requests")" 0
}

@test "a run survives its primary, and leaves an old one alone" {
	run "$MD_ROOT/tests/kill_primary.sh" "$MD_BUILD" 2 sync
	assert_success
	assert_output --partial "ok: 2 primaries killed"
}

@test "a run fetches again what a standby had not received" {
	run "$MD_ROOT/tests/kill_primary.sh" "$MD_BUILD" 1 async
	assert_success
	assert_output --partial "ok: 1 primaries killed"
}

@test "a standby may even lack series that a run has done" {
	local span=(--from 2024-01-02 --to 2024-01-31)

	THREE=$("$REPLICA" primary)
	FOUR=$("$REPLICA" start "$THREE")
	new_store "$THREE" "$FOUR"
	restart_mock --synthetic --latency 40 --page 500
	mdbackfill -q "${span[@]}" --db "$BOTH" A
	"$REPLICA" caught_up "$THREE" "$FOUR"
	receiver=$(sql "$FOUR" "SELECT pid FROM pg_stat_wal_receiver")
	kill -STOP "$receiver"
	mdbackfill -t 1m,1d "${span[@]}" --rate 100000/min --db "$BOTH" B C \
		2>"$BATS_TEST_TMPDIR/err" 3>&- &
	run_pid=$!
	wait_for 60 has_done "$THREE" B 1d
	"$PG" stop "$THREE" immediate
	kill -CONT "$receiver"
	"$REPLICA" promote "$FOUR"
	wait "$run_pid"
	grep -q "another server took the store over" "$BATS_TEST_TMPDIR/err"
	MD_DB=$BATS_TEST_TMPDIR/quiet.db
	mdbackfill -q "${span[@]}" --db "$MD_DB" A
	mdbackfill -q -t 1m,1d "${span[@]}" --db "$MD_DB" B C
	"$("$PG" psql)" -Xq1 -d "$(uri "$FOUR")" \
		-f "$MD_ROOT/tests/as_sqlite.sql" >/dev/null
	assert_equal "$(digest "$(uri "$FOUR")")" "$(digest "$MD_DB")"
	# And nothing is lacking.
	run mdbackfill -n -o json -t 1m,1d "${span[@]}" --db "$BOTH" B C
	assert_line '  "calls": 0,'
}

# digest STORE: what it holds; not how often bars were stored.
digest() {
	PYTHONPATH=$MD_ROOT/tests python3 "$MD_ROOT/tests/digest.py" "$1" |
		sed '$d'
}

# has_done SERVER SYMBOL TIMEFRAME: a job has ended, so the run has others.
has_done() {
	[ "$(sql "$1" "SELECT count(*) > 0 FROM symbol_computation_status
	    WHERE symbol = '$2' AND timeframe = '$3'
	    AND status = 'completed'")" = t ]
}
