#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each example of docs/send.md against the lab's gateway, the templates, forms and octets there and back, and what is complained about.
# usage: send_test.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 probe=$1/ikesync-probe/ikesync-probe
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-send.XXXXXX")
chmod 755 "$work"
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
trap 'lab_stop 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0 n=0
complain() { echo "FAIL: $*"; failed=1; }

lab_init "$work/lab" "$build"
lab_cast -
lab_target "$work/target.ini"

# says NAME FORM EXPECTED: exit code, and the lines that must come, in their order
says() {
	local name=$1 form=$2 expected=$3 code=0 wanted=0
	"$probe" send --target "$work/target.ini" "$form" >"$work/out" 2>"$work/err" || code=$?
	wanted=$(sed -n 's/^exit code //p' "$expected")
	awk 'NR == FNR { if ($0 !~ /^exit code /) want[++wants] = $0; next }
		have < wants && index($0, want[have + 1]) { have++ }
		END { if (have < wants) { print "not said: " want[have + 1]; exit 1 } }' "$expected" "$work/out" >"$work/missing" || {
		complain "$name: $(cat "$work/missing")"
		cat "$work/out"
	}
	[ "$code" = "${wanted:-0}" ] || complain "$name: exit code $code: $(cat "$work/err")"
	n=$((n + 1))
}
awk -v work="$work" '
	out && /^```$/ { close(out); out = ""; next }
	out { print > out }
	!out && /^```form$/ { out = work "/" sprintf("%03d", NR) ".form"; name = out }
	!out && /^```answer$/ { out = name ".answer" }' docs/send.md
for form in "$work"/*.form; do says "send.md, line ${form##*/}" "$form" "$form.answer"; done
[ "$n" -ge 6 ] || complain "only $n examples found"

# The templates, as the standard input has them.
echo '# came after' >"$work/came"
for template in init login syn resume alive delete; do
	"$probe" send --template "$template" >"$work/template"
	says "template $template" "$work/template" "$work/came"
done
# What was printed of a message is the message: its form makes its octets, and those its form.
"$probe" send --template init | "$probe" send --target "$work/target.ini" - >"$work/out"
sed -n '/^message/,/^$/p;/^$/q' "$work/out" >"$work/form"
"$probe" send --octets "$work/form" >"$work/hex"
"$probe" send --decode "$work/hex" >"$work/again"
diff <(sed '/^$/d' "$work/form") "$work/again" || complain "the form of a message that was sent is another one"

# shellcheck disable=SC2016 # $NAME is the form's
{
name='message\nexchange 34\npayload Nonce\noctets $ni\n' name_says='name:4: octets: $ni is known when it is sent'
index='message\nexchange 34\npayload SYN\noctets $index\n' index_says='index:4: octets: $index: no SA is resumed'
}
# wrong CODE TEXT ARGUMENT...: refused with that text, on stderr alone
wrong() {
	local want=$1 text=$2 got=0
	shift 2
	"$probe" send "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$want" ] && grep -qF -- "$text" "$work/err" && [ ! -s "$work/out" ] || complain "$*: $got, $(cat "$work/err")"
}
printf 'message\nexchange 34\nflags initiater\n' >"$work/bad"
wrong 2 "bad:3: flags: initiator, response" --octets "$work/bad"
printf %b "$name" >"$work/name"
wrong 2 "$name_says" --octets "$work/name"
printf 'message\nexchange 37\nsealed\n' >"$work/sealed"
wrong 2 'sealed:3: sealed: it cannot be sealed: there are no keys yet' --octets "$work/sealed"
wrong 2 'sealed:3: sealed: no IKE_SA_INIT was answered' --target "$work/target.ini" "$work/sealed"
printf %b "$index" >"$work/index"
wrong 2 "$index_says" --target "$work/target.ini" "$work/index"
wrong 2 'No such file' --octets "$work/nowhere"
wrong 2 'hexadecimal digits' --decode "$work/bad"
wrong 2 'one of --target' "$work/bad"
wrong 2 'one of --target' --octets --decode "$work/bad"
wrong 2 'missing' --octets
wrong 2 'one is enough' --octets "$work/bad" "$work/bad"
wrong 2 '--syn-payload-type' --octets --syn-payload-type 1 "$work/bad"
wrong 2 'init, login, syn' --template nothing
wrong 2 'none: 0' --target "$work/none: 0" "$work/bad"
wrong 2 'nosuch' --nosuch
sed 's/^psk=.*/psk=wrong/' "$work/target.ini" >"$work/wrong.ini"
chmod 600 "$work/wrong.ini"
"$probe" send --template alive >"$work/alive"
wrong 3 'the login failed' --target "$work/wrong.ini" "$work/alive"
[ "$failed" = 0 ] && echo "send: ok, $n forms"
exit "$failed"
