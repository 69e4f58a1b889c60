#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ikesync-probe check: the verdict on each file of captures/, on a spoiled one for each P case, and on what is no
# capture at all. usage: check_test.sh PROBE SPOIL SOURCE
set -euo pipefail
probe=$1 spoil=$2 source=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0 n=0
complain() { echo "FAIL: $*"; failed=1; }

# What `check` says: exit code, failed (and warned) cases, inconclusive ones.
judge() {
	local code=0
	"$probe" check --json "$@" >"$work/json" 2>"$work/err" || code=$?
	jq -e -f "$source/docs/probe-results.jq" "$work/json" >/dev/null || code="$code and no results.json"
	[ ! -s "$work/err" ] || { cat "$work/err" >&2; code="$code with words on stderr"; }
	echo "$code $(jq -r '([.cases[] | select(.verdict == "fail" or .verdict == "warn") | .id] | join(",") | if . == "" then "-" else . end) + " " +
		([.cases[] | select(.verdict == "inconclusive") | .id] | join(",") | if . == "" then "-" else . end)' "$work/json")"
}

while read -r name code fails unjudged; do
	keys=(--keys "$source/captures/$name.ikev2_decryption_table")
	[ ! -e "$source/captures/$name.seal_keys" ] || keys+=(--keys "$source/captures/$name.seal_keys")
	n=$((n + 1))
	got=$(judge "$source/captures/$name.pcapng" "${keys[@]}")
	[ "$got" = "$code $fails $unjudged" ] || complain "$name: $got, expected $code $fails $unjudged"
	# each finding names a frame
	jq -e '[.cases[].steps[] | select(.kind == "check") | .observed | test("frame [0-9]+")] | all' "$work/json" >/dev/null || complain "$name: a check without a frame"
	# without keys nobody is accused; the pool's stand in the file itself
	n=$((n + 1))
	cp "$source/captures/$name.pcapng" "$work/bare.pcapng"
	"$source/captures/secrets_block" --bare "$work/bare.pcapng"
	got=$(judge "$work/bare.pcapng")
	[ "${got:0:3}" = "0 -" ] || complain "$name without keys: $got"
done < <(grep -v '^#' "$source/tests/probe/check_expected")
for f in "$source"/captures/*.pcapng; do
	grep -q "^$(basename "$f" .pcapng) " "$source/tests/probe/check_expected" || complain "$(basename "$f") is not in check_expected"
done
grep -q Resumption <("$probe" check "$source/captures/wrong-label.pcapng" --keys "$source/captures/wrong-label.seal_keys" P12) || complain "wrong-label: no diagnosis"

# One spoiled capture for each case; keys only where the case needs them: whatever is changed in IKE_SA_INIT breaks BIND, too.
plain=$source/captures/stub-plain
"$spoil" none "$plain.pcapng" "$work/none.pcap"
n=$((n + 1))
got=$(judge "$work/none.pcap" --keys "$plain.seal_keys")
[ "$got" = "0 - P11" ] || complain "unspoiled: $got"
"$spoil" clear "$plain.pcapng" "$work/clear.pcap"
n=$((n + 1))
got=$(judge "$work/clear.pcap" --keys "$plain.seal_keys")
[ "$got" = "0 - P11" ] || complain "answers without protection: $got"
for case in P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12 P13 P14 P15 P16 P18; do
	keys=()
	case $case in P12 | P18) keys=(--keys "$plain.seal_keys") ;; esac
	"$spoil" "$case" "$plain.pcapng" "$work/$case.pcap"
	n=$((n + 1))
	got=$(judge "$work/$case.pcap" "${keys[@]}")
	[ "${got% *}" = "1 $case" ] || complain "spoiled for $case: $got"
done

# Damaged and foreign files, and what is said of them.
expect() {
	local code=$1 word=$2 got=0
	shift 2
	"$probe" check "$@" >"$work/out" 2>&1 || got=$?
	if [ "$got" != "$code" ] || ! grep -qF -- "$word" "$work/out"; then complain "check $*: exit $got, expected $code with \"$word\""; fi
}
head -c 3000 "$plain.pcapng" >"$work/cut.pcapng"
expect 0 "cannot be read" "$work/cut.pcapng"
head -c 24 "$work/none.pcap" >"$work/empty.pcap"
expect 3 "NOTHING TO JUDGE" "$work/empty.pcap"
head -c 300 /dev/urandom >"$work/noise"
expect 2 "noise" "$work/noise"
expect 2 "No such file" "$work/none-there.pcap"
expect 2 "which capture" --json
echo "no line of keys" >"$work/bad.keys"
expect 2 "bad.keys:1" "$work/none.pcap" --keys "$work/bad.keys"
expect 2 "--ike-port 0" "$work/none.pcap" --ike-port 0
expect 2 "--syn-type 128" "$work/none.pcap" --syn-type 128
expect 2 "P cases" "$work/none.pcap" C01
expect 2 "X99" "$work/none.pcap" X99
expect 0 "CONFORMS" "$work/none.pcap" --out "$work/run" --strict
for f in report.html report.txt results.json junit.xml; do [ -s "$work/run/$f" ] || complain "no $f"; done
[ "$failed" = 0 ] && echo "check: ok, $n captures judged"
exit "$failed"
