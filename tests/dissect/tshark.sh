# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: tshark with nothing but our plugin, whoever calls.
# As root Wireshark ignores WIRESHARK_PLUGIN_DIR without a word, so root becomes nobody.

# tshark_setup WORK PLUGINS: copy the plugin where nobody may read it, and see that it loads.
# PLUGINS may be "installed": then the system's own plugin, and a user who has no settings yet.
tshark_setup() {
	local work=$1 plugins=$2 so=
	chmod 755 "$work"
	mkdir "$work/home"
	# No extcap programs: they hang under a preloaded AddressSanitizer, and are not asked for anything.
	tshark_env=(env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC HOME="$work/home"
		WIRESHARK_CONFIG_DIR="$work/home/config"
		WIRESHARK_EXTCAP_DIR="$work/home/none")
	if [[ $plugins != installed ]]; then
		mkdir "$work/plugins"
		cp -r "$plugins/." "$work/plugins/"
		chmod -R a+rX "$work/plugins"
		so=$(find "$work/plugins" -name ikesync.so)
		[[ $so ]] || { echo "no ikesync.so in $plugins" >&2; return 1; }
		tshark_env+=(WIRESHARK_PLUGIN_DIR="$work/plugins")
	fi
	# A plugin with sanitizers needs their run time first of all libraries.
	if [[ $so && $(ldd "$so") = *libasan* ]]; then
		tshark_env+=(LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
			ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1)
	fi
	tshark_as=()
	if ((EUID == 0)); then
		tshark_as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
		chown -R nobody "$work/home"
	fi
	tshark_stderr=$work/stderr
	: >"$tshark_stderr"
	if [[ $(tshark_run -G plugins) != *ikesync.so* ]]; then
		echo "tshark does not load ikesync.so: $(cat "$tshark_stderr")" >&2
		return 1
	fi
}

tshark_run() {
	timeout 300 "${tshark_as[@]}" "${tshark_env[@]}" tshark "$@" 2>>"$tshark_stderr"
}
