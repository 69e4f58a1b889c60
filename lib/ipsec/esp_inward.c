/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the network to the device (RFC 4303 section 3.4, RFC 4301 section 5.2). */
#include "ipsec/esp_inward.h"

#include "ipsec/esp_child.h"

#define IP4_HEADER 20
#define IP6_HEADER 40
#define HOPS 64
/* Before the inner packet, for the header that transport mode leaves out. */
#define HEADROOM 64

static void count_bad(struct esp_plane_counters *c, enum esp_verdict why)
{
	switch (why) {
	case ESP_REPLAYED:
		c->replayed++;
		break;
	case ESP_BAD_ICV:
		c->bad_icv++;
		break;
	case ESP_BAD_PADDING:
		c->bad_padding++;
		break;
	default:
		c->malformed++;
	}
}

/* RFC 7296 section 2.23: only by a packet that no older one can be mistaken for. */
static void learn(struct esp_child *c, const struct data_plane_path *seen, bool newest)
{
	struct esp_plane *p = c->plane;

	if (!newest || !c->path.learns || !seen->nat ||
	    (endpoint_equal(&c->path.remote, &seen->remote) &&
	     address_equal(&c->path.local.address, &seen->local.address)))
		return;
	c->path.remote = seen->remote;
	c->path.local = seen->local;
	p->counters.learnt++;
}

static void hear(struct esp_child *c)
{
	bool first = c->traffic.heard_ms == 0;

	c->traffic.heard_ms = c->plane->ops.now_ms(c->plane->ops.user);
	/* The peer uses it: from now on we do, too (RFC 7296 section 2.8). */
	for (unsigned i = 0; first && i < c->n_routes; i++)
		esp_routes_prefer(&c->routes[i]);
}

/* The header that transport mode left out, in front of the payload; 0: none can be made. */
static size_t write_header(const struct esp_child *c, uint8_t next, size_t n, uint8_t *behind)
{
	const struct address *from = &c->path.remote.address, *to = &c->path.local.address;
	uint8_t *h;

	if (from->family == 4 && to->family == 4 && n <= ESP_PACKET_MAX - IP4_HEADER) {
		h = behind - IP4_HEADER;
		memset(h, 0, IP4_HEADER);
		h[0] = 0x45;
		h[2] = (uint8_t)((n + IP4_HEADER) >> 8);
		h[3] = (uint8_t)(n + IP4_HEADER);
		h[6] = 0x40; /* whole, and to stay so */
		h[8] = HOPS;
		h[9] = next;
		memcpy(&h[12], from->octets, 4);
		memcpy(&h[16], to->octets, 4);
		ip_packet_sum_header(h);
		return IP4_HEADER;
	}
	if (from->family != 6 || to->family != 6 || n > ESP_PACKET_MAX)
		return 0;
	h = behind - IP6_HEADER;
	memset(h, 0, IP6_HEADER);
	h[0] = 0x60;
	h[4] = (uint8_t)(n >> 8);
	h[5] = (uint8_t)n;
	h[6] = next;
	h[7] = HOPS;
	memcpy(&h[8], from->octets, 16);
	memcpy(&h[24], to->octets, 16);
	return IP6_HEADER;
}

/* The packet as the device gets it. false: there is none in it. */
static bool unpack(struct esp_child *c, const struct esp_opened *o, struct ip_packet *out)
{
	uint8_t *at = &c->plane->opened[HEADROOM];
	struct span whole = o->payload;
	size_t header;

	if (!c->transport)
		return ip_packet_read(whole, out) &&
		       o->next_header == (out->source.family == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6);
	header = write_header(c, o->next_header, whole.n, at);
	if (!header || !ip_packet_read(span_of(at - header, header + whole.n), out))
		return false;
	/* Its sum was made over addresses on the other side of the NAT (RFC 3948 section 3.1.2). */
	if (c->path.nat)
		ip_packet_sum_transport(out, &at[out->next.p - at]);
	return true;
}

static void deliver(struct esp_child *c, const struct esp_opened *o)
{
	struct esp_plane *p = c->plane;
	struct ip_packet packet;

	if (o->next_header == ESP_NEXT_DUMMY) { /* RFC 4303 section 2.6 */
		p->counters.dummies++;
	} else if (!unpack(c, o, &packet)) {
		p->counters.malformed++;
	} else if (!esp_selectors_admit(c->selectors, &packet)) {
		p->counters.not_admitted++;
	} else {
		p->counters.in++;
		c->traffic.packets_in++;
		c->traffic.octets_in += packet.octets.n;
		p->ops.deliver(p->ops.user, packet.octets);
	}
}

void esp_inward_receive(struct esp_plane *p, const struct data_plane_path *seen, struct span packet)
{
	struct rcursor r = rcursor_init(packet, NULL);
	uint32_t spi = rcursor_u32(&r, "SPI");
	struct esp_opened opened;
	enum esp_verdict v;
	struct esp_child *c;

	if (packet.n == 1 && packet.p[0] == 0xff)
		return;
	if (packet.n < ESP_HEADER_SIZE || packet.n > ESP_PACKET_MAX || spi == 0) {
		p->counters.malformed++;
		return;
	}
	c = g_hash_table_lookup(p->children, GUINT_TO_POINTER(spi));
	if (!c) {
		p->counters.strangers++;
		p->ops.stranger(p->ops.user, &seen->remote, spi);
		return;
	}
	v = esp_in_open(&c->in, packet, &p->opened[HEADROOM], &opened);
	if (v == ESP_GOOD || v == ESP_BAD_PADDING)
		hear(c);
	if (v != ESP_GOOD) {
		count_bad(&p->counters, v);
		return;
	}
	learn(c, seen, opened.newest);
	deliver(c, &opened);
}
