#!/usr/bin/env bats
# mdbaseline through its command line: what it measures, whether that is true,
# what it compares, and how it ends.  Work is kept small.

load store

setup() {
	at_home
	unset POLYGON_API_KEY MD_TEST_SLOW
}

# measured ARGUMENTS...: little work against a mock, its JSON in out.json.
measured() {
	mdbaseline --symbols "${SYMBOLS:-AAPL,X:BTCUSD}" -t 1h,1d --days 20 \
		--mock-latency 5 -o json --out out.json "$@"
}

# figure EXPRESSION: of the document d.
figure() {
	python3 -c 'import json, sys
d = json.load(open("out.json"))
print(eval(sys.argv[1]))' "$1"
}

# holds EXPRESSION: it is true of it.
holds() {
	[ "$(figure "bool($1)")" = True ] || {
		cat out.json >&2
		fail "not so: $1"
	}
}

# nothing_left: no temporary store, no mock of ours.
nothing_left() {
	[ -z "$(ls -A "$TMPDIR")" ] || fail "left: $(ls -A "$TMPDIR")"
	! pgrep -f "mdmock -q --config $TMPDIR" >/dev/null ||
		fail "a mock still runs"
}

@test "what every program has" {
	standard_checks mdbaseline
}

@test "the parts of every job add up to 98 % of its wall time" {
	measured --mode both -t 5m,1h,1d
	holds '[m["mode"] for m in d["modes"]] == ["sequential", "parallel"]'
	holds 'all(len(m["job_times"]) == 6 for m in d["modes"])'
	holds 'all(j["unaccounted_seconds"] <= 0.02 * j["duration_seconds"]
	    for m in d["modes"] for j in m["job_times"])'
	holds 'all(abs(sum(j["wall"].values()) + j["unaccounted_seconds"] -
	    j["duration_seconds"]) < 1e-4
	    for m in d["modes"] for j in m["job_times"])'
	nothing_left
}

@test "the keys and figures of the document" {
	measured
	holds '{"total_duration_seconds", "total_records_backfilled",
	    "total_records_per_second", "completed_jobs", "failed_jobs",
	    "total_jobs", "success_rate", "total_api_time_seconds",
	    "total_db_time_seconds", "api_percentage_of_total",
	    "db_percentage_of_total", "slowest_job", "slowest_timeframe",
	    "slowest_timeframe_avg_seconds", "bottleneck", "recommendations",
	    "target", "environment"} <= set(d)'
	holds 'd["target"] == "mock" and d["mock_latency_ms"] == 5'
	holds 'd["completed_jobs"] == d["total_jobs"] == 4'
	holds 'd["success_rate"] == 100 and d["failed_jobs"] == 0'
	holds 'd["total_records_backfilled"] ==
	    sum(j["records"] for j in d["modes"][0]["job_times"]) > 500'
	holds 'abs(d["api_percentage_of_total"] + d["db_percentage_of_total"] +
	    d["features_percentage_of_total"] +
	    d["decode_percentage_of_total"] - 100) < 1e-3'
	# A call for splits of AAPL, and one at least for each job.
	holds 'd["total_requests"] >= 5'
	holds 'd["environment"]["cores"] >= 1 and
	    d["environment"]["versions"]["sqlite"]'
	holds 'd["peak_memory_bytes"] > 1 << 20'
}

@test "an API that is slow is named, and more at once recommended" {
	measured --mock-latency 200 -j 1
	holds 'd["bottleneck"] == "api"'
	holds 'd["api_percentage_of_total"] > 60'
	# Five requests, a fifth of a second each.
	holds 'd["total_api_time_seconds"] >= 1'
	holds 'any(r.startswith("-j ") and "would take about" in r
	    for r in d["recommendations"])'
}

@test "a database that is slow is named" {
	MD_TEST_SLOW=database=1200ms measured
	holds 'd["bottleneck"] == "database"'
	holds 'd["total_db_time_seconds"] >= 4.8'
	holds 'any("synchronous" in r for r in d["recommendations"])'
}

@test "features that are slow are named" {
	MD_TEST_SLOW=features=1200ms measured
	holds 'd["bottleneck"] == "features"'
	holds 'any("--no-features" in r for r in d["recommendations"])'
	measured --no-features
	holds 'd["total_features_time_seconds"] == 0'
}

@test "a rate that is small is named, and told from the API" {
	measured --rate 120/min
	holds 'd["bottleneck"] == "api"'
	holds 'd["job_wall"]["pacing_seconds"] > d["total_api_time_seconds"]'
	holds 'any("--rate" in r for r in d["recommendations"])'
}

@test "a 429 is counted, and what it costs is idleness" {
	export POLYGON_API_KEY=test-key-1234567890
	start_mock --synthetic --rate 2/s --limited retry-after
	measured -y --rate 6000/min -j 4
	holds 'd["rate_limited_count"] > 0'
	holds 'd["job_wall"]["backoff_seconds"] > 0.1'
	holds 'd["completed_jobs"] == 4'
}

@test "compared with itself it is within noise" {
	mdbaseline -q --symbols X:BTCUSD -t 5m --days 20 --mock-latency 5 \
		--save before.json
	# Wide, for a machine that does much else.
	mdbaseline --symbols X:BTCUSD -t 5m --days 20 --mock-latency 5 \
		-o json --out out.json --compare before.json --max-regress 500
	holds 'd["compare"]["regressed"] is False'
	holds '{c["verdict"] for c in d["compare"]["changes"]
	    if c["figure"] == "total_requests"} == {"within noise"}'
	holds 'len(d["modes"][0]["samples"]["total_duration_seconds"]) == 5'
	nothing_left
}

@test "decoding that got much slower fails the comparison and is named" {
	mdbaseline -q --symbols X:BTCUSD -t 5m --days 20 --mock-latency 5 \
		--repeat 3 --save before.json
	MD_TEST_SLOW=decode=2000% run -1 mdbaseline --symbols X:BTCUSD -t 5m \
		--days 20 --mock-latency 5 --repeat 3 --compare before.json
	assert_output --partial REGRESSED
	assert_line --regexp 'decode cpu .* slower, past the bound'
	# So it does where nothing is said of what is well.
	MD_TEST_SLOW=decode=2000% run -1 mdbaseline -q --symbols X:BTCUSD \
		-t 5m --days 20 --mock-latency 5 --repeat 3 \
		--compare before.json -o markdown
	assert_line --regexp '^\| parallel \| decode cpu .* \*\*past the bound'
}

@test "only the same work compares" {
	measured --save before.json --repeat 3
	run -64 measured --compare before.json --days 21
	assert_output --partial 'before.json: measured other work'
	run -64 measured --compare before.json -j 7
	assert_output --partial 'no parallel run with -j 7'
	run -64 measured --compare before.json --mode sequential
	assert_output --partial 'no sequential run'
	run -64 measured --compare before.json --repeat 2
	assert_output --partial 'expected --repeat 5'
	run -64 measured --compare none.json
	assert_output --partial 'none.json: cannot be read'
	echo '{"modes": []}' >bad.json
	run -64 measured --compare bad.json
	assert_output --partial 'expected what mdbaseline --save writes'
	echo '{"modes": [' >bad.json
	run -64 measured --compare bad.json
	assert_output --partial 'bad.json:'
}

@test "both modes: by how much parallel is faster" {
	measured --mode both --mock-latency 100
	holds '0 < d["improvement_percent"] < 100'
	holds 'abs(d["improvement_percent"] - 100 * (1 -
	    d["modes"][1]["total_duration_seconds"] /
	    d["modes"][0]["total_duration_seconds"])) < 0.1'
}

@test "every format says what the target was" {
	for format in table json csv markdown svg; do
		run -0 mdbaseline --symbols X:BTCUSD -t 1d,4h --days 5 \
			--mock-latency 1 --mode both -o $format
		grep -qiE 'mock' <<<"$output" || fail "$format: no target"
		printf '%s\n' "$output" >out.$format
	done
	python3 - <<-'E'
	import csv, xml.dom.minidom
	rows = list(csv.DictReader(open("out.csv")))
	assert len(rows) == 4, rows
	for r in rows:
	    parts = sum(float(v) for k, v in r.items()
	        if k.endswith("_seconds") and not k.endswith("_busy_seconds")
	        and k not in ("started_seconds", "duration_seconds"))
	    assert abs(parts - float(r["duration_seconds"])) < 1e-3, r
	svg = xml.dom.minidom.parse("out.svg")
	texts = [t.firstChild.data for t in svg.getElementsByTagName("text")]
	assert sum("X:BTCUSD" in t for t in texts) == 4, texts
	assert len(svg.getElementsByTagName("rect")) > 20
	E
	grep -q '^| database |' out.markdown
	grep -q 'not accounted for' out.table
}

@test "the user's store is never written to by accident" {
	use_store
	cat >mdkit.json <<-E
	{"db": "$BATS_TEST_TMPDIR/configured.db"}
	E
	MD_CONFIG=mdkit.json measured
	[ ! -e "$MD_DB" ]
	[ ! -e configured.db ]
	[ ! -e "$HOME/.local" ]
	# Named on the command line, a new one is filled, once.
	measured --db new.db
	[ "$(sql 'SELECT count(*) FROM bars' new.db)" -eq \
		"$(figure 'd["total_records_backfilled"]')" ]
	run -64 measured --db new.db
	assert_output --partial 'holds series already'
	run -64 measured --db other.db --repeat 2
	assert_output --partial '--db'
	run -64 measured --db other.db --mode both
	[ ! -e other.db ]
}

@test "a store that covers a symbol is no place to measure it" {
	export POLYGON_API_KEY=test-key-1234567890
	start_mock --synthetic
	mdbackfill -q --db has.db -t 1d --days 5 AAPL
	run -64 measured -y --db has.db
	assert_output --partial 'covers AAPL already'
	SYMBOLS=X:BTCUSD measured -y --db has.db
	holds 'd["target"] == "api"'
}

@test "with a key the API is asked, when that is confirmed" {
	export POLYGON_API_KEY=test-key-1234567890
	start_mock --synthetic --key "$POLYGON_API_KEY"
	run -64 measured
	assert_output --partial 'expected -y'
	[ "$(requests)" -eq 0 ]
	run -0 --separate-stderr measured -y
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *'requests of http://127.0.0.1:'*' minutes'* ]]
	holds 'd["target"] == "api"'
	holds "d['target_url'] == '$MOCK_URL'"
	[ "$(requests)" -eq "$(figure 'd["total_requests"]')" ]
	! grep -r "$POLYGON_API_KEY" out.json
	# And not with --mock.
	before=$(requests)
	measured --mock
	holds 'd["target"] == "mock"'
	[ "$(requests)" -eq "$before" ]
	# An API without a key is a question.
	unset POLYGON_API_KEY
	run -77 measured
	assert_output --partial 'no key'
}

@test "a key that is refused, an API that is down, a job that fails" {
	export POLYGON_API_KEY=test-key-1234567890
	start_mock --synthetic --key another-key
	run -77 measured -y
	restart_mock --synthetic --fault 'status=404:ticker=AAPL'
	run -69 measured -y --save before.json --repeat 3
	assert_output --partial 'AAPL'
	[ ! -e before.json ]
	stop_mock TERM
	MD_TEST_BACKOFF_MS=10 run -69 measured -y --base-url http://127.0.0.1:9
	nothing_left
}

@test "an interrupt ends it cleanly, at any time" {
	# At once, while the mock starts, once there is a store.
	for moment in true 'pgrep -f "mdmock -q --config $TMPDIR"' \
		'ls "$TMPDIR"/*/*.db'; do
		interruptible "$MD_BUILD/mdbaseline" --mock-latency 300 \
			--symbols AAPL,MSFT,SPY -t 5m -j 1
		wait_for 30 eval "$moment >/dev/null 2>&1" || {
			kill -KILL "$run_pid"
			fail "never: $moment"
		}
		kill -INT "$run_pid"
		status=0
		wait "$run_pid" || status=$?
		[ $status -eq 130 ] || fail "ended with $status"
		nothing_left
	done
	"$MD_BUILD/mdbaseline" --mock-latency 300 --symbols AAPL,MSFT -t 5m \
		-j 1 2>/dev/null 3>&- &
	pid=$!
	wait_for 30 eval 'ls "$TMPDIR"/*/*.db >/dev/null 2>&1'
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ $status -eq 143 ] || fail "ended with $status"
	nothing_left
}

@test "wrong options are named with what was expected" {
	while IFS='|' read -r words said; do
		# shellcheck disable=SC2086 # words
		run -64 mdbaseline $words
		[ ${#lines[@]} -eq 1 ] || fail "$words: ${#lines[@]} lines"
		assert_output --partial "$said"
	done <<-'E'
	--mode fast|expected sequential, parallel or both
	--repeat 0|--repeat
	--repeat 65|--repeat
	--days 0|--days
	-j 0|--jobs
	-t 2h|2h
	--symbols A;B|--symbols
	--max-regress x|percentage
	--mock-latency x|--mock-latency
	--mock-rate x|--mock-rate
	--rate x|--rate
	-o html|mdbaseline writes table json csv markdown svg
	--symbols A -w FILE|expected one of them
	--api-key secret|never taken from the command line
	E
	MD_TEST_SLOW=all=1% run -64 mdbaseline
	assert_output --partial 'MD_TEST_SLOW'
	MD_TEST_BACKOFF_MS=x run -64 mdbaseline --mock
	assert_output --partial 'MD_TEST_BACKOFF_MS'
}

@test "without mdmock it says what to do" {
	mkdir alone
	cp "$MD_BUILD/mdbaseline" alone/
	PATH=/usr/bin:/bin run -69 alone/mdbaseline
	assert_output --partial 'mdmock is neither beside mdbaseline nor in PATH'
	nothing_left
}
