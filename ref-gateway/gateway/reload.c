/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGHUP: peers, seal keys, certificates for the bank. */
#include "reload.h"

#include "net/channel_tls.h"
#include "net/loop.h"
#include "tool/log.h"

static void take_tls(const struct gateway_settings *next, struct bank_client *bank,
		     struct channel_tls **tls)
{
	struct channel_tls_files files = { .certificate = next->bank_certificate,
					   .key = next->bank_key,
					   .ca = next->bank_ca,
					   .key_log = next->bank_key_log };
	g_autoptr(GError) error = NULL;
	struct channel_tls *fresh;

	if (!bank || !*tls || next->bank_plain)
		return;
	fresh = channel_tls_new(&files, false, &error);
	if (!fresh) {
		log_error("reload: the files for the bank stay as they were: %s", error->message);
		return;
	}
	bank_client_set_tls(bank, fresh);
	channel_tls_unref(*tls);
	*tls = fresh;
}

/* The old ones go with `next`: nobody holds them between two turns of the loop. */
static void take_certificates(struct gateway_settings *now, struct gateway_settings *next,
			      struct gateway *g)
{
	struct trust *trust = now->trust;
	struct credential *own = now->credential;

	now->trust = next->trust;
	now->credential = next->credential;
	next->trust = trust;
	next->credential = own;
	gateway_set_certificates(g, now->trust, now->credential);
}

bool reload_settings(struct gateway_settings *now, struct gateway *g, struct bank_client *bank,
		     struct channel_tls **tls)
{
	g_autoptr(GError) error = NULL;
	struct gateway_settings *next = gateway_settings_load(now->path, &error);

	if (!next) {
		log_error("reload: everything stays as it was: %s", error->message);
		return false;
	}
	policy_take_peers(now->policy, next->policy, loop_now());
	gateway_set_seal_keys(g, &next->gateway.seal);
	gateway_set_redirect(g, &next->gateway.redirect, next->gateway.redirect_late);
	take_certificates(now, next, g);
	take_tls(next, bank, tls);
	log_notice("reloaded: %u peers, %u seal keys; what else has changed waits for a restart",
		   policy_peers(now->policy), (unsigned)next->gateway.seal.n);
	gateway_settings_free(next);
	return true;
}
