#!/usr/bin/env bats
# mdserve: the store over HTTP.

bats_require_minimum_version 1.5.0
load report
load serve

setup() {
	cd "$BATS_TEST_TMPDIR"
	export PYTHONPATH=$MD_ROOT/tests
}

teardown() {
	end_serve
}

@test "mdserve: help, version, misuse" {
	standard_checks mdserve
	for wrong in '--listen nowhere' '--listen 127.0.0.1' '--threads 0' \
		'--connections 0' '--cache x' '--idle-timeout 1ms' '--by x'; do
		# shellcheck disable=SC2086 # words
		run -64 --separate-stderr mdserve $wrong
		assert_output ''
		[[ $stderr == *"${wrong%% *}"* ]] || fail "$wrong: $stderr"
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
	done
}

@test "it listens beyond loopback only with a token, or when told to" {
	use_store
	use_no_store
	run -64 --separate-stderr mdserve --listen 0.0.0.0:0
	[[ $stderr == *"not a loopback address"*"--token-file"* ]]
	(umask 077; echo secret-token >token)
	chmod 644 token
	run -77 --separate-stderr mdserve --listen 0.0.0.0:0 --token-file token
	[[ $stderr == *"others may read it"* ]]
	chmod 600 token
	start_serve --listen 0.0.0.0:0 --token-file token
	[ "$(status_of /health)" = 503 ]
	stop_serve
	start_serve --listen 0.0.0.0:0 --insecure
	[ "$(status_of /health)" = 503 ]
}

@test "a second server on the port says so in a line and ends with 69" {
	use_store
	start_serve
	run -69 --separate-stderr mdserve --listen "127.0.0.1:$SERVE_PORT"
	[[ $stderr == "mdserve: cannot listen on "*"in use"* ]]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "the reports are what mdstale and mdhealth print, to the byte" {
	# The runs of that afternoon are over by then.
	local LATER=2024-07-01T15:45:00Z

	fill_store AAPL X:BTCUSD
	add_series ZZZ stock critical 1d 2024-06-01 2024-06-01T00:00:00Z
	add_series NEW stock standard 1d "" ""
	start_serve --as-of "$LATER"
	cd "$BATS_TEST_TMPDIR"
	same() {
		local path=$1

		shift
		"$@" >printed || true
		ask "$path" >served
		cmp printed served || fail "$path"
		[ -s printed ]
	}
	local admin=/api/v1/admin
	same $admin/features/staleness mdstale --as-of "$LATER" -o json
	same "$admin/features/staleness?limit=1" \
		mdstale --as-of "$LATER" -o json --limit 1
	same "$admin/features/staleness?status=stale,missing&clock=market" \
		mdstale --as-of "$LATER" -o json -s stale,missing --clock market
	same $admin/scheduler-health mdhealth --as-of "$LATER" -o json
	same "$admin/scheduler/execution-history" \
		mdhealth --as-of "$LATER" --history -o json
	same "$admin/scheduler/execution-history?limit=1" \
		mdhealth --as-of "$LATER" --history --limit 1 -o json
	# The server's own come after these.
	mdhealth --as-of "$LATER" -o prometheus >printed || true
	ask /metrics | sed '/^# HELP mdserve_/,$d' >served
	cmp printed served
	# But for the links to the pages of series, which a file has not.
	mdhealth --as-of "$LATER" -o html >printed || true
	ask / | sed -E 's#<a href="/series/[^"]*">([^<]*)</a>#\1#g' >served
	cmp printed served
	# Asked again they come from what is kept.
	same $admin/scheduler-health mdhealth --as-of "$LATER" -o json
	[ "$(header content-type /metrics)" = \
		'text/plain; version=0.0.4; charset=utf-8' ]
}

# metric LABELLED: its value, of what /metrics said into the file served.
metric() {
	awk -v name="$1" '$1 == name { print $2 }' served
}

@test "the server tells how often, how fast and from where it answered" {
	fill_store AAPL
	start_serve --as-of 2024-07-01T16:00:00Z
	cd "$BATS_TEST_TMPDIR"
	ask /metrics >first
	ask "$HISTORICAL/AAPL?limit=1" >row
	ask "$HISTORICAL/AAPL?limit=1" >row
	ask "$HISTORICAL/NOPE" >row
	ask /nope >row
	ask /health -I >row
	ask "/health\"x" >row || true
	ask "$HISTORICAL/AAPL?limit=1" -X POST >row
	ask /metrics >served
	local of='path="/api/v1/historical/{symbol}"' name=mdserve_http_request
	assert_equal "$(metric "${name}s_total{$of,code=\"200\"}")" 2
	assert_equal "$(metric "${name}s_total{$of,code=\"405\"}")" 1
	assert_equal "$(metric "${name}s_total{path=\"other\",code=\"404\"}")" 2
	assert_equal "$(metric "${name}s_total{path=\"/health\",code=\"200\"}")" 1
	assert_equal "$(metric "${name}s_total{path=\"/metrics\",code=\"200\"}")" 1
	assert_equal "$(metric "${name}_duration_seconds_count{$of}")" 4
	assert_equal "$(metric \
		"${name}_duration_seconds_bucket{$of,le=\"+Inf\"}")" 4
	python3 - <<-'PY'
	import re
	last = 0
	for l in open('served'):
	    m = re.match(r'mdserve_http_request_duration_seconds_bucket\{'
	        r'path="/api/v1/historical/\{symbol\}",le="([^"]+)"\} (\d+)', l)
	    if m:
	        assert int(m[2]) >= last, l
	        last = int(m[2])
	assert last == 4
	PY
	[ "$(metric mdserve_kept_answers)" -ge 2 ]
	[ "$(metric mdserve_kept_bytes)" -gt 500 ]
	[ "$(metric mdserve_connections)" -ge 1 ]
	assert_equal "$(metric mdserve_http_requests_in_progress)" 1
	assert_equal "$(grep -c 'mdserve_build_info{version="[0-9.]*"} 1' \
		served)" 1
	[ "$(metric process_start_time_seconds | cut -d. -f1)" -gt 1700000000 ]
	command -v promtool >/dev/null || skip "no promtool"
	run -0 promtool check metrics <served
	assert_output ""
	wait_for 20 was_kept
}

# A server may change its log by itself, and what is kept is made anew.
was_kept() {
	ask "$HISTORICAL/AAPL?limit=1" >row
	ask /metrics >served
	[ "$(metric 'mdserve_answers_total{source="kept"}')" -ge 1 ]
}

@test "each series of the status page leads to a page of its own" {
	fill_store AAPL
	sql "INSERT INTO series (symbol, timeframe) VALUES ('AAPL', '1w')"
	start_serve --as-of 2024-07-01T16:00:00Z --refresh 30s --tz Europe/Berlin
	ask / | grep -o 'href="/series/[^"]*"' >links
	grep -q 'href="/series/AAPL/1d"' links
	ask /series/AAPL/1d >page.html
	grep -q '<meta http-equiv="refresh" content="30">' page.html
	grep -q '<title>AAPL 1d: [a-z]*</title>' page.html
	# its bars as candles, none of them a script, and no other's
	grep -c '<g class="[ud]"><title>' page.html >candles
	[ "$(cat candles)" = "$(sql "SELECT count(*) FROM market_data_raw
		WHERE symbol = 'AAPL' AND timeframe = '1d'")" ] || fail "$(cat candles)"
	! grep -qi '<script' page.html
	# what is covered, and what comes next
	grep -q 'class="s-final"' page.html
	grep -q '<h2>Next</h2>' page.html
	grep -q '+02:00' page.html
	ask /series/AAPL/1w | grep -q 'None yet'
	[ "$(status_of /series/NOPE/1d)" = 404 ]
	[ "$(status_of /series/AAPL/7q)" = 400 ]
	[ "$(status_of "/series/AAPL/1d?x=1")" = 400 ]
	ask /metrics >served
	[ "$(metric 'mdserve_http_requests_total{path="/series/{symbol}/{timeframe}",code="404"}')" = 1 ]
	# As of an earlier time, no later bar is drawn.
	stop_serve
	start_serve --as-of 2024-06-03T00:00:00Z
	ask /series/AAPL/1d | grep -c '<g class="[ud]"><title>' >candles
	[ "$(cat candles)" = "$(sql "SELECT count(*) FROM market_data_raw
		WHERE symbol = 'AAPL' AND timeframe = '1d' AND
		ts_ms < 1717372800000")" ] || fail "$(cat candles)"
}

@test "the page of a series with 20000 ranges is as long as any other" {
	local now=1719849600000

	fill_store AAPL
	add_series AAPL stock critical 1m 2024-07-01T15:00:00Z 2024-07-01T15:30:00Z
	sql "DELETE FROM coverage"
	# each other minute final or empty, and one of a Sunday refused
	sql "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at, kind)
		SELECT s.series_id, $now - CAST(i AS bigint) * 120000,
			$now - CAST(i AS bigint) * 120000 + 60000, $now,
			CASE WHEN i = 10920 THEN 'refused'
				WHEN i % 2 = 0 THEN 'bars' ELSE 'empty' END
		FROM n, series s WHERE s.timeframe = '1m'"
	transactions >before
	start_serve --as-of 2024-07-01T16:00:00Z
	ask /series/AAPL/1m --max-time 120 >page.html
	[ "$(wc -c <page.html)" -lt 200000 ] || fail "$(wc -c <page.html) bytes"
	grep -q '<rect class="s-final"' page.html
	# the worst of what lies in one place is what is seen of it
	grep -q '<rect class="s-refused" x="[0-9.]*" y="2" width="1"' page.html
	grep -q 'The newest 10 of [0-9]*' page.html
	# its bars are asked for once, not by each range
	stop_serve
	[ $(($(transactions) - $(cat before))) -lt 1000 ]
}

# How many the server has ended in the test's store; those of a session that is
# over are counted.
transactions() {
	[ "$MD_ENGINE" = postgres ] || { echo 0; return; }
	sql "SELECT xact_commit + xact_rollback FROM pg_stat_database
		WHERE datname = current_database()"
}

@test "rules of the command line hold, too" {
	fill_store AAPL
	start_serve --as-of 2024-07-01T16:00:00Z --by bars --clock market
	ask /api/v1/admin/features/staleness >served
	mdstale --as-of 2024-07-01T16:00:00Z --by bars --clock market -o json \
		>printed || true
	cmp printed served
	run -0 ask "$HISTORICAL/AAPL?limit=1"
	assert_output --partial '"clock":"market","basis":"bars"'
}

@test "a date is a day of the series, from whichever midnight it is counted" {
	use_store
	start_mock --synthetic --fx-grid utc --today 2024-03-20T16:30:00Z
	mdbackfill -q --as-of 2024-03-20T16:30:00Z --from 2024-03-04 \
		--to 2024-03-07 C:EURUSD
	start_serve --as-of 2024-03-20T16:30:00Z
	ask "$HISTORICAL/C:EURUSD?start=2024-03-05&end=2024-03-06&order=asc" \
		>served
	assert_equal "$(python3 -c "import json
print(*(next(iter(b.values())) for b in json.load(open('served'))['bars']))")" \
		"2024-03-05T00:00:00Z 2024-03-06T00:00:00Z"
}

@test "bars are those of the store, adjusted or raw, bit for bit" {
	fill_store SPY X:BTCUSD
	# A split that divides into fractions.
	at=$(sql "SELECT ts FROM bars ORDER BY ts LIMIT 1 OFFSET 30")
	sql "DELETE FROM adjustments; INSERT INTO adjustments
		(symbol, from_ts, to_ts, factor)
		VALUES ('SPY', -2208988800000, $at, 7.0)"
	start_serve --as-of "$NOW"
	for view in market_data/true market_data_raw/false; do
		ask "$HISTORICAL/SPY?timeframe=1h&order=asc&limit=10000&adjusted=${view#*/}" \
			>served
		python3 - "$MD_DB" "${view%/*}" "${view#*/}" served <<-'EOF'
			import json, stores, sys
			db = stores.connect(sys.argv[1])
			rows = db.execute("SELECT ts_utc, ts_ms, open, high, low,"
			    " close, volume, vwap, transactions FROM " + sys.argv[2]
			    + " WHERE symbol = 'SPY' AND timeframe = '1h'"
			    " ORDER BY ts_ms").fetchall()
			d = json.load(open(sys.argv[4]))
			assert d['count'] == len(rows) == len(d['bars']) > 300
			assert d['adjusted'] == (sys.argv[3] == 'true')
			assert [tuple(b.values()) for b in d['bars']] == rows
			assert d['symbol'] == 'SPY' and d['timeframe'] == '1h'
			assert d['next'] is None
		EOF
	done
	run -0 ask "$HISTORICAL/X:BTCUSD?timeframe=1d&limit=3"
	[ "$(field 'd["count"]' <<<"$output")" = 3 ]
}

@test "features are those of the view, words and nulls alike" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	for timeframe in 1h 1d; do
		ask "$FEATURES/AAPL?timeframe=$timeframe&order=asc&limit=10000" \
			>$timeframe.json
	done
	python3 - "$MD_DB" 1h 1d <<-'EOF'
		import json, stores, sys
		db = stores.connect(sys.argv[1])
		for timeframe in sys.argv[2:]:
		    d = json.load(open(timeframe + '.json'))
		    names = ['ts_utc' if k == 'ts' else k for k in d['features'][0]]
		    rows = [dict(zip(d['features'][0], r)) for r in db.execute(
		        "SELECT " + ', '.join(names) + " FROM market_features"
		        f" WHERE timeframe = '{timeframe}' ORDER BY ts_ms")]
		    assert len(names) == 19, names
		    assert len(rows) == d['count'] > 20
		    for r, f in zip(rows, d['features']):
		        for k in ('hh', 'hl', 'lh', 'll'):
		            if r[k] is not None:
		                r[k] = r[k] in (1, 't')
		        assert r == f, (r, f)
		    over = 'return_' + timeframe
		    assert all(f[over] == f['log_return'] for f in d['features'])
		    assert d['features'][1][over] is not None
	EOF
}

@test "CSV has the same rows, and headers for what JSON says around them" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	for path in "$HISTORICAL" "$FEATURES"; do
		ask "$path/AAPL?limit=40" -H 'Accept: text/csv' >rows.csv
		ask "$path/AAPL?limit=40" >rows.json
		python3 - rows.csv rows.json <<-'EOF'
			import csv, json, sys
			rows = list(csv.DictReader(open(sys.argv[1])))
			d = json.load(open(sys.argv[2]))
			want = d.get('bars') or d.get('features')
			assert len(rows) == len(want) == 40
			text = lambda v: '' if v is None else \
			    str(v).lower() if isinstance(v, bool) else v
			for r, w in zip(rows, want):
			    assert list(r) == list(w)
			    for k in r:
			        v = text(w[k])
			        assert r[k] == v or float(r[k]) == v, (k, r[k], v)
		EOF
		run -0 header link "$path/AAPL?limit=40" -H 'Accept: text/csv'
		[ "$output" = "<$(field 'd["next"]' <rows.json)>; rel=\"next\"" ]
	done
	[ "$(header content-type "$HISTORICAL/AAPL" -H 'Accept: text/csv')" = \
		'text/csv; charset=utf-8; header=present' ]
	[ "$(header content-type "$HISTORICAL/AAPL" \
		-H 'Accept: application/json, text/csv;q=0.5')" = \
		application/json ]
}

@test "pages walk a range in both orders, each row once" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	for order in asc desc; do
		python3 - "$SERVE_URL" $order "$MD_DB" <<-'EOF'
			import json, stores, sys, urllib.request
			url, order, db = sys.argv[1:]
			path = ("/api/v1/historical/AAPL?timeframe=1h&limit=37"
			    "&start=2024-05-01&end=2024-06-10T18:00:00Z&order="
			    + order)
			seen, pages = [], 0
			while path:
			    d = json.load(urllib.request.urlopen(url + path))
			    seen += [b['ts_ms'] for b in d['bars']]
			    assert d['count'] == len(d['bars']) <= 37
			    path = d['next']
			    pages += 1
			# From New York's midnight; the end is not included.
			want = [r[0] for r in stores.connect(db).execute(
			    "SELECT ts_ms FROM market_data WHERE timeframe = '1h'"
			    " AND ts_utc >= '2024-05-01T04:00:00Z'"
			    " AND ts_utc < '2024-06-10T18:00:00Z' ORDER BY ts_ms "
			    + order)]
			assert seen == want and pages > 5, (pages, len(want))
		EOF
	done
	# A day as the end is the whole day; nothing in a range is no error.
	run -0 ask "$HISTORICAL/AAPL?start=2024-06-03&end=2024-06-03"
	[ "$(field '[b["ts"] for b in d["bars"]]' <<<"$output")" = \
		'["2024-06-03T04:00:00Z"]' ]
	run -0 ask "$HISTORICAL/AAPL?start=2024-06-01&end=2024-06-02"
	[ "$(field '[d["count"], d["bars"], d["next"]]' <<<"$output")" = \
		'[0, [], null]' ]
}

@test "an answer says whether the newest bar may still change" {
	use_store
	# said AS-OF: of the newest bar of SPY, 1d
	said() {
		start_serve --as-of "$1"
		ask "$HISTORICAL/SPY?limit=1" |
			field '[d["staleness"]["provisional"],
				(d["staleness"]["as_of"] or "")[:19]]'
		stop_serve
	}
	start_mock --synthetic --today 2024-07-02T11:20:00-04:00
	mdbackfill -q -t 1d --from 2024-07-02 \
		--as-of 2024-07-02T11:20:00-04:00 SPY
	assert_equal "$(said 2024-07-02T11:30:00-04:00)" \
		'[true, "2024-07-02T15:20:00"]'
	restart_mock --synthetic --today 2024-07-05T11:20:00-04:00
	mdbackfill -q -t 1d --from 2024-07-02 --to 2024-07-03 \
		--as-of 2024-07-05T11:20:00-04:00 SPY
	assert_equal "$(said 2024-07-05T11:30:00-04:00)" \
		'[false, "2024-07-05T15:20:00"]'
	# Bars that nothing covers.
	sql "DELETE FROM coverage"
	assert_equal "$(said 2024-07-05T11:30:00-04:00)" '[null, ""]'
}

@test "fresh is plain, aging warns, stale alerts" {
	fill_store AAPL
	sql "UPDATE feature_freshness SET last_computed_at = '$NOW'"
	local path="$HISTORICAL/AAPL?limit=1"
	start_serve --as-of 2024-07-01T16:29:59Z
	run -0 ask "$path"
	[ "$(field '[d["staleness"]["status"], d["staleness"]["staleness_seconds"],
		"warning" in d, "alert" in d]' <<<"$output")" = \
		'["fresh", 3599, false, false]' ]
	[ "$(header x-data-staleness "$path")" = fresh ]
	[ -z "$(header warning "$path")" ]
	stop_serve
	start_serve --as-of 2024-07-01T16:30:00Z
	for path in "$HISTORICAL/AAPL?limit=1" "$FEATURES/AAPL?limit=1"; do
		run -0 ask "$path"
		[ "$(field '[d["staleness"]["status"], "warning" in d,
			"alert" in d]' <<<"$output")" = '["aging", true, false]' ]
		[[ $(field 'd["warning"]' <<<"$output") == *"3600 s ago"* ]]
		[ "$(header x-data-staleness "$path")" = aging ]
		[[ $(header warning "$path") == '110 mdserve "AAPL 1d is aging'* ]]
	done
	stop_serve
	start_serve --as-of 2024-07-03T21:30:00Z
	run -0 ask "$path"
	[ "$(field '[d["staleness"]["status"], "warning" in d, "alert" in d]' \
		<<<"$output")" = '["stale", false, true]' ]
	[ "$(header x-data-staleness-seconds "$path")" = 194400 ]
}

# requested_is ROW: that is all that was requested, once it is written.
requested_is() {
	[ "$(sql 'SELECT symbol, timeframe FROM backfill_requests')" = "$1" ]
}

@test "what a reader is given of each status is the configuration's" {
	fill_store AAPL
	sql "UPDATE feature_freshness SET last_computed_at = '$NOW'"
	echo '{"staleness": {"on_aging": "return", "on_stale": "request"}}' \
		>mdkit.json
	start_serve --config mdkit.json --as-of 2024-07-01T17:00:00Z
	[ -z "$(header warning "$HISTORICAL/AAPL")" ]
	stop_serve
	start_serve --config mdkit.json --as-of 2024-07-02T17:00:00Z
	[ "$(status_of "$HISTORICAL/AAPL")" = 404 ]
	wait_for 30 requested_is 'AAPL|1d'
}

@test "the age goes on by the second, and the class with it" {
	fill_store AAPL
	start_serve --fresh 30s --aging 60s
	ask "$HISTORICAL/AAPL?limit=5" >answer
	turns_at 30 fresh aging
	turns_at 60 aging stale
}

# turns_at BOUND BEFORE AFTER: of what was computed a little less than that many
# seconds ago, all answers have its age, and their class turns there, though the
# store changes no more.  A slow machine has more time before it.
turns_at() {
	local bound=$1 room

	for room in 1 2 4 8 16 28; do
		sql "UPDATE feature_freshness SET last_computed_at = '$(date -u \
			-d "$((bound - room)) seconds ago" \
			+%Y-%m-%dT%H:%M:%S.%3NZ)'"
		ages_rightly "$(sql "SELECT (julianday(last_computed_at) -
			2440587.5) * 86400.0 FROM feature_freshness LIMIT 1")" \
			"$@" >seen
		[ "$(cat seen)" != "$2 $3" ] || return 0
	done
	fail "$2 was not seen: $(cat seen)"
}

# ages_rightly COMPUTED BOUND BEFORE AFTER: the age of every answer is that since
# then, and its class that of the age, until the second one; those seen.
ages_rightly() {
	python3 - "$SERVE_URL" "$@" <<-'EOF'
		import json, sys, time, urllib.request
		url, computed, bound = sys.argv[1], *map(float, sys.argv[2:4])
		first, last = sys.argv[4:]
		seen = []
		while last not in seen:
		    before = time.time() - computed
		    d = json.load(urllib.request.urlopen(url +
		        "/api/v1/historical/AAPL?limit=5"))
		    after = time.time() - computed
		    age = d['staleness']['staleness_seconds']
		    assert int(before - .002) <= age <= int(after + .002), \
		        (before, age, after)
		    status = d['staleness']['status']
		    assert (status == first and before - .002 < bound or
		        status == last and after + .002 >= bound), \
		        (before, status, after)
		    if status not in seen:
		        seen.append(status)
		print(*seen)
	EOF
}

@test "a change of the store shows in the next answer" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	local path="$HISTORICAL/AAPL?limit=1&order=asc" tag
	local writer=(sqlite3 "$MD_DB")

	[ "$MD_ENGINE" = sqlite ] ||
		writer=("$MD_PSQL" -XqAt -v ON_ERROR_STOP=1 -d "$MD_DB")
	python3 - "$SERVE_URL$path" "${writer[@]}" <<-'EOF'
		import json, subprocess, sys, urllib.request
		store = subprocess.Popen(sys.argv[2:], text=True, bufsize=1,
		    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		for i in range(1, 41):
		    store.stdin.write("UPDATE bars SET close = %d.25, low = 0.5"
		        " WHERE series_id = (SELECT series_id FROM series"
		        " WHERE timeframe = '1d'); SELECT 'done';\n" % i)
		    store.stdin.flush()
		    assert store.stdout.readline() == "done\n"
		    d = json.load(urllib.request.urlopen(sys.argv[1]))
		    assert d['bars'][0]['close'] == i + .25, (i, d['bars'][0])
		store.stdin.close()
		assert store.wait() == 0
	EOF
	tag=$(header etag "$path")
	[ "$(status_of "$path" -H "If-None-Match: $tag")" = 304 ]
	[ "$(status_of "$path" -H "If-None-Match: \"x\", $tag")" = 304 ]
	[ "$(status_of "$path" -H 'If-None-Match: W/"x"')" = 200 ]
	[ "$(ask "$path" -H "If-None-Match: $tag" | wc -c)" -eq 0 ]
	[ "$(header x-data-staleness "$path" -H "If-None-Match: $tag")" = fresh ]
	sql "UPDATE bars SET close = 0.75"
	[ "$(status_of "$path" -H "If-None-Match: $tag")" = 200 ]
}

@test "gzip is the same text, for whom takes it" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	for accept in 'text/csv' '*/*'; do
		ask "$HISTORICAL/AAPL" -H "Accept: $accept" >plain
		ask "$HISTORICAL/AAPL" -H "Accept: $accept" \
			-H 'Accept-Encoding: gzip' >packed
		gzip -dc <packed | cmp - plain
		[ "$(wc -c <packed)" -lt "$(wc -c <plain)" ]
	done
	[ "$(header content-encoding "$HISTORICAL/AAPL" \
		-H 'Accept-Encoding: gzip')" = gzip ]
	[ -z "$(header content-encoding "$HISTORICAL/AAPL" \
		-H 'Accept-Encoding: gzip;q=0')" ]
	ask / -H 'Accept-Encoding: gzip' | gzip -dc | grep -q '</html>'
}

@test "HEAD has the headers and no body" {
	fill_store AAPL
	start_serve
	[ "$(header content-length "$HISTORICAL/AAPL" -I)" -gt 1000 ]
	[ "$(status_of /metrics -I)" = 200 ]
}

@test "the symbols and their series" {
	fill_store AAPL X:BTCUSD
	start_serve
	ask /api/v1/symbols >symbols
	[ "$(field '[d["count"], [(s["symbol"], s["asset_class"],
		[t["timeframe"] for t in s["series"]]) for s in d["symbols"]]]' \
		<symbols)" = '[2, [["AAPL", "stock", ["1h", "1d"]], ["X:BTCUSD", "crypto", ["1h", "1d"]]]]' ]
	[ "$(field 'd["symbols"][0]["series"][1]["bar_count"]' <symbols)" = \
		"$(sql "SELECT count(*) FROM market_data WHERE symbol = 'AAPL'
		AND timeframe = '1d'")" ]
}

@test "what is missing is 404, noted once, and counted" {
	fill_store AAPL
	start_serve
	[ "$(status_of "$HISTORICAL/MSFT?timeframe=1h")" = 404 ]
	wait_for 30 noted 'MSFT|1h|1'
	run -0 ask "$HISTORICAL/MSFT?timeframe=1h"
	[ "$(field '[d["status"], d["symbol"], d["timeframe"], d["requested"],
		d["staleness"]["status"]]' <<<"$output")" = \
		'[404, "MSFT", "1h", true, "missing"]' ]
	[[ $(field 'd["error"]' <<<"$output") == *"no bars"*"--requested"* ]]
	[ "$(header x-data-staleness "$HISTORICAL/MSFT?timeframe=1h")" = missing ]
	wait_for 30 noted 'MSFT|1h|3'
	[ "$(status_of "$FEATURES/X:ETHUSD")" = 404 ]
	wait_for 30 noted 'X:ETHUSD|1d|1'
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 2 ]
	# Bars without features are there; their features are not.
	sql "DELETE FROM feature_freshness; DELETE FROM quant_features"
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
	run -0 ask "$FEATURES/AAPL"
	[[ $output == *"bars of it, but no features"* ]]
}

@test "a request is written when the store's lock is free again" {
	only_sqlite "one lock on all of it"
	fill_store AAPL
	start_serve
	# The server has opened the store for that.
	[ "$(status_of "$HISTORICAL/ONE")" = 404 ]
	wait_for 30 noted 'ONE|1d|1'
	python3 - "$MD_DB" "$SERVE_URL" <<-'EOF'
		import sqlite3, sys, time, urllib.error, urllib.request
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("BEGIN IMMEDIATE")
		worst = 0
		for i in range(50):
		    start = time.monotonic()
		    try:
		        urllib.request.urlopen(sys.argv[2] +
		            "/api/v1/historical/L%d" % i)
		        sys.exit("not 404")
		    except urllib.error.HTTPError as e:
		        assert e.code == 404 and b'"requested":true' in e.read()
		    urllib.request.urlopen(sys.argv[2] +
		        "/api/v1/historical/AAPL").read()
		    worst = max(worst, time.monotonic() - start)
		# Who waited for the lock would have waited for ever.
		assert worst < 5, worst
		assert db.execute("SELECT count(*) FROM backfill_requests"
		    ).fetchone()[0] == 1
		db.execute("COMMIT")
	EOF
	wait_for 30 noted 'L49|1d|1'
	wait_for 30 noted 'L0|1d|1'
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 51 ]
}

@test "requests have a bound" {
	fill_store AAPL
	sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
		WHERE i < 10000) INSERT INTO backfill_requests
		SELECT 'S' || i, '1d', '2024-07-01T00:00:00.000Z', 1 FROM n"
	start_serve
	[ "$(note "$HISTORICAL/ONEMORE")" = '[false, "full"]' ]
	[ "$(status_of "$HISTORICAL/S77")" = 404 ]
	wait_for 30 noted 'S77|1d|2'
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 10000 ]
}

@test "mdbackfill --requested fetches what was missing, and clears it" {
	fill_store AAPL
	start_serve
	[ "$(status_of "$HISTORICAL/MSFT?timeframe=1h")" = 404 ]
	[ "$(status_of "$HISTORICAL/X:ETHUSD")" = 404 ]
	[ "$(status_of "$HISTORICAL/BROKEN")" = 404 ]
	wait_for 30 noted 'BROKEN|1d|1'
	rm "$MOCK_LOG"
	start_mock --synthetic --fault status=404:endpoint=aggs,ticker=BROKEN
	run -0 mdbackfill -n --requested
	assert_output --partial 'MSFT'
	refute_output --partial 'AAPL'
	[ "$(requests)" -eq 0 ]
	run -1 mdbackfill --requested
	[ "$(requests 'ticker/MSFT/range/1/hour')" -ge 1 ]
	[ "$(requests 'ticker/X:ETHUSD/range/1/day')" -ge 1 ]
	[ "$(requests 'ticker/AAPL/')" -eq 0 ]
	[ "$(sql 'SELECT symbol FROM backfill_requests')" = BROKEN ]
	[ "$(status_of "$HISTORICAL/MSFT?timeframe=1h")" = 200 ]
	[ "$(ask "$HISTORICAL/X:ETHUSD" | field 'd["staleness"]["status"]')" = \
		fresh ]
	# -t picks from them.
	run -0 mdbackfill --requested -t 1h
	assert_output ''
	[ "$(sql 'SELECT symbol FROM backfill_requests')" = BROKEN ]
	restart_mock --synthetic
	run -0 mdbackfill -q --requested
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
	run -0 --separate-stderr mdbackfill --requested
	assert_output ''
	[ -z "$stderr" ]
}

# note PATH: whether a request was noted there, and why not.
note() {
	ask "$1" | field '[d["requested"], d["requested_reason"]]'
}

@test "a requested series is a candidate until a bar comes" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	[ "$(note "$HISTORICAL/MSFT")" = '[true, null]' ]
	[ "$(note "$HISTORICAL/ZZJUNK")" = '[true, null]' ]
	wait_for 30 noted 'ZZJUNK|1d|1'
	start_mock --synthetic --today "$NOW"
	run -0 mdbackfill -q --as-of "$NOW" --requested
	# What came is monitored, what did not is not.
	run -0 mdstale --as-of "$NOW" -o series
	assert_output --partial MSFT
	refute_output --partial ZZJUNK
	[ "$(sql 'SELECT symbol FROM backfill_requests')" = ZZJUNK ]
	run mdhealth --as-of 2024-07-01T15:45:00Z
	cat <<<"$output"
	refute_output --partial ZZJUNK
	assert_output --partial ' 0 missing'
	run -0 mdbackfill -q --as-of "$NOW" --requested
	run -0 --separate-stderr mdbackfill --as-of "$NOW" --requested
	[[ $stderr == *"ZZJUNK 1d: 3 answers had no bar"* ]]
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
	rm "$MOCK_LOG"
	restart_mock --synthetic --today "$NOW"
	run -0 mdbackfill -q --as-of "$NOW" --requested
	run -0 mdbackfill -q --as-of "$NOW" --all -t 1d
	[ "$(requests ticker/ZZJUNK/)" -eq 0 ]
	run mdhealth --as-of 2024-07-01T15:45:00Z
	assert_output --partial 'OK: '
	[ "$(grep -c ZZJUNK <<<"$output")" -eq 1 ]
	assert_output --partial 'dropped       ZZJUNK: 1d was requested, but 3 answers had no bar'
	run mdhealth --as-of 2024-07-03T15:30:00Z
	refute_output --partial ZZJUNK
	[ "$(note "$HISTORICAL/ZZJUNK")" = '[false, "dropped"]' ]
	[ "$(note "$HISTORICAL/ZZOTHER")" = '[true, null]' ]
	stop_serve
	# A week later somebody may ask again.
	start_serve --as-of 2024-07-09T15:30:00Z
	[ "$(note "$HISTORICAL/ZZJUNK")" = '[true, null]' ]
}

@test "a bar that comes late makes a candidate monitored" {
	fill_store AAPL
	start_serve --as-of "$NOW"
	[ "$(note "$HISTORICAL/ZZ1")" = '[true, null]' ]
	wait_for 30 noted 'ZZ1|1d|1'
	start_mock --synthetic --today "$NOW"
	run -0 mdbackfill -q --as-of "$NOW" --requested
	sql "UPDATE backfill_requests SET symbol = 'MSFT';
		UPDATE empty_requests SET symbol = 'MSFT'"
	run -0 mdbackfill -q --as-of "$NOW" --requested
	run -0 mdstale --as-of "$NOW" -o series MSFT
	[ "$(sql 'SELECT count(*) FROM empty_requests')" -eq 0 ]
	# One whose bars are of old alone is not, either.
	sql "UPDATE symbols SET active = 0 WHERE symbol = 'AAPL';
		UPDATE series SET active = 0 WHERE symbol = 'AAPL';
		INSERT INTO backfill_requests VALUES
		('AAPL', '1d', '2024-07-01T15:00:00.000Z', 1)"
	stop_mock
	start_mock --synthetic --today "$NOW" --fault empty:endpoint=aggs
	run mdbackfill -q --as-of 2024-07-02T23:00:00Z --requested
	[ "$(sql 'SELECT symbol FROM empty_requests')" = AAPL ]
	run mdstale --as-of "$NOW" -o series
	refute_output --partial AAPL
}

@test "requests are bounded in a minute, and HEAD makes none" {
	fill_store AAPL
	start_serve
	[ "$(status_of "$HISTORICAL/HEADED" -I)" = 404 ]
	[ "$(note "$HISTORICAL/headed")" = '[false, "symbol"]' ]
	[ "$(note "$HISTORICAL/X:btcusd")" = '[false, "symbol"]' ]
	[ "$(note "$HISTORICAL/BACpL")" = '[true, null]' ]
	python3 - "$SERVE_URL$HISTORICAL" <<-'EOF'
		import collections, json, sys, urllib.error, urllib.request
		def note(i):
		    try:
		        urllib.request.urlopen("%s/S%d" % (sys.argv[1], i))
		    except urllib.error.HTTPError as e:
		        d = json.load(e)
		        return d["requested"], d["requested_reason"]
		n = collections.Counter(note(i) for i in range(150))
		assert n == {(True, None): 99, (False, "rate"): 51}, n
		# What is noted is that still.
		assert note(7) == (True, None)
	EOF
	sleep 1
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 100 ]
	[ "$(sql "SELECT count(*) FROM backfill_requests
		WHERE symbol IN ('HEADED', 'headed')")" -eq 0 ]
}

@test "a store that is read-only notes nothing, and says so" {
	fill_store AAPL
	if [ "$MD_ENGINE" = postgres ]; then # as a standby says it
		pg -d "$MD_DB" -c "CREATE FUNCTION no() RETURNS trigger
			LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'no'
			USING ERRCODE = '25006'; END \$\$; CREATE TRIGGER no
			BEFORE INSERT ON backfill_requests FOR EACH ROW
			EXECUTE FUNCTION no()"
	elif [ "$(id -u)" -eq 0 ]; then # who may write any file
		sql "CREATE TRIGGER no BEFORE INSERT ON backfill_requests
			BEGIN SELECT RAISE(ABORT, 'no'); END"
	else
		chmod a-w "$MD_DB"
	fi
	start_serve
	[ "$(note "$HISTORICAL/ONE")" = '[false, "read-only"]' ]
	[ "$(note "$HISTORICAL/ONE")" = '[false, "read-only"]' ]
	wait_for 30 grep -q 'cannot be noted now' "$SERVE_ERR"
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

@test "--requested stands alone, and needs a store" {
	use_store
	use_no_store
	run -64 --separate-stderr mdbackfill --requested AAPL
	[[ $stderr == *"--requested"*"no symbols"* ]]
	run -64 mdbackfill --requested --all
	run -69 --separate-stderr mdbackfill --requested
	[[ $stderr == *"does not exist"* ]]
	no_store
}

@test "a store of the version before gets its table and keeps its rows" {
	fill_store AAPL
	bars_of >before
	back="DROP VIEW market_data_regular;
		DROP VIEW market_data_total; DROP TABLE dividends;
		DROP TABLE dividend_adjustments;
		ALTER TABLE symbols DROP COLUMN dividends_checked_ms;
		ALTER TABLE symbols DROP COLUMN dividends_from;
		ALTER TABLE symbols DROP COLUMN dividends_derived_ms;
		DROP VIEW market_data; DROP VIEW market_data_raw;
		DROP INDEX coverage_unjudged; DROP INDEX coverage_refused;
		ALTER TABLE coverage DROP COLUMN final;
		ALTER TABLE series DROP COLUMN grid;
		DROP TABLE derived;
		DROP TABLE empty_requests;
		DROP TABLE grouped_denied;
		ALTER TABLE symbols DROP COLUMN history_from;
		ALTER TABLE symbols DROP COLUMN splits_from;
		ALTER TABLE splits DROP COLUMN doubt;
		ALTER TABLE splits DROP COLUMN confirmed;
		ALTER TABLE splits DROP COLUMN adjustment_type;
		ALTER TABLE splits DROP COLUMN contradicted;
		DROP TABLE absent_endpoints;
		DROP TABLE rate_limits;
		DROP TABLE closures; DROP TABLE key_rights;
		DROP TABLE renames; DROP TABLE told_renames;
		DROP TABLE silent_symbols;
		DROP TABLE bar_sources;
		DROP TABLE flat_files;
		DROP TABLE sessions;
		DROP TABLE range_history; DROP TABLE bar_history;
		DROP TABLE adjustment_history;
		ALTER TABLE series DROP COLUMN history_from;
		ALTER TABLE series DROP COLUMN revision;
		ALTER TABLE leases DROP COLUMN writes;
		DROP TABLE holds; DROP TABLE alert_receivers;
		DROP TABLE alerts_told;
		DROP TABLE objective_days; DROP TABLE objective_hours;
		ALTER TABLE scheduler_execution_log DROP COLUMN files_read;
		ALTER TABLE scheduler_execution_log DROP COLUMN file_bytes;
		ALTER TABLE scheduler_execution_log DROP COLUMN files_failed;
		ALTER TABLE scheduler_execution_log DROP COLUMN files_source;
		DELETE FROM schema_migrations WHERE version >= 6"
	# the views as they were, which the next migration replaces
	views=$(sed -n '/^CREATE VIEW market_data/,/;$/p' \
		"$MD_ROOT/schema/$MD_ENGINE/0001-bars.sql")
	if [ "$MD_ENGINE" = sqlite ]; then
		sql "$(sql "SELECT 'DROP TRIGGER ' || name || ';'
			FROM sqlite_master WHERE type = 'trigger'")
			$back; $views"
	else
		pg -d "$MD_DB" -c "DROP SCHEMA as_sqlite CASCADE" \
			-c "DROP FUNCTION series_changed, symbols_changed CASCADE" \
			-c "$back" \
			-c "$views"
		rm -f "$BATS_TEST_TMPDIR"/*.shown
	fi
	start_serve
	[ "$(status_of /health)" = 503 ]
	grep -q 'older mdkit' "$SERVE_ERR"
	run -0 mdbackfill -q --requested
	wait_for 30 eval '[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]'
	bars_of | cmp before -
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

@test "problems are JSON that names the parameter and what was expected" {
	fill_store AAPL
	start_serve
	# Not by urllib, which would mend some of these paths.
	cat >problems.py <<-'EOF'
		import http.client, json, sys
		c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
		for line in sys.stdin:
		    status, path, parameter, words = line.rstrip("\n").split(" ", 3)
		    c.request("GET", path)
		    r = c.getresponse()
		    d = json.load(r)
		    assert r.status == int(status), (path, r.status)
		    assert d["status"] == r.status, (path, d)
		    assert d["parameter"] == parameter, (path, d)
		    assert words in d["error"], (path, d)
		    print(path)
	EOF
	python3 problems.py "$SERVE_PORT" >named <<-EOF
		422 $HISTORICAL/AAPL?limit=0 limit 1 to 10000
		422 $HISTORICAL/AAPL?limit=10001 limit 1 to 10000
		422 $HISTORICAL/AAPL?limit=1x limit 1 to 10000
		400 $HISTORICAL/AAPL?limit=1&limit=2 limit twice
		422 $HISTORICAL/AAPL?timeframe=2h timeframe 1m 5m 15m
		422 $HISTORICAL/AAPL?order=up order asc or desc
		422 $HISTORICAL/AAPL?adjusted=1 adjusted true, false or total
		422 $HISTORICAL/AAPL?start=yesterday start 2024-07-01
		422 $HISTORICAL/AAPL?start=2024-02-30 start 2024-07-01
		400 $HISTORICAL/AAPL?start=1719792000 start expected ms since 1970, that is 1719792000000
		400 $HISTORICAL/AAPL?end=1719792000 end looks like seconds
		400 $HISTORICAL/AAPL?start=1985-01-02 start before 1990
		400 $HISTORICAL/AAPL?start=20240701 start before 1990
		422 $HISTORICAL/AAPL?start=2024-02-03&end=2024-02-01 end later time
		422 $HISTORICAL/AAPL?cursor=x cursor next
		422 $HISTORICAL/AAPL?clock=x clock wall market
		400 $HISTORICAL/AAPL?foo=1 foo expected adjusted
		400 $HISTORICAL/AAPL?limit=$(printf '%0200d' 1) limit 128 bytes
		400 $FEATURES/AAPL?adjusted=true adjusted no such parameter
		400 $HISTORICAL/A%20B symbol symbol
		400 $HISTORICAL/%2e%2e%2fetc%2fpasswd symbol symbol
		400 $HISTORICAL/AAPL%27%3B%20DROP symbol symbol
		422 /api/v1/admin/features/staleness?status=old status fresh
		422 /api/v1/admin/features/staleness?limit=-1 limit 0 for all
		400 /metrics?x=1 x no parameter
		400 /health?x=1 x no parameter
	EOF
	[ "$(wc -l <named)" -eq 26 ]
	run -0 ask "$HISTORICAL/AAPL?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1"
	[[ $output == *"too many parameters"* ]]
	for path in /nope /api/v1 "$HISTORICAL/AAPL/x" // \
		/../../etc/passwd /%2e%2e/%2e%2e/etc/passwd; do
		[ "$(status_of "$path")" = 404 ] || fail "$path"
	done
	[ "$(status_of "/$(printf '%03000d' 1)")" = 414 ]
	for method in POST PUT DELETE OPTIONS; do
		[ "$(status_of /health -X $method)" = 405 ]
	done
	[ "$(header allow /health -X POST)" = 'GET, HEAD' ]
	# A body is not waited for.
	[ "$(status_of /health -X POST -H 'Content-Length: 1000000' \
		-H 'Expect:' -d x --max-time 5)" = 405 ]
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
}

@test "every answer has the security headers" {
	fill_store AAPL
	start_serve
	for path in / /health /nope "$HISTORICAL/AAPL" "$HISTORICAL/AAPL?x=1"; do
		[ "$(header x-content-type-options "$path")" = nosniff ]
		[ "$(header x-frame-options "$path")" = DENY ]
		[ "$(header referrer-policy "$path")" = no-referrer ]
		[[ $(header content-security-policy "$path") == \
			*"default-src 'none'"* ]]
	done
}

@test "with a token, nothing but /health without it" {
	fill_store AAPL
	(umask 077; echo secret-token >token)
	start_serve --token-file token -v
	[ "$(status_of /health)" = 200 ]
	for path in / /metrics "$HISTORICAL/AAPL" /nope /api/v1/symbols; do
		[ "$(status_of "$path")" = 401 ] || fail "$path"
	done
	[ "$(header www-authenticate /)" = Bearer ]
	for wrong in 'Bearer' 'Bearer ' 'Bearer x' 'Bearer secret-toke' \
		'Bearer secret-token2' 'Bearer secret-tokem' \
		'Basic secret-token' 'secret-token'; do
		[ "$(status_of / -H "Authorization: $wrong")" = 401 ] ||
			fail "$wrong"
	done
	[ "$(status_of / -H 'Authorization: Bearer secret-token')" = 200 ]
	[ "$(status_of /nope -H 'Authorization: Bearer secret-token')" = 404 ]
	run grep -c 'secret-tok' "$SERVE_ERR"
	assert_output 0
	run tr '\0' ' ' <"/proc/$SERVE_PID/cmdline"
	refute_output --partial secret-token
}

@test "a server that goes away is 503, and is back when it is back" {
	only_postgres "a server"
	own_server
	fill_store AAPL
	start_serve --as-of "$NOW"
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
	"$MD_ROOT/tests/postgres.sh" stop "$MD_PG_DIR"
	# What was kept in memory may be answered for a while.
	status=$(status_of "$HISTORICAL/AAPL?limit=7")
	"$MD_ROOT/tests/postgres.sh" resume "$MD_PG_DIR" 3>&-
	assert_equal "$status" 503
	serves() {
		[ "$(status_of "$HISTORICAL/AAPL?limit=7")" = 200 ]
	}
	wait_for 30 serves
}

@test "a store that goes away is 503, and is back when it is back" {
	only_sqlite "a file"
	fill_store AAPL
	start_serve
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
	mkdir away
	mv "$MD_DB"* away
	[ "$(status_of "$HISTORICAL/AAPL")" = 503 ]
	[ "$(status_of /health)" = 503 ]
	[ "$(header retry-after "$HISTORICAL/AAPL")" = 1 ]
	# Where it is, readers are not told.
	run -0 ask "$HISTORICAL/AAPL"
	refute_output --partial "$MD_DB"
	mv away/* "$(dirname "$MD_DB")"
	wait_for 30 is_up
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
	grep -q 'is there again' "$SERVE_ERR"
	# Another store in its place.
	start_mock --synthetic --today "$NOW"
	mdbackfill -q --db other.db --as-of "$NOW" -t 1d MSFT
	stop_mock
	rm -f "$MD_DB"*
	mv other.db "$MD_DB"
	wait_for 30 is_up
	[ "$(ask /api/v1/symbols | field 'd["symbols"][0]["symbol"]')" = MSFT ]
	stop_serve
	[ "$SERVE_STATUS" -eq 143 ]
}

@test "it waits for a store that is not there yet" {
	use_store
	use_no_store
	start_serve
	[ "$(status_of "$HISTORICAL/AAPL")" = 503 ]
	fill_store AAPL
	wait_for 30 is_up
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
	[ "$(note "$HISTORICAL/NONE")" = '[true, null]' ]
	wait_for 30 noted 'NONE|1d|1'
}

@test "a file that is no store is 503, and an empty one says what to do" {
	only_sqlite "a file"
	use_store
	echo "not a database, whatever it may look like" >"$MD_DB"
	start_serve
	[ "$(status_of /metrics)" = 503 ]
	stop_serve
	rm -f "$MD_DB"
	new_store
	start_serve
	run -0 ask /metrics
	[[ $output == *"run mdbackfill first"* ]]
	[ "$(status_of /health)" = 200 ]
}

@test "a locked store: readers go on beside a writer, 503 when shut out" {
	only_sqlite "one lock on all of it"
	fill_store AAPL
	start_serve
	python3 - "$MD_DB" "$SERVE_URL" <<-'EOF'
		import sqlite3, sys, time, urllib.error, urllib.request
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		def status(path="/api/v1/historical/AAPL"):
		    try:
		        return urllib.request.urlopen(sys.argv[2] + path).status
		    except urllib.error.HTTPError as e:
		        return e.code
		db.execute("BEGIN EXCLUSIVE")
		db.execute("UPDATE bars SET close = 1, low = 0.5")
		assert status() == 200
		assert status("/metrics") == 200
		db.execute("ROLLBACK")
	EOF
	stop_serve
	# Nobody may read one that is held with this lock.
	python3 - "$MD_DB" <<-'EOF' 3>&- &
		import signal, sqlite3, sys
		db = sqlite3.connect(sys.argv[1], isolation_level=None)
		db.execute("PRAGMA locking_mode = EXCLUSIVE")
		db.execute("BEGIN EXCLUSIVE")
		db.execute("UPDATE series SET active = 1")
		open("locked", "w").close()
		signal.pause()
	EOF
	local holder=$!

	wait_for 30 test -e locked
	start_serve
	[ "$(status_of "$HISTORICAL/AAPL")" = 503 ]
	kill $holder
	wait $holder || true
	wait_for 30 is_up
	[ "$(status_of "$HISTORICAL/AAPL")" = 200 ]
}

@test "while a backfill writes, readers read and it ends well" {
	fill_store AAPL
	start_mock --synthetic --today "$NOW"
	start_serve
	mdbackfill -q --as-of "$NOW" -t 1m --days 60 --rate 100000/min \
		X:BTCUSD X:ETHUSD 3>&- &
	local writer=$! n=0

	# more than a hundred new ones a minute are not noted
	while kill -0 $writer 2>/dev/null; do
		[ "$(status_of "$HISTORICAL/AAPL?timeframe=1h")" = 200 ]
		[ $n -lt 50 ] || continue
		[ "$(status_of "$HISTORICAL/M$n")" = 404 ]
		n=$((n + 1))
	done
	wait $writer
	[ $n -gt 2 ]
	wait_for 30 noted "M$((n - 1))|1d|1"
}

@test "SIGTERM lets an answer under way be fetched, then ends with 143" {
	fill_store X:BTCUSD
	start_serve --as-of "$NOW"
	python3 - "$SERVE_PORT" "$SERVE_PID" <<-'EOF'
		import os, signal, socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		s.connect(("127.0.0.1", int(sys.argv[1])))
		idle = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.sendall(b"GET /api/v1/historical/X:BTCUSD?timeframe=1h&limit=10000"
		    b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
		got = s.recv(1000)
		os.kill(int(sys.argv[2]), signal.SIGTERM)
		begin = time.monotonic()
		while True:
		    try:
		        socket.create_connection(
		            ("127.0.0.1", int(sys.argv[1])), 2).close()
		        assert time.monotonic() - begin < 8, \
		            "it still takes connections"
		        time.sleep(.005)
		    except ConnectionError:
		        break
		s.settimeout(30)
		while not got.endswith(b"]}\n"):
		    part = s.recv(65536)
		    assert part, "cut after %d bytes" % len(got)
		    got += part
		head, body = got.split(b"\r\n\r\n", 1)
		want = [l for l in head.split(b"\r\n")
		    if l.lower().startswith(b"content-length")]
		assert len(body) == int(want[0].split(b":")[1]) > 300000
	EOF
	SERVE_STATUS=0
	wait "$SERVE_PID" || SERVE_STATUS=$?
	SERVE_PID=
	[ "$SERVE_STATUS" -eq 143 ]
	[ "$(grep -vc 'listening on' "$SERVE_ERR")" -eq 0 ]
}

@test "SIGINT ends it with 130, and nobody waits for idle connections" {
	use_store
	# It takes the signal by waiting for it, without a handler to look for.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' mdserve -q --listen 127.0.0.1:0 \
		--port-file port --idle-timeout 1h 3>&- &
	SERVE_PID=$!
	wait_for 30 test -s port
	python3 - "$(cat port)" "$SERVE_PID" <<-'EOF'
		import os, signal, socket, sys
		idle = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		    for _ in range(20)]
		idle[0].sendall(b"GET /heal")
		os.kill(int(sys.argv[2]), signal.SIGINT)
		for s in idle:
		    s.settimeout(8)
		    try:
		        assert s.recv(100) == b""
		    except ConnectionResetError:
		        pass
	EOF
	SERVE_STATUS=0
	wait "$SERVE_PID" || SERVE_STATUS=$?
	SERVE_PID=
	[ "$SERVE_STATUS" -eq 130 ]
}

@test "half requests, slow senders and slow readers do not hold up others" {
	fill_store X:BTCUSD
	start_serve --idle-timeout 1s --answer-timeout 1s
	python3 - "$SERVE_PORT" <<-'EOF'
		import socket, sys, time, urllib.request
		port = int(sys.argv[1])
		def connect():
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		    s.connect(("127.0.0.1", port))
		    s.settimeout(20)
		    return s
		half = [connect() for _ in range(100)]
		for s in half:
		    s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ")
		readers = [connect() for _ in range(20)]
		for s in readers:
		    s.sendall(b"GET /api/v1/historical/X:BTCUSD?timeframe=1h&"
		        b"limit=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
		drip, begin = connect(), time.monotonic()
		drip.sendall(b"GET /health HTTP/1.1\r\nX: ")
		dripped = None
		slow = readers[0]
		while time.monotonic() - begin < 3 or dripped is None:
		    # A byte now and then is not enough.
		    assert time.monotonic() - begin < 30
		    d = urllib.request.urlopen("http://127.0.0.1:%d/health" % port,
		        timeout=20)
		    assert d.status == 200
		    if dripped is None:
		        try:
		            drip.sendall(b"y")
		        except ConnectionError:
		            dripped = time.monotonic() - begin
		    time.sleep(.02) # now and then: well within what is allowed
		def closed(s):
		    try:
		        while s.recv(1 << 20):
		            pass
		    except ConnectionResetError:
		        pass
		    return True
		assert all(closed(s) for s in half)
		assert all(closed(s) for s in readers)
	EOF
}

@test "10,000 idle connections, and others are served" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 10400 ] ||
		skip "open files are limited to $(ulimit -Hn)"
	fill_store AAPL
	start_serve --connections 10100
	python3 - "$SERVE_PORT" "$SERVE_PID" <<-'EOF'
		import resource, socket, sys, time, urllib.request
		soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
		resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
		port = int(sys.argv[1])
		idle = [socket.create_connection(("127.0.0.1", port), 20)
		    for _ in range(10000)]
		for i in range(50):
		    d = urllib.request.urlopen("http://127.0.0.1:%d"
		        "/api/v1/historical/AAPL?limit=%d" % (port, i + 1),
		        timeout=10)
		    assert d.status == 200 and d.read()
		# They are connections still, not leftovers.
		for s in idle[::500]:
		    s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
		    s.settimeout(10)
		    assert s.recv(12) == b"HTTP/1.1 200"
		rss = [int(l.split()[1]) for l in open("/proc/%s/status" %
		    sys.argv[2]) if l.startswith("VmRSS")][0]
		print("# %d MiB" % (rss // 1024))
	EOF
	wait_for 30 is_up
}

@test "malformed requests: no crash, and others are served" {
	fill_store AAPL X:BTCUSD
	export ASAN_OPTIONS=$ASAN_OPTIONS:suppressions=$MD_ROOT/tests/asan.supp
	start_serve --idle-timeout 1s
	run -0 python3 "$MD_ROOT/tests/fuzz_http.py" "$SERVE_PORT" 3000 20
	assert_output --partial 'requests, seed'
	is_up
	[ "$(bars_of | wc -l)" -gt 100 ]
}

@test "-v shows requests, -q says nothing" {
	fill_store AAPL
	start_serve -v
	ask "$HISTORICAL/AAPL?limit=1" >answer
	stop_serve
	grep -q '^mdserve: 200 GET /api/v1/historical/AAPL?limit=1$' "$SERVE_ERR"
	: >"$SERVE_ERR"
	start_serve -q
	ask "$HISTORICAL/AAPL?limit=1" >answer
	stop_serve
	[ ! -s "$SERVE_ERR" ]
	[ ! -s "$BATS_TEST_TMPDIR/serve.out" ]
}
