# What an operator is told of a run, besides its summary.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

fetch() {
	mdbackfill --max-retries 0 -t 1d --from 2024-01-02 --to 2024-01-05 "$@"
}

@test "a refused key is said once" {
	start_mock --synthetic --key right-key-1234567
	run --separate-stderr -77 fetch A B C D E
	assert_equal "$stderr" \
		"mdbackfill: the API refused the key (HTTP 401: Unknown API Key)"
	run --separate-stderr -77 fetch -q --no-grouped A
	assert_equal "$(wc -l <<<"$stderr")" 1
}

@test "messages as JSON say which series, which run, and what kind of error" {
	start_mock --synthetic --fault status=404:ticker=BAD,endpoint=aggs
	fetch -q --log-format json --no-grouped BAD A >out 2>err || true
	id=$(sql "SELECT execution_id FROM scheduler_execution_log")
	python3 - err "$id" <<-'PY'
	import json, sys
	lines = [json.loads(l) for l in open(sys.argv[1])]
	assert len(lines) == 1, lines
	l = lines[0]
	assert l['symbol'] == 'BAD' and l['timeframe'] == '1d', l
	assert l['execution_id'] == sys.argv[2], l
	assert l['code'] in ('http', 'absent'), l
	assert l['message'].startswith('BAD 1d: '), l
	PY
	stop_mock
	run --separate-stderr fetch -q --log-format json --no-grouped \
		--base-url http://127.0.0.1:1 ZZ
	[[ $stderr == *'"code": "'* ]] || fail "$stderr"
	run --separate-stderr -3 mdstale --log-format json --db none.db
	[[ $stderr == *'"code": "store"}' ]]
	[[ $stderr != *execution_id* ]]
}

# receiver [CODE]: notes what is posted to it, in the file posts; answers CODE.
receiver() {
	python3 - "${1:-200}" 3>&- >receiver.out 2>&1 <<-'PY' &
	import http.server, sys
	class H(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        n = int(self.headers.get('Content-Length') or 0)
	        body = self.rfile.read(n).decode()
	        with open('posts', 'a') as f:
	            f.write('%s [%s]\n' % (self.path, body.strip()))
	        with open('headers', 'a') as f:
	            f.write(str(self.headers))
	        self.send_response(int(sys.argv[1]))
	        self.send_header('Content-Length', '0')
	        self.end_headers()
	    def log_message(self, *a):
	        pass
	s = http.server.HTTPServer(('127.0.0.1', 0), H)
	open('port', 'w').write(str(s.server_port))
	s.serve_forever()
	PY
	receiver_pid=$!
	wait_for 30 test -s port
	ping_url=http://127.0.0.1:$(cat port)/ping/abc
}

teardown() {
	[ -z "${receiver_pid:-}" ] || kill "$receiver_pid"
	end_mock
}

@test "a service hears when a run begins and how it ended, and never the key" {
	receiver
	start_mock --synthetic --fault status=404:ticker=BAD,endpoint=aggs
	fetch -q --ping "$ping_url" A
	run fetch -q --no-grouped --ping "$ping_url/" BAD C
	assert_failure 1
	stop_mock
	POLYGON_API_KEY='' run -77 fetch -q --ping "$ping_url" D
	sed -E 's/after [^]:]*/after T/' posts >seen
	assert_equal "$(cat seen)" "/ping/abc/start []
/ping/abc [exit code 0 after T: completed, 1 of 1 symbols, 4 new bars]
/ping/abc/start []
/ping/abc/fail [exit code 1 after T: completed_with_errors, 1 of 2 symbols, 4 new bars]
/ping/abc/start []
/ping/abc/fail [exit code 77 after T]"
	run ! grep -i -e authorization -e "$POLYGON_API_KEY" headers posts
	# A plan is no run.
	fetch -n --ping "$ping_url" A >plan
	assert_equal "$(wc -l <posts)" 6
}

@test "a run goes on when nobody hears of it" {
	receiver 500
	start_mock --synthetic
	run --separate-stderr -0 fetch --ping "$ping_url" A
	assert_equal "$stderr" \
		"mdbackfill: warning: --ping: not delivered: HTTP 500
mdbackfill: warning: --ping: not delivered: HTTP 500"
	run --separate-stderr -0 fetch --ping http://127.0.0.1:1/x B
	[[ $stderr == *"--ping: not delivered: "* ]]
	for wrong in http://example.com/x ftp://localhost/x 'https://h/x?a=b'; do
		run -64 fetch --ping "$wrong" C
		assert_output --partial "--ping: "
	done
}
