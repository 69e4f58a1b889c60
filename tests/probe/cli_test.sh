#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The probe from outside: exit codes, folders, interruption. usage: cli_test.sh PROBE
set -euo pipefail
probe=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-cli.XXXXXX")
pid=
cleanup() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
cd "$work"
failed=0

# expect CODE WORD COMMAND...: exit code, and a word that stdout or stderr must have
expect() {
	local code=$1 word=$2 status=0
	shift 2
	"$@" >out 2>err </dev/null || status=$?
	if [ "$status" != "$code" ] || ! grep -qF -- "$word" out err; then
		echo "FAIL: $*: exit $status, expected $code with \"$word\""
		cat out err
		failed=1
	fi
}

# 192.0.2.0/24 (TEST-NET-1) or a closed port of this host: nobody answers either way
cat >gateway.ini <<'INI'
[gateway]
ike=127.0.0.1:9
[client]
id=fqdn:client.example
psk=x
[timers]
answer=300ms
retransmit=100ms
INI

expect 0 "Usage" "$probe" --help
expect 0 "--target" "$probe" run --help
expect 0 "ikesync-probe" "$probe" --version
expect 0 "ikesync-probe" "$probe" version
expect 0 "G27" "$probe" list
expect 0 "compare-and-swap" "$probe" show G27
expect 2 "no command" "$probe" frobnicate
expect 2 "Usage" "$probe"
expect 2 "which case" "$probe" show
expect 2 "Z9" "$probe" show Z9
expect 2 "X*" "$probe" list 'X*'
expect 2 "--target" "$probe" run
expect 2 "Z9" "$probe" run --target gateway.ini C01 Z9
expect 2 "leave no case" "$probe" run --target gateway.ini C01 '!C'
expect 2 "none.ini" "$probe" run --target none.ini
expect 2 "--capture" "$probe" run --target gateway.ini --capture=maybe
expect 0 "ok" "$probe" run --target gateway.ini --check-config
[ ! -e ikesync-runs ] || { echo "FAIL: a run folder without a run"; failed=1; }
printf '[gateway]\nike=127.0.0.1:9\nikee=1\n' >typo.ini
expect 2 "typo.ini:3: [gateway] ikee" "$probe" run --target typo.ini

"$probe" list --json >out
jq -e 'length > 40 and all(.[]; .id and .title and .required and .source and .level)' out >/dev/null || { echo "FAIL: list --json"; failed=1; }

# Nobody there: exit 3, a report all the same, and the cases not tried say why.
expect 3 "INCONCLUSIVE" "$probe" run --target gateway.ini --capture=synth --out one C01 N01
jq -e '.exit == 3 and .sanity_failure and (.cases | map(.id) == ["S01","C01","N01"])
	and (.cases[1].verdict == "inconclusive") and (.cases[1].reason | test("S01"))' one/results.json >/dev/null ||
	{ echo "FAIL: results of an unreachable target"; cat one/results.json; failed=1; }
for f in report.txt junit.xml cases/S01.pcapng; do [ -s "one/$f" ] || { echo "FAIL: no one/$f"; failed=1; }; done
[ "$(stat -c %a one)" = 700 ] || { echo "FAIL: others may read the run folder"; failed=1; }

# Never overwritten.
before=$(cksum one/results.json)
expect 2 "not empty" "$probe" run --target gateway.ini --out one C01
[ "$before" = "$(cksum one/results.json)" ] || { echo "FAIL: overwritten"; failed=1; }

# Skipped for want of a key, which is named; declared unsupported; nothing shown is no success.
expect 1 "[bank] address" "$probe" run --target gateway.ini --no-capture --no-sanity --json G01
jq -e '.cases[0].verdict == "skip"' out >/dev/null || { echo "FAIL: no skip"; failed=1; }
printf '[target]\nunsupported=G01\n' | cat - gateway.ini >unsupported.ini
expect 1 "unsupported" "$probe" run --target unsupported.ini --no-capture --no-sanity --json --junit copy.xml G01
jq -e '.cases[0].verdict == "unsupported"' out >/dev/null || { echo "FAIL: not unsupported"; failed=1; }
grep -q '<skipped' copy.xml || { echo "FAIL: --junit"; failed=1; }
[ "$(find ikesync-runs -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || { echo "FAIL: default folders"; failed=1; }

# No colour, no carriage returns away from a terminal.
! grep -q "$(printf '\033')" out err || { echo "FAIL: colour in a file"; failed=1; }

# Interrupted: the report is written, exit 130.
sed -i 's/answer=.*/answer=60s/' gateway.ini
"$probe" run --target gateway.ini --capture=synth --out stopped C01 >out 2>err &
pid=$!
for _ in $(seq 100); do [ ! -e stopped/cases ] || break; sleep 0.1; done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
pid=
[ "$status" = 130 ] || { echo "FAIL: interrupted run ended with $status"; cat out err; failed=1; }
jq -e '.interrupted and .cases[0].verdict == "inconclusive"' stopped/results.json >/dev/null || { echo "FAIL: report of an interrupted run"; failed=1; }

[ "$failed" = 0 ] && echo "cli: ok"
exit "$failed"
