/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps a case's messages for its report. */
#include "run/message_log.h"

#include "wire/stub_container.h"

static void message_free(void *data)
{
	struct logged_message *m = data;

	g_bytes_unref(m->octets);
	if (m->inner)
		g_bytes_unref(m->inner);
	g_free(m);
}

void message_log_init(struct message_log *log)
{
	*log = (struct message_log){ .all = g_ptr_array_new_with_free_func(message_free) };
}

void message_log_clear(struct message_log *log)
{
	g_clear_pointer(&log->all, g_ptr_array_unref);
	g_clear_pointer(&log->next_inner, g_bytes_unref);
}

/*
 * Reports are carried away and shown around: no SK_d of anybody goes with them. A tester's messages are broken as often as
 * not, so this reads on where lib/wire stops, and where nobody can tell what stands where, nothing is kept.
 */
static void blank_chain(uint8_t *p, size_t n, unsigned type, bool inside);

static void blank_payload(unsigned type, uint8_t *body, size_t n)
{
	if (type == STUB_PAYLOAD_SK_D || type == STUB_PAYLOAD_SHARED_SECRET)
		memset(body, 0, n);
	else if (type == STUB_PAYLOAD_STUB && n >= STUB_CONTAINER_HEAD)
		blank_chain(body + STUB_CONTAINER_HEAD, n - STUB_CONTAINER_HEAD, body[0], true);
}

/* The payloads at `p`, of which the first has `type`; `inside`: a container. */
static void blank_chain(uint8_t *p, size_t n, unsigned type, bool inside)
{
	while (type != PAYLOAD_NONE && n >= CHAIN_PAYLOAD_HEADER_SIZE) {
		const size_t length = (size_t)p[2] << 8 | p[3];
		const unsigned next = p[0];

		if (length < CHAIN_PAYLOAD_HEADER_SIZE || length > n)
			break;
		blank_payload(type, p + CHAIN_PAYLOAD_HEADER_SIZE,
			      length - CHAIN_PAYLOAD_HEADER_SIZE);
		type = next;
		p += length;
		n -= length;
	}
	if (inside)
		memset(p, 0, n);
	else if (type != PAYLOAD_NONE && n > CHAIN_PAYLOAD_HEADER_SIZE)
		blank_payload(type, p + CHAIN_PAYLOAD_HEADER_SIZE, n - CHAIN_PAYLOAD_HEADER_SIZE);
}

static GBytes *copy_of(struct span octets, bool stub)
{
	uint8_t *copy = g_memdup2(octets.p, octets.n);

	if (stub && octets.n > STUB_HEADER_SIZE)
		blank_chain(copy + STUB_HEADER_SIZE, octets.n - STUB_HEADER_SIZE, copy[0], false);
	return g_bytes_new_take(copy, MIN(octets.n, MESSAGE_LOG_OCTETS));
}

void message_log_add(struct message_log *log, uint64_t at_ms, bool sent, bool stub,
		     const struct endpoint *local, const struct endpoint *remote,
		     struct span octets)
{
	struct logged_message *m = g_new0(struct logged_message, 1);

	if (log->all->len == MESSAGE_LOG_FIRST + MESSAGE_LOG_LAST) {
		g_ptr_array_remove_index(log->all, MESSAGE_LOG_FIRST);
		log->left_out++;
	}
	m->at_ms = at_ms;
	m->sent = sent;
	m->stub = stub;
	m->local = *local;
	m->remote = *remote;
	m->length = octets.n;
	m->octets = copy_of(octets, stub);
	if (sent && !stub) {
		m->inner = g_steal_pointer(&log->next_inner);
		m->inner_first = log->next_inner_first;
	}
	g_ptr_array_add(log->all, m);
}

void message_log_sealed(struct message_log *log, struct span inner, uint8_t first)
{
	g_clear_pointer(&log->next_inner, g_bytes_unref);
	log->next_inner = g_bytes_new(inner.p, MIN(inner.n, MESSAGE_LOG_OCTETS));
	log->next_inner_first = first;
}

void message_log_opened(struct message_log *log, struct span inner, uint8_t first)
{
	for (unsigned i = log->all->len; i > 0; i--) {
		struct logged_message *m = g_ptr_array_index(log->all, i - 1);

		if (m->sent || m->stub)
			continue;
		g_clear_pointer(&m->inner, g_bytes_unref);
		m->inner = g_bytes_new(inner.p, MIN(inner.n, MESSAGE_LOG_OCTETS));
		m->inner_first = first;
		return;
	}
}
