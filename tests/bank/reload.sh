#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# reload.sh BANK: SIGHUP takes over certificates, lists and limits and drops nobody who is still trusted; a file with a
# mistake changes nothing. ctl asks it while it runs. SIGUSR1 does no harm where the clock is right.
set -euo pipefail
bank=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-reload-XXXXXX")
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait
	rm -rf "$dir"
}
trap cleanup EXIT

# issue NAME SUBJECT_ALTERNATIVE_NAMES: NAME.pem and NAME.key, by the one CA
issue() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$1.key" -out "$dir/$1.csr" -subj "/CN=$1" 2>/dev/null
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 -out "$dir/$1.pem" \
		-extfile <(printf 'subjectAltName=%s\n' "$2") 2>/dev/null
	chmod 600 "$dir/$1.key"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -subj /CN=ca -days 2 2>/dev/null
issue bank IP:127.0.0.1
issue a IP:192.0.2.1,URI:ikesync:reload
issue b IP:192.0.2.2,URI:ikesync:reload

# configure LINES...: the configuration with these beside what must be there
configure() {
	printf '%s\n' '[bank]' listen=127.0.0.1:0 "certificate=$dir/bank.pem" "key=$dir/bank.key" "ca=$dir/ca.pem" "store=$dir/store" \
		"control=$dir/control" "$@" >"$dir/bank.conf"
}

# said PATTERN: wait until the bank has logged it
said() {
	local i
	for ((i = 0; i < 300; i++)); do
		grep -q -- "$1" "$dir/log" && return
		kill -0 "${pids[0]}" 2>/dev/null || break
		read -rt 0.1 <> <(:) || true
	done
	echo "the bank did not say \"$1\"; it said:"
	cat "$dir/log"
	exit 1
}

configure
mkfifo "$dir/ready"
"$bank" --config "$dir/bank.conf" --log-level info --ready-fd 3 3>"$dir/ready" 2>"$dir/log" &
pids+=($!)
read -r line <"$dir/ready"
address=${line#READY stub=}

# connect NAME: a connection that stays open, its input at descriptor $in
connect() {
	local in
	mkfifo "$dir/$1.in"
	openssl s_client -connect "$address" -alpn ikesync-stub/1 -cert "$dir/$1.pem" -key "$dir/$1.key" -CAfile "$dir/ca.pem" \
		-quiet <"$dir/$1.in" >"$dir/$1.out" 2>/dev/null &
	pids+=($!)
	exec {in}>"$dir/$1.in" # never closed
	: "$in"
	said "CN=$1, pool"
}
connect a
connect b
serial=$(openssl x509 -in "$dir/a.pem" -noout -serial)

# Whoever runs it may ask, and his group, and nobody else.
ctl() { "$bank" ctl --config "$dir/bank.conf" "$@"; }
[ "$(stat -c %a "$dir/control")" = 660 ]
ctl connections | grep -q 'owns=192.0.2.2 prefetch=no waiting=0 subject="CN=b"' || { ctl connections; exit 1; }
[ "$(ctl status | grep -Ec '^(stubs: 0|connections: 2)$')" = 2 ] || { ctl status; exit 1; }
! ctl show 1@192.0.2.1 2>"$dir/none" || exit 1
grep -q 'error: there is none' "$dir/none"
ctl --json connections | jq -es 'length == 2 and all(.pool == "ikesync:reload" and .waiting == 0)' >/dev/null || { ctl --json connections; exit 1; }
"$bank" ctl --socket "$dir/control" --json status | jq -e '.stubs == 0 and .connections == 2' >/dev/null
ctl log-level | grep -qx 'log level: info'
ctl reload
said 'reloaded '

# A mistake changes nothing.
configure max-stubs=many
kill -HUP "${pids[0]}"
said 'reload: .*all stays as it was'

# New certificate of the bank's own, and limits: both connections stay.
issue bank IP:127.0.0.1,DNS:new.example
configure max-stubs=1
kill -HUP "${pids[0]}"
said 'reloaded '
kill -USR1 "${pids[0]}"
[ "$(grep -c 'closed\|trusted no more' "$dir/log" || true)" = 0 ] || { cat "$dir/log"; exit 1; }
kill -0 "${pids[1]}" && kill -0 "${pids[2]}"
openssl s_client -connect "$address" -alpn ikesync-stub/1 -cert "$dir/b.pem" -key "$dir/b.key" </dev/null 2>/dev/null |
	openssl x509 -noout -ext subjectAltName | grep -q new.example || { echo "the new certificate is not shown"; exit 1; }

# The audit log begins, is moved away and begun anew, without a restart.
configure max-stubs=1 "audit-log=$dir/audit"
ctl reload
! ctl delete 1@192.0.2.1 2>/dev/null || exit 1
audited() {
	local i
	for ((i = 0; i < 300; i++)); do
		grep -qs "Z ctl by=\".*\" delete 000000000000000$1@192.0.2.1 not-found" "$dir/audit" && return
		read -rt 0.1 <> <(:) || true
	done
	echo "no line of it:"
	cat "$dir/audit"
	exit 1
}
audited 1
mv "$dir/audit" "$dir/audit.old"
ctl reload
! ctl delete 2@192.0.2.1 2>/dev/null || exit 1
audited 2
[ "$(wc -l <"$dir/audit.old")$(wc -l <"$dir/audit")" = 11 ] || { cat "$dir/audit.old" "$dir/audit"; exit 1; }
configure max-stubs=1 "audit-log=$dir"
! ctl reload 2>/dev/null || exit 1
said 'reload: audit-log .*all stays as it was'

# What needs a restart is said.
configure max-stubs=1 cache=1MiB
kill -HUP "${pids[0]}"
said 'need a restart'

# One that is denied goes, the other stays.
configure "deny=${serial#serial=}"
kill -HUP "${pids[0]}"
said 'CN=a: serial .* is trusted no more: certificate revoked'
wait "${pids[1]}" || true
kill -0 "${pids[2]}" || { echo "b was dropped, too"; exit 1; }

kill -TERM "${pids[0]}"
wait "${pids[0]}" || { echo "the bank did not end well"; exit 1; }
[ ! -e "$dir/control" ] || { echo "it left its socket"; exit 1; }
echo ok
