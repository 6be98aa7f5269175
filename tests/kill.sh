#!/bin/bash
# Kills mdbackfill at random moments, then lets one run finish: the store must
# equal that of an undisturbed run, and coverage must never be ahead of bars.
#   kill.sh BUILD [KILLS]      100 kills when not said
set -eu

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
for _ in $(seq 200); do
	[ -s "$dir/port" ] && break
	sleep 0.05
done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$dir/port")
export POLYGON_BASE_URL

backfill() {
	"$build/mdbackfill" -q --db "$1" -t 1m,15m,1d --rate 100000/min \
		--from 2024-01-02 --to 2024-02-16 AAPL MSFT X:BTCUSD
}

bars() {
	sqlite3 "$1" "SELECT symbol, timeframe, ts_ms, open, high, low, close,
	    volume, vwap, transactions FROM market_data_raw ORDER BY 1, 2, 3"
}

coverage() {
	sqlite3 "$1" "SELECT symbol, timeframe, from_ts, to_ts, kind
	    FROM coverage JOIN series USING (series_id) ORDER BY 1, 2, 3"
}

backfill "$dir/whole.db"
bars "$dir/whole.db" >"$dir/whole.bars"
coverage "$dir/whole.db" >"$dir/whole.coverage"

killed=0
missed=0
round=0
while [ $killed -lt "$kills" ]; do
	round=$((round + 1))
	db=$dir/$((round / 5)).db
	backfill "$db" 3>&- &
	run=$!
	sleep "0.$(printf '%03d' $((RANDOM % 350)))"
	if ! kill -9 $run 2>/dev/null; then
		missed=$((missed + 1))
		rm -f "$db"*
	else
		killed=$((killed + 1))
	fi
	wait $run 2>/dev/null || true
	[ -s "$db" ] || continue
	# What the store claims after each kill is there.
	ahead=$(sqlite3 "$db" "ATTACH '$dir/whole.db' AS w;
	    SELECT count(*) FROM coverage c
	    JOIN series r ON r.series_id = c.series_id
	    JOIN w.series q ON q.symbol = r.symbol
	        AND q.timeframe = r.timeframe
	    JOIN w.bars b ON b.series_id = q.series_id
	        AND b.ts >= c.from_ts AND b.ts < c.to_ts
	    WHERE NOT EXISTS (SELECT 1 FROM bars a
	        WHERE a.series_id = r.series_id AND a.ts = b.ts)" 2>/dev/null ||
	    echo 0)
	if [ "$ahead" != 0 ]; then
		echo "coverage is ahead of bars by $ahead after kill $killed" >&2
		exit 1
	fi
done

for db in "$dir"/[0-9]*.db; do
	backfill "$db"
	bars "$db" | cmp - "$dir/whole.bars"
	coverage "$db" | cmp - "$dir/whole.coverage"
	open=$(sqlite3 "$db" "SELECT count(*) FROM scheduler_execution_log
	    WHERE status = 'running'")
	[ "$open" = 0 ] || { echo "$open runs still running" >&2; exit 1; }
done
echo "$killed kills ($missed came too late), every store whole"
