#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may include whom: wire <- keys <- net <- programs; the dissector stands alone.
# Usage: layering.sh [PROJECT]; "layering.sh --self-test" proves that it can fail.
set -euo pipefail

failures=0

fail() {
	echo "layering: $*" >&2
	failures=$((failures + 1))
}

# includes FILE...: "file:line:included" for every #include, in quotes or angle brackets
includes() {
	grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' "$@" |
		sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]+)[>"]$/:\1\2/' || true
}

# allow DIR QUOTED ANGLED: extended regular expressions over what the C files below DIR may include
allow() {
	local dir=$1 quoted=$2 angled=$3 files line included
	[ -d "$dir" ] || { fail "$dir is missing"; return; }
	mapfile -t files < <(find "$dir" -name '*.[ch]' | sort)
	[ "${#files[@]}" -gt 0 ] || { fail "$dir has no C files"; return; }
	while IFS= read -r line; do
		included=${line#*:*:}
		case $included in
		\"*) [[ ${included#?} =~ ^($quoted)$ ]] || fail "$line: not allowed in $dir" ;;
		\<*) [[ ${included#?} =~ ^($angled)$ ]] || fail "$line: not allowed in $dir" ;;
		esac
	done < <(includes "${files[@]}")
}

# The C library: ISO C, and of POSIX only text forms of addresses.
libc='(assert|ctype|errno|inttypes|limits|pthread|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time)\.h|(arpa|netinet|sys)/[a-z_]+\.h|unistd\.h|fcntl\.h'

check() {
	local root=$1
	allow "$root/lib/wire" 'wire/[a-z_0-9]+\.h' "$libc"
	allow "$root/lib/keys" '(wire|keys)/[a-z_0-9]+\.h|[a-z_0-9]+\.h' "$libc|openssl/[a-z_0-9]+\.h"
	allow "$root/lib/net" '(wire|keys|net)/[a-z_0-9]+\.h|[a-z_0-9]+\.h' '.*'
	allow "$root/lib/tool" '(wire|keys|net|tool)/[a-z_0-9]+\.h|[a-z_0-9]+\.h' '.*'
	# Its reading of the profile is its own: nothing of lib/, whatever the path is called.
	allow "$root/dissector" '([^/.][^/]*/)?[A-Za-z_0-9-]+\.h' '.*'
	if grep -rnE 'include.*[<"](\.\./|lib/|wire/|keys/|net/|tool/)' "$root/dissector" \
		--include='*.[ch]'; then
		fail "dissector/ includes something of lib/"
	fi
	if grep -nE 'PROJECT_SOURCE_DIR\}/lib|target_link_libraries\([^)]*\b(wire|keys|net|tool)\b' \
		"$root/dissector/CMakeLists.txt"; then
		fail "dissector/ links or includes lib/"
	fi
}

self_test() {
	local before
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	mkdir -p "$dir"/lib/{wire,keys,net,tool} "$dir/dissector"
	touch "$dir/dissector/CMakeLists.txt"
	for f in lib/wire lib/keys lib/net lib/tool dissector; do
		echo '#include <stdint.h>' >"$dir/$f/a.c"
	done
	check "$dir"
	[ "$failures" -eq 0 ] || { echo "self-test: the good tree was refused"; exit 1; }
	while read -r file text; do
		before=$failures
		echo "$text" >"$dir/$file"
		check "$dir" >/dev/null 2>&1
		[ "$failures" -gt "$before" ] || { echo "self-test: not caught: $file $text"; exit 1; }
		rm "$dir/$file"
	done <<'CASES'
lib/wire/b.c #include <glib.h>
lib/wire/b.c #include <openssl/evp.h>
lib/wire/b.h #include "keys/prf.h"
lib/keys/b.c #include "net/udp.h"
lib/keys/b.c # include <glib.h>
lib/net/b.c #include "tool/log.h"
dissector/b.c #include "wire/chain.h"
dissector/b.c #include "../lib/wire/chain.h"
dissector/b.c #include <wire/iana.h>
CASES
	echo "self-test: ok"
}

if [ "${1:-}" = --self-test ]; then
	self_test
	exit 0
fi
check "${1:-.}"
[ "$failures" -eq 0 ] || { echo "layering: $failures broken" >&2; exit 1; }
echo "layering: ok"
