#!/bin/sh
# Prints the bats files that exercise threads, by tests/threads.txt, and fails
# when a source that creates threads is not there, or one is that creates none.
set -eu
cd "$(dirname "$0")/.."
table=tests/threads.txt

have=$(grep -rlwE --include='*.c' \
    'pthread_create|thread_start|thrd_create|MHD_start_daemon' lib cmd | sort)
listed=$(sed 's/#.*//' $table | awk 'NF { print $1 }' | sort)
if [ "$have" != "$listed" ]; then
	echo "$table is not of these sources:" >&2
	printf '%s\n' "$have" "$listed" | sort | uniq -u |
	    sed 's/^/  which creates threads, or is listed and does not: /' >&2
	exit 1
fi
files=$(sed 's/#.*//' $table |
    awk '{ for (i = 2; i <= NF; i++) print $i ".bats" }' | sort -u)
for f in $files; do
	[ -f "tests/$f" ] || { echo "$table: $f: no such file" >&2; exit 1; }
done
echo "$files"
