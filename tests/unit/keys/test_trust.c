/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains, revocation and names of certificates that the openssl program made. */
#include "support.h"

#include <openssl/x509.h>
#include <sys/stat.h>
#include <time.h>

#include "keys/certificate.h"
#include "keys/credential.h"
#include "keys/trust.h"

#define SANS "DNS:client.example,email:Alice@Example.com,IP:192.0.2.7,IP:2001:db8::7"

static char folder[40];

static const char *in_folder(const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s", folder, name);
	return path;
}

/*
 * An authority, one below it, and certificates of both; "other" is another authority's. index.txt is what "openssl ca" wants for
 * revocation lists.
 */
static int make(void **state)
{
	static const char script[] =
	    "set -e; cd %s; exec 2>log\n"
	    "key() { %s genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; "
	    "chmod 600 $1.key; }\n"
	    "root() { key $1; %s req -x509 -new -key $1.key -days 30 -subj \"/CN=$1\" -out "
	    "$1.pem; }\n"
	    "issue() { key $1; %s req -new -key $1.key -subj \"/O=Example/CN=$1\" | %s x509 "
	    "-req -CA $2.pem -CAkey $2.key -CAcreateserial -days ${4:-20} -extfile ext -extensions "
	    "$3 -out $1.pem; }\n"
	    "cat >ext <<X\n"
	    "[ee]\nsubjectAltName=" SANS "\n"
	    "[wild]\nsubjectAltName=DNS:*.example\n"
	    "[plain]\nbasicConstraints=CA:FALSE\n"
	    "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n"
	    "[usage]\nkeyUsage=keyEncipherment\nsubjectAltName=" SANS "\n"
	    "X\n"
	    "root ca; root other; issue sub ca ca; issue client ca ee; issue below sub ee\n"
	    "issue stranger other ee; issue encipher ca usage; issue wild ca wild; issue plain "
	    "ca plain; issue leafca client ee\n"
	    "cat >ca.cnf <<X\n[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n"
	    "default_crl_days=10\nX\n"
	    ": >index.txt\n"
	    "crl() { %s ca -config ca.cnf -cert $1.pem -keyfile $1.key -gencrl -out $2; }\n"
	    "crl ca empty.crl; crl sub sub.crl\n"
	    "%s ca -config ca.cnf -cert ca.pem -keyfile ca.key -revoke client.pem\n"
	    "crl ca revoked.crl; %s crl -in revoked.crl -outform DER -out revoked.der\n"
	    "cat below.pem sub.pem ca.pem >chain.pem\n"
	    "for f in *.pem; do %s x509 -in $f -outform DER -out ${f%%.pem}.der; done\n"
	    "cp client.key open.key; chmod 644 open.key\n";
	const char *o = OPENSSL_PROGRAM;
	char text[4096], path[40];

	(void)state;
	strcpy(folder, "/tmp/ikesync-trust-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(text, sizeof(text), script, folder, o, o, o, o, o, o, o, o);
	write_temporary(span_text(text), path);
	snprintf(text, sizeof(text), "sh %s || cat %s/log >&2", path, folder);
	run(text);
	unlink(path);
	return 0;
}

static int unmake(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	run(command);
	return 0;
}

static struct octets der(const char *name)
{
	char path[128], file[40];
	struct octets o = { 0 };
	FILE *f;

	snprintf(file, sizeof(file), "%s.der", name);
	f = fopen(in_folder(file, path), "rb");
	assert_non_null(f);
	o.n = fread(o.p, 1, sizeof(o.p), f);
	fclose(f);
	return o;
}

static struct trust *trusting(const char *authority, const char *list, const char *second)
{
	struct trust *t = trust_new();
	char path[128], why[TRUST_WHY_MAX];

	assert_non_null(t);
	assert_true(trust_add_authorities(t, in_folder(authority, path), why));
	if (list)
		assert_true(trust_add_revocations(t, in_folder(list, path), why));
	if (second)
		assert_true(trust_add_revocations(t, in_folder(second, path), why));
	return t;
}

/* "": good. */
static void says(const struct trust *t, const char *own, const char *second, int64_t after,
		 const char *expected)
{
	struct octets a = der(own), b = second ? der(second) : (struct octets){ 0 };
	struct span all[2] = { octets_span(&a), octets_span(&b) };
	char why[TRUST_WHY_MAX] = "";
	X509 *x = trust_verify(t, all, second ? 2 : 1, (uint64_t)(time(NULL) + after), why);

	if (!x != (*expected != 0) || strcmp(x ? "" : why, expected) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", own, x ? "" : why, expected);
	X509_free(x);
}

static void chains(void **state)
{
	struct trust *t = trusting("ca.pem", NULL, NULL);

	(void)state;
	says(t, "client", NULL, 0, "");
	says(t, "client", "sub", 0, ""); /* one that is not needed */
	says(t, "below", "sub", 0, "");
	says(t, "below", NULL, 0, "unable to get local issuer certificate");
	says(t, "stranger", NULL, 0, "unable to get local issuer certificate");
	says(t, "stranger", "other", 0, "self-signed certificate in certificate chain");
	says(t, "leafca", "client", 0, "invalid CA certificate");
	says(t, "encipher", NULL, 0, "its key usage does not allow signatures");
	says(t, "client", NULL, 25 * 86400, "certificate has expired");
	says(t, "client", NULL, -86400, "certificate is not yet valid");
	trust_free(t);
}

static void revoked(void **state)
{
	struct trust *t = trusting("ca.pem", "empty.crl", NULL);

	(void)state;
	says(t, "client", NULL, 0, "");
	/* every authority of the chain must have said something, and lately */
	says(t, "below", "sub", 0, "unable to get certificate CRL");
	says(t, "client", NULL, 15 * 86400, "CRL has expired");
	trust_free(t);
	t = trusting("ca.pem", "revoked.crl", "sub.crl");
	says(t, "client", NULL, 0, "certificate revoked");
	says(t, "plain", NULL, 0, "");
	says(t, "below", "sub", 0, "");
	trust_free(t);
	t = trusting("ca.pem", "revoked.der", NULL);
	says(t, "client", NULL, 0, "certificate revoked");
	trust_free(t);
}

static void broken(void **state)
{
	struct trust *t = trusting("ca.pem", NULL, NULL);
	struct octets o = der("client");
	struct span many[TRUST_CHAIN_MAX + 1];
	char why[TRUST_WHY_MAX], path[128];

	(void)state;
	for (size_t n = 0; n <= o.n + 1; n++) {
		struct span s = span_of(o.p, n);

		if (n == o.n)
			continue;
		assert_null(trust_verify(t, &s, 1, (uint64_t)time(NULL), why));
		assert_string_equal(why, "a broken certificate");
	}
	for (size_t i = 0; i < TRUST_CHAIN_MAX + 1; i++)
		many[i] = octets_span(&o);
	assert_null(trust_verify(t, many, TRUST_CHAIN_MAX + 1, 0, why));
	assert_string_equal(why, "more than 8 certificates");
	assert_null(trust_verify(t, many, 0, 0, why));
	assert_string_equal(why, "no certificate");
	assert_false(trust_add_authorities(t, in_folder("client.pem", path), why));
	assert_non_null(strstr(why, "is not of an authority"));
	assert_false(trust_add_authorities(t, in_folder("empty.crl", path), why));
	assert_false(trust_add_authorities(t, in_folder("nothing", path), why));
	assert_false(trust_add_revocations(t, in_folder("ca.pem", path), why));
	assert_false(trust_add_revocations(t, in_folder("nothing", path), why));
	trust_free(t);
}

/* RFC 7296 section 3.7: "openssl x509 -pubkey" gives the same octets to hash. */
static void certreq(void **state)
{
	struct trust *t = trusting("ca.pem", NULL, NULL);
	struct octets expected;
	char command[600];

	(void)state;
	snprintf(command, sizeof(command),
		 "%s x509 -in %s/ca.pem -noout -pubkey | %s pkey -pubin -outform DER | %s dgst "
		 "-sha1 -binary",
		 OPENSSL_PROGRAM, folder, OPENSSL_PROGRAM, OPENSSL_PROGRAM);
	expected = run(command);
	assert_octets(trust_names(t), octets_span(&expected));
	trust_free(t);
}

static bool named(const char *certificate, uint8_t type, struct span data)
{
	struct octets o = der(certificate);
	struct ike_id id = { type, data };
	X509 *x = certificate_from_der(octets_span(&o));
	bool is = certificate_names(x, &id);

	X509_free(x);
	return is;
}

static void names(void **state)
{
	static const uint8_t ip4[] = { 192, 0, 2, 7 }, other[] = { 192, 0, 2, 8 },
			     ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };
	/* O=Example, CN=client as UTF8String, as the openssl program makes it; and CN=client alone */
	struct octets dn = octets_from_hex("3023 3110300e060355040a0c074578616d706c65"
					   "310f300d06035504030c06636c69656e74"),
		      cn = octets_from_hex("3011 310f300d06035504030c06636c69656e74"),
		      empty = octets_from_hex("3000");

	(void)state;
	assert_true(named("client", ID_FQDN, span_text("client.example")));
	assert_true(named("client", ID_FQDN, span_text("CLIENT.example")));
	assert_false(named("client", ID_FQDN, span_text("client.exampl")));
	assert_false(named("client", ID_FQDN, span_of("client.example", 15)));
	assert_false(named("client", ID_FQDN, SPAN_NONE));
	assert_false(named("wild", ID_FQDN, span_text("client.example")));
	assert_true(named("client", ID_RFC822_ADDR, span_text("Alice@example.COM")));
	assert_false(named("client", ID_RFC822_ADDR, span_text("alice@example.com")));
	assert_false(named("client", ID_RFC822_ADDR, span_text("client.example")));
	assert_false(named("client", ID_FQDN, span_text("Alice@Example.com")));
	assert_true(named("client", ID_IPV4_ADDR, SPAN_OF(ip4)));
	assert_false(named("client", ID_IPV4_ADDR, SPAN_OF(other)));
	assert_true(named("client", ID_IPV6_ADDR, SPAN_OF(ip6)));
	dn.p[1] = (uint8_t)(dn.n - 2);
	assert_true(named("client", ID_DER_ASN1_DN, octets_span(&dn)));
	assert_false(named("plain", ID_DER_ASN1_DN, octets_span(&dn)));
	assert_false(named("client", ID_DER_ASN1_DN, octets_span(&cn)));
	assert_false(named("client", ID_DER_ASN1_DN, octets_span(&empty)));
	assert_false(named("client", ID_DER_ASN1_DN, span_of(dn.p, dn.n + 1)));
	assert_false(named("client", ID_KEY_ID, span_text("client.example")));
	assert_false(named("plain", ID_FQDN, span_text("plain")));
}

static void ends(void **state)
{
	struct octets o = der("client");
	X509 *x = certificate_from_der(octets_span(&o));
	char command[400];
	struct octets said;
	uint64_t end = certificate_end(x);

	(void)state;
	X509_free(x);
	snprintf(command, sizeof(command),
		 "date -u +%%s -d \"$(%s x509 -in %s/client.pem -noout -enddate | sed s/.*=//)\"",
		 OPENSSL_PROGRAM, folder);
	said = run(command);
	said.p[said.n] = 0;
	assert_int_equal(end, strtoull((char *)said.p, NULL, 10));
}

static void own_files(void **state)
{
	char a[128], b[128], why[CREDENTIAL_WHY_MAX];
	struct octets below = der("below"), sub = der("sub");
	struct ike_id id = { ID_FQDN, span_text("client.example") };
	struct credential *c =
	    credential_load(in_folder("chain.pem", a), in_folder("below.key", b), why);

	(void)state;
	assert_non_null(c);
	/* the root is not sent */
	assert_int_equal(credential_count(c), 2);
	assert_octets(credential_certificate(c, 0), octets_span(&below));
	assert_octets(credential_certificate(c, 1), octets_span(&sub));
	assert_true(credential_names(c, &id));
	assert_non_null(credential_key(c));
	credential_free(c);
	assert_null(credential_load(in_folder("client.pem", a), in_folder("below.key", b), why));
	assert_non_null(strstr(why, "not the key of the certificate"));
	assert_null(credential_load(in_folder("client.pem", a), in_folder("open.key", b), why));
	assert_non_null(strstr(why, "others have access"));
	assert_null(credential_load(in_folder("client.key", a), in_folder("client.key", b), why));
	assert_non_null(strstr(why, "no certificate"));
	assert_null(
	    credential_load(in_folder("encipher.pem", a), in_folder("encipher.key", b), why));
	assert_non_null(strstr(why, "key usage"));
	assert_null(credential_load(in_folder("none", a), in_folder("below.key", b), why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),    cmocka_unit_test(revoked), cmocka_unit_test(broken),
		cmocka_unit_test(certreq),   cmocka_unit_test(names),   cmocka_unit_test(ends),
		cmocka_unit_test(own_files),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
