#!/bin/sh
# The shells' completions, which each program prints from its option table:
#   completions.sh BUILD                write completions/ anew
#   completions.sh --check BUILD        fail when completions/ is out of date
#   completions.sh --install SHAREDIR   copy them to where the shells look
#   completions.sh --uninstall SHAREDIR take them away again
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
kept=$here/completions

usage() {
	echo "usage: completions.sh BUILD | --check BUILD |" \
	    "--install SHAREDIR | --uninstall SHAREDIR" >&2
	exit 64
}

# The file of a program and a shell, as that shell names it.
file_of() {
	case $2 in
	bash) echo "$1.bash" ;;
	fish) echo "$1.fish" ;;
	zsh) echo "_$1" ;;
	esac
}

# Where a shell looks for it, under SHAREDIR.
place_of() {
	case $2 in
	bash) echo "bash-completion/completions/$1" ;;
	fish) echo "fish/vendor_completions.d/$1.fish" ;;
	zsh) echo "zsh/site-functions/_$1" ;;
	esac
}

# write_all BUILD DIR: what the programs of cmd/ print.
write_all() {
	for source in "$here"/cmd/md*.c; do
		program=$(basename "$source" .c)
		for shell in bash fish zsh; do
			"$1/$program" --completions "$shell" \
			    >"$2/$(file_of "$program" "$shell")"
		done
	done
}

write_new() {
	mkdir -p "$kept"
	new=$(mktemp -d)
	trap 'rm -rf "$new"' EXIT
	write_all "$1" "$new"
	rm -f "$kept"/*.bash "$kept"/*.fish "$kept"/_*
	cp "$new"/* "$kept"
}

check() {
	new=$(mktemp -d)
	trap 'rm -rf "$new"' EXIT
	write_all "$1" "$new"
	diff -r "$kept" "$new" >&2 || {
		echo "completions/ is out of date; run: make completions" >&2
		exit 1
	}
}

# each_kept COMMAND...: with the kept file and its place, for every one.
each_kept() {
	for f in "$kept"/*.bash; do
		[ -e "$f" ] || continue
		program=$(basename "$f" .bash)
		for shell in bash fish zsh; do
			"$@" "$kept/$(file_of "$program" "$shell")" \
			    "$(place_of "$program" "$shell")"
		done
	done
}

install_one() {
	install -d "$(dirname "$1/$3")"
	install -m 644 "$2" "$1/$3"
}

uninstall_one() {
	rm -f "$1/$3"
}

case ${1-} in
--check) [ $# -eq 2 ] || usage; check "$2" ;;
--install) [ $# -eq 2 ] || usage; each_kept install_one "$2" ;;
--uninstall) [ $# -eq 2 ] || usage; each_kept uninstall_one "$2" ;;
-* | '') usage ;;
*) [ $# -eq 1 ] || usage; write_new "$1" ;;
esac
