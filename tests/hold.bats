# mdbackfill --hold and --resume: one switch for the runs of all hosts.
# shellcheck disable=SC2154 # run sets stderr

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${run_pid:-}" ] || kill "$run_pid" 2>/dev/null || true
	end_mock
}

fetch() {
	mdbackfill -t 1d --from 2024-01-02 --to 2024-01-05 "$@"
}

@test "no run of a store on hold begins; who, why and since when is said" {
	start_mock --synthetic
	fetch -q A
	asked=$(requests)
	run --separate-stderr -0 mdbackfill --hold "the vendor's prices are \
wrong"
	assert_equal "$stderr$output" ""
	today=$(date -u +%Y-)
	for options in B "-q B" "--all" "--features-only" "--refresh A"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr -75 fetch $options
		[[ $stderr == *"on hold since $today"*", by $(id -un)@"*": the \
vendor's prices are wrong; mdbackfill --resume ends it" ]] || fail "$stderr"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done
	assert_equal "$(requests)" "$asked"
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log")" 1
	# A plan is no run.
	run -0 fetch -n B
	# The first who held it is the one to ask.
	run --separate-stderr -0 mdbackfill --hold again
	[[ $stderr == *"on hold already, since $today"*"prices are wrong" ]]
	mdhealth -o json --by bars >health || [ $? -lt 3 ]
	python3 - "$(id -un)" <<-'PY'
	import json, sys
	d = json.load(open('health'))
	a = [a for a in d['alerts'] if a['rule'] == 'on_hold'][0]
	assert a['level'] == 'warning' and 'prices are wrong' in a['message'], a
	assert a['command'].startswith('mdbackfill'), a
	assert a['command'].endswith('--resume'), a
	h = d['hold']
	assert h['reason'] == "the vendor's prices are wrong", h
	assert h['by'].startswith(sys.argv[1] + '@') and h['since'], h
	PY
	run mdhealth
	assert_line --partial "on_hold       no run begins: on hold since"
	run mdhealth -o prometheus
	assert_line "mdkit_on_hold 1"
	assert_line --partial "mdkit_on_hold_since_timestamp_seconds 1"
	assert_line 'mdkit_alert_active{rule="on_hold",level="warning"} 1'
	mdhealth -o html >page || [ $? -lt 3 ]
	grep -q "no run begins: on hold since" page
	run --separate-stderr -0 mdbackfill --resume
	assert_equal "$stderr" ""
	run --separate-stderr -0 mdbackfill --resume
	assert_equal "$stderr" "mdbackfill: warning: it was not on hold"
	fetch -q B
	mdhealth -o json --by bars >health || [ $? -lt 3 ]
	python3 -c "import json
d = json.load(open('health'))
assert d['hold'] is None, d
assert 'on_hold' not in [a['rule'] for a in d['alerts']], d"
}

@test "runs under way store the page that they asked for, and stop" {
	start_mock --synthetic --page 200 --latency 150
	export MD_TEST_LEASE_MS=600
	long=(mdbackfill -q -j 2 --no-grouped --no-features --no-dividends
		-t 1h --from 2023-01-03 --to 2024-01-05 A B C D)
	"${long[@]}" -vv 2>err 3>&- &
	run_pid=$!
	wait_for 30 has_bars
	mdbackfill --hold "stop it"
	code=0
	wait "$run_pid" || code=$?
	assert_equal "$code" 75
	asked=$(requests /aggs/)
	grep -q "^mdbackfill: the runs of this store are on hold since .*: \
stop it;" err
	# No answer was thrown away.
	assert_equal "$(grep -c ": a page of " err)" "$asked"
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log")" \
		interrupted
	[[ $(sql "SELECT error_message FROM scheduler_execution_log") == \
		*"on hold"*"stop it"* ]]
	assert_equal "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status IN ('failed', 'in_progress')")" 0
	assert_equal "$(sql "SELECT count(*) FROM leases WHERE
		lease_until > $(date +%s)000")" 0
	mdbackfill --resume
	stop_mock
	start_mock --synthetic --page 200
	"${long[@]}"
	bars_of >held
	use_store
	MD_DB=$(store_at other) "${long[@]}"
	MD_DB=$(store_at other) bars_of >whole
	cmp held whole
	[ "$asked" -gt 1 ]
}

has_bars() {
	[ "$(sql "SELECT min(1) FROM bars" 2>&1)" = 1 ]
}

@test "a hold on an odd store, and odd words" {
	run --separate-stderr -69 mdbackfill --hold why
	[[ $stderr == *"does not exist"* ]]
	no_store
	start_mock --synthetic
	fetch -q A
	for odd in "--hold x --resume" "--hold x A" "--resume --all" \
		"--hold x -n"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr -64 mdbackfill $odd
		[[ $stderr == *"--hold and --resume are for all runs"* ]]
	done
	run -64 mdbackfill --hold ""
	run -64 mdbackfill --hold "$(printf 'x%.0s' {1..300})"
	mdbackfill --hold $'a\e[31mb'
	run --separate-stderr -75 fetch B
	[[ $stderr == *"a?[31mb"* ]]
	mdbackfill --resume
	echo '{"watchlist": "/nowhere"}' >conf
	mdbackfill --config conf --hold x
	mdbackfill --config conf --resume
	# What somebody else wrote there holds as well.
	sql "INSERT INTO holds (id, reason, held_by, since_ms)
		VALUES (1, '', '', -5)"
	run -75 fetch B
}

@test "a hold says what it waits for when the server goes away midway" {
	only_postgres
	own_server
	use_store
	start_mock --synthetic
	fetch -q A
	mkfifo words
	pg -d "$MD_DB" <words 2>/dev/null 3>&- &
	locker=$!
	exec 9>words
	printf '%s\n' "BEGIN; LOCK TABLE holds;" '\! touch locked' >&9
	wait_for 30 test -e locked
	mdbackfill --hold why 2>said 3>&- 9>&- &
	run_pid=$!
	wait_for 30 eval 'pg -At -d "$MD_DB" -c "SELECT 1 FROM pg_stat_activity
		WHERE wait_event_type = '"'Lock'"'" | grep -q 1'
	[ ! -s said ]
	"$MD_ROOT/tests/postgres.sh" stop "$MD_PG_DIR" immediate
	wait_for 30 grep -q "trying again for up to" said
	exec 9>&-
	wait $locker || true
	"$MD_ROOT/tests/postgres.sh" resume "$MD_PG_DIR"
	wait $run_pid
	cat said
	assert_equal "$(wc -l <said)" 1
	grep -q "^mdbackfill: warning: store .*; trying again for up to " said ||
		fail "$(cat said)"
	run -75 fetch B
}
