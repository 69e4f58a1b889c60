/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NIST CAVS answers for the IKEv2 KDF (SP 800-135). Reads the file that IKESYNC_NIST_FILE names,
 * else the part of it that stands in tests/vectors.
 */
#include "support.h"

#include "keys/prf.h"
#include "keys/schedule.h"

#define FIELDS_MAX 11

struct field {
	const char *name;
	struct octets value;
	bool present;
};

struct kdf_case {
	uint16_t prf;
	unsigned count;
	struct field fields[FIELDS_MAX];
};

static const char *const names[FIELDS_MAX] = {
	"Ni",       "Nr",  "g^ir",          "g^ir (new)",        "SPIi",           "SPIr",
	"SKEYSEED", "DKM", "DKM(Child SA)", "DKM(Child SA D-H)", "SKEYSEED(Rekey)"
};

static struct span field(const struct kdf_case *c, const char *name)
{
	for (size_t i = 0; i < FIELDS_MAX; i++)
		if (!strcmp(names[i], name)) {
			if (!c->fields[i].present)
				fail_msg("COUNT %u has no %s", c->count, name);
			return octets_span(&c->fields[i].value);
		}
	fail_msg("no field %s", name);
	return SPAN_NONE;
}

static uint64_t number(struct span s)
{
	uint64_t v = 0;

	assert_int_equal(s.n, 8);
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

static void check_prf(const struct kdf_case *c)
{
	static uint8_t out[8192];
	struct span ni = field(c, "Ni"), nr = field(c, "Nr");
	struct span dkm = field(c, "DKM"), child = field(c, "DKM(Child SA)");
	struct span child_dh = field(c, "DKM(Child SA D-H)"), g_new = field(c, "g^ir (new)");
	size_t size = suite_prf_size(c->prf);
	struct span sk_d = span_of(dkm.p, size);
	struct span seed[4] = { ni, nr, field(c, "SPIi"), field(c, "SPIr") };
	struct span with_dh[3] = { g_new, ni, nr };

	assert_ok(prf_plus(c->prf, field(c, "SKEYSEED"), seed, 4, out, dkm.n));
	assert_octets(span_of(out, dkm.n), dkm);
	assert_ok(prf_plus(c->prf, sk_d, seed, 2, out, child.n));
	assert_octets(span_of(out, child.n), child);
	assert_ok(prf_plus(c->prf, sk_d, with_dh, 3, out, child_dh.n));
	assert_octets(span_of(out, child_dh.n), child_dh);
	assert_ok(prf(c->prf, sk_d, with_dh, 3, out));
	assert_octets(span_of(out, size), field(c, "SKEYSEED(Rekey)"));
}

/* What the files' DKM says about the seven keys, for a suite whose keys it is long enough for. */
static void assert_keys(const struct ike_keys *k, struct span dkm)
{
	const struct secret *order[] = { &k->sk_d,  &k->sk_ai, &k->sk_ar, &k->sk_ei,
					 &k->sk_er, &k->sk_pi, &k->sk_pr };
	size_t at = 0;

	for (size_t i = 0; i < 7; i++) {
		size_t n = order[i]->n;

		if (at + n > dkm.n)
			n = dkm.n - at;
		assert_memory_equal(order[i]->octets, &dkm.p[at], n);
		at += n;
	}
}

static void check_schedule(const struct kdf_case *c)
{
	struct suite suite = { ENCR_AES_GCM_16, 128, c->prf, INTEG_NONE, DH_NONE };
	struct ike_seed seed = { field(c, "Ni"), field(c, "Nr"), number(field(c, "SPIi")),
				 number(field(c, "SPIr")) };
	struct span dkm = field(c, "DKM");
	struct span sk_d = span_of(dkm.p, suite_prf_size(c->prf));
	struct span rekey_seed = field(c, "SKEYSEED(Rekey)");
	struct ike_keys k, expected;
	struct suite_esp esp = { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, DH_NONE, false };
	struct child_keys child;
	struct span child_dkm = field(c, "DKM(Child SA)"), child_dh = field(c, "DKM(Child SA D-H)");

	assert_ok(ike_keys_initial(&k, &suite, &seed, field(c, "g^ir")));
	assert_keys(&k, dkm);
	ike_keys_clear(&k);
	assert_ok(ike_keys_rekey(&k, &suite, &seed, c->prf, sk_d, field(c, "g^ir (new)")));
	assert_ok(ike_keys_expand(&expected, &suite, rekey_seed, &seed));
	assert_memory_equal(&k.sk_d, &expected.sk_d, sizeof(k.sk_d));
	assert_memory_equal(&k.sk_pr, &expected.sk_pr, sizeof(k.sk_pr));
	assert_ok(child_keys_derive(&child, &esp, c->prf, sk_d, SPAN_NONE, seed.ni, seed.nr));
	assert_memory_equal(child.encr_i.octets, child_dkm.p, 16);
	assert_memory_equal(child.integ_i.octets, &child_dkm.p[16], 20);
	assert_memory_equal(child.encr_r.octets, &child_dkm.p[36], 16);
	assert_memory_equal(child.integ_r.octets, &child_dkm.p[52], 20);
	assert_ok(child_keys_derive(&child, &esp, c->prf, sk_d, field(c, "g^ir (new)"), seed.ni,
				    seed.nr));
	assert_memory_equal(child.integ_r.octets, &child_dh.p[52], 20);
}

static uint16_t prf_named(const char *line)
{
	static const struct {
		const char *name;
		uint16_t prf;
	} hashes[] = { { "[SHA-1]", PRF_HMAC_SHA1 },
		       { "[SHA-256]", PRF_HMAC_SHA2_256 },
		       { "[SHA-384]", PRF_HMAC_SHA2_384 },
		       { "[SHA-512]", PRF_HMAC_SHA2_512 } };

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (!strncmp(line, hashes[i].name, strlen(hashes[i].name)))
			return hashes[i].prf;
	return 0;
}

/* Put "name = value" into the case; true when it was the case's last field. */
static bool take_field(struct kdf_case *c, char *line)
{
	char *value = strstr(line, " = ");

	assert_non_null(value);
	*value = '\0';
	value = &value[3];
	if (!strcmp(line, "COUNT")) {
		memset(c->fields, 0, sizeof(c->fields));
		c->count = (unsigned)strtoul(value, NULL, 10);
		return false;
	}
	for (size_t i = 0; i < FIELDS_MAX; i++)
		if (!strcmp(line, names[i])) {
			assert_false(c->fields[i].present);
			c->fields[i].present = true;
			c->fields[i].value = octets_from_hex(value);
			return i == FIELDS_MAX - 1;
		}
	return false;
}

static void every_case(void **state)
{
	const char *path = getenv("IKESYNC_NIST_FILE");
	static struct kdf_case c;
	static char line[65536];
	unsigned cases[PRF_HMAC_SHA2_512 + 1] = { 0 }, total = 0, begun = 0, short_nonces = 0;
	FILE *f;

	(void)state;
	if (!path || !*path)
		path = TESTS_DIR "/vectors/nist-ikev2-kdf.txt";
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (line[0] == '[') {
			if (!strncmp(line, "[SHA", 4)) {
				c.prf = prf_named(line);
				assert_int_not_equal(c.prf, 0);
			}
			continue;
		}
		begun += !strncmp(line, "COUNT", 5);
		if (!take_field(&c, line))
			continue;
		assert_int_not_equal(c.prf, 0);
		check_prf(&c);
		check_schedule(&c);
		short_nonces += field(&c, "Ni").n == 8;
		cases[c.prf]++;
		total++;
	}
	fclose(f);
	print_message(
	    "%s: %u cases (SHA-1 %u, SHA-256 %u, SHA-384 %u, SHA-512 %u; %u with 8-octet nonces)\n",
	    path, total, cases[PRF_HMAC_SHA1], cases[PRF_HMAC_SHA2_256], cases[PRF_HMAC_SHA2_384],
	    cases[PRF_HMAC_SHA2_512], short_nonces);
	/* A file without cases proves nothing, nor does a case whose last field is missing. */
	assert_int_not_equal(total, 0);
	assert_int_equal(begun, total);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_case) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
