#!/bin/sh
# Runs each fuzz target for so many seconds, and says what it did:
#   run.sh BUILD [SECONDS [JOBS [TARGET...]]]
# What it finds that is new stays in BUILD/corpus/TARGET, from where the next
# run goes on; what broke a claim in BUILD/found, with the command to see it.
set -u

here=$(cd "$(dirname "$0")" && pwd)

# one BUILD SECONDS TARGET: a line about it; 1 if it found something.
one() {
	build=$1
	target=$3
	log=$build/$target.log
	dict=$here/$target.dict
	set -- -max_total_time="$2" -timeout=25 -rss_limit_mb=2048 \
	    -max_len=2048 -print_final_stats=1 \
	    -artifact_prefix="$build/found/$target-"
	[ ! -e "$dict" ] || set -- "$@" -dict="$dict"
	mkdir -p "$build/corpus/$target" "$build/found" || exit 1
	rc=0
	"$build/fuzzer/$target" "$@" "$build/corpus/$target" \
	    "$here/corpus/$target" >"$log" 2>&1 || rc=$?
	awk -v target="$target" '
	    / cov: / {
		for (i = 1; i < NF; i++) {
			if ($i == "cov:") cov = $(i + 1)
			if ($i == "corp:") corpus = $(i + 1)
		}
	    }
	    /^stat::number_of_executed_units:/ { runs = $2 }
	    /^#[0-9]/ { last = substr($1, 2) }
	    END {
		printf "%-10s %10d executions, %5d edges, corpus %s\n", \
		    target, runs == "" ? last : runs, cov, corpus
	    }' "$log"
	[ $rc -ne 0 ] || return 0
	grep -a -m 3 -E 'does not hold|runtime error|ERROR: ' "$log"
	found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	echo "$target FAILED ($rc), see $log; again with:"
	echo "  $build/fuzzer/$target $found"
	return 1
}
if [ "$1" = --one ]; then
	one "$2" "$3" "$4"
	exit
fi

if ! [ -d "$1/fuzzer" ]; then
	echo "fuzz: skipped: there is no $1/fuzzer; it takes clang" >&2
	exit 0
fi
build=$(cd "$1" && pwd)
seconds=${2:-60}
jobs=${3:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
[ $# -lt 3 ] || shift
[ $# -lt 2 ] || shift
shift
if [ $# -eq 0 ]; then
	for f in "$here"/*.c; do
		target=$(basename "$f" .c)
		[ "$target" = replay ] || set -- "$@" "$target"
	done
fi
printf '%s\n' "$@" |
    xargs -n 1 -P "$jobs" sh "$here/run.sh" --one "$build" "$seconds"
