#!/bin/sh
# clang-tidy over the files named, with the flags that the build uses.  A file
# that was found good is left out until it, a header of ours that it includes,
# or the checks change: build/tidy/ remembers by a hash of all of them.
set -eu
cd "$(dirname "$0")/.."
flags="-std=c11 -Ilib -D_POSIX_C_SOURCE=200809L
$(pkg-config --cflags libcurl sqlite3 libpq jansson libmicrohttpd zlib)"
version=$(clang-tidy --version)
mkdir -p build/tidy

# state FILE: the hash of all that its verdict hangs on.
state() {
	# shellcheck disable=SC2086,SC2046 # words
	{
		echo "$1 $flags $version"
		cat .clang-tidy tools/tidy.sh \
		    $(${CC:-cc} $flags -MM -MT '' "$1" | tr -d '\\:')
	} | sha256sum | cut -d' ' -f1
}

status=0
for file in "$@"; do
	good=build/tidy/$(state "$file")
	if [ -e "$good" ]; then
		touch "$good"
		continue
	fi
	# shellcheck disable=SC2086 # words
	if clang-tidy --quiet --warnings-as-errors='*' "$file" -- $flags \
	    -DMD_VERSION='"0"'; then
		: >"$good"
	else
		status=1
	fi
done
find build/tidy -type f -mtime +14 -exec rm {} +
exit $status
