/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bank's records as an array, and answers that are held until the test lets them go. */
#include "memory_bank.h"

struct stored {
	struct index index;
	GByteArray *container; /* NULL: a tombstone */
};

struct answer {
	int result;
	GBytes *container;
	stub_service_get_fn *got;
	stub_service_done_fn *done;
	void *user;
};

static void stored_free(void *data)
{
	struct stored *s = data;

	if (s->container)
		g_byte_array_unref(s->container);
	g_free(s);
}

void memory_bank_init(struct memory_bank *b)
{
	*b = (struct memory_bank){ .stubs = g_ptr_array_new_with_free_func(stored_free) };
	g_queue_init(&b->answers);
}

static void answer_free(struct answer *a)
{
	if (a->container)
		g_bytes_unref(a->container);
	g_free(a);
}

void memory_bank_clear(struct memory_bank *b)
{
	struct answer *a;

	while ((a = g_queue_pop_head(&b->answers)))
		answer_free(a);
	g_ptr_array_unref(b->stubs);
}

static struct stored *find(const struct memory_bank *b, const struct index *ix)
{
	for (guint i = 0; i < b->stubs->len; i++) {
		struct stored *s = g_ptr_array_index(b->stubs, i);

		if (index_equal(&s->index, ix))
			return s;
	}
	return NULL;
}

static struct index index_of(struct span container)
{
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB, .body = container };
	struct stub_container c;
	struct fault fault;

	if (stub_container_parse(&p, &c, &fault))
		g_error("the gateway sent a container that cannot be parsed: %s", fault.field);
	return c.index;
}

static int put(struct memory_bank *b, const struct index *ix, struct span container)
{
	struct stored *s = find(b, ix);

	if (s && !s->container)
		return STUB_CONFLICT;
	if (s)
		return STUB_EXISTS;
	s = g_new0(struct stored, 1);
	s->index = *ix;
	s->container = g_byte_array_new();
	g_byte_array_append(s->container, container.p, (guint)container.n);
	g_ptr_array_add(b->stubs, s);
	return STUB_OK;
}

static void bury(struct stored *s)
{
	g_clear_pointer(&s->container, g_byte_array_unref);
}

static int replace(struct memory_bank *b, const struct index *old, struct span container)
{
	struct stored *s = find(b, old);
	struct index ix = index_of(container);
	int result;

	if (!s)
		return STUB_NOT_FOUND;
	if (!s->container)
		return STUB_CONFLICT;
	if (index_equal(&ix, old)) {
		g_byte_array_set_size(s->container, 0);
		g_byte_array_append(s->container, container.p, (guint)container.n);
		return STUB_OK;
	}
	result = put(b, &ix, container);
	if (result == STUB_OK)
		bury(s);
	return result;
}

static void later(struct memory_bank *b, struct answer answer)
{
	struct answer *a = g_new(struct answer, 1);

	*a = answer;
	g_queue_push_tail(&b->answers, a);
}

static void get(void *self, const struct index *ix, stub_service_get_fn *done, void *user)
{
	struct memory_bank *b = self;
	struct stored *s = find(b, ix);
	struct answer a = { .result = STUB_NOT_FOUND, .got = done, .user = user };

	b->gets++;
	b->last_get = *ix;
	if (b->silent_get) {
		a.result = STUB_SERVICE_TIMEOUT;
	} else if (s && s->container) {
		a.result = STUB_OK;
		a.container = g_bytes_new(s->container->data, s->container->len);
	}
	later(b, a);
}

static void move(void *self, const struct index *old, struct span container, uint32_t timeout_ms,
		 stub_service_done_fn *done, void *user)
{
	struct memory_bank *b = self;
	struct answer a = { .done = done, .user = user };

	(void)timeout_ms;
	b->moves++;
	a.result = b->silent_move   ? STUB_SERVICE_TIMEOUT
		   : b->move_result ? b->move_result
				    : replace(b, old, container);
	later(b, a);
}

static void init(void *self, struct span container, stub_service_done_fn *done, void *user)
{
	struct memory_bank *b = self;
	struct index ix = index_of(container);

	b->inits++;
	later(b,
	      (struct answer){ .result = b->write_result ? b->write_result : put(b, &ix, container),
			       .done = done,
			       .user = user });
}

static void update(void *self, const struct index *old, struct span container,
		   stub_service_done_fn *done, void *user)
{
	struct memory_bank *b = self;

	b->updates++;
	b->last_update_old = *old;
	later(b, (struct answer){ .result = b->write_result ? b->write_result
							    : replace(b, old, container),
				  .done = done,
				  .user = user });
}

static void delete (void *self, const struct index *ix, stub_service_done_fn *done, void *user)
{
	struct memory_bank *b = self;
	struct stored *s = find(b, ix);

	b->deletes++;
	b->last_delete = *ix;
	if (s)
		bury(s);
	later(b, (struct answer){
		     .result = s ? STUB_OK : STUB_NOT_FOUND, .done = done, .user = user });
}

static bool reachable(void *self)
{
	return !((struct memory_bank *)self)->unreachable;
}

static bool durable(void *self)
{
	return !((const struct memory_bank *)self)->forgetful;
}

struct stub_service memory_bank_service(struct memory_bank *b)
{
	static const struct stub_service_ops ops = { get,    move,      init,   update,
						     delete, reachable, durable };

	return (struct stub_service){ &ops, b };
}

bool memory_bank_run(struct memory_bank *b)
{
	struct answer *a = g_queue_pop_head(&b->answers);

	if (!a)
		return false;
	for (; a; a = g_queue_pop_head(&b->answers)) {
		gsize n = 0;
		const void *octets = a->container ? g_bytes_get_data(a->container, &n) : NULL;

		if (a->got)
			a->got(a->result, span_of(octets, n), a->user);
		else if (a->done)
			a->done(a->result, a->user);
		answer_free(a);
	}
	return true;
}

struct span memory_bank_peek(const struct memory_bank *b, const struct index *ix)
{
	struct stored *s = find(b, ix);

	return s && s->container ? span_of(s->container->data, s->container->len) : SPAN_NONE;
}

unsigned memory_bank_live(const struct memory_bank *b)
{
	unsigned n = 0;

	for (guint i = 0; i < b->stubs->len; i++)
		n += ((struct stored *)g_ptr_array_index(b->stubs, i))->container != NULL;
	return n;
}

void memory_bank_set_lifetime(struct memory_bank *b, const struct index *ix, uint32_t seconds)
{
	struct stored *s = find(b, ix);
	struct chain_payload p = { .type = STUB_PAYLOAD_STUB,
				   .body = span_of(s->container->data, s->container->len) };
	struct stub_container c;
	struct fault fault;

	if (stub_container_parse(&p, &c, &fault))
		g_error("%s", fault.field);
	for (unsigned i = 0; i < 4; i++)
		s->container->data[c.lifetime_offset + i] = (uint8_t)(seconds >> (24 - 8 * i));
}

void memory_bank_lose(struct memory_bank *b, const struct index *ix)
{
	g_ptr_array_remove(b->stubs, find(b, ix));
}
