#!/bin/sh
# The source archive FOLDER/mdkit-VERSION.tar.gz, the same bytes wherever it is
# made: of the last commit in a clone, of the tree in an unpacked archive.
#   dist.sh VERSION FOLDER
# It takes GNU tar.  SOURCE_DATE_EPOCH is the time of its files; by default that
# is the commit's, which the files of an unpacked archive have kept.
set -eu

[ $# -eq 2 ] || {
	echo "usage: dist.sh VERSION FOLDER" >&2
	exit 64
}
here=$(cd "$(dirname "$0")/.." && pwd)
name=mdkit-$1
mkdir -p "$2"
out=$(cd "$2" && pwd)/$name.tar.gz
tar --version 2>/dev/null | grep -q GNU || {
	echo "dist.sh: it takes GNU tar" >&2
	exit 69
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/$name"
cd "$here"
# A tree that was unpacked into somebody's repository is not that repository.
if [ -e .git ]; then
	epoch=$(git log -1 --format=%ct)
	git archive -o "$work/tree.tar" HEAD
else
	epoch=$(stat -c %Y Makefile)
	# What a build, a packager or Python leaves behind is no source.
	tar --exclude='./build' --exclude='./build-*' --exclude='./dist' \
	    --exclude='./.git' --exclude='./result' --exclude='__pycache__' \
	    --exclude='./debian/mdkit' --exclude='./debian/.debhelper' \
	    --exclude='./debian/*.substvars' --exclude='./debian/*.debhelper' \
	    --exclude='./debian/*.log' --exclude='./debian/files' \
	    --exclude='./debian/debhelper-build-stamp' \
	    -cf "$work/tree.tar" .
fi
tar -C "$work/$name" -xf "$work/tree.tar"
LC_ALL=C tar -C "$work" --format=ustar --sort=name --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX \
    --mtime="@${SOURCE_DATE_EPOCH:-$epoch}" -cf "$work/dist.tar" "$name"
gzip -9 -n <"$work/dist.tar" >"$out.new"
mv "$out.new" "$out"
echo "$out"
