#!/bin/bash
# Kills mdbackfill at random moments, then lets one run finish: the store must
# equal that of an undisturbed run, and coverage must never be ahead of bars,
# nor what it says of features ahead of those.
#   kill.sh BUILD [KILLS]      100 kills when not said
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
kills=${2:-100}
dir=$(mktemp -d)
mock=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT

unset MD_DB MD_CONFIG
export POLYGON_API_KEY=test-key-1234567890
"$build/mdmock" -q --synthetic --page 2000 --latency 5 \
	--port-file "$dir/port" 3>&- &
mock=$!
for _ in $(seq 1500); do
	[ -s "$dir/port" ] && break
	sleep 0.02
done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$dir/port")
export POLYGON_BASE_URL

# To be followed by the store.  Not a function: what runs in the background
# must be the program itself, or the kill would meet a shell around it.
backfill=("$build/mdbackfill" -q -t '1m,15m,1d' --rate 100000/min
	--from 2024-01-02 --to 2024-01-19 AAPL MSFT X:BTCUSD --db)

bars() {
	sqlite3 "$1" "SELECT symbol, timeframe, ts_ms, open, high, low, close,
	    volume, vwap, transactions FROM market_data_raw ORDER BY 1, 2, 3"
}

coverage() {
	sqlite3 "$1" "SELECT symbol, timeframe, from_ts, to_ts, kind
	    FROM coverage JOIN series USING (series_id) ORDER BY 1, 2, 3"
}

begin_ms=$(date +%s%3N)
"${backfill[@]}" "$dir/whole.db"
span_ms=$(($(date +%s%3N) - begin_ms))
bars "$dir/whole.db" >"$dir/whole.bars"
coverage "$dir/whole.db" >"$dir/whole.coverage"

# Stores of which nobody was killed are as the first one.
killed=0
stores=1
wounded=()
while [ $killed -lt "$kills" ]; do
	db=$dir/$stores.db
	"${backfill[@]}" "$db" 3>&- &
	run=$!
	# Anywhere in a run, however slow this machine or build is.
	ms=$((RANDOM % span_ms))
	sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
	kill -9 "$run" 2>/dev/null || true
	status=0
	wait "$run" 2>/dev/null || status=$?
	if [ $status -ne 137 ]; then
		# It was done before: what is killed next begins anew.
		stores=$((stores + 1))
		continue
	fi
	killed=$((killed + 1))
	wounded[stores]=$db
	# Killed before its schema was committed, a store claims nothing.
	[ -n "$(sqlite3 "$db" "SELECT 1 FROM sqlite_master
	    WHERE name = 'coverage'")" ] || continue
	# What the store claims after each kill is there.
	ahead=$(sqlite3 "$db" "ATTACH '$dir/whole.db' AS w;
	    SELECT count(*) FROM coverage c
	    JOIN series r ON r.series_id = c.series_id
	    JOIN w.series q ON q.symbol = r.symbol
	        AND q.timeframe = r.timeframe
	    JOIN w.bars b ON b.series_id = q.series_id
	        AND b.ts >= c.from_ts AND b.ts < c.to_ts
	    WHERE NOT EXISTS (SELECT 1 FROM bars a
	        WHERE a.series_id = r.series_id AND a.ts = b.ts)")
	if [ "$ahead" != 0 ]; then
		echo "coverage is ahead of bars by $ahead after kill $killed" >&2
		exit 1
	fi
	# A bar without features is one from which on they are owed.
	ahead=$(sqlite3 "$db" "SELECT count(*) FROM bars b
	    JOIN series s USING (series_id)
	    WHERE b.ts < ifnull(s.features_from, b.ts + 1)
	    AND NOT EXISTS (SELECT 1 FROM quant_features f
	        WHERE f.series_id = b.series_id AND f.ts = b.ts)")
	if [ "$ahead" != 0 ]; then
		echo "$ahead bars lack features after kill $killed" >&2
		exit 1
	fi
done

died=0
for db in "${wounded[@]}"; do
	"${backfill[@]}" "$db"
	bars "$db" | cmp - "$dir/whole.bars"
	coverage "$db" | cmp - "$dir/whole.coverage"
	differ=$("$here/features_differ.sh" "$db" "$dir/whole.db")
	[ "$differ" = 0 ] || { echo "$differ features differ" >&2; exit 1; }
	open=$(sqlite3 "$db" "SELECT count(*) FROM scheduler_execution_log
	    WHERE status = 'running'")
	[ "$open" = 0 ] || { echo "$open runs still running" >&2; exit 1; }
	died=$((died + $(sqlite3 "$db" "SELECT count(*)
	    FROM scheduler_execution_log WHERE status = 'interrupted'")))
done
[ $died -gt 0 ] || { echo "no kill met a run under way" >&2; exit 1; }
echo "$killed kills, $died of them in a logged run, every store whole"
