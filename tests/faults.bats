# What a network and this vendor do wrong, one test a fault: the run ends with
# the right exit code, the other job is whole, no bad bar is stored, nothing is
# claimed that is not there, and when the fault is gone the next run completes
# the store.

load store

SPAN=(--from 2024-01-02 --to 2024-03-28)
QUICK=(--backoff-base 0.01 --backoff-cap 0.05 --max-retries 2)
# For what never ends by itself.  The other job keeps the same bounds, on a
# machine that may be busy: it may try often.
BOUNDED=(--max-retries 4 --stall-timeout 1s --request-timeout 2s)

AS_OF=(--as-of 2024-06-03T10:00:00Z)

setup() {
	use_store
}

backfill() {
	mdbackfill "${QUICK[@]}" "${SPAN[@]}" -t 1d "$@"
}

# The store that a run without any fault makes.
clean_store() {
	start_mock --synthetic "$@"
	MD_DB=$(store_at clean) backfill -q AAPL MSFT
	stop_mock
	rm "$MOCK_LOG"
}

# No bar that a clean run would not have stored just so.
assert_nothing_extra() {
	bars_of >"$BATS_TEST_TMPDIR/have"
	bars_of "$(store_at clean)" >"$BATS_TEST_TMPDIR/want"
	run comm -13 <(sort "$BATS_TEST_TMPDIR/want") \
		<(sort "$BATS_TEST_TMPDIR/have")
	assert_output ""
}

# Every clean bar inside what is claimed as covered is there.
assert_coverage_is_true() {
	run sqlite3 "$(as_file)" "ATTACH
		'$(as_file "$(store_at clean)")' AS clean;
		SELECT count(*) FROM coverage c
		JOIN series r ON r.series_id = c.series_id
		JOIN clean.series q ON q.symbol = r.symbol
		    AND q.timeframe = r.timeframe
		JOIN clean.bars b ON b.series_id = q.series_id
		    AND b.ts >= c.from_ts AND b.ts < c.to_ts
		WHERE c.kind NOT IN ('denied', 'refused') AND NOT EXISTS (SELECT 1 FROM bars a
		    WHERE a.series_id = r.series_id AND a.ts = b.ts)"
	assert_output 0
}

assert_msft_is_whole() {
	bars_of | grep ^MSFT >"$BATS_TEST_TMPDIR/have"
	bars_of "$(store_at clean)" | grep ^MSFT |
		diff - "$BATS_TEST_TMPDIR/have"
}

# The fault has gone: one more run, and nothing is missing.  What was refused is
# asked for again after a day.
assert_next_run_completes() {
	restart_mock --synthetic
	backfill -q --as-of 2024-06-04T10:00:00Z AAPL MSFT "$@"
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

bounds=()

# fault CODE RULE...: a run under these faults of AAPL's bars, within these
# bounds, and all claims.
fault() {
	local code=$1 rules=()

	shift
	clean_store
	for rule in "$@"; do
		rules+=(--fault "$rule")
	done
	start_mock --synthetic --page 20 "${rules[@]}"
	run --separate-stderr backfill "${AS_OF[@]}" "${bounds[@]}" AAPL MSFT
	[ "$status" -eq "$code" ] || fail "exit code $status: $output $stderr"
	refute [ -n "$(grep -F "$POLYGON_API_KEY" <<<"$output$stderr")" ]
	assert_nothing_extra
	assert_coverage_is_true
	assert_msft_is_whole
}

rejected() {
	sql "SELECT count(*) FROM rejected_bars"
}

@test "a 500 that lasts fails the job after its retries, and only it" {
	fault 1 status=500:ticker=AAPL
	[ "$(requests /AAPL/range)" -eq 3 ]
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log")" \
		completed_with_errors
	run sql "SELECT symbol, status, error_message
		FROM symbol_computation_status ORDER BY 1"
	assert_line --index 0 --partial "AAPL|failed|HTTP 500"
	assert_line --index 1 "MSFT|completed|"
	assert_next_run_completes
}

@test "a 503 that passes is retried and nobody notices" {
	fault 0 status=503:ticker=AAPL,times=2
	assert_equal "$(sql "SELECT retry_count FROM scheduler_execution_log")" 2
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "a 408 is retried" {
	fault 0 status=408:ticker=AAPL,times=1
}

@test "a 404 is final at once" {
	fault 1 status=404:ticker=AAPL,endpoint=aggs
	[ "$(requests /AAPL/range)" -eq 1 ]
	assert_next_run_completes
}

@test "a 400 is final at once" {
	fault 1 status=400:ticker=AAPL,endpoint=aggs
	[ "$(requests /AAPL/range)" -eq 1 ]
}

@test "a 429 pauses for its Retry-After, seconds or a date, and goes on" {
	for rule in retry-after=1 retry-date=1; do
		start_mock --synthetic --fault "$rule:times=1,endpoint=aggs"
		MD_DB=$(store_at $rule)
		backfill -q AAPL
		stop_mock
		run sql "SELECT rate_limited_count, retry_count,
			CAST(duration_seconds >= 0.9 AS integer) FROM scheduler_execution_log"
		assert_output "1|1|1"
	done
}

@test "HTML in the place of JSON is retried, then fails the job" {
	fault 1 html:ticker=AAPL,endpoint=aggs
	[ "$(rejected)" -eq 1 ]
	assert_next_run_completes
}

@test "HTML with a 502 is retried" {
	fault 0 html=502:ticker=AAPL,times=1
}

@test "a truncated body is retried" {
	fault 0 truncated:ticker=AAPL,endpoint=aggs,times=1
}

@test "a body that is truncated each time fails the job" {
	fault 1 truncated:ticker=AAPL,endpoint=aggs
	assert_next_run_completes
}

@test "a stalled body ends within its bound and is retried" {
	bounds=("${BOUNDED[@]}")
	fault 0 stalled:ticker=AAPL,endpoint=aggs,times=1
}

@test "a server that never answers ends within its bound" {
	bounds=("${BOUNDED[@]}")
	fault 1 silent:ticker=AAPL,endpoint=aggs
	assert_next_run_completes
}

@test "a reset connection is retried" {
	fault 0 reset:ticker=AAPL,endpoint=aggs,times=1
}

@test "a connection that is reset each time fails the job" {
	fault 1 reset:ticker=AAPL,endpoint=aggs
	assert_next_run_completes
}

@test "an endless body is cut off and fails the job" {
	fault 1 endless:ticker=AAPL,endpoint=aggs
	assert_next_run_completes
}

@test "invalid JSON fails the job and is kept" {
	fault 1 badjson:ticker=AAPL,endpoint=aggs
	[ "$(rejected)" -ge 1 ]
	assert_next_run_completes
}

@test "NaN refuses its row alone" {
	fault 0 nan:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 1 ]
	assert_next_run_completes
}

@test "a price that is a string refuses its row alone" {
	fault 0 types:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -ge 1 ]
	assert_next_run_completes
}

@test "a row without a close is refused alone" {
	fault 0 missing:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 1 ]
	assert_next_run_completes
}

@test "the same bar twice is one bar" {
	fault 0 duplicate:ticker=AAPL,endpoint=aggs
	[ "$(rejected)" -eq 0 ]
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "two different bars of one time are both refused" {
	fault 0 conflicting:ticker=AAPL,endpoint=aggs,page=1
	[ "$(rejected)" -eq 2 ]
	assert_next_run_completes
}

@test "unordered bars are put in order" {
	fault 0 unordered:ticker=AAPL,endpoint=aggs
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "pages in reverse order claim nothing before they are all there" {
	fault 0 reversed:ticker=AAPL,endpoint=aggs
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "bars of another ticker are refused" {
	fault 0 ticker:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 20 ]
	assert_next_run_completes
}

@test "bars outside the window are refused" {
	fault 0 outside:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -ge 1 ]
	assert_next_run_completes
}

@test "a row that is of no window asked for costs the others nothing" {
	start_mock --synthetic --today 2024-02-02T16:30:00-05:00 \
		--fault outside:ticker=AAPL --fault types:ticker=MSFT,endpoint=aggs,times=1
	fetch_both() {
		mdbackfill -q --no-grouped --from 2024-01-02 --to 2024-01-31 \
			--as-of 2024-02-02T16:30:00-05:00 AAPL MSFT
	}
	fetch_both
	assert_equal "$(sql "SELECT count(*) FROM market_data_raw
		WHERE final = 1")" 40
	run sql "SELECT DISTINCT s.symbol FROM rejected_bars r
		JOIN series s ON s.series_id = r.series_id ORDER BY 1"
	assert_output "AAPL
MSFT"
	# What may be the bar of the row without a time is asked for again.
	asked=$(requests aggs)
	fetch_both
	assert_equal "$(($(requests aggs) - asked))" 1
}

@test "a job of which every row is refused has failed, and says so" {
	start_mock --synthetic --fault ticker:ticker=AAPL
	run mdbackfill -q --from 2024-01-02 --to 2024-01-31 AAPL MSFT
	assert_failure 1
	assert_output --partial "AAPL 1d: all 21 rows received were refused"
	assert_equal "$(sql "SELECT symbol, status
		FROM symbol_computation_status ORDER BY 1")" "AAPL|failed
MSFT|completed"
}

@test "a bar off the grid is refused" {
	fault 0 offgrid:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 1 ]
	assert_next_run_completes
}

@test "a high below the low is refused" {
	fault 0 highlow:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 1 ]
	assert_equal "$(sql "SELECT reason FROM rejected_bars")" \
		"high is below low"
	assert_next_run_completes
}

@test "a negative price is refused" {
	fault 0 negative:ticker=AAPL,endpoint=aggs,page=2
	[ "$(rejected)" -eq 1 ]
	assert_next_run_completes
}

@test "an empty answer where there are bars is not believed" {
	fault 0 empty:ticker=AAPL,endpoint=aggs
	assert_equal "$(coverage_of | grep -c AAPL)" 0
	assert_next_run_completes
}

@test "an empty last page where there are bars is not believed" {
	fault 0 empty:ticker=AAPL,endpoint=aggs,page=3
	assert_next_run_completes
}

@test "an empty page with a next_url goes on" {
	fault 0 emptypage:ticker=AAPL,endpoint=aggs
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "a next_url that loops ends the job with an error" {
	fault 1 loop:ticker=AAPL,endpoint=aggs
	run sql "SELECT error_message FROM symbol_computation_status
		WHERE symbol = 'AAPL'"
	assert_output --partial "next_url repeats"
	assert_next_run_completes
}

@test "an error in a 200 is final at once" {
	fault 1 error200:ticker=AAPL,endpoint=aggs
	[ "$(requests /AAPL/range)" -eq 1 ]
	assert_next_run_completes
}

@test "DELAYED is good" {
	fault 0 delayed
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "a slow body is waited for" {
	fault 0 slow=20000:ticker=AAPL,endpoint=aggs
}

@test "a 403 is remembered: no call for a week, then again" {
	fault 1 status=403:ticker=AAPL,endpoint=aggs
	assert_equal "$(coverage_of | grep AAPL | cut -d'|' -f5)" denied
	before=$(requests aggs)
	run --separate-stderr backfill --as-of 2024-06-09T10:00:00Z AAPL
	assert_success
	assert_output --partial "not in the plan"
	assert_equal "$(requests aggs)" "$before"
	restart_mock --synthetic
	backfill -q --as-of 2024-06-11T10:00:00Z AAPL
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

@test "who asks for less after a 403 is answered" {
	# refused is what begins in January 2019 (1546… seconds)
	start_mock --synthetic --today 2024-03-13T21:00:00Z \
		--fault status=403:path=/day/1546
	args=(-q --as-of 2024-03-13T22:00:00Z)
	run mdbackfill "${args[@]}" --from 2019-01-01 AAPL
	assert_failure 2
	asked=$(requests aggs)
	run mdbackfill "${args[@]}" --from 2019-01-01 AAPL
	assert_success
	assert_equal "$(requests aggs)" "$asked"
	mdbackfill "${args[@]}" --from 2024-02-01 AAPL
	[ "$(sql "SELECT count(*) FROM bars")" -gt 20 ]
}

@test "a plan without the newest bars has the others, and later those" {
	# final before 2024-07-03T04:00Z; a call that goes past it is refused
	start_mock --synthetic --today 2024-07-05T20:00:00Z \
		--fault status=403:endpoint=aggs,times=1 \
		--fault status=403:endpoint=aggs,path=/1719979200000/
	run mdbackfill -t 1h --from 2024-07-01 --to 2024-07-03 \
		--as-of 2024-07-03T18:00:00Z AAPL
	assert_success
	assert_output --partial "newest bars are not in the plan yet"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 14
	before=$(requests aggs)
	mdbackfill -q -t 1h --from 2024-07-01 --to 2024-07-03 \
		--as-of 2024-07-03T18:10:00Z AAPL
	restart_mock --synthetic --today 2024-07-05T20:00:00Z
	mdbackfill -q -t 1h --from 2024-07-01 --to 2024-07-03 \
		--as-of 2024-07-04T18:10:00Z AAPL
	assert_equal "$(sql "SELECT count(*) FROM bars")" 18
}

@test "a refused key stops the run at once" {
	start_mock --synthetic --key another-key
	run --separate-stderr backfill AAPL MSFT SPY QQQ DIA
	assert_equal "$status" 77
	[ "$(requests)" -le 3 ]
	refute [ -n "$(grep -F "$POLYGON_API_KEY" <<<"$output$stderr")" ]
	assert_equal "$(sql "SELECT status FROM scheduler_execution_log")" failed
	[ "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status = 'pending'")" -ge 1 ]
}

@test "an API that is down is not asked for the other 40" {
	start_mock --synthetic --fault status=503
	run --separate-stderr backfill $(seq -f 'S%.0f' 40)
	assert_equal "$status" 69
	[ "$(requests)" -le 20 ]
}

@test "one job that fails is all failed" {
	start_mock --synthetic --fault status=500:endpoint=aggs
	run --separate-stderr backfill AAPL
	assert_equal "$status" 2
}

@test "a host that cannot be reached is 69 with a clear line" {
	POLYGON_BASE_URL=http://127.0.0.1:9 run --separate-stderr \
		backfill --max-retries 1 AAPL
	assert_equal "$status" 69
	[[ $stderr == *"127.0.0.1:9"* ]]
}

@test "a certificate that nobody vouches for ends the run at once" {
	command -v openssl >/dev/null || skip "no openssl"
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem \
		-days 2 -subj /CN=localhost 2>/dev/null
	# one that shakes many hands at once: who had to wait would try again
	python3 -c 'import http.server as h, os, ssl
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain("c.pem", "k.pem")
class Server(h.ThreadingHTTPServer):
    def finish_request(self, s, a):
        super().finish_request(c.wrap_socket(s, server_side=True), a)
s = Server(("127.0.0.1", 0), h.BaseHTTPRequestHandler)
open("p", "w").write(str(s.server_port))
os.rename("p", "port")
s.serve_forever()' >/dev/null 2>&1 3>&- &
	server=$!
	wait_for 30 test -e port
	port=$(cat port)
	POLYGON_BASE_URL=https://localhost:$port run --separate-stderr \
		backfill AAPL MSFT
	kill $server
	assert_equal "$status" 69
	[[ $stderr == *certificate* ]]
	assert_equal "$(sql "SELECT retry_count FROM scheduler_execution_log")" 0
}

# The other host is real and logs what reaches it.
other_host() {
	mdmock -q --synthetic --port-file "$BATS_TEST_TMPDIR/other.port" \
		--access-log "$BATS_TEST_TMPDIR/other.log" 3>&- &
	OTHER=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/other.port"
	OTHER_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/other.port")
}

@test "a next_url on another host is asked of ours: the key stays home" {
	other_host
	fault 0 "foreign=$OTHER_URL:ticker=AAPL,endpoint=aggs"
	kill $OTHER
	bars_of "$(store_at clean)" | diff - <(bars_of)
	[ ! -s "$BATS_TEST_TMPDIR/other.log" ]
}

@test "a redirect is not followed: the key stays home" {
	other_host
	fault 1 "redirect=$OTHER_URL/x:ticker=AAPL,endpoint=aggs"
	kill $OTHER
	[ ! -s "$BATS_TEST_TMPDIR/other.log" ]
	assert_next_run_completes
}

@test "three empty answers an hour apart are believed, two are not" {
	start_mock --synthetic
	for time in 10:00 11:01 12:02; do
		if [ -e "$MD_DB" ]; then
			assert_equal "$(coverage_of)" ""
		fi
		backfill -q --as-of "2024-06-03T$time:00Z" ZZTOP
	done
	assert_equal "$(coverage_of | cut -d'|' -f5)" empty
	before=$(requests)
	backfill -q --as-of 2024-06-03T13:00:00Z ZZTOP
	assert_equal "$(requests)" "$before"
}

@test "three empty answers within an hour are one" {
	start_mock --synthetic
	for minute in 00 20 40; do
		backfill -q --as-of "2024-06-03T10:$minute:00Z" ZZTOP
	done
	assert_equal "$(coverage_of)" ""
	assert_equal "$(sql "SELECT answers FROM doubts")" 1
}

@test "splits that fail are told, and the bars stay" {
	start_mock --synthetic --fault status=500:endpoint=splits
	run --separate-stderr backfill AAPL
	assert_equal "$status" 1
	[[ $stderr == *"splits of AAPL"* ]]
	[ "$(sql "SELECT count(*) FROM bars")" -gt 50 ]
}

# refuse_rows TABLE WORDS: what is inserted there fails.
refuse_rows() {
	if [ "$MD_ENGINE" = sqlite ]; then
		sql "CREATE TRIGGER broken_$1 BEFORE INSERT ON $1
			BEGIN SELECT RAISE(ABORT, '$2'); END"
	else
		pg -d "$MD_DB" -c "CREATE FUNCTION broken_$1() RETURNS trigger
			LANGUAGE plpgsql
			AS 'BEGIN RAISE EXCEPTION ''$2''; END'" \
			-c "CREATE TRIGGER broken BEFORE INSERT ON $1
			FOR EACH ROW EXECUTE FUNCTION broken_$1()"
	fi
}

@test "a run that fails with a lease in its hand gives it up" {
	only_sqlite "a trigger in its words"
	clean_store
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-05 AAPL
	sql "CREATE TRIGGER broken BEFORE UPDATE OF features_from ON series
		BEGIN SELECT RAISE(ABORT, 'not this'); END"
	run mdbackfill -q --features-only --refresh AAPL
	assert_failure 69
	assert_output --partial "not this"
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
}

@test "a log that cannot be written does not break the backfill" {
	clean_store
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-05 AAPL MSFT
	refuse_rows scheduler_execution_log "no log today"
	refuse_rows symbol_computation_status "no log today"
	run --separate-stderr backfill AAPL MSFT
	assert_success
	[[ $stderr == *"no log today"* ]]
	bars_of "$(store_at clean)" | diff - <(bars_of)
}

# -- what others send may hold what we sent --

# serve BODY [STATUS]: a server that answers everything so, KEY in it replaced
# by the key that it was sent; answers() has it answer otherwise.
serve() {
	cat >"$BATS_TEST_TMPDIR/serve.py" <<-'EOF'
	import http.server, os, sys
	class Handler(http.server.BaseHTTPRequestHandler):
	    protocol_version = 'HTTP/1.1'
	    def log_message(self, *args):
	        pass
	    def do_GET(self):
	        open(sys.argv[3], 'a').write(self.path + chr(10))
	        key = self.headers.get('Authorization', '')[7:]
	        body = open(sys.argv[1]).read().replace('KEY', key).encode()
	        if 'splits' in self.path:
	            body = b'{"status":"OK","results":[%s]}' % (
	                open(sys.argv[5], 'rb').read()
	                if os.path.exists(sys.argv[5]) else b'')
	        self.send_response(200 if 'splits' in self.path
	                           else int(open(sys.argv[2]).read()))
	        self.send_header('Content-Length', str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
	with open(sys.argv[4] + '.new', 'w') as f:
	    f.write(str(server.server_port))
	os.rename(sys.argv[4] + '.new', sys.argv[4])
	server.serve_forever()
	EOF
	answers "$1" "${2:-200}"
	python3 "$BATS_TEST_TMPDIR/serve.py" "$BATS_TEST_TMPDIR/serve.body" \
		"$BATS_TEST_TMPDIR/serve.status" "$BATS_TEST_TMPDIR/serve.log" \
		"$BATS_TEST_TMPDIR/serve.port" \
		"$BATS_TEST_TMPDIR/serve.splits" 3>&- &
	SERVER=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/serve.port"
	POLYGON_BASE_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/serve.port")
	export POLYGON_BASE_URL
}

# answers BODY STATUS: what it does from now on.
answers() {
	printf %s "$1" >"$BATS_TEST_TMPDIR/serve.body"
	echo "$2" >"$BATS_TEST_TMPDIR/serve.status"
}

@test "a key that the server sends back is stored and shown nowhere" {
	long=$(printf 'x%.0s' $(seq 185))
	serve x
	for body in 'oops, key KEY unknown' \
		'{"status":"ERROR","error":"KEY"}' \
		"{\"status\":\"ERROR\",\"error\":\"$long KEY\"}" \
		'{"ticker":"AAPL","status":"OK","results":[{"t":"x","k":"KEY"}]}' \
		'{"ticker":"AAPL","status":"OK","next_url":"https://h/x?apiKey=KEY&c=1"}'; do
		for status in 200 400 401 403 500; do
			answers "$body" $status
			before=$(wc -l <"$BATS_TEST_TMPDIR/serve.log" || echo 0)
			run backfill --refresh -v -v -o json AAPL
			[[ $output != *test-key* ]] ||
				fail "$body $status: $output"
			[ "$(wc -l <"$BATS_TEST_TMPDIR/serve.log")" -gt \
				"$before" ] || fail "$body $status: not asked"
		done
		# Nothing that one of them brought is taken away by another.
		[ -z "$(dump | grep -F test-key)" ] ||
			fail "$body: in the store"
	done
	kill $SERVER
	[ -z "$(grep -F test-key "$BATS_TEST_TMPDIR/serve.log")" ]
}

@test "a key of stars ends like any other" {
	serve '{"status":"ERROR","error":"Unknown API Key ***"}' 401
	POLYGON_API_KEY='***' run timeout 20 mdbackfill AAPL
	kill $SERVER
	assert_equal "$status" 77
}

@test "a key of one letter does not damage what is received" {
	start_mock --synthetic --fault types:ticker=AAPL,endpoint=aggs
	POLYGON_API_KEY=s run backfill -o json AAPL
	assert_success
	[ "$(sql "SELECT count(*) FROM bars")" -ge 59 ]
}

@test "a vendor's control characters do not reach the terminal" {
	serve '{"status":"ERROR","error":"a\nmdbackfill: fine\u001b[2J"}' 400
	run --separate-stderr backfill -q --no-dividends AAPL
	kill $SERVER
	assert_equal "$(wc -l <<<"$stderr")" 1
	[[ $stderr != *$'\033'* ]]
}

@test "an answer of millions of values is refused in bounded memory" {
	serve x
	python3 - >"$BATS_TEST_TMPDIR/serve.body" <<-'EOF'
	print('{"ticker":"AAPL","status":"OK","results":[' +
	      '0,' * 1000001 + '0]}')
	EOF
	run --separate-stderr backfill AAPL
	kill $SERVER
	assert_equal "$status" 2
	[[ $stderr == *"more than any page"* ]]
}

@test "a thousand rows that are no splits are twenty lines and their number" {
	serve x
	echo '{"ticker":"AAPL","status":"OK","results":[]}' \
		>"$BATS_TEST_TMPDIR/serve.body"
	python3 -c 'print("0," * 999 + "0")' >"$BATS_TEST_TMPDIR/serve.splits"
	run --separate-stderr backfill --no-dividends AAPL
	kill $SERVER
	assert_equal "$status" 0
	assert_equal "$(grep -c "a row is left out: the row is no object" \
		<<<"$stderr")" 20
	[[ $stderr == *"splits of AAPL: 1000 rows are left out"* ]]
}

# -- one bad symbol, and splits that change --

@test "one symbol that always fails does not stop the run" {
	start_mock --synthetic --fault status=500:ticker=BAD,endpoint=aggs
	run backfill -q --max-retries 0 -t 1d,1h,30m,15m,5m BAD AAPL
	assert_equal "$status" 1
	assert_equal "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE symbol = 'AAPL' AND status = 'completed'")" 5
}

@test "a 403 on splits leaves a new symbol new" {
	start_mock --synthetic --fault status=403:endpoint=splits,times=1
	args=(-q --as-of 2024-06-03T15:00:00Z AAPL)
	backfill "${args[@]}"
	assert_equal "$(sql "SELECT splits_checked_ms FROM symbols")" ""
	backfill "${args[@]}"
	assert_equal "$(requests 'splits.*ticker=AAPL')" 2
}

@test "no ticker and no ratio of a split stops a run or a reader" {
	cat >"$BATS_TEST_TMPDIR/serve.splits" <<-'EOF'
	{"ticker": "ACME", "execution_date": "2024-02-05",
	 "split_from": 1e300, "split_to": 1e-300},
	{"ticker": "A\"B", "execution_date": "2024-02-05",
	 "split_from": 1, "split_to": 2},
	{"ticker": "A\\", "execution_date": "2024-02-05",
	 "split_from": 1, "split_to": 2},
	{"ticker": "ACME", "execution_date": "2024-02-05",
	 "split_from": 1, "split_to": 2}
	EOF
	serve '{"status": "OK", "ticker": "ACME", "results":
		[{"t": 1706763600000, "o": 10, "h": 10, "l": 10, "c": 10,
		"v": 5}]}'
	for day in 05 06; do
		backfill -q --from 2024-02-01 --to 2024-02-01 \
			--as-of 2024-02-${day}T15:00:00Z ACME
	done
	grep -q 'splits.*execution_date.gte=' "$BATS_TEST_TMPDIR/serve.log"
	assert_equal "$(sql "SELECT CAST(close AS INTEGER)
		FROM market_data")" 5
}

@test "a day of one market makes no series of another" {
	serve "{\"status\": \"OK\", \"results\": [$(
		for ticker in AAA BBB CCC DDD X:BTCUSD; do
			printf '{"T": "%s", "t": 1706821200000, "o": 10,
				"h": 10, "l": 10, "c": 10, "v": 5},' $ticker
		done | sed '$s/,$//')]}"
	backfill -q --from 2024-02-01 --to 2024-02-01 --no-features \
		--as-of 2024-02-05T15:00:00Z --store-all-grouped AAA BBB CCC
	grep -q grouped "$BATS_TEST_TMPDIR/serve.log"
	assert_equal "$(sql "SELECT symbol FROM symbols ORDER BY 1" |
		paste -sd ' ')" "AAA BBB CCC DDD"
}

@test "splits that were answered one by one are kept when one fails" {
	start_mock --synthetic --without /stocks/v1/splits \
		--fault status=500:ticker=C,endpoint=splits
	args=(-q --from 2004-01-02 --to 2024-01-31 --no-features \
		--as-of 2024-02-05T15:00:00Z --max-retries 0 A B C D)
	run --separate-stderr backfill "${args[@]}"
	assert_equal "$status" 1
	[[ $stderr == *"splits of A and 3 more: C: HTTP 500"* ]]
	assert_equal "$(sql "SELECT symbol FROM symbols
		WHERE splits_checked_ms IS NOT NULL ORDER BY 1" |
		paste -sd ' ')" "A B"
}

@test "a split that is moved to another day is applied once" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	cd "$BATS_TEST_TMPDIR/data"
	printf 't,o,h,l,c,v\n1706763600000,10,10,10,10,5\n' >bars/ACME/1d.csv
	names=ticker,execution_date,split_from,split_to
	run_at() {
		mdbackfill -q --from 2024-02-01 --to 2024-02-01 --as-of "$1" \
			ACME
	}
	printf '%s\nACME,2024-02-07,1,2\n' $names >splits.csv
	start_mock --data .
	run_at 2024-02-05T15:00:00Z
	printf '%s\nACME,2024-02-08,1,4\n' $names >splits.csv
	restart_mock --data .
	run_at 2024-02-06T15:00:00Z
	run_at 2024-02-08T15:00:00Z
	assert_equal "$(sql "SELECT symbol, execution_date,
		CAST(split_from AS INTEGER), CAST(split_to AS INTEGER)
		FROM splits")" "ACME|2024-02-08|1|4"
	assert_equal "$(sql "SELECT close FROM market_data")" 2.5
}

@test "bars asked for before they were final are not final when they come" {
	# Final at 11:00 New York; asked 4 s before, splits being known by then,
	# answered after.
	start_mock --synthetic --today 2024-07-08T20:00:00Z
	mdbackfill -q -t 1h --from 2024-07-01 --to 2024-07-01 \
		--as-of 2024-07-03T14:00:00Z AAPL
	assert_equal "$(requests splits)" 1
	restart_mock --synthetic --today 2024-07-08T20:00:00Z --latency 4500
	args=(-t 1h --from 2024-07-02 --to 2024-07-02)
	mdbackfill -q "${args[@]}" --as-of 2024-07-03T14:59:56Z AAPL
	assert_equal "$(requests splits)" 1
	run mdbackfill -n -o json "${args[@]}" --as-of 2024-07-03T15:05:00Z AAPL
	assert_line --regexp '"symbol": "AAPL"'
}

@test "what a bad line does is got over, and the bars are the same" {
	clean_store
	for rule in latency=300 bandwidth=4000 slicer=300/5 limit_data=100 \
		slow_close=200 timeout=100 reset_peer=50 down=20 \
		latency=200,slicer=200/5,limit_data=900 \
		bandwidth=4000,slow_close=300,badjson; do
		restart_mock --synthetic --page 20 --fault "$rule:every=3"
		MD_DB=$(store_at "${rule//[^a-z]/_}")
		backfill -q --max-retries 12 "${AS_OF[@]}" AAPL MSFT
		bars_of "$(store_at clean)" | diff - <(bars_of)
	done
}

@test "so is a body that ends by a slow close beyond all patience" {
	bounds=("${BOUNDED[@]}")
	fault 1 slow_close=20000:ticker=AAPL,endpoint=aggs
	assert_next_run_completes
}
