# Dividends: asked for by few calls, and total returns by them.

load store
load serve

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
	DATA=$BATS_TEST_TMPDIR/data
	mkdir "$DATA"
	ln -s "$(bars_data)/bars" "$DATA/bars"
	cp "$(bars_data)/splits.csv" "$DATA"
}

teardown() {
	end_serve
}

HEADER=ticker,ex_dividend_date,cash_amount,currency,declaration_date
HEADER+=,record_date,pay_date,frequency,distribution_type
HEADER+=,historical_adjustment_factor,id
SPAN=(--from 2013-01-02 --to 2020-10-30)

# dividends ROWS...: those that the mock has.
dividends() {
	printf '%s\n' "$HEADER" "$@" >"$DATA/dividends.csv"
}

# Made-up ones: some around both splits, on the day of one, two of one day, one
# in another currency, one of as much as the price, one before the first bar.
made_up() {
	dividends AAPL,2012-11-07,2.65,USD,,,,4,recurring \
		AAPL,2013-02-07,2.65,USD,2013-01-23,2013-02-11,2013-02-14,4,recurring \
		AAPL,2013-05-09,3.05,USD,,,,4,recurring \
		AAPL,2013-05-09,12.5,USD,,,,0,special \
		AAPL,2014-06-09,0.47,USD,,,,4,recurring \
		AAPL,2016-08-04,0.57,USD,,,,4,recurring \
		AAPL,2017-02-09,9.75,CAD,,,,0,special \
		AAPL,2018-02-09,100000,USD,,,,0,special \
		AAPL,2020-08-07,0.82,USD,,,,4,recurring \
		AAPL,2020-08-31,0.205,USD,,,,0,supplemental \
		SPY,2020-09-18,1.339,USD,,,,4,recurring
}

fetch() {
	talk -q "$@"
}

# talk ARGUMENTS...: the same, with its warnings.
talk() {
	mdbackfill --rate 100000/min --no-grouped --no-features "$@"
}

# count NAME: calls of that endpoint.
count() {
	requests "GET /stocks/v1/$1"
}

total_of() {
	sql "SELECT ts_ms, open, high, low, close, volume FROM market_data_total
		WHERE symbol = '$1' AND timeframe = '1d' ORDER BY ts_ms"
}

@test "total returns equal a reference, in the view and by mdserve" {
	made_up
	start_mock --data "$DATA" --today 2020-11-02T12:00:00Z
	fetch "${SPAN[@]}" -t 1d AAPL
	total_of AAPL >total
	python3 "$MD_ROOT/tests/dividends_reference.py" "$DATA" AAPL \
		2013-01-02 2020-10-30 <total
	# The vendor's own factors, of the same bars, are not contradicted.
	run sql "SELECT ex_date, doubt FROM dividends WHERE doubt IS NOT NULL"
	assert_output "2018-02-09|it is not less than the price before it"
	assert_equal "$(sql "SELECT count(*) FROM dividends
		WHERE factor IS NULL")" 2

	start_serve
	ask "$HISTORICAL/AAPL?adjusted=total&limit=10000&order=asc" >served
	python3 - total served <<-'EOF'
	import json, sys
	d = json.load(open(sys.argv[2]))
	assert d["adjusted"] == "total", d["adjusted"]
	have = {b["ts_ms"]: b for b in d["bars"]}
	rows = [l.split("|") for l in open(sys.argv[1])]
	assert len(rows) == len(have) > 0
	for t, *prices in rows:
	    for p, name in zip(prices, "open high low close volume".split()):
	        assert abs(have[int(t)][name] - float(p)) <= 1e-12 * float(p)
	EOF
	ask "$HISTORICAL/AAPL?adjusted=total&limit=1" | grep -q 'adjusted=total'
	[ "$(status_of "$HISTORICAL/AAPL?adjusted=maybe")" = 422 ]
}

@test "new symbols take one call, the next day one for all, and no bar twice" {
	made_up
	start_mock --data "$DATA" --today 2020-08-05T12:00:00Z
	span=(--from 2020-01-02 --to 2020-07-31)
	fetch --as-of 2020-08-05T12:00:00Z "${span[@]}" -t 1d AAPL SPY AIG \
		X:BTCUSD
	assert_equal "$(count dividends) $(count splits)" "1 1"
	[ "$(requests "dividends.*X:BTC")" -eq 0 ]
	ranges=$(requests /range/)
	fetch --as-of 2020-08-05T12:00:00Z "${span[@]}" -t 1d AAPL SPY AIG
	assert_equal "$(count dividends) $(count splits)" "1 1"
	run -0 mdbackfill -n -o json --as-of 2020-08-10T12:00:00Z "${span[@]}" \
		-t 1d AAPL SPY AIG
	assert_line '  "calls_dividends": 1,'
	before=$(total_of AAPL | head -1)

	restart_mock --data "$DATA" --today 2020-08-10T12:00:00Z
	: >"$MOCK_LOG"
	fetch --as-of 2020-08-10T12:00:00Z "${span[@]}" -t 1d AAPL SPY AIG
	assert_equal "$(count dividends) $(count splits)" "1 1"
	assert_equal "$(requests /range/)" 0
	# Its ex-date has come, and prices before it are other ones.
	assert_equal "$(sql "SELECT count(*) FROM dividends
		WHERE symbol = 'AAPL' AND factor < 1")" 1
	[ "$(total_of AAPL | head -1)" != "$before" ]
	[ "$ranges" -gt 0 ]
}

@test "500 new symbols: one call and its pages, and as many as were planned" {
	start_mock --synthetic --today 2024-07-01T12:00:00Z
	mapfile -t names < <(seq -f 'S%.0f' 500)
	span=(--as-of 2024-07-01T12:00:00Z --from 2024-06-27 --to 2024-06-28)
	fetch "${span[@]}" --no-dividends "${names[@]}"
	assert_equal "$(count dividends)" 0
	run -0 mdbackfill -n -o json "${span[@]}" "${names[@]}"
	assert_line '  "calls_dividends": 1,'
	run -0 mdbackfill -n -o json "${span[@]}" --no-dividends "${names[@]}"
	assert_line '  "calls_dividends": 0,'
	run -0 mdbackfill -n "${span[@]}" "${names[@]}"
	assert_output --partial "1 of them for dividends"
	fetch "${span[@]}" "${names[@]}"
	assert_equal "$(count dividends)" 1
}

@test "what differs, is no price, or is told twice is doubtful until confirmed" {
	dividends AAPL,2020-02-07,0.77,USD,,,,4,recurring,0.9,E1 \
		AAPL,2020-05-08,0.82,USD,,,,4,recurring,,E2 \
		SPY,2020-03-20,1.4,USD,,,,4,recurring,,E3 \
		SPY,2020-03-20,1.4,USD,,,,4,recurring,,E4
	start_mock --data "$DATA" --today 2020-11-02T12:00:00Z
	fetch --from 2020-01-02 --to 2020-10-30 -t 1d AAPL SPY
	run sql "SELECT symbol, ex_date, doubt FROM dividends
		WHERE doubt IS NOT NULL ORDER BY 1, 2"
	assert_line "AAPL|2020-02-07|the vendor's own adjustment factor contradicts it"
	assert_line "SPY|2020-03-20|told twice, and counted once"
	# It counts all the same: the price is known.
	assert_equal "$(sql "SELECT count(*) FROM dividends
		WHERE symbol = 'AAPL' AND factor BETWEEN 0.99 AND 0.999")" 2
	once=$(sql "SELECT factor FROM dividend_adjustments WHERE symbol = 'SPY'")

	run mdhealth -o json
	assert_output --partial '"rule": "doubtful_dividends"'
	assert_output --partial '0.77 USD: the vendor'
	mdbackfill --confirm-dividend AAPL=2020-02-07
	mdbackfill --confirm-dividend SPY=2020-03-20
	run mdhealth -o json
	refute_output --partial doubtful_dividends
	twice=$(sql "SELECT factor FROM dividend_adjustments WHERE symbol = 'SPY'")
	[ "$once" != "$twice" ]
	run -64 mdbackfill --confirm-dividend AAPL=2020-02-08
	assert_output --partial "no dividend of AAPL on that date"
}

@test "an API without dividends is asked once a day, a plan without once a run" {
	start_mock --data "$DATA" --without /stocks/v1/dividends
	fetch --from 2020-01-02 --to 2020-01-10 AAPL
	fetch --from 2020-01-02 --to 2020-01-10 AAPL AIG
	assert_equal "$(count dividends)" 1
	run -0 mdbackfill -n -o json --from 2020-01-02 --to 2020-01-10 AAPL SPY
	assert_line '  "calls_dividends": 0,'
	[ "$(sql "SELECT count(*) FROM market_data_total")" -gt 0 ]

	MD_DB=$(store_at denied)
	restart_mock --data "$DATA" --fault status=403:endpoint=dividends
	run -0 --separate-stderr talk --from 2020-01-02 --to 2020-01-10 AAPL AIG
	assert_equal "$(grep -c 'total returns lack them' <<<"$stderr")" 1
	assert_equal "$(sql "SELECT count(*) FROM symbols
		WHERE dividends_checked_ms IS NOT NULL")" 0
}

# served: an API whose dividends are the text in the file body.
served() {
	python3 - "$1" "$BATS_TEST_TMPDIR" <<-'EOF' 3>&- &
	import http.server, json, os, sys
	body, place = open(sys.argv[1], "rb").read(), sys.argv[2]
	class H(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        path = self.path.partition("?")[0]
	        text = b'{"status":"OK","results":[]}'
	        if path == "/stocks/v1/dividends":
	            text = body
	        self.send_response(200)
	        self.send_header("Content-Length", str(len(text)))
	        self.end_headers()
	        self.wfile.write(text)
	    def log_message(self, *a):
	        pass
	s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
	with open(place + "/new", "w") as f:
	    f.write(str(s.server_port))
	os.rename(place + "/new", place + "/port")
	s.serve_forever()
	EOF
	SERVER=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/port"
	export POLYGON_BASE_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
}

@test "hostile rows cost themselves alone, and a line each" {
	cat >body <<-'EOF'
	{"status":"OK","results":[1,null,"x",
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":-1,"currency":"USD","id":"1"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":0,"currency":"USD","id":"2"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":NaN,"currency":"USD","id":"3"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":1e308,"currency":"USD","id":"4"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":"1","currency":"USD","id":"5"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":1,"currency":7,"id":"6"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-31","cash_amount":1,"currency":"USD","id":"7"},
	{"ticker":"MSFT","ex_dividend_date":"2020-02-07","cash_amount":1,"currency":"USD","id":"8"},
	{"ticker":["AAPL"],"ex_dividend_date":"2020-02-07","cash_amount":1,"currency":"USD","id":"9"},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":1,"currency":"USD","historical_adjustment_factor":"no","id":"10"},
	{"ticker":"AAPL","ex_dividend_date":"2099-12-31","cash_amount":1,"currency":"USD","id":"to come"},
	{"ticker":"AAPL","ex_dividend_date":"1990-01-01","cash_amount":1,"id":"long ago","frequency":"often","pay_date":5,"historical_adjustment_factor":1e-300},
	{"ticker":"AAPL","ex_dividend_date":"2020-02-07","cash_amount":0.77,"currency":"usd","id":"good","distribution_type":"odd"}
	]}
	EOF
	served body
	run -0 --separate-stderr talk --from 2020-01-02 --to 2020-03-02 AAPL
	kill $SERVER
	assert_equal "$(grep -c 'a row is left out' <<<"$stderr")" 13
	run sql "SELECT vendor_id FROM dividends ORDER BY vendor_id"
	assert_output "good
long ago
to come"
	unset POLYGON_BASE_URL
}

@test "an answer that loops, or is none, fails and changes nothing" {
	made_up
	start_mock --data "$DATA" --fault loop:endpoint=dividends
	run -1 mdbackfill -q --max-retries 1 --backoff-base 0.01 --no-grouped \
		--from 2020-01-02 --to 2020-10-30 AAPL
	assert_output --partial "dividends of AAPL"
	[ "$(sql "SELECT count(*) FROM dividends")" -eq 0 ]
	# The bars are all there, and the next run asks again.
	[ "$(sql "SELECT count(*) FROM market_data_total")" -gt 100 ]
	restart_mock --data "$DATA"
	fetch --from 2020-01-02 --to 2020-10-30 AAPL
	[ "$(sql "SELECT count(*) FROM dividends")" -gt 0 ]
}

@test "a dividend that is corrected or called off counts as told last" {
	dividends AAPL,2020-02-07,0.77,USD,,,,4,recurring,,E1 \
		AAPL,2020-05-08,0.82,USD,,,,4,recurring,,E2 \
		AAPL,2020-08-07,0.9,USD,,,,4,recurring,,E3
	start_mock --data "$DATA" --today 2020-05-11T12:00:00Z
	fetch --as-of 2020-05-11T12:00:00Z --from 2020-01-02 --to 2020-05-08 AAPL
	assert_equal "$(sql "SELECT count(*) FROM dividends")" 3
	dividends AAPL,2020-02-07,0.77,USD,,,,4,recurring,,E1 \
		AAPL,2020-05-08,0.80,USD,,,,4,recurring,,E9
	restart_mock --data "$DATA" --today 2020-05-12T12:00:00Z
	fetch --as-of 2020-05-12T12:00:00Z --from 2020-01-02 --to 2020-05-08 AAPL
	run sql "SELECT vendor_id, cash_amount FROM dividends ORDER BY ex_date"
	assert_output "E1|0.77
E9|0.8"
}
