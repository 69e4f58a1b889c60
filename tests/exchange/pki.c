/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shell script around the openssl program. */
#include "pki.h"

#include <glib.h>
#include <stdio.h>

static char folder[64];

static const char script[] =
    "set -e\n"
    "cd \"$1\"\n"
    "exec 2>log\n"
    "ca() { openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
    "-subj \"/CN=$1\" \\\n"
    "	-keyout $1.key -out $1.pem; }\n"
    /* cert NAME CA SAN DAYS GENPKEY-ARGUMENTS... */
    "cert() {\n"
    "	name=$1 by=$2 san=$3 days=$4; shift 4\n"
    "	openssl genpkey -out $name.key \"$@\"; chmod 600 $name.key\n"
    "	printf 'subjectAltName=%s\\n' \"$san\" >ext\n"
    "	case $san in CA) printf 'basicConstraints=critical,CA:TRUE\\n' >ext ;; esac\n"
    "	openssl req -new -key $name.key -subj \"/O=Example/CN=$name\" |\n"
    "		openssl x509 -req -CA $by.pem -CAkey $by.key -CAcreateserial -days $days -extfile "
    "ext -out $name.pem\n"
    "	openssl x509 -in $name.pem -outform DER -out $name.der\n"
    "}\n"
    "p256='-algorithm EC -pkeyopt ec_paramgen_curve:P-256'\n"
    "rsa='-algorithm RSA -pkeyopt rsa_keygen_bits:2048'\n"
    "c=DNS:client.example g=DNS:gw-a.example,DNS:gw-b.example,DNS:gw-c.example\n"
    "ca ca; ca foreign\n"
    "cert rsa ca $c 20 $rsa\n"
    "cert p256 ca $c 20 $p256\n"
    "cert p384 ca $c 20 -algorithm EC -pkeyopt ec_paramgen_curve:P-384\n"
    "cert p521 ca $c 20 -algorithm EC -pkeyopt ec_paramgen_curve:P-521\n"
    "cert ed25519 ca $c 20 -algorithm ED25519\n"
    "cert sub ca CA 25 $p256\n"
    "cert sub-client sub $c 20 $p256; cat sub.pem >>sub-client.pem\n"
    "cert other-name ca DNS:other.example 20 $p256\n"
    "cert short ca $c 2 $p256\n"
    "cert stranger foreign $c 20 $p256\n"
    "cert revoked ca $c 20 $p256\n"
    "cert gw-rsa ca $g 20 $rsa\n"
    "cert gw-p256 ca $g 20 $p256\n"
    "cert gw-ed25519 ca $g 20 -algorithm ED25519\n"
    "printf "
    "'[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ndefault_md=sha256\\ndefault_crl_days=10\\n' "
    ">ca.cnf\n"
    ": >index.txt\n"
    "openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -revoke revoked.pem\n"
    "openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key -gencrl -out gone.crl\n";

static void shell(const char *text)
{
	const char *argv[] = { "sh", "-c", text, "sh", folder, NULL };
	g_autoptr(GError) error = NULL;
	gint status;

	if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
			  NULL, NULL, &status, &error) ||
	    !g_spawn_check_wait_status(status, &error))
		g_error("certificates in %s: %s", folder, error->message);
}

void pki_make(void)
{
	g_strlcpy(folder, "/tmp/ikesync-pki-XXXXXX", sizeof(folder));
	if (!g_mkdtemp(folder))
		g_error("no folder");
	shell(script);
}

void pki_remove(void)
{
	shell("rm -rf \"$1\"");
}

const char *pki_file(const char *name, const char *suffix)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	g_snprintf(path, sizeof(paths[0]), "%s/%s.%s", folder, name, suffix);
	return path;
}

struct credential *pki_credential(const char *name)
{
	char why[CREDENTIAL_WHY_MAX];
	struct credential *c = credential_load(pki_file(name, "pem"), pki_file(name, "key"), why);

	if (!c)
		g_error("%s", why);
	return c;
}

struct trust *pki_trust(const char *crl)
{
	char why[TRUST_WHY_MAX];
	struct trust *t = trust_new();

	if (!trust_add_authorities(t, pki_file("ca", "pem"), why) ||
	    (crl && !trust_add_revocations(t, pki_file(crl, "crl"), why)))
		g_error("%s", why);
	return t;
}

size_t pki_read(const char *name, const char *suffix, void *out, size_t cap)
{
	FILE *f = fopen(pki_file(name, suffix), "rb");
	size_t n;

	if (!f)
		g_error("no %s", name);
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}
