#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run reported again from its results.json is the same run; two runs compared say what got worse; what is no
# results.json is refused with the place.
# usage: report_again_test.sh PROBE SPOIL SOURCE
set -euo pipefail
probe=$1 spoil=$2 source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0
complain() { echo "FAIL: $*"; failed=1; }

# expect CODE WORDS COMMAND...: exit code, and a text on stdout or stderr
expect() {
	local code=$1 words=$2 got=0
	shift 2
	"$@" >out 2>&1 </dev/null || got=$?
	[ "$got" = "$code" ] || { complain "$*: exit $got, not $code"; cat out; }
	grep -qF -- "$words" out || { complain "$*: does not say \"$words\""; head -5 out; }
}

# one run with a fault in what it read, and one without
"$spoil" P01 "$source/captures/stub-plain.pcapng" bad.pcap
"$spoil" none "$source/captures/stub-plain.pcapng" good.pcap
"$probe" check bad.pcap --out bad >/dev/null 2>&1 && complain "the spoiled capture conforms" || true
"$probe" check good.pcap --out good >/dev/null 2>&1 || complain "the capture does not conform"

for run in bad good; do
	"$probe" report --format json "$run" >again.json
	cmp again.json "$run/results.json" || complain "$run: results.json is another"
	"$probe" report --format junit "$run" >again.xml
	cmp again.xml "$run/junit.xml" || complain "$run: junit.xml is another"
	"$probe" report --format text "$run" >again.txt
	cmp again.txt "$run/report.txt" || complain "$run: report.txt is another"
	"$probe" report "$run" >again.html
	cmp again.html "$run/report.html" || complain "$run: report.html is another"
	"$probe" report --format tap - <"$run/results.json" >tap.out
	# the plan, and as many lines as there are results that are not to be worried about
	[ "$(grep -c '^ok ' tap.out)" = "$(jq '[.cases[] | select(.verdict != "fail" and .verdict != "inconclusive")] | length' "$run/results.json")" ] ||
		complain "$run: tap counts otherwise"
	grep -qx "1\.\.$(jq '.cases | length' "$run/results.json")" tap.out || complain "$run: no plan"
	"$probe" report --format sarif "$run" >sarif.json
	jq -e '.version == "2.1.0"' sarif.json >/dev/null
	[ "$(jq '[.runs[0].results[] | select(.level == "error")] | length' sarif.json)" = "$(jq .counts.fail "$run/results.json")" ] ||
		complain "$run: sarif counts otherwise"
done
[ "$(jq .counts.fail bad/results.json)" -gt 0 ] || complain "no case failed: the comparison shows nothing"

# A waiver in the results: every form has its own word for it.
jq '(.cases[] | select(.verdict == "fail")).waiver = {"cases": "P", "reason": "ticket 7", "until": "9999-12-31", "state": "holds"}' bad/results.json >waived.json
"$probe" report --format tap waived.json >tap.out
grep -q '^not ok .* # TODO ticket 7$' tap.out || complain "tap says nothing of the waiver"
"$probe" report --format sarif waived.json | jq -e '[.runs[0].results[] | select(.level == "error") | .suppressions[0].justification] | all(. == "ticket 7")' >/dev/null ||
	complain "sarif says nothing of the waiver"
"$probe" report --format junit waived.json >waived.xml
grep -q 'failures="0"' waived.xml && grep -q '<skipped message="waived until 9999-12-31: ticket 7"' waived.xml || complain "junit says nothing of the waiver"
"$probe" report --format json waived.json | jq -e --slurpfile w waived.json '[.cases[].waiver] == [$w[0].cases[].waiver]' >/dev/null || complain "the waiver got lost"
expect 0 "waived until 9999-12-31: ticket 7" "$probe" report --format text waived.json
"$probe" report --format badge bad >badge.svg
grep -q "<title>IKE SA sync: $(jq .counts.fail bad/results.json) of [0-9]* failed</title>" badge.svg || complain "badge: $(head -3 badge.svg)"
"$probe" report --format badge good | grep -q "<title>IKE SA sync: conforms" || complain "badge of what conforms"

expect 0 "0 worse, 0 better" "$probe" diff bad bad
expect 1 "pass -> fail" "$probe" diff good bad
expect 0 "fail -> pass" "$probe" diff bad good
"$probe" diff --json good bad >diff.json || true
jq -e 'any(.[]; .change == "worse" and .before == "pass" and .after == "fail")' diff.json >/dev/null || complain "diff --json"

jq 'del(.cases[0].verdict)' good/results.json >no-verdict.json
expect 2 "cases[0].verdict" "$probe" report no-verdict.json
jq '.cases[1].steps[0].at_ms = -1' good/results.json >negative.json
expect 2 "cases[1].at_ms" "$probe" report negative.json
jq '.format = "ikesync-probe results 9"' good/results.json >other.json
expect 2 "format" "$probe" report other.json
echo '[]' >array.json
expect 2 "must be an object" "$probe" report array.json
printf '{"format": "ike' >cut.json
expect 2 "cut.json:1" "$probe" diff cut.json good
expect 2 "none of html" "$probe" report --format pdf good
expect 2 "name one run" "$probe" report
expect 2 "name two runs" "$probe" diff good
expect 2 "nowhere" "$probe" report nowhere
expect 4 "cannot write" "$probe" report good --out /nowhere/x.html
expect 4 "cannot write" "$probe" report good --out /dev/full
[ "$failed" = 0 ] && echo "report again: ok"
exit "$failed"
