#!/bin/sh
# How long a program takes to begin, against true(1), which does nothing: each
# round starts either 20 times.
#   start.sh BUILD [ROUNDS]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-9}
here=$(cd "$(dirname "$0")" && pwd)
nothing=$(command -v /bin/true /usr/bin/true | head -n 1)
echo "== Starting each program (-V), as so many times true(1)"
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"

# ms COMMAND...: of one start, on average.
ms() {
	begin=$(date +%s%N)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		"$@" >/dev/null
	done
	echo "$(date +%s%N) $begin" | awk '{ printf "%.3f", ($1 - $2) / 2e7 }'
}

for p in mdbackfill mdbaseline mdhealth mdload mdmock mdserve mdstale; do
	i=0
	while [ $i -lt "$rounds" ]; do
		echo "$(ms "$build/$p" -V) $(ms "$nothing")"
		i=$((i + 1))
	done | awk '{ print $1 / $2 }' | figure "start_$p" "4 at most"
done
