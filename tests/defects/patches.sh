#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# patches.sh PROBE: every defect applies where it says, exactly, and says what it is; every case has one.
set -euo pipefail
cd "$(dirname "$0")/../.."

probe=$1 failures=0
fail() { echo "defects: $*" >&2; failures=$((failures + 1)); }

# entries FILE: the first words of its lines
entries() { [ ! -e "tests/defects/$1" ] || sed -n 's/^\([^#[:space:]][^[:space:]]*\)[[:space:]].*/\1/p' "tests/defects/$1"; }

mapfile -t ids < <("$probe" list --json | jq -r '(if type == "array" then . else .cases end)[] | .id')
[ ${#ids[@]} -gt 0 ] || fail "the probe lists no case"
none=" $(entries NONE | tr '\n' ' ')" uncaught=" $(entries UNCAUGHT | tr '\n' ' ')"
covered=' '
patches=(tests/defects/*.patch)
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	head=$(sed '/^---/,$d' "$patch")
	for field in Case Program Diagnosis Why; do
		[ "$(grep -c "^$field: [^ ]" <<<"$head")" = 1 ] || fail "$name: no line \"$field: ...\", or several"
	done
	[ "$(grep -c "^Clause: [^ ]" <<<"$head")" -le 1 ] || fail "$name: several lines \"Clause: ...\""
	if grep -qvE '^((Case|Clause|Program|Tests|Verdict|Diagnosis|Why): .*)?$' <<<"$head"; then
		fail "$name: a line of the header that is none of Case, Clause, Program, Tests, Verdict, Diagnosis, Why"
	fi
	program=$(sed -n 's/^Program: //p' <<<"$head")
	[[ $program =~ ^(gateway|bank|client)$ ]] || fail "$name: Program is gateway, bank or client"
	grep -qEi -- "$(sed -n 's/^Diagnosis: //p' <<<"$head")" <<<'' || [ $? = 1 ] || fail "$name: Diagnosis is no regular expression"
	cases=$(sed -n 's/^Case: //p' <<<"$head")
	if [ "$cases" = - ]; then
		grep -q '^Tests: ' <<<"$head" || [[ $uncaught == *" $name "* ]] || fail "$name: neither a case nor a test"
	else
		for id in $cases; do
			[[ " ${ids[*]} " == *" $id "* ]] || fail "$name: the probe has no case $id"
			[[ $uncaught == *" $name "* ]] || covered+="$id "
		done
	fi
	while read -r file; do
		[[ $file =~ ^(lib|ref-gateway|ikesync-probe)/ ]] || fail "$name: changes $file; only lib, ref-gateway and ikesync-probe are built anew"
		[ -f "$file" ] || fail "$name: there is no $file"
	done < <(sed -n 's|^+++ b/\([^[:space:]]*\).*|\1|p' "$patch")
	patch -p1 -F0 --dry-run -f -s <"$patch" >/dev/null || fail "$name does not apply: tests/defects/refit, or make it anew"
done
for id in "${ids[@]}"; do
	if [[ $none == *" $id "* ]]; then
		[[ $covered != *" $id "* ]] || fail "$id has a defect, and stands in NONE"
	else
		[[ $covered == *" $id "* ]] || fail "$id has no defect: write one, or say in tests/defects/NONE why there is none"
	fi
done
for name in $uncaught; do
	[ -e "tests/defects/$name.patch" ] || fail "UNCAUGHT names $name, which is no defect"
done
for id in $none; do
	[[ " ${ids[*]} " == *" $id "* ]] || fail "NONE names $id, which is no case"
done
echo "${#patches[@]} defects, ${#ids[@]} cases"
[ "$failures" = 0 ]
