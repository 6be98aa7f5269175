#!/usr/bin/env bats
# Days on which the exchange kept other hours than the built-in calendar has, as
# the configuration tells them to every program.

load report

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
	# Tuesday; Independence Day, and a Saturday; Monday.
	cat >days.json <<-'E'
	{
	  "calendar": {
	    "closed": ["2024-07-02"],
	    "open": ["2024-07-04", "2024-07-06"],
	    "early": {"2024-07-08": "12:30"}
	  }
	}
	E
}

# days: the dates of the bars that are stored.
days() {
	sql "SELECT ts_ms / 1000 FROM market_data_raw ORDER BY 1" |
		sed 's/^/@/' | date -u -f - +%F | paste -sd' '
}

# backfill TIME FROM TO [OPTIONS...]: one stock's days, as of a time of July.
backfill() {
	mdbackfill -q -t 1d --no-grouped --as-of "2024-07-${1}" \
		--from "2024-07-$2" --to "2024-07-$3" "${@:4}" AAPL
}

@test "a closed day is not asked for, and a row of it is refused" {
	start_mock --synthetic --today 2024-07-10
	backfill 09T16:00:00Z 02 02 --config days.json
	assert_equal "$(requests aggs)" 0
	# What is before and after it comes in one answer.
	backfill 09T16:00:00Z 01 03 --config days.json || true
	assert_equal "$(requests aggs)" 1
	assert_equal "$(days)" "2024-07-01 2024-07-03"
	run -0 sql "SELECT reason FROM rejected_bars"
	assert_output "on a day on which the exchange was closed"
	# Without the configuration it is a day like others, which a day later
	# is asked for again.
	backfill 10T16:00:00Z 01 03
	assert_equal "$(days)" "2024-07-01 2024-07-02 2024-07-03"
}

@test "a refused row of a closed day is asked for daily, until it is gone" {
	closed() {
		restart_mock --synthetic --today "2024-07-$1" "${@:2}"
		mdbackfill -q -t 1d --as-of "2024-07-$1" --from 2024-07-01 \
			--to 2024-07-08 SPY
	}
	refused() {
		mdhealth -o json --as-of "2024-07-$1" | grep -c refused_bars ||
			true
	}
	start_mock --synthetic
	closed 10T16:00:00Z --fault closed_day
	assert_equal "$(requests aggs)" 1
	assert_equal "$(refused 10T17:00:00Z)" 1
	closed 10T18:00:00Z --fault closed_day
	assert_equal "$(requests aggs)" 1
	closed 11T17:00:00Z --fault closed_day
	assert_equal "$(requests aggs)" 2
	assert_equal "$(refused 11T18:00:00Z)" 1
	closed 12T18:00:00Z
	assert_equal "$(requests aggs)" 3
	assert_equal "$(refused 12T19:00:00Z)" 0
	closed 13T19:00:00Z
	assert_equal "$(requests aggs)" 3
}

@test "an open day is asked for, and its bars are stored" {
	start_mock --synthetic --config days.json --today 2024-07-10
	backfill 09T16:00:00Z 04 04
	backfill 09T16:00:00Z 06 06
	assert_equal "$(requests aggs)" 0
	backfill 09T16:00:00Z 04 07 --config days.json
	assert_equal "$(days)" "2024-07-04 2024-07-05 2024-07-06"
	# MD_CONFIG is as good.
	MD_CONFIG=days.json backfill 09T16:00:00Z 04 07
	run -0 sql "SELECT count(*) FROM rejected_bars"
	assert_output 0
	mdbackfill -q -t 1m --as-of 2024-07-09T16:00:00Z --config days.json \
		--from 2024-07-06 --to 2024-07-06 AAPL
	[ "$(sql "SELECT count(*) FROM market_data_raw
		WHERE timeframe = '1m'")" -ge 390 ]
}

@test "a day that closes early is asked for when it has closed" {
	start_mock --synthetic
	for at in 12:44 12:45 13:15 16:15 20:15; do
		restart_mock --synthetic --config days.json \
			--today "2024-07-08T$at:00-04:00"
		backfill "08T$at:00-04:00" 08 08 --config days.json --reask 1w
		printf '%s %s, ' "$at" "$(requests aggs)"
	done >asked
	assert_equal "$(cat asked)" \
		"12:44 1, 12:45 2, 13:15 2, 16:15 2, 20:15 3, "
}

@test "the market's clock does not wait for a closed day" {
	start_mock --synthetic --today 2024-07-10
	backfill 03T12:00:00Z 01 01 --config days.json
	market=(--by bars --clock market --as-of 2024-07-03T12:00:00Z -o csv)
	run -2 mdstale "${market[@]}"
	run -0 mdstale "${market[@]}" --config days.json
	assert_line --index 1 --partial ,fresh,
	# On Sunday an open Saturday's bar is there, or is missed.
	backfill 07T16:00:00Z 03 05 --config days.json || true
	market[5]=2024-07-07T16:00:00Z
	run -0 mdstale "${market[@]}"
	run -2 mdstale "${market[@]}" --config days.json
	run -1 mdstale --gaps --days 4 --as-of 2024-07-07T16:00:00Z \
		--config days.json -o csv
	assert_output --partial 2024-07-06
}

@test "the calendar that is shown is the one in use" {
	run -0 mdhealth --config days.json --calendar 2024-07-01..2024-07-08
	assert_output - <<-'TABLE'
	DATE        DAY        MARKET   CLOSES (UTC)          WHY
	2024-07-02  Tuesday    closed   -                     closed by configuration
	2024-07-03  Wednesday  early    2024-07-03T17:00:00Z  day before Independence Day
	2024-07-04  Thursday   open     2024-07-04T20:00:00Z  open by configuration
	2024-07-06  Saturday   open     2024-07-06T20:00:00Z  open by configuration
	2024-07-08  Monday     early    2024-07-08T16:30:00Z  early close by configuration
	TABLE
	run -0 mdhealth --config days.json -o csv \
		--calendar 2024-07-02..2024-07-08
	assert_output - <<-'CSV'
	session,open_utc,close_utc
	2024-07-03,2024-07-03T13:30:00Z,2024-07-03T17:00:00Z
	2024-07-04,2024-07-04T13:30:00Z,2024-07-04T20:00:00Z
	2024-07-05,2024-07-05T13:30:00Z,2024-07-05T20:00:00Z
	2024-07-06,2024-07-06T13:30:00Z,2024-07-06T20:00:00Z
	2024-07-08,2024-07-08T13:30:00Z,2024-07-08T16:30:00Z
	CSV
	run -0 mdhealth --config days.json -o json \
		--calendar 2024-07-02..2024-07-04
	assert_equal "$(field '[h["name"] for h in d["holidays"]],
		[s["early_close"] for s in d["sessions"]]' <<<"$output")" \
		'[["closed by configuration"], [true, false]]'
}

# staleness [OPTIONS...]: what a mdserve says of the only series.
staleness() {
	local server

	rm -f port
	mdserve -q --listen 127.0.0.1:0 --port-file port --by bars \
		--clock market --as-of 2024-07-03T12:00:00Z "$@" 3>&- &
	server=$!
	wait_for 30 [ -s port ] || true
	curl -sS "http://127.0.0.1:$(cat port)/api/v1/admin/features/staleness" |
		grep -o '"status": *"[a-z]*"' || true
	kill "$server"
	wait "$server" || true
}

@test "the read API judges by it" {
	start_mock --synthetic --today 2024-07-10
	backfill 03T12:00:00Z 01 01 --config days.json
	run staleness
	assert_output --partial stale
	run staleness --config days.json
	assert_output --partial fresh
}

@test "a baseline knows the days of the real API, not of the mock" {
	printf '{"calendar": {"closed": ["2025-06-27"]}}' >june.json
	mdbaseline -q --mock --symbols AAPL -t 1d --days 9 --mock-latency 0 \
		--no-features --config june.json --db made-up.db --out out
	assert_equal "$(sqlite3 made-up.db "SELECT count(*) FROM bars
		WHERE ts = strftime('%s', '2025-06-27T04:00:00Z') * 1000")" 1
	start_mock --synthetic
	day=$(date -u -d "-$((($(date -u +%u) + 6) % 7 + 3)) days" +%F)
	printf '{"calendar": {"closed": ["%s"]}}' "$day" >friday.json
	for config in days.json friday.json; do
		mdbaseline -q -y --symbols AAPL -t 1d --days 14 --no-features \
			--config $config --db ${config%.json}.db --out out ||
			true
	done
	assert_equal "$(sqlite3 days.db "SELECT count(*) FROM rejected_bars")" 0
	run -0 sqlite3 friday.db "SELECT reason FROM rejected_bars"
	assert_output --partial "on which the exchange was closed"
}

# wrong TEXT WORDS: every program that has a calendar refuses it, in one line.
wrong() {
	local program code

	printf '{"calendar": %s}\n' "$1" >wrong.json
	for program in mdbackfill mdbaseline mdmock mdserve mdstale mdhealth \
		mdbars; do
		code=78
		case $program in mdstale | mdhealth) code=3 ;; esac
		run --separate-stderr "-$code" "$program" --config wrong.json
		# shellcheck disable=SC2154 # run sets it
		[[ $stderr == *"wrong.json:1:"*"$2"* ]] ||
			fail "$program: $stderr"
		[ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$program: $stderr"
	done
}

@test "what the calendar cannot be is named, by every program" {
	wrong '{"closed": ["2024-02-30"]}' \
		"calendar.closed: '2024-02-30': expected a date"
	wrong '{"closed": ["July 4"]}' "calendar.closed: 'July 4': expected a date"
	wrong '{"open": ["1989-07-04"]}' \
		"calendar.open: '1989-07-04': the calendar knows the years"
	wrong '{"open": ["2024-07-04"], "closed": ["2024-07-04"]}' \
		"calendar.open: '2024-07-04': expected each date once"
	wrong '{"early": {"2024-07-05": "25:00"}}' \
		"calendar.early: '2024-07-05': '25:00': expected a time"
	wrong '{"early": {"2024-07-05": "1pm"}}' \
		"calendar.early: '2024-07-05': '1pm': expected a time"
	wrong '{"early": {"2024-07-05": "09:30"}}' \
		"calendar.early: '2024-07-05': expected a time in New York"
	wrong '{"early": {"5 July": "13:00"}}' \
		"calendar.early: '5 July': expected a date"
	wrong '{"early": ["2024-07-05"]}' \
		"calendar.early: expected an object of strings"
	wrong '{"late": []}' "calendar.late: no such key"
	wrong '[]' "calendar: expected an object"
}
