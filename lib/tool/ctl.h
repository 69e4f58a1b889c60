/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon's own door for who runs it (tool/ctl_socket.h). A caller says one line, words as a shell splits them, and is answered by
 * lines, of which the last is "ok", or "error: " and why. With --json as the first word, the others are an object each.
 */
#ifndef IKESYNC_TOOL_CTL_H
#define IKESYNC_TOOL_CTL_H

#include <glib.h>
#include <stdbool.h>

#include "tool/listing.h"

struct ctl;
struct ctl_caller;

/* One question or order. */
struct ctl_command {
	const char *name;
	const char *arguments; /* for --help: "GATEWAY", or "" */
	unsigned least, most;  /* words behind the name */
	const char *what;      /* for --help: one line */
	/* Answer, now or later; word[0] is the name. false: these words are not understood, and nothing has been said. */
	bool (*run)(struct ctl_caller *c, char *const *word, unsigned n, void *user);
};

/* Make the socket. NULL and a GError. */
struct ctl *ctl_new(const char *path, const char *group, GMainContext *context, GError **error);
/*
 * Answer from now on. `commands` end with one without a name. `who`: for the answer to what nobody understands, "ikesync-bank". All
 * must outlive it.
 */
void ctl_serve(struct ctl *c, const char *who, const struct ctl_command *commands, void *user);
/* Hangs up on all; the socket goes. NULL is none. */
void ctl_free(struct ctl *c);

/* Where an answer is written. */
struct listing *ctl_listing(struct ctl_caller *c);
/* Send what has been written so far. */
void ctl_flush(struct ctl_caller *c);
/* The last line, behind what has been written; NULL: all went well. */
void ctl_end(struct ctl_caller *c, const char *trouble);
/* For logs: who it is, "user 0, process 123". Lives as long as the caller. */
const char *ctl_who(const struct ctl_caller *c);

/* For an answer that takes time: the caller stays until it is let go, hung up or not. */
void ctl_hold(struct ctl_caller *c);
void ctl_release(struct ctl_caller *c);
/* It has hung up, or the door is closed: what is written goes nowhere. */
bool ctl_is_gone(const struct ctl_caller *c);
/*
 * For a long answer: send what has been written, and call `go_on` once, from the loop, when the caller has read most of it, or is gone. One at
 * a time.
 */
void ctl_later(struct ctl_caller *c, void (*go_on)(struct ctl_caller *c, void *user), void *user);

/* Commands of every daemon. As ctl_command.run, "[LEVEL]": say the level of the log, or set it. */
bool ctl_log_level(struct ctl_caller *c, char *const *word, unsigned n, void *user);
/* What SIGHUP does is asked of `reload`. */
void ctl_reload(struct ctl_caller *c, bool (*reload)(void *user), void *user);

/* The command that a line (without its end) says, and its words, to be freed by g_strfreev(); NULL: none. */
const struct ctl_command *ctl_parse(const struct ctl_command *commands, const char *line,
				    bool *json, char ***words, unsigned *n);

#endif
