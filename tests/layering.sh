#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Holds the tree to its plan: who includes and who calls whom, folder by folder, and what a file may look like.
# The plan stands in layering.table, the reading in layering.pl.
# Usage: layering.sh PROJECT BUILD (LAYERING_ALL=1 lists every place behind a figure)
#        layering.sh --self-test   plants each fault in a tree of its own and must find it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
	sed -n '5,6s/^# //p' "$0" >&2
	exit 2
}

# ---- the self-test: a small house of its own

# objects DIR: compile every C file to where cmake would put it
objects() {
	local c o
	rm -rf "$1/build"
	while IFS= read -r c; do
		o=$1/build/$(dirname "$c")/CMakeFiles/x.dir/$(basename "$c").o
		mkdir -p "$(dirname "$o")"
		cc -c -I"$1/lib" -I"$1/prog" -o "$o" "$1/$c"
	done < <(cd "$1" && find . -name '*.c' | sed 's,^\./,,')
}

look() { perl "$here/layering.pl" "$1" "$1/build" "$1/layering.table" >"$1/out" 2>&1; }

# room DIR FILE CALLS...: FILE.c and FILE.h with a function named as the file, which calls those of the files CALLS
room() {
	local dir=$1 file=$2 name called
	shift 2
	name=$(basename "$file")
	mkdir -p "$dir/$(dirname "$file")"
	printf '/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* A room. */\nvoid %s(void);\n' "$name" >"$dir/$file.h"
	{
		printf '/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* A room. */\n#include "%s.h"\n' "$name"
		for called; do printf '#include "%s.h"\n' "$called"; done
		printf '\nvoid %s(void)\n{\n' "$name"
		for called; do printf '\t%s();\n' "$(basename "$called")"; done
		printf '}\n'
	} >"$dir/$file.c"
}

house() {
	rm -rf "$1"
	mkdir -p "$1"
	room "$1" lib/wire/chain
	room "$1" lib/keys/prf wire/chain
	room "$1" prog/low/table keys/prf
	room "$1" prog/low/cell
	room "$1" prog/high/act low/table low/cell
	room "$1" alone/top base/word
	room "$1" alone/base/word
	sed -i 's/#include "word.h"/#include "base\/word.h"/' "$1/alone/top.c"
	cat >"$1/layering.table" <<'TABLE'
area lib lib - : keys wire
area prog prog lib : high low
area alone alone - : . base
system lib/wire (stdint|string)\.h
TABLE
}

# planted FIGURE TEXT: the house with this fault is refused, for this reason
planted() {
	objects "$dir"
	if look "$dir"; then
		echo "self-test: not caught: $2"
		cat "$dir/out"
		exit 1
	fi
	grep -q "^layering: [a-z]*: $1 is" "$dir/out" || { echo "self-test: $2: refused for another reason"; cat "$dir/out"; exit 1; }
	caught=$((caught + 1))
	house "$dir"
}

add() { printf '%b' "$2" >>"$dir/$1"; }

self_test() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	dir=$work/house caught=0
	house "$dir"
	objects "$dir"
	look "$dir" || { echo "self-test: the good house was refused"; cat "$dir/out"; exit 1; }

	add lib/wire/chain.c '#include <stdio.h>\n'
	planted upward "a header of the system that is not for this folder"
	add lib/wire/chain.c '#include "keys/prf.h"\n'; planted upward "an include upwards between libraries"
	add prog/low/table.c '# include "high/act.h"\n'; planted upward "an include upwards between folders"
	add lib/keys/prf.c '#include "low/table.h"\n'; planted upward "a library that includes a program"
	add alone/base/word.c '#include <wire/chain.h>\n'; planted upward "an include from the area that stands alone"
	add alone/base/word.c '#include "../../lib/wire/chain.h"\n'; planted upward "a path around the rules"
	add lib/wire/chain.c 'void act(void);\nvoid chain(void);\n'
	sed -i 's/^}/\tact();\n}/; s/^void chain(void)$/void act(void);\n\n&/' "$dir/lib/wire/chain.c"
	planted upward "a call from a library into a program, declared by hand"
	sed -i 's/^void cell(void)$/void act(void);\n\n&/; s/^}/\tact();\n}/' "$dir/prog/low/cell.c"
	planted upward "a call upwards, declared by hand"
	sed -i 's/^void word(void)$/void chain(void);\n\n&/; s/^}/\tchain();\n}/' "$dir/alone/base/word.c"
	planted upward "a call from the area that stands alone into lib"
	room "$dir" prog/low/cell low/table; room "$dir" prog/low/table low/cell
	planted knot "two files that call each other"
	add prog/low/cell.h '#include "low/table.h"\n'; add prog/low/table.h '#include "low/cell.h"\n'
	sed -i '1s/$/\n#ifndef C\n#define C/; $s/$/\n#endif/' "$dir/prog/low/cell.h"
	sed -i '1s/$/\n#ifndef T\n#define T/; $s/$/\n#endif/' "$dir/prog/low/table.h"
	planted include-knot "two headers that include each other"
	add prog/low/table.c '\nvoid other(void);\nvoid other(void)\n{\n}\n'; add prog/low/cell.h 'void other(void);\n'
	planted foreign "a function declared in another file's header"
	add prog/low/table.c '\nvoid other(void);\nvoid other(void)\n{\n}\n'
	planted foreign "a function exported for nobody"
	{ printf '\nstatic void tall(void)\n{\n'; for _ in $(seq 87); do printf '\t;\n'; done; printf '}\nvoid (*use)(void) = tall;\n'; } >>"$dir/prog/low/table.c"
	planted above80 "a function of 90 lines"
	for _ in $(seq 600); do echo '/* more */'; done >>"$dir/prog/low/table.c"
	planted long-file "a file above 600 lines"
	sed -i 2d "$dir/prog/low/table.c"; planted no-opening "a file that does not say what room it is"
	room "$dir" prog/high/cell; planted twin "a name defined twice"
	room "$dir" prog/new/thing; planted upward "a folder without a place in the table"
	rm "$dir/build/prog/low/CMakeFiles/x.dir/table.c.o" 2>/dev/null || { objects "$dir"; rm "$dir/build/prog/low/CMakeFiles/x.dir/table.c.o"; }
	! look "$dir" || { echo "self-test: a file without an object was passed over"; exit 1; }
	echo "self-test: $caught planted faults found"
}

case ${1:-} in
--self-test) self_test ;;
'' | -*) usage ;;
*)
	[ $# = 2 ] || usage
	if grep -nE 'PROJECT_SOURCE_DIR\}/lib|target_link_libraries\([^)]*\b(wire|keys|ike|net|tool)\b' "$1/dissector/CMakeLists.txt"; then
		echo "layering: dissector/ links or includes lib/" >&2
		exit 1
	fi
	exec perl "$here/layering.pl" "$1" "$2" "${LAYERING_TABLE:-$here/layering.table}"
	;;
esac
