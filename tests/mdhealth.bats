# mdhealth through its command line: what is called healthy, what each view
# and format says, and what is said when something is wrong.

load report

GOOD=11111111-1111-4111-8111-111111111111
BAD=22222222-2222-4222-8222-222222222222
OLD=33333333-3333-4333-8333-333333333333

health() {
	mdhealth --as-of "$NOW" "$@"
}

# A store in which all is well.
healthy() {
	new_store
	add_series AAPL stock critical 1d 2024-06-28T04:00:00Z \
		2024-07-01T15:00:00Z
	add_series AAPL stock critical 1h 2024-07-01T14:00:00Z \
		2024-07-01T15:00:00Z
	add_series SPY etf standard 1d 2024-06-28T04:00:00Z \
		2024-07-01T14:40:00Z
	add_execution $GOOD 2024-07-01T14:59:00Z 2024-07-01T15:00:30Z \
		completed total_symbols=2 successful_symbols=2 \
		total_records_processed=812 total_requests=40 \
		rate_limited_count=1
}

# rules: of the alerts, with their levels.
rules() {
	health -o json "$@" >"$BATS_TEST_TMPDIR/rules.json" || true
	field '" ".join(a["rule"] + "=" + a["level"] for a in d["alerts"])' \
		<"$BATS_TEST_TMPDIR/rules.json"
}

@test "the standard checks" {
	standard_checks mdhealth 3
}

@test "a healthy store is OK, in words, in JSON and by its exit code" {
	healthy
	run -0 health
	assert_line --index 0 "OK: healthy, 0 alerts; 2 symbols, 3 series"
	run -0 health -o json
	echo "$output" >"$BATS_TEST_TMPDIR/d.json"
	python3 - "$BATS_TEST_TMPDIR/d.json" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d['status'] == 'healthy' and d['alerts'] == []
	assert d['timestamp'] == '2024-07-01T15:30:00Z'
	x = d['last_execution']
	assert (x['execution_id'], x['started_at'], x['completed_at'],
	    x['status'], x['successful_symbols'], x['failed_symbols'],
	    x['duration_seconds'], x['success_rate']) == (
	    '11111111-1111-4111-8111-111111111111', '2024-07-01T14:59:00Z',
	    '2024-07-01T15:00:30Z', 'completed', 2, 0, 90, 100), x
	assert d['stale_features_count'] == 0 and d['recent_failures'] == []
	assert d['total_symbols_monitored'] == 2
	assert d['total_series_monitored'] == 3
	assert d['api'] == {'total_requests': 40, 'rate_limited_count': 1,
	    'rate_limited_percent': 2.5}
	PY
}

@test "no good run for six hours is a warning" {
	healthy
	sql "UPDATE scheduler_execution_log SET
		started_at = '2024-07-01T09:20:00Z',
		completed_at = '2024-07-01T09:30:00Z'"
	assert_equal "$(rules)" ""
	sql "UPDATE scheduler_execution_log SET
		completed_at = '2024-07-01T09:29:59.999Z'"
	assert_equal "$(rules)" "no_success=warning"
	run -1 health
	assert_line --index 0 --partial "WARNING: degraded, 1 alert;"
	# A run that failed is none, one with errors is.
	add_execution $BAD 2024-07-01T15:00:00Z 2024-07-01T15:01:00Z failed
	assert_equal "$(rules)" "no_success=warning"
	sql "UPDATE scheduler_execution_log SET
		status = 'completed_with_errors' WHERE execution_id = '$BAD'"
	assert_equal "$(rules)" ""
	sql "DELETE FROM scheduler_execution_log"
	assert_equal "$(rules)" "no_success=warning"
}

@test "over a fifth of the jobs failed is critical" {
	healthy
	add_execution $BAD 2024-07-01T15:10:00Z 2024-07-01T15:11:00Z \
		completed_with_errors total_symbols=10 successful_symbols=8 \
		failed_symbols=2
	assert_equal "$(rules)" ""
	sql "UPDATE scheduler_execution_log SET failed_symbols = 3
		WHERE execution_id = '$BAD'"
	assert_equal "$(rules)" "failed_jobs=critical"
	run -2 health
	assert_line --index 0 --partial "CRITICAL: critical, 1 alert;"
	# Jobs count, where each symbol's are known: 3 of 16.
	for i in 1 2 3 4 5 6 7 8; do
		add_job $BAD S$i 1d completed 2024-07-01T15:10:10Z
		add_job $BAD S$i 1h completed 2024-07-01T15:10:10Z
	done
	sql "UPDATE symbol_computation_status SET status = 'failed'
		WHERE symbol < 'S4' AND timeframe = '1h'"
	assert_equal "$(rules)" ""
	sql "UPDATE symbol_computation_status SET status = 'failed'
		WHERE symbol < 'S5' AND timeframe = '1h'"
	assert_equal "$(rules)" "failed_jobs=critical"
	# A run under way does not hide it.
	add_execution $OLD 2024-07-01T15:29:00Z "" running
	assert_equal "$(rules)" "failed_jobs=critical"
}

@test "over a tenth of the series without features is a warning" {
	healthy
	for i in 1 2 3 4 5 6; do
		add_series S$i stock low 1d 2024-06-28T04:00:00Z \
			2024-07-01T15:00:00Z
	done
	add_series S7 stock low 1d 2024-06-28T04:00:00Z ""
	assert_equal "$(rules)" "rpo_low=warning"
	sql "DELETE FROM feature_freshness WHERE symbol = 'S6'"
	assert_equal "$(rules)" "no_features=warning rpo_low=warning"
}

@test "a twentieth of the requests limited is a warning" {
	healthy
	sql "UPDATE scheduler_execution_log SET total_requests = 100,
		rate_limited_count = 4"
	assert_equal "$(rules)" ""
	sql "UPDATE scheduler_execution_log SET rate_limited_count = 5"
	assert_equal "$(rules)" "rate_limited=warning"
	# Of the last day only.
	add_execution $OLD 2024-06-30T15:29:59Z 2024-06-30T15:31:00Z completed \
		total_requests=1000
	assert_equal "$(rules)" "rate_limited=warning"
	sql "UPDATE scheduler_execution_log SET
		started_at = '2024-06-30T15:30:00Z' WHERE execution_id = '$OLD'"
	assert_equal "$(rules)" ""
}

@test "a run far longer than those before it is a warning" {
	healthy
	sql "UPDATE scheduler_execution_log
		SET started_at = '2024-07-01T14:50:00Z'" # took 10 min 30 s
	add_execution $BAD 2024-07-01T15:09:00Z "" running
	sql "INSERT INTO leases (series_id, execution_id, token, lease_until)
		VALUES (1, '$BAD', 1,
		strftime('%s', '$NOW') * 1000 + 1)"
	assert_equal "$(rules)" ""
	sql "UPDATE scheduler_execution_log SET
		started_at = '2024-07-01T15:08:59.999Z'
		WHERE execution_id = '$BAD'"
	assert_equal "$(rules)" "running_long=warning"
}

@test "a run whose process is gone is a warning" {
	healthy
	add_execution $BAD 2024-07-01T15:24:59Z "" running
	# By its leases, where the process cannot be looked for.
	sql "INSERT INTO leases (series_id, execution_id, token, lease_until)
		VALUES (1, '$BAD', 1,
		strftime('%s', '$NOW') * 1000 + 1)"
	assert_equal "$(rules)" ""
	sql "UPDATE leases SET lease_until = lease_until - 1"
	assert_equal "$(rules)" "process_gone=warning"
	run -1 health
	assert_output --partial "$BAD is logged as running"
	# By its process, on its host and now.
	sql "UPDATE scheduler_execution_log SET host = '$(uname -n)', pid = $$,
		started_at = '$(date -u +%Y-%m-%dT%H:%M:%SZ)'
		WHERE execution_id = '$BAD'"
	run mdhealth -o csv
	assert_output --partial "process_gone,warning"
}

@test "a tier's objective missed is a warning, of the critical one critical" {
	healthy
	sql "UPDATE feature_freshness SET
		last_computed_at = '2024-07-01T11:30:00Z' WHERE symbol = 'SPY'"
	assert_equal "$(rules)" ""
	sql "UPDATE feature_freshness SET
		last_computed_at = '2024-07-01T11:29:59Z' WHERE symbol = 'SPY'"
	assert_equal "$(rules)" "rpo_standard=warning"
	sql "UPDATE feature_freshness SET
		last_computed_at = '2024-07-01T14:29:59Z'
		WHERE symbol = 'AAPL' AND timeframe = '1h'"
	assert_equal "$(rules)" "rpo_critical=critical rpo_standard=warning"
	run -2 health -o json
	assert_equal "$(field '[(t["tier"], t["measured"]["series_count"],
		t["measured"]["within_count"], t["measured"]["worst_seconds"])
		for t in d["rpo"]]' <<<"$output")" \
		'[["critical", 2, 1, 3601], ["standard", 1, 0, 14401], ["low", 0, 0, null]]'
}

@test "rows that cannot be right are a warning, by the series with the most" {
	healthy
	run -0 health -o prometheus
	assert_line 'mdkit_refused_windows 0'
	assert_line 'mdkit_alert_active{rule="refused_bars",level="warning"} 0'
	refuse AAPL 1d 2024-06-26T04:00:00Z 2024-06-27T04:00:00Z late
	refuse AAPL 1d 2024-06-28T04:00:00Z 2024-06-29T04:00:00Z \
		'"v" is below zero' 7
	refuse AAPL 1h 2024-06-28T14:00:00Z 2024-06-28T15:00:00Z
	assert_equal "$(rules)" "refused_bars=warning"
	run -1 health
	assert_line --partial 'warning   refused_bars  3 windows of 2 series got only rows that cannot be right: AAPL 1d on 2024-06-28, "v" is below zero'
	run -1 health -o json
	assert_equal "$(field '[d["refused"], d["alerts"][0]["value"]]' \
		<<<"$output")" '[{"window_count": 3, "series_count": 2}, 3]'
	run -1 health -o prometheus
	assert_line 'mdkit_refused_windows 3'
	assert_line 'mdkit_refused_series 2'
	assert_line 'mdkit_alert_active{rule="refused_bars",level="warning"} 1'
	run -1 health -o html
	assert_output --partial "AAPL 1d on 2024-06-28"
	# Four hours are more windows than two days; by their time.
	refuse AAPL 1h 2024-06-28T14:00:00Z 2024-06-28T18:00:00Z
	run -1 health -o csv
	assert_line 'refused_bars,warning,6,0,6 windows of 2 series got only rows that cannot be right: AAPL 1h at 2024-06-28T14:00:00Z'
	# What nobody asks for is nobody's trouble.
	sql "UPDATE series SET active = 0 WHERE timeframe = '1h'"
	run -1 health
	assert_output --partial "2 windows of 1 series"
	sql "UPDATE symbols SET active = 0 WHERE symbol = 'AAPL'"
	run -0 health
}

# answered SYMBOL TIMEFRAME FROM TO KIND: its coverage.
answered() {
	sql "INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at, kind,
		final) SELECT series_id, strftime('%s', '$3') * 1000,
		strftime('%s', '$4') * 1000, strftime('%s', '$NOW') * 1000,
		'$5', 1 FROM series WHERE symbol = '$1' AND timeframe = '$2'"
}

# silent: the symbols without bars, as JSON names them.
silent() {
	health -o json >"$BATS_TEST_TMPDIR/silent.json" || true
	field '[s["symbol"] + " " + s["date"] + " " + s["detail"]
		for s in d["suspicions"] if s["kind"] == "silent"]' \
		<"$BATS_TEST_TMPDIR/silent.json"
}

@test "a symbol without a bar for ten sessions is named, once" {
	healthy
	add_series X1 stock low 1d 2024-06-12T04:00:00Z 2024-07-01T14:40:00Z
	add_series X1 stock low 1h 2024-06-12T19:00:00Z 2024-07-01T14:40:00Z
	add_series X:OLDUSD crypto low 1h 2024-06-20T23:00:00Z \
		2024-07-01T14:40:00Z
	# Nobody asked for what came after: they are old, and that is all.
	run health
	refute_output --partial "delisted"
	assert_equal "$(silent)" "[]"
	run health -o prometheus
	assert_line 'mdkit_silent_symbols 0'
	# Nine sessions, the 19th was a holiday; and nine days.
	answered X1 1d 2024-06-01T04:00:00Z 2024-06-13T04:00:00Z bars
	answered X1 1d 2024-06-13T04:00:00Z 2024-06-27T04:00:00Z empty
	answered X:OLDUSD 1h 2024-06-21T00:00:00Z 2024-06-30T00:00:00Z empty
	assert_equal "$(silent)" "[]"
	answered X1 1d 2024-06-27T04:00:00Z 2024-06-28T04:00:00Z empty
	answered X1 1h 2024-06-12T20:00:00Z 2024-06-28T04:00:00Z empty
	answered X:OLDUSD 1h 2024-06-30T00:00:00Z 2024-07-01T00:00:00Z empty
	assert_equal "$(silent)" '["X1 2024-06-12 no bar since 2024-06-12: delisted or renamed?", "X:OLDUSD 2024-06-20 no bar since 2024-06-20: delisted or renamed?"]'
	run health
	assert_equal "$(grep -c delisted <<<"$output")" 2
	assert_line "silent        X1: no bar since 2024-06-12: delisted or renamed?"
	assert_line "              X:OLDUSD: no bar since 2024-06-20: delisted or renamed?"
	run health -o prometheus
	assert_line 'mdkit_silent_symbols 2'
	run health -o html
	assert_output --partial \
		"<li><strong>X1</strong> no bar since 2024-06-12"
	# Another series of it has bars; nobody wants the other.
	add_series X1 stock low 1m 2024-07-01T15:00:00Z 2024-07-01T15:00:00Z
	sql "UPDATE symbols SET active = 0 WHERE symbol = 'X:OLDUSD'"
	assert_equal "$(silent)" "[]"
}

@test "what never had bars is not silent" {
	healthy
	add_series X1 stock low 1d "" ""
	answered X1 1d 2024-06-01T04:00:00Z 2024-07-01T04:00:00Z empty
	assert_equal "$(silent)" "[]"
}

@test "how many series' newest bars may still change is told" {
	healthy
	run -0 health -o prometheus
	assert_line 'mdkit_provisional_series 0'
	refute_output --partial provisional_bars
	# Friday's day was asked for then, and again on Monday; an hour is final
	# only the next morning.
	sql "INSERT INTO coverage (series_id, from_ts, to_ts, fetched_at, kind,
		final) SELECT series_id, newest_ts, newest_ts + 3600000,
		strftime('%s', CASE WHEN symbol = 'SPY'
		THEN '2024-06-28T20:30:00Z' ELSE '2024-07-01T15:10:00Z' END)
		* 1000, 'bars', 0 FROM series"
	run -0 health
	assert_line "provisional   2 series: the newest bar may still change"
	run -0 health -o json
	assert_equal "$(field 'd["staleness"]["provisional_count"]' \
		<<<"$output")" 2
	run -0 health -o prometheus
	assert_line 'mdkit_provisional_series 2'
}

@test "bounds of alerts and objectives come from the configuration" {
	healthy
	cd "$BATS_TEST_TMPDIR"
	echo '{"alerts": {"no_success": "29m", "failed_percent": 0,
		"rate_limited_percent": 2.5},
		"objectives": {"rpo": {"critical": "29m"}}}' >c.json
	assert_equal "$(rules --config c.json)" \
		"no_success=warning rate_limited=warning rpo_critical=critical"
}

@test "failures of jobs and features are told, the newest first" {
	healthy
	add_job $GOOD SPY 1d failed 2024-07-01T15:00:10Z "HTTP 500, \"so\" it says"
	add_job $GOOD OLD 1d failed 2024-06-30T15:29:59Z "long ago"
	sql "INSERT INTO feature_computation_failures VALUES
		('AAPL', '1h', 'a close of zero', '$GOOD',
		'2024-05-01T00:00:00Z', 3, 0, NULL),
		('AAPL', '1d', 'a close of zero', '$GOOD',
		'2024-07-01T15:00:20Z', 0, 1, '2024-07-01T15:00:21Z')"
	run -0 health -o json
	assert_equal "$(field '[(f["symbol"], f["timeframe"], f["failed_at"],
		f["kind"]) for f in d["recent_failures"]]' <<<"$output")" \
		'[["AAPL", "1d", "2024-07-01T15:00:20Z", "features"], ["SPY", "1d", "2024-07-01T15:00:10Z", "job"], ["AAPL", "1h", "2024-05-01T00:00:00Z", "features"]]'
	run -0 health --failures -o csv
	assert_line --index 2 "SPY,1d,\"HTTP 500, \"\"so\"\" it says\",2024-07-01T15:00:10Z,job,$GOOD,,,"
	assert_line --index 1 "AAPL,1d,a close of zero,2024-07-01T15:00:20Z,features,$GOOD,0,true,2024-07-01T15:00:21Z"
	assert_equal "${#lines[@]}" 5
	run -0 health --failures --limit 2 -o csv
	assert_equal "${#lines[@]}" 3
	run -0 health --failures
	assert_line --regexp '^2024-07-01T15:00:20Z +AAPL +1d +features +yes'
	sql "DELETE FROM feature_computation_failures;
		DELETE FROM symbol_computation_status"
	run -0 health --failures
	assert_output "no failures"
}

@test "the history has its fields, the newest first" {
	healthy
	add_execution $BAD 2024-07-01T15:10:00.250Z 2024-07-01T15:11:00Z failed \
		total_symbols=4 successful_symbols=1 failed_symbols=3 \
		"error_message=the API is down"
	add_execution $OLD 2024-07-01T15:10:00Z "" running
	run -0 health --history -o json
	echo "$output" >"$BATS_TEST_TMPDIR/d.json"
	python3 - "$BATS_TEST_TMPDIR/d.json" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	x = d['executions']
	assert [v['execution_id'][0] for v in x] == ['2', '3', '1'], x
	for k in ('execution_id started_at completed_at duration_seconds '
	          'total_symbols successful_symbols failed_symbols '
	          'total_records_processed status error_message '
	          'success_rate').split():
	    assert all(k in v for v in x), k
	assert x[0]['success_rate'] == 25 and x[0]['duration_seconds'] == 59.75
	assert x[0]['error_message'] == 'the API is down'
	assert x[1]['success_rate'] is None and x[1]['completed_at'] is None
	PY
	run -0 health --history --limit 1 -o csv
	assert_equal "${#lines[@]}" 2
	run -0 health --history
	assert_equal "${#lines[@]}" 4
	# What had not begun by then is not told.
	run -0 mdhealth --as-of 2024-07-01T15:05:00Z --history -o csv
	assert_equal "${#lines[@]}" 2
}

@test "flat files of runs are told beside requests" {
	cd "$BATS_TEST_TMPDIR"
	healthy
	add_execution $BAD 2024-07-01T15:10:00Z 2024-07-01T15:11:00Z completed \
		total_requests=7 files_read=5 file_bytes=2500000 files_failed=3 \
		bytes_received=1000000
	run -0 health --history --limit 1 -o csv
	[[ ${lines[0]} == *,features_seconds,files_read,file_bytes,files_failed ]]
	[[ ${lines[1]} == *,5,2500000,3 ]] || fail "${lines[1]}"
	run -0 health --history --limit 1 -o json
	assert_equal "$(field '[d["executions"][0][k] for k in ("files_read",
		"file_bytes", "files_failed")]' <<<"$output")" "[5, 2500000, 3]"
	run -0 health --history --limit 1 --columns requests,files,unread,mb
	assert_line --regexp '^ *7 +5 +3 +3\.5$'
	run -0 health --execution $BAD
	assert_line "flat files  5, 3 failed, 2.5 MB"
	health -o prometheus >metrics || true
	grep -qx 'mdkit_flat_files_failed_total 3' metrics
	grep -qx 'mdkit_flat_files_read_total 5' metrics
	grep -qx 'mdkit_flat_files_received_bytes_total 2500000' metrics
}

@test "an execution is told with its jobs" {
	healthy
	add_job $GOOD SPY 1d completed 2024-07-01T15:00:10Z
	add_job $GOOD AAPL 1h failed 2024-07-01T15:00:10Z "HTTP 404"
	run -0 health --execution $GOOD -o json
	assert_equal "$(field 'd["execution_id"], [(j["symbol"], j["status"],
		j["error_message"]) for j in d["jobs"]]' <<<"$output")" \
		"[\"$GOOD\", [[\"AAPL\", \"failed\", \"HTTP 404\"], [\"SPY\", \"completed\", null]]]"
	run -0 health --execution $GOOD -o csv
	assert_equal "${#lines[@]}" 3
	run -0 health --execution $GOOD
	assert_line --regexp '^AAPL +1h +failed .* HTTP 404$'
}

@test "recoveries are measured from the log" {
	healthy
	sql "DELETE FROM scheduler_execution_log"
	# Two failures in a row and the success after them: 20 minutes.
	add_execution 01 2024-06-20T10:00:00Z 2024-06-20T10:10:00Z failed \
		"error_message=the API is down"
	add_execution 02 2024-06-20T10:15:00Z 2024-06-20T10:20:00Z failed
	add_execution 03 2024-06-20T10:25:00Z 2024-06-20T10:30:00Z completed
	# Died after its last job, at 11:02; marked at 12:00; well at 12:05.
	add_execution 04 2024-06-20T11:00:00Z 2024-06-20T12:00:00Z interrupted \
		"error_message=its process ended without a word"
	add_job 04 SPY 1d completed 2024-06-20T11:02:00Z
	add_execution 05 2024-06-20T12:00:00Z 2024-06-20T12:05:00Z \
		completed_with_errors
	# The store was lost for 90 seconds.
	add_execution 06 2024-06-20T13:00:00Z 2024-06-20T13:00:10Z failed \
		"error_message=store /m.db: no room left on its disk"
	add_execution 07 2024-06-20T13:01:00Z 2024-06-20T13:01:40Z completed
	# Limited: 12 s without a job done well.
	add_execution 08 2024-06-20T14:00:00Z 2024-06-20T14:00:30Z completed \
		rate_limited_count=2
	add_job 08 SPY 1d completed 2024-06-20T14:00:05Z
	add_job 08 SPY 1h completed 2024-06-20T14:00:17Z
	add_job 08 AAPL 1d completed 2024-06-20T14:00:20.500Z
	# Not recovered from yet, and one too long ago to count.
	add_execution 09 2024-07-01T15:20:00Z 2024-07-01T15:25:00Z failed
	add_execution 00 2023-06-20T10:00:00Z 2023-06-20T10:10:00Z failed
	sql "INSERT INTO feature_computation_failures VALUES
		('AAPL', '1d', 'x', '01', '2024-06-20T10:00:00Z', 0, 1,
		'2024-06-20T10:00:00.400Z'), ('AAPL', '1h', 'x', '01',
		'2024-06-20T10:00:00Z', 0, 1, '2024-06-20T10:15:00Z')"
	run -0 health --objectives -o csv
	assert_output - <<-'CSV'
	objective,of,seconds,count,within_count,median_seconds,worst_seconds,open_seconds
	rto,scheduler_crash,300,2,0,1200,3780,300
	rto,rate_limit,30,1,1,12,12,
	rto,database_loss,120,1,1,90,90,
	rto,computation_failure,1,2,1,0.4,900,
	rpo,critical,3600,2,2,,1800,
	rpo,standard,14400,1,1,,3000,
	rpo,low,86400,0,0,,,
	CSV
	run -0 health --objectives -o json
	assert_equal "$(field '[(s["status"], s["from_seconds"],
		s["to_seconds"], s["action"], s["measured"]["series_count"])
		for s in d["staleness"]]' <<<"$output")" \
		'[["fresh", 0, 3600, "return", 3], ["aging", 3600, 21600, "return with warning", 0], ["stale", 21600, 86400, "return with alert", 0], ["missing", null, null, "404 and request a backfill", 0]]'
	assert_equal "$(field '[(r["event"], r["objective_seconds"],
		r["measured"]["count"], r["measured"]["open_seconds"])
		for r in d["rto"]][0]' <<<"$output")" \
		'["scheduler_crash", 300, 2, 300]'
	run -0 health --objectives
	assert_line --regexp \
		'^scheduler_crash +5 min 00 s +2 +0 +20 min 00 s +1 h 03 min +5 min 00 s$'
	assert_line --regexp '^critical +1 h 00 min +15 min 00 s +2 +2 +100.0%'
}

@test "the same store and time give the same bytes, in every view" {
	healthy
	add_job $GOOD SPY 1d failed 2024-07-01T15:00:10Z "HTTP 500"
	for args in "-o table" "-o json" "-o csv" "-o prometheus" "-o html" \
		"--history" "--history -o json" "--execution $GOOD" \
		"--failures -o json" "--objectives" "--objectives -o json"; do
		# shellcheck disable=SC2086 # words
		health $args >"$BATS_TEST_TMPDIR/a"
		# shellcheck disable=SC2086 # words
		health $args >"$BATS_TEST_TMPDIR/b"
		[ -s "$BATS_TEST_TMPDIR/a" ]
		cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	done
}

@test "-q prints nothing when all is well, --out appears whole" {
	healthy
	run -0 --separate-stderr health -q
	assert_equal "$output$stderr" ""
	cd "$BATS_TEST_TMPDIR"
	run -0 health -q -o prometheus --out m.prom
	assert_output ""
	grep -q '^mdkit_health_status 0$' m.prom
	sql "DELETE FROM scheduler_execution_log"
	run -1 health -q
	assert_line --index 0 --partial "WARNING: "
	unknown mdhealth no/such --out no/such/m.prom
	[ "$(find . -name 'm.prom*' | wc -l)" -eq 1 ]
}

# -- metrics and the page --

@test "the metrics pass promtool" {
	healthy
	run -0 health -o prometheus
	assert_line 'mdkit_series{status="fresh"} 3'
	assert_line 'mdkit_executions_total{status="completed"} 1'
	assert_line 'mdkit_api_requests_total 40'
	assert_line 'mdkit_alert_active{rule="no_success",level="warning"} 0'
	assert_line 'mdkit_rpo_within_ratio{tier="critical"} 1'
	assert_line 'mdkit_last_success_timestamp_seconds 1719846030'
	command -v promtool >/dev/null || skip "no promtool"
	run -0 promtool check metrics <<<"$output"
	assert_output ""
}

@test "metrics of both programs may lie in one folder" {
	healthy
	health -o prometheus | grep '^# HELP' | cut -d' ' -f3 | sort \
		>"$BATS_TEST_TMPDIR/a"
	mdstale --as-of "$NOW" -o prometheus | grep '^# HELP' |
		cut -d' ' -f3 | sort >"$BATS_TEST_TMPDIR/b"
	[ -s "$BATS_TEST_TMPDIR/a" ]
	[ -s "$BATS_TEST_TMPDIR/b" ]
	assert_equal "$(comm -12 "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b")" ""
}

# A page with everything in it, and what others sent meant to break it.
bad_page() {
	healthy
	add_series '<b>X&"' stock low 1h 2024-07-01T14:00:00Z \
		2024-06-30T14:00:00Z
	add_series QQQ etf low 1w "" ""
	add_execution $BAD 2024-07-01T15:10:00Z 2024-07-01T15:11:00Z failed \
		total_symbols=2 failed_symbols=2 \
		'error_message=</td><script>alert("x")</script>'
	add_job $BAD SPY 1d failed 2024-07-01T15:10:10Z '<img src=x onerror=y>'
	health -o html >"$BATS_TEST_TMPDIR/page.html" || [ $? -eq 2 ]
}

@test "the page is one file that asks nothing of anybody" {
	bad_page
	python3 - "$BATS_TEST_TMPDIR/page.html" <<-'PY'
	import html.parser, sys
	text = open(sys.argv[1], encoding='utf-8').read()
	class Page(html.parser.HTMLParser):
	    void, stack, tags, texts = {'meta', 'link', 'line', 'rect'}, [], [], []
	    def handle_starttag(self, tag, attrs):
	        self.tags.append(tag)
	        for k, v in attrs:
	            assert not k.startswith('on'), k
	            assert k not in ('src', 'href') or \
	                v.startswith('data:image/svg+xml,%3Csvg '), v
	        if tag not in self.void:
	            self.stack.append(tag)
	    def handle_endtag(self, tag):
	        if tag not in self.void:
	            assert self.stack.pop() == tag, tag
	    def handle_data(self, data):
	        self.texts.append(data)
	p = Page()
	p.feed(text)
	assert p.stack == [], p.stack
	assert not {'script', 'img', 'iframe', 'b>x'} & set(p.tags), p.tags
	assert 'url(' not in text and '@import' not in text
	said = ''.join(p.texts)
	for words in ('critical', '<b>X&"', '</td><script>alert("x")</script>',
	              '<img src=x onerror=y>', 'missing', 'Objectives',
	              'scheduler_crash', 'of tier low'):
	    assert words in said, words
	# Freshness is told by a word and a sign, not only by a colour.
	assert 'title="stale 1 d 2 h"' in text and '! 25h' in said
	assert 'title="missing ' in text
	PY
}

@test "the page renders in a browser: no error, nothing cut, light and dark" {
	local browser

	browser=$(command -v chromium || command -v chromium-browser ||
		command -v google-chrome) || skip "no chromium"
	bad_page
	cd "$BATS_TEST_TMPDIR"
	# A page around it, which measures it as wide as a phone.
	cat >frame.html <<-'HTML'
	<iframe id="f" src="page.html" width="390" height="800"></iframe>
	<pre id="r"></pre><script>
	document.getElementById('f').onload = function () {
	  var d = this.contentDocument, e = d.documentElement;
	  document.getElementById('r').textContent = 'WIDE ' +
	    (e.scrollWidth <= e.clientWidth) + ' ROWS ' +
	    d.querySelectorAll('.heat tbody tr').length + ' RUNS ' +
	    d.querySelectorAll('svg rect').length + ' SCRIPTS ' +
	    d.scripts.length;
	};</script>
	HTML
	run timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
		--allow-file-access-from-files --virtual-time-budget=5000 \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" \
		--enable-logging=stderr --dump-dom \
		"file://$BATS_TEST_TMPDIR/frame.html"
	assert_output --partial "WIDE true ROWS 4 RUNS 2 SCRIPTS 0"
	refute_output --partial "CONSOLE"
}

# -- the calendar --

@test "the calendar equals the exchange's sessions, to the second" {
	[ -n "$(shared_data)" ] && [ -d "$(shared_data)/calendars" ] ||
		skip "no shared data"
	mdhealth --calendar 2000-01-01..2019-12-31 -o csv |
		cmp - "$(shared_data)/calendars/xnys-2000-2019.csv"
}

@test "the calendar lists holidays and early closes, and needs no store" {
	use_store
	use_no_store
	run -0 mdhealth --calendar 2019-11-25..2019-12-31
	assert_output - <<-'TABLE'
	DATE        DAY        MARKET   CLOSES (UTC)          WHY
	2019-11-28  Thursday   closed   -                     Thanksgiving Day
	2019-11-29  Friday     early    2019-11-29T18:00:00Z  day after Thanksgiving
	2019-12-24  Tuesday    early    2019-12-24T18:00:00Z  Christmas Eve
	2019-12-25  Wednesday  closed   -                     Christmas Day
	TABLE
	run -0 mdhealth --calendar 2019-11-29..2019-11-29 -o csv
	assert_line --index 1 \
		"2019-11-29,2019-11-29T14:30:00Z,2019-11-29T18:00:00Z"
	run -0 mdhealth --calendar 2019-11-28..2019-11-29 -o json
	assert_equal "$(field 'd["sessions"][0]["early_close"],
		d["holidays"][0]["name"]' <<<"$output")" \
		'[true, "Thanksgiving Day"]'
	# Of years that no data here is about.
	mdhealth --calendar 1990-01-01..2040-12-31 -o csv >"$BATS_TEST_TMPDIR/days"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/days")" -gt 12000 ]
	grep -qxF 2025-11-28,2025-11-28T14:30:00Z,2025-11-28T18:00:00Z \
		"$BATS_TEST_TMPDIR/days"
	run -1 grep -E '^(2025-01-09|2022-06-20)' "$BATS_TEST_TMPDIR/days"
	no_store
}

@test "dates of the calendar are checked" {
	unknown mdhealth "expected dates such as" --calendar 2024
	unknown mdhealth "expected dates such as" --calendar 2024-01-01..
	unknown mdhealth "expected dates such as" --calendar 2024-01-01..2024-02-30
	unknown mdhealth "expected the earlier date first" \
		--calendar 2024-01-02..2024-01-01
	unknown mdhealth "the years 1990 to 2100" \
		--calendar 1989-12-31..1990-01-02
	unknown mdhealth "written of the summary alone" \
		--calendar 2024-01-01..2024-01-02 -o html
}

# -- the API --

@test "--probe-api asks few calls, and never shows the key" {
	healthy
	start_mock --synthetic --key sesame-1234567890
	export POLYGON_API_KEY=sesame-1234567890
	before=$(requests)
	run -0 health --probe-api
	assert_line --regexp '^API +answers, in [0-9]+ ms$'
	asked=$(($(requests) - before))
	[ "$asked" -ge 6 ] && [ "$asked" -le 10 ] || fail "$asked calls"
	assert_line --regexp '^PLAN +INCLUDED +DETAIL$'
	assert_line --regexp '^splits +yes'
	POLYGON_API_KEY=wrong-key-987654 run -1 health --probe-api -o json
	assert_equal "$(field 'd["api"]["probe"]["good"],
		d["alerts"][0]["rule"]' <<<"$output")" '[false, "api"]'
	refute_output --partial wrong-key
	# a key that is refused has no plan
	refute_output --partial '"plan"'
	restart_mock --synthetic --fault status=503:endpoint=status
	run -1 health --probe-api
	assert_line --partial "the API cannot be used: "
	stop_mock
	run -1 health --probe-api
	POLYGON_API_KEY='' unknown mdhealth "no API key" --probe-api
}

# -- bad input --

@test "what cannot be answered is unknown: 3, in one line" {
	use_store
	use_no_store
	unknown mdhealth "does not exist: run mdbackfill first"
	no_store
	new_store
	unknown mdhealth "no active series: run mdbackfill first"
	unknown mdhealth "no execution is logged" --history
	healthy
	unknown mdhealth "no such execution; see mdhealth --history" \
		--execution $BAD
	unknown mdhealth "expected an execution's id" --execution ""
	unknown mdhealth "expected one of --history" --history --failures
	unknown mdhealth "goes with the summary alone" --history --probe-api
	unknown mdhealth "mdhealth writes table json csv" -o jsonl
	unknown mdhealth "written of the summary alone" --history -o prometheus
	unknown mdhealth "AAPL: unexpected" AAPL
	unknown mdhealth "bounds out of order" --fresh 7h
	cd "$BATS_TEST_TMPDIR"
	sqlite3 other.db "CREATE TABLE t (x)"
	unknown mdhealth "another program" --db other.db
	printf '{\n "objectives": {"rpo": {"high": 1}}}\n' >c.json
	unknown mdhealth "c.json:2:25: objectives.rpo.high: no such key" \
		--config c.json
}

@test "a run that writes keeps no report waiting" {
	only_sqlite "a lock on the file"
	healthy
	coproc writer { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN IMMEDIATE; DELETE FROM series; SELECT 'held';" \
		>&"${writer[1]}"
	read -r -t 30 _ <&"${writer[0]}"
	run -0 timeout 30 mdhealth --as-of "$NOW"
	holder=$writer_PID
	kill "$holder"
	wait "$holder" || true
}

# bars_of_acme DATE VOLUME...: a mock with these daily bars.
bars_of_acme() {
	mkdir -p "$BATS_TEST_TMPDIR/data/bars/ACME"
	echo "t,o,h,l,c,v" >"$BATS_TEST_TMPDIR/data/bars/ACME/1d.csv"
	while [ $# -gt 0 ]; do
		echo "$(date -d "$1T04:00:00Z" +%s)000,10,12,9,11,$2"
		shift 2
	done >>"$BATS_TEST_TMPDIR/data/bars/ACME/1d.csv"
	echo ticker,execution_date,split_from,split_to \
		>"$BATS_TEST_TMPDIR/data/splits.csv"
	stop_mock
	start_mock --data "$BATS_TEST_TMPDIR/data"
}

# reports_at TIME: a run, and what the reports then say of ACME.
reports_at() {
	mdbackfill -q --no-grouped --from 2024-06-03 --as-of "$1" ACME ||
		true
	mdhealth --as-of "$1" -o json >"$BATS_TEST_TMPDIR/h.json" || true
	field '[d["refused"]["window_count"], *(a["rule"] for a in d["alerts"]
		if a["rule"] == "refused_bars"), *(s["detail"][:23]
		for s in d["suspicions"])]' <"$BATS_TEST_TMPDIR/h.json"
	mdstale --as-of "$1" --gaps -o json ACME |
		field '[g["kind"] + " " + g["from"][:10] + " " +
			str(g["reason"]) for g in d["gaps"]
			if g["kind"] == "refused"]'
}

@test "a row with a volume below zero is told for as long as it comes" {
	use_store
	bars_of_acme 2024-06-03 5 2024-06-04 -1500000000 2024-06-05 5
	for day in 06 07 10; do
		assert_equal "$(reports_at "2024-06-${day}T16:00:00Z")" \
			'[1, "refused_bars"]
["refused 2024-06-04 volume is below zero"]'
	done
	run -1 mdstale --as-of 2024-06-10T16:00:00Z --gaps ACME -o series
	assert_output "$(printf 'ACME\t1d')"
	# At once, without waiting for the day to pass.
	bars_of_acme 2024-06-03 5 2024-06-04 5 2024-06-05 5
	(mdstale --as-of 2024-06-10T16:30:00Z --gaps ACME -o series || true) |
		mdbackfill -q --no-grouped --refresh --from 2024-06-03 \
			--as-of 2024-06-10T16:30:00Z -
	assert_equal "$(reports_at 2024-06-10T16:40:00Z)" '[0]
[]'
	# Nothing comes any more: after three answers an hour apart that is so.
	for time in 17:00 18:10 19:20; do
		reports_at "2024-06-21T$time:00Z" >"$BATS_TEST_TMPDIR/last"
	done
	assert_equal "$(cat "$BATS_TEST_TMPDIR/last")" \
		'[0, "no bar since 2024-06-05"]
[]'
}

@test "a run of mdbackfill is found in the reports" {
	use_store
	start_mock --synthetic --today 2024-07-01T20:00:00Z \
		--fault status=404:endpoint=aggs,ticker=SPY
	mdbackfill -q --as-of "$NOW" --days 10 -t 1d AAPL SPY 2>/dev/null || true
	run -2 mdhealth --as-of 2024-07-01T15:35:00Z --by bars \
		--clock market -o json
	assert_equal "$(field 'd["last_execution"]["status"],
		d["last_execution"]["failed_symbols"],
		d["recent_failures"][0]["symbol"]' <<<"$output")" \
		'["completed_with_errors", 1, "SPY"]'
}

@test "a run under way is told as it is, and what a stop cut off is no failure" {
	healthy
	add_execution $BAD 2024-07-01T15:20:00Z "" running total_symbols=4
	for job in "A completed" "B completed" "C failed" "D in_progress" \
		"E pending" "F pending"; do
		# shellcheck disable=SC2086 # two words
		add_job $BAD ${job% *} 1d ${job#* } 2024-07-01T15:25:00Z
	done
	run health
	assert_line --partial \
		"running, 3 of 6 jobs, 1 failed, 1 at work, 10 min 00 s, about 10 min 00 s left ($BAD)"
	run -0 health --history
	assert_line --regexp "^$BAD .* running .*  - .* 3 of 6 jobs, 1 failed"
	run -0 health --execution $BAD
	assert_line --partial "running, 3 of 6 jobs"
	run health -o json
	assert_equal "$(field '[d["last_execution"]["progress"],
		d["last_execution"]["success_rate"]]' <<<"$output")" \
		'[{"jobs": 6, "jobs_done": 3, "jobs_failed": 1, "jobs_in_progress": 1, "elapsed_seconds": 600, "left_seconds": 600}, null]'
	run health -o prometheus
	assert_line 'mdkit_running_jobs{status="pending"} 2'
	assert_line 'mdkit_running_jobs{status="completed"} 2'
	assert_line 'mdkit_running_left_seconds 600'
	run health -o html
	assert_output --partial "3 of 6 jobs, 1 failed, 1 at work"
	# Nothing is done yet: nobody knows how long it takes.
	sql "UPDATE symbol_computation_status SET status = 'pending'"
	run health
	assert_line --partial "running, 0 of 6 jobs, 0 at work, 10 min 00 s ("
	# It was stopped, or killed and marked.
	sql "UPDATE scheduler_execution_log SET status = 'interrupted',
		completed_at = '2024-07-01T15:29:00Z', total_symbols = 6
		WHERE execution_id = '$BAD'"
	sql "UPDATE symbol_computation_status SET status = 'failed',
		error_message = 'interrupted: its process ended without a word'"
	assert_equal "$(rules)" ""
	run -0 health --failures
	assert_output "no failures"
	run -0 health -o json
	assert_equal "$(field '"progress" in d["last_execution"]' \
		<<<"$output")" false
}

# alert RULE WHAT: of that alert in JSON.
alert() {
	health -o json >"$BATS_TEST_TMPDIR/alert.json" || true
	field "[a['$2'] for a in d['alerts'] if a['rule'] == '$1'][0]" \
		<"$BATS_TEST_TMPDIR/alert.json"
}

# A store with most alerts.
all_amiss() {
	local i

	healthy
	for i in 1 2 3 4 5; do
		add_series S$i stock low 1d 2024-06-28T04:00:00Z ""
	done
	sql "UPDATE feature_freshness SET
		last_computed_at = '2024-06-01T14:29:59Z'"
	sql "UPDATE scheduler_execution_log SET
		started_at = '2024-07-01T09:00:00Z',
		completed_at = '2024-07-01T09:10:00Z'"
	add_execution $BAD 2024-07-01T15:10:00Z 2024-07-01T15:11:00Z \
		failed total_symbols=2 failed_symbols=2 total_requests=50 \
		rate_limited_count=25
	add_job $BAD AAPL 1d failed 2024-07-01T15:10:30Z "HTTP 500"
	add_job $BAD SPY 1d failed 2024-07-01T15:10:40Z "HTTP 500"
	add_execution $OLD 2024-07-01T13:20:00Z "" running
	refuse AAPL 1d 2024-06-26T04:00:00Z 2024-06-27T04:00:00Z late
}

@test "each alert names its series, and a command that runs" {
	all_amiss
	assert_equal "$(rules | sed 's/=[a-z]*//g')" \
		"no_success failed_jobs no_features rate_limited process_gone rpo_critical rpo_standard rpo_low refused_bars"
	assert_equal "$(alert rpo_low series)" "S1 1d, S2 1d, S3 1d and 2 more"
	assert_equal "$(alert failed_jobs series)" "SPY 1d, AAPL 1d"
	assert_equal "$(alert process_gone command)" \
		"mdhealth --execution ${OLD:0:13}"
	run health
	assert_line "                        SPY 1d, AAPL 1d"
	assert_line '  $ mdhealth --failures -o series | mdbackfill -'
	run health -o html
	assert_output --partial "<code>mdbackfill --tier low</code>"
	health -o json >"$BATS_TEST_TMPDIR/d.json" || true
	start_mock --synthetic
	field '"\n".join(a["command"] for a in d["alerts"])' \
		<"$BATS_TEST_TMPDIR/d.json" | while read -r command; do
		code=0
		bash -c "set -o pipefail; $command" </dev/null \
			>"$BATS_TEST_TMPDIR/out" 2>&1 || code=$?
		[ $code -le 1 ] || fail "$command: $code:
$(cat "$BATS_TEST_TMPDIR/out")"
	done
	# They did what they say.
	run mdstale -t 1d --by bars -o csv S1
	refute_output --partial missing
}

@test "a command works as printed, with the configuration that was given" {
	local store conf="$BATS_TEST_TMPDIR/my \"conf's\" \$x.json" code ran=0

	cd "$BATS_TEST_TMPDIR"
	all_amiss
	start_mock --synthetic
	printf '{ "base_url": "%s" }\n' "$MOCK_URL" >"$conf"
	store=$MD_DB
	if [ "$MD_ENGINE" = sqlite ]; then
		store="$BATS_TEST_TMPDIR/it's a \$store.db"
		mv "$MD_DB" "$store"
	fi
	# Only the configuration says where the API is.
	unset MD_DB POLYGON_BASE_URL
	mdhealth --as-of "$NOW" --config "$conf" --db "$store" -o json \
		>alerts.json || true
	while read -r command; do
		[[ $command == md*" --config "*" --db "* ]] || fail "$command"
		code=0
		sh -c "$command" </dev/null >out 2>&1 || code=$?
		[ $code -le 1 ] || fail "$command: $code: $(cat out)"
		ran=$((ran + 1))
	done < <(field '"\n".join(a["command"] for a in d["alerts"])' \
		<alerts.json)
	[ $ran -ge 9 ]
	run mdstale --db "$store" -t 1d --by bars -o csv S1
	refute_output --partial missing
}

@test "commands name the store that --db named, whatever its name" {
	healthy
	add_job $GOOD SPY 1d failed 2024-07-01T15:00:10Z "HTTP 500"
	sql "UPDATE scheduler_execution_log SET total_symbols = 1,
		failed_symbols = 1, successful_symbols = 0"
	store=$MD_DB
	if [ "$MD_ENGINE" = sqlite ]; then
		store="$BATS_TEST_TMPDIR/it's a \$store.db"
		mv "$MD_DB" "$store"
	fi
	unset MD_DB
	command=$(mdhealth --as-of "$NOW" --db "$store" -o json |
		field 'd["alerts"][0]["command"]')
	[[ $command == "mdhealth --db "*" --failures -o series | mdbackfill \
--db "*" -" ]] || fail "$command"
	start_mock --synthetic
	bash -c "set -o pipefail; $command" >"$BATS_TEST_TMPDIR/out"
	# By the environment it is not repeated.
	MD_DB=$store run mdhealth --as-of "$NOW" -o nagios
	MD_DB=$store run -2 mdhealth --as-of "$NOW"
	assert_line '  $ mdhealth --failures -o series | mdbackfill -'
}

@test "each host's runs are told, the newest first" {
	healthy
	add_execution $BAD 2024-07-01T15:10:00Z 2024-07-01T15:11:00Z failed \
		host=b "error_message=why it failed" total_requests=10 \
		rate_limited_count=5 bytes_received=7 \
		total_records_processed=3
	add_execution $OLD 2024-07-01T15:20:00Z "" running host=b pid=77
	add_execution 44444444-4444-4444-8444-444444444444 \
		2024-01-01T00:00:00Z 2024-01-01T00:01:00Z completed host=gone
	# What lasts is held, what is over is not.
	sql "INSERT INTO leases (series_id, execution_id, token, lease_until)
		SELECT series_id, '$OLD', 1, CASE WHEN symbol = 'SPY' THEN 1
		ELSE strftime('%s', '2024-07-01T15:31:00Z') * 1000 END
		FROM series"
	health --hosts -o json >"$BATS_TEST_TMPDIR/hosts.json"
	python3 - "$BATS_TEST_TMPDIR/hosts.json" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d['window_seconds'] == 90 * 86400, d
	b, e = d['hosts']
	assert (b['host'], b['last_status'], b['last_pid'],
	    b['last_completed_at'], b['running_count'], b['lease_count'],
	    b['run_count'], b['failed_count'], b['good_count'],
	    b['total_requests'], b['rate_limited_count'],
	    b['bytes_received'], b['records_processed'],
	    b['busy_seconds']) == ('b', 'running', 77, None, 1, 2, 2, 1, 0,
	    10, 5, 7, 3, 660), b
	assert (e['host'], e['good_count'], e['busy_seconds']) == (
	    'elsewhere', 1, 90), e
	PY
	run -0 health --hosts
	assert_line --index 0 --regexp '^HOST +LAST RUN +STATUS +RUNNING'
	assert_line --index 1 --partial "b                 2024-07-01T15:20:00Z"
	assert_equal "${#lines[@]}" 3
	run -0 health --hosts --limit 1 -o csv
	assert_equal "${#lines[@]}" 2
	assert_line --index 1 --partial "b,$OLD,2024-07-01T15:20:00Z,,running"
	run -0 health --hosts --columns host,leases
	assert_line --index 1 --regexp '^b +2$'
	unknown mdhealth "--hosts" --hosts --history
	unknown mdhealth "written of --failures" --hosts -o series
	unknown mdhealth "expected some of host" --hosts --columns nothing
	sql "DELETE FROM scheduler_execution_log"
	assert_equal "$(health --hosts -o json | field 'd["hosts"]')" "[]"
}

@test "what failed is a list of series that mdbackfill repairs" {
	healthy
	add_job $GOOD SPY 1d failed 2024-07-01T15:00:10Z "HTTP 500"
	add_job $GOOD SPY 1d failed 2024-07-01T15:00:10Z "HTTP 500" || true
	add_job $GOOD AAPL 1h failed 2024-07-01T15:00:11Z "HTTP 500"
	sql "INSERT INTO feature_computation_failures VALUES
		('AAPL', '1h', 'a close of zero', '$GOOD',
		'2024-07-01T15:00:20Z', 3, 0, NULL),
		('AAPL', '1d', 'a close of zero', '$GOOD',
		'2024-07-01T15:00:20Z', 0, 1, '2024-07-01T15:00:21Z')"
	run -0 health --failures -o series
	assert_output "AAPL	1h
SPY	1d"
	start_mock --synthetic
	health --failures -o series | mdbackfill -q -
	[ "$(sql "SELECT count(*) FROM bars")" -gt 0 ]
	run -3 mdhealth -o series
	assert_output --partial "is written of --failures alone"
	sql "DELETE FROM symbol_computation_status"
	sql "DELETE FROM feature_computation_failures"
	run -0 health --failures -o series
	assert_output ""
}

@test "as a monitoring plugin it says its figures, and why it knows nothing" {
	healthy
	run -0 health -o nagios
	assert_output "OK: healthy, 0 alerts; 2 symbols, 3 series | 'fresh'=3;;;0;3 'aging'=0;;;0;3 'stale'=0;;;0;3 'missing'=0;;;0;3 'failures'=0;;;0; 'rate_limited'=2.5%;5;;0;100 'since_success'=1770s;21600;;0; 'worst_critical'=1800s;;3600;0; 'worst_standard'=3000s;14400;;0;"
	sql "UPDATE feature_freshness SET
		last_computed_at = '2024-07-01T11:29:59Z' WHERE symbol = 'SPY'"
	run -1 health -o nagios
	assert_line --index 0 --partial "WARNING: degraded, 1 alert;"
	assert_line --index 0 --partial "'worst_standard'=14401s;14400;;0;"
	assert_line --index 1 --partial "warning rpo_standard: 1 of 1 series"
	[ "$(grep -c '|' <<<"$output")" -eq 1 ]
	MD_DB="$BATS_TEST_TMPDIR/a|b/none" run --separate-stderr -3 mdhealth \
		-o nagios
	assert_output --partial "UNKNOWN: store"
	[ "$(wc -l <<<"$output")" -eq 1 ]
	refute_output --partial "|"
	[[ $stderr == *"does not exist"* ]] || [[ $stderr == *store* ]]
	run --separate-stderr -3 mdhealth -o nagios --history
	assert_output --partial "UNKNOWN: --format: 'nagios' is written of the"
}
