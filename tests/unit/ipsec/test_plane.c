/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plane between a network and a device that are arrays here; the peer is libgcrypt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "ipsec/esp_inward.h"
#include "ipsec/esp_outward.h"
#include "ipsec/ip_packet.h"
#include "other_esp.h"

#define SUITE 0 /* aes128gcm16 */
#define INNER 0x0a000005
#define SERVER 0xc0000201

struct world {
	uint64_t now_ms;
	struct wheel *wheel;
	struct esp_plane *plane;
	uint8_t sent[2048], delivered[2048];
	size_t sent_n, delivered_n;
	unsigned n_sent, n_delivered, n_strangers;
	struct data_plane_path sent_by;
	bool no_socket;
};

static uint64_t now_ms(void *user)
{
	return ((struct world *)user)->now_ms;
}

static uint8_t *reserve(void *user, const struct data_plane_path *path, size_t n)
{
	struct world *w = user;

	(void)path;
	assert_true(n <= sizeof(w->sent));
	return w->sent;
}

static void commit(void *user, const struct data_plane_path *path, size_t n)
{
	struct world *w = user;

	w->sent_n = n;
	w->sent_by = *path;
	w->n_sent++;
}

static bool can_send(void *user, const struct data_plane_path *path)
{
	(void)path;
	return !((struct world *)user)->no_socket;
}

static void deliver(void *user, struct span packet)
{
	struct world *w = user;

	assert_true(packet.n <= sizeof(w->delivered));
	memcpy(w->delivered, packet.p, packet.n);
	w->delivered_n = packet.n;
	w->n_delivered++;
}

static void stranger(void *user, const struct endpoint *remote, uint32_t spi)
{
	(void)remote;
	(void)spi;
	((struct world *)user)->n_strangers++;
}

static void begin(struct world *w)
{
	const struct esp_plane_ops ops = { now_ms,   reserve, commit,     can_send, deliver,
					   stranger, w,       rng_system, NULL,     20000 };
	struct esp_plane_ops o = ops;

	*w = (struct world){ .now_ms = 1000 };
	w->wheel = wheel_new(w->now_ms);
	o.wheel = w->wheel;
	w->plane = esp_plane_new(&o);
}

static void end(struct world *w)
{
	esp_plane_free(w->plane);
	assert_int_equal(wheel_count(w->wheel), 0);
	wheel_free(w->wheel);
}

static const struct data_plane_path way = {
	.local = { { 4, { 192, 0, 2, 1 } }, 4500 },
	.remote = { { 4, { 198, 51, 100, 7 } }, 60000 },
	.nat = true,
	.learns = true,
};

static struct ike_ts ts4(uint32_t a, uint32_t b)
{
	struct ike_ts t = { IKE_TS_IPV4_ADDR_RANGE, 0, 0, 65535, { 0 }, { 0 } };

	address_ip4_write(t.start, a);
	address_ip4_write(t.end, b);
	return t;
}

static struct secret key_of(uint8_t first)
{
	struct secret s = { .n = 20 };

	memset(s.octets, first, 20);
	return s;
}

struct made {
	uint32_t spi;
	bool transport;
	uint32_t theirs, ours;
	struct data_plane_path path;
};

static const struct made plain = { .spi = 0x1000, .theirs = INNER, .ours = SERVER };

static bool install(struct world *w, const struct made *m)
{
	const struct data_plane service = esp_plane_service(w->plane);
	struct suite_esp suite;
	struct child_keys keys = { .encr_i = key_of((uint8_t)m->spi),
				   .encr_r = key_of((uint8_t)(m->spi + 1)) };
	struct ike_ts_list i = { 1, { ts4(m->theirs, m->theirs) } },
			   r = { 1, { ts4(m->ours, m->ours) } };
	struct data_plane_child c = { .spi_in = m->spi,
				      .spi_out = m->spi + 1,
				      .suite = &suite,
				      .transport = m->transport,
				      .keys = &keys,
				      .tsi = &i,
				      .tsr = &r,
				      .path = m->path.local.port ? m->path : way };

	assert_int_equal(suite_esp_from_text(other_suites[SUITE].text, &suite), ERR_OK);
	return service.ops->install(service.self, &c);
}

static void drop(struct world *w, uint32_t spi)
{
	const struct data_plane s = esp_plane_service(w->plane);

	s.ops->remove(s.self, spi);
}

static struct data_plane_traffic traffic(struct world *w, uint32_t spi)
{
	const struct data_plane s = esp_plane_service(w->plane);
	struct data_plane_traffic t;

	assert_true(s.ops->ask(s.self, spi, &t));
	return t;
}

static bool is_at(struct world *w, uint32_t spi, const struct endpoint *remote)
{
	const struct data_plane_traffic t = traffic(w, spi);

	return endpoint_equal(&t.path.remote, remote);
}

/* A UDP packet of eight octets of data. */
static size_t inner(uint8_t *out, uint32_t from, uint32_t to)
{
	static const uint8_t rest[] = { 0,   7,   0,   9,   0,   16,  0,   0,
					'd', 'a', 't', 'a', 'd', 'a', 't', 'a' };

	memset(out, 0, 20);
	out[0] = 0x45;
	out[3] = 36;
	out[8] = 64;
	out[9] = 17;
	address_ip4_write(&out[12], from);
	address_ip4_write(&out[16], to);
	ip_packet_sum_header(out);
	memcpy(&out[20], rest, sizeof(rest));
	return 36;
}

struct peer {
	uint8_t key[20];
	struct other_packet p;
};

static void peer_of(struct peer *p, uint32_t spi, uint8_t key)
{
	memset(p->key, key, sizeof(p->key));
	p->p = (struct other_packet){ .spi = spi, .encr = p->key, .next = 4 };
}

/* The peer sends `text` with number `seq`, from `path`. */
static void come(struct world *w, struct peer *p, uint64_t seq, const uint8_t *text, size_t n,
		 const struct data_plane_path *path)
{
	uint8_t packet[2048];

	p->p.seq = seq;
	p->p.text = text;
	p->p.n = n;
	memset(p->p.iv, (int)seq, sizeof(p->p.iv));
	n = other_esp_make(&other_suites[SUITE], &p->p, packet);
	esp_inward_receive(w->plane, path, span_of(packet, n));
}

static void in_and_out(void **state)
{
	struct world w;
	struct peer p;
	uint8_t o[64 + ESP_PLANE_ROOM], text[64], got[64];
	size_t n = inner(o, INNER, SERVER);
	const struct esp_plane_counters *c;

	(void)state;
	begin(&w);
	c = esp_plane_counters(w.plane);
	assert_true(install(&w, &plain));
	assert_false(install(&w, &plain)); /* that SPI is taken */
	peer_of(&p, plain.spi, (uint8_t)plain.spi);
	come(&w, &p, 1, o, n, &way);
	assert_int_equal(w.n_delivered, 1);
	assert_int_equal(w.delivered_n, n);
	assert_memory_equal(w.delivered, o, n);
	assert_int_equal(traffic(&w, plain.spi).packets_in, 1);
	assert_int_equal(traffic(&w, plain.spi).octets_in, n);
	assert_int_equal(traffic(&w, plain.spi).heard_ms, 1000);
	come(&w, &p, 1, o, n, &way); /* again */
	assert_int_equal(c->replayed, 1);
	memcpy(text, o, n);
	memset(&text[n], 0xaa, 20); /* TFC padding is no part of the packet */
	come(&w, &p, 2, text, n + 20, &way);
	assert_int_equal(w.n_delivered, 2);
	assert_int_equal(w.delivered_n, n);
	p.p.next = 59; /* a dummy: whatever is in it */
	come(&w, &p, 3, text, 5, &way);
	assert_int_equal(c->dummies, 1);
	p.p.next = 41; /* not what it says */
	come(&w, &p, 4, o, n, &way);
	assert_int_equal(c->malformed, 1);
	p.p.next = 4;
	inner(text, INNER + 1, SERVER); /* in another's name */
	come(&w, &p, 5, text, n, &way);
	inner(text, INNER, SERVER + 1); /* to where it may not go */
	come(&w, &p, 6, text, n, &way);
	assert_int_equal(c->not_admitted, 2);
	assert_int_equal(w.n_delivered, 2);
	p.p.spi = 0x7777;
	come(&w, &p, 7, o, n, &way);
	assert_int_equal(w.n_strangers, 1);
	esp_inward_receive(w.plane, &way, span_of("\xff", 1)); /* a keep-alive */
	assert_int_equal(c->malformed, 1);

	inner(o, SERVER, INNER);
	memcpy(text, o, n);
	esp_outward_send(w.plane, o, n);
	assert_int_equal(w.n_sent, 1);
	assert_true(endpoint_equal(&w.sent_by.remote, &way.remote));
	peer_of(&p, 0, (uint8_t)(plain.spi + 1));
	p.p.seq = 1;
	assert_int_equal(other_esp_read(&other_suites[SUITE], &p.p, w.sent, w.sent_n, got), n + 4);
	assert_memory_equal(got, text, n);
	assert_int_equal(got[n + 3], 4);
	assert_int_equal(traffic(&w, plain.spi).packets_out, 1);
	inner(o, SERVER, INNER + 1);
	esp_outward_send(w.plane, o, n);
	inner(o, SERVER + 1, INNER); /* the peer wants nothing from there */
	esp_outward_send(w.plane, o, n);
	assert_int_equal(c->unrouted, 2);
	assert_int_equal(w.n_sent, 1);
	drop(&w, plain.spi);
	assert_int_equal(c->children, 0);
	inner(o, SERVER, INNER);
	esp_outward_send(w.plane, o, n);
	assert_int_equal(c->unrouted, 3);
	end(&w);
}

static uint32_t spi_sent(struct world *w)
{
	uint8_t o[64 + ESP_PLANE_ROOM];

	inner(o, SERVER, INNER);
	esp_outward_send(w->plane, o, 36);
	return address_ip4(w->sent);
}

/* RFC 7296 section 2.8: the new one is used when the peer has shown that it is, or when it is alone. */
static void rekeyed(void **state)
{
	struct made new = { .spi = 0x2000, .theirs = INNER, .ours = SERVER };
	struct world w;
	struct peer p;
	uint8_t o[64];

	(void)state;
	begin(&w);
	assert_true(install(&w, &plain));
	assert_true(install(&w, &new));
	assert_int_equal(spi_sent(&w), plain.spi + 1);
	peer_of(&p, new.spi, (uint8_t) new.spi);
	come(&w, &p, 1, o, inner(o, INNER, SERVER), &way);
	assert_int_equal(spi_sent(&w), new.spi + 1);
	drop(&w, new.spi);
	assert_int_equal(spi_sent(&w), plain.spi + 1);
	new.spi = 0x3000;
	assert_true(install(&w, &new));
	drop(&w, plain.spi);
	assert_int_equal(spi_sent(&w), new.spi + 1);
	end(&w);
}

/* RFC 7296 section 2.23: an authentic packet moves the peer; an old, a forged or a repeated one does not. */
static void rebound(void **state)
{
	struct data_plane_path elsewhere = way;
	struct made fixed = plain;
	struct world w;
	struct peer p;
	uint8_t o[64], junk[64] = { 0, 0, 0x10, 0, 0, 0, 0, 99 };
	size_t n = inner(o, INNER, SERVER);

	(void)state;
	elsewhere.remote.port = 60001;
	begin(&w);
	assert_true(install(&w, &plain));
	peer_of(&p, plain.spi, (uint8_t)plain.spi);
	come(&w, &p, 5, o, n, &way);
	esp_inward_receive(w.plane, &elsewhere, SPAN_OF(junk));
	assert_int_equal(esp_plane_counters(w.plane)->bad_icv, 1);
	come(&w, &p, 4, o, n, &elsewhere); /* late, from before */
	come(&w, &p, 5, o, n, &elsewhere); /* again */
	assert_true(is_at(&w, plain.spi, &way.remote));
	come(&w, &p, 6, o, n, &elsewhere);
	assert_true(is_at(&w, plain.spi, &elsewhere.remote));
	(void)spi_sent(&w);
	assert_true(endpoint_equal(&w.sent_by.remote, &elsewhere.remote));
	assert_int_equal(esp_plane_counters(w.plane)->learnt, 1);
	drop(&w, plain.spi);
	fixed.path = way;
	fixed.path.learns = false; /* MOBIKE: only IKE moves it */
	assert_true(install(&w, &fixed));
	come(&w, &p, 1, o, n, &elsewhere);
	assert_true(is_at(&w, plain.spi, &way.remote));
	esp_plane_service(w.plane).ops->move(w.plane, plain.spi, &elsewhere);
	assert_true(is_at(&w, plain.spi, &elsewhere.remote));
	end(&w);
}

/* Transport mode through a NAT: the client sums over 10.0.0.5, which nobody here has ever seen. */
static void transport(void **state)
{
	struct made m = { .spi = 0x1000, .transport = true, .theirs = INNER, .ours = SERVER };
	struct world w;
	struct peer p;
	uint8_t o[64 + ESP_PLANE_ROOM], got[64];
	size_t n = inner(o, INNER, SERVER);
	struct ip_packet ip;

	(void)state;
	begin(&w);
	assert_true(install(&w, &m));
	o[26] = 0xab; /* a sum that is wrong for any address: it is made anew */
	peer_of(&p, m.spi, (uint8_t)m.spi);
	p.p.next = 17;
	come(&w, &p, 1, &o[20], n - 20, &way);
	assert_int_equal(w.n_delivered, 1);
	assert_true(ip_packet_read(span_of(w.delivered, w.delivered_n), &ip));
	assert_memory_equal(ip.source.octets, way.remote.address.octets, 4);
	assert_memory_equal(ip.destination.octets, way.local.address.octets, 4);
	assert_int_equal(ip.protocol, 17);
	assert_int_equal(ip.destination_port, 9);
	memcpy(got, w.delivered, n);
	ip_packet_sum_header(got);
	ip_packet_sum_transport(&ip, &got[20]);
	assert_memory_equal(got, w.delivered, n);

	inner(o, 0xc0000201, 0xc6336407);
	esp_outward_send(w.plane, o, n);
	assert_int_equal(w.n_sent, 1);
	peer_of(&p, 0, (uint8_t)(m.spi + 1));
	p.p.seq = 1;
	assert_int_equal(other_esp_read(&other_suites[SUITE], &p.p, w.sent, w.sent_n, got), 16 + 4);
	assert_memory_equal(&got[8], "datadata", 8);
	assert_int_equal(got[19], 17);
	inner(o, 0xc0000201, 0xc6336407);
	o[6] = 0x20; /* a piece: transport mode takes whole packets */
	esp_outward_send(w.plane, o, n);
	assert_int_equal(w.n_sent, 1);
	end(&w);
}

/* RFC 3948 section 4: one octet, when nothing else went out for so long. */
static void keepalives(void **state)
{
	struct made m = plain;
	struct world w;

	(void)state;
	begin(&w);
	m.path = way;
	m.path.behind_nat = true;
	assert_true(install(&w, &m));
	w.now_ms += 19000;
	wheel_advance(w.wheel, w.now_ms);
	assert_int_equal(w.n_sent, 0);
	(void)spi_sent(&w);
	w.now_ms += 19000;
	wheel_advance(w.wheel, w.now_ms);
	assert_int_equal(w.n_sent, 1);
	w.now_ms += 2000;
	wheel_advance(w.wheel, w.now_ms);
	assert_int_equal(w.n_sent, 2);
	assert_int_equal(w.sent_n, 1);
	assert_int_equal(w.sent[0], 0xff);
	end(&w);
}

/* Where nothing can be sent nothing is agreed. */
static void no_socket(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	w.no_socket = true;
	assert_false(install(&w, &plain));
	assert_int_equal(esp_plane_counters(w.plane)->children, 0);
	drop(&w, plain.spi);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_out), cmocka_unit_test(rekeyed),
		cmocka_unit_test(rebound),    cmocka_unit_test(transport),
		cmocka_unit_test(keepalives), cmocka_unit_test(no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
