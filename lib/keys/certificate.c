/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, key usage and end of a certificate. */
#include "keys/certificate.h"

#include <openssl/x509v3.h>
#include <time.h>

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool equal_without_case(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

/* RFC 5280 section 7.5: the domain in either case, the mailbox as it is. */
static bool equal_mail(struct span a, struct span b)
{
	size_t at = 0;

	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] == '@')
			at = i;
	return at && a.n == b.n && span_equal(span_of(a.p, at), span_of(b.p, at)) &&
	       equal_without_case(span_of(&a.p[at], a.n - at), span_of(&b.p[at], b.n - at));
}

static bool alt_name_is(const GENERAL_NAME *name, const struct ike_id *id)
{
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	struct span octets;

	if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_IPADD)
		return false;
	octets = span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	switch (id->type) {
	case ID_FQDN:
		return type == GEN_DNS && equal_without_case(octets, id->data);
	case ID_RFC822_ADDR:
		return type == GEN_EMAIL && equal_mail(octets, id->data);
	case ID_IPV4_ADDR:
	case ID_IPV6_ADDR:
		return type == GEN_IPADD && span_equal(octets, id->data);
	default:
		return false;
	}
}

static bool subject_is(const X509 *x, struct span dn)
{
	const unsigned char *p = dn.p;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)dn.n);
	bool is = name && p == dn.p + dn.n && X509_NAME_entry_count(name) > 0 &&
		  X509_NAME_cmp(name, X509_get_subject_name(x)) == 0;

	X509_NAME_free(name);
	return is;
}

bool certificate_names(const X509 *x, const struct ike_id *id)
{
	GENERAL_NAMES *names;
	bool is = false;

	if (id->data.n == 0)
		return false;
	if (id->type == ID_DER_ASN1_DN)
		return subject_is(x, id->data);
	names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; !is && i < sk_GENERAL_NAME_num(names); i++)
		is = alt_name_is(sk_GENERAL_NAME_value(names, i), id);
	GENERAL_NAMES_free(names);
	return is;
}

bool certificate_may_sign(X509 *x)
{
	return (X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

uint64_t certificate_end(const X509 *x)
{
	struct tm tm;
	time_t t;

	if (!ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm))
		return 0;
	t = timegm(&tm);
	return t > 0 ? (uint64_t)t : 0;
}

X509 *certificate_from_der(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = der.n ? d2i_X509(NULL, &p, (long)der.n) : NULL;

	if (x && p == der.p + der.n)
		return x;
	X509_free(x);
	return NULL;
}

EVP_PKEY *certificate_key(const X509 *x)
{
	return X509_get0_pubkey(x);
}

void certificate_free(X509 *x)
{
	X509_free(x);
}
