/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first payload's type of messages in fragments (RFC 7383). */
#include "ike/ike_fragment.h"

/* A message: every fragment of it has these, and no other message of the SA does. */
struct fragment_key {
	uint8_t spii[8];
	uint8_t spir[8];
	uint32_t mid;
	uint32_t direction; /* the flags I and R */
};

static wmem_map_t *firsts; /* struct fragment_key -> first type */

static unsigned key_hash(gconstpointer p)
{
	return wmem_strong_hash(p, sizeof(struct fragment_key));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct fragment_key)) == 0;
}

void ike_fragment_init(void)
{
	firsts = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), key_hash, key_equal);
}

uint8_t ike_fragment_first(packet_info *pinfo, const struct ike_message *m,
			   const struct ike_payload *p, bool *reassembled)
{
	struct fragment_key key;
	unsigned number, total;

	*reassembled = false;
	if (p->type != IKE_PAYLOAD_SKF)
		return p->next;
	if (p->cut || p->over || p->length < PAYLOAD_HEADER_SIZE + 4)
		return 0;
	number = tvb_get_ntohs(m->tvb, (int)p->offset + PAYLOAD_HEADER_SIZE);
	total = tvb_get_ntohs(m->tvb, (int)p->offset + PAYLOAD_HEADER_SIZE + 2);
	if (number == 1 && total == 1)
		return p->next;
	*reassembled = true;
	memcpy(key.spii, m->spii, 8);
	memcpy(key.spir, m->spir, 8);
	key.mid = m->mid;
	key.direction = m->flags & (IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE);
	if (number == 1 && !PINFO_FD_VISITED(pinfo) && !wmem_map_lookup(firsts, &key))
		wmem_map_insert(firsts, wmem_memdup(wmem_file_scope(), &key, sizeof(key)),
				GUINT_TO_POINTER((unsigned)p->next));
	return (uint8_t)GPOINTER_TO_UINT(wmem_map_lookup(firsts, &key));
}
