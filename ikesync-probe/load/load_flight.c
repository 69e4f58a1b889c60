/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a first request to an SA, with lib/ike. */
#include "load/load_flight.h"

#include <string.h>

#include "ike/ike_bind.h"
#include "ike/ike_child.h"
#include "ike/ike_derive.h"
#include "ike/ike_init.h"
#include "ike/ike_psk.h"
#include "ike/ike_told.h"
#include "keys/nat_detection.h"
#include "net/loop.h"

#define ATTEMPTS 6
/* SPIi ends with the number of its flight, so that an answer finds it. */
#define SLOT_BITS 16
#define ECHO_SLOT 0xffff
#define INNER_MAX 1024

static uint64_t now_us(void)
{
	return (uint64_t)g_get_monotonic_time();
}

static uint64_t spi_with(unsigned slot)
{
	return rng_spi(&rng_system) << SLOT_BITS | slot;
}

static struct address source_of(const struct load_fleet *f, unsigned session)
{
	struct address a = f->config->target->client.source;

	if (f->config->sources > 1)
		address_ip4_write(a.octets, address_ip4(a.octets) + session % f->config->sources);
	return a.family ? a : f->local.address;
}

static void transmit(const struct load_flight *t)
{
	const struct load_message *m = t->second ? &t->protected : &t->request;

	udp_send(t->fleet->socket, t->fleet->bound_to_any ? &t->source : NULL,
		 &t->fleet->gateway->ike, SPAN_NONE, span_of(m->octets, m->n));
}

static void end(struct load_flight *t, enum load_outcome o)
{
	struct load_fleet *f = t->fleet;

	wheel_cancel(f->wheel, &t->timer);
	f->ended(f->user, t, o);
	ike_client_clear(&t->sa);
	secret_clear(&t->sk_d);
	t->busy = false;
	t->next_free = f->free;
	f->free = t;
	f->n_free++;
}

static void on_timer(void *user);

static void arm(struct load_flight *t)
{
	const uint64_t first = t->fleet->config->target->timers.retransmit;

	wheel_arm(t->fleet->wheel, &t->timer, loop_now() + (first << (t->attempts - 1)), on_timer,
		  t);
}

static void on_timer(void *user)
{
	struct load_flight *t = user;

	if (t->attempts == ATTEMPTS) {
		end(t, LOAD_SILENT);
		return;
	}
	t->attempts++;
	t->fleet->phase->again++;
	transmit(t);
	arm(t);
}

static void send_new(struct load_flight *t)
{
	t->attempts = 1;
	transmit(t);
	arm(t);
}

/* ---- the requests ---- */

static const struct suite *suite_of(const struct load_fleet *f)
{
	return &f->config->target->client.suites[0];
}

static void make_init(struct load_flight *t)
{
	const struct load_fleet *f = t->fleet;
	const struct endpoint *to = &f->gateway->ike;
	const struct nat_ends nat = { t->source, to->address, f->local.port, to->port };
	struct ike_init r = { .spi_i = t->spi_i,
			      .cookie = span_of(t->cookie, t->cookie_n),
			      .n_suites = 1,
			      .suites = suite_of(f),
			      .group = suite_of(f)->dh,
			      .ke = span_of(f->public, dh_public_size(suite_of(f)->dh)),
			      .ni = SPAN_OF(t->ni),
			      .syn = t->resuming ? &t->index : NULL,
			      .syn_type = f->config->target->syn_payload_type,
			      .vendor_id = true,
			      .nat = &nat };
	struct wcursor c = wcursor_init(t->request.octets, sizeof(t->request.octets));
	const enum err err = ike_init_write(&c, &r);

	g_assert(err == ERR_OK); /* there is room for the largest group */
	t->request.n = wcursor_size(&c);
}

void load_flight_begin(struct load_fleet *f, unsigned i, const struct index *index,
		       const struct secret *sk_d)
{
	struct load_flight *t = f->free;

	f->free = t->next_free;
	f->n_free--;
	t->busy = true;
	t->session = i;
	t->second = false;
	t->cookie_n = 0;
	t->source = source_of(f, i);
	t->spi_i = spi_with(t->slot);
	rng_fill(&rng_system, t->ni, sizeof(t->ni));
	t->resuming = index != NULL;
	if (index) {
		t->index = *index;
		t->sk_d = *sk_d;
	}
	make_init(t);
	send_new(t);
}

static struct ike_attempt attempt_of(const struct load_flight *t, const struct ike_answer *a)
{
	struct ike_attempt at = { .spi_i = t->spi_i,
				  .ni = SPAN_OF(t->ni),
				  .request = span_of(t->request.octets, t->request.n) };

	ike_attempt_take(&at, a);
	return at;
}

/* IKE_AUTH, with a child SA where the gateway knows no other way. */
static void write_auth(struct load_flight *t, struct ike_inner *in, const struct ike_attempt *at,
		       bool childless)
{
	const struct target_client *client = &t->fleet->config->target->client;
	const struct ike_child_offer offer = { .n_suites = client->n_esp, .suites = client->esp };
	struct ike_child child;

	ike_psk_write(in, at, &t->sa.keys, &client->id.id,
		      span_of(client->psk.octets, client->psk.n));
	if (!childless)
		ike_child_write(in, &offer, &rng_system, &child);
}

/* The answer to IKE_SA_INIT that counts: derive, and send the protected request. */
static void go_on(struct load_flight *t, struct span message)
{
	const struct load_fleet *f = t->fleet;
	const struct ike_offer offer = { 1, suite_of(f), suite_of(f)->dh, f->dh };
	struct wcursor out = wcursor_init(t->protected.octets, sizeof(t->protected.octets));
	uint8_t room[INNER_MAX];
	struct ike_answer a;
	struct ike_attempt at;
	struct ike_keys keys;
	struct ike_inner in;
	bool ok;

	if (message.n > sizeof(t->response.octets)) {
		end(t, LOAD_WRONG);
		return;
	}
	memcpy(t->response.octets, message.p, message.n);
	t->response.n = message.n;
	(void)ike_answer_read(span_of(t->response.octets, t->response.n), t->spi_i, &a);
	at = attempt_of(t, &a);
	ok = a.nr_fits &&
	     (t->resuming ? ike_derive_resumed(&keys, &at, suite_of(f), &t->sk_d) == ERR_OK
			  : ike_derive_full(&keys, &at, &a, &offer, NULL, NULL));
	if (!ok) {
		end(t, LOAD_WRONG);
		return;
	}
	t->sa = (struct ike_client){ .spi_i = at.spi_i, .spi_r = at.spi_r };
	ike_client_set_keys(&t->sa, &keys, 1);
	ike_inner_init(&in, room, sizeof(room));
	if (t->resuming)
		ike_bind_write(&in, &at, &t->sa.keys, SK_FROM_INITIATOR);
	else
		write_auth(t, &in, &at, a.childless);
	if (ike_client_seal(&t->sa, &rng_system,
			    t->resuming ? EXCHANGE_INFORMATIONAL : EXCHANGE_IKE_AUTH, false,
			    ike_window_ask(&t->sa.window), &in, &out) != ERR_OK) {
		end(t, LOAD_WRONG);
		return;
	}
	t->protected.n = wcursor_size(&out);
	t->second = true;
	send_new(t);
}

/* ---- the answers ---- */

static void take_cookie(struct load_flight *t, const struct ike_answer *a)
{
	struct ike_init r = { .n_suites = 1, .suites = suite_of(t->fleet) };

	if (t->cookie_n || !ike_init_retry(&r, a) || !r.cookie.n)
		return; /* anybody can send one; the time-out decides */
	t->cookie_n = r.cookie.n;
	memcpy(t->cookie, r.cookie.p, r.cookie.n);
	t->fleet->phase->cookies++;
	make_init(t);
	send_new(t);
}

static void take_init(struct load_flight *t, struct span message)
{
	struct ike_answer a;

	switch (ike_answer_read(message, t->spi_i, &a)) {
	case IKE_ANSWER_COOKIE:
		take_cookie(t, &a);
		break;
	case IKE_ANSWER_RESUMED:
		if (t->resuming)
			go_on(t, message);
		break;
	case IKE_ANSWER_ORDINARY:
		if (t->resuming)
			end(t, LOAD_MISSING);
		else
			go_on(t, message);
		break;
	case IKE_ANSWER_ERROR:
	case IKE_ANSWER_INVALID_KE:
		end(t, LOAD_REFUSED);
		break;
	default:
		break;
	}
}

static bool proves_itself(struct load_flight *t, const struct chain *inner)
{
	const struct load_config *config = t->fleet->config;
	const struct target_id *id = &t->fleet->gateway->id;
	struct ike_answer a;
	struct ike_attempt at;
	struct ike_id told;
	uint8_t method;

	(void)ike_answer_read(span_of(t->response.octets, t->response.n), t->spi_i, &a);
	at = attempt_of(t, &a);
	if (t->resuming)
		return ike_bind_judge(inner, &at, &t->sa.keys, SK_FROM_RESPONDER) == IKE_BIND_RIGHT;
	return ike_psk_verify(
	    inner, &at, &t->sa.keys, id->given ? &id->id : NULL,
	    span_of(config->target->client.psk.octets, config->target->client.psk.n), &told,
	    &method, NULL);
}

static void take_protected(struct load_flight *t, struct span message)
{
	uint8_t plain[LOAD_MESSAGE_MAX];
	struct ike_protected m;
	struct ike_header h;
	uint16_t error;

	if (!ike_protected_belongs(message, t->sa.spi_i, t->sa.spi_r, &h, NULL) ||
	    !(h.flags & IKE_FLAG_RESPONSE) || h.message_id != 1 || message.n > sizeof(plain))
		return;
	if (ike_client_open(&t->sa, message, plain, sizeof(plain), &m) != ERR_OK) {
		t->fleet->phase->wrong++;
		return; /* the right one may still come */
	}
	/* beside AUTH an error is of the child SA alone (RFC 7296 section 1.2) */
	error = !t->resuming && chain_find(&m.inner, PAYLOAD_AUTH) ? 0 : ike_protected_error(&m);
	if (error == NOTIFY_IKESYNC_NOT_COMMITTED) {
		end(t, LOAD_UNCOMMITTED);
	} else if (error) {
		end(t, LOAD_REFUSED);
	} else if (!proves_itself(t, &m.inner)) {
		end(t, LOAD_WRONG);
	} else {
		if (ike_told_index(&m.inner, &t->index, NULL) != IKE_TOLD_PRESENT)
			t->index = (struct index){ t->sa.spi_r, t->fleet->gateway->index_address };
		end(t, LOAD_DONE);
	}
	secret_wipe(plain, sizeof(plain));
}

static void take_echo(struct load_fleet *f, uint64_t spi)
{
	if (spi != f->echo_spi)
		return;
	load_histogram_add(&f->phase->echo, now_us() - f->echo_us);
	f->echo_spi = 0;
}

static void receive(struct udp_socket *s, const struct udp_datagram *batch, size_t n, void *user)
{
	struct load_fleet *f = user;

	(void)s;
	for (size_t i = 0; i < n; i++) {
		struct rcursor c = rcursor_init(batch[i].octets, NULL);
		const uint64_t spi = rcursor_u64(&c, "SPIi");
		const unsigned slot = (unsigned)(spi & ECHO_SLOT);

		if (!endpoint_equal(&batch[i].remote, &f->gateway->ike))
			continue;
		if (slot == ECHO_SLOT)
			take_echo(f, spi);
		if (slot >= f->config->window || !f->flights[slot].busy ||
		    f->flights[slot].spi_i != spi)
			continue;
		if (f->flights[slot].second)
			take_protected(&f->flights[slot], batch[i].octets);
		else
			take_init(&f->flights[slot], batch[i].octets);
	}
	f->landed(f->user);
}

void load_fleet_echo(struct load_fleet *f)
{
	const struct address source = source_of(f, 0);
	uint8_t octets[IKE_HEADER_SIZE];
	struct wcursor c = wcursor_init(octets, sizeof(octets));
	const struct ike_header h = { .spi_i = spi_with(ECHO_SLOT),
				      .version = 0x30,
				      .exchange = EXCHANGE_IKE_SA_INIT,
				      .flags = IKE_FLAG_INITIATOR,
				      .length = IKE_HEADER_SIZE };

	f->phase->echoes_lost += f->echo_spi != 0;
	ike_header_write(&c, &h);
	f->echo_spi = h.spi_i;
	f->echo_us = now_us();
	udp_send(f->socket, f->bound_to_any ? &source : NULL, &f->gateway->ike, SPAN_NONE,
		 wcursor_written(&c, 0));
}

/* ---- the fleet ---- */

bool load_fleet_init(struct load_fleet *f, const struct load_config *c, struct wheel *wheel,
		     GMainContext *context, GError **error)
{
	const struct udp_handler handler = { .receive = receive, .user = f };
	const struct address *source = &c->target->client.source;
	struct endpoint local = { 0 };

	f->config = c;
	f->wheel = wheel;
	f->gateway = &c->target->old_gateway;
	f->dh = dh_new(c->target->client.suites[0].dh);
	f->bound_to_any = c->sources > 1 || !source->family;
	local.address.family = c->target->gateway.ike.address.family;
	if (!f->bound_to_any)
		local.address = *source;
	f->socket = udp_bind(&local, &handler, context, error);
	if (!f->socket)
		return false;
	if (!f->dh || dh_public(f->dh, f->public) != ERR_OK) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "the group of [client] ike is not supported");
		return false;
	}
	f->local = *udp_local(f->socket);
	f->bound_to_any = c->sources > 1;
	f->flights = g_new0(struct load_flight, c->window);
	for (unsigned i = c->window; i-- > 0;) {
		f->flights[i].slot = i;
		f->flights[i].fleet = f;
		f->flights[i].next_free = f->free;
		f->free = &f->flights[i];
	}
	f->n_free = c->window;
	return true;
}

void load_fleet_drop(struct load_fleet *f)
{
	for (unsigned i = 0; f->flights && i < f->config->window; i++) {
		struct load_flight *t = &f->flights[i];

		if (!t->busy)
			continue;
		wheel_cancel(f->wheel, &t->timer);
		ike_client_clear(&t->sa);
		secret_clear(&t->sk_d);
		t->busy = false;
		t->next_free = f->free;
		f->free = t;
		f->n_free++;
	}
	f->echo_spi = 0;
}

void load_fleet_clear(struct load_fleet *f)
{
	load_fleet_drop(f);
	udp_free(f->socket);
	if (f->dh)
		dh_free(f->dh);
	g_free(f->flights);
	*f = (struct load_fleet){ 0 };
}
