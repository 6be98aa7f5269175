# What the bats files share.  A test file begins with
#
#	load helper
#
# and finds the programs in $MD_BUILD (build/ when that is not set).

bats_require_minimum_version 1.5.0

MD_ROOT=${BATS_TEST_DIRNAME%/*}
MD_BUILD=${MD_BUILD:-$MD_ROOT/build}
export MD_ROOT MD_BUILD
PATH=$MD_BUILD:$PATH

# Their load.bash does this with twenty processes, and each test loads them.
for library in "${BATS_LIB_PATH:-/usr/lib/bats}"/bats-{support,assert}/src/*.bash; do
	# shellcheck disable=SC1090 # wherever the packages put them
	source "$library"
done
unset library

# Before each command of a test Bats notes where it is, which takes longer than
# most of the commands.  Where one failed can be told when it has: the innermost
# place, which comes first.
if declare -F bats_setup_tracing bats_check_status_from_trap \
	bats_capture_stack_trace >/dev/null; then
	eval "each_command_$(declare -f bats_setup_tracing)"
	bats_setup_tracing() {
		each_command_bats_setup_tracing
		[ "${BATS_TRACE_LEVEL:-0}" -eq 0 ] || return 0
		trap - DEBUG
		trap note_failure ERR
	}
	note_failure() {
		bats_check_status_from_trap
		[ ${#FUNCNAME[@]} -ge "${failure_depth:-0}" ] || return 0
		failure_depth=${#FUNCNAME[@]}
		bats_capture_stack_trace
		# shellcheck disable=SC2034 # read by Bats
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	}
fi

# The tests' own key, whatever the caller's environment holds.
unset MASSIVE_API_KEY MD_DB MD_CONFIG POLYGON_BASE_URL
unset GITHUB_ACTIONS GITHUB_SHA
export POLYGON_API_KEY=test-key-1234567890

# The folder of real bars, or nothing.
shared_data() {
	local dir=${MD_SHARED:-$MD_ROOT/../shared}

	for dir in "$dir/data" "$dir"; do
		if [ -d "$dir/bars" ]; then
			(cd "$dir" && pwd)
			return
		fi
	done
}

# Bars to read: the folder of real ones, or where it is not there, or
# MD_FIXTURES is set, the few that are kept with the tests.
bars_data() {
	local dir

	[ -n "${MD_FIXTURES:-}" ] || dir=$(shared_data)
	echo "${dir:-$MD_ROOT/tests/fixtures}"
}

# For what holds of the real bars alone.
need_shared() {
	[ -n "$(shared_data)" ] || skip "no shared data"
}

# The test's folder is its home, and has one for temporary files.
at_home() {
	cd "$BATS_TEST_TMPDIR" || return
	export HOME=$BATS_TEST_TMPDIR
	unset XDG_CONFIG_HOME XDG_DATA_HOME
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir -p "$TMPDIR"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local waited=0 most=$(($1 * 1000)) pause=20

	shift
	until "$@"; do
		[ $((waited += pause)) -lt $most ] || return 1
		sleep 0.0$pause
		# what takes long need not be looked at as often
		[ $waited -lt 500 ] || pause=90
	done
}

# Each thread of that process: SIGSTOP takes one first, then the others.
stands_still() {
	! ps -L -o stat= -p "$1" | grep -q -v '^T'
}

# interruptible COMMAND...: in the background, as run_pid.  A background job
# of a script ignores SIGINT; this one does not, and has set up its handler.
interruptible() {
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" 3>&- 2>/dev/null &
	run_pid=$!
	wait_for 20 catches_int "$run_pid" "$@" ||
		fail "$1 does not catch SIGINT"
}

# catches_int PID COMMAND...: the process is a program of that command, and has
# its handler.  The shell and python have one, too, and what comes before the
# process has become the program is lost.
catches_int() {
	local pid=$1 comm mask word

	shift
	comm=$(cat "/proc/$pid/comm" 2>/dev/null) || return 1
	for word; do
		word=${word##*/}
		[ "${word:0:15}" != "$comm" ] || break
	done
	[ "${word:0:15}" = "$comm" ] || return 1
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status")
	[ $((0x${mask:-0} & 2)) -ne 0 ]
}

# start_mock ARGUMENTS...: an mdmock of the test's own; MOCK_URL says where.
start_mock() {
	MOCK_LOG=$BATS_TEST_TMPDIR/access.log
	MOCK_PORT_FILE=$BATS_TEST_TMPDIR/mock.port
	rm -f "$MOCK_PORT_FILE"
	"$MD_BUILD/mdmock" -q --listen 127.0.0.1:0 \
		--port-file "$MOCK_PORT_FILE" --access-log "$MOCK_LOG" \
		"$@" >>"$BATS_TEST_TMPDIR/mock.out" \
		2>>"$BATS_TEST_TMPDIR/mock.err" 3>&- &
	MOCK_PID=$!
	wait_for 30 mock_is_decided || true
	if [ ! -s "$MOCK_PORT_FILE" ]; then
		cat "$BATS_TEST_TMPDIR/mock.err" >&2
		return 1
	fi
	MOCK_URL=http://127.0.0.1:$(cat "$MOCK_PORT_FILE")
	export MOCK_URL MOCK_PID MOCK_LOG
	export POLYGON_BASE_URL=$MOCK_URL
}

# Up, or gone: waiting ends either way.
mock_is_decided() {
	[ -s "$MOCK_PORT_FILE" ] || ! kill -0 "$MOCK_PID" 2>/dev/null
}

# stop_mock [SIGNAL]: ends it and sets MOCK_STATUS to its exit code.
stop_mock() {
	[ -n "${MOCK_PID:-}" ] || return 0
	kill -s "${1:-TERM}" "$MOCK_PID" 2>/dev/null || true
	MOCK_STATUS=0
	wait "$MOCK_PID" || MOCK_STATUS=$?
	export MOCK_STATUS
	MOCK_PID=
}

restart_mock() {
	stop_mock TERM
	start_mock "$@"
}

# requests [PATTERN]: how many lines of the access log match.
requests() {
	if [ -f "$MOCK_LOG" ]; then
		grep -c -e "${1:-}" "$MOCK_LOG" || true
	else
		echo 0
	fi
}

# get PATH [CURL OPTIONS...]: a request of the mock with the key.
get() {
	local path=$1

	shift
	curl -sS --max-time 20 -H "Authorization: Bearer $POLYGON_API_KEY" \
		"$@" "$MOCK_URL$path"
}

# standard_checks PROGRAM [CODE]: what is the same for every program; misuse
# ends it with the code, 64 unless it is a check, which has 3.
standard_checks() {
	local program=$MD_BUILD/$1 misuse=${2:-64} stdout stderr status

	stdout=$BATS_TEST_TMPDIR/checks.out
	stderr=$BATS_TEST_TMPDIR/checks.err
	"$program" --help >"$stdout" 2>"$stderr"
	grep -q "^usage: $1 " "$stdout" || fail "--help: no usage"
	[ ! -s "$stderr" ] || fail "--help writes to stderr"

	"$program" -V >"$stdout" 2>"$stderr"
	grep -qE "^$1 [0-9]+\.[0-9]+\.[0-9]+" "$stdout" || fail "-V: no version"
	[ ! -s "$stderr" ] || fail "-V writes to stderr"

	misused "$program" "$stdout" "$stderr" --no-such-option
	grep -q -- "--no-such-option" "$stderr" || fail "it is not named"
	misused "$program" "$stdout" "$stderr" --config
	grep -q -- "--config" "$stderr" || fail "--config is not named"
	for shell in bash zsh fish; do
		"$program" --completions $shell >"$stdout" ||
			fail "no completions for $shell"
	done
	if [ -w /dev/full ]; then
		status=0
		"$program" --help >/dev/full 2>"$stderr" || status=$?
		[ $status -ne 0 ] || fail "--help to a full disk succeeds"
	fi
}

# One line on stderr, nothing on stdout, the code of misuse.
misused() {
	local program=$1 stdout=$2 stderr=$3 status=0

	shift 3
	"$program" "$@" >"$stdout" 2>"$stderr" || status=$?
	[ $status -eq "${misuse:-64}" ] ||
		fail "$*: exit code $status, not ${misuse:-64}"
	[ ! -s "$stdout" ] || fail "$*: something on stdout"
	[ "$(wc -l <"$stderr")" -eq 1 ] || fail "$*: not one line on stderr"
}

teardown() {
	end_mock
}

# Whatever the test did, its mock ends by the signal and without complaint.
end_mock() {
	stop_mock TERM
	case ${MOCK_STATUS:-143} in
	130 | 137 | 143) ;;
	*)
		echo "mdmock ended with $MOCK_STATUS" >&2
		cat "$BATS_TEST_TMPDIR/mock.err" >&2
		return 1
		;;
	esac
}
