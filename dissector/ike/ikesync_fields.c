/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The field table of "ikesync". */
#include "ike/ikesync_fields.h"
#include "ike/ike_state.h"

int proto_ikesync = -1;

int hf_ikesync_exchange = -1;
int hf_ikesync_direction = -1;
int hf_ikesync_reserved = -1;
int hf_ikesync_gateway_spi = -1;
int hf_ikesync_gateway_ipv4 = -1;
int hf_ikesync_gateway_ipv6 = -1;
int hf_ikesync_body = -1;
int hf_ikesync_response_in = -1;
int hf_ikesync_response_to = -1;
int hf_ikesync_time = -1;
int hf_ikesync_latency = -1;
int hf_ikesync_retransmission_of = -1;
int hf_ikesync_first_request = -1;
int hf_ikesync_confirmation_time = -1;
int hf_ikesync_resumed_in = -1;
int hf_ikesync_hint = -1;
int hf_ikesync_vendor = -1;
int hf_ikesync_notify = -1;
int hf_ikesync_index_spi = -1;
int hf_ikesync_index_ipv4 = -1;
int hf_ikesync_index_ipv6 = -1;
int hf_ikesync_bind = -1;
int hf_ikesync_stub = -1;

int ett_ikesync = -1;
int ett_ikesync_syn = -1;
int ett_ikesync_notify = -1;

expert_field ei_syn_length = EI_INIT;
expert_field ei_syn_c_bit = EI_INIT;
expert_field ei_syn_reserved = EI_INIT;
expert_field ei_syn_zero_spi = EI_INIT;
expert_field ei_syn_address = EI_INIT;
expert_field ei_syn_second = EI_INIT;
expert_field ei_syn_exchange = EI_INIT;
expert_field ei_syn_response = EI_INIT;
expert_field ei_syn_spir = EI_INIT;
expert_field ei_syn_message_id = EI_INIT;
expert_field ei_syn_initiator = EI_INIT;
expert_field ei_syn_incomplete = EI_INIT;
expert_field ei_syn_ignored = EI_INIT;
expert_field ei_syn_chain = EI_INIT;
expert_field ei_length = EI_INIT;
expert_field ei_nonce_size = EI_INIT;
expert_field ei_response_neither = EI_INIT;
expert_field ei_response_both = EI_INIT;
expert_field ei_response_spir_zero = EI_INIT;
expert_field ei_response_spir_old = EI_INIT;
expert_field ei_response_refused = EI_INIT;
expert_field ei_response_redirect = EI_INIT;
expert_field ei_message_size = EI_INIT;
expert_field ei_auth_after_resumption = EI_INIT;
expert_field ei_notify_clear = EI_INIT;
expert_field ei_notify_content = EI_INIT;
expert_field ei_not_committed = EI_INIT;
expert_field ei_retransmission = EI_INIT;
expert_field ei_trailing = EI_INIT;
expert_field ei_hasty = EI_INIT;

const value_string ikesync_exchange_names[] = {
	{ IKE_KIND_REQUEST, "resumption request" },
	{ IKE_KIND_RESUMED, "resumed" },
	{ IKE_KIND_FALLBACK, "fallback to a full handshake" },
	{ IKE_KIND_COOKIE, "cookie demanded" },
	{ IKE_KIND_OTHER_GROUP, "other key exchange group demanded" },
	{ IKE_KIND_REFUSED, "refused with an error" },
	{ IKE_KIND_NEITHER, "neither resumed nor fallback" },
	{ IKE_KIND_CONFIRMATION, "confirmation of a resumption" },
	{ IKE_KIND_CONFIRMED, "resumption confirmed" },
	{ IKE_KIND_ANSWER, "answer to the confirmation (not decrypted)" },
	{ IKE_KIND_NOT_COMMITTED, "resumption not committed" },
	{ IKE_KIND_IGNORED, "request with a malformed IKE_SA_SYN" },
	{ IKE_KIND_BIND_REFUSED, "confirmation refused with AUTHENTICATION_FAILED" },
	{ IKE_KIND_UNBOUND, "answer to the confirmation without BIND" },
	{ IKE_KIND_MISBOUND, "answer to the confirmation with a wrong BIND" },
	{ IKE_KIND_UNVERIFIED, "does not verify with the keys of this SA" },
	{ 0, NULL },
};

const value_string ikesync_notify_names[] = {
	{ IKE_NOTIFY_SYN_NOT_COMMITTED, "IKESYNC_NOT_COMMITTED" },
	{ IKE_NOTIFY_SYN_INDEX, "IKESYNC_INDEX" },
	{ IKE_NOTIFY_SYN_BIND, "IKESYNC_BIND" },
	{ IKE_NOTIFY_SYN_STUB, "IKESYNC_STUB" },
	{ 0, NULL },
};

static const true_false_string direction_names = { "gateway to client", "client to gateway" };

static hf_register_info fields[] = {
	{ &hf_ikesync_exchange,
	  { "Exchange", "ikesync.exchange", FT_UINT8, BASE_DEC, VALS(ikesync_exchange_names), 0x0,
	    "What this message is to the resumption", HFILL } },
	{ &hf_ikesync_direction,
	  { "Direction", "ikesync.direction", FT_BOOLEAN, 8, TFS(&direction_names), 0x80,
	    "Where RFC 7296 has the critical bit, the draft has a direction (wire profile 3.1)",
	    HFILL } },
	{ &hf_ikesync_reserved,
	  { "Reserved", "ikesync.reserved", FT_UINT8, BASE_HEX, NULL, 0x7f, NULL, HFILL } },
	{ &hf_ikesync_gateway_spi,
	  { "Gateway SPI", "ikesync.gateway_spi", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "The gateway's own SPI in the SA to be resumed (wire profile 5.1)", HFILL } },
	{ &hf_ikesync_gateway_ipv4,
	  { "Gateway IPv4 address", "ikesync.gateway_ipv4", FT_IPv4, BASE_NONE, NULL, 0x0,
	    "The address by which the client knew the gateway (wire profile 5.5)", HFILL } },
	{ &hf_ikesync_gateway_ipv6,
	  { "Gateway IPv6 address", "ikesync.gateway_ipv6", FT_IPv6, BASE_NONE, NULL, 0x0,
	    "The address by which the client knew the gateway (wire profile 5.5)", HFILL } },
	{ &hf_ikesync_body,
	  { "Undecoded body", "ikesync.body", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "What an IKE_SA_SYN of a wrong length holds", HFILL } },
	{ &hf_ikesync_response_in,
	  { "Response in", "ikesync.response_in", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0x0, NULL, HFILL } },
	{ &hf_ikesync_response_to,
	  { "Response to", "ikesync.response_to", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0, NULL, HFILL } },
	{ &hf_ikesync_time,
	  { "Time from request to response", "ikesync.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_ikesync_latency,
	  { "Resumption latency", "ikesync.latency", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
	    "From the first request with this SPI to the response that accepts it", HFILL } },
	{ &hf_ikesync_retransmission_of,
	  { "Retransmission of", "ikesync.retransmission_of", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_PREV), 0x0, NULL, HFILL } },
	{ &hf_ikesync_first_request,
	  { "First request of this attempt", "ikesync.first_request", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, NULL, HFILL } },
	{ &hf_ikesync_confirmation_time,
	  { "Time from first request to confirmation", "ikesync.confirmation_time",
	    FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
	    "Until the gateway has answered the first protected message", HFILL } },
	{ &hf_ikesync_resumed_in,
	  { "Resumed in", "ikesync.resumed_in", FT_FRAMENUM, BASE_NONE,
	    FRAMENUM_TYPE(FT_FRAMENUM_NONE), 0x0, "The response that accepted the IKE_SA_SYN",
	    HFILL } },
	{ &hf_ikesync_hint,
	  { "Hint", "ikesync.hint", FT_STRING, BASE_NONE, NULL, 0x0, "What would open this message",
	    HFILL } },
	{ &hf_ikesync_vendor,
	  { "Peer announces profile 1", "ikesync.vendor", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
	    "Vendor ID \"ikesync profile 1\" (wire profile 6.1)", HFILL } },
	{ &hf_ikesync_notify,
	  { "Notify", "ikesync.notify", FT_UINT16, BASE_DEC, VALS(ikesync_notify_names), 0x0, NULL,
	    HFILL } },
	{ &hf_ikesync_index_spi,
	  { "Index: gateway SPI", "ikesync.index.spi", FT_BYTES, BASE_NONE, NULL, 0x0, NULL,
	    HFILL } },
	{ &hf_ikesync_index_ipv4,
	  { "Index: gateway IPv4 address", "ikesync.index.ipv4", FT_IPv4, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_ikesync_index_ipv6,
	  { "Index: gateway IPv6 address", "ikesync.index.ipv6", FT_IPv6, BASE_NONE, NULL, 0x0,
	    NULL, HFILL } },
	{ &hf_ikesync_bind,
	  { "Binding", "ikesync.bind", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "prf over both IKE_SA_INIT messages (wire profile 12.3)", HFILL } },
	{ &hf_ikesync_stub,
	  { "Sealed stub held by the client", "ikesync.stub", FT_BYTES, BASE_NONE, NULL, 0x0,
	    "Rule 37", HFILL } },
};

static ei_register_info experts[] = {
	{ &ei_syn_length,
	  { "ikesync.syn.length", PI_PROTOCOL, PI_ERROR,
	    "IKE_SA_SYN Payload Length is neither 16 nor 28; the gateway ignores it (wire profile "
	    "4.1)",
	    EXPFILL } },
	{ &ei_syn_c_bit,
	  { "ikesync.syn.c_bit", PI_PROTOCOL, PI_ERROR,
	    "C bit is 1: gateway to client, a direction that no message has; others take it for "
	    "\"critical\" "
	    "(wire profile 3.1)",
	    EXPFILL } },
	{ &ei_syn_reserved,
	  { "ikesync.syn.reserved", PI_PROTOCOL, PI_NOTE,
	    "RESERVED bits are not zero; they are ignored (RFC 7296 section 3.2)", EXPFILL } },
	{ &ei_syn_zero_spi,
	  { "ikesync.syn.zero_spi", PI_PROTOCOL, PI_ERROR,
	    "gateway SPI is zero; the gateway ignores the IKE_SA_SYN (wire profile 4.3)",
	    EXPFILL } },
	{ &ei_syn_address,
	  { "ikesync.syn.address", PI_PROTOCOL, PI_ERROR,
	    "gateway address cannot be one; the gateway ignores the IKE_SA_SYN (wire profile 4.3)",
	    EXPFILL } },
	{ &ei_syn_second,
	  { "ikesync.syn.second", PI_PROTOCOL, PI_ERROR,
	    "a second IKE_SA_SYN in one message (wire profile 4.4)", EXPFILL } },
	{ &ei_syn_exchange,
	  { "ikesync.syn.exchange", PI_PROTOCOL, PI_ERROR,
	    "IKE_SA_SYN outside IKE_SA_INIT (draft section 4 item 1)", EXPFILL } },
	{ &ei_syn_response,
	  { "ikesync.syn.response", PI_PROTOCOL, PI_ERROR,
	    "IKE_SA_SYN in a response (wire profile 4.6)", EXPFILL } },
	{ &ei_syn_spir,
	  { "ikesync.syn.responder_spi", PI_PROTOCOL, PI_ERROR,
	    "responder SPI of the request is not zero (RFC 7296 section 2.6)", EXPFILL } },
	{ &ei_syn_message_id,
	  { "ikesync.syn.message_id", PI_PROTOCOL, PI_ERROR,
	    "Message ID of IKE_SA_INIT is not 0 (wire profile 2.2, 16.1)", EXPFILL } },
	{ &ei_syn_initiator,
	  { "ikesync.syn.initiator", PI_PROTOCOL, PI_ERROR,
	    "Initiator flag of the request is not set (RFC 7296 section 3.1)", EXPFILL } },
	{ &ei_syn_incomplete,
	  { "ikesync.syn.incomplete", PI_PROTOCOL, PI_ERROR,
	    "a request with IKE_SA_SYN carries SA, KE and Ni (wire profile 2.1)", EXPFILL } },
	{ &ei_syn_ignored,
	  { "ikesync.syn.ignored", PI_PROTOCOL, PI_NOTE,
	    "malformed IKE_SA_SYN: the request goes on as if it had none (wire profile 4.1 to 4.4)",
	    EXPFILL } },
	{ &ei_syn_chain,
	  { "ikesync.syn.chain", PI_PROTOCOL, PI_ERROR,
	    "the chain of payloads breaks behind IKE_SA_SYN: the gateway drops the request, "
	    "answers INVALID_SYNTAX, or goes on as if there was none (wire profile 41.1)",
	    EXPFILL } },
	{ &ei_length,
	  { "ikesync.length", PI_MALFORMED, PI_ERROR,
	    "Length is not the size of the datagram (RFC 7296 section 3.1)", EXPFILL } },
	{ &ei_nonce_size,
	  { "ikesync.nonce_size", PI_PROTOCOL, PI_ERROR,
	    "nonce is not 16 to 256 octets (wire profile 9.5)", EXPFILL } },
	{ &ei_response_neither,
	  { "ikesync.response.neither", PI_PROTOCOL, PI_ERROR,
	    "response to an IKE_SA_SYN is neither Nr alone, SA with KE and Nr, a COOKIE nor an "
	    "error (wire profile 7.1, 7.5)",
	    EXPFILL } },
	{ &ei_response_both,
	  { "ikesync.response.both", PI_PROTOCOL, PI_ERROR,
	    "response has one of SA and KE without the other: resumed and fallback at once (wire "
	    "profile 7.1)",
	    EXPFILL } },
	{ &ei_response_spir_zero,
	  { "ikesync.response.spir_zero", PI_PROTOCOL, PI_ERROR,
	    "resumed with a responder SPI of zero (wire profile 7.1)", EXPFILL } },
	{ &ei_response_spir_old,
	  { "ikesync.response.spir_old", PI_PROTOCOL, PI_ERROR,
	    "responder SPI is that of the old SA, not a fresh one (wire profile 7.2)", EXPFILL } },
	{ &ei_response_refused,
	  { "ikesync.response.refused", PI_RESPONSE_CODE, PI_NOTE,
	    "error notify in answer to an IKE_SA_SYN; not authenticated, counts only when the "
	    "attempt's time is over (wire profile 7.7)",
	    EXPFILL } },
	{ &ei_response_redirect,
	  { "ikesync.response.redirect", PI_PROTOCOL, PI_NOTE,
	    "REDIRECT in answer to an IKE_SA_SYN is ignored (wire profile 19.3)", EXPFILL } },
	{ &ei_message_size,
	  { "ikesync.message_size", PI_PROTOCOL, PI_WARN,
	    "IKE_SA_INIT with IKE_SA_SYN does not fit 1,280 octets of IP (wire profile 23.3)",
	    EXPFILL } },
	{ &ei_auth_after_resumption,
	  { "ikesync.auth_after_resumption", PI_PROTOCOL, PI_WARN,
	    "IKE_AUTH on a resumed SA (draft section 4 item 2)", EXPFILL } },
	{ &ei_notify_clear,
	  { "ikesync.notify.clear", PI_SECURITY, PI_ERROR,
	    "this notify belongs in protected messages (wire profile 5.2, 12.1, 13.4)", EXPFILL } },
	{ &ei_notify_content,
	  { "ikesync.notify.content", PI_MALFORMED, PI_ERROR,
	    "malformed notify (wire profile 24.1)", EXPFILL } },
	{ &ei_not_committed,
	  { "ikesync.not_committed", PI_RESPONSE_CODE, PI_NOTE,
	    "the move could not be committed, and this SA is deleted (wire profile 13.4, 13.5)",
	    EXPFILL } },
	{ &ei_hasty,
	  { "ikesync.confirmation.before_commit", PI_SEQUENCE, PI_WARN,
	    "answered before the bank's ok to the move; or the ok is not captured, or clocks "
	    "differ (wire profile 13.2)",
	    EXPFILL } },
	{ &ei_trailing,
	  { "ikesync.trailing", PI_MALFORMED, PI_WARN,
	    "octets left over after the last payload (RFC 7296 section 3.1)", EXPFILL } },
	{ &ei_retransmission,
	  { "ikesync.retransmission", PI_SEQUENCE, PI_CHAT, "retransmission (RFC 7296 section 2.1)",
	    EXPFILL } },
};

void ikesync_fields_register(int proto)
{
	static int *subtrees[] = { &ett_ikesync, &ett_ikesync_syn, &ett_ikesync_notify };
	expert_module_t *expert;

	proto_register_field_array(proto, fields, array_length(fields));
	proto_register_subtree_array(subtrees, array_length(subtrees));
	expert = expert_register_protocol(proto);
	expert_register_field_array(expert, experts, array_length(experts));
}
