/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pre-shared keys, from wherever a configuration file says. */
#include "tool/psk.h"

#include "keys/key_file.h"
#include "keys/secret.h"
#include "wire/hex.h"

static void too_long(struct config *c, const char *group, const char *key, GError **error)
{
	config_complain(c, group, key, error, "longer than %d octets", PSK_MAX);
}

static void from_text(struct config *c, const char *group, const char *text, struct psk *out,
		      GError **error)
{
	size_t n = strlen(text);

	if (!config_demand_private(c, group, "psk", error))
		return;
	if (n > PSK_MAX) {
		too_long(c, group, "psk", error);
		return;
	}
	memcpy(out->octets, text, n);
	out->n = n;
}

static void from_hex(struct config *c, const char *group, const char *text, struct psk *out,
		     GError **error)
{
	enum err err;

	if (!config_demand_private(c, group, "psk-hex", error))
		return;
	err = hex_read(span_text(text), out->octets, sizeof(out->octets), &out->n);
	if (err == ERR_NO_SPACE)
		too_long(c, group, "psk-hex", error);
	else if (err)
		config_complain(c, group, "psk-hex", error,
				"not an even number of hexadecimal digits");
}

static void from_file(struct config *c, const char *group, const char *file, struct psk *out,
		      GError **error)
{
	char why[KEY_FILE_WHY_MAX];
	struct key_file f;

	/* Room for line ends. */
	if (!key_file_read(file, PSK_MAX + 2, &f, why)) {
		config_complain(c, group, "psk-file", error, "%s", why);
		return;
	}
	while (f.n && (f.octets[f.n - 1] == '\n' || f.octets[f.n - 1] == '\r'))
		f.octets[--f.n] = 0;
	if (f.n == 0) {
		config_complain(c, group, "psk-file", error, "%s holds no key", file);
	} else if (f.n > PSK_MAX) {
		too_long(c, group, "psk-file", error);
	} else {
		memcpy(out->octets, f.octets, f.n);
		out->n = f.n;
	}
	key_file_clear(&f);
}

bool psk_read(struct config *c, const char *group, const char *file, struct psk *out,
	      GError **error)
{
	const char *text = config_string(c, group, "psk", NULL, error);
	const char *hex = config_string(c, group, "psk-hex", NULL, error);

	psk_clear(out);
	if (!!text + !!hex + !!file > 1)
		config_complain(c, group, text ? "psk" : "psk-hex", error,
				"only one of psk, psk-hex and psk-file may be given");
	else if (text)
		from_text(c, group, text, out, error);
	else if (hex)
		from_hex(c, group, hex, out, error);
	else if (file)
		from_file(c, group, file, out, error);
	if (error && *error)
		psk_clear(out);
	return out->n != 0;
}

void psk_clear(struct psk *p)
{
	secret_wipe(p, sizeof(*p));
}
