# How well the objectives of age were kept, day by day: mdbackfill counts the
# hours, mdhealth tells.
# shellcheck disable=SC2154 # run sets stderr

load report

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# No hour ends within a test.
	while [ "$(date +%M)" = 59 ]; do
		sleep 1
	done
	cat >conf <<-'JSON'
	{"staleness": {"by": "bars", "clock": "wall"},
	 "objectives": {"rpo": {"critical": "10h", "low": "900w"},
	    "target": {"critical": 90, "low": 50}}}
	JSON
}

teardown() {
	end_mock
}

# ago HOURS: the last full hour but so many, as ISO text and as ms.
ago() {
	date -u -d "@$((($(date +%s) / 3600 - $1) * 3600))" +%Y-%m-%dT%H:%M:%SZ
}

ago_ms() {
	echo $((($(date +%s) / 3600 - $1) * 3600))000
}

# counted: the looks of each tier, and how many were within.
counted() {
	sql "SELECT tier, sum(looks), sum(within) FROM objective_days
		GROUP BY tier ORDER BY tier"
}

run_once() {
	mdbackfill -q --config conf --no-features --no-dividends -t 1d \
		--from 2024-01-02 --to 2024-01-02 ZZONE
}

@test "a run counts the hours since the last, as the series stood in them" {
	new_store
	start_mock --synthetic
	# An hourly bar that began at N ended at N + 1: its age is known.
	add_series AAPL stock critical 1h "$(ago 16)" ""
	add_series SPY etf low 1h "$(ago 16)" ""
	sql "UPDATE series SET features_from = NULL"
	sql "DELETE FROM objective_hours; DELETE FROM objective_days"
	run_once
	# The first time nothing is known of the hours before.
	assert_equal "$(counted)" ""
	assert_equal "$(sql "SELECT through_ms FROM objective_hours")" \
		"$(ago_ms 0)"
	sql "UPDATE objective_hours SET through_ms = $(ago_ms 12)"
	sql "DELETE FROM symbols WHERE symbol = 'ZZONE'; DELETE FROM series
		WHERE symbol = 'ZZONE'"
	run_once
	# The bar is 15 hours old now, and was 10 five hours ago: of 12 hours
	# seven were good.
	assert_equal "$(counted)" "critical|12|7
low|12|12"
	run_once
	assert_equal "$(counted)" "critical|12|7
low|12|12"
	# Neither a run of another time nor a plan counts.
	sql "UPDATE objective_hours SET through_ms = $(ago_ms 2)"
	mdbackfill -q --config conf --as-of 2024-01-03 -t 1d --days 1 ZZONE
	mdbackfill -n --config conf ZZONE >plan
	assert_equal "$(sql "SELECT through_ms FROM objective_hours")" \
		"$(ago_ms 2)"
}

@test "days without a run count by the hour, and are not made up for ever" {
	new_store
	start_mock --synthetic
	add_series AAPL stock critical 1h "$(ago 1000)" ""
	sql "DELETE FROM objective_days; DELETE FROM objective_hours;
		INSERT INTO objective_hours VALUES (1, $(ago_ms 2000));
		INSERT INTO objective_days VALUES ('2020-01-01', 'low', 9, 9)"
	mdhealth --config conf --objectives -o json >before
	run_once
	assert_equal "$(counted)" "critical|720|0"
	mdhealth --config conf --objectives -o json >after
	# What was not written yet was told already.
	python3 - <<-'PY'
	import json
	a, b = [json.load(open(f))['error_budget'] for f in ('before', 'after')]
	assert a[0]['looks'] >= 690 and a[0]['within'] == 0, a[0]
	assert a[0]['looks'] == b[0]['looks'] and a[0]['days'] == b[0]['days']
	PY
	# A clock that was a year ahead does not stop it.
	sql "UPDATE objective_hours SET through_ms = $(ago_ms -9000)"
	run_once
	assert_equal "$(sql "SELECT through_ms FROM objective_hours")" \
		"$(ago_ms 0)"
	assert_equal "$(counted)" "critical|720|0"
	# Another host's that is a little ahead is waited for.
	sql "UPDATE objective_hours SET through_ms = $(ago_ms -1)"
	run_once
	assert_equal "$(sql "SELECT through_ms FROM objective_hours")" \
		"$(ago_ms -1)"
}

# A store that has counted a few days before NOW.
with_days() {
	new_store
	add_series AAPL stock critical 1h 2024-07-01T14:00:00Z ""
	sql "DELETE FROM objective_hours; DELETE FROM objective_days;
		INSERT INTO objective_hours VALUES (1,
		strftime('%s', '2024-07-01T15:00:00Z') * 1000)"
	for day in "2024-06-29 100 80" "2024-06-30 100 100" \
		"2024-07-01 100 90" "2024-07-02 100 0" "2024-06-01 100 0"; do
		# shellcheck disable=SC2086 # three words
		set -- $day
		sql "INSERT INTO objective_days VALUES ('$1', 'critical', $2,
			$3)"
	done
}

@test "the budget and its burn rates are told in each format" {
	with_days
	look() {
		mdhealth --as-of "$NOW" --config conf "$@"
	}
	look --objectives -o json >d
	python3 - <<-'PY'
	import json
	c, s, l = json.load(open('d'))['error_budget']
	assert (c['tier'], c['target_percent'], c['window_days'], c['looks'],
	    c['within'], c['kept_percent']) == (
	    'critical', 90, 30, 300, 270, 90), c
	assert abs(c['left_percent']) < 1e-9 and c['burn_rate_30d'] == 1, c
	assert c['burn_rate_1d'] == 1 and c['burn_rate_3d'] == 1, c
	assert [(d['day'], d['percent']) for d in c['days']] == [
	    ('2024-06-29', 80), ('2024-06-30', 100), ('2024-07-01', 90)], c
	assert s['target_percent'] == 99 and s['kept_percent'] is None, s
	assert s['burn_rate_1d'] is None and s['days'] == [], s
	PY
	run -0 look --objectives
	assert_line --regexp '^critical +90\.00% +90\.00% +0\.00% +1\.00 +1\.00'
	assert_line --regexp '^2024-06-29 +80\.00% +- +-$'
	refute_line --regexp '^2024-06-01'
	run -0 look --objectives -o csv
	assert_line "rpo_30d,critical,36000,300,270,,,"
	look -o prometheus >metrics || [ $? -lt 3 ]
	grep -Fx 'mdkit_rpo_target_ratio{tier="critical"} 0.9' metrics
	grep -Fx 'mdkit_rpo_kept_ratio{tier="critical"} 0.9' metrics
	grep -Fx 'mdkit_rpo_error_budget_left_ratio{tier="critical"} 0' metrics
	grep -Fx 'mdkit_rpo_burn_rate{tier="critical",window="3d"} 1' metrics
	run ! grep -i nan metrics
	look -o html >page || [ $? -lt 3 ]
	grep -q "Kept over 30 days" page
	grep -q "2024-06-29: 80.00% kept" page
	# Nothing is known, and that is said.
	sql "DELETE FROM objective_hours; DELETE FROM objective_days"
	run -0 look --objectives
	assert_line "nothing is known yet: runs of mdbackfill count the hours"
	echo '{"objectives": {"target": {"low": 100}}}' >conf
	run --separate-stderr -3 look --objectives
	[[ $stderr == *"objectives.target.low: '100': expected a percentage"* ]]
}
