#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A gateway that is killed in the middle of a run is the finding on top, and the run ends soon. usage: death_test.sh BUILD SOURCE
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-death.XXXXXX")
chmod 755 "$work"
. "$source/tests/lab/lab.sh"
trap 'lab_stop; rm -rf "$work"' EXIT
umask 077
lab_init "$work/lab" "$build"
lab_cast -
lab_target "$work/t.ini"
"$build/ikesync-probe/ikesync-probe" run --target "$work/t.ini" --out "$work/out" --capture=synth --jobs 1 C >"$work/report" 2>&1 </dev/null &
pid=$!
# the packets of C03 are written when it is over
until [ -e "$work/out/cases/C03.pcapng" ]; do
	kill -0 "$pid" 2>/dev/null || { echo "FAIL: the run is over too soon"; cat "$work/report"; exit 1; }
	lab_pause 0.02
done
lab_kill b
status=0
wait "$pid" || status=$?
[ "$status" = 1 ] || { echo "FAIL: exit $status"; cat "$work/report"; exit 1; }
jq -e '(.mend_first[0].text | test("the gateway at .* fell silent in C[0-9]+, and the network says port unreachable; the first message that it did not answer: IKE_"))
	and (.conclusion | startswith("DOES NOT LAST: "))
	and ([.cases[] | select(.ran and (.verdict == "fail" or .verdict == "inconclusive"))] | length == 1)
	and ([.cases[] | select(.ran | not) | select(.verdict == "inconclusive") | .reason | test("fell silent in C")] | length > 5 and all)
	and (.mend_first[0].not_asked | length > 5)
	and ([.cases[].octets[].name] | index("the first message that was not answered") != null)' \
	"$work/out/results.json" >/dev/null || { echo "FAIL: results"; jq -c "{mend_first, conclusion}, (.cases[]|{id,ran,verdict,reason})" "$work/out/results.json"; cat "$work/report"; exit 1; }
grep -q "^mend this first" "$work/out/report.txt" || { echo "FAIL: the head of the report"; exit 1; }
echo "death: ok"
