/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Up to 256 requests under way, by their identifier; a server that is dead or slow costs timers and nothing else. */
#include "aaa/radius_client.h"

#include "aaa/radius_packet.h"
#include "keys/secret.h"
#include "net/udp.h"
#include "tool/log.h"

#define TICKETS 256

struct aaa_ticket {
	struct radius_client *client;
	struct radius_asked asked;
	struct wheel_timer timer;
	uint32_t sent;
	uint64_t wait_ms;
	aaa_answered *done;
	void *user;
	size_t n;
	uint8_t packet[RADIUS_PACKET_MAX];
};

struct radius_client {
	struct radius_client_config config;
	struct udp_socket *socket;
	struct aaa_ticket *tickets[TICKETS];
	uint8_t next;
	bool silent; /* said, until it answers again */
};

static void drop(struct aaa_ticket *t)
{
	wheel_cancel(t->client->config.wheel, &t->timer);
	t->client->tickets[t->asked.id] = NULL;
	secret_wipe(t, sizeof(*t));
	g_free(t);
}

static void give_up(struct aaa_ticket *t)
{
	const struct aaa_answer silence = { .verdict = AAA_SILENT };
	struct radius_client *c = t->client;
	aaa_answered *done = t->done;
	void *user = t->user;
	char server[ENDPOINT_TEXT_MAX];

	if (!c->silent)
		log_warning("RADIUS server %s does not answer",
			    endpoint_text(&c->config.server, server));
	c->silent = true;
	drop(t);
	done(&silence, user);
}

static void send_again(void *user)
{
	struct aaa_ticket *t = user;
	struct radius_client *c = t->client;

	if (t->sent == c->config.tries) {
		give_up(t);
		return;
	}
	t->sent++;
	udp_send(c->socket, NULL, &c->config.server, SPAN_NONE, span_of(t->packet, t->n));
	wheel_arm(c->config.wheel, &t->timer, c->config.now_ms() + t->wait_ms, send_again, t);
	t->wait_ms *= 2;
}

static void take(struct radius_client *c, struct span octets)
{
	struct rcursor head = rcursor_init(octets, NULL);
	struct radius_read *r;
	struct aaa_ticket *t;
	enum err err;

	(void)rcursor_u8(&head, "code");
	t = c->tickets[rcursor_u8(&head, "identifier")];
	if (!rcursor_ok(&head) || !t)
		return;
	r = g_new(struct radius_read, 1);
	err = radius_packet_read(octets, &t->asked, r);
	if (err) {
		/* Anybody can send what is not right; the right one may still come. */
		log_debug("RADIUS answer not taken: %s", err_text(err));
	} else {
		aaa_answered *done = t->done;
		void *user = t->user;

		if (c->silent)
			log_notice("RADIUS server answers again");
		c->silent = false;
		drop(t);
		done(&r->answer, user);
	}
	secret_wipe(r, sizeof(*r));
	g_free(r);
}

static void receive(struct udp_socket *s, const struct udp_datagram *batch, size_t n, void *user)
{
	struct radius_client *c = user;

	(void)s;
	for (size_t i = 0; i < n; i++)
		if (endpoint_equal(&batch[i].remote, &c->config.server))
			take(c, batch[i].octets);
}

struct radius_client *radius_client_new(const struct radius_client_config *config, GError **error)
{
	struct radius_client *c = g_new0(struct radius_client, 1);
	struct endpoint any = { .address = { .family = config->server.address.family } };
	struct udp_handler handler = { receive, c };

	c->config = *config;
	c->socket = udp_bind(&any, &handler, NULL, error);
	if (c->socket)
		return c;
	g_free(c);
	return NULL;
}

void radius_client_free(struct radius_client *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < TICKETS; i++)
		if (c->tickets[i])
			drop(c->tickets[i]);
	udp_free(c->socket);
	g_free(c);
}

/* A free identifier; the one that was used longest ago first. NULL: none. */
static struct aaa_ticket *new_ticket(struct radius_client *c)
{
	struct aaa_ticket *t;
	unsigned tried = 0;

	while (c->tickets[c->next] && tried++ < TICKETS)
		c->next++;
	if (c->tickets[c->next])
		return NULL;
	t = g_new0(struct aaa_ticket, 1);
	t->client = c;
	t->asked = (struct radius_asked){ .id = c->next++,
					  .secret = c->config.secret,
					  .nas = c->config.nas };
	rng_fill(&c->config.rng, t->asked.authenticator, sizeof(t->asked.authenticator));
	c->tickets[t->asked.id] = t;
	return t;
}

static struct aaa_ticket *ask(void *self, const struct aaa_question *q, aaa_answered *done,
			      void *user)
{
	struct radius_client *c = self;
	struct aaa_ticket *t = new_ticket(c);
	struct wcursor w;

	if (!t)
		return NULL;
	t->done = done;
	t->user = user;
	t->wait_ms = c->config.first_ms;
	w = wcursor_init(t->packet, sizeof(t->packet));
	if (radius_packet_write(&w, &t->asked, q)) {
		drop(t);
		return NULL;
	}
	t->n = wcursor_size(&w);
	send_again(t);
	return t;
}

static void forget(void *self, struct aaa_ticket *t)
{
	(void)self;
	drop(t);
}

struct aaa_service radius_client_service(struct radius_client *c)
{
	static const struct aaa_ops ops = { ask, forget };

	return (struct aaa_service){ &ops, c };
}
