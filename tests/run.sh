#!/bin/sh
# Runs the unit tests and the bats files (all, or those named) against the
# build in a folder, prints the TAP of each when it has ended, what was slowest,
# and closes with the count.
#   run.sh [--quick] BUILD [FILE.bats | units | stores | timed ...]
# units are the unit tests, stores the files that run on each engine (or on that
# in MD_ENGINE), timed those whose figures mean something in a plain build only.
# All, with no MD_ENGINE, is every test once, and on PostgreSQL again those
# files that are about what a store does, rather than about what fills it.
# --quick takes the unit tests, and of each program's file its first tests but
# for those known to be slow, for some seconds a file, on SQLite and few bars.
#
# Most tests wait for something: three times as many run as there are
# processors (MD_TEST_JOBS).  Files are run in slices of some fifteen seconds,
# the longest first, by what each test took when it last ran (BUILD/tests/times).
# With MD_TEST_AGAIN set what failed runs once more, alone (CI wants that).
set -u

here=$(cd "$(dirname "$0")" && pwd)
stores="calendar clock deadline derive faults features grids inputs mdbackfill
mdbars mdhealth mdserve mdstale migrate notebook pace plan postgres weeks
workers"
again="features mdbars mdstale migrate notebook postgres workers"
timed="mdbaseline mdload"

# one DIR NUMBER: runs an item of the plan: its TAP, its crash as one more
# failure, and so what ran less than it should have.
one() {
	dir=$1
	out=$dir/$2.tap
	tab=$(printf '\t')
	IFS=$tab read -r label file engine tests <"$dir/$2.item"
	rc=0
	since=$(date +%s)
	if [ "$engine" = - ]; then
		"$file" >"$out" 2>&1 || rc=$?
	else
		MD_ENGINE=$engine MD_TEST_SLICE=$2 bats --tap --timing \
		    -f "$(cat "$dir/$2.filter")" "$file" >"$out" 2>&1 || rc=$?
	fi
	took=$(($(date +%s) - since))
	if ! grep -q '^not ok' "$out"; then
		ran=$(grep -c '^ok ' "$out")
		if [ $rc -ne 0 ]; then
			echo "not ok - $label ended with $rc" >>"$out"
		elif [ "$tests" -gt 0 ] && [ "$ran" -ne "$tests" ]; then
			echo "not ok - $label ran $ran tests of $tests" >>"$out"
		fi
	fi
	# One at a time, where that can be had.
	{
		flock 9 2>/dev/null
		echo "# $label, $took s"
		cat "$out"
	} 9>"$dir/lock"
}
if [ "$1" = --one ]; then
	one "$2" "$3"
	exit 0
fi

quick=0
if [ "$1" = --quick ]; then
	quick=1
	MD_ENGINE=sqlite
	export MD_FIXTURES=1
	shift
fi
build=$(cd "$1" && pwd) || exit 64
shift
export MD_BUILD="$build"
jobs=${MD_TEST_JOBS:-$((3 * $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)))}
engines=${MD_ENGINE:-sqlite postgres}
# What stands before python3 to choose one (a shim, a script) takes longer than
# most of the tests' uses of it: the one that it chooses goes first.
python=$(python3 -c 'import os, sys; print(os.path.dirname(sys.executable))' \
    2>/dev/null) || python=
case :$PATH: in
*":$python:"*) ;;
*) [ -z "$python" ] || export PATH="$python:$PATH" ;;
esac
began=$(date +%s)
dir=$(mktemp -d)
cluster=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$cluster" ] || "$here/postgres.sh" remove "$cluster"
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# -- what there is to run --

units() {
	for t in "$build"/tests/*/test_*; do
		case $t in *.d) continue ;; esac
		[ ! -x "$t" ] || printf '%s\t%s\t-\t\n' "${t#"$build/tests/"}" "$t"
	done
}

# tests_of FILE.bats: a line for each test, on each engine it runs on.
tests_of() {
	of=sqlite
	for s in $twice; do
		[ "$1" != "$s.bats" ] || of=$engines
	done
	for engine in $of; do
		sed -n 's/^@test "\(.*\)" {.*/\1/p' "$here/$1" |
		    awk -v OFS='\t' -v w="$1@$engine" -v f="$here/$1" \
			-v e="$engine" '{ print w, f, e, $0 }'
	done
}

# of_program FILE.bats: there is one of that name.
of_program() {
	[ -x "$build/${1%.bats}" ]
}

twice=$stores
[ $# -gt 0 ] || [ -n "${MD_ENGINE:-}" ] || twice=$again
if [ $# -eq 0 ]; then
	units
	for f in "$here"/*.bats; do
		f=${f##*/}
		if [ $quick -eq 0 ] || of_program "$f"; then
			tests_of "$f"
		fi
	done
else
	for f in "$@"; do
		case $f in
		units) units ;;
		stores) for s in $stores; do tests_of "$s.bats"; done ;;
		timed) for s in $timed; do tests_of "$s.bats"; done ;;
		*) tests_of "$f" ;;
		esac
	done
fi >"$dir/tests"

# The plan: slices of files, each test in the one that has least to do so far.
times=$build/tests/times
[ -f "$times" ] || times=/dev/null
awk -F '\t' -v dir="$dir" -v quick=$quick '
function slice(w, n,    i, k, least) {
	for (i = 1; i <= parts; i++)
		load[i] = 300
	for (i = 1; i <= n; i++) {
		least = 1
		for (k = 2; k <= parts; k++)
			if (load[k] < load[least])
				least = k
		load[least] += cost[i]
		gsub(/[][.()*+?{}^$|\\]/, "\\\\&", test[i])
		filter[least] = filter[least] "|" test[i]
		count[least]++
	}
	for (k = 1; k <= parts; k++) {
		item = sprintf("%s/%04d", dir, ++items)
		printf "%s %d/%d\t%s\t%s\t%d\n", w, k, parts, file, engine, \
		    count[k] > (item ".item")
		printf "^(%s)$", substr(filter[k], 2) > (item ".filter")
		close(item ".item")
		close(item ".filter")
		printf "%d %04d\n", load[k], items
		count[k] = filter[k] = ""
	}
}
# The longest first, or the longest would end up together in one slice.
function end_of(w,    i, k, c, t) {
	if (w == "" || n == 0)
		return
	for (i = 2; i <= n; i++) {
		c = cost[i]
		t = test[i]
		for (k = i; k > 1 && cost[k - 1] < c; k--) {
			cost[k] = cost[k - 1]
			test[k] = test[k - 1]
		}
		cost[k] = c
		test[k] = t
	}
	parts = int(sum / 15000) + 1
	if (parts > n)
		parts = n
	slice(w, n)
}
FILENAME != dir "/tests" { last[$1, $2] = $3; next }
$3 == "-" {
	printf "%s\t%s\t-\t0\n", $1, $2 > sprintf("%s/%04d.item", dir, ++items)
	printf "100 %04d\n", items
	next
}
$1 != was { end_of(was); was = $1; n = sum = 0 }
{
	ms = ($1, $4) in last ? last[$1, $4] : 1900
	if (quick && (sum > 8000 || ms > 700 && ms != 1900))
		next
	file = $2
	engine = $3
	test[++n] = $4
	sum += cost[n] = ms
}
END { end_of(was) }' "$times" "$dir/tests" | sort -rn | cut -d' ' -f2 >"$dir/plan"

# A cluster for all, where any needs one.
if [ -z "${MD_PG_DIR:-}" ] && grep -q "@postgres" "$dir/tests" &&
    [ -n "$("$here/postgres.sh" bin)" ]; then
	cluster=$("$here/postgres.sh" start) || exit 1
	"$here/postgres.sh" template "$cluster" || exit 1
	export MD_PG_DIR="$cluster" MD_PG_SHARED="$cluster"
fi

xargs -P "$jobs" -n 1 sh "$0" --one "$dir" <"$dir/plan"

# again ITEM.tap: its failed tests once more, alone on the machine.  Those that
# pass are told as unsteady.
again() {
	IFS=$tab read -r label file engine _ <"${1%.tap}.item"
	[ "$engine" != - ] || return 0
	filter=$(sed -n 's/^not ok [0-9]* \(.*\) in [0-9]*ms$/\1/p' "$1" |
	    sed 's/[].[()*+?{}^$|\\]/\\&/g' | paste -s -d'|' -)
	[ -n "$filter" ] || return 0
	echo "# $label, again"
	if MD_ENGINE=$engine bats --tap --timing -f "^($filter)\$" "$file" \
	    >"$1.again" 2>&1; then
		sed -n "s|^not ok [0-9]*|# unsteady: $label:|p" "$1" \
		    >>"$dir/unsteady"
		sed 's/^not ok/ok/' "$1" >"$1.as" && mv "$1.as" "$1"
	fi
	cat "$1.again"
}

# Where no more than three items failed, and it is asked for: a machine that
# was too busy for a test is told from a fault, which fails again.
: >"$dir/unsteady"
grep -l '^not ok' "$dir"/*.tap >"$dir/failed" 2>/dev/null
if [ -n "${MD_TEST_AGAIN:-}" ] && [ "$(wc -l <"$dir/failed")" -le 3 ]; then
	tab=$(printf '\t')
	while read -r tap; do
		again "$tap"
	done <"$dir/failed"
fi

# -- what came of it --

# test MILLISECONDS of each, with what it belongs to.
for item in "$dir"/*.item; do
	awk -F '\t' -v OFS='\t' -v tap="${item%.item}.tap" '{
		sub(/ [0-9]+\/[0-9]+$/, "", $1)
		while ((getline line <tap) > 0) {
			sub(/ # skip.*$/, "", line)
			if (line !~ /^(not )?ok [0-9]+ .* in [0-9]+ms$/)
				continue
			ms = name = line
			sub(/^.* in /, "", ms)
			sub(/^(not )?ok [0-9]+ /, "", name)
			sub(/ in [0-9]+ms$/, "", name)
			print $1, name, ms + 0
		}
	}' "$item"
done >"$dir/took"
mkdir -p "$build/tests"
# What few bars took says little of the rest.
awk -F '\t' -v OFS='\t' -v quick=$quick '
    FILENAME == ARGV[1] || !quick || !(($1 OFS $2) in ms) { ms[$1 OFS $2] = $3 }
    END { for (t in ms) print t, ms[t] }' "$times" "$dir/took" |
    sort >"$build/tests/times.new" &&
    mv "$build/tests/times.new" "$build/tests/times"

cat "$dir"/*.tap >"$dir/all"
skipped=$(grep -c '^ok .*# skip' "$dir/all")
passed=$(($(grep -c '^ok ' "$dir/all") - skipped))
failed=$(grep -c '^not ok' "$dir/all")
if [ -s "$dir/took" ]; then
	echo
	echo "# seconds of the slowest files"
	awk -F '\t' '{ s[$1] += $3 }
	    END { for (f in s) printf "#%8.1f %s\n", s[f] / 1000, f }' \
	    "$dir/took" | sort -k2 -rn -t'#' | head -n 10
	echo "# seconds of the slowest tests"
	awk -F '\t' '{ printf "#%8.1f %s: %s\n", $3 / 1000, $1, $2 }' \
	    "$dir/took" | sort -k2 -rn -t'#' | head -n 10
	echo "# all of it: $(($(date +%s) - began)) s, $jobs at once"
fi
if [ -s "$dir/unsteady" ]; then
	echo
	cat "$dir/unsteady"
fi
if [ "$failed" -gt 0 ]; then
	echo
	for item in "$dir"/*.item; do
		sed -n "s|^not ok|# failed: $(cut -f1 "$item"):|p" \
		    "${item%.item}.tap"
	done
fi
echo
echo "$passed passed ($(wc -l <"$dir/unsteady") unsteady), $failed failed," \
    "$skipped skipped"
[ "$failed" -eq 0 ]
