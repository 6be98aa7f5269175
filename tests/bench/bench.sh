# shellcheck shell=sh
# What the benchmarks have in common, for sourcing.  A benchmark says what it
# expects to have measured, and fails when that is not what happened; a figure
# is a ratio within one run, with its spread, or a count.  With MD_BENCH_OUT
# set, each figure is also appended to that file, a JSON object a line.

# What else wants the processors; figures beside more than a little are noise.
echo "(load of this machine: $(cut -d' ' -f1-2 /proc/loadavg 2>/dev/null ||
    echo unknown), $(getconf _NPROCESSORS_ONLN) processors)"

# expect WHAT GOT WANTED: or nothing was measured.
expect() {
	[ "$2" = "$3" ] || {
		echo "$0: nothing was measured: $1: $2, expected $3" >&2
		exit 1
	}
}

# expect_least WHAT GOT LEAST
expect_least() {
	awk -v got="$2" -v least="$3" \
	    'BEGIN { exit !(got != "" && got + 0 >= least + 0) }' || {
		echo "$0: nothing was measured: $1: $2, expected $3 or more" >&2
		exit 1
	}
}

# figure NAME WANTED: of numbers, one a line: the median between the least and
# the most.
figure() {
	sort -n | awk -v name="$1" -v wanted="$2" -v out="${MD_BENCH_OUT:-}" \
	    -v load="$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo null)" '
	{ v[NR] = $1; all = all (NR > 1 ? ", " : "") $1 }
	END {
		if (NR == 0) {
			print name ": nothing was measured" >"/dev/stderr"
			exit 1
		}
		m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
		printf "%s: %.3g (%.3g to %.3g, of %d; wanted: %s)\n", name, m,
		    v[1], v[NR], NR, wanted
		if (out != "")
			printf "{\"figure\": \"%s\", \"wanted\": \"%s\", " \
			    "\"median\": %s, \"lowest\": %s, \"highest\": %s, " \
			    "\"samples\": [%s], \"load\": %s}\n", name, wanted,
			    m, v[1], v[NR], all, load >>out
	}'
}
