#!/usr/bin/env bats
# What mdload and mdbaseline write for CI: formats that others read, checked by
# their definitions, annotations, and a history of measurements.

load store
load load_server

setup() {
	at_home
	unset POLYGON_API_KEY MD_TEST_SLOW
}

teardown() {
	stop_server
}

# little ARGUMENTS...: a measurement of little work.
little() {
	mdbaseline --mock --symbols X:BTCUSD -t 1d --days 5 --mock-latency 1 \
		"$@"
}

# github_figures FILE: it is what github-action-benchmark takes of a custom
# tool; the names, one a line.
github_figures() {
	python3 - "$1" <<-'E'
	import json, math, sys
	d = json.load(open(sys.argv[1]))
	assert isinstance(d, list) and d, d
	for x in d:
	    assert {"name", "unit", "value"} <= set(x) <= {
	        "name", "unit", "value", "range", "extra"}, x
	    assert type(x["value"]) in (int, float), x
	    assert math.isfinite(x["value"]), x
	    assert all(isinstance(x[k], str) and x[k]
	        for k in x if k != "value"), x
	    print(x["name"])
	assert len({x["name"] for x in d}) == len(d)
	E
}

# bencher_measures FILE: it is in Bencher Metric Format; "benchmark: measure"
# of each.
bencher_measures() {
	python3 - "$1" <<-'E'
	import json, re, sys
	d = json.load(open(sys.argv[1]))
	try:
	    import jsonschema
	    jsonschema.validate(d, {"type": "object", "patternProperties": {
	        ".+": {"type": "object", "patternProperties": {
	            ".+": {"type": "object", "required": ["value"],
	                "properties": {k: {"type": "number"} for k in
	                    ("value", "lower_value", "upper_value")}}}}}})
	except ImportError:
	    pass
	for b, measures in d.items():
	    assert 0 < len(b) <= 1024
	    for m, x in measures.items():
	        assert re.fullmatch("[a-z0-9-]{1,64}", m), m
	        assert set(x) <= {"value", "lower_value", "upper_value"}, x
	        assert x.get("lower_value", x["value"]) <= x["value"] <= \
	            x.get("upper_value", x["value"]), x
	        print(f"{b}: {m}")
	E
}

# junit_cases FILE: it is JUnit's XML; "classname name outcome" of each case.
junit_cases() {
	if command -v xmllint >/dev/null; then
		xmllint --noout --schema "$MD_ROOT/tests/junit.xsd" "$1" \
			2>/dev/null || fail "$(cat "$1")"
	fi
	python3 - "$1" <<-'E'
	import sys, xml.etree.ElementTree as E
	root = E.parse(sys.argv[1]).getroot()
	for s in root:
	    cases = s.findall("testcase")
	    assert int(s.get("tests")) == len(cases)
	    for what in ("failure", "skipped"):
	        n = sum(c.find(what) is not None for c in cases)
	        assert int(s.get(what + "s" * (what == "failure"))) == n
	    for c in cases:
	        bad = [what for what in ("failure", "skipped")
	            if c.find(what) is not None]
	        print(c.get("classname"), c.get("name"),
	            bad[0] if bad else "passed")
	E
}

@test "mdload for trackers of benchmarks: one direction a file" {
	start_server ok
	for format in github github-bigger bencher; do
		run -0 --separate-stderr mdload --target "$URL" -c 2 -n 15 \
			-o $format --out out.$format
	done
	run -0 github_figures out.github
	assert_line 'mdload cached p95'
	assert_line 'mdload limits 1000 failed'
	assert_line 'mdload timeframes 5m max'
	refute_output --regexp 'rps|success'
	run -0 github_figures out.github-bigger
	assert_line 'mdload uncached rps'
	assert_line 'mdload uncached success'
	refute_output --regexp ' (avg|p[0-9.]+|max|failed)$'
	run -0 bencher_measures out.bencher
	assert_line 'mdload cached: latency'
	assert_line 'mdload cached: throughput'
	assert_line 'mdload cached: p90-ms'
	# Of fifteen answers it is the maximum, which is there.
	refute_line 'mdload cached: p95-ms'
	assert_line 'mdload cached: max-ms'
	# Another path, another line of the chart.
	mdload --target "$URL" -c 1 -n 1 --path '/a"b' -o github >out.path
	run -0 github_figures out.path
	assert_line 'mdload path /a"b avg'
}

@test "mdload with no good answer: no figure that is none" {
	for format in github bencher junit; do
		start_server always 500 # from the second request on
		run -1 --separate-stderr mdload --target "$URL" -c 2 -n 5 \
			--scenario cached --warmup 0 --threshold none \
			--threshold 'p95<1s,success>=99%' -o $format \
			--out out.$format
	done
	run -0 github_figures out.github
	assert_output 'mdload cached failed'
	run -0 bencher_measures out.bencher
	refute_output --partial latency
	run -0 junit_cases out.junit
	assert_line 'mdload.cached p95 < 1000 ms failure'
	assert_line 'mdload.cached success >= 99 % failure'
}

@test "mdload for JUnit: thresholds and comparisons are cases" {
	start_server ok
	mdload --target "$URL" -c 2 -n 20 --scenario cached -o json >before.json
	run -1 --separate-stderr mdload --target "$URL" -c 2 -n 20 \
		--scenario cached --threshold none --threshold 'max<0.000001ms,p50<1h' \
		--compare before.json --max-regress 1000000 \
		-o junit --out out.xml
	run -0 junit_cases out.xml
	assert_line 'mdload.cached max < 1e-06 ms failure'
	assert_line 'mdload.cached p50 < 3600000 ms passed'
	assert_line \
		'mdload.cached p95 at most 1e+06 % worse than before passed'
}

@test "annotations, where GitHub runs it, and nowhere else" {
	start_server ok
	run -1 --separate-stderr mdload --target "$URL" -c 2 -n 20 \
		--scenario cached --threshold 'max<0.000001ms' -o json
	# shellcheck disable=SC2154 # set by run
	[[ $stderr != *::* ]]
	export GITHUB_ACTIONS=true
	run -1 --separate-stderr mdload --target "$URL" -c 2 -n 20 \
		--scenario cached --threshold 'max<0.000001ms' -o json
	[[ $stderr == *'::error title=mdload.cached::max < 1e-06 ms: '* ]]
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
	run -64 mdload --target 'https://a%0a,b'
	assert_line --index 0 --partial "::error title=mdload::'https://a%250a,b'"
	GITHUB_ACTIONS=1 run -64 mdload --target https://a
	refute_output --partial '::error'
	run -64 mdbaseline -t 2h
	assert_line --regexp '^::error title=mdbaseline::'
}

@test "mdbaseline for trackers of benchmarks and JUnit" {
	for format in github github-bigger bencher; do
		little --mode both --repeat 2 -o $format >out.$format
	done
	run -0 github_figures out.github
	assert_line 'mdbaseline mock parallel duration'
	assert_line 'mdbaseline mock sequential database cpu'
	refute_output --partial records
	run -0 github_figures out.github-bigger
	assert_output "mdbaseline mock sequential records
mdbaseline mock parallel records"
	run -0 bencher_measures out.bencher
	assert_line 'mdbaseline mock parallel: latency'
	assert_line 'mdbaseline mock parallel: throughput'
	assert_line 'mdbaseline mock parallel: total-requests'
	little --repeat 3 -q --save before.json
	export GITHUB_ACTIONS=true
	MD_TEST_SLOW=decode=10000% run -1 --separate-stderr little --repeat 3 \
		--compare before.json --max-regress 1000% -o junit
	[[ $stderr == *'::error title=mdbaseline.parallel::decode cpu '* ]]
	printf '%s\n' "$output" >out.xml
	run -0 junit_cases out.xml
	assert_line 'mdbaseline.parallel all jobs are completed passed'
	assert_line --regexp '^mdbaseline.parallel decode cpu .* failure$'
	assert_line --regexp '^mdbaseline.parallel requests .* passed$'
}

# made_history FILE LEVEL...: a commit c00, c01, … of each level in hist/, made
# of that measurement: its processor time of decoding is so many times as long.
made_history() {
	mkdir -p hist
	python3 - "$@" <<-'E'
	import json, sys
	d = json.load(open(sys.argv[1]))
	name = "decode_cpu_us_per_thousand_records"
	was = list(d["modes"][0]["samples"][name])
	for i, level in enumerate(sys.argv[2:]):
	    d["commit"] = f"c{i:02}"
	    d["commit_time"] = f"2020-01-{i + 1:02}T00:00:00Z"
	    d["modes"][0]["samples"][name] = [float(level) * x for x in was]
	    json.dump(d, open(f"hist/c{i:02}.json", "w"))
	E
}

# history_of ARGUMENTS...: measured as one more commit; JSON in out.json.
history_of() {
	little --repeat 3 --history hist --commit new -o json --out out.json \
		"$@" 2>err
}

# changes: of decoding, "first before verdict lasts".
changes() {
	python3 -c 'import json
h = json.load(open("out.json"))["history"]
for c in h["changes"]:
    if c["figure"] == "decode_cpu_us_per_thousand_records":
        print(c["first_commit"], c["last_commit_before"], c["verdict"],
            c["lasts"])'
}

@test "a history names the first commit where a figure changed for good" {
	little --repeat 3 -q --save one.json
	made_history one.json 1 1 1 1 1 1
	history_of
	run -0 changes
	assert_output ''
	[ -s hist/new.json ]
	made_history one.json 1 1 1 1 1.3 1.3 1.3 1.3
	history_of
	run -0 changes
	assert_output 'c04 c03 slower True'
	made_history one.json 1 1 1 1 1.6 1 1 1
	history_of
	run -0 changes
	assert_output ''
	made_history one.json 1 1 1 1 1.3 1.3 1.3 0.9 0.9 0.9
	run -0 --separate-stderr little --repeat 3 --history hist \
		--commit new -o table
	assert_line --regexp \
		'^  parallel: decode cpu is slower by 30.0 % from c04 '
	assert_line --regexp \
		'^  parallel: decode cpu is faster by .* % since c07 '
	GITHUB_ACTIONS=true history_of
	! grep -q 'mdbaseline history' err
	made_history one.json 1 1 1 1 1 1 1 1.3 1.3 1.3
	GITHUB_ACTIONS=true history_of -q
	grep -q '^::warning title=mdbaseline history::parallel: decode cpu is s' \
		err
	run -0 little --repeat 3 --history hist --commit new -o markdown
	assert_line --regexp '^\| `c07` \| parallel \| decode cpu \|'
}

@test "what is no measurement of the same work is told and left out" {
	little --repeat 3 -q --save one.json
	made_history one.json 1 1 1
	echo '{"modes": [' >hist/broken.json
	echo '[1, 2]' >hist/alien.json
	: >hist/empty.json
	echo hello >hist/README
	mkdir hist/folder.json
	mkfifo hist/pipe.json
	ln -s nowhere hist/dangling.json
	sed 's/"work": "/&other /' one.json >hist/other.json
	sed 's/"timestamp": "[^"]*"/"timestamp": 5/' one.json >hist/old.json
	: >hist/.gitkeep
	history_of
	run -0 cat err
	for name in broken.json alien.json empty.json README folder.json \
		pipe.json dangling.json other.json; do
		assert_line --partial "hist/$name"
	done
	refute_output --partial gitkeep
	assert_equal "$(python3 -c 'import json
h = json.load(open("out.json"))["history"]
print(h["commits"], h["left_out"])')" "5 8"
}

@test "the commit is the option's, GitHub's or git's" {
	export GIT_CONFIG_GLOBAL=/dev/null
	run -64 little --history hist
	assert_output --partial 'expected --commit ID, GITHUB_SHA or a checkout'
	run -64 little --history hist --commit ../x
	assert_output --partial 'expected a commit'
	[ ! -e hist ]
	GITHUB_SHA=0123abc little --repeat 3 -q --history hist
	[ -s hist/0123abc.json ]
	command -v git >/dev/null || skip "no git"
	git init -q .
	GIT_COMMITTER_DATE='2021-02-03T04:05:06Z' git -c user.name=n \
		-c user.email=e@example.org commit -q --allow-empty -m x
	little --repeat 3 -q --history hist
	grep -q '"commit_time": "2021-02-03T04:05:06' \
		"hist/$(git rev-parse HEAD).json"
	# Measured again, a commit that git does not know keeps its place.
	sed -i 's/"commit_time": "[^"]*"/"commit_time": "2020-01-01T00:00:00Z"/' \
		hist/0123abc.json
	GITHUB_SHA=0123abc little --repeat 3 -q --history hist
	grep -q '"commit_time": "2020-01-01T00:00:00' hist/0123abc.json
	: >file
	run -64 little --history file --commit x
	run -64 little --history hist --commit x --repeat 2
}
