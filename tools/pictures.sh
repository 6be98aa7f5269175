#!/bin/sh
# The README's pictures, of a real run of the demo (`make pictures`):
#   pictures.sh BUILD FOLDER
# terminal.svg is what a terminal shows, its lines as text; status.png is the page
# of mdhealth, by Chromium.  Both are of synthetic bars, as mdmock makes them.
set -eu

[ $# -eq 2 ] || {
	echo "usage: pictures.sh BUILD FOLDER" >&2
	exit 64
}
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unset MD_CONFIG
export XDG_CONFIG_HOME="$work"

sh "$here/demo.sh" "$build" >"$work/demo"
export MD_DB="$build/demo.db"

# show COMMAND: as one would type it, then what it says in 88 columns: it is asked
# by script(1), since tables fit themselves to terminals alone.
show() {
	echo "\$ $1"
	(cd "$work" && PATH="$build:$PATH" && export PATH NO_COLOR=1 &&
	    script -qc "stty cols 88 rows 24; $1" /dev/null </dev/null) |
	    tr -d '\r' || true
	echo
}
{
	# The demo's own run, as it was shown: what was fetched.
	awk '/^\$ mdbackfill.* -t 1d / { sub(/ --db [^ ]*/, ""); print; on = 1 }
	    on && /^completed/ { print; exit }' "$work/demo"
	echo
	show "mdstale -t 1d"
	show "mdbars SPY -t 1d --from $(date -d '-90 days' +%Y-%m-%d) -o term"
	show mdhealth
} >"$work/text"

awk '
function escaped(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	# Viewers take several spaces for one.
	gsub(/ /, "\\&#160;", s)
	return s
}
{ line[NR] = $0 }
END {
	while (NR > 0 && line[NR] == "")
		NR--
	high = 24 + NR * 17
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"840\" " \
	    "height=\"%d\" viewBox=\"0 0 840 %d\">\n", high, high
	print "<title>mdkit in a terminal: make pictures</title>"
	print "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f24\"/>"
	print "<g font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" " \
	    "font-size=\"14\" fill=\"#d0d7de\">"
	for (i = 1; i <= NR; i++)
		if (line[i] != "")
			printf "<text x=\"16\" y=\"%d\"%s>%s</text>\n", \
			    12 + i * 17, line[i] ~ /^\$ / ? \
			    " fill=\"#7ee787\"" : "", escaped(line[i])
	print "</g>\n</svg>"
}' "$work/text" >"$work/terminal.svg"
mv "$work/terminal.svg" "$out/terminal.svg"

"$build/mdhealth" -q -o html --out "$work/status.html" || true
if command -v chromium >/dev/null; then
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
	    --disable-background-networking --disable-sync --no-first-run \
	    --user-data-dir="$work/browser" --window-size=900,700 \
	    --screenshot="$work/status.png" "file://$work/status.html" \
	    >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		exit 69
	}
	mv "$work/status.png" "$out/status.png"
else
	echo "pictures.sh: no chromium: status.png stays" >&2
fi
