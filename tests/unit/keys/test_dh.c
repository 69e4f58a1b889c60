/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diffie-Hellman against published examples and the openssl program. */
#include "support.h"

#include "keys/dh.h"
#include "wire/iana.h"

/* RFC 5903 section 8 and RFC 8031 appendix A.1. */
static const struct {
	uint16_t group;
	const char *private_i, *public_i, *private_r, *public_r, *shared;
} published[] = {
	{ DH_ECP256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
	  "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
	  "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
	  "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
	  "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
	  "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
	  "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE" },
	{ DH_ECP384,
	  "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896"
	  "783AB194",
	  "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AE"
	  "E95F41AA"
	  "9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C63"
	  "4573A81C",
	  "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD5"
	  "5A7448FC",
	  "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0"
	  "774A3571"
	  "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96D"
	  "B9E6386C",
	  "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A2"
	  "70F59746" },
	{ DH_ECP521,
	  "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A095AA85A30FE1C2952C6771D9"
	  "37BA9777"
	  "F5957B2639BAB072462F68C27A57382D4A52",
	  "0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBEE1E3BF42E00B8E380AEAE57C"
	  "2D107564"
	  "941885942AF5A7F4601723C4195D176CED3E"
	  "017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10AD8A788015AC405D7799DC75E"
	  "7B7D5B6C"
	  "F2261A6A7F1507438BF01BEB6CA3926F9582",
	  "0145BA99A847AF43793FDD0E872E7CDFA16BE30FDC780F97BCCC3F078380201E9C677D600B343757A3BDBF2A"
	  "3163E4C2"
	  "F869CCA7458AA4A4EFFC311F5CB151685EB9",
	  "00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A219B97C356436ADC6E95BB0352"
	  "F6BE64A6"
	  "C2912D4EF2D0433CED2B6171640012D9460F"
	  "015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87220B6536C5C408A1D2AEBB8E"
	  "86D678AE"
	  "49CB57091F4732296579AB44FCD17F0FC56A",
	  "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04D1427E73CA4BAA240A347868"
	  "59810C06"
	  "B3C715A3A8CC3151F2BEE417996D19F3DDEA" },
	{ DH_X25519, "751fb4308655b476b6789b7325f9ea8cddd16a58533ff6d9e60009464a5f9d94",
	  "48d5ddd4061257ba166fa3f9bbdb74f1a4e81c089384fa77f790709f0dfbc766",
	  "0a54645253290d60ddadd0e030bacd9e5501efdc220755a1e978f1b839a05688",
	  "0be7c1f5aad87d7e448662673298a443478b859745179eaf564c79c0ef6eee25",
	  "c74950607a12327f3204d94b6825bfb068b7f8319a9e3708ed3d43ce8130c950" },
};

static const struct {
	uint16_t group;
	size_t public_size, shared_size;
	const char *genpkey;
} groups[] = {
	{ DH_MODP2048, 256, 256, "DH -pkeyopt group:modp_2048" },
	{ DH_MODP3072, 384, 384, "DH -pkeyopt group:modp_3072" },
	{ DH_MODP4096, 512, 512, "DH -pkeyopt group:modp_4096" },
	{ DH_ECP256, 64, 32, "EC -pkeyopt ec_paramgen_curve:P-256" },
	{ DH_ECP384, 96, 48, "EC -pkeyopt ec_paramgen_curve:P-384" },
	{ DH_ECP521, 132, 66, "EC -pkeyopt ec_paramgen_curve:P-521" },
	{ DH_X25519, 32, 32, "X25519" },
};

static void assert_shared(const struct dh *dh, struct span peer, struct span expected)
{
	uint8_t out[DH_PUBLIC_MAX];
	size_t n;

	assert_ok(dh_shared(dh, peer, out, &n));
	assert_octets(span_of(out, n), expected);
}

static void published_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct octets di = octets_from_hex(published[i].private_i);
		struct octets pi = octets_from_hex(published[i].public_i);
		struct octets dr = octets_from_hex(published[i].private_r);
		struct octets pr = octets_from_hex(published[i].public_r);
		struct octets shared = octets_from_hex(published[i].shared);
		struct dh *a = dh_from_private(published[i].group, octets_span(&di));
		struct dh *b = dh_from_private(published[i].group, octets_span(&dr));
		uint8_t public[DH_PUBLIC_MAX];

		assert_non_null(a);
		assert_non_null(b);
		assert_ok(dh_public(a, public));
		assert_octets(span_of(public, dh_public_size(published[i].group)),
			      octets_span(&pi));
		assert_ok(dh_public(b, public));
		assert_octets(span_of(public, dh_public_size(published[i].group)),
			      octets_span(&pr));
		assert_shared(a, octets_span(&pr), octets_span(&shared));
		assert_shared(b, octets_span(&pi), octets_span(&shared));
		dh_free(a);
		dh_free(b);
	}
}

/* The hex block that follows `label` in `openssl pkey -text`, left-padded or cut to `size`. */
static struct octets field_of_key(const char *path, const char *option, const char *label,
				  size_t size)
{
	char command[256];
	struct octets text, hex, padded = { .n = size };
	char *at, *end;

	snprintf(command, sizeof(command), "%s pkey -in %s -text -noout %s", OPENSSL_PROGRAM, path,
		 option);
	text = run(command);
	text.p[text.n] = '\0';
	at = strstr((char *)text.p, label);
	assert_non_null(at);
	at = strchr(at, '\n');
	/* Up to the first line that is not indented by four. */
	for (end = at; end && !strncmp(end, "\n    ", 5); end = strchr(&end[1], '\n'))
		;
	if (end)
		*end = '\0';
	hex = octets_from_hex(at);
	if (hex.n > size)
		memcpy(padded.p, &hex.p[hex.n - size], size);
	else
		memcpy(&padded.p[size - hex.n], hex.p, hex.n);
	return padded;
}

static void same_as_openssl(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		char a[40], b[40], b_public[40], command[512];
		const char *public_label = groups[i].group == DH_MODP2048 ||
						   groups[i].group == DH_MODP3072 ||
						   groups[i].group == DH_MODP4096
					       ? "public-key:"
					       : "pub:";
		const char *private_label = public_label[3] == 'l' ? "private-key:" : "priv:";
		struct octets private, public, shared, padded = { .n = groups[i].shared_size };
		struct dh *dh;

		write_temporary(SPAN_NONE, a);
		write_temporary(SPAN_NONE, b);
		write_temporary(SPAN_NONE, b_public);
		snprintf(command, sizeof(command),
			 "%s genpkey -algorithm %s -out %s && %s genpkey -algorithm %s -out %s && "
			 "%s pkey -in %s -pubout -out %s && "
			 "%s pkeyutl -derive -inkey %s -peerkey %s",
			 OPENSSL_PROGRAM, groups[i].genpkey, a, OPENSSL_PROGRAM, groups[i].genpkey,
			 b, OPENSSL_PROGRAM, b, b_public, OPENSSL_PROGRAM, a, b_public);
		shared = run(command);
		memcpy(&padded.p[padded.n - shared.n], shared.p, shared.n);
		private = field_of_key(a, "", private_label,
				       groups[i].group == DH_X25519 ? 32 : groups[i].shared_size);
		public = field_of_key(b_public, "-pubin", public_label, groups[i].public_size);
		dh = dh_from_private(groups[i].group, octets_span(&private));
		assert_non_null(dh);
		assert_shared(dh, octets_span(&public), octets_span(&padded));
		dh_free(dh);
		unlink(a);
		unlink(b);
		unlink(b_public);
	}
}

static void fresh_keys_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct dh *a = dh_new(groups[i].group), *b = dh_new(groups[i].group);
		uint8_t pa[DH_PUBLIC_MAX], pb[DH_PUBLIC_MAX], sa[DH_PUBLIC_MAX];
		size_t n;

		assert_int_equal(dh_public_size(groups[i].group), groups[i].public_size);
		assert_non_null(a);
		assert_non_null(b);
		assert_ok(dh_public(a, pa));
		assert_ok(dh_public(b, pb));
		assert_memory_not_equal(pa, pb, groups[i].public_size);
		assert_ok(dh_shared(a, span_of(pb, groups[i].public_size), sa, &n));
		assert_int_equal(n, groups[i].shared_size);
		assert_shared(b, span_of(pa, groups[i].public_size), span_of(sa, n));
		dh_free(a);
		dh_free(b);
	}
}

/* Values that tell something about the private key, or nothing at all (RFC 6989). */
static void bad_public_values(void **state)
{
	uint8_t bad[DH_PUBLIC_MAX], out[DH_PUBLIC_MAX];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct dh *dh = dh_new(groups[i].group);
		size_t size = groups[i].public_size;

		memset(bad, 0, sizeof(bad));
		assert_err(dh_shared(dh, span_of(bad, size), out, &n), ERR_VALUE); /* 0 */
		bad[size - 1] = 1;
		if (groups[i].group != DH_X25519)
			assert_err(dh_shared(dh, span_of(bad, size), out, &n),
				   ERR_VALUE); /* 1, off curve */
		memset(bad, 0xff, sizeof(bad));
		if (groups[i].group !=
		    DH_X25519) /* above p; x25519 reduces it (RFC 7748 section 5) */
			assert_err(dh_shared(dh, span_of(bad, size), out, &n), ERR_VALUE);
		assert_ok(dh_public(dh, bad));
		assert_err(dh_shared(dh, span_of(bad, size - 1), out, &n), ERR_LENGTH);
		assert_err(dh_shared(dh, span_of(bad, 0), out, &n), ERR_LENGTH);
		if (groups[i].group >= DH_ECP256 && groups[i].group <= DH_ECP521) {
			bad[size - 1] ^= 1; /* off the curve */
			assert_err(dh_shared(dh, span_of(bad, size), out, &n), ERR_VALUE);
		}
		dh_free(dh);
	}
}

/* The points of small order of RFC 7748 section 6.1: the shared secret is zero for all. */
static void x25519_small_order(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct dh *dh = dh_new(DH_X25519);
	uint8_t out[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct octets p = octets_from_hex(points[i]);

		assert_err(dh_shared(dh, octets_span(&p), out, &n), ERR_VALUE);
		assert_int_equal(n, 0);
	}
	dh_free(dh);
}

/* p - 1 has order 2. */
static void modp_minus_one(void **state)
{
	struct dh *dh = dh_new(DH_MODP2048);
	uint8_t out[DH_PUBLIC_MAX];
	struct octets p;
	size_t n;

	(void)state;
	/* RFC 3526 group 14 */
	p = octets_from_hex(
	    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22"
	    "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6"
	    "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D"
	    "C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
	    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E8603"
	    "9B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
	    "15728E5A8AACAA68FFFFFFFFFFFFFFFF");
	assert_int_equal(p.n, 256);
	assert_err(dh_shared(dh, octets_span(&p), out, &n), ERR_VALUE);
	p.p[255] = 0xfe;
	assert_err(dh_shared(dh, octets_span(&p), out, &n), ERR_VALUE);
	p.p[255] = 0xfd;
	assert_ok(dh_shared(dh, octets_span(&p), out, &n));
	dh_free(dh);
}

static void unknown_groups(void **state)
{
	(void)state;
	assert_null(dh_new(DH_MODP1024));
	assert_null(dh_new(0));
	assert_null(dh_new(DH_X448));
	assert_int_equal(dh_public_size(DH_MODP1536), 0);
	dh_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples), cmocka_unit_test(same_as_openssl),
		cmocka_unit_test(fresh_keys_agree),   cmocka_unit_test(bad_public_values),
		cmocka_unit_test(x25519_small_order), cmocka_unit_test(modp_minus_one),
		cmocka_unit_test(unknown_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
