#!/bin/sh
# Runs the unit tests and the bats files (all, or those named) against the
# build in a folder, prints their TAP, and closes with the count.
#   run.sh BUILD [FILE.bats ...]
# The bats files about stores run on both engines; MD_ENGINE names one of them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) || exit 64
shift
export MD_BUILD="$build"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

# A program's TAP, and its crash as one more failure.
tap() {
	echo "# $1"
	"$@" >"$log.one" 2>&1
	rc=$?
	cat "$log.one"
	cat "$log.one" >>"$log"
	if [ $rc -ne 0 ]; then
		status=1
		grep -q '^not ok' "$log.one" ||
		    echo "not ok - $1 ended with $rc" | tee -a "$log"
	fi
	rm -f "$log.one"
}

if [ $# -eq 0 ]; then
	for t in "$build"/tests/test_*; do
		case $t in *.d) continue ;; esac
		[ -x "$t" ] && tap "$t"
	done
	set -- "$here"/*.bats
else
	for f in "$@"; do
		set -- "$@" "$here/$f"
		shift
	done
fi
engines=${MD_ENGINE:-sqlite postgres}
for f in "$@"; do
	for MD_ENGINE in $engines; do
		export MD_ENGINE
		case $MD_ENGINE:${f##*/} in
		sqlite:*) ;;
		*:mdbackfill.bats | *:faults.bats | *:features.bats | \
		    *:mdstale.bats | *:mdhealth.bats | *:mdserve.bats | \
		    *:plan.bats | *:postgres.bats | *:workers.bats)
			echo "# on $MD_ENGINE"
			;;
		*) continue ;;
		esac
		tap bats --tap "$f"
	done
done

skipped=$(grep -c '^ok .*# skip' "$log")
passed=$(($(grep -c '^ok ' "$log") - skipped))
failed=$(grep -c '^not ok' "$log")
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $status -eq 0 ]
