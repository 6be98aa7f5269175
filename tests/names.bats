# Symbols that had other names: one series, each day asked for by its name of
# that day; and what the vendor tells of a symbol that fell silent.

load store

setup() {
	use_store
	rate="--rate 100000/min"
}

teardown() {
	stop_mock
}

# renamed DATE: a folder of bars in which AAPL is OLD before that day and NEW
# from it on, its splits with it; others have theirs.
renamed() {
	data=$BATS_TEST_TMPDIR/data
	python3 - "$MD_ROOT/tests/fixtures" "$data" "$1" <<'EOP'
import datetime, os, shutil, sys
source, to, date = sys.argv[1:]
day = datetime.datetime.fromisoformat(date + "T05:00:00+00:00")
until = day.timestamp() * 1000 - 3600000
shutil.copytree(source + "/bars", to + "/bars")
for file in ("1d", "1h"):
    rows = open(f"{source}/bars/AAPL/{file}.csv").read().splitlines()
    for name in ("OLD", "NEW"):
        os.makedirs(f"{to}/bars/{name}", exist_ok=True)
        own = [r for r in rows[1:]
               if (int(r.split(",")[0]) < until) == (name == "OLD")]
        with open(f"{to}/bars/{name}/{file}.csv", "w") as f:
            f.write("\n".join([rows[0]] + own) + "\n")
rows = open(source + "/splits.csv").read().splitlines()
for r in list(rows):
    if r.startswith("AAPL,"):
        name = "OLD" if r.split(",")[1] < date else "NEW"
        rows.append(r.replace("AAPL", name, 1))
with open(to + "/splits.csv", "w") as f:
    f.write("\n".join(rows) + "\n")
EOP
}

# watch LINE...: a watchlist of these lines.
watch() {
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/watch"
}

# fetch ARGUMENTS...
fetch() {
	# shellcheck disable=SC2086 # two words
	mdbackfill -q $rate "$@"
}

# bars SYMBOL TIMEFRAME [VIEW]
bars() {
	sql "SELECT ts_ms, open, high, low, close, volume
		FROM ${3:-market_data_raw}
		WHERE symbol = '$1' AND timeframe = '$2' ORDER BY 1"
}

# same TIMEFRAME: NEW has what AAPL has.
same() {
	assert [ -n "$(bars AAPL "$1")" ]
	assert_equal "$(bars NEW "$1")" "$(bars AAPL "$1")"
	assert_equal "$(bars NEW "$1" market_data)" \
		"$(bars AAPL "$1" market_data)"
}

line='NEW was=OLD until=2010-03-10'

@test "a rename in the middle of a range: one series, as both names have it" {
	renamed 2010-03-10
	start_mock --data "$data"
	watch "$line timeframes=1d" 'AAPL timeframes=1d'
	run -0 mdbackfill -n -o json --no-grouped --from 2010-02-01 \
		--to 2010-04-15 -w "$BATS_TEST_TMPDIR/watch"
	assert_line '  "calls_range": 3,'
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	same 1d
	assert_equal "$(requests '/ticker/OLD/range/')" 1
	assert_equal "$(requests '/ticker/NEW/range/')" 1
	assert_equal "$(requests '/splits')" 1
	# Nothing more is asked for, by whichever way the symbol is named.
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 NEW
	assert_equal "$(requests '/range/')" 3
	# A symbol given without was= has the name that is known.
	printf 'NEW\t1d\n' | fetch --no-grouped --from 2010-01-11 \
		--to 2010-01-15 -
	assert_equal "$(requests '/ticker/OLD/range/')" 2
	assert_equal "$(requests '/ticker/NEW/range/')" 1
}

@test "hours, weeks and months across a rename" {
	# 2020-08-26 is a Wednesday: its week and month have both names.
	renamed 2020-08-26
	start_mock --data "$data"
	watch "NEW was=OLD until=2020-08-26" AAPL
	fetch -t 1h,4h,1w,1mo --from 2020-08-03 --to 2020-09-30 \
		-w "$BATS_TEST_TMPDIR/watch"
	for tf in 1h 4h 1w 1mo; do
		same "$tf"
	done
	# All is known of the weeks and months; hours are few in the folder.
	n=$(requests /range/)
	fetch -t 1w,1mo --from 2020-08-03 --to 2020-09-30 \
		-w "$BATS_TEST_TMPDIR/watch"
	assert_equal "$(requests /range/)" "$n"
}

@test "days of a whole market find the series by its name of the day" {
	renamed 2010-03-10
	start_mock --data "$data"
	watch "$line" AAPL SPY QQQ IWM GOOG 'OLD'
	fetch --from 2010-03-08 --to 2010-03-11 -w "$BATS_TEST_TMPDIR/watch"
	assert_equal "$(requests /grouped/)" 4
	assert_equal "$(requests /range/)" 0
	same 1d
	# OLD is kept as itself, too.
	assert_equal "$(bars OLD 1d | wc -l)" 2
}

@test "files bring days of the present name, requests those of before" {
	renamed 2010-03-10
	"$MD_BUILD/mdmock" -q --data "$data" --today 2010-04-15 \
		--flat-files "$BATS_TEST_TMPDIR/ff" --from 2010-03-08 \
		--to 2010-03-11
	start_mock --data "$data" --today 2010-04-15
	watch "$line" AAPL
	fetch --as-of 2010-04-15T22:00:00Z --no-grouped --from 2010-03-08 \
		--to 2010-03-11 --flat-files "file:$BATS_TEST_TMPDIR/ff" \
		-w "$BATS_TEST_TMPDIR/watch"
	same 1d
	assert_equal "$(requests '/ticker/OLD/range/')" 1
	assert_equal "$(requests '/range/')" 1
}

@test "what was fetched by another name is asked for again" {
	renamed 2010-03-10
	start_mock --data "$data"
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 NEW AAPL
	assert [ "$(bars NEW 1d | wc -l)" -lt "$(bars AAPL 1d | wc -l)" ]
	watch "$line" AAPL
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	same 1d
	assert_equal "$(requests '/ticker/NEW/range/')" 1
	# A wrong date: the two days between go and come back by the other name.
	watch "NEW was=OLD until=2010-03-08" AAPL
	run -0 mdbackfill --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	assert_output --partial 'former names (was=) have changed'
	assert_equal "$(($(bars AAPL 1d | wc -l) - $(bars NEW 1d | wc -l)))" 2
	watch "$line" AAPL
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	same 1d
	# The watchlist says no more of it: it had no other name.
	watch NEW AAPL
	fetch --no-grouped --from 2010-02-01 --to 2010-04-15 \
		-w "$BATS_TEST_TMPDIR/watch"
	assert_equal "$(bars NEW 1d)" "$(bars AAPL 1d |
		awk -F'|' '$1 >= 1268197200000')"
	assert_equal "$(sql 'SELECT count(*) FROM renames')" 0
}

@test "lines that contradict themselves or others are refused" {
	while IFS='|' read -r text why; do
		printf '%b\n' "$text" >"$BATS_TEST_TMPDIR/watch"
		run --separate-stderr -78 mdbackfill -q -w "$BATS_TEST_TMPDIR/watch"
		# shellcheck disable=SC2154 # bats sets it
		[ "${#stderr_lines[@]}" -eq 1 ] || fail "$stderr"
		[[ $stderr = *"$why"* ]] || fail "$text: $stderr"
	done <<-'EOT'
		META was=FB|watch:1: was=FB: expected until=DATE after it
		META was=FB tier=low|was=FB: expected until=DATE after it
		META was=FB until=2022-13-09|until '2022-13-09': expected a date
		META was=FB until=|until '': expected a date
		META until=2022-06-09|expected was=SYMBOL before it
		META was= until=2022-06-09|was=: symbol
		META was=META until=2022-06-09|same name after that day
		META was=X:BTCUSD until=2022-06-09|of another class
		META was=A until=2022-06-09 was=B until=2022-06-09|both until
		META was=A until=2020-01-02 was=A until=2022-06-09|same name
		META from=2022-06-09 was=FB until=2022-06-09|from= is not before
		A\nMETA was=FB until=2022-06-09\nMETA was=F until=2022-06-09|watch:3: META: its names differ
		META was=FB until=2022-06-09\nXY was=FB until=2020-01-01|was=FB: both of
	EOT
	# A chain in any order, and a name that went back.
	watch 'X was=B until=2020-01-02 was=A until=2015-05-05' \
		'Y was=Z until=2020-01-02 was=Y until=2015-05-05'
	start_mock --synthetic
	fetch --from 2021-01-04 --to 2021-01-05 -w "$BATS_TEST_TMPDIR/watch"
	assert_equal "$(sql "SELECT was, until_date FROM renames
		WHERE symbol = 'X' ORDER BY 2")" \
		"$(printf 'A|2015-05-05\nB|2020-01-02')"
}

# fallen: OLD ends with 2010-03-09, and a month later has been asked for often
# enough to be silent; the vendor says FILE's lines.
fallen() {
	local day

	renamed 2010-03-10
	printf '%s\n' "${@:2}" >"$data/$1.csv"
	start_mock --data "$data" --today 2010-04-15
	for day in 13 14 15; do
		fetch --as-of "2010-04-${day}T22:00:00Z" --days 60 OLD
	done
}

# A run of the next day, with what it says.
later() {
	run -0 mdbackfill --rate 100000/min --as-of 2010-04-16T22:00:00Z \
		--days 60 OLD
}

health() {
	run mdhealth --as-of 2010-04-16T23:00:00Z "$@"
}

@test "a symbol that fell silent is asked about once, and its rename told" {
	fallen events ticker,date,was NEW,2010-03-10,OLD
	assert_equal "$(requests /events)" 0
	later
	assert_output --partial \
		'OLD: renamed, as the API has it; for one series write into'
	assert_output --partial 'watchlist: NEW was=OLD until=2010-03-10'
	assert_equal "$(requests /vX/reference/tickers/OLD/events)" 1
	assert_equal "$(requests /v3/reference/tickers)" 0
	health
	[ "$status" -ne 0 ]
	assert_output --partial '1 symbol was renamed: OLD on 2010-03-10, watchl'
	assert_line --regexp '^renamed +OLD: watchlist line: NEW was=OLD until='
	health -o json
	assert_output --partial '"rule": "renamed_symbols"'
	assert_output --partial '"kind": "renamed"'
	assert_output --partial '"detail": "watchlist line: NEW was=OLD until=2010-03-10"'
	refute_output --partial '"kind": "silent"'
	health -o prometheus
	assert_line 'mdkit_renamed_symbols 1'
	assert_line 'mdkit_silent_symbols 0'
	health -o html
	assert_output --partial 'NEW was=OLD until=2010-03-10'
	# It is known for good.
	later
	assert_equal "$(requests /events)" 1
	# The line joins them, and OLD is in the watchlist no more.
	watch 'NEW was=OLD until=2010-03-10'
	fetch --as-of 2010-04-16T22:00:00Z --days 60 -w "$BATS_TEST_TMPDIR/watch"
	health -o json
	refute_output --partial renamed
	assert_equal "$(requests /events)" 1
}

@test "a delisted symbol is told once, and nothing of it is late any more" {
	fallen tickers ticker,type,listed,delisted OLD,CS,,2010-03-09
	run -2 mdstale --as-of 2010-04-16T23:00:00Z --by bars
	later
	assert_output --partial 'OLD: delisted, its last day was 2010-03-09'
	assert_equal "$(requests '/v3/reference/tickers?.*ticker=OLD')" 1
	run -0 mdstale --as-of 2010-04-16T23:00:00Z --by bars
	run -0 mdstale --as-of 2010-04-16T23:00:00Z
	health -o json
	assert_output --partial '"kind": "delisted"'
	refute_output --partial '"kind": "silent"'
	refute_output --partial rpo_
	health
	assert_output --partial 'delisted, its last day was 2010-03-09'
	later
	refute_output --partial delisted
	assert_equal "$(requests /v3/reference/tickers)" 1
	assert_equal "$(requests /events)" 1
}

@test "a vendor without these endpoints is asked once a day" {
	renamed 2010-03-10
	start_mock --data "$data" --today 2010-04-15 \
		--without /vX/reference/tickers --without /v3/reference/tickers
	for day in 13 14 15; do
		fetch --as-of "2010-04-${day}T22:00:00Z" --days 60 OLD
	done
	later
	assert_equal "$(requests /events)" 1
	assert_equal "$(requests /v3/reference/tickers)" 1
	later
	assert_equal "$(requests /events)" 1
	assert_equal "$(sql "SELECT count(*) FROM absent_endpoints
		WHERE endpoint IN ('events', 'tickers')")" 2
	health -o json
	assert_output --partial '"kind": "silent"'
}

# vendor EVENTS TICKERS: one that has no bars, and answers so about tickers; @
# is its URL, # another number in each answer.
vendor() {
	python3 - "$@" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/vendor.log" \
		2>&1 3>&- <<-'EOP' &
	import os, sys
	from http.server import BaseHTTPRequestHandler, HTTPServer
	events, tickers, folder = sys.argv[1:]
	class Vendor(BaseHTTPRequestHandler):
	    asked = 0
	    def do_GET(self):
	        Vendor.asked += 1
	        url = 'http://127.0.0.1:%d' % server.server_port
	        body = '{"status":"OK","ticker":"OLD","results":[]}'
	        if self.path.startswith('/vX/'):
	            body = events
	        if self.path.startswith('/v3/reference/tickers'):
	            body = tickers
	        body = body.replace('@', url).replace('#', str(Vendor.asked))
	        self.send_response(200)
	        self.send_header('Content-Length', str(len(body.encode())))
	        self.end_headers()
	        self.wfile.write(body.encode())
	server = HTTPServer(('127.0.0.1', 0), Vendor)
	with open(folder + '/port.new', 'w') as f:
	    f.write(str(server.server_port))
	os.rename(folder + '/port.new', folder + '/vendor.port')
	server.serve_forever()
	EOP
	vendor_pid=$!
	wait_for 30 test -s "$BATS_TEST_TMPDIR/vendor.port"
	export POLYGON_BASE_URL
	POLYGON_BASE_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/vendor.port")
	rm "$BATS_TEST_TMPDIR/vendor.port"
	asked=$BATS_TEST_TMPDIR/vendor.log
}

@test "hostile answers about a silent symbol tell nothing, and cost a run nothing" {
	local day=16 event='{"type":"ticker_change","date":"'
	local row='{"status":"OK","results":[{"ticker":"OLD","market":"stocks",'

	event="{\"status\":\"OK\",\"results\":{\"events\":[$event"
	fallen events ticker,date,was
	stop_mock
	while IFS='|' read -r events tickers; do
		[ -n "$events" ] || continue
		vendor "$events" "$tickers"
		run -0 mdbackfill -q --rate 100000/min --max-retries 0 \
			--as-of "2010-04-${day}T22:00:00Z" --days 70 OLD
		assert_equal "$(grep -c ' /vX/' "$asked")" 1
		[ "$(grep -c ' /v3/reference/tickers' "$asked")" -le 3 ]
		kill "$vendor_pid"
		wait "$vendor_pid" || true
		run mdhealth --as-of "2010-04-${day}T23:00:00Z" -o json
		assert_output --partial '"kind": "silent"'
		refute_output --partial '"kind": "renamed"'
		refute_output --partial '"kind": "delisted"'
		day=$((day + 2))
	done <<-EOT
		<html>|{"status":"OK","results":7}
		${event}2010-03-10","ticker_change":{"ticker":"NEW"}}]}}|${row}"delisted_utc":"2005-01-03"}]}
		${event}2010-03-10","ticker_change":{"ticker":7}}]}}|${row}"delisted_utc":"2099-01-03"}]}
		${event}2010-03-10","ticker_change":{"ticker":"OLD"}}]}}|${row}"delisted_utc":NaN}]}
		${event}2099-03-10","ticker_change":{"ticker":"OLD"}}]}}|{"status":"OK","results":[{"ticker":"NEW","delisted_utc":"2010-03-09"}]}
		{"status":"OK"}|{"status":"OK","results":[{"ticker":"OLD"}],"next_url":"@/v3/reference/tickers?cursor=#"}
		{"status":"NOT_AUTHORIZED"}|{"status":"NOT_AUTHORIZED"}
	EOT
	assert_equal "$day" 30
}

@test "a name before a hole is told where the vendor has it" {
	renamed 2010-03-10
	printf '%s\n' ticker,date,was NEW,2010-03-10,OLD >"$data/events.csv"
	# NEW was another company's name, at another price, half a year before.
	python3 - "$data/bars/NEW/1d.csv" <<-'EOP'
	import sys
	rows = open(sys.argv[1]).read().splitlines()
	old = ["%d,5,5.5,4.5,5,1000" % (1252382400000 + 86400000 * i)
	       for i in range(4)]
	open(sys.argv[1], "w").write("\n".join(rows[:1] + old + rows[1:]) + "\n")
	EOP
	start_mock --data "$data"
	fetch --from 2009-09-08 --to 2010-04-15 NEW
	fetch --from 2009-09-08 --to 2010-04-16 NEW
	run mdhealth -o json
	assert_output --partial '"detail": "watchlist line: NEW was=OLD until=2010-03-10"'
	assert_equal "$(requests /events)" 1
	assert_equal "$(requests /v3/reference/tickers)" 0
	watch "$line" AAPL
	fetch --from 2009-09-08 --to 2010-04-16 -w "$BATS_TEST_TMPDIR/watch"
	same 1d
	run mdhealth -o json
	refute_output --partial '"kind": "renamed"'
	refute_output --partial '"kind": "reused"'
}
