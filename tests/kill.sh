#!/bin/bash
# Kills mdbackfill at random moments, alone and two at once, and stops it for
# longer than its lease lasts, then lets one run finish: the store must equal
# that of an undisturbed run.  After each kill coverage must not be ahead of
# bars, nor what the store says of features ahead of those.
#   kill.sh BUILD [KILLS]      COUNT of them, 100 when not said
# PAIRS=N: as many pairs of runs on one store, each killed at its own moment;
# STOPS=N: as many runs that stand still beside another.  FILES=1: the bars come
# from flat files, over a slow line; every other run has no room for their rows
# in memory and keeps them aside in a file, of which no kill leaves anything.
# Only what met a run under way is counted, one that the log of runs has as
# running; the rest is done again.  MD_ENGINE=postgres: on a server of its own,
# or on the one in MD_PG_DIR.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
kills=${2:-${COUNT:-100}}
pairs=${PAIRS:-0}
stops=${STOPS:-0}
files=${FILES:-0}
engine=${MD_ENGINE:-sqlite}
dir=$(mktemp -d)
mock=
server=
pids=()
stores=0
whole_stores=0
# shellcheck disable=SC2317 # called by the trap
finish() {
	for pid in "${pids[@]:-}"; do
		[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
	done
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	[ "$engine" = sqlite ] || drop_store whole s$stores || true
	[ -z "$server" ] || "$here/postgres.sh" remove "$server"
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
	echo "$*" >&2
	exit 1
}

unset MD_DB MD_CONFIG MD_RUN_ID
export POLYGON_API_KEY=test-key-1234567890
bucket=()
if [ "$files" -gt 0 ]; then
	printf '%s\n' AAPL MSFT X:BTCUSD >"$dir/list"
	bucket=(--symbols "$dir/list" --s3 "$dir/files" --from 2024-01-02
		--to 2024-01-19 --fault bandwidth=4000000:endpoint=object)
	unset "${!AWS_@}"
	export MASSIVE_S3_ACCESS_KEY_ID=test-id-1234567890
	export MASSIVE_S3_SECRET_ACCESS_KEY=test-secret-1234567890
	export TMPDIR=$dir/aside
	mkdir "$TMPDIR"
fi
"$build/mdmock" -q --synthetic --page 2000 --latency 5 \
	--port-file "$dir/port" "${bucket[@]}" 3>&- &
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
	--from 2024-01-02 --to 2024-01-19 AAPL MSFT X:BTCUSD)
[ "$files" -eq 0 ] || backfill+=(--flat-files "$POLYGON_BASE_URL")

# -- stores --

pg() {
	"$psql" -X -q -v ON_ERROR_STOP=1 -h "$MD_PG_DIR" -U mdkit "$@"
}

database() {
	echo "kill_$$_$1"
}

# store NAME: what --db takes.
store() {
	if [ "$engine" = postgres ]; then
		echo "postgresql://mdkit@/$(database "$1")?host=$MD_PG_DIR"
	else
		echo "$dir/$1.db"
	fi
}

# drop_store NAME...
drop_store() {
	local name

	for name; do
		if [ "$engine" = postgres ]; then
			pg -d postgres -c "SET client_min_messages = error" \
				-c "DROP DATABASE IF EXISTS $(database "$name")
				WITH (FORCE)"
		else
			rm -f "$dir/$name.db" "$dir/$name.db"-*
		fi
	done
}

# The undisturbed store beside each of the others, as "other" in queries.
if [ "$engine" = postgres ]; then
	[ -n "$("$here/postgres.sh" bin)" ] || {
		echo "skip: no PostgreSQL server"
		exit 0
	}
	psql=$("$here/postgres.sh" psql)
	if [ -z "${MD_PG_DIR:-}" ]; then
		server=$("$here/postgres.sh" start)
		MD_PG_DIR=$server
	fi
	pg -d postgres -c "CREATE DATABASE $(database whole)"
fi
whole=$(store whole)

# What queries in every store of its own begin with.
attach=
[ "$engine" = postgres ] || attach="ATTACH '$whole' AS other;"

sql() {
	case $1 in
	postgresql:*) pg -At -d "$1" -c "$2" ;;
	*) sqlite3 -cmd ".timeout 60000" "$1" "$2" ;; # a run may write
	esac
}

# new_store: db is a store that is not there yet.
new_store() {
	stores=$((stores + 1))
	db=$(store "s$stores")
	[ "$engine" = sqlite ] || pg -d postgres -c "CREATE DATABASE
	    $(database "s$stores") TEMPLATE $(database whole)"
}

bars() {
	sql "$1" "SELECT symbol, timeframe, ts_ms, open, high, low, close,
	    volume, vwap, transactions FROM market_data_raw ORDER BY 1, 2, 3"
}

claims() {
	sql "$1" "SELECT symbol, timeframe, from_ts, to_ts, kind
	    FROM coverage JOIN series USING (series_id) ORDER BY 1, 2, 3"
	sql "$1" "SELECT symbol, timeframe, active, bar_count, newest_ts,
	    features_from FROM series ORDER BY 1, 2"
	sql "$1" "SELECT symbol, asset_class, tier FROM symbols ORDER BY 1"
	sql "$1" "SELECT count(*) FROM restatements"
	sql "$1" "SELECT count(*) FROM rejected_bars"
}

# check_claims DB WHEN: what the store says that it has is there.
check_claims() {
	local there ahead

	# Killed before its schema was committed, a store claims nothing.
	if [ "$engine" = postgres ]; then
		there="SELECT 1 FROM pg_class WHERE oid = to_regclass('coverage')"
	else
		there="SELECT 1 FROM sqlite_master WHERE name = 'coverage'"
	fi
	[ -n "$(sql "$1" "$there")" ] || return 0
	ahead=$(sql "$1" "$attach SELECT count(*) FROM coverage c
	    JOIN series r ON r.series_id = c.series_id
	    JOIN other.series q ON q.symbol = r.symbol
	        AND q.timeframe = r.timeframe
	    JOIN other.bars b ON b.series_id = q.series_id
	        AND b.ts >= c.from_ts AND b.ts < c.to_ts
	    WHERE NOT EXISTS (SELECT 1 FROM bars a
	        WHERE a.series_id = r.series_id AND a.ts = b.ts)")
	[ "$ahead" = 0 ] || fail "coverage is ahead of bars by $ahead, $2"
	# A bar without features is one from which on they are owed.
	ahead=$(sql "$1" "SELECT count(*) FROM bars b
	    JOIN series s USING (series_id)
	    WHERE (s.features_from IS NULL OR b.ts < s.features_from)
	    AND NOT EXISTS (SELECT 1 FROM quant_features f
	        WHERE f.series_id = b.series_id AND f.ts = b.ts)")
	[ "$ahead" = 0 ] || fail "$ahead bars lack features, $2"
}

# check_whole: after a last run the store is what nobody disturbed.
check_whole() {
	local differ open held

	"${backfill[@]}" --db "$db" || fail "the last run ended with $?"
	[ "$files" -eq 0 ] || [ -z "$(ls "$TMPDIR")" ] ||
		fail "left behind: $(ls "$TMPDIR")"
	bars "$db" | cmp - "$dir/whole.bars" || fail "other bars: $db"
	claims "$db" | diff - "$dir/whole.claims" || fail "other claims: $db"
	differ=$("$here/features_differ.sh" "$db" "$whole")
	[ "$differ" = 0 ] || fail "$differ features differ: $db"
	open=$(sql "$db" "SELECT count(*) FROM scheduler_execution_log
	    WHERE status = 'running'")
	[ "$open" = 0 ] || fail "$open runs still running: $db"
	held=$(sql "$db" "SELECT count(*) FROM leases l
	    JOIN scheduler_execution_log x USING (execution_id)
	    WHERE l.lease_until > (SELECT min(lease_until) FROM leases)
	    AND x.status <> 'completed' AND l.series_id > 0")
	[ "$held" = 0 ] || fail "$held leases of the dead: $db"
	whole_stores=$((whole_stores + 1))
	drop_store "s$stores"
}

# -- runs --

# aside: of a run and the next, one keeps what files have in memory, and one in
# a file.
in_file=0
in_files=0
aside() {
	in_file=$((1 - in_file))
	in_files=$((in_files + in_file))
	export MD_TEST_SPOOL_BYTES=$((in_file > 0 ? 0 : 1 << 28))
}

start() { # RUN-ID
	[ "$files" -eq 0 ] || aside
	"${backfill[@]}" --db "$db" --run-id "$1" 3>&- 2>"$dir/$1.err" &
	pids+=($!)
}

# under_way RUN-ID: it had begun, and not ended.
under_way() {
	[ "$(sql "$db" "SELECT status FROM scheduler_execution_log
	    WHERE run_id = '$1'" 2>/dev/null)" = running ]
}

pause_ms() {
	sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"
}

# ended PID RUN-ID: its status, in status; only a kill may end it otherwise
# than well.
ended() {
	status=0
	wait "$1" 2>/dev/null || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 137 ] ||
		fail "run $2 ended with $status: $(cat "$dir/$2.err")"
	rm -f "$dir/$2.err"
}

begin_ms=$(date +%s%3N)
"${backfill[@]}" --db "$whole"
span_ms=$(($(date +%s%3N) - begin_ms))
bars "$whole" >"$dir/whole.bars"
claims "$whole" >"$dir/whole.claims"
if [ "$engine" = postgres ]; then
	pg -d "$whole" -c "ALTER SCHEMA public RENAME TO other" \
		-c "CREATE SCHEMA public"
fi

# -- killed alone --

killed=0
tries=0
new_store
while [ $killed -lt "$kills" ]; do
	tries=$((tries + 1))
	start "k$tries"
	# Anywhere in a run, however slow this machine or build is.
	pause_ms $((RANDOM % span_ms))
	kill -9 "${pids[0]}" 2>/dev/null || true
	ended "${pids[0]}" "k$tries"
	pids=()
	if [ $status -eq 0 ]; then
		# It was done before: what is killed next begins anew.
		check_whole
		new_store
		continue
	fi
	check_claims "$db" "kill $tries"
	! under_way "k$tries" || killed=$((killed + 1))
done
check_whole
[ "$kills" -eq 0 ] ||
	echo "$killed kills of $tries met a run under way: every store exact"

# -- two at once --

both=0
[ "$pairs" -eq 0 ] || new_store
while [ $both -lt "$pairs" ]; do
	tries=$((tries + 1))
	start "a$tries"
	start "b$tries"
	first=$((RANDOM % span_ms))
	second=$((RANDOM % span_ms))
	[ $first -le $second ] || pids=("${pids[1]}" "${pids[0]}")
	pause_ms $((first < second ? first : second))
	kill -9 "${pids[0]}" 2>/dev/null || true
	pause_ms $((first < second ? second - first : first - second))
	kill -9 "${pids[1]}" 2>/dev/null || true
	done_well=0
	for i in 0 1; do
		ended "${pids[i]}" "[ab]$tries"
		[ $status -ne 0 ] || done_well=$((done_well + 1))
	done
	pids=()
	check_claims "$db" "pair $tries"
	if under_way "a$tries" && under_way "b$tries"; then
		both=$((both + 1))
	fi
	if [ $done_well -gt 0 ]; then
		check_whole
		new_store
	fi
done
if [ "$pairs" -gt 0 ]; then
	check_whole
	echo "$both pairs of runs killed under way: every store exact"
fi

# -- stopped --

export MD_TEST_LEASE_MS=1000
stopped=0
stopped_killed=0
while [ $stopped -lt "$stops" ]; do
	tries=$((tries + 1))
	new_store
	start "s$tries"
	pause_ms $((RANDOM % span_ms))
	kill -STOP "${pids[0]}" 2>/dev/null || true
	# On SQLite it may hold the only lock: then all wait until it goes on.
	met=$(sql "$db" "SELECT status FROM scheduler_execution_log
	    WHERE run_id = 's$tries'" 2>/dev/null || true)
	start "t$tries"
	pause_ms $((1500 + RANDOM % 1500))
	if [ $((RANDOM % 4)) -eq 0 ]; then
		kill -9 "${pids[0]}" 2>/dev/null || true
		[ "$met" != running ] ||
			stopped_killed=$((stopped_killed + 1))
	fi
	kill -CONT "${pids[0]}" 2>/dev/null || true
	ended "${pids[0]}" "s$tries"
	ended "${pids[1]}" "t$tries"
	pids=()
	check_claims "$db" "stop $tries"
	check_whole
	[ "$met" != running ] || stopped=$((stopped + 1))
done
[ "$stops" -eq 0 ] ||
	echo "$stopped runs stopped under way, $stopped_killed of them then" \
		"killed: every store exact"
[ "$files" -eq 0 ] ||
	echo "$in_files of these runs kept the rows of files aside in a file"
echo "$whole_stores stores compared with an undisturbed one, no difference"
