/*
 * calls.c - see calls.h.
 *
 * One goroutine at a time: what the calls work on is global.  But for calls
 * that need no preparation.
 */
#include "tests/preempt/calls.h"

#include "include/antler.h"

void *memset(void *dst, int byte, size_t len);
void *memmove(void *dst, const void *src, size_t len);
int   memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);

enum { PIECE = 256 };

/* A root. */
static struct {
	void          **words;
	char           *bytes;
	struct context *ctx;
	struct chan    *chan;
	struct chan   **chans;
	struct select_case *cases;
} on;

static struct waitgroup gone;		/* those who wait have ended */
static struct mutex     mutex;
static struct cond      cond;
static struct rwmutex   rw;
static struct waitgroup group;
static struct atomic64  here;		/* about to wait */

static void
make_root(void)
{
	static bool done;

	if (!done)
		gc_root(on);
	done = true;
}

static void
forget(void)
{
	gc_clear(&gc_ptr_type, &on, sizeof(on) / sizeof(void *));
}

/* To compare: no call at all. */
static void
compute(uint64_t n)
{
	while (n-- > 0)
		__asm__ volatile("");
}

/* ---- memory: n words ---- */

static void
make_words(uint64_t n)
{
	if (on.words != NULL && on.words[0] != NULL)
		return;
	gc_store(&on.words, gc_new_array(&gc_ptr_type, n));
	/* White ones, when it is marked: the most that a move has to shade. */
	for (uint64_t i = 0; i < n; i++)
		gc_store(&on.words[i], i % 8 == 0 ? gc_new_bytes(8) :
		    on.words[i - 1]);
}

static void
make_bytes(uint64_t n)
{
	if (on.bytes != NULL)
		return;
	gc_store(&on.bytes, gc_new_bytes(8 * n));
	memset(on.bytes, 'x', 8 * n - 1);
}

static void
move_up(uint64_t n)
{
	gc_move(&gc_ptr_type, on.words, on.words + 1, n - 1);
}

static void
move_down(uint64_t n)
{
	gc_move(&gc_ptr_type, on.words + 1, on.words, n - 1);
}

static void
move_bytes(uint64_t n)
{
	gc_move(&gc_byte_type, on.bytes + 1, on.bytes, 8 * n - 2);
}

static void
clear(uint64_t n)
{
	gc_clear(&gc_ptr_type, on.words, n);
}

static void
clear_bytes(uint64_t n)
{
	gc_clear(&gc_byte_type, on.bytes, 8 * n - 1);
}

static void
set(uint64_t n)
{
	memset(on.bytes, 'x', 8 * n - 1);
}

/* The slowest way: downwards, and not aligned. */
static void
copy(uint64_t n)
{
	memmove(on.bytes + 1, on.bytes, 8 * n - 2);
}

static volatile uint64_t sum;

static void
compare(uint64_t n)
{
	sum += (uint64_t)memcmp(on.bytes, on.bytes + 1, 8 * n - 3) +
	    strlen(on.bytes);
}

static void
format_long(uint64_t n)
{
	char text[64];

	(void)n;
	sum += (uint64_t)format(text, sizeof(text), "<%s> %s", on.bytes,
	    on.bytes);
}

static void
allocate(uint64_t n)
{
	gc_keep_alive(gc_new_array(&gc_ptr_type, n));
}

static void
allocate_bytes(uint64_t n)
{
	gc_keep_alive(gc_new_bytes(8 * n));
}

static void
append(uint64_t n)
{
	struct slice s = slice_append(&gc_ptr_type, (struct slice){ 0 },
	    on.words, n);

	gc_keep_alive(s.ptr);
}

static void
copy_slice(uint64_t n)
{
	struct slice s = { on.words, n, n };

	(void)slice_copy(&gc_ptr_type, slice_sub(&gc_ptr_type, s, 1, n), s);
	slice_clear(&gc_ptr_type, s);
}

/* ---- root blocks: n words ---- */

enum { GLOBALS = 128 << 10 };

static void *globals[GLOBALS];

static void
fill_globals(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		globals[i] = gc_new_bytes(8);
}

static void
add_and_remove(uint64_t n)
{
	gc_add_root(globals, n);
	gc_remove_root(globals);
}

/* ---- unwinding: n frames ---- */

static volatile uint64_t one = 1;

static __attribute__((noinline)) uint64_t
descend(uint64_t n)
{
	volatile uint64_t keep = n;

	if (n == 0 && one != 0)
		go_panic("at the bottom");
	return n == 0 ? 0 : descend(n - one) + keep;
}

static void
descend_there(void *n)
{
	(void)descend((uint64_t)n);
}

void
calls_panic_below(uint64_t n)
{
	(void)try_call(descend_there, (void *)n, NULL);
}

/* ---- pages: between what is left of n objects ---- */

/* Of 200 objects of a quarter of a page keep one. */
static void
thin_out(uint64_t n)
{
	gc_store(&on.words, gc_new_array(&gc_ptr_type, n / 200 + 1));
	for (uint64_t i = 0; i < n; i++)
		gc_store(&on.words[i / 200], gc_new_bytes(1024));
}

static void
release(uint64_t n)
{
	(void)n;
	gc_release_memory();
}

/* ---- contexts: n children, or n one below the other ---- */

static void
make_children(uint64_t n)
{
	gc_store(&on.ctx, ctx_with_cancel(ctx_background()));
	for (uint64_t i = 0; i < n; i++)
		(void)ctx_with_cancel(on.ctx);
}

static void
cancel(uint64_t n)
{
	(void)n;
	ctx_cancel(on.ctx, NULL);
}

static void
make_chain(uint64_t n)
{
	if (on.ctx != NULL)
		return;
	gc_store(&on.ctx, ctx_background());
	for (uint64_t i = 0; i < n; i++)
		gc_store(&on.ctx, ctx_with_value(on.ctx, &on, NULL));
}

static void
find_value(uint64_t n)
{
	(void)n;
	sum += (uint64_t)ctx_value(on.ctx, &here);
}

/* ---- n goroutines that are woken together ---- */

static void
start(void (*fn)(void *), uint64_t n)
{
	atomic64_store(&here, 0);
	wg_add(&gone, (int)n);
	for (uint64_t i = 0; i < n; i++) {
		go(fn, NULL);
		if (i % PIECE == 0)
			yield();
	}
	/* All are in line when none but we and a few others can run. */
	while (atomic64_load(&here) != n)
		yield();
	for (int i = 0; i < PIECE; i++)
		yield();
}

static void
wait_all_gone(uint64_t n)
{
	(void)n;
	wg_wait(&gone);
}

static void
receive(void *unused)
{
	(void)unused;
	atomic64_add(&here, 1);
	(void)chan_recv(on.chan, NULL);
	wg_done(&gone);
}

static void
start_receivers(uint64_t n)
{
	gc_store(&on.chan, chan_make(&gc_int_type, 0));
	start(receive, n);
}

static void
close_chan(uint64_t n)
{
	(void)n;
	chan_close(on.chan);
}

static void
read_lock(void *unused)
{
	(void)unused;
	atomic64_add(&here, 1);
	rw_rlock(&rw);
	rw_runlock(&rw);
	wg_done(&gone);
}

static void
start_readers(uint64_t n)
{
	rw_lock(&rw);
	start(read_lock, n);
}

static void
unlock_rw(uint64_t n)
{
	(void)n;
	rw_unlock(&rw);
}

static void
await_signal(void *unused)
{
	(void)unused;
	mutex_lock(&mutex);
	atomic64_add(&here, 1);
	cond_wait(&cond);
	mutex_unlock(&mutex);
	wg_done(&gone);
}

static void
start_cond(uint64_t n)
{
	cond_init(&cond, &mutex);
	start(await_signal, n);
}

static void
broadcast(uint64_t n)
{
	(void)n;
	cond_broadcast(&cond);
}

static void
await_group(void *unused)
{
	(void)unused;
	atomic64_add(&here, 1);
	wg_wait(&group);
	wg_done(&gone);
}

static void
start_group(uint64_t n)
{
	wg_add(&group, 1);
	start(await_group, n);
}

static void
end_group(uint64_t n)
{
	(void)n;
	wg_done(&group);
}

/* ---- select: n cases ---- */

static void
make_cases(uint64_t n)
{
	if (on.cases != NULL)
		return;
	gc_store(&on.chan, chan_make(&gc_int_type, 1));
	gc_store(&on.chans, gc_new_array(&gc_ptr_type, n));
	gc_store(&on.cases, gc_new_bytes(n * sizeof(*on.cases)));
	for (uint64_t i = 0; i < n; i++) {
		/* Some are not in the order of their addresses. */
		uint64_t at = i ^ 1;

		gc_store(&on.chans[i], chan_make(&gc_int_type, 1));
		on.cases[at < n ? at : i] = (struct select_case){
			.op = SELECT_RECV, .chan = on.chans[i] };
	}
}

static void
try_select(uint64_t n)
{
	(void)chan_try_select(on.cases, (int)n);
}

/* When the select waits. */
static void
send_later(void *unused)
{
	int64_t x = 1;

	(void)unused;
	sleep_ns(50000000);
	chan_send(on.chans[0], &x);
}

static void
select_all(uint64_t n)
{
	go(send_later, NULL);
	(void)chan_select(on.cases, (int)n);
}

/* ---- looking for holders and leaks ---- */

static void
find_leaks(uint64_t n)
{
	(void)n;
	sum += (uint64_t)leaked_goroutines(false);
}

enum { WORDS = 2 << 20, MANY = 100000 };

#define CALL(name, ...) { #name, __VA_ARGS__ }
const struct long_call long_calls[] = {
	CALL(Nothing, NULL, compute, NULL, 10 * WORDS),
	CALL(Move, make_words, move_up, NULL, WORDS),
	CALL(MoveDown, make_words, move_down, NULL, WORDS),
	CALL(MoveBytes, make_bytes, move_bytes, NULL, WORDS),
	CALL(Clear, make_words, clear, NULL, WORDS),
	CALL(ClearBytes, make_bytes, clear_bytes, NULL, WORDS),
	CALL(Memset, make_bytes, set, NULL, WORDS),
	CALL(Memmove, make_bytes, copy, NULL, WORDS),
	CALL(Memcmp, make_bytes, compare, NULL, WORDS),
	CALL(Format, make_bytes, format_long, NULL, WORDS),
	CALL(NewArray, NULL, allocate, NULL, WORDS),
	CALL(NewBytes, NULL, allocate_bytes, NULL, WORDS),
	CALL(SliceAppend, make_words, append, NULL, WORDS),
	CALL(SliceCopy, make_words, copy_slice, NULL, WORDS),
	CALL(Roots, fill_globals, add_and_remove, NULL, GLOBALS),
	CALL(Panic, NULL, calls_panic_below, NULL, MANY),
	CALL(ReleaseMemory, thin_out, release, NULL, 64 << 10),
	CALL(Cancel, make_children, cancel, NULL, MANY),
	CALL(CtxValue, make_chain, find_value, NULL, MANY),
	CALL(Close, start_receivers, close_chan, wait_all_gone, MANY),
	CALL(RWUnlock, start_readers, unlock_rw, wait_all_gone, MANY),
	CALL(Broadcast, start_cond, broadcast, wait_all_gone, MANY),
	CALL(WaitGroup, start_group, end_group, wait_all_gone, MANY),
	CALL(TrySelect, make_cases, try_select, NULL, MANY),
	CALL(Select, make_cases, select_all, NULL, MANY),
	CALL(Leaks, make_words, find_leaks, NULL, WORDS / 64),
};
const uint32_t nlong_calls = sizeof(long_calls) / sizeof(long_calls[0]);

void
calls_run(void *arg)
{
	struct calls *c = arg;

	if (c->what->prepare != NULL)
		make_root();
	while (!c->stop) {
		if (c->what->prepare != NULL)
			c->what->prepare(c->n);
		c->inside = 1;
		c->what->call(c->n);
		c->inside = 0;
		c->returned_ns = now_ns();
		if (c->what->finish != NULL)
			c->what->finish(c->n);
		c->rounds++;
	}
	if (c->what->prepare != NULL)
		forget();
	c->ended = true;
}

void
calls_copy_after(void (*fn)(void *arg), void *arg, uint64_t *to,
    const volatile uint64_t *from)
{
	fn(arg);
	*to = *from;
}
