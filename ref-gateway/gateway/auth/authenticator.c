/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all ways to log in share. */
#include "auth/authenticator.h"

#include <stdarg.h>
#include <stdio.h>

bool authentication_refuse(struct authentication *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(a->why, sizeof(a->why), format, args);
	va_end(args);
	return false;
}
