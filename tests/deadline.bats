# Every call has an end, whatever the network, a library or a server does: a
# run is over in time, and keeps no lease.

load store

SPAN=(--from 2024-01-02 --to 2024-03-28)
QUICK=(--backoff-base 0.01 --backoff-cap 0.05 --max-retries 5
	--stall-timeout 1s --connect-timeout 2s --request-timeout 3s)

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${BAD_PID:-}" ] || kill "$BAD_PID"
	[ -z "${SERVE_PID:-}" ] || kill "$SERVE_PID"
	[ -z "${STOPPED:-}" ] || go_on
	end_mock
}

# A hang is ended, by what no test takes for an answer.
bounded() {
	timeout -s KILL 60 "$@"
}

backfill() {
	bounded mdbackfill "${QUICK[@]}" "${SPAN[@]}" -t 1d "$@"
}

# For what never works: once, and not for long.
BRIEFLY=(--max-retries 0 --connect-timeout 2s --request-timeout 2s)

# The network fails as tests/shim/network.c has it.
need_shim() {
	SHIM=$MD_BUILD/tests/network.so
	case $(ldd "$MD_BUILD/mdbackfill") in
	*libasan* | *libtsan*) skip "a sanitizer must be loaded first" ;;
	esac
	[ -e "$SHIM" ] || skip "no $SHIM: make unit-tests makes it"
}

clean_bars() {
	MD_DB=$(store_at clean) mdbackfill -q "${SPAN[@]}" -t 1d,1h A B C D E
	bars_of "$(store_at clean)"
}

no_leases() {
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
}

# bad_server MODE ARGUMENTS...: BAD_PORT says where.
bad_server() {
	python3 "$MD_ROOT/tests/bad_server.py" "$BATS_TEST_TMPDIR/bad.port" \
		"$@" 3>&- &
	BAD_PID=$!
	wait_for 20 test -s "$BATS_TEST_TMPDIR/bad.port"
	BAD_PORT=$(cat "$BATS_TEST_TMPDIR/bad.port")
}

certificate() {
	command -v openssl >/dev/null || skip "no openssl"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$BATS_TEST_TMPDIR/key.pem" \
		-out "$BATS_TEST_TMPDIR/ca.pem" 2>/dev/null
	TLS=(--tls "$BATS_TEST_TMPDIR/ca.pem" "$BATS_TEST_TMPDIR/key.pem")
}

# -- the API --

@test "a connection that cannot be sent on holds nobody up" {
	only_sqlite "the client"
	need_shim
	start_mock --synthetic
	clean_bars >clean
	for failing in 1 1-3 2-4; do
		MD_DB=$(store_at "$failing")
		SHIM_SEND=$failing LD_PRELOAD=$SHIM \
			backfill -q -j 8 -t 1d,1h A B C D E
		bars_of | diff clean -
		no_leases
	done
}

@test "nor over TLS, where requests wait for a connection to share" {
	only_sqlite "the client"
	need_shim
	certificate
	start_mock --synthetic
	clean_bars >clean
	bad_server forward --to "${MOCK_URL##*:}" "${TLS[@]}"
	for failing in 1 1-3 2-4; do
		MD_DB=$(store_at "$failing")
		SHIM_SEND=$failing LD_PRELOAD=$SHIM \
			backfill -q -j 8 -t 1d,1h --ca-file ca.pem \
			--base-url "https://localhost:$BAD_PORT" A B C D E
		bars_of | diff clean -
		no_leases
	done
}

@test "a name that is never resolved is not waited for" {
	only_sqlite "the client"
	need_shim
	start_mock --synthetic
	backfill -q A
	export POLYGON_BASE_URL=https://api.example.com
	export SHIM_RESOLVE=1
	LD_PRELOAD=$SHIM run --separate-stderr backfill -q "${BRIEFLY[@]}" C
	assert_equal "$status" 69
	LD_PRELOAD=$SHIM run bounded mdhealth --probe-api
	assert_output --partial "timed out"
	no_leases
}

@test "a server that goes wrong below HTTP is given up" {
	only_sqlite "the client"
	certificate
	for mode in deaf drip headers line; do
		bad_server $mode
		longer=()
		# These end by what they send, however slowly.
		case $mode in headers | line) longer=(--request-timeout 30s) ;; esac
		run --separate-stderr backfill -q "${BRIEFLY[@]}" A \
			--base-url "http://127.0.0.1:$BAD_PORT" "${longer[@]}"
		# Whether a part of an answer came before.
		[[ $status =~ ^(2|69)$ ]] || fail "$mode: $status"
		case $mode in
		drip) [[ $stderr == *"no complete answer within"* ]] ;;
		headers) [[ $stderr == *"headers of the answer are longer"* ]] ;;
		line) [[ $stderr == *"a header line of the answer"* ]] ;;
		esac
		kill "$BAD_PID"
		rm bad.port
		no_leases
	done
	# No TLS handshake is ever answered.
	bad_server deaf
	run --separate-stderr backfill -q "${BRIEFLY[@]}" A \
		--base-url "https://127.0.0.1:$BAD_PORT"
	assert_equal "$status" 69
	no_leases
}

@test "--probe-api and mdload end at a server that does not" {
	only_sqlite "the clients"
	start_mock --synthetic
	backfill -q A
	bad_server drip
	run bounded mdhealth --probe-api --base-url "http://127.0.0.1:$BAD_PORT"
	assert_output --partial "the API cannot be used"
	run bounded mdload --target "http://127.0.0.1:$BAD_PORT" \
		--requests 2 --concurrency 1 --timeout 1s
	[ "$status" -ne 137 ] || fail "it hangs"
	assert_output --partial "no answer in time"
}

@test "connections that are reset at first are made anew" {
	only_sqlite "the client"
	start_mock --synthetic
	clean_bars >clean
	bad_server reset --to "${MOCK_URL##*:}"
	backfill -q -t 1d,1h -j 8 --max-retries 5 A B C D E \
		--base-url "http://127.0.0.1:$BAD_PORT"
	bars_of | diff clean -
}

# -- PostgreSQL --

# All processes of the test's own server, the first of them first.
server_processes() {
	local first

	first=$(head -n 1 "$MD_PG_DIR/data/postmaster.pid")
	echo "$first"
	pgrep -P "$first"
}

stand_still() {
	local first

	first=$(head -n 1 "$MD_PG_DIR/data/postmaster.pid")
	kill -STOP "$first"
	STOPPED=$(server_processes)
	# shellcheck disable=SC2086 # several
	kill -STOP $STOPPED
}

go_on() {
	# shellcheck disable=SC2086 # several
	kill -CONT $STOPPED 2>/dev/null || true
	STOPPED=
}

impatient() {
	own_server
	use_store
	MD_DB="$MD_DB&connect_timeout=2&tcp_user_timeout=1000"
}

has_lease() {
	[ "$(sql "SELECT count(*) FROM leases WHERE lease_until > 0")" != 0 ]
}

@test "a run outlives a server that stands still for a while" {
	only_postgres
	impatient
	start_mock --synthetic --latency 400
	clean_bars >clean
	backfill -q -t 1d A
	backfill -q -t 1d,1h -j 2 A B C D E 3>&- &
	run_pid=$!
	wait_for 30 has_lease
	stand_still
	sleep 6
	go_on
	status=0
	wait "$run_pid" || status=$?
	assert_equal "$status" 0
	bars_of | diff clean -
	no_leases
}

@test "a run at a server that stands still can be interrupted" {
	only_postgres
	impatient
	start_mock --synthetic --latency 400
	backfill -q A
	interruptible timeout -s KILL 60 mdbackfill -q "${SPAN[@]}" -t 1h \
		-j 1 A B C D E
	wait_for 30 has_lease
	stand_still
	kill -INT "$run_pid"
	status=0
	wait "$run_pid" || status=$?
	go_on
	[ "$status" -ne 137 ] || fail "it hangs"
	mdbackfill -q "${SPAN[@]}" -t 1h A B C D E
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM bars")" 6
}

@test "mdserve answers 503 while its server stands still, and then goes on" {
	only_postgres
	impatient
	start_mock --synthetic
	backfill -q A
	mdserve -q --port-file serve.port 3>&- 2>serve.err &
	SERVE_PID=$!
	wait_for 20 test -s serve.port
	url=http://127.0.0.1:$(cat serve.port)
	asks() {
		[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 40 \
			"$url$1")" = "$2" ]
	}
	asks "/api/v1/historical/A?timeframe=1d" 200
	stand_still
	asks "/api/v1/historical/A?timeframe=1d&limit=3" 503
	# While one waits to see whether it is back, others need not.
	asks /health 503 &
	asks /nowhere 404
	wait $!
	# A check does not wait for it either.
	run -3 bounded mdstale
	assert_output --partial "timeout expired"
	run -3 bounded mdhealth
	go_on
	wait_for 20 asks "/api/v1/historical/A?timeframe=1d&limit=3" 200
}

@test "one process of the server that stands still is named" {
	only_postgres
	impatient
	start_mock --synthetic --latency 400
	clean_bars >clean
	backfill -q A
	backfill -t 1d,1h -j 1 A B C D E >/dev/null 2>err 3>&- &
	run_pid=$!
	wait_for 30 has_lease
	STOPPED=$(pg -At -d "$MD_DB" -c "SELECT pid FROM pg_stat_activity
		WHERE pid <> pg_backend_pid()
		AND datname = current_database() LIMIT 1")
	stopped=$STOPPED
	kill -STOP $STOPPED
	wait_for 30 grep -q "answers others, but has not answered this program" err
	grep -q "its process $stopped there is busy" err
	go_on
	wait "$run_pid"
	bars_of | diff clean -
}

@test "a password that the server repeats is not repeated" {
	only_postgres
	bad_server password
	PGPASSWORD=s3cretpass run -69 bounded mdbackfill --max-retries 0 \
		--db "postgresql://x@127.0.0.1:$BAD_PORT/y" A
	assert_output --partial "no user has the password **********"
}
