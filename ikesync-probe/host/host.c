/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of the two gateways, and the messages that came to them. */
#include "host/host.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/socket_util.h"
#include "run/hook.h"

/* Signals wake poll(); this bounds what one that came just before costs, and the client's end. */
#define SLICE_MS 50

struct reply {
	unsigned gateway;
	uint64_t spi_i, spi_r; /* of the request */
	uint32_t message_id;
	GByteArray *octets;
};

static void reply_free(void *data)
{
	struct reply *r = data;

	g_byte_array_unref(r->octets);
	g_free(r);
}

static void message_free(void *data)
{
	struct host_message *m = data;

	g_byte_array_unref(m->octets);
	g_free(m);
}

static bool bind_gateway(struct host *h, unsigned gateway, const struct endpoint *at)
{
	struct endpoint nat = *at;
	GError *why = NULL;

	nat.port = 0;
	h->fd[gateway][0] = socket_bound(at, SOCK_DGRAM, &h->local[gateway][0], &why);
	if (h->fd[gateway][0] >= 0)
		h->fd[gateway][1] = socket_bound(&nat, SOCK_DGRAM, &h->local[gateway][1], &why);
	if (!why)
		return true;
	evidence_inconclusive(h->e, "[host]: the probe cannot listen: %s", why->message);
	g_error_free(why);
	return false;
}

static char *command(const struct host *h, const char *hook)
{
	char at[HOST_GATEWAYS][ENDPOINT_TEXT_MAX], address[HOST_GATEWAYS][ADDRESS_TEXT_MAX];
	char nat[HOST_GATEWAYS][8], pid[16];
	const struct client_word words[] = {
		{ "gateway", at[HOST_A] },
		{ "gateway-nat", nat[HOST_A] },
		{ "gateway-address", address[HOST_A] },
		{ "next", at[HOST_B] },
		{ "next-nat", nat[HOST_B] },
		{ "next-address", address[HOST_B] },
		{ "pid", pid },
	};

	for (unsigned i = 0; i < HOST_GATEWAYS; i++) {
		endpoint_text(&h->local[i][0], at[i]);
		address_text(&h->local[i][0].address, address[i]);
		g_snprintf(nat[i], sizeof(nat[i]), "%u", h->local[i][1].port);
	}
	g_snprintf(pid, sizeof(pid), "%d", (int)h->client.pid);
	return client_process_command(hook, words, G_N_ELEMENTS(words));
}

bool host_open(struct host *h, struct probe *p, struct evidence *e)
{
	const struct target_host *t = &p->target->host;
	char *line;
	bool ok;

	memset(h, 0, sizeof(*h));
	h->p = p;
	h->e = e;
	h->seen = g_ptr_array_new_with_free_func(message_free);
	h->replies = g_ptr_array_new_with_free_func(reply_free);
	for (unsigned i = 0; i < HOST_GATEWAYS; i++)
		h->fd[i][0] = h->fd[i][1] = -1;
	if (!bind_gateway(h, HOST_A, &t->listen) || !bind_gateway(h, HOST_B, &t->next))
		return false;
	line = command(h, t->start);
	evidence_note(e, "starting the client: %s", line);
	ok = client_process_start(&h->client, e, line);
	g_free(line);
	return ok;
}

void host_close(struct host *h)
{
	client_process_end(&h->client);
	for (unsigned i = 0; i < HOST_GATEWAYS; i++)
		for (unsigned j = 0; j < 2; j++)
			if (h->fd[i][j] >= 0)
				close(h->fd[i][j]);
	if (h->seen)
		g_ptr_array_unref(h->seen);
	if (h->replies)
		g_ptr_array_unref(h->replies);
	h->seen = h->replies = NULL;
}

uint64_t host_patience(const struct host *h)
{
	return h->p->target->host.patience;
}

bool host_tell_gone(struct host *h)
{
	const char *hook = h->p->target->host.resume;
	char *line;
	bool ok;

	if (!hook) {
		evidence_note(h->e, "the gateway is silent from now on");
		return true;
	}
	line = command(h, hook);
	ok = hook_run(h->p, h->e, "client-resume", line);
	g_free(line);
	return ok;
}

/* ---- what comes */

static bool came_before(const struct host *h, const struct host_message *m)
{
	for (unsigned i = 0; i < h->seen->len; i++) {
		const struct host_message *o = g_ptr_array_index(h->seen, i);

		if (o->gateway == m->gateway &&
		    span_equal(span_of(o->octets->data, o->octets->len),
			       span_of(m->octets->data, m->octets->len)))
			return true;
	}
	return false;
}

/* The client did not get the answer, or not before it asked again. */
static void repeat_replies(struct host *h, const struct host_message *m)
{
	for (unsigned i = 0; i < h->replies->len; i++) {
		const struct reply *r = g_ptr_array_index(h->replies, i);

		if (r->gateway == m->gateway && r->spi_i == m->header.spi_i &&
		    r->spi_r == m->header.spi_r && r->message_id == m->header.message_id)
			host_send(h, m->gateway, m->nat, &m->remote,
				  span_of(r->octets->data, r->octets->len));
	}
}

static void take(struct host *h, unsigned gateway, bool nat, const struct endpoint *from,
		 struct span datagram)
{
	struct rcursor c = rcursor_init(datagram, NULL);
	struct host_message *m;
	struct fault fault;
	struct span octets;

	evidence_udp(h->e, false, &h->local[gateway][nat], from, datagram);
	/* keepalives and ESP are for nobody here */
	if (nat && rcursor_u32(&c, "non-ESP marker") != 0)
		return;
	octets = rcursor_rest(&c);
	if (!rcursor_ok(&c))
		return;
	m = g_new0(struct host_message, 1);
	m->gateway = gateway;
	m->nat = nat;
	m->remote = *from;
	m->octets = g_byte_array_new();
	g_byte_array_append(m->octets, octets.p, (guint)octets.n);
	m->is_ike = ike_header_parse(octets, &m->header, &fault) == ERR_OK;
	m->again = came_before(h, m);
	g_ptr_array_add(h->seen, m);
	if (m->again && m->is_ike && !(m->header.flags & IKE_FLAG_RESPONSE))
		repeat_replies(h, m);
}

static void drain(struct host *h)
{
	static uint8_t buffer[IKE_MESSAGE_MAX + IKE_NON_ESP_MARKER_SIZE];

	for (unsigned i = 0; i < HOST_GATEWAYS; i++)
		for (unsigned j = 0; j < 2; j++)
			for (;;) {
				struct sockaddr_storage sa = { 0 };
				socklen_t n = sizeof(sa);
				struct endpoint from;
				ssize_t got = recvfrom(h->fd[i][j], buffer, sizeof(buffer), 0,
						       (struct sockaddr *)&sa, &n);

				if (got < 0)
					break;
				if (endpoint_from_sockaddr(&sa, &from))
					take(h, i, j, &from, span_of(buffer, (size_t)got));
			}
}

static void pause_for_message(struct host *h, uint64_t ms)
{
	struct pollfd fds[2 * HOST_GATEWAYS];

	for (unsigned i = 0; i < HOST_GATEWAYS; i++)
		for (unsigned j = 0; j < 2; j++)
			fds[2 * i + j] = (struct pollfd){ .fd = h->fd[i][j], .events = POLLIN };
	poll(fds, G_N_ELEMENTS(fds), (int)MIN(ms, SLICE_MS));
}

const struct host_message *host_at(struct host *h, unsigned i, uint64_t ms)
{
	const uint64_t until = probe_now() + ms;

	while (!probe_interrupted()) {
		const bool ended = client_process_ended(&h->client);
		uint64_t now;

		drain(h);
		if (i < h->seen->len)
			return g_ptr_array_index(h->seen, i);
		now = probe_now();
		if (ended || now >= until)
			break;
		pause_for_message(h, until - now);
	}
	if (!h->said_ended && h->client.ended && WIFEXITED(h->client.status))
		evidence_note(h->e, "the client has ended with status %d",
			      WEXITSTATUS(h->client.status));
	h->said_ended = h->client.ended;
	return NULL;
}

const struct host_message *host_next_init(struct host *h, uint64_t ms)
{
	const uint64_t until = probe_now() + ms;

	for (;;) {
		const uint64_t now = probe_now();
		const struct host_message *m = host_at(h, h->taken, now < until ? until - now : 0);

		h->taken += m != NULL;
		if (!m || (m->is_ike && !m->again && m->header.exchange == EXCHANGE_IKE_SA_INIT &&
			   !(m->header.flags & IKE_FLAG_RESPONSE)))
			return m;
	}
}

void host_send(struct host *h, unsigned gateway, bool nat, const struct endpoint *to,
	       struct span message)
{
	static uint8_t buffer[IKE_MESSAGE_MAX + IKE_NON_ESP_MARKER_SIZE];
	struct wcursor c = wcursor_init(buffer, sizeof(buffer));
	struct sockaddr_storage sa;
	const socklen_t n = endpoint_to_sockaddr(to, &sa);
	struct span datagram;

	if (nat)
		wcursor_u32(&c, 0);
	wcursor_bytes(&c, message);
	datagram = span_of(buffer, wcursor_size(&c));
	if (sendto(h->fd[gateway][nat], datagram.p, datagram.n, 0, (const struct sockaddr *)&sa,
		   n) < 0)
		evidence_note(h->e, "the kernel did not send a datagram: %s", g_strerror(errno));
	else
		evidence_udp(h->e, true, &h->local[gateway][nat], to, datagram);
}

void host_reply(struct host *h, unsigned gateway, bool nat, const struct endpoint *to,
		uint64_t spi_r, struct span message)
{
	struct ike_header header;
	struct reply *r;

	host_send(h, gateway, nat, to, message);
	if (ike_header_parse(message, &header, NULL) != ERR_OK)
		return;
	r = g_new0(struct reply, 1);
	r->gateway = gateway;
	r->spi_i = header.spi_i;
	r->spi_r = spi_r;
	r->message_id = header.message_id;
	r->octets = g_byte_array_append(g_byte_array_new(), message.p, (guint)message.n);
	g_ptr_array_add(h->replies, r);
}

unsigned host_count(const struct host *h, uint64_t spi_i, uint64_t spi_r, uint8_t flags,
		    uint32_t message_id)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->seen->len; i++) {
		const struct host_message *m = g_ptr_array_index(h->seen, i);

		n += m->is_ike && m->header.spi_i == spi_i && m->header.spi_r == spi_r &&
		     m->header.flags == flags && m->header.message_id == message_id;
	}
	return n;
}
