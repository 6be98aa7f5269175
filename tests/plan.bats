# The cheapest plan through mdbackfill's command line: how many calls it takes,
# and that what they bring is what the dearer calls would have brought.

load store

setup() {
	use_store
}

# The calls for bars since the last look, by kind.
calls() {
	local log=$BATS_TEST_TMPDIR/since

	tail -n +$((${looked:-0} + 1)) "$MOCK_LOG" >"$log"
	looked=$(wc -l <"$MOCK_LOG")
	got="$(grep -c /range/ "$log" || true) range"
	got+=", $(grep -c /grouped/ "$log" || true) grouped"
	[ "$got" = "$1" ] || fail "$got calls, not $1"
}

# list_market: the mock lists in its market what it was asked for: the names.
list_market() {
	rm -f "$BATS_TEST_TMPDIR"/listing.db*
	mdbackfill -q --no-grouped --no-features -j 20 --rate 100000/min \
		--db "$BATS_TEST_TMPDIR/listing.db" --from 2024-01-02 \
		--to 2024-01-02 "${names[@]}"
	looked=$(wc -l <"$MOCK_LOG")
}

# mock_market N: a mock in whose market S1 to SN are listed.
mock_market() {
	start_mock --synthetic
	mapfile -t names < <(seq -f 'S%.0f' "$1")
	list_market
}

# restart_market ARGUMENTS...: another mock in whose market the names are.
restart_market() {
	restart_mock --synthetic "$@"
	list_market
}

# fetch FROM TO ARGUMENTS...
fetch() {
	local from=$1 to=$2

	shift 2
	mdbackfill -q --rate 100000/min --from "$from" --to "$to" "$@"
}

# same_as_ranges: the store holds what one filled by range calls holds.
same_as_ranges() {
	bars_of >"$BATS_TEST_TMPDIR/grouped.bars"
	bars_of "$1" | diff - "$BATS_TEST_TMPDIR/grouped.bars"
	[ -s "$BATS_TEST_TMPDIR/grouped.bars" ]
}

@test "500 symbols, one new day: one call; three new ones: four" {
	mock_market 503
	known=("${names[@]:0:500}")
	fetch 2024-01-03 2024-01-03 --no-features "${known[@]}"
	calls "0 range, 1 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 500

	run mdbackfill -n -o json --rate 5/min --from 2024-01-03 \
		--to 2024-01-04 "${known[@]}"
	assert_line '  "calls": 1,'
	assert_line '  "calls_range": 0,'
	assert_line '  "calls_grouped": 1,'
	assert_line '  "calls_splits": 0,'
	assert_line '  "naive_calls": 500,'
	assert_line '  "seconds_at_rate": 12,'
	assert_line '  "bars_expected": 500,'

	# as though all five years of theirs had been fetched
	sql "UPDATE coverage SET from_ts = 1546578000000" # 2019-01-04
	fetch 2019-01-04 2024-01-04 --no-features "${names[@]}"
	calls "3 range, 1 grouped"
	fetch 2019-01-04 2024-01-04 --no-features "${names[@]}"
	calls "0 range, 0 grouped"
	assert_equal "$(sql "SELECT count(*) FROM symbol_computation_status
		WHERE status = 'completed'")" 1506
}

@test "a store filled by grouped calls equals one filled by range calls" {
	# both changes of the clock, a split of AAPL and one of USO
	start_mock --data "$(bars_data)"
	for span in "2020-03-02 2020-03-13" "2020-04-20 2020-05-05" \
		"2020-08-24 2020-09-04" "2020-10-26 2020-11-06"; do
		# shellcheck disable=SC2086 # words
		fetch $span --db "$(store_at range)" --no-grouped \
			AAPL AIG GOOG IWM QQQ SPY USO WM X:BTCUSD
	done
	looked=$(wc -l <"$MOCK_LOG")
	# a day after the other: as each run finds it in its turn
	for day in 2020-03-0{2..9} 2020-03-1{0..3} 2020-04-2{0..9} \
		2020-04-30 2020-05-0{1..5} 2020-08-2{4..9} 2020-08-3{0,1} \
		2020-09-0{1..4} 2020-10-2{6..9} 2020-10-3{0,1} 2020-11-0{1..6}
	do
		fetch "$day" "$day" AAPL AIG GOOG IWM QQQ SPY USO WM X:BTCUSD
	done
	# one of crypto alone is a range call a day; the others come together
	calls "52 range, 42 grouped"
	same_as_ranges "$(store_at range)"
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	# adjusted, and what follows from it
	for what in market_data market_features; do
		for db in "$MD_DB" "$(store_at range)"; do
			sql "SELECT * FROM $what ORDER BY symbol, ts_ms" "$db" |
				sha256sum
		done | uniq | wc -l >"$BATS_TEST_TMPDIR/distinct"
		assert_equal "$(cat "$BATS_TEST_TMPDIR/distinct")" 1
	done
}

@test "days of one run come newest first, and are the same bars" {
	start_mock --data "$(bars_data)"
	fetch 2020-11-02 2020-11-04 --db "$(store_at range)" \
		--no-grouped AAPL AIG GOOG IWM QQQ SPY USO WM
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2020-11-02 2020-11-04 -j 1 AAPL AIG GOOG IWM QQQ SPY USO WM
	assert_equal "$(grep -o 'stocks/[0-9]*-[0-9-]*' "$MOCK_LOG")" \
		"stocks/2020-11-04
stocks/2020-11-03
stocks/2020-11-02"
	calls "0 range, 3 grouped"
	same_as_ranges "$(store_at range)"
}

@test "a symbol that the day does not hold is asked again, then believed" {
	mock_market 3
	args=(2024-01-03 2024-01-03 --no-features S1 S2 S3 ZZTOP)
	for at in 12:00 12:10 13:02 14:04; do
		fetch "${args[@]}" --as-of "2024-01-05T$at:00Z"
	done
	# of the four answers three were an hour apart
	calls "3 range, 1 grouped"
	fetch "${args[@]}" --as-of "2024-01-05T15:06:00Z"
	calls "0 range, 0 grouped"
	assert_equal "$(coverage_of | grep -c bars)" 3
	assert_equal "$(coverage_of | grep empty)" \
		"ZZTOP|1d|1704258000000|1704344400000|empty"
}

@test "a plan without grouped calls asks series by series, and remembers" {
	mock_market 4
	restart_mock --synthetic --fault status=403:endpoint=grouped
	looked=$(wc -l <"$MOCK_LOG")
	args=(2024-01-03 2024-01-05 --no-features)
	fetch "${args[@]}" S1 S2 S3 S4
	# three days were planned: the newest was refused
	calls "4 range, 1 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 12
	fetch 2024-01-02 2024-01-02 --no-features S1 S2 S3 S4
	calls "4 range, 0 grouped"
	# not for ever
	sql "UPDATE grouped_denied SET denied_at = denied_at - 604800001"
	fetch 2023-12-29 2023-12-29 --no-features S1 S2 S3 S4
	calls "4 range, 1 grouped"
	assert_equal "$(sql "SELECT count(DISTINCT status), max(status)
		FROM symbol_computation_status")" "1|completed"
}

@test "a grouped call that fails spoils nothing" {
	start_mock --data "$(bars_data)"
	symbols=(AAPL AIG GOOG IWM QQQ SPY USO WM)
	fetch 2020-11-02 2020-11-04 --db "$(store_at range)" \
		--no-grouped "${symbols[@]}"
	for fault in html badjson truncated error200 status=500 reset \
		empty duplicate unordered types missing delayed; do
		MD_DB=$(store_at "$fault")
		restart_mock --data "$(bars_data)" \
			--fault "$fault:endpoint=grouped"
		looked=$(wc -l <"$MOCK_LOG")
		mdbackfill -q --rate 100000/min --max-retries 1 \
			--backoff-base 1ms --from 2020-11-02 --to 2020-11-04 \
			--as-of 2024-06-03T10:00:00Z "${symbols[@]}" 2>"$BATS_TEST_TMPDIR/err" ||
			[[ $fault =~ types|missing ]] ||
			fail "$fault: $(cat "$BATS_TEST_TMPDIR/err")"
		case $fault in
		duplicate | unordered | delayed)
			calls "0 range, 3 grouped" ;;
		html | badjson | truncated | status=500 | reset)
			calls "8 range, 4 grouped" ;;
		error200)
			calls "8 range, 2 grouped" ;;
		*)	# rows that were refused, or were not there
			restart_mock --data "$(bars_data)"
			fetch 2020-11-02 2020-11-04 "${symbols[@]}" \
				--as-of 2024-06-04T10:00:00Z ;;
		esac
		same_as_ranges "$(store_at range)" ||
			fail "$fault: other bars"
	done
}

@test "a row that is refused is kept as it came, for its series" {
	start_mock --data "$(bars_data)" --fault highlow:endpoint=grouped
	symbols=(AAPL AIG GOOG IWM QQQ SPY USO WM)
	fetch 2020-11-03 2020-11-03 "${symbols[@]}" \
		--as-of 2024-06-03T10:00:00Z || status=$?
	assert_equal "${status:-0}" 1
	# midnight, though the row had the end of the day
	assert_equal "$(sql "SELECT ts, reason FROM rejected_bars
		WHERE raw LIKE '%1604437200000%'")" \
		"1604379600000|high is below low"
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 1
	assert_equal "$(sql "SELECT count(*) FROM bars")" 7
	restart_mock --data "$(bars_data)"
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2020-11-03 2020-11-03 "${symbols[@]}" \
		--as-of 2024-06-04T09:00:00Z
	calls "0 range, 0 grouped"
	fetch 2020-11-03 2020-11-03 "${symbols[@]}" \
		--as-of 2024-06-04T10:00:00Z
	calls "1 range, 0 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 8
}

@test "a row that is no JSON, or has a NUL in its name, costs no other row" {
	local symbols=(AAPL AIG GOOG IWM QQQ SPY USO WM)

	# Of a named row the series is known.
	start_mock --data "$(bars_data)" --fault nan:endpoint=grouped
	fetch 2020-11-03 2020-11-03 "${symbols[@]}" || status=$?
	assert_equal "${status:-0}" 1
	calls "0 range, 1 grouped"
	assert_equal "$(sql "SELECT s.symbol, r.ts, r.reason
		FROM rejected_bars r JOIN series s USING (series_id)")" \
		"QQQ|1604379600000|the row is no JSON"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 7
	# Of another it is said, in one line, and its series asks by itself.
	MD_DB=$(store_at nul)
	restart_mock --data "$(bars_data)" --fault nul:endpoint=grouped
	looked=$(wc -l <"$MOCK_LOG")
	mdbackfill --rate 100000/min --from 2020-11-03 --to 2020-11-03 \
		"${symbols[@]}" 2>"$BATS_TEST_TMPDIR/err"
	calls "0 range, 1 grouped"
	run grep -c "all stocks of 2020-11-03: 1 row of no known symbol" \
		"$BATS_TEST_TMPDIR/err"
	assert_output 1
	grep -qF '("T" has a NUL in it): {"T":"QQQ\u0000",' \
		"$BATS_TEST_TMPDIR/err"
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars")" 0
	assert_equal "$(sql "SELECT count(*) FROM bars")" 7
	restart_mock --data "$(bars_data)"
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2020-11-03 2020-11-03 "${symbols[@]}"
	calls "1 range, 0 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 8
}

# -- splits --

@test "after each split of AAPL the store equals one filled afresh" {
	# the day before each split, and its day
	for days in "2000-06-20 2000-06-21" "2005-02-25 2005-02-28" \
		"2014-06-06 2014-06-09" "2020-08-28 2020-08-31"; do
		read -r before day <<<"$days"
		MD_DB=$(store_at "$day")
		stop_mock
		start_mock --data "$(bars_data)" --today "${before}T22:00:00Z"
		from=$(date -u -d "$before - 60 days" +%F)
		to=$(date -u -d "$before - 4 days" +%F)
		fetch "$from" "$to" --as-of "${before}T22:00:00Z" AAPL
		first=$(bars_of | sha256sum)
		restart_mock --data "$(bars_data)" --today "${day}T22:00:00Z"
		looked=$(wc -l <"$MOCK_LOG")
		# nothing is wanted that is not there: what was split is known
		fetch "$from" "$to" --as-of "${day}T22:00:00Z" AAPL
		calls "0 range, 0 grouped"
		assert_equal "$(bars_of | sha256sum)" "$first"
		fetch "$from" "$to" --as-of "${day}T22:00:00Z" AAPL \
			--db "$(store_at "fresh$day")"
		for what in market_data market_features; do
			sql "SELECT * FROM $what ORDER BY ts_ms" \
				>"$BATS_TEST_TMPDIR/moved"
			sql "SELECT * FROM $what ORDER BY ts_ms" \
				"$(store_at "fresh$day")" |
				diff - "$BATS_TEST_TMPDIR/moved"
			[ -s "$BATS_TEST_TMPDIR/moved" ]
		done
		[ "$(sql "SELECT count(*) FROM adjustments")" -ge 1 ]
	done
}

@test "the real splits are believed" {
	need_shared
	start_mock --data "$(shared_data)"
	fetch 1998-01-02 2021-03-31 --no-features AAPL AIG GOOG IWM QQQ SPY USO
	assert_equal "$(sql "SELECT count(*), count(doubt) FROM splits")" "12|0"
}

@test "splits of new symbols are asked for at once, by their names" {
	start_mock --synthetic --today 2024-03-04T22:00:00Z
	on=(--as-of 2024-03-04T22:00:00Z --no-features)
	run mdbackfill -n -o json "${on[@]}" --from 2024-02-01 --to 2024-03-01 \
		AAPL MSFT SPY QQQ X:BTCUSD
	assert_line '  "calls_splits": 1,'
	fetch 2024-02-01 2024-03-01 "${on[@]}" AAPL MSFT SPY QQQ X:BTCUSD
	assert_equal "$(requests splits)" 1
	assert_equal "$(requests 'stocks/v1/splits.*ticker.any_of=')" 1
	assert_equal "$(sql "SELECT count(*) FROM symbols
		WHERE splits_checked_ms > 0 AND splits_from IS NULL")" 4
	# What lies before is known as well.
	fetch 2019-01-03 2024-03-01 "${on[@]}" AAPL MSFT
	assert_equal "$(requests splits)" 1
	# 2,000 symbols are more than an address has room for.
	cd "$BATS_TEST_TMPDIR"
	seq -f 'SYM%05.0f' 2000 >many
	mdbackfill -n -o json "${on[@]}" --from 2014-03-03 --to 2014-03-03 \
		-w many >planned
	grep -q '^  "calls_splits": 3,' planned
	mdbackfill -q "${on[@]}" --from 2014-03-03 --to 2014-03-03 -w many \
		--rate 100000/min
	assert_equal "$(requests splits)" 4
	assert_equal "$(sql "SELECT count(*) FROM symbols
		WHERE splits_checked_ms > 0")" 2004
}

@test "an API without the present endpoint is asked as before" {
	start_mock --synthetic --today 2024-03-04T22:00:00Z \
		--without /stocks/v1/splits
	on=(--as-of 2024-03-04T22:00:00Z --no-features)
	fetch 2024-02-01 2024-03-01 "${on[@]}" IBM
	assert_equal "$(requests splits)" 2
	assert_equal "$(requests reference/splits.*ticker=IBM)" 1
	# Which is known for a day.
	run mdbackfill -n -o json "${on[@]}" --from 2024-02-01 --to 2024-03-01 \
		AAPL MSFT SPY QQQ X:BTCUSD
	assert_line '  "calls_splits": 1,'
	fetch 2024-02-01 2024-03-01 "${on[@]}" AAPL MSFT SPY QQQ X:BTCUSD
	assert_equal "$(requests splits)" 3
	assert_equal "$(requests 'splits.*execution_date.gte=2024-02-01')" 1
	fetch 2024-02-01 2024-03-01 "${on[@]}" AAPL MSFT SPY QQQ
	assert_equal "$(requests splits)" 3

	# of what lies before, nothing is known yet; so far back own calls are
	# the cheaper ones, and tell of everything
	fetch 2023-01-03 2024-03-01 "${on[@]}" AAPL MSFT
	assert_equal "$(requests splits)" 5
	assert_equal "$(requests 'splits.*ticker=MSFT')" 1
	fetch 2019-01-03 2024-03-01 "${on[@]}" AAPL MSFT
	assert_equal "$(requests splits)" 5
	assert_equal "$(requests stocks/v1/splits)" 1
	# The next day it is looked for again, and there.
	restart_mock --synthetic --today 2024-03-05T22:00:00Z
	fetch 2024-02-01 2024-03-04 --no-features --as-of 2024-03-05T22:10:00Z \
		AAPL MSFT
	assert_equal "$(requests splits)" 6
	assert_equal "$(requests stocks/v1/splits.*execution_date.gte=)" 1
}

@test "the vendor's own factors are compared with its splits" {
	acme_data 2024-01-10,2,1 2024-02-01,3,2 2024-02-15,1,2
	start_mock --data "$BATS_TEST_TMPDIR/data"
	# The one in the midst is told with a factor that is not its own.
	on=(--as-of 2024-03-05T22:00:00Z --no-features -t 1d)
	mdbackfill -q "${on[@]}" --from 2024-02-26 --to 2024-02-29 ACME
	assert_equal "$(sql "SELECT execution_date, adjustment_type,
		contradicted FROM splits ORDER BY 1")" \
		"2024-01-10|reverse_split|0
2024-02-01|reverse_split|0
2024-02-15|forward_split|0"
	sql "UPDATE splits SET contradicted = 1
		WHERE execution_date = '2024-02-01'"
	mdbackfill -q "${on[@]}" --from 2024-02-26 --to 2024-03-01 ACME
	run mdhealth --as-of 2024-03-05T22:10:00Z -o json
	assert_output --partial "the vendor's own adjustment factor contradicts it"
}

@test "splits asked for at once adjust what those of each symbol would" {
	start_mock --data "$(bars_data)" --today 2020-09-02T22:00:00Z \
		--without /stocks/v1/splits
	on=(--as-of 2020-09-02T22:00:00Z --no-features)
	fetch 2020-08-03 2020-09-01 "${on[@]}" AAPL SPY USO QQQ
	assert_equal "$(requests 'reference/splits.*ticker=')" 0
	for symbol in AAPL SPY USO QQQ; do
		fetch 2020-08-03 2020-09-01 "${on[@]}" "$symbol" \
			--db "$(store_at apart)"
	done
	assert_equal "$(requests 'reference/splits.*ticker=')" 4
	sql "SELECT * FROM market_data ORDER BY symbol, ts_ms" \
		>"$BATS_TEST_TMPDIR/together"
	sql "SELECT * FROM market_data ORDER BY symbol, ts_ms" \
		"$(store_at apart)" | diff - "$BATS_TEST_TMPDIR/together"
	assert_equal "$(sql "SELECT count(*) FROM adjustments")" 1

	# the day before the split is asked for later: AAPL's splits of then
	fetch 2020-02-03 2020-09-01 "${on[@]}" AAPL
	assert_equal "$(sql "SELECT symbol FROM symbols
		WHERE splits_from IS NULL")" AAPL
}

# acme_data SPLIT...: fifty sessions of a price that does not move.
acme_data() {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	cd "$BATS_TEST_TMPDIR/data"
	{
		echo t,o,h,l,c,v
		day=2024-01-02
		while [[ $day < 2024-03-01 ]]; do
			echo "$(TZ=America/New_York date -d "$day" +%s)000,\
10,10,10,10,5"
			day=$(date -u -d "$day + 1 day" +%F)
		done
	} >bars/ACME/1d.csv
	echo ticker,execution_date,split_from,split_to >splits.csv
	printf 'ACME,%s\n' "$@" >>splits.csv
}

@test "a split that the prices contradict is told, and waits for a person" {
	acme_data 2024-02-07,1,2
	start_mock --data "$BATS_TEST_TMPDIR/data" --today 2024-03-01T22:00:00Z
	now=(--as-of 2024-03-01T22:00:00Z)
	fetch 2024-01-02 2024-02-29 "${now[@]}" ACME
	assert_equal "$(sql "SELECT DISTINCT CAST(close AS INTEGER)
		FROM market_data")" 10
	assert_equal "$(sql "SELECT count(*) FROM splits")" 1
	run mdhealth -o json "${now[@]}"
	assert_output --partial '"rule": "doubtful_splits"'
	assert_output --partial '{"kind": "split", "symbol": "ACME",'\
' "date": "2024-02-07",'
	assert_output --partial '"command": "mdbackfill --confirm-split ACME=2024-02-07"'
	run --separate-stderr mdbackfill --confirm-split ACME=2024-02-08
	assert_equal "$status" 64
	[[ $stderr == *"no split of ACME"* ]]
	run --separate-stderr mdbackfill --confirm-split ACME
	assert_equal "$status" 64
	mdbackfill --confirm-split ACME=2024-02-07 "${now[@]}"
	assert_equal "$(sql "SELECT DISTINCT CAST(close AS INTEGER)
		FROM market_data ORDER BY 1")" "5
10"
	run mdhealth -o json "${now[@]}"
	refute_output --partial doubtful_splits
	# another day, another answer about all splits: it stays confirmed
	fetch 2024-01-02 2024-02-29 --as-of 2024-03-04T22:00:00Z ACME
	assert_equal "$(sql "SELECT DISTINCT CAST(close AS INTEGER)
		FROM market_data ORDER BY 1")" "5
10"
}

@test "the same split told of twice counts once" {
	acme_data 2024-02-07,100,101 2024-02-09,100,101
	start_mock --data "$BATS_TEST_TMPDIR/data" --today 2024-03-01T22:00:00Z
	fetch 2024-01-02 2024-02-29 --as-of 2024-03-01T22:00:00Z ACME
	assert_equal "$(sql "SELECT execution_date, doubt FROM splits
		ORDER BY 1")" \
		"2024-02-07|
2024-02-09|told a few days before already"
	assert_equal "$(sql "SELECT max(factor) FROM adjustments")" 1.01
}

@test "two splits of one date that a person confirmed stay confirmed" {
	acme_data 2024-02-27,1,2 2024-02-27,1,3
	start_mock --data "$BATS_TEST_TMPDIR/data" --today 2024-03-01T22:00:00Z
	fetch 2024-01-02 2024-02-29 --as-of 2024-03-01T22:00:00Z ACME
	assert_equal "$(sql "SELECT count(*) FROM adjustments")" 0
	mdbackfill --confirm-split ACME=2024-02-27 \
		--as-of 2024-03-01T22:00:00Z
	fetch 2024-01-02 2024-02-29 --as-of 2024-03-04T22:00:00Z ACME
	assert_equal "$(sql "SELECT split_to FROM splits
		WHERE confirmed = 1 ORDER BY 1" | cut -d. -f1)" "2
3"
	assert_equal "$(sql "SELECT CAST(factor AS INTEGER)
		FROM adjustments")" 6
}

# -- names --

@test "a name that passed to another company is told, until from= says so" {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/META"
	cd "$BATS_TEST_TMPDIR/data"
	echo ticker,execution_date,split_from,split_to >splits.csv
	{
		echo t,o,h,l,c,v
		for day in 2022-01-{03..07} 2022-06-{09,10,13,14}; do
			price=$([[ $day > 2022-02 ]] && echo 184 || echo 15)
			echo "$(TZ=America/New_York date -d "$day" +%s)000,\
$price,$price,$price,$price,5"
		done
	} >bars/META/1d.csv
	start_mock --data "$BATS_TEST_TMPDIR/data"
	fetch 2022-01-03 2022-06-14 META
	run mdhealth -o json
	assert_output --partial '"rule": "reused_symbols"'
	assert_output --partial '{"kind": "reused", "symbol": "META",'\
' "date": "2022-06-09",'

	printf 'META from=2022-06-09\n' >w
	fetch 2022-01-03 2022-06-14 -w w
	run mdhealth -o json
	refute_output --partial reused_symbols
	# and nothing before is fetched, by this run or by another
	MD_DB=$(store_at new)
	fetch 2022-01-03 2022-06-14 -w w
	assert_equal "$(sql "SELECT count(*) FROM bars")" 4
	fetch 2022-01-03 2022-06-14 --refresh META
	assert_equal "$(sql "SELECT count(*) FROM bars")" 4
	printf 'META from=June\n' >w
	run --separate-stderr mdbackfill -w w
	assert_equal "$status" 78
	[[ $stderr == *"w:1: "*"2022-06-09"* ]]
}

@test "--store-all-grouped keeps the rest of the market, out of the way" {
	start_mock --data "$(bars_data)"
	fetch 2020-11-03 2020-11-03 --db "$(store_at range)" \
		--no-grouped AAPL AIG GOOG IWM QQQ SPY USO WM
	fetch 2020-11-03 2020-11-03 --store-all-grouped AAPL SPY
	same_as_ranges "$(store_at range)"
	assert_equal "$(sql "SELECT symbol FROM symbols WHERE active = 1
		ORDER BY 1")" "AAPL
SPY"
	assert_equal "$(coverage_of | wc -l)" 8
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
	# who is wanted later is there already
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2020-11-03 2020-11-03 WM AAPL
	calls "0 range, 0 grouped"
	assert_equal "$(sql "SELECT count(*) FROM quant_features")" 3
}

# -- several runs, and runs that end early --

@test "two runs at once share whole days, and neither fails" {
	mock_market 8
	restart_market --latency 200
	fetch 2024-01-03 2024-01-05 --no-features "${names[@]}" 3>&- &
	first=$!
	fetch 2024-01-03 2024-01-05 --no-features "${names[@]}"
	wait $first
	assert_equal "$(sql "SELECT count(*) FROM bars")" 24
	assert_equal "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE status = 'completed'")" 2
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2024-01-03 2024-01-05 --no-features "${names[@]}"
	calls "0 range, 0 grouped"
}

@test "a run that is interrupted keeps the newest days, and says who waits" {
	mock_market 8
	restart_market --fault silent:endpoint=grouped,after=2
	interruptible mdbackfill -q -j 1 --no-features --from 2024-01-02 \
		--to 2024-01-05 "${names[@]}"
	wait_for 30 two_days
	kill -s INT "$run_pid"
	status=0
	wait "$run_pid" || status=$?
	assert_equal "$status" 130
	assert_equal "$(sql "SELECT DISTINCT substr(ts_utc, 1, 10)
		FROM market_data_raw ORDER BY 1")" "2024-01-04
2024-01-05"
	assert_equal "$(sql "SELECT count(*) FROM leases
		WHERE lease_until > 0")" 0
	restart_market
	fetch 2024-01-02 2024-01-05 --no-features "${names[@]}"
	calls "0 range, 2 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 32
}

two_days() {
	[ "$(sql "SELECT count(*) FROM bars" 2>/dev/null)" = 16 ]
}

@test "a series that another run holds does not keep the others waiting" {
	mock_market 4
	fetch 2024-01-02 2024-01-02 --no-features "${names[@]}"
	sql "UPDATE leases SET execution_id = 'another', lease_until =
		(strftime('%s', 'now') + 30) * 1000
		WHERE series_id =
		(SELECT min(series_id) FROM series)"
	fetch 2024-01-03 2024-01-03 --no-features "${names[@]}" 3>&- &
	run_pid=$!
	wait_for 30 three_more
	sql "UPDATE leases SET lease_until = 0 WHERE series_id =
		(SELECT min(series_id) FROM series)"
	wait $run_pid
	assert_equal "$(sql "SELECT count(*) FROM bars")" 8
}

three_more() {
	[ "$(sql "SELECT count(*) FROM bars" 2>/dev/null)" = 7 ]
}

@test "crypto has a call of its own, with its own days" {
	start_mock --synthetic
	names=(X:BTCUSD X:ETHUSD X:SOLUSD SPY AAPL MSFT)
	list_market
	fetch 2024-03-10 2024-03-10 --db "$(store_at range)" \
		--no-grouped "${names[@]}"
	looked=$(wc -l <"$MOCK_LOG")
	# a Sunday, and the change of the clock
	fetch 2024-03-10 2024-03-10 "${names[@]}"
	calls "0 range, 1 grouped"
	grep -q "global/market/crypto/2024-03-10" "$MOCK_LOG"
	same_as_ranges "$(store_at range)"
	fetch 2024-03-11 2024-03-11 --db "$(store_at range)" \
		--no-grouped "${names[@]}"
	looked=$(wc -l <"$MOCK_LOG")
	fetch 2024-03-11 2024-03-11 "${names[@]}"
	calls "0 range, 2 grouped"
	same_as_ranges "$(store_at range)"
}

@test "the critical tier comes first" {
	start_mock --synthetic
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' "LOW tier=low" STD "CRIT tier=critical" >w
	fetch 2024-01-02 2024-01-31 --no-features -j 1 -w w
	assert_equal "$(grep -o 'ticker/[A-Z]*/range' "$MOCK_LOG")" \
		"ticker/CRIT/range
ticker/STD/range
ticker/LOW/range"
}

# today_at TIME CALLS ARGUMENTS...: the run of 2 July 2024, New York, and what
# it asks for.
today_at() {
	local at=2024-07-${day:-02}T$1:00-04:00 calls=$2

	shift 2
	restart_market --today "$at" "$@"
	fetch 2024-07-02 2024-07-02 --no-features --as-of "$at" "${names[@]}"
	calls "$calls"
}

@test "today's bars of all symbols are one call, at the times they changed" {
	mock_market 60
	today_at 16:20 "0 range, 1 grouped"
	today_at 16:40 "0 range, 0 grouped"
	today_at 20:20 "0 range, 1 grouped"
	day=03
	today_at 11:05 "0 range, 1 grouped"
	today_at 15:00 "0 range, 0 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 60
	assert_equal "$(sql "SELECT count(*) FROM restatements")" 0
}

@test "a plan without today is found out by one symbol, not by each" {
	mock_market 8
	denied=(--fault status=403:endpoint=grouped
		--fault status=403:endpoint=aggs,path=/2024-07-02
		--fault status=403:endpoint=aggs,path=/1719892800000)
	names+=(-j 1)
	fetch 2024-07-01 2024-07-01 --no-features \
		--as-of 2024-07-02T11:05:00-04:00 "${names[@]}"
	calls "0 range, 1 grouped"
	today_at 16:20 "1 range, 1 grouped" "${denied[@]}"
	today_at 16:40 "0 range, 0 grouped" "${denied[@]}"
	today_at 20:20 "0 range, 0 grouped" "${denied[@]}"
	day=03
	today_at 11:05 "0 range, 1 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 16
}

@test "a plan whose day of all has no row yet is asked once that day" {
	mock_market 8
	none=(--fault empty:endpoint=grouped,path=/2024-07-02)
	fetch 2024-07-01 2024-07-01 --no-features \
		--as-of 2024-07-01T20:20:00-04:00 "${names[@]}"
	calls "0 range, 1 grouped"
	today_at 10:20 "0 range, 1 grouped" "${none[@]}" # open for 50 minutes
	today_at 11:20 "0 range, 1 grouped" "${none[@]}"
	run sql "SELECT count(*) FROM coverage WHERE kind = 'denied'"
	assert_output 8
	today_at 12:00 "0 range, 0 grouped" "${none[@]}"
	today_at 16:20 "0 range, 0 grouped" "${none[@]}"
	run -0 mdbackfill --from 2024-07-02 --to 2024-07-02 --no-features \
		--as-of 2024-07-02T16:25:00-04:00 "${names[@]}"
	assert_line --regexp "^S1 .*not in the plan yet: requested again from\
 2024-07-03T15:00:00Z on"
	day=03
	today_at 11:05 "0 range, 1 grouped"
	assert_equal "$(sql "SELECT count(*) FROM bars")" 16
}

@test "a plan that gave some of today has the rest, too" {
	mock_market 3
	none=(--fault empty:endpoint=grouped)
	today_at 10:40 "0 range, 1 grouped"
	today_at 11:20 "0 range, 1 grouped" "${none[@]}"
	today_at 16:20 "0 range, 1 grouped"
	assert_equal "$(sql "SELECT count(*) FROM coverage
		WHERE kind = 'bars'")" 3
}

@test "that grouped calls are not in the plan does not withhold today" {
	mock_market 3
	denied=(--fault status=403:endpoint=grouped)
	today_at 11:20 "3 range, 1 grouped" "${denied[@]}"
	volume=$(sql "SELECT sum(volume) FROM bars")
	today_at 11:22 "0 range, 0 grouped" "${denied[@]}"
	today_at 16:20 "3 range, 0 grouped" "${denied[@]}"
	[ "$(sql "SELECT sum(volume) FROM bars")" != "$volume" ]
	today_at 16:40 "0 range, 0 grouped" "${denied[@]}"
	today_at 20:20 "3 range, 0 grouped" "${denied[@]}"
	run mdstale --by bars --clock market -o csv \
		--as-of 2024-07-02T23:00:00-04:00
	assert_success
}

@test "a symbol that the plan refuses does not withhold the others' today" {
	start_mock --synthetic
	names=(--no-grouped -t 1d -j 1 ZZZ AAPL MSFT)
	looked=0
	denied=(--fault status=403:endpoint=aggs,path=ticker/ZZZ/)
	list_market() { :; }
	today_at 11:20 "3 range, 0 grouped" "${denied[@]}"
	today_at 16:20 "2 range, 0 grouped" "${denied[@]}"
	today_at 16:40 "0 range, 0 grouped" "${denied[@]}"
	today_at 20:20 "2 range, 0 grouped" "${denied[@]}"
}
