# What the tests of reports share, on top of store.bash: a store whose rows
# they write themselves.

load store

# The moment that the reports are asked for: a Monday, 11:30 in New York.
NOW=2024-07-01T15:30:00Z
export NOW

# An empty store with the programs' tables.
new_store() {
	use_store
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-02 ZZNONE
	stop_mock
	sql "DELETE FROM scheduler_execution_log;
		DELETE FROM symbol_computation_status; DELETE FROM coverage;
		DELETE FROM bars; DELETE FROM leases; DELETE FROM doubts;
		DELETE FROM feature_freshness; DELETE FROM series;
		DELETE FROM symbols"
}

# add_series SYMBOL CLASS TIER TIMEFRAME NEWEST COMPUTED [COUNT]: NEWEST and
# COMPUTED are times, or "".
add_series() {
	sql "INSERT INTO symbols (symbol, asset_class, tier)
		VALUES ('$1', '$2', '$3') ON CONFLICT DO NOTHING;
		INSERT INTO series (symbol, timeframe, newest_ts, bar_count)
		VALUES ('$1', '$4', CASE WHEN '$5' = '' THEN NULL
		ELSE strftime('%s', '$5') * 1000 END, ${7:-100})"
	[ -z "$6" ] || sql "INSERT INTO feature_freshness (symbol, timeframe,
		last_computed_at, data_point_count, last_bar_at, updated_at)
		VALUES ('$1', '$4', '$6', ${7:-100}, '$5', '$6')"
}

# add_execution ID STARTED COMPLETED STATUS [COLUMN=VALUE...]: COMPLETED may
# be "".
add_execution() {
	local columns=execution_id,started_at,completed_at,status,host,pid
	local values="'$1', '$2', nullif('$3', ''), '$4'" host=elsewhere pid=1
	local more=

	shift 4
	for pair in "$@"; do
		case $pair in
		host=*) host=${pair#*=} ;;
		pid=*) pid=${pair#*=} ;;
		*)
			columns=$columns,${pair%%=*}
			more="$more, '${pair#*=}'"
			;;
		esac
	done
	sql "INSERT INTO scheduler_execution_log ($columns)
		VALUES ($values, '$host', $pid$more);
		UPDATE scheduler_execution_log SET duration_seconds =
		round((julianday(completed_at) - julianday(started_at)) *
		86400, 3)"
}

# add_job EXECUTION SYMBOL TIMEFRAME STATUS COMPLETED [ERROR]
add_job() {
	sql "INSERT INTO symbol_computation_status (execution_id, symbol,
		asset_class, timeframe, status, started_at, completed_at,
		error_message) VALUES ('$1', '$2', 'stock', '$3', '$4', '$5',
		'$5', nullif('${6:-}', ''))"
}

# refuse SYMBOL TIMEFRAME FROM TO [REASON [TIMES [RECEIVED]]]: of that window
# only rows came that cannot be right.  Without a reason none was kept.
refuse() {
	local series="(SELECT series_id FROM series WHERE symbol = '$1'
		AND timeframe = '$2')"
	local from="strftime('%s', '$3') * 1000"
	local to="strftime('%s', '$4') * 1000"
	local received="strftime('%s', '${7:-$NOW}') * 1000"

	sql "INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at, kind,
		final) SELECT series_id, $to, to_ts, fetched_at, kind, final
		FROM coverage WHERE series_id = $series AND from_ts < $to
		AND to_ts > $to;
		UPDATE coverage SET to_ts = $from WHERE series_id = $series
		AND from_ts < $from AND to_ts > $from;
		DELETE FROM coverage WHERE series_id = $series
		AND from_ts >= $from AND from_ts < $to;
		INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at,
		kind, final) VALUES ($series, $from, $to, $received, 'refused',
		0)"
	[ -z "${5:-}" ] || sql "INSERT INTO rejected_bars (series_id, ts,
		reason, raw, execution_id, received_at, times,
		last_received_at) VALUES ($series, $from, '$5', '{}', 'x',
		$received, ${6:-1}, $received)"
}

# field EXPRESSION: of the JSON document on standard input, as d.
field() {
	python3 -c 'import json, sys
d = json.load(sys.stdin)
v = eval("(" + sys.argv[1] + ")")
print(v if isinstance(v, str) else json.dumps(v))' "$1"
}

# unknown PROGRAM WORDS ARGUMENTS...: one line on stderr, exit code 3.
# shellcheck disable=SC2154 # run sets them
unknown() {
	local program=$1 words=$2

	shift 2
	run --separate-stderr "$program" "$@"
	[ "$status" -eq 3 ] || fail "$*: exit code $status: $stderr"
	[[ $stderr == *"$words"* ]] || fail "$*: $stderr"
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$*: $stderr"
	assert_output ""
}
