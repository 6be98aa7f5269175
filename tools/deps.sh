#!/bin/sh
# Installs the Debian packages that are missing for the kinds of work named:
#   deps.sh build|check|lint|fuzz|full|package ...
# full is what some tests want and skip without: a browser, shells, promtool, a
# pooler, a proxy; and ccache.  package is what makes Debian's package.  Nothing
# that is installed is started.
# Quiet when nothing is missing.  Where there is no apt-get, it names what to
# install and fails only if the build's own libraries are not found.
set -eu

build="gcc libc6-dev make pkg-config libcurl4-openssl-dev libsqlite3-dev
libjansson-dev libmicrohttpd-dev zlib1g-dev libpq-dev tzdata ca-certificates sqlite3"
check="bats bats-assert bats-support curl python3 openssl postgresql"
fuzz="clang libclang-rt-dev"
lint="clang-format clang-tidy mandoc shellcheck"
full="ccache chromium fish nginx-light pgbouncer prometheus python3-pandas
python3-yaml wrk zsh"
package="debhelper dpkg-dev fakeroot lintian systemd"

want=
for kind in "$@"; do
	case $kind in
	build) want="$want $build" ;;
	check) want="$want $check" ;;
	lint) want="$want $lint" ;;
	fuzz) want="$want $fuzz" ;;
	full) want="$want $full" ;;
	package) want="$want $package" ;;
	*)
		echo "deps.sh: $kind: expected build, check, lint, fuzz," \
		    "full or package" >&2
		exit 64
		;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	if pkg-config --exists libcurl sqlite3 jansson libmicrohttpd zlib libpq; then
		exit 0
	fi
	cat >&2 <<'EOF'
mdkit needs a C11 compiler, GNU make, pkg-config, tzdata and the development
files of these libraries; here are their usual package names:
  Debian    libcurl4-openssl-dev libsqlite3-dev libjansson-dev
            libmicrohttpd-dev zlib1g-dev libpq-dev
  Fedora    libcurl-devel sqlite-devel jansson-devel libmicrohttpd-devel
            zlib-devel libpq-devel
  Alpine    curl-dev sqlite-dev jansson-dev libmicrohttpd-dev zlib-dev
            libpq-dev
  Arch      curl sqlite jansson libmicrohttpd zlib postgresql-libs
  Homebrew  curl sqlite jansson libmicrohttpd libpq
The tests also need bats with bats-assert and bats-support, curl, python3 and
sqlite3, and a PostgreSQL server for its half of them; lint needs clang-format,
clang-tidy, mandoc and shellcheck; fuzz needs
clang with its runtime.  Some tests are skipped without chromium,
fish, nginx, pgbouncer, promtool (of prometheus), pandas and PyYAML for Python,
wrk and zsh.
EOF
	exit 69
fi

missing=
for p in $want; do
	if ! dpkg-query -W -f='${Status}\n' "$p" 2>/dev/null |
	    grep -q 'ok installed'; then
		missing="$missing $p"
	fi
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "These packages are missing; as root, run:" >&2
		echo "  apt-get install$missing" >&2
		exit 69
	fi
	as_root=sudo
fi
echo "Installing:$missing" >&2
# The tests start what they need themselves: no package is to start a daemon.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap '$as_root rm -f $policy' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
	$as_root chmod 755 $policy
fi
$as_root apt-get update -qq >&2
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >&2
