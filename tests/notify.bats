# mdhealth --notify: who is told of alerts, what, and how often.
# shellcheck disable=SC2154 # run sets stderr

load report

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# Whatever is stored is new enough: runs alone give alerts.
	cat >conf <<-'JSON'
	{"objectives": {"rpo": {"critical": "900w", "standard": "900w",
	    "low": "900w"}}, "alerts": {"no_success": "6h"}}
	JSON
}

teardown() {
	[ -z "${receiver_pid:-}" ] || kill "$receiver_pid"
	end_mock
}

# A store in which all is well now.
healthy() {
	local now

	new_store
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	add_series AAPL stock critical 1d 2024-06-28T04:00:00Z "$now"
	add_execution 11111111-1111-4111-8111-111111111111 "$now" "$now" \
		completed total_symbols=1 successful_symbols=1
}

# ends_at TIME: when the last good run ended, as SQLite says it.
ends_at() {
	local at

	at=$(date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ)
	sql "UPDATE scheduler_execution_log SET completed_at = '$at'"
}

# receiver [CODE [SECONDS]]: keeps each request as a line of JSON in posts;
# answers CODE, or what the file code says, after SECONDS.
receiver() {
	python3 - "${1:-200}" "${2:-0}" 3>&- >receiver.out 2>&1 <<-'PY' &
	import http.server, json, os, socketserver, sys, time
	class H(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        n = int(self.headers.get('Content-Length') or 0)
	        body = self.rfile.read(n).decode()
	        with open('posts', 'a') as f:
	            f.write(json.dumps({'path': self.path, 'body': body,
	                'type': self.headers.get('Content-Type'),
	                'headers': str(self.headers)}) + '\n')
	        time.sleep(float(sys.argv[2]))
	        code = open('code').read() if os.path.exists('code') \
	            else sys.argv[1]
	        self.send_response(int(code))
	        if code[0] == '3':
	            self.send_header('Location', '/elsewhere')
	        self.send_header('Content-Length', '0')
	        self.end_headers()
	    def log_message(self, *a):
	        pass
	class S(socketserver.ThreadingMixIn, http.server.HTTPServer):
	    daemon_threads = True
	s = S(('127.0.0.1', 0), H)
	open('port.new', 'w').write(str(s.server_port))
	os.rename('port.new', 'port')
	s.serve_forever()
	PY
	receiver_pid=$!
	wait_for 30 test -s port
	url=http://127.0.0.1:$(cat port)/hook
	touch posts
}

notify() {
	mdhealth --config conf -q "$@"
}

told() {
	wc -l <posts
}

@test "an alert is told once when it is raised and once when it is over" {
	healthy
	receiver
	run --separate-stderr -0 notify --notify "$url?token=a%20b"
	assert_equal "$(told)" 0
	ends_at '-7 hours'
	for _ in 1 2; do
		run --separate-stderr -1 notify --notify "$url?token=a%20b"
		assert_equal "$stderr" ""
	done
	assert_equal "$(told)" 1
	ends_at now
	for _ in 1 2; do
		run --separate-stderr -0 notify --notify "$url?token=a%20b"
	done
	assert_equal "$(told)" 2
	POLYGON_API_KEY=test-key-1234567890 python3 - <<-'PY'
	import json
	a, b = [json.loads(l) for l in open('posts')]
	assert a['path'] == b['path'] == '/hook?token=a%20b', a
	assert a['type'] == 'application/json', a
	assert 'test-key' not in json.dumps([a, b])
	assert 'uthorization' not in a['headers']
	d = json.loads(a['body'])
	assert (d['source'], d['status']) == ('mdkit', 'degraded'), d
	assert d['host'] and d['store'] and d['timestamp'].endswith('Z'), d
	assert len(d['changes']) == len(d['alerts']) == 1, d
	c = d['changes'][0]
	assert (c['rule'], c['level'], c['change'], c['threshold']) == (
	    'no_success', 'warning', 'raised', 21600), c
	assert c['value'] > 25000 and c['command'].startswith('mdhealth'), c
	assert c['message'].startswith('no backfill has done well for 7 h'), c
	d = json.loads(b['body'])
	assert d['status'] == 'healthy' and d['alerts'] == [], d
	assert [(c['rule'], c['change']) for c in d['changes']] == [
	    ('no_success', 'cleared')], d
	assert d['changes'][0]['raised_at'].endswith('Z'), d
	PY
}

@test "what was not delivered is said, and told again" {
	healthy
	ends_at '-7 hours'
	receiver 500
	run --separate-stderr -1 notify --notify "$url/secret"
	assert_equal "$stderr" \
		"mdhealth: --notify: not delivered: HTTP 500"
	# A redirect is not followed.
	echo 302 >code
	run --separate-stderr -1 notify --notify "$url/secret"
	assert_equal "$stderr" \
		"mdhealth: --notify: not delivered: HTTP 302"
	run ! grep -q elsewhere posts
	echo 200 >code
	run --separate-stderr -1 notify --notify "$url/secret"
	assert_equal "$stderr" ""
	run -1 notify --notify "$url/secret"
	assert_equal "$(told)" 3
	# Another receiver has not heard of it; its address is told to nobody.
	run --separate-stderr -1 notify --notify http://127.0.0.1:1/secret
	[[ $stderr == *"--notify: not delivered: http://127.0.0.1:1: "* ]]
	[[ $stderr != *secret* ]]
	run ! grep -q secret <<<"$(dump)"
}

@test "two hosts at once tell it once, and who died in the middle bars nobody" {
	healthy
	ends_at '-7 hours'
	receiver 200 1
	notify --notify "$url" &
	notify --notify "$url" &
	wait %2 %3 || true
	wait_for 20 test "$(told)" = 1
	assert_equal "$(told)" 1
	# What a killed one claimed is void after a while, or in any case where
	# its clock was wrong.
	ends_at now
	for until in "$(date +%s)000 - 1" "$(date +%s)000 + 86400000"; do
		sql "DELETE FROM alerts_told;
			UPDATE alert_receivers SET claim = 'dead',
			claimed_until_ms = $until"
		ends_at '-7 hours'
		run -1 notify --notify "$url"
	done
	assert_equal "$(told)" 3
	sql "DELETE FROM alerts_told; UPDATE alert_receivers SET
		claim = 'alive', claimed_until_ms = $(date +%s)000 + 60000"
	run --separate-stderr -1 notify -v --notify "$url"
	[[ $stderr == *"another mdhealth is at it"* ]]
	assert_equal "$(told)" 3
}

@test "ntfy, Slack and Healthchecks hear it in their own ways" {
	healthy
	receiver
	base=${url%/hook}
	for change in '-7 hours' now; do
		ends_at "$change"
		for to in "ntfy:$base/my-topic?auth=x" "slack:$base/services/T/B/x" \
			"healthchecks:$base/ping/uuid"; do
			notify --notify "$to" || [ $? -eq 1 ]
		done
	done
	python3 - <<-'PY'
	import json
	p = [json.loads(l) for l in open('posts')]
	assert [x['path'] for x in p] == ['/?auth=x', '/services/T/B/x',
	    '/ping/uuid/fail', '/?auth=x', '/services/T/B/x', '/ping/uuid'], p
	n = json.loads(p[0]['body'])
	assert (n['topic'], n['title'], n['priority'], n['tags']) == (
	    'my-topic', 'mdkit: degraded, 1 alert', 4, ['warning']), n
	assert n['message'].startswith('warning: no_success: no backfill'), n
	n = json.loads(p[3]['body'])
	assert (n['title'], n['priority']) == ('mdkit: healthy, 0 alerts', 3)
	assert n['message'].startswith('over: no_success, after '), n
	s = json.loads(p[1]['body'])
	assert list(s) == ['text'] and 'no_success' in s['text'], s
	assert p[2]['body'].startswith('mdkit: degraded'), p[2]
	PY
}

@test "a command reads it, without the key, and not for ever" {
	healthy
	ends_at '-7 hours'
	export PGPASSWORD=${PGPASSWORD-pg-secret-1}
	export MASSIVE_S3_ACCESS_KEY_ID=s3-id-1
	export MASSIVE_S3_SECRET_ACCESS_KEY=s3-secret-1
	run --separate-stderr -1 notify --notify \
		'cat >got; env >env; echo talk'
	assert_equal "$stderr" talk
	[[ $output != *talk* ]]
	assert_equal "$(field 'd["changes"][0]["rule"]' <got)" no_success
	run ! grep -e "$POLYGON_API_KEY" -e pg-secret-1 -e s3-id-1 \
		-e s3-secret-1 env got
	run --separate-stderr -1 notify --notify 'exit 7'
	assert_equal "$stderr" "mdhealth: --notify: not delivered: \
the command ended with exit code 7"
	# One that does not read is no failure.
	run --separate-stderr -1 notify --notify true
	assert_equal "$stderr" ""
	MD_NOTIFY='cat >by-env' run -1 notify
	test -s by-env
	# The environment's is for the summary of now.
	MD_NOTIFY='touch wrong' run -0 notify --history
	MD_NOTIFY='touch wrong' run notify --as-of "$NOW"
	[ ! -e wrong ]
}

@test "a receiver that cannot be is misuse" {
	healthy
	for wrong in http://example.com/x https:// 'https://u:p@h/x' \
		'ntfy:https://ntfy.sh' 'ntfy:https://ntfy.sh/' \
		'slack:ftp://h/x' 'healthchecks:https://h/x?a=b' 'https://h/a#b'; do
		run --separate-stderr -3 notify --notify "$wrong"
		[[ $stderr == *"--notify"* ]] || fail "$wrong: $stderr"
	done
	run -3 notify --notify true --history
	run -3 notify --notify true --as-of "$NOW"
	run -3 notify --notify ''
}

@test "a store that cannot be written tells nobody, in one line" {
	healthy
	ends_at '-7 hours'
	receiver
	if [ "$MD_ENGINE" = postgres ]; then
		pg -d postgres -c "ALTER DATABASE
			$(pg -At -d "$MD_DB" -c 'SELECT current_database()')
			SET default_transaction_read_only = on"
	else
		[ -w / ] || skip "a read-only folder needs root"
		unshare -m true 2>/dev/null || skip "no mount of one's own"
		sql "PRAGMA journal_mode = DELETE" >mode
		mkdir ro
		cp "$MD_DB" ro/market.db
		cat >looks <<-SH
		mount --bind ro ro && mount -o remount,bind,ro ro &&
		exec mdhealth --config conf -q --db ro/market.db --notify "$url"
		SH
	fi
	if [ "$MD_ENGINE" = postgres ]; then
		run --separate-stderr -1 notify --notify "$url"
	else
		run --separate-stderr -1 unshare -m sh looks
	fi
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$stderr"
	[[ $stderr == *"--notify: not delivered: store "*read-only* ]] ||
		fail "$stderr"
	assert_equal "$(told)" 0
}
