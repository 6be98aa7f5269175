#!/usr/bin/env bats
# mdmock as a server of flat files: S3's protocol, its refusals, and its faults.

load store

NOW=2024-07-05T20:00:00Z
DAYS=us_stocks_sip/day_aggs_v1/2024/07
MINUTES=us_stocks_sip/minute_aggs_v1/2024/07
KEYS=AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset "${!AWS_@}" "${!MASSIVE_S3_@}"
	printf '%s\n' AAPL MSFT >list
}

# serve ARGUMENTS...: the flat files of four days.
serve() {
	start_mock --synthetic --symbols list --today "$NOW" --s3 ff \
		--from 2024-07-01 --to 2024-07-05 "$@"
}

# signed PATH [CURL OPTIONS...]: a request with the keys.
signed() {
	local path=$1

	shift
	curl -sS --max-time 20 --aws-sigv4 aws:amz:us-east-1:s3 --user "$KEYS" \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@" "$MOCK_URL$path"
}

# object KEY [CURL OPTIONS...]
object() {
	local key=$1

	shift
	signed "/flatfiles/$key" "$@"
}

# refused STATUS CODE COMMAND...: that error, as Amazon words it.
refused() {
	local status=$1 code=$2

	shift 2
	assert_equal "$("$@" -o answer -w '%{http_code}')" "$status"
	grep -q "<Code>$code</Code>" answer || fail "$(cat answer)"
}

# header NAME: of the head in the file head.txt.
header() {
	tr -d '\r' <head.txt | sed -n "s/^$1: //p"
}

# keys QUERY: the keys and common prefixes of a listing, which is in list.xml.
keys() {
	signed "/flatfiles?$1" >list.xml
	grep -o '<Key>[^<]*\|<CommonPrefixes><Prefix>[^<]*' list.xml |
		sed 's/.*>//'
}

# rows KEY: of a file, without its header.
rows() {
	object "$1" | zcat | tail -n +2
}

@test "s3: the files are those that are written, and the days that are out" {
	serve
	[ -s "ff/$DAYS/2024-07-05.csv.gz" ]
	for key in "$DAYS/2024-07-02" "$MINUTES/2024-07-02"; do
		object "$key.csv.gz" >got
		cmp got "ff/$key.csv.gz"
	done
	"$MD_BUILD/mdmock" -q --synthetic --symbols list --today "$NOW" \
		--flat-files whole --from 2024-07-01 --to 2024-07-02
	cmp "whole/$MINUTES/2024-07-02.csv.gz" got
	# 2024-07-03's is out on the 4th, 11:00; that of the 5th is not yet
	keys "list-type=2&prefix=us_stocks_sip%2Fday" >got
	printf "$DAYS/2024-07-%s.csv.gz\n" 01 02 03 | cmp - got
	refused 404 NoSuchKey object "$DAYS/2024-07-05.csv.gz"
	refused 404 NoSuchKey object "$DAYS/2024-07-04.csv.gz"
	assert_equal "$(object "$DAYS/2024-07-05.csv.gz" -I -o /dev/null \
		-w '%{http_code}')" 404
	refused 404 NoSuchKey object 'us_stocks_sip/../../list' --path-as-is
	restart_mock --synthetic --today 2024-07-09 --s3 ff
	assert_equal "$(keys 'list-type=2&prefix=us_stocks_sip%2Fday' |
		wc -l)" 4
	assert_equal "$(requests 'GET /flatfiles?list')" 2
}

@test "s3: who is let in" {
	local key=$DAYS/2024-07-02.csv.gz

	serve
	refused 403 AccessDenied curl -sS "$MOCK_URL/flatfiles/$key"
	refused 403 SignatureDoesNotMatch object "$key" --user "${KEYS}x"
	refused 403 InvalidAccessKeyId object "$key" --user "x$KEYS"
	refused 400 InvalidRequest curl -sS --aws-sigv4 aws:amz:us-east-1:s3 \
		--user "$KEYS" "$MOCK_URL/flatfiles/$key"
	refused 403 RequestTimeTooSkewed object "$key" \
		-H 'X-Amz-Date: 20200101T000000Z'
	refused 400 AuthorizationHeaderMalformed object "$key" \
		--aws-sigv4 aws:amz:us-east-1:ec2
	refused 404 NoSuchBucket signed "/others/$key"
	refused 405 MethodNotAllowed object "$key" -X DELETE
	refused 501 NotImplemented signed '/flatfiles?location='
	object "$key" --aws-sigv4 aws:amz:eu-west-1:s3 -o /dev/null -f
	# beside it the API, which has keys of its own
	get /v2/aggs/ticker/AAPL/prev -o /dev/null -f
	stop_mock TERM
	export MASSIVE_S3_ACCESS_KEY_ID=mine
	run "$MD_BUILD/mdmock" --synthetic --s3 ff
	assert_equal "$status" 77
	export MASSIVE_S3_SECRET_ACCESS_KEY=secret
	serve
	refused 403 InvalidAccessKeyId object "$key"
	object "$key" --user mine:secret -o /dev/null -f
	printf 'other\nhidden\n' >keys
	stop_mock TERM
	run "$MD_BUILD/mdmock" --synthetic --s3 ff --s3-key-file keys
	[[ $output == *'others may read it'* ]]
	chmod 600 keys
	serve --s3-key-file keys
	object "$key" --user other:hidden -o /dev/null -f
	run ! grep -q secret "$MOCK_LOG" mock.err
}

@test "s3: ranges and conditions" {
	local key=$MINUTES/2024-07-02.csv.gz tag size

	serve
	size=$(wc -c <"ff/$key")
	object "$key" -D head.txt -o whole
	tag=$(header ETag)
	[[ $tag =~ ^\"[0-9a-f]{32}\"$ ]]
	assert_equal "$(header Last-Modified)" "Wed, 03 Jul 2024 15:00:00 GMT"
	object "$key" -I >head.txt
	assert_equal "$(header ETag) $(header Content-Length)" "$tag $size"
	object "$key" -D head.txt -o part -r 100-199
	assert_equal "$(head -1 head.txt | tr -d '\r')" "HTTP/1.1 206 Partial Content"
	assert_equal "$(header Content-Range)" "bytes 100-199/$size"
	cmp part <(tail -c +101 whole | head -c 100)
	object "$key" -o part -r 100- -H "If-Match: $tag"
	cmp part <(tail -c +101 whole)
	object "$key" -o part -r -7
	cmp part <(tail -c 7 whole)
	object "$key" -o part -r 100-5
	cmp part whole
	object "$key" -o part -r 100- -H 'If-Range: "other"'
	cmp part whole
	refused 416 InvalidRange object "$key" -r "$size-" -D head.txt
	assert_equal "$(header Content-Range)" "bytes */$size"
	refused 412 PreconditionFailed object "$key" -H 'If-Match: "other"'
	for not in "If-None-Match: $tag" 'If-None-Match: *' \
		"If-None-Match: \"x\", $tag" \
		'If-Modified-Since: Wed, 03 Jul 2024 15:00:00 GMT'; do
		assert_equal "$(object "$key" -H "$not" -o part \
			-w '%{http_code} %{size_download}')" "304 0"
	done
	object "$key" -o part -f -H 'If-None-Match: "other"' \
		-H 'If-Modified-Since: Wed, 03 Jul 2024 15:00:00 GMT'
	object "$key" -o part -f \
		-H 'If-Modified-Since: Wed, 03 Jul 2024 14:59:59 GMT'
	cmp part whole
}

@test "s3: listings, page by page" {
	local query token

	serve
	mkdir 'ff/odd & <x>'
	echo x >'ff/odd & <x>/é +'
	(cd ff && find . -type f ! -name '*07-05*' | sed 's/..//' |
		LC_ALL=C sort) >all
	keys 'list-type=2' | sed 's/&amp;/\&/;s/&lt;/</;s/&gt;/>/' | cmp - all
	keys 'delimiter=%2F&list-type=2' >got
	printf '%s\n' global_crypto/ global_forex/ us_indices/ us_stocks_sip/ \
		>expected
	grep -v odd got | cmp - expected
	keys 'encoding-type=url&list-type=2&prefix=odd%20' >got
	assert_equal "$(cat got)" 'odd%20%26%20%3Cx%3E/%C3%A9%20%2B'
	keys "list-type=2&start-after=$(head -3 all | tail -1 |
		sed 's|/|%2F|g')" >got
	assert_equal "$(wc -l <got)" "$(($(wc -l <all) - 3))"
	refused 400 InvalidArgument signed '/flatfiles?list-type=2&max-keys=x'
	refused 400 InvalidArgument \
		signed '/flatfiles?continuation-token=x&list-type=2'
	keys 'list-type=2&max-keys=0' >got || true
	[ ! -s got ]
	for query in 'list-type=2&max-keys=4' 'delimiter=v1&list-type=2&max-keys=2'; do
		token=
		: >pages
		while :; do
			keys "${token:+continuation-token=$token&}$query" >>pages
			grep -q '<IsTruncated>true' list.xml || break
			token=$(sed 's/.*<NextContinuationToken>//;s/<.*//' list.xml |
				tail -1)
			[[ $token == *+*/*= ]]
			token=$(sed 's/+/%2B/g;s|/|%2F|g;s/=/%3D/g' <<<"$token")
		done
		keys "${query%&max-keys=*}" | LC_ALL=C sort >expected
		LC_ALL=C sort pages | cmp - expected
	done
}

@test "s3: faults of files" {
	local day n

	serve --fault short:path=minute_aggs_v1/2024/07/2024-07-01 \
		--fault duplicate:path=minute_aggs_v1/2024/07/2024-07-02 \
		--fault unordered:path=minute_aggs_v1/2024/07/2024-07-03 \
		--fault otherday:path=day_aggs_v1/2024/07/2024-07-02 \
		--fault badgzip:path=day_aggs_v1/2024/07/2024-07-03 \
		--fault replaced:path=us_stocks_sip/day_aggs_v1/2024/07/2024-07-01,after=2
	for day in 1 2 3; do
		zcat "ff/$MINUTES/2024-07-0$day.csv.gz" | tail -n +2 >"file$day"
		rows "$MINUTES/2024-07-0$day.csv.gz" >"rows$day"
	done
	n=$(wc -l <file1)
	head -n "$((n / 3))" file1 | cmp - rows1
	assert_equal "$(uniq -d rows2 | wc -l)" 1
	uniq rows2 | cmp - file2
	run ! cmp -s rows3 file3
	sort rows3 | cmp - <(sort file3)
	# a trading day before
	rows "$DAYS/2024-07-02.csv.gz" | cut -d, -f7 | sort -u >got
	assert_equal "$(cat got)" 1719806400000000000
	run zcat <(object "$DAYS/2024-07-03.csv.gz")
	[ "$status" -ne 0 ]
	# from the third time on, as a listing says too
	object "$DAYS/2024-07-01.csv.gz" -D head.txt -o before
	keys "list-type=2&prefix=us_stocks_sip%2Fday" >/dev/null
	grep -q "$(header ETag | tr -d \")" list.xml
	object "$DAYS/2024-07-01.csv.gz" -o again
	cmp before again
	keys "list-type=2&prefix=us_stocks_sip%2Fday" >/dev/null
	run ! grep -q "$(header ETag | tr -d \")" list.xml
	object "$DAYS/2024-07-01.csv.gz" -D head.txt -o again
	run ! cmp -s before again
	grep -q "$(header ETag | tr -d \")" list.xml
	zcat again | awk -F, 'NR > 1 && $3 != $4 { exit 1 }'
}

@test "s3: faults of answers" {
	local key=$DAYS/2024-07-02.csv.gz

	serve --fault status=403:endpoint=object,path=2024-07-01 \
		--fault status=404:path="$DAYS/2024-07-02",times=2 \
		--fault badjson:endpoint=list,times=1 \
		--fault truncated:path="$MINUTES/2024-07-02",times=1 \
		--rate 100000/min
	keys 'list-type=2' >got
	run ! grep -q "$key" got
	[ "$(tail -c 20 list.xml | grep -c '</ListBucketResult>')" -eq 0 ]
	refused 403 AccessDenied object "$DAYS/2024-07-01.csv.gz"
	refused 404 NoSuchKey object "$key"
	refused 404 NoSuchKey object "$key"
	object "$key" -f -o got
	cmp got "ff/$key"
	keys 'list-type=2' | grep -q "$key"
	run -18 object "$MINUTES/2024-07-02.csv.gz" -o got
	object "$MINUTES/2024-07-02.csv.gz" -C - -o got
	cmp got "ff/$MINUTES/2024-07-02.csv.gz"
	restart_mock --synthetic --today "$NOW" --s3 ff --rate 1/min
	object "$key" -f -o got
	refused 503 SlowDown object "$key"
}

@test "s3: the same bars as by requests, whatever a file's rows are like" {
	local bars="SELECT symbol, timeframe, ts, open, high, low, close, volume,
		transactions FROM bars JOIN series USING (series_id)
		ORDER BY symbol, timeframe, ts"
	local fill=(env MASSIVE_S3_ACCESS_KEY_ID="${KEYS%%:*}"
		MASSIVE_S3_SECRET_ACCESS_KEY="${KEYS#*:}" mdbackfill -q --no-features --rate 100000/min
		--as-of 2024-07-10T20:00:00Z --from 2024-07-01 --to 2024-07-05
		-t '1m,1d' AAPL MSFT)

	use_store
	NOW=2024-07-10T20:00:00Z
	serve --fault duplicate:path=minute_aggs_v1/2024/07/2024-07-02 \
		--fault unordered:path=minute_aggs_v1/2024/07/2024-07-03
	"${fill[@]}" --no-grouped
	sql "$bars" >by_rest
	[ "$(wc -l <by_rest)" -gt 1000 ]
	MD_DB=$(store_at again)
	export MD_DB
	"${fill[@]}" --flat-files "$MOCK_URL"
	sql "$bars" | cmp - by_rest
	[ "$(requests 'GET /flatfiles/.*csv.gz 200')" -ge 8 ]
}

# made ARGUMENTS...: without a folder.
made() {
	mkdir -p aside
	TMPDIR=$PWD/aside start_mock --synthetic --symbols list \
		--today "$NOW" --s3 "$@"
}

@test "s3: files without a folder are those that would be written" {
	local key=$MINUTES/2024-07-02.csv.gz day tag

	made
	# the days that are out, and no others, whatever the year
	keys "list-type=2&prefix=us_stocks_sip%2Fday_aggs_v1%2F2024%2F07" >got
	printf "$DAYS/2024-07-%s.csv.gz\n" 01 02 03 | cmp - got
	keys 'delimiter=%2F&list-type=2&prefix=us_stocks_sip%2Fday_aggs_v1%2F' \
		>got
	seq -f 'us_stocks_sip/day_aggs_v1/%.0f/' 2003 2024 | cmp - got
	for day in 03 04 05; do
		object "$DAYS/2024-07-$day.csv.gz" -I -o /dev/null \
			-w '%{http_code} '
	done >got
	assert_equal "$(cat got)" "200 404 404 "
	refused 404 NoSuchKey object us_stocks_sip/day_aggs_v1/2024/07/list
	refused 404 NoSuchKey object "$DAYS/1999-07-02.csv.gz"
	object us_stocks_sip/day_aggs_v1/2004/02/2004-02-27.csv.gz -f |
		zcat | grep -q ^AAPL
	"$MD_BUILD/mdmock" -q --synthetic --symbols list --today 2024-07-09 \
		--flat-files whole --from 2024-07-01 --to 2024-07-03
	while read -r file; do
		object "${file#whole/}" -f | cmp - "$file"
	done < <(find whole -name '*.gz')
	[ "$(find whole -name '*.gz' | wc -l)" -ge 12 ]
	# parts of it, of one object
	object "$key" -D head.txt -o all
	tag=$(header ETag)
	object "$key" -I >head.txt
	assert_equal "$(header ETag) $(header Content-Length)" \
		"$tag $(wc -c <all)"
	assert_equal "$(header Last-Modified)" "Wed, 03 Jul 2024 15:00:00 GMT"
	object "$key" -o part -r 0-65535 -H "If-Match: $tag"
	object "$key" -o rest -r 65536- -H "If-Match: $tag"
	cat part rest | cmp - all
	object "$key" -r 65530-65540 | cmp - <(tail -c +65531 all | head -c 11)
	keys "list-type=2&prefix=us_stocks_sip%2Fminute_aggs_v1%2F2024%2F07%2F" \
		>/dev/null
	grep -q "${tag//\"/}.*<Size>$(wc -c <all)<" list.xml
	# another mock's are the same, and nothing is left of either
	stop_mock TERM
	[ -z "$(ls aside)" ]
	made --page 2 --from 2024-07-01 --to 2024-07-02
	object "$key" -I >head.txt
	assert_equal "$(header ETag)" "$tag"
	keys "list-type=2&prefix=us_stocks_sip%2Fday_aggs_v1%2F2024%2F07" >got
	printf "$DAYS/2024-07-%s.csv.gz\n" 01 02 | cmp - got
	grep -q '<IsTruncated>true' list.xml
	stop_mock TERM
	[ -z "$(ls aside)" ]
	run -64 "$MD_BUILD/mdmock" --synthetic --s3 --from 2024-07-02
	run -64 "$MD_BUILD/mdmock" --synthetic --s3 --flat-files x
	run -64 "$MD_BUILD/mdmock" --synthetic --s3=
	TMPDIR=/not/there run ! "$MD_BUILD/mdmock" --synthetic --s3 \
		--from 2024-07-01 --to 2024-07-02
	assert_output --partial /not/there
}

@test "s3: files without a folder have their faults" {
	local day

	made --fault short:path=minute_aggs_v1/2024/07/2024-07-01 \
		--fault duplicate:path=minute_aggs_v1/2024/07/2024-07-02 \
		--fault unordered:path=minute_aggs_v1/2024/07/2024-07-03 \
		--fault badgzip:path=day_aggs_v1/2024/07/2024-07-03 \
		--fault status=404:path=day_aggs_v1/2024/07/2024-07-02,times=1 \
		--fault replaced:path=us_stocks_sip/day_aggs_v1/2024/07/2024-07-01,after=1 \
		--fault status=403:path=2024-06-28
	"$MD_BUILD/mdmock" -q --synthetic --symbols list --today 2024-07-09 \
		--flat-files ff --from 2024-07-01 --to 2024-07-03
	for day in 1 2 3; do
		zcat "ff/$MINUTES/2024-07-0$day.csv.gz" | tail -n +2 >"file$day"
		rows "$MINUTES/2024-07-0$day.csv.gz" >"rows$day"
	done
	head -n "$(($(wc -l <file1) / 3))" file1 | cmp - rows1
	assert_equal "$(uniq -d rows2 | wc -l)" 1
	run ! cmp -s rows3 file3
	sort rows3 | cmp - <(sort file3)
	run zcat <(object "$DAYS/2024-07-03.csv.gz")
	[ "$status" -ne 0 ]
	refused 404 NoSuchKey object "$DAYS/2024-07-02.csv.gz"
	object "$DAYS/2024-07-02.csv.gz" -f | cmp - "ff/$DAYS/2024-07-02.csv.gz"
	object "$DAYS/2024-07-01.csv.gz" -f -D head.txt | cmp - \
		"ff/$DAYS/2024-07-01.csv.gz"
	object "$DAYS/2024-07-01.csv.gz" -f -H "If-None-Match: $(header ETag)" |
		zcat | awk -F, 'NR > 1 && $3 != $4 { exit 1 }'
	refused 403 AccessDenied object \
		us_stocks_sip/day_aggs_v1/2024/06/2024-06-28.csv.gz
}

@test "s3: the same bars by files without a folder as by requests" {
	local bars="SELECT symbol, timeframe, ts, open, high, low, close, volume,
		transactions FROM bars JOIN series USING (series_id)
		ORDER BY symbol, timeframe, ts"
	local fill=(env MASSIVE_S3_ACCESS_KEY_ID="${KEYS%%:*}"
		MASSIVE_S3_SECRET_ACCESS_KEY="${KEYS#*:}" mdbackfill -q --no-features --rate 100000/min
		--as-of 2024-03-15T20:00:00Z --from 2024-03-07 --to 2024-03-13
		-t '1m,1d' AAPL MSFT X:BTCUSD C:EURUSD)

	use_store
	NOW=2024-03-15T20:00:00Z
	made
	"${fill[@]}" --no-grouped
	sql "$bars" >by_rest
	[ "$(wc -l <by_rest)" -gt 10000 ]
	MD_DB=$(store_at again)
	export MD_DB
	: >"$MOCK_LOG"
	# over the change of the clocks
	"${fill[@]}" --flat-files "$MOCK_URL"
	sql "$bars" | cmp - by_rest
	[ "$(requests 'GET /flatfiles/.*csv.gz 200')" -ge 20 ]
}

# On two threads of its own; a sanitizer may have one more.
prepares() {
	[ "$(ls "/proc/$1/task" | wc -l)" -ge 2 ]
}

@test "s3: a signal ends the preparing of files, too" {
	mdmock -q --synthetic --s3 --from 2015-01-02 --to 2024-12-31 \
		--listen 127.0.0.1:0 --port-file "$BATS_TEST_TMPDIR/p" 3>&- &
	MOCK_PID=$!
	wait_for 20 prepares "$MOCK_PID"
	stop_mock TERM
	assert_equal "$MOCK_STATUS" 143
	[ ! -e "$BATS_TEST_TMPDIR/p" ]
}
