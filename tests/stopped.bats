# A run that was stopped (^Z) within a transaction, on SQLite, where it holds the
# one lock of all writers: it is named, waited for as long as was said, and what
# it was about is neither lost nor stored twice.

load store

setup() {
	only_sqlite "its one lock"
	[ -r /proc/locks ] || skip "no /proc/locks to see the lock in"
	use_store
	cd "$BATS_TEST_TMPDIR" || return
	start_mock --synthetic
	mdbackfill "${span[@]}" C
	# Within the transaction of a page a run takes its time.
	sql "CREATE TRIGGER slow BEFORE INSERT ON coverage
		WHEN (SELECT symbol FROM series
		    WHERE series_id = NEW.series_id) = 'A'
		BEGIN SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1
		    UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
		    SELECT i FROM n); END"
}

teardown() {
	# What a failed test has left standing.
	[ -z "${first:-}" ] || kill -KILL "$first" 2>/dev/null || true
	[ -z "${server:-}" ] || kill -KILL "$server" 2>/dev/null || true
	end_mock
}

span=(-q --from 2024-01-02 --to 2024-01-31)

# SQLite's lock of writers is byte 120 of the index of its log.
writes() {
	[ -e "$MD_DB-shm" ] &&
		grep -q "POSIX .* WRITE $1 [^ ]*:$(stat -c %i "$MD_DB-shm") 120 120$" \
			/proc/locks
}

is_logged() {
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'running'")" = 1 ]
}

# A run of A that stands still within a transaction, not the one that logs its
# beginning, for then nobody could read since when it runs.
stop_within() {
	mdbackfill "${span[@]}" A 3>&- &
	first=$!
	wait_for 30 is_logged
	for _ in $(seq 50); do
		wait_for 20 writes $first
		kill -STOP $first
		wait_for 30 stands_still $first
		! writes $first || return 0
		kill -CONT $first
	done
	fail "it was not to be stopped in a transaction"
}

# The store is as runs would have left it that nobody stopped.
as_if_undisturbed() {
	MD_DB=$BATS_TEST_TMPDIR/clean.db mdbackfill "${span[@]}" A B C
	bars_of | cmp - <(bars_of "$BATS_TEST_TMPDIR/clean.db")
	coverage_of | cmp - <(coverage_of "$BATS_TEST_TMPDIR/clean.db")
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'running'")" 0
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
}

@test "a stopped writer is named, with how it goes on" {
	stop_within
	run --separate-stderr mdbackfill "${span[@]:1}" --store-timeout 1500ms B
	assert_equal "$status" 69
	by="by mdbackfill (pid $first on $(uname -n), running since 20"
	[[ ${stderr_lines[0]} == *"locked $by"*"Z), which is stopped; waiting for it"*"up to 1.5 s; kill -CONT $first lets it go on" ]] ||
		fail "$stderr"
	[[ ${stderr_lines[1]} == *"locked for over 1.5 s $by"*"Z), which is stopped; let it go on with kill -CONT $first, or end it, then run this again" ]] ||
		fail "$stderr"
	assert_equal "${#stderr_lines[@]}" 2
	# It only holds up who writes.
	mdstale --as-of 2024-01-31T22:00:00Z -o json >/dev/null || [ $? -le 2 ]
	mdhealth >/dev/null || [ $? -le 2 ]
	kill -CONT "$first"
	wait "$first"
	mdbackfill "${span[@]}" B
	as_if_undisturbed
}

@test "others wait for a stopped writer as long as they are told" {
	stop_within
	echo '{ "store_timeout": "5m" }' >conf
	mdbackfill "${span[@]:1}" --config conf B >out 2>err 3>&- &
	second=$!
	wait_for 30 grep -qs "up to 5 min 00 s; kill -CONT" err || fail "$(cat err)"
	kill -0 $second
	kill -CONT "$first"
	wait "$first"
	wait $second
	assert_equal "$(grep -c "which is stopped" err)" 1
	as_if_undisturbed
}

@test "a stopped writer that is killed leaves the lock and loses nothing" {
	stop_within
	mdbackfill "${span[@]}" --store-timeout 5m B A 3>&- &
	second=$!
	sleep 0.5
	kill -KILL "$first"
	wait "$first" || true
	wait $second
	as_if_undisturbed
}

@test "who waits for a stopped writer ends by a signal" {
	stop_within
	interruptible mdbackfill "${span[@]}" --store-timeout 1h B
	kill -INT "$run_pid"
	# It is patient for 10 s, for pages that it may have to store.
	status=0
	wait "$run_pid" || status=$?
	assert_equal "$status" 130
	kill -CONT "$first"
	wait "$first"
	mdbackfill "${span[@]}" B
	as_if_undisturbed
}

@test "a stopped reader keeps nobody out, and is named when the log grows" {
	mkfifo words
	sqlite3 "$MD_DB" <words >read 3>&- &
	first=$!
	exec 9>words
	echo "BEGIN; SELECT count(*) FROM bars;" >&9
	wait_for 20 test -s read
	kill -STOP $first
	run --separate-stderr mdbackfill "${span[@]:1}" B
	assert_success
	assert_equal "$stderr" ""
	sql "PRAGMA wal_autocheckpoint = 0; CREATE TABLE much (x);
		INSERT INTO much VALUES (zeroblob(200000000)); DROP TABLE much"
	run --separate-stderr mdbackfill "${span[@]:1}" -t 1d A
	assert_success
	[[ $stderr == *"(-wal) is of "*" MB and grows, since an old state is read by sqlite3 (pid $first on "*"), which is stopped; kill -CONT $first lets it go on" ]] ||
		fail "$stderr"
	exec 9>&-
	kill -KILL $first
	as_if_undisturbed
}

served() {
	[ "$(curl -sS -o /dev/null -w '%{http_code}' --max-time 5 \
		"http://127.0.0.1:$(cat port)$1")" = "$2" ]
}

@test "mdserve answers beside a stopped writer, and names it" {
	mdserve --listen 127.0.0.1:0 --port-file port 2>err 3>&- &
	server=$!
	wait_for 20 test -s port
	stop_within
	served "/api/v1/historical/C?timeframe=1d&start=2024-01-02&end=2024-01-31" 200
	served "/api/v1/historical/ZZZ?timeframe=1d" 404
	wait_for 30 grep -q "cannot be noted now" err
	[[ $(grep "cannot be noted now" err) == \
		*"locked by mdbackfill (pid $first on"*", which is stopped"* ]] ||
		fail "$(cat err)"
	kill -CONT "$first"
	wait "$first"
	wait_for 30 eval '[ "$(sql "SELECT count(*) FROM backfill_requests
		WHERE symbol = '"'ZZZ'"'")" = 1 ]'
	mdbackfill "${span[@]}" B
	as_if_undisturbed
}
