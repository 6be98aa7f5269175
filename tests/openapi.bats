#!/usr/bin/env bats
# mdserve: what /openapi.json says is what it does.

bats_require_minimum_version 1.5.0
load report
load serve

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_serve
}

@test "/openapi.json has the paths of the manual, and is kept by ETag" {
	use_store
	start_serve
	ask /openapi.json >whole
	jq -r '.paths | keys[]' whole | sort >told
	sed -n 's/^\.It Pa //p' "$MD_ROOT/man/mdserve.1" |
		sed 's/ Ns Ar symbol/{symbol}/; s/ Ns Ar timeframe/{timeframe}/
			s/ Ns Pa //' | grep '^/' | sort | cmp - told
	jq -e '.openapi == "3.1.0" and .security == null' whole
	[ "$(header content-type /openapi.json)" = application/json ]
	etag=$(header etag /openapi.json)
	[ "$(status_of /openapi.json -H "If-None-Match: $etag")" = 304 ]
	[ "$(status_of /openapi.json -I)" = 200 ]
	ask /openapi.json -H 'Accept-Encoding: gzip' | gunzip | cmp whole -
	[ "$(status_of '/openapi.json?x=1')" = 400 ]
	[ "$(wc -c <whole)" -lt 40000 ]
	stop_serve
	(umask 077 && echo secret >token)
	start_serve --token-file token
	[ "$(status_of /openapi.json)" = 401 ]
	ask /openapi.json -H 'Authorization: Bearer secret' >whole
	jq -e '.security == [{"token": []}] and
		.paths["/health"].get.security == []' whole
}

@test "/openapi.json is valid, and each parameter and answer is as it says" {
	fill_store AAPL MSFT
	start_serve
	python3 - "$SERVE_URL" <<-'EOF' >out || fail "$(cat out)"
		import json, re, sys, urllib.error, urllib.parse, urllib.request
		base = sys.argv[1]
		def ask(path, accept="application/json"):
		    q = urllib.request.Request(base + path,
		        headers={"Accept": accept})
		    try:
		        r = urllib.request.urlopen(q, timeout=20)
		    except urllib.error.HTTPError as e:
		        r = e
		    kind = r.headers["Content-Type"].split(";")[0]
		    return r.status, kind, r.read().decode()
		doc = json.loads(ask("/openapi.json")[2])
		try:
		    import jsonschema
		    import openapi_spec_validator
		    openapi_spec_validator.validate(doc)
		    def check(value, schema):
		        jsonschema.Draft202012Validator({**schema,
		            "components": doc["components"]}).validate(value)
		except ImportError:
		    print("no validator")
		    check = lambda value, schema: None
		asked = 0
		for path, item in doc["paths"].items():
		    get = item["get"]
		    of = {p["name"]: p for p in get["parameters"]}
		    def text(p):
		        v = p["example"]
		        v = ",".join(v) if isinstance(v, list) else str(v)
		        return urllib.parse.quote(v, safe=",:")
		    full = re.sub(r"{(\w+)}", lambda m: text(of[m[1]]), path)
		    query = [p for p in of.values() if p["in"] == "query"]
		    must = ["%s=%s" % (p["name"], text(p)) for p in query
		        if p.get("required")]
		    content = get["responses"]["200"]["content"]
		    def try_one(words, *statuses):
		        global asked
		        target = full + "?" * bool(words) + "&".join(words)
		        for accept in content:
		            got, kind, body = ask(target, accept)
		            assert got in statuses, (target, got, body[:300])
		            want = get["responses"][str(got)]
		            if "$ref" in want:
		                want = doc["components"]["responses"][str(got)]
		            elif got == 200:
		                assert kind == accept, (target, kind)
		            assert kind in want["content"], (target, kind)
		            if kind == "application/json":
		                check(json.loads(body),
		                    want["content"][kind]["schema"])
		            asked += 1
		        return body
		    try_one(must, 200)
		    for p in query:
		        check(p["example"], p["schema"])
		        try_one(must * (p["name"] != "symbols") +
		            ["%s=%s" % (p["name"], text(p))], 200)
		        for word in p["schema"].get("enum", []):
		            if word != "extended" and "features" not in path:
		                # There may be no bars of a minute.
		                try_one(must + ["%s=%s" % (p["name"], word)], 200,
		                    *[404] * (p["name"] == "timeframe"))
		        try_one(["%s=" % p["name"]], 422)
		    # Those that the server itself knows, and no other.
		    said = json.loads(try_one(["nonsense=1"], 400))["error"]
		    known = said.split("expected ")[1].split(", ")
		    known = [k for k in known if k != "no parameter at all"]
		    if "/features/quant" in path:
		        known.remove("as_of") # features are of now: 422
		    assert sorted(known) == sorted(p["name"] for p in query), \
		        (path, known)
		    if "{" in path:
		        full = path.replace("{symbol}", "QQQQ").replace(
		            "{timeframe}", "1d")
		        try_one(must, 404)
		print(asked)
	EOF
	[ "$(tail -n 1 out)" -gt 100 ]
	! grep -q 'no validator' out || skip "no openapi_spec_validator"
}
