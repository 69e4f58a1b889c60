/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the tshark command together. */
#include "capture/capture_tshark.h"

#include <string.h>

#include "wire/iana.h"

void capture_tshark_add_port(GArray *ports, struct capture_port port)
{
	for (unsigned i = 0; i < ports->len; i++)
		if (g_array_index(ports, struct capture_port, i).port == port.port)
			return;
	g_array_append_val(ports, port);
}

bool capture_tshark_is_nat(const struct target *t, const struct endpoint *e)
{
	const struct target_gateway *gateways[] = { &t->gateway, &t->old_gateway, &t->syn_off,
						    &t->silence, &t->cookie,      &t->relay };

	for (size_t i = 0; i < G_N_ELEMENTS(gateways); i++)
		if (gateways[i]->has_nat && endpoint_equal(&gateways[i]->nat, e))
			return true;
	return false;
}

static char *quoted_path(const char *base, const char *path)
{
	static const char plain[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_./-+:,@";
	char *folder = base ? g_canonicalize_filename(base, NULL) : NULL;
	char *whole = folder ? g_canonicalize_filename(path, folder) : g_strdup(path);
	char *quoted;

	g_free(folder);
	if (*whole != '-' && strspn(whole, plain) == strlen(whole))
		return whole;
	quoted = g_shell_quote(whole);
	g_free(whole);
	return quoted;
}

char *capture_tshark_line(const struct capture_tshark *t)
{
	GString *s = g_string_new(NULL);
	char *path;

	if (t->config) {
		/* the decryption table of this case instead of the user's own */
		path = quoted_path(t->base, t->config);
		g_string_append_printf(s, "WIRESHARK_CONFIG_DIR=%s ", path);
		g_free(path);
	}
	path = quoted_path(t->base, t->file);
	g_string_append_printf(s, "tshark -r %s", path);
	g_free(path);
	for (size_t i = 0; i < t->n_udp; i++)
		g_string_append_printf(s, " -d udp.port==%u,%s", t->udp[i].port,
				       t->udp[i].nat ? "udpencap" : "isakmp");
	for (size_t i = 0; i < t->n_tcp; i++)
		g_string_append_printf(s, " -d tcp.port==%u,tls", t->tcp[i].port);
	if (t->syn_payload_type != IKE_SA_SYN_TYPE_DEFAULT)
		g_string_append_printf(s, " -o ikesync.payload_type:%u", t->syn_payload_type);
	return g_string_free(s, FALSE);
}
