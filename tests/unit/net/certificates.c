/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls openssl for keys, requests and certificates. */
#include "unit/net/certificates.h"

#include <glib.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

int certificates_run(const char *format, ...)
{
	va_list args;
	char *command;
	int r;

	va_start(args, format);
	command = g_strdup_vprintf(format, args);
	va_end(args);
	r = system(command);
	g_free(command);
	return r;
}

static void make_ca(const struct certificates *c, const char *name)
{
	assert_int_equal(
	    certificates_run("cd %s && openssl req -x509 -newkey ec -pkeyopt "
			     "ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.pem "
			     "-days 2 -subj '/CN=test CA %s' 2>log",
			     c->folder, name, name, name),
	    0);
}

void certificates_init(struct certificates *c)
{
	g_strlcpy(c->folder, "/tmp/ikesync-test-XXXXXX", sizeof(c->folder));
	assert_non_null(g_mkdtemp(c->folder));
	make_ca(c, "ca");
	make_ca(c, "foreign");
}

void certificates_make(const struct certificates *c, const char *name, const char *ca,
		       const char *san)
{
	assert_int_equal(
	    certificates_run("cd %s && umask 077 && openssl req -newkey ec -pkeyopt "
			     "ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr -subj "
			     "'/O=test/CN=%s' 2>log && printf 'subjectAltName=%s\\n' >%s.ext && "
			     "openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key "
			     "-CAcreateserial -days 2 -extfile %s.ext -out %s.pem 2>log",
			     c->folder, name, name, name, san, name, name, ca, ca, name, name),
	    0);
}

char *certificates_path(const struct certificates *c, const char *name)
{
	return g_strdup_printf("%s/%s", c->folder, name);
}

void certificates_clear(struct certificates *c)
{
	assert_int_equal(certificates_run("rm -rf %s", c->folder), 0);
}
