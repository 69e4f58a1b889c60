/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clauses' texts and places. */
#include "ike/ike_clause.h"

static const struct {
	const char *section, *text;
} clauses[IKE_CLAUSE_COUNT] = { [IKE_CLAUSE_NONE] = { "", "" },
#define X(name, section, text) [name] = { section, text },
				IKE_CLAUSES(X)
#undef X
};

const char *ike_clause_text(enum ike_clause c)
{
	return (unsigned)c < IKE_CLAUSE_COUNT ? clauses[c].text : "?";
}

const char *ike_clause_section(enum ike_clause c)
{
	return (unsigned)c < IKE_CLAUSE_COUNT ? clauses[c].section : "?";
}

bool ike_clause_break(struct ike_broken *broken, enum ike_clause c, const struct fault *fault)
{
	if (broken)
		*broken =
		    (struct ike_broken){ c, fault ? *fault : (struct fault){ ERR_OK, "", 0 } };
	return false;
}

bool ike_clause_break_err(struct ike_broken *broken, enum ike_clause c, enum err err)
{
	const struct fault fault = { err, "", 0 };

	return ike_clause_break(broken, c, &fault);
}

bool ike_clause_break_header(struct ike_broken *broken, enum err err, const struct fault *fault)
{
	return ike_clause_break(broken,
				err == ERR_VERSION     ? IKE_CLAUSE_VERSION
				: err == ERR_TRUNCATED ? IKE_CLAUSE_HEADER
						       : IKE_CLAUSE_LENGTH,
				fault);
}
