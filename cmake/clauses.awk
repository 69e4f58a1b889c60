# SPDX-License-Identifier: GPL-2.0-or-later
# The numbered clauses of docs/wire-profile.md, as CLAUSE(id, provenance, parties, text) lines for run/clause.c.
# A clause begins with "* **12.3** (R; gateway) text" and goes on over lines indented by two.
function flush_clause(    parts, tag, rest, id) {
	if (clause == "")
		return
	id = clause
	sub(/^\* \*\*/, "", id)
	sub(/\*\*.*/, "", id)
	rest = clause
	sub(/^\* \*\*[0-9.]+\*\* \(/, "", rest)
	tag = rest
	sub(/\).*/, "", tag)
	sub(/^[^)]*\) /, "", rest)
	split(tag, parts, "; ")
	gsub(/\\/, "\\\\", rest)
	gsub(/"/, "\\\"", rest)
	gsub(/[*`]/, "", rest)
	printf "CLAUSE(\"%s\", \"%s\", \"%s\", \"%s\")\n", id, parts[1], parts[2], rest
	clause = ""
}
/^\* \*\*[0-9]+\.[0-9]+\*\* \(/ { flush_clause(); clause = $0; next }
/^  / && clause != "" { line = $0; sub(/^  /, " ", line); clause = clause line; next }
{ flush_clause() }
END { flush_clause() }
