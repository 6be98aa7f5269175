#!/usr/bin/env bats
# mdload over time: stages, intervals, ending early, what was sent in time, and
# what its figures do not say of themselves.

load store
load load_server

setup() {
	at_home
}

teardown() {
	stop_server
}

@test "stages of a rate send what their straight lines hold" {
	start_server ok
	loaded --stages 500ms:100/s,500ms:100/s,500ms:0/s --interval 500ms \
		--scenario cached --threshold none
	# 25, 50 and 25.
	holds 's["total_requests"] == 100 and d["mode"] == "open"'
	holds 'd["stages"]["of"] == "rate" and d["stages"]["start"] == 0'
	holds '[x["target"] for x in d["stages"]["list"]] == [100, 100, 0]'
	holds '1.3 < s["duration_seconds"]'
	loaded --rate 100/s --stages 500ms:100 --scenario cached
	holds 's["total_requests"] == 50 and d["stages"]["start"] == 100'
	# The last word counts.
	loaded --stages 1h:10 -c 1 -n 5 --scenario cached --threshold none
	holds 's["total_requests"] == 5 and "stages" not in d'
}

@test "stages of users: no more at a time than there are" {
	start_server delay 20
	loaded --stages 0s:2,300ms:2,0s:6,300ms:6 --warmup 0 \
		--scenario cached --threshold none
	holds 'd["mode"] == "closed" and d["concurrency"] == 6'
	cut -d' ' -f1 server.log >busy
	run -0 sort -n busy
	assert_line --index -1 6
	# Never more than two of the first twenty.
	run -0 eval 'grep features server.log | head -20 | cut -d" " -f1 |
		sort -n | tail -1'
	[ "$output" -le 2 ]
	use_store
	start_mock --synthetic
	mdbackfill -q -t 1d --days 5 AAPL
	mdload --target store --stages 0s:1,200ms:3 --scenario cached \
		--threshold none -o json >out.json
	holds 's["total_requests"] > 3 and s["failed_requests"] == 0'
	mdload --target store --stages 300ms:100/s --scenario cached \
		--threshold none -o json >out.json
	holds 's["total_requests"] == 15'
	stop_mock TERM
}

@test "wrong stages are named with what was expected" {
	while IFS='|' read -r words said; do
		# shellcheck disable=SC2086 # words
		run -64 mdload $words
		assert_output --partial "$said"
	done <<-'E'
	--stages 30s|such as 30s:10
	--stages 30s:|such as 30s:10
	--stages x:10|such as 30s:10
	--stages 30s:-1|such as 30s:10
	--stages 30s:nan|such as 30s:10
	--stages 30s:10,|such as 30s:10
	--stages 30s:10/h|such as 30s:10
	--stages 30s:10,30s:10/s|of users or of a rate
	--stages 30s:1.5|whole numbers of users
	--stages 30s:20001|whole numbers of users
	--stages 0s:10|up to 1d altogether
	--stages 2d:10|up to 1d altogether
	--stages 30s:0/s|expected some load
	--interval 1ms|from 100ms to 1d
	E
}

@test "figures over time: a row an interval, stalls among them" {
	start_server stall 1000
	loaded -c 2 --duration 2500ms --rate 100/s --scenario cached \
		--warmup 0 --threshold none --interval 250ms
	holds 'sum(x["total_requests"] for x in s["intervals"]) == 250'
	holds 's["interval_seconds"] == 0.25 and len(s["intervals"]) >= 10'
	holds '[x["start_seconds"] for x in s["intervals"]][:4] ==
		[0, .25, .5, .75]'
	# Half a second into it nothing is answered for a second.
	holds 'sum(x["total_requests"] == 0 for x in s["intervals"]) >= 2'
	holds 'all(x["p50_response_time_ms"] is None
		for x in s["intervals"] if x["total_requests"] == 0)'
	holds 'sum(x["bytes_received"] for x in s["intervals"]) ==
		s["bytes_received"]'
	start_server ok
	run -0 --separate-stderr mdload --target "$URL" -c 2 --rate 50/s \
		--duration 1s --scenario cached --interval 500ms -o csv
	python3 - <<-E
	import csv, io
	r = list(csv.DictReader(io.StringIO("""$output""")))
	assert r[0]["start_seconds"] == "" and r[0]["total_requests"] == "50"
	assert r[0]["in_time_requests"] != ""
	assert [x["start_seconds"] for x in r[1:3]] == ["0", "0.5"], r
	assert sum(int(x["total_requests"]) for x in r[1:]) == 50
	E
}

@test "a threshold that is lost ends it, and it alone does" {
	start_server delay 10
	# Of a million requests none has to be waited for.
	loaded -c 4 -n 1000 --threshold none --threshold 'max<1ms' \
		--abort-on-fail || [ $? -eq 1 ]
	holds 'd["status"] == "failed" and len(d["scenarios"]) == 1'
	holds 's["total_requests"] < 500'
	holds '"max < 1 ms is lost" in d["aborted"]'
	grep -q 'is lost' err
	# What can still be met is waited for: 3 of 60 are enough for p50.
	loaded -c 4 -n 60 --scenario cached --threshold none \
		--threshold 'p50<1h,success>=99%,max<1h' --abort-on-fail
	holds 'd["aborted"] is None and s["total_requests"] == 60'
	# Every second one fails.
	start_server status 500
	run -1 --separate-stderr mdload --target "$URL" -c 1 -n 100000 \
		--scenario cached --threshold none --threshold 'success>=99%' \
		--abort-on-fail -o json
	printf '%s\n' "$output" >out.json
	holds 's["total_requests"] < 100000 and d["aborted"]'
	# How many there will be is not known: what is not met by then.
	start_server status 500
	run -1 mdload --target "$URL" --no-stand-in -c 1 --duration 1m --scenario cached \
		--threshold none --threshold 'success>=99%' --abort-on-fail
	assert_output --partial 'aborted: cached: ended after 2.'
}

@test "what was sent late is left out of the figures beside" {
	start_server ok
	mdload --target "$URL" -c 150 --duration 2s --rate 200/s -o json \
		--scenario cached --threshold none >out.json 2>err 3>&- &
	run_pid=$!
	wait_for 30 eval '[ "$(grep -c features server.log)" -ge 150 ]'
	kill -STOP "$run_pid"
	sleep 0.5 # that long it sends nothing
	kill -CONT "$run_pid"
	wait "$run_pid"
	holds 's["max_response_time_ms"] > 400'
	holds 's["in_time"]["requests"] < s["total_requests"] - 20'
	holds 'abs(s["in_time"]["percent"] - 100 * s["in_time"]["requests"] /
		s["total_requests"]) < 1e-3'
	holds 's["in_time"]["p50_response_time_ms"] <=
		s["p50_response_time_ms"]'
	holds 's["in_time"]["p99_response_time_ms"] <
		s["p99_response_time_ms"]'
}

@test "what waited for the server is in both figures" {
	start_server stall 1000
	loaded -c 2 --duration 2500ms --rate 100/s --scenario cached \
		--warmup 0 --threshold none
	# 98 of them were due while both connections hung: it is the server.
	holds 's["in_time"]["p90_response_time_ms"] > 500'
	holds 's["in_time"]["percent"] > 50'
	loaded -c 2 -n 20 --scenario cached
	holds '"in_time" not in s'
}

@test "a percentile of too few answers is said to be their maximum" {
	start_server ok
	loaded -c 1 -n 50 --scenario cached
	holds 's["at_maximum"] == ["p99", "p99.9"]'
	holds 's["p99_9_response_time_ms"] == s["max_response_time_ms"]'
	run -0 --separate-stderr mdload --target "$URL" -c 1 -n 50 \
		--scenario cached
	assert_line --regexp '^cached .* [0-9.]+\* '
	assert_line --partial '* the maximum: there were too few answers'
	run -0 --separate-stderr mdload --target "$URL" -c 1 -n 1000 \
		--scenario cached --threshold none
	refute_output --partial '*'
	run -0 --separate-stderr mdload --target "$URL" -c 1 -n 9 \
		--scenario cached -o csv
	assert_line --index 1 --partial ',p90 p95 p99 p99.9,'
}

@test "different requests with the same bytes are told" {
	start_server ok
	run -0 mdload --target "$URL" -c 1 -n 10 --threshold none
	assert_line --regexp '^same: cached, uncached, limits 100, .*timeframes'
	loaded -c 1 -n 10 --threshold none --scenario limits
	holds 'len(d["same_bytes"]) == 1'
	# The same request in other words is no news.
	loaded -c 1 -n 10 --threshold none --scenario cached
	holds 'd["same_bytes"] == []'
	use_store
	start_mock --synthetic
	mdbackfill -q -t 1d --days 200 AAPL
	mdload --target store -c 1 -n 9 --scenario limits --threshold none \
		-o json >out.json
	holds 'd["same_bytes"] == ["limits 500, limits 1000: different "\
		"requests, answered with the same bytes"]'
	stop_mock TERM
}
