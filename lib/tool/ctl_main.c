/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line becomes a line for the daemon, and its answer output. */
#include "tool/ctl_main.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool/ctl_socket.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

struct options {
	char *config, *socket;
	gboolean json;
	char **words;
};

/* All that it says, up to its last line, which says how it went. */
static int print_answer(const struct ctl_program *p, int fd)
{
	FILE *in = fdopen(fd, "r");
	char line[1024], last[1024] = "";

	while (in && fgets(line, sizeof(line), in)) {
		fputs(last, stdout);
		g_strlcpy(last, line, sizeof(last));
	}
	if (in)
		fclose(in);
	if (g_str_equal(last, "ok\n"))
		return fflush(stdout) == 0 ? DAEMON_EXIT_OK : DAEMON_EXIT_FAILURE;
	fprintf(stderr, "%s ctl: %s", p->name,
		*last ? last : "no answer: it hung up; are you allowed to ask?\n");
	return DAEMON_EXIT_FAILURE;
}

static bool say(int fd, const struct options *o)
{
	g_autoptr(GString) line = g_string_new(o->json ? "--json" : NULL);

	for (char **word = o->words; *word; word++) {
		g_autofree char *quoted = g_shell_quote(*word);

		g_string_append_printf(line, "%s%s", line->len ? " " : "", quoted);
	}
	g_string_append_c(line, '\n');
	return send(fd, line->str, line->len, MSG_NOSIGNAL) == (ssize_t)line->len;
}

static int ask(const struct ctl_program *p, const struct options *o)
{
	const char *config = o->config ? o->config : p->default_config;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = o->socket ? g_strdup(o->socket) : p->control(config, &error);
	int fd;

	if (!path) {
		log_error("%s", error->message);
		return DAEMON_EXIT_USAGE;
	}
	fd = ctl_socket_call(path, &error);
	if (fd >= 0 && say(fd, o))
		return print_answer(p, fd);
	log_error("%s", error ? error->message : "the line could not be said");
	if (fd >= 0)
		close(fd);
	return DAEMON_EXIT_FAILURE;
}

static char *describe(const struct ctl_command *commands)
{
	GString *s = g_string_new("Commands:\n");

	for (; commands->name; commands++) {
		g_autofree char *words =
		    g_strdup_printf("%s %s", commands->name, commands->arguments);

		g_string_append_printf(s, "  %-28s %s\n", words, commands->what);
	}
	g_string_append(s, "\nExit codes: 0 done, 1 it could not be, 2 usage or configuration.");
	return g_string_free(s, FALSE);
}

static bool parse(const struct ctl_program *p, struct options *o, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &o->config,
		  "The daemon's configuration, which names the socket as control", "FILE" },
		{ "socket", 's', 0, G_OPTION_ARG_FILENAME, &o->socket,
		  "The socket itself, for those who may not read the configuration", "PATH" },
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &o->json, "Answers as JSON, an object a line",
		  NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->words, NULL, "COMMAND" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *summary = g_strdup_printf("Asks an %s that runs.", p->name);
	g_autofree char *description = describe(p->commands);

	g_option_context_set_summary(context, summary);
	g_option_context_set_description(context, description);
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, &argc, &argv, &error) && o->words)
		return true;
	fprintf(stderr, "%s ctl: %s\nTry %s ctl --help.\n", p->name,
		error ? error->message : "a command is missing", p->name);
	return false;
}

int ctl_main(const struct ctl_program *p, int argc, char **argv)
{
	struct options o = { 0 };
	int status = DAEMON_EXIT_USAGE;

	log_init(p->name, LOG_LEVEL_NOTICE);
	if (parse(p, &o, argc, argv))
		status = ask(p, &o);
	g_free(o.config);
	g_free(o.socket);
	g_strfreev(o.words);
	return status;
}
