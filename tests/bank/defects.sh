#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# defects.sh BUILD PROGRAM: the session tests pass without a defect, and fail with each that says "Tests: bank_session_test".
set -euo pipefail

build=$1 program=$2 failed=0 caught=0
defects=$(cd "$(dirname "$0")/../defects" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$program" >/dev/null 2>&1 || {
	echo "fails without any defect"
	exit 1
}
mapfile -t patches < <(grep -lxE 'Tests: (.* )?bank_session_test( .*)?' "$defects"/*.patch)
for patch in "${patches[@]}"; do
	name=$(basename "$patch" .patch)
	"$defects/build" --build "$build" --target bank_session_test "$dir" "$name"
	# a failed test leaves its memory and its store behind
	mkdir "$dir/tmp"
	if TMPDIR=$dir/tmp ASAN_OPTIONS=detect_leaks=0 "$dir/$name/bank_session_test" >/dev/null 2>&1; then
		echo "NOT caught: $name"
		failed=1
	else
		echo "caught: $name"
		caught=$((caught + 1))
	fi
	rm -rf "$dir/tmp" "${dir:?}/$name"
done
[ "$caught" -ge 16 ] || { echo "only $caught caught: 16 were here when this was written"; exit 1; }
exit "$failed"
