#!/usr/bin/env bats
# mdload through its command line, against a server that does as it is told:
# what is sent, what is measured, what is said of it, and how it ends.

load store
load load_server

setup() {
	at_home
}

teardown() {
	stop_server
	stop_mock TERM
}

# ends_with CODE: the program in the background does.
ends_with() {
	local code=0

	wait "$run_pid" || code=$?
	assert_equal "$code" "$1"
}

asked() {
	grep -c -e "$1" server.log || true
}

@test "the standard checks" {
	standard_checks mdload
}

@test "each scenario sends so many requests, and its warm-up apart" {
	start_server ok
	loaded -c 4 -n 30 --warmup 5
	assert_equal "$(asked /features/)" $((1 + 4 * 35))
	assert_equal "$(figure '[x["scenario"] for x in d["scenarios"]]')" \
		"['cached', 'uncached', 'limits', 'timeframes']"
	for i in 0 1 2 3; do
		holds "d['scenarios'][$i]['total_requests'] == 30"
		holds "d['scenarios'][$i]['successful_requests'] == 30"
		holds "d['scenarios'][$i]['warmup']['requests'] == 5"
	done
}

@test "so many at a time, and no more" {
	start_server delay 20
	loaded -c 7 -n 70 --scenario cached
	run -0 sort -n server.log
	assert_line --index -1 --regexp '^7 '
}

@test "cached is one request, uncached never the same twice" {
	start_server ok
	loaded -c 3 -n 50 --scenario cached
	assert_equal "$(cut -d' ' -f2 server.log | grep -c /features/)" 61
	assert_equal "$(cut -d' ' -f2 server.log | grep /features/ | sort -u)" \
		"/api/v1/features/quant/AA?timeframe=1d&limit=500"
	start_server ok
	loaded -c 3 -n 50 --scenario uncached --warmup 20
	cp server.log first.log
	start_server ok
	loaded -c 3 -n 50 --scenario uncached --warmup 20
	cat first.log server.log | grep /features/.*end= | cut -d' ' -f2 |
		sort >all
	assert_equal "$(wc -l <all)" 140
	assert_equal "$(sort -u all | wc -l)" 140
	assert_equal "$(grep -c X:CC all)" 44
}

@test "limits and timeframes go in turn and are told apart" {
	start_server ok
	loaded -c 2 -n 30 --warmup 0 --scenario limits,timeframes
	for limit in 100 500 1000; do
		run asked "timeframe=1d&limit=$limit\$"
		[ "$output" -ge 10 ]
	done
	for timeframe in 5m 15m 1h 4h; do
		assert_equal "$(asked "timeframe=$timeframe&limit=500\$")" 6
	done
	holds '[(x["limit"], x["total_requests"]) for x in s["by_limit"]] ==
		[(100, 10), (500, 10), (1000, 10)]'
	holds '[(x["timeframe"], x["total_requests"])
		for x in d["scenarios"][1]["by_timeframe"]] ==
		[(t, 6) for t in "5m 15m 1h 4h 1d".split()]'
	holds 's["by_limit"][0]["avg_relative_to_first"] == 1'
}

@test "the symbols asked for are those named, else those it has" {
	start_server ok
	loaded -c 1 -n 9 --scenario uncached --symbols BRK.B,X:BTCUSD
	run -0 cut -d' ' -f2 server.log
	refute_output --partial /AA
	assert_output --partial /BRK.B?
	assert_output --partial /X:BTCUSD?
	run -64 mdload --target "$URL" --symbols 'A A'
	assert_output --partial --symbols
}

@test "the JSON document has the names that are public" {
	start_server ok
	loaded -c 2 -n 20 --scenario cached
	holds 'list(d) == "status timestamp target target_url mode concurrency "\
		"rate symbols scenarios thresholds aborted "\
		"same_bytes".split()'
	holds 'list(s) == "scenario total_requests successful_requests "\
		"failed_requests success_rate avg_response_time_ms "\
		"p50_response_time_ms p90_response_time_ms "\
		"p95_response_time_ms p99_response_time_ms "\
		"p99_9_response_time_ms max_response_time_ms "\
		"min_response_time_ms requests_per_second duration_seconds "\
		"bytes_received at_maximum errors warmup generator "\
		"interval_seconds intervals".split()'
	holds "d['target'] == '$URL' and d['status'] == 'passed'"
	holds 's["min_response_time_ms"] <= s["p50_response_time_ms"] <=
		s["p90_response_time_ms"] <= s["p95_response_time_ms"] <=
		s["p99_response_time_ms"] <= s["p99_9_response_time_ms"] <=
		s["max_response_time_ms"]'
	holds 's["success_rate"] == 100 and s["errors"] == []'
	# The duration is rounded to a millisecond.
	holds 'abs(20 / s["requests_per_second"] - s["duration_seconds"]) < .001'
	# Every byte of twenty answers, heads and all.
	holds 's["bytes_received"] == 20 * 62'
}

@test "csv has a row a scenario and a value" {
	start_server ok
	run -0 --separate-stderr mdload --target "$URL" -c 2 -n 15 -o csv
	assert_line --index 0 --regexp \
		'^target,scenario,value,total_requests,.*,p95_response_time_ms,'
	assert_equal "${#lines[@]}" 13
	assert_line --regexp "^$URL,limits,1000,5,5,0,100,"
	assert_line --regexp "^$URL,timeframes,4h,3,3,0,100,"
	run -0 python3 -c 'import csv, sys
r = list(csv.reader(sys.stdin)); print({len(x) for x in r})' <<<"$output"
	assert_output '{27}'
}

@test "the table: a verdict, then rows; a plot with colour alone" {
	start_server ok
	run -0 --separate-stderr mdload --target "$URL" -c 2 -n 20
	assert_line --index 0 "PASSED: $URL, closed loop, 2 at a time"
	assert_line --regexp '^cached +20 +0 '
	assert_line --regexp '^  tf 15m +4 +0 '
	refute_output --partial '##'
	refute_output --partial $'\033'
	run -0 --separate-stderr mdload --target "$URL" -c 2 -n 20 \
		--scenario cached --color always
	assert_output --partial '##'
	assert_output --partial 'cached, how many took up to so many ms'
	assert_output --partial $'\033[32mPASSED'
}

@test "a known delay is in every percentile, and none is below it" {
	start_server delay 60
	loaded -c 5 -n 50 --scenario cached
	holds 's["min_response_time_ms"] >= 60'
	holds '60 <= s["p50_response_time_ms"] < 120'
	holds '60 <= s["avg_response_time_ms"] < 150'
	# Five at a time, a sixteenth of a second each.
	holds '20 < s["requests_per_second"] < 84'
}

@test "mdmock's latency is measured, through a path of its own" {
	start_mock --synthetic --latency 50
	URL=$MOCK_URL
	loaded -c 2 -n 20 --path '/v3/reference/splits?apiKey=some-key'
	holds 's["scenario"] == "path" and s["successful_requests"] == 20'
	holds 's["min_response_time_ms"] >= 50'
	holds 's["p50_response_time_ms"] < 100'
}

@test "an open loop sends at its rate" {
	start_server ok
	loaded -c 10 -n 100 --rate 100/s --scenario cached
	holds 'd["mode"] == "open" and d["rate"] == 100'
	holds '0.98 < s["duration_seconds"] < 2'
	holds 's["total_requests"] == 100'
	loaded -c 10 --duration 1s --rate 3000/min --scenario cached
	holds 's["total_requests"] == 50'
}

@test "an open loop shows a stall, however few requests hung in it" {
	start_server stall 1000
	loaded -c 2 --duration 2500ms --rate 100/s --scenario cached \
		--warmup 0 --threshold none
	# Of 250 requests 100 came due in it: the first waited all of it.
	holds 's["total_requests"] == 250 and s["failed_requests"] == 0'
	holds 's["max_response_time_ms"] > 900'
	holds 's["p99_response_time_ms"] > 850'
	holds 's["p90_response_time_ms"] > 500'
	holds 's["generator"]["queued_requests"] > 50'
	assert_equal "$(figure 's["generator"]["limit"][:7]')" "cached:"
	grep -q 'while all 2 connections were busy' err
}

@test "sends that fall behind are named as this side's limit" {
	start_server ok
	mdload --target "$URL" -c 150 --duration 2s --rate 200/s -o json \
		--scenario cached --threshold none >out.json 2>err 3>&- &
	run_pid=$!
	wait_for 30 eval '[ "$(asked features)" -ge 150 ]'
	kill -STOP "$run_pid"
	sleep 0.5 # that long it sends nothing
	kill -CONT "$run_pid"
	wait "$run_pid"
	holds 's["generator"]["late_requests"] > 20'
	holds 's["generator"]["max_late_ms"] > 400'
	holds 's["max_response_time_ms"] > 400'
	grep -q 'mdload, not the server, is the limit' err
}

@test "chunks, and connections that are closed, are no errors" {
	for mode in chunked closing late_close; do
		start_server $mode
		loaded -c 3 -n 30 --scenario cached
		holds 's["successful_requests"] == 30'
	done
}

@test "each kind of failure is counted and shown" {
	local mode kind example

	while read -r mode kind example; do
		start_server ${mode/:/ }
		run -1 loaded -c 1 -n 20 --scenario cached
		run -0 figure '[s["successful_requests"], s["failed_requests"],
			s["success_rate"], len(s["errors"]),
			s["errors"][0]["count"], s["errors"][0]["kind"]]'
		assert_output "[10, 10, 50, 1, 10, '$kind']"
		run -0 figure 's["errors"][0]["example"]'
		assert_output --regexp '^/api/v1/features/quant/AA[^ ]*: '
		assert_output --partial ": $example"
	done <<-'END'
	status:500 http_500 HTTP 500: {"error": "so it is"}
	status:404 http_404 HTTP 404:
	truncated truncated the connection ended before the answer did
	closed closed the connection was closed before a byte
	reset reset Connection reset by peer
	garbage protocol no HTTP/1.1 status line
	extra protocol more bytes than the answer has
	END
}

@test "what does not answer in time has failed" {
	start_server silent
	run -1 loaded -c 3 -n 6 --warmup 0 --timeout 300ms --scenario cached
	holds 's["failed_requests"] == 6'
	holds 's["errors"][0]["kind"] == "timeout"'
	holds 's["p99_response_time_ms"] is None'
	holds 's["duration_seconds"] < 20'
	holds 'not any(t["met"] for t in d["thresholds"])'
}

@test "what is due and cannot be sent has failed, and the load ends" {
	start_server silent
	run -1 loaded -c 1 -n 50 --rate 50/s --warmup 0 --timeout 300ms \
		--scenario cached
	holds 's["failed_requests"] == 50 and s["duration_seconds"] < 20'
	holds '{x["kind"] for x in s["errors"]} == {"timeout", "unsent"}'
	holds 'sum(x["count"] for x in s["errors"]) == 50'
}

@test "a server that goes away ends in failures, not in a busy loop" {
	start_server delay 100
	mdload --target "$URL" -c 5 --duration 2s -o json --scenario cached \
		>out.json 2>err 3>&- &
	run_pid=$!
	wait_for 30 eval '[ "$(asked features)" -ge 20 ]'
	stop_server
	ends_with 1
	holds '0 < s["failed_requests"] < 2000'
	holds '"connect" in [x["kind"] for x in s["errors"]]'
}

@test "a missed threshold is named, and the exit code is 1" {
	start_server delay 30
	run -1 --separate-stderr mdload --target "$URL" -c 2 -n 20 \
		--scenario cached --threshold 'p95<10ms' --threshold 'max<1h'
	assert_line --index 0 --partial 'FAILED: 1 missed'
	assert_line --regexp \
		'^missed: cached: wanted p95 < 10 ms, measured [0-9.]+ ms$'
	run -1 loaded -c 2 -n 20 --scenario cached --threshold 'rps>=1000/s'
	holds '[t["metric"] for t in d["thresholds"] if not t["met"]] == ["rps"]'
	holds 'd["status"] == "failed"'
	run -0 loaded -c 2 -n 20 --scenario cached --threshold none
	holds 'd["thresholds"] == []'
}

@test "the default thresholds are those of the manual" {
	start_server ok
	loaded -c 2 -n 20 --scenario cached
	assert_equal "$(figure '"; ".join(t["threshold"]
		for t in d["thresholds"])')" \
		"success >= 99 %; avg < 500 ms; p95 < 1000 ms; p99 < 2000 ms; rps >= 20 requests/s"
	# What is asked for less often than that cannot be answered so often.
	loaded -c 2 -n 10 --rate 10/s --scenario cached
	holds 'd["thresholds"][4]["threshold"] == "rps >= 9 requests/s"'
	run -1 loaded -c 2 -n 10 --rate 10/s --scenario cached \
		--threshold 'rps>=20'
}

@test "the configuration sets what the options set, and they beat it" {
	start_server delay 30
	cat >c.json <<-JSON
	{"load": {"target": "$URL", "requests": 12, "concurrency": 3,
	    "scenarios": ["cached", "limits"], "symbols": ["ONE", "TWO"],
	    "thresholds": ["p95<5ms", "success>=50%"], "warmup": 0}}
	JSON
	run -1 --separate-stderr mdload --config c.json -o json
	echo "$output" >out.json
	: >err
	holds 'd["concurrency"] == 3 and d["symbols"] == ["ONE", "TWO"]'
	holds '[x["scenario"] for x in d["scenarios"]] == ["cached", "limits"]'
	holds 's["total_requests"] == 12 and s["warmup"]["requests"] == 0'
	holds 'd["thresholds"][0]["threshold"] == "success >= 50 %"'
	run -0 mdload --config c.json -n 6 --threshold 'p95<5s' -q
	assert_output ''
	echo '{"load": {"thresholds": ["p95"]}}' >c.json
	run -78 mdload --config c.json
	assert_output --partial load.thresholds
	echo '{"load": {"speed": 3}}' >c.json
	run -78 mdload --config c.json
	assert_output --partial load.speed
}

@test "an earlier report is compared with, and what got worse is named" {
	start_server delay 10
	loaded -c 2 -n 40 --scenario cached
	cp out.json before.json
	run -0 loaded -c 2 -n 40 --scenario cached --compare before.json \
		--max-regress 900%
	holds 'len(d["compare"]["changes"]) == 6'
	start_server delay 60
	run -1 loaded -c 2 -n 40 --scenario cached --compare before.json \
		--max-regress 100%
	holds 'd["compare"]["file"] == "before.json"'
	holds '{c["metric"] for c in d["compare"]["changes"]
		if c["regressed"]} >= {"avg", "p50", "rps"} - {"rps"}'
	holds 'all(t["met"] for t in d["thresholds"])'
	run -1 --separate-stderr mdload --target "$URL" -c 2 -n 40 \
		--scenario cached --compare before.json
	assert_line --regexp \
		'^regressed: cached: avg was [0-9.]+ ms, is ([6-9]|[0-9]{2})[0-9.]+ ms: '
	# Faster is never worse.
	cp out.json before.json
	start_server ok
	run -0 loaded -c 2 -n 40 --scenario cached --compare before.json \
		--max-regress 0
}

@test "a report that is none is refused before any load" {
	start_server ok
	echo '{"scenarios": []}' >no.json
	for file in missing.json no.json "$MD_ROOT/README.md"; do
		run -64 mdload --target "$URL" --compare "$file"
		assert_output --partial "$file"
	done
	assert_equal "$(wc -l <server.log)" 0
	loaded -c 2 -n 5 --scenario cached
	cp out.json before.json
	loaded -c 1 -n 5 --scenario limits --compare before.json
	grep -q 'before.json: has no scenario limits' err
	grep -q 'before.json: was measured otherwise' err
}

@test "load goes to this machine alone, and never to the vendor" {
	for url in http://192.0.2.1 http://example.com:8000 http://[2001:db8::1]/ \
		http://0.0.0.0:1 http://localhost.example.com; do
		run -64 mdload --target "$url"
		assert_output --partial 'only with --i-own-this-host'
	done
	for url in http://api.polygon.io http://polygon.io:80/x \
		http://api.MASSIVE.com. http://a.b.massive.com:8000; do
		run -64 mdload --target "$url" --i-own-this-host
		assert_output --partial "is the vendor's"
	done
	for url in https://127.0.0.1 127.0.0.1:8000 'http://127.0.0.1:x' \
		'http://127.0.0.1/?a' 'http://127.0.0.1:99999' 'http://[::1'; do
		run -64 mdload --target "$url"
		assert_output --partial "'$url': expected http://"
	done
	for url in ftp://127.0.0.1 http://; do
		run -64 mdload --target "$url"
		assert_output --regexp '^mdload: --target: .*expected .*http'
	done
}

@test "localhost is found whichever address serves it, with a prefix" {
	start_server ok
	run -0 mdload --target "http://localhost:$(cat server.port)/md/" \
		-c 2 -n 5 --scenario cached
	assert_line --partial 'PASSED: http://localhost:'
	grep -q ' /md/api/v1/features/quant/' server.log
}

@test "values that are wrong are named with what was expected" {
	while IFS=' ' read -r option value; do
		run -64 mdload "$option" "$value"
		assert_output --partial -- "$option"
		assert_output --regexp 'expected|mdload writes'
	done <<-'END'
	--concurrency 0
	--requests x
	--rate 0
	--rate 5/h
	--duration 0
	--timeout 2d
	--scenario cachd
	--threshold p97<5
	--path x
	--max-regress -1
	--format html
	END
	run -64 mdload operand
}

@test "--no-stand-in: what does not answer is unavailable" {
	run -69 mdload --target http://127.0.0.1:1 --no-stand-in
	assert_output --partial 'http://127.0.0.1:1/health: Connection refused'
	run -69 mdload --target http://127.0.0.1:1 --path /x
	start_server always 404
	loaded -c 1 -n 1 --warmup 0 --scenario cached --threshold none
	run -69 mdload --target "$URL" --no-stand-in
	assert_output --partial 'HTTP 404'
}

# A folder with mdload in it and programs beside it.
make_bin() {
	mkdir -p bin
	cp "$MD_BUILD/mdload" "$MD_BUILD/mdmock" "$MD_BUILD/mdbackfill" bin
	PATH=/usr/bin:/bin
}

# An mdserve that is the server of these tests, once the store is there.
make_scripted_mdserve() {
	cat >bin/mdserve <<-EOF
	#!/bin/sh
	while [ \$# -gt 0 ]; do
		case \$1 in
		--db) db=\$2 ;;
		--port-file) port=\$2 ;;
		esac
		shift
	done
	sqlite3 "\$db" "SELECT symbol, timeframe, count(*) FROM market_features
	    GROUP BY 1, 2" >$BATS_TEST_TMPDIR/stored
	echo "\${POLYGON_API_KEY} \${MD_DB}" >$BATS_TEST_TMPDIR/environment
	exec python3 $MD_ROOT/tests/load_server.py "\$port" \
	    $BATS_TEST_TMPDIR/server.log ${1:-ok} ${2:-}
	EOF
	chmod +x bin/mdserve
}

# No program that a stand-in had, and no file but the thread sanitizer's.
all_gone() {
	local left

	left=$(find "$TMPDIR" -mindepth 1 ! -name 'tsan.*')
	[ -z "$left" ] || fail "left: $left"
	! pgrep -f "load_server.py $TMPDIR" || fail "a server is left"
	! pgrep -f "bin/mdmock.*$TMPDIR" || fail "an mdmock is left"
}

@test "without a server the load goes to a stand-in, which goes again" {
	make_bin
	make_scripted_mdserve
	MD_DB=/none run -0 --separate-stderr bin/mdload -c 2 -n 10 -o json \
		--target http://127.0.0.1:1
	echo "$output" >out.json
	echo "$stderr" >err
	holds 'd["target"] == "local stand-in"'
	holds 'd["target_url"].startswith("http://127.0.0.1:")'
	grep -q 'http://127.0.0.1:1/health: Connection refused' err
	grep -q 'a local stand-in: a private mdserve at http://127.0.0.1:' err
	all_gone
	# Enough for every scenario, and no key or store of the user's.
	python3 - <<-'PY'
	rows = [l.strip().split('|') for l in open('stored')]
	days = {r[0]: int(r[2]) for r in rows if r[1] == '1d'}
	assert len(days) == 10 and min(days.values()) >= 1000, days
	other = {r[1]: int(r[2]) for r in rows if r[0] == 'AAPL'}
	assert set(other) == set('5m 15m 1h 4h 1d'.split()), other
	assert min(other.values()) >= 500, other
	PY
	assert_equal "$(cat environment)" "stand-in-key "
	run -0 --separate-stderr bin/mdload -c 2 -n 10 --scenario cached \
		--target http://127.0.0.1:1
	assert_line --index 0 --regexp \
		'^PASSED: local stand-in \(http://127.0.0.1:[0-9]+\), closed'
	all_gone
}

@test "an interrupt at any time takes the stand-in away" {
	make_bin
	make_scripted_mdserve delay 20
	# At once, while its store is filled, while its server is asked.
	for moment in true 'ls "$TMPDIR"/*/*.db >/dev/null' 'grep -q features server.log'; do
		for case in INT=130 TERM=143; do
			rm -f server.log
			interruptible bin/mdload --target http://127.0.0.1:1 \
				-c 2 --duration 60s
			wait_for 30 eval "$moment" 2>/dev/null || {
				kill -KILL "$run_pid"
				fail "never: $moment"
			}
			kill -s "${case%=*}" "$run_pid"
			ends_with "${case#*=}"
			all_gone
		done
	done
}

@test "killed, mdload takes its server with it" {
	[ "$(uname)" = Linux ] || skip "no parent-death signal here"
	make_bin
	make_scripted_mdserve delay 20
	bin/mdload --target http://127.0.0.1:1 -c 2 --duration 60s \
		>/dev/null 2>&1 3>&- &
	run_pid=$!
	wait_for 30 grep -q features server.log
	kill -KILL "$run_pid"
	wait "$run_pid" || true
	wait_for 30 eval '! pgrep -f "load_server.py $TMPDIR"'
}

@test "a stand-in that cannot be is a clear line and 69" {
	make_bin
	run -69 bin/mdload --target http://127.0.0.1:1
	assert_line --index -1 --partial \
		'mdserve is neither beside mdload nor in PATH'
	printf '#!/bin/sh\necho no luck >&2\nexit 3\n' >bin/mdserve
	chmod +x bin/mdserve
	run -69 bin/mdload --target http://127.0.0.1:1
	assert_line --index -1 --partial \
		"the stand-in's mdserve ended at once: no luck"
	all_gone
	cp bin/mdserve bin/mdbackfill
	run -69 bin/mdload --target http://127.0.0.1:1
	assert_line --index -1 --partial \
		"the stand-in's mdbackfill failed: no luck"
	all_gone
}

@test "the stand-in is an mdserve that answers every scenario" {
	[ -x "$MD_BUILD/mdserve" ] || skip "mdserve is not built"
	run -0 --separate-stderr mdload -c 4 -n 40 -o json --threshold none \
		--target http://127.0.0.1:1
	echo "$output" >out.json
	echo "$stderr" >err
	holds 'd["target"] == "local stand-in"'
	for i in 0 1 2 3; do
		holds "d['scenarios'][$i]['successful_requests'] == 40"
	done
	# Ten times the rows are more bytes.
	holds 'd["scenarios"][2]["by_limit"][2]["bytes_received"] >
		5 * d["scenarios"][2]["by_limit"][0]["bytes_received"]'
	all_gone
}

# A store with bars of two symbols.
make_store() {
	use_store
	start_mock --synthetic
	mdbackfill -q -t 5m,15m,1h,4h,1d --days 120 AAPL MSFT
	stop_mock
}

@test "--target store reads the store itself" {
	make_store
	run -0 --separate-stderr mdload --target store -c 4 -n 60 -o json
	echo "$output" >out.json
	echo "$stderr" >err
	holds 'd["target"] == "store" and d["symbols"] == ["AAPL", "MSFT"]'
	for i in 0 1 2 3; do
		holds "d['scenarios'][$i]['successful_requests'] == 60"
	done
	# A hundred bars of the limit, and every bar there is.
	bars=$(sql "SELECT count(*) FROM market_data_raw
	    WHERE symbol = 'AAPL' AND timeframe = '1d'")
	holds "d['scenarios'][0]['bytes_received'] % (60 * $bars) == 0"
	run -0 --separate-stderr mdload --target store -c 2 --rate 100/s -n 50 \
		--scenario timeframes
	assert_line --index 0 --partial 'open loop, 100 requests/s'
}

@test "--token-file: a server that wants a token is measured" {
	make_store
	(umask 077; echo secret-token >token; echo other-token >other)
	mdserve -q --listen 127.0.0.1:0 --port-file port --token-file token \
		3>&- &
	SERVER_PID=$!
	wait_for 30 [ -s port ]
	target=(--target "http://127.0.0.1:$(cat port)" -c 2)
	run -0 --separate-stderr mdload "${target[@]}" -n 20 -v -o json \
		--token-file token
	echo "$output" >out.json
	echo "$stderr" >err
	holds 'd["target"].startswith("http://") and
		d["symbols"] == ["AAPL", "MSFT"]'
	holds 'all(s["successful_requests"] == 20 for s in d["scenarios"])'
	run ! grep -q secret-token out.json err
	# Another's figures would be no answer to who has a token.
	run -69 --separate-stderr mdload "${target[@]}" -n 20 \
		--token-file other
	[[ $stderr == *"HTTP 401"* && $stderr != *other-token* ]]
	chmod 644 token
	run -77 --separate-stderr mdload "${target[@]}" --token-file token
	[[ $stderr == *token* && $stderr != *secret* ]]
	run -64 --separate-stderr mdload --target store --token-file other
	[[ $stderr == *"--token-file: the store asks for none"* ]]
}

@test "--target store: what it lacks has failed; no store is 69" {
	make_store
	run -1 --separate-stderr mdload --target store -c 1 -n 4 \
		--scenario cached --symbols NONE
	assert_line --regexp '^failed: cached: 4 x missing: .*NONE'
	run -69 mdload --target store --db none.db
	assert_output --partial 'none.db: does not exist'
	[ ! -e none.db ]
	run -64 mdload --target store --path /x
}

@test "--target store reads while a backfill writes" {
	make_store
	start_mock --synthetic
	mdbackfill -q -t 1m --days 100 X:BTCUSD 3>&- &
	backfill=$!
	run -0 --separate-stderr mdload --target store -c 2 --duration 1s \
		--scenario cached,timeframes
	wait "$backfill"
}

@test "--out is written whole; -q says nothing of what is good" {
	start_server ok
	run -0 mdload --target "$URL" -q -c 2 -n 5
	assert_output ''
	run -0 mdload --target "$URL" -q -c 2 -n 5 -o json --out f.json
	assert_output ''
	run -0 python3 -c 'import json
print(json.load(open("f.json"))["status"])'
	assert_output passed
	run -1 mdload --target "$URL" -q -c 2 -n 5 --threshold 'max<0.000001ms'
	assert_output --partial 'missed: cached: wanted max <'
	run -69 mdload --target "$URL" -c 1 -n 1 --out /none/x
	if [ -w /dev/full ]; then
		run -69 sh -c "mdload --target $URL -c 1 -n 1 >/dev/full"
	fi
}

@test "a load that is interrupted ends with the signal's code" {
	for case in INT=130 TERM=143; do
		start_server delay 20
		interruptible mdload --target "$URL" -c 2 --duration 60s
		wait_for 30 grep -q features server.log
		kill -s "${case%=*}" "$run_pid"
		ends_with "${case#*=}"
	done
}
