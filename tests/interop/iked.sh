# SPDX-License-Identifier: GPL-2.0-or-later
# One OpenIKED (Debian's iked) inside a namespace. Source after net.sh and lab.sh; LAB_PSK is the key.
# It starts only where the kernel has PF_KEY; where it has not, pfkey_shim.c grants it what it asks of the kernel. Its
# IKE_SA_INIT and IKE_AUTH are real then; after IKE_AUTH it ignores requests of the SA, a Delete too (C12 and C13 say so), which
# may be the shim's fault and not its own. N13 is its own: it ignores the critical bit.
#
#   iked_start DIR     the log is DIR/iked.log
#   iked_stop

iked_start() {
	local d=$1 tries=0
	mkdir -p "$d/root" "$d/empty"
	chmod 755 "$d"
	(cd "$d" && apt-get download -q openiked && dpkg -x openiked_*.deb root) >"$d/unpack.log" 2>&1 ||
		{ cat "$d/unpack.log" >&2; return 1; }
	cc -shared -fPIC -O1 -o "$d/pfkey_shim.so" tests/interop/pfkey_shim.c -ldl -lpthread
	cat >"$d/iked.conf" <<-CONF
	ikev2 "gw" passive esp from 10.1.0.0/24 to 10.9.0.0/24 local 192.0.2.1 peer any \\
		ikesa enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 group curve25519 \\
		childsa enc aes-128 auth hmac-sha2-256 noesn \\
		srcid gw.lab psk "$LAB_PSK"
	CONF
	chmod 600 "$d/iked.conf"
	# /etc/iked, as it looks with the package configured, seen in the mount namespace alone.
	mkdir -p "$d/etc/private" "$d/etc/pubkeys"/{ipv4,ipv6,fqdn,ufqdn} "$d/etc"/{ca,certs,crls}
	openssl ecparam -genkey -name prime256v1 -noout -out "$d/etc/private/local.key" 2>/dev/null
	openssl ec -in "$d/etc/private/local.key" -pubout -out "$d/etc/local.pub" 2>/dev/null
	# Its user is made by its package; here in files that only its mount namespace sees.
	{ cat /etc/passwd; echo "_iked:x:990:990::$d/empty:/usr/sbin/nologin"; } >"$d/passwd"
	{ cat /etc/group; echo "_iked:x:990:"; } >"$d/group"
	(net_in peer unshare -m bash -c '
		mkdir -p /etc/iked /var/lib/openiked/empty
		mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group &&
		mount --bind "$1/etc" /etc/iked &&
		LD_PRELOAD="$1/pfkey_shim.so" exec "$1/root/usr/sbin/iked" -dvv -f "$1/iked.conf"' iked "$d") \
		</dev/null >"$d/iked.log" 2>&1 &
	IKED_PID=$!
	until [ -n "$(net_run peer ss -Hlun 'sport = :500')" ]; do
		kill -0 "$IKED_PID" 2>/dev/null || { cat "$d/iked.log" >&2; return 1; }
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "iked did not come up" >&2; return 1; }
		lab_pause 0.1
	done
}

iked_stop() {
	[ -n "${IKED_PID:-}" ] || return 0
	kill "$IKED_PID" 2>/dev/null || true
	wait "$IKED_PID" 2>/dev/null || true
	IKED_PID=
}
