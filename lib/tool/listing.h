/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for people and for programs: the same fields as text, or as JSON, an object a line. A record is a line of text
 * ("name=value ..."), or a sheet ("name: value", a field a line); a list within a sheet has its records as lines.
 */
#ifndef IKESYNC_TOOL_LISTING_H
#define IKESYNC_TOOL_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listing;

struct listing *listing_new(bool json);
/* NULL is none. */
void listing_free(struct listing *l);

enum listing_form { LISTING_LINE, LISTING_SHEET };
/* A record; within an open list one of its, which is a line. */
void listing_begin(struct listing *l, enum listing_form form);
void listing_end(struct listing *l);
/* A list of records as a field of this one, the last; `name` is what a line of it begins with. */
void listing_open(struct listing *l, const char *name);
void listing_shut(struct listing *l);

/*
 * Fields. Names are ours, of letters, spaces and dashes; in JSON with underscores. Values may be anybody's (tool/printable.h). NULL
 * leaves the field out.
 */
/* A word of ours; bare: in a line without its name. */
void listing_word(struct listing *l, const char *name, const char *value);
void listing_bare(struct listing *l, const char *name, const char *value);
/* Free text: in a line between quotes. */
void listing_text(struct listing *l, const char *name, const char *value);
void listing_count(struct listing *l, const char *name, uint64_t value);
/* yes or no; mark: in a line its name alone, or nothing. */
void listing_flag(struct listing *l, const char *name, bool value);
void listing_mark(struct listing *l, const char *name, bool value);

/* What has been written since the last call, which the caller frees; whole lines, outside of any record. */
char *listing_take(struct listing *l);
size_t listing_size(const struct listing *l);

#endif
