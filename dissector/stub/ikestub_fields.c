/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The field table of "ikestub". */
#include "stub/ikestub_fields.h"

const value_string stub_message_names[] = {
	{ STUB_INIT, "init" },         { STUB_UPDATE, "update" }, { STUB_GET, "get" },
	{ STUB_DOWNLOAD, "download" }, { STUB_DELETE, "delete" }, { 0, NULL },
};

const value_string stub_payload_names[] = {
	{ 0, "none" },
	{ PL_SA, "SA" },
	{ PL_IDI, "IDi" },
	{ PL_IDR, "IDr" },
	{ PL_INDEX, "index" },
	{ PL_STUB, "stub" },
	{ PL_SPI_PAIR, "SPI pair" },
	{ PL_SK_D, "SK_d" },
	{ PL_SHARED_SECRET, "shared secret" },
	{ PL_LIFETIME, "lifetime" },
	{ PL_STATUS, "status" },
	{ PL_TRANSACTION, "transaction" },
	{ PL_SEALED, "sealed stub" },
	{ PL_ATTRIBUTE, "attribute" },
	{ 0, NULL },
};

const value_string stub_status_names[] = {
	{ STATUS_OK, "ok" },
	{ 1, "not-found" },
	{ 2, "expired" },
	{ 3, "exists" },
	{ 4, "conflict" },
	{ 5, "not-authorised" },
	{ STATUS_MALFORMED, "malformed" },
	{ STATUS_UNSUPPORTED, "unsupported" },
	{ 8, "busy" },
	{ 9, "full" },
	{ 0, NULL },
};

const value_string stub_attribute_names[] = {
	{ ATTR_ROLE, "role" },
	{ ATTR_AUTH_METHODS, "authentication methods" },
	{ ATTR_EAP_IDENTITY, "EAP identity" },
	{ ATTR_INNER_IP4, "inner IPv4 address" },
	{ ATTR_INNER_IP6, "inner IPv6 address" },
	{ ATTR_SESSION_LIMIT, "session limit" },
	{ ATTR_EXPIRY, "expiry" },
	{ ATTR_REAUTH_DEADLINE, "re-authentication deadline" },
	{ ATTR_MOVES, "moves" },
	{ ATTR_RESUMPTIONS, "resumptions since KE" },
	{ ATTR_AUTHORITY, "authority" },
	{ ATTR_PEER_FEATURES, "peer features" },
	{ ATTR_AAA_CLASS, "AAA class" },
	{ 0, NULL },
};

static const value_string role_names[] = {
	{ 1, "gateway was initiator" },
	{ 2, "gateway was responder" },
	{ 0, NULL },
};

/* IANA, IKEv2 parameters */
static const value_string protocol_names[] = {
	{ 1, "IKE" },
	{ 2, "AH" },
	{ 3, "ESP" },
	{ 0, NULL },
};

static const value_string transform_type_names[] = {
	{ TRANSFORM_ENCR, "Encryption Algorithm (ENCR)" },
	{ TRANSFORM_PRF, "Pseudo-random Function (PRF)" },
	{ TRANSFORM_INTEG, "Integrity Algorithm (INTEG)" },
	{ TRANSFORM_DH, "Key Exchange Method (D-H)" },
	{ TRANSFORM_ESN, "Extended Sequence Numbers (ESN)" },
	{ 0, NULL },
};

static const value_string encr_names[] = {
	{ 3, "ENCR_3DES" },
	{ 11, "ENCR_NULL" },
	{ 12, "ENCR_AES_CBC" },
	{ 13, "ENCR_AES_CTR" },
	{ 14, "ENCR_AES_CCM_8" },
	{ 15, "ENCR_AES_CCM_12" },
	{ 16, "ENCR_AES_CCM_16" },
	{ 18, "ENCR_AES_GCM_8" },
	{ 19, "ENCR_AES_GCM_12" },
	{ 20, "ENCR_AES_GCM_16" },
	{ 23, "ENCR_CAMELLIA_CBC" },
	{ 28, "ENCR_CHACHA20_POLY1305" },
	{ 0, NULL },
};

static const value_string prf_names[] = {
	{ 1, "PRF_HMAC_MD5" },      { 2, "PRF_HMAC_SHA1" },
	{ 4, "PRF_AES128_XCBC" },   { 5, "PRF_HMAC_SHA2_256" },
	{ 6, "PRF_HMAC_SHA2_384" }, { 7, "PRF_HMAC_SHA2_512" },
	{ 8, "PRF_AES128_CMAC" },   { 0, NULL },
};

static const value_string integ_names[] = {
	{ 0, "NONE" },
	{ 1, "AUTH_HMAC_MD5_96" },
	{ 2, "AUTH_HMAC_SHA1_96" },
	{ 5, "AUTH_AES_XCBC_96" },
	{ 8, "AUTH_AES_CMAC_96" },
	{ 12, "AUTH_HMAC_SHA2_256_128" },
	{ 13, "AUTH_HMAC_SHA2_384_192" },
	{ 14, "AUTH_HMAC_SHA2_512_256" },
	{ 0, NULL },
};

static const value_string dh_names[] = {
	{ 0, "NONE" },
	{ 2, "1024-bit MODP" },
	{ 5, "1536-bit MODP" },
	{ 14, "2048-bit MODP" },
	{ 15, "3072-bit MODP" },
	{ 16, "4096-bit MODP" },
	{ 17, "6144-bit MODP" },
	{ 18, "8192-bit MODP" },
	{ 19, "256-bit random ECP" },
	{ 20, "384-bit random ECP" },
	{ 21, "521-bit random ECP" },
	{ 31, "Curve25519" },
	{ 32, "Curve448" },
	{ 0, NULL },
};

static const value_string esn_names[] = {
	{ 0, "no extended sequence numbers" },
	{ 1, "extended sequence numbers" },
	{ 0, NULL },
};

static const value_string id_type_names[] = {
	{ 1, "ID_IPV4_ADDR" },   { 2, "ID_FQDN" },
	{ 3, "ID_RFC822_ADDR" }, { 5, "ID_IPV6_ADDR" },
	{ 9, "ID_DER_ASN1_DN" }, { 10, "ID_DER_ASN1_GN" },
	{ 11, "ID_KEY_ID" },     { 0, NULL },
};

static const value_string auth_method_names[] = {
	{ 0, "none" },
	{ 1, "RSA digital signature" },
	{ 2, "shared key message integrity code" },
	{ 3, "DSS digital signature" },
	{ 9, "ECDSA with SHA-256 on P-256" },
	{ 10, "ECDSA with SHA-384 on P-384" },
	{ 11, "ECDSA with SHA-512 on P-521" },
	{ 13, "NULL authentication" },
	{ 14, "digital signature" },
	{ 0, NULL },
};

static const true_false_string push_names = { "push by the TLS server",
					      "chosen by the TLS client" };
static const true_false_string more_names = { "more messages follow", "last message" };

int proto_ikestub = -1;

int hf_stub_first_payload = -1;
int hf_stub_type = -1;
int hf_stub_length = -1;
int hf_stub_reply = -1;
int hf_stub_payload = -1;
int hf_stub_next = -1;
int hf_stub_reserved = -1;
int hf_stub_payload_length = -1;
int hf_stub_unknown = -1;
int hf_stub_index_spi = -1;
int hf_stub_index_ipv4 = -1;
int hf_stub_index_ipv6 = -1;
int hf_stub_transaction = -1;
int hf_stub_push = -1;
int hf_stub_status = -1;
int hf_stub_status_flags = -1;
int hf_stub_status_more = -1;
int hf_stub_status_item = -1;
int hf_stub_status_text = -1;
int hf_stub_lifetime = -1;
int hf_stub_container_first = -1;
int hf_stub_container_reserved = -1;
int hf_stub_sealed = -1;
int hf_stub_sealed_version = -1;
int hf_stub_sealed_key_id = -1;
int hf_stub_sealed_salt = -1;
int hf_stub_sealed_expiry = -1;
int hf_stub_sealed_ciphertext = -1;
int hf_stub_sealed_tag = -1;
int hf_stub_spi_i = -1;
int hf_stub_spi_r = -1;
int hf_stub_secret_length = -1;
int hf_stub_sk_d = -1;
int hf_stub_shared_secret = -1;
int hf_stub_prop_last = -1;
int hf_stub_prop_length = -1;
int hf_stub_prop_number = -1;
int hf_stub_prop_protocol = -1;
int hf_stub_prop_spi_size = -1;
int hf_stub_prop_transforms = -1;
int hf_stub_transform = -1;
int hf_stub_tf_last = -1;
int hf_stub_tf_length = -1;
int hf_stub_tf_type = -1;
int hf_stub_tf_encr = -1;
int hf_stub_tf_prf = -1;
int hf_stub_tf_integ = -1;
int hf_stub_tf_dh = -1;
int hf_stub_tf_esn = -1;
int hf_stub_tf_id = -1;
int hf_stub_tf_key_length = -1;
int hf_stub_tf_attribute = -1;
int hf_stub_id_type = -1;
int hf_stub_id_ipv4 = -1;
int hf_stub_id_ipv6 = -1;
int hf_stub_id_text = -1;
int hf_stub_id_data = -1;
int hf_stub_attr_type = -1;
int hf_stub_attr_role = -1;
int hf_stub_attr_auth_i = -1;
int hf_stub_attr_auth_r = -1;
int hf_stub_attr_eap = -1;
int hf_stub_attr_ip4 = -1;
int hf_stub_attr_ip6 = -1;
int hf_stub_attr_prefix = -1;
int hf_stub_attr_session_limit = -1;
int hf_stub_attr_expiry = -1;
int hf_stub_attr_deadline = -1;
int hf_stub_attr_window = -1;
int hf_stub_attr_last_commit = -1;
int hf_stub_attr_moves = -1;
int hf_stub_attr_resumptions = -1;
int hf_stub_attr_authority = -1;
int hf_stub_attr_features = -1;
int hf_stub_attr_profile1 = -1;
int hf_stub_attr_mobike = -1;
int hf_stub_attr_value = -1;
int hf_stub_move = -1;
int hf_stub_prefetch = -1;
int hf_stub_response_in = -1;
int hf_stub_response_to = -1;
int hf_stub_time = -1;
int hf_stub_last_response_in = -1;
int hf_stub_undecoded = -1;
int hf_stub_unread = -1;
int hf_stub_hint = -1;
int hf_stub_opened = -1;

int ett_stub = -1;
int ett_stub_payload = -1;
int ett_stub_transform = -1;
int ett_stub_flags = -1;
int ett_stub_features = -1;
int ett_stub_opened = -1;

static hf_register_info fields[] = {
	{ &hf_stub_first_payload,
	  { "First payload", "ikestub.first_payload", FT_UINT8, BASE_DEC, VALS(stub_payload_names),
	    0x0, NULL, HFILL } },
	{ &hf_stub_type,
	  { "Type", "ikestub.type", FT_UINT8, BASE_DEC, VALS(stub_message_names), 0x0,
	    "Message type (wire profile 26.2)", HFILL } },
	{ &hf_stub_length,
	  { "Length", "ikestub.length", FT_UINT16, BASE_DEC, NULL, 0x0,
	    "Of the whole message, header included (wire profile 26.1)", HFILL } },
	{ &hf_stub_reply,
	  { "Reply", "ikestub.reply", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "A reply always carries a status, an unasked message never does (wire profile 38.1)",
	    HFILL } },
	{ &hf_stub_payload,
	  { "Payload", "ikestub.payload", FT_UINT8, BASE_DEC, VALS(stub_payload_names), 0x0, NULL,
	    HFILL } },
	{ &hf_stub_next,
	  { "Next payload", "ikestub.next_payload", FT_UINT8, BASE_DEC, VALS(stub_payload_names),
	    0x0, NULL, HFILL } },
	{ &hf_stub_reserved,
	  { "Reserved", "ikestub.reserved", FT_UINT8, BASE_HEX, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_payload_length,
	  { "Payload length", "ikestub.payload_length", FT_UINT16, BASE_DEC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_unknown,
	  { "Unknown payload", "ikestub.unknown_payload", FT_BYTES, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_index_spi,
	  { "Gateway SPI", "ikestub.index.spi", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_index_ipv4,
	  { "Gateway IPv4 address", "ikestub.index.ipv4", FT_IPv4, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_index_ipv6,
	  { "Gateway IPv6 address", "ikestub.index.ipv6", FT_IPv6, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_transaction,
	  { "Transaction", "ikestub.transaction", FT_UINT32, BASE_HEX, NULL, 0x0, "Rule 28",
	    HFILL } },
	{ &hf_stub_push,
	  { "Origin", "ikestub.push", FT_BOOLEAN, 32, TFS(&push_names), STUB_TRANSACTION_PUSH, NULL,
	    HFILL } },
	{ &hf_stub_status,
	  { "Status", "ikestub.status", FT_UINT8, BASE_DEC, VALS(stub_status_names), 0x0, "Rule 30",
	    HFILL } },
	{ &hf_stub_status_flags,
	  { "Flags", "ikestub.status.flags", FT_UINT8, BASE_HEX, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_status_more,
	  { "More", "ikestub.status.more", FT_BOOLEAN, 8, TFS(&more_names), STATUS_MORE, NULL,
	    HFILL } },
	{ &hf_stub_status_item,
	  { "Item", "ikestub.status.item", FT_UINT16, BASE_DEC, NULL, 0x0,
	    "Position in the request, from 0; 65535 is the whole message", HFILL } },
	{ &hf_stub_status_text,
	  { "Text", "ikestub.status.text", FT_STRING, BASE_NONE, NULL, 0x0, "For people only",
	    HFILL } },
	{ &hf_stub_lifetime,
	  { "Lifetime", "ikestub.lifetime", FT_UINT32, BASE_DEC, NULL, 0x0,
	    "Seconds that remained when this was sent (wire profile 35.7)", HFILL } },
	{ &hf_stub_container_first,
	  { "First payload of the stub", "ikestub.stub.first_payload", FT_UINT8, BASE_DEC,
	    VALS(stub_payload_names), 0x0, NULL, HFILL } },
	{ &hf_stub_container_reserved,
	  { "Reserved", "ikestub.stub.reserved", FT_UINT24, BASE_HEX, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_sealed,
	  { "Sealed", "ikestub.stub.sealed", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "Whether the bank and we see only ciphertext (wire profile 35.1)", HFILL } },
	{ &hf_stub_sealed_version,
	  { "Version", "ikestub.sealed.version", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_sealed_key_id,
	  { "Key ID", "ikestub.sealed.key_id", FT_UINT32, BASE_HEX, NULL, 0x0,
	    "Which pool key seals it", HFILL } },
	{ &hf_stub_sealed_salt,
	  { "Salt", "ikestub.sealed.salt", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_sealed_expiry,
	  { "Expiry", "ikestub.sealed.expiry", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_sealed_ciphertext,
	  { "Ciphertext", "ikestub.sealed.ciphertext", FT_BYTES, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_sealed_tag,
	  { "Tag", "ikestub.sealed.tag", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_spi_i,
	  { "Initiator SPI", "ikestub.spi_i", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_spi_r,
	  { "Responder SPI", "ikestub.spi_r", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_secret_length,
	  { "Secret", "ikestub.secret_length", FT_UINT16, BASE_DEC, NULL, 0x0,
	    "Octets of a secret that the preference \"show secrets\" would show", HFILL } },
	{ &hf_stub_sk_d,
	  { "SK_d", "ikestub.sk_d", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "Whoever reads it can decrypt the SA and all that descends from it", HFILL } },
	{ &hf_stub_shared_secret,
	  { "Shared secret", "ikestub.shared_secret", FT_BYTES, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_prop_last,
	  { "Last proposal", "ikestub.sa.last", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_prop_length,
	  { "Proposal length", "ikestub.sa.length", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_prop_number,
	  { "Proposal number", "ikestub.sa.number", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_prop_protocol,
	  { "Protocol", "ikestub.sa.protocol", FT_UINT8, BASE_DEC, VALS(protocol_names), 0x0, NULL,
	    HFILL } },
	{ &hf_stub_prop_spi_size,
	  { "SPI size", "ikestub.sa.spi_size", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_prop_transforms,
	  { "Transforms", "ikestub.sa.transforms", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_transform,
	  { "Transform", "ikestub.transform", FT_NONE, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_tf_last,
	  { "Last transform", "ikestub.transform.last", FT_UINT8, BASE_DEC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_tf_length,
	  { "Transform length", "ikestub.transform.length", FT_UINT16, BASE_DEC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_tf_type,
	  { "Transform type", "ikestub.transform.type", FT_UINT8, BASE_DEC,
	    VALS(transform_type_names), 0x0, NULL, HFILL } },
	{ &hf_stub_tf_encr,
	  { "Transform ID (ENCR)", "ikestub.transform.encr", FT_UINT16, BASE_DEC, VALS(encr_names),
	    0x0, NULL, HFILL } },
	{ &hf_stub_tf_prf,
	  { "Transform ID (PRF)", "ikestub.transform.prf", FT_UINT16, BASE_DEC, VALS(prf_names),
	    0x0, NULL, HFILL } },
	{ &hf_stub_tf_integ,
	  { "Transform ID (INTEG)", "ikestub.transform.integ", FT_UINT16, BASE_DEC,
	    VALS(integ_names), 0x0, NULL, HFILL } },
	{ &hf_stub_tf_dh,
	  { "Transform ID (D-H)", "ikestub.transform.dh", FT_UINT16, BASE_DEC, VALS(dh_names), 0x0,
	    NULL, HFILL } },
	{ &hf_stub_tf_esn,
	  { "Transform ID (ESN)", "ikestub.transform.esn", FT_UINT16, BASE_DEC, VALS(esn_names),
	    0x0, NULL, HFILL } },
	{ &hf_stub_tf_id,
	  { "Transform ID", "ikestub.transform.id", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_tf_key_length,
	  { "Key length", "ikestub.transform.key_length", FT_UINT16, BASE_DEC, NULL, 0x0, "In bits",
	    HFILL } },
	{ &hf_stub_tf_attribute,
	  { "Transform attribute", "ikestub.transform.attribute", FT_BYTES, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_stub_id_type,
	  { "ID type", "ikestub.id.type", FT_UINT8, BASE_DEC, VALS(id_type_names), 0x0, NULL,
	    HFILL } },
	{ &hf_stub_id_ipv4,
	  { "Identity", "ikestub.id.ipv4", FT_IPv4, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_id_ipv6,
	  { "Identity", "ikestub.id.ipv6", FT_IPv6, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_id_text,
	  { "Identity", "ikestub.id.text", FT_STRING, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_id_data,
	  { "Identity", "ikestub.id.data", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_attr_type,
	  { "Attribute", "ikestub.attribute", FT_UINT16, BASE_DEC, VALS(stub_attribute_names), 0x0,
	    NULL, HFILL } },
	{ &hf_stub_attr_role,
	  { "Role", "ikestub.role", FT_UINT8, BASE_DEC, VALS(role_names), 0x0, NULL, HFILL } },
	{ &hf_stub_attr_auth_i,
	  { "IDi's authentication method", "ikestub.auth_i", FT_UINT8, BASE_DEC,
	    VALS(auth_method_names), 0x0, NULL, HFILL } },
	{ &hf_stub_attr_auth_r,
	  { "IDr's authentication method", "ikestub.auth_r", FT_UINT8, BASE_DEC,
	    VALS(auth_method_names), 0x0, NULL, HFILL } },
	{ &hf_stub_attr_eap,
	  { "EAP identity", "ikestub.eap_identity", FT_STRING, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_ip4,
	  { "Inner IPv4 address", "ikestub.inner_ipv4", FT_IPv4, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_ip6,
	  { "Inner IPv6 address", "ikestub.inner_ipv6", FT_IPv6, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_prefix,
	  { "Inner IPv6 prefix length", "ikestub.inner_ipv6_prefix", FT_UINT8, BASE_DEC, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_stub_attr_session_limit,
	  { "Session limit", "ikestub.session_limit", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL,
	    0x0, NULL, HFILL } },
	{ &hf_stub_attr_expiry,
	  { "Expiry", "ikestub.expiry", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_deadline,
	  { "Re-authentication deadline", "ikestub.reauth_deadline", FT_ABSOLUTE_TIME,
	    ABSOLUTE_TIME_UTC, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_attr_window,
	  { "Start of the move window", "ikestub.moves.window", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC,
	    NULL, 0x0, "Rule 18", HFILL } },
	{ &hf_stub_attr_last_commit,
	  { "Last commit", "ikestub.moves.last_commit", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL,
	    0x0, NULL, HFILL } },
	{ &hf_stub_attr_moves,
	  { "Moves in the window", "ikestub.moves.count", FT_UINT32, BASE_DEC, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_resumptions,
	  { "Resumptions since the last key exchange", "ikestub.resumptions", FT_UINT16, BASE_DEC,
	    NULL, 0x0, "Rule 9", HFILL } },
	{ &hf_stub_attr_authority,
	  { "Authority", "ikestub.authority", FT_STRING, BASE_NONE, NULL, 0x0,
	    "The bank that decides moves (wire profile 37.2)", HFILL } },
	{ &hf_stub_attr_features,
	  { "Peer features", "ikestub.peer_features", FT_UINT16, BASE_HEX, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_stub_attr_profile1,
	  { "Profile 1", "ikestub.peer_features.profile1", FT_BOOLEAN, 16, NULL, 0x0001, NULL,
	    HFILL } },
	{ &hf_stub_attr_mobike,
	  { "MOBIKE", "ikestub.peer_features.mobike", FT_BOOLEAN, 16, NULL, 0x0002, NULL, HFILL } },
	{ &hf_stub_attr_value,
	  { "Value", "ikestub.attribute.value", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
	{ &hf_stub_move,
	  { "Move to another gateway", "ikestub.move", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "Old and new index have different addresses (wire profile 30.5)", HFILL } },
	{ &hf_stub_prefetch,
	  { "Prefetch", "ikestub.prefetch", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "A get of SPI 0: all stubs of the address (wire profile 32.1)", HFILL } },
	{ &hf_stub_response_in,
	  { "Response in", "ikestub.response_in", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0, NULL, HFILL } },
	{ &hf_stub_response_to,
	  { "Response to", "ikestub.response_to", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0, NULL, HFILL } },
	{ &hf_stub_time,
	  { "Time from request to response", "ikestub.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_stub_last_response_in,
	  { "Last response in", "ikestub.last_response_in", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0, NULL, HFILL } },
	{ &hf_stub_unread,
	  { "Octets of a message that cannot be read here", "ikestub.unread", FT_UINT32, BASE_DEC,
	    NULL, 0x0, "Its beginning was cut, lost, or is in a segment that was not put together",
	    HFILL } },
	{ &hf_stub_hint,
	  { "Hint", "ikestub.hint", FT_STRING, BASE_NONE, NULL, 0x0,
	    "What would open the stub messages of this frame", HFILL } },
	{ &hf_stub_undecoded,
	  { "Octets outside of any payload", "ikestub.undecoded", FT_BYTES, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_stub_opened,
	  { "Opened with the pool's key", "ikestub.sealed.opened", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "HKDF-SHA-256 and AES-256-GCM, bound to the index (wire profile 35.3)", HFILL } },
};

expert_field ei_stub_short = EI_INIT;
expert_field ei_stub_type = EI_INIT;
expert_field ei_stub_no_transaction = EI_INIT;
expert_field ei_stub_second_transaction = EI_INIT;
expert_field ei_stub_transaction_length = EI_INIT;
expert_field ei_stub_payload_short = EI_INIT;
expert_field ei_stub_payload_long = EI_INIT;
expert_field ei_stub_chain_short = EI_INIT;
expert_field ei_stub_trailing = EI_INIT;
expert_field ei_stub_reserved = EI_INIT;
expert_field ei_stub_unknown_payload = EI_INIT;
expert_field ei_stub_unexpected = EI_INIT;
expert_field ei_stub_unpaired = EI_INIT;
expert_field ei_stub_empty = EI_INIT;
expert_field ei_stub_index_length = EI_INIT;
expert_field ei_stub_index_spi = EI_INIT;
expert_field ei_stub_index_address = EI_INIT;
expert_field ei_stub_status_length = EI_INIT;
expert_field ei_stub_status_code = EI_INIT;
expert_field ei_stub_status_not_ok = EI_INIT;
expert_field ei_stub_status_text = EI_INIT;
expert_field ei_stub_status_item = EI_INIT;
expert_field ei_stub_status_count = EI_INIT;
expert_field ei_stub_after_last = EI_INIT;
expert_field ei_stub_more_mixed = EI_INIT;
expert_field ei_stub_lifetime_length = EI_INIT;
expert_field ei_stub_lifetime_cap = EI_INIT;
expert_field ei_stub_lifetime_zero = EI_INIT;
expert_field ei_stub_container_length = EI_INIT;
expert_field ei_stub_container_order = EI_INIT;
expert_field ei_stub_missing = EI_INIT;
expert_field ei_stub_duplicate = EI_INIT;
expert_field ei_stub_mixed = EI_INIT;
expert_field ei_stub_unsealed = EI_INIT;
expert_field ei_stub_shared_secret = EI_INIT;
expert_field ei_stub_sealed_length = EI_INIT;
expert_field ei_stub_sealed_version = EI_INIT;
expert_field ei_stub_expired = EI_INIT;
expert_field ei_stub_spi_pair = EI_INIT;
expert_field ei_stub_spi_pair_index = EI_INIT;
expert_field ei_stub_sk_d = EI_INIT;
expert_field ei_stub_sa = EI_INIT;
expert_field ei_stub_sa_unknown = EI_INIT;
expert_field ei_stub_id = EI_INIT;
expert_field ei_stub_attr_length = EI_INIT;
expert_field ei_stub_attr_value = EI_INIT;
expert_field ei_stub_attr_unknown = EI_INIT;
expert_field ei_stub_attr_many = EI_INIT;
expert_field ei_stub_spi_pair_zero = EI_INIT;
expert_field ei_stub_no_value = EI_INIT;
expert_field ei_stub_no_secret = EI_INIT;
expert_field ei_stub_clear_transport = EI_INIT;
expert_field ei_stub_reply_type = EI_INIT;
expert_field ei_stub_unasked = EI_INIT;
expert_field ei_stub_id_reused = EI_INIT;
expert_field ei_stub_push = EI_INIT;
expert_field ei_stub_get_unasked = EI_INIT;
expert_field ei_stub_get_empty = EI_INIT;
expert_field ei_stub_get_late = EI_INIT;
expert_field ei_stub_not_opened = EI_INIT;
expert_field ei_stub_no_key = EI_INIT;
expert_field ei_stub_inner_expiry = EI_INIT;
expert_field ei_stub_inner_short = EI_INIT;
expert_field ei_stub_two_winners = EI_INIT;
expert_field ei_stub_tombstone = EI_INIT;
expert_field ei_stub_side = EI_INIT;

static ei_register_info experts[] = {
	{ &ei_stub_short,
	  { "ikestub.short", PI_MALFORMED, PI_ERROR,
	    "message length is below its header's 4 octets; nothing after it can be read (wire "
	    "profile 26.1)",
	    EXPFILL } },
	{ &ei_stub_type,
	  { "ikestub.type.unknown", PI_PROTOCOL, PI_WARN,
	    "unknown message type, refused with a status (wire profile 38.2)", EXPFILL } },
	{ &ei_stub_no_transaction,
	  { "ikestub.transaction.missing", PI_MALFORMED, PI_ERROR,
	    "the first payload is not a transaction (wire profile 28.1)", EXPFILL } },
	{ &ei_stub_second_transaction,
	  { "ikestub.transaction.second", PI_MALFORMED, PI_ERROR,
	    "a second transaction payload (wire profile 28.1)", EXPFILL } },
	{ &ei_stub_transaction_length,
	  { "ikestub.transaction.length", PI_MALFORMED, PI_ERROR,
	    "transaction is not 4 octets (wire profile 28.1)", EXPFILL } },
	{ &ei_stub_payload_short,
	  { "ikestub.payload_length.short", PI_MALFORMED, PI_ERROR,
	    "payload length is below its header's 4 octets (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_payload_long,
	  { "ikestub.payload_length.long", PI_MALFORMED, PI_ERROR,
	    "payload runs over the end of what contains it (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_chain_short,
	  { "ikestub.chain.short", PI_MALFORMED, PI_ERROR,
	    "Next Payload names a payload that is not there (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_trailing,
	  { "ikestub.chain.trailing", PI_MALFORMED, PI_ERROR,
	    "octets left over after the last payload (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_reserved,
	  { "ikestub.reserved.set", PI_PROTOCOL, PI_NOTE,
	    "RESERVED is not zero; it is ignored (RFC 7296 section 3.2)", EXPFILL } },
	{ &ei_stub_unknown_payload,
	  { "ikestub.payload.unknown", PI_UNDECODED, PI_NOTE, "unknown payload (wire profile 27.3)",
	    EXPFILL } },
	{ &ei_stub_unexpected,
	  { "ikestub.payload.unexpected", PI_PROTOCOL, PI_ERROR,
	    "this payload does not belong here (wire profile 30.11)", EXPFILL } },
	{ &ei_stub_unpaired,
	  { "ikestub.update.unpaired", PI_PROTOCOL, PI_ERROR,
	    "update carries pairs of old index and new stub (wire profile 31.3)", EXPFILL } },
	{ &ei_stub_empty,
	  { "ikestub.empty", PI_PROTOCOL, PI_ERROR,
	    "message has nothing after its transaction (wire profile 38.1, 52.2)", EXPFILL } },
	{ &ei_stub_index_length,
	  { "ikestub.index.length", PI_MALFORMED, PI_ERROR,
	    "index is neither 12 nor 24 octets (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_index_spi,
	  { "ikestub.index.zero_spi", PI_PROTOCOL, PI_ERROR,
	    "SPI zero is valid only as the first index of a get (wire profile 32.1)", EXPFILL } },
	{ &ei_stub_index_address,
	  { "ikestub.index.address", PI_PROTOCOL, PI_ERROR,
	    "index has an address that cannot be one (wire profile 4.3)", EXPFILL } },
	{ &ei_stub_status_length,
	  { "ikestub.status.length", PI_MALFORMED, PI_ERROR,
	    "status is shorter than its 4 octets or its text longer than 255 (wire profile 30.11)",
	    EXPFILL } },
	{ &ei_stub_status_code,
	  { "ikestub.status.unknown", PI_PROTOCOL, PI_WARN,
	    "unknown status code (wire profile 30.11)", EXPFILL } },
	{ &ei_stub_status_not_ok,
	  { "ikestub.status.not_ok", PI_RESPONSE_CODE, PI_NOTE,
	    "status is not ok (wire profile 30.1)", EXPFILL } },
	{ &ei_stub_status_text,
	  { "ikestub.status.text.utf8", PI_PROTOCOL, PI_WARN,
	    "status text is not UTF-8 (wire profile 30.11)", EXPFILL } },
	{ &ei_stub_status_item,
	  { "ikestub.status.item.range", PI_PROTOCOL, PI_ERROR,
	    "status names an item that the request does not have (wire profile 31.1)", EXPFILL } },
	{ &ei_stub_after_last,
	  { "ikestub.reply.after_last", PI_SEQUENCE, PI_ERROR,
	    "another reply of a transaction whose last one, without MORE, has come (wire profile "
	    "31.2)",
	    EXPFILL } },
	{ &ei_stub_more_mixed,
	  { "ikestub.status.more_mixed", PI_PROTOCOL, PI_ERROR,
	    "MORE in some statuses of the message and not in all (wire profile 31.2)", EXPFILL } },
	{ &ei_stub_status_count,
	  { "ikestub.status.count", PI_PROTOCOL, PI_ERROR,
	    "not one status per item of the request (wire profile 31.1)", EXPFILL } },
	{ &ei_stub_lifetime_length,
	  { "ikestub.lifetime.length", PI_MALFORMED, PI_ERROR,
	    "lifetime is not 4 octets (wire profile 35.7)", EXPFILL } },
	{ &ei_stub_lifetime_cap,
	  { "ikestub.lifetime.cap", PI_PROTOCOL, PI_NOTE,
	    "lifetime above 86,400 seconds is cut to that (wire profile 38.3)", EXPFILL } },
	{ &ei_stub_lifetime_zero,
	  { "ikestub.lifetime.zero", PI_PROTOCOL, PI_NOTE,
	    "lifetime 0: expired (wire profile 35.7)", EXPFILL } },
	{ &ei_stub_container_length,
	  { "ikestub.stub.length", PI_MALFORMED, PI_ERROR,
	    "stub is shorter than its 4-octet header (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_container_order,
	  { "ikestub.stub.order", PI_PROTOCOL, PI_ERROR,
	    "a stub starts with its index, then its lifetime (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_missing,
	  { "ikestub.stub.missing", PI_PROTOCOL, PI_ERROR,
	    "stub lacks a payload that it must have (wire profile 29.1)", EXPFILL } },
	{ &ei_stub_duplicate,
	  { "ikestub.stub.duplicate", PI_PROTOCOL, PI_ERROR,
	    "stub has this payload more than once (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_mixed,
	  { "ikestub.stub.mixed", PI_PROTOCOL, PI_ERROR,
	    "stub is sealed and in clear at once (wire profile 35.1)", EXPFILL } },
	{ &ei_stub_unsealed,
	  { "ikestub.stub.unsealed", PI_SECURITY, PI_WARN,
	    "stub is not sealed: the bank sees its keys (wire profile 35.9)", EXPFILL } },
	{ &ei_stub_shared_secret,
	  { "ikestub.shared_secret.present", PI_SECURITY, PI_NOTE,
	    "the shared secret is of no use and dangerous at rest; a gateway leaves it out (wire "
	    "profile 29.4)",
	    EXPFILL } },
	{ &ei_stub_sealed_length,
	  { "ikestub.sealed.length", PI_MALFORMED, PI_ERROR,
	    "sealed stub is shorter than its header, the plaintext's and the tag (wire profile "
	    "35.1)",
	    EXPFILL } },
	{ &ei_stub_sealed_version,
	  { "ikestub.sealed.version.unknown", PI_PROTOCOL, PI_ERROR,
	    "sealed stub is not of version 1 (wire profile 35.1)", EXPFILL } },
	{ &ei_stub_expired,
	  { "ikestub.expired", PI_PROTOCOL, PI_NOTE,
	    "had expired when this was captured (wire profile 35.7)", EXPFILL } },
	{ &ei_stub_spi_pair,
	  { "ikestub.spi_pair.length", PI_MALFORMED, PI_ERROR,
	    "SPI pair is not 16 octets (wire profile 27.1)", EXPFILL } },
	{ &ei_stub_spi_pair_index,
	  { "ikestub.spi_pair.index", PI_PROTOCOL, PI_ERROR,
	    "neither SPI of the SA is the index's; that is the gateway's own SPI (wire profile "
	    "5.1)",
	    EXPFILL } },
	{ &ei_stub_sk_d,
	  { "ikestub.sk_d.length", PI_PROTOCOL, PI_ERROR,
	    "SK_d does not have the length of the SA's prf (wire profile 39.6)", EXPFILL } },
	{ &ei_stub_sa,
	  { "ikestub.sa.malformed", PI_MALFORMED, PI_ERROR,
	    "SA of a stub is one proposal for IKE: ENCR, PRF, INTEG and D-H as accepted (wire "
	    "profile 29.2)",
	    EXPFILL } },
	{ &ei_stub_sa_unknown,
	  { "ikestub.transform.unknown", PI_PROTOCOL, PI_WARN,
	    "unknown transform: a gateway that gets this stub falls back (wire profile 39.5)",
	    EXPFILL } },
	{ &ei_stub_id,
	  { "ikestub.id.malformed", PI_MALFORMED, PI_ERROR,
	    "identity does not have the length of its type (RFC 7296 section 3.5)", EXPFILL } },
	{ &ei_stub_attr_length,
	  { "ikestub.attribute.length", PI_MALFORMED, PI_ERROR,
	    "attribute does not have its length (wire profile 29.3)", EXPFILL } },
	{ &ei_stub_attr_value,
	  { "ikestub.attribute.bad_value", PI_PROTOCOL, PI_ERROR,
	    "attribute has a value that it cannot have (wire profile 29.3)", EXPFILL } },
	{ &ei_stub_attr_unknown,
	  { "ikestub.attribute.unknown", PI_UNDECODED, PI_NOTE,
	    "unknown attribute, kept and passed on (wire profile 27.4)", EXPFILL } },
	{ &ei_stub_attr_many,
	  { "ikestub.attribute.many", PI_PROTOCOL, PI_WARN,
	    "more unknown attributes than a gateway need keep: it may take this stub for a miss "
	    "(wire profile 39.5)",
	    EXPFILL } },
	{ &ei_stub_spi_pair_zero,
	  { "ikestub.spi_pair.zero", PI_PROTOCOL, PI_ERROR,
	    "SPI zero: no IKE SA has it (RFC 7296 section 3.1)", EXPFILL } },
	{ &ei_stub_no_secret,
	  { "ikestub.shared_secret.empty", PI_MALFORMED, PI_ERROR,
	    "a shared secret of no octets; one that is not there is left out (wire profile 29.4)",
	    EXPFILL } },
	{ &ei_stub_no_value,
	  { "ikestub.value.empty", PI_PROTOCOL, PI_NOTE,
	    "no octets where a name is expected; allowed, and hardly meant (wire profile 29.3)",
	    EXPFILL } },
	{ &ei_stub_clear_transport,
	  { "ikestub.clear", PI_SECURITY, PI_WARN, "stub message outside TLS (wire profile 25.6)",
	    EXPFILL } },
	{ &ei_stub_reply_type,
	  { "ikestub.reply.type", PI_PROTOCOL, PI_ERROR,
	    "reply has the wrong type: get is answered by download, the others by their own (wire "
	    "profile 26.2, 42.1)",
	    EXPFILL } },
	{ &ei_stub_unasked,
	  { "ikestub.reply.unasked", PI_SEQUENCE, PI_WARN,
	    "reply to a transaction that this capture does not have before it (wire profile 28.2)",
	    EXPFILL } },
	{ &ei_stub_id_reused,
	  { "ikestub.transaction.reused", PI_SEQUENCE, PI_WARN,
	    "transaction is used again before it was answered (wire profile 28.3)", EXPFILL } },
	{ &ei_stub_get_unasked,
	  { "ikestub.get.unasked", PI_PROTOCOL, PI_ERROR,
	    "a stub that no ok status is before (wire profile 30.13, 43.1)", EXPFILL } },
	{ &ei_stub_get_empty,
	  { "ikestub.get.empty", PI_PROTOCOL, PI_ERROR,
	    "ok to a get, but no stub behind it (wire profile 31.1)", EXPFILL } },
	{ &ei_stub_get_late,
	  { "ikestub.get.late", PI_SEQUENCE, PI_NOTE,
	    "more than 1 s after the get: by default the gateway has fallen back (wire profile "
	    "32.5)",
	    EXPFILL } },
	{ &ei_stub_not_opened,
	  { "ikestub.sealed.not_opened", PI_SECURITY, PI_ERROR,
	    "the tag does not verify: the stub was altered, or is bound to another index, or the "
	    "key is another (wire profile 35.3)",
	    EXPFILL } },
	{ &ei_stub_no_key,
	  { "ikestub.sealed.no_key", PI_SECURITY, PI_CHAT,
	    "no key with this ID is known: give it as Seal keys of stubs or in a Key file, "
	    "preferences of IKESYNC (wire profile 35.4)",
	    EXPFILL } },
	{ &ei_stub_inner_expiry,
	  { "ikestub.sealed.expiry_differs", PI_PROTOCOL, PI_ERROR,
	    "the expiry inside the seal is not the one outside (wire profile 35.6)", EXPFILL } },
	{ &ei_stub_inner_short,
	  { "ikestub.sealed.short", PI_MALFORMED, PI_ERROR,
	    "what was sealed is not at least 4 octets (wire profile 35.1)", EXPFILL } },
	{ &ei_stub_two_winners,
	  { "ikestub.two_winners", PI_SECURITY, PI_ERROR,
	    "one index has gone to two: of all that want it one wins (wire profile 13.12, 30.5)",
	    EXPFILL } },
	{ &ei_stub_tombstone,
	  { "ikestub.tombstone", PI_PROTOCOL, PI_ERROR,
	    "ok to a change of an index that is a tombstone (wire profile 30.8)", EXPFILL } },
	{ &ei_stub_side,
	  { "ikestub.transaction.side", PI_PROTOCOL, PI_ERROR,
	    "the TLS client chooses IDs with the top bit 0, the server with 1 (wire profile 28.3)",
	    EXPFILL } },
	{ &ei_stub_push,
	  { "ikestub.push.type", PI_PROTOCOL, PI_ERROR,
	    "only download and delete are pushed; all others choose IDs with the top bit 0 (wire "
	    "profile 28.3)",
	    EXPFILL } },
};

void ikestub_fields_register(int proto)
{
	static int *subtrees[] = { &ett_stub,       &ett_stub_payload,  &ett_stub_transform,
				   &ett_stub_flags, &ett_stub_features, &ett_stub_opened };
	expert_module_t *expert;

	proto_register_field_array(proto, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
	expert = expert_register_protocol(proto);
	expert_register_field_array(expert, experts, array_length(experts));
}
