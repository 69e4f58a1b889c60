/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IKE side of the examples: the old SA, the resumption, the rekey. */
#include "scene.h"

#include <stdio.h>

#include "exchange/init_write.h"
#include "ike/ike_bind.h"
#include "ike/ike_derive.h"
#include "ike/ike_inform.h"
#include "ike/ike_init.h"
#include "ike/ike_psk.h"
#include "print.h"

#define IKE_PORT 500

static void write_sa(struct chain_writer *w, const struct suite *suite, struct span spi)
{
	static struct ike_sa sa;

	sa.n_proposals = 0;
	sa.n_transforms = 0;
	must_be(suite_add_proposal(&sa, suite, spi));
	ike_sa_write(w, &sa);
}

/* Where a message goes along. */
static struct nat_ends ends(const struct scene *s, const struct address *gateway, bool response)
{
	return (struct nat_ends){ response ? *gateway : s->client, response ? s->client : *gateway,
				  IKE_PORT, IKE_PORT };
}

/* What an IKE_SA_INIT request carries beside SA and KE of the scene; absent where empty or NULL. */
struct request_content {
	struct span cookie, ke, nonce;
	const struct index *syn;
	struct span stub; /* N(IKESYNC_STUB) */
};

static void make_request(const struct scene *s, struct message *m, uint64_t spi_i,
			 const struct address *gateway, const struct request_content *has)
{
	const struct nat_ends nat = ends(s, gateway, false);
	const struct ike_init r = { .spi_i = spi_i,
				    .cookie = has->cookie,
				    .n_suites = 1,
				    .suites = &s->suite,
				    .group = DH_X25519,
				    .ke = has->ke,
				    .ni = has->nonce,
				    .syn = has->syn,
				    .syn_type = IKE_SA_SYN_TYPE_DEFAULT,
				    .vendor_id = true,
				    .nat = &nat,
				    .stub = has->stub };
	struct wcursor c = wcursor_init(m->p, sizeof(m->p));

	must(ike_init_write(&c, &r));
	m->n = wcursor_size(&c);
}

/* A cookie, as any gateway asks for one. */
static void make_cookie_response(struct message *m, uint64_t spi_i, struct span cookie)
{
	const struct ike_header h = ike_header_response(spi_i, 0, EXCHANGE_IKE_SA_INIT, 0);
	struct wcursor c = wcursor_init(m->p, sizeof(m->p));
	struct chain_writer w;

	chain_writer_message(&w, &c, &h);
	ike_notify_write_simple(&w, NOTIFY_COOKIE, cookie);
	must(chain_writer_finish(&w));
	m->n = wcursor_size(&c);
}

/* What the reference gateway answers: a hit without KE. */
static void make_response(const struct scene *s, struct message *m, uint64_t spi_i, uint64_t spi_r,
			  const struct address *gateway, struct span ke, struct span nonce)
{
	const struct nat_ends nat = ends(s, gateway, true);
	const struct init_write a = { .spi_i = spi_i,
				      .spi_r = spi_r,
				      .suite = ke.n ? &s->suite : NULL,
				      .number = 1,
				      .ke = ke,
				      .nr = nonce,
				      .nat = &nat,
				      .vendor_id = true };
	struct wcursor c = wcursor_init(m->p, sizeof(m->p));

	must(init_write(&c, &a));
	m->n = wcursor_size(&c);
}

static void show(const char *name, const struct message *m)
{
	print_begin();
	print_ike(name, whole(m));
	print_end();
}

static struct ike_attempt old_attempt(const struct scene *s)
{
	return (struct ike_attempt){ .spi_i = s->old_spi_i,
				     .spi_r = s->old_spi_r,
				     .ni = SPAN_OF(s->old_ke.ni),
				     .nr = SPAN_OF(s->old_ke.nr),
				     .request = whole(&s->init_request),
				     .response = whole(&s->init_response) };
}

static struct ike_attempt new_attempt(const struct scene *s)
{
	return (struct ike_attempt){ .spi_i = s->new_spi_i,
				     .spi_r = s->new_spi_r,
				     .ni = SPAN_OF(s->ni),
				     .nr = SPAN_OF(s->nr),
				     .request = whole(&s->syn_request),
				     .response = whole(&s->syn_response) };
}

static void write_responder_auth(struct scene *s, struct inner *in)
{
	uint8_t mic[64];

	must(auth_psk(s->suite.prf, s->psk, whole(&s->init_response), SPAN_OF(s->old_ke.ni),
		      secret_peek(&s->old.sk_pr), &s->idr_a, mic));
	ike_id_write(&in->in.w, PAYLOAD_IDR, &s->idr_a);
	ike_auth_write(&in->in.w, &(struct ike_auth){ AUTH_SHARED_KEY_MIC,
						      span_of(mic, suite_prf_size(s->suite.prf)) });
}

void act_old_sa(struct scene *s)
{
	struct ike_attempt attempt;
	struct ike_seed seed;
	struct inner in;

	key_exchange_make(s, &s->old_ke);
	s->old_spi_i = rng_spi(&s->rng);
	s->old_spi_r = rng_spi(&s->rng);
	s->old_index = (struct index){ s->old_spi_r, s->a };
	print_heading("E1. The old SA: IKE_SA_INIT and IKE_AUTH with gateway A");
	print_text(
	    "Suite aes128-sha256-x25519 (AES-CBC-128, HMAC-SHA2-256-128, PRF HMAC-SHA2-256, group "
	    "31), "
	    "authentication by a shared key, no child SA (RFC 6023). UDP port 500 on both sides.");
	key_exchange_print("old", &s->old_ke);
	make_request(s, &s->init_request, s->old_spi_i, &s->a,
		     &(struct request_content){ .ke = SPAN_OF(s->old_ke.public_i),
						.nonce = SPAN_OF(s->old_ke.ni) });
	show("old.init_request", &s->init_request);
	make_response(s, &s->init_response, s->old_spi_i, s->old_spi_r, &s->a,
		      SPAN_OF(s->old_ke.public_r), SPAN_OF(s->old_ke.nr));
	show("old.init_response", &s->init_response);
	attempt = old_attempt(s);
	seed = ike_attempt_seed(&attempt);
	must(ike_keys_initial(&s->old, &s->suite, &seed, SPAN_OF(s->old_ke.g_ir)));
	print_text("The keys of RFC 7296 section 2.14:");
	{
		struct span g_ir = SPAN_OF(s->old_ke.g_ir);
		uint8_t nonces[64];

		memcpy(nonces, s->old_ke.ni, 32);
		memcpy(&nonces[32], s->old_ke.nr, 32);
		keys_print("old", &s->old, SPAN_OF(nonces), &g_ir, 1);
	}
	print_text("IKE_AUTH; the response tells the index (rule 5):");
	inner_begin(&in);
	ike_psk_write(&in.in, &attempt, &s->old, &s->idi, s->psk);
	sealed_message(s, "old.auth_request", &s->old, s->old_spi_i, s->old_spi_r,
		       EXCHANGE_IKE_AUTH, false, 1, &in);
	inner_begin(&in);
	write_responder_auth(s, &in);
	inner_index(&in, &s->old_index);
	sealed_message(s, "old.auth_response", &s->old, s->old_spi_i, s->old_spi_r,
		       EXCHANGE_IKE_AUTH, true, 1, &in);
}

static void show_fallback(struct scene *s)
{
	uint8_t private[32], public[32], nonce[32];
	struct message m;
	struct dh *dh;

	rng_fill(&s->rng, private, sizeof(private));
	rng_fill(&s->rng, nonce, sizeof(nonce));
	dh = dh_from_private(DH_X25519, SPAN_OF(private));
	must_be(dh != NULL);
	must(dh_public(dh, public));
	dh_free(dh);
	print_text(
	    "Had B found no stub, it would have answered the same request in the ordinary way; SA, "
	    "KE and Nr "
	    "tell the client that this is a fallback, which goes on with IKE_AUTH (rule 8):");
	make_response(s, &m, s->new_spi_i, rng_spi(&s->rng), &s->b, SPAN_OF(public),
		      SPAN_OF(nonce));
	show("syn.fallback_response", &m);
	print_text(
	    "And had the client held its stub itself (rule 37), its request would have been:");
	make_request(s, &m, s->new_spi_i, &s->b,
		     &(struct request_content){ .ke = SPAN_OF(s->ke_public),
						.nonce = SPAN_OF(s->ni),
						.syn = &s->old_index,
						.stub = span_of(s->sealed.p, s->sealed.n) });
	show("syn.client_held_request", &m);
}

static void show_syn(struct scene *s)
{
	uint8_t cookie[36] = { 0, 0, 0, 1 };
	struct message m;
	struct dh *dh;

	rng_fill(&s->rng, s->ke_private, 32);
	rng_fill(&s->rng, s->ni, 32);
	rng_fill(&s->rng, s->nr, 32);
	rng_fill(&s->rng, &cookie[4], 32);
	s->new_spi_i = rng_spi(&s->rng);
	s->new_spi_r = rng_spi(&s->rng);
	s->new_index = (struct index){ s->new_spi_r, s->b };
	dh = dh_from_private(DH_X25519, SPAN_OF(s->ke_private));
	must_be(dh != NULL);
	must(dh_public(dh, s->ke_public));
	dh_free(dh);
	print_text("A is gone. The client asks B; SA and KE are there in case of a fallback:");
	make_request(s, &m, s->new_spi_i, &s->b,
		     &(struct request_content){ .ke = SPAN_OF(s->ke_public),
						.nonce = SPAN_OF(s->ni),
						.syn = &s->old_index });
	show("syn.first_request", &m);
	print_text(
	    "B is under load and wants a cookie first (rule 15; what is in it is B's own affair):");
	make_cookie_response(&m, s->new_spi_i, SPAN_OF(cookie));
	show("syn.cookie_response", &m);
	make_request(s, &s->syn_request, s->new_spi_i, &s->b,
		     &(struct request_content){ .cookie = SPAN_OF(cookie),
						.ke = SPAN_OF(s->ke_public),
						.nonce = SPAN_OF(s->ni),
						.syn = &s->old_index });
	show("syn.request", &s->syn_request);
	print_text("B gets the stub (E4) and accepts: no SA, no KE.");
	make_response(s, &s->syn_response, s->new_spi_i, s->new_spi_r, &s->b, SPAN_NONE,
		      SPAN_OF(s->nr));
	show("syn.response", &s->syn_response);
	show_fallback(s);
}

static void add_bind(const struct scene *s, struct inner *in, const struct ike_keys *k,
		     enum sk_sender sender)
{
	const struct ike_attempt t = new_attempt(s);

	ike_bind_write(&in->in, &t, k, sender);
}

/* The same confirmation with a combined mode, so that an implementer can check salt, IV and
 * associated data. */
static void show_aead(struct scene *s, const struct ike_attempt *attempt)
{
	struct span nonces[2] = { attempt->ni, attempt->nr };
	struct ike_keys k;
	struct suite suite;
	struct inner in;

	print_text("For comparison, the confirmation as it would be had the stub named "
		   "aes256gcm16-prfsha256 (same SK_d, nonces, SPIs; the two IKE_SA_INIT messages "
		   "as above). "
		   "SK_ei and SK_er end in the 4-octet salt; there are no SK_ai and SK_ar; the IV "
		   "is a counter:");
	must(suite_from_text("aes256gcm16-prfsha256", &suite));
	must(ike_derive_resumed(&k, attempt, &suite, &s->old.sk_d));
	keys_print("aead", &k, secret_peek(&s->old.sk_d), nonces, 2);
	inner_begin(&in);
	add_bind(s, &in, &k, SK_FROM_INITIATOR);
	sealed_message(s, "aead.confirm_request", &k, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_INFORMATIONAL, false, 1, &in);
	ike_keys_clear(&k);
}

void act_resumption(struct scene *s)
{
	struct span nonces[2] = { SPAN_OF(s->ni), SPAN_OF(s->nr) };
	struct ike_attempt attempt;
	struct inner in;

	print_heading("E3. The resumption at gateway B");
	show_syn(s);
	attempt = new_attempt(s);
	must(ike_derive_resumed(&s->resumed, &attempt, &s->suite, &s->old.sk_d));
	print_text("SKEYSEED = prf(old.SK_d, Ni | Nr), and prf+ of it (rule 9):");
	keys_print("resumed", &s->resumed, secret_peek(&s->old.sk_d), nonces, 2);
	print_text("The client confirms with BIND; B moves the stub (E4), and only then answers "
		   "with BIND and INDEX "
		   "(rules 11 to 13):");
	inner_begin(&in);
	add_bind(s, &in, &s->resumed, SK_FROM_INITIATOR);
	sealed_message(s, "resumed.confirm_request", &s->resumed, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_INFORMATIONAL, false, 1, &in);
	inner_begin(&in);
	add_bind(s, &in, &s->resumed, SK_FROM_RESPONDER);
	inner_index(&in, &s->new_index);
	sealed_message(s, "resumed.confirm_response", &s->resumed, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_INFORMATIONAL, true, 1, &in);
	print_text("Had the bank answered `conflict`, or not at all, B's answer would have been "
		   "(rule 13):");
	inner_begin(&in);
	add_bind(s, &in, &s->resumed, SK_FROM_RESPONDER);
	ike_notify_write_simple(&in.in.w, NOTIFY_IKESYNC_NOT_COMMITTED, SPAN_NONE);
	sealed_message(s, "resumed.refusal", &s->resumed, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_INFORMATIONAL, true, 1, &in);
	show_aead(s, &attempt);
}

static void rekey_payloads(struct scene *s, struct inner *in, uint64_t spi, struct span nonce,
			   struct span ke)
{
	uint8_t octets[8];
	struct wcursor c = wcursor_init(octets, sizeof(octets));

	wcursor_u64(&c, spi);
	inner_begin(in);
	write_sa(&in->in.w, &s->suite, SPAN_OF(octets));
	ike_nonce_write(&in->in.w, nonce);
	ike_ke_write(&in->in.w, DH_X25519, ke);
}

void act_rekey(struct scene *s)
{
	struct ike_seed seed;
	struct inner in;
	struct span parts[3] = { SPAN_OF(s->rekey_ke.g_ir), SPAN_OF(s->rekey_ke.ni),
				 SPAN_OF(s->rekey_ke.nr) };

	print_heading("E5. The rekey with KE that follows, and the end");
	key_exchange_make(s, &s->rekey_ke);
	s->rekey_spi_i = rng_spi(&s->rng);
	s->rekey_spi_r = rng_spi(&s->rng);
	s->rekey_index = (struct index){ s->rekey_spi_r, s->b };
	key_exchange_print("rekey", &s->rekey_ke);
	rekey_payloads(s, &in, s->rekey_spi_i, SPAN_OF(s->rekey_ke.ni),
		       SPAN_OF(s->rekey_ke.public_i));
	sealed_message(s, "rekey.request", &s->resumed, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_CREATE_CHILD_SA, false, 2, &in);
	rekey_payloads(s, &in, s->rekey_spi_r, SPAN_OF(s->rekey_ke.nr),
		       SPAN_OF(s->rekey_ke.public_r));
	inner_index(&in, &s->rekey_index);
	sealed_message(s, "rekey.response", &s->resumed, s->new_spi_i, s->new_spi_r,
		       EXCHANGE_CREATE_CHILD_SA, true, 2, &in);
	seed = (struct ike_seed){ SPAN_OF(s->rekey_ke.ni), SPAN_OF(s->rekey_ke.nr), s->rekey_spi_i,
				  s->rekey_spi_r };
	must(ike_keys_rekey(&s->rekeyed, &s->suite, &seed, s->suite.prf,
			    secret_peek(&s->resumed.sk_d), SPAN_OF(s->rekey_ke.g_ir)));
	print_text("Forward secrecy is back: SKEYSEED = prf(resumed.SK_d, g^ir new | Ni | Nr).");
	keys_print("rekeyed", &s->rekeyed, secret_peek(&s->resumed.sk_d), parts, 3);
	print_text("The client ends the session, and with it the stub:");
	inner_begin(&in);
	ike_inform_delete(&in.in);
	sealed_message(s, "rekeyed.delete_request", &s->rekeyed, s->rekey_spi_i, s->rekey_spi_r,
		       EXCHANGE_INFORMATIONAL, false, 0, &in);
	inner_begin(&in);
	sealed_message(s, "rekeyed.delete_response", &s->rekeyed, s->rekey_spi_i, s->rekey_spi_r,
		       EXCHANGE_INFORMATIONAL, true, 0, &in);
}
