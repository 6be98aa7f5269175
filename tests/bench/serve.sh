#!/bin/sh
# Measures mdserve with 500 rows of one series asked for over 100 connections:
# kept answers, and answers made anew, against nginx with the same bytes as a
# file, and what a backfill that writes beside it does to the slowest.  What is
# not installed (Debian: nginx-light wrk) is not measured.  Figures of different runs do not compare; ratios do.
#   serve.sh BUILD [ROUNDS [SECONDS]]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
rounds=${2:-5}
seconds=${3:-3}
dir=$(mktemp -d)
pids=
# shellcheck disable=SC2317 # called by the trap
finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT INT TERM

command -v wrk >/dev/null || {
	echo "mdserve: not measured, there is no wrk"
	exit 0
}
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json" POLYGON_API_KEY=bench12345
unset MD_DB
path='/api/v1/historical/X:BTCUSD?timeframe=1h&limit=500'

# started FILE: its first line, once it is there.
started() {
	i=0
	until [ -s "$1" ]; do
		i=$((i + 1))
		[ $i -lt 200 ] || { echo "no server: $1" >&2; exit 1; }
		sleep 0.05
	done
	cat "$1"
}

# load URL: requests a second and the 99th percentile in ms.  Fails where the
# bytes are not those of so many whole pages (wrk rounds them).
load() {
	wrk -t 1 -c 100 -d "$seconds" --latency "$1" >"$dir/wrk"
	if grep -q 'Non-2xx' "$dir/wrk"; then
		echo "answers that are none: $1" >&2
		exit 1
	fi
	expect_least "bytes an answer of $1" "$(awk '/ requests in / {
		b = $5; sub(/[A-Z]+$/, "", b)
		b *= $5 ~ /GB$/ ? 2 ^ 30 : $5 ~ /MB$/ ? 2 ^ 20 : 2 ^ 10
		print b / $1 }' "$dir/wrk")" \
	    "$(wc -c <"$dir/page.json" | awk '{ print $1 * 0.98 }')"
	awk '/^ *99%/ { n = $2; sub(/[a-z]+$/, "", n)
		if ($2 ~ /us$/) n /= 1000
		else if ($2 !~ /ms$/) n *= 1000 }
	    /^Requests\/sec/ { r = $2 } END { print r, n }' "$dir/wrk"
}

# serve NAME ARGUMENTS...: an mdserve; url_NAME is where.
serve() {
	name=$1
	shift
	"$build/mdserve" -q --db "$dir/s.db" --listen 127.0.0.1:0 \
	    --port-file "$dir/$name.port" "$@" &
	pids="$pids $!"
	eval "url_$name=http://127.0.0.1:$(started "$dir/$name.port")"
}

"$build/mdmock" -q --synthetic --cache 256 --port-file "$dir/mock.port" &
pids="$pids $!"
POLYGON_BASE_URL="http://127.0.0.1:$(started "$dir/mock.port")"
export POLYGON_BASE_URL
"$build/mdbackfill" -q --db "$dir/s.db" -t 1h --days 60 \
    --rate 100000/min X:BTCUSD
serve kept
serve anew --cache 0
# shellcheck disable=SC2154 # serve sets them
curl -sS "$url_kept$path" >"$dir/page.json"
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
expect "rows of the answer" "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["count"])' "$dir/page.json")" 500
echo "== 500 rows, $(wc -c <"$dir/page.json") bytes, 100 connections"

nginx=
if command -v nginx >/dev/null; then
	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$dir/nginx.conf" <<END
daemon off; worker_processes 2; pid $dir/nginx.pid; error_log $dir/nginx.log;
events { worker_connections 1024; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
	open_file_cache max=10;
	client_body_temp_path $dir/1; proxy_temp_path $dir/2;
	fastcgi_temp_path $dir/3; uwsgi_temp_path $dir/4; scgi_temp_path $dir/5;
	server { listen 127.0.0.1:$port; root $dir; }
}
END
	chmod 755 "$dir"
	nginx -c "$dir/nginx.conf" 2>/dev/null &
	pids="$pids $!"
	nginx=http://127.0.0.1:$port/page.json
	i=0
	until curl -sf -o "$dir/file.json" "$nginx" || [ $i -gt 50 ]; do
		i=$((i + 1))
		sleep 0.1
	done
	cmp "$dir/page.json" "$dir/file.json"
fi

i=0
while [ $i -lt "$rounds" ]; do
	echo "kept $(load "$url_kept$path")"
	[ -z "$nginx" ] || echo "nginx $(load "$nginx")"
	# shellcheck disable=SC2154 # serve sets it
	echo "anew $(load "$url_anew$path")"
	i=$((i + 1))
done >"$dir/rounds"
awk '{ printf "%-8s %9.0f requests/s, p99 %8.2f ms\n", $1, $2, $3 }' \
    "$dir/rounds"
# against NAME ROW WANTED: that row's rate as a share of nginx's in the same round.
against() {
	awk -v row="$2" '$1 == "nginx" { n = $2 } $1 == row { r = $2 }
	    n && r { print r / n; n = r = 0 }' "$dir/rounds" |
	    figure "$1" "$3"
}
if [ -n "$nginx" ]; then
	against serve_kept_to_nginx kept 0.5
	against serve_anew_to_nginx anew 0.25
else
	echo "not compared, there is no nginx"
fi

echo
echo "== The same while a backfill writes at full speed"
i=0
while [ $i -lt "$rounds" ]; do
	echo "alone $(load "$url_kept$path")"
	# Pairs that are not there yet, so that all of it is written.
	"$build/mdbackfill" -q --db "$dir/s.db" -t 1m --days 3000 \
	    --rate 100000/min "X:A${i}USD" "X:B${i}USD" 2>/dev/null &
	writer=$!
	sleep 0.5
	echo "beside $(load "$url_kept$path")"
	kill "$writer" 2>/dev/null ||
		expect "the backfill beside it" "ended too early" "still writing"
	wait "$writer" || true
	i=$((i + 1))
done >"$dir/rounds"
awk '{ printf "%-8s %9.0f requests/s, p99 %8.2f ms\n", $1, $2, $3 }' \
    "$dir/rounds"
awk '$1 == "alone" { n = $3 } $1 == "beside" { print $3 / n }' "$dir/rounds" |
    figure serve_p99_beside_backfill "2 at most"
