/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token bucket in front of the log. */
#include "core/refusal.h"

#include <stdarg.h>

#include "core/services.h"

#define LINES_PER_SECOND 10
#define TEXT_MAX 1500

void refusal_log(struct gateway *g, enum log_level level, const char *format, ...)
{
	char line[TEXT_MAX];
	va_list args;

	if (!log_enabled(level))
		return;
	if (!services_bucket_take(g, &g->refusal_bucket, LINES_PER_SECOND)) {
		g->refusals_unsaid++;
		return;
	}
	if (g->refusals_unsaid)
		log_notice("%u more were refused or given up and not logged", g->refusals_unsaid);
	g->refusals_unsaid = 0;
	va_start(args, format);
	g_vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_write(level, "%s", line);
}
