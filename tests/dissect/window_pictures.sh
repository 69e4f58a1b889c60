# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by ./window: one function a picture. `details` begins at the first line of the closed tree, End
# is the plugin's own subtree, Right opens an item, shift+Right with all below.

# The SYN's own payload, under isakmp's.
picture_syn() {
	list=240
	wireshark_open failover.pcapng -Y 'isakmp || ikestub' -g 26
	details End Right
	key Home Down Down Down Down Right
	repeat 12 Down
	key shift+Right
	repeat 9 Down
	shot syn
	wireshark_close
}

# The move of a stub, inside TLS.
picture_stub() {
	list=240
	wireshark_open failover.pcapng -Y 'isakmp || ikestub' -g 32
	details End Right
	key End shift+Right
	key End
	shot stub
	wireshark_close
}

# The resumption decoded, and decrypted with the pool's key alone.
picture_resumed() {
	list=230
	wireshark_open failover.pcapng "$(key_file failover)" -Y 'isakmp || ikestub' -g 31
	details End Right          # IKE SA Synchronisation
	key End Up Right           # Verified with keys derived from the old SA
	key End Up Up Right        # the message in it
	key End Up Up shift+Right  # its last payload, BIND
	key End Up Up
	shot resumed
	wireshark_close
}

# The same frame: what belongs to it, and where; the packet list marks those frames.
picture_story() {
	list=330
	wireshark_open failover.pcapng "$(key_file failover)" -Y 'isakmp || ikestub' -g 31
	details End Right
	key End shift+Right
	shot story "${width}x900+0+0"
	wireshark_close
}

# The pool's key, typed into the preferences: the open capture is decrypted at once.
picture_keys() {
	list=300
	wireshark_open failover.pcapng -Y 'isakmp || ikestub' -g 31
	details End Right
	preferences_page IKESYNC
	click 595 393 # Seal keys of stubs, Edit...
	window 'Seal keys of stubs' >/dev/null
	click 338 668 # +
	write 1
	key Tab
	write "$(awk '/^[^#]/ { print $2 }' "$work/captures/failover.seal_keys")"
	key Return
	shot keys 714x567+259+256
	click 556 698 # OK
	click 750 795 # OK
	gone Preferences
	shot keys-entered
	wireshark_close
}

picture_statistics() {
	list=300
	table=not-committed
	wireshark_open not-committed.pcapng -C ikesync
	key alt+s Up Right Return
	dialog 'Exchanges and stub' 0 20 1000 900
	click 150 42 # the header: a window begins with the last row
	shot statistics "1000x920+0+0"
	key Escape
	wireshark_close
}

picture_times() {
	table=not-committed
	wireshark_open not-committed.pcapng -C ikesync
	menu alt+s 7 8 # Service Response Time, IKESYNC
	dialog IKESYNC 0 20 800 200
	shot times "800x222+0+0"
	key Escape
	wireshark_close
}

picture_times_stub() {
	table=not-committed
	wireshark_open not-committed.pcapng -C ikesync
	menu alt+s 7 7
	dialog IKESTUB 0 20 800 200
	still
	convert "$out/wireshark-times.png" \( "$work/screen.png" -crop 800x222+0+0 +repage \) -append "PNG8:$out/wireshark-times.png"
	key Escape
	wireshark_close
}

# Analyze, Expert Information, where a gateway was wrong.
picture_expert() {
	list=400
	wireshark_open wrong-label.pcapng "$(key_file wrong-label)" -C ikesync
	key alt+a Up Return
	dialog Expert 0 20 1190 500
	repeat 1 Home
	shot expert "1192x522+0+0"
	key Escape
	wireshark_close
}

# File, Export Objects, IKESTUB.
picture_export() {
	wireshark_open stub-unsealed.pcapng -C ikesync
	key alt+f Up Up Up Right Down Down Down Return
	dialog Export 0 20 900 300
	shot export "900x322+0+0"
	key Escape
	wireshark_close
}

# View, Coloring Rules, with the profile.
picture_colours() {
	table=not-committed
	wireshark_open not-committed.pcapng -C ikesync -Y 'isakmp || ikestub'
	key alt+v
	repeat 8 Up
	key Return
	dialog Coloring 200 500 1000 460
	shot colours
	key Escape
	wireshark_close
}

# Analyze, Follow: what 4.0 offers on a stub message, and TLS Stream as a hex dump.
picture_follow() {
	list=300
	wireshark_open failover.pcapng -g 32
	key alt+a Up Up Right
	shot follow-menu "900x500+0+0"
	key Escape Escape Escape
	key ctrl+alt+shift+s
	dialog Follow 0 20 1190 600
	click 1080 534 # Show data as
	write Hex
	key Return
	shot follow "1192x622+0+0"
	key alt+F4
	gone Follow
	wireshark_close
}

# Analyze, Decode As; the dialog is opened again to be seen beside what it did.
picture_decode_as() {
	decode_as syn-port5500.pcap
	details End shift+Right
	key ctrl+shift+u
	dialog 'Decode As' 330 620 860 300
	shot decode-as
	key Escape
	gone 'Decode As'
	wireshark_close
}

# A confirmation that the gateway refused, though it was right.
picture_refused() {
	list=290
	mapfile -t keys < <(case_keys)
	wireshark_open b4-auth-failed.pcap "${keys[@]}" -C ikesync -Y 'isakmp || ikestub' -g 37
	details End Right
	key Home End
	shot refused "${width}x640+0+0"
	wireshark_close
}

# One stub, asked for by two gateways at once: each has its own story.
picture_race() {
	list=420
	wireshark_open g0-race.pcap -C ikesync -Y 'ikesync.resumption' -g 26
	details End shift+Right
	key Home
	shot race "${width}x900+0+0"
	wireshark_close
}

# Analyze, Conversation Filter: the entry, and what it makes of the list.
picture_resumption() {
	list=420
	wireshark_open not-committed.pcapng "$(key_file not-committed)" -C ikesync -Y 'isakmp || ikestub' -g 94
	key alt+a
	repeat 5 Down
	key Right Up
	shot resumption-menu "900x700+0+0"
	key Return
	details End Right
	shot resumption "${width}x700+0+0"
	wireshark_close
}

# ESP opens with the tables that the plugin exported.
picture_esp() {
	list=330
	tables=$work/home/exported
	rm -rf "$tables"
	(as_user tshark -q -r "$work/captures/esp.pcapng" "$(key_file failover)" -oikesync.export_keys:TRUE \
		--export-objects "ikesync,$tables" >/dev/null 2>&1)
	wireshark_open esp.pcapng "$(key_file failover)" -oesp.enable_encryption_decode:TRUE \
		-oesp.enable_authentication_check:TRUE -Y 'isakmp || ikestub || esp' -g 44
	tables=
	details Down Down Down Right
	shot esp-opened "${width}x640+0+0"
	wireshark_close
}
