#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Gateway and bank take the same options, refuse the same, and end with the same codes. usage: daemons_test.sh GATEWAY BANK SOURCE
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-daemons.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

# expect STATUS TEXT COMMAND...: the exit code, and TEXT in what it printed
expect() {
	local wanted=$1 text=$2 status=0
	shift 2
	"$@" >out 2>&1 || status=$?
	[ $status = "$wanted" ] || { echo "FAIL: $*: exit $status, not $wanted"; failed=1; }
	grep -qF -- "$text" out || { echo "FAIL: $*: no \"$text\" in:"; cat out; failed=1; }
}

printf '[nonsense]\nx=y\n' >bad.conf
for program in "$1" "$2"; do
	name=${program##*/}
	expect 0 "$name " "$program" --version
	expect 0 "Examples:" "$program" --help
	expect 0 "Exit codes: 0" "$program" --help
	expect 0 "$name(8)" "$program" --help
	expect 2 "$name: Unknown option --nonsense" "$program" --nonsense
	expect 2 "$name: unknown argument \"more\"" "$program" --config bad.conf more
	expect 2 "\"loud\"" "$program" --config bad.conf --log-level loud
	expect 2 "error: bad.conf:" "$program" --config bad.conf
	expect 2 "error: bad.conf:" "$program" --config bad.conf --check-config
	expect 2 "none.conf: No such file" "$program" -c none.conf --check-config
	expect 2 "$name: error: " "$program" -c none.conf
	expect 0 "as SIGHUP" "$program" ctl --help
	expect 2 "Try $name ctl --help" "$program" ctl
	expect 2 "Unknown option" "$program" ctl --nonsense
	expect 2 "none.conf: No such file" "$program" ctl -c none.conf status
	expect 1 "control none: No such file" "$program" ctl --socket none status
	# help, man page and completion know the same commands and options
	"$program" ctl --help >help
	sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' help | sort -u >commands
	[ -s commands ] || { echo "FAIL: $name ctl --help has no commands"; failed=1; }
	sed -n 's/^\tctl,\*).*-W "\([^"]*\)".*/\1/p' "$3/packaging/completion/$name" | tr ' ' '\n' | sort -u | diff commands - || failed=1
	while read -r command; do
		sed -n '/^# CTL/,/^# CONFIGURATION/p' "$3/docs/man/$name.8.scd" | grep -q "^\*$command\*" || { echo "FAIL: $name(8) lacks ctl $command"; failed=1; }
	done <commands
	grep -o -- '--[a-z]*' help | sort -u >options
	sed -n 's/^\tctl,-\*).*-W "\([^"]*\)".*/\1/p' "$3/packaging/completion/$name" | tr ' ' '\n' | sort -u | diff options - || failed=1
done
exit $failed
