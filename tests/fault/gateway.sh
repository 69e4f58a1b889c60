#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gateway.sh BUILD [STAGE...]: a real gateway under a flood, with a slow disk, with a full one, reloaded, and ended.
#
# Stages: flood slow full reload goodbye. LIVE=100000 and SECONDS_OF_FLOOD=60 are for figures; the defaults are short. What is
# asserted holds on a loaded machine, too; the figures are printed.
set -euo pipefail
build=$(cd "$1" && pwd)
shift
stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(flood slow full reload goodbye)
net=${FAULT_NET:-66}
live=${LIVE:-1000}
seconds=${SECONDS_OF_FLOOD:-3}
cd "$(dirname "$0")/../.."

work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-fault.XXXXXX")
chmod 755 "$work"
export LAB_NET=127.$net
. tests/lab/lab.sh
mounted=
finish() {
	lab_stop
	[ -z "$mounted" ] || umount "$mounted"
	rm -rf "$work"
}
trap finish EXIT
lab_init "$work/lab" "$build"
lab_bank

fail() { echo "fault: $stage: $*" >&2; tail -5 "$LAB/log/gw.log" >&2; exit 1; }
# Log lines of the gateway from now on
mark() { from=$(($(wc -l <"$LAB/log/gw.log") + 1)); }
said() { tail -n +"$from" "$LAB/log/gw.log" | grep -q -- "$1"; }
# said TEXT, within SECONDS
wait_for() {
	local n
	for ((n = 0; n < $2 * 10; n++)); do
		said "$1" && return
		lab_pause 0.1
	done
	fail "the gateway never said: $1"
}
flood() { "$build/tests/bench/flood" --gateway "${LAB_IKE[gw]}" --psk "$LAB_PSK" --net "$net" --pid "${LAB_PID[gw]}" "$@"; }
start() { lab_gateway gw "127.$net.1.1"; }
end_gateway() { kill "${LAB_PID[gw]}"; wait_gone "${LAB_PID[gw]}"; unset "LAB_PID[gw]"; }
wait_gone() { while kill -0 "$1" 2>/dev/null; do lab_pause 0.02; done; }

stage_flood() {
	local suite
	start
	for suite in aes128-sha256-x25519 aes128-sha256-modp2048; do
		flood --live "$live" --honest 100 --seconds "$seconds" --flood-suite $suite || fail "an honest client was shut out"
	done
	end_gateway
}

# Nobody waits for the disk but what is to be stored.
stage_slow() {
	LAB_RUN=(env "LD_PRELOAD=$build/tests/fault/slow_sync.so")
	start
	LAB_RUN=()
	flood --live 200 --honest 20 --rate 0 --seconds 5 || fail "a client was not served"
	end_gateway
}

# A queue without room: clients log in, are told no INDEX, and it is over when there is room again.
stage_full() {
	if [ "$(id -u)" != 0 ]; then
		echo "full: skipped, for it mounts a disk of 64 KiB"
		return
	fi
	mkdir -p "$LAB/queue/gw"
	mount -t tmpfs -o size=64k,mode=777 none "$LAB/queue/gw" || { echo "full: skipped, nothing can be mounted here"; return; }
	mounted=$LAB/queue/gw
	start
	mark
	head -c 1M /dev/zero >"$mounted/filler" 2>/dev/null || true
	flood --live 200 --honest 5 --rate 0 --seconds 1 || fail "a client was not served"
	wait_for 'kept in memory only' 10
	rm "$mounted/filler"
	wait_for 'durable again' 40
	end_gateway
	# and once more from the start
	rm -f "$mounted/journal"
	head -c 1M /dev/zero >"$mounted/filler" 2>/dev/null || true
	mark
	start
	said 'kept in memory only' || fail "it does not say that its disk is full"
	flood --live 20 --honest 5 --rate 0 --seconds 1 || fail "a client was not served"
	end_gateway
	umount "$mounted"
	mounted=
}

stage_reload() {
	start
	mark
	[ -z "$LAB_USER" ] || chown -R "$LAB_USER" "$LAB/etc" "$LAB/pki"
	flood --live "$live" --honest 20 --rate 0 --seconds 4 >"$work/out" &
	flooding=$!
	lab_pause 1
	printf '[peer second]\nid=fqdn:second.lab\npsk=another key\n' >>"$LAB/etc/gw.conf"
	kill -USR1 "${LAB_PID[gw]}"
	kill -USR2 "${LAB_PID[gw]}"
	kill -HUP "${LAB_PID[gw]}"
	wait_for 'reloaded: ' 10
	wait $flooding || { cat "$work/out"; fail "a client was not served"; }
	cat "$work/out"
	grep -q '^live SAs answered *\([0-9]*\) of \1 ' "$work/out" || fail "an SA did not survive"
	said 'full handshakes' || fail "no answer to SIGUSR1"
	LAB_PSK='another key' flood --id second.lab --live 0 --honest 5 --rate 0 --seconds 1 >/dev/null || fail "the new peer is not let in"
	echo 'listen=nonsense' >>"$LAB/etc/gw.conf"
	kill -HUP "${LAB_PID[gw]}"
	wait_for 'everything stays as it was' 10
	flood --live 0 --honest 5 --rate 0 --seconds 1 >/dev/null || fail "a broken file has taken a peer away"
	end_gateway
	[ -z "$LAB_USER" ] || chown -R root "$LAB/etc" "$LAB/pki"
}

stage_goodbye() {
	local began
	start
	flood --live "$live" --goodbye >"$work/out" &
	flooding=$!
	while ! grep -qs '^up' "$work/out"; do
		kill -0 $flooding 2>/dev/null || fail "the clients are gone"
		lab_pause 0.2
	done
	began=$(date +%s%N)
	kill "${LAB_PID[gw]}"
	wait_gone "${LAB_PID[gw]}"
	printf '%-24s %d ms with %s SAs\n' 'stopped within' $((($(date +%s%N) - began) / 1000000)) "$live"
	unset "LAB_PID[gw]"
	wait $flooding || true
	cat "$work/out"
	grep -q "^told goodbye *$live of $live" "$work/out" || fail "not all were told"
}

for stage in "${stages[@]}"; do
	echo "== $stage"
	"stage_$stage"
done
