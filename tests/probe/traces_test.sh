#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No case leaves an IKE SA or a stub behind: after a run the gateways hold none and the bank has none, and what is left is said.
# usage: traces_test.sh BUILD SOURCE [SELECTOR...]   the whole catalogue unless told; its alone cases take a minute
set -euo pipefail
build=$1 source=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-traces.XXXXXX")
chmod 755 "$work"
. "$source/tests/lab/lab.sh"
trap 'lab_stop; rm -rf "$work"' EXIT
umask 077
failed=0
complain() { echo "FAIL: $*"; failed=1; }

lab_init "$work/lab" "$build"
lab_cast
lab_target "$work/t.ini"
"$build/ikesync-probe/ikesync-probe" run --target "$work/t.ini" --out "$work/out" --capture=off --jobs 8 "$@" >"$work/report" 2>&1 </dev/null ||
	{ cat "$work/report"; complain "the run does not pass"; }
jq -e '.left_behind == []' "$work/out/results.json" >/dev/null || complain "left behind: $(jq -c .left_behind "$work/out/results.json")"
gateways=("${!LAB_IKE[@]}")
lab_stop
for g in "${gateways[@]}"; do
	grep -q ' 0 IKE SAs now$' <(grep 'IKE SAs now$' "$LAB/log/$g.log" | tail -n 1) ||
		complain "$g: $(grep 'IKE SAs now$' "$LAB/log/$g.log" | tail -n 1)"
done
# What the bank has, gateway by gateway; what has expired only waits for the next sweep.
lab_bank "control=$work/control"
for g in "${LAB_ADDR[@]}" 203.0.113.{1..6} 2001:db8:f::{1..4}; do
	"$build/ref-gateway/bank/ikesync-bank" ctl --config "$LAB/etc/bank.conf" list "$g" >"$work/stubs"
	! grep ' stub expires=' "$work/stubs" | grep -v ' expired ' || complain "the bank has stubs of $g"
done
lab_stop

# What is left is said: a client that ends while its gateway is held still cannot say goodbye.
lab_init "$work/lab2" "$build"
lab_cast -
lab_target "$work/t2.ini"
printf '[hooks]\nold-gateway-fail=kill -STOP %s\n' "${LAB_PID[a]}" | cat "$work/t2.ini" - | awk '/^\[hooks\]/ { if (seen++) next } { print }' >"$work/t3.ini"
chmod 600 "$work/t3.ini"
"$build/ikesync-probe/ikesync-probe" run --target "$work/t3.ini" --out "$work/out2" --capture=off C02 >"$work/report2" 2>&1 </dev/null || true
kill -CONT "${LAB_PID[a]}"
jq -e '.left_behind | length == 1 and .[0].case == "C02" and (.[0].index | endswith("@127.0.1.1") or test("@127\\."))' "$work/out2/results.json" >/dev/null ||
	complain "not said: $(jq -c .left_behind "$work/out2/results.json") $(cat "$work/report2")"
# ... and so in the report made again
"$build/ikesync-probe/ikesync-probe" report --format json "$work/out2" >"$work/again.json"
cmp "$work/again.json" "$work/out2/results.json" || complain "reported again it is another"
grep -q "1 stub of this run is still at the bank" "$work/out2/report.txt" || complain "not in the report"
[ "$failed" = 0 ] && echo "traces: ok"
exit "$failed"
