/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gateway and bank do alike between main() and serving. */
#include "tool/daemon_main.h"

#include <stdio.h>
#include <sys/stat.h>

#include "tool/log.h"

struct options {
	char *config, *log_level;
	int ready_fd;
	gboolean check, version;
	enum log_level level;
};

static bool refuse(GError **error, const char *what, const char *text)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s \"%s\"", what, text);
	return false;
}

static bool parse(const struct daemon_program *p, struct options *o, int *argc, char ***argv,
		  GError **error)
{
	const GOptionEntry entries[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config, "Configuration file",
		  "FILE" },
		{ "check-config", 0, 0, G_OPTION_ARG_NONE, &o->check,
		  "Check the configuration and exit", NULL },
		{ "ready-fd", 0, 0, G_OPTION_ARG_INT, &o->ready_fd,
		  "Write one READY line with the addresses to this descriptor once serving", "N" },
		{ "log-level", 0, 0, G_OPTION_ARG_STRING, &o->log_level,
		  "error, warning, notice, info or debug (default: notice)", "LEVEL" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Show the version and exit",
		  NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autofree char *end = g_strdup_printf(
	    "Without --config it reads %s.\n\nExamples:\n%s\n"
	    "Exit codes: 0 stopped by a signal or checked, 1 could not start or go on, 2 usage or "
	    "configuration.\nManual: %s(8).",
	    p->default_config, p->examples, p->name);

	g_option_context_set_summary(context, p->what);
	g_option_context_set_description(context, end);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	if (*argc > 1)
		return refuse(error, "unknown argument", (*argv)[1]);
	if (o->log_level && !log_level_from_text(o->log_level, &o->level))
		return refuse(error,
			      "--log-level: error, warning, notice, info or debug is allowed, not",
			      o->log_level);
	return true;
}

/* The configuration is read: check it, or serve. */
static int run(const struct daemon_program *p, const struct options *o)
{
	const char *path = o->config ? o->config : p->default_config;
	g_autoptr(GError) error = NULL;
	void *settings = p->load(path, &error);
	bool ok = settings != NULL;
	int status = DAEMON_EXIT_USAGE;

	if (ok && o->check) {
		ok = !p->check || p->check(settings, &error);
	} else if (ok) {
		status = DAEMON_EXIT_FAILURE;
		ok = p->serve(settings, o->ready_fd, &error);
	}
	if (settings)
		p->free(settings);
	if (!ok)
		log_error("%s", error->message);
	else if (o->check)
		printf("%s: ok\n", path);
	return ok ? DAEMON_EXIT_OK : status;
}

int daemon_main(const struct daemon_program *p, int argc, char **argv)
{
	struct options o = { .ready_fd = -1, .level = LOG_LEVEL_NOTICE };
	GError *error = NULL;
	int status = DAEMON_EXIT_OK;

	if (!parse(p, &o, &argc, &argv, &error)) {
		fprintf(stderr, "%s: %s\nTry %s --help.\n", p->name, error->message, p->name);
		g_error_free(error);
		status = DAEMON_EXIT_USAGE;
	} else if (o.version) {
		printf("%s %s\n", p->name, IKESYNC_VERSION);
	} else {
		umask(0077); /* what a daemon writes is nobody else's */
		log_init(p->name, o.level);
		status = run(p, &o);
	}
	g_free(o.config);
	g_free(o.log_level);
	return status;
}
