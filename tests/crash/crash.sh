#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# crash.sh MODE CRASH_TEST BANK LAYER    (BANK: the program in its build directory)
#   kill    kill -9 under load, IKESYNC_CRASH_KILLS times (20; with IKESYNC_QUICK 5)
#   redis   kill -9 of the Redis that the bank is on, and now and then of both, IKESYNC_CRASH_REDIS_KILLS times (3)
#   power   the same with a power cut after each, IKESYNC_CRASH_POWER_CUTS times (5; with IKESYNC_QUICK 2)
#   clock   the time of day two days ahead for a while
#   fill    the disk filled to 0, 3 and 30 MB left, with restarts while it is full, and room again
#   damage  a bit flipped in each kind of file, IKESYNC_CRASH_FLIPS times (16; with IKESYNC_QUICK 6); then larger damage
#   restore a checkpoint taken under load is restored after the store is lost
#   service what systemd does for it: the port handed over, the watchdog
#   defect  power cuts with a bank that acknowledges before it syncs: passes when the loss is seen
set -euo pipefail

kills=20 cuts=5 flips=16
if [ -n "${IKESYNC_QUICK:-}" ]; then
	kills=5 cuts=2 flips=6
fi
mode=$1 test=$2 bank=$3 layer=$4
dir=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-crash-XXXXXX")
trap 'rm -rf "$dir"' EXIT

# issue NAME SUBJECT_ALTERNATIVE_NAMES: NAME.pem and NAME.key, by the one CA
issue() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$1.key" -out "$dir/$1.csr" -subj "/CN=$1" 2>/dev/null
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 -out "$dir/$1.pem" \
		-extfile <(printf 'subjectAltName=%s\n' "$2") 2>/dev/null
	chmod 600 "$dir/$1.key"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -subj /CN=crash-ca -days 30 2>/dev/null
issue bank IP:127.0.0.1
issue gateway IP:192.0.2.1,IP:2001:db8::2,URI:ikesync:crash

cat >"$dir/bank.conf" <<CONF
[bank]
listen=127.0.0.1:0
certificate=$dir/bank.pem
key=$dir/bank.key
ca=$dir/ca.pem
store=$dir/store
prefetch-allow=192.0.2.1
CONF

args=(--bank "$bank" --config "$dir/bank.conf" --directory "$dir"
	--certificate "$dir/gateway.pem" --key "$dir/gateway.key" --ca "$dir/ca.pem")
case $mode in
kill) "$test" "${args[@]}" --rounds "${IKESYNC_CRASH_KILLS:-$kills}" ;;
redis)
	sed -i '/^store=/d' "$dir/bank.conf"
	"${test%/*}/redis_kill_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" \
		"${IKESYNC_CRASH_REDIS_KILLS:-3}" "$dir/log" || {
		grep -v ': info: ' "$dir/log" | tail -n 40
		exit 1
	}
	;;
power) "$test" "${args[@]}" --rounds "${IKESYNC_CRASH_POWER_CUTS:-$cuts}" --layer "$layer" ;;
clock)
	printf 'compact-interval=1s\n' >>"$dir/bank.conf"
	"${test%/*}/clock_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" "$dir/ahead" \
		"${layer%/*}/libshiftclock.so" "$dir/log" || {
		grep -v ': info: ' "$dir/log" | tail -n 40
		exit 1
	}
	;;
fill)
	mkdir "$dir/disk"
	sed -i "s|^store=.*|store=$dir/disk/store|" "$dir/bank.conf"
	# A mount of the test's own, gone with it; where that is not allowed, there is no test.
	in_namespace=(unshare --mount)
	[ "$(id -u)" = 0 ] || in_namespace+=(--map-root-user)
	if ! "${in_namespace[@]}" mount -t tmpfs none "$dir/disk" 2>/dev/null; then
		echo "skipped: no mount namespace, or no tmpfs in it"
		exit 77
	fi
	# shellcheck disable=SC2016 # the inner shell's
	"${in_namespace[@]}" sh -c 'mount -t tmpfs -o size=200m none "$1" && shift && exec "$@"' sh "$dir/disk" \
		"${test%/*}/fill_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" "$dir/disk" "$dir/log" || {
		tail -n 40 "$dir/log"
		exit 1
	}
	;;
damage)
	printf 'compact-interval=1s\n' >>"$dir/bank.conf"
	"${test%/*}/damage_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" "$dir/store" "$dir/log" \
		"${IKESYNC_CRASH_FLIPS:-$flips}" || {
		grep -v ': info: ' "$dir/log" | tail -n 40
		exit 1
	}
	;;
restore)
	mkdir "$dir/around"
	sed -i "s|^store=.*|store=$dir/around/store|" "$dir/bank.conf"
	printf 'control=%s\n' "$dir/control" >>"$dir/bank.conf"
	"${test%/*}/restore_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" "$dir" "$dir/log" || {
		grep -v ': info: ' "$dir/log" | tail -n 40
		exit 1
	}
	;;
service)
	sed -i '/^listen=/d' "$dir/bank.conf"
	"${test%/*}/service_test" "$bank" "$dir/bank.conf" "$dir/gateway.pem" "$dir/gateway.key" "$dir/ca.pem" "$dir/notify" "$dir/log" || {
		grep -v ': info: ' "$dir/log" | tail -n 40
		exit 1
	}
	grep -q 'the service manager hands over 127.0.0.1:.*, which the configuration does not name' "$dir/log"
	;;
defect)
	here=$(cd "$(dirname "$0")" && pwd)
	"$here/../defects/build" --build "${bank%/ref-gateway/*}" "$dir/defects" ack-before-sync
	args[1]=$dir/defects/ack-before-sync/ikesync-bank
	"$test" "${args[@]}" --rounds "${IKESYNC_CRASH_POWER_CUTS:-$cuts}" --layer "$layer" --expect-loss
	;;
*)
	echo "crash.sh: unknown mode $mode" >&2
	exit 2
	;;
esac
