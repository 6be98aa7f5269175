#!/bin/sh
# make bench: the parts named, or all, one after the other; how long each took;
# the figures as lines of JSON in BUILD/bench.json.  Fails if a part did.
#   all.sh BUILD [PART ...]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- start covered deep run plan reports postgres load serve baseline bars files
for part in "$@"; do
	[ -f "$here/$part.sh" ] || {
		echo "bench: $part: expected start, covered, deep, run, plan, reports," \
		    "postgres, load, serve, baseline, bars or files" >&2
		exit 64
	}
done
MD_BENCH_OUT=$build/bench.json
export MD_BENCH_OUT
: >"$MD_BENCH_OUT"
failed=
for part in "$@"; do
	begin=$(date +%s)
	sh "$here/$part.sh" "$build" || failed="$failed $part"
	echo "-- $part took $(($(date +%s) - begin)) s"
	echo
done
[ -z "$failed" ] || {
	echo "bench: failed:$failed" >&2
	exit 1
}
echo "figures: $MD_BENCH_OUT"
