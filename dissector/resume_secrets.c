/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resume_secrets.h"

#include <epan/secrets.h>
#include <epan/uat.h>
#include <wsutil/inet_addr.h>
#include <wsutil/report_message.h>

/* pcapng decryption secrets block: ASCII "IKSY", not registered with anybody. */
#define SECRETS_TYPE 0x494b5359u
#define KEY_FILE_MAX (64u << 20)

/* 4.0 does not export it: NULL there, and the block is passed over. */
#pragma weak secrets_register_type

struct sa_row {
	char *spi, *address, *sk_d;
	unsigned prf, encr, integ;
};

struct seal_row {
	char *id, *key;
};

const value_string resume_source_names[] = {
	{ RESUME_SOURCE_TABLE, "table of the preferences" },
	{ RESUME_SOURCE_FILE, "key file" },
	{ RESUME_SOURCE_BLOCK, "secrets block of the capture" },
	{ RESUME_SOURCE_STUB, "stub in the capture" },
	{ RESUME_SOURCE_SESSION, "resumption in the capture" },
	{ 0, NULL },
};

static wmem_map_t *secrets;   /* 8 octets of SPI -> struct resume_secret */
static wmem_map_t *seal_keys; /* key ID -> struct seal_key */
static struct sa_row *sa_rows;
static struct seal_row *seal_rows;
static unsigned n_sa_rows, n_seal_rows;
static const char *pref_key_file = "";

static unsigned spi_hash(gconstpointer p)
{
	return wmem_strong_hash(p, 8);
}

static gboolean spi_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, 8) == 0;
}

bool resume_secrets_any(void)
{
	return wmem_map_size(secrets) || wmem_map_size(seal_keys);
}

bool resume_seal_keys_any(void)
{
	return wmem_map_size(seal_keys) != 0;
}

static bool same_place(const struct index_body *a, const struct index_body *b)
{
	return a->address_size == b->address_size &&
	       memcmp(a->address, b->address, a->address_size) == 0;
}

struct resume_secret *resume_secrets_add(const struct resume_secret *s)
{
	struct resume_secret *first = wmem_map_lookup(secrets, s->idx.spi), *kept;

	for (kept = first; kept; kept = kept->next) {
		if (!same_place(&kept->idx, &s->idx) || kept->sk_d.n != s->sk_d.n ||
		    memcmp(kept->sk_d.octets, s->sk_d.octets, s->sk_d.n) != 0 ||
		    memcmp(&kept->suite, &s->suite, sizeof(s->suite)) != 0)
			continue;
		if (!kept->has_pair && s->has_pair) {
			kept->has_pair = true;
			memcpy(kept->spii, s->spii, 8);
			memcpy(kept->spir, s->spir, 8);
		}
		if (!kept->older)
			kept->older = s->older;
		return kept;
	}
	kept = wmem_new(wmem_file_scope(), struct resume_secret);
	*kept = *s;
	kept->idx.faults = 0;
	if (s->g_ir.n)
		kept->g_ir.p = wmem_memdup(wmem_file_scope(), s->g_ir.p, s->g_ir.n);
	kept->next = NULL;
	if (first) { /* behind it: what was told first is tried first */
		while (first->next)
			first = first->next;
		first->next = kept;
	} else {
		wmem_map_insert(secrets, kept->idx.spi, kept);
	}
	return kept;
}

const struct resume_secret *resume_secrets_find(const struct index_body *idx,
						const struct resume_secret *after)
{
	const struct resume_secret *s = after ? after->next : wmem_map_lookup(secrets, idx->spi);

	while (s && s->idx.address_size && !same_place(&s->idx, idx))
		s = s->next;
	return s;
}

const struct seal_key *resume_seal_key(uint32_t id, const struct seal_key *after)
{
	return after ? after->next : wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
}

static void add_seal_key(uint32_t id, const uint8_t key[SEAL_KEY_SIZE])
{
	struct seal_key *k = wmem_new0(wmem_file_scope(), struct seal_key);

	k->id = id;
	memcpy(k->key, key, SEAL_KEY_SIZE);
	k->next = wmem_map_lookup(seal_keys, GUINT_TO_POINTER(id));
	wmem_map_insert(seal_keys, GUINT_TO_POINTER(id), k);
}

/* Exactly `n` octets of hex. */
static bool hex(const char *text, uint8_t *out, size_t n)
{
	if (strlen(text) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_id(const char *text, uint32_t *out)
{
	char *end;
	uint64_t v;

	if (g_str_has_prefix(text, "0x"))
		text += 2;
	if (!*text || strlen(text) > 8)
		return false;
	v = g_ascii_strtoull(text, &end, 16);
	*out = (uint32_t)v;
	return *end == '\0';
}

/* "" and "*" are any address. */
static bool read_address(const char *text, struct index_body *out)
{
	ws_in4_addr ip4;
	ws_in6_addr ip6;

	out->address_size = 0;
	if (!*text || strcmp(text, "*") == 0)
		return true;
	if (ws_inet_pton4(text, &ip4)) {
		out->address_size = 4;
		memcpy(out->address, &ip4, 4);
		return true;
	}
	if (ws_inet_pton6(text, &ip6)) {
		out->address_size = 16;
		memcpy(out->address, &ip6, 16);
		return true;
	}
	return false;
}

/* NULL, or what is wrong. */
static const char *read_sa(const char *spi, const char *address, const struct resume_suite *suite,
			   const char *sk_d, struct resume_secret *out)
{
	struct resume_sizes sizes;

	memset(out, 0, sizeof(*out));
	out->suite = *suite;
	if (!hex(spi, out->idx.spi, INDEX_SPI_SIZE))
		return "the gateway's SPI is not 16 hexadecimal digits";
	if (!read_address(address, &out->idx))
		return "the gateway's address is neither IPv4 nor IPv6 nor empty";
	if (!resume_suite_sizes(suite, &sizes))
		return "these algorithms do not go together (an AEAD has integrity NONE)";
	out->sk_d.n = sizes.prf;
	if (!hex(sk_d, out->sk_d.octets, sizes.prf))
		return "SK_d has not the prf's length in hexadecimal digits";
	return NULL;
}

static const char *read_seal(const char *id, const char *key, uint32_t *out_id,
			     uint8_t out[SEAL_KEY_SIZE])
{
	if (!read_id(id, out_id))
		return "the key ID is not 1 to 8 hexadecimal digits";
	if (!hex(key, out, SEAL_KEY_SIZE))
		return "the key is not 64 hexadecimal digits";
	return NULL;
}

/* IKESYNC_SA spi@address "prf" "encr" "integ" sk_d [spii=HEX] [spir=HEX] [g_ir=HEX] */
static const char *line_sa(char **word, int n, enum resume_source source)
{
	struct resume_suite suite;
	struct resume_secret s;
	uint32_t prf, encr, integ;
	uint8_t g_ir[1024];
	const char *why;
	char *at;

	if (n < 6)
		return "IKESYNC_SA needs SPI@ADDRESS, prf, encryption, integrity and SK_d";
	at = strchr(word[1], '@');
	if (!at)
		return "there is no @ between SPI and address";
	*at = '\0';
	if (!resume_suite_number(resume_prf_names, word[2], &prf) ||
	    !resume_suite_number(resume_encr_names, word[3], &encr) ||
	    !resume_suite_number(resume_integ_names, word[4], &integ))
		return "an algorithm's name is not known";
	suite = (struct resume_suite){ (uint16_t)prf, (uint16_t)(encr >> 16), (uint16_t)encr,
				       (uint16_t)integ };
	why = read_sa(word[1], at + 1, &suite, word[5], &s);
	if (why)
		return why;
	s.source = source;
	for (int i = 6; i < n; i++) {
		size_t digits = strlen(word[i]) - (strlen(word[i]) < 5 ? strlen(word[i]) : 5);

		if (g_str_has_prefix(word[i], "spii=") && hex(word[i] + 5, s.spii, 8))
			s.has_pair = true;
		else if (g_str_has_prefix(word[i], "g_ir=") && digits / 2 <= sizeof(g_ir) &&
			 hex(word[i] + 5, g_ir, digits / 2))
			s.g_ir = (struct octets){ g_ir, (unsigned)(digits / 2) };
		else if (!g_str_has_prefix(word[i], "spir=") || !hex(word[i] + 5, s.spir, 8))
			return "what follows SK_d is none of spii=, spir= and g_ir=";
	}
	resume_secrets_add(&s);
	return NULL;
}

/* A gateway's own file of seal keys has no word in front: key ID, key. */
static const char *read_line(const char *line, enum resume_source source)
{
	uint8_t key[SEAL_KEY_SIZE];
	const char *why = NULL;
	char **word = NULL;
	uint32_t id;
	int n = 0;

	if (!g_shell_parse_argv(line, &n, &word, NULL))
		return strspn(line, " \t\r") == strlen(line) || *line == '#'
			   ? NULL
			   : "quotes are not closed";
	if (strcmp(word[0], "IKESYNC_SA") == 0) {
		why = line_sa(word, n, source);
	} else if (strcmp(word[0], "IKESYNC_SEAL") == 0 || n == 2) {
		int first = strcmp(word[0], "IKESYNC_SEAL") == 0;

		why = n != 2 + first ? "a seal key has a key ID and a key"
				     : read_seal(word[first], word[first + 1], &id, key);
		if (!why)
			add_seal_key(id, key);
	} else {
		why = "it begins with neither IKESYNC_SA nor IKESYNC_SEAL nor #";
	}
	g_strfreev(word);
	return why;
}

static void read_text(const char *text, size_t size, enum resume_source source, const char *name)
{
	char *copy = g_strndup(text, size), **lines = g_strsplit(copy, "\n", -1);

	for (unsigned i = 0; lines[i]; i++) {
		const char *why = read_line(g_strchomp(lines[i]), source);

		if (why) {
			report_warning("%s, line %u: %s; the line is left out", name, i + 1, why);
			break; /* one message says enough */
		}
	}
	g_strfreev(lines);
	g_free(copy);
}

static void read_file(void)
{
	GError *error = NULL;
	char *text;
	gsize size;

	if (!pref_key_file || !*pref_key_file)
		return;
	if (!g_file_get_contents(pref_key_file, &text, &size, &error)) {
		report_warning("IKE SA Synchronisation key file: %s", error->message);
		g_error_free(error);
		return;
	}
	if (size <= KEY_FILE_MAX)
		read_text(text, size, RESUME_SOURCE_FILE, pref_key_file);
	g_free(text);
}

static void read_block(const void *block, unsigned size)
{
	read_text(block, size, RESUME_SOURCE_BLOCK, "secrets block of the capture");
}

static struct resume_suite row_suite(const struct sa_row *r)
{
	return (struct resume_suite){ (uint16_t)r->prf, (uint16_t)(r->encr >> 16),
				      (uint16_t)r->encr, (uint16_t)r->integ };
}

/* At the start of each file: file scope is empty. */
static void secrets_init_file(void)
{
	for (unsigned i = 0; i < n_sa_rows; i++) {
		struct resume_suite suite = row_suite(&sa_rows[i]);
		struct resume_secret s;

		if (read_sa(sa_rows[i].spi, sa_rows[i].address, &suite, sa_rows[i].sk_d, &s))
			continue;
		s.source = RESUME_SOURCE_TABLE;
		resume_secrets_add(&s);
	}
	for (unsigned i = 0; i < n_seal_rows; i++) {
		uint8_t key[SEAL_KEY_SIZE];
		uint32_t id;

		if (!read_seal(seal_rows[i].id, seal_rows[i].key, &id, key))
			add_seal_key(id, key);
	}
	read_file();
}

/* --- the tables --- */

UAT_CSTRING_CB_DEF(sa_rows, spi, struct sa_row)
UAT_CSTRING_CB_DEF(sa_rows, address, struct sa_row)
UAT_VS_DEF(sa_rows, prf, struct sa_row, unsigned, 5, "PRF_HMAC_SHA2_256 [RFC4868]")
UAT_VS_DEF(sa_rows, encr, struct sa_row, unsigned, RESUME_ENCR(12, 128), "AES-CBC-128 [RFC3602]")
UAT_VS_DEF(sa_rows, integ, struct sa_row, unsigned, 12, "HMAC_SHA2_256_128 [RFC4868]")
UAT_CSTRING_CB_DEF(sa_rows, sk_d, struct sa_row)
UAT_CSTRING_CB_DEF(seal_rows, id, struct seal_row)
UAT_CSTRING_CB_DEF(seal_rows, key, struct seal_row)

static void *sa_row_copy(void *to, const void *from, size_t size G_GNUC_UNUSED)
{
	const struct sa_row *a = from;
	struct sa_row *b = to;

	*b = *a;
	b->spi = g_strdup(a->spi);
	b->address = g_strdup(a->address);
	b->sk_d = g_strdup(a->sk_d);
	return b;
}

static void sa_row_free(void *row)
{
	struct sa_row *r = row;

	g_free(r->spi);
	g_free(r->address);
	g_free(r->sk_d);
}

static ws_bool sa_row_update(void *row, char **error)
{
	const struct sa_row *r = row;
	struct resume_suite suite = row_suite(r);
	struct resume_secret s;
	const char *why = read_sa(r->spi ? r->spi : "", r->address ? r->address : "", &suite,
				  r->sk_d ? r->sk_d : "", &s);

	*error = why ? g_strdup(why) : NULL;
	return why == NULL;
}

static void *seal_row_copy(void *to, const void *from, size_t size G_GNUC_UNUSED)
{
	const struct seal_row *a = from;
	struct seal_row *b = to;

	b->id = g_strdup(a->id);
	b->key = g_strdup(a->key);
	return b;
}

static void seal_row_free(void *row)
{
	struct seal_row *r = row;

	g_free(r->id);
	g_free(r->key);
}

static ws_bool seal_row_update(void *row, char **error)
{
	const struct seal_row *r = row;
	uint8_t key[SEAL_KEY_SIZE];
	uint32_t id;
	const char *why = read_seal(r->id ? r->id : "", r->key ? r->key : "", &id, key);

	*error = why ? g_strdup(why) : NULL;
	return why == NULL;
}

void resume_secrets_register(module_t *module)
{
	static uat_field_t sa_fields[] = {
		UAT_FLD_CSTRING(sa_rows, spi, "Gateway SPI",
				"The gateway's own SPI, 16 hex digits"),
		UAT_FLD_CSTRING(sa_rows, address, "Gateway address",
				"As the index has it; empty: any"),
		UAT_FLD_VS(sa_rows, prf, "PRF", resume_prf_names, "Pseudo-random function"),
		UAT_FLD_VS(sa_rows, encr, "Encryption algorithm", resume_encr_names,
			   "Encryption algorithm"),
		UAT_FLD_VS(sa_rows, integ, "Integrity algorithm", resume_integ_names,
			   "Integrity algorithm; NONE for an AEAD"),
		UAT_FLD_CSTRING(sa_rows, sk_d, "SK_d", "SK_d of the SA to be resumed, hex"),
		UAT_END_FIELDS
	};
	static uat_field_t seal_fields[] = {
		UAT_FLD_CSTRING(seal_rows, id, "Key ID", "1 to 8 hex digits"),
		UAT_FLD_CSTRING(seal_rows, key, "Key", "32 octets, hex"), UAT_END_FIELDS
	};

	secrets = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), spi_hash, spi_equal);
	seal_keys = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash,
					   g_direct_equal);
	prefs_register_uat_preference(module, "sa_table", "IKE SAs to resume",
				      "SK_d of IKE SAs whose resumption is to be decrypted",
				      uat_new("IKE SAs to resume", sizeof(struct sa_row),
					      "ikesync_sa_table", TRUE, &sa_rows, &n_sa_rows,
					      UAT_AFFECTS_DISSECTION, NULL, sa_row_copy,
					      sa_row_update, sa_row_free, NULL, NULL, sa_fields));
	prefs_register_uat_preference(
	    module, "seal_table", "Seal keys of stubs",
	    "The pool's keys, which open sealed stubs; what is in a stub decrypts its resumption",
	    uat_new("Seal keys of stubs", sizeof(struct seal_row), "ikesync_seal_table", TRUE,
		    &seal_rows, &n_seal_rows, UAT_AFFECTS_DISSECTION, NULL, seal_row_copy,
		    seal_row_update, seal_row_free, NULL, NULL, seal_fields));
	prefs_register_filename_preference(
	    module, "key_file", "Key file",
	    "Lines IKESYNC_SA and IKESYNC_SEAL, as ikesync-probe writes them, or a gateway's own "
	    "file of seal keys",
	    &pref_key_file, FALSE);
	register_init_routine(secrets_init_file);
	if (secrets_register_type)
		secrets_register_type(SECRETS_TYPE, read_block);
}
