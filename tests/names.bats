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
