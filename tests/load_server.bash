# A server of the test's own under mdload, and what mdload says of it.

# start_server MODE [NUMBER]: a server of the test's own; URL says where.
start_server() {
	stop_server
	rm -f server.port
	python3 "$MD_ROOT/tests/load_server.py" server.port server.log "$@" \
		3>&- &
	SERVER_PID=$!
	wait_for 30 [ -s server.port ] || fail "no server"
	URL=http://127.0.0.1:$(cat server.port)
}

stop_server() {
	[ -n "${SERVER_PID:-}" ] || return 0
	kill "$SERVER_PID" 2>/dev/null || true
	wait "$SERVER_PID" 2>/dev/null || true
	SERVER_PID=
}

# loaded ARGUMENTS...: mdload against the server, its JSON in out.json and
# its talk in err.
loaded() {
	mdload --target "$URL" -o json "$@" >out.json 2>err
}

# figure EXPRESSION: of the document d and its first scenario s.
figure() {
	python3 -c 'import json, sys
d = json.load(open("out.json"))
s = d["scenarios"][0]
print(eval(sys.argv[1]))' "$1"
}

# holds EXPRESSION: it is true of them.
holds() {
	[ "$(figure "bool($1)")" = True ] || {
		cat out.json err >&2
		fail "not so: $1"
	}
}
