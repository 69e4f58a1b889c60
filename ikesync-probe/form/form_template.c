/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of profile 1 sends, ready to be spoiled. */
#include "form/form_template.h"

#include <glib.h>
#include <string.h>

#define OFFER                                   \
	"payload SA\n"                          \
	"\tproposal 1 IKE\n"                    \
	"\ttransform ENCR AES-CBC 128\n"        \
	"\ttransform PRF PRF-HMAC-SHA2-256\n"   \
	"\ttransform INTEG HMAC-SHA2-256-128\n" \
	"\ttransform D-H x25519\n"              \
	"payload KE\n"                          \
	"\tgroup x25519\n"                      \
	"\toctets $public\n"                    \
	"payload Nonce\n"                       \
	"\toctets $ni\n"
#define ANNOUNCE                                  \
	"payload V\n"                             \
	"\ttext \"ikesync profile 1\"\n"          \
	"payload N\n"                             \
	"\tnotify NAT_DETECTION_SOURCE_IP\n"      \
	"\toctets $nat-source\n"                  \
	"payload N\n"                             \
	"\tnotify NAT_DETECTION_DESTINATION_IP\n" \
	"\toctets $nat-destination\n"
#define INIT "message\nexchange IKE_SA_INIT\n" OFFER ANNOUNCE
#define SYN                                            \
	"start stub\n\n"                               \
	"message\n"                                    \
	"exchange IKE_SA_INIT\n" OFFER "payload SYN\n" \
	"\toctets $index\n" ANNOUNCE

static const struct {
	const char *name, *meaning, *text;
} templates[] = {
	{ "init", "an ordinary IKE_SA_INIT request", INIT },
	{ "login", "the same, and IKE_AUTH without a child SA",
	  INIT "\nmessage\n"
	       "exchange IKE_AUTH\n"
	       "sealed\n"
	       "payload IDi\n"
	       "\toctets $id\n"
	       "payload AUTH\n"
	       "\tu8 2\n"
	       "\tzeros 3\n"
	       "\toctets $auth\n" },
	{ "syn", "IKE_SA_SYN for a session with the old gateway", SYN },
	{ "resume", "the same, and message ID 1 with BIND",
	  SYN "\nmessage\n"
	      "exchange INFORMATIONAL\n"
	      "sealed\n"
	      "payload N\n"
	      "\tnotify IKESYNC_BIND\n"
	      "\toctets $bind\n" },
	{ "alive", "an empty INFORMATIONAL in a session with the gateway",
	  "start login\n\n"
	  "message\n"
	  "exchange INFORMATIONAL\n"
	  "sealed\n" },
	{ "delete", "Delete of a session that was resumed",
	  "start resumption\n\n"
	  "message\n"
	  "exchange INFORMATIONAL\n"
	  "sealed\n"
	  "payload D\n"
	  "\tu8 1\n"
	  "\tu8 0\n"
	  "\tu16 0\n" },
};

const char *form_template_name(unsigned i, const char **meaning)
{
	if (i >= G_N_ELEMENTS(templates))
		return NULL;
	*meaning = templates[i].meaning;
	return templates[i].name;
}

char *form_template(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(templates); i++)
		if (strcmp(templates[i].name, name) == 0)
			return g_strdup_printf("# %s\n%s", templates[i].meaning, templates[i].text);
	return NULL;
}
