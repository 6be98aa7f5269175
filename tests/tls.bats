# Whom the client trusts, and where its secrets stay.

load store

SPAN=(--from 2024-01-02 --to 2024-03-28)
BRIEFLY=(--backoff-base 0.01 --backoff-cap 0.05 --max-retries 0)

setup() {
	only_sqlite "the client"
	use_store
	cd "$BATS_TEST_TMPDIR" || return
	unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR https_proxy HTTPS_PROXY \
		all_proxy ALL_PROXY no_proxy NO_PROXY
}

teardown() {
	[ -z "${TLS_PID:-}" ] || kill "$TLS_PID"
	end_mock
}

certificate() {
	command -v openssl >/dev/null || skip "no openssl"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# secure_mock ARGUMENTS...: an mdmock behind TLS, which POLYGON_BASE_URL names.
secure_mock() {
	certificate ours
	start_mock --synthetic
	python3 "$MD_ROOT/tests/bad_server.py" tls.port forward \
		--to "${MOCK_URL##*:}" --tls ours.pem ours.key "$@" 3>&- &
	TLS_PID=$!
	wait_for 20 test -s tls.port
	export POLYGON_BASE_URL
	POLYGON_BASE_URL=https://localhost:$(cat tls.port)
}

backfill() {
	timeout -s KILL 60 mdbackfill -q "${BRIEFLY[@]}" "${SPAN[@]}" "$@"
}

@test "an authority of one's own is not trusted until it is named" {
	secure_mock
	run --separate-stderr backfill A
	assert_equal "$status" 69
	[[ $stderr == *"is not trusted"*"--ca-file FILE"* ]]
	[[ $stderr != *"$POLYGON_API_KEY"* ]]
	[ "$(requests)" -eq 0 ]
	run mdhealth --probe-api
	assert_output --partial "--ca-file FILE"

	backfill --ca-file ours.pem A
	CURL_CA_BUNDLE=ours.pem backfill B
	SSL_CERT_FILE=ours.pem backfill C
	mkdir hashed
	cp ours.pem hashed/"$(openssl x509 -noout -hash -in ours.pem)".0
	SSL_CERT_DIR=$PWD/hashed backfill D
	echo '{"ca_file": "ours.pem"}' >conf
	backfill --config conf E
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM bars")" 5
	run mdhealth --probe-api --ca-file ours.pem
	refute_output --partial "cannot be used"
	# Who answers on the command line is believed first.
	CURL_CA_BUNDLE=/nowhere backfill --ca-file ours.pem F
}

@test "named authorities are the only ones" {
	secure_mock
	certificate others
	run --separate-stderr backfill --ca-file others.pem A
	assert_equal "$status" 69
	[[ $stderr == *"only authorities in others.pem are"* ]]
}

@test "a CA file that cannot be used is named" {
	export POLYGON_BASE_URL=https://localhost:1
	echo "no certificate" >empty.pem
	for file in nowhere.pem . empty.pem; do
		run --separate-stderr backfill --ca-file $file A
		assert_equal "$status" 64
		[[ $stderr == *"--ca-file: $file: "* ]]
		CURL_CA_BUNDLE=$file run --separate-stderr backfill A
		[[ $stderr == *"CURL_CA_BUNDLE: $file: "* ]]
		SSL_CERT_FILE=$file run --separate-stderr backfill A
		[[ $stderr == *"SSL_CERT_FILE: $file: "* ]]
	done
	[[ $stderr == *"holds no certificate"* ]]
	no_store || fail "a store was made"
	printf -- '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n' \
		>broken.pem
	secure_mock
	run --separate-stderr backfill --ca-file broken.pem A
	assert_equal "$status" 69
	[[ $stderr == *"cannot be loaded from broken.pem"* ]]
}

@test "less than TLS 1.2 is refused, whatever the host's policy" {
	cat >lax.cnf <<-CNF
		openssl_conf = lax
		[lax]
		ssl_conf = ssl
		[ssl]
		system_default = all
		[all]
		MinProtocol = TLSv1
		CipherString = DEFAULT@SECLEVEL=0
	CNF
	secure_mock --most 1.1
	export OPENSSL_CONF=$PWD/lax.cnf
	# That policy does allow it.
	curl -sS --tlsv1.0 --cacert ours.pem -o page \
		-H "Authorization: Bearer k" \
		"$POLYGON_BASE_URL/v1/marketstatus/now" ||
		skip "no TLS 1.1 here"
	rm "$MOCK_LOG"
	run --separate-stderr backfill --ca-file ours.pem A
	assert_equal "$status" 69
	[[ $stderr == *"offers no TLS 1.2 or newer"* ]]
	[ "$(requests)" -eq 0 ]
}

@test "a proxy's password is not repeated" {
	export POLYGON_BASE_URL=https://api.example.com
	for proxy in "http://user:sesame@[bad" "nosuch://user:sesame@localhost:1" \
		"http://user:sesame@localhost:1" "user:sesame@:::"; do
		https_proxy=$proxy run --separate-stderr backfill -v A
		[ "$status" -ne 0 ] || fail "$proxy"
		[[ $output$stderr != *sesame* ]] || fail "$proxy: $stderr"
	done
	https_proxy="nosuch://user:sesame@localhost:1" \
		run --separate-stderr backfill A
	[[ $stderr == *"https_proxy"* ]]
}

@test "no program leaves a core file" {
	ulimit -c unlimited 2>/dev/null || skip "no core files here"
	start_mock --synthetic --latency 20000
	interruptible mdbackfill -q "${SPAN[@]}" A
	assert_equal "$(awk '/core file size/ { print $5 <= 1, $6 <= 1 }' \
		"/proc/$run_pid/limits")" "1 1"
	assert_equal "$(awk '/core file size/ { print $5 <= 1, $6 <= 1 }' \
		"/proc/$MOCK_PID/limits")" "1 1"
	kill -SEGV "$run_pid"
	status=0
	wait "$run_pid" || status=$?
	case $(ldd "$MD_BUILD/mdbackfill") in
	*libasan* | *libtsan*) ;; # which ends it in its own way
	*) assert_equal "$status" 139 ;;
	esac
	run compgen -G "core*"
	assert_failure
}
