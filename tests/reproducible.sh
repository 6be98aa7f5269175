#!/bin/sh
# Is what is built the same bytes, whoever builds it, where and when?  The source
# archive is made twice, in a clone and in its unpacked self, and then built in
# two folders of other names at other times.  Run by `make package-check`.
#   reproducible.sh
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
failed=0
passed=0

# same WHAT ONE OTHER
same() {
	if cmp -s "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "reproducible.sh: $1 differs: $2 $3" >&2
	fi
}

version=$(make -s -C "$here" version)
name=mdkit-$version
sh "$here/tools/dist.sh" "$version" "$work/first" >/dev/null
mkdir "$work/one" "$work/another-place"
tar -C "$work/one" -xzf "$work/first/$name.tar.gz"
tar -C "$work/another-place" -xzf "$work/first/$name.tar.gz"
(cd "$work/one/$name" && sh tools/dist.sh "$version" "$work/second") >/dev/null
same archive "$work/first/$name.tar.gz" "$work/second/$name.tar.gz"

for tree in "$work/one/$name" "$work/another-place/$name"; do
	# A cache would answer the second from the first.
	(cd "$tree" && env CCACHE_DISABLE=1 TZ="UTC+${#tree}" \
	    make -s -j"$(getconf _NPROCESSORS_ONLN)" CC="${CC:-cc}" all \
	    >/dev/null)
	make -s -C "$tree" install DESTDIR="$tree/.root" PREFIX=/usr >/dev/null
done
# A short name, or localhost, is in the programs by chance.
host=$(uname -n)
[ ${#host} -ge 6 ] && [ "$host" != localhost ] || host=$work
programs=$(cd "$work/one/$name/.root/usr/bin" && ls)
for program in $programs; do
	same "$program" "$work/one/$name/build/$program" \
	    "$work/another-place/$name/build/$program"
	if grep -q -e "$work" -e "$host" "$work/one/$name/build/$program"; then
		failed=$((failed + 1))
		echo "reproducible.sh: $program names its folder or host" >&2
	fi
done
(cd "$work/one/$name/.root" && find . -type f -exec cksum {} + | sort) \
    >"$work/one.sums"
(cd "$work/another-place/$name/.root" && find . -type f -exec cksum {} + |
    sort) >"$work/another.sums"
same "what is installed" "$work/one.sums" "$work/another.sums"

if [ $failed -eq 0 ]; then
	cksum "$work/first/$name.tar.gz" | sed "s#$work/first/##"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
