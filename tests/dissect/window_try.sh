# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by ./window: what the window must stand, for --try.

passed=0 failed=0

# verdict NAME COMMAND...
verdict() {
	if "${@:2}"; then
		passed=$((passed + 1)) && echo "ok   $1"
	else
		failed=$((failed + 1)) && echo "FAIL $1"
	fi
}

memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$wireshark/status"; }
# What is under the filter line, without the status bar.
screen() { still && convert "$work/screen.png" -crop "${width}x830+0+66" rgb:- | cksum; }

# The filter line is green when Wireshark accepts what stands in it.
filter_is_good() {
	still
	[[ $(convert "$work/screen.png" -format '%[hex:u.p{1000,55}]' info:) == AFFFAF* ]]
}

filter_is_bad() { ! filter_is_good; }

try_filters() {
	local filter
	wireshark_open failover.pcapng "$(key_file failover)" -g 31
	for filter in 'ikesync.exchange == 1' 'ikesync.gateway_ipv4 == 192.0.2.2' 'ikesync.decrypted == 1' 'ikesync.bind.correct == 1' \
		'ikesync.story.syn == 26' 'ikesync.latency > 0.001' 'ikestub.type == 2 && ikestub.move == 1' 'ikestub.response_in'; do
		key ctrl+slash ctrl+a
		write "$filter"
		key Return
		verdict "filter $filter" filter_is_good
	done
	key ctrl+slash ctrl+a
	write ikesync.nonsense
	verdict "filter ikesync.nonsense is refused" filter_is_bad
	wireshark_close
	wireshark_open failover.pcapng "$(key_file failover)" -g 31
	details End Right
	key Down # Exchange
	key alt+a Down Down Down Down Right Return
	verdict "Apply as Filter, from ikesync.exchange" filter_is_good
	cp "$work/screen.png" "$out/try-apply.png"
	wireshark_close
	wireshark_open failover.pcapng "$(key_file failover)" -g 31
	details End Right
	key Down Down Down ctrl+shift+c ctrl+slash ctrl+a ctrl+v Return
	verdict "Copy as Filter, from ikesync.first_request" filter_is_good
	cp "$work/screen.png" "$out/try-copy.png"
	wireshark_close
}

# A frame number in the tree is a link.
try_link() {
	local before
	list=330
	wireshark_open failover.pcapng "$(key_file failover)" -Y 'isakmp || ikestub' -g 31
	details End Right
	before=$(screen)
	click 150 532 1 2 # Response in, twice
	verdict "a frame link jumps" test "$(screen)" != "$before"
	cp "$work/screen.png" "$out/try-link.png"
	wireshark_close
}

# Another payload type while the capture is open, and back.
try_preference() {
	local before between
	list=300
	wireshark_open failover.pcapng "$(key_file failover)" -Y 'isakmp || ikestub' -g 31
	before=$(screen)
	payload_type 222
	between=$(screen)
	payload_type 200
	verdict "payload type 222 shows less" test "$between" != "$before"
	verdict "payload type 200 shows the same as before" test "$(screen)" = "$before"
	wireshark_close
}

payload_type() {
	preferences_page IKESYNC
	click 690 331
	key ctrl+a
	write "$1"
	click 750 795 # OK
	gone Preferences
}

try_decode_as_tcp() {
	decode_as syn-tcp5500.pcap
	details End shift+Right
	cp "$work/screen.png" "$out/try-decode-as-tcp.png"
	wireshark_close
}

# reload: twenty times, then the captures in turn, then memory as $used. Wireshark 4.0's own window grows by
# about 10 MB a reload, so what counts is the difference to the same without the plugin.
reload() {
	local i capture
	wireshark_open chain.pcapng "$@"
	for ((i = 1; i <= 20; i++)); do
		key ctrl+r
	done
	for capture in failover not-committed wrong-label suites stub-tls ipv6 nat-t; do
		key ctrl+o
		window 'Open Capture' >/dev/null
		write "$work/captures/$capture.pcapng"
		key Return
		window "^$capture.pcapng" >/dev/null
	done
	used=$(memory)
	wireshark_close
}

try_reload() {
	local with
	reload "$(key_file chain)" -C ikesync
	verdict "20 reloads and 7 other captures, with keys and profile ($used MB)" true
	reload
	with=$used
	mv "$work/plugins" "$work/plugins.away" && mkdir "$work/plugins"
	reload
	mv "$work/plugins.away" "$work/plugins.again" && rmdir "$work/plugins" && mv "$work/plugins.again" "$work/plugins"
	verdict "memory with the plugin $with MB, without $used MB" test "$with" -lt "$((used + used / 10))"
}

try() {
	try_reload
	try_link
	try_preference
	try_decode_as_tcp
	try_filters
	echo "$passed passed, $failed failed"
	((failed == 0))
}
