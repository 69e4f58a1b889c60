# SPDX-License-Identifier: GPL-2.0-or-later
# One strongSwan 5.9.8 (Debian's charon-systemd) inside a namespace. Source after net.sh and lab.sh.
#
#   swan_start DIR     swanctl.conf must be in DIR/swanctl; the log is DIR/charon.log.
#                      SWAN_PLUGINS="NAME..." loads more plugins; SWAN_CRYPTO="NAME..." others for algorithms;
#                      SWAN_SIGNATURES=no: without RFC 7427; SWAN_MORE="KEY = VALUE" adds a line; SWAN_DOS=yes leaves its protection against denial of service as it comes
#   swan_ctl ARGS...   swanctl against it
#   swan_key NAME      a key from its log: swan_key "Sk_d secret"
#   swan_stop

swan_conf() {
	local dir=$1
	mkdir -p "$dir/swanctl"
	# kernel-libipsec: ESP in user space, since a kernel without ESP is common in containers.
	cat >"$dir/strongswan.conf" <<-CONF
	charon-systemd {
	  load_modular = no
	  load = ${SWAN_CRYPTO:-random nonce aes sha1 sha2 hmac kdf gcm chapoly gmp curve25519 openssl} pem pkcs1 pkcs8 x509 pubkey revocation constraints drbg socket-default kernel-libipsec kernel-netlink updown vici ${SWAN_PLUGINS:-}
	  dos_protection = ${SWAN_DOS:-no}
	  signature_authentication = ${SWAN_SIGNATURES:-yes}
	  retransmit_tries = 2
	  ${SWAN_MORE:-}
	  plugins {
	    vici {
	      socket = unix://$dir/charon.vici
	    }
	    kernel-libipsec {
	      allow_peer_ts = yes
	    }
	  }
	  filelog {
	    log {
	      path = $dir/charon.log
	      flush_line = yes
	      default = 1
	      ike = 4
	      enc = 1
	    }
	  }
	  journal {
	    default = -1
	  }
	}
	CONF
}

swan_start() {
	SWAN=$1
	swan_conf "$SWAN"
	(STRONGSWAN_CONF=$SWAN/strongswan.conf net_in peer /usr/sbin/charon-systemd) </dev/null >"$SWAN/charon.out" 2>&1 &
	SWAN_PID=$!
	local tries=0
	until [ -S "$SWAN/charon.vici" ] && swan_ctl --stats >/dev/null 2>&1; do
		kill -0 "$SWAN_PID" 2>/dev/null || { cat "$SWAN/charon.out" >&2; return 1; }
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "strongSwan did not come up" >&2; return 1; }
		lab_pause 0.1
	done
	swan_ctl --load-all
}

swan_ctl() {
	local command=$1
	shift
	(SWANCTL_DIR=$SWAN/swanctl STRONGSWAN_CONF=$SWAN/strongswan.conf \
		net_in peer swanctl "$command" --uri "unix://$SWAN/charon.vici" "$@")
}

swan_stop() {
	[ -n "${SWAN_PID:-}" ] || return 0
	kill "$SWAN_PID" 2>/dev/null || true
	wait "$SWAN_PID" 2>/dev/null || true
	SWAN_PID=
}

# What it says of its keys: the hex dump behind "Sk_d secret".
swan_key() {
	awk -v name="$1" '
		index($0, name " => ") { on = 1; next }
		on && match($0, /[0-9]+: ([0-9A-F][0-9A-F] )+/) {
			s = substr($0, RSTART, RLENGTH); sub(/^[0-9]+: /, "", s); gsub(/ /, "", s); out = out s; next }
		on { print tolower(out); exit }' "$SWAN/charon.log"
}
