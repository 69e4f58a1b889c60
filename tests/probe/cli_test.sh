#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The probe from outside: exit codes, folders, interruption. usage: cli_test.sh PROBE
set -euo pipefail
probe=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-cli.XXXXXX")
pid=
cleanup() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
cd "$work"
umask 077 # target files with a psk
failed=0

# expect CODE WORD COMMAND...: exit code, and a word that stdout or stderr must have
expect() {
	local code=$1 word=$2 status=0
	shift 2
	"$@" >out 2>err </dev/null || status=$?
	if [ "$status" != "$code" ] || ! grep -qF -- "$word" out err; then
		echo "FAIL: $*: exit $status, expected $code with \"$word\""
		cat out err
		failed=1
	fi
}

# 192.0.2.0/24 (TEST-NET-1) or a closed port of this host: nobody answers either way
cat >gateway.ini <<'INI'
[gateway]
ike=127.0.0.1:9
[client]
id=fqdn:client.example
psk=x
[timers]
answer=300ms
retransmit=100ms
INI

expect 0 "Usage" "$probe" --help
expect 0 "--target" "$probe" run --help
expect 0 "ikesync-probe" "$probe" --version
expect 0 "ikesync-probe" "$probe" version
expect 0 "G27" "$probe" list
expect 0 "compare-and-swap" "$probe" show G27
expect 2 "no command" "$probe" frobnicate
expect 2 "Usage" "$probe"
expect 2 "which case" "$probe" show
# What cannot be written is told.
expect 4 "No space left" bash -c "$probe list >/dev/full"
expect 2 "Z9" "$probe" show Z9
expect 2 "X*" "$probe" list 'X*'
expect 2 "--target" "$probe" run
expect 2 "Z9" "$probe" run --target gateway.ini C01 Z9
expect 2 "leave no case" "$probe" run --target gateway.ini C01 '!C'
expect 2 "none.ini" "$probe" run --target none.ini
expect 2 "did you mean: ikesync-probe run --target gateway.ini" "$probe" run gateway.ini C01
expect 2 "--capture" "$probe" run --target gateway.ini --capture=maybe
# What needs a gateway and a client's key, and nothing else.
"$probe" list --json >list.json
askable=$(jq '(.[] | select(.id == "S01") | .requires) as $plain | [.[] | select(.requires == $plain)] | length' list.json)
expect 0 "chacha20poly1305" "$probe" run --list-suites
expect 0 "ok; $askable of $(jq 'map(select(.id | startswith("P") | not)) | length' list.json)" "$probe" run --target gateway.ini --check-config
[ ! -e ikesync-runs ] || { echo "FAIL: a run folder without a run"; failed=1; }
# Options with values that are none: told with the option, and nothing runs.
expect 2 "--retry=11" "$probe" run --target gateway.ini --check-config --retry 11
expect 2 "--level=most: must, should or may" "$probe" run --target gateway.ini --check-config --level most
expect 2 "--clause=99.1" "$probe" run --target gateway.ini --check-config --clause 99.1
expect 2 "--ndjson /nowhere/x" "$probe" run --target gateway.ini --ndjson /nowhere/x
expect 2 "one of them can have stdout" "$probe" run --target gateway.ini --json --ndjson -
expect 2 "leave no case" "$probe" run --target gateway.ini --safe G26
of_level() { "$probe" list --json | jq "[.[] | select((.id | startswith(\"P\") | not) and ($1))] | length"; }
expect 0 "of $(of_level '.level == "must"') cases" "$probe" run --target gateway.ini --check-config --level must
expect 0 "of $(of_level '.clauses | any(startswith("12."))') cases" "$probe" run --target gateway.ini --check-config --clause 12
waiver() { printf '%b' "$2" >waiver.ini; expect 2 "waiver.ini$1" "$probe" run --target gateway.ini --check-config --xfail waiver.ini; }
waiver ":2: [waive Z9]" '[waive Z9]\nreason=x\nuntil=2027-01-01\n'
waiver ":2: [waive S01]" '[waive S01]\nreason=x\nuntil=2027-01-01\n'
waiver ":1: [waive C01] reason" '[waive C01]\nuntil=2027-01-01\n'
waiver ":1: [waive C01] until" '[waive C01]\nreason=x\n'
waiver ":3: [waive C01] until" '[waive C01]\nreason=x\nuntil=2027-02-30\n'
waiver ":3: [waive C01] until" '[waive C01]\nreason=x\nuntil=2027--1-01\n'
waiver ":3: [waive C01] untill" '[waive C01]\nreason=x\nuntill=2027-02-03\nuntil=2027-02-03\n'
waiver ":1: [C01]" '[C01]\nreason=x\n'
expect 2 "none.ini" "$probe" run --target gateway.ini --check-config --xfail none.ini
# Lines for programs: a beginning, each case, an end, and nothing else on stdout.
"$probe" run --target gateway.ini --no-sanity --no-capture --out lines C01 G01 --ndjson - >lines.out 2>/dev/null </dev/null || true
[ "$(jq -r .event lines.out | tr '\n' ' ')" = "begin case case end " ] || { echo "FAIL: ndjson events"; cat lines.out; failed=1; }
jq -se --slurpfile whole lines/results.json '[.[] | select(.event == "case") | .case.id] == [$whole[0].cases[].id] and .[-1].exit == $whole[0].exit' lines.out >/dev/null ||
	{ echo "FAIL: ndjson is another run than results.json"; failed=1; }
rm -r lines ikesync-runs 2>/dev/null || true
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:192.0.2.1 -keyout a.key -out a.pem 2>openssl.log
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -keyout b.key -out b.pem 2>>openssl.log
cp b.key open.key
chmod 600 a.key b.key
chmod 644 open.key
# init: each answer is judged as a run would; what it wrote is a target file, and nobody else may read it.
init() { local code=$1 words=$2; shift 2; expect "$code" "$words" bash -c "printf '%b' '$*' | $probe init made.ini"; }
init 2 "there is no port 0" '127.0.0.1:0\n'
init 2 "is no identity" '127.0.0.1\n\nx.example\n'
init 2 "cannot be left out" '127.0.0.1\n\nfqdn:x\n\n'
init 2 "cannot read none.pem" '127.0.0.1\n\nfqdn:x\nkey\n127.0.0.1\nnone.pem\n'
init 2 "nothing was written" '127.0.0.1\n'
[ ! -e made.ini ] || { echo "FAIL: init left a file behind"; failed=1; }
init 0 "made.ini" '127.0.0.1:9\n127.0.0.2\nfqdn:x\n a key \n127.0.0.1\na.pem\n\na.pem\na.key\n192.0.2.1\n'
init 2 "nothing is overwritten" '127.0.0.1\n'
[ "$(stat -c %a made.ini)" = 600 ] || { echo "FAIL: others may read what init wrote"; failed=1; }
grep -qx "psk-hex=2061206b657920" made.ini || { echo "FAIL: init has another key"; cat made.ini; failed=1; }
expect 0 "ok; " "$probe" run --target made.ini --check-config
printf '[gateway]\nike=127.0.0.1:9\nikee=1\n' >typo.ini
expect 2 "typo.ini:3: [gateway] ikee" "$probe" run --target typo.ini

# Wrong target files: each is told with file, line and key, and runs nothing.
wrong() {
	printf '%b' "$2" >wrong.ini
	expect 2 "$1" "$probe" run --target wrong.ini
}
echo text >text
mkdir folder
g='[gateway]\nike=127.0.0.1:9\n'
b='[bank]\naddress=127.0.0.1:9\nca=a.pem\ncertificate=a.pem\n'
wrong "wrong.ini: nothing to test" ""
wrong "wrong.ini:1: neither a comment" "garbage"
wrong "wrong.ini:4: [target] profile" "${g}[target]\nprofile=2\n"
wrong "wrong.ini:4: [target] syn-payload-type" "${g}[target]\nsyn-payload-type=33\n"
wrong "wrong.ini:4: [target] unsupported: \"Z9\"" "${g}[target]\nunsupported=Z9\n"
wrong "wrong.ini:2: [gateway] ike: gw example:500: an address" "[gateway]\nike=gw example:500\n"
wrong "wrong.ini:2: [gateway] ike: gw..example:" "[gateway]\nike=gw..example:500\n"
wrong "wrong.ini:2: [gateway] ike: 127.0.0.1:0: there is no port 0" "[gateway]\nike=127.0.0.1:0\n"
wrong "wrong.ini:2: [gateway] ike: 2001:db8::1:500: IPv6 stands in brackets" "[gateway]\nike=2001:db8::1:500\n"
wrong "wrong.ini:2: [gateway] ike: \"127.0.0.1:9\"" "[gateway]\nike=\"127.0.0.1:9\"\n"
wrong "wrong.ini:4: [client] psk: without the quotes" "${g}[client]\npsk=\"secret\"\n"
wrong "wrong.ini:4: [client] psk: a comment needs a line of its own" "${g}[client]\npsk=secret # ours\n"
wrong "wrong.ini:2: [gateway] id: \"bob\"" "[gateway]\nid=bob\n"
wrong "wrong.ini:1: [old-gateway] ike: missing" "[old-gateway]\nnat=127.0.0.1:9\n$g"
wrong "wrong.ini:4: [client] psk: only one" "${g}[client]\npsk=a\npsk-hex=aa\n"
wrong "wrong.ini:4: [client] psk-hex: not an even" "${g}[client]\npsk-hex=abc\n"
wrong "wrong.ini:4: [client] psk-file" "${g}[client]\npsk-file=none\n"
wrong "wrong.ini:4: [client] ike: \"aes\" is no suite" "${g}[client]\nike=aes\n"
wrong "wrong.ini:4: [client] ike: \"aes128-sha256\" has no Diffie-Hellman" "${g}[client]\nike=aes128-sha256\n"
wrong "wrong.ini:4: [client] source" "${g}[client]\nsource=x\n"
wrong "wrong.ini:3: [bank] address: missing" "${g}[bank]\nowns=192.0.2.1\n"
wrong "wrong.ini:5: [bank] key: cannot read none" "${b}key=none\n"
wrong "wrong.ini:5: [bank] key: folder is a folder" "${b}key=folder\n"
wrong "wrong.ini:4: [bank] certificate: key b.key: key values mismatch" "${b}key=b.key\n"
wrong "open.key: others have access" "${b}key=open.key\n"
wrong "wrong.ini:4: [bank] certificate: certificate text" "[bank]\naddress=127.0.0.1:9\nca=a.pem\ncertificate=text\nkey=a.key\n"
wrong "wrong.ini:6: [bank] seal-keys: text:1:" "${b}key=a.key\nseal-keys=text\n"
wrong "wrong.ini:4: [timers] commit" "${g}[timers]\ncommit=0\n"
wrong "wrong.ini:3: [variant relay] listen: missing" "${g}[variant relay]\nike=127.0.0.1:9\n"
wrong "did you mean [variant cookie]" "${g}[variant cooky]\nike=127.0.0.1:9\n"
wrong "wrong.ini:4: [hooks] bank-restart: is empty" "${g}[hooks]\nbank-restart=\n"
[ ! -e ikesync-runs ] || { echo "FAIL: a run folder without a run"; failed=1; }
wrong "wrong.ini:6: [bank] owns: 192.0.2.9 is no iPAddress of the certificate" "${b}key=a.key\nowns=192.0.2.9\n"
expect 2 "--junit nowhere/x.xml: No such file" "$probe" run --target gateway.ini --junit nowhere/x.xml
expect 2 "--junit folder: it is a folder" "$probe" run --target gateway.ini --junit folder
expect 2 "none of the 1 chosen cases can be asked" "$probe" run --target gateway.ini --check-config C36
expect 2 "C36: the target file lacks [variant relay] ike, listen, bank" "$probe" run --target gateway.ini --check-config C36
[ ! -e ikesync-runs ] || { echo "FAIL: a run folder without a run"; failed=1; }
# A host name is as good as an address, and a hash in a shell command is no comment.
# (a bare chroot has no /etc/hosts and knows no name)
known=localhost
getent hosts localhost >/dev/null || known=127.0.0.1
printf '[gateway]\nike=%s:9\n[client]\nid=fqdn:x\npsk=x\n[hooks]\nbank-restart=true # really\n' $known >host.ini
expect 0 "ok" "$probe" run --target host.ini --check-config
# File names are meant from the target file's folder.
printf '%bkey=a.key\nowns=192.0.2.1\n' "$b" >right.ini
expect 0 "ok" bash -c "cd / && $probe run --target $work/right.ini --check-config"

"$probe" list --json >out
jq -e 'length > 40 and all(.[]; .id and .title and .required and .source and .level)' out >/dev/null || { echo "FAIL: list --json"; failed=1; }

# Nobody there: exit 3, a report all the same, and the cases not tried say why.
expect 3 "INCONCLUSIVE" "$probe" run --target gateway.ini --capture=synth --out one C01 N01
jq -e '.exit == 3 and .sanity_failure and (.cases | map(.id) == ["S01","C01","N01"])
	and (.cases[1].verdict == "inconclusive") and (.cases[1].reason | test("S01"))' one/results.json >/dev/null ||
	{ echo "FAIL: results of an unreachable target"; cat one/results.json; failed=1; }
for f in report.html report.txt junit.xml cases/S01.pcapng; do [ -s "one/$f" ] || { echo "FAIL: no one/$f"; failed=1; }; done
[ "$(stat -c %a one)" = 700 ] || { echo "FAIL: others may read the run folder"; failed=1; }

# Never overwritten.
before=$(cksum one/results.json)
expect 2 "not empty" "$probe" run --target gateway.ini --out one C01
[ "$before" = "$(cksum one/results.json)" ] || { echo "FAIL: overwritten"; failed=1; }

# Skipped for want of a key, which is named; declared unsupported; nothing shown is no success.
expect 1 "[bank] address" "$probe" run --target gateway.ini --no-capture --no-sanity --json G01
jq -e '.cases[0].verdict == "skip"' out >/dev/null || { echo "FAIL: no skip"; failed=1; }
printf '[target]\nunsupported=G01\n' | cat - gateway.ini >unsupported.ini
expect 1 "unsupported" "$probe" run --target unsupported.ini --no-capture --no-sanity --json --junit copy.xml G01
jq -e '.cases[0].verdict == "unsupported"' out >/dev/null || { echo "FAIL: not unsupported"; failed=1; }
grep -q '<skipped' copy.xml || { echo "FAIL: --junit"; failed=1; }
[ "$(find ikesync-runs -mindepth 1 -maxdepth 1 -type d | wc -l)" = 2 ] || { echo "FAIL: default folders"; failed=1; }
# "latest" is the last of them; where something else has that name, it stays.
[ "$(jq -r .folder ikesync-runs/latest/results.json)" = "$(basename "$(readlink -f ikesync-runs/latest)")" ] ||
	{ echo "FAIL: latest"; failed=1; }
cmp -s ikesync-runs/latest/junit.xml copy.xml || { echo "FAIL: latest is not the last run"; failed=1; }
rm ikesync-runs/latest
mkdir ikesync-runs/latest
expect 1 "unsupported" "$probe" run --target unsupported.ini --no-capture --no-sanity G01
[ ! -L ikesync-runs/latest ] && [ -z "$(ls ikesync-runs/latest)" ] || { echo "FAIL: latest overwritten"; failed=1; }

# Nothing that is carried away tells where it was made.
! grep -rlF "$work" one ikesync-runs --include='*.txt' --include='*.json' --include='*.xml' || { echo "FAIL: an absolute path"; failed=1; }

# A run that cannot begin leaves no folder; one that was there stays.
printf '[variant relay]\nike=127.0.0.1:9\nlisten=192.0.2.1:9\nbank=127.0.0.1:9\n' | cat gateway.ini - >relay.ini
mkdir empty
expect 2 "[variant relay] listen" "$probe" run --target relay.ini --out none C01
expect 2 "[variant relay] listen" "$probe" run --target relay.ini --out empty C01
[ ! -e none ] && [ -d empty ] || { echo "FAIL: folders of runs that did not begin"; failed=1; }

# One and the same place for progress and report: each case stands there once.
"$probe" run --target gateway.ini --no-capture --out both S01 >both.txt 2>&1 || true
[ "$(grep -c '^fail *S01 *A plain' both.txt)" = 1 ] || { echo "FAIL: listed twice"; cat both.txt; failed=1; }
"$probe" run --target gateway.ini --no-capture --out apart S01 >apart.txt 2>/dev/null || true
[ "$(grep -c '^fail *S01 *A plain' apart.txt)" = 1 ] || { echo "FAIL: not listed"; cat apart.txt; failed=1; }
# A reader that goes away early does not end the run.
set +o pipefail
"$probe" run --target gateway.ini --no-capture --out piped S01 2>&1 | true
set -o pipefail
[ -s piped/results.json ] || { echo "FAIL: no report after the reader went"; failed=1; }

# A disk that is full: told, exit 4, and no half report that looks like one.
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=16k tmpfs full 2>/dev/null; then
	trap 'umount "$work/full"; cleanup' EXIT
	dd if=/dev/zero of=full/ballast bs=4096 count=4 2>/dev/null || true
	expect 4 "No space left" "$probe" run --target gateway.ini --capture=synth --out full/run S01
	[ ! -e full/run/results.json ] && [ ! -e full/run/cases/S01.pcapng ] || { echo "FAIL: half a report on a full disk"; failed=1; }
	umount full
	trap cleanup EXIT
fi

# No colour, no carriage returns away from a terminal.
! grep -q "$(printf '\033')" out err || { echo "FAIL: colour in a file"; failed=1; }

# Side by side: the same, in the order of the catalogue; packets are then written from the probe's own octets.
expect 2 "--jobs=65" "$probe" run --target gateway.ini --jobs 65
expect 2 "cannot be told apart" "$probe" run --target gateway.ini --jobs 4 --capture=live
expect 1 "port unreachable" "$probe" run --target gateway.ini --no-sanity --jobs 8 --out beside C01 C02 C11 C12
jq -e '(.cases | map(.id) == ["C01", "C02", "C11", "C12"]) and (.cases | all(.verdict != "pass"))' beside/results.json >/dev/null ||
	{ echo "FAIL: --jobs"; failed=1; }
[ -s beside/cases/C12.pcapng ] || { echo "FAIL: --jobs without captures"; failed=1; }

# until_sockets N [children] PID: N processes have a socket, so their cases have begun (or the run is over, which the test will say)
until_sockets() {
	local n=$1 who=${2/children/} pid=${*: -1} p found=0
	exec 7<> <(:)
	while [ $found -lt "$n" ] && kill -0 "$pid" 2>/dev/null; do
		read -rt 0.05 -u 7 || true # nothing ever comes out of that pipe
		found=0
		for p in ${who:-$(ps -o pid= --ppid "$pid")}; do
			! find "/proc/$p/fd" -lname 'socket:*' 2>/dev/null | grep -q . || found=$((found + 1))
		done
	done
	exec 7>&-
}

# Interrupted: the report is written, exit 130.
sed -i 's/answer=.*/answer=60s/' gateway.ini
"$probe" run --target gateway.ini --capture=synth --out stopped C01 >out 2>err &
pid=$!
until_sockets 1 "$pid"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
pid=
[ "$status" = 130 ] || { echo "FAIL: interrupted run ended with $status"; cat out err; failed=1; }
jq -e '.interrupted and .cases[0].verdict == "inconclusive"' stopped/results.json >/dev/null || { echo "FAIL: report of an interrupted run"; failed=1; }

# The same with cases side by side, of which none is left behind.
"$probe" run --target gateway.ini --no-sanity --jobs 4 --no-capture --out stopped-too C01 C11 C12 >out 2>err &
pid=$!
until_sockets 3 children "$pid"
children=$(ps -o pid= --ppid "$pid")
kill -INT "$pid"
status=0
wait "$pid" || status=$?
pid=
[ "$status" = 130 ] || { echo "FAIL: interrupted --jobs ended with $status"; cat out err; failed=1; }
for child in $children; do ! kill -0 "$child" 2>/dev/null || { echo "FAIL: process $child is left"; failed=1; }; done
jq -e '.interrupted and (.cases | length == 3 and all(.reason == "interrupted"))' stopped-too/results.json >/dev/null ||
	{ echo "FAIL: report of an interrupted --jobs"; jq -c '.cases[]|[.id,.verdict,.reason]' stopped-too/results.json; failed=1; }

[ "$failed" = 0 ] && echo "cli: ok"
exit "$failed"
