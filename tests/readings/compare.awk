# SPDX-License-Identifier: GPL-2.0-or-later
# compare.awk JUSTIFIED WIRE DISSECTOR: each message judged and read alike by both? One line for each that is not.
# The last line: how many messages, how many of them both refuse, differences explained, differences not explained.
# -v used=FILE: the patterns of JUSTIFIED that explained something are appended there.

BEGIN { FS = "\t" }
FILENAME == ARGV[1] {
	if ($0 ~ /^(wire|dissector|context) /) {
		n++
		kind[n] = $0; sub(/ .*/, "", kind[n])
		pattern[n] = $0; sub(/^[a-z]+ /, "", pattern[n]); sub(/ +#.*/, "", pattern[n])
	}
	next
}
FILENAME == ARGV[2] { verdict[$1] = $2; reason[$1] = $3; wire[$1] = $4; order[++messages] = $1; next }
{ marks[$1] = $2; dissector[$1] = $3; if (!($1 in verdict)) order[++messages] = $1; seen[$1] = 1 }

function explained(which, text,    i) {
	for (i = 1; i <= n; i++)
		if (kind[i] == which && text ~ pattern[i]) {
			if (used) print which " " pattern[i] >>used
			return 1
		}
	return 0
}
function difference(key, text) { unexplained++; print key ": " text }

END {
	for (m = 1; m <= messages; m++) {
		key = order[m]
		if (!(key in verdict)) { difference(key, "only the dissector sees a message: " dissector[key]); continue }
		k = split(marks[key], mark, " ")
		serious = excused = 0
		list = ""
		for (i = 1; i <= k; i++) {
			if (explained("context", mark[i])) continue
			list = list " " mark[i]
			if (explained("dissector", mark[i] "; " dissector[key])) excused++
			else serious++
		}
		if (verdict[key] == "refuse") {
			if (serious + excused) agreed++
			else if (explained("wire", reason[key] "; " dissector[key])) explanations++
			else difference(key, "lib/wire refuses, the dissector says nothing: " reason[key] "; " dissector[key])
			continue
		}
		if (serious) { difference(key, "the dissector marks, lib/wire accepts:" list "\n    " wire[key]); continue }
		if (excused) { explanations++; continue }
		if (wire[key] != dissector[key])
			difference(key, "read differently\n    lib/wire:  " wire[key] "\n    dissector: " dissector[key])
	}
	printf "%d messages, %d refused by both, %d differences explained, %d not\n", messages, agreed, explanations, unexplained
	exit unexplained > 0
}
