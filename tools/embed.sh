#!/bin/sh
# Writes a C file that holds other files, so that an installed program needs no
# data files.
#   embed.sh schema/sqlite/0001-bars.sql ... >schema.c
#       the SQL files, as the table of lib/store/schema.h
#   embed.sh --text lib/output/page.css >page.css.c
#       one file, as the string page_css of lib/output/page_css.h
set -eu

bytes() {
	od -An -v -tu1 "$1" | sed 's/  */,/g; s/^,//; s/$/,/'
	echo '0 };'
}

if [ "$1" = --text ]; then
	name=$(basename "$2" | tr . _)
	echo "#include \"$(basename "$(dirname "$2")")/$name.h\""
	echo
	echo "const char ${name}[] = {"
	bytes "$2"
	exit
fi
echo '#include "schema.h"'
echo
n=0
for f in "$@"; do
	echo "static const char text_${n}[] = {"
	bytes "$f"
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
