# What a program needs of the system before it does anything: libraries that
# only some runs use are loaded by those.

load store
bats_require_minimum_version 1.5.0

setup() {
	only_sqlite "opens stores of its own"
	use_store
	cd "$BATS_TEST_TMPDIR" || return
	mkdir broken
	for library in libpq.so.5 libcurl.so.4; do
		echo "no library" >broken/$library
	done
}

# With nothing but broken libraries of those that are loaded when needed.
without() {
	LD_LIBRARY_PATH=$PWD/broken "$@"
}

@test "no program starts with libraries that only some runs need" {
	for p in mdbackfill mdbaseline mdhealth mdload mdmock mdserve mdstale \
		mdbars; do
		run -0 without $p -V
		run -0 without $p --help
	done
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	without mdstale -o csv --by bars >got || [ $? -lt 64 ]
	grep -q ^AAPL got
	without mdhealth -o csv >got || [ $? -lt 64 ]
	[ -s got ]
}

@test "a library that is missing is named by what needs it" {
	local p
	for p in mdstale mdhealth; do
		run without $p --db postgresql://localhost/none
		assert_equal "$status" 3
		assert_output --partial "a PostgreSQL store needs the library libpq.so.5: "
	done
	export POLYGON_API_KEY=k POLYGON_BASE_URL=http://127.0.0.1:1
	run without mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	[ "$status" -ge 64 ]
	assert_output --partial "the API needs the library libcurl.so.4: "
}
