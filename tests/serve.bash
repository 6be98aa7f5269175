# A mdserve of the test's own, and how to ask it.  After report.bash.

# start_serve ARGUMENTS...: one of the test's own; SERVE_URL says where.
start_serve() {
	SERVE_PORT_FILE=$BATS_TEST_TMPDIR/serve.port
	SERVE_ERR=$BATS_TEST_TMPDIR/serve.err
	rm -f "$SERVE_PORT_FILE"
	mdserve --listen 127.0.0.1:0 --port-file "$SERVE_PORT_FILE" "$@" \
		>"$BATS_TEST_TMPDIR/serve.out" 2>>"$SERVE_ERR" 3>&- &
	SERVE_PID=$!
	wait_for 30 serve_is_decided || true
	if [ ! -s "$SERVE_PORT_FILE" ]; then
		cat "$SERVE_ERR" >&2
		return 1
	fi
	SERVE_PORT=$(cat "$SERVE_PORT_FILE")
	SERVE_URL=http://127.0.0.1:$SERVE_PORT
}

serve_is_decided() {
	[ -s "$SERVE_PORT_FILE" ] || ! kill -0 "$SERVE_PID" 2>/dev/null
}

stop_serve() {
	[ -n "${SERVE_PID:-}" ] || return 0
	kill -s "${1:-TERM}" "$SERVE_PID" 2>/dev/null || true
	SERVE_STATUS=0
	wait "$SERVE_PID" || SERVE_STATUS=$?
	SERVE_PID=
}

# Whatever the test did, the server ends by the signal and without complaint.
end_serve() {
	stop_mock TERM
	stop_serve TERM
	case ${SERVE_STATUS:-143} in
	130 | 143) ;;
	*)
		echo "mdserve ended with $SERVE_STATUS" >&2
		cat "$SERVE_ERR" >&2
		return 1
		;;
	esac
}

# ask PATH [CURL OPTIONS...]
ask() {
	local path=$1

	shift
	curl -sS --max-time 20 --path-as-is "$@" "$SERVE_URL$path"
}

# status_of PATH [CURL OPTIONS...]
status_of() {
	ask "$@" -o /dev/null -w '%{http_code}'
}

# header NAME PATH [CURL OPTIONS...]
header() {
	local name=$1

	shift
	ask "$@" -o /dev/null -D - | tr -d '\r' | sed -n "s/^$name: //Ip"
}

# A store of synthetic bars, as of a while ago.
fill_store() {
	use_store
	start_mock --synthetic --today 2024-07-01T15:30:00Z
	mdbackfill -q --as-of "$NOW" --days 120 -t 1h,1d "$@"
	stop_mock
}

export HISTORICAL=/api/v1/historical
export FEATURES=/api/v1/features/quant

# noted ROW: that is among what was requested.
noted() {
	sql 'SELECT symbol, timeframe, requests FROM backfill_requests' |
		grep -qxF "$1"
}

is_up() {
	[ "$(status_of /health)" = 200 ]
}
