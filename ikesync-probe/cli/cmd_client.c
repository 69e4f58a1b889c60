/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of the reference client. */
#include "cli/cmd_client.h"

#include <stdio.h>
#include <string.h>

#include "cli/client_run.h"
#include "cli/cmd_options.h"
#include "keys/key_file.h"
#include "keys/secret.h"
#include "run/run.h"
#include "wire/ike_syn.h"

#define IKE_PORT 500
#define NAT_PORT 4500
#define PSK_LONGEST 1024

struct arguments {
	gboolean json, once, encapsulate;
	char *tun, **route;
	char *gateway, **next, *id, *gateway_id, *psk_file, *ike, *esp, *source, *resume_at;
	gint retransmit, attempts, liveness, stay, syn_type;
};

struct settings {
	struct roamer_config config;
	struct ike_id gateway_id;
	uint8_t id_octets[IKE_ID_MAX], gateway_id_octets[IKE_ID_MAX];
	struct key_file psk;
};

static const char description[] =
    "ADDRESS: 192.0.2.1, with ports 192.0.2.1:500/4500 or [2001:db8::1]:500/4500; the\n"
    "second port is for messages through a NAT.\n\n"
    "Logs in at --gateway. When that one is gone (SIGUSR1, or no answer to a liveness\n"
    "check), resumes at the next one. SIGINT or SIGTERM ends the session.\n\n"
    "One line for each event: asked, candidate, logged-in, resumed, not-committed,\n"
    "refused, unbound, unanswered, redirected, redirect-ignored, gateway-dead,\n"
    "deleted, ended, failed.\n\n"
    "Exit codes: 0 the session was ended, 1 the gateway ended it, 2 usage,\n"
    "3 no gateway let it in, 4 internal, 130 interrupted twice.\n\n"
    "Examples:\n"
    "  ikesync-probe client --gateway 192.0.2.1 --next 192.0.2.2 \\\n"
    "    --id fqdn:client.example --psk-file client.psk\n"
    "  ikesync-probe client --gateway 192.0.2.1 --next 192.0.2.2 \\\n"
    "    --id fqdn:client.example --psk-file client.psk \\\n"
    "    --tun ike0 --route 10.1.0.0/24\n"
    "  ikesync-probe client --gateway 192.0.2.1 --next 192.0.2.2 \\\n"
    "    --id fqdn:client.example --psk-file client.psk \\\n"
    "    --resume-at 192.0.2.2 --once --json | jq -r .event\n";

static bool parse(struct arguments *a, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "gateway", 'g', 0, G_OPTION_ARG_STRING, &a->gateway, "log in there (required)",
		  "ADDRESS" },
		{ "next", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &a->next,
		  "another gateway of its pool, may be repeated", "ADDRESS" },
		{ "id", 0, 0, G_OPTION_ARG_STRING, &a->id, "our identity (required)", "ID" },
		{ "gateway-id", 0, 0, G_OPTION_ARG_STRING, &a->gateway_id,
		  "the gateways' identity (any)", "ID" },
		{ "psk-file", 0, 0, G_OPTION_ARG_FILENAME, &a->psk_file,
		  "the shared key (required)", "FILE" },
		{ "ike", 0, 0, G_OPTION_ARG_STRING, &a->ike, "(aes128-sha256-x25519)", "SUITES" },
		{ "esp", 0, 0, G_OPTION_ARG_STRING, &a->esp, "(aes128gcm16); none: no child SA",
		  "SUITES" },
		{ "source", 0, 0, G_OPTION_ARG_STRING, &a->source, "send from there", "ADDRESS" },
		{ "tun", 0, 0, G_OPTION_ARG_STRING, &a->tun,
		  "carry traffic over this TUN device (as root)", "NAME" },
		{ "route", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->route,
		  "a network to route there, may be repeated", "NETWORK" },
		{ "encapsulate", 0, 0, G_OPTION_ARG_NONE, &a->encapsulate,
		  "as through a NAT, where none is seen, too", NULL },
		{ "resume-at", 0, 0, G_OPTION_ARG_STRING, &a->resume_at,
		  "resume there after the login", "ADDRESS" },
		{ "stay", 0, 0, G_OPTION_ARG_INT, &a->stay,
		  "before that (1000): the stub is on its way", "MS" },
		{ "once", 0, 0, G_OPTION_ARG_NONE, &a->once,
		  "end when that is done, and do not wait", NULL },
		{ "retransmit", 0, 0, G_OPTION_ARG_INT, &a->retransmit,
		  "before the first repetition (500)", "MS" },
		{ "attempts", 0, 0, G_OPTION_ARG_INT, &a->attempts,
		  "how often a request is sent (5)", "N" },
		{ "liveness", 0, 0, G_OPTION_ARG_INT, &a->liveness,
		  "check a gateway that was silent so long\n\t\t\t\t(30000; 0: never)", "MS" },
		{ "syn-payload-type", 0, 0, G_OPTION_ARG_INT, &a->syn_type, "(200)", "N" },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &a->json, "events as JSON", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	const struct cmd_options options = { "client", "- the reference client", description,
					     entries };

	return cmd_options_parse(&options, argc, argv);
}

static bool complain(const char *option, const char *value, const char *what)
{
	fprintf(stderr, "ikesync-probe client: --%s%s%s: %s\n", option, value ? "=" : "",
		value ? value : "", what);
	return false;
}

/* ADDR[:PORT[/NAT-PORT]] */
static bool read_gateway(const char *option, const char *text, struct roamer_gateway *out)
{
	const char *slash = strchr(text, '/');
	char *front = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	guint64 port = NAT_PORT;
	bool ok = endpoint_from_text(front, IKE_PORT, &out->ike) == ERR_OK && out->ike.port &&
		  address_is_unicast(&out->ike.address);

	if (slash)
		ok &= g_ascii_string_to_unsigned(slash + 1, 10, 1, 65535, &port, NULL);
	g_free(front);
	out->nat_port = (uint16_t)port;
	return ok || complain(option, text, "an address is wanted, as 192.0.2.1:500/4500");
}

static bool read_gateways(const struct arguments *a, struct roamer_config *c)
{
	if (!a->gateway)
		return complain("gateway", NULL, "missing; where to log in");
	if (!read_gateway("gateway", a->gateway, &c->gateways[c->n_gateways++]))
		return false;
	for (char **n = a->next; n && *n; n++) {
		if (c->n_gateways == ROAMER_GATEWAYS_MAX)
			return complain("next", *n, "too many");
		if (!read_gateway("next", *n, &c->gateways[c->n_gateways++]))
			return false;
	}
	return true;
}

static bool read_suites(const struct arguments *a, struct roamer_config *c)
{
	char **ike = g_strsplit(a->ike ? a->ike : "aes128-sha256-x25519", ",", -1);
	char **esp = g_strsplit(a->esp ? a->esp : "aes128gcm16", ",", -1);
	bool ok = *ike != NULL || complain("ike", "", "a suite is wanted");

	for (char **s = ike; ok && *s; s++)
		ok = (c->n_suites < ROAMER_SUITES_MAX &&
		      suite_from_text(g_strstrip(*s), &c->suites[c->n_suites++]) == ERR_OK &&
		      c->suites[c->n_suites - 1].dh) ||
		     complain("ike", *s, "no suite as aes128-sha256-x25519, or one too many");
	for (char **s = esp; ok && *s && g_strcmp0(a->esp, "none") != 0; s++)
		ok = (c->n_esp < ROAMER_SUITES_MAX &&
		      suite_esp_from_text(g_strstrip(*s), &c->esp[c->n_esp++]) == ERR_OK) ||
		     complain("esp", *s, "no suite as aes128gcm16, or one too many");
	g_strfreev(ike);
	g_strfreev(esp);
	return ok;
}

static bool read_psk(const struct arguments *a, struct settings *s)
{
	char why[KEY_FILE_WHY_MAX];
	struct key_file *f = &s->psk;

	if (!a->psk_file)
		return complain("psk-file", NULL, "missing; the key that the gateways know");
	if (!key_file_read(a->psk_file, PSK_LONGEST, f, why))
		return complain("psk-file", NULL, why);
	while (f->n && (f->octets[f->n - 1] == '\n' || f->octets[f->n - 1] == '\r'))
		f->octets[--f->n] = 0;
	s->config.psk = span_of(f->octets, f->n);
	return f->n || complain("psk-file", a->psk_file, "holds no key");
}

static bool read_identities(const struct arguments *a, struct settings *s)
{
	if (!a->id)
		return complain("id", NULL, "missing; " IKE_ID_FORMS);
	if (ike_id_from_text(a->id, s->id_octets, sizeof(s->id_octets), &s->config.id) != ERR_OK)
		return complain("id", a->id, IKE_ID_FORMS);
	if (!a->gateway_id)
		return true;
	s->config.gateway_id = &s->gateway_id;
	return ike_id_from_text(a->gateway_id, s->gateway_id_octets, sizeof(s->gateway_id_octets),
				&s->gateway_id) == ERR_OK ||
	       complain("gateway-id", a->gateway_id, IKE_ID_FORMS);
}

static bool read_numbers(const struct arguments *a, struct roamer_config *c)
{
	if (a->retransmit < 10 || a->retransmit > 60000)
		return complain("retransmit", NULL, "10 to 60000 ms");
	if (a->attempts < 1 || a->attempts > 10)
		return complain("attempts", NULL, "1 to 10");
	if (a->liveness < 0)
		return complain("liveness", NULL, "0 ms or more");
	if (a->stay < 0)
		return complain("stay", NULL, "0 ms or more");
	if (a->syn_type < 0 || !ike_syn_type_allowed((unsigned)a->syn_type))
		return complain("syn-payload-type", NULL, "129, 133 to 200 or 210 to 254");
	c->retransmit_ms = (uint32_t)a->retransmit;
	c->attempts = (unsigned)a->attempts;
	c->liveness_ms = (uint32_t)a->liveness;
	c->syn_type = (uint8_t)a->syn_type;
	c->encapsulate = a->encapsulate;
	return true;
}

/* Which of the gateways is meant. */
static bool read_resume_at(const struct arguments *a, const struct roamer_config *c, int *out)
{
	struct roamer_gateway g;

	*out = -1;
	if (!a->resume_at)
		return true;
	if (!read_gateway("resume-at", a->resume_at, &g))
		return false;
	for (unsigned i = 0; i < c->n_gateways; i++)
		if (endpoint_equal(&c->gateways[i].ike, &g.ike)) {
			*out = (int)i;
			return true;
		}
	return complain("resume-at", a->resume_at, "not among --gateway and --next");
}

static int run(const struct arguments *a)
{
	struct settings s = { 0 };
	struct client_run run = { .config = &s.config,
				  .json = a->json,
				  .once = a->once,
				  .stay_ms = (guint)a->stay,
				  .traffic = { a->tun, a->route } };
	int code = RUN_USAGE;

	if (a->source && address_from_text(a->source, &run.source) != ERR_OK)
		complain("source", a->source, "an address is wanted");
	else if (read_gateways(a, &s.config) && read_identities(a, &s) && read_psk(a, &s) &&
		 read_suites(a, &s.config) && read_numbers(a, &s.config) &&
		 read_resume_at(a, &s.config, &run.resume_at))
		code = client_run(&run);
	key_file_clear(&s.psk);
	return code;
}

int cmd_client(int argc, char **argv)
{
	struct arguments a = {
		.retransmit = 500, .attempts = 5, .liveness = 30000, .stay = 1000, .syn_type = 200
	};
	int code = parse(&a, argc, argv) ? run(&a) : RUN_USAGE;
	char *const strings[] = { a.gateway, a.id,     a.gateway_id, a.psk_file, a.ike,
				  a.esp,     a.source, a.resume_at,  a.tun };

	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	g_strfreev(a.next);
	g_strfreev(a.route);
	return code;
}
