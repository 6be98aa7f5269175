# Series whose days are counted from another midnight, or whose weeks begin on
# another day, than their class's own.

load store

setup() {
	use_store
}

# served MIDNIGHT NOW ARGUMENTS...: the mock as it is at that time, and a run.
served() {
	restart_mock --synthetic --fx-grid "$1" --today "$2"
	mdbackfill -q --as-of "$2" "${@:3}" C:EURUSD
}

# same_as_later MIDNIGHT TO: what is stored of before that time, in ms, is what
# another store gets when none of it can change any more.
same_as_later() {
	local first rows later

	first=$(sql "SELECT min(ts_ms) FROM market_data_raw")
	rows="SELECT ts_ms, open, high, low, close, volume FROM market_data_raw
		WHERE ts_ms >= $first AND ts_ms < $2 ORDER BY 1"

	later=$(store_at later)
	restart_mock --synthetic --fx-grid "$1" --today 2024-05-01T16:30:00Z
	mdbackfill -q -t 1d --from 2024-02-20 --to 2024-04-30 \
		--as-of 2024-05-01T16:30:00Z --db "$later" C:EURUSD
	assert_equal "$(sql "$rows")" "$(sql "$rows" "$later")"
}

# weeks_from_monday: a vendor whose weeks begin on Monday, New York; it notes the
# paths that it was asked for.
weeks_from_monday() {
	MOCK_LOG=$BATS_TEST_TMPDIR/access.log
	cat >"$BATS_TEST_TMPDIR/vendor.py" <<-'EOF'
	import json, os, sys
	from datetime import datetime
	from http.server import BaseHTTPRequestHandler, HTTPServer
	from zoneinfo import ZoneInfo

	def monday(day):
	    t = datetime(2024, *day, tzinfo=ZoneInfo('America/New_York'))
	    return int(t.timestamp()) * 1000

	rows = [dict(t=monday(day), o=1, h=2, l=1, c=2, v=i + 1)
	        for i, day in enumerate([(2, 26), (3, 4), (3, 11)])]

	class Vendor(BaseHTTPRequestHandler):
	    def do_GET(self):
	        with open(sys.argv[1], 'a') as log:
	            print(self.path, file=log)
	        answer = dict(status='OK', results=[])
	        if '/range/' in self.path:
	            part = self.path.split('?')[0].split('/')
	            answer.update(ticker=part[4], results=[
	                r for r in rows
	                if int(part[8]) <= r['t'] <= int(part[9])])
	        body = json.dumps(answer).encode()
	        self.send_response(200)
	        self.send_header('Content-Type', 'application/json')
	        self.send_header('Content-Length', str(len(body)))
	        self.end_headers()
	        self.wfile.write(body)

	    def log_message(self, *args):
	        pass

	server = HTTPServer(('127.0.0.1', 0), Vendor)
	with open(sys.argv[2] + '.new', 'w') as port:
	    print(server.server_port, file=port)
	os.rename(sys.argv[2] + '.new', sys.argv[2])
	server.serve_forever()
	EOF
	python3 "$BATS_TEST_TMPDIR/vendor.py" "$MOCK_LOG" \
		"$BATS_TEST_TMPDIR/port" 3>&- &
	export MOCK_PID=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/port"
	export POLYGON_BASE_URL
	POLYGON_BASE_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
}

# New York's clock changes on 2024-03-10, a Sunday.
daily_runs() {
	local midnight=$1 hour=$2 day now asked first at

	for day in 04 05 06 07 08 09 10 11 12 13; do
		now=2024-03-${day}T$hour
		served "$midnight" "$now" -t 1d --days 3
		asked=$(requests aggs)
		[ "$asked" -le 1 ] || fail "$now: $asked calls"
		# the first day that was asked for, unless it is a Saturday
		first=$(TZ=America/New_York date -d "$now" +%F)
		first=$(date -u -d "$first -3 days" +%F)
		at=$(TZ=$3 date -d "$first" +%s)000
		[ "$(date -u -d "$first" +%u)" = 6 ] ||
			assert_equal "$first $(sql "SELECT count(*) FROM bars
				WHERE ts = $at")" "$first 1"
		# nothing is due again at once
		mdbackfill -q --as-of "$now" -t 1d --days 3 C:EURUSD
		assert_equal "$now $(requests aggs)" "$now $asked"
		: >"$MOCK_LOG"
	done
	# all but the last two, of which the last is open
	assert_equal "$(sql "SELECT min(final) FROM market_data_raw
		WHERE ts_ms < $(TZ=$3 date -d 2024-03-12 +%s)000")" 1
	same_as_later "$midnight" "$(TZ=$3 date -d 2024-03-12 +%s)000"
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	assert_equal "$(sql "SELECT grid FROM series")" "$midnight"
}

@test "days of forex from 00:00 UTC become whole and final, the first included" {
	daily_runs utc 16:30:00Z UTC
}

@test "and those from New York's midnight" {
	daily_runs newyork 16:30:00Z America/New_York
}

@test "also where New York's date is yesterday's" {
	daily_runs utc 02:30:00Z UTC
}

@test "a range asked for by its ends is all there, and no more" {
	local whole="2024-03-04T00:00:00Z
2024-03-05T00:00:00Z
2024-03-06T00:00:00Z"

	served utc 2024-03-20T16:30:00Z -t 1d --from 2024-03-04 --to 2024-03-06
	assert_equal "$(sql "SELECT ts_utc FROM market_data_raw ORDER BY 1")" \
		"$whole"
	assert_equal "$(requests aggs)" 1
	served utc 2024-03-20T16:30:00Z -t 1d --from 2024-03-04 --to 2024-03-06
	assert_equal "$(requests aggs)" 1
	run mdstale --gaps --as-of 2024-03-07T00:30:00Z --days 2
	assert_success
}

@test "freshness and gaps go by the days of the series" {
	served utc 2024-03-07T16:30:00Z -t 1d --days 3
	run mdstale -o csv --by bars --clock market --as-of 2024-03-07T23:00:00Z
	assert_line --regexp "C:EURUSD,1d,.*fresh"
	run mdstale --gaps -o csv --as-of 2024-03-08T00:30:00Z --days 3
	assert_success
	# midnight and the settling have passed: the day has ended since
	run mdstale -o csv --by bars --clock market --as-of 2024-03-08T02:15:00Z
	assert_line --regexp "C:EURUSD,1d,.*,7200,"
}

@test "bars of a second grid are refused, with a word" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/C_EURUSD"
	cd "$BATS_TEST_TMPDIR/data"
	printf 'ticker,execution_date,split_from,split_to\n' >splits.csv
	row() { echo "$(date -u -d "$1" +%s)000,1,1.2,0.9,1.1,$2"; }
	{
		echo t,o,h,l,c,v
		row 2024-03-04T00:00Z 1
		row 2024-03-05T00:00Z 2
		row 2024-03-06T05:00Z 3
	} >bars/C_EURUSD/1d.csv
	start_mock --data . --fx-grid utc
	mdbackfill -q --from 2024-03-04 --to 2024-03-06 \
		--as-of 2024-03-07T18:00:00Z C:EURUSD
	assert_equal "$(sql "SELECT ts_utc FROM market_data_raw ORDER BY 1")" \
		"2024-03-04T00:00:00Z
2024-03-05T00:00:00Z"
	assert_equal "$(sql "SELECT reason FROM rejected_bars")" \
		"not on the grid of this series' bars (00:00 UTC)"
	# nor does another run take to it
	row 2024-03-07T05:00Z 4 >>bars/C_EURUSD/1d.csv
	restart_mock --data . --fx-grid utc
	run mdbackfill -q --from 2024-03-07 --to 2024-03-07 \
		--as-of 2024-03-08T18:00:00Z C:EURUSD
	assert_equal "$(sql "SELECT count(*) FROM bars")" 2
	assert_equal "$(sql "SELECT grid FROM series")" utc
}

@test "weeks of a stock may begin on Monday, and then all do" {
	weeks_from_monday
	mdbackfill -q -t 1w --from 2024-03-03 --to 2024-03-15 \
		--as-of 2024-03-16T18:00:00Z ACME
	assert_equal "$(sql "SELECT CAST(volume AS integer)
		FROM market_data_raw ORDER BY 1")" \
		"1
2
3"
	assert_equal "$(sql "SELECT grid, count(*) FROM series, coverage
		WHERE kind = 'bars' AND (from_ts + 14400000) / 86400000 % 7 = 4
		GROUP BY 1")" "newyork/mon|1"
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	mdbackfill -q -t 1w --from 2024-03-03 --to 2024-03-15 \
		--as-of 2024-03-18T18:00:00Z ACME
	assert_equal "$(requests week)" 1
}

@test "a call for all symbols brings no day of another midnight" {
	args=(--from 2024-03-04 --to 2024-03-04 --as-of 2024-03-07T16:30:00Z
		X:BTCUSD X:ETHUSD)
	start_mock --synthetic --today 2024-03-07T16:30:00Z
	mdbackfill -q "${args[@]}"
	assert_equal "$(sql "SELECT count(*) FROM series WHERE grid = 'utc'")" 2
	sql "DELETE FROM coverage"
	run mdbackfill -n -o json "${args[@]}"
	assert_line '  "calls_grouped": 1,'
	sql "UPDATE series SET grid = 'newyork'"
	run mdbackfill -n -o json "${args[@]}"
	assert_line '  "calls_grouped": 0,'
}

@test "a store from before the grids were kept becomes right by itself" {
	served utc 2024-03-07T17:00:00Z -t 1d --days 5
	# as it was: by New York's days, and a bar of 16 hours among them
	sql "UPDATE series SET grid = NULL"
	sql "UPDATE coverage SET from_ts = from_ts + 18000000,
		to_ts = to_ts + 18000000"
	sql "UPDATE bars SET volume = 1 WHERE ts = $(date -u -d 2024-03-05 +%s)000"
	served utc 2024-03-08T17:00:00Z -t 1d --days 5
	served utc 2024-03-08T17:10:00Z -t 1d --days 5
	same_as_later utc "$(date -u -d 2024-03-08 +%s)000"
	assert_equal "$(sql "SELECT grid FROM series")" utc
	assert_equal "$(sql "SELECT count(*) FROM coverage
		WHERE from_ts % 86400000 <> 0")" 0
}

@test "four hours tell the midnight in winter, and features go by its days" {
	# in summer both grids are one
	served utc 2024-07-03T16:30:00Z -t 4h --from 2024-07-01 --to 2024-07-02
	assert_equal "$(sql "SELECT count(*) FROM series WHERE grid IS NULL")" 1
	served utc 2024-12-06T16:30:00Z -t 4h --from 2024-12-02 --to 2024-12-04
	assert_equal "$(sql "SELECT grid FROM series")" utc
	assert_equal "$(sql "SELECT count(*) FROM bars b
		WHERE ts % 14400000 <> 0")" 0
	# the first of a UTC day looks at the last of the day before
	assert_equal "$(sql "SELECT count(*) FROM market_features
		WHERE ts_utc = '2024-12-04T00:00:00Z'
		AND abs(return_1d - log_return) < 1e-12")" 1
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	# what was answered in summer is not asked for again
	: >"$MOCK_LOG"
	served utc 2024-12-06T16:30:00Z -t 4h --from 2024-07-01 --to 2024-07-02
	assert_equal "$(requests aggs)" 0
}
