/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Derived keys as files ikev2_decryption_table and esp_sa of a Wireshark profile. */
#include "resume/export_keys.h"

#include "base/wipe.h"
#include "ike/ike_state.h"
#include "resume/resume_session.h"

#include <epan/export_object.h>
#include <epan/tap.h>

static int tap_export;
static ws_bool pref_export = FALSE;

static const char ike_table[] = "ikev2_decryption_table";
static const char esp_table[] = "esp_sa";

/* Wireshark's words for ESP; an algorithm that is not here its table does not have. */
static const value_string esp_encr_names[] = {
	{ 11, "NULL" },
	{ 12, "AES-CBC [RFC3602]" },
	{ 18, "AES-GCM with 8 octet ICV [RFC4106]" },
	{ 19, "AES-GCM with 12 octet ICV [RFC4106]" },
	{ 20, "AES-GCM with 16 octet ICV [RFC4106]" },
	{ 0, NULL },
};
static const value_string esp_integ_names[] = {
	{ 0, "NULL" },
	{ 1, "HMAC-MD5-96 [RFC2403]" },
	{ 2, "HMAC-SHA-1-96 [RFC2404]" },
	{ 12, "HMAC-SHA-256-128 [RFC4868]" },
	{ 13, "HMAC-SHA-384-192 [RFC4868]" },
	{ 14, "HMAC-SHA-512-256 [RFC4868]" },
	{ 0, NULL },
};

bool export_keys_wanted(void)
{
	return have_tap_listener(tap_export);
}

void export_keys_offer(packet_info *pinfo, const struct export_keys *keys)
{
	tap_queue_packet(tap_export, pinfo, keys);
}

static void put_hex(GString *text, const uint8_t *p, unsigned n)
{
	while (n--)
		g_string_append_printf(text, "%02x", *p++);
}

static void put_key(GString *text, const struct resume_key *k)
{
	put_hex(text, k->octets, k->n);
	g_string_append_c(text, ',');
}

static void put_ike(GString *text, const struct ike_resumed *sa)
{
	const struct resume_keys *k = sa->session->keys;
	const char *encr =
	    try_val_to_str(RESUME_ENCR(k->suite.encr, k->suite.encr_bits), resume_encr_names);
	const char *integ = try_val_to_str(k->suite.integ, resume_integ_names);

	put_hex(text, sa->key.spii, 8);
	g_string_append_c(text, ',');
	put_hex(text, sa->key.spir, 8);
	g_string_append_c(text, ',');
	put_key(text, &k->key[RESUME_EI]);
	put_key(text, &k->key[RESUME_ER]);
	g_string_append_printf(text, "\"%s\",", encr ? encr : "");
	put_key(text, &k->key[RESUME_AI]);
	put_key(text, &k->key[RESUME_AR]);
	g_string_append_printf(text, "\"%s\"\n", integ ? integ : "");
}

static void put_way(GString *text, const struct resume_child *c, const address *from,
		    const address *to, const struct child_way *way)
{
	const char *encr = try_val_to_str(c->suite.encr, esp_encr_names);
	const char *integ = try_val_to_str(c->suite.integ, esp_integ_names);
	char *a = address_to_str(NULL, from), *b = address_to_str(NULL, to);

	if (!c->known || !encr || !integ) {
		g_string_append_printf(text, "# 0x%08x from %s to %s: %s\n", way->spi, a, b,
				       c->own_exchange
					   ? "no keys, it has a key exchange of its own"
					   : "an algorithm that this table does not have");
	} else {
		g_string_append_printf(text, "\"IPv%d\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"",
				       from->type == AT_IPv6 ? 6 : 4, a, b, way->spi, encr);
		g_string_append(text, way->encr.n ? "0x" : "");
		put_hex(text, way->encr.octets, way->encr.n);
		g_string_append_printf(text, "\",\"%s\",\"%s", integ, way->integ.n ? "0x" : "");
		put_hex(text, way->integ.octets, way->integ.n);
		g_string_append(text, "\"\n");
	}
	wmem_free(NULL, a);
	wmem_free(NULL, b);
}

/* One file a table, whatever the number of its rows; `rows` is freed. */
static void add_rows(export_object_list_t *list, const char *name, uint32_t frame, GString *rows)
{
	export_object_entry_t *e = NULL;

	for (int row = 0; row < 2 && !e; row++) {
		e = list->get_entry(list->gui_data, row);
		if (!e)
			break;
		if (strcmp(e->filename, name) != 0)
			e = NULL;
	}
	if (e) {
		e->payload_data = g_realloc(e->payload_data, e->payload_len + rows->len);
		memcpy(e->payload_data + e->payload_len, rows->str, rows->len);
		e->payload_len += rows->len;
	} else {
		e = g_new0(export_object_entry_t, 1);
		e->pkt_num = frame;
		e->hostname = g_strdup("");
		e->content_type = g_strdup("text/plain");
		e->filename = g_strdup(name);
		e->payload_data = g_memdup2(rows->str, rows->len);
		e->payload_len = rows->len;
		list->add_entry(list->gui_data, e);
	}
	wipe(rows->str, rows->allocated_len);
	g_string_free(rows, TRUE);
}

static tap_packet_status export_packet(void *data, packet_info *pinfo,
				       epan_dissect_t *edt G_GNUC_UNUSED, const void *tapped,
				       tap_flags_t flags G_GNUC_UNUSED)
{
	const struct export_keys *k = tapped;
	GString *rows;

	if (!pref_export)
		return TAP_PACKET_DONT_REDRAW;
	/* Large enough from the start that no key is left behind by a buffer that moves. */
	if (k->sa) {
		rows = g_string_sized_new(1024);
		put_ike(rows, k->sa);
		add_rows(data, ike_table, pinfo->num, rows);
	}
	if (k->child) {
		rows = g_string_sized_new(1024);
		put_way(rows, k->child, &k->child->from, &k->child->to, &k->child->there);
		put_way(rows, k->child, &k->child->to, &k->child->from, &k->child->back);
		add_rows(data, esp_table, pinfo->num, rows);
	}
	return TAP_PACKET_REDRAW;
}

void export_keys_register(int proto, module_t *module)
{
	tap_export = register_export_object(proto, export_packet, NULL);
	prefs_register_bool_preference(
	    module, "export_keys", "Allow the export of keys",
	    "File, Export Objects, IKESYNC writes the keys that were derived for resumed SAs and "
	    "their child SAs as ikev2_decryption_table and esp_sa; whoever has these files reads "
	    "the traffic",
	    &pref_export);
}
