#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many sessions at gateway A, A killed, all resumed at B, none lost. usage: load_test.sh BUILD [SESSIONS]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 probe=$1/ikesync-probe/ikesync-probe sessions=${2:-200}
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-load.XXXXXX")
chmod 755 "$work"
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
trap 'lab_stop 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0
complain() { echo "FAIL: $*"; failed=1; }

lab_init "$work/lab" "$build"
lab_bank "max-stubs=$((2 * sessions + 1000))" max-tombstones=1000000
more=(max-half-open=100000 max-half-open-per-address=100000 max-half-open-per-prefix=100000 max-provisional=100000
	max-provisional-per-prefix=100000 min-commit-interval=0s max-moves=1000 "max-sas=$((2 * sessions + 1000))")
lab_gateway a "$LAB_NET.1.1" "${more[@]}"
lab_gateway b "$LAB_NET.1.2" "${more[@]}"
lab_target "$work/target.ini"

# load NAME CODE ARGUMENT...: exit code, the report in $work/json
load() {
	local name=$1 code=$2 got=0
	shift 2
	"$probe" load --target "$work/target.ini" --json "$@" >"$work/json" 2>"$work/err" || got=$?
	[ "$got" = "$code" ] || complain "$name: exit code $got: $(cat "$work/err"; jq -c 'del(.alive)' "$work/json")"
}
# holds NAME FILTER: the report is so
holds() { jq -e "$2" "$work/json" >/dev/null || complain "$1: not $2: $(jq -c 'del(.alive)' "$work/json")"; }

if [ $# -lt 2 ]; then
	# A lives: the sessions move
	load moved 0 --sessions 40 --quiet
	holds moved '.death == "none" and .opening.done == 40 and .resuming.done == 40 and .left == 0 and ([.alive[][1]] | max == 40)'
	[ ! -s "$work/err" ] || complain "--quiet says: $(cat "$work/err")"
	# faster and faster
	load 'until broken' 0 --sessions 60 --until-broken --quiet
	holds 'until broken' '.borne_per_second + .broken_per_second > 0 and .resuming.done + .left == 60 and .resuming.lost == 0'
	# Ctrl-C, when it has begun: the report is written
	mkfifo "$work/said"
	"$probe" load --target "$work/target.ini" --sessions 100000 --rate 5 --json --plot "$work/cut.svg" >"$work/json" 2>"$work/said" &
	pid=$! code=0
	exec {said}<"$work/said"
	read -r line <&"$said"
	case $line in opening*) ;; *) complain "the first line is: $line" ;; esac
	kill -INT $pid
	cat <&"$said" >/dev/null
	wait $pid || code=$?
	exec {said}<&-
	[ "$code" = 130 ] || complain "Ctrl-C: exit code $code"
	holds Ctrl-C '.interrupted and .opening.asked < 100000 and .resuming == null'
	grep -q '</svg>' "$work/cut.svg" || complain 'Ctrl-C: no picture'
fi

# A dies
echo "old-gateway-fail=kill -9 ${LAB_PID[a]}" >>"$work/target.ini"
load death 0 --sessions "$sessions" --seconds 3000 --plot "$work/alive.svg"
holds death ".death == \"done\" and .opening.done == $sessions and .resuming.done == $sessions and .resuming.lost == 0 and .left == 0"
holds death '.resuming.latency_us | .p50 > 0 and .p50 <= .p95 and .p95 <= .p99 and .p99 <= .max'
# the curve goes up, to nothing, and up again
holds death "[.alive[][1]] | index(0) == 0 and max == $sessions and last == $sessions and (.[index($sessions):] | index(0) != null)"
holds death '.octets_per_session <= 80'
grep -q "$sessions resumed, 0 lost" "$work/alive.svg" && grep -q 'points="[0-9]' "$work/alive.svg" || complain 'no picture'
grep -q "resuming: $sessions of $sessions" "$work/err" || complain "progress: $(cat "$work/err")"
[ $# -lt 2 ] || jq -c 'del(.alive)' "$work/json"

if [ $# -lt 2 ]; then
	# nobody is there any more
	load 'a dead gateway' 3 --sessions 5 --seconds 1 --quiet
	holds 'a dead gateway' '.opening.done == 0 and .out_of_time'
	# wrong CODE TEXT ARGUMENT...
	wrong() {
		local got=0 text=$1
		shift
		"$probe" load "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
		[ "$got" = 2 ] && grep -qF -- "$text" "$work/err" && [ ! -s "$work/out" ] || complain "$*: $got, $(cat "$work/err")"
	}
	t=(--target "$work/target.ini")
	wrong '--target: missing' --sessions 1
	wrong '1 to 1000000' "${t[@]}" --sessions 0
	wrong '1 to 1000000' "${t[@]}" --sessions 1000001
	wrong '--rate' "${t[@]}" --rate -1
	wrong '--stagger' "${t[@]}" --stagger -1
	wrong '--seconds' "${t[@]}" --seconds 0
	wrong '--window' "${t[@]}" --window 4097
	wrong '--sources' "${t[@]}" --sources 251
	wrong 'more' "${t[@]}" more
	wrong 'nowhere' --target "$work/nowhere"
	sed '/^\[old-gateway\]/,/^index-address/d' "$work/target.ini" >"$work/one.ini"
	chmod 600 "$work/one.ini"
	wrong '[gateway] and [old-gateway] are wanted' --target "$work/one.ini"
fi
echo "load: $((1 - failed)) passed, $failed failed, $sessions sessions"
exit "$failed"
