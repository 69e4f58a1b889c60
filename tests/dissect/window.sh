# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by ./window: a display of its own, a user who is not root, and Wireshark driven by keys and mouse.

width=1200 height=1080
list=300 table=''

# window_setup: Xvfb, a window manager, the plugin and the captures where nobody can read them.
window_setup() {
	chmod 755 "$work"
	mkdir "$work"/{home,config,plugins,captures} && mkdir -m 700 "$work/run"
	cp -r "$plugins/." "$work/plugins/" && cp "$captures"/*.{pcapng,seal_keys} "$made"/*.pcap \
		"$here"/cases/*.pcap "$here"/cases/failover.keylog "$here"/decrypt/esp.pcapng "$work/captures"
	chmod -R a+rX "$work/plugins" "$work/captures"
	as=()
	if ((EUID == 0)); then
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
		chown -R nobody "$work"/{home,config,run}
	fi
	preload=()
	if [[ $(ldd "$(find "$work/plugins" -name ikesync.so)") = *libasan* ]]; then
		preload=(LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
			ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8 UBSAN_OPTIONS=print_stacktrace=1)
	fi
	mkfifo "$work/display"
	Xvfb -displayfd 3 -screen 0 "${width}x${height}x24" -nolisten tcp 3>"$work/display" >"$work/xvfb.log" 2>&1 &
	pids+=($!)
	DISPLAY=:$(head -n 1 "$work/display")
	export DISPLAY
	as_user openbox >"$work/openbox.log" 2>&1 &
	pids+=($!)
}

# as_user COMMAND...: in the background only, since the shell becomes it.
as_user() {
	exec "${as[@]}" env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC HOME="$work/home" XDG_RUNTIME_DIR="$work/run" \
		DISPLAY="$DISPLAY" QT_X11_NO_MITSHM=1 WIRESHARK_CONFIG_DIR="$work/config" \
		WIRESHARK_PLUGIN_DIR="$work/plugins" WIRESHARK_EXTCAP_DIR="$work/none" "${preload[@]}" "$@"
}

# settings: each Wireshark begins with the same window. $list is the height of the packet list.
# $table names a capture whose table of IKE keys goes with it; $tables a folder of tables.
settings() {
	local profile=$work/config
	rm -rf "${profile:?}"/*
	mkdir "$profile/profiles" && cp -r "$here/../../dissector/profile/ikesync" "$profile/profiles"
	cat >"$profile/preferences" <<-EOF
		gui.layout_type: 1
		gui.update.enabled: FALSE
		gui.qt.font_name: DejaVu Sans Mono,9,-1,5,50,0,0,0,0,0
		gui.column.format: "No.", "%m", "Time", "%t", "Source", "%s", "Destination", "%d", "Protocol", "%p", "Info", "%i"
	EOF
	cat >"$profile/recent" <<-EOF
		gui.toolbar_main_show: FALSE
		gui.geometry_main_upper_pane: $list
		gui.geometry_main_lower_pane: $((height - list - 215))
		column.width: %m, 70, %t, 96, %s, 100, %d, 100, %p, 80, %i, 700
	EOF
	cat >"$profile/recent_common" <<-EOF
		gui.geometry_main_x: 0
		gui.geometry_main_y: 0
		gui.geometry_main_width: $width
		gui.geometry_main_height: $((height - 24))
		gui.geometry_main_maximized: TRUE
		privs.warn_if_elevated: FALSE
	EOF
	# The profile's own widths, and the window's size.
	grep -v '^column' "$profile/recent" >>"$profile/profiles/ikesync/recent"
	echo "gui.layout_type: 1" >>"$profile/profiles/ikesync/preferences"
	if [[ $table ]]; then
		cp "$captures/$table.ikev2_decryption_table" "$profile/ikev2_decryption_table"
		cp "$profile/ikev2_decryption_table" "$profile/profiles/ikesync"
	fi
	[[ ! ${tables:-} ]] || cp "$tables"/* "$profile/"
	chmod -R a+rwX "$profile"
}

# window NAME: wait for a visible window whose name matches, print its id.
window() {
	local found
	found=$(timeout 60 xdotool search --sync --onlyvisible --name "$1") || { echo "window: no window '$1'" >&2; return 1; }
	echo "${found%%$'\n'*}"
}

# gone NAME: wait until there is none.
gone() {
	local turn
	for ((turn = 0; turn < 300; turn++)); do
		xdotool search --onlyvisible --name "$1" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "window: '$1' does not go away" >&2
	return 1
}

# still: wait until the screen has not changed for a moment; the last picture is $work/screen.png.
still() {
	local before='' now turn
	for ((turn = 0; turn < 60; turn++)); do
		import -window root "$work/screen.png"
		now=$(convert "$work/screen.png" rgb:- | cksum)
		[[ $now == "$before" ]] && return 0
		before=$now
		sleep 0.25
	done
	echo "window: the screen does not come to rest" >&2
}

# shot NAME [WIDTHxHEIGHT+X+Y]: a small picture (few colours) of the screen, or of a part of it.
shot() {
	still
	convert "$work/screen.png" ${2:+-crop "$2" +repage} -dither None -colors 96 -strip \
		-define png:compression-level=9 "PNG8:$out/wireshark-$1.png"
	echo "wrote $out/wireshark-$1.png ($(stat -c %s "$out/wireshark-$1.png") bytes)"
}

# wireshark_open CAPTURE [OPTION...]
wireshark_open() {
	settings
	(cd "$work/captures" && as_user wireshark -r "$work/captures/$1" "${@:2}") >"$work/wireshark.log" 2>&1 &
	wireshark=$!
	pids+=("$wireshark")
	main=$(window "^$1")
	xdotool windowfocus --sync "$main"
	still
}

wireshark_close() {
	local turn
	xdotool key ctrl+q
	for ((turn = 0; turn < 300; turn++)); do
		if ! kill -0 "$wireshark" 2>/dev/null; then
			wait "$wireshark" || { echo "window: wireshark ended with $?:"; cat "$work/wireshark.log"; return 1; }
			if grep -E 'ERROR: AddressSanitizer|runtime error:|Dissector bug' "$work/wireshark.log"; then
				return 1
			fi
			unset 'pids[-1]'
			return 0
		fi
		sleep 0.1
	done
	import -window root "$out/hung.png"
	echo "window: wireshark does not end; see $out/hung.png" >&2
	return 1
}

# key KEY...: and wait for what they do.
key() {
	xdotool key "$@"
	still
}

# click X Y [BUTTON [TIMES]]
click() {
	xdotool mousemove "$1" "$2" click --repeat "${4:-1}" --delay 60 "${3:-1}"
	still
}

# details KEY...: begin at the first line of the packet details, which all trees closed.
details() {
	click 300 "$((list + 90))"
	xdotool mousemove $((width - 20)) 30
	key Home "$@"
}

# preferences_page NAME: Edit, Preferences, Protocols, NAME.
preferences_page() {
	key ctrl+shift+p
	dialog=$(window Preferences)
	still
	write Proto
	key Right
	write "$1"
}

# write TEXT: as one would type it.
write() {
	xdotool type --delay 20 "$1"
	still
}

# repeat N KEY: and wait.
repeat() {
	xdotool key --repeat "$1" --delay 30 "$2"
	still
}

# menu KEY N M: open a menu, go N down, into the submenu there, M down, and take that.
menu() {
	key "$1"
	repeat "$2" Down
	key Right
	(($3)) && repeat "$3" Down
	key Return
}

# dialog NAME X Y WIDTH HEIGHT: wait for it, and put it there.
dialog() {
	local id
	id=$(window "$1")
	xdotool windowsize --sync "$id" "$4" "$5" windowmove "$id" "$2" "$3" mousemove "$((width - 20))" 30
	still
}

# case_keys: the options that open what is in cases/.
case_keys() { printf '%s\n' "-otls.keylog_file:$work/captures/failover.keylog" "$(key_file failover)"; }

# key_file CAPTURE: the option that names the seal keys of that capture.
key_file() { echo "-oikesync.key_file:$work/captures/$1.seal_keys"; }

# decode_as CAPTURE: open it, and set the first packet's port to ISAKMP.
decode_as() {
	list=300
	wireshark_open "$1" -C ikesync
	key ctrl+shift+u
	window 'Decode As' >/dev/null
	still
	click 238 677         # +
	click 540 311 1 2     # Current
	write ISAKMP
	key Return
	click 500 550
	click 553 706         # OK
	gone 'Decode As'
}
