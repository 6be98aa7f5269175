# Flat files: whole days of all symbols, instead of requests.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
}

NOW=2024-07-10T20:00:00Z
BARS="SELECT symbol, timeframe, ts, open, high, low, close, CASE WHEN symbol NOT LIKE 'I:%'
	THEN volume END, CASE WHEN symbol NOT LIKE 'I:%' THEN transactions END
	FROM bars JOIN series USING (series_id)
	ORDER BY symbol, timeframe, ts"
KNOWN="SELECT symbol, timeframe, from_ts, to_ts, kind FROM coverage
	JOIN series USING (series_id) ORDER BY symbol, timeframe, from_ts"

# store NAME: another one.
store() {
	MD_DB=$(store_at "$1")
	export MD_DB
}

# flat ARGUMENTS...: the mock's bars as files in ff.
flat() {
	"$MD_BUILD/mdmock" -q --synthetic --today "$NOW" --symbols list \
		--flat-files ff "$@"
}

# fill ARGUMENTS...: a run at that time.
fill() {
	mdbackfill -q --no-features --rate 100000/min --as-of "$NOW" "$@"
}

# both FROM TO SERIES...: by requests into a store, whose bars are in by_rest,
# and by files into another, by_file; the second makes no request for bars.
both() {
	local from=$1 to=$2

	shift 2
	printf '%s\n' AAPL MSFT NVDA SPY X:BTCUSD C:EURUSD I:SPX >list
	flat --from "$from" --to "$to"
	start_mock --synthetic --today "$NOW" --symbols list
	fill --no-grouped --from "$from" --to "$to" "$@"
	sql "$BARS" >by_rest
	sql "$KNOWN" >rest_known
	store again
	: >"$MOCK_LOG"
	fill --flat-files file:ff --from "$from" --to "$to" "$@"
	sql "$BARS" >by_file
	sql "$KNOWN" >file_known
	[ "$(wc -l <by_rest)" -gt 1000 ]
	cmp by_rest by_file
	# which days those of forex are, the first of them tell
	[ "$(requests 'aggs/ticker/[^C]')" -eq 0 ] || fail "$(cat "$MOCK_LOG")"
	[ "$(sql "SELECT count(*) FROM bars JOIN series USING (series_id)
		WHERE symbol <> 'C:EURUSD' AND vwap IS NOT NULL")" -eq 0 ]
	[ "$(sql 'SELECT count(*) FROM leases WHERE lease_until > 0')" -eq 0 ]
}

@test "files bring the bars that requests bring, and what is known" {
	both 2024-06-28 2024-07-08 -t 1m,1d AAPL MSFT X:BTCUSD I:SPX
	diff rest_known file_known
	[ "$(sql "SELECT count(*) FROM bar_sources WHERE source = 'file'")" -eq 8 ]
	# what is covered is not read again
	run -0 mdbackfill --no-features --flat-files file:ff -t 1m,1d \
		--from 2024-06-28 --to 2024-07-08 --as-of "$NOW" -o json AAPL
	[ "$(jq .files_read <<<"$output")" -eq 0 ]
}

@test "files bring the bars around the change of New York's clocks" {
	both 2024-03-07 2024-03-12 -t 1m,1d AAPL X:BTCUSD C:EURUSD
}

@test "files bring bars as traded, across a split" {
	both 2020-04-22 2020-04-29 -t 1m,1d NVDA SPY
	[ "$(sql "SELECT count(*) FROM splits WHERE symbol = 'NVDA'
		AND execution_date = '2020-04-27'")" -eq 1 ]
}

@test "a file's rows are of the symbol that had their name that day" {
	printf '%s\n' FBX MSFT SPY >list
	flat --from 2024-07-01 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	printf 'METX was=FBX until=2024-07-03\nMSFT\n' >renamed
	fill --no-grouped --from 2024-07-01 --to 2024-07-05 -t 1m -w renamed
	sql "$BARS" >by_rest
	store again
	: >"$MOCK_LOG"
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-02 -t 1m \
		-w renamed
	[ "$(requests aggs)" -eq 0 ] || fail "$(cat "$MOCK_LOG")"
	[ "$(sql "SELECT count(*) FROM bars JOIN series USING (series_id)
		WHERE symbol = 'METX'")" -gt 300 ]
	fill --from 2024-07-01 --to 2024-07-05 -t 1m -w renamed
	sql "$BARS" | cmp by_rest -
	# of two series that had one name both have its bars
	store both
	{ cat renamed; echo FBX; } >two
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-02 -t 1m -w two
	[ "$(sql "SELECT count(*) FROM (SELECT bar_count FROM series WHERE
		symbol IN ('METX', 'FBX') AND bar_count > 0) AS x")" -eq 2 ]
}

# doubted WORDS: a run with the files of ff warns so, and has all bars right.
doubted() {
	store "doubt$((tries = ${tries:-0} + 1))"
	: >"$MOCK_LOG"
	mdbackfill --no-features --rate 100000/min --as-of "$NOW" \
		--flat-files file:ff --from 2024-07-01 --to 2024-07-05 -t 1m \
		AAPL MSFT >words 2>&1 || fail "$(cat words)"
	grep -q -e "2024-07-02.csv.gz: $1.*nothing of it is stored" words ||
		fail "$(cat words)"
	sql "$BARS" >by_file
	diff by_rest by_file >differ || fail "$(wc -l by_*; head differ; cat words)"
	[ "$(requests aggs)" -gt 0 ]
	[ "$(sql 'SELECT count(*) FROM rejected_bars')" -eq 0 ]
	[ "$(sql "SELECT count(*) FROM flat_files
		WHERE name LIKE '%2024-07-02%'")" -eq 0 ]
}

@test "a file that cannot be right is left to requests" {
	local dir=ff/us_stocks_sip/minute_aggs_v1/2024/07
	local f=$dir/2024-07-02.csv.gz

	both 2024-07-01 2024-07-05 -t 1m AAPL MSFT
	cp "$f" whole
	head -c 3000 whole >"$f"
	doubted 'it was cut: the gzip does not end'
	{ head -c 3000 whole; printf xxxx; tail -c +3005 whole; } >"$f"
	doubted 'it is no gzip, or damaged'
	zcat whole | head -c -20 | gzip >"$f"
	doubted 'it was cut: its last line does not end'
	zcat whole | head -n 200 | gzip >"$f"
	doubted 'it has fewer than half as many rows'
	cp "$dir/2024-07-01.csv.gz" "$f"
	doubted 'its rows are of another day'
	zcat whole | sed '1s/open/opened/' | gzip >"$f"
	doubted 'it has no column open'
	zcat whole | sed -n 1p | gzip >"$f"
	doubted 'it has no rows'
	# rows of nobody's have an end, too
	{ zcat whole | sed -n 1p; yes Z | head -n 20000001; } | gzip -1 >"$f"
	doubted 'over 20000000 rows'
	: >"$f"
	doubted 'it is empty'
	rm "$f"
	mkdir "$f"
	store folder
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-05 -t 1m \
		AAPL MSFT
	sql "$BARS" | cmp by_rest -
}

@test "a short file that is stored alone has neighbours before it" {
	local f=ff/us_stocks_sip/minute_aggs_v1/2024/07/2024-07-05.csv.gz

	# 32 trading days, of which 31 are stored together
	printf 'AAPL\nMSFT\n' >list
	flat --from 2024-05-20 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	zcat "$f" >whole
	head -n 200 whole | gzip >"$f"
	mdbackfill --no-features --rate 100000/min --as-of "$NOW" \
		--flat-files file:ff --from 2024-05-20 --to 2024-07-05 -t 1m \
		AAPL MSFT >words 2>&1 || fail "$(cat words)"
	grep -q "2024-07-05.csv.gz: it has fewer than half as many rows" words ||
		fail "$(cat words)"
	[ "$(sql "SELECT count(DISTINCT series_id) FROM bars
		WHERE ts >= 1720186200000")" -eq 2 ]
}

@test "a short file without neighbours is held against the store's bars" {
	local set f alone=(mdbackfill --no-features --rate 100000/min
		--as-of "$NOW" --flat-files file:ff --from 2024-07-02
		--to 2024-07-02 -t '1m,1d' AAPL MSFT NVDA SPY)

	printf '%s\n' AAPL MSFT NVDA SPY >list
	flat --from 2024-07-02 --to 2024-07-02
	start_mock --synthetic --today "$NOW" --symbols list
	fill --no-grouped --from 2024-07-01 --to 2024-07-02 -t 1m,1d \
		AAPL MSFT NVDA SPY
	sql "$BARS" >by_rest
	cp -r ff whole
	for set in minute_aggs_v1 day_aggs_v1; do
		f=us_stocks_sip/$set/2024/07/2024-07-02.csv.gz
		zcat "whole/$f" | grep -E '^(ticker|AAPL)' | gzip >"ff/$f"
	done
	store before
	fill --no-grouped --from 2024-07-01 --to 2024-07-01 -t 1m,1d \
		AAPL MSFT NVDA SPY
	"${alone[@]}" >words 2>&1 || fail "$(cat words)"
	for set in minute day; do
		grep -q "$set.*2024-07-02.csv.gz: it has fewer than half as many rows as the store has bars of 2024-07-01" \
			words || fail "$(cat words)"
	done
	sql "$BARS" | cmp by_rest -
	[ "$(sql 'SELECT count(*) FROM flat_files')" -eq 0 ]
	# one that is as long as the store tells is believed
	rm -r ff
	cp -r whole ff
	store long
	fill --no-grouped --from 2024-07-03 --to 2024-07-03 -t 1m,1d \
		AAPL MSFT NVDA SPY
	: >"$MOCK_LOG"
	"${alone[@]}" >words 2>&1 || fail "$(cat words)"
	[ "$(sql 'SELECT count(*) FROM flat_files')" -eq 2 ] || fail "$(cat words)"
	[ "$(requests aggs)" -eq 0 ]
	# and against what it was before it was replaced
	sql "$BARS" >stored
	f=us_stocks_sip/minute_aggs_v1/2024/07/2024-07-02.csv.gz
	zcat "whole/$f" | sed '1!{n;n;d}' | head -n 300 | gzip >"ff/$f"
	"${alone[@]}" >words 2>&1 || fail "$(cat words)"
	grep -q '2024-07-02.csv.gz: it has fewer than half' words ||
		fail "$(cat words)"
	sql "$BARS" | cmp stored -
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 0 ]
	# an empty store has nothing to hold it against
	store empty
	: >"$MOCK_LOG"
	"${alone[@]}" >words 2>&1 || fail "$(cat words)"
	[ "$(sql 'SELECT count(*) FROM flat_files')" -eq 2 ]
	[ "$(requests aggs)" -eq 0 ]
}

@test "order, quotes and rows that came twice change nothing" {
	local f=ff/us_stocks_sip/minute_aggs_v1/2024/07/2024-07-02.csv.gz

	both 2024-07-01 2024-07-03 -t 1m AAPL MSFT
	zcat "$f" >whole
	sed '2,$s/^\([A-Z]*\),\([0-9]*\),/"\1",\2.0000000,/' whole >quoted
	{ sed -n 1p quoted; sed 1d quoted | shuf --random-source=whole
	  sed -n 2,50p quoted; } | gzip >"$f"
	store shuffled
	: >"$MOCK_LOG"
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-03 -t 1m \
		AAPL MSFT
	sql "$BARS" | cmp by_rest -
	[ "$(requests aggs)" -eq 0 ]
	# two different bars of one time are none, and both are kept as refused
	{ cat whole; sed -n 2p whole | sed 's/,[0-9]*,/,17,/'; } | gzip >"$f"
	store conflicting
	fill --flat-files file:ff --from 2024-07-02 --to 2024-07-02 -t 1m AAPL
	[ "$(sql 'SELECT count(*) FROM rejected_bars')" -eq 2 ]
	# a row of another day does not become one of that
	{ cat whole; zcat "${f/02.csv/01.csv}" | sed -n 2p; } | gzip >"$f"
	store stray
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-03 -t 1m AAPL
	[ "$(sql "SELECT count(*) FROM rejected_bars
		WHERE reason = 'in the file of another day'")" -eq 1 ]
	sql "$BARS" | grep -v '|MSFT\|^MSFT' >got
	grep -v '^MSFT' by_rest | cmp got -
}

@test "a file that was replaced is read again, and what changed is told" {
	local f=ff/us_stocks_sip/day_aggs_v1/2024/07/2024-07-02.csv.gz

	printf 'AAPL\nMSFT\n' >list
	flat --from 2024-07-01 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-05 AAPL MSFT
	zcat "$f" | awk -F, -v OFS=, '$1 == "AAPL" { $2 += 1 } 1' | gzip >new
	cp new "$f"
	NOW=2024-07-10T21:00:00Z
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-05 AAPL
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 1 ]
	NOW=2024-07-10T22:00:00Z
	# and by the next run for a series that has bars of the old one
	run -0 mdbackfill --no-features --flat-files file:ff --as-of "$NOW" \
		--from 2024-07-01 --to 2024-07-05 -o json AAPL MSFT
	[ "$(jq .files_read <<<"$output")" -eq 1 ]
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 1 ]
	run -0 mdbackfill --no-features --flat-files file:ff --as-of "$NOW" \
		--from 2024-07-01 --to 2024-07-05 -o json AAPL MSFT
	[ "$(jq .files_read <<<"$output")" -eq 0 ]
}

@test "requests fill in the vwap of bars of files, which is no restatement" {
	printf 'AAPL\n' >list
	flat --from 2024-07-01 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-05 -t 1m AAPL
	fill --refresh --from 2024-07-01 --to 2024-07-03 -t 1m AAPL
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 0 ]
	[ "$(sql 'SELECT count(*) FROM bars WHERE vwap IS NOT NULL')" -gt 900 ]
	[ "$(sql 'SELECT count(*) FROM bar_sources')" -eq 1 ]
	# files do not take it away again
	sql 'SELECT count(*), sum(vwap) FROM bars' >before
	fill --refresh --flat-files file:ff --from 2024-07-01 --to 2024-07-05 \
		-t 1m AAPL
	sql 'SELECT count(*), sum(vwap) FROM bars' | cmp before -
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 0 ]
}

@test "today, and what a file does not have yet, is requested" {
	printf '%s\n' AAPL MSFT NVDA SPY >list
	flat --from 2024-07-01 --to 2024-07-10
	start_mock --synthetic --today "$NOW" --symbols list
	# so many that their days are fewer bytes in files
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-10 -t 1m -w list
	[ "$(requests aggs)" -eq 4 ]
	[ "$(requests '1/minute/1720584000000/')" -eq 4 ]
	[ "$(sql "SELECT DISTINCT source FROM bar_sources WHERE to_ts = 1720584000000")" \
		= file ]
	# a symbol that is not in a file is absent by one answer
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-05 -t 1d ZZNO
	[ "$(sql 'SELECT max(answers) FROM doubts')" -eq 1 ]
}

@test "the plan says which files it reads instead of which calls" {
	printf 'AAPL\nMSFT\n' >list
	flat --from 2024-07-01 --to 2024-07-10
	run -0 mdbackfill -n --flat-files file:ff --as-of "$NOW" -o json \
		--from 2024-07-01 --to 2024-07-10 -t 1m AAPL MSFT
	[ "$(jq .files <<<"$output")" -eq 6 ]
	[ "$(jq .calls_range <<<"$output")" -eq 2 ]
	jq -e ".calls_without_files == .calls" <<<"$output"
	[ "$(jq .file_bytes <<<"$output")" -gt 1000 ]
	[ "$(jq -r '[.gaps[] | select(.by == "file")] | length' <<<"$output")" \
		-eq 2 ]
	run -64 mdbackfill --flat-files file: AAPL
	run -64 mdbackfill --flat-files /some/where AAPL
	run -64 mdbackfill --flat-files file:/not/there AAPL
	[[ $output == *"--flat-files"* ]]
	run -64 mdmock --synthetic --flat-files ff
	[[ $output == *"--from"* ]]
}

@test "a run that was killed goes on where it was" {
	local i

	printf '%s\n' AAPL MSFT NVDA SPY X:BTCUSD I:SPX >list
	flat --from 2024-06-03 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	local run=(mdbackfill -q --no-features --rate 100000/min
		--as-of "$NOW" --flat-files file:ff --from 2024-06-03
		--to 2024-07-05 -t 1m,1d -w list)
	"${run[@]}"
	sql "$BARS" >whole
	sql "$KNOWN" >whole_known
	store killed
	for i in $(seq 12); do
		"${run[@]}" 3>&- &
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))$((RANDOM % 10))"
		kill -9 $! 2>/dev/null || true
		wait $! || true
		[ ! -e "$MD_DB" ] || [ "$MD_ENGINE" = postgres ] ||
			[ "$(sqlite3 "$MD_DB" 'PRAGMA integrity_check')" = ok ]
	done
	"${run[@]}"
	sql "$BARS" | cmp whole -
	sql "$KNOWN" | cmp whole_known -
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 0 ]
}

@test "rows that are kept aside in a file are the same, whatever their order" {
	local f=ff/us_stocks_sip/minute_aggs_v1/2024/07/2024-07-02.csv.gz

	both 2024-07-01 2024-07-08 -t 1m AAPL MSFT X:BTCUSD
	zcat "$f" >whole
	{ sed -n 1p whole; sed 1d whole | shuf --random-source=whole; } |
		gzip >"$f"
	mkdir aside
	export TMPDIR=$PWD/aside MD_TEST_SPOOL_BYTES=100000
	store aside
	: >"$MOCK_LOG"
	fill --flat-files file:ff --from 2024-07-01 --to 2024-07-08 -t 1m \
		AAPL MSFT X:BTCUSD
	sql "$BARS" | cmp by_rest -
	sql "$KNOWN" | diff rest_known -
	[ "$(requests aggs)" -eq 0 ]
	[ -z "$(ls aside)" ]
	# no folder at all is as though none were named
	store unnamed
	TMPDIR='' fill --flat-files file:ff --from 2024-07-01 --to 2024-07-08 \
		-t 1m AAPL MSFT X:BTCUSD
	sql "$BARS" | cmp by_rest -
	# what cannot be kept is told, and nothing is stored of it
	TMPDIR=/not/there
	store nowhere
	run mdbackfill -q --no-features --as-of "$NOW" --flat-files file:ff \
		--from 2024-07-01 --to 2024-07-08 -t 1m AAPL MSFT
	[ "$status" -ne 0 ]
	[[ $output == *"/not/there"*TMPDIR* ]] || fail "$output"
	[ "$(sql 'SELECT count(*) FROM bars')" -eq 0 ]
	[ "$(sql 'SELECT count(*) FROM leases WHERE lease_until > 0')" -eq 0 ]
}

@test "a file whose gzip has several parts is one, and settings name the folder" {
	local f=ff/us_stocks_sip/day_aggs_v1/2024/07/2024-07-02.csv.gz

	printf 'AAPL\nMSFT\n' >list
	flat --from 2024-07-01 --to 2024-07-05
	start_mock --synthetic --today "$NOW" --symbols list
	zcat "$f" >rows
	{ head -n 10 rows | gzip; tail -n +11 rows | gzip; } >"$f"
	printf '{ "flat_files": "file:%s/ff" }' "$PWD" >c.json
	run -0 mdbackfill --config c.json --no-features --as-of "$NOW" -o json \
		--from 2024-07-01 --to 2024-07-05 AAPL MSFT
	[ "$(jq .files_read <<<"$output")" -eq 4 ]
	[ "$(jq .bars_inserted <<<"$output")" -eq 8 ]
	[ "$(requests aggs)" -eq 0 ]
	# the log of runs has them, too
	run mdhealth --history -o json
	[ "$(jq '.executions[0].files_read' <<<"$output")" -eq 4 ]
}

@test "a file that saves nothing is not read, and the ways are told" {
	printf '%s\n' AAPL MSFT >list
	flat --from 2024-07-01 --to 2024-07-05
	local f
	# as large as the whole market's: their gzip ends with a stored part
	for f in ff/us_stocks_sip/minute_aggs_v1/2024/07/*.gz; do
		head -c 12000000 /dev/urandom | tr -d '\n' |
			sed 's/^/"/; s/$/"/' | gzip -1 >>"$f"
	done
	start_mock --synthetic --today "$NOW" --symbols list
	local plan=(mdbackfill -n --flat-files file:ff --as-of "$NOW"
		--from 2024-07-01 --to 2024-07-05 -t 1m -o json)
	run -0 "${plan[@]}" AAPL
	jq -e '.files == 0 and .calls_range == 1 and
		[.alternatives[].way] == ["chosen", "files", "grouped", "range"]
		and (.alternatives[1] | .files == 4 and .calls_range == 0 and
			.bytes > 4e7 and .seconds > 0.4)
		and (.alternatives[0] | .files == 0 and .calls_range == 1 and
			.seconds < 0.2)' <<<"$output"
	# a pace at which a call is dearer
	run -0 "${plan[@]}" --rate 5/min AAPL
	jq -e '.files == 4 and .calls_range == 0' <<<"$output"
	# and a run does as the plan says
	run -0 mdbackfill --no-features --flat-files file:ff --as-of "$NOW" \
		--from 2024-07-01 --to 2024-07-05 -t 1m -o json AAPL
	jq -e '.files_read == 0 and .bars_inserted > 1000' <<<"$output"
	[ "$(sql 'SELECT count(*) FROM bars WHERE vwap IS NULL')" -eq 0 ]
}
