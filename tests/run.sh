#!/bin/sh
# Runs the unit tests and the bats files (all, or those named) against the
# build in a folder, prints the TAP of each when it has ended, and closes with
# the count.  As many run at once as there are processors (MD_TEST_JOBS).
#   run.sh BUILD [FILE.bats ...]
set -u

here=$(cd "$(dirname "$0")" && pwd)

# one DIR TEST: its TAP, and its crash as one more failure.
one() {
	out=$1/$(basename "$2").tap
	rc=0
	case $2 in
	*.bats) set -- "$1" bats --tap "$2" ;;
	esac
	dir=$1
	shift
	"$@" >"$out" 2>&1 || rc=$?
	if [ $rc -ne 0 ] && ! grep -q '^not ok' "$out"; then
		echo "not ok - $* ended with $rc" >>"$out"
	fi
	# One at a time, where that can be had.
	{
		flock 9 2>/dev/null
		echo "# $*"
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
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ $# -eq 0 ]; then
	for t in "$build"/tests/test_*; do
		case $t in *.d) continue ;; esac
		[ -x "$t" ] && printf '%s\0' "$t"
	done >"$dir/tests"
	# The longest first: they are what the end waits for.
	# shellcheck disable=SC2012 # our own names
	ls -S "$here"/*.bats | tr '\n' '\0' >>"$dir/tests"
else
	for f in "$@"; do
		printf '%s\0' "$here/$f"
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
