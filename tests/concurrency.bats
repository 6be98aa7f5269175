# How many series are fetched at once: found from the answers, or as given.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return 1
}

# fetched ARGUMENTS...: 60 series; the summary is in s.json.
fetched() {
	# shellcheck disable=SC2046 # words
	mdbackfill -q --out s.json -o json --no-features --no-grouped -t 1d,1h \
		--from 2024-01-02 --to 2024-01-31 "$@" \
		$(seq -f 'S%.0f' 30)
}

# holds CONDITION: of the summary, as d.
holds() {
	python3 -c "import json
d = json.load(open('s.json'))
assert $1, {k: v for k, v in d.items() if k != 'jobs'}"
}

@test "it grows by itself, and a number given stays" {
	start_mock --synthetic --latency 150
	fetched
	holds "d['jobs_at_once'] > 3 and d['jobs_at_once_mean'] > 3"
	holds "d['rate_limited'] == 0 and d['successful_symbols'] == 30"
	fetched -j 3 --refresh
	holds "d['jobs_at_once'] == d['jobs_at_once_mean'] == 3"
	holds "d['jobs_at_once_reason'] == 'as it was told'"
	fetched --sequential --refresh --from 2024-01-30
	holds "d['jobs_at_once'] == 1"
	echo '{"jobs": "auto"}' >c.json
	fetched --config c.json --refresh
	holds "d['jobs_at_once'] > 3"
	echo '{"jobs": 2}' >c.json
	fetched --config c.json --refresh --from 2024-01-30
	holds "d['jobs_at_once'] == 2"
}

@test "a little work needs no more than three" {
	start_mock --synthetic
	mdbackfill -q --out s.json -o json --from 2024-01-02 --to 2024-01-31 \
		AAPL MSFT
	holds "d['jobs_at_once'] == 3"
	holds "d['jobs_at_once_reason'] == 'there was nothing more to ask for'"
}

@test "the summary with -v and the messages say how many, and why" {
	start_mock --synthetic --latency 50
	run --separate-stderr mdbackfill -vv --no-features --no-grouped -t 1h \
		--from 2024-01-02 --to 2024-01-31 A B C D E F G H I J K L M N
	assert_success
	assert_line --regexp \
		'^jobs at once: [0-9]+ at most, [0-9.]+ on average; [a-z]+'
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *"9 jobs at once: "* ]]
	[[ $stderr == *"jobs at once: "*" at most, "* ]]
	run mdbackfill --refresh --no-features -t 1h --from 2024-01-30 \
		--to 2024-01-31 A
	refute_output --partial 'at once'
}

@test "the smallest plan is asked by three, not by many" {
	start_mock --synthetic --rate 5/min --latency 100
	# shellcheck disable=SC2046 # words
	mdbackfill -q --no-grouped --from 2024-01-02 --to 2024-01-31 \
		$(seq -f 'S%.0f' 30) 3>&- &
	wait_for 20 is_limited
	sleep 1
	kill "$!"
	wait "$!" || true
	[ "$(requests ' 429 ')" -le 3 ]
}

is_limited() {
	[ "$(requests ' 429 ')" -gt 0 ]
}

@test "a 429 makes it fewer" {
	start_mock --synthetic --latency 100 --fault status=429:after=20,times=1
	fetched -j auto
	holds "d['successful_symbols'] == 30 and d['rate_limited'] == 1"
	holds "d['jobs_at_once_mean'] < d['jobs_at_once']"
}

@test "a store that is slow is not flooded" {
	start_mock --synthetic
	# shellcheck disable=SC2046 # words
	mdbackfill -q --out s.json -o json --rate 100000/min -t 1m \
		--from 2024-01-01 --to 2024-01-31 $(seq -f 'X:S%.0fUSD' 12)
	holds "d['jobs_at_once_mean'] < 30 and d['successful_symbols'] == 12"
}

@test "mdbaseline says what was found" {
	unset POLYGON_API_KEY
	mdbaseline --symbols A,B,C,D,E,F,G,H,I,J --days 30 -t 5m,1h \
		--no-features --mock-latency 100 --save b.json >b.txt
	grep -E '^parallel, -j auto: .*; [0-9]+ jobs at once at most, ' b.txt
	python3 - <<-'END'
	import json
	d = json.load(open('b.json'))
	assert d['jobs'] == d['modes'][0]['jobs'] == 'auto'
	assert d['jobs_at_once'] >= 9, d['jobs_at_once']
	assert d['jobs_at_once_reason']
	END
	# What was saved with a number compares with that number alone.
	mdbaseline --symbols A --days 30 -t 5m --no-features --mock-latency 1 \
		--repeat 3 -j 3 -o json >three.json
	run -64 mdbaseline --symbols A --days 30 -t 5m --no-features \
		--mock-latency 1 --compare three.json
	assert_output --partial 'no parallel run with -j auto'
}
