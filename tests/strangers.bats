#!/usr/bin/env bats
# mdserve: who is not to read the store or have anything noted, and what no
# client may make of the server's memory.

bats_require_minimum_version 1.5.0
load report
load serve

setup() {
	cd "$BATS_TEST_TMPDIR"
	export PYTHONPATH=$MD_ROOT/tests
}

teardown() {
	stop_page
	end_serve
}

# -- names --

@test "a Host that is not the server's is 421, and reads and notes nothing" {
	fill_store AAPL
	start_serve
	for host in localhost LOCALHOST localhost. localhost:9 127.0.0.1 \
		127.9.9.9:80 '[::1]' '[0:0:0:0:0:0:0:1]:8000' \
		'[::ffff:127.0.0.1]'; do
		[ "$(status_of "$HISTORICAL/AAPL" -H "Host: $host")" = 200 ] ||
			fail "$host"
	done
	for host in evil.example localhost.evil.example 192.0.2.1 '[::2]' \
		127.0.0.1.evil.example a@localhost localhost:x ''; do
		for path in /health / /metrics "$HISTORICAL/JUNK"; do
			[ "$(status_of "$path" -H "Host:${host:+ }${host:-;}")" \
				= 421 ] || fail "$host"
		done
	done
	run -0 ask /health -H 'Host: evil.example'
	[[ $output == *"--allow-host"* ]]
	# Who has no Host is no browser; two are a trick.
	[ "$(raw 'GET /health HTTP/1.0\r\n\r\n')" = 200 ]
	[ "$(raw 'GET /health HTTP/1.0\r\nHost: localhost\r\nHost: evil\r\n\r\n')" \
		= 400 ]
	grep -c 'refused (421)' "$SERVE_ERR" | grep -qx 1
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

# raw TEXT: the status of what is sent as it is.
raw() {
	python3 - "$SERVE_PORT" "$1" <<-'EOF'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
		s.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
		print(s.recv(65536)[9:12].decode())
	EOF
}

@test "--allow-host adds names, as the configuration does" {
	fill_store AAPL
	echo '{"serve": {"allow_host": ["md.example", "2001:db8::1"]}}' >conf
	start_serve --config conf
	[ "$(status_of /health -H 'Host: MD.example:8443')" = 200 ]
	[ "$(status_of /health -H 'Host: [2001:db8:0::1]')" = 200 ]
	[ "$(status_of /health -H 'Host: mdserve')" = 421 ]
	# A proxy with TLS: the page's origin has the name, Host has not.
	[ "$(status_of /health -H 'Origin: https://md.example' \
		-H 'Sec-Fetch-Site: same-origin')" = 200 ]
	[ "$(status_of /health -H 'Origin: https://md.example:9')" = 403 ]
	stop_serve
	start_serve --config conf --allow-host mdserve --allow-host two
	[ "$(status_of /health -H 'Host: mdserve:8000')" = 200 ]
	[ "$(status_of /health -H 'Host: two')" = 200 ]
	[ "$(status_of /health -H 'Host: md.example')" = 421 ]
	stop_serve
	for name in '' http://x x:80 'a b' x/y; do
		run -64 --separate-stderr mdserve --allow-host "$name"
		[[ $stderr == *"--allow-host"* ]]
	done
}

@test "what a browser sends for another site's page is 403" {
	fill_store AAPL
	start_serve
	for site in cross-site same-site nonsense; do
		for path in /health / /metrics "$HISTORICAL/AAPL" \
			"$HISTORICAL/JUNK" "$FEATURES/JUNK"; do
			[ "$(status_of "$path" -H "Sec-Fetch-Site: $site")" = \
				403 ] || fail "$site $path"
		done
	done
	for origin in http://evil.example null "http://127.0.0.1:1" \
		"http://localhost:$SERVE_PORT" file:// ''; do
		[ "$(status_of "$HISTORICAL/JUNK" -H \
			"Origin:${origin:+ }${origin:-;}")" = 403 ] ||
			fail "$origin"
		[ "$(status_of "$HISTORICAL/JUNK" -X OPTIONS \
			-H "Origin: $origin" \
			-H 'Access-Control-Request-Method: GET')" != 200 ]
	done
	for site in same-origin none; do
		[ "$(status_of /health -H "Sec-Fetch-Site: $site" \
			-H "Origin: $SERVE_URL")" = 200 ]
	done
	[ -z "$(header access-control-allow-origin /health)" ]
	[ "$(header cross-origin-resource-policy /health)" = same-origin ]
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

# as_page ORIGIN PATH [CURL OPTIONS...]: status and headers, as to its page.
as_page() {
	local origin=$1 path=$2

	shift 2
	ask "$path" -H "Origin: $origin" -H 'Sec-Fetch-Site: cross-site' \
		-o /dev/null -D - "$@" | tr -d '\r' | tr '[:upper:]' '[:lower:]'
}

@test "a page of --allow-origin reads, by any path, and notes nothing" {
	fill_store AAPL
	echo '{"serve": {"allow_origin": ["http://conf.example"]}}' >conf
	start_serve --config conf
	as_page http://conf.example /health | grep -qx 'http/1.1 200 ok'
	stop_serve
	start_serve --config conf --allow-origin HTTPS://Lab.example:443 \
		--allow-origin 'http://[0:0::1]:8888'
	etag=$(header etag "$HISTORICAL/AAPL?limit=20")
	for origin in https://lab.example 'http://[::1]:8888'; do
		# Kept answers and 304, refusals, and what needs no store.
		for case in "200 $HISTORICAL/AAPL?limit=20" \
			"200 $HISTORICAL/AAPL?limit=20" \
			"304 $HISTORICAL/AAPL?limit=20" \
			"200 $HISTORICAL?symbols=AAPL,MANY" "200 /openapi.json" \
			"200 /" "404 $FEATURES/JUNK" "404 $HISTORICAL/JUNK" \
			"422 $HISTORICAL/AAPL?limit=x" "404 /nothing"; do
			match=
			[ "${case%% *}" != 304 ] || match="If-None-Match: $etag"
			as_page "$origin" "${case#* }" -H "$match" \
				-H 'Accept-Encoding: gzip' >headers
			grep -q "^http/1.1 ${case%% *} " headers || fail "$case"
			grep -Fqx "access-control-allow-origin: $origin" headers
			grep -qx 'vary: origin' headers
			grep -q '^access-control-expose.* x-data-more,' headers
			grep -qx 'referrer-policy: no-referrer' headers
			grep -qi 'allow-credentials' headers && fail "$case"
			[ "$(grep -c allow-origin headers)" -eq 1 ]
		done
	done
	ask "$HISTORICAL/JUNK" -H 'Origin: https://lab.example' \
		-H 'Sec-Fetch-Site: cross-site' |
		jq -e '.requested == false and .requested_reason == "origin"'
	as_page https://lab.example "$HISTORICAL/AAPL" -I |
		grep -q '^access-control-allow-origin'
	# Others as ever; what is the same but for a letter is another.
	for origin in http://lab.example https://lab.example:9 null \
		https://lab.example.evil.example https://xlab.example \
		https://lab.example/ https://lab.example. 'http://[::1]' \
		http://conf.example HTTPS://lab.example; do
		as_page "$origin" "$HISTORICAL/AAPL?limit=20" >headers
		grep -q '^http/1.1 403 ' headers || fail "$origin"
		grep -q allow-origin headers && fail "$origin"
		as_page "$origin" /health -X OPTIONS \
			-H 'Access-Control-Request-Method: GET' >headers
		grep -q '^http/1.1 403 ' headers || fail "$origin"
	done
	[ "$(status_of /health -H 'Origin: https://lab.example' \
		-H 'Origin: http://evil.example')" = 403 ]
	[ "$(status_of /health -H 'Origin: https://lab.example' \
		-H 'Host: evil.example')" = 421 ]
	# No origin: a cache between may not give that to a page.
	ask /health -D - -o /dev/null | tr -d '\r' >headers
	grep -qx 'Vary: Origin' headers
	run -1 grep -qi allow-origin headers
	[ "$(status_of /health -H 'Sec-Fetch-Site: cross-site')" = 403 ]
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

@test "before it sends the token a page of --allow-origin may ask to" {
	use_store
	(umask 077 && echo secret >token)
	start_serve --token-file token --allow-origin https://lab.example
	as_page https://lab.example /api/v1/symbols -X OPTIONS \
		-H 'Access-Control-Request-Method: GET' \
		-H 'Access-Control-Request-Private-Network: true' \
		-H 'Access-Control-Request-Headers: authorization' >headers
	grep -q '^http/1.1 204 ' headers
	for line in 'origin: https://lab.example' 'methods: get, head' \
		'headers: accept, authorization, if-none-match' \
		'private-network: true'; do
		grep -qx "access-control-allow-$line" headers || fail "$line"
	done
	grep -qx 'access-control-max-age: 3600' headers
	as_page https://lab.example /api/v1/symbols >headers
	grep -q '^http/1.1 401 ' headers
	grep -qx 'access-control-allow-origin: https://lab.example' headers
	# No question: the method alone, with the token.
	[ "$(status_of /health -X OPTIONS -H 'Origin: https://lab.example' \
		-H 'Authorization: Bearer secret')" = 405 ]
	[ "$(status_of /health -X OPTIONS \
		-H 'Access-Control-Request-Method: GET')" = 405 ]
	stop_serve
	for origin in '*' null '' lab.example https://lab.example/ http:// \
		https://lab.example/x 'https://*.example' ftp://lab.example \
		https://a@lab.example https://lab.example:0 http://x:65536 \
		http://x: 'http://[::zz]' 'http://[::1' 'http://a b'; do
		run -64 --separate-stderr mdserve --allow-origin "$origin"
		[[ $stderr == *"--allow-origin"*"expected "* ]] ||
			fail "$origin: $stderr"
	done
	run -64 --separate-stderr mdserve --allow-origin '*'
	[[ $stderr == *"any page"* ]]
	many=$(seq -f '--allow-origin http://x%g' 17)
	# shellcheck disable=SC2086
	run -64 --separate-stderr mdserve $many
	[[ $stderr == *"at most 16"* ]]
}

# start_page: serves this folder on a port of its own, another origin.
start_page() {
	python3 - >page.port <<-'EOF' 3>&- &
		import http.server
		class Quiet(http.server.SimpleHTTPRequestHandler):
		    def log_message(self, *_):
		        pass
		s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
		print(s.server_port, flush=True)
		s.serve_forever()
	EOF
	PAGE_PID=$!
	wait_for 30 [ -s page.port ]
	PAGE_URL=http://127.0.0.1:$(cat page.port)
}

stop_page() {
	[ -z "${PAGE_PID:-}" ] || kill "$PAGE_PID"
	PAGE_PID=
}

# browse URL [OPTION...]: what the page has become.
browse() {
	local url=$1

	shift
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
		--disable-dev-shm-usage --user-data-dir="$PWD/profile" \
		--virtual-time-budget=10000 "$@" --dump-dom "$url" 2>browser.err
}

@test "in a browser, a page of another site reads and notes nothing" {
	browser=$(command -v chromium || command -v chromium-browser ||
		command -v google-chrome) || skip "no chromium"
	fill_store AAPL
	start_serve
	start_page
	cat >page.html <<-EOF
		<p id=out>running</p><img src="$SERVE_URL$HISTORICAL/IMG">
		<iframe src="$SERVE_URL$HISTORICAL/FRAME"></iframe>
		<link rel=stylesheet href="$SERVE_URL$HISTORICAL/STYLE">
		<form id=f action="$SERVE_URL$HISTORICAL/FORM" target=x></form>
		<iframe name=x></iframe>
		<script src="$SERVE_URL$HISTORICAL/SCRIPT"></script>
		<script>
		const got = [], base = location.search.slice(1);
		async function take(how, path, o) {
			try {
				const r = await fetch(base + path, o);
				got.push(how + " " + r.status + " " + r.type +
					" " + (await r.text()).slice(0, 40));
			} catch (e) {
				got.push(how + " nothing");
			}
		}
		document.getElementById("f").submit();
		(async () => {
			await take("plain", "$HISTORICAL/AAPL", {});
			await take("opaque", "$HISTORICAL/OPAQUE",
				{mode: "no-cors"});
			await take("asked", "$HISTORICAL/ASKED",
				{headers: {"X-A": "b"}});
			await take("junk", "$HISTORICAL/JUNK", {});
			document.getElementById("out").textContent =
				"done: " + got.join("; ");
		})();
		</script>
	EOF
	run -0 browse "$PAGE_URL/page.html?$SERVE_URL"
	assert_output --partial 'done: plain nothing'
	assert_output --partial 'asked nothing; junk nothing'
	refute_output --partial staleness
	# By a name that was let point here (DNS rebinding), the page is of the
	# same origin, and the server is asked for under that name.
	cp page.html rebound.html
	run -0 browse "http://evil.example:$SERVE_PORT$HISTORICAL/REBOUND" \
		--host-resolver-rules='MAP evil.example 127.0.0.1'
	assert_output --partial 'not a name of this server'
	refute_output --partial requested
	# A page that was named reads by script, and has nothing noted.
	stop_serve
	start_serve --allow-origin "$PAGE_URL"
	sed -i "s|http://127.0.0.1:[0-9]*/|$SERVE_URL/|
		s/\"X-A\": \"b\"/\"Authorization\": \"Bearer x\"/" page.html
	run -0 browse "$PAGE_URL/page.html?$SERVE_URL"
	assert_output --partial 'plain 200 cors {"symbol":"AAPL"'
	assert_output --partial 'asked 404 cors {"error":"ASKED'
	assert_output --partial 'opaque nothing'
	# Who types the address in reads.
	run -0 browse "$SERVE_URL$HISTORICAL/TYPED"
	assert_output --partial '"requested":true'
	wait_for 30 noted 'TYPED|1d|1'
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 1 ]
}

# -- limits --

@test "whatever is too much is answered before the connection closes" {
	fill_store AAPL
	start_serve
	start_mock --synthetic
	python3 - "$SERVE_PORT" "${MOCK_URL##*:}" <<-'EOF'
		import socket, sys
		H = b"Host: localhost\r\n"
		def get(what, head=b""):
		    return b"GET /health" + what + b" HTTP/1.1\r\n" + H + head + b"\r\n"
		many = list(range(1, 20)) + list(range(20, 700, 10)) + \
		    list(range(700, 9000, 400))
		cases = [(get(b"?" + b"a&" * n), (400, 414, 431)) for n in many[9:]]
		cases += [(get(b"?" + b"a=" * n), (400, 414, 431)) for n in many]
		cases += [(get(b"", b"X: y\r\n" * n), (200, 431)) for n in many]
		cases += [(get(b"", b"X: " + b"y" * n * 4 + b"\r\n"), (200, 431))
		    for n in many]
		cases += [(get(b"", b"Cookie: " + b"a=b;" * n + b"\r\n"), (200, 431))
		    for n in many]
		cases += [(get(b"/" + b"y" * n * 4), (404, 414, 431)) for n in many]
		cases += [
		    (b"GET\r\n\r\n", (400,)), (b"GET /\r\n\r\n", (400,)),
		    (b"\x16\x03\x01\x02\x00\x01" + b"\xfc" * 60 + b"\r\n", (400,)),
		    (b"GET /health nonsense\r\n" + H + b"\r\n", (400,)),
		    (get(b"", b"no colon\r\n"), (400,)),
		    (b"G" * 40000 + b" / HTTP/1.1\r\n" + H + b"\r\n", (414,)),
		    (b"POST /health HTTP/1.1\r\n" + H +
		        b"Content-Length: 1000000\r\n\r\nabc", (405,)),
		]
		def status(port, text):
		    s = socket.create_connection(("127.0.0.1", port), 20)
		    s.settimeout(20)
		    try:
		        s.sendall(text)
		    except ConnectionError:
		        pass
		    try:
		        answer = s.recv(65536)
		    except ConnectionResetError:
		        return "reset" # what was not read was too much
		    assert answer.startswith(b"HTTP/1.1 "), (text[:60], len(text), answer)
		    return int(answer[9:12])
		seen = set()
		for text, expected in cases:
		    got = status(int(sys.argv[1]), text)
		    assert got in expected or (got == "reset" and len(text) > 30000), \
		        (text[:60], len(text), got)
		    seen.add(got)
		assert {200, 400, 404, 405, 414, 431} <= seen, seen
		for n in many:
		    status(int(sys.argv[2]), get(b"?" + b"a&" * n))
	EOF
	is_up
}

# memory: what the server has in RAM, KiB.
memory() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$SERVE_PID/status"
}

# ask_differently COUNT: so many queries, each another one.
ask_differently() {
	python3 - "$SERVE_PORT" "$1" <<-'EOF'
		import http.client, sys, threading
		n = int(sys.argv[2])
		def work(k):
		    c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]),
		        timeout=60)
		    for i in range(k, n, 4):
		        h = [{}, {"Accept-Encoding": "gzip"},
		            {"Accept": "text/csv"}][i % 3]
		        c.request("GET", "/api/v1/historical/AAPL?timeframe=1h&"
		            "limit=%d&start=%d" % (1 + (i * 7919) % 400 * (i % 2),
		            1000000000000 + i), headers=h)
		        r = c.getresponse()
		        r.read()
		        if r.status != 200:
		            bad.append(r.status)
		            return
		bad = []
		all = [threading.Thread(target=work, args=(k,)) for k in range(4)]
		[t.start() for t in all]
		[t.join() for t in all]
		assert not bad, bad
	EOF
}

@test "12,000 different queries stay within --cache" {
	case $(nm -D "$MD_BUILD/mdserve") in
	*__asan_init*) skip "a sanitizer keeps what is freed" ;;
	esac
	fill_store AAPL
	start_serve --cache 8 --threads 2
	ask /health >/dev/null
	before=$(memory)
	ask_differently 12000
	after=$(memory)
	echo "# from $before KiB to $after KiB"
	# The cache, half as much for holes, and what answering takes.
	[ $((after - before)) -lt $((8 * 1024 * 3 / 2 + 16 * 1024)) ]
}
