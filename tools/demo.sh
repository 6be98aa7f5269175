#!/bin/sh
# The main job without a key or a network: mdmock serves synthetic bars,
# mdbackfill fetches them into BUILD/demo.db, sqlite3 shows what is in it.
#   demo.sh BUILD
set -eu

[ $# -eq 1 ] || {
	echo "usage: demo.sh BUILD" >&2
	exit 64
}
build=$(cd "$1" && pwd)
db=$build/demo.db
symbols="AAPL MSFT SPY X:BTCUSD"

work=$(mktemp -d)
mock=
finish() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What the caller has set up is not what the demo is about.
unset MD_DB MD_CONFIG MASSIVE_API_KEY
export XDG_CONFIG_HOME="$work"
export POLYGON_API_KEY=demo

title() {
	printf '\n== %s\n' "$1"
}

# Shown as one would type it, then done.
backfill() {
	printf '\n$ mdbackfill --db %s %s\n' "$db" "$*"
	"$build/mdbackfill" --db "$db" "$@"
}

# A report ends with its verdict.
report() {
	program=$1
	shift
	printf '\n$ %s --db %s %s\n' "$program" "$db" "$*"
	"$build/$program" --db "$db" "$@" || true
}

query() {
	sqlite3 -column -header "$db" "$1"
}

"$build/mdmock" --quiet --synthetic --listen 127.0.0.1:0 \
    --port-file "$work/port" &
mock=$!
tries=0
until [ -s "$work/port" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 "$mock" 2>/dev/null; then
		echo "demo.sh: mdmock did not start" >&2
		exit 69
	fi
	sleep 0.1
done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$work/port")
export POLYGON_BASE_URL
rm -f "$db" "$db-wal" "$db-shm"

title "Fetch: days of two years, hours of sixty days"
# shellcheck disable=SC2086 # a list of words
backfill -t 1d --days 730 $symbols
# shellcheck disable=SC2086
backfill -t 1h --days 60 $symbols

split=$(sqlite3 "$db" "SELECT max(execution_date) FROM splits
    WHERE symbol = 'SPY'")
if [ -n "$split" ]; then
	title "A split of SPY on $split: fetch the days around it"
	backfill --from "$(sqlite3 "$db" "SELECT date('$split', '-3 days')")" \
	    --to "$(sqlite3 "$db" "SELECT date('$split', '+4 days')")" SPY
	echo
	query "SELECT substr(r.ts_utc, 1, 10) AS day,
	    round(r.close, 2) AS as_traded, round(m.close, 2) AS adjusted
	    FROM market_data_raw r JOIN market_data m
	    USING (symbol, timeframe, ts_ms)
	    WHERE symbol = 'SPY' AND timeframe = '1d'
	    AND day < date('$split', '+7 days') ORDER BY ts_ms"
fi

title "What is stored"
query "SELECT symbol, timeframe, count(*) AS bars, min(ts_utc) AS first,
    max(ts_utc) AS last FROM market_data GROUP BY symbol, timeframe"

title "The newest days of AAPL, adjusted for splits"
query "SELECT substr(ts_utc, 1, 10) AS day, round(open, 2) AS open,
    round(high, 2) AS high, round(low, 2) AS low, round(close, 2) AS close,
    volume FROM market_data WHERE symbol = 'AAPL' AND timeframe = '1d'
    ORDER BY ts_ms DESC LIMIT 5"

title "Again: only bars that are not final yet are asked for"
# shellcheck disable=SC2086
backfill -t 1d --days 730 $symbols
# shellcheck disable=SC2086
backfill -t 1h --days 60 $symbols

title "The log of these runs"
query "SELECT substr(started_at, 1, 19) AS started, status,
    successful_symbols || '/' || total_symbols AS symbols,
    total_records_processed AS bars, total_requests AS requests,
    round(duration_seconds, 3) AS seconds
    FROM scheduler_execution_log ORDER BY started_at"

title "How fresh it is, by what the market has traded"
report mdstale --by bars --clock market

title "Whether all is well"
report mdhealth --by bars --clock market

echo
echo "The store is $db; look around with: sqlite3 $db"
