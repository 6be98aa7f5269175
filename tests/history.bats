# What the store held at a time that is past: mdbars --as-of.

load report

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR"
}

# held [ARGUMENTS...]: all that mdbars has of it, each way.
held() {
	for how in raw splits total; do
		mdbars -q --adjusted "$how" -t 30m,1d,1w "$@" NVDA || [ $? -lt 3 ]
	done
	mdbars -q -t 1h --session regular "$@" NVDA || [ $? -lt 3 ]
}

# run_at TIME SERIES [MOCK ARGUMENTS...]: a run of that time, and what there is
# after it.
run_at() {
	local now=$1 line=$2 options=""

	restart_mock --synthetic --today "$now" "${@:3}"
	echo "$line" >list
	case "$*" in *restate*) options="-q --refresh" ;; esac
	for option in ${options:--q}; do
		mdbackfill -q --rate 100000/min -t 30m,1d,1w --days 40 \
			--as-of "$now" -w list "$option" || [ $? -lt 3 ]
		now=${now%:00Z}:30Z
	done
	held >"held.$1"
	times+=("$1")
}

@test "a month of changes: each day's bytes are had again later" {
	times=()
	run_at 2020-04-06T18:10:00Z NVDA --fault late=2:timeframe=1day
	run_at 2020-04-07T15:40:00Z NVDA
	run_at 2020-04-07T21:10:00Z NVDA --fault restate
	run_at 2020-04-09T16:10:00Z NVDA --fault late=1
	run_at 2020-04-13T14:10:00Z "NVDA was=ABC until=2020-03-16"
	run_at 2020-04-24T20:10:00Z "NVDA was=ABC until=2020-03-16" \
		--fault restate:timeframe=1day
	run_at 2020-04-27T17:10:00Z "NVDA was=ABC until=2020-03-16"
	run_at 2020-04-28T17:10:00Z "NVDA was=ABC until=2020-03-20"
	run_at 2020-05-06T22:10:00Z NVDA
	mdbackfill -q --rate 100000/min -t 30m,1d --refresh --days 40 \
		--as-of 2020-05-07T16:00:00Z NVDA
	for t in "${times[@]}"; do
		# the clock of a run goes on from where it is set
		held --as-of "${t%:00Z}:59Z" >then
		cmp "held.$t" then || fail "$t: $(diff "held.$t" then | head)"
	done
	# all of that is in there
	assert_equal "$(sha256sum held.* | cut -d ' ' -f 1 | sort -u | wc -l)" 9
	for table in restatements bar_history adjustment_history; do
		[ "$(sql "SELECT count(*) FROM $table")" -gt 0 ] || fail "$table"
	done
	# before the first run there was nothing, and a run that changes nothing
	# writes nothing of it
	run -2 mdbars --as-of 2020-04-06T18:00:00Z NVDA
	assert_output "mdbars: NVDA 1d: the store had no bars of it then"
	sql "SELECT count(*) FROM range_history" >before
	mdbackfill -q --rate 100000/min -t 30m,1d --days 40 \
		--as-of 2020-05-07T16:00:00Z NVDA
	assert_equal "$(sql "SELECT count(*) FROM range_history")" \
		"$(cat before)"
	# the manual's way to forget what was before a time
	sed -n '/^BEGIN;/,/^COMMIT;/p' "$MD_ROOT/man/mdkit.7" >forget
	[ "$(wc -l <forget)" -eq 7 ]
	if [ "$MD_ENGINE" = postgres ]; then
		sed 's/2024-07-01Z/2020-04-20Z/g' forget | pg -q -d "$MD_DB"
	else
		sed "s/'2024-07-01Z'/1587340800000/g" forget | sqlite3 "$MD_DB"
	fi
	for t in "${times[@]}"; do
		if [[ $t < 2020-04-20 ]]; then
			run -2 mdbars --as-of "$t" NVDA
			assert_output --partial "held before 2020-04-20T00:00"
		else
			held --as-of "${t%:00Z}:59Z" | cmp - "held.$t"
		fi
	done
}

@test "what waited for a lock came when it was stored" {
	only_sqlite "a lock on the file"
	start_mock --synthetic
	mdbackfill -q --from 2024-01-02 --to 2024-01-05 AAPL
	assert_equal "$(requests /range/)" 1
	restart_mock --synthetic --latency 1000
	mdbackfill -q --from 2024-01-08 --to 2024-01-12 --store-timeout 60 \
		AAPL 3>&- &
	run_pid=$!
	wait_for 30 is_claimed
	coproc locker { exec sqlite3 "$MD_DB" 3>&-; }
	echo "BEGIN IMMEDIATE; SELECT 'held';" >&"${locker[1]}"
	read -r -t 30 _ <&"${locker[0]}"
	wait_for 30 is_asked
	sleep 1.5 # its answer has come
	then=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
	mdbars AAPL >before
	holder=$locker_PID
	kill "$holder"
	wait "$run_pid"
	mdbars --as-of "$then" AAPL | diff before -
	[ "$(mdbars AAPL | wc -l)" -gt "$(wc -l <before)" ]
}

is_claimed() {
	[ "$(sql "SELECT count(*) FROM leases WHERE lease_until > 0")" -gt 0 ]
}

is_asked() {
	[ "$(requests /range/)" -gt 1 ]
}
