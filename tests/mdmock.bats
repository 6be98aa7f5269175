#!/usr/bin/env bats
# The server through curl: the protocol, then each thing it does wrong.

load helper

DAY=/v2/aggs/ticker/AAPL/range/1/day/2024-02-26/2024-03-01

# json EXPRESSION: of the document d on stdin.
json() {
	python3 -c 'import datetime, json, sys
d = json.load(sys.stdin)
r = d.get("results", []) if isinstance(d, dict) else d
print(eval(sys.argv[1]))' "$1"
}

# status PATH [CURL OPTIONS...]: the HTTP status alone.
status() {
	get "$@" -o /dev/null -w '%{http_code}'
}

# damaged RULE: the page of DAY with this fault, in $PAGE.
damaged() {
	PAGE=$BATS_TEST_TMPDIR/page
	restart_mock --synthetic --today 2024-03-01 --fault "$1"
	get "$DAY" >"$PAGE"
}

@test "mdmock: help, version, misuse" {
	standard_checks mdmock
}

@test "mdmock: what is wrong with an option is said in one line" {
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err

	misused "$MD_BUILD/mdmock" "$out" "$err"
	assert_equal "$(cat "$err")" \
		"mdmock: expected --data DIR or --synthetic; see mdmock -h"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --fault statu=503
	grep -q -- "--fault: 'statu=503': expected one of status" "$err"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --fault status
	grep -q "expected an HTTP status from 200 to 599" "$err"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --rate 5
	grep -q "expected a number of requests such as 5/min" "$err"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --listen nowhere
	grep -q "such as 127.0.0.1:8080" "$err"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic=x
	grep -q "expected a whole number" "$err"
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --data .
	misused "$MD_BUILD/mdmock" "$out" "$err" --synthetic --today yesterday
	grep -q "expected a date such as" "$err"
}

@test "mdmock: a folder without bars ends it with 69" {
	run "$MD_BUILD/mdmock" --data "$BATS_TEST_TMPDIR"
	assert_failure 69
	assert_output --partial "bars: No such file"
}

@test "mdmock: it writes its port, says where it listens, and ends on signals" {
	"$MD_BUILD/mdmock" --synthetic --port-file "$BATS_TEST_TMPDIR/port" \
		2>"$BATS_TEST_TMPDIR/err" 3>&- &
	MOCK_PID=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/port"
	wait_for 30 test -s "$BATS_TEST_TMPDIR/err"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/err")" \
		"mdmock: listening on http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")"
	stop_mock INT
	assert_equal "$MOCK_STATUS" 130
	start_mock --synthetic
	stop_mock TERM
	assert_equal "$MOCK_STATUS" 143
	assert_equal "$(cat "$BATS_TEST_TMPDIR/mock.err")" ""
}

@test "mdmock: a port in use ends it with 69" {
	start_mock --synthetic
	run "$MD_BUILD/mdmock" --synthetic --listen "${MOCK_URL#http://}"
	assert_failure 69
	assert_output --partial "cannot listen on"
}

@test "mdmock: it listens on IPv6, and next_url says so" {
	[ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 ||
		skip "no IPv6 loopback"
	start_mock --synthetic --listen '[::1]:0' --page 1
	MOCK_URL="http://[::1]:${MOCK_URL##*:}"
	run json 'd["next_url"]' < <(get "$DAY" -g)
	assert_output --partial "$MOCK_URL/v2/aggs/ticker/AAPL/range/1/day/17"
}

@test "mdmock: another address than loopback is served with a warning" {
	start_mock --synthetic --listen 0.0.0.0:0
	grep -q "not a loopback address" "$BATS_TEST_TMPDIR/mock.err"
}

@test "mdmock: a page has the API's members in its order" {
	start_mock --synthetic --today 2024-03-01
	run get "$DAY?adjusted=false"
	assert_output --regexp '^\{"ticker":"AAPL","queryCount":5,"resultsCount":5,"adjusted":false,"results":\[\{"v":[0-9.e+]+,"vw":[0-9.]+,"o":[0-9.]+,"c":[0-9.]+,"h":[0-9.]+,"l":[0-9.]+,"t":1708923600000,"n":[0-9]+\},.*\],"status":"OK","request_id":"[0-9a-f]{32}","count":5\}$'
	get "$DAY" -D- -o /dev/null | grep -qi '^content-type: application/json'
}

@test "mdmock: volumes from a million are written with an exponent" {
	start_mock --synthetic --today 2024-03-01
	get /v2/aggs/ticker/AMZN/range/1/month/2023-01-01/2023-12-31 |
		grep -qE '"v":[0-9](\.[0-9]+)?e\+0[6-9],'
}

@test "mdmock: no key is 401, any key is good, unless one is given" {
	start_mock --synthetic --today 2024-03-01
	run curl -s "$MOCK_URL$DAY" -w '%{http_code}'
	assert_output --partial '"error":"API Key was not provided"}401'
	assert_equal "$(status "$DAY")" 200
	assert_equal "$(curl -s -o /dev/null -w '%{http_code}' \
		"$MOCK_URL$DAY?apiKey=whatever")" 200
	restart_mock --synthetic --key right-key-42
	run get "$DAY" -w '%{http_code}'
	assert_output --partial '"status":"ERROR","request_id":"'
	assert_output --partial '"error":"Unknown API Key"}401'
	POLYGON_API_KEY=right-key-42
	assert_equal "$(status "$DAY")" 200
}

@test "mdmock: unknown paths are 404, malformed requests 400, in JSON" {
	local t=/v2/aggs/ticker/AAPL/range

	start_mock --synthetic
	run get /v9/nothing -w '%{http_code}'
	assert_output --partial '"status":"NOT_FOUND"'
	assert_output --partial '404'
	assert_equal "$(status /)" 404
	assert_equal "$(status "$t/1/day/2024-01-01")" 404
	for bad in 1/day/2024-01-01/2024-13-01 1/day/x/2024-01-01 \
		1/fortnight/2024-01-01/2024-01-02 7/minute/2024-01-01/2024-01-02 \
		1/day/2024-01-02/2024-01-01 x/day/2024-01-01/2024-01-02 \
		'1/day/2024-01-01/2024-01-02?limit=0' \
		'1/day/2024-01-01/2024-01-02?limit=50001' \
		'1/day/2024-01-01/2024-01-02?limit=ten' \
		'1/day/2024-01-01/2024-01-02?sort=up' \
		'1/day/2024-01-01/2024-01-02?adjusted=maybe' \
		'1/day/2024-01-01/2024-01-02?cursor=AAAA'; do
		run get "$t/$bad" -w '%{http_code}'
		assert_output --partial '"status":"ERROR"'
		assert_output --regexp '}400$'
	done
	assert_equal "$(status "$DAY" -X POST)" 405
}

@test "mdmock: an unknown ticker has no results, and no such member" {
	start_mock --synthetic
	run get /v2/aggs/ticker/ZZTOP/range/1/day/2024-01-01/2024-03-01
	assert_output --regexp '^\{"ticker":"ZZTOP","queryCount":0,"resultsCount":0,"adjusted":true,"status":"OK",'
}

@test "mdmock: from and to may be milliseconds, both inclusive" {
	start_mock --synthetic --today 2024-03-01
	local p=/v2/aggs/ticker/AAPL/range/1/day

	assert_equal "$(get $p/1708923600000/1709010000000 |
		json '[x["t"] for x in r]')" "[1708923600000, 1709010000000]"
	assert_equal "$(get $p/1708923600001/1709009999999 | json 'len(r)')" 0
}

@test "mdmock: sort=desc gives the same bars, newest first" {
	start_mock --synthetic --today 2024-03-01
	get "$DAY" >"$BATS_TEST_TMPDIR/up"
	get "$DAY?sort=desc" >"$BATS_TEST_TMPDIR/down"
	assert_equal "$(json 'r[::-1]' <"$BATS_TEST_TMPDIR/up")" \
		"$(json 'r' <"$BATS_TEST_TMPDIR/down")"
}

@test "mdmock: pages follow one another through next_url alone" {
	start_mock --synthetic --today 2024-03-01 --key "$POLYGON_API_KEY"
	run python3 - "$MOCK_URL" "$POLYGON_API_KEY" <<'PY'
import json, sys, urllib.request
base, key = sys.argv[1:]
def get(url):
    assert url.startswith(base + "/v2/aggs/ticker/X:BTCUSD/range/1/hour/"), url
    q = urllib.request.Request(url, headers={"Authorization": "Bearer " + key})
    return json.load(urllib.request.urlopen(q))
path = base + "/v2/aggs/ticker/X:BTCUSD/range/1/hour/2024-02-01/2024-02-10?adjusted=false&limit="
whole = get(path + "50000")
assert "next_url" not in whole and whole["resultsCount"] == 240
assert whole["queryCount"] == 14400
for sort in "asc", "desc":
    page = get(path + "1000&sort=" + sort)
    rows, pages = [], 0
    while True:
        pages += 1
        assert page["queryCount"] == 60 * page["resultsCount"] <= 1000
        assert page["adjusted"] is False
        rows += page["results"]
        if "next_url" not in page:
            break
        assert page["resultsCount"] == 16, page["resultsCount"]
        page = get(page["next_url"])
    assert pages == 15, pages
    assert (rows if sort == "asc" else rows[::-1]) == whole["results"]
print("good")
PY
	assert_output good
}

@test "mdmock: the default limit is 5000, --page lowers any" {
	start_mock --synthetic --today 2024-03-01
	local p=/v2/aggs/ticker/X:BTCUSD/range/1/minute/2024-01-01/2024-01-31

	assert_equal "$(get $p | json 'd["resultsCount"], "next_url" in d')" \
		"(5000, True)"
	restart_mock --synthetic --page 100 --next-host https://api.example.com
	assert_equal "$(get "$p?limit=50000" | json 'd["queryCount"]')" 100
	get "$p?limit=50000" | json 'd["next_url"]' |
		grep -q '^https://api.example.com/v2/aggs/ticker/X:BTCUSD/'
}

@test "mdmock: gzip for who takes it, the same bytes inside" {
	start_mock --synthetic --today 2024-03-01
	get "$DAY" -D "$BATS_TEST_TMPDIR/head" >"$BATS_TEST_TMPDIR/plain"
	! grep -qi content-encoding "$BATS_TEST_TMPDIR/head"
	get "$DAY" --compressed -D "$BATS_TEST_TMPDIR/head" \
		>"$BATS_TEST_TMPDIR/gzip"
	grep -qi '^content-encoding: gzip' "$BATS_TEST_TMPDIR/head"
	# Again, from the cache.
	get "$DAY" --compressed >"$BATS_TEST_TMPDIR/again"
	cmp "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/gzip"
	cmp "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/again"
}

@test "mdmock: connections are kept" {
	start_mock --synthetic
	# A new one for the first request, none for the second.
	assert_equal "$(get "$DAY" -o /dev/null -w '%{num_connects}' \
		--next -s -o /dev/null -w '%{num_connects}' "$MOCK_URL/")" 10
}

@test "mdmock: nothing is newer than --today, a date or a time" {
	start_mock --synthetic --today 2024-02-27
	assert_equal "$(get "$DAY" | json 'len(r)')" 2
	restart_mock --synthetic --today 2024-02-27T14:32:30Z
	# 09:32:30 in New York: three minutes of the session have begun.
	local p=/v2/aggs/ticker/AAPL/range/1
	assert_equal "$(get $p/minute/2024-02-27/2024-02-28 | json 'len(r)')" 3
	get $p/minute/2024-02-27/2024-02-28 >"$BATS_TEST_TMPDIR/minutes"
	get $p/day/2024-02-27/2024-02-28 >"$BATS_TEST_TMPDIR/day"
	assert_equal "$(json 'r[0]["o"], r[-1]["c"], sum(x["v"] for x in r)' \
		<"$BATS_TEST_TMPDIR/minutes")" \
		"$(json 'r[0]["o"], r[0]["c"], r[0]["v"]' \
			<"$BATS_TEST_TMPDIR/day")"
}

@test "mdmock: answers are dated by its own clock" {
	local want

	date_of() {
		get "$@" -D- -o /dev/null | tr -d '\r' | grep -i '^date:'
	}
	start_mock --synthetic --today 2024-02-27T14:32:30.700Z
	want="Date: Tue, 27 Feb 2024 14:32:30 GMT"
	assert_equal "$(date_of "$DAY")" "$want"
	assert_equal "$(date_of "$DAY" --compressed)" "$want"
	assert_equal "$(date_of /v1/marketstatus/now)" "$want"
	assert_equal "$(date_of /v9/nothing)" "$want"
	# The end of the local day of whose bars it is asked for.
	restart_mock --synthetic --today 2024-02-27 --fault status=503:times=1
	want="Date: Wed, 28 Feb 2024 04:59:59 GMT"
	assert_equal "$(date_of "$DAY")" "$want"
	assert_equal "$(date_of "$DAY")" "$want"
	assert_equal "$(date_of "${DAY/AAPL/X:BTCUSD}")" \
		"Date: Tue, 27 Feb 2024 23:59:59 GMT"
	assert_equal "$(date_of \
		/v2/aggs/grouped/locale/global/market/crypto/2024-02-27)" \
		"Date: Tue, 27 Feb 2024 23:59:59 GMT"
	# Without --today it is now.
	restart_mock --synthetic
	run python3 -c 'import email.utils, sys, time
t = email.utils.parsedate_to_datetime(sys.argv[1][6:]).timestamp()
print(abs(time.time() - t) < 60)' "$(date_of "$DAY")"
	assert_output True
}

# starts SPAN [FROM TO]: when the windows of a forex pair begin.
starts() {
	get "/v2/aggs/ticker/C:EURUSD/range/1/$1/${2:-2024-03-01}/${3:-2024-03-31}" |
		json '[datetime.datetime.utcfromtimestamp(x["t"] / 1000).strftime("%a %H") for x in r]' |
		tr -d "[]'" | tr , '\n' | sed 's/^ //' | sort -u | paste -sd ' '
}

@test "mdmock: days of forex start in New York, or at midnight UTC" {
	start_mock --synthetic --today 2024-04-02
	assert_equal "$(starts day 2024-03-04 2024-03-08)" \
		"Fri 05 Mon 05 Thu 05 Tue 05 Wed 05"
	assert_equal "$(starts week)" "Sun 04 Sun 05"
	assert_equal "$(starts day 2024-03-09 2024-03-10)" "Sun 05"
	get "$DAY" >"$BATS_TEST_TMPDIR/stock"
	restart_mock --synthetic --today 2024-04-02 --fx-grid newyork
	assert_equal "$(starts week)" "Sun 04 Sun 05"

	restart_mock --synthetic --today 2024-04-02 --fx-grid utc
	assert_equal "$(starts day)" \
		"Fri 00 Mon 00 Sun 00 Thu 00 Tue 00 Wed 00"
	assert_equal "$(starts week)" "Sun 00"
	assert_equal "$(starts month 2024-01-01)" "Fri 00 Mon 00 Thu 00"
	get "$DAY" | cmp - "$BATS_TEST_TMPDIR/stock"
	# A day that is open grows with the clock, from its own midnight on.
	restart_mock --synthetic --today 2024-03-05T03:00:00Z --fx-grid utc
	run json '(r[-1]["t"] - 1709596800000) / 3600000' < \
		<(get /v2/aggs/ticker/C:EURUSD/range/1/hour/2024-03-05/2024-03-05)
	assert_output 3.0
	get /v2/aggs/ticker/C:EURUSD/range/1/minute/2024-03-05/2024-03-05 \
		>"$BATS_TEST_TMPDIR/minutes"
	get /v2/aggs/ticker/C:EURUSD/range/1/day/2024-03-05/2024-03-05 \
		>"$BATS_TEST_TMPDIR/day"
	assert_equal "$(json 'r[0]["t"], r[0]["o"], r[-1]["c"], sum(x["v"] for x in r)' \
		<"$BATS_TEST_TMPDIR/minutes")" \
		"$(json 'r[0]["t"], r[0]["o"], r[0]["c"], r[0]["v"]' \
			<"$BATS_TEST_TMPDIR/day")"
	run get /v2/aggs/ticker/C:EURUSD/prev
	assert_output --partial '"t":1709596799999,'
}

@test "mdmock: the same seed and ticker give the same bars, another seed others" {
	start_mock --synthetic=3 --today 2024-03-01
	get "$DAY" >"$BATS_TEST_TMPDIR/a"
	restart_mock --seed 3 --synthetic --today 2024-03-01
	get "$DAY" >"$BATS_TEST_TMPDIR/b"
	restart_mock --synthetic=4 --today 2024-03-01
	get "$DAY" >"$BATS_TEST_TMPDIR/c"
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	! cmp -s "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/c"
}

@test "mdmock: splits by ticker and date, in pages" {
	start_mock --synthetic --today 2024-03-01
	run python3 - "$MOCK_URL" <<'PY'
import json, sys, urllib.request
base = sys.argv[1]
def get(url):
    q = urllib.request.Request(url, headers={"Authorization": "Bearer k"})
    return json.load(urllib.request.urlopen(q))
path = base + "/v3/reference/splits?limit="
rows = get(path + "1000")["results"]
dates = [r["execution_date"] for r in rows]
assert len(rows) > 2 and dates == sorted(dates, reverse=True)
up = get(path + "1000&order=asc")["results"]
assert [r["execution_date"] for r in up] == dates[::-1]
page, got = get(path + "2"), []
while True:
    got += page["results"]
    if "next_url" not in page:
        break
    page = get(page["next_url"])
assert got == rows
one = rows[1]
assert get(path + "10&ticker=" + one["ticker"] + "&execution_date=" + one["execution_date"])["results"] == [one]
gte = get(path + "1000&execution_date.gte=" + one["execution_date"])["results"]
assert gte == [r for r in rows if r["execution_date"] >= one["execution_date"]]
gt = get(path + "1000&execution_date.gt=" + one["execution_date"])["results"]
assert gt == [r for r in rows if r["execution_date"] > one["execution_date"]]
assert get(path + "10&ticker=ZZTOP")["results"] == []
names = [r["ticker"] for r in get(path + "1000&sort=ticker")["results"]]
assert names == sorted(names)
print("good")
PY
	assert_output good
	assert_equal "$(status '/v3/reference/splits?limit=1001')" 400
	assert_equal "$(status '/v3/reference/splits?execution_date.gte=x')" 400
}

@test "mdmock: a day of all stocks carries the day's end" {
	start_mock --synthetic --today 2024-03-01
	run json 'r[0]["T"], r[0]["t"], len(r), d["queryCount"]' < \
		<(get /v2/aggs/grouped/locale/us/market/stocks/2024-02-27)
	assert_output "('AAPL', 1709067600000, 24, 24)"
	run json '[x["T"] for x in r]' < \
		<(get /v2/aggs/grouped/locale/global/market/crypto/2024-02-27)
	assert_output "['X:BTCUSD', 'X:ETHUSD', 'X:SOLUSD']"
	# A Sunday has none.
	run json 'd["resultsCount"], "results" in d' < \
		<(get /v2/aggs/grouped/locale/us/market/stocks/2024-02-25)
	assert_output "(0, False)"
}

@test "mdmock: the previous day, the market's status, the tickers" {
	start_mock --synthetic --today 2024-02-26T15:00:00Z
	run json 'd["resultsCount"], r[0]["T"], r[0]["t"]' < \
		<(get /v2/aggs/ticker/AAPL/prev)
	assert_output "(1, 'AAPL', 1708722000000)"
	run json 'd["market"], d["serverTime"]' < <(get /v1/marketstatus/now)
	assert_output "('open', '2024-02-26T10:00:00-05:00')"
	run json '[x["ticker"] for x in r]' < \
		<(get '/v3/reference/tickers?market=crypto&limit=2')
	assert_output "['X:BTCUSD', 'X:ETHUSD']"
}

@test "mdmock: the holidays to come, and what its folder announces" {
	start_mock --synthetic --today 2024-11-20T15:00:00Z
	run -0 get /v1/marketstatus/upcoming
	assert_output --partial '{"date":"2024-11-28","exchange":"NYSE"'
	assert_output --partial '"status":"early-close","open":"2024-11-29T14:30:00Z","close":"2024-11-29T18:00:00Z"}'
	assert_equal "$(grep -o '"date"' <<<"$output" | wc -l)" 28
	mkdir -p "$BATS_TEST_TMPDIR/data/bars"
	printf '%s\n' date,name,close "2025-01-08,Blackout," \
		2025-01-10,Storm,12:00 >"$BATS_TEST_TMPDIR/data/upcoming.csv"
	restart_mock --data "$BATS_TEST_TMPDIR/data" \
		--today 2024-12-30T15:00:00Z
	run -0 get /v1/marketstatus/upcoming
	assert_output --partial '"date":"2025-01-08","exchange":"NASDAQ","name":"Blackout","status":"closed"}'
	assert_output --partial '"close":"2025-01-10T17:00:00Z"}'
	echo 2025-01-13,x,25:00 >>"$BATS_TEST_TMPDIR/data/upcoming.csv"
	run mdmock --data "$BATS_TEST_TMPDIR/data" --listen 127.0.0.1:0
	assert_failure
	assert_output --partial "upcoming.csv:4: expected date,name,close"
}

@test "mdmock: a symbol that was asked for is listed from then on" {
	start_mock --synthetic --today 2024-03-01
	get /v2/aggs/ticker/NEWONE/range/1/day/2024-02-26/2024-03-01 >/dev/null
	run json '[x["ticker"] for x in r]' < \
		<(get '/v3/reference/tickers?ticker=NEWONE')
	assert_output "['NEWONE']"
}

@test "mdmock: beyond the rate it answers 429" {
	start_mock --synthetic --rate 3/min
	for _ in 1 2 3; do
		assert_equal "$(status "$DAY")" 200
	done
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 429"
	assert_output --partial '"status":"ERROR"'
	refute_output --partial "Retry-After"
	restart_mock --synthetic --rate 1/min --limited retry-after
	assert_equal "$(status "$DAY")" 200
	run get "$DAY" -i
	assert_output --regexp "Retry-After: (59|60)"
	restart_mock --synthetic --rate 1/s --limited empty
	assert_equal "$(status "$DAY")" 200
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 429"
	assert_output --partial "Content-Length: 0"
	wait_for 30 eval '[ "$(status "$DAY")" = 200 ]'
}

@test "mdmock: sixteen slow answers at once take no longer than one" {
	start_mock --synthetic --latency 200
	run python3 - "$MOCK_URL$DAY" <<'PY'
import sys, threading, time, urllib.request
took = []
def one():
    start = time.monotonic()
    q = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer k"})
    urllib.request.urlopen(q).read()
    took.append(time.monotonic() - start)
threads = [threading.Thread(target=one) for _ in range(16)]
for t in threads: t.start()
for t in threads: t.join()
assert len(took) == 16 and min(took) >= 0.2 and max(took) < 0.6, took
print("good")
PY
	assert_output good
}

@test "mdmock: jitter adds to the latency" {
	start_mock --synthetic --latency 20 --jitter 80
	for _ in 1 2 3 4; do
		get "$DAY" -o /dev/null -w '%{time_total}\n'
	done >"$BATS_TEST_TMPDIR/times"
	run python3 -c 'import sys
t = [float(x) for x in sys.stdin]
print(min(t) >= 0.02 and max(t) - min(t) > 0.005)' <"$BATS_TEST_TMPDIR/times"
	assert_output True
}

@test "mdmock: the access log has a line a request, and no key" {
	start_mock --synthetic
	get "$DAY?limit=5" -A 'my "agent"/1.0' >/dev/null
	curl -s "$MOCK_URL$DAY?apiKey=secret-1&limit=5" >/dev/null
	curl -s "$MOCK_URL$DAY?limit=5&api%4bey=secret-2" >/dev/null
	assert_equal "$(requests)" 3
	assert_equal "$(requests secret)" 0
	run cat "$MOCK_LOG"
	assert_line --index 0 --regexp "^20[0-9-]{8}T[0-9:.]+Z GET $DAY\?limit=5 200 [0-9]+ \"my _agent_/1.0\" 127.0.0.1:[0-9]+$"
	assert_line --index 1 --partial "?apiKey=***&limit=5 200 "
	assert_line --index 2 --partial "&api%4bey=*** 200 "
}

# -- faults --

@test "mdmock: status=CODE answers in the API's words" {
	damaged status=503
	grep -q '^{"status":"ERROR","request_id":"' "$PAGE"
	restart_mock --synthetic --fault status=403:ticker=AAPL
	run get "$DAY" -w '%{http_code}'
	assert_output --partial '{"status":"NOT_AUTHORIZED",'
	assert_output --regexp '}403$'
	assert_equal "$(status "${DAY/AAPL/IBM}")" 200
}

@test "mdmock: html comes with 200 or with a status" {
	start_mock --synthetic --fault html=502:times=1 --fault html:times=1
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 502"
	assert_output --partial "text/html"
	assert_output --partial "<html>"
	assert_equal "$(status "$DAY")" 200
	run get "$DAY"
	assert_output --partial '"status":"OK"'
}

@test "mdmock: error200, redirect, retry-after, retry-date, empty429" {
	start_mock --synthetic --fault error200:times=1 \
		--fault redirect:times=1 --fault retry-after=7:times=1 \
		--fault retry-date=9:times=1 --fault empty429:times=1
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 200"
	assert_output --partial '{"status":"ERROR",'
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 302"
	assert_output --partial "Location: https://evil.example.com$DAY"
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 429"
	assert_output --partial "Retry-After: 7"
	run get "$DAY" -i
	assert_output --regexp "Retry-After: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT"
	run get "$DAY" -i
	assert_output --partial "HTTP/1.1 429"
	assert_output --partial "Content-Length: 0"
	run get "$DAY" -i
	assert_output --partial '"status":"OK"'
}

@test "mdmock: truncated closes after half" {
	start_mock --synthetic --fault truncated
	run get "$DAY"
	assert_failure 18
}

@test "mdmock: stalled sends half and waits, silent sends nothing" {
	start_mock --synthetic --fault stalled:times=1 --fault silent:times=1
	run get "$DAY" --max-time 0.3
	assert_failure 28
	assert_output --partial '{"ticker":"AAPL"'
	run get "$DAY" --max-time 0.3
	assert_failure 28
	refute_output --partial ticker
	# Neither holds up anybody else, nor the end.
	assert_equal "$(status "$DAY")" 200
	stop_mock TERM
	assert_equal "$MOCK_STATUS" 143
}

@test "mdmock: reset breaks the connection" {
	start_mock --synthetic --fault reset
	run get "$DAY"
	assert_failure 56
	assert_output --partial "reset by peer"
}

@test "mdmock: endless does not end" {
	start_mock --synthetic --fault endless
	run bash -c "curl -s --max-time 5 -H 'Authorization: Bearer k' \
		'$MOCK_URL$DAY' | head -c 3000000 | wc -c"
	assert_output 3000000
	run bash -c "curl -s --max-time 5 -H 'Authorization: Bearer k' \
		'$MOCK_URL/v1/marketstatus/now' | head -c 300000 | wc -c"
	assert_output 300000
}

@test "mdmock: slow=BYTES is that slow, and whole" {
	local took

	start_mock --synthetic --today 2024-03-01 --fault slow=1000
	took=$(get "$DAY" -o "$BATS_TEST_TMPDIR/page" -w '%{time_total}')
	run json 'len(r)' <"$BATS_TEST_TMPDIR/page"
	assert_output 5
	run python3 -c "import os, sys
want = os.path.getsize(sys.argv[1]) / 1000
print(want * 0.9 <= $took < want + 1)" "$BATS_TEST_TMPDIR/page"
	assert_output True
}

# took FROM TO CURL OPTIONS...: DAY is got within these seconds, into page.
took() {
	local from=$1 to=$2 seconds

	shift 2
	seconds=$(get "$DAY" -o "$BATS_TEST_TMPDIR/page" -w '%{time_total}' \
		"$@") || return
	awk -v s="$seconds" -v from="$from" -v to="$to" \
		'BEGIN { exit !(from <= s && s < to) }' || fail "$seconds s"
}

@test "mdmock: latency, bandwidth and slicer are slow, and whole" {
	for fault in latency=400 bandwidth=1500 slicer=100/80; do
		restart_mock --synthetic --today 2024-03-01 --fault $fault
		took 0.3 10
		run json 'len(r)' <"$BATS_TEST_TMPDIR/page"
		assert_output 5
	done
	restart_mock --synthetic --today 2024-03-01 --fault slicer=7
	took 0 10
	run json 'len(r)' <"$BATS_TEST_TMPDIR/page"
	assert_output 5
}

@test "mdmock: limit_data ends the body there" {
	start_mock --synthetic --today 2024-03-01 --fault limit_data=50
	run get "$DAY" -o "$BATS_TEST_TMPDIR/page"
	assert_failure 18
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/page")" 50
}

@test "mdmock: slow_close announces no length, and closes that late" {
	start_mock --synthetic --today 2024-03-01 --fault slow_close=400
	took 0.4 10 -D "$BATS_TEST_TMPDIR/headers"
	run json 'len(r)' <"$BATS_TEST_TMPDIR/page"
	assert_output 5
	run cat "$BATS_TEST_TMPDIR/headers"
	refute_output --partial Content-Length
	refute_output --partial chunked
}

@test "mdmock: timeout, reset_peer and down do not answer" {
	start_mock --synthetic --fault timeout=300:times=1 \
		--fault reset_peer:times=1 --fault down=600:times=1
	run get "$DAY"
	assert_failure 52
	run get "$DAY"
	assert_failure 56
	run get "$DAY"
	assert_failure 52
	run get "$DAY"
	assert_failure 52
	wait_for 20 eval '[ "$(status "$DAY")" = 200 ]'
}

@test "mdmock: one answer meets several faults" {
	start_mock --synthetic --today 2024-03-01 \
		--fault latency=300,ticker=OTHER,negative,slicer=50/10:times=1 \
		--fault latency=300,status=503
	took 0.3 10
	run json 'd["ticker"], min(x["l"] for x in r) < 0' \
		<"$BATS_TEST_TMPDIR/page"
	assert_output "('OTHER', True)"
	took 0.3 10 -D "$BATS_TEST_TMPDIR/headers"
	grep -q "^HTTP/1.1 503" "$BATS_TEST_TMPDIR/headers"
}

@test "mdmock: badjson and nan are no JSON" {
	damaged badjson
	run json 1 <"$PAGE"
	assert_failure
	assert [ -s "$PAGE" ]
	restart_mock --synthetic --fault nan
	run get "$DAY"
	assert_output --partial '"o":NaN'
}

@test "mdmock: types makes a price a text and a time a real" {
	damaged types
	run json '[type(x["o"]).__name__ for x in r], [type(x["t"]).__name__ for x in r]' <"$PAGE"
	assert_output "(['float', 'float', 'str', 'float', 'float'], ['int', 'int', 'int', 'float', 'int'])"
}

@test "mdmock: missing leaves a close out" {
	damaged missing
	run json '["c" in x for x in r]' <"$PAGE"
	assert_output "[True, True, False, True, True]"
}

@test "mdmock: duplicate sends a bar twice, conflicting two different ones" {
	damaged duplicate
	run json 'len(r), d["resultsCount"], r[2] == r[3]' <"$PAGE"
	assert_output "(6, 6, True)"
	damaged conflicting
	run json 'len(r), r[2]["t"] == r[3]["t"], r[2]["c"] == r[3]["c"]' <"$PAGE"
	assert_output "(6, True, False)"
}

@test "mdmock: unordered and reversed lose no bar" {
	damaged unordered
	run json '(lambda t: (len(set(t)), t == sorted(t)))([x["t"] for x in r])' <"$PAGE"
	assert_output "(5, False)"
	damaged reversed
	run json '(lambda t: (len(set(t)), t == sorted(t, reverse=True)))([x["t"] for x in r])' <"$PAGE"
	assert_output "(5, True)"
}

@test "mdmock: ticker names another" {
	damaged ticker=IBM
	run json 'd["ticker"]' <"$PAGE"
	assert_output IBM
}

@test "mdmock: outside adds a bar before and one after" {
	damaged outside
	run json '[x["t"] for x in r][0::6]' <"$PAGE"
	assert_output "[1708837200000, 1709355600000]"
}

@test "mdmock: offgrid, highlow and negative damage the middle bar" {
	damaged offgrid
	run json '[x["t"] % 3600000 for x in r]' <"$PAGE"
	assert_output "[0, 0, 1000, 0, 0]"
	damaged highlow
	run json '[x["h"] >= x["l"] for x in r]' <"$PAGE"
	assert_output "[True, True, False, True, True]"
	damaged negative
	run json '[x["l"] > 0 for x in r]' <"$PAGE"
	assert_output "[True, True, False, True, True]"
}

@test "mdmock: empty hides the bars, delayed only says so" {
	damaged empty
	run json 'd["status"], d["resultsCount"], "results" in d' <"$PAGE"
	assert_output "('OK', 0, False)"
	damaged delayed
	run json 'd["status"], len(r)' <"$PAGE"
	assert_output "('DELAYED', 5)"
}

@test "mdmock: behind an emptypage is the real one" {
	local next

	start_mock --synthetic --today 2024-03-01 --fault emptypage
	get "$DAY" >"$BATS_TEST_TMPDIR/page"
	run json 'd["resultsCount"], d["results"]' <"$BATS_TEST_TMPDIR/page"
	assert_output "(0, [])"
	next=$(json 'd["next_url"]' <"$BATS_TEST_TMPDIR/page")
	run json 'len(r), "next_url" in d' < <(get "${next#"$MOCK_URL"}")
	assert_output "(5, False)"
}

@test "mdmock: loop leads to the very page, foreign to another host" {
	start_mock --synthetic --today 2024-03-01 --fault loop
	run json 'd["next_url"]' < <(get "$DAY?limit=2")
	assert_output "$MOCK_URL$DAY?limit=2"
	restart_mock --synthetic --today 2024-03-01 --page 2 \
		--fault foreign=http://127.0.0.1:1:ticker=AAPL --fault foreign
	run json 'd["next_url"]' < <(get "$DAY")
	assert_output --partial "http://127.0.0.1:1/v2/aggs/ticker/AAPL/range/"
	run json 'd["next_url"]' < <(get "${DAY/AAPL/IBM}")
	assert_output --partial "https://evil.example.com/v2/aggs/ticker/IBM/"
}

@test "mdmock: a rule may wait for the second page" {
	local next

	start_mock --synthetic --today 2024-03-01 --page 2 \
		--fault status=500:page=2,times=1
	next=$(get "$DAY" | json 'd["next_url"]')
	assert_equal "$(status "${next#"$MOCK_URL"}")" 500
	assert_equal "$(status "${next#"$MOCK_URL"}")" 200
}

@test "mdmock: faults meet splits too" {
	start_mock --synthetic --fault status=500:endpoint=splits
	assert_equal "$(status /v3/reference/splits)" 500
	assert_equal "$(status "$DAY")" 200
}

GROUPED=/v2/aggs/grouped/locale/us/market/stocks

@test "mdmock: a synthetic market lists the symbols of a file" {
	seq -f 'S%.0f tier=low' 500 >"$BATS_TEST_TMPDIR/list"
	echo X:NEWUSD >>"$BATS_TEST_TMPDIR/list"
	start_mock --synthetic --symbols "$BATS_TEST_TMPDIR/list"
	assert_equal "$(get $GROUPED/2024-02-28 | json 'len(r)')" 524
	run json '"X:NEWUSD" in [x["T"] for x in r]' \
		< <(get /v2/aggs/grouped/locale/global/market/crypto/2024-02-27)
	assert_output True
	run mdmock --synthetic --symbols "$BATS_TEST_TMPDIR/none"
	assert_equal "$status" 78
	assert_output --partial "/none: cannot be read: "
	run mdmock --data . --symbols "$BATS_TEST_TMPDIR/list"
	assert_equal "$status" 64
}

@test "mdmock: late hides the newest sessions, whatever bar they are in" {
	local p=/v2/aggs/ticker/AAPL/range/1 days='[x["t"] for x in r]'

	# Friday is over; on Monday before the open it is still the newest.
	for today in 2024-03-01 2024-03-04T14:00:00Z; do
		restart_mock --synthetic --today $today
		get "$DAY" >"$BATS_TEST_TMPDIR/whole"
		get "$p/week/2024-02-25/2024-03-02" >"$BATS_TEST_TMPDIR/week"
		restart_mock --synthetic --today $today --fault late=2
		assert_equal "$(get "$DAY" | json 'r')" \
			"$(json 'r[:3]' <"$BATS_TEST_TMPDIR/whole")"
		run json 'datetime.datetime.utcfromtimestamp(r[-1]["t"] / 1000)' \
			< <(get "$p/minute/2024-02-26/2024-03-01")
		assert_output "2024-02-28 20:59:00"
		# The week is there, without them.
		run python3 -c 'import json, sys
late, week, day = (json.load(open(f))["results"] for f in sys.argv[1:])
print(late[0]["t"] == week[0]["t"], late[0]["v"] < week[0]["v"],
    late[0]["c"] == day[2]["c"])' \
			<(get "$p/week/2024-02-25/2024-03-02") \
			"$BATS_TEST_TMPDIR/week" "$BATS_TEST_TMPDIR/whole"
		assert_output "True True True"
		assert_equal "$(get $GROUPED/2024-02-29 | json 'len(r)')" 0
		assert_equal "$(get $GROUPED/2024-02-28 | json 'len(r)')" 24
		# The day before is an older one.
		assert_equal "$(get /v2/aggs/ticker/AAPL/prev | json "$days")" \
			"[1709154000000]"
	done
	# A session that is open is one, and a day of crypto.
	restart_mock --synthetic --today 2024-03-04T15:00:00Z \
		--fault late=1:ticker=AAPL --fault late=2:ticker=X:BTCUSD
	assert_equal "$(get $p/day/2024-03-01/2024-03-04 | json "$days")" \
		"[1709269200000]"
	assert_equal "$(get ${p/AAPL/IBM}/day/2024-03-01/2024-03-04 |
		json 'len(r)')" 2
	assert_equal "$(get ${p/AAPL/X:BTCUSD}/day/2024-03-01/2024-03-04 |
		json 'len(r)')" 2
}

@test "mdmock: restate changes what was answered before, possibly" {
	local one=$BATS_TEST_TMPDIR/one two=$BATS_TEST_TMPDIR/two

	start_mock --synthetic --today 2024-03-01 --fault restate
	get "${DAY/02-26/02-28}" >"$one"
	get "$DAY" >"$two"
	run python3 - "$one" "$two" <<'PY'
import json, sys
one, two = (json.load(open(f))["results"] for f in sys.argv[1:])
assert [x["t"] for x in one] == [x["t"] for x in two][2:]
for a, b in zip(one, two[2:]):
    assert b["v"] > a["v"] and b["n"] > a["n"]
    assert b["l"] <= min(b["o"], b["c"]) and max(b["o"], b["c"]) <= b["h"]
print("good")
PY
	assert_output good
	# A day of all has what a range has, one change on.
	run json '[x for x in r if x["T"] == "AAPL"][0]["n"]' < \
		<(get $GROUPED/2024-02-28)
	assert_output "$(($(json 'r[2]["n"]' <"$two") + 1))"
	# The same in every run.
	restart_mock --synthetic --today 2024-03-01 --fault restate
	get "${DAY/02-26/02-28}" | cmp - "$one"
	get "$DAY" | cmp - "$two"
	# Once, and so it stays.
	restart_mock --synthetic --today 2024-03-01 \
		--fault restate:ticker=AAPL,after=1,times=1
	get "$DAY" >"$one"
	get "$DAY" >"$two"
	run ! cmp -s "$one" "$two"
	get "$DAY" | cmp - "$two"
	get "${DAY/AAPL/IBM}" >"$one"
	get "${DAY/AAPL/IBM}" | cmp - "$one"
}

@test "mdmock: closed_day adds a row on a day without a session" {
	local p=/v2/aggs/ticker/AAPL/range/1

	start_mock --synthetic --today 2024-03-08 --fault closed_day
	get $p/day/2024-02-26/2024-03-08 >"$BATS_TEST_TMPDIR/page"
	# Saturday, as Friday was.
	run json '[x["t"] for x in r][4:7], len(r), d["resultsCount"]' \
		<"$BATS_TEST_TMPDIR/page"
	assert_output "([1709269200000, 1709355600000, 1709528400000], 11, 11)"
	assert_equal "$(json 'r[4]["c"] == r[5]["c"]' \
		<"$BATS_TEST_TMPDIR/page")" True
	get "$p/day/2024-02-26/2024-03-08?sort=desc" | json 'r[::-1]' |
		cmp - <(json 'r[:5] + [dict(r[6], t=r[5]["t"])] + r[6:]' \
			<"$BATS_TEST_TMPDIR/page")
	run json '[x["t"] for x in r if 1709355600000 <= x["t"] < 1709528400000]' < \
		<(get $p/hour/2024-02-26/2024-03-08)
	assert_output "[1709398800000]"
	# A range without a closed day has none, and nobody has a week of one.
	assert_equal "$(get "$DAY" | json 'len(r)')" 5
	assert_equal "$(get $p/week/2024-02-25/2024-03-08 | json 'len(r)')" 2
	assert_equal "$(get ${p/AAPL/X:BTCUSD}/day/2024-03-01/2024-03-03 |
		json 'len(r)')" 3
	# Alone, and of all.
	assert_equal "$(get $p/day/2024-03-02/2024-03-02 | json 'len(r)')" 1
	run json 'len(r), r[0]["t"]' < <(get $GROUPED/2024-03-02)
	assert_output "(24, 1709413200000)"
	assert_equal "$(get $GROUPED/2024-03-09 | json 'len(r)')" 0
	assert_equal "$(get $GROUPED/2024-03-07 | json 'len(r)')" 24
}

@test "mdmock: nul puts a NUL into one row's ticker" {
	start_mock --synthetic --today 2024-03-01 --fault nul
	run json '[x["T"] for x in r if "\0" in x["T"]], len(r)' < \
		<(get $GROUPED/2024-02-28)
	assert_output "(['JPM\\x00'], 24)"
	assert_equal "$(get "$DAY" | json 'len(r)')" 5
}

# -- real bars --

@test "mdmock: real bars read back as the numbers of their file" {
	start_mock --data "$(bars_data)"
	run python3 - "$MOCK_URL" "$(bars_data)" <<'PY'
import csv, json, os, sys, urllib.request
base, data = sys.argv[1:]
def get(url):
    q = urllib.request.Request(url, headers={"Authorization": "Bearer k"})
    return json.load(urllib.request.urlopen(q))
def all_of(ticker, span):
    url = f"{base}/v2/aggs/ticker/{ticker}/range/1/{span}/1990-01-01/2022-01-01?adjusted=false&limit=50000"
    rows = []
    while url:
        page = get(url)
        assert page["ticker"] == ticker
        rows += page.get("results", [])
        url = page.get("next_url")
    return rows
for ticker, span, name in (("AAPL", "day", "1d"), ("AAPL", "hour", "1h"),
        ("AAPL", "minute", "1m"), ("X:BTCUSD", "minute", "1m"), ("USO", "day", "1d")):
    path = os.path.join(data, "bars", ticker.replace(":", "_"), name + ".csv")
    with open(path) as f:
        want = [(int(r["t"]), *(float(r[k]) for k in "ohlcv")) for r in csv.DictReader(f)]
    rows = all_of(ticker, span)
    assert [(r["t"], *(float(r[k]) for k in "ohlcv")) for r in rows] == want, (ticker, span)
    assert not any("vw" in r or "n" in r for r in rows)
print("good")
PY
	assert_output good
}

@test "mdmock: real weeks and months are what their days say" {
	start_mock --data "$(bars_data)"
	run python3 - "$MOCK_URL" <<'PY'
import json, sys, urllib.request
base = sys.argv[1]
def bars(span, n=1, ticker="AAPL", dates="2010-01-01/2019-12-31"):
    url = f"{base}/v2/aggs/ticker/{ticker}/range/{n}/{span}/{dates}?adjusted=false&limit=50000"
    q = urllib.request.Request(url, headers={"Authorization": "Bearer k"})
    return json.load(urllib.request.urlopen(q))["results"]
def check(fine, coarse):
    starts = [b["t"] for b in coarse] + [1 << 62]
    for i, b in enumerate(coarse):
        part = [x for x in fine if starts[i] <= x["t"] < starts[i + 1]]
        assert b["o"] == part[0]["o"] and b["c"] == part[-1]["c"]
        assert b["h"] == max(x["h"] for x in part)
        assert b["l"] == min(x["l"] for x in part)
        assert b["v"] == sum(x["v"] for x in part)
    return len(coarse)
days = bars("day")
months = bars("month")
assert check(days, months) == 120
# The first week begins in 2009 and is not of the range; the last one is, and
# goes on in 2020.
weeks = bars("week")
days = bars("day", dates="2010-01-03/2020-01-04")
assert check(days, weeks) == 522
minutes = bars("minute", ticker="SPY", dates="2013-10-07/2013-10-11")
assert check(minutes, bars("minute", 15, "SPY", "2013-10-07/2013-10-11")) > 100
print("good")
PY
	assert_output good
}

@test "mdmock: adjusted prices are divided by the splits of today" {
	local p=/v2/aggs/ticker/AAPL/range/1/day/2014-06-05/2014-06-10

	start_mock --data "$(bars_data)"
	get "$p?adjusted=false" >"$BATS_TEST_TMPDIR/raw"
	get "$p" >"$BATS_TEST_TMPDIR/adjusted"
	assert_equal "$(json '[x["c"] / f for x, f in zip(r, (28, 28, 4, 4))]' \
		<"$BATS_TEST_TMPDIR/raw")" \
		"$(json '[x["c"] for x in r]' <"$BATS_TEST_TMPDIR/adjusted")"
	# The split of 2020 has not happened yet.
	restart_mock --data "$(bars_data)" --today 2019-01-01
	assert_equal "$(json '[x["c"] / f for x, f in zip(r, (7, 7, 1, 1))]' \
		<"$BATS_TEST_TMPDIR/raw")" \
		"$(get "$p" | json '[x["c"] for x in r]')"
	assert_equal "$(get '/v3/reference/splits?ticker=AAPL' |
		json '[(x["execution_date"], x["split_from"], x["split_to"]) for x in r][0]')" \
		"('2014-06-09', 1, 7)"
}
