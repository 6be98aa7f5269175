# Which symbols there are, and were: --universe.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
	mkdir -p data/bars
	cat >data/tickers.csv <<-'EOF'
	ticker,type,listed,delisted
	AAA,CS,2001-02-03,
	BBB,CS,,2019-06-28
	CCC.A,ADRC,,
	DDD,ETF,2010-01-04,2021-03-31
	EEE,CS,2022-05-02,
	FFF,,,
	X:BTCUSD,,,
	X:OLDUSD,,,2020-02-02
	C:EURUSD,,,
	I:SPX,,,
	EOF
}

lines() {
	mdbackfill --universe "$@" --as-of 2024-03-01T12:00:00Z
}

@test "the symbols of each kind are a watchlist" {
	start_mock --data data --today 2024-03-01T12:00:00Z
	run -0 lines stocks
	assert_output "# stocks: 4 symbols
AAA from=2001-02-03 # CS
CCC.A # ADRC
EEE from=2022-05-02 # CS
FFF"
	assert_equal "$(requests)" 1
	run -0 lines stocks --universe-type CS,ADRC
	assert_line --index 0 "# stocks: 3 symbols"
	assert_equal "$(requests 'type=')" 2
	run -0 lines etf
	assert_output "# etf: 0 symbols"
	run -0 lines crypto
	assert_line --index 1 "X:BTCUSD"
	run -0 lines fx
	assert_line --index 1 "C:EURUSD"
	run -0 lines index
	assert_line --index 1 "I:SPX"
	assert_equal "$(requests 'market=indices')" 1
}

@test "what traded on a day has those that died since, and when" {
	start_mock --data data --today 2024-03-01T12:00:00Z
	run -0 lines stocks --active-on 2019-06-28
	assert_output "# stocks on 2019-06-28: 4 symbols
AAA from=2001-02-03 # CS
BBB # CS, delisted 2019-06-28
CCC.A # ADRC
FFF"
	assert_equal "$(requests)" 2
	run -0 lines etf --active-on 2015-01-05 --out list
	assert_equal "$(tail -n 1 list)" \
		"DDD class=etf from=2010-01-04 # ETF, delisted 2021-03-31"
	run -0 lines crypto --active-on 2019-01-01
	assert_line --partial "X:OLDUSD # delisted 2020-02-02"
	# the synthetic market has dead ones, too
	restart_mock --synthetic --today 2024-03-01T12:00:00Z
	run -0 lines stocks --active-on 2007-01-03
	assert_line --partial "OLDBK from=1994-05-02 # CS, delisted 2008-09-17"
	run -0 lines stocks
	refute_output --partial OLDBK
	refute_output --partial SPY
}

@test "a list in several pages is a watchlist that a run takes" {
	{
		echo ticker,type,listed,delisted
		seq -f 'S%04.0f,CS,,' 2500
	} >data/tickers.csv
	start_mock --data data --today 2024-03-01T12:00:00Z
	lines stocks >list
	assert_equal "$(requests)" 3
	assert_equal "$(grep -c '^S' list)" 2500
	run -0 mdbackfill -n -o json --days 1 -w list \
		--as-of 2024-03-01T12:00:00Z
	assert_line --partial '"calls_grouped": '
	run -0 mdbackfill -n --days 1 -w <(lines stocks)
	assert_line --partial S2500
	# or it is kept
	lines stocks --store-universe -t 1d,1h
	assert_equal "$(sql "SELECT timeframe, count(*) FROM series
		WHERE active = 0 GROUP BY 1 ORDER BY 1")" "1d|2500
1h|2500"
}

@test "what goes with no universe is said, and costs no call" {
	start_mock --data data
	for args in "--universe-type CS" "--active-on 2020-01-02" \
		--store-universe "--universe bonds" "--universe stocks AAPL" \
		"--universe stocks -n" "--universe stocks --all" \
		"--universe crypto --universe-type CS" \
		"--universe stocks --universe-type CS,,X" \
		"--universe stocks --universe-type cs&x=1" \
		"--universe stocks --active-on 2099-01-01"; do
		# shellcheck disable=SC2086 # words
		run mdbackfill $args
		assert_failure 64
	done
	assert_equal "$(requests)" 0
}

# vendor BODY...: a vendor whose answers, page by page, are these; @ is its URL.
vendor() {
	stop_mock TERM || true
	python3 - "$@" >vendor.log 2>&1 3>&- <<-'EOF' &
	import os, sys
	from http.server import BaseHTTPRequestHandler, HTTPServer
	class Vendor(BaseHTTPRequestHandler):
	    asked = 0
	    def do_GET(self):
	        n = min(Vendor.asked, len(sys.argv) - 2)
	        Vendor.asked += 1
	        url = 'http://127.0.0.1:%d' % server.server_port
	        body = sys.argv[n + 1].replace('@', url).replace(
	            '#', str(Vendor.asked)).encode()
	        self.send_response(200)
	        self.send_header('Content-Length', str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)
	server = HTTPServer(('127.0.0.1', 0), Vendor)
	with open('port.new', 'w') as f:
	    f.write(str(server.server_port))
	os.rename('port.new', 'vendor.port')
	server.serve_forever()
	EOF
	vendor_pid=$!
	wait_for 30 test -s vendor.port
	export POLYGON_BASE_URL
	POLYGON_BASE_URL=http://127.0.0.1:$(cat vendor.port)
	rm vendor.port
}

stop_vendor() {
	kill "$vendor_pid"
	wait "$vendor_pid" || true
}

@test "a hostile list of tickers costs rows, or the run, and nothing else" {
	vendor '{"status":"OK","results":[
		{"ticker":"GOOD","market":"stocks","type":"CS"},
		{"ticker":"GOOD","market":"stocks","type":"CS"},
		{"ticker":7}, "row", null, [],
		{"ticker":"a b","market":"stocks"},
		{"ticker":"E\nVIL","market":"stocks"},
		{"ticker":"N\u0000L","market":"stocks"},
		{"ticker":"X:BTCUSD","market":"stocks"},
		{"ticker":"OTC","market":"otc"},
		{"ticker":"NAN","market":"stocks","name":NaN},
		{"ticker":"D1","delisted_utc":"yesterday"},
		{"ticker":"D2","delisted_utc":20200101},
		{"ticker":"D3","list_date":"2020-02-30"},
		{"ticker":"D4","list_date":"2020-02-03","delisted_utc":"2019-01-01"},
		{"ticker":"TYPE","type":"CS class=fx"}]}'
	run --separate-stderr mdbackfill --universe stocks --max-retries 0
	# shellcheck disable=SC2154 # run sets it
	[ "$status" = 0 ] || fail "$stderr $(cat vendor.log)"
	assert_output "# stocks: 2 symbols
GOOD # CS
TYPE"
	# shellcheck disable=SC2154
	assert_equal "$(grep -c . <<<"$stderr")" 15
	grep -q "14 rows are left out" <<<"$stderr" || fail "$stderr"
	stop_vendor
	next='{"status":"OK","results":[{"ticker":"A"}],"next_url":'
	for body in "$next\"@/v3/reference/tickers?cursor=x\"}" \
		"$next\"http://127.0.0.2:9/x\"}" "$next 7}" \
		'{"status":"OK","results":{}}' '[]' 'NaN' '' \
		'{"results":[]}' '{"status":"ERROR","results":[]}'; do
		vendor "$body"
		run mdbackfill --universe stocks --max-retries 1 \
			--backoff-base 0
		assert_failure
		refute_output --partial "# stocks"
		stop_vendor
	done
	vendor "$next\"@/v3/reference/tickers?cursor=#\"}"
	run timeout 60 mdbackfill --universe stocks --rate 100000/min
	assert_failure
	refute_output --partial "# stocks"
	stop_vendor
}
