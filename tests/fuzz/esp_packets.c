/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets for the ESP plane. First octet: 0 as they come from anybody; 1 the text of an authentic packet, whose next header is the second
 * octet; 2 what the device gives. The lower bits of the third choose the child SA: tunnel or transport, IPv4 or IPv6, which suite.
 */
#include <stdlib.h>

#include "ipsec/esp_inward.h"
#include "ipsec/esp_outward.h"
#include "ipsec/esp_sa.h"
#include "ipsec/ip_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHILDREN 16
#define TEXT_MAX 4096

static uint8_t sent[ESP_PACKET_MAX + 1];
static struct wheel *wheel;
static struct esp_plane *plane;
static struct esp_out peer[CHILDREN];
static struct esp_iv_source ivs;
static unsigned current;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static uint64_t now_ms(void *user)
{
	(void)user;
	return 1000;
}

static uint8_t *reserve(void *user, const struct data_plane_path *path, size_t n)
{
	(void)user;
	(void)path;
	return n <= ESP_PACKET_MAX ? sent : NULL;
}

static void commit(void *user, const struct data_plane_path *path, size_t n)
{
	(void)user;
	(void)path;
	must(n > ESP_HEADER_SIZE && n <= ESP_PACKET_MAX);
}

static bool can_send(void *user, const struct data_plane_path *path)
{
	(void)user;
	(void)path;
	return true;
}

static void address_of(unsigned i, bool ours, struct address *a)
{
	*a = (struct address){ .family = i & 1 ? 6 : 4 };
	a->octets[0] = 32;
	a->octets[3] = (uint8_t)(ours ? 200 : i);
}

/* Nothing comes out but what the child SA may carry. */
static void deliver(void *user, struct span packet)
{
	struct address from;
	struct ip_packet p;

	(void)user;
	must(ip_packet_read(packet, &p) && p.octets.n == packet.n);
	address_of(current, false, &from);
	must(address_equal(&p.source, &from));
	must(!(current & 4) || p.destination.octets[3] == 200);
}

static void stranger(void *user, const struct endpoint *remote, uint32_t spi)
{
	(void)user;
	(void)remote;
	must(spi < 1000 || spi >= 1000 + CHILDREN);
}

static void install(unsigned i)
{
	static const char *const suites[] = { "aes128gcm16", "aes128-sha256" };
	const struct data_plane service = esp_plane_service(plane);
	struct ike_ts_list theirs = { .n = 1 }, ours = { .n = 1 };
	struct child_keys keys = { 0 };
	struct suite_esp suite;
	struct data_plane_child c = { .spi_in = 1000 + i,
				      .spi_out = 2000 + i,
				      .suite = &suite,
				      .transport = i & 4,
				      .keys = &keys,
				      .tsi = &theirs,
				      .tsr = &ours };
	struct address a;
	size_t n;

	must(suite_esp_from_text(suites[i >> 3 & 1], &suite) == ERR_OK);
	keys.encr_i.n = keys.encr_r.n = suite.integ ? 16 : 20;
	keys.integ_i.n = keys.integ_r.n = suite.integ ? 32 : 0;
	c.path.nat = i & 2;
	c.path.learns = i & 2;
	address_of(i, true, &c.path.local.address);
	address_of(i, false, &c.path.remote.address);
	address_of(i, false, &a);
	n = address_size(&a);
	theirs.at[0] = ours.at[0] = ike_ts_any(a.family);
	memcpy(theirs.at[0].start, a.octets, n);
	memcpy(theirs.at[0].end, a.octets, n);
	must(service.ops->install(service.self, &c));
	must(esp_key_init(&peer[i].key, 1000 + i, &suite, &keys.encr_i, &keys.integ_i) == ERR_OK);
}

static void begin(void)
{
	struct esp_plane_ops ops = { .now_ms = now_ms,
				     .reserve = reserve,
				     .commit = commit,
				     .can_send = can_send,
				     .deliver = deliver,
				     .stranger = stranger,
				     .rng = rng_system };

	wheel = wheel_new(1000);
	ops.wheel = wheel;
	ivs.rng = rng_system;
	plane = esp_plane_new(&ops);
	for (unsigned i = 0; i < CHILDREN; i++)
		install(i);
}

static void from_anybody(const struct data_plane_path *seen, struct span octets)
{
	uint8_t *copy = malloc(octets.n ? octets.n : 1); /* reading beyond its end is seen */

	must(copy != NULL);
	if (octets.n)
		memcpy(copy, octets.p, octets.n);
	current = octets.n > 3 ? (copy[3] - 1000U) % CHILDREN : 0;
	esp_inward_receive(plane, seen, span_of(copy, octets.n));
	free(copy);
}

static void from_client(const struct data_plane_path *seen, uint8_t next, struct span text)
{
	static uint8_t packet[TEXT_MAX + ESP_OVERHEAD_MAX], buffer[TEXT_MAX + ESP_TRAILER_MAX];
	const uint64_t before = esp_plane_counters(plane)->bad_icv;

	memcpy(buffer, text.p, text.n);
	must(esp_out_seal(&peer[current], &ivs, next, buffer, text.n, packet));
	esp_inward_receive(plane, seen, span_of(packet, esp_out_size(&peer[current], text.n)));
	must(esp_plane_counters(plane)->bad_icv == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t device[TEXT_MAX + ESP_PLANE_ROOM];
	struct data_plane_path seen = { 0 };
	struct span rest;

	if (!plane)
		begin();
	if (size < 4 || size > TEXT_MAX)
		return 0;
	rest = span_of(&data[3], size - 3);
	current = data[2] % CHILDREN;
	seen.nat = current & 2;
	address_of(current, true, &seen.local.address);
	address_of(current, false, &seen.remote.address);
	switch (data[0] % 3) {
	case 0:
		from_anybody(&seen, rest);
		break;
	case 1:
		from_client(&seen, data[1], rest);
		break;
	default:
		memcpy(device, rest.p, rest.n);
		esp_outward_send(plane, device, rest.n);
	}
	return 0;
}
