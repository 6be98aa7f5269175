#!/bin/sh
# Runs the unit tests and the bats files (all, or those named) against the
# build in a folder, prints the TAP of each when it has ended, and closes with
# the count.  As many run at once as there are processors (MD_TEST_JOBS); what
# is about the store runs on each engine, or on that in MD_ENGINE.
#   run.sh BUILD [FILE.bats ...]
set -u

here=$(cd "$(dirname "$0")" && pwd)

# one DIR TEST[@ENGINE]: its TAP, and its crash as one more failure.
one() {
	dir=$1
	what=$(basename "$2")
	out=$dir/$what.tap
	rc=0
	case $2 in
	*.bats@*) MD_ENGINE=${2##*@} bats --tap "${2%@*}" >"$out" 2>&1 || rc=$? ;;
	*) "$2" >"$out" 2>&1 || rc=$? ;;
	esac
	if [ $rc -ne 0 ] && ! grep -q '^not ok' "$out"; then
		echo "not ok - $what ended with $rc" >>"$out"
	fi
	# One at a time, where that can be had.
	{
		flock 9 2>/dev/null
		echo "# $what"
		cat "$out"
	} 9>"$dir/lock"
}
if [ "$1" = --one ]; then
	one "$2" "$3"
	exit 0
fi

build=$(cd "$1" && pwd) || exit 64
shift
export MD_BUILD="$build"
jobs=${MD_TEST_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
engines=${MD_ENGINE:-sqlite postgres}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# on_engines FILE: what there is to run of it, with a NUL after each.
on_engines() {
	case ${1##*/} in
	derive.bats | faults.bats | features.bats | mdbackfill.bats | \
	    mdhealth.bats | mdserve.bats | mdstale.bats | plan.bats | \
	    postgres.bats | workers.bats)
		for engine in $engines; do
			printf '%s@%s\0' "$1" "$engine"
		done
		;;
	*) printf '%s@sqlite\0' "$1" ;;
	esac
}

if [ $# -eq 0 ]; then
	for t in "$build"/tests/*/test_*; do
		case $t in *.d) continue ;; esac
		[ -x "$t" ] && printf '%s\0' "$t"
	done >"$dir/tests"
	# The longest first: they are what the end waits for.
	# shellcheck disable=SC2012 # our own names
	for f in $(cd "$here" && ls -S ./*.bats); do
		on_engines "$here/${f#./}"
	done >>"$dir/tests"
else
	for f in "$@"; do
		on_engines "$here/$f"
	done >"$dir/tests"
fi
xargs -0 -P "$jobs" -n 1 sh "$0" --one "$dir" <"$dir/tests"

cat "$dir"/*.tap >"$dir/all"
skipped=$(grep -c '^ok .*# skip' "$dir/all")
passed=$(($(grep -c '^ok ' "$dir/all") - skipped))
failed=$(grep -c '^not ok' "$dir/all")
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
