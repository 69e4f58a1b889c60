#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# results.json is what docs/probe-results.md says, and the jq program that checks it can say no. usage: results_test.sh PROBE DOCS
set -euo pipefail
probe=$1 docs=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-results.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
umask 077 # target files with a psk
failed=0
complain() { echo "FAIL: $*"; failed=1; }

# Every kind of ending that needs no peer: unreachable, skipped, unsupported, without captures. The bank test has the passes.
printf '[gateway]\nike=127.0.0.1:9\n[client]\nid=fqdn:x\npsk=x\n[timers]\nanswer=200ms\nretransmit=50ms\n[target]\nunsupported=C21\n' >t.ini
"$probe" run --target t.ini --out a --capture=synth S C01 C21 G01 >/dev/null 2>&1 || true
"$probe" run --target t.ini --out b --no-capture --no-sanity --strict C01 >/dev/null 2>&1 || true
# A second reading of the same promise, by another program: the published schema. The first two fit, the others do not.
schema() {
	/usr/bin/python3 - "$docs/probe-results.schema.json" "$@" <<'PYTHON'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = [f for i, f in enumerate(sys.argv[2:]) if validator.is_valid(json.load(open(f))) != (i < 2)]
print(*wrong)
sys.exit(1 if wrong else 0)
PYTHON
}
for r in a b; do jq -e -f "$docs/probe-results.jq" $r/results.json >/dev/null || complain "$r/results.json is not as described"; done

# Each of these breaks a promise.
n=0
while IFS= read -r change; do
	jq "$change" a/results.json >broken.json || { complain "cannot apply: $change"; continue; }
	! cmp -s broken.json a/results.json || complain "changes nothing: $change"
	! jq -e -f "$docs/probe-results.jq" broken.json >/dev/null 2>&1 || complain "accepted: $change"
	# that numbers add up is more than a schema can say
	case $change in *counts.pass*) ;; *) cp broken.json "broken.$n.json" && echo "$change" >"broken.$n.what" ;; esac
	n=$((n + 1))
done <<'CHANGES'
.format = "ikesync-probe results 2"
del(.conclusion)
.folder = "/home/me/run"
.began = "yesterday"
.exit = 2
.counts.pass += 1
del(.counts.skip)
del(.left_behind)
del(.limits_met)
.left_behind = [{"case": "C03"}]
.cases[0].verdict = "maybe"
.cases[0].steps[0].at_ms = -1
.cases[0].capture.file = "/tmp/S01.pcapng"
.cases[0].capture.tshark = null
.cases[0].octets = [{"name": "x", "hex": "0"}]
.cases[0].reason = null
del(.cases[1].hint)
.cases[1].steps = [{"kind": "note", "at_ms": 1, "text": "x"}]
(.cases[0].steps[] | select(.kind == "check")) |= del(.expected)
.target.profile = "2"
del(.cases[0].waiver)
.cases[0].waiver = {"cases": "C01", "reason": "x", "until": "soon", "state": "holds"}
CHANGES
wrong=$(schema a/results.json b/results.json broken.*.json) || for f in $wrong; do
	complain "the schema thinks otherwise of $f: $(cat "${f%.json}.what" 2>/dev/null)"
done
# Each field of a case is in the table of the document.
jq -r '[.cases[0] | keys[]] + keys | .[]' a/results.json | sort -u | while read -r key; do
	grep -q "\`$key\`" "$docs/probe-results.md" || { echo "FAIL: $key is not in probe-results.md"; exit 1; }
done || failed=1
[ "$failed" = 0 ] && echo "results: ok, $n broken ones refused"
exit "$failed"
