#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guides' configurations: every ```ini block of docs/*.md is accepted by the program it is for, beside the certificates that the guide's
# own commands make. And their links lead somewhere. usage: guides_test.sh BUILD SOURCE
set -euo pipefail
build=$1 source=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-guides.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
umask 077 # as the guides say: their configurations hold shared keys
failed=0 n=0 target=
complain() { echo "FAIL: $*"; failed=1; }

# blocks LANGUAGE FILE PREFIX: each fenced block into PREFIX-LINE
blocks() {
	awk -v lang="$1" -v prefix="$3" '
		out && /^```$/ { close(out); out = ""; next }
		out { print > out }
		!out && $0 == "```" lang { out = prefix "-" NR; printf "" > out }' "$2"
}
blocks sh "$source/docs/bank.md" pki
[ "$(find . -maxdepth 1 -name 'pki-*' | wc -l)" = 1 ] || complain "bank.md has not just one sh block"
bash -eu pki-* >pki.log 2>&1 || { cat pki.log; complain "the commands of bank.md fail"; }
echo secret >redis.password # which bank.md speaks of
blocks sh "$source/docs/gateway.md" ike-pki
for f in ike-pki-*; do bash -eu "$f" >pki.log 2>&1 || { cat pki.log; complain "gateway.md, line ${f##*-}: its commands fail"; }; done
for guide in probe load gateway bank; do
	blocks ini "$source/docs/$guide.md" "$guide"
	while IFS= read -r f; do
		case $guide in
		probe | load)
			command=("$build/ikesync-probe/ikesync-probe" run --target "$f")
			if grep -q '^\[waive ' "$f"; then # that goes with a target file
				mv "$f" "waivers-${f#*-}"
				command=("$build/ikesync-probe/ikesync-probe" run --target "$target" --xfail "waivers-${f#*-}")
			fi
			target=${target:-$f}
			;;
		gateway) command=("$build/ref-gateway/gateway/ikesync-gateway" --config "$f") ;;
		bank) command=("$build/ref-gateway/bank/ikesync-bank" --config "$f") ;;
		esac
		"${command[@]}" --check-config >out 2>&1 || { cat out; complain "$guide.md, line ${f#*-}"; }
		n=$((n + 1))
	done < <(find . -maxdepth 1 -name "$guide-*" -printf '%f\n' | sort -V) # as they stand in the guide
	grep -oE '\]\([^)#]+' "$source/docs/$guide.md" | sed 's/^](//' | while read -r link; do
		[ -e "$source/docs/$link" ] || { echo "FAIL: $guide.md links to $link"; exit 1; }
	done || failed=1
done
# What probe.md says of the numbers.
all=$("$build/ikesync-probe/ikesync-probe" list '!P' --json | jq length)
grep -q "asks $all questions" "$source/docs/probe.md" || complain "probe.md: there are $all cases"
for f in probe-*; do "$build/ikesync-probe/ikesync-probe" run --target "$f" --check-config; done >counts
said=$(grep -o 'ok; [0-9]* of [0-9]*' "$source/docs/probe.md" | head -n 1)
grep -q "$said cases" counts || complain "probe.md says \"$said\" cases: $(tr '\n' ' ' <counts)"
[ "$n" -ge 10 ] || complain "only $n configurations found"
[ "$failed" = 0 ] && echo "guides: ok, $n configurations"
exit "$failed"
