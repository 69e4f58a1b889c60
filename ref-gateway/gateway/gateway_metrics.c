/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and meanings of the gateway's figures. */
#include "gateway_metrics.h"

#include <glib.h>

static void add_all(const struct metric *m, unsigned n, metrics_add_fn *add, void *to)
{
	for (unsigned i = 0; i < n; i++)
		add(&m[i], to);
}

static void of_exchanges(const struct gateway_counters *c, metrics_add_fn *add, void *to)
{
	const struct metric all[] = {
		{ "sas", "Established IKE SAs", true, c->sas },
		{ "half_open", "IKE SAs before the end of IKE_AUTH", true, c->half_open },
		{ "provisional", "Resumptions under way", true, c->provisional },
		{ "received", "IKE messages that came", false, c->received },
		{ "malformed", "Messages that cannot be read", false, c->malformed },
		{ "unknown_spi", "Messages of no SA here", false, c->unknown_spi },
		{ "init_requests", "IKE_SA_INIT requests", false, c->init_requests },
		{ "cookies_asked", "Cookies asked for", false, c->cookies_asked },
		{ "cookies_twice", "Cookies that had served before", false, c->cookies_twice },
		{ "full_handshakes", "Logins", false, c->full },
		{ "resumptions", "SAs resumed", false, c->resumed },
		{ "fallbacks", "IKE_SA_SYNs answered as IKE_SA_INIT", false, c->fallbacks },
		{ "retransmissions", "Requests that came again", false, c->retransmissions },
		{ "auth_failed", "Logins refused", false, c->auth_failed },
		{ "not_committed", "Moves that the bank did not do", false, c->not_committed },
		{ "bind_refused", "Resumptions with a wrong BIND", false, c->bind_refused },
		{ "bad_icv", "Messages that are not authentic", false, c->bad_icv },
		{ "gets", "Stubs asked of the bank", false, c->gets },
		{ "misses", "Of these, not found", false, c->misses },
		{ "evicted", "Provisional SAs that made way", false, c->evicted },
		{ "refused_by_cap", "Requests dropped by a limit", false, c->refused_by_cap },
		{ "waited", "Requests that waited for their turn", false, c->waited },
		{ "redirected", "Logins sent to another gateway", false, c->redirected },
		{ "dead_peers", "SAs dropped for silence", false, c->dead_peers },
	};

	add_all(all, G_N_ELEMENTS(all), add, to);
}

static void of_traffic(const struct esp_plane_counters *c, metrics_add_fn *add, void *to)
{
	const struct metric all[] = {
		{ "esp_children", "Child SAs that are carried", true, c->children },
		{ "esp_in", "Packets from clients", false, c->in },
		{ "esp_out", "Packets to clients", false, c->out },
		{ "esp_dummies", "Dummy packets", false, c->dummies },
		{ "esp_strangers", "Packets of no SA here", false, c->strangers },
		{ "esp_malformed", "Packets that cannot be read", false, c->malformed },
		{ "esp_replayed", "Packets that came before", false, c->replayed },
		{ "esp_bad_icv", "Packets that are not authentic", false, c->bad_icv },
		{ "esp_bad_padding", "Packets padded wrongly", false, c->bad_padding },
		{ "esp_not_admitted", "Packets outside the selectors", false, c->not_admitted },
		{ "esp_unrouted", "Packets for nobody", false, c->unrouted },
		{ "esp_unsent", "Packets that could not be sent", false, c->unsent },
		{ "esp_learnt", "New addresses of clients", false, c->learnt },
	};

	add_all(all, G_N_ELEMENTS(all), add, to);
}

void gateway_metrics(const struct gateway_counters *c, const struct esp_plane_counters *traffic,
		     metrics_add_fn *add, void *to)
{
	of_exchanges(c, add, to);
	if (traffic)
		of_traffic(traffic, add, to);
}
