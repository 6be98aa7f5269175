# mdbars through its command line: its rows against the views, hours and grids
# against the calendar, and what is said when something is wrong.

load report

# Minutes, hours and days around a half day and a holiday, of a stock that
# splits in between.
fill() {
	use_store
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 1m,1h,1d --from 2024-06-28 --to 2024-07-08 \
		--as-of 2024-07-20T20:00:00Z AAPL
	mdbackfill -q -t 1d,1h --from 2024-06-28 --to 2024-07-08 \
		--as-of 2024-07-20T20:00:00Z X:BTCUSD
	stop_mock
}

# split: 4 for 1 on 2 July.
split() {
	sql "DELETE FROM adjustments;
		INSERT INTO adjustments (symbol, from_ts, to_ts, factor)
		VALUES ('AAPL', -2208988800000, 1719892800000, 4)"
}

# same CSV VIEW [WHERE]: the rows of a file are those of a view, value for
# value.
same() {
	sql "SELECT symbol, timeframe, ts_utc, ts_ms, open, high, low, close,
		volume, vwap, transactions, final FROM $2
		WHERE ${3:-TRUE} ORDER BY symbol, ts_ms" >view
	python3 - "$1" view <<-'PY'
	import csv, sys
	def row(r):
	    return r[:4] + [float(x) if x else None for x in r[4:11]] + \
	        [r[11] in ('1', 'true', 't')]
	with open(sys.argv[1]) as f:
	    mine = [row(r[:12]) for r in list(csv.reader(f))[1:]]
	with open(sys.argv[2]) as f:
	    view = [row(line.rstrip('\n').split('|')) for line in f]
	assert len(mine) > 3, mine
	assert len(mine) == len(view), (len(mine), len(view))
	for a, b in zip(sorted(mine), sorted(view)):
	    assert a[:4] == b[:4] and a[11] == b[11], (a, b)
	    for x, y in zip(a[4:11], b[4:11]):
	        # the shell prints fewer digits than there are
	        assert x == y or abs(x - y) <= 1e-12 * abs(y), (a, b)
	PY
}

@test "the standard checks" {
	standard_checks mdbars
}

@test "its rows are those of the views, adjusted and raw" {
	fill
	split
	cd "$BATS_TEST_TMPDIR"
	mdbars -t 1m,1d AAPL >got
	same got market_data "symbol = 'AAPL' AND timeframe IN ('1m', '1d')"
	mdbars --adjusted raw --all >got
	same got market_data_raw
	sql "INSERT INTO dividend_adjustments (symbol, from_ts, to_ts, factor)
		VALUES ('AAPL', -2208988800000, 1719979200000, 0.99)"
	mdbars -t 1m,1d --adjusted total AAPL >got
	same got market_data_total "symbol = 'AAPL' AND timeframe IN ('1m', '1d')"
	mdbars --adjusted raw -t 1d --from 2024-07-02 --to 2024-07-03 AAPL >got
	run -0 cut -d , -f 3 got
	assert_output - <<-'END'
	ts
	2024-07-02T04:00:00Z
	2024-07-03T04:00:00Z
	END
	# a moment at the end is not in it
	run -0 mdbars --from 2024-07-02T04:00:00Z --to 2024-07-03T04:00:00Z AAPL
	assert_equal "${#lines[@]}" 2
	# of a line of series, and of a watchlist, what these say
	printf 'AAPL\t1h\nX:BTCUSD\t1d\n' | mdbars - | cut -d , -f 1,2 |
		uniq >series
	run -0 cat series
	assert_output $'symbol,timeframe\nAAPL,1h\nX:BTCUSD,1d'
	echo "AAPL timeframes=1d" >list
	run -0 sh -c 'mdbars -w list | cut -d , -f 2 | sort -u'
	assert_output $'1d\ntimeframe'
}

@test "what features there are stand beside their bars" {
	fill
	cd "$BATS_TEST_TMPDIR"
	mdbars --features -t 1h AAPL >got
	sql "SELECT f.log_return, f.return_1h, f.hh, f.trend_direction
		FROM market_features f WHERE symbol = 'AAPL'
		AND timeframe = '1h' ORDER BY ts_ms" >view
	python3 - <<-'PY'
	import csv
	flag = {'': '', 'true': '1', 'false': '0', 't': '1', 'f': '0'}
	mine = list(csv.DictReader(open('got')))
	view = [l.rstrip('\n').split('|') for l in open('view')]
	assert len(mine) == len(view) > 10
	for m, v in zip(mine, view):
	    for name, x in zip(('log_return', 'return_1h'), v):
	        assert (m[name] == '') == (x == ''), (m, v)
	        assert x == '' or abs(float(m[name]) - float(x)) < 1e-14
	    assert flag.get(m['hh'], m['hh']) == flag.get(v[2], v[2]), (m, v)
	    assert m['trend_direction'] == v[3]
	PY
	sql "DELETE FROM quant_features"
	run -0 mdbars --features -o jsonl AAPL
	assert_line --partial '"final":true,"log_return":null,'
}

@test "regular hours begin at 9:30 and are made from minutes" {
	fill
	split
	cd "$BATS_TEST_TMPDIR"
	mdbars -t 1m --adjusted raw --session regular \
		--tz America/New_York AAPL >minutes
	mdbars -t 1h --adjusted raw --session regular \
		--tz America/New_York AAPL >hours
	python3 - <<-'PY'
	import csv, math
	minutes = list(csv.DictReader(open('minutes')))
	hours = list(csv.DictReader(open('hours')))
	made = {}
	for m in minutes:
	    day, clock = m['ts'][:10], m['ts'][11:16]
	    assert '09:30' <= clock < ('13:00' if day == '2024-07-03'
	        else '16:00'), m
	    n = (int(clock[:2]) * 60 + int(clock[3:]) - 570) // 60
	    made.setdefault((day, n), []).append(m)
	assert len(hours) == len(made) == 7 * 5 + 4, (len(hours), len(made))
	for h, (key, rows) in zip(hours, sorted(made.items())):
	    day, n = key
	    start = 570 + 60 * n
	    assert h['ts'] == f'{day}T{start // 60:02}:{start % 60:02}:00-04:00'
	    f = lambda name: [float(r[name]) for r in rows]
	    assert float(h['open']) == f('open')[0]
	    assert float(h['close']) == f('close')[-1]
	    assert float(h['high']) == max(f('high'))
	    assert float(h['low']) == min(f('low'))
	    assert float(h['volume']) == math.fsum(f('volume'))
	    assert float(h['transactions']) == sum(f('transactions'))
	    assert h['final'] == 'true'
	PY
	# adjusted: the hour of before the split, divided once
	run -0 mdbars -t 1h --session regular --to 2024-06-28 AAPL
	close=$(sed -n 2p hours | cut -d , -f 8)
	assert_equal "$(cut -d , -f 8 <<<"${lines[1]}")" \
		"$(python3 -c "print(repr($close / 4))")"
	# crypto has no session, and days are as they are
	assert_equal "$(mdbars --session regular X:BTCUSD AAPL | md5sum)" \
		"$(mdbars X:BTCUSD AAPL | md5sum)"
	run -64 mdbars --session extended AAPL
	assert_output --partial "no extended hours"
	run -64 mdbars -t 1m --session extended --fill null AAPL
	# without minutes they cannot be made
	sql "DELETE FROM bars WHERE series_id IN (SELECT series_id FROM series
		WHERE timeframe = '1m');
		UPDATE series SET newest_ts = NULL WHERE timeframe = '1m'"
	run -2 mdbars -t 1h --session regular AAPL
	assert_output --partial "mdbackfill -t 1m AAPL"
}

@test "the view of regular hours has the same rows" {
	fill
	cd "$BATS_TEST_TMPDIR"
	mdbars -t 1m,1d --session regular AAPL >got
	mdbars -t 1h,1d --session regular X:BTCUSD | sed 1d >>got
	same got market_data_regular
	# a bar before the open, one after an early close, one of a holiday
	sql "SELECT count(*) FROM market_data_regular" >before
	for t in 1719840540000 1720033200000 1720101600000; do
		sql "INSERT INTO bars (series_id, ts, open, high, low, close)
			SELECT series_id, $t, 1, 1, 1, 1 FROM series
			WHERE symbol = 'AAPL' AND timeframe = '1m'"
	done
	assert_equal "$(sql "SELECT count(*) FROM market_data_regular")" \
		"$(cat before)"
	# a session that becomes shorter, and one that there is not
	sql "UPDATE sessions SET close_ts = open_ts + 60000"
	sql "INSERT INTO sessions (open_ts, close_ts)
		VALUES (1720098000000, 1720108000000)"
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 1d --from 2024-07-08 --to 2024-07-08 \
		--as-of 2024-07-20T20:00:00Z AAPL
	assert_equal "$(sql "SELECT count(*) FROM market_data_regular")" \
		"$(cat before)"
}

@test "extended hours are what is before and after" {
	fill
	cd "$BATS_TEST_TMPDIR"
	# two bars of a morning and an evening that stand in the regular hours
	sql "UPDATE bars SET ts = 1720000800000 WHERE ts = 1720013400000
		AND series_id = (SELECT series_id FROM series
		WHERE symbol = 'AAPL' AND timeframe = '1m');
		UPDATE bars SET ts = 1720026120000 WHERE ts = 1720013460000
		AND series_id = (SELECT series_id FROM series
		WHERE symbol = 'AAPL' AND timeframe = '1m')"
	run -0 sh -c "mdbars -t 1h --session extended --tz America/New_York \
		AAPL | cut -d , -f 3"
	# the half day closed at 13:00
	assert_output - <<-'END'
	ts
	2024-07-03T06:00:00-04:00
	2024-07-03T13:00:00-04:00
	END
}

@test "a grid has every expected bar, filled as asked" {
	fill
	cd "$BATS_TEST_TMPDIR"
	series="(SELECT series_id FROM series WHERE symbol = 'AAPL'
		AND timeframe = '1m')"
	sql "DELETE FROM bars WHERE series_id = $series
		AND ts >= 1719927060000 AND ts < 1719927180000"
	day="-t 1m --session regular --from 2024-07-02 --to 2024-07-03"
	# shellcheck disable=SC2086 # words
	mdbars $day --fill null AAPL >null
	# shellcheck disable=SC2086
	mdbars $day --fill forward AAPL >forward
	assert_equal "$(wc -l <null)" $((1 + 390 + 210))
	assert_equal "$(wc -l <forward)" $((1 + 390 + 210))
	run -0 grep ',17199270600*,' null
	assert_output "AAPL,1m,2024-07-02T13:31:00Z,1719927060000,,,,,,,,"
	close=$(grep ',1719927000000,' forward | cut -d , -f 8)
	run -0 grep ',1719927120000,' forward
	assert_output "AAPL,1m,2024-07-02T13:32:00Z,1719927120000,$close,$close,$close,$close,0,,0,"
	# before the first bar of a range the close of the one before it counts
	sql "DELETE FROM bars WHERE series_id = $series
		AND ts = 1719927000000"
	# shellcheck disable=SC2086
	run -0 mdbars $day --fill forward AAPL
	close=$(mdbars -t 1m --to 2024-07-01 AAPL | tail -n 1 | cut -d , -f 8)
	assert_line --index 1 \
		"AAPL,1m,2024-07-02T13:30:00Z,1719927000000,$close,$close,$close,$close,0,,0,"
	# days: no 4th of July; hours that are made: the same grid
	run -0 sh -c "mdbars --fill null --from 2024-07-01 --to 2024-07-08 AAPL |
		cut -c 9-18 | tail -n +2 | tr '\n' ' '"
	assert_output "2024-07-01 2024-07-02 2024-07-03 2024-07-05 2024-07-08 "
	mdbars -t 1h --session regular --fill null --from 2024-07-02 \
		--to 2024-07-05 AAPL >hours
	assert_equal "$(wc -l <hours)" $((1 + 7 + 4 + 7))
	# what is to come is not filled in
	run -0 sh -c "mdbars --fill null --from 2024-07-08 --to 2100-01-01 \
		AAPL | tail -n 1 | cut -c 9-18"
	[[ "$output" > 2024-07-08 && "$output" < 2090 ]]
}

@test "each format is what it says" {
	fill
	cd "$BATS_TEST_TMPDIR"
	mdbars -o json AAPL X:BTCUSD >a.json
	mdbars -o jsonl AAPL X:BTCUSD >a.jsonl
	mdbars AAPL X:BTCUSD >a.csv
	mdbars -o svg AAPL X:BTCUSD >a.svg
	mdbars -t 1m -o svg --session regular AAPL >b.svg
	python3 - <<-'PY'
	import csv, json
	import xml.etree.ElementTree as xml
	d = json.load(open('a.json'))
	assert list(d) == ['adjusted', 'session', 'fill', 'series'], d
	lines = [json.loads(l) for l in open('a.jsonl')]
	assert lines == [dict(symbol=s['symbol'], timeframe=s['timeframe'],
	    **b) for s in d['series'] for b in s['bars']]
	rows = list(csv.DictReader(open('a.csv')))
	assert [list(l) for l in lines] == [list(r) for r in rows]
	assert [repr(l['close']) for l in lines] == [r['close'] for r in rows]
	for name, most in ('a.svg', 100), ('b.svg', 320):
	    x = xml.parse(name).getroot()
	    n = len(x.findall('{http://www.w3.org/2000/svg}g'))
	    assert 5 < n <= most, n
	PY
	run -0 mdbars -o table AAPL
	assert_line --index 0 --regexp '^SYMBOL +TF +TIME .* FINAL$'
	assert_line --index 1 --regexp '^AAPL +1d +2024-06-28T04:00:00Z .* yes$'
	run -0 mdbars -t 1m -o term AAPL
	assert_line --index 0 --partial "AAPL 1m, "
	# nothing wraps in a terminal
	for width in 60 80 200; do
		for format in table term; do
			python3 "$MD_ROOT/tests/on_terminal.py" "$width" \
				mdbars --color never -o $format AAPL >got
			python3 - "$width" <<-'PY'
			import sys
			text = open('got', 'rb').read().decode()
			longest = max(map(len, text.replace('\r', '').split('\n')))
			assert 20 < longest <= int(sys.argv[1]), (longest, text)
			PY
		done
	done
}

@test "columns are those that are asked for, in that order" {
	fill
	cd "$BATS_TEST_TMPDIR"
	mdbars -t 1h AAPL X:BTCUSD >all
	mdbars -t 1h --columns close,ts,symbol AAPL X:BTCUSD >some
	cmp some <(awk -F , '{ print $8 "," $3 "," $1 }' all)
	mdbars --features --columns atr,ts_ms,compression_regime AAPL >some
	cmp some <(mdbars --features AAPL | awk -F , '{ print $18 "," $4 "," $29 }')
	run -0 mdbars -o table --columns close,timeframe,ts --to 2024-06-28 AAPL
	assert_equal "${#lines[@]}" 3
	assert_equal "${lines[0]}" "AAPL 1d"
	[[ ${lines[1]} =~ ^" "+CLOSE"  TF   TIME"$ ]]
	[[ ${lines[2]} =~ ^" "*[0-9.]+"  1d   2024-06-28T04:00:00Z"$ ]]
	for wrong in price "ts,," ",ts" "ts," atr; do
		run -64 mdbars --columns "$wrong" AAPL
		assert_output --partial "mdbars: --columns: "
	done
	run -64 mdbars -o json --columns ts AAPL
	assert_output --partial "goes with the formats csv and table alone"
}

@test "what is not there is told, and the rest is written" {
	fill
	cd "$BATS_TEST_TMPDIR"
	run -1 --separate-stderr mdbars NOPE AAPL
	[ "${#lines[@]}" -gt 5 ]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *"NOPE 1d: the store has no bars"*"mdbackfill -t 1d NOPE" ]]
	echo kept >file
	run -2 mdbars --out file NOPE
	assert_equal "$(cat file)" kept
	run -0 --separate-stderr mdbars --from 2030-01-01 AAPL
	assert_equal "${#lines[@]}" 1
	[[ $stderr == *"no bars in that range" ]]
	run -0 mdbars -q -o json --from 2030-01-01 AAPL
	refute_output --partial warning
	run -64 mdbars
	assert_output --partial "name symbols"
	run -64 mdbars --from 2024-07-02 --to 2024-07-01 AAPL
	run -64 mdbars --from yesterday AAPL
	run -64 mdbars --adjusted dividends AAPL
	run -64 mdbars --tier low AAPL
	run -64 mdbars --as-of 2024-07-20 --features AAPL
	run -64 mdbars --as-of 2098-01-01 AAPL
	assert_output --partial "is yet to come"
	for zone in Nope/Where /etc/passwd ../../etc/passwd ""; do
		run -64 mdbars --tz "$zone" AAPL
	done
	run -69 mdbars --db "$BATS_TEST_TMPDIR/none.db" AAPL
	assert_output --partial "does not exist"
	# readers that go, and disks that are full
	run -0 bash -c "set -o pipefail; mdbars -t 1m AAPL | head -n 1"
	assert_equal "${#lines[@]}" 1
	if [ -w /dev/full ]; then
		run -69 sh -c "mdbars AAPL >/dev/full"
		assert_output --partial "standard output: cannot be written"
	fi
	run -69 bash -c "ulimit -f 8; mdbars -t 1m --out file AAPL"
	assert_equal "$(cat file)" kept
	assert_equal "$(echo file.*)" 'file.*'
	mdbars -t 1m --out file AAPL
	assert_equal "$(md5sum <file)" "$(mdbars -t 1m AAPL | md5sum)"
}

@test "it reads a store that it may not write, and no older one" {
	only_sqlite "a file"
	fill
	cd "$BATS_TEST_TMPDIR"
	before=$(mdbars AAPL | md5sum)
	sql "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
	chmod 444 "$MD_DB"
	assert_equal "$(mdbars AAPL | md5sum)" "$before"
	chmod 644 "$MD_DB"
	sql "DELETE FROM schema_migrations WHERE version =
		(SELECT max(version) FROM schema_migrations)"
	run -69 mdbars AAPL
	assert_output --partial "made by an older mdkit; run mdbackfill once"
}

@test "the examples of its manual run" {
	fill
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 1d --from 2024-07-01 --to 2024-07-08 \
		--as-of 2024-07-20T20:00:00Z MSFT AAPL
	cd "$BATS_TEST_TMPDIR"
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\$ //p' \
		"$MD_ROOT/man/mdbars.1" >commands
	[ "$(wc -l <commands)" -ge 7 ]
	while read -r command; do
		case $command in *column*)
			command -v column >/dev/null || continue ;;
		esac
		run -0 bash -c "set -eo pipefail; $command" </dev/null
		refute_output --partial mdbars:
		[[ $command == *--out* ]] || [ "${#lines[@]}" -gt 0 ]
	done <commands
	assert_equal "$(wc -l <aapl.csv)" 391
	grep -q '</svg>' aapl.svg
}
