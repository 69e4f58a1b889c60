/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/catalogue.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS "SCGBKNP"

static int by_id(const void *a, const void *b)
{
	const struct probe_case *const *x = a, *const *y = b;
	const char *gx = strchr(GROUPS, (*x)->id[0]), *gy = strchr(GROUPS, (*y)->id[0]);

	if (gx != gy)
		return gx < gy ? -1 : 1;
	return strcmp((*x)->id, (*y)->id);
}

const struct probe_case *const *catalogue(size_t *n)
{
	static const struct probe_case *const tables[] = {
		cases_sanity,      cases_resume,       cases_fallback,
		cases_commit,      cases_bank_store,   cases_bank_protocol,
		cases_bank_access, cases_bank_durable, cases_security,
	};
	static GPtrArray *all;

	if (!all) {
		all = g_ptr_array_new();
		for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
			for (const struct probe_case *c = tables[i]; c->id; c++)
				g_ptr_array_add(all, (void *)(uintptr_t)c);
		qsort(all->pdata, all->len, sizeof(void *), by_id);
	}
	*n = all->len;
	return (const struct probe_case *const *)all->pdata;
}

const struct probe_case *catalogue_find(const char *id)
{
	size_t n;
	const struct probe_case *const *all = catalogue(&n);

	for (size_t i = 0; i < n; i++)
		if (g_ascii_strcasecmp(all[i]->id, id) == 0)
			return all[i];
	return NULL;
}

const char *catalogue_group_title(char group)
{
	switch (group) {
	case 'S':
		return "sanity";
	case 'C':
		return "client against a gateway";
	case 'G':
		return "gateway against a stub bank";
	case 'N':
		return "security and bad input";
	default:
		return "";
	}
}

char *catalogue_requires_text(unsigned requires)
{
	static const struct {
		unsigned bit;
		const char *text;
	} keys[] = {
		{ REQUIRES_GATEWAY, "[gateway] ike, [client] id, psk" },
		{ REQUIRES_SECOND_PRF, "[client] more-ike with another prf" },
		{ REQUIRES_OLD_GATEWAY, "[old-gateway] ike" },
		{ REQUIRES_BANK, "[bank] address, ca, certificate, key, owns" },
		{ REQUIRES_BANK_SECOND, "[bank] second-certificate, second-key, second-owns" },
		{ REQUIRES_BANK_FOREIGN, "[bank] foreign-certificate, foreign-key" },
		{ REQUIRES_SEAL_KEYS, "[bank] seal-keys" },
		{ REQUIRES_VARIANT_SYN_OFF, "[variant syn-off] ike" },
		{ REQUIRES_VARIANT_SILENCE, "[variant silence] ike" },
		{ REQUIRES_VARIANT_COOKIE, "[variant cookie] ike" },
		{ REQUIRES_VARIANT_RELAY, "[variant relay] ike, listen, bank" },
		{ REQUIRES_BANK_RESTART, "[hooks] bank-restart" },
	};
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (requires & keys[i].bit)
			g_string_append_printf(out, "%s%s", out->len ? "; " : "", keys[i].text);
	return g_string_free(out, FALSE);
}

bool catalogue_asks_bank(const struct probe_case *c)
{
	return c->id[0] == 'G' || strcmp(c->id, "S02") == 0;
}
