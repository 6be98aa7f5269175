#!/bin/sh
# Holds the order of the library's rooms.
#   rooms.sh "ROOM ..." "PURE ROOM ..."     the rooms, the lowest first
# A file lives in a room and includes only what stands before it; foreign
# headers appear in the files that own them; a pure room has no clock, no dice
# and no I/O; the library neither exits nor reads the environment.  Prints
# FILE:LINE: what is wrong, and fails.
set -eu
cd "$(dirname "$0")/.."

owners="<curl/curl.h> lib/polygon/http.c lib/polygon/transfer.h lib/polygon/failure.c lib/polygon/header.c lib/polygon/url.c lib/polygon/libcurl.c
<libpq-fe.h> lib/store/postgres/postgres.h
<microhttpd.h> lib/httpd/httpd.c lib/httpd/header.c
<sqlite3.h> lib/store/sqlite/sqlite.h
<zlib.h> lib/sys/gzip.c
<jansson.h> lib/answer/page.c lib/answer/body.h lib/cli/config.c
<jansson.h> lib/base/json_file.c lib/base/json_memory.c lib/load/symbols.c lib/load/compare.c lib/baseline/compare.c"
outside='f(open|dopen|read|write|close|gets|puts|printf|flush)|v?printf|puts|perror|open|read|write|close|access|stat|unlink|rename|socket|connect|send|recv|time|clock|clock_gettime|gettimeofday|md_now_ms|md_monotonic_us|md_thread_cpu_us|nanosleep|sleep|rand|random|drand48|getrandom|getpid|fork|pthread_[a-z_]+'

# shellcheck disable=SC2016 # awk's fields
find lib cmd -name '*.[ch]' | sort | xargs awk -v rooms="$1" -v pure="$2" \
    -v owners="$owners" -v outside="(^|[^a-zA-Z0-9_>.])($outside)[(]" '
function wrong(what) { print FILENAME ":" FNR ": " what; failed = 1 }
BEGIN {
	for (n = split(rooms, name, " "); n > 0; n--) order[name[n]] = n
	for (n = split(pure, name, " "); n > 0; n--) is_pure[name[n]] = 1
	for (n = split(owners, row, "\n"); n > 0; n--) {
		m = split(row[n], word, " ")
		for (foreign[word[1]] = 1; m > 1; m--) owns[word[1], word[m]] = 1
	}
}
FNR == 1 {
	split(FILENAME, part, "/")
	room = part[1] == "lib" ? part[2] : ""
	if (room != "" && !(room in order)) wrong("in no room")
	comment = 0
}
/^#include </ && ($2 in foreign) && !(($2, FILENAME) in owns) {
	wrong($2 " belongs to other files")
}
/^#include "/ && room != "" {
	split($2, part, /["\/]/)
	if (!(part[2] in order)) wrong($2 " names no room")
	else if (order[part[2]] > order[room]) wrong($2 " is of a later room")
}
{
	line = $0
	gsub(/"([^"\\]|\\.)*"/, "", line)
	if (comment && line !~ /\*\//) next
	comment = line ~ /\/\*/ && line !~ /\*\//
	sub(/^.*\*\//, "", line); sub(/\/\*.*$/, "", line)
}
(room in is_pure) && FILENAME ~ /c$/ && line ~ outside {
	wrong("a clock, dice or I/O in a pure room")
}
room != "" && line ~ /(^|[^a-zA-Z0-9_])(exit|getenv|printf|extern)[( ]/ &&
    !(FILENAME ~ /h$/ && line ~ /^extern/) {
	wrong("a library does not exit, print, look at the environment, " \
	    "nor declare what a header should")
}
END { exit failed }'
