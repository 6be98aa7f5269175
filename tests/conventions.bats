# What is the same in every program, beyond what package.bats and
# examples.bats try: help that fits, near misses, output for machines.
# shellcheck disable=SC2154 # run sets stderr

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

programs() {
	for source in "$MD_ROOT"/cmd/md*.c; do
		basename "$source" .c
	done
}

@test "help fits 80 columns, and has no line that ends in spaces" {
	local p

	only_sqlite "no store is used"
	for p in $(programs); do
		"$p" --help >help
		! grep -nE '^.{81}| $' help || fail "$p"
	done
}

@test "an option that is nearly one is told, and many that begin so" {
	local p

	only_sqlite "no store is used"
	for p in $(programs); do
		run --separate-stderr "$p" --verison
		assert_equal "$output$stderr" "$p: --verison: no such option, but \
--version is one; see $p -h"
		run --separate-stderr "$p" --co
		assert_equal "$output$stderr" "$p: --co: begins the names of \
several options; see $p -h"
		run -0 "$p" --versio
	done
}

@test "completions name every option in each shell" {
	local p shell

	only_sqlite "no store is used"
	for p in $(programs); do
		"$p" -h | grep -oE '^ +(-., )?--[a-z0-9-]+' | sed 's/.*--//' >names
		[ "$(wc -l <names)" -gt 4 ]
		for shell in "$p.bash" "_$p" "$p.fish"; do
			while read -r name; do
				grep -qE -- "(--|-l )$name([^a-z0-9-]|\$)" \
					"$MD_ROOT/completions/$shell" ||
					fail "$shell: $name"
			done <names
		done
	done
}

@test "locale, zone, terminal and colour change nothing for machines" {
	local command

	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	for command in "mdstale --by bars --as-of 2024-01-08T12:00:00Z -o csv" \
		"mdstale --by bars --as-of 2024-01-08T12:00:00Z -o json" \
		"mdhealth --calendar 2024-01-01..2024-03-31 -o csv" \
		"mdbars AAPL -o csv" "mdbars AAPL -o json" \
		"mdbackfill -n -t 1h --from 2024-01-02 --to 2024-01-05 -o json A"; do
		# shellcheck disable=SC2086 # words
		$command >plain || true
		[ -s plain ]
		# shellcheck disable=SC2086 # words
		env LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=de \
			TZ=Asia/Kathmandu TERM=dumb COLUMNS=20 NO_COLOR=1 \
			CLICOLOR_FORCE=1 $command >other || true
		diff plain other || fail "$command"
	done
}

@test "a reader that leaves in the middle of a report hears no complaint" {
	local command

	start_mock --synthetic
	mdbackfill -q -t 1m --from 2024-01-02 --to 2024-01-05 AAPL
	for command in "mdbars AAPL -t 1m -o csv" "mdbars AAPL -t 1m -o json" \
		"mdstale --by bars" "mdstale --by bars -o json" mdhealth \
		"mdhealth -o html"; do
		# shellcheck disable=SC2016,SC2086 # bash expands it
		run --separate-stderr bash -c 'set -- $1; "$@" | head -c 1' _ \
			"$command"
		assert_equal "$stderr" "" || fail "$command"
	done
}

@test "--db: an option beats the environment, that beats the configuration" {
	local command

	only_sqlite "files"
	echo '{"db": "configured.db"}' >config
	for command in "mdstale --by bars" mdhealth "mdbars AAPL"; do
		unset MD_DB
		# shellcheck disable=SC2086 # words
		run $command --config config
		assert_output --partial configured.db
		export MD_DB=environment.db
		# shellcheck disable=SC2086 # words
		run $command --config config
		assert_output --partial environment.db
		# shellcheck disable=SC2086 # words
		run $command --config config --db option.db
		assert_output --partial option.db
	done
}
