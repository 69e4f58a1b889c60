/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts that run inside a Redis: what must not be interrupted there. */
#ifndef IKESYNC_BANK_STORE_REDIS_SCRIPT_H
#define IKESYNC_BANK_STORE_REDIS_SCRIPT_H

enum redis_script {
	/*
	 * Compare and swap, all or nothing. Keys: record and index, for each change; arguments: the member of the
	 * index, the octets expected (none: empty) and the new ones, for each change. 1, or 0: something else was there;
	 * 10 + n: an envelope (redis_envelope.h) is in the way at the n-th record, from 0.
	 */
	REDIS_SWAP,
	/*
	 * The old record of a move out of its slot. Keys: record, index, decision; arguments: member, the octets expected and the new
	 * ones. 1: it is decided; 0: something else was there, 10: an envelope; 2: somebody has decided against it.
	 */
	REDIS_DECIDE,
	/* End a move that was not decided yet. Key: decision. "c": it was; "a": it never will be. */
	REDIS_ABORT,
	/*
	 * A page of a gateway's records. Key: its index; arguments: what a record's key begins with, the lower bound as
	 * ZRANGEBYLEX has it, how many. Member and octets by turns; a nil where a record is missing.
	 */
	REDIS_PAGE,
	/* Take a record away. Keys: record and index; arguments: member, the octets expected. 1 or 0, as above. */
	REDIS_DROP,
	REDIS_SCRIPTS
};

const char *redis_script_text(enum redis_script script);
/* What EVALSHA knows it by: 40 hexadecimal digits; static. */
const char *redis_script_sha(enum redis_script script);

#endif
