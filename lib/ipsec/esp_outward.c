/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the device to the network (RFC 4303 section 3.3, RFC 4301 section 5.1). */
#include "ipsec/esp_outward.h"

#include "ipsec/esp_child.h"

#define IP4_HEADER 20
#define IP6_HEADER 40

static bool fits(const void *owner, const void *what)
{
	const struct esp_child *c = owner;
	const struct ip_packet *p = what;

	/* Of transport mode the addresses outside are those inside. */
	return esp_selectors_carry(c->selectors, p) &&
	       (!c->transport || (address_equal(&p->destination, &c->path.remote.address) &&
				  address_equal(&p->source, &c->path.local.address)));
}

/* Transport mode takes whole packets without options only (RFC 4303 section 3.3.4). */
static bool bare(const struct ip_packet *p)
{
	const size_t header = p->octets.n - p->next.n;

	return !p->fragment && header == (p->source.family == 4 ? IP4_HEADER : IP6_HEADER);
}

static bool seal(struct esp_child *c, const struct ip_packet *p, uint8_t *packet)
{
	struct esp_plane *plane = c->plane;
	size_t skip = c->transport ? p->octets.n - p->next.n : 0, n = p->octets.n - skip;
	size_t size = esp_out_size(&c->out, n);
	uint8_t next = p->source.family == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6, *at;

	if (size > ESP_PACKET_MAX || (c->transport && !bare(p)))
		return false;
	at = plane->ops.reserve(plane->ops.user, &c->path, size);
	if (!at || !esp_out_seal(&c->out, &plane->ivs, c->transport ? p->protocol : next,
				 &packet[skip], n, at))
		return false;
	plane->ops.commit(plane->ops.user, &c->path, size);
	return true;
}

void esp_outward_send(struct esp_plane *p, uint8_t *packet, size_t n)
{
	struct ip_packet ip;
	struct esp_child *c;

	if (!ip_packet_read(span_of(packet, n), &ip) || ip.octets.n != n) {
		p->counters.unrouted++;
		return;
	}
	c = esp_routes_find(p->routes, &ip.destination, fits, &ip);
	if (!c) {
		p->counters.unrouted++;
		return;
	}
	if (!seal(c, &ip, packet)) {
		p->counters.unsent++;
		return;
	}
	p->counters.out++;
	c->traffic.packets_out++;
	c->traffic.octets_out += n;
	if (wheel_armed(&c->keepalive))
		c->sent_ms = p->ops.now_ms(p->ops.user);
}
