# What an operator is told of a run, besides its summary.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

fetch() {
	mdbackfill --max-retries 0 -t 1d --from 2024-01-02 --to 2024-01-05 "$@"
}

@test "a refused key is said once" {
	start_mock --synthetic --key right-key-1234567
	run --separate-stderr -77 fetch A B C D E
	assert_equal "$stderr" \
		"mdbackfill: the API refused the key (HTTP 401: Unknown API Key)"
	run --separate-stderr -77 fetch -q --no-grouped A
	assert_equal "$(wc -l <<<"$stderr")" 1
}

@test "messages as JSON say which series, which run, and what kind of error" {
	start_mock --synthetic --fault status=404:ticker=BAD,endpoint=aggs
	fetch -q --log-format json --no-grouped BAD A >out 2>err || true
	id=$(sql "SELECT execution_id FROM scheduler_execution_log")
	python3 - err "$id" <<-'PY'
	import json, sys
	lines = [json.loads(l) for l in open(sys.argv[1])]
	assert len(lines) == 1, lines
	l = lines[0]
	assert l['symbol'] == 'BAD' and l['timeframe'] == '1d', l
	assert l['execution_id'] == sys.argv[2], l
	assert l['code'] in ('http', 'absent'), l
	assert l['message'].startswith('BAD 1d: '), l
	PY
	stop_mock
	run --separate-stderr fetch -q --log-format json --no-grouped \
		--base-url http://127.0.0.1:1 ZZ
	[[ $stderr == *'"code": "'* ]] || fail "$stderr"
	run --separate-stderr -3 mdstale --log-format json --db none.db
	[[ $stderr == *'"code": "store"}' ]]
	[[ $stderr != *execution_id* ]]
}
