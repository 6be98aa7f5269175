# What others send and what users write: it is taken as it was meant, or named
# with what is wrong, and nothing is left out without a word.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	[ -z "${ECHO_PID:-}" ] || kill "$ECHO_PID"
	end_mock
}

# -- an API that sends the key back --

echo_server() {
	python3 "$MD_ROOT/tests/echo_server.py" "$PWD/port" 3>&- &
	ECHO_PID=$!
	wait_for 20 test -s port
	POLYGON_BASE_URL=http://127.0.0.1:$(cat port)
	export POLYGON_BASE_URL
}

# refute_key FILE: no eight characters of the key stand in it.
refute_key() {
	local i

	for ((i = 0; i + 8 <= ${#POLYGON_API_KEY}; i++)); do
		! grep -a -o -F -e "${POLYGON_API_KEY:i:8}" "$1" || fail "in $1"
	done
	[ -s "$1" ]
}

# All tables of the store as text.
whole_store() {
	if [ "$MD_ENGINE" = sqlite ]; then
		sqlite3 "$MD_DB" .dump
	else
		pg -At -d "$MD_DB" -c "SELECT * FROM rejected_bars" \
			-c "SELECT * FROM symbol_computation_status" \
			-c "SELECT * FROM scheduler_execution_log" \
			-c "SELECT * FROM splits"
	fi
}

@test "a key that the API sends back reaches no table and no message" {
	export POLYGON_API_KEY=Zq7_wX2vB9nM4kLp8Rt1
	echo_server
	run mdbackfill -vv --max-retries 0 -t 1d --from 2024-01-02 \
		--to 2024-01-09 AAA BBB CCC DDD EEE FFF GGG
	assert_failure 2
	echo "$output" >said
	refute_key said
	whole_store >tables
	refute_key tables
	mdhealth --history >history || true
	refute_key history
	# it was there to be kept: the rows are, masked
	assert_equal "$(sql "SELECT count(*) FROM rejected_bars
		WHERE raw LIKE '%**********%'")" 6
	assert_line --partial "redirect to http://other.example/zzz"
}

# -- nothing is left out without a word --

@test "a row that is no split is told, and costs the others nothing" {
	echo_server
	run mdbackfill --max-retries 0 -t 1d --from 2024-01-02 --to 2024-01-09 \
		AAA
	assert_line --regexp "splits of AAA: a row is left out: split_from and\
 split_to are not both above zero: .*2023-06-01"
	assert_line --partial "splits of AAA: a row is left out: no ticker: "
	assert_line --partial "a row is left out: the row is no JSON: {\"ticker\":NaN}"
	assert_equal "$(sql "SELECT execution_date FROM splits")" 2023-05-01
}

# -- lists of symbols --

# watched TEXT: the plan's series when the watchlist is that text.
watched() {
	printf "$1" >list
	run mdbackfill -n -o json -w list -t 1d --days 5
}

@test "a watchlist may come from any system" {
	watched '\xef\xbb\xbfAAPL\r\nMSFT timeframes=1d\r\n\x1a'
	assert_success
	assert_line '  "naive_calls": 2,'
	watched 'AAPL\nMSFT\x1a'
	assert_line '  "naive_calls": 2,'
	watched '\xff\xfeA\0A\0P\0L\0\n\0'
	assert_failure 78
	assert_output --partial "list: is UTF-16 or UTF-32: save it as UTF-8"
	for text in 'AAPL\0 MSFT\n' 'A\0A\0P\0L\0\n\0' '\0A\0\n'; do
		watched "$text"
		assert_failure 78
		assert_output --partial "list:1: a NUL in it"
	done
	watched 'AAPL\x1aMSFT\n'
	assert_failure 78
	mdbackfill -n -o json -t 1d --days 5 \
		-w <(printf '\xef\xbb\xbfAAPL\r\n') | grep -F '"naive_calls": 1,'
}

@test "names of pairs and of shares as others write them" {
	run mdbackfill -n -o json -t 1d --days 5 X:BTC/USD X:ETH-USD C:EUR/USD
	assert_success
	assert_line --partial "X:BTCUSD (and 2 more): the API's names of pairs"
	assert_line --partial '"symbol": "C:EURUSD"'
	assert_line --partial '"symbol": "X:ETHUSD"'
	watched 'BTC-USD class=crypto\n'
	assert_success
	assert_line --partial '"symbol": "X:BTCUSD"'
	for wrong in "BRK-B BRK.B" "BRK/B BRK.B" "BTC-USD X:BTCUSD"; do
		run mdbackfill -n ${wrong% *}
		assert_failure 64
		assert_output --partial "did you mean ${wrong#* }?"
		[ "${#lines[@]}" -eq 1 ]
	done
	run mdbackfill -n O:AAPL241220C00200000
	assert_failure 64
	assert_output --partial "options (O:) are not served"
}

@test "100,000 symbols are planned, watched and named alike" {
	only_sqlite "a plan has no store"
	seq -f 'S%06.0f' 100000 >list
	mdbackfill -n -o json -w list -t 1d --days 5 >plan
	grep -q -F '"series": 100000}' plan
	mdbackfill -n -o json -w list -t 1d --days 5 - <list >plan
	grep -q -F '"series": 100000}' plan
}

# -- keys and configurations --

asks_with_key() {
	run mdbackfill -q --max-retries 0 -t 1d --from 2024-01-02 \
		--to 2024-01-03 "$@" AAPL
}

@test "a key may end as its file or its system has it" {
	key=$POLYGON_API_KEY
	start_mock --synthetic --key "$key"
	export POLYGON_API_KEY=$key$'\r\n'
	asks_with_key
	assert_success
	unset POLYGON_API_KEY
	for text in '\xef\xbb\xbf%s\r\n' '%s\x1a' '%s\n\nmore\n'; do
		printf "$text" "$key" >key
		chmod 600 key
		asks_with_key --refresh --api-key-file key
		assert_success
	done
	printf 'abcd\0%s' "$key" >key
	asks_with_key --api-key-file key
	assert_failure 77
	assert_output --partial "key file key: a NUL in it"
	# a pipe whose writer never comes
	mkfifo -m 600 pipe
	asks_with_key --api-key-file pipe
	assert_failure 77
	assert_output --partial "key file pipe: not a plain file"
}

@test "a mounted key that its group may read is taken, others' not" {
	[ "$(id -u)" -eq 0 ] || skip "only root can give files away"
	key=$POLYGON_API_KEY
	start_mock --synthetic --key "$key"
	unset POLYGON_API_KEY
	printf '%s' "$key" >key
	chown nobody key
	chmod 440 key
	asks_with_key --api-key-file key
	assert_success
	chmod 444 key
	asks_with_key --api-key-file key
	assert_failure 77
	assert_output --partial "it is not ours to change: mount it with mode 0440"
	chown "$(id -u)" key
	chmod 440 key
	asks_with_key --api-key-file key
	assert_failure 77
	assert_output --partial "run: chmod 600 key"
}

@test "a configuration may come from any system, and its faults are told" {
	printf '\xef\xbb\xbf{"days": 3}\r\n\x1a' >conf
	run mdbackfill -n --config conf -t 1d AAPL
	assert_success
	printf '\xff\xfe{\0}\0' >conf
	run mdbackfill -n --config conf -t 1d AAPL
	assert_failure 78
	assert_output --partial "configuration conf: is UTF-16"
	printf '{"db": "a\\u0000b"}' >conf
	run mdbackfill -n --config conf -t 1d AAPL
	assert_failure 78
	assert_output --partial "a string with a NUL"
	refute_output --partial "JSON_ALLOW_NUL"
}
