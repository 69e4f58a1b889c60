# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by captures/make: what is played, what is said of it in MANIFEST, and what --check must find.

# --- how each is played ---
# a is 192.0.2.2, b is 192.0.2.3: A is where SAs are made, B where they are resumed.

# A story ends with the delete of its last stub, and the reply.
deletes="ikestub.type == 5"

cast_ab() {
	bank
	gateway a 192.0.2.2
	gateway b 192.0.2.3
	target
}

story_full_handshake() {
	bank
	gateway b 192.0.2.3
	LAB_IKE[a]=${LAB_IKE[b]} LAB_NAT[a]=${LAB_NAT[b]} LAB_ADDR[a]=${LAB_ADDR[b]}
	target
	play handshake
	await "$deletes" 2
}
story_stub_tls() { cast_ab; probe C08; await "$deletes" 2; }
story_stub_plain() {
	# Plain TCP takes the standard port; the probe's own questions go over TLS beside it.
	LAB_BANK_LISTEN=$bank4:49501
	bank plain-listen=$bank4:49500 plain-addresses=192.0.2.2,192.0.2.3 "plain-pool=${LAB_POOL#uri:}"
	gateway a 192.0.2.2 bank.address=$bank4:49500 bank.plaintext-lab=yes
	gateway b 192.0.2.3 bank.address=$bank4:49500 bank.plaintext-lab=yes
	target
	probe C08
	await "$deletes" 2
}
# Clear stubs exist only inside TLS (rule 35).
story_stub_unsealed() {
	openssl rand -hex 32 >"$LAB/pki/at-rest.key"
	chmod 600 "$LAB/pki/at-rest.key"
	[ -z "$LAB_USER" ] || chown "$LAB_USER" "$LAB/pki/at-rest.key"
	bank allow-unsealed=yes "at-rest-key=$LAB/pki/at-rest.key"
	gateway a 192.0.2.2 bank.unsealed-stubs=yes
	gateway b 192.0.2.3 bank.unsealed-stubs=yes
	target
	probe C08
	await "$deletes" 2
}
story_failover() {
	cast_ab
	sed -i '/^\[hooks\]/d; /^bank-restart=/d' "$LAB/etc/target.ini"
	printf '[hooks]\nold-gateway-fail=kill -9 %s\n' "${LAB_PID[a]}" >>"$LAB/etc/target.ini"
	probe C08
	await "$deletes" 2
}
story_fallback() { cast_ab; probe C12; await "$deletes" 2; }
story_cookie() {
	bank
	gateway a 192.0.2.2
	gateway b 192.0.2.3
	gateway cookie 192.0.2.4 cookies=always
	target
	probe C21
	await "$deletes" 2
}
story_ipv6() {
	LAB_SOURCE=$client6 LAB_SECOND_SOURCE=2001:db8::11
	bank
	gateway a 2001:db8::2
	gateway b 2001:db8::3
	target
	probe C08
	await "$deletes" 2
}
story_nat_t() { cast_ab; play nat-t; await "$deletes" 2; }
story_not_committed() {
	LAB_RELAY=$client4:49500
	bank
	gateway a 192.0.2.2
	gateway b 192.0.2.3
	gateway relay 192.0.2.4 "bank.address=$LAB_RELAY"
	target
	probe C36
	await "$deletes" 4
}

# C04 resumes at B what was made at A, and then once more what was resumed.
story_chain() { cast_ab; probe C04; await "$deletes" 2; }
# C03 makes an SA with HMAC and one with an AEAD.
story_suites() {
	bank
	gateway a 192.0.2.2
	gateway b 192.0.2.3
	lab_target "$LAB/etc/target.ini"
	probe C03
	await "$deletes" 2
}
# B mixes RFC 5723's label into SKEYSEED: C03 fails, and says so.
story_wrong_label() {
	bank
	gateway a 192.0.2.2
	"$project/tests/defects/build" --build "$LAB_BIN" "$LAB/defects" resume-label
	chmod 755 "$LAB/defects" "$LAB/defects/resume-label"
	LAB_GATEWAY_PROGRAM=$LAB/defects/resume-label/ikesync-gateway
	gateway b 192.0.2.3
	unset LAB_GATEWAY_PROGRAM
	target
	(probe C03) >/dev/null 2>&1 || true
}

# --- what --check must find ---
# expect NAME 'filter' COUNT|COUNT+  (exactly, or at least)

syn='ikesync.gateway_spi && isakmp.exchangetype == 34'
expectations() {
	cat <<EXPECT
full-handshake|isakmp.exchangetype == 34|2
full-handshake|isakmp.exchangetype == 35|2
full-handshake|isakmp.exchangetype == 35 && ikesync.index.ipv4 == 192.0.2.3|1
full-handshake|isakmp.exchangetype == 36|2
full-handshake|isakmp.exchangetype == 37 && isakmp.typepayload == 42|1
full-handshake|$syn|0
full-handshake|ikestub.type == 1|2
full-handshake|ikestub.type == 5|2
stub-tls|tls && ikestub.type == 1 && !ikestub.reply == 1|1
stub-tls|tls && ikestub.type == 3|1
stub-tls|tls && ikestub.type == 4 && ikestub.status == 0 && ikestub.sealed.version == 1|1
stub-tls|tls && ikestub.type == 2 && ikestub.move == 1|1
stub-tls|tls && ikestub.type == 5|2
stub-tls|ikestub.status && ikestub.status != 0|0
stub-tls|tls.handshake.extensions_alpn_str == "ikesync-stub/1"|2+
stub-plain|!tls && ikestub.type == 1 && !ikestub.reply == 1|1
stub-plain|ikestub.type == 4 && ikestub.status == 0|1
stub-plain|ikestub.type == 2 && ikestub.move == 1|1
stub-plain|ikestub.type == 5|2
stub-plain|ikestub.sealed.version == 1|3
stub-unsealed|tls && ikestub.type == 1 && ikestub.stub.sealed == 0 && ikestub.attribute == 12|1
stub-unsealed|ikestub.stub.sealed == 0 && ikestub.transform.dh == 31 && ikestub.id.text == "client.lab"|3
stub-unsealed|ikestub.peer_features.profile1 == 1|3
stub-unsealed|ikestub.secret_length == 32|3
stub-unsealed|ikestub.shared_secret|0
stub-unsealed|ikestub.type == 2 && ikestub.move == 1|1
stub-plain|ikestub.clear|8
failover|$syn && ikesync.gateway_ipv4 == 192.0.2.2|1
failover|ikesync.exchange == 2|1
failover|ip.src == 192.0.2.2 && isakmp && ikesync.exchange|0
failover|ikestub.type == 1 && ip.src == 192.0.2.2|1
failover|ikestub.type == 3 && ip.src == 192.0.2.3|1
failover|ikestub.type == 4 && ikestub.status == 0|1
failover|ikestub.type == 2 && ikestub.move == 1 && ip.src == 192.0.2.3|1
failover|isakmp.exchangetype == 36 && isakmp.messageid == 1|2
failover|isakmp.exchangetype == 36 && ikesync.bind|2
failover|isakmp.exchangetype == 36 && ikesync.index.ipv4 == 192.0.2.3|1
fallback|$syn|1
fallback|ikesync.exchange == 3|1
fallback|ikestub.type == 4 && ikestub.status == 1|1
fallback|isakmp.exchangetype == 35 && ikesync.index.ipv4 == 192.0.2.3|1
cookie|$syn|2
cookie|ikesync.exchange == 4|1
cookie|ikesync.exchange == 2|1
cookie|ikesync.bind|2
ipv6|$syn && ikesync.gateway_ipv6 == 2001:db8::2|1
ipv6|ikesync.exchange == 2 && ipv6|1
ipv6|ikesync.index.ipv6 == 2001:db8::3|1
ipv6|ikestub.index.ipv6 == 2001:db8::3|1+
nat-t|udp.port == 4500 && $syn && ikesync.gateway_ipv4 == 192.0.2.2|1
nat-t|udp.port == 4500 && ikesync.exchange == 2|1
nat-t|udp.port == 500|0
nat-t|udp.port == 4500 && ikesync.bind|2
not-committed|ikesync.notify == 12500|6
not-committed|ikesync.notify == 12500 && ikesync.bind|6
not-committed|ikesync.exchange == 2|8
not-committed|ikesync.exchange == 9|2
not-committed|ikesync.exchange == 12 && ikesync.retransmission_of|3
not-committed|ikestub.status == 4|1
chain|ikesync.decrypted == 1 && ikesync.decrypted.source == 3|4
chain|ikesync.decrypted == 1 && ikesync.decrypted.source == 4|4
chain|ikesync.bind.correct == 1|4
suites|ikesync.decrypted == 1 && ikesync.decrypted.suite contains "AES-GCM-256"|4
suites|ikesync.decrypted == 1 && ikesync.decrypted.suite contains "AES-CBC-128"|4
suites|ikesync.bind.correct == 1|4
wrong-label|ikesync.decrypted.icv|30+
wrong-label|ikesync.response_to && ikesync.decrypted == 0|1
stub-tls|ikesync.decrypted == 1|4
stub-plain|ikesync.decrypted == 1|4
ipv6|ikesync.decrypted == 1|4
cookie|ikesync.bind.correct == 1|2
nat-t|ikesync.bind.correct == 1|2
not-committed|ikesync.bind.correct == 1|6+
failover|ikesync.decrypted == 1|4
failover|ikesync.bind.correct == 1|2
failover|ikesync.bind.correct == 0|0
failover|ikestub.sealed.opened == 1 && ikestub.sk_d|0
failover|ikestub.sealed.opened == 1|3
failover|ikesync.story.old_auth && ikesync.story.syn && ikesync.story.move|1+
EXPECT
	local name
	for name in "${all[@]}"; do
		# isakmp opens what the probe only tried with keys that are not of it.
		[ $name != wrong-label ] || continue
		echo "$name|_ws.malformed|0"
		# Every seal has its key beside the capture, and with it every BIND is right.
		echo "$name|ikestub.sealed.version && !(ikestub.sealed.opened == 1)|0"
		echo "$name|ikesync.bind && !(ikesync.bind.correct == 1)|0"
		echo "$name|_ws.expert.severity >= \"Warning\" && (ikesync || ikestub) && !ikestub.clear && !ikestub.stub.unsealed|0"
	done
}

keys_of() { # NAME: a Wireshark configuration folder with the IKE keys
	mkdir -p "$work/home/$1"
	cp "$out/$1.ikev2_decryption_table" "$work/home/$1/ikev2_decryption_table" 2>/dev/null || true
	cp "$out/$1.seal_keys" "$work/$1.seal_keys" 2>/dev/null || : >"$work/$1.seal_keys"
	chmod a+r "$work/$1.seal_keys"
	chmod -R a+rX "$work/home"
}
shark() { # NAME ARGUMENTS...
	local name=$1 saved=("${tshark_env[@]}")
	shift
	tshark_env+=("WIRESHARK_CONFIG_DIR=$work/home/$name")
	tshark_run -r "$work/$name.pcapng" -o "ikesync.key_file:$work/$name.seal_keys" "$@"
	tshark_env=("${saved[@]}")
}
load() { # NAME
	[ -r "$out/$1.pcapng" ] || return 1
	cp -f "$out/$1.pcapng" "$work/$1.pcapng"
	"$here/secrets_block" --bare "$work/$1.pcapng" # the same on every series: what is asked is the key file
	chmod a+r "$work/$1.pcapng"
	keys_of "$1"
}

check_all() {
	local passed=0 failed=0 name filter want got ok size
	tshark_setup "$work" "$build/dissector/plugins" || { echo "0 passed, 1 failed"; return 1; }
	while IFS='|' read -r name rest; do
		[[ " ${names[*]} " = *" $name "* ]] || continue
		# Filters have | too: the last one ends the filter.
		filter=${rest%|*} want=${rest##*|}
		if [ ! -e "$work/$name.pcapng" ] && ! load "$name"; then
			failed=$((failed + 1))
			echo "FAIL $name: not there"
			continue
		fi
		got=$(shark "$name" -Y "$filter" | wc -l) || got=-1
		case $want in *+) [ "$got" -ge "${want%+}" ] && ok=yes || ok=no ;; *) [ "$got" -eq "$want" ] && ok=yes || ok=no ;; esac
		if [ $ok = yes ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAIL $name: $got frames match  $filter  (expected $want)"
		fi
	done < <(expectations)
	for name in "${names[@]}"; do
		[ -e "$out/$name.pcapng" ] || continue
		size=$(stat -c %s "$out/$name.pcapng")
		if [ "$size" -lt 102400 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $name: $size octets"; fi
	done
	if [ -s "$tshark_stderr" ]; then
		failed=$((failed + 1))
		echo "FAIL tshark complains: $(sort -u "$tshark_stderr" | head -n 3)"
	fi
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}

# --- MANIFEST ---

about() {
	case $1 in
	full-handshake) echo "tests/readings/capture_client as client: a full handshake at gateway B without any IKE_SA_SYN, N(IKESYNC_INDEX) in the IKE_AUTH response, CREATE_CHILD_SA, and an INFORMATIONAL that deletes the SA. Beside it, B's init and delete of the stub." ;;
	stub-tls) echo "case C08 of ikesync-probe: every stub message there is. A's init when IKE_AUTH is done, B's get and the bank's download when the SYN comes, B's update (a move: other address) when message ID 1 comes, B's delete when the client deletes the resumed SA. TLS 1.3 with client certificates and ALPN ikesync-stub/1; the keys are inside the file." ;;
	stub-plain) echo "the same as stub-tls, over plain TCP, as only a lab may have it. The stubs are sealed: clear ones exist only inside TLS." ;;
	stub-unsealed) echo "the same as stub-tls, with stubs that are not sealed (unsealed-stubs=yes and allow-unsealed=yes, in a lab): every field of a stub can be seen." ;;
	failover) echo "case C08 of ikesync-probe with the hook old-gateway-fail: an SA is made at gateway A, its stub reaches the bank, A is killed (kill -9: its TCP connection ends), the client sends IKE_SA_SYN to B, B gets the stub, answers HDR, Nr, takes CREATE_CHILD_SA as message ID 1, moves the stub, and only then answers." ;;
	fallback) echo "case C12 of ikesync-probe: IKE_SA_SYN for an index that nobody has; the bank says not-found, B answers with an ordinary SA, KE, Nr, and IKE_AUTH follows from the same KEi and Ni; then a Delete." ;;
	cookie) echo "case C21 of ikesync-probe: the gateway at 192.0.2.4 is set to cookies=always; it demands a cookie, the same IKE_SA_SYN with N(COOKIE) in front resumes." ;;
	ipv6) echo "case C08 of ikesync-probe over IPv6: the index in IKE_SA_SYN and in N(IKESYNC_INDEX) has an IPv6 address (payload length 28). The bank is still reached over IPv4." ;;
	nat-t) echo "tests/readings/capture_client: handshake at A and resumption at B with every message on port 4500 behind the non-ESP marker (RFC 7296 section 2.23 lets a client begin there)." ;;
	chain) echo "case C04 of ikesync-probe: the SA made at A is resumed at B, and then the resumed SA is resumed in its turn, with the SK_d that the first resumption made and the stub that B moved." ;;
	suites) echo "case C03 of ikesync-probe, once for each kind of suite: AES-CBC-128 with HMAC-SHA2-256, and AES-GCM-256 with HMAC-SHA2-384 as prf." ;;
	wrong-label) echo "case C03 of ikesync-probe against a gateway B with a deliberate mistake (tests/defects/resume-label.patch): it mixes RFC 5723's label \"Resumption\" into SKEYSEED. Message ID 1 with the right keys is not answered; then the probe tries wrong derivations, one after the other, until one is." ;;
	not-committed) echo "case C36 of ikesync-probe. Its gateway, 192.0.2.4, reaches the bank through the probe's relay at 192.0.2.10; there each resumption is asked for twice, the second time with the cookie that is demanded then. First the relay holds the move for a while, and message ID 1 is not answered before its ok; then the relay cuts the connection, and message ID 1 is answered with N(IKESYNC_NOT_COMMITTED) and N(IKESYNC_BIND), the same again when it is repeated, and the client resumes with the old index after that; then the bank's ok comes too late: NOT_COMMITTED, and the gateway deletes what it had moved. Last, at gateway B another gateway (the probe, whose own bank connection is not in the capture) has moved the stub meanwhile: the bank's conflict, NOT_COMMITTED again." ;;
	esac
}

# Runs of frames that say the same, one a line.
frames() {
	shark "$1" -T fields -e frame.number -e _ws.col.Protocol -e ip.src -e ipv6.src -e ip.dst -e ipv6.dst -e _ws.col.Info -E separator='|' |
		awk -F'|' '
		function flush() { if (said != "") printf "  %s  %s\n", first == last ? "frame " first : "frames " first "-" last, said }
		{
			text = ($2 == "ISAKMP" || $2 == "IKESTUB") ? $3 $4 " > " $5 $6 "  " $7 : "TCP and TLS of bank connections"
			for (i = 8; i <= NF; i++) if (text !~ /^TCP/) text = text "|" $i
			if (text != said) { flush(); first = $1; said = text }
			last = $1
		}
		END { flush() }'
}

manifest() {
	local name
	cat <<HEAD
What the captures of this folder are. Written by captures/make; how to open them: README.md.

The newest of them were made on $(date -u +%Y-%m-%d) with ikesync $("$build/ikesync-probe/ikesync-probe" version | sed -n "1s,^ikesync-probe ,,p" | cut -d " " -f 1) ($(git -C "$project" rev-parse --short HEAD 2>/dev/null || echo no git)),
$(tshark --version | head -n 1 | sed 's/\.$//'), $(openssl version | cut -d ' ' -f 1-2), Linux $(uname -r), by dumpcap on one end of a veth pair between two
network namespaces. Client 192.0.2.10 or 2001:db8::10; gateway A 192.0.2.2 or 2001:db8::2; gateway B 192.0.2.3 or
2001:db8::3; bank 192.0.2.100, port 49500; IKE on ports 500 and 4500. PSK, certificates, seal keys and all other keys were made
for the run and thrown away. IKE keys of NAME.pcapng: NAME.ikev2_decryption_table (as the gateways logged them). TLS keys and
the pool's seal keys are in the pcapng file itself (decryption secrets blocks); the latter beside it, too: NAME.seal_keys.
HEAD
	for name in "${all[@]}"; do
		load "$name" || continue
		printf '\n%s.pcapng (%d frames)\n' "$name" "$(shark "$name" | wc -l)"
		about "$name" | fold -s -w 118
		frames "$name"
	done
}
