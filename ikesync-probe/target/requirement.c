/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of what cases need: which keys of the target file, and whether they are there. */
#include "target/requirement.h"

#include <string.h>

#define PRESENT(name, condition)                 \
	static bool name(const struct target *t) \
	{                                        \
		return (condition);              \
	}

PRESENT(gateway_ike, t->gateway.given)
PRESENT(client_id, t->client.id.given)
PRESENT(client_psk, t->client.psk.n != 0)
PRESENT(gateway_nat, t->gateway.has_nat)
PRESENT(old_gateway_ike, t->old_gateway.given)
PRESENT(bank_address, t->bank.given)
PRESENT(bank_ca, t->bank.ca)
PRESENT(bank_certificate, t->bank.certificate)
PRESENT(bank_key, t->bank.key)
PRESENT(bank_owns, t->bank.owns.family)
PRESENT(second_certificate, t->bank.second_certificate)
PRESENT(second_key, t->bank.second_key)
PRESENT(second_owns, t->bank.second_owns.family)
PRESENT(foreign_certificate, t->bank.foreign_certificate)
PRESENT(foreign_key, t->bank.foreign_key)
PRESENT(other_pool_certificate, t->bank.other_pool_certificate)
PRESENT(other_pool_key, t->bank.other_pool_key)
PRESENT(other_pool_owns, t->bank.other_pool_owns.family)
PRESENT(prefetch_certificate, t->bank.prefetch_certificate)
PRESENT(prefetch_key, t->bank.prefetch_key)
PRESENT(owns_ip6, t->bank.owns_ip6.family)
PRESENT(gets_per_second, t->bank.gets_per_second)
PRESENT(seal_keys, t->bank.seal_keys)
PRESENT(syn_off, t->syn_off.given)
PRESENT(silence, t->silence.given)
PRESENT(cookie, t->cookie.given)
PRESENT(relay, t->relay.given) /* target_load() sees to it that listen and bank are with it */
PRESENT(ipv6, t->ipv6.given)
PRESENT(capped, t->capped.given)
PRESENT(half_open, t->half_open)
PRESENT(stubs, t->stubs)
PRESENT(clear_bank, t->clear_bank.port)
PRESENT(roomy, t->roomy.given)
PRESENT(brisk, t->brisk.given)
PRESENT(rekey, t->timers.rekey)
PRESENT(liveness, t->timers.liveness)
PRESENT(lifetime, t->timers.lifetime)
PRESENT(logins, t->logins)
PRESENT(sas, t->sas)
PRESENT(provisional, t->provisional)
PRESENT(connections, t->connections)
PRESENT(gateway_restart, t->gateway_restart)
PRESENT(banked, t->banked.given) /* target_load() sees to it that listen is with it */
PRESENT(role_certificate, t->bank_role.certificate)
PRESENT(role_key, t->bank_role.key)
PRESENT(role_ca, t->bank_role.ca)
PRESENT(role_foreign_certificate, t->bank_role.foreign_certificate)
PRESENT(role_foreign_key, t->bank_role.foreign_key)
PRESENT(role_other_certificate, t->bank_role.other_certificate)
PRESENT(role_other_key, t->bank_role.other_key)
PRESENT(role_seal_keys, t->bank_role.seal_keys)
PRESENT(bank_restart, t->bank_restart)
PRESENT(client_start, t->host.start)

static bool second_prf(const struct target *t)
{
	for (unsigned i = 1; i < t->client.n_suites; i++)
		if (t->client.suites[i].prf != t->client.suites[0].prf)
			return true;
	return false;
}

/* Two with one bit would each be skipped for want of the other's keys. */
#define EACH(op)                                                                                   \
	(REQUIRES_GATEWAY op REQUIRES_OLD_GATEWAY op REQUIRES_BANK op REQUIRES_BANK_SECOND op      \
	     REQUIRES_BANK_FOREIGN op REQUIRES_SEAL_KEYS op REQUIRES_VARIANT_SYN_OFF op            \
		 REQUIRES_VARIANT_SILENCE op REQUIRES_VARIANT_COOKIE op REQUIRES_VARIANT_RELAY op  \
		     REQUIRES_BANK_RESTART op REQUIRES_SECOND_PRF op REQUIRES_VARIANT_IPV6 op      \
			 REQUIRES_GATEWAY_RESTART op REQUIRES_CLIENT op REQUIRES_VARIANT_BANKED op \
			     REQUIRES_BANKED_FACES op REQUIRES_BANKED_SEAL_KEYS op                 \
				 REQUIRES_BANK_OTHER_POOL op REQUIRES_BANK_PREFETCH op             \
				     REQUIRES_BANK_GET_LIMIT op REQUIRES_BANK_IPV6 op              \
					 REQUIRES_VARIANT_CAPPED op REQUIRES_BANK_STUB_LIMIT op    \
					     REQUIRES_BANK_CONNECTION_LIMIT op                     \
						 REQUIRES_VARIANT_ROOMY op                         \
						     REQUIRES_PROVISIONAL_LIMIT op REQUIRES_NAT op \
							 REQUIRES_CLEAR_BANK op                    \
							     REQUIRES_VARIANT_BRISK)
_Static_assert(EACH(+) == (EACH(|)), "each requirement has a bit of its own");

static const struct row {
	enum requirement bit;
	const char *group, *key;
	bool (*present)(const struct target *t);
} rows[] = {
	{ REQUIRES_GATEWAY, "gateway", "ike", gateway_ike },
	{ REQUIRES_GATEWAY, "client", "id", client_id },
	{ REQUIRES_GATEWAY, "client", "psk", client_psk },
	{ REQUIRES_NAT, "gateway", "nat", gateway_nat },
	{ REQUIRES_SECOND_PRF, "client", "more-ike with another prf", second_prf },
	{ REQUIRES_OLD_GATEWAY, "old-gateway", "ike", old_gateway_ike },
	{ REQUIRES_BANK, "bank", "address", bank_address },
	{ REQUIRES_BANK, "bank", "ca", bank_ca },
	{ REQUIRES_BANK, "bank", "certificate", bank_certificate },
	{ REQUIRES_BANK, "bank", "key", bank_key },
	{ REQUIRES_BANK, "bank", "owns", bank_owns },
	{ REQUIRES_BANK_SECOND, "bank", "second-certificate", second_certificate },
	{ REQUIRES_BANK_SECOND, "bank", "second-key", second_key },
	{ REQUIRES_BANK_SECOND, "bank", "second-owns", second_owns },
	{ REQUIRES_BANK_FOREIGN, "bank", "foreign-certificate", foreign_certificate },
	{ REQUIRES_BANK_FOREIGN, "bank", "foreign-key", foreign_key },
	{ REQUIRES_BANK_OTHER_POOL, "bank", "other-pool-certificate", other_pool_certificate },
	{ REQUIRES_BANK_OTHER_POOL, "bank", "other-pool-key", other_pool_key },
	{ REQUIRES_BANK_OTHER_POOL, "bank", "other-pool-owns", other_pool_owns },
	{ REQUIRES_BANK_PREFETCH, "bank", "prefetch-certificate", prefetch_certificate },
	{ REQUIRES_BANK_PREFETCH, "bank", "prefetch-key", prefetch_key },
	{ REQUIRES_BANK_IPV6, "bank", "owns-ipv6", owns_ip6 },
	{ REQUIRES_BANK_GET_LIMIT, "bank", "gets-per-second", gets_per_second },
	{ REQUIRES_PROVISIONAL_LIMIT, "limits", "provisional", provisional },
	{ REQUIRES_VARIANT_ROOMY, "variant roomy", "ike", roomy },
	{ REQUIRES_VARIANT_ROOMY, "limits", "logins", logins },
	{ REQUIRES_VARIANT_ROOMY, "limits", "sas", sas },
	{ REQUIRES_VARIANT_BRISK, "variant brisk", "ike", brisk },
	{ REQUIRES_VARIANT_BRISK, "timers", "rekey", rekey },
	{ REQUIRES_VARIANT_BRISK, "timers", "liveness", liveness },
	{ REQUIRES_VARIANT_BRISK, "timers", "lifetime", lifetime },
	{ REQUIRES_CLEAR_BANK, "clear-bank", "address", clear_bank },
	{ REQUIRES_BANK_STUB_LIMIT, "limits", "stubs", stubs },
	{ REQUIRES_BANK_CONNECTION_LIMIT, "limits", "connections", connections },
	{ REQUIRES_SEAL_KEYS, "bank", "seal-keys", seal_keys },
	{ REQUIRES_VARIANT_SYN_OFF, "variant syn-off", "ike", syn_off },
	{ REQUIRES_VARIANT_SILENCE, "variant silence", "ike", silence },
	{ REQUIRES_VARIANT_COOKIE, "variant cookie", "ike", cookie },
	{ REQUIRES_VARIANT_RELAY, "variant relay", "ike", relay },
	{ REQUIRES_VARIANT_RELAY, "variant relay", "listen", relay },
	{ REQUIRES_VARIANT_RELAY, "variant relay", "bank", relay },
	{ REQUIRES_CLIENT, "client", "id", client_id },
	{ REQUIRES_CLIENT, "client", "psk", client_psk },
	{ REQUIRES_CLIENT, "hooks", "client-start", client_start },
	{ REQUIRES_VARIANT_IPV6, "variant ipv6", "ike", ipv6 },
	{ REQUIRES_VARIANT_CAPPED, "variant capped", "ike", capped },
	{ REQUIRES_VARIANT_CAPPED, "limits", "half-open", half_open },
	{ REQUIRES_GATEWAY_RESTART, "hooks", "gateway-restart", gateway_restart },
	{ REQUIRES_VARIANT_BANKED, "variant banked", "ike", banked },
	{ REQUIRES_VARIANT_BANKED, "bank-role", "listen", banked },
	{ REQUIRES_VARIANT_BANKED, "bank-role", "certificate", role_certificate },
	{ REQUIRES_VARIANT_BANKED, "bank-role", "key", role_key },
	{ REQUIRES_VARIANT_BANKED, "bank-role", "ca", role_ca },
	{ REQUIRES_BANKED_FACES, "bank-role", "foreign-certificate", role_foreign_certificate },
	{ REQUIRES_BANKED_FACES, "bank-role", "foreign-key", role_foreign_key },
	{ REQUIRES_BANKED_FACES, "bank-role", "other-certificate", role_other_certificate },
	{ REQUIRES_BANKED_FACES, "bank-role", "other-key", role_other_key },
	{ REQUIRES_BANKED_SEAL_KEYS, "bank-role", "seal-keys", role_seal_keys },
	{ REQUIRES_BANK_RESTART, "hooks", "bank-restart", bank_restart },
};

/* A group is named once: "[bank] ca, key". `between` parts what belongs to different ones. */
static void append(GString *out, const struct row *last, const struct row *r, const char *between)
{
	if (last)
		g_string_append(out, between);
	if (!last || strcmp(last->group, r->group) != 0 || *between == ';')
		g_string_append_printf(out, "[%s] ", r->group);
	g_string_append(out, r->key);
}

char *requirement_text(unsigned requires)
{
	GString *out = g_string_new(NULL);
	const struct row *last = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!(requires & rows[i].bit))
			continue;
		append(out, last, &rows[i], last && last->bit != rows[i].bit ? "; " : ", ");
		last = &rows[i];
	}
	return g_string_free(out, FALSE);
}

/* A second gateway needs all that the first one does. */
static unsigned with_implied(unsigned needs)
{
	if (needs & (REQUIRES_OLD_GATEWAY | REQUIRES_NAT))
		needs |= REQUIRES_GATEWAY;
	if (needs &
	    (REQUIRES_BANK_SECOND | REQUIRES_BANK_FOREIGN | REQUIRES_BANK_OTHER_POOL |
	     REQUIRES_BANK_PREFETCH | REQUIRES_BANK_GET_LIMIT | REQUIRES_BANK_IPV6 |
	     REQUIRES_BANK_STUB_LIMIT | REQUIRES_BANK_CONNECTION_LIMIT | REQUIRES_CLEAR_BANK))
		needs |= REQUIRES_BANK;
	if (needs & (REQUIRES_BANKED_FACES | REQUIRES_BANKED_SEAL_KEYS))
		needs |= REQUIRES_VARIANT_BANKED;
	return needs;
}

char *requirement_missing(const struct target *t, unsigned requires)
{
	GString *out = g_string_new(NULL);
	const struct row *last = NULL;

	requires = with_implied(requires);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!(requires & rows[i].bit) || rows[i].present(t))
			continue;
		append(out, last, &rows[i], ", ");
		last = &rows[i];
	}
	return g_string_free(out, last == NULL);
}
