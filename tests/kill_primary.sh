#!/bin/sh
# Crashes the primary (stop -m immediate) under a running mdbackfill that knows
# it and its standby, at random moments, and promotes the standby: the run must
# find it and end well, and the store hold exactly what one holds that was
# filled undisturbed.  Every other time the old primary comes back at once, and
# must be left alone.
#   kill_primary.sh BUILD [TIMES [sync|async [SEED]]]
# With async the standby has not received the last of what was committed.
set -eu

build=$(cd "$1" && pwd)
times=${2:-20}
mode=${3:-sync}
seed=${4:-$(date +%s)}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export PATH="$build:$PATH" POLYGON_API_KEY=test-key-1234567890
export PYTHONPATH="$here" MD_PG_FSYNC=on
unset MD_DB MD_CONFIG
pg="$here/postgres.sh"
replica="$here/replica.sh"
mock='' one='' two='' run='' server=''
trap 'kill $mock $run 2>/dev/null || true
for server in $one $two; do "$pg" remove "$server"; done; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

[ -n "$("$pg" bin)" ] || { echo "skip: no PostgreSQL server"; exit 0; }
one=$("$replica" primary)
two=$("$replica" start "$one")
mdmock -q --synthetic --listen 127.0.0.1:0 --port-file "$work/port" \
    --page 1500 --latency 20 &
mock=$!
until [ -s "$work/port" ]; do sleep 0.02; done
POLYGON_BASE_URL=http://127.0.0.1:$(cat "$work/port")
export POLYGON_BASE_URL
db="postgresql://mdkit@/postgres?host=$one,$two"
psql=$("$pg" psql)

fail() {
	echo "not ok: seed $seed, $mode, kill $kills: $*"
	exit 1
}

backfill() {
	exec mdbackfill -q --rate 100000/min -t 1m,1d --from 2022-01-02 \
	    --to "$1" --db "$2" AAPL X:BTCUSD
}

ask() {
	"$psql" -XAtq -d "postgresql://mdkit@/postgres?host=$1" -c "$2"
}

# day N: that many after the first.
day() {
	date -u -d "2022-01-05 + $1 days" +%F
}

# The standby hears no more of the primary; its receiver's number.
deafen() {
	receiver=$(ask "$1" "SELECT pid FROM pg_stat_wal_receiver")
	kill -STOP "$receiver"
	sleep 0.2
}

# What a primary holds that nobody writes to any more.
left() {
	ask "$1" "SELECT (SELECT count(*) FROM bars), (SELECT sum(token)
	    FROM leases), (SELECT max(lease_until) FROM leases),
	    (SELECT max(heartbeat_at) FROM scheduler_execution_log)"
}

# kill_once PRIMARY STANDBY: under the run, if it is still there.
kill_once() {
	receiver=''
	[ "$mode" = sync ] || deafen "$2"
	if ! kill -0 "$run" 2>/dev/null; then
		[ -z "$receiver" ] || kill -CONT "$receiver"
		return 1
	fi
	"$pg" stop "$1" immediate || true
	[ -z "$receiver" ] || kill -CONT "$receiver"
	"$replica" promote "$2"
}

kills=0
(backfill "$(day 0)" "$db") || fail "the first run"
"$psql" -Xq1 -d "postgresql://mdkit@/postgres?host=$one" \
    -f "$here/as_sqlite.sql" >/dev/null
if [ "$mode" = sync ]; then
	ask "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'"
	ask "$one" "SELECT pg_reload_conf()" >/dev/null
fi
primary=$one standby=$two
days=0
awk -v n=$((times * 8)) -v seed="$seed" 'BEGIN { srand(seed);
    for (i = 0; i < n; i++) print 0.02 + rand() * 0.8 }' >"$work/moments"
exec 9<"$work/moments"
while [ "$kills" -lt "$times" ]; do
	days=$((days + 14))
	(backfill "$(day $days)" "$db") 2>"$work/err" &
	run=$!
	until [ "$(ask "$primary" "SELECT count(*) FROM
	    scheduler_execution_log WHERE status = 'running'")" = 1 ]; do
		kill -0 "$run" 2>/dev/null || break
		sleep 0.02
	done
	read -r moment <&9 || break
	sleep "$moment"
	old='' before=''
	if kill_once "$primary" "$standby"; then
		kills=$((kills + 1))
		old=$primary
		primary=$standby standby=$old
		# Nobody waits for a standby that is not there.
		ask "$primary" "ALTER SYSTEM SET synchronous_standby_names = ''"
		ask "$primary" "SELECT pg_reload_conf()" >/dev/null
		if [ $((kills % 2)) -eq 0 ]; then
			"$pg" resume "$old"
			ask "$old" "ALTER SYSTEM SET synchronous_standby_names = ''"
			ask "$old" "SELECT pg_reload_conf()" >/dev/null
			before=$(left "$old")
			# The new one is away: the old one is all that there is.
			"$pg" stop "$primary"
			sleep 1
			"$pg" resume "$primary"
		fi
	fi
	status=0
	wait "$run" || status=$?
	run=
	[ "$status" -eq 0 ] || fail "a run ended with $status: $(cat "$work/err")"
	# Another run begins while both take writes, and meets the old one first.
	days=$((days + 1))
	(backfill "$(day $days)" \
	    "postgresql://mdkit@/postgres?host=${old:+$old,}$primary") ||
	    fail "the run after it"
	[ -n "$old" ] || continue
	if [ -n "$before" ] && [ "$(left "$old")" != "$before" ]; then
		fail "the old primary was written to"
	fi
	"$pg" stop "$old" immediate || true
	"$replica" follow "$old" "$primary"
	if [ "$mode" = sync ]; then
		ask "$primary" "ALTER SYSTEM SET synchronous_standby_names = '*'"
		ask "$primary" "SELECT pg_reload_conf()" >/dev/null
	fi
done
[ "$kills" -eq "$times" ] || fail "only $kills crashes"
(backfill "$(day 0)" "$work/quiet.db")
for d in $(seq 15 15 "$days"); do
	(backfill "$(day $((d - 1)))" "$work/quiet.db")
	(backfill "$(day "$d")" "$work/quiet.db")
done
# Bars that were lost and fetched again were counted twice.
now="postgresql://mdkit@/postgres?host=$primary"
python3 "$here/digest.py" "$work/quiet.db" | sed '$s/.* //' >"$work/want"
python3 "$here/digest.py" "$now" | sed '$s/.* //' >"$work/have"
diff "$work/want" "$work/have" || fail "the stores differ"
python3 "$here/as_file.py" "$now" "$work/copy.db"
differ=$("$here/features_differ.sh" "$work/quiet.db" "$work/copy.db")
[ "$differ" -eq 0 ] || fail "$differ rows of features differ"
echo "ok: $kills primaries killed, $mode, $(tail -1 "$work/have") bars"
