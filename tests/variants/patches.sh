#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# patches.sh: every sound variant applies where it says, exactly, and says what allows it.
set -euo pipefail
cd "$(dirname "$0")/../.."

failures=0 n=0
fail() { echo "variants: $*" >&2; failures=$((failures + 1)); }

work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-variants.XXXXXX")
trap 'rm -rf "$work"' EXIT
for patch in tests/variants/*.patch; do
	name=$(basename "$patch" .patch)
	n=$((n + 1))
	head=$(sed '/^---/,$d' "$patch")
	for field in Program Allowed Why; do
		[ "$(grep -c "^$field: [^ ]" <<<"$head")" = 1 ] || fail "$name: no line \"$field: ...\", or several"
	done
	if grep -qvE '^((Program|Allowed|Why): .*)?$' <<<"$head"; then
		fail "$name: a line of the header that is none of Program, Allowed, Why"
	fi
	program=$(sed -n 's/^Program: //p' <<<"$head")
	[[ $program =~ ^(gateway|bank)$ ]] || fail "$name: Program is gateway or bank"
	rm -rf "${work:?}"/*
	while read -r file; do
		[[ $file =~ ^(lib|ref-gateway)/ ]] || fail "$name: changes $file; only lib and ref-gateway are built anew"
		[ -e "$file" ] || { fail "$name: there is no $file"; continue; }
		mkdir -p "$work/$(dirname "$file")"
		cp "$file" "$work/$file"
	done < <(sed -n 's|^+++ b/\([^[:space:]]*\).*|\1|p' "$patch")
	patch -d "$work" -p1 -F0 -s -f --no-backup-if-mismatch <"$patch" >/dev/null 2>&1 || fail "$name does not apply"
done
echo "$n variants, $failures faults"
[ "$failures" = 0 ] && [ "$n" -gt 0 ]
