/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SAs as records. */
#include "core/sa_describe.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/sa.h"
#include "core/services.h"

#define SPI_TEXT_MAX 17
#define SUITE_TEXT_MAX 128
#define SELECTORS_TEXT_MAX 2048

static const char *state_of(const struct sa *sa)
{
	static const char *const names[] = {
		[SA_HALF_OPEN] = "half-open",   [SA_PROVISIONAL] = "provisional",
		[SA_COMMITTING] = "committing", [SA_ESTABLISHED] = "established",
		[SA_LEAVING] = "leaving",       [SA_CLOSED] = "closed",
	};

	return sa->rekeyed ? "replaced" : names[sa->state];
}

static const char *spi_text(uint64_t spi, char out[static SPI_TEXT_MAX])
{
	snprintf(out, SPI_TEXT_MAX, "%016" PRIx64, spi);
	return out;
}

/* NULL: not known yet. */
static const char *name_of(const struct sa *sa, char out[static SA_DESCRIBE_NAME_MAX])
{
	struct ike_id id = sa_identity(sa);

	return sa->identity ? ike_id_text(&id, out, SA_DESCRIBE_NAME_MAX) : NULL;
}

/* NULL: none. */
static const char *eap_text(struct span eap, char out[static SA_DESCRIBE_NAME_MAX])
{
	snprintf(out, SA_DESCRIBE_NAME_MAX, "%.*s", (int)MIN(eap.n, SA_DESCRIBE_NAME_MAX),
		 eap.n ? (const char *)eap.p : "");
	return eap.n ? out : NULL;
}

static const char *inner_text(const struct sa *sa, char out[static ADDRESS_TEXT_MAX])
{
	struct address a = { .family = 4 };

	address_ip4_write(a.octets, sa->inner_ip4);
	return sa->inner_ip4 ? address_text(&a, out) : NULL;
}

void sa_describe(const struct sa *sa, struct span eap, struct listing *l)
{
	char spi[SPI_TEXT_MAX], remote[ENDPOINT_TEXT_MAX], inner[ADDRESS_TEXT_MAX],
	    name[SA_DESCRIBE_NAME_MAX];

	listing_begin(l, LISTING_LINE);
	listing_bare(l, "spi", spi_text(sa_own_spi(sa), spi));
	listing_bare(l, "state", state_of(sa));
	listing_word(l, "remote", endpoint_text(&sa->path.remote, remote));
	listing_word(l, "inner", inner_text(sa, inner));
	listing_count(l, "children", sa->n_children);
	listing_flag(l, "stub", sa->has_stub);
	listing_text(l, "identity", name_of(sa, name));
	listing_text(l, "eap", eap_text(eap, name));
	listing_end(l);
}

/* ---- all about it ---- */

static void append_selector(GString *s, const struct ike_ts *ts)
{
	uint8_t family = ts->type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6;
	struct address start = { .family = family }, end = { .family = family };
	char text[ADDRESS_TEXT_MAX];

	memcpy(start.octets, ts->start, address_size(&start));
	memcpy(end.octets, ts->end, address_size(&end));
	g_string_append_printf(s, "%s%s", s->len ? "," : "", address_text(&start, text));
	if (!address_equal(&start, &end))
		g_string_append_printf(s, "-%s", address_text(&end, text));
	if (ts->ip_protocol || ts->start_port || ts->end_port != UINT16_MAX)
		g_string_append_printf(s, "[%u:%u-%u]", ts->ip_protocol, ts->start_port,
				       ts->end_port);
}

static void describe_selectors(struct listing *l, const char *name, const struct ike_ts_list *list)
{
	g_autoptr(GString) s = g_string_new(NULL);

	for (unsigned i = 0; i < list->n && s->len < SELECTORS_TEXT_MAX; i++)
		append_selector(s, &list->at[i]);
	listing_word(l, name, s->str);
}

static void describe_traffic(const struct sa *sa, const struct sa_child *child, struct listing *l)
{
	const struct data_plane *plane = &sa->gateway->ops.data_plane;
	struct data_plane_traffic t;

	if (!child->carried || !plane->ops || !plane->ops->ask(plane->self, child->spi_in, &t))
		return;
	listing_count(l, "packets-in", t.packets_in);
	listing_count(l, "octets-in", t.octets_in);
	listing_count(l, "packets-out", t.packets_out);
	listing_count(l, "octets-out", t.octets_out);
}

static void describe_child(const struct sa *sa, const struct sa_child *child, struct listing *l)
{
	static const char *const states[] = {
		[SA_CHILD_LIVE] = "live",
		[SA_CHILD_REPLACED] = "replaced",
		[SA_CHILD_OVER] = "over",
		[SA_CHILD_DELETED] = "deleted",
	};
	const struct ike_ts_list tsi = sa_child_tsi(child), tsr = sa_child_tsr(child);
	char spi[SPI_TEXT_MAX], suite[SUITE_TEXT_MAX];

	listing_begin(l, LISTING_LINE);
	snprintf(spi, sizeof(spi), "%08x", child->spi_in);
	listing_word(l, "in", spi);
	snprintf(spi, sizeof(spi), "%08x", child->spi_out);
	listing_word(l, "out", spi);
	listing_bare(l, "state", states[child->state]);
	listing_bare(l, "mode", child->transport ? "transport" : "tunnel");
	listing_word(l, "suite", suite_esp_text(&child->suite, suite, sizeof(suite)));
	describe_selectors(l, "client", &tsi);
	describe_selectors(l, "here", &tsr);
	describe_traffic(sa, child, l);
	listing_end(l);
}

/* Seconds until then; left out when there is no such time. */
static void describe_time(const struct sa *sa, const char *name, uint64_t at_ms, struct listing *l)
{
	uint64_t now = services_now(sa->gateway);

	if (at_ms)
		listing_count(l, name, at_ms > now ? (at_ms - now) / 1000 : 0);
}

static void describe_peer(const struct sa *sa, struct span eap, struct listing *l)
{
	char name[SA_DESCRIBE_NAME_MAX], end[ENDPOINT_TEXT_MAX];

	listing_text(l, "identity", name_of(sa, name));
	listing_word(l, "identity type",
		     sa->identity ? iana_id_type_name(sa->identity_type) : NULL);
	listing_text(l, "eap", eap_text(eap, name));
	listing_word(l, "remote", endpoint_text(&sa->path.remote, end));
	listing_word(l, "local", endpoint_text(&sa->path.local, end));
	listing_flag(l, "non-esp marker", sa->path.nat);
	listing_flag(l, "mobike", sa->mobike);
	listing_flag(l, "fragmentation", sa->fragmentation);
	listing_flag(l, "profile 1", sa->profile_1);
	listing_flag(l, "redirect", sa->redirects != SA_STAYS);
	listing_flag(l, "redirected", sa->redirected);
}

void sa_describe_whole(const struct sa *sa, struct span eap, struct listing *l)
{
	char spi[SPI_TEXT_MAX], inner[ADDRESS_TEXT_MAX], suite[SUITE_TEXT_MAX];
	uint64_t now = services_now(sa->gateway);

	listing_begin(l, LISTING_SHEET);
	listing_word(l, "spi", spi_text(sa_own_spi(sa), spi));
	listing_word(l, "peer spi", spi_text(sa_peer_spi(sa), spi));
	listing_word(l, "state", state_of(sa));
	listing_flag(l, "initiator", sa->initiator);
	describe_peer(sa, eap, l);
	listing_word(l, "inner", inner_text(sa, inner));
	listing_word(l, "suite", suite_text(&sa->suite, suite, sizeof(suite)));
	listing_flag(l, "stub", sa->has_stub);
	listing_count(l, "resumptions", sa->resumptions);
	listing_flag(l, "request under way", sa->asking != NULL);
	if (sa->heard_ms)
		listing_count(l, "seconds since heard", (now - sa->heard_ms) / 1000);
	describe_time(sa, "seconds to rekey", sa->rekey_ms, l);
	describe_time(sa, "seconds to end", sa->end_ms, l);
	listing_open(l, "child");
	for (const struct sa_child *c = sa->children; c; c = c->next)
		describe_child(sa, c, l);
	listing_shut(l);
	listing_end(l);
}

bool sa_describe_is_of(const struct sa *sa, struct span eap, const char *name)
{
	struct ike_id own = sa_identity(sa), id;
	char text[SA_DESCRIBE_NAME_MAX];
	uint8_t octets[IKE_ID_MAX];

	if (!sa->identity)
		return false;
	if (!ike_id_from_text(name, octets, sizeof(octets), &id) && ike_id_equal(&own, &id))
		return true;
	return g_str_equal(name, ike_id_text(&own, text, sizeof(text))) ||
	       (eap.n && span_equal(eap, span_text(name)));
}
