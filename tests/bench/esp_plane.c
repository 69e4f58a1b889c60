/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet costs in the ESP plane, without sockets and device, and how much of that the number of SAs is; memory of idle ones. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ipsec/esp_inward.h"
#include "ipsec/esp_outward.h"
#include "ipsec/esp_sa.h"

#define TEXT 1300

static uint8_t sent[2048];
static uint64_t delivered;

static uint64_t now_ms(void *user)
{
	(void)user;
	return 1000;
}

static uint8_t *reserve(void *user, const struct data_plane_path *path, size_t n)
{
	(void)user;
	(void)path;
	return n <= sizeof(sent) ? sent : NULL;
}

static void commit(void *user, const struct data_plane_path *path, size_t n)
{
	(void)user;
	(void)path;
	(void)n;
}

static bool can_send(void *user, const struct data_plane_path *path)
{
	(void)user;
	(void)path;
	return true;
}

static void deliver(void *user, struct span packet)
{
	(void)user;
	(void)packet;
	delivered++;
}

static void stranger(void *user, const struct endpoint *remote, uint32_t spi)
{
	(void)user;
	(void)remote;
	(void)spi;
	abort();
}

static struct data_plane_child child_of(unsigned i, const struct suite_esp *suite,
					const struct child_keys *keys, struct ike_ts_list *theirs,
					struct ike_ts_list *ours)
{
	struct data_plane_child c = { .spi_in = 1000 + i,
				      .spi_out = 1000 + i,
				      .suite = suite,
				      .keys = keys,
				      .tsi = theirs,
				      .tsr = ours,
				      .path = { .nat = true } };

	theirs->n = ours->n = 1;
	theirs->at[0] = ours->at[0] = ike_ts_any(4);
	address_ip4_write(theirs->at[0].start, 0x0a000000 + i);
	address_ip4_write(theirs->at[0].end, 0x0a000000 + i);
	return c;
}

static struct child_keys keys_of(const struct suite_esp *suite)
{
	struct child_keys keys = { 0 };
	size_t encr, integ;

	if (suite_esp_keymat(suite, &encr, &integ))
		abort();
	keys.encr_i.n = keys.encr_r.n = (uint8_t)encr;
	keys.integ_i.n = keys.integ_r.n = (uint8_t)integ;
	return keys;
}

static struct esp_plane *plane_of(unsigned n, const struct suite_esp *suite, struct wheel *wheel)
{
	const struct esp_plane_ops ops = { .now_ms = now_ms,
					   .reserve = reserve,
					   .commit = commit,
					   .can_send = can_send,
					   .deliver = deliver,
					   .stranger = stranger,
					   .rng = rng_system,
					   .wheel = wheel };
	struct child_keys keys = keys_of(suite);
	struct esp_plane *p = esp_plane_new(&ops);
	const struct data_plane s = esp_plane_service(p);
	struct ike_ts_list theirs, ours;

	for (unsigned i = 0; i < n; i++) {
		struct data_plane_child c = child_of(i, suite, &keys, &theirs, &ours);

		if (!s.ops->install(s.self, &c))
			abort();
	}
	return p;
}

static void write_packet(uint8_t *p, uint32_t from, uint32_t to)
{
	static const uint8_t header[20] = { 0x45, 0, TEXT >> 8, TEXT & 255, 0, 0, 0, 0, 64, 17 };

	memcpy(p, header, sizeof(header));
	address_ip4_write(&p[12], from);
	address_ip4_write(&p[16], to);
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Which SA is next; the same ones in each run. */
static unsigned by_chance(void)
{
	static unsigned state = 1;

	state = state * 1103515245 + 12345;
	return state >> 16;
}

/* Nanoseconds a packet out of the gateway, and into it: each of one of n SAs by chance, of which `busy` send at all. */
static void measure(const char *text, unsigned n, unsigned busy, unsigned packets)
{
	static uint8_t device[2048], packet[2048];
	const struct data_plane_path seen = { .nat = true };
	struct wheel *wheel = wheel_new(1000);
	struct suite_esp suite;
	struct esp_out *clients = calloc(busy, sizeof(*clients));
	struct esp_iv_source ivs = { .rng = rng_system };
	struct child_keys keys;
	double in = 0, out = 0, start;
	struct esp_plane *gateway;
	size_t before, idle;

	if (!clients || suite_esp_from_text(text, &suite))
		abort();
	keys = keys_of(&suite);
	for (unsigned i = 0; i < busy; i++)
		if (esp_key_init(&clients[i].key, 1000 + i * (n / busy), &suite, &keys.encr_i,
				 &keys.integ_i))
			abort();
	before = mallinfo2().uordblks;
	gateway = plane_of(n, &suite, wheel);
	idle = (mallinfo2().uordblks - before) / n;
	/* The first packets of each, which key its ciphers, are not counted. */
	for (unsigned i = 0; i < packets + busy; i++) {
		unsigned k = i < busy ? i : by_chance() % busy, who = k * (n / busy);

		if (i == busy)
			in = out = 0;

		write_packet(device, 0x0a000000 + who, 0xc0000201);
		if (!esp_out_seal(&clients[k], &ivs, ESP_NEXT_IPV4, device, TEXT, packet))
			abort();
		start = cpu_ns();
		esp_inward_receive(gateway, &seen,
				   span_of(packet, esp_out_size(&clients[k], TEXT)));
		in += cpu_ns() - start;
		write_packet(device, 0xc0000201, 0x0a000000 + who);
		start = cpu_ns();
		esp_outward_send(gateway, device, TEXT);
		out += cpu_ns() - start;
	}
	if (delivered != packets + busy)
		abort();
	delivered = 0;
	printf("%-18s %7u SAs, %4u busy: %5.0f ns a packet in, %5.0f ns out", text, n, busy,
	       in / packets, out / packets);
	if (n >= 1000) /* the plane itself does not count any more */
		printf("; %zu octets an idle SA", idle);
	puts("");
	for (unsigned i = 0; i < busy; i++)
		esp_key_clear(&clients[i].key);
	free(clients);
	esp_plane_free(gateway);
	wheel_free(wheel);
}

int main(int argc, char **argv)
{
	const bool quick = argc > 1 && !strcmp(argv[1], "--quick");
	const unsigned packets = quick ? 1000 : 40000;

	for (const char *const *s =
		 (const char *const[]){ "aes128gcm16", "aes128-sha256", "chacha20poly1305", NULL };
	     *s; s++) {
		measure(*s, 1, 1, packets);
		measure(*s, 1000, 100, packets);
		measure(*s, quick ? 10000 : 100000, 100, packets);
	}
	return 0;
}
