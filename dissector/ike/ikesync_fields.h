/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields, subtrees and expert infos of "ikesync"; registered in ikesync_fields.c. */
#ifndef IKESYNC_IKESYNC_FIELDS_H
#define IKESYNC_IKESYNC_FIELDS_H

#include "base/ws_compat.h"

extern int proto_ikesync;

extern int hf_ikesync_exchange, hf_ikesync_direction, hf_ikesync_reserved, hf_ikesync_gateway_spi,
    hf_ikesync_gateway_ipv4, hf_ikesync_gateway_ipv6, hf_ikesync_body, hf_ikesync_response_in,
    hf_ikesync_response_to, hf_ikesync_time, hf_ikesync_latency, hf_ikesync_retransmission_of,
    hf_ikesync_first_request, hf_ikesync_confirmation_time, hf_ikesync_resumed_in, hf_ikesync_hint,
    hf_ikesync_vendor, hf_ikesync_notify, hf_ikesync_index_spi, hf_ikesync_index_ipv4,
    hf_ikesync_index_ipv6, hf_ikesync_bind, hf_ikesync_stub;

extern int ett_ikesync, ett_ikesync_syn, ett_ikesync_notify;

extern expert_field ei_syn_length, ei_syn_c_bit, ei_syn_reserved, ei_syn_zero_spi, ei_syn_address,
    ei_syn_second, ei_syn_exchange, ei_syn_response, ei_syn_spir, ei_syn_message_id,
    ei_syn_initiator, ei_syn_incomplete, ei_syn_ignored, ei_syn_chain, ei_length, ei_nonce_size,
    ei_response_neither, ei_response_both, ei_response_spir_zero, ei_response_spir_old,
    ei_response_refused, ei_response_redirect, ei_message_size, ei_auth_after_resumption,
    ei_notify_clear, ei_notify_content, ei_not_committed, ei_retransmission, ei_trailing, ei_hasty;

extern const value_string ikesync_exchange_names[], ikesync_notify_names[];

void ikesync_fields_register(int proto);

#endif
