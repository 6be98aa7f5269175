# Flat files from a bucket: signed, listed, received as streams.

load store

NOW=2024-07-10T20:00:00Z
WEEK=(--from 2024-07-01 --to 2024-07-05)
BARS="SELECT symbol, timeframe, ts, open, high, low, close, volume, transactions
	FROM bars JOIN series USING (series_id)
	ORDER BY symbol, timeframe, ts"
MINUTES=us_stocks_sip/minute_aggs_v1/2024/07
S3_PID=

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
	unset "${!AWS_@}" "${!MASSIVE_S3_@}"
	export MASSIVE_S3_ACCESS_KEY_ID=MDTESTACCESSKEY
	export MASSIVE_S3_SECRET_ACCESS_KEY=md/test+secret=0123456789abcdefghijkl
}

teardown() {
	[ -z "$S3_PID" ] || kill "$S3_PID"
	end_mock
}

# store NAME: another one.
store() {
	MD_DB=$(store_at "$1")
	export MD_DB
}

# start_bucket [--page N]: S3_URL is a server of the folder ff.
start_bucket() {
	[ -z "$S3_PID" ] || kill "$S3_PID"
	rm -f s3.port
	python3 "$MD_ROOT/tests/s3_server.py" s3.port s3.log ff "$@" 3>&- &
	S3_PID=$!
	wait_for 20 test -s s3.port
	S3_URL=http://127.0.0.1:$(cat s3.port)
}

# fill ARGUMENTS...: a run at that time.
fill() {
	mdbackfill --no-features --rate 100000/min --backoff-base 0.01 \
		--backoff-cap 0.05 --as-of "$NOW" "$@"
}

# prepare: files of a week, and its bars by requests as by_rest.
prepare() {
	printf 'AAPL\nMSFT\n' >list
	"$MD_BUILD/mdmock" -q --synthetic --today "$NOW" --symbols list \
		--flat-files ff "${WEEK[@]}"
	start_mock --synthetic --today "$NOW" --symbols list
	fill -q --no-grouped "${WEEK[@]}" -t 1m,1d AAPL MSFT
	sql "$BARS" >by_rest
	[ "$(wc -l <by_rest)" -gt 1000 ]
	start_bucket "$@"
	by=0
}

# by_bucket ARGUMENTS...: into a store of its own, the same bars; what it says
# is in words.
by_bucket() {
	store "by$((by += 1))"
	: >"$MOCK_LOG"
	: >s3.log
	fill --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT "$@" \
		>words 2>&1 || fail "$(cat words)"
	sql "$BARS" >by_file
	diff by_rest by_file >differ || fail "$(head differ; cat words s3.log)"
	! grep -q -F "$MASSIVE_S3_SECRET_ACCESS_KEY" words ||
		fail "the secret is told: $(cat words)"
}

# asked PATTERN: how many requests of the bucket match.
asked() {
	grep -c -e "$1" s3.log || true
}

@test "a bucket brings the bars that requests bring" {
	prepare
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
	[ "$(requests grouped)" -eq 0 ]
	# one listing of each set's month, and each file once
	[ "$(asked '^200 GET .*list-type')" -eq 2 ]
	[ "$(asked '^200 GET .*csv.gz')" -eq 8 ]
	[ "$(wc -l <s3.log)" -eq 10 ]
	grep -q '^flat files: 8 read' words
	# what is known is neither listed nor read again, but for what changed
	: >s3.log
	run -0 fill --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT \
		-o json
	[ "$(jq .files_read <<<"$output")" -eq 0 ]
	[ "$(asked csv.gz)" -eq 0 ]
	[ "$(wc -l <s3.log)" -eq 2 ]
	# the plan is of the listings alone
	store plan
	: >s3.log
	run -0 fill -n --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT \
		-o json
	[ "$(jq .files <<<"$output")" -eq 8 ]
	[ "$(jq .file_bytes <<<"$output")" -eq \
		"$(find ff/us_stocks_sip -name '*.gz' -printf '%s\n' |
			awk '{ n += $1 } END { print n }')" ]
	[ "$(asked csv.gz)" -eq 0 ]
}

@test "a listing goes on page by page, whatever its tokens hold" {
	prepare --page 1
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
	[ "$(asked '^200 GET .*?continuation-token=%2B%2F%3D.*&list-type')" -eq 6 ]
	# nor does it matter what else there is
	mkdir "ff/$MINUTES/2024-07-02.csv.gz.d" "ff/$MINUTES/é & <x>"
	for odd in 2024-07-02.csv.gz.bak 2024-07-99.csv.gz 'a+b %41 "c".csv.gz' \
		2024-07-02.csv.gz.d/2024-07-02.csv.gz 'é & <x>/2024-07-03.csv.gz'; do
		echo odd >"ff/$MINUTES/$odd"
	done
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
	[ "$(asked '^200 GET .*csv.gz')" -eq 8 ]
	rm -r "ff/$MINUTES/"{*.bak,*99*,a*,*.d,é*}
	# one that would never end is none
	printf 'again minute 9\n' >faults
	by_bucket
	[ "$(requests aggs)" -gt 0 ]
	[ "$(asked 'minute')" -le 9 ]
	grep -q 'minute_aggs_v1/2024/07/: .*token repeats' words
}

@test "months are listed at once, and one that fails is left to requests" {
	local months=(--from 2024-02-05 --to 2024-07-05 -t 1d AAPL) n

	prepare
	"$MD_BUILD/mdmock" -q --synthetic --today "$NOW" --symbols list \
		--flat-files ff --from 2024-02-05 --to 2024-07-05
	# the first is alone, until the bucket is known to answer
	echo 'meet 2024%2F02 1 1' >faults
	for n in 3 4 5 6 7; do
		echo "meet 2024%2F0$n 1 5"
	done >>faults
	store once
	fill -q --flat-files "$S3_URL" "${months[@]}" -o json >words ||
		fail "$(cat words s3.log)"
	[ "$(asked '^200 GET .*list-type')" -eq 6 ] || fail "$(cat s3.log)"
	jq -e '.files_read > 100 and .requests == 0' words || fail "$(cat words)"
	sql "$BARS" >at_once
	# one after the other is as good
	rm faults
	store serial
	fill -q --jobs 1 --flat-files "$S3_URL" "${months[@]}"
	sql "$BARS" | cmp at_once -
	for n in 'status 2024%2F05 99 403:AccessDenied' 'garbage 2024%2F05 99'; do
		echo "$n" >faults
		store "fails${n%% *}"
		: >"$MOCK_LOG"
		fill --max-retries 1 --flat-files "$S3_URL" "${months[@]}" \
			>words 2>&1 || fail "$(cat words)"
		grep -q 'day_aggs_v1/2024/05/: .*its days are requested' words ||
			fail "$(cat words)"
		sql "$BARS" | cmp at_once - || fail "$n"
		[ "$(requests aggs)" -ge 1 ]
	done
}

# files_seconds: how long the plan takes the bucket's files to need.
files_seconds() {
	fill -n --flat-files "$S3_URL" "${WEEK[@]}" -t 1m -o json MSFT |
		jq '.alternatives[] | select(.way == "files") | .seconds'
}

# learnt SET: the seconds where the log's row of the run has that.
learnt() {
	sql "UPDATE scheduler_execution_log SET $1"
	files_seconds
}

@test "how quick a bucket is, a run learns and the next plan reckons with" {
	local f bytes slow guess value host

	prepare
	for f in ff/$MINUTES/*.gz; do
		head -c 1200000 /dev/urandom | base64 -w 60 | sed 's/^/ZZ/' |
			gzip -1 >>"$f"
	done
	bytes=$(cat ff/$MINUTES/*.gz | wc -c)
	store learnt
	guess=$(files_seconds)
	fill -q --rate 5/min --flat-files "$S3_URL" "${WEEK[@]}" -t 1m AAPL
	[ "$(sql "SELECT files_source FROM scheduler_execution_log")" \
		= "$S3_URL" ]
	[ "$(sql "SELECT file_bytes FROM scheduler_execution_log")" = "$bytes" ]
	host=$(sql "SELECT host FROM scheduler_execution_log")
	# 0.1 MB a second
	slow=$(learnt "duration_seconds = file_bytes / 100000.0")
	jq -en "$slow > $bytes / 100000 and $slow < $bytes / 95000"
	# the next one is another's: it counts only where there is no own one
	[ "$(learnt "host = 'elsewhere'")" = "$slow" ]
	sql "UPDATE scheduler_execution_log SET files_source = NULL"
	fill -q --rate 5/min --flat-files "$S3_URL" "${WEEK[@]}" -t 1m NVDA
	sql "UPDATE scheduler_execution_log SET files_source = '$S3_URL',
		duration_seconds = CASE WHEN host = '$host'
			THEN file_bytes / 1000000.0 ELSE 0.01 END"
	jq -en "$(files_seconds) | . > $slow / 11 and . < $slow / 5"
	# what is none is as though nothing were known
	[ "$(learnt "host = '$host', files_source = 'https://other'")" = "$guess" ]
	[ "$(learnt "files_source = NULL")" = "$guess" ]
	for value in 0 -1 1e-9 1e300 NULL "'nan'"; do
		[[ $MD_ENGINE != sqlite || $value != "'nan'" ]] || continue
		value=$(learnt "files_source = '$S3_URL',
			duration_seconds = $value")
		[ "$value" = "$guess" ] || fail "$value"
	done
	[ "$(learnt "duration_seconds = 1, file_bytes = 9000000000000000000")" \
		= "$guess" ]
	# a folder says nothing of a line
	store folder
	fill -q --rate 5/min --flat-files file:ff "${WEEK[@]}" -t 1m AAPL
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log
		WHERE files_source IS NULL AND file_bytes > 1000000")" -eq 1 ]
	[ "$(files_seconds)" = "$guess" ]
}

@test "a download that broke goes on behind what came" {
	prepare
	printf '%s\n' 'cut 2024-07-02.csv.gz 2 2000' >faults
	by_bucket -t 1m
	[ "$(requests aggs)" -eq 0 ]
	[ "$(asked "$MINUTES/2024-07-02.csv.gz")" -eq 3 ] || fail "$(cat s3.log)"
	[ "$(asked '^206 .* bytes=2000-')" -eq 1 ]
	[ "$(asked '^206 .* bytes=4000-')" -eq 1 ]
	[ "$(asked '^200 .*csv.gz')" -eq 8 ]
}

@test "what was replaced while it was received is read anew" {
	local f=ff/$MINUTES/2024-07-02.csv.gz

	prepare
	zcat "$f" | sed 's/^MSFT,\([0-9]*\),/MSFT,1\1,/' | gzip >"$f.new"
	zcat "$f" | shuf --random-source="$f" >big
	# longer than what is held before it is read
	{ zcat "$f"; for _ in $(seq 60); do
		sed 1d big | sed 's/^AAPL/ZZZ/; s/^MSFT/ZZY/'; done; } |
		gzip -1 >big.gz
	mv big.gz "$f"
	printf 'replace 2024-07-02.csv.gz 1 1500000\n' >faults
	store replaced
	: >"$MOCK_LOG"
	# at a pace at which so large a file is worth it
	fill -v --rate 30/min --flat-files "$S3_URL" "${WEEK[@]}" -t 1m \
		AAPL MSFT >words 2>&1
	grep -q 'was replaced while it was read: read anew' words ||
		fail "$(cat words s3.log)"
	[ "$(asked "^412 GET .*2024-07-02")" -eq 1 ]
	[ "$(requests aggs)" -eq 0 ]
	[ "$(sql "SELECT etag FROM flat_files WHERE name LIKE '%2024-07-02%'")" \
		= "$(md5sum <"$f" | cut -d' ' -f1)" ]
	sql "$BARS" | grep '^MSFT.*1m' >got
	[ "$(wc -l <got)" -eq "$(grep -c '^MSFT.*1m' by_rest)" ]
	[ "$(diff got <(grep '^MSFT.*1m' by_rest) | grep -c '^<')" -ge 300 ]
}

@test "a file of the bucket that was replaced is read again" {
	local f=ff/us_stocks_sip/day_aggs_v1/2024/07/2024-07-02.csv.gz

	prepare
	by_bucket
	zcat "$f" | awk -F, -v OFS=, '$1 == "AAPL" { $2 += 1 } 1' | gzip >new
	mv new "$f"
	: >s3.log
	NOW=2024-07-10T21:00:00Z
	fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT
	[ "$(asked csv.gz)" -eq 1 ]
	[ "$(asked list-type)" -eq 2 ]
	[ "$(sql 'SELECT count(*) FROM restatements')" -eq 1 ]
}

# left WORDS REQUESTS: the bucket fails, which is told, and requests bring all.
left() {
	by_bucket --max-retries 2
	grep -q -e "$1" words || fail "$(cat words)"
	grep -q 'could not be had or believed' words || fail "$(cat words)"
	[ "$(requests aggs)" -gt 0 ]
	[ "$(wc -l <s3.log)" -le "$2" ] || fail "$(cat s3.log)"
}

@test "what the bucket refuses is told, and left to requests" {
	local fault

	prepare
	echo 'status minute_aggs_v1/2024/07/2024 99 403:AccessDenied' >faults
	left 'outside the plan or its history.*(HTTP 403, AccessDenied)' 8
	[ "$(asked "^403")" -eq 2 ]
	echo 'status list-type 99 403:AccessDenied' >faults
	left 'outside the plan or its history' 2
	echo 'status 2024-07-02.csv 99 404:NoSuchKey' >faults
	left 'there is no such file (HTTP 404, NoSuchKey)' 10
	echo 'status / 99 503:SlowDown' >faults
	left 'HTTP 503, SlowDown (tried 3 times)' 6
	echo 'status / 99 400:InvalidRequest' >faults
	left 'it was refused (HTTP 400, InvalidRequest): The words of' 1
	echo 'status / 99 307:TemporaryRedirect' >faults
	left 'a redirect to nowhere, which is not followed' 1
	echo 'status / 99 301:PermanentRedirect' >faults
	left 'a redirect to flatfiles.s3.eu-west-1.example.com, which is not followed: .*--flat-files=URL' 1
	echo 'status / 99 400:ExpiredToken' >faults
	left 'the session token has expired' 1
	echo 'status / 99 403:RequestTimeTooSkewed' >faults
	left "this machine's clock is .* the server's: set it" 1
	echo 'status / 99 403' >faults
	left 'outside the plan or its history' 2
	echo 'garbage / 99' >faults
	left 'the answer is no listing: ' 6
	# however many months are wanted
	for fault in 'garbage / 99' 'again / 99'; do
		echo "$fault" >faults
		store "months${fault%% *}"
		: >s3.log
		fill --max-retries 2 --flat-files "$S3_URL" --from 2024-03-01 \
			--to 2024-07-05 -t 1m AAPL >words 2>&1
		grep -q "$S3_URL: .*none of them is read" words
		[ "$(wc -l <s3.log)" -le 6 ] || fail "$(cat s3.log)"
	done
	# what passes is no failure
	echo 'status / 2 503:SlowDown' >faults
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
}

@test "files that are late, cut or no gzip are left to requests" {
	local f=ff/$MINUTES/2024-07-02.csv.gz

	prepare
	mv ff/$MINUTES/2024-07-05.csv.gz late
	by_bucket -v
	grep -q 'no file of 1 day that is wanted, 2024-07-05: requested' words
	[ "$(requests aggs)" -gt 0 ]
	mv late ff/$MINUTES/2024-07-05.csv.gz
	cp "$f" whole
	head -c 3000 whole >"$f"
	left '2024-07-02.csv.gz: it was cut: the gzip does not end' 10
	{ head -c 3000 whole; printf xxxx; tail -c +3005 whole; } >"$f"
	left '2024-07-02.csv.gz: it is no gzip, or damaged' 10
	: >"$f"
	left '2024-07-02.csv.gz: it is empty' 10
	cp whole "$f"
	# more than half of it, as a whole, where the listing has it all
	echo 'fewer 2024-07-02.csv 99 6000' >faults
	left '2024-07-02.csv.gz: [0-9]* bytes of it are sent, of [0-9]*' 10
	rm faults
	# an object whose parts cannot be told to be of one is read anew
	echo 'noetag 2024-07-02.csv 99' >faults
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
}

@test "keys to the bucket: where they come from, and when they are wrong" {
	prepare
	printf '%s\n%s\n' "$MASSIVE_S3_ACCESS_KEY_ID" \
		"$MASSIVE_S3_SECRET_ACCESS_KEY" >keys
	chmod 600 keys
	MASSIVE_S3_SECRET_ACCESS_KEY=another-secret left \
		'the S3 secret is not that of the access key' 1
	MASSIVE_S3_ACCESS_KEY_ID=another left 'the S3 access key is not known' 1
	MASSIVE_S3_ACCESS_KEY_ID=another by_bucket --s3-key-file keys
	[ "$(requests aggs)" -eq 0 ]
	printf '{ "flat_files": "%s", "s3_key_file": "%s/keys" }' "$S3_URL" \
		"$PWD" >c.json
	unset "${!MASSIVE_S3_@}"
	store config
	run -0 fill --config c.json "${WEEK[@]}" -t 1d AAPL MSFT -o json
	[ "$(jq .files_read <<<"$output")" -eq 4 ]
	store lent
	AWS_ACCESS_KEY_ID=$(sed -n 1p keys) \
		AWS_SECRET_ACCESS_KEY=$(sed -n 2p keys) AWS_SESSION_TOKEN=lent+/= \
		run -0 fill --flat-files "$S3_URL" "${WEEK[@]}" -t 1d AAPL \
		-o json
	[ "$(jq .files_read <<<"$output")" -eq 4 ]
	# without any nothing begins
	for option in "" -n; do
		store none
		# shellcheck disable=SC2086 # an option or none
		run -77 fill $option --flat-files "${WEEK[@]}" -t 1d AAPL
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *MASSIVE_S3_ACCESS_KEY_ID*--s3-key-file* ]]
	done
	chmod 644 keys
	run -77 fill --flat-files "$S3_URL" --s3-key-file keys AAPL
	[[ $output == *"chmod 600"* ]]
}

@test "URLs of buckets" {
	prepare
	S3_URL=$S3_URL/flatfiles/ by_bucket
	[ "$(requests aggs)" -eq 0 ]
	S3_URL=$S3_URL/other left 'there is no such bucket' 1
	S3_URL=http://127.0.0.1:1 left 'could not be had or believed' 0
	for url in http://example.com https://u:pass@example.com ftp://x \
		'https://x/a?b' https://x/a/b 'https://x/a%2Fb'; do
		run -64 fill "--flat-files=$url" AAPL
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *--flat-files* && $output != *pass* ]]
	done
	# the word behind it is its value only where it can be one
	run -64 fill --flat-files https://x/a/b AAPL
	store symbol
	run -0 fill -n --flat-files="$S3_URL" "${WEEK[@]}" -t 1d -o json AAPL
	[ "$(jq .files <<<"$output")" -eq 4 ]
}

@test "runs that are killed while they receive end with all bars" {
	local f=ff/$MINUTES/2024-07-02.csv.gz

	prepare
	store killed
	for _ in 1 2 3; do
		printf 'grow 2024-07-0%d.csv.gz 1 20000\n' 1 2 3 5 >faults
		fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d \
			AAPL MSFT 2>/dev/null &
		sleep "0.$((RANDOM % 4 + 1))"
		kill -9 $! 2>/dev/null || true
		wait $! || true
		rm faults
		kill "$S3_PID"
		S3_PID=
		start_bucket
	done
	fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT
	sql "$BARS" | cmp by_rest -
	# a signal ends the wait for more of a file at once
	store stopped
	printf 'grow %s 1 100\n' "${f##*/}" >faults
	interruptible "$MD_BUILD/mdbackfill" -q --no-features \
		--as-of "$NOW" --flat-files "$S3_URL" "${WEEK[@]}" -t 1m AAPL
	wait_for 20 grep -q 2024-07-02.csv.gz s3.log
	kill -INT "$run_pid"
	run_status=0
	wait "$run_pid" || run_status=$?
	[ "$run_status" -eq 130 ]
	[ "$(sql 'SELECT count(*) FROM leases WHERE lease_until > 0')" -eq 0 ]
}

@test "a run that waits for a listing is known to be alive" {
	local before

	prepare
	by_bucket
	echo 'wait list-type 1 3' >faults
	MD_TEST_LEASE_MS=400 fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m \
		AAPL &
	sleep 1
	before=$(sql "SELECT max(heartbeat_at) FROM scheduler_execution_log")
	sleep 1
	[ "$(sql "SELECT max(heartbeat_at) FROM scheduler_execution_log")" != "$before" ]
	wait $!
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log WHERE status <> 'completed'")" \
		-eq 0 ]
	# and a hold ends it before any file is asked for
	store held
	echo 'wait list-type 2 5' >faults
	: >s3.log
	MD_TEST_LEASE_MS=400 fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m \
		AAPL 3>&- &
	wait_for 20 has_begun
	mdbackfill --hold "for a test"
	code=0
	wait $! || code=$?
	[ "$code" -eq 75 ]
	[ "$(asked csv.gz)" -eq 0 ]
	[ "$(sql "SELECT status FROM scheduler_execution_log")" = interrupted ]
}

has_begun() {
	[ "$(sql "SELECT count(*) FROM scheduler_execution_log" 2>/dev/null)" = 1 ]
}

@test "what a series lacks only since a file was read is not taken for read" {
	prepare
	store others
	fill -q --flat-files "$S3_URL" --from 2024-07-01 --to 2024-07-03 \
		-t 1m,1d AAPL
	: >s3.log
	echo 'wait 2024-07-03.csv.gz 1 3' >faults
	fill -q --flat-files "$S3_URL" "${WEEK[@]}" -t 1m,1d AAPL MSFT 3>&- &
	wait_for 20 grep -q 2024-07-03.csv.gz s3.log
	for table in bars coverage; do
		sql "DELETE FROM $table WHERE series_id = (SELECT series_id
			FROM series WHERE symbol = 'AAPL' AND timeframe = '1m')"
	done
	wait $!
	rm -f faults
	fill -q --no-grouped "${WEEK[@]}" -t 1m,1d AAPL MSFT
	sql "$BARS" | cmp by_rest -
}

@test "mdmock's bucket, signatures and faults" {
	local fault

	prepare
	for fault in truncated:endpoint=object,times=2 \
		reset:endpoint=object,times=2 unordered:endpoint=object \
		duplicate:endpoint=object status=503:endpoint=list,times=2; do
		restart_mock --synthetic --today "$NOW" --symbols list \
			--s3 mocked "${WEEK[@]}" --fault "$fault"
		S3_URL=$MOCK_URL by_bucket
		[ "$(requests aggs/ticker)" -eq 0 ] || fail "$fault: $(cat "$MOCK_LOG")"
		[ "$(requests 'GET /flatfiles?list-type=2.* 200 ')" -eq 2 ]
	done
	for fault in badgzip otherday status=403; do
		restart_mock --synthetic --today "$NOW" --symbols list \
			--s3 mocked "${WEEK[@]}" \
			--fault "$fault:endpoint=object,path=2024-07-02"
		S3_URL=$MOCK_URL by_bucket
		grep -q '^flat files: 2 could not be had or believed' words
		[ "$(requests aggs/ticker)" -gt 0 ]
	done
	MASSIVE_S3_SECRET_ACCESS_KEY=another/secret+0 S3_URL=$MOCK_URL by_bucket
	grep -q 'secret is not that of the access key' words
}

@test "a server that is not ours: s3rver" {
	local server=${MD_S3RVER:-$(command -v s3rver || true)} file

	[ -n "$server" ] || skip "no s3rver (npm install s3rver)"
	only_sqlite "the client"
	prepare
	kill "$S3_PID"
	export MASSIVE_S3_ACCESS_KEY_ID=S3RVER MASSIVE_S3_SECRET_ACCESS_KEY=S3RVER
	"$server" -d data -a 127.0.0.1 -p 0 --configure-bucket flatfiles \
		>s3rver.log 3>&- &
	S3_PID=$!
	wait_for 30 grep -q listening s3rver.log
	S3_URL=http://127.0.0.1:$(sed -n 's/.*://p' s3rver.log)
	find ff -name '*.gz' | while read -r file; do
		curl -sS -f -T "$file" -u S3RVER:S3RVER \
			--aws-sigv4 aws:amz:us-east-1:s3 \
			-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
			"$S3_URL/flatfiles/${file#ff/}"
	done
	by_bucket
	[ "$(requests aggs)" -eq 0 ]
	grep -q '^flat files: 8 read' words
}
