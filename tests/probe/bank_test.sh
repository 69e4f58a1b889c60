#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The bank cases against the real bank, twice, for a bank lives longer than a run; and the tshark line of every case, run as printed.
# usage: bank_test.sh BUILD
set -euo pipefail
build=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-probe-bank.XXXXXX")
chmod 755 "$work"
. "$(dirname "$0")/../lab/lab.sh"
trap 'lab_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
probe=$build/ikesync-probe/ikesync-probe
fail() { echo "FAIL: $*"; exit 1; }

lab_init "$work/lab" "$build"
lab_cast_bank
{
	lab_target_bank
	lab_target_limits
	echo "[hooks]"
	echo "bank-restart=$LAB_RESTART"
} >"$work/target.ini"
all=$("$probe" list --json | jq '[.[] | select(.id | startswith("G"))] | length')

# live where this user may, then from the probe's own octets
n=0
for mode in auto synth; do
	status=0
	"$probe" run --target "$work/target.ini" --capture=$mode --out "$work/$mode" G >"$work/out" 2>&1 || status=$?
	[ $status = 0 ] || { cat "$work/out"; fail "exit $status with --capture=$mode"; }
	jq -e --argjson all "$all" '[.cases[] | select(.id != "S02")] | length == $all and all(.[]; .verdict == "pass")' "$work/$mode/results.json" >/dev/null ||
		{ jq -r ".cases[] | select(.verdict != \"pass\") | \"\(.id) \(.verdict) \(.reason)\"" "$work/$mode/results.json"; fail "not every case passed"; }
	jq -e -f "$source/docs/probe-results.jq" "$work/$mode/results.json" >/dev/null || fail "results.json is not as described"
	command -v tshark >/dev/null || continue
	while IFS= read -r line; do
		# as printed, plus what a test can compare: the clear text of the first TLS connection
		got=$(cd "$work/$mode" && bash -c "$line -q -z follow,tls,hex,0" 2>/dev/null) || fail "does not run: $line"
		# a stub message begins with 207 (transaction) and a type
		grep -Eq '^[[:space:]]*00000000  cf [0-9a-f][0-9a-f] ' <<<"$got" || { echo "$got"; fail "does not decrypt: $line"; }
		n=$((n + 1))
	done < <(jq -r '.cases[].capture.tshark' "$work/$mode/results.json")
done
echo "bank cases passed twice, $n tshark lines decrypt"
