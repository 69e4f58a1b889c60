/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [traffic] of the configuration file. */
#include "gateway_config_traffic.h"

#include "net/tun.h"

#define GROUP "traffic"
/* IPv6 wants 1280; with more than this nothing fits an Ethernet any more. */
#define MTU_MIN 576
#define MTU_MAX 65000
/* What any suite can carry in 1500 octets of IPv6 and UDP. */
#define MTU_DEFAULT 1380

static bool read_network(const char *text, struct traffic_network *out)
{
	g_auto(GStrv) parts = g_strsplit(text, "/", 2);
	guint64 prefix = 0;

	if (!parts[0] || !parts[1] || address_from_text(parts[0], &out->address) ||
	    !g_ascii_string_to_unsigned(parts[1], 10, 0, out->address.family == 6 ? 128 : 32,
					&prefix, NULL))
		return false;
	out->prefix = (unsigned)prefix;
	return true;
}

/* The kernel refuses a route with bits behind the prefix. */
static void clear_host(struct traffic_network *n)
{
	for (unsigned bit = n->prefix; bit < 8 * address_size(&n->address); bit++)
		n->address.octets[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

void gateway_config_traffic_add(struct gateway_settings *s, const struct address *a,
				unsigned prefix)
{
	struct traffic_network n = { *a, prefix };

	clear_host(&n);
	if (s->traffic.n_networks < TRAFFIC_NETWORKS_MAX)
		s->traffic.networks[s->traffic.n_networks++] = n;
}

static void load_networks(struct gateway_settings *s, GError **error)
{
	char **list = config_list(s->file, GROUP, "networks", error);
	struct traffic_network n;

	for (char **t = list; t && *t; t++)
		if (!read_network(*t, &n) || s->traffic.n_networks == TRAFFIC_NETWORKS_MAX)
			config_complain(s->file, GROUP, "networks", error,
					"%s: networks are wanted, %u at most, such as 10.1.0.0/24",
					*t, TRAFFIC_NETWORKS_MAX);
		else
			gateway_config_traffic_add(s, &n.address, n.prefix);
}

static void load_address(struct gateway_settings *s, GError **error)
{
	const char *text = config_string(s->file, GROUP, "address", NULL, error);
	struct traffic_settings *t = &s->traffic;

	if (!text)
		return;
	t->has_address = read_network(text, &t->address) && address_is_unicast(&t->address.address);
	if (!t->has_address)
		config_complain(s->file, GROUP, "address", error,
				"an address with its prefix is wanted, such as 10.99.0.1/24");
	else if (t->address.address.family == 4) /* no client gets it */
		(void)policy_lease_this(s->policy, address_ip4(t->address.address.octets));
}

void gateway_config_traffic_load(struct gateway_settings *s, GError **error)
{
	struct traffic_settings *t = &s->traffic;
	struct config *c = s->file;

	t->device = config_string(c, GROUP, "device", NULL, error);
	t->mtu = (uint32_t)config_uint(c, GROUP, "mtu", MTU_DEFAULT, MTU_MIN, MTU_MAX, error);
	t->bare = config_bool(c, GROUP, "bare-esp", true, error);
	t->keepalive_ms =
	    (uint32_t)config_duration_ms(c, GROUP, "keepalive", 20 * 1000, 0, 3600 * 1000, error);
	load_address(s, error);
	load_networks(s, error);
	if (t->device && (!*t->device || strlen(t->device) >= TUN_NAME_MAX))
		config_complain(c, GROUP, "device", error,
				"the name of a network device is wanted, of 1 to %u characters",
				TUN_NAME_MAX - 1);
	if (!t->device &&
	    (t->has_address || config_has(c, GROUP, "networks") || config_has(c, GROUP, "mtu") ||
	     config_has(c, GROUP, "keepalive") || config_has(c, GROUP, "bare-esp")))
		config_complain(c, GROUP, "device", error,
				"the TUN device's name is needed, such as ikesync0");
}
