#!/bin/bash
# Several mdbackfill on one store, each with the same list: they divide it, ask
# for nothing twice, keep the rate together, and leave the store as one of them
# would have.  Then the same with some killed and some stopped for longer than
# their leases last, at random moments: what the others ask again is at most
# what those had under way.
#   workers.sh BUILD [WORKERS SERIES KILLS PAUSES RATE]
#                    8 on 200, 3 killed, 2 stopped, 40/s, when not said
# MD_ENGINE=postgres: on a server of its own, or on the one in MD_PG_DIR.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
workers=${2:-8}
series=${3:-200}
kills=${4:-3}
pauses=${5:-2}
rate=${6:-40}
jobs=3
lease_ms=3000
engine=${MD_ENGINE:-sqlite}
dir=$(mktemp -d)
mock=
server=
# shellcheck disable=SC2317 # called by the trap
finish() {
	# Whoever still stands or runs.
	for pid in "${pids[@]:-}"; do
		[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
	done
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	for db in "${databases[@]:-}"; do
		[ -z "$db" ] || pg -d postgres \
			-c "DROP DATABASE IF EXISTS $db WITH (FORCE)" || true
	done
	[ -z "$server" ] || "$here/postgres.sh" remove "$server"
	rm -rf "$dir"
}
databases=()
pids=()
trap finish EXIT

fail() {
	echo "$*" >&2
	tail -n 20 "$dir"/*.err >&2 || true
	exit 1
}

unset MD_DB MD_CONFIG MD_RUN_ID
export POLYGON_API_KEY=test-key-1234567890
export MD_TEST_LEASE_MS=$lease_ms

start_mock() {
	rm -f "$dir/port"
	"$build/mdmock" -q --synthetic --page 3000 --latency 20 \
		--access-log "$1" --port-file "$dir/port" 3>&- &
	mock=$!
	for _ in $(seq 400); do
		[ -s "$dir/port" ] && break
		sleep 0.05
	done
	POLYGON_BASE_URL=http://127.0.0.1:$(cat "$dir/port")
	export POLYGON_BASE_URL
}

stop_mock() {
	kill "$mock"
	wait "$mock" || true
	mock=
}

# -- the store --

pg() {
	"$psql" -X -q -v ON_ERROR_STOP=1 -h "$MD_PG_DIR" -U mdkit "$@"
}

if [ "$engine" = postgres ]; then
	psql=$("$here/postgres.sh" psql)
	if [ -z "${MD_PG_DIR:-}" ]; then
		server=$("$here/postgres.sh" start)
		MD_PG_DIR=$server
	fi
	for name in whole calm wild; do
		databases+=("workers_$$_$name")
		pg -d postgres -c "CREATE DATABASE workers_$$_$name"
	done
fi

# store NAME: what --db takes.
store() {
	if [ "$engine" = postgres ]; then
		echo "postgresql://mdkit@/workers_$$_$1?host=$MD_PG_DIR"
	else
		echo "$dir/$1.db"
	fi
}

sql() {
	case $1 in
	postgresql:*) pg -At -d "$1" -c "$2" ;;
	*) sqlite3 "$1" "$2" ;;
	esac
}

# file_of STORE: it, or a copy of it, as a file of SQLite's.
file_of() {
	local copy

	case $1 in
	postgresql:*)
		copy=${1%%\?*}
		copy=$dir/${copy##*/}.db
		if [ ! -e "$copy" ]; then
			pg -1 -d "$1" -f "$here/as_sqlite.sql" >/dev/null
			python3 "$here/as_file.py" "$1" "$copy"
		fi
		echo "$copy"
		;;
	*) echo "$1" ;;
	esac
}

mapfile -t symbols < <(seq -f 'S%.0f' "$series")
# To be followed by the store, not a function: see kill.sh.
backfill=("$build/mdbackfill" -q -t 1h --jobs "$jobs"
	--from 2024-01-02 --to 2024-01-16)

bars() {
	sql "$1" "SELECT symbol, timeframe, ts_ms, open, high, low, close,
	    volume, vwap, transactions FROM market_data_raw ORDER BY 1, 2, 3"
}

coverage() {
	sql "$1" "SELECT symbol, timeframe, from_ts, to_ts, kind
	    FROM coverage JOIN series USING (series_id) ORDER BY 1, 2, 3"
}

# How many requests were of one that had been made before.
repeated() {
	awk '{ n += seen[$3]++ > 0 } END { print n + 0 }' "$1"
}

# The most requests that came within five seconds.
most_in_5s() {
	awk 'BEGIN { n = first = 0 } {
		split(substr($1, 12), t, /[:Z]/)
		at[n++] = t[1] * 3600 + t[2] * 60 + t[3]
		while (at[n - 1] - at[first] >= 5) first++
		if (n - first > most) most = n - first
	} END { print most + 0 }' "$1"
}

# What came late, by up to a second, came together with what came in time.
check_rate() {
	local most

	most=$(most_in_5s "$1")
	[ "$most" -le $((6 * rate)) ] ||
		fail "$most requests in 5 s, at $rate a second"
}

start_workers() {
	pids=()
	for i in $(seq "$workers"); do
		"${backfill[@]}" --rate "$rate/s" --run-id together --db "$1" \
			"${symbols[@]}" 3>&- 2>"$dir/$i.err" &
		pids+=($!)
	done
}

# check_store DB: as one worker left its own.
check_store() {
	local differ

	bars "$1" | cmp - "$dir/whole.bars" || fail "other bars"
	coverage "$1" | cmp - "$dir/whole.coverage" || fail "other coverage"
	differ=$("$here/features_differ.sh" "$(file_of "$1")" "$(file_of "$whole")")
	[ "$differ" = 0 ] || fail "$differ features differ"
}

# -- one worker --

whole=$(store whole) calm=$(store calm) wild=$(store wild)

start_mock "$dir/whole.log"
"${backfill[@]}" --db "$whole" "${symbols[@]}"
stop_mock
bars "$whole" >"$dir/whole.bars"
coverage "$whole" >"$dir/whole.coverage"
needed=$(wc -l <"$dir/whole.log")

# -- all, undisturbed --

MD_TEST_LEASE_MS=60000
start_mock "$dir/calm.log"
start_workers "$calm"
for i in "${!pids[@]}"; do
	wait "${pids[i]}" || fail "worker $((i + 1)) ended with $?"
done
pids=()
stop_mock
check_store "$calm"
asked=$(wc -l <"$dir/calm.log")
[ "$(repeated "$dir/calm.log")" -eq 0 ] || fail "something was asked twice"
[ "$asked" -eq "$needed" ] || fail "$asked requests, where one makes $needed"
check_rate "$dir/calm.log"
tied=$(sql "$calm" "SELECT count(*) FROM scheduler_execution_log
    WHERE run_id = 'together' AND status = 'completed'")
[ "$tied" -eq "$workers" ] || fail "$tied executions tied, not $workers"
echo "$workers workers, $series series: $asked requests, none twice," \
	"at most $(most_in_5s "$dir/calm.log") in 5 s at $rate a second"

# -- some killed, some stopped --

MD_TEST_LEASE_MS=$lease_ms
start_mock "$dir/wild.log"
start_workers "$wild"
# All of it takes so long at least; it happens in the first two thirds.
span_ms=$((needed * 2000 / rate / 3))
for i in $(seq $((kills + pauses))); do
	echo "$((RANDOM % span_ms)) $i"
done | sort -n >"$dir/moments"
now=0
while read -r at i; do
	ms=$((at - now))
	sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
	now=$at
	pid=${pids[i - 1]}
	if [ "$i" -le "$kills" ]; then
		kill -9 "$pid" 2>/dev/null || true
	else
		kill -STOP "$pid" 2>/dev/null || true
		(
			# Until its leases are over.
			sleep "$((lease_ms / 1000 + 2))"
			kill -CONT "$pid" 2>/dev/null || true
		) 3>&- &
	fi
done <"$dir/moments"
killed=0
for i in "${!pids[@]}"; do
	status=0
	wait "${pids[i]}" 2>/dev/null || status=$?
	if [ "$i" -lt "$kills" ] && [ $status -eq 137 ]; then
		killed=$((killed + 1))
	elif [ $status -ne 0 ]; then
		fail "worker $((i + 1)) ended with $status"
	fi
done
pids=()
stop_mock
check_store "$wild"
check_rate "$dir/wild.log"
repeats=$(repeated "$dir/wild.log")
allowed=$((jobs * (killed + pauses)))
[ "$repeats" -le "$allowed" ] ||
	fail "$repeats requests made again, of $allowed under way at most"
open=$(sql "$wild" "SELECT count(*) FROM scheduler_execution_log
    WHERE status = 'running'")
[ "$open" -eq 0 ] || fail "$open runs are still running"
echo "$killed killed, $pauses stopped for longer than a lease: the store is" \
	"the same, $repeats requests made again, of $allowed under way at most"
