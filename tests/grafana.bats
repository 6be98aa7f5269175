# The Grafana dashboards of the examples: what they are made of, and that each
# query of each panel runs.
# shellcheck disable=SC2154 # run sets stderr

load report
load serve

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${prometheus_pid:-}" ] || kill "$prometheus_pid" 2>/dev/null || true
	end_serve
}

# queries FILE: each panel's, one a line: its title, a tab, the query.
queries() {
	python3 - "$MD_ROOT/examples/$1" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	for p in d['panels']:
	    for t in p['targets']:
	        q = t.get('expr') or t.get('rawSql') or t['rawQueryText']
	        print(p['title'], q.replace('\n', ' '), sep='\t')
	for v in d['templating']['list']:
	    if v['type'] == 'query':
	        print('variable ' + v['name'], v['query'], sep='\t')
	PY
}

@test "the dashboards are whole: ids, places, data sources" {
	for name in prometheus postgresql sqlite; do
		python3 - "$MD_ROOT/examples/grafana-$name.json" <<-'PY'
		import json, sys
		d = json.load(open(sys.argv[1]))
		assert d['uid'] and d['title'] and d['schemaVersion'] >= 36
		assert 'id' not in d, 'an import makes its own'
		p = d['panels']
		assert len(p) >= 8 and len({x['id'] for x in p}) == len(p)
		taken = set()
		for x in p:
		    g = x['gridPos']
		    cells = {(g['x'] + i, g['y'] + k) for i in range(g['w'])
		        for k in range(g['h'])}
		    assert g['x'] + g['w'] <= 24 and not cells & taken, x['title']
		    taken |= cells
		    assert x['targets'], x['title']
		    for t in x['targets'] + [x]:
		        assert t['datasource']['uid'] == '${datasource}', t
		    assert len({t['refId'] for t in x['targets']}) == len(
		        x['targets']), x['title']
		v = d['templating']['list'][0]
		assert (v['name'], v['type']) == ('datasource', 'datasource')
		types = {t['datasource']['type'] for x in p for t in x['targets']}
		assert types == {v['query']}, types
		PY
	done
}

@test "each panel's SQL runs on a store, and finds what there is" {
	local from to title query name=grafana-sqlite.json

	[ "$MD_ENGINE" = sqlite ] || name=grafana-postgresql.json
	use_store
	start_mock --synthetic --fault status=404:ticker=BAD,endpoint=aggs
	mdbackfill -q --no-grouped -t 1d --from 2024-01-02 --to 2024-01-05 \
		AAPL BAD || [ $? -eq 1 ]
	id=$(sql "SELECT execution_id FROM scheduler_execution_log")
	sql "INSERT INTO objective_days VALUES ('$(date -u +%Y-%m-%d)', 'low',
		10, 9);
		UPDATE leases SET execution_id = '$id',
		lease_until = $(($(date +%s) + 600))000"
	mdbackfill --hold why
	from=1704000000000
	to=$(($(date +%s) + 60))000
	queries $name >list
	[ "$(wc -l <list)" -ge 10 ]
	while IFS=$'\t' read -r title query; do
		query=${query//\$__from/$from}
		query=${query//\$__to/$to}
		query=${query//\$symbol/AAPL}
		query=${query//\$timeframe/1d}
		[[ $query != *\$* ]] || fail "$title: $query"
		if [ "$MD_ENGINE" = sqlite ]; then
			sqlite3 -bail -readonly "$MD_DB" "$query" >rows ||
				fail "$title: $query"
		else
			pg -At -d "$MD_DB" -c "$query" >rows ||
				fail "$title: $query"
		fi
		[ -s rows ] || fail "$title: no row: $query"
		echo "$title: $(head -1 rows)" >>told
	done <list
	# A bar's time is told in seconds, or as a time.
	grep "close, adjusted: \(1704171600|\|2024-01-02 05:00:00+00|\)" told ||
		grep "close, adjusted: 2024-01-0[12]" told || fail "$(cat told)"
	grep "Hosts: .*|1|0|" told
	grep "Newest failures: .*BAD|1d|" told
	grep "Kept, of each day: .*|low|90.0" told
}

@test "each panel's metrics are there, as Prometheus answers" {
	[ "$MD_ENGINE" = sqlite ] || skip "the metrics are the same"
	command -v prometheus >/dev/null || skip "no prometheus"
	local port title query

	use_store
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	stop_mock
	sql "UPDATE objective_hours SET through_ms = through_ms - 7200000"
	mdbackfill --hold why
	start_serve
	cat >prometheus.yml <<-YML
	global: { scrape_interval: 1s }
	scrape_configs:
	  - job_name: mdserve
	    static_configs: [ { targets: [ "127.0.0.1:$SERVE_PORT" ] } ]
	YML
	port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	prometheus --config.file prometheus.yml --storage.tsdb.path data \
		--web.listen-address "127.0.0.1:$port" >prometheus.out 2>&1 3>&- &
	prometheus_pid=$!
	# values EXPRESSION: of it, one a line.
	values() {
		curl -sS --max-time 10 --data-urlencode "query=$1" \
			"http://127.0.0.1:$port/api/v1/query" >answer 2>/dev/null &&
			python3 -c 'import json
d = json.load(open("answer"))
assert d["status"] == "success", d
for r in d["data"]["result"]: print(r["value"][1])' >values 2>/dev/null &&
			[ -s values ]
	}
	wait_for 60 values \
		'sum(count_over_time(mdserve_build_info[1m])) >= 4' ||
		fail "$(tail -5 prometheus.out)"
	queries grafana-prometheus.json >list
	[ "$(wc -l <list)" -ge 15 ]
	while IFS=$'\t' read -r title query; do
		values "$query" || fail "$title: $query: $(cat answer)"
	done <list
	values 'max(mdkit_on_hold)'
	assert_equal "$(cat values)" 1
}
