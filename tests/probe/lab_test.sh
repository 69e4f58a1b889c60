#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `ikesync-probe lab` as its guide says: up, a run, a failover, status, down, and nothing left. usage: lab_test.sh PROBE
set -euo pipefail
probe=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-labtest.XXXXXX")
chmod 755 "$work"
cleanup() { "$probe" lab down --dir "$work/lab" >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT
failed=0
complain() { echo "FAIL: $*"; failed=1; }

# expect CODE WORDS COMMAND...
expect() {
	local code=$1 words=$2 got=0
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null || got=$?
	[ "$got" = "$code" ] || { complain "$*: exit $got, not $code"; cat "$work/out"; }
	grep -qF -- "$words" "$work/out" || { complain "$*: does not say \"$words\""; cat "$work/out"; }
}

expect 0 "Usage" "$probe" lab --help
expect 2 "Usage" "$probe" lab
expect 2 "no command frob" "$probe" lab frob --dir "$work/lab"
expect 2 "no option --frob" "$probe" lab up --frob
expect 1 "no lab in" "$probe" lab status --dir "$work/lab"
expect 2 "no lab in" "$probe" lab fail a --dir "$work/lab"
expect 0 "no lab in" "$probe" lab down --dir "$work/lab"
mkdir "$work/strange"
echo precious >"$work/strange/file"
expect 4 "no lab of yours" "$probe" lab up --dir "$work/strange"
expect 0 "no lab in" "$probe" lab down --dir "$work/strange"
[ -e "$work/strange/file" ] || complain "a folder that is no lab was emptied"

target=$("$probe" lab up --dir "$work/lab" 2>"$work/err") || { cat "$work/err"; exit 1; }
[ "$target" = "$work/lab/target.ini" ] || complain "up printed \"$target\""
expect 0 "it is up" "$probe" lab up --dir "$work/lab"
expect 0 "runs" "$probe" lab status --dir "$work/lab"
"$probe" lab status --dir "$work/lab" | grep -q "does not run" && complain "something does not run"
expect 0 "CONFORMS in all" "$probe" run --target "$target" --out "$work/run" --quiet C03 G01
# the failover as `up` has told it: A is killed by the target file's hook, the case resumes at B
expect 0 "CONFORMS in all" "$probe" run --target "$work/lab/failover.ini" --out "$work/failover" --quiet C08
expect 1 "does not run" "$probe" lab status --dir "$work/lab"
expect 2 "a does not run" "$probe" lab fail a --dir "$work/lab"
expect 2 "no frob here" "$probe" lab fail frob --dir "$work/lab"
expect 0 "bank is gone" "$probe" lab fail bank --dir "$work/lab"
expect 0 "removed" "$probe" lab down --dir "$work/lab"
[ ! -e "$work/lab" ] || complain "the folder is still there"
# whatever was started there has its folder in its command line
for line in /proc/[0-9]*/cmdline; do
	case $line in "/proc/$$/"*) continue ;; esac
	! tr '\0' ' ' <"$line" 2>/dev/null | grep -qF -- "--config $work/lab/" || complain "still runs: $(tr '\0' ' ' <"$line")"
done
[ $failed = 0 ] && echo "lab: ok"
exit $failed
