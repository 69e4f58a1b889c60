/* SPDX-License-Identifier: GPL-2.0-or-later */
/* G41, G42: a bank without room for one more stub, or for one more connection. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cases/cases.h"
#include "cases/sources.h"
#include "cases/stage.h"
#include "gateway/bank_request.h"

/* Of one init message. */
#define BUNDLE 100
/* So many are deleted: more than other clients of the bank are likely to have there, so that a count that is wrong
 * shows against the declared limit. */
#define GONE 300
/* Where the bank is busy, which is a limit and no fault: how long until the next message, and how many more of them. */
#define BUSY_MS 300
#define BUSY_TIMES 8

/* --- G41 --- */

/* The smallest stub that a bank must take: what is inside is not its affair. */
static struct made_stub *make_small(struct desk *d)
{
	const struct index ix = made_stub_index(desk_own(d));

	return desk_keep(
	    d, made_stub_opaque(d->p, &ix,
				STUB_SEALED_CLEAR + STUB_SEALED_PLAIN_MIN + STUB_SEALED_TAG));
}

struct filling {
	struct desk *d;
	GPtrArray *kept;           /* struct made_stub, borrowed */
	struct made_stub *refused; /* the first one that found no room */
	unsigned full, other;      /* answers: full, and neither that nor ok */
	unsigned late;             /* ok behind a full one of the same message */
	unsigned busy;             /* a limit of what is asked a second */
	char *odd;                 /* the first of `other` */
};

static void sort_answer(struct filling *f, struct made_stub *const *stubs, struct bank_answer *a)
{
	const unsigned before = f->full;

	for (unsigned i = 0; i < BUNDLE; i++) {
		const struct bank_item *it = bank_answer_item(a, i);

		if (a->came && it && it->code == STUB_OK) {
			g_ptr_array_add(f->kept, stubs[i]);
			f->late += f->full > before;
		} else if (a->came && it && it->code == STUB_FULL) {
			f->full++;
			f->refused = f->refused ? f->refused : stubs[i];
		} else if (a->came && it && it->code == STUB_BUSY) {
			f->busy++;
		} else {
			f->other++;
			if (!f->odd)
				f->odd = bank_answer_text(a, i);
		}
	}
}

/* Init stubs, a bundle at a time, until some find no room, or `most` were sent. */
static void fill(struct filling *f, unsigned most)
{
	const unsigned before = f->full, busy = f->busy;

	/* what is busy was not taken, and is waited for: so many times as there are bundles */
	for (unsigned sent = 0;
	     sent < most + MIN(f->busy - busy, BUSY_TIMES * most) && f->full == before && !f->other;
	     sent += BUNDLE) {
		const unsigned refused = f->busy;
		struct made_stub *stubs[BUNDLE];
		GBytes *containers[BUNDLE];
		struct bank_answer *a;

		if (probe_interrupted() || !bank_connection_is_up(f->d->owner))
			return;
		for (unsigned i = 0; i < BUNDLE; i++) {
			stubs[i] = make_small(f->d);
			containers[i] = stubs[i]->container;
		}
		a = bank_answer_await(f->d->owner,
				      bank_request_init(f->d->owner, containers, BUNDLE));
		sort_answer(f, stubs, a);
		bank_answer_free(a);
		if (f->busy > refused)
			probe_pass_time(f->d->p, BUSY_MS);
	}
}

static void check_filled(struct filling *f, const char *what)
{
	const unsigned limit = f->d->p->target->stubs;
	char *most = g_strdup_printf("at most %u, as [limits] stubs says", limit);

	evidence_clause(f->d->e, "30.15", f->other == 0, what, "ok, and then full",
			"%u ok, %u full%s%s", f->kept->len, f->full, f->odd ? ", and: " : "",
			f->odd ? f->odd : "");
	evidence_clause(f->d->e, "30.15", f->full > 0 && f->kept->len <= limit,
			"stubs of one gateway that are kept", most, "%u%s", f->kept->len,
			f->full ? "" : ", and there is room for more");
	g_free(most);
}

/* Delete GONE of them, and see that others find their room, and no more than that. */
static void make_place(struct filling *f)
{
	struct index indexes[GONE];
	const unsigned n = MIN(GONE, f->kept->len), full = f->full, kept = f->kept->len - n;

	for (unsigned i = 0; i < n; i++) {
		const struct made_stub *m = g_ptr_array_index(f->kept, f->kept->len - 1);

		indexes[i] = m->index;
		g_ptr_array_set_size(f->kept, (int)f->kept->len - 1);
	}
	desk_expect_all(
	    f->d, "30.15",
	    bank_answer_await(f->d->owner, bank_request_delete(f->d->owner, indexes, n)), n,
	    STUB_OK, "a full bank deletes");
	fill(f, 2 * f->d->p->target->stubs);
	evidence_clause(f->d->e, "30.15", f->kept->len > kept,
			"stubs that find room where others were deleted", "some",
			"%u, where %u were deleted", f->kept->len - kept, n);
	if (f->full > full)
		check_filled(f, "inits until it is full again");
}

static void g41(struct desk *d)
{
	struct filling f = { .d = d, .kept = g_ptr_array_new() };
	struct made_stub *first = desk_make(d, desk_own(d)), *again;

	if (desk_put(d, first)) {
		fill(&f, d->p->target->stubs + BUNDLE);
		check_filled(&f, "inits until it is full");
		if (f.refused)
			desk_expect_nothing(d, "30.15", d->owner, &f.refused->index,
					    "nothing is kept of a stub that found no room");
		desk_expect_stub(d, "30.15", d->owner, &first->index, first,
				 "a stub that was there before");
		again = desk_make_at(d, &first->index);
		desk_expect_of(d, "30.15", desk_update(d->owner, &first->index, again), STUB_OK,
			       "an update in place, which needs no room");
		desk_expect_stub(d, "30.15", d->owner, &first->index, again, "the updated stub");
		if (f.full)
			make_place(&f);
	}
	g_ptr_array_unref(f.kept);
	g_free(f.odd);
}

const struct probe_case case_g41 = {
	.id = "G41",
	.title =
	    "A full bank says so, keeps what it has, and takes a stub again where one has gone",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(30),
	.clauses = "30.15 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "An init that finds no room is full, and nothing is kept of it. What is stored "
		    "is served, updated and deleted as before; where a stub has gone another one "
		    "finds room.",
	.causes = "the limit is not looked at, or is counted for each connection\n"
		  "a delete is not counted, or twice\n"
		  "a full bank drops what it has, or refuses updates\n"
		  "[limits] stubs of the target file is not what the bank is configured for",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_STUB_LIMIT,
	.alone = true,
	.run = stage_desk,
	.at_desk = g41,
};

/* --- G42 --- */

/* More than other gateways of the lab have; fewer than a bank is likely to take of one. */
#define TOGETHER 12

/* A TCP connection on which nothing is ever said; -1: none came about. */
static int stranger(const struct endpoint *bank)
{
	struct sockaddr_storage to;
	const socklen_t n = endpoint_to_sockaddr(bank, &to);
	const struct timeval patience = { .tv_sec = 1 };
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* where nobody accepts any more */
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, n) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Has the bank let go of it? */
static bool is_dropped(int fd)
{
	char octet;

	return recv(fd, &octet, 1, MSG_DONTWAIT) == 0 ||
	       (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* NULL: it is kept out. */
static struct bank_connection *comes_in(struct desk *d, const char *what)
{
	struct bank_connection *b = bank_connection_open(d->p, d->e, BANK_OWNER);

	bank_connection_judge(b, &d->form);
	if (evidence_clause(d->e, "25.7", bank_connection_is_up(b), what, "it comes in", "%s",
			    bank_connection_is_up(b) ? "it does" : bank_connection_why(b)) &&
	    desk_expect_alive(d, "25.7", b, "and is served"))
		return b;
	desk_hang_up(d, b);
	return NULL;
}

/* Beside silent strangers: each of them has to make room. */
static void come_in_together(struct desk *d)
{
	struct bank_connection *b[TOGETHER];
	unsigned n = 0;

	while (n < TOGETHER &&
	       (b[n] = comes_in(d, "one more gateway beside those who say nothing")))
		n++;
	for (unsigned i = 0; i < n; i++) {
		if (!bank_connection_is_up(b[i]))
			evidence_clause(d->e, "25.7", false, "a gateway that came in", "it stays",
					"%s", bank_connection_why(b[i]));
		desk_hang_up(d, b[i]);
	}
}

static void g42(struct desk *d)
{
	const unsigned n = d->p->target->connections;
	struct made_stub *m = desk_make(d, desk_own(d));
	int *fds = g_new(int, n);
	unsigned open = 0, dropped = 0;

	if (desk_put(d, m)) {
		while (open < n && (fds[open] = stranger(&d->p->target->bank.address)) >= 0)
			open++;
		evidence_note(d->e, "%u TCP connections to the bank, without a word", open);
		come_in_together(d);
		desk_expect_stub(d, "25.7", d->owner, &m->index, m,
				 "a gateway that was there before them");
		for (unsigned i = 0; i < open; i++) {
			dropped += is_dropped(fds[i]);
			close(fds[i]);
		}
		evidence_info(d->e, "%u of %u silent connections were ended meanwhile", dropped,
			      open);
		desk_hang_up(d, comes_in(d, "a gateway when they are gone"));
	}
	g_free(fds);
}

const struct probe_case case_g42 = {
	.id = "G42",
	.title = "Who never finishes its handshake keeps no gateway out of the bank",
	.level = LEVEL_MUST,
	.provenance = PROVENANCE_RULE,
	.source = RULE(25),
	.clauses = "25.7 34.1 43.5 " REPLY_FORM_CLAUSES,
	.required = "As many connections as the bank takes, of strangers who say nothing: a "
		    "gateway that comes is let in, and those that were there before are served.",
	.causes =
	    "the limit of connections counts those without a handshake, and none of them ends\n"
	    "a gateway's connection is ended to make room\n"
	    "[limits] connections of the target file is not what the bank is configured for",
	.asks = ASKS_BANK,
	.requires = REQUIRES_BANK | REQUIRES_BANK_CONNECTION_LIMIT,
	.alone = true,
	.run = stage_desk,
	.at_desk = g42,
};
