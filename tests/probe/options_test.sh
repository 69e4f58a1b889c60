#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --help, the man page and the bash completion know the same options; help fits 80 columns. usage: options_test.sh PROBE SOURCE
set -euo pipefail
probe=$1 source=$2
man=$source/docs/man/ikesync-probe.1.scd completion=$source/packaging/completion/ikesync-probe
work=$(mktemp -d "${TMPDIR:-/tmp}/ikesync-options.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "FAIL: $*"; failed=1; }

"$probe" run --help | grep -oE '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,' | sort -u >"$work/help"
# the section of the man page alone, and no option that is mentioned with a value, as --capture=off
sed -n '/^# OPTIONS OF RUN/,/^# OPTIONS OF CLIENT/p' "$man" | grep -oE '^\*.*' | grep -oE '\*--[a-z-]+\*' | tr -d '*' | sort -u >"$work/man"
sed -n 's/^\trun,-\*).*-W "\([^"]*\)".*/\1/p' "$completion" | tr ' ' '\n' | sort -u >"$work/completion"
[ -s "$work/help" ] && [ -s "$work/man" ] && [ -s "$work/completion" ] || complain "no options found"
diff "$work/help" "$work/man" >&2 || complain "--help (<) and the man page (>) differ"
diff "$work/help" "$work/completion" >&2 || complain "--help (<) and the completion (>) differ"
# short options, too
diff <("$probe" run --help | grep -oE '^  -[a-z],' | tr -d ' ,' | sort) \
	<(sed -n '/^# OPTIONS OF RUN/,/^# OPTIONS OF CLIENT/p' "$man" | grep -oE '^\*-[a-z]\*' | tr -d '*' | sort) >&2 || complain "short options differ"
"$probe" check --help | grep -oE '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,' | sort -u >"$work/check"
sed -n '/^# OPTIONS OF CHECK/,/^# VERDICTS/p' "$man" | grep -oE '^\*.*' | grep -oE '\*--[a-z-]+\*' | tr -d '*' | sort -u >"$work/check-man"
sed -n 's/^\tcheck,-\*).*-W "\([^"]*\)".*/\1/p' "$completion" | tr ' ' '\n' | sort -u >"$work/check-completion"
[ -s "$work/check-man" ] || complain "no options of check in the man page"
diff <(grep -v -- --help "$work/check") "$work/check-man" >&2 || complain "check --help (<) and the man page (>) differ"
diff "$work/check" "$work/check-completion" >&2 || complain "check --help (<) and the completion (>) differ"
for command in list show; do
	diff <("$probe" $command --help | grep -oE '(^|[ ,])--[a-z-]+' | tr -d ' ,' | sort -u) \
		<(sed -n 's/^\tlist,-\* | show,-\*).*-W "\([^"]*\)".*/\1/p' "$completion" | tr ' ' '\n' | sort -u) >&2 ||
		complain "options of $command differ from the completion"
done
diff <("$probe" client --help | grep -oE '^  (-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u) \
	<({ sed -n '/^# OPTIONS OF CLIENT/,/^# OPTIONS OF SEND/p' "$man" | grep -oE '^\*.*' | grep -oE '\*--[a-z-]+\*' | tr -d '*'; echo --help; } | sort -u) >&2 ||
	complain "client --help (<) and the man page (>) differ"
diff <("$probe" client --help | grep -oE '^  (-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u) \
	<(sed -n 's/^\tclient,\*).*-W "\([^"]*\)".*/\1/p' "$completion" | tr ' ' '\n' | sort -u) >&2 ||
	complain "client --help (<) and the completion (>) differ"
# those of the commands whose completion has files, too
known() { # COMMAND
	local command=$1
	"$probe" "$command" --help | grep -oE '^  (-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u >"$work/$command"
	diff "$work/$command" <({ awk -v head="# OPTIONS OF ${command^^}" '/^# / { on = $0 == head } on' "$man" | grep -oE '^\*.*' | grep -oE '\*--[a-z-]+\*' | tr -d '*'; echo --help; } | sort -u) >&2 ||
		complain "$command --help (<) and the man page (>) differ"
	diff "$work/$command" <(sed -n "s/^\t$command,-\*).*-W \"\([^\"]*\)\".*/\1/p" "$completion" | tr ' ' '\n' | sort -u) >&2 ||
		complain "$command --help (<) and the completion (>) differ"
}
known send
known load
# Every command, every key that a case can require and every key of the reader stand in the man page.
for command in run check list show client send load version; do grep -q "^\*$command\*" "$man" || complain "$command is not in the man page"; done
grep -ohE 'config_(string|endpoint|address|list|uint|duration_ms)\(c, (group|"[a-z -]+"), "[a-z0-9-]+"|read_file_name\(c, "bank", "[a-z-]+"' \
	"$source"/ikesync-probe/target/target.c | grep -oE '"[a-z0-9-]+"$' | tr -d '"' | sort -u | while read -r key; do
	grep -qE "\*$key\*|_.*$key\]?_" "$man" || { echo "FAIL: key $key is not in the man page"; exit 1; }
done || failed=1
# 80 columns.
export LC_ALL=C.UTF-8
# shellcheck disable=SC2086 # several words, and a star for the program
for arguments in --help "run --help" "check --help" "list --help" "show --help" "client --help" "send --help" "load --help" "send --template resume" list "show *"; do
	set -f
	"$probe" $arguments | awk -v a="$arguments" 'length > 80 { print "FAIL: more than 80 columns in " a ": " $0; bad = 1 } END { exit bad }' || failed=1
	set +f
done
[ "$failed" = 0 ] && echo "options: ok, $(wc -l <"$work/help") options of run"
exit "$failed"
