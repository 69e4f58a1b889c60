# SPDX-License-Identifier: GPL-2.0-or-later
# The format of results.json, as docs/probe-results.md describes it, for a program:
#   jq -e -f probe-results.jq results.json
# prints true; or it stops with the place and what is wrong there. Fields that are not named here are allowed.

def must($place; $what; ok): if ok then . else error("\($place): \($what), is: \(tojson | .[0:120])") end;
def is_string($p): must($p; "a string"; type == "string");
def is_text($p): must($p; "a string or null"; type == "string" or . == null);
def is_whole($p): must($p; "a whole number, not negative"; type == "number" and . >= 0 and . == floor);
def is_bool($p): must($p; "true or false"; type == "boolean");
def is_one_of($p; $words): . as $x | must($p; "one of \($words | join(", "))"; $words | index($x) != null);
def is_strings($p): must($p; "an array of strings"; type == "array" and all(.[]; type == "string"));
# Relative to the run folder: it may be carried away.
def is_path($p): must($p; "a relative path or null"; . == null or (type == "string" and (startswith("/") | not)));
# $wanted, not $keys: a parameter hides the builtin of its name.
def has_all($p; $wanted): . as $o | must($p; "an object with \($wanted - (if type == "object" then keys else [] end))";
	type == "object" and ($wanted - ($o | keys) == []));

def verdicts: ["pass", "fail", "warn", "info", "inconclusive", "skip", "unsupported"];
def provenances: ["draft", "base IKEv2", "problem statement", "profile rule"];

def step($p):
	has_all($p; ["kind", "at_ms", "text"])
	| (.kind | is_one_of("\($p).kind"; ["note", "check", "info", "inconclusive"]))
	, (.at_ms | is_whole("\($p).at_ms"))
	, (.text | is_string("\($p).text"))
	, (select(.kind == "check")
		| has_all($p; ["ok", "expected", "observed", "provenance", "source", "clause"])
		| (.ok | is_bool("\($p).ok"))
		, (.expected, .observed, .source | is_string("\($p): expected, observed, source"))
		, (.clause | is_text("\($p).clause"))
		, (.provenance | is_one_of("\($p).provenance"; provenances))
		, (.cut_short // false | is_bool("\($p).cut_short")));

def capture($p):
	select(. != null)
	| has_all($p; ["file", "how", "tls_keys", "ikev2_keys_folder", "tshark"])
	| (.how | is_string("\($p).how"))
	, (.file | is_path("\($p).file"))
	, (.tls_keys | is_path("\($p).tls_keys"))
	, (.ikev2_keys_folder | is_path("\($p).ikev2_keys_folder"))
	, (.tshark | is_text("\($p).tshark"))
	, must($p; "a tshark line where there is a file"; (.file == null) == (.tshark == null));

def is_hex($p): must($p; "octets as lower-case digits"; type == "string" and test("^([0-9a-f]{2})*$"));
def message($p):
	has_all($p; ["at_ms", "sent", "protocol", "local", "remote", "length", "hex"])
	| (.at_ms, .length | is_whole("\($p): at_ms, length"))
	, (.sent | is_bool("\($p).sent"))
	, (.protocol | is_one_of("\($p).protocol"; ["IKE", "stub"]))
	, (.local, .remote | is_string("\($p): local, remote"))
	, (.hex | is_hex("\($p).hex"))
	, must($p; "as many octets as there are, or 2,048"; ([.length, 2048] | min) == (.hex | length / 2))
	, (select(has("inner")) | (.inner | is_hex("\($p).inner")), (.inner_first | is_whole("\($p).inner_first")));

def one_case($p):
	has_all($p; ["id", "title", "level", "provenance", "source", "required", "causes", "requires", "clauses", "needs", "defect", "round", "verdict",
		"reason", "hint", "ran", "rules_bind", "duration_ms", "steps", "diagnosis", "octets", "capture", "messages", "messages_left_out", "see", "waiver"])
	| (.id | must("\($p).id"; "a letter and two or more digits"; type == "string" and test("^[A-Z][0-9]{2,}$")))
	, (.title, .source, .required, .requires | is_string("\($p): title, source, required, requires"))
	, (.defect, .reason, .hint | is_text("\($p): defect, reason, hint"))
	, (.level | is_one_of("\($p).level"; ["must", "should", "may", "unspecified"]))
	, (.provenance | is_one_of("\($p).provenance"; provenances))
	, (.round | is_one_of("\($p).round"; ["once", "first", "last"]))
	, (.verdict | is_one_of("\($p).verdict"; verdicts))
	, (.ran, .rules_bind | is_bool("\($p): ran, rules_bind"))
	, (.duration_ms | is_whole("\($p).duration_ms"))
	, (.causes | is_strings("\($p).causes"))
	, (.clauses, .needs | is_strings("\($p): clauses, needs"))
	, (.diagnosis | is_strings("\($p).diagnosis"))
	, must($p; "no reason, just for a pass"; .verdict == "info" or (.reason == null) == (.verdict == "pass"))
	, must($p; "steps just where the case ran"; .ran or .steps == [])
	, (.steps | must("\($p).steps"; "an array"; type == "array") | to_entries[] | .key as $i | .value | step("\($p).steps[\($i)]"))
	, (.octets | must("\($p).octets"; "an array"; type == "array") | .[]
		| must("\($p).octets"; "name and hex"; (.name | type == "string") and (.hex | test("^([0-9a-f]{2})*$"))))
	, (.messages | must("\($p).messages"; "an array"; type == "array") | .[] | message("\($p).messages"))
	, (.messages_left_out | is_whole("\($p).messages_left_out"))
	, (.see | is_text("\($p).see"))
	, (.waiver | select(. != null) | has_all("\($p).waiver"; ["cases", "reason", "until", "state"])
		| (.cases, .reason | is_string("\($p).waiver: cases, reason"))
		, (.until | must("\($p).waiver.until"; "a day as 2027-03-31"; test("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))
		, (.state | select(. != null) | is_one_of("\($p).waiver.state"; ["holds", "over", "needless"])))
	, (.capture | capture("\($p).capture"));

[ has_all("the top"; ["format", "version", "began", "duration_ms", "target", "strict", "capture", "folder", "interrupted",
	"sanity_failure", "died_in", "death", "exit", "conclusion", "mend_first", "limits_met", "left_behind", "counts", "cases"])
| (.format | is_one_of("format"; ["ikesync-probe results 1"]))
, (.version, .capture, .conclusion | is_string("version, capture, conclusion"))
, (.folder | is_path("folder"))
, (.began | must("began"; "UTC as 2026-01-31T23:59:59Z"; test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")))
, (.duration_ms | is_whole("duration_ms"))
, (.strict, .interrupted | is_bool("strict, interrupted"))
, (.sanity_failure | is_text("sanity_failure"))
, (.exit | must("exit"; "0, 1, 3 or 130"; . == 0 or . == 1 or . == 3 or . == 130))
, (.mend_first | must("mend_first"; "an array"; type == "array") | .[] | has_all("mend_first"; ["case", "text", "todo", "not_asked"])
	| (.case, .todo | is_text("mend_first: case, todo"))
	, (.text | is_string("mend_first: text"))
	, (.not_asked | is_strings("mend_first: not_asked")))
, (.limits_met | must("limits_met"; "an array"; type == "array") | .[] | has_all("limits_met"; ["limit", "cases"])
	| (.limit | is_string("limits_met: limit"))
	, (.cases | is_strings("limits_met: cases")))
, (.left_behind | must("left_behind"; "an array or null"; . == null or type == "array") | select(. != null) | .[]
	| has_all("left_behind"; ["case", "index"]) | .case, .index | is_string("left_behind: case, index"))
, (.target | has_all("target"; ["file", "name", "profile", "gateway_announced_profile_1", "bank_agreed_to_alpn", "gateway_knows_no_syn", "syn_payload_type"])
	| (.file | is_path("target.file"))
	, (.name | is_string("target.name"))
	, (.profile | is_one_of("target.profile"; ["auto", "1", "draft"]))
	, (.gateway_announced_profile_1, .bank_agreed_to_alpn, .gateway_knows_no_syn | is_bool("target"))
	, (.syn_payload_type | is_whole("target.syn_payload_type"))
	, (.gateway, .old_gateway, .bank | is_text("target: gateway, old_gateway, bank")))
, (.counts | has_all("counts"; verdicts) | .[] | is_whole("counts"))
, (.cases | must("cases"; "an array"; type == "array") | to_entries[] | .key as $i | .value | one_case("cases[\($i)]"))
# What is counted is what is there; of a sanity case's two rounds the worse one.
, must("counts"; "the number of cases with each verdict";
	def bad: .verdict == "fail" or .verdict == "inconclusive";
	.counts == reduce ([.cases | group_by(.id)[] | (map(select(.round != "last"))[0]) as $first | (map(select(.round == "last"))[0]) as $last
			| (if $first == null or ($last != null and ($last | bad) and ($first | bad | not)) then $last else $first end).verdict][]) as $v
		(reduce verdicts[] as $v ({}; .[$v] = 0); .[$v] += 1))
] | true
