/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets that the user has typed into the preferences' tables. */
#include "secrets/secret_tables.h"

#include <epan/uat.h>

#include "base/wipe.h"
#include "secrets/secret_text.h"

struct sa_row {
	char *spi, *address, *sk_d;
	unsigned prf, encr, integ;
};

struct seal_row {
	char *id, *key;
};

static struct sa_row *sa_rows;
static struct seal_row *seal_rows;
static unsigned n_sa_rows, n_seal_rows;

static struct resume_suite row_suite(const struct sa_row *r)
{
	return (struct resume_suite){ (uint16_t)r->prf, (uint16_t)(r->encr >> 16),
				      (uint16_t)r->encr, (uint16_t)r->integ };
}

void secret_tables_load(void)
{
	for (unsigned i = 0; i < n_sa_rows; i++) {
		struct resume_suite suite = row_suite(&sa_rows[i]);
		struct resume_secret s;

		if (!secret_text_sa(sa_rows[i].spi, sa_rows[i].address, &suite, sa_rows[i].sk_d,
				    &s)) {
			s.source = RESUME_SOURCE_TABLE;
			resume_secrets_add(&s);
		}
		wipe(&s, sizeof(s));
	}
	for (unsigned i = 0; i < n_seal_rows; i++) {
		uint8_t key[SEAL_KEY_SIZE];
		uint32_t id;

		if (!secret_text_seal(seal_rows[i].id, seal_rows[i].key, &id, key))
			resume_seal_key_add(id, key);
		wipe(key, sizeof(key));
	}
}

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

static ws_uat_bool sa_row_update(void *row, char **error)
{
	const struct sa_row *r = row;
	struct resume_suite suite = row_suite(r);
	struct resume_secret s;
	const char *why = secret_text_sa(r->spi ? r->spi : "", r->address ? r->address : "", &suite,
					 r->sk_d ? r->sk_d : "", &s);

	wipe(&s, sizeof(s));
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

static ws_uat_bool seal_row_update(void *row, char **error)
{
	const struct seal_row *r = row;
	uint8_t key[SEAL_KEY_SIZE];
	uint32_t id;
	const char *why = secret_text_seal(r->id ? r->id : "", r->key ? r->key : "", &id, key);

	wipe(key, sizeof(key));
	*error = why ? g_strdup(why) : NULL;
	return why == NULL;
}

void secret_tables_register(module_t *module)
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
}
