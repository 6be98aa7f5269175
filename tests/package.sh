#!/bin/sh
# Debian's package and the container's image, made and tried; `make package-check`
# runs it.  What a machine lacks is told as skipped.
#   package.sh [FOLDER]
# FOLDER is a Debian that debootstrap made, with apt: what the package and the
# Dockerfile install is installed into it and run there, as root.  Without one,
# debootstrap makes one where it can.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
root=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0
failed=0
skipped=0

# part NAME COMMAND...: what it says is shown if it fails.
part() {
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok - $what"
		passed=$((passed + 1))
	else
		tail -n 30 "$work/said" | sed 's/^/# /'
		echo "not ok - $what"
		failed=$((failed + 1))
	fi
}

skip() {
	echo "ok - $1 # skip $2"
	skipped=$((skipped + 1))
}

has() {
	command -v "$1" >/dev/null
}

# -- the package, of a clean tree without a repository --

version=$(make -s -C "$here" version)
sh "$here/tools/dist.sh" "$version" "$work" >/dev/null
tar -C "$work" -xzf "$work/mdkit-$version.tar.gz"
tree=$work/mdkit-$version

package() {
	cd "$tree" && DEB_BUILD_OPTIONS="parallel=$(nproc) ${MD_DEB_OPTIONS-}" \
	    dpkg-buildpackage -us -uc -b
}

# Neither an error nor a warning, nor an override of one that is no more.
clean() {
	lintian --fail-on error,warning --allow-root "$work"/mdkit_*.changes
}

if has dpkg-buildpackage && has dh; then
	part "dpkg-buildpackage in a clean tree" package
	if has lintian; then
		part "lintian without an error or a warning" clean
	else
		skip lintian "not installed"
	fi
else
	skip dpkg-buildpackage "no debhelper"
fi

# -- both where they would run --

if [ -z "$root" ] && has debootstrap && [ "$(id -u)" -eq 0 ]; then
	root=$work/root
	part "debootstrap" debootstrap --variant=minbase bookworm "$root"
fi

inside() {
	chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# The Dockerfile's second stage: its packages, its user, the programs.
image() {
	sed -n '/^FROM debian:bookworm-slim$/,$p' "$tree/Dockerfile" |
	    sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' |
	    sed -n 's/^RUN //p' >"$root/steps.sh"
	[ -s "$root/steps.sh" ] && inside sh -ex /steps.sh &&
	    make -s -C "$tree" B="$here/build" -o all install DESTDIR="$root" PREFIX=/usr &&
	    inside setpriv --reuid=10001 --regid=mdkit --clear-groups \
		sh -c 'cd /var/lib/mdkit && mdbackfill -V && mdserve -V &&
		    POLYGON_API_KEY=none mdbackfill -n --db s.db AAPL &&
		    ! touch /usr/bin/mdbackfill 2>/dev/null' &&
	    make -s -C "$tree" uninstall DESTDIR="$root" PREFIX=/usr &&
	    inside userdel mdkit && rm -rf "$root/var/lib/mdkit"
}

# The package with what it depends on, and its own tests.
# shellcheck disable=SC2016 # the inner shell's $t
installed() {
	cp "$work"/mdkit_*.deb "$root/mdkit.deb" && rm -rf "$root/tree" &&
	    cp -r "$tree" "$root/tree" && inside apt-get update -qq &&
	    inside apt-get install -qq -y --no-install-recommends \
		/mdkit.deb sqlite3 man-db systemd &&
	    inside sh -ec 'cd /tree; for t in debian/tests/demo debian/tests/installed
		do $t; done'
}

if [ -n "$root" ]; then
	part "the image's steps, and its user" image
	if ls "$work"/mdkit_*.deb >/dev/null 2>&1; then
		part "the package installs, and its tests pass" installed
	fi
else
	skip "what is installed" "no debootstrap, or not root"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
