/*
 * fuzz.c - the arguments of fuzz.h.
 */
#include "tests/preempt/fuzz.h"

#include "lib/str.h"

struct fuzz_node {
	struct fuzz_node *next;
	void             *any[2];
	uint64_t          key;
};
GC_TYPE(fuzz_node, next, any);

struct fuzz_odd {
	uint32_t part[5];
};
GC_TYPE_NOPTR(fuzz_odd);

struct fuzz_wide {
	void    *first;
	uint64_t rest[99];
};
GC_TYPE(fuzz_wide, first);

/* Of these is what is larger than any machine, or wrong. */
static const struct gc_type huge_type = { .size = 1UL << 40, .align = 8,
	.kind = GC_KIND_STRUCT, .string = "huge" };
static const struct gc_type broken_types[] = {
	{ .size = 16, .ptrdata = 24, .gcdata = (const uint8_t *)"\7" },
	{ .size = 16, .ptrdata = 13, .gcdata = (const uint8_t *)"\7" },
	{ .size = 16, .ptrdata = 16 },
	{ .size = 16, .ptrdata = 16, .gcdata = (const uint8_t *)8 },
	{ .size = 16, .ptrdata = 16, .gcdata = (const uint8_t *)UINTPTR_MAX },
	{ .size = 4096, .ptrdata = 4096, .gcdata = (const uint8_t *)0x40 },
	{ .size = 16, .ptrdata = 16, .kind = GC_KIND_PROGRAM,
	  .gcdata = (const uint8_t *)"\1" },
	{ .size = 1UL << 40, .ptrdata = 1UL << 40,
	  .gcdata = (const uint8_t *)"\1" },
	{ .size = UINT64_MAX, .ptrdata = UINT64_MAX - 7,
	  .gcdata = (const uint8_t *)"\1" },
	{ .size = UINT64_MAX },
	{ .size = 24, .string = (const char *)8 },
	{ .size = 12, .ptrdata = 8, .gcdata = (const uint8_t *)"\1",
	  .string = (const char *)8 },
};

static const uint64_t constant[4] = { 1, 2, 3, 4 };

/*
 * What calls share, renewed now and then: some alive, some stale.  In the heap,
 * all of it, and reached from a root.
 */
enum { EACH = 4 };
struct fuzz_shared {
	struct timer     *timer[EACH];
	struct context   *ctx[EACH];
	struct ctx_after *after[EACH];
	struct group     *group[EACH];
	struct chan      *chan[EACH];
	void             *object[EACH];
	struct context   *top;
	struct g         *ended;
};
GC_TYPE(fuzz_shared, timer, ctx, after, group, chan, object, top);
static struct fuzz_shared *shared;

static void nothing(void *unused) { (void)unused; }

static void
tell_self(void *arg)
{
	*(struct g **)arg = self();
}

/* One of each kind of context, and what can be asked of them. */
static void
renew_contexts(struct fuzz_shared *s)
{
	static const char key[1];
	struct context *top = ctx_with_cancel(ctx_background());

	gc_store(&s->top, top);
	gc_store(&s->ctx[0], ctx_with_value(top, key, s));
	gc_store(&s->ctx[1], ctx_with_deadline(top, INT64_MAX));
	gc_store(&s->ctx[2], ctx_without_cancel(top));
	gc_store(&s->ctx[3], ctx_with_cancel(top));
	ctx_cancel(s->ctx[3], "stale");
	for (int i = 0; i < EACH; i++)
		gc_store(&s->after[i], ctx_after_func(s->ctx[i], nothing,
		    NULL));
	ctx_after_stop(s->after[1]);
	gc_store(&s->group[0], group_new(top));
	gc_store(&s->group[1], group_new(NULL));
	gc_store(&s->group[2], group_new(s->ctx[3]));
	gc_store(&s->group[3], group_new(NULL));
	group_set_limit(s->group[3], 2);
}

/* What would stay: timers, those of contexts too. */
void
fuzz_end(void)
{
	if (shared == NULL)
		return;
	ctx_cancel(shared->top, NULL);
	for (int i = 0; i < EACH; i++)
		timer_stop(shared->timer[i]);
	gc_store(&shared, NULL);
}

void
fuzz_renew(void)
{
	static bool rooted;
	struct fuzz_shared *s = gc_new(&fuzz_shared_type);
	struct g *ended = NULL;
	struct waitgroup wg = { 0 };

	fuzz_end();
	if (!rooted)
		gc_root(shared);
	rooted = true;
	gc_store(&s->timer[0], timer_new(INT64_MAX));
	gc_store(&s->timer[1], ticker_new(1000000));
	gc_store(&s->timer[2], after_func(INT64_MAX, nothing, NULL));
	gc_store(&s->timer[3], timer_new(0));
	timer_chan(s->timer[1]);
	timer_stop(s->timer[3]);
	renew_contexts(s);
	gc_store(&s->chan[0], chan_make(&gc_int_type, 0));
	gc_store(&s->chan[1], chan_make(&fuzz_node_type, 3));
	gc_store(&s->chan[2], timer_chan(s->timer[0]));
	gc_store(&s->chan[3], chan_make(&fuzz_odd_type, 2));
	gc_store(&s->object[0], gc_new(&fuzz_node_type));
	gc_store(&s->object[1], gc_new_bytes(100));
	gc_store(&s->object[2], gc_new_array(&fuzz_wide_type, 7));
	gc_store(&s->object[3], gc_new_bytes(100000));
	wg_go(&wg, tell_self, &ended);
	wg_wait(&wg);
	s->ended = ended;
	gc_store(&shared, s);
}

/* ---- numbers ---- */

bool
fuzz_once_in(struct fuzz *f, uint32_t n)
{
	return rand_below(&f->rand, n) == 0;
}

uint64_t
fuzz_pick(struct fuzz *f, const uint64_t *list, uint32_t n)
{
	return list[rand_below(&f->rand, n)];
}

uint64_t
fuzz_u64(struct fuzz *f)
{
	uint64_t some = rand_u64(&f->rand);

	switch (rand_below(&f->rand, 6)) {
	case 0:
		return some;
	case 1:
		return some & 0xff;
	case 2:
		return 1UL << (some & 63);
	case 3:
		return (1UL << (some & 63)) - 1;
	case 4:
		return -(some & 0xff);
	default:
		return FUZZ_PICK(f, 0, 1, INT32_MAX, (uint64_t)INT32_MIN,
		    INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX);
	}
}

int
fuzz_int(struct fuzz *f)
{
	return (int)fuzz_u64(f);
}

size_t
fuzz_len(struct fuzz *f)
{
	return FUZZ_PICK(f, 0, 0, 1, 2, 3, 7, 8, 64, 100, 1000, 4096,
	    (256UL << 30) + 1, 1UL << 45, INT64_MAX, 1UL << 63, UINT64_MAX - 1,
	    UINT64_MAX, UINT64_MAX / 8, UINT64_MAX / 16 + 1);
}

int64_t
fuzz_soon(struct fuzz *f)
{
	return (int64_t)FUZZ_PICK(f, 0, 1, 1000, 100000, (uint64_t)-1,
	    (uint64_t)INT64_MIN);
}

int64_t
fuzz_when(struct fuzz *f)
{
	return fuzz_once_in(f, 2) ? fuzz_soon(f) : (int64_t)fuzz_u64(f);
}

/* ---- memory ---- */

void
fuzz_prepare(struct fuzz *f)
{
	rand_seed(&f->rand, f->seed);
	/* No word that is its own address: docs/CAVEATS.md. */
	for (uint32_t i = 0; i < ARRAY_LEN(f->mem); i++)
		f->mem[i] = FUZZ_PICK(f, 0, 0, 0, 1, 2, UINT64_MAX,
		    0xdbdbdbdbdbdbdbdb, (uintptr_t)f->mem + 1,
		    (uintptr_t)f->mem + 3 * i + 4,
		    (uintptr_t)constant, 0x8000000080000000,
		    0x0000000100000001, 0x7fffffff,
		    rand_u64(&f->rand));
}

void *
fuzz_nowhere(struct fuzz *f)
{
	return (void *)FUZZ_PICK(f, 0, 8, 0x40, 0xff8, 0x00ff00ff00ff0000,
	    0x4000000000 - 8, 0x8000000000000000, 0xffffffbffffffff8,
	    UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX - 4095,
	    (uintptr_t)constant, (uintptr_t)fuzz_prepare,
	    (uintptr_t)chan_make);
}

void *
fuzz_unreadable(struct fuzz *f)
{
	return (void *)FUZZ_PICK(f, 0, 8, 0x40, 0xff8, 0x00ff00ff00ff0000,
	    0x4000000000 - 8, 0x8000000000000000, 0xffffffbffffffff8,
	    UINTPTR_MAX - 7, UINTPTR_MAX - 4095);
}

void *
fuzz_own(struct fuzz *f, size_t size, size_t align)
{
	size_t room = (FUZZ_MEM - size) / align;

	return (char *)f->mem + align * rand_below(&f->rand,
	    (uint32_t)room + 1);
}

void *
fuzz_zeros(struct fuzz *f, size_t size, size_t align)
{
	void *p = fuzz_own(f, size, align);

	memset(p, 0, size);
	return p;
}

void *
fuzz_memory(struct fuzz *f, size_t size, size_t align)
{
	if (fuzz_once_in(f, 4))
		return fuzz_nowhere(f);
	if (fuzz_once_in(f, 4))
		return (char *)fuzz_own(f, size + 8, 8) + 1 +
		    rand_below(&f->rand, 7);
	return fuzz_once_in(f, 2) ? fuzz_zeros(f, size, align) :
	    fuzz_own(f, size, align);
}

/* An object of the runtime or of the heap. */
static void *
any_object(struct fuzz *f)
{
	uint32_t i = rand_below(&f->rand, EACH);

	switch (rand_below(&f->rand, 9)) {
	case 0:
		return shared->timer[i];
	case 1:
		return shared->ctx[i];
	case 2:
		return shared->after[i];
	case 3:
		return shared->group[i];
	case 4:
		return shared->chan[i];
	case 5:
		return shared->object[i];
	case 6:
		return ctx_background();
	case 7:
		return shared->ended;
	default:
		return gc_new_bytes(0);
	}
}

void *
fuzz_anything(struct fuzz *f)
{
	uint64_t local[1] = { f->seed };

	switch (rand_below(&f->rand, 5)) {
	case 0:
		return fuzz_nowhere(f);
	case 1:
		return fuzz_memory(f, 64, 8);
	case 2:
		return (char *)any_object(f) + rand_below(&f->rand, 40);
	case 3:
		/* Where this was, on the stack. */
		return (void *)((uintptr_t)local | 1);
	default:
		return any_object(f);
	}
}

void *
fuzz_object(struct fuzz *f, void *good)
{
	/* Not where a channel's empty line names itself: docs/CAVEATS.md. */
	static const uint64_t inside[] = { 1, 2, 4, 7, 8, 9, 16, 24, 32, 40,
		48, 136, 200 };

	switch (rand_below(&f->rand, 8)) {
	case 0:
		return fuzz_nowhere(f);
	case 1:
		return any_object(f);
	case 2:
		return (char *)good + fuzz_pick(f, inside, ARRAY_LEN(inside));
	case 3:
		return fuzz_memory(f, 256, 8);
	default:
		return good;
	}
}

/* ---- objects ---- */

static const struct gc_type *const good_types[] = { &gc_int_type,
	&gc_byte_type, &gc_empty_type, &gc_ptr_type, &fuzz_node_type,
	&fuzz_odd_type, &fuzz_wide_type };

const struct gc_type *
fuzz_good_type(struct fuzz *f)
{
	return good_types[rand_below(&f->rand, ARRAY_LEN(good_types))];
}

const struct gc_type *
fuzz_type(struct fuzz *f)
{
	switch (rand_below(&f->rand, 8)) {
	case 0:
		return fuzz_anything(f);
	case 1:
		return fuzz_once_in(f, 4) ? &huge_type :
		    &broken_types[rand_below(&f->rand,
		    ARRAY_LEN(broken_types))];
	default:
		return fuzz_good_type(f);
	}
}

/* A new channel in some state. */
static struct chan *
new_chan(struct fuzz *f)
{
	static const uint64_t element[100];
	const struct gc_type *elem = fuzz_good_type(f);
	size_t cap = rand_below(&f->rand, 4);
	struct chan *c = chan_make(elem, cap);

	for (size_t n = rand_below(&f->rand, 5); n > 0; n--)
		chan_try_send(c, element);
	if (fuzz_once_in(f, 4))
		chan_close(c);
	return c;
}

struct chan *
fuzz_chan(struct fuzz *f)
{
	struct chan *c = fuzz_once_in(f, 6) ? after(fuzz_soon(f)) :
	    new_chan(f);

	return fuzz_object(f, c);
}

/* FUZZ-3: a timer that is stopped or reset by two calls is fine. */
struct timer *
fuzz_timer(struct fuzz *f)
{
	return fuzz_object(f, shared->timer[rand_below(&f->rand, EACH)]);
}

struct context *
fuzz_ctx(struct fuzz *f)
{
	return fuzz_object(f, fuzz_once_in(f, 5) ? ctx_background() :
	    shared->ctx[rand_below(&f->rand, EACH)]);
}

struct ctx_after *
fuzz_after(struct fuzz *f)
{
	return fuzz_object(f, shared->after[rand_below(&f->rand, EACH)]);
}

struct group *
fuzz_group(struct fuzz *f)
{
	struct group *g = group_new(fuzz_once_in(f, 2) ? NULL :
	    shared->ctx[rand_below(&f->rand, EACH)]);

	if (fuzz_once_in(f, 4))
		group_set_limit(g, (int)rand_below(&f->rand, 3) - 1);
	return fuzz_object(f, g);
}

struct g *
fuzz_g(struct fuzz *f)
{
	return fuzz_object(f, fuzz_once_in(f, 2) ? self() : shared->ended);
}

/* The elements are the call's own, or in the heap; but for those that slices of
 * no sense have. */
struct slice
fuzz_slice(struct fuzz *f, const struct gc_type *elem)
{
	struct slice s = { 0 };
	bool good = false;

	for (size_t i = 0; i < ARRAY_LEN(good_types); i++)
		good |= elem == good_types[i];
	switch (rand_below(&f->rand, 4)) {
	case 0:
		return s;
	case 1:
		if (!good)
			return s;
		s.len = rand_below(&f->rand, 5);
		return slice_make(elem, s.len, s.len + rand_below(&f->rand, 3));
	case 2:
		/* Far from anything, whatever is added. */
		s.ptr = (void *)FUZZ_PICK(f, 0x00ff00ff00ff0000, 1UL << 63);
		s.len = fuzz_len(f);
		s.cap = fuzz_len(f);
		return s;
	default:
		s.ptr = fuzz_zeros(f, FUZZ_MEM / 2, 8);
		s.len = rand_below(&f->rand, 2);
		s.cap = 1;
		return s;
	}
}

struct weak
fuzz_weak(struct fuzz *f)
{
	struct weak w = weak_make(shared->object[rand_below(&f->rand, EACH)]);

	w.handle_ = fuzz_object(f, w.handle_);
	return w;
}

const char *
fuzz_text(struct fuzz *f)
{
	char *text;

	if (fuzz_once_in(f, 3))
		return fuzz_nowhere(f);
	if (fuzz_once_in(f, 3))
		return "fuzz";
	text = fuzz_own(f, 100, 1);
	text[rand_below(&f->rand, 100)] = '\0';
	return text;
}

/* ---- functions ---- */

fuzz_fn
fuzz_later(struct fuzz *f)
{
	return fuzz_once_in(f, 3) ? NULL : nothing;
}

fuzz_fn
fuzz_now(struct fuzz *f)
{
	switch (rand_below(&f->rand, 4)) {
	case 0:
		return (fuzz_fn)(uintptr_t)FUZZ_PICK(f, 0, 8, 1, 0xff8,
		    0x00ff00ff00ff0000, UINTPTR_MAX, (uintptr_t)constant,
		    (uintptr_t)f->mem, (uintptr_t)shared->object[0]);
	default:
		return nothing;
	}
}
