/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the payloads of one IKE message say, outside SK and inside. */
#include "ike/ike_contents.h"

#include "base/octets_hash.h"
#define COOKIE_MAX 64  /* RFC 7296 section 2.6 */
#define PROTOCOL_IKE 1 /* RFC 7296 section 3.3.1 */

static void read_syn(const struct ike_message *m, const struct ike_payload *p,
		     struct ike_contents *out)
{
	if (out->syns++) {
		out->syn_faults |= IKE_SYN_SECOND;
		return;
	}
	out->syn = p;
	if (p->length < PAYLOAD_HEADER_SIZE || p->over) {
		memset(&out->idx, 0, sizeof(out->idx));
		out->syn_faults |= IKE_SYN_LENGTH | IKE_SYN_BREAKS;
		out->idx.faults = INDEX_BAD_LENGTH;
		return;
	}
	index_body_read(m->tvb, p->offset + PAYLOAD_HEADER_SIZE, p->length - PAYLOAD_HEADER_SIZE,
			&out->idx);
	if (out->idx.faults & INDEX_BAD_LENGTH)
		out->syn_faults |= IKE_SYN_LENGTH;
	if (out->idx.faults & INDEX_ZERO_SPI)
		out->syn_faults |= IKE_SYN_ZERO_SPI;
	if (out->idx.faults & INDEX_BAD_ADDRESS)
		out->syn_faults |= IKE_SYN_ADDRESS;
	if (p->flags & 0x80)
		out->syn_faults |= IKE_SYN_C_BIT;
}

static bool read_notify(tvbuff_t *tvb, const struct ike_payload *p, struct ike_notify *n,
			struct ike_contents *out)
{
	if (!ike_notify_read(tvb, p, n))
		return false;
	if (n->type < IKE_NOTIFY_FIRST_STATUS && !out->error)
		out->error = n->type;
	switch (n->type) {
	case IKE_NOTIFY_COOKIE:
		out->cookie = true;
		break;
	case IKE_NOTIFY_AUTHENTICATION_FAILED:
		out->auth_failed = true;
		break;
	case IKE_NOTIFY_INVALID_KE:
		out->invalid_ke = true;
		break;
	case IKE_NOTIFY_REDIRECT:
		out->redirect = true;
		break;
	case IKE_NOTIFY_SYN_BIND:
		out->bind = true;
		break;
	case IKE_NOTIFY_SYN_INDEX:
		out->told_index = true;
		break;
	case IKE_NOTIFY_SYN_STUB:
		out->stub = true;
		break;
	case IKE_NOTIFY_SYN_NOT_COMMITTED:
		out->not_committed = true;
		break;
	default:
		break;
	}
	return true;
}

static void read_clear_notify(const struct ike_message *m, const struct ike_payload *p,
			      struct ike_contents *out)
{
	struct ike_notify n;

	if (!read_notify(m->tvb, p, &n, out))
		return;
	if (n.type == IKE_NOTIFY_SYN_STUB)
		out->stub_clear = true;
	if (n.type != IKE_NOTIFY_COOKIE)
		return;
	if (!out->cookie_hash && n.data_length)
		out->cookie_hash = octets_hash(tvb_get_ptr(m->tvb, (int)n.data, (int)n.data_length),
					       n.data_length);
	if (n.data_length == 0 || n.data_length > COOKIE_MAX)
		out->cookie_length = true;
	if (!(m->flags & IKE_FLAG_RESPONSE) && p != m->chain.at)
		out->cookie_place = true;
}

static bool is_vendor(tvbuff_t *tvb, const struct ike_payload *p)
{
	static const char vendor[] = "ikesync profile 1"; /* 17 octets, no NUL (rule 6) */

	return p->length == PAYLOAD_HEADER_SIZE + sizeof(vendor) - 1 &&
	       tvb_memeql(tvb, (int)p->offset + PAYLOAD_HEADER_SIZE, (const uint8_t *)vendor,
			  sizeof(vendor) - 1) == 0;
}

void ike_contents_read(const struct ike_message *m, uint8_t syn_type, struct ike_contents *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < m->chain.n; i++) {
		const struct ike_payload *p = &m->chain.at[i];

		if (p->type == syn_type) {
			read_syn(m, p, out);
			continue;
		}
		if (p->flags & 0x80 && (p->type < IKE_PAYLOAD_SA || p->type > IKE_PAYLOAD_LAST))
			out->critical = true;
		if (p->cut || p->over)
			continue;
		switch (p->type) {
		case IKE_PAYLOAD_SA:
			out->sa = true;
			break;
		case IKE_PAYLOAD_KE:
			out->ke = true;
			break;
		case IKE_PAYLOAD_NONCE:
			out->nonce = true;
			out->nonce_length = p->length - PAYLOAD_HEADER_SIZE;
			out->nonce_offset = p->offset + PAYLOAD_HEADER_SIZE;
			break;
		case IKE_PAYLOAD_NOTIFY:
			read_clear_notify(m, p, out);
			break;
		case IKE_PAYLOAD_VENDOR:
			if (is_vendor(m->tvb, p))
				out->vendor = true;
			break;
		default:
			break;
		}
	}
	/* Where the chain breaks behind a SYN, its length is not to be trusted either. */
	if (out->syns && !(out->syn_faults & IKE_SYN_LENGTH) &&
	    (m->chain.fault || (!m->chain.broken && m->chain.end < m->end)))
		out->syn_faults |= IKE_SYN_CHAIN;
}

/* The first proposal, when it is of IKE with an SPI: that is a rekey of the IKE SA. */
static void read_protected_sa(tvbuff_t *tvb, const struct ike_payload *p, struct ike_contents *out)
{
	unsigned proposal = p->offset + PAYLOAD_HEADER_SIZE;

	if (p->cut || p->over || p->length < PAYLOAD_HEADER_SIZE + 16 || out->rekeys ||
	    ws_get_u8(tvb, (int)proposal + 5) != PROTOCOL_IKE ||
	    ws_get_u8(tvb, (int)proposal + 6) != INDEX_SPI_SIZE)
		return;
	out->rekeys = true;
	tvb_memcpy(tvb, out->rekey_spi, (int)proposal + 8, INDEX_SPI_SIZE);
}

void ike_contents_decrypted(tvbuff_t *tvb, uint8_t first, struct ike_contents *out)
{
	struct ike_chain chain;
	struct ike_notify n;

	ike_chain_read(tvb, 0, tvb_captured_length(tvb), false, first, &chain);
	for (unsigned i = 0; i < chain.n; i++) {
		const struct ike_payload *p = &chain.at[i];
		bool told = out->told_index;

		if (p->type == IKE_PAYLOAD_SA)
			read_protected_sa(tvb, p, out);
		if (p->type == IKE_PAYLOAD_NOTIFY && read_notify(tvb, p, &n, out) &&
		    n.type == IKE_NOTIFY_SYN_INDEX && !told)
			index_body_read(tvb, n.data, n.data_length, &out->told);
	}
	out->read = !chain.broken;
}
