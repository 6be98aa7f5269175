#!/bin/sh
# clang-tidy over the files named, with the flags that the build uses.
set -eu
# shellcheck disable=SC2046 # words
exec clang-tidy --quiet --warnings-as-errors='*' "$@" -- -std=c11 -Ilib \
    -D_POSIX_C_SOURCE=200809L -DMD_VERSION='"0"' \
    $(pkg-config --cflags libcurl sqlite3 libpq jansson libmicrohttpd zlib)
