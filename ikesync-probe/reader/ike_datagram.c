/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells IKE from what else travels over UDP. */
#include "reader/ike_datagram.h"

#include "wire/iana.h"

#define PORT_IKE 500
#define PORT_NAT 4500
/* Endpoints on ports of their own that an IKE_SA_INIT was seen at. */
#define LEARNED_MAX 4096

struct ike_ports {
	uint16_t *more;
	size_t n;
	GHashTable *learned; /* struct endpoint */
};

static guint endpoint_hash(gconstpointer key)
{
	const struct endpoint *e = key;
	guint h = e->port;

	for (unsigned i = 0; i < sizeof(e->address.octets); i++)
		h = h * 31 + e->address.octets[i];
	return h;
}

static gboolean endpoint_same(gconstpointer a, gconstpointer b)
{
	return endpoint_equal(a, b);
}

struct ike_ports *ike_ports_new(const uint16_t *more, size_t n)
{
	struct ike_ports *p = g_new0(struct ike_ports, 1);

	p->more = n ? g_memdup2(more, n * sizeof(*more)) : NULL;
	p->n = n;
	p->learned = g_hash_table_new_full(endpoint_hash, endpoint_same, g_free, NULL);
	return p;
}

void ike_ports_free(struct ike_ports *p)
{
	if (!p)
		return;
	g_free(p->more);
	g_hash_table_unref(p->learned);
	g_free(p);
}

static bool is_port(const struct packet *k, uint16_t port)
{
	return k->from.port == port || k->to.port == port;
}

static bool told(const struct ike_ports *p, const struct packet *k)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_port(k, p->more[i]))
			return true;
	return g_hash_table_contains(p->learned, &k->from) ||
	       g_hash_table_contains(p->learned, &k->to);
}

static bool has_marker(struct span s)
{
	return s.n >= IKE_NON_ESP_MARKER_SIZE && !s.p[0] && !s.p[1] && !s.p[2] && !s.p[3];
}

static struct span without_marker(struct span s)
{
	return span_of(s.p + IKE_NON_ESP_MARKER_SIZE, s.n - IKE_NON_ESP_MARKER_SIZE);
}

/* IKEv2, whatever its lengths say? IKEv1, keep-alives and noise are nobody's fault. */
static bool looks_like_ike(struct span s)
{
	const uint8_t known = IKE_FLAG_INITIATOR | IKE_FLAG_VERSION | IKE_FLAG_RESPONSE;

	return s.n >= IKE_HEADER_SIZE && s.p[17] >> 4 == IKE_VERSION_2 >> 4 &&
	       s.p[18] >= EXCHANGE_IKE_SA_INIT && s.p[18] < 48 && !(s.p[19] & (uint8_t)~known);
}

/* On a port that nobody named: a whole IKE_SA_INIT of payloads that belong into one. */
static bool surely_init(struct span s)
{
	struct ike_header h;
	struct chain chain;
	struct fault fault;

	return looks_like_ike(s) && s.p[18] == EXCHANGE_IKE_SA_INIT &&
	       chain_parse_message(s, &h, &chain, &fault) == ERR_OK && h.spi_i &&
	       h.message_id == 0 && chain_find(&chain, PAYLOAD_NONCE);
}

static void learn(struct ike_ports *p, const struct endpoint *e)
{
	if (g_hash_table_size(p->learned) < LEARNED_MAX)
		g_hash_table_add(p->learned, g_memdup2(e, sizeof(*e)));
}

/* The IKE message in the datagram; empty: none. */
static struct span message_in(struct ike_ports *p, const struct packet *k)
{
	struct span s = k->payload, bare = has_marker(s) ? without_marker(s) : s;

	if (is_port(k, PORT_NAT) && !is_port(k, PORT_IKE))
		return has_marker(s) ? bare : SPAN_NONE;
	/* SPIi is never zero, so four zero octets are a marker here, too */
	if (is_port(k, PORT_IKE) || told(p, k))
		return bare;
	if (k->cut || !surely_init(bare))
		return SPAN_NONE;
	/* who asks has SPIr zero: the other one is the gateway */
	learn(p, bare.p[19] & IKE_FLAG_RESPONSE ? &k->from : &k->to);
	return bare;
}

void ike_datagram_take(struct ike_ports *p, struct reading *r, const struct packet *packet,
		       unsigned frame, uint64_t ns)
{
	struct seen_message m = {
		.frame = frame, .ns = ns, .from = packet->from, .to = packet->to
	};
	struct span s = message_in(p, packet);

	if (!looks_like_ike(s))
		return;
	if (packet->cut)
		reading_unread(r, "frame %u: the capture kept %zu octets of an IKE message", frame,
			       s.n);
	else
		reading_add_message(r, &m, s);
}
