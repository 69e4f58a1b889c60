#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# defects.sh PROGRAM: the session tests pass without a defect and fail with each.
set -euo pipefail

program=$1 failed=0
unset IKESYNC_DEFECT
"$program" >/dev/null 2>&1 || {
	echo "fails without any defect"
	exit 1
}
for defect in get-silent lose-octet accept-any-index init-overwrites update-ignored update-creates spi-only-index miss-silent \
	wrong-reply-type delete-ignored bundle-first-only unknown-type-silent no-owner-check no-tombstone memory-only two-moves; do
	# a failed test leaves its memory and its store behind
	if dir=$(mktemp -d) && TMPDIR=$dir ASAN_OPTIONS=detect_leaks=0 IKESYNC_DEFECT=$defect "$program" >/dev/null 2>&1; then
		echo "NOT caught: $defect"
		failed=1
	else
		echo "caught: $defect"
	fi
	rm -rf "$dir"
done
exit "$failed"
