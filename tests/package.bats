#!/usr/bin/env bats
# What packagers and users of any Unix program take for granted; the twenty
# conventions of CONTRIBUTING.md that no other file shows.  What takes long is
# in `make package-check`.

bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export HOME=$BATS_TEST_TMPDIR/home
	unset XDG_CONFIG_HOME XDG_DATA_HOME
	mkdir "$HOME"
	VERSION=$(make -s -C "$MD_ROOT" version)
}

programs() {
	local source

	for source in "$MD_ROOT"/cmd/md*.c; do
		basename "$source" .c
	done
}

@test "help and version go to standard output, misuse to standard error" {
	local p option

	for p in $(programs); do
		for option in -h --help; do
			run -0 --separate-stderr "$p" $option
			assert_line --regexp "^[Uu]sage: $p "
			[ -z "$stderr" ]
		done
		for option in -V --version; do
			run -0 --separate-stderr "$p" $option
			assert_output "$p $VERSION"
			[ -z "$stderr" ]
		done
		run --separate-stderr "$p" --no-such-option
		# Monitoring takes 3 for unknown.
		case $p in
		mdstale | mdhealth) assert_equal "$status" 3 ;;
		*) assert_equal "$status" 64 ;;
		esac
		assert_output ''
		[[ $stderr == "$p: "* ]] || fail "$stderr"
	done
}

@test "-- ends the options" {
	run -64 --separate-stderr mdbackfill -n --db s.db -- --help
	refute_output --partial sage
	run -0 mdbackfill -n --db s.db -- AAPL
	assert_output --partial AAPL
}

@test "XDG folders are where configuration and data are" {
	export XDG_CONFIG_HOME=$PWD/config XDG_DATA_HOME=$PWD/data

	mkdir -p config/mdkit
	echo '{"days": "odd"}' >config/mdkit/mdkit.json
	run mdbackfill -n AAPL
	[ "$status" -ne 0 ]
	assert_output --partial "$PWD/config/mdkit/mdkit.json"
	rm config/mdkit/mdkit.json
	start_mock --synthetic
	run -0 mdbackfill -q --days 3 -t 1d AAPL
	[ -s data/mdkit/market.db ]
	[ -z "$(ls -A "$HOME")" ]
}

@test "a pipe that nobody reads any more ends a program quietly" {
	for p in $(programs); do
		run --separate-stderr bash -c "$p --help | true"
		[ -z "$stderr" ] || fail "$p: $stderr"
	done
}

@test "each manual page has the sections of its kind" {
	local page section

	for page in "$MD_ROOT"/man/*.1; do
		for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' \
			EXAMPLES 'SEE ALSO'; do
			grep -qx ".Sh $section" "$page" ||
				fail "$page: no $section"
		done
	done
	for page in "$MD_ROOT"/man/*; do
		grep -qx '.Sh NAME' "$page"
		grep -qx '.Sh SEE ALSO' "$page"
		! command -v mandoc >/dev/null ||
			mandoc -T lint -W warning "$page"
	done
}

@test "installs under DESTDIR and PREFIX alone, and uninstalls all of it" {
	local at=$PWD/root/opt/md

	make -s -C "$MD_ROOT" -o all install B="$MD_BUILD" \
		DESTDIR="$PWD/root" PREFIX=/opt/md
	run -0 ls root root/opt
	assert_output $'root:\nopt\n\nroot/opt:\nmd'
	for p in $(programs); do
		run -0 "$at/bin/$p" -V
		[ -s "$at/share/man/man1/$p.1" ]
		[ -s "$at/share/bash-completion/completions/$p" ]
		[ -s "$at/share/zsh/site-functions/_$p" ]
		[ -s "$at/share/fish/vendor_completions.d/$p.fish" ]
	done
	[ -s "$at/share/man/man5/mdkit.conf.5" ]
	[ -s "$at/share/man/man7/mdkit.7" ]
	[ -s "$at/share/doc/mdkit/README.md" ]
	[ -s "$at/share/doc/mdkit/CHANGELOG.md" ]
	[ -s "$at/share/doc/mdkit/examples/watchlist.txt" ]
	run -0 find root -type f -perm /022
	assert_output ''
	make -s -C "$MD_ROOT" uninstall B="$MD_BUILD" \
		DESTDIR="$PWD/root" PREFIX=/opt/md
	run -0 find root ! -type d
	assert_output ''
}

@test "what repeats the version says the same" {
	local v=${VERSION//./\\.}

	grep -q "^## \[$v\] - 20" "$MD_ROOT/CHANGELOG.md"
	head -n 1 "$MD_ROOT/debian/changelog" | grep -q "^mdkit ($v-"
	grep -q "mdkit-$v\.tar\.gz\"" "$MD_ROOT/packaging/homebrew/mdkit.rb"
	grep -q "version = \"$v\"" "$MD_ROOT/flake.nix"
	grep -q "image: mdkit:$v\$" "$MD_ROOT/compose.yaml"
	run -0 cat "$MD_ROOT/README.md"
	assert_output --partial "mdkit-$VERSION.tar.gz"
}

@test "what the container's and the packages' files name exists" {
	local name

	# What is copied out of the tree, and what is not.
	sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$MD_ROOT/Dockerfile" |
		tr ' ' '\n' >names
	sed -n 's#^ *- \./\([^:]*\):.*#\1#p' "$MD_ROOT/compose.yaml" >>names
	sed -n 's#.*\["\./\([^:]*\):.*#\1#p' "$MD_ROOT/compose.yaml" >>names
	cut -d' ' -f1 "$MD_ROOT/debian/mdkit.install" >>names
	sed -n 's#^units = #examples/#p' "$MD_ROOT/debian/rules" |
		sed 's# # examples/#g' | tr ' ' '\n' >>names
	[ "$(wc -l <names)" -ge 16 ]
	while read -r name; do
		[ -e "$MD_ROOT/$name" ] || fail "$name"
	done <names
	# No secret and no store is sent to whoever builds.
	grep -qx secrets "$MD_ROOT/.dockerignore"
	grep -q '^USER 10001$' "$MD_ROOT/Dockerfile"
	# libcurl and libpq are seen by no tool.
	for name in libcurl4 libpq5; do
		grep -q "$name" "$MD_ROOT/debian/control"
		grep -q "$name" "$MD_ROOT/Dockerfile"
	done
}

@test "the container's check of health tells a server from none" {
	local check

	check=$(sed -n 's/^    CMD \[\(.*\)\]$/\1/p' "$MD_ROOT/Dockerfile" |
		sed 's/", "/ /g; s/"//g')
	[[ $check == "mdload "* ]]
	start_mock --synthetic
	mdbackfill -q --db s.db -t 1d --days 3 AAPL
	echo some-token-of-ours >token
	chmod 600 token
	mdserve -q --db s.db --token-file token --listen 127.0.0.1:0 \
		--port-file port 3>&- &
	wait_for 10 test -s port
	run -0 ${check/8000/$(cat port)}
	kill %%
	wait %% || true
	run ${check/8000/$(cat port)}
	[ "$status" -ne 0 ]
}

@test "the formula, the flake and the YAML parse" {
	local root=$MD_ROOT looked=

	if command -v ruby >/dev/null; then
		ruby -c "$root/packaging/homebrew/mdkit.rb"
		looked=$looked.
	fi
	if command -v nix-instantiate >/dev/null; then
		nix-instantiate --parse "$root/flake.nix" >/dev/null
		looked=$looked.
	fi
	if python3 -c 'import yaml' 2>/dev/null; then
		python3 -c 'import sys, yaml
for f in sys.argv[1:]:
    yaml.safe_load(open(f))' "$root/compose.yaml" "$root"/packaging/grafana/*.yml
		looked=$looked.
	fi
	[ -n "$looked" ] || skip "no ruby, nix-instantiate or PyYAML"
}

@test "each convention's tool that is a file exists" {
	run -0 grep -c '^| [0-9]* |' "$MD_ROOT/CONTRIBUTING.md"
	assert_output 20
	while read -r file; do
		[ -e "$MD_ROOT/$file" ] || fail "$file"
	done < <(grep -oE 'tests/[a-z_]+\.(bats|sh)' "$MD_ROOT"/*.md |
		sed 's/.*://' | sort -u)
}
