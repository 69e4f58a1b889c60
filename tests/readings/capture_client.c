/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What captures/make plays and no case of the probe does: the probe's client engine, driven by hand.
 *
 *   capture_client handshake TARGET   IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL (Delete) at [gateway]
 *   capture_client nat-t TARGET       the same SA made at [old-gateway] and resumed at [gateway], all on the NAT ports
 */
#include <stdio.h>
#include <string.h>

#include "run/evidence.h"
#include "client/auth.h"
#include "client/stub_watch.h"
#include "client/delete.h"
#include "client/resume.h"
#include "run/probe.h"

static const struct probe_case nothing = { .id = "capture", .title = "capture" };

static bool say(bool ok, const char *what, const char *why)
{
	fprintf(ok ? stdout : stderr, "%s: %s\n", what, ok ? "done" : why);
	return ok;
}

static bool handshake(struct probe *p, struct evidence *e)
{
	struct client *c = client_new(p, e, &p->target->gateway, NULL);
	struct ike_child child;
	bool ok;

	if (!c)
		return say(false, "client", "no way to the gateway");
	ok = say(auth_full_handshake(c, &p->target->client.suites[0]), "IKE_SA_INIT and IKE_AUTH",
		 c->why) &&
	     say(c->sa.has_index, "N(IKESYNC_INDEX)", "not told") &&
	     say(child_make(c, &child), "CREATE_CHILD_SA", c->why) &&
	     say(delete_ike(c), "Delete", c->why);
	client_free(c);
	return ok;
}

/* RFC 7296 section 2.23 lets a client start on port 4500. */
static struct client *nat_client(struct probe *p, struct evidence *e,
				 const struct target_gateway *g)
{
	struct client *c = g->has_nat ? client_new(p, e, g, NULL) : NULL;

	if (c)
		transport_set_remote(c->transport, &g->nat, true);
	return c;
}

static bool resume_at_nat_port(struct probe *p, struct evidence *e, struct old_sa *old)
{
	struct client *c = nat_client(p, e, &p->target->gateway);
	struct resume_result r = { 0 };
	bool ok;

	if (!c)
		return say(false, "client", "no way to [gateway] nat");
	ok = say(resume_whole(c, old, NULL, &r) == RESUME_COMMITTED, "resumption", r.text) &&
	     say(delete_ike(c), "Delete", c->why);
	resume_result_clear(&r);
	client_free(c);
	return ok;
}

static bool nat_t(struct probe *p, struct evidence *e)
{
	struct client *c = nat_client(p, e, &p->target->old_gateway);
	struct old_sa old;
	bool ok;

	if (!c)
		return say(false, "client", "no way to [old-gateway] nat");
	ok = say(auth_full_handshake(c, &p->target->client.suites[0]), "IKE_SA_INIT and IKE_AUTH",
		 c->why);
	if (ok) {
		old_sa_of_client(&old, c, NULL);
		ok = say(old_sa_wait_bank(p, e, &old.index, true) == OLD_SA_STUB_THERE,
			 "stub in the bank", "it is not there") &&
		     resume_at_nat_port(p, e, &old);
		old_sa_clear(&old);
	}
	client_vanish(c);
	return ok;
}

int main(int argc, char **argv)
{
	struct probe p = { 0 };
	struct target *target;
	struct evidence *e;
	GError *error = NULL;
	bool ok;

	if (argc != 3 || (strcmp(argv[1], "handshake") != 0 && strcmp(argv[1], "nat-t") != 0)) {
		fputs("usage: capture_client handshake|nat-t TARGET\n", stderr);
		return 2;
	}
	target = target_load(argv[2], NULL, &error);
	if (!target) {
		fprintf(stderr, "capture_client: %s\n", error->message);
		g_error_free(error);
		return 2;
	}
	p.target = target;
	p.context = g_main_context_new();
	g_main_context_push_thread_default(p.context);
	e = evidence_new(&nothing, NULL);
	ok = argv[1][0] == 'h' ? handshake(&p, e) : nat_t(&p, e);
	evidence_free(e);
	if (p.ike_free)
		p.ike_free(p.ike);
	g_main_context_pop_thread_default(p.context);
	g_main_context_unref(p.context);
	target_free(target);
	return ok ? 0 : 1;
}
