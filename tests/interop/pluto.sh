# SPDX-License-Identifier: GPL-2.0-or-later
# One libreswan (Debian's pluto) inside a namespace. Source after net.sh and lab.sh; LAB_PSK is the key.
# Its package cannot be installed beside strongSwan's: it is unpacked into DIR and seen at its own place through an
# overlay in a mount namespace. Without ESP in the kernel its child SAs fail and its IKE SAs stand.
#
#   pluto_start DIR     the log is DIR/pluto.log
#   pluto_stop

pluto_start() {
	local d=$1 tries=0
	mkdir -p "$d/root" "$d/nss" "$d/run"
	(cd "$d" && apt-get download -q libreswan && dpkg -x libreswan_*.deb root) >"$d/unpack.log" 2>&1 ||
		{ cat "$d/unpack.log" >&2; return 1; }
	certutil -N -d "sql:$d/nss" --empty-password >"$d/nss.log" 2>&1
	# libreswan tells sections from keys by their indent
	{
		printf 'config setup\nconn gw\n'
		printf '\t%s\n' left=192.0.2.1 leftid=@gw.lab right=%any rightid=@client.lab authby=secret ikev2=insist \
			ike=aes128-sha2_256-dh31 esp=aes_gcm128 leftsubnet=10.1.0.0/24 rightaddresspool=10.9.0.1-10.9.0.200 auto=add
	} >"$d/ipsec.conf"
	echo "@gw.lab @client.lab : PSK \"$LAB_PSK\"" >"$d/ipsec.secrets"
	chmod 600 "$d/ipsec.secrets"
	(net_in peer unshare -m bash -c '
		mount -t overlay overlay -o "lowerdir=$1/root/usr/libexec:/usr/libexec" /usr/libexec &&
		exec /usr/libexec/ipsec/pluto --nofork --config "$1/ipsec.conf" --secretsfile "$1/ipsec.secrets" \
			--nssdir "$1/nss" --rundir "$1/run" --logfile "$1/pluto.log" --dumpdir "$1"' pluto "$d") \
		</dev/null >"$d/pluto.out" 2>&1 &
	PLUTO_PID=$!
	PLUTO_DIR=$d
	until net_run peer "$d/root/usr/libexec/ipsec/whack" --rundir "$d/run" --ctlsocket "$d/run/pluto.ctl" --status >/dev/null 2>&1; do
		kill -0 "$PLUTO_PID" 2>/dev/null || { cat "$d/pluto.out" >&2; return 1; }
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "pluto did not come up" >&2; return 1; }
		lab_pause 0.1
	done
	net_run peer "$d/root/usr/libexec/ipsec/addconn" --config "$d/ipsec.conf" --ctlsocket "$d/run/pluto.ctl" gw
	net_run peer "$d/root/usr/libexec/ipsec/whack" --rundir "$d/run" --ctlsocket "$d/run/pluto.ctl" --listen >>"$d/start.log" 2>&1 || true
	# It listens when it says so; a second listen is harmless.
	tries=0
	until grep -q 'listening for IKE messages' "$d/pluto.log" && grep -q 'added IKEv2 connection' "$d/pluto.log"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "pluto has no connection" >&2; return 1; }
		lab_pause 0.1
	done
}

pluto_stop() {
	[ -n "${PLUTO_PID:-}" ] || return 0
	net_run peer "$PLUTO_DIR/root/usr/libexec/ipsec/whack" --rundir "$PLUTO_DIR/run" --ctlsocket "$PLUTO_DIR/run/pluto.ctl" \
		--shutdown >/dev/null 2>&1 || kill "$PLUTO_PID" 2>/dev/null || true
	wait "$PLUTO_PID" 2>/dev/null || true
	PLUTO_PID=
}
