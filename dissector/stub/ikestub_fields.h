/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields, subtrees and expert infos of "ikestub"; registered in ikestub_fields.c. */
#ifndef IKESYNC_IKESTUB_FIELDS_H
#define IKESYNC_IKESTUB_FIELDS_H

#include "base/stub_numbers.h"
#include "base/ws_compat.h"

extern int proto_ikestub;

extern int hf_stub_first_payload, hf_stub_type, hf_stub_length, hf_stub_reply, hf_stub_payload,
    hf_stub_next, hf_stub_reserved, hf_stub_payload_length, hf_stub_unknown, hf_stub_index_spi,
    hf_stub_index_ipv4, hf_stub_index_ipv6, hf_stub_transaction, hf_stub_push, hf_stub_status,
    hf_stub_status_flags, hf_stub_status_more, hf_stub_status_item, hf_stub_status_text,
    hf_stub_lifetime, hf_stub_container_first, hf_stub_container_reserved, hf_stub_sealed,
    hf_stub_sealed_version, hf_stub_sealed_key_id, hf_stub_sealed_salt, hf_stub_sealed_expiry,
    hf_stub_sealed_ciphertext, hf_stub_sealed_tag, hf_stub_spi_i, hf_stub_spi_r,
    hf_stub_secret_length, hf_stub_sk_d, hf_stub_shared_secret, hf_stub_prop_last,
    hf_stub_prop_length, hf_stub_prop_number, hf_stub_prop_protocol, hf_stub_prop_spi_size,
    hf_stub_prop_transforms, hf_stub_transform, hf_stub_tf_last, hf_stub_tf_length, hf_stub_tf_type,
    hf_stub_tf_encr, hf_stub_tf_prf, hf_stub_tf_integ, hf_stub_tf_dh, hf_stub_tf_esn, hf_stub_tf_id,
    hf_stub_tf_key_length, hf_stub_tf_attribute, hf_stub_id_type, hf_stub_id_ipv4, hf_stub_id_ipv6,
    hf_stub_id_text, hf_stub_id_data, hf_stub_attr_type, hf_stub_attr_role, hf_stub_attr_auth_i,
    hf_stub_attr_auth_r, hf_stub_attr_eap, hf_stub_attr_ip4, hf_stub_attr_ip6, hf_stub_attr_prefix,
    hf_stub_attr_session_limit, hf_stub_attr_expiry, hf_stub_attr_deadline, hf_stub_attr_window,
    hf_stub_attr_last_commit, hf_stub_attr_moves, hf_stub_attr_resumptions, hf_stub_attr_authority,
    hf_stub_attr_features, hf_stub_attr_profile1, hf_stub_attr_mobike, hf_stub_attr_value,
    hf_stub_move, hf_stub_prefetch, hf_stub_response_in, hf_stub_response_to, hf_stub_time,
    hf_stub_last_response_in, hf_stub_undecoded, hf_stub_opened, hf_stub_unread, hf_stub_hint;

extern int ett_stub, ett_stub_payload, ett_stub_transform, ett_stub_flags, ett_stub_features,
    ett_stub_opened;

extern expert_field ei_stub_short, ei_stub_type, ei_stub_no_transaction, ei_stub_second_transaction,
    ei_stub_transaction_length, ei_stub_payload_short, ei_stub_payload_long, ei_stub_chain_short,
    ei_stub_trailing, ei_stub_reserved, ei_stub_unknown_payload, ei_stub_unexpected,
    ei_stub_unpaired, ei_stub_empty, ei_stub_index_length, ei_stub_index_spi, ei_stub_index_address,
    ei_stub_status_length, ei_stub_status_code, ei_stub_status_not_ok, ei_stub_status_text,
    ei_stub_status_item, ei_stub_status_count, ei_stub_after_last, ei_stub_more_mixed,
    ei_stub_lifetime_length, ei_stub_lifetime_cap, ei_stub_lifetime_zero, ei_stub_container_length,
    ei_stub_container_order, ei_stub_missing, ei_stub_duplicate, ei_stub_mixed, ei_stub_unsealed,
    ei_stub_shared_secret, ei_stub_sealed_length, ei_stub_sealed_version, ei_stub_expired,
    ei_stub_spi_pair, ei_stub_spi_pair_index, ei_stub_sk_d, ei_stub_sa, ei_stub_sa_unknown,
    ei_stub_id, ei_stub_attr_length, ei_stub_attr_value, ei_stub_attr_unknown, ei_stub_attr_many,
    ei_stub_spi_pair_zero, ei_stub_no_value, ei_stub_no_secret, ei_stub_clear_transport,
    ei_stub_reply_type, ei_stub_unasked, ei_stub_id_reused, ei_stub_push, ei_stub_get_unasked,
    ei_stub_get_empty, ei_stub_get_late, ei_stub_not_opened, ei_stub_no_key, ei_stub_inner_expiry,
    ei_stub_inner_short, ei_stub_two_winners, ei_stub_tombstone, ei_stub_side;

extern const value_string stub_message_names[], stub_payload_names[], stub_status_names[],
    stub_attribute_names[];

void ikestub_fields_register(int proto);

#endif
