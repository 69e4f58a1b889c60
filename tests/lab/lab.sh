# SPDX-License-Identifier: GPL-2.0-or-later
# A stub bank and gateways on loopback, for demo, tests and captures. Source it; needs bash, openssl, coreutils.
#
#   lab_init DIR BIN         keys and certificates into DIR; programs from BIN (a build directory)
#   lab_bank [KEY=VALUE...]  start the bank (again); LAB_BANK is its endpoint. With LAB_ENGINE=redis it is on a Redis of the lab's own
#   lab_gateway NAME ADDR [KEY=VALUE...]   start a gateway; ${LAB_IKE[NAME]} and ${LAB_NAT[NAME]} are its endpoints
#   lab_kill NAME            kill -9, as a failing gateway would end
#   lab_target FILE          write the probe's target file for what runs now
#   lab_stop                 end everything that was started here, by process id
#
# LAB_NET=127.N gives a lab loopback addresses of its own, so that several run side by side: gateways 127.N.1.x,
# clients 127.N.2.x, the probe as a gateway 127.N.3.x, bank and relay 127.N.0.1. It is 127.0 unless set before this file is sourced.
#
# No fixed ports: every program binds port 0 and says in its READY line what it got.

declare -gA LAB_PID=() LAB_IKE=() LAB_NAT=() LAB_ADDR=() LAB_RESTART_GATEWAY=()
# A prefix for every daemon: "nsenter --net=... --" puts the lab into a network namespace.
# There, LAB_BANK_LISTEN=ADDR:PORT is where the bank listens, LAB_SOURCE and LAB_SECOND_SOURCE are the probe's addresses.
declare -ga LAB_RUN=("${LAB_RUN[@]}")
LAB_NET=${LAB_NET:-127.0}
LAB_READY_SECONDS=${LAB_READY_SECONDS:-60}
LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Wait SECONDS without a process: nothing ever comes out of this pipe.
exec {LAB_NOTHING}<> <(:)
lab_pause() { read -r -t "$1" -u "$LAB_NOTHING" || true; }

lab_say() { printf '%s\n' "$*" >&2; }
lab_die() { lab_say "lab: $*"; exit 4; }

# A certificate: lab_cert NAME CA "SAN,SAN"
lab_cert() {
	local name=$1 ca=$2 san=$3 d=$LAB/pki
	[ -e "$d/$name.pem" ] && return
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
		-keyout "$d/$name.key" -out "$d/$name.csr" 2>>"$LAB/log/openssl"
	openssl x509 -req -in "$d/$name.csr" -CA "$d/$ca.pem" -CAkey "$d/$ca.key" -days 30 -CAcreateserial \
		-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$san") \
		-out "$d/$name.pem" 2>>"$LAB/log/openssl"
	chmod 600 "$d/$name.key"
}

lab_ca() {
	local name=$1 d=$LAB/pki
	[ -e "$d/$name.pem" ] && return
	openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=ikesync lab $name" \
		-keyout "$d/$name.key" -out "$d/$name.pem" 2>>"$LAB/log/openssl"
}

lab_init() {
	LAB=$1 LAB_BIN=$2
	mkdir -p "$LAB"/{pki,log,etc,keys,store,queue}
	LAB=$(cd "$LAB" && pwd)
	chmod 700 "$LAB/pki" "$LAB/keys"
	LAB_PSK=${LAB_PSK:-$(openssl rand -hex 16)}
	LAB_POOL=uri:ikesync:pool/lab
	lab_ca ca
	lab_ca foreign-ca
	lab_cert bank ca "IP:$LAB_NET.0.1,IP:::1,DNS:bank.lab"
	# The probe as a gateway of the pool: addresses of TEST-NET-3 that no lab gateway has.
	lab_cert probe ca "IP:203.0.113.1,IP:2001:db8:f::1,URI:${LAB_POOL#uri:}"
	lab_cert probe2 ca "IP:203.0.113.2,IP:2001:db8:f::2,URI:${LAB_POOL#uri:}"
	# The probe as a bank: as it should be, of another authority, and under another name.
	lab_cert probe-bank ca "IP:$LAB_NET.0.1,DNS:bank.lab"
	lab_cert foreign-bank foreign-ca "IP:$LAB_NET.0.1,DNS:bank.lab"
	lab_cert other-bank ca "DNS:other.lab"
	# The right to prefetch; another pool; no pool; two.
	lab_cert probe3 ca "IP:203.0.113.3,URI:${LAB_POOL#uri:}"
	lab_cert probe4 ca "IP:203.0.113.4,IP:2001:db8:f::4,URI:${LAB_POOL#uri:}-other"
	lab_cert probe5 ca "IP:203.0.113.5"
	lab_cert probe6 ca "IP:203.0.113.6,URI:${LAB_POOL#uri:},URI:${LAB_POOL#uri:}-other"
	lab_cert foreign foreign-ca "IP:203.0.113.1,URI:${LAB_POOL#uri:}"
	[ -e "$LAB/pki/seal.keys" ] || {
		(umask 077; printf '# key ID, key: the first one seals\n00000001 %s\n00000002 %s\n' "$(openssl rand -hex 32)" \
			"$(openssl rand -hex 32)" >"$LAB/pki/seal.keys")
	}
	# Daemons started by root give up root, where the lab's directory lets another user in.
	LAB_USER=
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody:nogroup "$LAB"
		if setpriv --reuid=nobody --regid=nogroup --clear-groups test -w "$LAB/store" 2>/dev/null; then
			LAB_USER=nobody
			chown -R root:root "$LAB/pki" # the daemons read keys while they are root
		else
			chown -R root:root "$LAB"
		fi
	fi
}

# Start a daemon and read its READY line: lab_start NAME PROGRAM CONFIG -> LAB_LINE
lab_start() {
	local name=$1 program=$2 config=$3 fifo=$LAB/log/$1.ready fd seconds=0
	shift 3
	rm -f "$fifo"
	mkfifo "$fifo"
	exec {fd}<>"$fifo"
	"${LAB_RUN[@]}" "$program" --config "$config" --ready-fd 9 "$@" 9>"$fifo" {fd}>&- </dev/null >>"$LAB/log/$name.log" 2>&1 &
	LAB_PID[$name]=$!
	disown "${LAB_PID[$name]}" # no "Killed" from the shell for what is killed on purpose
	while ! read -r -t 1 -u "$fd" LAB_LINE; do
		kill -0 "${LAB_PID[$name]}" 2>/dev/null || { cat "$LAB/log/$name.log" >&2; lab_die "$name did not start"; }
		seconds=$((seconds + 1))
		[ $seconds -lt "$LAB_READY_SECONDS" ] || lab_die "$name said no READY within $LAB_READY_SECONDS s"
	done
	exec {fd}>&-
	rm -f "$fifo"
}

# The value of NAME in the READY line.
lab_ready_value() {
	local word
	for word in $LAB_LINE; do
		case $word in "$1"=*) printf '%s' "${word#*=}"; return ;; esac
	done
	lab_die "READY line without $1: $LAB_LINE"
}

# A Redis that keeps what it acknowledges, on a Unix socket (whose path is short: not below $LAB).
lab_redis() {
	local as=()
	[ -z "${LAB_PID[redis]:-}" ] || return 0
	LAB_REDIS=$(mktemp -d /tmp/ikesync-redis-XXXXXX)
	if [ -n "$LAB_USER" ]; then
		chown "$LAB_USER" "$LAB_REDIS"
		as=(setpriv --reuid="$LAB_USER" --regid="$(id -g "$LAB_USER")" --clear-groups)
	fi
	(cd "$LAB_REDIS" && exec "${LAB_RUN[@]}" "${as[@]}" redis-server --port 0 --unixsocket "$LAB_REDIS/socket" --save '' \
		--appendonly yes --appendfsync always --maxmemory-policy noeviction </dev/null) >>"$LAB/log/redis.log" 2>&1 &
	LAB_PID[redis]=$!
}

lab_bank() {
	local kv
	[ "${LAB_ENGINE:-}" != redis ] || lab_redis
	local program=${LAB_BANK_PROGRAM:-$LAB_BIN/ref-gateway/bank/ikesync-bank}
	{
		echo "[bank]"
		case " $* " in *" listen="*) ;; *) echo "listen=${LAB_BANK:-${LAB_BANK_LISTEN:-$LAB_NET.0.1:$(lab_free_port)}}" ;; esac
		echo "certificate=$LAB/pki/bank.pem"
		echo "key=$LAB/pki/bank.key"
		echo "ca=$LAB/pki/ca.pem"
		if [ "${LAB_ENGINE:-}" = redis ]; then
			printf 'engine=redis\nredis=%s\n' "$LAB_REDIS/socket"
		else
			echo "store=$LAB/store"
		fi
		[ -z "$LAB_USER" ] || echo "user=$LAB_USER"
		for kv in "$@"; do echo "$kv"; done
	} >"$LAB/etc/bank.conf"
	lab_start bank "$program" "$LAB/etc/bank.conf"
	LAB_BANK=$(lab_ready_value stub)
	# A restart must come back on the same port.
	sed -i "s/^listen=.*/listen=$LAB_BANK/" "$LAB/etc/bank.conf"
	echo "${LAB_PID[bank]}" >"$LAB/bank.pid"
	LAB_RESTART="$LAB_DIR/restart-bank $LAB/bank.pid $program $LAB/etc/bank.conf $LAB/log/bank.log"
}

# A second bank, which takes stubs in clear and encrypts them on its disk.
lab_clear_bank() {
	mkdir -p "$LAB/clear-store"
	[ -z "$LAB_USER" ] || chown "$LAB_USER" "$LAB/clear-store"
	[ -e "$LAB/pki/at-rest.key" ] || (umask 077; openssl rand -hex 32 >"$LAB/pki/at-rest.key")
	{
		printf '[bank]\nlisten=%s\n' "$LAB_NET.0.1:0"
		printf '%s\n' "certificate=$LAB/pki/bank.pem" "key=$LAB/pki/bank.key" "ca=$LAB/pki/ca.pem" "store=$LAB/clear-store" \
			allow-unsealed=yes "at-rest-key=$LAB/pki/at-rest.key"
		[ -z "$LAB_USER" ] || echo "user=$LAB_USER"
	} >"$LAB/etc/clear-bank.conf"
	lab_start clear-bank "${LAB_BANK_PROGRAM:-$LAB_BIN/ref-gateway/bank/ikesync-bank}" "$LAB/etc/clear-bank.conf"
	LAB_CLEAR_BANK=$(lab_ready_value stub)
	echo "${LAB_PID[clear-bank]}" >"$LAB/clear-bank.pid"
}

# KEY=VALUE goes to [gateway], bank.KEY=VALUE to [bank], traffic.KEY=VALUE to [traffic], peer.KEY=VALUE to the client's [peer],
# which has a shared key unless LAB_CLIENT_AUTH says otherwise; LAB_PEERS has more groups. LAB_LOG_LEVEL: of the gateway.
lab_gateway() {
	local name=$1 address=$2 listen=$2 kv
	shift 2
	lab_cert "$name" ca "IP:$address,URI:${LAB_POOL#uri:}"
	mkdir -p "$LAB/queue/$name"
	[ -z "$LAB_USER" ] || chown "$LAB_USER" "$LAB/queue/$name"
	case $address in *:*) listen='[::1]' ;; esac
	{
		echo "[gateway]"
		case " $* " in *" listen="*) ;; *) printf "listen=$listen:0\nlisten-nat=$listen:0\n" ;; esac
		echo "address=$address"
		echo "identity=fqdn:$name.lab"
		echo "ike-suites=aes128-sha256-x25519,aes256-sha384-ecp256,aes256gcm16-prfsha384-ecp256,chacha20poly1305-prfsha256-x25519,aes256-sha512-modp2048,aes128-sha256-modp2048"
		case " $* " in *" esp-suites="*) ;; *) echo "esp-suites=aes128gcm16,aes128-sha256" ;; esac
		echo "key-log=$LAB/keys/$name.ikev2"
		[ -z "$LAB_USER" ] || echo "user=$LAB_USER"
		for kv in "$@"; do case $kv in bank.* | peer.* | traffic.*) ;; *) echo "$kv" ;; esac; done
		case " $* " in *" traffic."*) echo "[traffic]" ;; esac
		for kv in "$@"; do case $kv in traffic.*) echo "${kv#traffic.}" ;; esac; done
		echo "[bank]"
		case " $* " in *" bank.address="*) ;; *) echo "address=$LAB_BANK" ;; esac
		echo "server-name=bank.lab"
		echo "certificate=$LAB/pki/$name.pem"
		echo "key=$LAB/pki/$name.key"
		echo "ca=$LAB/pki/ca.pem"
		case " $* " in *" bank.unsealed-stubs=yes"*) ;; *) echo "seal-keys=$LAB/pki/seal.keys" ;; esac
		echo "queue=$LAB/queue/$name"
		for kv in "$@"; do case $kv in bank.*) echo "${kv#bank.}" ;; esac; done
		echo "[pool inner]"
		echo "inner-ip4=10.99.0.0/24"
		echo "[peer client]"
		case " $* " in *" peer.id="*) ;; *) echo "id=fqdn:client.lab" ;; esac
		case ${LAB_CLIENT_AUTH:-psk} in psk) echo "psk=$LAB_PSK" ;; *) echo "auth=$LAB_CLIENT_AUTH" ;; esac
		for kv in "$@"; do case $kv in peer.*) echo "${kv#peer.}" ;; esac; done
		[ -z "${LAB_PEERS:-}" ] || printf '%s\n' "$LAB_PEERS"
		echo "[peer gone]"
		echo "id=fqdn:gone.lab"
		echo "psk=$LAB_PSK"
		echo "disabled=yes"
	} >"$LAB/etc/$name.conf"
	chmod 600 "$LAB/etc/$name.conf"
	lab_start "$name" "${LAB_GATEWAY_PROGRAM:-$LAB_BIN/ref-gateway/gateway/ikesync-gateway}" "$LAB/etc/$name.conf" ${LAB_LOG_LEVEL:+--log-level "$LAB_LOG_LEVEL"}
	LAB_IKE[$name]=$(lab_ready_value ike)
	LAB_NAT[$name]=$(lab_ready_value nat)
	LAB_ADDR[$name]=$address
	# A restart must come back on the same ports.
	sed -i "s/^listen=.*/listen=${LAB_IKE[$name]}/; s/^listen-nat=.*/listen-nat=${LAB_NAT[$name]}/" "$LAB/etc/$name.conf"
	echo "${LAB_PID[$name]}" >"$LAB/$name.pid"
	LAB_RESTART_GATEWAY[$name]="$LAB_DIR/restart-bank $LAB/$name.pid ${LAB_GATEWAY_PROGRAM:-$LAB_BIN/ref-gateway/gateway/ikesync-gateway} $LAB/etc/$name.conf $LAB/log/$name.log"
}

# Until a process that was told to end has ended; after 20 s it is killed.
lab_gone() {
	local turns=0
	while kill -0 "$1" 2>/dev/null; do
		lab_pause 0.02
		turns=$((turns + 1))
		[ $turns -ne 1000 ] || kill -9 "$1" 2>/dev/null || true
		[ $turns -lt 2000 ] || return 0
	done
}

lab_kill() {
	kill -9 "${LAB_PID[$1]}" 2>/dev/null || true
	lab_gone "${LAB_PID[$1]}"
	unset "LAB_PID[$1]"
}

# A free TCP port of $LAB_NET.0.1 for what has to come back on the same one (the relay, a restarted bank): below the range
# that the kernel gives to others.
lab_free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/$LAB_NET.0.1/$port") 2>/dev/null || { printf '%s' "$port"; return; }
	done
}

# The whole cast of the demo: bank, A (old), B (new) and the variants the cases need.
# Timers are shortened, so that cases about them end soon: provisional 3 s, commit 2 s.
# lab_cast [VARIANT...]: bank, A, B and those variants; without arguments all. "-" is no variant.
LAB_TIMERS=(provisional-lifetime=3s half-open-lifetime=10s commit-timeout=2s min-commit-interval=0s max-moves=1000 miss-cache=1s)
# The gateway at the probe's bank keeps its limits, which are asked with made stubs (rule 18).
LAB_ROLE_TIMERS=(provisional-lifetime=3s half-open-lifetime=10s commit-timeout=2s ike-lifetime=4h)
# Half-open SAs of one address at the capped gateway: so few that some 50 requests show it.
LAB_CAP=8
# Provisional SAs there: in all, and of one index and source.
LAB_PROVISIONAL=5
LAB_PER_INDEX=3
# Clients that may log in at once at the roomy gateway, and half-open SAs that it has room for, and more than any table begins with.
LAB_LOGINS=70
LAB_SAS=2300
# Gets per second of one certificate: many more than any case asks for but the one that is about it.
LAB_GETS=
# Stubs and connections that the bank takes: more than all cases side by side have, and few enough to be met.
LAB_STUBS=
LAB_CONNECTIONS=
# The bank that the cases want: the right to prefetch is the probe's third certificate's alone.
lab_cast_bank() {
	lab_clear_bank
	LAB_GETS=5000 LAB_STUBS=3000 LAB_CONNECTIONS=60
	lab_bank prefetch-allow=203.0.113.3 "gets-per-second=$LAB_GETS" "max-stubs=$LAB_STUBS" max-tombstones=1000000 \
		"max-connections=$LAB_CONNECTIONS"
}

lab_cast() {
	local v
	lab_cast_bank
	LAB_RELAY=$LAB_NET.0.1:$(lab_free_port)
	lab_gateway a "$LAB_NET.1.1" "${LAB_TIMERS[@]}"
	lab_gateway b "$LAB_NET.1.2" "${LAB_TIMERS[@]}"
	[ $# -gt 0 ] || set -- syn-off silence cookie relay ipv6 banked capped roomy brisk
	LAB_ROLE=$LAB_NET.0.1:$(lab_free_port)
	for v; do
		[ -z "${LAB_PID[$v]:-}" ] || continue # two cases may need the same
		case $v in
		syn-off) lab_gateway syn-off "$LAB_NET.1.3" "${LAB_TIMERS[@]}" syn=no ;;
		silence) lab_gateway silence "$LAB_NET.1.4" "${LAB_TIMERS[@]}" syn-miss=silence ;;
		cookie) lab_gateway cookie "$LAB_NET.1.5" "${LAB_TIMERS[@]}" cookies=always ;;
		ipv6) lab_gateway ipv6 2001:db8:1::6 "${LAB_TIMERS[@]}" ;;
		relay) lab_gateway relay "$LAB_NET.1.6" "${LAB_TIMERS[@]}" "bank.address=$LAB_RELAY" ;;
		capped) lab_gateway capped "$LAB_NET.1.10" "${LAB_TIMERS[@]}" "max-half-open-per-address=$LAB_CAP" cookie-threshold=3 \
			"max-provisional=$LAB_PROVISIONAL" "max-provisional-per-index=$LAB_PER_INDEX" ;;
		roomy) lab_gateway roomy "$LAB_NET.1.11" "${LAB_TIMERS[@]}" cookie-threshold=10000 max-half-open-per-address=10000 \
			max-half-open-per-prefix=10000 ;;
		brisk) lab_gateway brisk "$LAB_NET.1.12" "${LAB_TIMERS[@]}" child-rekey=1s child-lifetime=22s ike-rekey=2s resumed-rekey=1s \
			ike-lifetime=22s dpd=1s retransmit=500ms retransmit-tries=4 ;;
		disabled) lab_gateway disabled "$LAB_NET.1.7" "${LAB_TIMERS[@]}" peer.disabled=yes ;;
		hold-down) lab_gateway hold-down "$LAB_NET.1.8" "${LAB_TIMERS[@]:0:3}" min-commit-interval=2s max-moves=5 moves-window=300s ;;
		banked) lab_gateway banked "$LAB_NET.1.9" "${LAB_ROLE_TIMERS[@]}" "bank.address=$LAB_ROLE" "bank.authority=$LAB_ROLE" bank.reconnect=50ms bank.reconnect-cap=400ms ;;
		-) ;;
		*) lab_die "no variant $v" ;;
		esac
	done
}

# The target file's group about the bank.
lab_target_bank() {
	echo "[bank]"
	echo "address=$LAB_BANK"
	echo "server-name=bank.lab"
	echo "ca=$LAB/pki/ca.pem"
	echo "certificate=$LAB/pki/probe.pem"
	echo "key=$LAB/pki/probe.key"
	echo "owns=203.0.113.1"
	echo "owns-ipv6=2001:db8:f::1"
	echo "second-certificate=$LAB/pki/probe2.pem"
	echo "second-key=$LAB/pki/probe2.key"
	echo "second-owns=203.0.113.2"
	echo "foreign-certificate=$LAB/pki/foreign.pem"
	echo "foreign-key=$LAB/pki/foreign.key"
	echo "other-pool-certificate=$LAB/pki/probe4.pem"
	echo "other-pool-key=$LAB/pki/probe4.key"
	echo "other-pool-owns=203.0.113.4"
	echo "prefetch-certificate=$LAB/pki/probe3.pem"
	echo "prefetch-key=$LAB/pki/probe3.key"
	echo "no-pool-certificate=$LAB/pki/probe5.pem"
	echo "no-pool-key=$LAB/pki/probe5.key"
	echo "two-pools-certificate=$LAB/pki/probe6.pem"
	echo "two-pools-key=$LAB/pki/probe6.key"
	[ -z "${LAB_GETS:-}" ] || echo "gets-per-second=$LAB_GETS"
	echo "seal-keys=$LAB/pki/seal.keys"
	[ -z "${LAB_CLEAR_BANK:-}" ] || printf '[clear-bank]\naddress=%s\nstore=%s\n' "$LAB_CLEAR_BANK" "$LAB/clear-store"
}

# Its group about what is capped, and so low that it can be met.
lab_target_limits() {
	echo "[limits]"
	[ -z "${LAB_IKE[capped]:-}" ] || printf 'half-open=%s\nprovisional=%s\nprovisional-per-index=%s\n' $LAB_CAP $LAB_PROVISIONAL $LAB_PER_INDEX
	[ -z "${LAB_IKE[roomy]:-}" ] || printf 'logins=%s\nsas=%s\n' $LAB_LOGINS $LAB_SAS
	[ -z "${LAB_STUBS:-}" ] || echo "stubs=$LAB_STUBS"
	[ -z "${LAB_CONNECTIONS:-}" ] || echo "connections=$LAB_CONNECTIONS"
}

lab_target() {
	local v
	{
		echo "[target]"
		echo "name=ikesync reference gateway and bank"
		echo "profile=1"
		echo "[gateway]"
		echo "ike=${LAB_IKE[b]}"
		echo "nat=${LAB_NAT[b]}"
		echo "id=fqdn:b.lab"
		echo "index-address=${LAB_ADDR[b]}"
		echo "[old-gateway]"
		echo "ike=${LAB_IKE[a]}"
		echo "nat=${LAB_NAT[a]}"
		echo "id=fqdn:a.lab"
		echo "index-address=${LAB_ADDR[a]}"
		echo "[client]"
		echo "id=fqdn:client.lab"
		echo "psk=$LAB_PSK"
		echo "disabled-id=fqdn:gone.lab"
		echo "ike=aes128-sha256-x25519"
		echo "more-ike=aes256-sha384-ecp256,aes256gcm16-prfsha384-ecp256,chacha20poly1305-prfsha256-x25519,aes128-sha256-modp2048"
		echo "esp=aes128gcm16"
		echo "source=${LAB_SOURCE:-$LAB_NET.2.1}"
		echo "second-source=${LAB_SECOND_SOURCE:-$LAB_NET.2.2}"
		lab_target_bank
		echo "[timers]"
		echo "provisional=3s"
		echo "commit=2s"
		echo "miss=1s"
		echo "offer=15s"
		[ -z "${LAB_IKE[brisk]:-}" ] || printf 'rekey=3s\nliveness=2s\nlifetime=22s\n'
		for v in syn-off silence cookie relay ipv6 capped roomy brisk; do
			[ -n "${LAB_IKE[$v]:-}" ] || continue
			echo "[variant $v]"
			echo "ike=${LAB_IKE[$v]}"
			echo "nat=${LAB_NAT[$v]}"
			case $v in ipv6 | brisk) echo "index-address=${LAB_ADDR[$v]}" ;; esac
			if [ $v = relay ]; then
				echo "listen=$LAB_RELAY"
				echo "bank=$LAB_BANK"
			fi
		done
		lab_target_limits
		if [ -n "${LAB_IKE[banked]:-}" ]; then
			echo "[variant banked]"
			echo "ike=${LAB_IKE[banked]}"
			echo "nat=${LAB_NAT[banked]}"
			echo "id=fqdn:banked.lab"
			echo "index-address=${LAB_ADDR[banked]}"
			echo "[bank-role]"
			echo "listen=$LAB_ROLE"
			echo "certificate=$LAB/pki/probe-bank.pem"
			echo "key=$LAB/pki/probe-bank.key"
			echo "ca=$LAB/pki/ca.pem"
			echo "foreign-certificate=$LAB/pki/foreign-bank.pem"
			echo "foreign-key=$LAB/pki/foreign-bank.key"
			echo "other-certificate=$LAB/pki/other-bank.pem"
			echo "other-key=$LAB/pki/other-bank.key"
			echo "seal-keys=$LAB/pki/seal.keys"
			echo "lifetime=4h"
		fi
		echo "[host]"
		echo "listen=$LAB_NET.3.1"
		echo "next=$LAB_NET.3.2"
		echo "patience=20s"
		echo "[hooks]"
		[ -z "${LAB_RESTART:-}" ] || echo "bank-restart=$LAB_RESTART"
		echo "gateway-restart=${LAB_RESTART_GATEWAY[b]}"
		if [ -n "${LAB_IKE[banked]:-}" ]; then
			echo "banked-kill=${LAB_RESTART_GATEWAY[banked]}"
			echo "banked-restart=${LAB_RESTART_GATEWAY[banked]} TERM"
		fi
		(umask 077; printf '%s\n' "$LAB_PSK" >"$LAB/etc/client.psk")
		echo "client-start=exec ${LAB_CLIENT_PROGRAM:-$LAB_BIN/ikesync-probe/ikesync-probe} client --id fqdn:client.lab" \
			"--psk-file $LAB/etc/client.psk --gateway {gateway}/{gateway-nat} --next {next}/{next-nat} --source $LAB_NET.2.9" \
			"--ike aes128-sha256-x25519,aes256-sha384-ecp256 --retransmit 150 --attempts 3 --liveness 0"
		echo "client-resume=kill -USR1 {pid}"
	} >"$1"
	chmod 600 "$1"
}

lab_stop() {
	local name
	# Bank and gateways may have been restarted by a hook: the pid files know.
	for name in bank b banked; do
		[ ! -e "$LAB/$name.pid" ] || [ -z "${LAB_PID[$name]:-}" ] || kill "$(cat "$LAB/$name.pid")" 2>/dev/null || true
	done
	for name in "${!LAB_PID[@]}"; do kill "${LAB_PID[$name]}" 2>/dev/null || true; done
	for name in "${!LAB_PID[@]}"; do lab_gone "${LAB_PID[$name]}"; done
	LAB_PID=()
	[ -z "${LAB_REDIS:-}" ] || rm -rf "$LAB_REDIS"
}
