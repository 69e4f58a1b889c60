/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts and names of errors. */
#include "wire/err.h"

const char *err_text(enum err err)
{
	switch (err) {
#define X(name, value, text) \
	case name:           \
		return text;
		IKESYNC_ERRORS(X)
#undef X
	case ERR_OK:
		return "ok";
	}
	return "unknown error";
}

const char *err_name(enum err err)
{
	switch (err) {
#define X(name, value, text) \
	case name:           \
		return #name;
		IKESYNC_ERRORS(X)
#undef X
	case ERR_OK:
		return "ERR_OK";
	}
	return "unknown error";
}
