#!/bin/sh
# Crashes the PostgreSQL server (stop -m immediate) under a running mdbackfill,
# at random moments, and starts it again: the run itself must recover, and the
# store hold exactly what one holds that was filled undisturbed.
#   kill_server.sh BUILD [TIMES [SEED]]
set -eu

build=$(cd "$1" && pwd)
times=${2:-20}
seed=${3:-$(date +%s)}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export PATH="$build:$PATH" POLYGON_API_KEY=test-key-1234567890
export PYTHONPATH="$here" MD_PG_FSYNC=on
unset MD_DB MD_CONFIG
pg="$here/postgres.sh"
mock='' server='' run=''
trap 'kill $mock $run 2>/dev/null || true
[ -z "$server" ] || "$pg" remove "$server"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

[ -n "$("$pg" bin)" ] || { echo "skip: no PostgreSQL server"; exit 0; }
server=$("$pg" start)
mdmock -q --synthetic --listen 127.0.0.1:0 --port-file "$work/port" \
    --page 1500 --latency 20 &
mock=$!
until [ -s "$work/port" ]; do sleep 0.02; done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$work/port")
export POLYGON_BASE_URL
db="postgresql://mdkit@/postgres?host=$server"

backfill() {
	exec mdbackfill -q --rate 100000/min -t 1m,1d --from 2022-01-02 \
	    --to "$1" --db "$2" AAPL X:BTCUSD
}

# day N: that many after the first.
day() {
	date -u -d "2022-01-05 + $1 days" +%F
}

# A first run makes the store.
(backfill "$(day 0)" "$db")
psql=$("$pg" psql)
"$psql" -Xq1 -d "$db" -f "$here/as_sqlite.sql" >/dev/null

# Runs, each of a fortnight more, until there were as many crashes.
kills=0
days=0
awk -v n=$((times * 8)) -v seed="$seed" 'BEGIN { srand(seed);
    for (i = 0; i < n; i++) print 0.05 + rand() * 0.9 }' >"$work/moments"
exec 9<"$work/moments"
while [ "$kills" -lt "$times" ]; do
	days=$((days + 14))
	(backfill "$(day $days)" "$db") 2>"$work/err" &
	run=$!
	# A server that is down when a run starts is that run's end.
	until [ "$("$psql" -XAtq -d "$db" -c "SELECT count(*) FROM
	    scheduler_execution_log WHERE status = 'running'")" = 1 ]; do
		kill -0 "$run" 2>/dev/null || break
		sleep 0.02
	done
	while [ "$kills" -lt "$times" ] && kill -0 "$run" 2>/dev/null; do
		read -r moment <&9 || break 2
		# Anywhere in the run.
		sleep "$moment"
		kill -0 "$run" 2>/dev/null || break
		"$pg" stop "$server" immediate || true
		kills=$((kills + 1))
		"$pg" resume "$server"
	done
	status=0
	wait "$run" || status=$?
	run=
	if [ "$status" -ne 0 ]; then
		echo "not ok: seed $seed: a run ended with $status:" \
		    "$(cat "$work/err")"
		exit 1
	fi
done
(backfill "$(day $days)" "$db")
(backfill "$(day 0)" "$work/quiet.db")
(backfill "$(day $days)" "$work/quiet.db")
python3 "$here/digest.py" "$work/quiet.db" >"$work/want"
python3 "$here/digest.py" "$db" >"$work/have"
if ! diff "$work/want" "$work/have"; then
	echo "not ok: seed $seed: the stores differ after $kills crashes"
	exit 1
fi
# Numbers of features may differ in their last digits, by where a run began.
python3 "$here/as_file.py" "$db" "$work/copy.db"
differ=$("$here/features_differ.sh" "$work/quiet.db" "$work/copy.db")
if [ "$differ" -ne 0 ]; then
	echo "not ok: seed $seed: $differ rows of features differ"
	exit 1
fi
[ "$kills" -eq "$times" ] || { echo "not ok: only $kills crashes"; exit 1; }
echo "ok: $kills crashes, $(tail -1 "$work/have" | cut -d' ' -f2) bars"
