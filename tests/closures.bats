#!/usr/bin/env bats
# Closures and early closes to come, as the vendor tells them: how they correct
# the calendar, and what an answer that is not clear does.

load report

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
	TODAY=$(TZ=America/New_York date +%F)
	mkdir -p data/bars/AAPL
	echo t,o,h,l,c,v >data/bars/AAPL/1d.csv
	echo "date,name,close" >data/upcoming.csv
}

# day N [FORMAT]: the N-th weekday from now on that is no holiday or half day.
day() {
	python3 - "$1" "${2:-%Y-%m-%d}" "$TODAY" <<-'PY'
	import datetime, json, subprocess, sys
	day = datetime.date.fromisoformat(sys.argv[3])
	last = day + datetime.timedelta(60)
	days = json.loads(subprocess.run(["mdhealth", "--db", "none.db",
	    "--calendar", f"{day}..{last}", "-o", "json"],
	    stdout=subprocess.PIPE, check=True).stdout)["sessions"]
	days = [d["session"] for d in days if not d["early_close"] and
	    d["session"] > sys.argv[3]]
	print(datetime.date.fromisoformat(days[int(sys.argv[1])]).strftime(
	    sys.argv[2]))
	PY
}

# calendar DATE: what mdhealth shows of that day.
calendar() {
	mdhealth --calendar "$1..$1" "${@:2}" | sed 1d
}

# run_now [OPTIONS...]: days of AAPL up to now.
run_now() {
	mdbackfill -t 1d --days 5 --no-features --refresh "$@" AAPL >out
}

# tomorrow: the store forgets that it has asked today.
tomorrow() {
	sql "DELETE FROM key_rights"
}

# own STATEMENT: on the store's own tables, with times as text.
own() {
	if [ "$MD_ENGINE" = postgres ]; then
		pg -q -d "$MD_DB" -c "$1"
	else
		sql "$1"
	fi
}

asked() {
	requests marketstatus/upcoming
}

# answer BODY: a server that answers the question so, and any other with none.
answer() {
	printf '%s' "$1" >answer.json
	cat >server.py <<-'PY'
	import http.server, pathlib
	class H(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        body = b'{"status":"OK","results":[]}'
	        if "upcoming" in self.path:
	            body = pathlib.Path("answer.json").read_bytes()
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *args):
	        pass
	s = http.server.HTTPServer(("127.0.0.1", 0), H)
	pathlib.Path("port.new").write_text(str(s.server_port))
	pathlib.Path("port.new").rename("port")
	s.serve_forever()
	PY
	if [ ! -e port ]; then
		python3 server.py 3>&- &
		SERVER=$!
		wait_for 30 test -e port
	fi
	POLYGON_BASE_URL=http://127.0.0.1:$(cat port)
	export POLYGON_BASE_URL
}

teardown() {
	[ -z "${SERVER:-}" ] || kill "$SERVER"
	end_mock
}

# both DATE STATUS [MEMBERS]: the rows of both exchanges.
both() {
	for exchange in NYSE NASDAQ; do
		printf '{"exchange":"%s","date":"%s","status":"%s","name":"Storm"%s}' \
			$exchange "$1" "$2" "${3:-}"
		[ $exchange = NASDAQ ] || printf ,
	done
}

@test "a run of the present asks once a day, and the calendar is corrected" {
	closed=$(day 3)
	early=$(day 5)
	printf '%s,Day of Mourning,\n%s,Storm,12:30\n' "$closed" "$early" \
		>>data/upcoming.csv
	start_mock --data data
	run --separate-stderr mdbackfill -t 1d --days 5 --no-features AAPL
	assert_equal "$(asked)" 1
	[[ $stderr == *"$closed: closed: Day of Mourning"* ]]
	[[ $stderr == *"$early: closes at 12:30: Storm"* ]]
	run -0 calendar "$closed"
	assert_output --regexp "^$closed .* closed .* Day of Mourning \(told by the vendor\)$"
	run -0 calendar "$early"
	assert_output --regexp "^$early .* early .* Storm \(told by the vendor\)$"
	run -0 calendar "$early" -o json
	assert_output --partial '"source": "vendor"'
	# once a day, and told once
	run --separate-stderr run_now
	assert_equal "$(asked) $stderr" "1 "
	tomorrow
	run --separate-stderr run_now
	assert_equal "$(asked) $stderr" "2 "
	run -0 sql "SELECT date, kind, close_minute, name FROM closures ORDER BY 1"
	assert_output - <<-ROWS
	$closed|closed||Day of Mourning
	$early|early|750|Storm
	ROWS
	# the configuration knows better
	printf '{"calendar": {"open": ["%s"]}}' "$closed" >own.json
	run -0 calendar "$closed" --config own.json
	assert_output --regexp " open .* open by configuration$"
	# a new day with another word, and one withdrawn
	printf 'date,name,close\n%s,Storm,13:30\n' "$early" >data/upcoming.csv
	restart_mock --data data
	POLYGON_BASE_URL=$MOCK_URL
	sql "UPDATE closures SET base_url = '$MOCK_URL'"
	tomorrow
	run --separate-stderr run_now
	[[ $stderr == *"$closed: \"closed\" is not told any more"* ]]
	run -0 calendar "$closed"
	assert_output ""
	run -0 calendar "$early"
	assert_output --regexp "T1[78]:30:00Z +Storm"
}

@test "who wants nothing of the present does not ask" {
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-31 AAPL
	mdbackfill -q -t 1d --days 5 --no-features X:BTCUSD
	mdbackfill -q -t 1d --days 5 --as-of 2024-06-03T15:00:00Z AAPL
	assert_equal "$(asked)" 0
	run -0 mdbackfill -n -o json -t 1d --days 5 AAPL
	calls=$(field 'd["calls"]' <<<"$output")
	assert_equal "$(field 'd["calls_closures"]' <<<"$output")" 1
	before=$(requests)
	mdbackfill -q -t 1d --days 5 --no-features AAPL
	assert_equal "$(asked)" 1
	assert_equal "$(($(requests) - before))" "$calls"
	run -0 mdbackfill -n -o json -t 1d --days 5 MSFT
	assert_equal "$(field 'd["calls_closures"]' <<<"$output")" 0
}

@test "a vendor without closures is asked once a day, and all is well" {
	for how in "--fault status=403:path=upcoming" \
		"--without /v1/marketstatus/upcoming" \
		"--fault status=404:path=upcoming"; do
		# shellcheck disable=SC2086 # words
		restart_mock --synthetic $how
		[ -z "${again:-}" ] || tomorrow
		before=$(asked)
		run --separate-stderr run_now
		assert_equal "$status $stderr" "0 "
		run_now
		assert_equal "$(($(asked) - before))" 1
		again=1
	done
	assert_equal "$(sql "SELECT count(*) FROM closures")" 0
}

@test "an answer that is not clear changes nothing, and gives a line" {
	local d e later

	d=$(day 3)
	e=$(day 4)
	later=$(day 6)
	unclear() {
		local words=$1

		answer "$2"
		sql "DELETE FROM key_rights" 2>/dev/null || true
		run --separate-stderr run_now
		assert_equal "$status" 0
		[[ $stderr == *"$words"* ]] || fail "$2: $stderr"
		# one row alone, or the rows and their number
		[ "$(wc -l <<<"$stderr")" -le 2 ] || fail "$2: $stderr"
		[ "$(sql "SELECT count(*) FROM closures
			WHERE kind <> 'unlisted'")" -eq 0 ] || fail "$2: kept"
	}
	unclear "an object instead of an array" '{"status":"OK"}'
	unclear "closures to come" '[NaN]'
	unclear "closures to come" '[{"date":'
	unclear "closures to come" '<html>'
	unclear "the row is no object" '["x", 7, null, [1]]'
	unclear "date is no date" "[$(both "20261-1" closed)]"
	unclear "the date is past" "[$(both 2020-06-03 closed)]"
	unclear "years ahead" "[$(both 2099-06-03 closed)]"
	unclear "weekend" "[$(both "$(date -d 'next saturday' +%F)" closed)]"
	unclear "neither closed" "[$(both "$d" half-open)]"
	unclear "close is no minute" "[$(both "$d" early-close)]"
	unclear "close is no minute" \
		"[$(both "$d" early-close ",\"close\":\"${e}T17:00:00Z\"")]"
	unclear "close is no minute" \
		"[$(both "$d" early-close ',"close":1e999')]" || true
	unclear "open is not 09:30" "[$(both "$d" early-close \
		",\"open\":\"${d}T16:00:00Z\",\"close\":\"${d}T17:30:00Z\"")]"
	unclear "of an exchange that is not known" \
		"[{\"exchange\":\"LSE\",\"date\":\"$d\",\"status\":\"closed\"}]"
	unclear "the exchanges are not told of alike" \
		"[{\"exchange\":\"NYSE\",\"date\":\"$d\",\"status\":\"closed\"}]"
	unclear "the exchanges are not told of alike" \
		"[$(both "$d" closed),$(both "$d" early-close \
			",\"close\":\"${d}T17:30:00Z\"")]"
	unclear "expected at most 400" "[$(for i in {1..500}; do
		both "$d" closed
		echo ,
	done)$(both "$d" closed)]"
	unclear "days unlike the calendar's" "[$(for i in {1..20}; do
		both "$(day "$i")" closed
		echo ,
	done)$(both "$d" closed)]"
	# and one that is clear, with others beside it
	answer "[$(both "$later" closed),$(both "$d" half-open),7]"
	sql "DELETE FROM key_rights"
	run_now 2>/dev/null
	assert_equal "$(sql "SELECT date FROM closures
		WHERE kind <> 'unlisted'")" "$later"
}

@test "every program goes by what the vendor told" {
	local d

	d=$(day 0)
	printf '%s,Storm,\n' "$d" >>data/upcoming.csv
	start_mock --data data
	run_now 2>/dev/null
	assert_equal "$(sql "SELECT count(*) FROM closures")" 1
	missed() {
		mdstale --gaps --days 9 --as-of "$(day 2)T03:00:00Z" -o json \
			"$@" >gaps.json || true
		field 'd["summary"]["uncovered_bars"]' <gaps.json
	}
	printf '{"calendar": {"open": ["%s"]}}' "$d" >own.json
	with=$(missed)
	assert_equal "$(missed --config own.json)" $((with + 1))
	# a plan, too
	planned() {
		mdbackfill -n -o json -t 1d --days 2 --as-of \
			"$(day 2)T03:00:00Z" "$@" NEW |
			field 'd["bars_expected"]'
	}
	with=$(planned)
	assert_equal "$(planned --config own.json)" $((with + 1))
}

@test "a mdserve that runs follows the calendar" {
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-06-24 --to 2024-06-28 --no-features AAPL
	mdserve -q --db "$MD_DB" --listen 127.0.0.1:0 --port-file serve.port \
		--by bars --clock market --as-of 2024-07-02T03:00:00Z 3>&- &
	server=$!
	wait_for 30 test -s serve.port
	age() {
		curl -sS "http://127.0.0.1:$(cat serve.port)/api/v1/historical/AAPL?timeframe=1d" |
			field 'd["staleness"]["staleness_seconds"]
				if "staleness" in d else d["error"]'
	}
	before=$(age)
	own "INSERT INTO closures VALUES ('2024-07-01', 'closed', NULL, 'x', 'y',
		'2026-01-01T00:00:00Z')"
	during=$(age)
	sql "DELETE FROM closures"
	after=$(age)
	kill $server
	wait $server || true
	[ "$during" -eq 0 ] && [ "$before" -gt 0 ] || fail "$before, $during"
	assert_equal "$after" "$before"
}

# -- what the key may do --

# probe [OPTIONS...]: the plan's parts, as JSON, by name.
probe() {
	mdhealth --probe-api -o json "$@" >health.json || true
	field '" ".join(r["part"] + "=" + r["included"]
		for r in d["api"]["probe"]["plan"])' <health.json
}

@test "--probe-api tells what the plan includes, and the pace" {
	start_mock --synthetic
	mdbackfill -q -t 1d --days 5 --no-features AAPL
	parts=$(probe)
	[[ $parts == "history=yes today="*" grouped=yes splits=yes dividends="*" tickers=yes flat_files=not_asked" ]] ||
		fail "$parts"
	assert_equal "$(field 'd["api"]["probe"]["pace"]["limited"]' \
		<health.json)" false
	run mdhealth --probe-api
	assert_line --regexp "^history +yes +bars since [0-9-]+$"
	assert_line --regexp "^pace +.*"
	refute_output --partial "$POLYGON_API_KEY"
	# a plan of two years at the end of the day, with little else
	restart_mock --synthetic \
		--fault status=403:endpoint=aggs,path=month/106 \
		--fault status=403:endpoint=grouped \
		--fault status=403:endpoint=splits \
		--without /v3/reference/tickers --without /stocks/v1/dividends \
		--without /v3/reference/dividends
	parts=$(probe)
	[[ $parts == "history=yes "* ]] || fail "$parts"
	[[ $parts == *" grouped=no splits=no dividends=absent tickers=absent "* ]] ||
		fail "$parts"
	# five a minute: it ends at the limit, with what is known
	restart_mock --synthetic --rate 5/min
	before=$(requests)
	parts=$(probe)
	[ $(($(requests) - before)) -le 7 ]
	[[ $parts == *"tickers=unknown"* ]] || fail "$parts"
	assert_equal "$(field 'd["api"]["probe"]["pace"]["limited"]' \
		<health.json)" true
}

@test "hostile answers to --probe-api tell nothing" {
	start_mock --synthetic
	mdbackfill -q -t 1d --days 5 --no-features AAPL
	stop_mock
	cat >server.py <<-'PY'
	import http.server, itertools, pathlib
	bodies = itertools.cycle([b'{"status":"OK"}', b'[]', b'NaN', b'<html>',
	    b'{"status":"OK","results":7}', b'{"status":7,"results":[]}',
	    b'{"status":"ERROR","error":"\x1b[2J"}', b''])
	class H(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        body = next(bodies)
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	    def log_message(self, *args):
	        pass
	s = http.server.HTTPServer(("127.0.0.1", 0), H)
	pathlib.Path("port").write_text(str(s.server_port) + "\n")
	s.serve_forever()
	PY
	python3 server.py 3>&- &
	SERVER=$!
	wait_for 30 test -s port
	POLYGON_BASE_URL=http://127.0.0.1:$(cat port)
	export POLYGON_BASE_URL
	parts=$(probe)
	[[ $parts != *"=yes"* ]] || fail "$parts"
	run mdhealth --probe-api
	[ "$status" -le 2 ]
	[[ $output != *$'\x1b'* ]] || fail "$output"
}

@test "a plan without splits is found out once a day, by each key" {
	start_mock --synthetic --fault status=403:endpoint=splits
	run_now 2>/dev/null
	assert_equal "$(requests /splits)" 1
	run -0 --separate-stderr run_now
	assert_equal "$(requests /splits)" 1
	[[ $stderr == *"splits are not in the plan, as an earlier run saw"* ]]
	POLYGON_API_KEY=another-key-0987654321 run_now 2>/dev/null
	assert_equal "$(requests /splits)" 2
	# a day later, when the plan has them
	own "UPDATE key_rights SET noted_at = '2024-01-01T00:00:00Z'
		WHERE what = 'splits'"
	POLYGON_BASE_URL=$MOCK_URL
	restart_mock --synthetic
	run_now 2>/dev/null
	assert_equal "$(requests /splits)" 3
	run -0 sql "SELECT count(*) FROM key_rights WHERE what = 'splits'
		AND status = 'yes'"
	assert_output 1
	[ "$(sql "SELECT count(*) FROM key_rights
		WHERE budget LIKE '%key-%' OR base_url LIKE '%key-%'")" -eq 0 ]
}

@test "a plan without today's bars is found out once a day" {
	start_mock --synthetic
	run_now 2>/dev/null
	planned() {
		mdbackfill -n -o json -t 1d --days 4 SPY | field "d['$1']"
	}
	with=$(planned bars_expected)
	sql "INSERT INTO key_rights SELECT budget, 'today_stock', 'no',
		base_url, noted_at FROM key_rights WHERE what = 'closures'"
	assert_equal "$(planned calls_provisional)" 0
	[ "$(planned bars_expected)" -le "$with" ]
	run -0 --separate-stderr mdbackfill -v -t 1d --days 4 --no-features OTHER
	[[ $stderr != *"as an earlier run saw"*"as an earlier run saw"* ]]
	own "UPDATE key_rights SET noted_at = '2024-01-01T00:00:00Z'"
	assert_equal "$(planned bars_expected)" "$with"
}

@test "an old store, and one that cannot be read, have the built-in calendar" {
	mdhealth --calendar 2024-07-04..2024-07-04 | grep -q Independence
	only_sqlite "a file that is no store"
	echo nonsense >"$MD_DB"
	run -0 --separate-stderr mdhealth --calendar 2024-07-04..2024-07-04
	[[ $output == *"Independence Day"* ]]
	[[ $stderr == *"what the vendor told of the calendar is left out"* ]]
}
