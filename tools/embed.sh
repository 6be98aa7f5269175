#!/bin/sh
# Writes a C file holding the SQL files named, as the table of lib/schema.h, so
# that an installed program needs no data files.
#   embed.sh schema/sqlite/0001-bars.sql ... >schema.c
set -eu

echo '#include "schema.h"'
echo
n=0
for f in "$@"; do
	echo "static const char text_${n}[] = {"
	od -An -v -tu1 "$f" | sed 's/  */,/g; s/^,//; s/$/,/'
	echo '0 };'
	n=$((n + 1))
done
echo 'const struct schema_file schema_files[] = {'
n=0
for f in "$@"; do
	dir=$(basename "$(dirname "$f")")
	echo "{ \"$dir\", \"$(basename "$f" .sql)\", text_${n} },"
	n=$((n + 1))
done
echo '{ 0, 0, 0 } };'
