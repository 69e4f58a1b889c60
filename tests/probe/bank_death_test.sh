#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A stub bank that dies of a message in the middle of a run is the finding on top, with that message, and the run ends soon.
# usage: bank_death_test.sh BUILD SOURCE
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-bank-death.XXXXXX")
chmod 755 "$work"
. "$source/tests/lab/lab.sh"
trap 'lab_stop; rm -rf "$work"' EXIT
umask 077
failed=0

# Of its first update the bank dies; nobody starts it again.
printf '#!/bin/sh\nIKESYNC_FATAL=2 LD_PRELOAD=%s exec %s "$@"\n' "$build/tests/lab/libfatal.so" "$build/ref-gateway/bank/ikesync-bank" >"$work/ikesync-bank"
chmod 755 "$work/ikesync-bank"

# dies NAME EXIT MESSAGE CASES-MUST-HAVE-RUN SELECTOR...
dies() {
	local name=$1 message=$2 status=0
	shift 2
	# shellcheck disable=SC2034 # for lab.sh
	LAB_BANK='' LAB_BANK_PROGRAM=$work/ikesync-bank
	lab_init "$work/$name" "$build"
	lab_cast -
	lab_target "$work/$name.ini"
	"$build/ikesync-probe/ikesync-probe" run --target "$work/$name.ini" --out "$work/out-$name" --capture=off "$@" \
		>"$work/report-$name" 2>&1 </dev/null || status=$?
	lab_stop
	if [ "$status" = 1 ] && jq -e --arg message "$message" '
		(.mend_first[0].text | test("the stub bank at .* fell silent in [CG][0-9]+, and nothing listens there any more; the first message that it did not answer: " + $message))
		and (.conclusion | startswith("DOES NOT LAST: "))
		and ([.cases[] | select(.verdict == "fail")] | length == 1)
		and ([.cases[] | select(.ran and .verdict == "inconclusive") | .reason | test("it found that the stub bank fell silent in")] | all)
		and ([.cases[] | select(.ran | not) | select(.verdict == "inconclusive") | .reason | test("not run: the stub bank fell silent in [CG]")] | length > 5 and all)
		and (.mend_first[0].not_asked | length > 5)' "$work/out-$name/results.json" >/dev/null; then
		return
	fi
	echo "FAIL: $name: exit $status"
	jq -c '{mend_first, conclusion}, (.cases[] | select(.verdict != "skip") | {id, ran, verdict, reason})' "$work/out-$name/results.json" || cat "$work/report-$name"
	failed=1
}

dies bank 'update with transaction 0x[0-9a-f]{8}, [0-9]+ octets' --jobs 1 G
jq -e '[.cases[].octets[]?.name] | index("the first message that was not answered") != null' "$work/out-bank/results.json" >/dev/null ||
	{ echo "FAIL: the message is not kept"; failed=1; }
# the move of a resumption is the gateway's message
dies gateway "none of the probe's" --jobs 1 C
# and where cases run side by side; a get that another one sent in the same moment may be the first without an answer
dies jobs '(update|get|delete|init) with transaction' --jobs 4 G
[ "$failed" = 0 ] && echo "bank death: ok"
exit "$failed"
