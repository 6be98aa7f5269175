#!/usr/bin/env bats
# mdserve: what can be asked of the historical routes beside a range.

bats_require_minimum_version 1.5.0
load report
load serve

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_serve
}

# csv PATH: its rows
csv() {
	ask "$1" -H 'Accept: text/csv'
}

# bars ARGUMENTS...: what mdbars has of the columns that mdserve has
bars() {
	mdbars -o csv --columns \
		ts,ts_ms,open,high,low,close,volume,vwap,transactions "$@"
}

# Ten days of minutes and hours.
fill_minutes() {
	use_store
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q --as-of 2024-07-20T20:00:00Z --days 10 -t 1m,5m,1h,1d "$@"
	stop_mock
}

# newest_first: of a CSV with a header line
newest_first() {
	sed -n 1p "$1"
	sed 1d "$1" | tac
}

@test "session: the rows of mdbars, in pages, both ways" {
	fill_minutes AAPL X:BTCUSD
	start_serve
	for series in AAPL/1m AAPL/5m AAPL/1h AAPL/1d X:BTCUSD/1h; do
		for session in regular extended; do
			[ "$series/$session" != AAPL/1d/extended ] || continue
			bars -t "${series#*/}" --session $session \
				"${series%/*}" >expected
			path="$HISTORICAL/${series%/*}?timeframe=${series#*/}"
			path="$path&session=$session"
			csv "$path&limit=10000&order=asc" >asc
			cmp expected asc || fail "$path"
			csv "$path&limit=10000" >desc
			newest_first expected | cmp - desc || fail "$path"
			csv "$path&limit=7" | cmp - <(head -n 8 desc) ||
				fail "$path"
			[ "$(ask "$path&limit=7" | jq -r .session)" = $session ]
		done
	done
	# All pages are the whole.
	next="$HISTORICAL/AAPL?timeframe=1h&session=regular&limit=9"
	next="$next&start=2024-07-11&end=2024-07-19"
	: >pages
	while [ "$next" != null ]; do
		ask "$next" >page
		jq -r '.bars[].ts' page >>pages
		next=$(jq -r .next page)
	done
	bars -t 1h --session regular --from 2024-07-11 --to 2024-07-19 AAPL |
		sed 1d | cut -d, -f1 | tac | cmp - pages
	[ "$(wc -l <pages)" -ge 40 ]
	# Features have the hours of their bars.
	csv "$FEATURES/AAPL?timeframe=5m&session=regular&limit=10000" |
		cut -d, -f1 >features
	csv "$HISTORICAL/AAPL?timeframe=5m&session=regular&limit=10000" |
		cut -d, -f1 | cmp - features
	for wrong in "$FEATURES/AAPL?timeframe=1h&session=regular" \
		"$HISTORICAL/AAPL?session=extended" \
		"$HISTORICAL/AAPL?timeframe=1h&session=night"; do
		ask "$wrong" >problem
		jq -e '.status == 422 and .parameter == "session" and
			(.error | test("expected"))' problem || fail "$wrong"
	done
	# Whoever asks for hours that are made of minutes wants minutes.
	ask "$HISTORICAL/QQQQ?timeframe=1h&session=regular" >missing
	jq -e '.status == 404 and .timeframe == "1h" and .requested' missing
	wait_for 30 noted 'QQQQ|1m|1'
}

@test "as_of: what the store held then, as mdbars has it" {
	fill_minutes AAPL
	then=2024-07-21T12:00:00Z
	start_mock --synthetic --today 2024-07-22T20:00:00Z
	mdbackfill -q --as-of 2024-07-22T20:00:00Z --days 60 -t 1d AAPL
	stop_mock
	bars -t 1d AAPL >after
	bars -t 1d --as-of "$then" AAPL >held
	run ! cmp -s held after
	start_serve
	path="$HISTORICAL/AAPL?limit=10000&as_of=$then"
	csv "$path&order=asc" | cmp held -
	csv "$path" | cmp - <(newest_first held)
	csv "$HISTORICAL/AAPL?limit=10000&order=asc" | cmp after -
	[ "$(ask "$path" | jq -r .as_of)" = "$then" ]
	ask "$HISTORICAL/AAPL?limit=3&as_of=$then" | jq -r .next >next
	grep -q "as_of=$(date -d "$then" +%s)000" next
	csv "$(cat next)" | sed 1d |
		cmp - <(newest_first held | sed -n 5,7p)
	etag=$(header etag "$path")
	[ "$(status_of "$path" -H "If-None-Match: $etag")" = 304 ]
	path="$HISTORICAL/AAPL?timeframe=1h&session=regular&as_of=$then"
	csv "$path&limit=10000&order=asc" | cmp - \
		<(bars -t 1h --session regular --as-of "$then" AAPL)
	for wrong in "$HISTORICAL/AAPL?as_of=2098-01-01" \
		"$HISTORICAL/AAPL?as_of=then" "$FEATURES/AAPL?as_of=$then"; do
		ask "$wrong" >problem
		jq -e '.status == 422 and .parameter == "as_of" and
			(.error | test("expected"))' problem || fail "$wrong"
	done
	# An older version kept no dates.
	stop_serve
	sql "UPDATE series SET history_from = $(date -d 2024-07-25 +%s)000"
	start_serve
	ask "$HISTORICAL/AAPL?as_of=$then" >problem
	jq -e '.status == 422 and (.error | test("is not known"))' problem
}

@test "columns: those that were named, in that order" {
	fill_store AAPL
	start_serve
	path="$HISTORICAL/AAPL?limit=20"
	csv "$path&columns=close,ts" | cmp - \
		<(csv "$path" | awk -F, -v OFS=, '{ print $6, $1 }')
	ask "$path&columns=close,ts" | jq -c '.bars' | cmp - \
		<(ask "$path" | jq -c '[.bars[] | { close, ts }]')
	[ "$(ask "$path&columns=close,ts" | jq -c '.bars[0] | keys_unsorted')" \
		= '["close","ts"]' ]
	path="$FEATURES/AAPL?limit=20"
	ask "$path&columns=ts,structure_label,hh,atr" | jq -c .features | cmp - \
		<(ask "$path" |
			jq -c '[.features[] | { ts, structure_label, hh, atr }]')
	ask "$FEATURES/AAPL?columns=ts,atr&limit=3" | jq -r .next |
		grep -q 'columns=ts,atr&cursor='
	for wrong in price '' 'ts,' ts,ts atr; do
		ask "$HISTORICAL/AAPL?columns=$wrong" >problem
		jq -e '.status == 422 and .parameter == "columns"' problem ||
			fail "$wrong"
	done
	jq -e '.error | test("expected some of ts,ts_ms,open")' problem
}

@test "symbols: each as it would be answered alone, in that order" {
	fill_store AAPL X:BTCUSD
	# Of one time, so that ages do not differ.
	start_serve --as-of "$NOW"
	options='timeframe=1h&limit=3&start=2024-06-10'
	for root in "$HISTORICAL" "$FEATURES"; do
		path="$root?symbols=X:BTCUSD,AAPL&$options"
		ask "$path" >all
		jq -c '.series[]' all | cmp - <(
			ask "$root/X:BTCUSD?$options" | jq -c .
			ask "$root/AAPL?$options" | jq -c .
		)
		jq -e '.count == 2 and .missing == [] and .timeframe == "1h"' all
		# Each has a next page of its own.
		jq -r '.series[].next' all >next
		[ "$(grep -c "^$root/" next)" -eq 2 ]
		csv "$path" >all.csv
		{
			csv "$root/X:BTCUSD?$options" |
				sed '1s/^/symbol,timeframe,/; 2,$s/^/X:BTCUSD,1h,/'
			csv "$root/AAPL?$options" | sed '1d; s/^/AAPL,1h,/'
		} | cmp - all.csv
		[ "$(header x-data-more "$path")" = X:BTCUSD,AAPL ]
		etag=$(header etag "$path")
		[ "$(status_of "$path" -H "If-None-Match: $etag")" = 304 ]
		ask "$path" -H 'Accept-Encoding: gzip' | gunzip | cmp all -
		[ "$(ask "$path" -I | sed -n 's/^Content-Length: //p' |
			tr -d '\r')" -eq "$(wc -c <all)" ]
	done
	path="$HISTORICAL?symbols=AAPL,X:BTCUSD&columns=ts,close&session=regular"
	csv "$path&timeframe=1d" | cut -d, -f1-2 | uniq -c | awk '{ print $2 }' |
		cmp - <(printf '%s\n' symbol,timeframe AAPL,1d X:BTCUSD,1d)
}

@test "symbols: what is missing is told and noted, within the same bounds" {
	fill_store AAPL
	start_serve
	path="$HISTORICAL?symbols=AAPL,MSFT,QQQQ&limit=2"
	[ "$(status_of "$path" -I)" = 200 ]
	[ "$(sql 'SELECT count(*) FROM backfill_requests')" -eq 0 ]
	ask "$path" >all
	jq -e '.missing == ["MSFT", "QQQQ"] and (.series | length) == 3 and
		.series[0].count == 2 and .staleness == "missing" and
		.series[1].status == 404 and .series[1].requested and
		.series[2].symbol == "QQQQ"' all
	[ "$(header x-data-missing "$path" -H 'Accept: text/csv')" = MSFT,QQQQ ]
	csv "$path" | cut -d, -f1 | cmp - <(printf '%s\n' symbol AAPL AAPL)
	csv "$HISTORICAL?symbols=MSFT&columns=ts,close" |
		cmp - <(echo symbol,timeframe,ts,close)
	# Each asking counts: the answer is not kept.
	wait_for 30 noted 'MSFT|1d|4'
	# A hundred new ones a minute, however they come.
	for n in 0 1 2 3; do
		names=$(seq -f "N${n}%02.0f" -s, 50 | sed 'y/0123456789/ABCDEFGHIJ/')
		ask "$HISTORICAL?symbols=$names" >"many.$n"
	done
	jq -r '.series[] | .requested_reason' many.? | sort | uniq -c >reasons
	grep -q '^ *98 null$' reasons
	grep -q '^ *102 rate$' reasons
	for wrong in 'symbols symbols=' 'symbols limit=1' \
		'symbols symbols=AAPL,' 'symbols symbols=AAPL,aapl,AAPL' \
		"symbols symbols=AAPL,A'B" 'limit symbols=A,B,C,D,E,F&limit=10000' \
		"symbols symbols=$(seq -s, 51 | sed 's/[0-9]*/A&/g')"; do
		ask "$HISTORICAL?${wrong#* }" -G --data-urlencode \
			"clock=wall" >problem
		jq -e --arg name "${wrong%% *}" '.status == 422 and
			.parameter == $name and (.error | test("expected|symbol"))' \
			problem || fail "$wrong: $(cat problem)"
	done
	[ "$(status_of "$HISTORICAL?symbols=AAPL&cursor=1")" = 400 ]
	[ "$(status_of "$HISTORICAL/AAPL?symbols=AAPL")" = 400 ]
}
