# What the programs write, where they write it, and that no text of others is
# obeyed by a terminal.

load store

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

a_store() {
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
}

@test "--out goes through links, and keeps mode and owner" {
	only_sqlite "a file is a file"
	a_store
	mkdir far
	echo old >far/file
	chmod 600 far/file
	ln -s far/file link
	mdhealth -o json --out link || true
	[ -L link ]
	grep -q '"status"' far/file
	assert_equal "$(stat -c %a far/file)" 600
	assert_equal "$(ls far)" file
	if [ "$(id -u)" -eq 0 ]; then
		chown nobody far/file
		mdhealth -o json --out link || true
		assert_equal "$(stat -c %U:%a far/file)" nobody:600
	fi
	ln -s loop loop
	run mdhealth -o json --out loop
	assert_output --partial "loop: cannot be written: Too many levels"
}

@test "--out writes into what is no plain file" {
	only_sqlite "a file is a file"
	a_store
	for to in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
		mdstale -o csv --by bars --out $to >got || true
		grep -q ^AAPL got
		[ -L /dev/stdout ]
	done
	mdstale -o csv --by bars --out /dev/stdout | grep -q ^AAPL
	mkfifo pipe
	cat pipe >got &
	mdstale -o csv --by bars --out pipe || true
	wait $!
	grep -q ^AAPL got
	[ -p pipe ]
	mdstale -o csv --by bars --out /dev/null || true
	[ -c /dev/null ]
	run mdstale -o csv --out .
	assert_output --partial ".: cannot be written: Is a directory"
}

@test "a closed standard stream takes nothing of another's" {
	only_sqlite "a file is a file"
	a_store
	stop_mock
	for program in mdbackfill mdstale mdhealth mdload mdbaseline mdmock \
		mdserve mdbars; do
		run bash -c "'$MD_BUILD/$program' -V >&-"
		assert_failure
		"$MD_BUILD/$program" -V 2>&- 0<&-
	done
	# what is said lands nowhere, not in the file
	run bash -c "'$MD_BUILD/mdbackfill' -vv --max-retries 0 -t 1d \
		--base-url http://127.0.0.1:1 --refresh --from 2024-01-02 \
		--to 2024-01-03 -o json --out file AAPL 2>&-"
	assert_failure
	grep -q '"status"' file
	! grep -q mdbackfill: file
	run bash -c "'$MD_BUILD/mdstale' --by bars >&-"
	assert_failure
	assert_output --partial "standard output: cannot be written"
}

@test "what stands in the store is not obeyed by a terminal" {
	only_sqlite "characters that PostgreSQL's psql shows otherwise"
	a_store
	esc=$(printf 'EV\033]0;x\007IL\nAAPL\t1d\302\233\342\200\256x')
	sql "UPDATE symbols SET symbol = '$esc' WHERE symbol = 'AAPL';
		UPDATE series SET symbol = '$esc';
		UPDATE symbol_computation_status SET symbol = '$esc',
			error_message = 'a$esc', status = 'failed'" || true
	[ "$(sql "SELECT count(*) FROM series WHERE symbol LIKE 'EV%'")" -gt 0 ]
	for command in "mdstale --by bars" "mdstale --by bars -o csv" \
		"mdstale --by bars -o series" "mdstale --gaps" "mdhealth" \
		"mdhealth --failures" "mdhealth --history" \
		"mdbars --all -o csv" "mdbars --all -o table" \
		"mdbackfill -n --all"; do
		$command >got 2>&1 || true
		! LC_ALL=C grep -q -a -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' got ||
			fail "$command: $(cat -v got)"
		! grep -q '^AAPL' got || fail "$command: $(cat -v got)"
	done
	mdstale --by bars -o series >got || true
	assert_equal "$(wc -l <got)" "$(grep -c '^EV' got)"
}

@test "a key or a password given where it does not belong is not repeated" {
	for option in --api-ke --api-k --api --apikey --api_key --key; do
		run mdbackfill $option s3cretword -t 1d AAPL
		assert_failure 64
		refute_output --partial s3cretword
		run mdbackfill $option=s3cretword -t 1d AAPL
		assert_failure 64
		refute_output --partial s3cretword
	done
	for program in mdbackfill mdstale mdhealth; do
		run $program --db "host=x password=s3cretword dbname=y"
		assert_failure
		refute_output --partial s3cretword
	done
}

@test "a terminal is written no wider than it is, and in colour where wanted" {
	only_sqlite "a terminal"
	start_mock --synthetic --latency 20
	for columns in 60 80 200; do
		TERM=xterm python3 "$MD_ROOT/tests/on_terminal.py" $columns \
			mdbackfill --db "$columns.db" -t 1d,1h --from 2024-01-02 \
			--to 2024-01-05 --no-features A B C D E >got
		# Between two redraws.
		grep -a -o $'\r\033\\[K[^\r]*' got | sed $'s/\033\\[[0-9]*[mK]//g' |
			grep "series, " >bars
		! grep -q -E "^.{$columns}" <(tr -d '\r' <bars) || fail "$(cat bars)"
	done
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-05 A
	for terminal in NO_COLOR= NO_COLOR=1 TERM=dumb; do
		env TERM=xterm "$terminal" python3 "$MD_ROOT/tests/on_terminal.py" \
			80 mdstale >got || true
		grep -a -q $'\033' got && coloured=yes || coloured=no
		[ $terminal = NO_COLOR= ] && wanted=yes || wanted=no
		assert_equal "$terminal $coloured" "$terminal $wanted"
	done
	TERM=dumb python3 "$MD_ROOT/tests/on_terminal.py" 80 mdbackfill -t 1d \
		--from 2024-01-02 --to 2024-01-05 F >got
	! grep -a -q $'\033' got || fail "$(cat -v got)"
}

@test "what keeps a store from being written is said, and what to do" {
	only_sqlite "files"
	start_mock --synthetic
	cannot() {
		run -69 mdbackfill -q --db "$1" -t 1d --from 2024-01-02 \
			--to 2024-01-05 A
		assert_output --partial "$2"
	}
	cannot nowhere/x.db "its folder does not exist; make it"
	cannot /etc/passwd/x.db "Not a directory"
	cannot "$(printf 'a%.0s' {1..300}).db" "File name too long"
	cannot . "is a directory"
	(
		ulimit -f 400
		run -69 mdbackfill -q -t 1m --from 2024-01-02 --to 2024-01-31 A
		assert_output --partial "raise the limit (ulimit -f)"
	)
	mdbackfill -q -t 1m --from 2024-01-02 --to 2024-01-31 A
	[ "$(sql "SELECT count(*) FROM bars")" -gt 5000 ]
	mkdir fixed
	unshare -m true 2>/dev/null || skip "no mount of one's own"
	unshare -m sh -c 'mount -t tmpfs none fixed &&
		mount -o remount,ro fixed && "$0" --db fixed/x.db A' \
		"$MD_BUILD/mdbackfill" >got 2>&1 || status=$?
	assert_equal "$status" 69
	grep -q "is on a read-only file system; name a store elsewhere" got
}

@test "a secret in a wrong place is not repeated" {
	for program in mdserve mdmock mdload mdbaseline; do
		run $program password=s3cretword
		assert_failure
		refute_output --partial s3cretword
		run $program --ap=s3cretword
		assert_failure
		refute_output --partial s3cretword
	done
	run -64 mdbackfill key=s3cretword
	refute_output --partial s3cretword
}

# on_terminal COLUMNS COMMAND...: what stands on a terminal of that width; fails
# if a line of it would wrap.
on_terminal() {
	local columns=$1

	shift
	TERM=xterm python3 "$MD_ROOT/tests/on_terminal.py" "$columns" "$@" \
		>raw || true
	# What is drawn over is gone.
	tr -d '\r' <raw | sed $'s/.*\033\\[K//; s/\033\\[[0-9;]*m//g' |
		grep -v '^mdbackfill: ' >shown
	! grep -E "^.{$columns}" shown ||
		fail "$columns columns: $*: $(cat shown)"
}

@test "tables fit the terminal, and are whole in a pipe" {
	only_sqlite "a terminal"
	a_store
	mdbackfill -q -t 1d,1h --from 2024-01-02 --to 2024-01-05 AAPL BRK.B \
		X:BTCUSD
	mdbackfill -q --max-retries 0 --base-url http://127.0.0.1:1 -t 1d \
		--from 2024-01-02 --to 2024-01-05 A B || true
	id=$(mdhealth --history -o csv | sed -n 2p | cut -d, -f1)
	for columns in 40 60 80 200; do
		for command in "mdstale --by bars" "mdstale --gaps" mdhealth \
			"mdhealth --history" "mdhealth --failures" \
			"mdhealth --objectives" "mdhealth --execution $id" \
			"mdhealth --calendar 2024-01-01..2024-12-31" \
			"mdbackfill -n --days 900 -t 1d,1w AAPL QQ"; do
			# shellcheck disable=SC2086 # words
			on_terminal $columns $command
		done
	done
	# What leaves, and what it says of the rest.
	on_terminal 80 mdstale --by bars
	grep -q '^SYMBOL *TIMEFRAME *STATUS *AGE *NEWEST BAR *TIER *RPO$' shown || fail "$(cat shown)"
	on_terminal 60 mdstale --by bars
	grep -q '^SYMBOL *TIMEFRAME *STATUS *AGE *RPO$' shown
	on_terminal 60 mdhealth --failures
	grep -q '^SYMBOL *TIMEFRAME *ERROR$' shown
	run mdstale --by bars
	assert_line --regexp '^SYMBOL .* POINTS *TIER *RPO$'
	# A short id is one.
	run -0 mdhealth --execution "${id:0:8}"
	assert_line --partial "execution   $id on"
	run -3 mdhealth --execution ""
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log")" -gt 1 ]
	sql "UPDATE scheduler_execution_log SET execution_id =
		'0' || substr(execution_id, 2)"
	run -3 mdhealth --execution 0
	assert_output --partial "executions begin so; expected more of the id"
}

@test "a long symbol's rows fit, in every program's table" {
	local long=ABCDEFGHIJKLMNOPQRSTUVWXYZ.ABCD columns command

	only_sqlite "a terminal"
	a_store
	mdbackfill -q -t 1h --from 2024-01-02 --to 2024-01-03 $long
	for columns in 40 60 80; do
		for command in "mdbars $long -t 1h -o table" \
			"mdbars AAPL -o table --features" "mdstale --by bars" \
			"mdbackfill -v --refresh -t 1h --from 2024-01-02 \
				--to 2024-01-03 $long" "mdstale --gaps"; do
			# shellcheck disable=SC2086 # words
			on_terminal $columns $command
		done
	done
}

@test "words of others are as wide as a terminal shows them" {
	local long columns command

	only_sqlite "a terminal"
	a_store
	mdbackfill -q --max-retries 0 --base-url http://127.0.0.1:1 -t 1d \
		--from 2024-01-02 --to 2024-01-05 A || true
	# wide, combined and joined characters
	long=$(printf '日本語のホスト é́ 🚀 👩‍👩‍👧 %.0s' {1..4})
	sql "UPDATE scheduler_execution_log SET host = '$long',
		error_message = '$long'"
	sql "UPDATE symbol_computation_status SET error_message = '$long'
		WHERE status = 'failed'"
	mdbackfill --hold "停止 👩‍👩‍👧 é́ $(printf '理由%.0s' {1..20})"
	for columns in 40 60 80 200; do
		for command in mdhealth "mdhealth --history" \
			"mdhealth --failures" "mdhealth --hosts"; do
			# shellcheck disable=SC2086 # words
			TERM=xterm LC_ALL=C.UTF-8 python3 \
				"$MD_ROOT/tests/on_terminal.py" $columns \
				$command >raw || true
			python3 - $columns "$command" <<-'PY'
			import re, sys, unicodedata
			def wide(c):
			    if unicodedata.category(c) in ('Mn', 'Me', 'Cf'):
			        return 0
			    return 1 + (unicodedata.east_asian_width(c) in 'WF')
			text = open('raw', encoding='utf-8', newline='').read()
			text = re.sub('\033\\[[0-9;]*m', '', text)
			for line in text.replace('\r', '').split('\n'):
			    assert sum(map(wide, line)) <= int(sys.argv[1]), \
			        (sys.argv[1:], line)
			PY
		done
	done
}

@test "columns are chosen by name, in their order" {
	a_store
	run mdstale --by bars --columns rpo,symbol
	assert_line "RPO     SYMBOL"
	assert_line "missed  AAPL"
	run -0 mdhealth --history --columns status,failed
	assert_line "STATUS                 FAILED"
	run -0 mdbackfill -t 1d --from 2024-01-02 --to 2024-01-05 \
		--columns symbol,new AAPL
	assert_line "AAPL            0"
	for wrong in "mdstale --columns symbol,symbol" "mdstale --columns ," \
		"mdstale --columns colour" "mdhealth --columns status" \
		"mdhealth --history --columns age" \
		"mdstale -o csv --columns symbol"; do
		run -3 $wrong
		assert_output --partial "--columns: "
	done
	run -64 mdbackfill --columns calls AAPL
	assert_output --partial "expected some of symbol,timeframe,status,"
	run -64 mdload --columns p12
	assert_output --partial "expected some of scenario,requests,failed,"
}

@test "on a terminal a summary has what failed first, and counts the rest" {
	only_sqlite "a terminal"
	a_store
	for columns in 60 80 200; do
		on_terminal $columns mdbackfill -t 1d --from 2024-01-02 \
			--to 2024-01-05 AAPL "NEW$columns"
		assert_equal "$(sed -n 2p shown | cut -c1-3)" NEW
		grep -q '^and 1 without a change; -v lists all$' shown
	done
	on_terminal 80 mdbackfill -v -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	grep -q '^AAPL ' shown
	run -0 mdbackfill -t 1d --from 2024-01-02 --to 2024-01-05 AAPL
	assert_line --regexp '^AAPL .* completed '
	on_terminal 80 mdbackfill --max-retries 0 --base-url http://127.0.0.1:1 \
		-t 1d --from 2024-01-02 --to 2024-01-09 AAPL ZZ
	assert_equal "$(sed -n 1p shown | cut -c1-6)" SYMBOL
	grep -q failed shown
}
