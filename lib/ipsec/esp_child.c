/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child SA made out of what was agreed. */
#include "ipsec/esp_child.h"

/*
 * RFC 7296 section 2.23.1: in transport mode through a NAT the selectors name addresses that no packet here has; those that do
 * count instead.
 */
static void substitute(struct ike_ts_list *list, const struct address *a)
{
	const size_t n = address_size(a);

	for (unsigned i = 0; i < list->n; i++) {
		struct ike_ts *ts = &list->at[i];

		if (ts->type !=
			(a->family == 6 ? IKE_TS_IPV6_ADDR_RANGE : IKE_TS_IPV4_ADDR_RANGE) ||
		    memcmp(ts->start, ts->end, n) != 0)
			continue;
		memcpy(ts->start, a->octets, n);
		memcpy(ts->end, a->octets, n);
	}
}

static struct esp_selectors *selectors(const struct data_plane_child *c)
{
	struct ike_ts_list ours = c->initiator ? *c->tsi : *c->tsr;
	struct ike_ts_list theirs = c->initiator ? *c->tsr : *c->tsi;

	if (c->transport && c->path.nat) {
		substitute(&ours, &c->path.local.address);
		substitute(&theirs, &c->path.remote.address);
	}
	return esp_selectors_new(&ours, &theirs);
}

/* RFC 7296 section 2.17: who began sends with the initiator's keys. */
static enum err take_keys(struct esp_child *k, const struct data_plane_child *c)
{
	const struct child_keys *keys = c->keys;
	enum err err = esp_key_init(&k->in.key, c->spi_in, c->suite,
				    c->initiator ? &keys->encr_r : &keys->encr_i,
				    c->initiator ? &keys->integ_r : &keys->integ_i);

	return err ? err
		   : esp_key_init(&k->out.key, c->spi_out, c->suite,
				  c->initiator ? &keys->encr_i : &keys->encr_r,
				  c->initiator ? &keys->integ_i : &keys->integ_r);
}

struct esp_child *esp_child_new(const struct data_plane_child *c)
{
	const unsigned n = c->initiator ? c->tsr->n : c->tsi->n;
	struct esp_child *k = g_malloc0(sizeof(*k) + n * sizeof(k->routes[0]));

	k->transport = c->transport;
	k->path = c->path;
	k->n_routes = n;
	k->selectors = selectors(c);
	if (k->selectors && take_keys(k, c) == ERR_OK)
		return k;
	esp_child_free(k);
	return NULL;
}

void esp_child_free(struct esp_child *c)
{
	esp_key_clear(&c->in.key);
	esp_key_clear(&c->out.key);
	esp_selectors_free(c->selectors);
	g_free(c);
}
