/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread of the probe's bank: its listener, its connections, what is held, and the log. */
#include "bank/bank_role_state.h"

#include <openssl/ssl.h>

#include "net/channel_listen.h"
#include "net/channel_tls.h"
#include "run/lateness.h"

/* Between the pieces of an answer: long enough that they are not one record. */
#define PIECE_MS 5

/* --- one job of the run's thread for the bank's, and back --- */

struct job {
	struct bank_role *r;
	void (*work)(struct job *j);
	bool done;
	enum bank_face face;
	uint8_t type;
	GBytes *octets;
};

static gboolean on_job(gpointer user)
{
	struct job *j = user;

	j->work(j);
	g_mutex_lock(&j->r->lock);
	j->done = true;
	g_cond_broadcast(&j->r->changed);
	g_mutex_unlock(&j->r->lock);
	return G_SOURCE_REMOVE;
}

static void do_job(struct job *j)
{
	struct bank_role *r = j->r;

	g_main_context_invoke(r->context, on_job, j);
	g_mutex_lock(&r->lock);
	while (!j->done)
		g_cond_wait(&r->changed, &r->lock);
	g_mutex_unlock(&r->lock);
}

/* --- answers --- */

static void held_free(struct held *h)
{
	g_ptr_array_unref(h->items);
	g_free(h);
}

struct later {
	struct bank_role *r;
	struct held *held;
	GBytes *octets;
	size_t from;
	bool whole; /* in one piece, behind an answer that is sent in several */
	bool begun;
};

static bool is_up(struct bank_role *r, struct channel *c)
{
	return c && g_ptr_array_find(r->channels, c, NULL);
}

static void send_octets(struct bank_role *r, struct channel *c, GBytes *octets)
{
	if (octets && is_up(r, c))
		(void)channel_send(
		    c, span_of(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets)));
}

/* One answer at a time: octets of another one between its pieces would break the stream. */
static gboolean next_piece(gpointer user)
{
	struct later *l = user;
	const size_t n = g_bytes_get_size(l->octets);
	const size_t piece = l->whole ? n : MAX(n / 4, (size_t)1);
	const uint8_t *p = g_bytes_get_data(l->octets, NULL);
	const bool waits = !l->begun && l->r->in_pieces;

	g_mutex_lock(&l->r->lock);
	if (!waits && is_up(l->r, l->held->channel))
		(void)channel_send(l->held->channel, span_of(p + l->from, MIN(piece, n - l->from)));
	g_mutex_unlock(&l->r->lock);
	if (waits)
		return G_SOURCE_CONTINUE;
	l->begun = true;
	l->from += piece;
	l->r->in_pieces = l->from < n;
	if (l->from < n)
		return G_SOURCE_CONTINUE;
	g_bytes_unref(l->octets);
	held_free(l->held);
	g_free(l);
	return G_SOURCE_REMOVE;
}

static void after(struct bank_role *r, unsigned ms, GSourceFunc f, void *user)
{
	GSource *timer = g_timeout_source_new(ms);

	g_source_set_callback(timer, f, user, NULL);
	g_source_attach(timer, r->context);
	g_source_unref(timer);
}

static void answer_now(struct bank_role *r, struct held *h, const struct bank_play *play);

static gboolean delay_over(gpointer user)
{
	static const struct bank_play right;
	struct later *l = user;

	g_mutex_lock(&l->r->lock);
	answer_now(l->r, l->held, &right);
	g_mutex_unlock(&l->r->lock);
	g_free(l);
	return G_SOURCE_REMOVE;
}

/* Takes `h`. With the lock held, in the bank's thread. */
static void answer_now(struct bank_role *r, struct held *h, const struct bank_play *play)
{
	GBytes *octets = bank_play_answer(play, r->model, h->items);

	for (unsigned i = 0; octets && i < h->items->len; i++)
		((struct bank_asked *)g_ptr_array_index(h->items, i))->answered = r->messages;
	if (octets && (play->does == BANK_ANSWERS_IN_PIECES || r->in_pieces)) {
		struct later *l = g_new0(struct later, 1);

		*l = (struct later){ .r = r,
				     .held = h,
				     .octets = octets,
				     .whole = play->does != BANK_ANSWERS_IN_PIECES };
		after(r, PIECE_MS, next_piece, l);
		return;
	}
	send_octets(r, h->channel, octets);
	if (octets)
		g_bytes_unref(octets);
	held_free(h);
}

/* How the next request of this type is answered. */
static struct bank_play next_play(struct bank_role *r, uint8_t type)
{
	struct bank_play *play = &r->play[type % BANK_ROLE_TYPES], now = *play;

	if (play->times && --play->times == 0)
		*play = (struct bank_play){ 0 };
	return now;
}

/* false: the connection shall be reset. Takes `h`. */
static bool answer(struct bank_role *r, struct held *h)
{
	const struct bank_play play = next_play(r, h->type);
	struct later *l;

	switch (play.does) {
	case BANK_HOLDS:
		g_queue_push_tail(&r->held, h);
		return true;
	case BANK_DELAYS:
		l = g_new0(struct later, 1);
		*l = (struct later){ .r = r, .held = h };
		after(r, play.ms, delay_over, l);
		return true;
	case BANK_RESETS:
		held_free(h);
		return false;
	default:
		answer_now(r, h, &play);
		return true;
	}
}

/* --- connections --- */

static void on_up(struct channel *c, const struct channel_identity *peer, void *user)
{
	struct bank_role *r = user;

	g_mutex_lock(&r->lock);
	r->counts.up++;
	r->peer = *peer;
	g_ptr_array_remove(r->starting, c);
	g_ptr_array_add(r->channels, c);
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
}

/* true: it was a reply. Takes `h` then. */
static bool asks_nothing(struct held *h)
{
	const struct bank_asked *first = g_ptr_array_index(h->items, 0);

	if (!first->has_status && h->type != STUB_DOWNLOAD)
		return false;
	held_free(h);
	return true;
}

static void on_message(struct channel *c, struct span message, void *user)
{
	struct bank_role *r = user;
	GPtrArray *items = g_ptr_array_new_with_free_func(bank_asked_unref);
	struct held *h = g_new0(struct held, 1);
	const char *why;
	bool stays;

	lateness_tell();
	bank_asked_read(message, items, &why);
	g_mutex_lock(&r->lock);
	r->messages++;
	for (unsigned i = 0; i < items->len; i++) {
		struct bank_asked *a = g_ptr_array_index(items, i);

		a->at_ms = probe_now();
		a->connection = r->counts.up;
		a->message = r->messages;
		g_ptr_array_add(r->log, bank_asked_ref(a));
	}
	if (why) {
		r->unreadable++;
		r->unreadable_why = why;
	}
	*h = (struct held){ ((struct bank_asked *)g_ptr_array_index(items, 0))->type, c, items };
	/* who answers an acknowledgement has two banks talk for ever */
	stays = asks_nothing(h) || answer(r, h);
	if (!stays) /* from here on, although its end comes later: who waits for a connection means the next one */
		g_ptr_array_remove(r->channels, c);
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
	if (!stays)
		channel_abort(c, "the case wants it so");
}

static void on_closed(struct channel *c, const char *why, void *user)
{
	struct bank_role *r = user;

	g_mutex_lock(&r->lock);
	g_ptr_array_remove(r->starting, c);
	g_ptr_array_remove(r->channels, c);
	for (GList *l = r->held.head; l; l = l->next)
		if (((struct held *)l->data)->channel == c)
			((struct held *)l->data)->channel = NULL;
	r->counts.ended++;
	r->why = g_intern_string(why);
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
}

static void *on_accept(struct channel *c, void *user)
{
	struct bank_role *r = user;

	g_mutex_lock(&r->lock);
	r->counts.accepted++;
	g_ptr_array_add(r->starting, c);
	g_cond_broadcast(&r->changed);
	g_mutex_unlock(&r->lock);
	return r;
}

static const struct channel_handler handler = {
	.up = on_up,
	.message = on_message,
	.closed = on_closed,
};

/* --- faces --- */

static struct channel_tls *tls_of(const struct target_bank_role *t, enum bank_face face,
				  GError **error)
{
	struct channel_tls_files files = { .certificate = t->certificate,
					   .key = t->key,
					   .ca = t->ca };

	switch (face) {
	case BANK_FACE_FOREIGN:
		files.certificate = t->foreign_certificate;
		files.key = t->foreign_key;
		break;
	case BANK_FACE_OTHER:
		files.certificate = t->other_certificate;
		files.key = t->other_key;
		break;
	case BANK_FACE_WITHOUT_ALPN:
		files.alpn = "";
		break;
	case BANK_FACE_TLS_1_2:
		files.max_version = TLS1_2_VERSION;
		break;
	default:
		break;
	}
	return channel_tls_new(&files, true, error);
}

static void abort_all(struct bank_role *r)
{
	GPtrArray *all = g_ptr_array_new();

	g_mutex_lock(&r->lock);
	/* nobody is connected from here on, although the end of each comes later */
	g_ptr_array_extend_and_steal(all, g_steal_pointer(&r->starting));
	g_ptr_array_extend_and_steal(all, g_steal_pointer(&r->channels));
	r->starting = g_ptr_array_new();
	r->channels = g_ptr_array_new();
	g_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < all->len; i++)
		channel_abort(g_ptr_array_index(all, i), "another face");
	g_ptr_array_unref(all);
}

static void listen_as(struct job *j)
{
	struct bank_role *r = j->r;
	const struct target_bank_role *t = &r->p->target->bank_role;
	GError *error = NULL;

	channel_listener_free(r->listener);
	r->listener = NULL;
	abort_all(r);
	if (j->face != BANK_FACE_ABSENT && !r->tls[j->face])
		r->tls[j->face] = tls_of(t, j->face, &error);
	if (j->face != BANK_FACE_ABSENT && !error)
		r->listener = channel_listen(&t->listen, r->tls[j->face], &handler, on_accept, r,
					     r->context, &error);
	r->face = j->face;
	g_clear_pointer(&r->error, g_free);
	if (error) {
		r->error = g_strdup(error->message);
		g_error_free(error);
	}
}

void bank_role_show(struct bank_role *r, enum bank_face face)
{
	struct job j = { .r = r, .work = listen_as, .face = face };

	do_job(&j);
}

/* --- the thread's life --- */

static gpointer role_main(gpointer user)
{
	struct bank_role *r = user;

	g_main_context_push_thread_default(r->context);
	g_main_loop_run(r->loop);
	g_main_context_pop_thread_default(r->context);
	return NULL;
}

static void drop_all(struct job *j)
{
	struct bank_role *r = j->r;

	channel_listener_free(r->listener);
	r->listener = NULL;
	for (unsigned i = 0; i < r->starting->len; i++)
		channel_drop(g_ptr_array_index(r->starting, i));
	for (unsigned i = 0; i < r->channels->len; i++)
		channel_drop(g_ptr_array_index(r->channels, i));
	g_main_loop_quit(r->loop);
}

static void role_free(void *role)
{
	struct bank_role *r = role;
	struct job j = { .r = r, .work = drop_all };

	do_job(&j);
	g_thread_join(r->thread);
	/* what dropped channels have left for the next turn of the loop */
	while (g_main_context_iteration(r->context, FALSE))
		;
	g_queue_clear_full(&r->held, (GDestroyNotify)held_free);
	g_main_loop_unref(r->loop);
	g_main_context_unref(r->context);
	for (unsigned i = 0; i < BANK_FACES; i++)
		if (r->tls[i])
			channel_tls_unref(r->tls[i]);
	g_ptr_array_unref(r->starting);
	g_ptr_array_unref(r->channels);
	g_ptr_array_unref(r->log);
	bank_model_free(r->model);
	g_mutex_clear(&r->lock);
	g_cond_clear(&r->changed);
	g_free(r->error);
	g_free(r);
}

static struct bank_role *role_new(struct probe *p)
{
	struct bank_role *r = g_new0(struct bank_role, 1);

	r->p = p;
	r->context = g_main_context_new();
	r->loop = g_main_loop_new(r->context, FALSE);
	g_mutex_init(&r->lock);
	g_cond_init(&r->changed);
	g_queue_init(&r->held);
	r->starting = g_ptr_array_new();
	r->channels = g_ptr_array_new();
	r->log = g_ptr_array_new_with_free_func(bank_asked_unref);
	r->model = bank_model_new();
	r->why = "";
	r->thread = g_thread_new("bank-role", role_main, r);
	return r;
}

struct bank_role *bank_role_of(struct probe *p, char **why)
{
	struct bank_role *r = p->bank_role;

	if (r) {
		bank_role_reset(r);
		return r;
	}
	r = role_new(p);
	bank_role_show(r, BANK_FACE_RIGHT);
	if (r->error) {
		*why = g_strdup(r->error);
		role_free(r);
		return NULL;
	}
	p->bank_role = r;
	p->bank_role_free = role_free;
	return r;
}

/* --- what cases set --- */

void bank_role_play(struct bank_role *r, uint8_t type, const struct bank_play *play)
{
	g_mutex_lock(&r->lock);
	r->play[type % BANK_ROLE_TYPES] = *play;
	g_mutex_unlock(&r->lock);
}

/* In the bank's thread, as all that sends. */
static void release(struct job *j)
{
	static const struct bank_play right;
	struct bank_role *r = j->r;

	g_mutex_lock(&r->lock);
	if (r->play[j->type % BANK_ROLE_TYPES].does == BANK_HOLDS)
		r->play[j->type % BANK_ROLE_TYPES] = right;
	for (GList *l = r->held.head, *next; l; l = next) {
		struct held *h = l->data;
		const struct bank_play play = r->play[j->type % BANK_ROLE_TYPES];

		next = l->next;
		if (h->type != j->type)
			continue;
		g_queue_delete_link(&r->held, l);
		answer_now(r, h, &play);
	}
	g_mutex_unlock(&r->lock);
}

void bank_role_release(struct bank_role *r, uint8_t type)
{
	struct job j = { .r = r, .work = release, .type = type };

	do_job(&j);
}

unsigned bank_role_held(struct bank_role *r, uint8_t type)
{
	unsigned n = 0;

	g_mutex_lock(&r->lock);
	for (GList *l = r->held.head; l; l = l->next)
		n += ((struct held *)l->data)->type == type;
	g_mutex_unlock(&r->lock);
	return n;
}

void bank_role_put(struct bank_role *r, const struct index *ix, GBytes *container)
{
	g_mutex_lock(&r->lock);
	bank_model_put(r->model, ix, container);
	g_mutex_unlock(&r->lock);
}

static void send_raw(struct job *j)
{
	struct bank_role *r = j->r;

	g_mutex_lock(&r->lock);
	if (r->channels->len)
		send_octets(r, g_ptr_array_index(r->channels, r->channels->len - 1), j->octets);
	g_mutex_unlock(&r->lock);
}

void bank_role_send(struct bank_role *r, GBytes *octets)
{
	struct job j = { .r = r, .work = send_raw, .octets = octets };

	do_job(&j);
}

void bank_role_reset(struct bank_role *r)
{
	if (r->face != BANK_FACE_RIGHT)
		bank_role_show(r, BANK_FACE_RIGHT);
	for (unsigned type = 0; type < BANK_ROLE_TYPES; type++) {
		bank_role_play(r, (uint8_t)type, &(struct bank_play){ 0 });
		bank_role_release(r, (uint8_t)type);
	}
	g_mutex_lock(&r->lock);
	bank_model_clear(r->model);
	g_ptr_array_set_size(r->log, 0);
	r->unreadable = 0;
	r->unreadable_why = NULL;
	g_mutex_unlock(&r->lock);
}
