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
