#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The reference client against the reference gateways: login, resumption, fallback, a gateway that dies. usage: client_test.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 probe=$1/ikesync-probe/ikesync-probe
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-client.XXXXXX")
chmod 755 "$work"
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
trap 'lab_stop 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0
complain() { echo "FAIL: $*"; failed=1; }

lab_init "$work/lab" "$build"
lab_cast -
(umask 077; echo "$LAB_PSK" >"$work/psk")
at() { echo "${LAB_IKE[$1]}/${LAB_NAT[$1]##*:}"; }
client=("$probe" client --id fqdn:client.lab --psk-file "$work/psk" --source "$LAB_NET.2.7" --retransmit 200)
both=(--gateway "$(at a)" --next "$(at b)")
# expect NAME CODE EVENTS ARGUMENT...: exit code, and the events without candidates, in one line
expect() {
	local name=$1 code=$2 events=$3 got=0
	shift 3
	"${client[@]}" --json "$@" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = "$code" ] || complain "$name: exit code $got, not $code: $(cat "$work/err")"
	got=$(jq -r 'select(.event != "candidate") | .event + (if .syn then ":" + .syn else "" end)' "$work/out" | paste -sd' ')
	[ "$got" = "$events" ] || complain "$name: $got, not $events"
}

expect login 0 'asked:none logged-in ended' "${both[@]}" --once
# resumes NAME ARGUMENT...: the stub is on its way to the bank when the client is logged in: one that went too soon stays longer
resumes() {
	local name=$1 stay before=$failed
	shift
	for stay in 300 3000; do
		expect "$name" 0 'asked:none logged-in asked:old resumed ended' "${both[@]}" --resume-at "${LAB_IKE[b]}" --once --stay $stay "$@" \
			>"$work/said"
		[ -s "$work/said" ] || return 0
		[ $stay = 3000 ] || failed=$before
	done
	cat "$work/said"
}
resumes resume
# the index is B's now, the inner address the one from A
jq -e -s '(map(select(.event == "resumed"))[0]) as $r | (map(select(.event == "logged-in"))[0]) as $l |
	($r.index | endswith($b)) and ($l.index | endswith($a)) and $r.inner == $l.inner and $l.inner != null' \
	--arg a "@${LAB_ADDR[a]}" --arg b "@${LAB_ADDR[b]}" "$work/out" >/dev/null || complain "index or inner address: $(cat "$work/out")"
resumes 'without a child SA' --esp none
resumes 'another group first' --ike aes128-sha256-ecp521,aes256gcm16-prfsha384-ecp256,aes128-sha256-x25519
expect 'a wrong identity' 3 'asked:none refused asked:none refused failed' "${both[@]}" --gateway-id fqdn:c.lab --once

# A dies: the liveness check finds out, and B goes on. The lines are read as they come.
mkfifo "$work/lines"
for stay in 0.3 3; do
	"${client[@]}" "${both[@]}" --liveness 300 --attempts 3 >"$work/lines" &
	pid=$! seen='' dead=
	while read -r line; do
		seen+="${line%% *} "
		case $dead$line in
		logged-in*) lab_pause $stay; lab_kill a; dead=1 ;;
		1resumed* | 1logged-in*) kill -TERM $pid ;;
		esac
	done <"$work/lines"
	code=0
	wait $pid || code=$?
	[[ $stay != 3 && $seen == *logged-in*logged-in* ]] || break
	lab_gateway a "$LAB_NET.1.1" "${LAB_TIMERS[@]}"
	both=(--gateway "$(at a)" --next "$(at b)")
done
[ "$code" = 0 ] || complain "after the death of A: exit code $code"
[ "$seen" = 'asked candidate logged-in gateway-dead asked candidate resumed ended ' ] || complain "death of A: $seen"

# Nobody is there.
expect silence 3 'asked:none unanswered failed' --gateway "${LAB_IKE[a]}" --attempts 2 --once
# On the command line.
for wrong in '--id' '--id=nobody' "--gateway=here" '--ike=des' '--esp=des' '--attempts=0' '--retransmit=1' '--syn-payload-type=130' \
	'--resume-at=192.0.2.9' '--psk-file=/nowhere' '--next=::/1' 'more'; do
	got=0
	"${client[@]}" "${both[@]}" "$wrong" >"$work/out" 2>"$work/err" || got=$?
	[ "$got" = 2 ] && [ -s "$work/err" ] && [ ! -s "$work/out" ] || complain "$wrong: exit code $got"
done
[ "$failed" = 0 ] && echo "client: ok"
exit "$failed"
