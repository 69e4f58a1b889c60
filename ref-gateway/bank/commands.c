/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each command takes, and who does it. */
#include "commands.h"

#include <stdio.h>
#include <sys/stat.h>

#include "bank_ctl.h"
#include "fsck.h"
#include "loaded.h"
#include "migrate.h"
#include "restore.h"
#include "tool/ctl_main.h"
#include "tool/daemon_main.h"
#include "tool/log.h"

/* What was said on the command line. */
struct said {
	char *config;
	gboolean flag;
	char **words;
};

/* The store of the configuration, which must be one on this disk. */
static const char *local_store(const struct loaded *l)
{
	if (!l->settings.on_redis)
		return l->settings.rocksdb.directory;
	log_error("%s: engine=redis: there is no store on this disk", l->path);
	return NULL;
}

static int run_fsck(struct loaded *l, const struct said *said)
{
	return local_store(l) ? fsck(&l->settings, said->flag) : DAEMON_EXIT_USAGE;
}

static int run_restore(struct loaded *l, const struct said *said)
{
	return local_store(l) ? restore(&l->settings, said->words[0]) : DAEMON_EXIT_USAGE;
}

static int run_migrate(struct loaded *l, const struct said *said)
{
	g_autoptr(GError) error = NULL;
	struct loaded *to = loaded_new(said->words[0], &error);
	int status = DAEMON_EXIT_USAGE;

	if (to)
		status = migrate(&l->settings, &to->settings, said->flag);
	else
		log_error("%s", error->message);
	loaded_free(to);
	return status;
}

static char *control_of(const char *config, GError **error)
{
	struct loaded *l = loaded_new(config, error);
	char *path = l ? g_strdup(l->settings.control) : NULL;

	if (l && !path)
		g_set_error(error, CONFIG_ERROR, 0,
			    "%s: [bank] control: missing; the path of a socket", config);
	loaded_free(l);
	return path;
}

static int ask(int argc, char **argv)
{
	static const struct ctl_program program = { "ikesync-bank", COMMANDS_CONFIG,
						    bank_ctl_commands, control_of };

	return ctl_main(&program, argc, argv);
}

struct command {
	const char *name, *takes, *what;
	const char *flag, *flag_what; /* an option besides --config; NULL: none */
	unsigned least, most;         /* words that follow */
	int (*run)(struct loaded *l, const struct said *said);
};

static const struct command commands[] = {
	{ .name = "fsck",
	  .what = "Looks for damage in the store of a bank that is not running, and says what it "
		  "cost.",
	  .flag = "repair",
	  .flag_what = "Put right what can be; make a new store of what can be read of the rest",
	  .run = run_fsck },
	{ .name = "restore",
	  .takes = "CHECKPOINT",
	  .what = "Makes the store anew from a checkpoint, where there is none. The checkpoint "
		  "stays as it is.",
	  .least = 1,
	  .most = 1,
	  .run = run_restore },
	{ .name = "migrate",
	  .takes = "NEW-CONFIG",
	  .what =
	      "Copies all stubs into the store of another configuration, for example from "
	      "RocksDB to Redis or back, and compares them. No bank may be at work on either. The "
	      "first store is not changed; after an interruption the same command goes on.",
	  .flag = "overwrite",
	  .flag_what = "Where the other store has something else for an index, write over it",
	  .least = 1,
	  .most = 1,
	  .run = run_migrate },
};

static bool parse(const struct command *c, struct said *said, int argc, char **argv, GError **error)
{
	const GOptionEntry config[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &said->config,
		  "The bank's configuration (default: " COMMANDS_CONFIG ")", "FILE" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	const GOptionEntry flag[] = {
		{ c->flag, 0, 0, G_OPTION_ARG_NONE, &said->flag, c->flag_what, NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	const GOptionEntry rest[] = {
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &said->words, NULL,
		  c->takes },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autofree char *name = g_strdup_printf("ikesync-bank %s", c->name);
	unsigned n;

	g_set_prgname(name);
	g_option_context_set_summary(context, c->what);
	g_option_context_add_main_entries(context, config, NULL);
	if (c->flag)
		g_option_context_add_main_entries(context, flag, NULL);
	if (c->most)
		g_option_context_add_main_entries(context, rest, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return false;
	n = said->words ? g_strv_length(said->words) : 0;
	if (argc == 1 && n >= c->least && n <= c->most)
		return true;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s",
		    n < c->least ? "an argument is missing" : "unknown argument");
	return false;
}

static int run(const struct command *c, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct said said = { 0 };
	struct loaded *l = NULL;
	int status = DAEMON_EXIT_USAGE;

	log_init("ikesync-bank", LOG_LEVEL_NOTICE);
	umask(0077);
	if (!parse(c, &said, argc, argv, &error)) {
		fprintf(stderr, "ikesync-bank %s: %s\nTry ikesync-bank %s --help.\n", c->name,
			error->message, c->name);
	} else {
		l = loaded_new(said.config ? said.config : COMMANDS_CONFIG, &error);
		if (l)
			status = c->run(l, &said);
		else
			log_error("%s", error->message);
	}
	loaded_free(l);
	g_strfreev(said.words);
	g_free(said.config);
	return status;
}

bool commands_main(int argc, char **argv, int *status)
{
	if (argc > 1 && g_str_equal(argv[1], "ctl")) {
		*status = ask(argc - 1, argv + 1);
		return true;
	}
	for (unsigned i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++) {
		if (!g_str_equal(argv[1], commands[i].name))
			continue;
		*status = run(&commands[i], argc - 1, argv + 1);
		return true;
	}
	return false;
}
