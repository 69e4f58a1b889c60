# SPDX-License-Identifier: GPL-2.0-or-later
# The dissector's reading, from PDML, one line a message: KEY, expert infos (warning or error), fields.
# KEY as read_wire has it: FRAME#ORDINAL, or inside TLS sSTREAM/client#ORDINAL or sSTREAM/server#ORDINAL.

function attribute(name) {
	if (!match($0, " " name "=\"[^\"]*\"")) return ""
	return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
}
function put(text) { fields = fields (fields == "" ? "" : " | ") text }
function field(text) {
	if (text ~ /^(stub|index|status)/) attributes_end()
	put(text)
}
# lib/wire gives attributes by type, unknown ones last as they stand; and where struct stub says "0 = none", 0 is none.
function attributes_end(    t, i) {
	if (shared != "") put(shared)
	shared = ""
	for (t = 1; t <= 13; t++)
		for (i = 1; i <= attributes; i++)
			if ((t == 13 && (a_type[i] > 12 || a_type[i] == 0)) || (t < 13 && a_type[i] == t)) {
				if (t ~ /^(2|6|8|10|12)$/ && a_text[i] ~ /^( \| value 0+)+$/) continue
				if (t ~ /^(3|11)$/ && a_text[i] == "") continue
				put("attribute " a_type[i] a_text[i])
			}
	attributes = 0
}
function stub_end() {
	attributes_end()
	if (tls) key = "s" stream (port == 49500 ? "/server" : "/client")
	else key = frame
	printf "%s#%d\t%s\t%s\n", key, ++ordinal[key], experts, fields
	in_stub = 0; experts = ""; fields = ""
}

/^<packet>/ { frame = ""; tls = 0; udp = 0; stream = port = ""; in_stub = 0; in_ike = 0; ike = 0; broken = 0; experts = fields = "" }
/^<\/packet>/ {
	if (in_stub) stub_end()
	if (ike && udp) printf "%s#1\t%s\t%s\n", frame, experts broken_text, fields
	broken_text = ""
	next
}
/^  <proto / {
	proto = attribute("name")
	if (in_stub) stub_end()
	if (proto == "tls") tls = 1
	if (proto == "udp") udp = 1
	if (proto == "ikestub") { in_stub = 1; value = 0; inside = 0 }
	if (proto == "isakmp") ike = 1
	if (proto == "_ws.malformed") broken_text = " _ws.malformed"
	next
}
/<proto / { next }
/^<\/?p/ { next }
!/<field / { next }
# A text with a line feed in it breaks the line.
{ while ($0 !~ />$/ && (getline more) > 0) $0 = $0 more }
{ name = attribute("name") }
name == "num" { frame = attribute("show") }
name == "tcp.stream" { stream = attribute("show") }
name == "tcp.srcport" { port = attribute("show") }
name == "_ws.expert" { getline; expert = attribute("name"); next }
name == "_ws.expert.severity" {
	if (attribute("show") >= 6291456 && (in_stub || ike)) experts = experts " " expert
	next
}
name == "_ws.malformed" { experts = experts " _ws.malformed"; next }

# IKE_SA_SYN
name == "ikesync.direction" { field("SYN c " attribute("show")) }
name == "ikesync.gateway_spi" { field("spi " attribute("value")) }
name == "ikesync.gateway_ipv4" || name == "ikesync.gateway_ipv6" { field("address " attribute("show")) }

!in_stub { next }
name == "ikestub.type" { field("type " attribute("show")) }
name == "ikestub.length" { field("length " attribute("show")) }
name == "ikestub.transaction" { field("transaction " "0x" attribute("value")) }
name == "ikestub.payload" {
	type = attribute("show")
	if (type == 200 && indent() == 4) field("index")
	if (type == 201) field("stub")
}
name == "ikestub.index.spi" { field("spi " attribute("value")) }
name == "ikestub.index.ipv4" || name == "ikestub.index.ipv6" { field("address " attribute("show")) }
name == "ikestub.status" { field("status " attribute("show")) }
name == "ikestub.status.flags" { field("flags " "0x" attribute("value")) }
name == "ikestub.status.item" { field("item " attribute("show")) }
name == "ikestub.status.text" { field("text " attribute("value")) }
name == "ikestub.lifetime" { field("lifetime " attribute("show")) }
name == "ikestub.sealed.version" { field("sealed version " attribute("show")) }
name == "ikestub.sealed.key_id" { field("key " "0x" attribute("value")) }
name == "ikestub.sealed.salt" { field("salt " attribute("value")) }
name == "ikestub.sealed.expiry" { field("time " attribute("value")) }
name == "ikestub.sealed.ciphertext" { field("ciphertext " attribute("value")) }
name == "ikestub.sealed.tag" { field("tag " attribute("value")) }
name == "ikestub.spi_i" { field("SPIi " attribute("value")) }
name == "ikestub.spi_r" { field("SPIr " attribute("value")) }
# lib/wire gives the shared secret behind SK_d, wherever it stands.
name == "ikestub.secret_length" && type == 204 { shared = "secret of " attribute("show") }
name == "ikestub.secret_length" && type != 204 { field("secret of " attribute("show")) }
name == "ikestub.transform.type" { transform = attribute("show") }
name ~ /^ikestub\.transform\.(encr|prf|integ|dh|esn|id)$/ {
	# INTEG and D-H "none" is what struct stub has where there is no such transform.
	if (attribute("show") != 0 || (transform != 3 && transform != 4)) field("transform " transform " | id " attribute("show"))
}
name == "ikestub.transform.key_length" { field("key length " attribute("show")) }
name == "ikestub.id.type" { field("ID type " attribute("show")) }
name ~ /^ikestub\.id\.(ipv4|ipv6|text|data)$/ { field("ID " attribute("value")) }
name == "ikestub.attribute" { a_type[++attributes] = attribute("show") + 0; a_text[attributes] = "" }
name ~ /^ikestub\.(role|auth_[ir]|eap_identity|inner_ipv4|inner_ipv6|inner_ipv6_prefix|session_limit|expiry|reauth_deadline|moves\.window|moves\.last_commit|moves\.count|resumptions|authority|peer_features|attribute\.value)$/ {
	a_text[attributes] = a_text[attributes] " | value " attribute("value")
}

function indent() { match($0, /^ */); return RLENGTH }
