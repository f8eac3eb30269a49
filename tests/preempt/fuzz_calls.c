/*
 * fuzz_calls.c - a call of each public function; see fuzz.h.
 */
#include "tests/preempt/fuzz.h"

#include "lib/str.h"

enum { ELEM = 800 };		/* more than the size of any good type */

static void *make_word(void *unused) { (void)unused; return gc_new_bytes(8); }
static const char *no_error(void *unused) { (void)unused; return NULL; }
static void
finalize(void *obj, void *arg)
{
	(void)obj, (void)arg;
}

/* FUZZ(name) { the call, with f } */
#define FUZZ(name) static void call_##name(struct fuzz *f)

/* ---- atomic.h ---- */

#define FUZZ_ATOMIC(name, size)                                              \
	FUZZ(name##_load) { name##_load(fuzz_memory(f, size, size)); }       \
	FUZZ(name##_store)                                                   \
	{ name##_store(fuzz_memory(f, size, size), fuzz_u64(f)); }           \
	FUZZ(name##_add)                                                     \
	{ name##_add(fuzz_memory(f, size, size), fuzz_u64(f)); }             \
	FUZZ(name##_and)                                                     \
	{ name##_and(fuzz_memory(f, size, size), fuzz_u64(f)); }             \
	FUZZ(name##_or)                                                      \
	{ name##_or(fuzz_memory(f, size, size), fuzz_u64(f)); }              \
	FUZZ(name##_swap)                                                    \
	{ name##_swap(fuzz_memory(f, size, size), fuzz_u64(f)); }            \
	FUZZ(name##_cas)                                                     \
	{ name##_cas(fuzz_memory(f, size, size), 0, fuzz_u64(f)); }
FUZZ_ATOMIC(atomic32, 4)
FUZZ_ATOMIC(atomic64, 8)

FUZZ(atomicptr_load) { atomicptr_load(fuzz_memory(f, 8, 8)); }
FUZZ(atomicptr_store)
{
	atomicptr_store(fuzz_memory(f, 8, 8), fuzz_anything(f));
}
FUZZ(atomicptr_swap)
{
	atomicptr_swap(fuzz_memory(f, 8, 8), fuzz_anything(f));
}
FUZZ(atomicptr_cas)
{
	atomicptr_cas(fuzz_memory(f, 8, 8), NULL, fuzz_anything(f));
}

/* ---- chan.h ---- */

/* At a nil channel a goroutine waits for ever: tests/transcripts/chan_nil. */
static struct chan *
chan_not_nil(struct fuzz *f)
{
	struct chan *c = fuzz_chan(f);

	return c != NULL ? c : (struct chan *)8;
}

FUZZ(chan_make) { chan_make(fuzz_type(f), fuzz_len(f)); }
FUZZ(chan_send) { chan_send(chan_not_nil(f), fuzz_anything(f)); }
FUZZ(chan_recv) { chan_recv(chan_not_nil(f), fuzz_memory(f, ELEM, 8)); }
FUZZ(chan_try_send) { chan_try_send(fuzz_chan(f), fuzz_anything(f)); }
FUZZ(chan_try_recv)
{
	chan_try_recv(fuzz_chan(f), fuzz_memory(f, ELEM, 8),
	    fuzz_once_in(f, 2) ? NULL : fuzz_memory(f, 1, 1));
}
FUZZ(chan_close) { chan_close(fuzz_chan(f)); }
FUZZ(chan_len) { chan_len(fuzz_chan(f)); }
FUZZ(chan_cap) { chan_cap(fuzz_chan(f)); }

enum { CASES = 10 };

/* Fill in up to CASES cases, all but the first of any sort; in *n how many.
 * Returns where they are, or nowhere. */
static struct select_case *
select_cases(struct fuzz *f, struct select_case *cases, int *n,
    struct chan *first)
{
	*n = 1 + (int)rand_below(&f->rand, CASES);
	for (int i = 0; i < *n; i++) {
		struct select_case *k = &cases[i];

		k->chan = i == 0 ? first : fuzz_once_in(f, 4) ? NULL :
		    fuzz_chan(f);
		k->op = fuzz_once_in(f, 20) ? (enum select_op)fuzz_u64(f) :
		    (enum select_op)rand_below(&f->rand, 2);
		k->value = k->op == SELECT_SEND ? fuzz_anything(f) :
		    fuzz_memory(f, ELEM, 8);	/* FUZZ-2 */
	}
	if (fuzz_once_in(f, 10))
		*n = (int)FUZZ_PICK(f, (uint64_t)INT32_MIN, (uint64_t)-1);
	return fuzz_once_in(f, 10) ? fuzz_unreadable(f) : cases;
}

FUZZ(chan_select)
{
	struct select_case cases[CASES], *at;
	int n;

	at = select_cases(f, cases, &n, chan_not_nil(f));
	chan_select(at, n);
}
FUZZ(chan_try_select)
{
	struct select_case cases[CASES], *at;
	int n;

	at = select_cases(f, cases, &n, fuzz_chan(f));
	chan_try_select(at, fuzz_once_in(f, 10) ? 0 : n);
}

/* ---- console.h ---- */

/* A deadline that comes. */
static int64_t
deadline(struct fuzz *f)
{
	int64_t soon = fuzz_soon(f);

	return soon <= 0 ? -1 : now_ns() + soon;
}

/* Without a deadline only with what is refused: nobody types. */
FUZZ(read_line)
{
	if (fuzz_once_in(f, 2))
		read_line(fuzz_memory(f, 64, 1), 0);
	else
		read_line(fuzz_nowhere(f), fuzz_len(f));
}
FUZZ(read_line_until)
{
	read_line_until(fuzz_memory(f, 64, 1), fuzz_once_in(f, 2) ? 64 :
	    fuzz_len(f), deadline(f));
}
FUZZ(console_read)
{
	console_read(fuzz_memory(f, 64, 1), fuzz_len(f), deadline(f));
}
FUZZ(console_write)
{
	if (fuzz_once_in(f, 50))
		console_write("# fuzz\n", 7, deadline(f));
	else if (fuzz_once_in(f, 2))
		console_write(fuzz_unreadable(f), fuzz_len(f), deadline(f));
	else
		console_write(fuzz_own(f, 64, 1), FUZZ_PICK(f, 0, 1UL << 45,
		    INT64_MAX, UINT64_MAX), fuzz_when(f));
}

/* ---- context.h ---- */

FUZZ(ctx_background) { (void)f; ctx_background(); }
FUZZ(ctx_with_cancel) { ctx_with_cancel(fuzz_ctx(f)); }
/* What is never due is not to stay among the timers. */
FUZZ(ctx_with_deadline)
{
	ctx_cancel(ctx_with_deadline(fuzz_ctx(f), fuzz_when(f)), NULL);
}
FUZZ(ctx_with_timeout)
{
	ctx_cancel(ctx_with_timeout(fuzz_ctx(f), fuzz_when(f)), NULL);
}
FUZZ(ctx_with_value)
{
	ctx_with_value(fuzz_ctx(f), fuzz_anything(f), fuzz_anything(f));
}
FUZZ(ctx_without_cancel) { ctx_without_cancel(fuzz_ctx(f)); }
FUZZ(ctx_cancel) { ctx_cancel(fuzz_ctx(f), fuzz_text(f)); }
FUZZ(ctx_done) { ctx_done(fuzz_ctx(f)); }
FUZZ(ctx_err) { ctx_err(fuzz_ctx(f)); }
FUZZ(ctx_cause) { ctx_cause(fuzz_ctx(f)); }
FUZZ(ctx_deadline)
{
	ctx_deadline(fuzz_ctx(f), fuzz_memory(f, 8, 8));
}
FUZZ(ctx_value) { ctx_value(fuzz_ctx(f), fuzz_anything(f)); }
FUZZ(ctx_after_func)
{
	ctx_after_func(fuzz_ctx(f), fuzz_later(f), fuzz_anything(f));
}
FUZZ(ctx_after_stop) { ctx_after_stop(fuzz_after(f)); }
FUZZ(group_new)
{
	group_new(fuzz_ctx(f));
}
FUZZ(group_ctx) { group_ctx(fuzz_group(f)); }
FUZZ(group_go)
{
	group_go(fuzz_group(f), fuzz_once_in(f, 4) ? NULL : no_error,
	    fuzz_anything(f));
}
FUZZ(group_wait) { group_wait(fuzz_group(f)); }
FUZZ(group_set_limit) { group_set_limit(fuzz_group(f), fuzz_int(f)); }
FUZZ(group_try_go)
{
	group_try_go(fuzz_group(f), fuzz_once_in(f, 4) ? NULL : no_error,
	    fuzz_anything(f));
}

/* ---- goroutine.h ---- */

FUZZ(go) { go(fuzz_later(f), fuzz_anything(f)); }
FUZZ(go_stack)
{
	go_stack(fuzz_later(f), fuzz_anything(f), FUZZ_PICK(f, 0, 1, 61440,
	    61441, 1 << 20, GO_STACK_MAX, GO_STACK_MAX + 1, INT64_MAX,
	    UINT64_MAX));
}
FUZZ(go_named) { go_named(fuzz_text(f), fuzz_later(f), fuzz_anything(f)); }
FUZZ(yield) { (void)f; yield(); }
FUZZ(sleep_ns) { sleep_ns(fuzz_soon(f)); }
FUZZ(goexit) { (void)f; goexit(); }
FUZZ(self) { (void)f; self(); }
FUZZ(goid) { (void)f; goid(); }
FUZZ(num_goroutine) { (void)f; num_goroutine(); }
FUZZ(park) { park(fuzz_text(f)); }
FUZZ(ready) { ready(fuzz_g(f)); }
/* A function that faults there is fatal: tests/transcripts/blocking_fault. */
FUZZ(blocking_call) { blocking_call(fuzz_later(f), fuzz_anything(f)); }
FUZZ(leaked_goroutines) { (void)f; leaked_goroutines(false); }

/* ---- heap.h ---- */

/* Bytes that the machine has, or that no machine has. */
FUZZ(gc_new) { gc_new(fuzz_type(f)); }
FUZZ(gc_new_array) { gc_new_array(fuzz_type(f), fuzz_len(f)); }
FUZZ(gc_try_new) { gc_try_new(fuzz_type(f)); }
FUZZ(gc_try_new_array)
{
	gc_try_new_array(fuzz_type(f), fuzz_once_in(f, 9) ? 1UL << 30 :
	    fuzz_len(f));
}
FUZZ(gc_new_bytes) { gc_new_bytes(fuzz_len(f)); }
FUZZ(gc_try_new_bytes)
{
	gc_try_new_bytes(fuzz_once_in(f, 9) ? 1UL << 37 : fuzz_len(f));
}
FUZZ(gc_store_ptr)
{
	gc_store_ptr(fuzz_memory(f, 8, 8), fuzz_anything(f));
}
FUZZ(gc_store)
{
	gc_store((void **)fuzz_memory(f, 8, 8), fuzz_anything(f));
}
GC_INLINES_BARRIERS static void
store_inlined(void **slot, void *value)
{
	gc_store_inlined(slot, value);
}
FUZZ(gc_store_inlined)
{
	void **slot = fuzz_memory(f, 8, 8);

	if (fuzz_once_in(f, 2))
		store_inlined(slot, fuzz_anything(f));
	else
		gc_store_inlined(slot, fuzz_anything(f));
}

/* As many as there is room for in half of a call's memory; or more than any
 * machine has. */
static size_t
room_for(struct fuzz *f, const struct gc_type *type)
{
	if (fuzz_once_in(f, 4))
		return FUZZ_PICK(f, 0, 1UL << 61, INT64_MAX, UINT64_MAX);
	if (type == &gc_byte_type || type == &gc_int_type)
		return rand_below(&f->rand, FUZZ_MEM / 16);
	return rand_below(&f->rand, 2);
}

FUZZ(gc_move)
{
	const struct gc_type *type = fuzz_type(f);
	/* Of a move that overlaps, too. */
	char *own = fuzz_own(f, 2 * ELEM, 8);
	void *to = fuzz_once_in(f, 4) ? fuzz_nowhere(f) : own;
	void *from = fuzz_once_in(f, 4) ? fuzz_unreadable(f) : own + 8 *
	    rand_below(&f->rand, 20);

	if (type != NULL && fuzz_once_in(f, 4))
		from = fuzz_anything(f);
	gc_move(type, to, from, type == &gc_empty_type ? fuzz_len(f) :
	    fuzz_once_in(f, 2) ? 1 : FUZZ_PICK(f, 0, 1UL << 61, UINT64_MAX));
}
FUZZ(gc_clear)
{
	const struct gc_type *type = fuzz_type(f);

	gc_clear(type, fuzz_memory(f, FUZZ_MEM / 2, 8), room_for(f, type));
}
FUZZ(gc_add_root)
{
	void *base = fuzz_once_in(f, 2) ? f->root : fuzz_anything(f);

	gc_add_root(base, base == f->root ? rand_below(&f->rand, 3) :
	    fuzz_len(f));
	gc_remove_root(base);
}
FUZZ(gc_remove_root) { gc_remove_root(fuzz_anything(f)); }
FUZZ(gc_root)
{
	uint64_t (*root)[2] = (void *)f->root;

	gc_root(*root);
	gc_remove_root(root);
}

static struct pool *
some_pool(struct fuzz *f)
{
	struct pool *pool = fuzz_memory(f, sizeof(*pool), 8);

	if (fuzz_once_in(f, 2)) {
		pool = fuzz_zeros(f, sizeof(*pool), 8);
		pool->make = make_word;
	}
	return pool;
}
FUZZ(pool_get) { pool_get(some_pool(f)); }
FUZZ(pool_put)
{
	struct pool *pool = some_pool(f), *copy;

	pool_put(pool, fuzz_anything(f));
	copy = fuzz_own(f, sizeof(*copy), 8);
	*copy = *pool;
	pool_put(copy, fuzz_anything(f));
}
FUZZ(gc_set_finalizer)
{
	gc_set_finalizer(fuzz_anything(f), fuzz_once_in(f, 3) ? NULL : finalize,
	    fuzz_anything(f));
}
FUZZ(gc_add_cleanup)
{
	gc_add_cleanup(fuzz_anything(f), fuzz_later(f), fuzz_anything(f));
}
FUZZ(gc_cleanup_stop)
{
	struct gc_cleanup cleanup = { .at_ = fuzz_anything(f),
		.number_ = fuzz_u64(f) };

	gc_cleanup_stop(cleanup);
	cleanup = gc_add_cleanup(gc_new_bytes(8), fuzz_later(f), NULL);
	if (fuzz_once_in(f, 2))
		cleanup.at_ = (char *)cleanup.at_ + fuzz_u64(f) % 100;
	gc_cleanup_stop(cleanup);
	gc_cleanup_stop(cleanup);
}
FUZZ(gc_keep_alive) { gc_keep_alive(fuzz_anything(f)); }
FUZZ(weak_make) { weak_make(fuzz_anything(f)); }
FUZZ(weak_value) { weak_value(fuzz_weak(f)); }
FUZZ(weak_equal) { weak_equal(fuzz_weak(f), fuzz_weak(f)); }
FUZZ(gc_why) { gc_why(fuzz_anything(f)); }
FUZZ(gc_collect) { (void)f; gc_collect(); }
FUZZ(gc_release_memory) { (void)f; gc_release_memory(); }
FUZZ(gc_set_percent) { gc_set_percent(gc_set_percent(fuzz_int(f))); }
FUZZ(gc_set_limit)
{
	gc_set_limit(gc_set_limit(fuzz_u64(f)));
}
FUZZ(gc_read_stats)
{
	gc_read_stats(fuzz_memory(f, sizeof(struct gc_stats), 8));
}

/* ---- machine.h, memstats.h ---- */

FUZZ(gomaxprocs) { gomaxprocs(fuzz_int(f)); }
FUZZ(num_hart) { (void)f; num_hart(); }
FUZZ(now_ns) { (void)f; now_ns(); }
FUZZ(print)
{
	/* NULL would be printed. */
	const char *bad = fuzz_unreadable(f);

	bad += bad == NULL;
	switch (rand_below(&f->rand, 4)) {
	case 0:
		print("%s", bad);
		break;
	case 1:
		print("%300d%s", 1, bad);
		break;
	case 2:
		print(bad, 1);
		break;
	default:
		print("%.0s", fuzz_text(f));
	}
}
FUZZ(format)
{
	size_t size = fuzz_once_in(f, 2) ? 64 : FUZZ_PICK(f, 0, 1, 2, INT64_MAX,
	    UINT64_MAX);

	format(fuzz_memory(f, 256, 1), size, fuzz_once_in(f, 4) ?
	    fuzz_unreadable(f) : "%s %d %.7s", fuzz_text(f), 7, fuzz_text(f));
}
FUZZ(boot_arg) { boot_arg(fuzz_text(f)); }
FUZZ(explore_assert) { explore_assert(fuzz_once_in(f, 2)); }
FUZZ(explore_choose)
{
	explore_choose(fuzz_once_in(f, 2) ? (uint32_t)fuzz_int(f) : 3);
}
FUZZ(mem_read_stats)
{
	struct mem_stats *out = gc_new_bytes(sizeof(*out));

	mem_read_stats(fuzz_once_in(f, 2) ? fuzz_nowhere(f) : out);
}

/* ---- panic.h ---- */

FUZZ(defer) { defer(fuzz_now(f), fuzz_anything(f)); }
FUZZ(go_panic)
{
	go_panic(fuzz_once_in(f, 2) ? "%s" : fuzz_unreadable(f), fuzz_text(f));
}
FUZZ(go_panic_value)
{
	go_panic_value(fuzz_anything(f), fuzz_once_in(f, 2) ? "%s" :
	    fuzz_unreadable(f), fuzz_text(f));
}
FUZZ(recover) { (void)f; recover(); }
FUZZ(try_call)
{
	try_call(fuzz_now(f), fuzz_anything(f), fuzz_once_in(f, 2) ? NULL :
	    fuzz_memory(f, sizeof(struct panic_info), 8));
}

/* ---- slice.h ---- */

FUZZ(slice_make)
{
	slice_make(fuzz_type(f), fuzz_len(f), fuzz_len(f));
}
FUZZ(slice_append)
{
	const struct gc_type *elem = fuzz_type(f);

	slice_append(elem, fuzz_slice(f, elem), fuzz_anything(f),
	    room_for(f, elem));
}
FUZZ(slice_sub)
{
	const struct gc_type *elem = fuzz_type(f);

	slice_sub(elem, fuzz_slice(f, elem), fuzz_len(f), fuzz_len(f));
}
FUZZ(slice_copy)
{
	const struct gc_type *elem = fuzz_type(f);

	slice_copy(elem, fuzz_slice(f, elem), fuzz_slice(f, elem));
}
FUZZ(slice_clear)
{
	const struct gc_type *elem = fuzz_type(f);

	slice_clear(elem, fuzz_slice(f, elem));
}
FUZZ(slice_at)
{
	const struct gc_type *elem = fuzz_type(f);

	slice_at(elem, fuzz_slice(f, elem), fuzz_len(f));
}

/* ---- sync.h ---- */

FUZZ(sema_init) { sema_init(fuzz_memory(f, 4, 4), (uint32_t)fuzz_u64(f)); }
FUZZ(sema_acquire) { sema_acquire(fuzz_memory(f, 4, 4)); }
FUZZ(sema_try_acquire) { sema_try_acquire(fuzz_memory(f, 4, 4)); }
FUZZ(sema_release) { sema_release(fuzz_memory(f, 4, 4)); }
FUZZ(mutex_lock) { mutex_lock(fuzz_memory(f, 4, 4)); }
FUZZ(mutex_unlock) { mutex_unlock(fuzz_memory(f, 4, 4)); }
FUZZ(mutex_trylock) { mutex_trylock(fuzz_memory(f, 4, 4)); }
#define RW fuzz_memory(f, sizeof(struct rwmutex), 4)
FUZZ(rw_rlock) { rw_rlock(RW); }
FUZZ(rw_runlock) { rw_runlock(RW); }
FUZZ(rw_tryrlock) { rw_tryrlock(RW); }
FUZZ(rw_lock) { rw_lock(RW); }
FUZZ(rw_trylock) { rw_trylock(RW); }
FUZZ(rw_unlock) { rw_unlock(RW); }
#define COND fuzz_memory(f, sizeof(struct cond), 8)
FUZZ(cond_init) { cond_init(COND, fuzz_anything(f)); }
FUZZ(cond_wait)
{
	struct cond *c = COND;

	if (fuzz_once_in(f, 2)) {
		struct mutex *m = fuzz_zeros(f, sizeof(*m), 4);

		c = fuzz_zeros(f, sizeof(*c), 8);
		mutex_lock(m);
		cond_init(c, fuzz_once_in(f, 4) ? fuzz_memory(f, 4, 4) : m);
	}
	cond_wait(c);
}
FUZZ(cond_signal) { cond_signal(COND); }
FUZZ(cond_broadcast) { cond_broadcast(COND); }
#define WG fuzz_memory(f, sizeof(struct waitgroup), 8)
FUZZ(wg_add) { wg_add(WG, fuzz_int(f)); }
FUZZ(wg_done) { wg_done(WG); }
FUZZ(wg_wait) { wg_wait(WG); }
FUZZ(wg_go) { wg_go(WG, fuzz_later(f), fuzz_anything(f)); }
FUZZ(once_do)
{
	once_do(fuzz_memory(f, sizeof(struct once), 4), fuzz_now(f),
	    fuzz_anything(f));
}

/* ---- timer.h ---- */

FUZZ(timer_new) { timer_new(fuzz_when(f)); }
FUZZ(ticker_new) { ticker_new(fuzz_when(f)); }
FUZZ(timer_chan) { timer_chan(fuzz_timer(f)); }
FUZZ(after) { after(fuzz_when(f)); }
FUZZ(after_func)
{
	timer_stop(after_func(fuzz_when(f), fuzz_later(f), fuzz_anything(f)));
}
FUZZ(timer_stop) { timer_stop(fuzz_timer(f)); }
FUZZ(timer_reset) { timer_reset(fuzz_timer(f), fuzz_when(f)); }
FUZZ(ticker_reset) { ticker_reset(fuzz_timer(f), fuzz_when(f)); }

/* ---- all of them ---- */

#define CALL(name)         { #name, call_##name, 1 }
#define HEAVY(name, in)    { #name, call_##name, in }
/* Not called here, because of what else the line says. */
#define NOT(name, why)

#define ATOMIC_CALLS(name)                                                   \
	CALL(name##_load), CALL(name##_store), CALL(name##_add),             \
	CALL(name##_and), CALL(name##_or), CALL(name##_swap), CALL(name##_cas)

const struct fuzz_call fuzz_calls[] = {
	ATOMIC_CALLS(atomic32), ATOMIC_CALLS(atomic64),
	CALL(atomicptr_load), CALL(atomicptr_store), CALL(atomicptr_swap),
	CALL(atomicptr_cas),
	CALL(chan_make), CALL(chan_send), CALL(chan_recv), CALL(chan_try_send),
	CALL(chan_try_recv), CALL(chan_close), CALL(chan_len), CALL(chan_cap),
	CALL(chan_select), CALL(chan_try_select),
	CALL(read_line), CALL(read_line_until), CALL(console_read),
	CALL(console_write),
	CALL(ctx_background), CALL(ctx_with_cancel), CALL(ctx_with_deadline),
	CALL(ctx_with_timeout), CALL(ctx_with_value), CALL(ctx_without_cancel),
	CALL(ctx_cancel), CALL(ctx_done), CALL(ctx_err), CALL(ctx_cause),
	CALL(ctx_deadline), CALL(ctx_value), CALL(ctx_after_func),
	CALL(ctx_after_stop), CALL(group_new), CALL(group_ctx), CALL(group_go),
	CALL(group_wait), CALL(group_set_limit), CALL(group_try_go),
	CALL(go), HEAVY(go_stack, 10), CALL(go_named), CALL(yield),
	CALL(sleep_ns), CALL(goexit), CALL(self), CALL(goid),
	CALL(num_goroutine), CALL(park), CALL(ready), CALL(blocking_call),
	HEAVY(leaked_goroutines, 200),
	CALL(gc_new), CALL(gc_new_array), CALL(gc_try_new),
	HEAVY(gc_try_new_array, 10), CALL(gc_new_bytes),
	HEAVY(gc_try_new_bytes, 10), CALL(gc_store_ptr), CALL(gc_store),
	CALL(gc_store_inlined), CALL(gc_move), CALL(gc_clear),
	CALL(gc_add_root), CALL(gc_remove_root), CALL(gc_root), CALL(pool_get),
	CALL(pool_put), CALL(gc_set_finalizer), CALL(gc_add_cleanup),
	CALL(gc_cleanup_stop), CALL(gc_keep_alive), CALL(weak_make),
	CALL(weak_value), CALL(weak_equal), HEAVY(gc_why, 1000),
	HEAVY(gc_collect, 50), HEAVY(gc_release_memory, 100),
	HEAVY(gc_set_percent, 10), HEAVY(gc_set_limit, 10), CALL(gc_read_stats),
	HEAVY(gomaxprocs, 20), CALL(num_hart), CALL(now_ns), CALL(print),
	CALL(format), CALL(boot_arg), CALL(explore_assert),
	CALL(explore_choose), HEAVY(mem_read_stats, 20),
	CALL(defer), CALL(go_panic), CALL(go_panic_value), CALL(recover),
	CALL(try_call),
	CALL(slice_make), CALL(slice_append), CALL(slice_sub), CALL(slice_copy),
	CALL(slice_clear), CALL(slice_at),
	CALL(sema_init), CALL(sema_acquire), CALL(sema_try_acquire),
	CALL(sema_release), CALL(mutex_lock), CALL(mutex_unlock),
	CALL(mutex_trylock), CALL(rw_rlock), CALL(rw_runlock),
	CALL(rw_tryrlock), CALL(rw_lock), CALL(rw_trylock), CALL(rw_unlock),
	CALL(cond_init), CALL(cond_wait), CALL(cond_signal),
	CALL(cond_broadcast), CALL(wg_add), CALL(wg_done), CALL(wg_wait),
	CALL(wg_go), CALL(once_do),
	CALL(timer_new), CALL(ticker_new), CALL(timer_chan), CALL(after),
	CALL(after_func), CALL(timer_stop), CALL(timer_reset),
	CALL(ticker_reset),
	NOT(exit, "ends the machine: tests/transcripts/status.txt")
};
const uint32_t fuzz_ncalls = ARRAY_LEN(fuzz_calls);
