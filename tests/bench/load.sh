#!/bin/sh
# mdload against its yardsticks, in one run: wrk on the same page of nginx, and
# delays that are known.  Figures of different runs do not compare; ratios do.
#   load.sh BUILD [ROUNDS [SECONDS]]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-5}
seconds=${3:-4}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
dir=$(mktemp -d)
nginx=
mock=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$nginx" ] || kill "$nginx" 2>/dev/null || true
	[ -z "$mock" ] || kill "$mock" 2>/dev/null || true
	wait
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"

# until_there COMMAND...: up to ten seconds.
until_there() {
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 100 ] || { echo "load.sh: $* fails" >&2; exit 1; }
		sleep 0.1
	done
}

# json EXPRESSION FILE: of the document d and its first scenario s.
json() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[2]))
s = d["scenarios"][0]
print(eval(sys.argv[1]))' "$1" "$2"
}

echo
echo "== A page of 49 KB from nginx, 100 connections, against wrk"
against_wrk() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' \
	    >"$dir/port"
	port=$(cat "$dir/port")
	mkdir "$dir/www"
	head -c 49000 /dev/zero | tr '\0' 'x' >"$dir/www/page.json"
	chmod -R a+rX "$dir"
	cat >"$dir/nginx.conf" <<-CONF
	worker_processes 1;
	daemon off;
	pid $dir/nginx.pid;
	events { worker_connections 1024; }
	http {
		access_log off;
		keepalive_requests 100000000;
		client_body_temp_path $dir/b; proxy_temp_path $dir/p;
		fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u;
		scgi_temp_path $dir/s;
		server {
			listen 127.0.0.1:$port;
			root $dir/www;
			location / { try_files /page.json =404; }
		}
	}
	CONF
	nginx -e "$dir/error.log" -c "$dir/nginx.conf" &
	nginx=$!
	url=http://127.0.0.1:$port
	until_there curl -sf -o "$dir/got" "$url/page.json"
	i=0
	while [ $i -lt "$rounds" ]; do
		wrk -t1 -c100 -d"${seconds}s" "$url/page.json" >"$dir/wrk"
		"$build/mdload" --target "$url" --path /page.json -c 100 \
		    --duration "${seconds}s" -o json --out "$dir/mdload"
		expect "wrk's errors" "$(grep -cE 'Non-2xx|Socket errors' \
		    "$dir/wrk" || true)" 0
		expect "mdload's failed requests" \
		    "$(json 's["failed_requests"]' "$dir/mdload")" 0
		expect_least "bytes a request" "$(json \
		    's["bytes_received"] // s["total_requests"]' \
		    "$dir/mdload")" 49000
		echo "$(awk '/^Requests\/sec/ { print $2 }' "$dir/wrk")" \
		    "$(json 's["requests_per_second"]' "$dir/mdload")" \
		    "$(json '1e4 * s["generator"]["cpu_percent"] / s["requests_per_second"]' "$dir/mdload")" \
		    >>"$dir/rounds"
		i=$((i + 1))
	done
	kill "$nginx"
	wait "$nginx" || true
	nginx=
	awk '{ printf "round %d: wrk %6.0f/s, mdload %6.0f/s, ratio %.2f, " \
	    "%.1f us of CPU a request\n", NR, $1, $2, $2 / $1, $3 }' \
	    "$dir/rounds"
	awk '{ print $2 / $1, $3 }' "$dir/rounds" | sort -n |
	    awk '{ v[NR] = $1; c[NR] = $2 } END { n = int((NR + 1) / 2)
		printf "median ratio %.2f (wanted: at least 0.7), " \
		"%.1f us (wanted: under 30)\n", v[n], c[n] }'
}
if command -v wrk >/dev/null && command -v nginx >/dev/null; then
	against_wrk
else
	echo "not measured: the packages nginx-light and wrk are not installed"
fi

echo
echo "== Known delays: mdmock with a latency, 100 requests a second"
# Beside mdload a client that does nothing else tells what they are here: the
# network and the scheduler add to them, more on a machine that is not idle.
path='/v3/reference/splits?apiKey=bench'
for latency in 20 100; do
	rm -f "$dir/mock.port"
	"$build/mdmock" -q --synthetic --latency $latency \
	    --listen 127.0.0.1:0 --port-file "$dir/mock.port" &
	mock=$!
	until_there [ -s "$dir/mock.port" ]
	port=$(cat "$dir/mock.port")
	i=0
	while [ $i -lt "$rounds" ]; do
		"$build/mdload" --target "http://127.0.0.1:$port" \
		    --path "$path" -c 50 --rate 100/s \
		    --duration "${seconds}s" -o json --out "$dir/mdload"
		expect "requests at 100/s" "$(json 's["successful_requests"]' \
		    "$dir/mdload")" $((100 * seconds))
		echo "$("$build/bench/bench_delays" "$port" "$path" 100 \
		    "$seconds" 50)" "$(json '" ".join(str(
		    s[p + "_response_time_ms"]) for p in ("p50", "p95", "p99"))' \
		    "$dir/mdload")"
		i=$((i + 1))
	done >"$dir/delays"
	kill "$mock"
	wait "$mock" || true
	mock=
	python3 - "$latency" "$dir/delays" <<-'END'
	import statistics
	import sys

	latency = float(sys.argv[1])
	rows = [[float(x) for x in line.split()] for line in open(sys.argv[2])]
	print("latency %g ms, medians of %d rounds:" % (latency, len(rows)))
	for i, name in enumerate(("p50", "p95", "p99")):
	    truth = statistics.median(r[i] for r in rows)
	    load = statistics.median(r[i + 3] for r in rows)
	    print("  %s: truth %.2f ms, mdload %.2f ms, %+.1f %% "
	          "(wanted: within 2 %%)"
	          % (name, truth, load, (load / truth - 1) * 100))
	END
done
