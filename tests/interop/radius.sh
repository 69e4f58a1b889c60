# SPDX-License-Identifier: GPL-2.0-or-later
# One FreeRADIUS 3 (Debian's) inside our namespace, on 127.0.0.1:1812. Source after net.sh and lab.sh.
#
#   radius_start DIR PKI   users are in DIR/users; PKI has ca.pem, radius.pem and radius.key for EAP-TLS; its log is DIR/radius.log
#   radius_stop
# The secret is RADIUS_SECRET.

radius_conf() {
	local dir=$1 pki=$2
	: >"$dir/dictionary"
	# Message-Authenticator is asked for, as it should be everywhere.
	cat >"$dir/radiusd.conf" <<-CONF
	prefix = /usr
	localstatedir = $dir
	name = radiusd
	libdir = /usr/lib/freeradius
	logdir = $dir
	run_dir = $dir
	db_dir = $dir
	pidfile = $dir/radiusd.pid
	max_request_time = 10
	security {
	  allow_vulnerable_openssl = yes
	}
	log {
	  destination = files
	  file = $dir/radius.log
	  auth = yes
	}
	client gateway {
	  ipaddr = 127.0.0.1
	  secret = $RADIUS_SECRET
	  require_message_authenticator = yes
	}
	modules {
	  mschap {
	  }
	  files {
	    usersfile = $dir/users
	  }
	  eap {
	    default_eap_type = mschapv2
	    mschapv2 {
	    }
	    md5 {
	    }
	    tls-config common {
	      private_key_file = $pki/radius.key
	      certificate_file = $pki/radius.pem
	      ca_file = $pki/ca.pem
	    }
	    tls {
	      tls = common
	    }
	  }
	}
	server default {
	  listen {
	    type = auth
	    ipaddr = 127.0.0.1
	    port = 1812
	  }
	  authorize {
	    files
	    eap
	  }
	  authenticate {
	    Auth-Type MS-CHAP {
	      mschap
	    }
	    eap
	  }
	}
	CONF
}

radius_start() {
	radius_conf "$1" "$2"
	(net_in ours /usr/sbin/freeradius -f -d "$1" -D /usr/share/freeradius) </dev/null >"$1/radius.out" 2>&1 &
	RADIUS_PID=$!
	local tries=0
	until grep -q "Ready to process requests" "$1/radius.log" 2>/dev/null; do
		kill -0 "$RADIUS_PID" 2>/dev/null || { cat "$1/radius.out" "$1/radius.log" >&2; return 1; }
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "FreeRADIUS did not come up" >&2; return 1; }
		lab_pause 0.1
	done
}

radius_stop() {
	[ -n "${RADIUS_PID:-}" ] || return 0
	kill -CONT "$RADIUS_PID" 2>/dev/null || true
	kill "$RADIUS_PID" 2>/dev/null || true
	wait "$RADIUS_PID" 2>/dev/null || true
	RADIUS_PID=
}
