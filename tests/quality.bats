# mdhealth --quality: bars that are possible, but doubtful.

load report

@test "doubtful bars are listed with rule, figure and bound" {
	use_store
	cd "$BATS_TEST_TMPDIR"
	start_mock --synthetic --today 2024-07-20T20:00:00Z
	mdbackfill -q -t 5m,1d --from 2024-06-03 --to 2024-07-10 \
		--as-of 2024-07-20T20:00:00Z AAPL X:BTCUSD
	run -0 mdhealth --quality AAPL X:BTCUSD
	assert_output --partial "0 doubtful of "
	bar="series_id = (SELECT series_id FROM series
		WHERE symbol = 'AAPL' AND timeframe ="
	sql "UPDATE bars SET high = close * 2 WHERE $bar '5m')
			AND ts = 1720015200000"
	sql "UPDATE bars SET high = close * 2, close = close * 1.5
		WHERE $bar '1d') AND ts = 1719374400000"
	sql "UPDATE bars SET volume = 1e13 WHERE $bar '5m')
			AND ts = 1719930000000"
	sql "DELETE FROM bars WHERE $bar '5m')
			AND ts > 1719495000000 AND ts < 1719550000000"
	sql "INSERT INTO bars (series_id, ts, open, high, low, close, volume)
		SELECT series_id, 1720101600000, open, high, low, close, volume
		FROM bars WHERE $bar '5m') AND ts = 1720014300000"
	dump >before
	run -0 mdhealth --quality -o csv --limit 0
	echo "$output" >got
	run -0 cut -d , -f 1-5 got
	assert_line AAPL,5m,2024-07-03T14:00:00Z,1720015200000,high
	assert_line AAPL,5m,2024-07-02T14:20:00Z,1719930000000,volume
	assert_line AAPL,5m,2024-06-27T13:30:00Z,1719495000000,thin
	assert_line AAPL,5m,2024-07-04T14:00:00Z,1720101600000,outside
	assert_line AAPL,1d,2024-06-26T04:00:00Z,1719374400000,spike
	assert_line AAPL,1d,2024-06-26T04:00:00Z,1719374400000,high
	refute_output --partial BTC
	run -0 grep -c ,outside,1440,1 got
	assert_output 1
	# each format has the same ones
	n=$(($(wc -l <got) - 1))
	run -0 python3 - "$(mdhealth --quality -o json --limit 0)" <<-'PY'
	import json, sys
	d = json.loads(sys.argv[1])
	assert sum(d["counts"].values()) == len(d["doubtful"])
	assert d["series"] == 4
	print(len(d["doubtful"]))
	PY
	assert_output "$n"
	run -0 mdhealth --quality --limit 1
	assert_output --partial "and $((n - 1)) more: --limit 0 lists all"
	# the configuration has the bounds
	echo '{"quality": {"spike_percent": 60, "thin_bars": 0}}' >config
	run -0 mdhealth --quality -o csv --limit 0 --config config AAPL
	refute_output --partial spike
	refute_output --partial thin
	assert_output --partial high
	# nothing is changed
	dump >after
	cmp before after
	run -3 mdhealth --quality NOPE
	assert_output --partial "NOPE: the store has no active series of it"
	run -3 mdhealth AAPL
	assert_output --partial "symbols go with --quality alone"
	run -3 mdhealth --quality -o html
}
