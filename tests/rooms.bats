load helper

# The order of the library's rooms, looked at in a copy of the sources.
setup() {
	cp -r "$MD_ROOT/lib" "$MD_ROOT/cmd" "$MD_ROOT/tools" \
		"$MD_ROOT/Makefile" "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

# refused FILE LINE WORDS: with that line at its end, the file is complained of.
refused() {
	local before

	before=$(cat "$1" 2>/dev/null || true)
	printf '%s\n' "$2" >>"$1"
	run make -s rooms
	[ "$status" -ne 0 ] || fail "$1: $2: not seen"
	[[ $output == "$1:"*"$3"* ]] || fail "$output"
	if [ -n "$before" ]; then
		printf '%s\n' "$before" >"$1"
	else
		rm "$1"
	fi
}

@test "each room includes only those below it" {
	run make -s rooms
	assert_success
	assert_output ""
	refused lib/base/buf.c '#include "store/store.h"' "later room"
	refused lib/plan/plan.c '#include "backfill/backfill.h"' "later room"
	refused lib/report/gaps.h '#include "output/gaps.h"' "later room"
	refused lib/base/buf.c '#include "array.h"' "no room"
	refused lib/store/store.c 'extern int serve_run(void);' "header"
	refused lib/new.c '#include "base/buf.h"' "in no room"
}

@test "each outside library is included by its own files alone" {
	refused lib/load/http.c '#include <curl/curl.h>' "other files"
	refused cmd/mdserve.c '#include <microhttpd.h>' "other files"
	refused lib/store/store.c '#include <sqlite3.h>' "other files"
	refused lib/store/sqlite/page.c '#include <libpq-fe.h>' "other files"
	refused lib/serve/serve.c '#include <jansson.h>' "other files"
	refused lib/polygon/http.c '#include <zlib.h>' "other files"
}

@test "a pure room has no clock, no dice and no files" {
	refused lib/plan/plan.c 'int64_t t(void) { return md_now_ms(); }' clock
	refused lib/market/zone.c 'int r(void) { return rand(); }' dice
	refused lib/answer/page.c 'void *f(void) { return fopen("x", "r"); }' I/O
	refused lib/pace/slots.c 'void p(void) { printf("x"); }' "pure room"
}

@test "the library does not exit and reads no environment" {
	refused lib/store/store.c 'void f(void) { exit(1); }' "does not exit"
	refused lib/cli/config.c 'char *g(void) { return getenv("HOME"); }' \
		environment
}
