#!/bin/sh
# Hostile clients for minutes, and what the servers' memory comes to.
#
#   soak.sh BUILD [SECONDS]
#
# mdserve and mdmock, each with --cache 8, are asked for something else each
# time, for pages, for large answers that are not read, with too many parameters
# and headers, in noise, for other sites, for series that do not exist.  Ends with 0
# if both stayed within what mdserve(1) says under MEMORY, answered /health all
# along and end as they should; prints the most that each took.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
seconds=${2:-300}
dir=$(mktemp -d)
mock=
serve=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$serve" ] || kill "$serve" 2>/dev/null || true
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# port_in FILE: once it is there.
port_in() {
	tries=0
	while [ ! -s "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || exit 1
		sleep 0.1
	done
	cat "$1"
}

cd "$dir"
export MD_DB="$dir/market.db"
"$build/mdmock" -q --listen 127.0.0.1:0 --port-file mock --synthetic \
	--today 2024-07-01T15:30:00Z --cache 8 &
mock=$!
mock_port=$(port_in mock)
POLYGON_API_KEY=soak "$build/mdbackfill" -q --as-of 2024-07-01T15:30:00Z \
	--base-url "http://127.0.0.1:$mock_port" --days 400 -t 1h,1d AAPL
"$build/mdserve" -q --listen 127.0.0.1:0 --port-file serve --cache 8 \
	--threads 2 --connections 1000 --answer-timeout 20s \
	--idle-timeout 2s &
serve=$!
serve_port=$(port_in serve)
# 16 MB, the cache and half of it, 1000 connections, 256 MB of answers; mdmock
# has no slow readers here.
python3 "$here/soak.py" "$seconds" "$serve_port:$serve:$((16 + 12 + 16 + 256))" \
	"$mock_port:$mock:64"
for pid in "$serve" "$mock"; do
	code=0
	kill "$pid"
	wait "$pid" || code=$?
	[ "$code" -eq 143 ] || { echo "ended with $code" && exit 1; }
done
serve=
mock=
