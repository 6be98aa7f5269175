#!/usr/bin/env bats
# The examples, the manual pages and the completions against the programs.

bats_require_minimum_version 1.5.0
load helper
load serve

setup() {
	cd "$BATS_TEST_TMPDIR"
	export HOME=$BATS_TEST_TMPDIR/home
	unset XDG_CONFIG_HOME XDG_DATA_HOME
	mkdir -p "$HOME"
}

programs() {
	local source

	for source in "$MD_ROOT"/cmd/md*.c; do
		basename "$source" .c
	done
}

# The options that a program has, "--name" and "-n", one a line.
options_of() {
	"$MD_BUILD/$1" -h | grep -E '^  +(-.,|--)' |
		grep -oE '^ +(-[a-zA-Z], )?--[a-z0-9-]+' |
		grep -oE -- '--?[a-zA-Z][a-z0-9-]*' | sort -u
}

# The options that its manual page lists.
options_described() {
	sed 's/Fl Fl /Fl -/g' "$MD_ROOT/man/$1.1" | grep '^\.It Fl' |
		grep -oE -- '(Fl|,|\|) (-[a-z0-9-]+|[a-zA-Z])( |$)' |
		sed -E 's/^[^ ]+ /-/; s/ $//' | sort -u
}

# The keys that the programs know, as the source has them.
known_keys() {
	sed -n '/known_keys\[\] = {/,/^};/s/.*{ "\([a-z0-9_.]*\)".*/\1/p' \
		"$MD_ROOT/lib/cli/config.c" | sort
}

# literal PAGE PATTERN: the displays whose first line matches, apart by a
# line of their own.
literal() {
	awk -v want="$2" '
		/^\.Bd -literal/ { inside = 1; first = 1; next }
		/^\.Ed/ { if (inside && shown) print "--"
			inside = shown = 0; next }
		inside && first { first = 0; shown = $0 ~ want }
		inside && shown { gsub(/\\e/, "\\"); print }
	' "$MD_ROOT/man/$1"
}

# A store with bars, splits and logs in it.
make_store() {
	start_mock --synthetic
	mdbackfill -q --db "$1" -t 1h,1d AAPL SPY X:BTCUSD
}

@test "the example watchlist is one" {
	run -0 mdbackfill -n --db new.db -w "$MD_ROOT/examples/watchlist.txt"
	assert_output --partial 'X:ETHUSD  1h'
	assert_output --partial 'I:SPX     1d'
	[ ! -e new.db ]
}

@test "the example configuration is good and holds every key" {
	run -0 mdbackfill -n --config "$MD_ROOT/examples/mdkit.json" \
		--flat-files "file:$BATS_TEST_TMPDIR" --db new.db -w "$MD_ROOT/examples/watchlist.txt"
	run -0 mdhealth --config "$MD_ROOT/examples/mdkit.json" \
		--calendar 2024-01-01..2024-01-02
	run -0 sh -c "python3 -c 'import json, sys
def keys(d, outer):
    for k, v in d.items():
        if isinstance(v, dict) and v:
            yield from keys(v, outer + k + \".\")
        else:
            yield outer + k
print(\"\\n\".join(keys(json.load(open(sys.argv[1])), \"\")))' \
		'$MD_ROOT/examples/mdkit.json' | sort"
	assert_output "$(known_keys)"
}

@test "mdkit.conf(5) describes every key, and only those" {
	run -0 sed -n 's/^\.It Va \([a-z0-9_.]*\) No .*/\1/p' \
		"$MD_ROOT/man/mdkit.conf.5"
	assert_output "$(known_keys)"
}

@test "the example in mdkit.conf(5) is good" {
	literal mdkit.conf.5 '^{' | sed '/^--$/d' >mdkit.json
	echo AAPL >watchlist.txt
	run -0 mdbackfill -n --config mdkit.json --db new.db -w watchlist.txt
	assert_output --partial 'AAPL    1h'
	assert_output --partial 'at the rate given'
}

# The commands of the crontab that begin with the program, any by default,
# after five fields of time.
cron_commands() {
	sed -n -E "s/^([^#A-Z ]+ +){5}(${1:-md[a-z]+} .*)/\2/p" \
		"$MD_ROOT/examples/crontab"
}

@test "the lines of the example crontab plan, and run without a word" {
	local KEY WATCHLIST command

	eval "$(grep -E '^(KEY|WATCHLIST)=' "$MD_ROOT/examples/crontab")"
	export KEY WATCHLIST
	mkdir -p "$HOME/.config/mdkit"
	cd "$HOME"
	(umask 077; echo "$POLYGON_API_KEY" >"$KEY")
	unset POLYGON_API_KEY
	echo 'SPY class=etf tier=critical timeframes=1h,1d' >"$WATCHLIST"
	start_mock --synthetic --key test-key-1234567890
	[ "$(cron_commands mdbackfill | wc -l)" -ge 3 ]
	while read -r command; do
		run -0 sh -c "$command -n"
		assert_output --partial 'calls'
		run -0 sh -c "$command"
		assert_output ''
	done < <(cron_commands mdbackfill)
}

@test "the crontab's reports run, and its metrics are such" {
	local command KEY TEXTFILES=.

	KEY=key
	export KEY TEXTFILES
	echo "$POLYGON_API_KEY" >key
	chmod 600 key
	start_mock --synthetic
	mkdir -p "$HOME/.local/share/mdkit"
	mdbackfill -q -t 1d SPY
	[ "$(cron_commands 'md(health|stale)' | wc -l)" -ge 4 ]
	while read -r command; do
		run sh -c "$command"
		[ "$status" -le 2 ] || fail "$command: $status $output"
	done < <(cron_commands 'md(health|stale)')
	grep -q '^mdkit_health_status ' mdhealth.prom
	grep -q '^mdkit_staleness_series{' mdstale.prom
}

@test "the monitoring examples' commands run" {
	local command

	start_mock --synthetic
	mdbackfill -q --db market.db -t 1d SPY
	sed -n 's#^.*command_line *##p' "$MD_ROOT/examples/nagios.cfg" |
		sed 's#/usr/local/bin/##; s#\$ARG1\$#market.db#
			s#\$ARG2\$#standard#' >commands
	[ "$(wc -l <commands)" -eq 2 ]
	while read -r command; do
		run sh -c "$command"
		[ "$status" -le 2 ] || fail "$command: $status $output"
		assert_line --index 0 --regexp '^(OK|WARNING|CRITICAL): '
	done <commands
}

# metrics_of STORE: mdserve's, asked for the second time, of a store of which
# some hours are counted.
metrics_of() {
	sqlite3 "$1" "UPDATE objective_hours SET
		through_ms = through_ms - 7200000"
	start_serve --db "$1"
	ask /metrics >/dev/null
	sleep 1.1 # a report is kept for a second
	ask /metrics
	stop_serve TERM
}

@test "the alerting rules are good, and about metrics that exist" {
	start_mock --synthetic
	mdbackfill -q --db market.db -t 1d SPY
	metrics_of market.db >metrics
	grep -oE 'md(kit|serve)_[a-z_]+' \
		"$MD_ROOT/examples/prometheus-rules.yml" | sort -u >used
	[ "$(wc -l <used)" -ge 9 ]
	while read -r metric; do
		grep -q "^$metric[{ ]" metrics || fail "$metric is none"
	done <used
	command -v promtool >/dev/null || skip "no promtool"
	run -0 promtool check rules "$MD_ROOT/examples/prometheus-rules.yml"
	cp "$MD_ROOT/examples/prometheus-rules.yml" "$MD_ROOT/tests/rules_test.yml" .
	run -0 promtool test rules rules_test.yml
}

@test "crontab: every line that is no comment is a setting or a command" {
	run grep -cvE '^(#|$|[A-Z]+=)' "$MD_ROOT/examples/crontab"
	assert_output "$(cron_commands | wc -l)"
}

@test "the systemd units verify, and leave little to attack" {
	local unit

	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	for unit in mdbackfill mdserve; do
		sed "s#/usr/local/bin/$unit#$MD_BUILD/$unit#" \
			"$MD_ROOT/examples/$unit.service" >$unit.service
	done
	cp "$MD_ROOT/examples/mdbackfill.timer" .
	run -0 systemd-analyze verify --man=no \
		./mdbackfill.service ./mdbackfill.timer ./mdserve.service
	refute_output --partial mdbackfill
	refute_output --partial mdserve
	systemd-analyze security --help | grep -q -e --offline ||
		skip "an old systemd-analyze"
	for unit in mdbackfill mdserve; do
		# Of 100, where 100 is no protection at all.
		run -0 systemd-analyze security --offline=true --no-pager \
			--threshold=15 ./$unit.service
		grep -q '^LoadCredential=' $unit.service
		cat $unit.* | grep -q '^\[Install\]'
	done
}

@test "the systemd unit's command plans" {
	local command

	echo AAPL >watchlist.txt
	command=$(sed -n 's#^ExecStart=/usr/local/bin/##p' \
		"$MD_ROOT/examples/mdbackfill.service")
	command=${command//\/etc\/mdkit/.}
	STATE_DIRECTORY=. RUNTIME_DIRECTORY=. run -0 sh -c "$command -n"
	assert_output --partial 'AAPL    1d'
}

@test "queries.sql runs, on a new store and on one with bars" {
	start_mock --synthetic
	mdbackfill -q --db store.db ZZNONE
	run -0 sqlite3 -bail -readonly store.db \
		<"$MD_ROOT/examples/queries.sql"
	stop_mock
	make_store store.db
	run -0 sqlite3 -bail -readonly store.db \
		<"$MD_ROOT/examples/queries.sql"
	assert_output --partial 'X:BTCUSD|1h|standard|'
}

@test "the queries in mdkit(7) run" {
	make_store store.db
	literal mdkit.7 '^SELECT' | sed '/^--$/d' >queries.sql
	[ "$(grep -c '^SELECT' queries.sql)" -ge 5 ]
	run -0 sqlite3 -bail -readonly store.db <queries.sql
	assert_output --partial 'AAPL|1d|'
}

@test "mdkit(7): the pipe of series is read" {
	make_store market.db
	literal mdkit.7 '^. sqlite3 -tabs' | sed '/^--$/d; s/^\$ //' >pipe.sh
	export MD_DB=market.db
	run -0 sh pipe.sh
	assert_output --partial 'completed: 3 of 3 symbols'
}

@test "mdbackfill(1): failed jobs are fetched again" {
	start_mock --synthetic --fault status=404:endpoint=aggs,ticker=SPY
	mkdir -p "$HOME/.local/share/mdkit"
	run -1 mdbackfill AAPL SPY
	restart_mock --synthetic
	literal mdbackfill.1 '^. db=' | sed '/^--$/d; s/^\$ //' >again.sh
	run -0 sh again.sh
	assert_output --partial 'completed: 1 of 1 symbol,'
	assert_output --partial 'SPY '
}

@test "every JSON field is in mdbackfill(1)" {
	start_mock --synthetic
	mdbackfill -n -o json --db s.db AAPL >plan.json
	mdbackfill -o json --db s.db AAPL >summary.json
	python3 - plan.json summary.json >fields <<-'EOF'
		import json, sys
		def keys(v):
		    for x in v.values() if isinstance(v, dict) else v:
		        if isinstance(x, (dict, list)):
		            yield from keys(x)
		    if isinstance(v, dict):
		        yield from v
		print("\n".join({k for f in sys.argv[1:] for k in keys(json.load(open(f)))}))
	EOF
	[ "$(wc -l <fields)" -gt 30 ]
	while read -r field; do
		grep -E '^(\.It )?\.?Va' "$MD_ROOT/man/mdbackfill.1" |
			grep -qw "$field" || fail "$field is not described"
	done <fields
}

# described PAGE FILE...: every field of these JSON documents is on the page.
described() {
	local page=$1

	shift
	python3 - "$@" >fields <<-'EOF'
		import json, sys
		def keys(v):
		    for x in v.values() if isinstance(v, dict) else v:
		        if isinstance(x, (dict, list)):
		            yield from keys(x)
		    if isinstance(v, dict):
		        yield from v
		print("\n".join({k for f in sys.argv[1:] for k in keys(json.load(open(f)))}))
	EOF
	[ "$(wc -l <fields)" -gt 20 ]
	while read -r field; do
		grep -E '^(\.It )?\.?(Va|Pq Va|Po Va)' "$MD_ROOT/man/$page" |
			grep -qw "$field" || fail "$page: $field is missing"
	done <fields
}

@test "every JSON field is in mdstale(1), or a status" {
	start_mock --synthetic
	mdbackfill -q --db s.db AAPL
	mdstale --db s.db -o json >stale.json || true
	sed -E -i 's/"(fresh|aging|stale|missing)": \[/"status": [/g' stale.json
	mdstale --db s.db --gaps --days 900 -o json >gaps.json || true
	described mdstale.1 stale.json gaps.json
}

@test "every JSON field is in mdhealth(1)" {
	start_mock --synthetic --fault status=404:endpoint=aggs,ticker=SPY
	mdbackfill -q --db s.db AAPL SPY || true
	mdhealth --db s.db --probe-api -o json >summary.json || true
	mdhealth --db s.db --history -o json >history.json
	mdhealth --db s.db --failures -o json >failures.json
	mdhealth --db s.db --calendar 2024-12-24..2024-12-26 -o json >days.json
	mdhealth --db s.db --execution "$(sqlite3 s.db "SELECT execution_id
		FROM scheduler_execution_log")" -o json >jobs.json
	described mdhealth.1 history.json failures.json days.json jobs.json
	# Of what is measured mdkit(7) and the names themselves tell.
	python3 - summary.json <<-'EOF' >fields
		import json, sys
		d = json.load(open(sys.argv[1]))
		print("\n".join(list(d) + list(d['api']) + list(d['rpo'][0])
		    + list(d['alerts'][0]) + list(d['recent_failures'][0])))
	EOF
	while read -r field; do
		grep -qw "$field" "$MD_ROOT/man/mdhealth.1" || fail "$field"
	done <fields
}

@test "every JSON field is in mdload(1)" {
	start_mock --synthetic
	mdbackfill -q --db s.db -t 1d AAPL
	mdload --target store --db s.db -c 1 -n 10 -o json >first.json || true
	mdload --target store --db s.db -c 1 -n 10 -o json \
		--compare first.json >load.json || true
	mdload --target "$MOCK_URL" -c 1 -n 1 -o json \
		--path '/v3/reference/splits?apiKey=some-key' >path.json
	mdload --target store --db s.db --stages 100ms:50/s -o json \
		>stages.json || true
	described mdload.1 load.json path.json stages.json
}

@test "the example of a load test for CI keeps the last good report" {
	start_mock --synthetic
	mdbackfill -q --db s.db -t 5m,15m,1h,4h,1d AAPL
	# How fast this machine is just now is nobody's question here.
	echo '{"load": {"target": "store", "max_regress": 1000000,
		"thresholds": ["max<1h"]}}' >c.json
	export MD_CONFIG=c.json MD_DB=s.db
	run -0 sh -c "sed 's/ --max-regress 50%//' \
		'$MD_ROOT/examples/load-gate.sh' >gate.sh; sh gate.sh r.json"
	[ -s r.json ]
	run -0 sh gate.sh r.json
	[ ! -e r.json.new ]
	echo '{"load": {"target": "store", "thresholds": ["max<0.000001ms"]}}' \
		>c.json
	cp r.json good.json
	run -1 sh gate.sh r.json
	cmp r.json good.json
}

@test "every key of a baseline is in its page" {
	mdbaseline --mock --symbols X:BTCUSD -t 1d,4h --days 5 --mode both \
		--mock-latency 1 --repeat 3 -q --save before.json
	mdbaseline --mock --symbols X:BTCUSD -t 1d,4h --days 5 --mode both \
		--mock-latency 1 --repeat 3 -o json --out baseline.json \
		--compare before.json --max-regress 1000000
	mkdir hist
	python3 - <<-'EOF'
	import json
	d = json.load(open("before.json"))
	for i in range(6):
	    d["commit"] = f"c{i}"
	    d["commit_time"] = f"2020-01-0{i + 1}T00:00:00Z"
	    if i == 3:
	        for m in d["modes"]:
	            m["samples"]["total_requests"] = [1e6] * 3
	    json.dump(d, open(f"hist/c{i}.json", "w"))
	EOF
	mdbaseline --mock --symbols X:BTCUSD -t 1d,4h --days 5 --mode both \
		--mock-latency 1 --repeat 3 -o json --out history.json \
		--history hist --commit new
	grep -q first_commit history.json
	described mdbaseline.1 baseline.json history.json
}

@test "the example of a baseline for CI keeps the last good one" {
	sed 's/-t 5m,1d --days 90/--symbols X:BTCUSD -t 5m --days 20 --repeat 3/
		s/10%/100000%/' "$MD_ROOT/examples/baseline-gate.sh" >gate.sh
	run -0 sh gate.sh b.json
	[ -s b.json ]
	run -0 sh gate.sh b.json
	[ ! -e b.json.new ]
	cp b.json good.json
	MD_TEST_SLOW=decode=10000% run -1 sh -c "sed s/100000%/10%/ gate.sh |
		sh -s b.json"
	cmp b.json good.json
}

@test "the example workflow of a history is YAML whose commands run" {
	python3 -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
	python3 -c 'import sys, yaml
for s in yaml.safe_load(open(sys.argv[1]))["jobs"]["performance"]["steps"]:
    if "build/md" in s.get("run", ""):
        print(s["run"])' "$MD_ROOT/examples/performance.yml" |
		sed -E 's#build/##
			s#-t 5m,1d --days 90#--symbols X:BTCUSD -t 5m \\\n --days 20 --repeat 3 --mock-latency 1#
			s/-n 2000/-n 20 --threshold none/' >run.sh
	[ "$(grep -c -e mdbaseline -e mdload run.sh)" -eq 2 ]
	GITHUB_SHA=0123abc GITHUB_STEP_SUMMARY=summary.md run -0 sh -e run.sh
	grep -q '^### History' summary.md
	[ -s perf/0123abc.json ]
	grep -q '"name": "mdload stand-in cached p95"' load.json
}

@test "the example workflow is YAML whose commands run" {
	python3 -c 'import yaml' 2>/dev/null || skip "no python3-yaml"
	python3 -c 'import sys, yaml
for s in yaml.safe_load(open(sys.argv[1]))["jobs"]["baseline"]["steps"]:
    if "--mock" in s.get("run", ""):
        print(s["run"])' "$MD_ROOT/examples/baseline.yml" |
		sed -E 's#[a-z]+/build/##
			s#-t 5m,1d --days 90#--symbols X:BTCUSD -t 5m \\\n --days 20 --repeat 3 --mock-latency 1#
			s/10%/100000%/' >run.sh
	[ "$(grep -c mdbaseline run.sh)" -eq 2 ]
	GITHUB_STEP_SUMMARY=summary.md run -0 sh -e run.sh
	grep -q '^### No regression' summary.md
}

@test "completions/ is what the programs print" {
	run -0 sh "$MD_ROOT/tools/completions.sh" --check "$MD_BUILD"
}

@test "completions install, and go away again" {
	run -0 sh "$MD_ROOT/tools/completions.sh" --install share
	for program in $(programs); do
		[ -s "share/bash-completion/completions/$program" ]
		[ -s "share/zsh/site-functions/_$program" ]
		[ -s "share/fish/vendor_completions.d/$program.fish" ]
	done
	run -0 sh "$MD_ROOT/tools/completions.sh" --uninstall share
	run -0 find share -type f
	assert_output ''
}

# complete_bash WORD...: what bash offers for the last of the words.
complete_bash() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		compopt() { :; }; "_$1"; printf "%s\n" "${COMPREPLY[@]}"' \
		- "$MD_ROOT/completions/$1.bash" "$@"
}

@test "bash completes options, values and lists" {
	run -0 complete_bash mdbackfill --ti
	assert_line --regexp '^--timeframes$'
	assert_line --regexp '^--tier$'
	run -0 complete_bash mdbackfill --tier cr
	assert_output critical
	run -0 complete_bash mdbackfill --tier = cr
	assert_output critical
	run -0 complete_bash mdbackfill -t 1h,1m
	assert_line 1h,1mo
}

@test "zsh loads the completions" {
	command -v zsh >/dev/null || skip "no zsh"
	for program in $(programs); do
		run -0 zsh -f -c "fpath=($MD_ROOT/completions \$fpath)
			autoload -U compinit && compinit -u -D
			print \$_comps[$program]
			autoload +X _$program"
		assert_output "_$program"
	done
}

@test "fish completes options" {
	command -v fish >/dev/null || skip "no fish"
	run -0 fish -N -c "set fish_complete_path '$MD_ROOT/completions'
		complete -C 'mdbackfill --tier=cr'"
	assert_output --partial -- --tier=critical
}

@test "every option in -h is in the manual page, and the other way round" {
	for program in $(programs); do
		[ -e "$MD_ROOT/man/$program.1" ] ||
			fail "man/$program.1 is missing"
		run -0 options_described "$program"
		assert_output "$(options_of "$program")"
	done
}

# Of every command in a text, what follows the program's name: a line each.
commands_in() {
	sed -e ':a' -e '/\\e\{0,1\}$/{N;s/\\e\{0,1\}\n/ /;ba' -e '}' "$1" |
		grep -oE "(^|[^a-z])$2 [^|#\`']*" || true
}

@test "commands in README, manual pages and examples use options that exist" {
	local file program option

	for program in $(programs); do
		options_of "$program" >options
		for file in "$MD_ROOT"/README.md "$MD_ROOT"/man/* \
			"$MD_ROOT"/examples/*; do
			commands_in "$file" "$program" |
				grep -oE -- ' (--[a-z0-9-]+|-[a-zA-Z]( |$))' |
				tr -d ' ' | sort -u >used || true
			while read -r option; do
				grep -qxe "$option" options ||
					fail "$file: $program $option"
			done <used
		done
	done
}

@test "README, manual pages and examples name only programs that exist" {
	{ programs; echo mdkit; echo mdoc; } | sort >known
	run -0 sh -c "cat '$MD_ROOT'/README.md '$MD_ROOT'/man/* \
		'$MD_ROOT'/examples/* | grep -oE '\\bmd[a-z]+' | sort -u |
		comm -23 - known"
	assert_output ''
}

@test "the demo runs from anywhere and ends with nothing new to fetch" {
	cd /
	run -0 sh "$MD_ROOT/tools/demo.sh" "$MD_BUILD"
	assert_output --partial 'completed: 4 of 4 symbols, 2'
	assert_output --partial 'completed: 4 of 4 symbols, 0 new bars'
	assert_output --partial 'adjusted'
	assert_output --partial 'OK: 0 stale, 0 missing, 0 aging, 8 fresh of 8'
	assert_output --partial 'OK: healthy, 0 alerts; 4 symbols, 8 series'
	[ -s "$MD_BUILD/demo.db" ]
}
