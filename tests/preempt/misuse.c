/*
 * misuse.c - see misuse.h.
 *
 * What cannot be recovered from (unlock of an unlocked mutex and the like) is
 * in tests/transcripts.
 */
#include "tests/preempt/misuse.h"

#include "include/antler.h"

#define NIL  "runtime error: invalid memory address or nil pointer dereference"
#define NONE ((void (*)(void *))NULL)

/* An element that is no word. */
struct thing {
	uint32_t part[5];
};
GC_TYPE_NOPTR(thing);

static struct chan   *things, *pointers, *unbuffered;
static struct chan   *open_chan, *full_chan, *closed_chan;
static struct timer  *timer, *ticker;
static const uint64_t word = 1;
static uint64_t       place;
static uint64_t       zeros[32];
static const uint64_t constant = 0;
static const uint64_t locked = (1u << 31) + 2;
static const uint64_t waited_for[4] = { 1UL << 32, 1, 1, 1 };

static void nothing(void *unused) { (void)unused; }
static const char *no_error(void *unused) { (void)unused; return NULL; }

void
misuse_init(void)
{
	if (open_chan != NULL)
		return;
	gc_root(open_chan);
	gc_root(full_chan);
	gc_root(closed_chan);
	gc_root(timer);
	gc_root(ticker);
	gc_store(&open_chan, chan_make(&gc_int_type, 4));
	gc_store(&full_chan, chan_make(&gc_int_type, 1));
	gc_store(&closed_chan, chan_make(&gc_int_type, 0));
	gc_store(&timer, timer_new(INT64_MAX));
	gc_store(&ticker, ticker_new(INT64_MAX));
	gc_root(things);
	gc_root(pointers);
	gc_root(unbuffered);
	gc_store(&things, chan_make(&thing_type, 4));
	gc_store(&pointers, chan_make(&gc_ptr_type, 4));
	gc_store(&unbuffered, chan_make(&gc_int_type, 0));
	chan_send(full_chan, &word);
	chan_close(closed_chan);
}

/* A function of one line; what is bad is its argument, or something else. */
#define TRY(name, ...) \
	static void name(void *bad) { (void)bad; __VA_ARGS__; }

static void *
far(void *bad)
{
	return (char *)bad + 8 * (bad == NULL);	/* where NULL is allowed */
}

#define wild(bad) far(bad)	/* and a place to throw things away */

static void
defer_nil(void *unused)
{
	(void)unused;
	defer(NONE, NULL);
}

/* Goroutines */
TRY(go_nil, go(NONE, NULL))
TRY(go_named_nil, go_named("x", NONE, NULL))
TRY(go_stack_nil, go_stack(NONE, NULL, 1 << 20))
TRY(go_stack_none, go_stack(nothing, NULL, 0))
TRY(go_named_bad, go_named(far(bad), nothing, NULL))
TRY(go_stack_huge, go_stack(nothing, NULL, GO_STACK_MAX + 1))
TRY(park_bad, park(far(bad)))
TRY(ready_bad, ready(bad))
TRY(blocking_nil, blocking_call(NONE, NULL))

/* The console; what is printed is long enough not to fit at once, or not */
TRY(print_bad, print(far(bad), 1))
TRY(print_text_bad, print("%s", (char *)far(bad)))
TRY(print_long_bad, print("%300d%s", 1, (char *)far(bad)))
TRY(format_to_bad, format(bad, 10, "%d", 1))
TRY(format_bad, format((char *)&place, 8, far(bad), 1))
TRY(format_text_bad, format((char *)&place, 8, "%.9s", (char *)far(bad)))
TRY(read_line_until_bad, read_line_until(bad, 10, 1))
TRY(read_line_bad, read_line(bad, 10))
TRY(read_line_small, read_line(bad, 0))
TRY(console_read_bad, console_read(bad, 10, 0))
TRY(console_write_bad, console_write(bad, 10, 0))

/* Waiting for each other */
TRY(sema_init_bad, sema_init(bad, 1))
TRY(sema_acquire_bad, sema_acquire(bad))
TRY(sema_try_bad, sema_try_acquire(bad))
TRY(sema_release_bad, sema_release(bad))
TRY(mutex_lock_bad, mutex_lock(bad))
TRY(mutex_unlock_bad, mutex_unlock(bad))
TRY(mutex_trylock_bad, mutex_trylock(bad))
TRY(rw_rlock_bad, rw_rlock(bad))
TRY(rw_runlock_bad, rw_runlock(bad))
TRY(rw_tryrlock_bad, rw_tryrlock(bad))
TRY(rw_lock_bad, rw_lock(bad))
TRY(rw_trylock_bad, rw_trylock(bad))
TRY(rw_unlock_bad, rw_unlock(bad))
TRY(cond_init_bad, cond_init(bad, NULL))
TRY(cond_wait_bad, cond_wait(bad))
TRY(cond_signal_bad, cond_signal(bad))
TRY(cond_broadcast_bad, cond_broadcast(bad))
TRY(wg_add_bad, wg_add(bad, 1))
TRY(wg_done_bad, wg_done(bad))
TRY(wg_wait_bad, wg_wait(bad))
TRY(wg_go_bad, wg_go(bad, nothing, NULL))
TRY(wg_go_nil, wg_go((struct waitgroup *)&place, NONE, NULL))
TRY(once_bad, once_do(bad, nothing, NULL))

static void
sema_too_many(void *unused)
{
	struct sema s;

	(void)unused;
	sema_init(&s, INT32_MAX);
	sema_release(&s);
}

static void
sema_init_too_many(void *unused)
{
	struct sema s;

	(void)unused;
	sema_init(&s, 1u << 31);
}

static void
wg_negative(void *unused)
{
	struct waitgroup wg = { 0 };

	(void)unused;
	wg_done(&wg);
}

static void
cond_without_mutex(void *unused)
{
	struct cond c = { 0 };

	(void)unused;
	cond_wait(&c);
}

static void
once_nil(void *unused)
{
	struct once once = { 0 };

	(void)unused;
	once_do(&once, NONE, NULL);
}

static void
cond_of_bad_mutex(void *bad)
{
	struct cond c;

	cond_init(&c, bad);
	cond_wait(&c);
}

/* Failing */
TRY(go_panic_bad, go_panic(far(bad), 1))
TRY(go_panic_text_bad, go_panic("%s", (char *)far(bad)))
TRY(go_panic_value_bad, go_panic_value(bad, "%s", (char *)far(bad)))
TRY(try_call_why_bad, try_call(defer_nil, NULL, far(bad)))
TRY(boot_arg_bad, boot_arg(bad))
TRY(try_call_nil, try_call(NONE, NULL, NULL); go_panic("recovered"))

/* Timers */
TRY(after_func_nil, after_func(1, NONE, NULL))
TRY(ticker_zero, ticker_new(0))
TRY(ticker_reset_zero, ticker_reset(ticker, 0))
TRY(ticker_reset_timer, ticker_reset(timer, 1))
TRY(timer_reset_ticker, timer_reset(ticker, 1))
TRY(timer_stop_bad, timer_stop(bad))
TRY(timer_reset_bad, timer_reset(bad, 1))
TRY(ticker_reset_bad, ticker_reset(bad, 1))
TRY(timer_chan_bad, timer_chan(bad))

static void
timer_stop_unmade(void *unused)
{
	uint64_t zero[16] = { 0 };

	(void)unused;
	timer_stop((struct timer *)zero);
}

static void
timer_reset_unmade(void *unused)
{
	uint64_t zero[16] = { 0 };

	(void)unused;
	timer_reset((struct timer *)zero, 1);
}

/* Channels */
TRY(chan_make_bad, chan_make(bad, 1))
TRY(chan_make_huge, chan_make(&gc_int_type, SIZE_MAX))
TRY(chan_make_large, chan_make(&gc_int_type, 1UL << 45))
TRY(chan_make_none, chan_make(&gc_empty_type, 1UL << 63))
TRY(chan_send_closed, chan_send(closed_chan, &word))
TRY(chan_try_send_closed, chan_try_send(closed_chan, &word))
TRY(chan_close_nil, chan_close(NULL))
TRY(chan_close_closed, chan_close(closed_chan))
TRY(select_negative, chan_select(NULL, -1))
TRY(try_select_negative, chan_try_select(NULL, -5))
TRY(select_bad, chan_select(bad, 2))
TRY(try_select_bad, chan_try_select(bad, 2))

TRY(chan_send_to_bad, chan_send(far(bad), &word))
TRY(chan_recv_from_bad, chan_recv(far(bad), &place))
TRY(chan_try_send_to_bad, chan_try_send(far(bad), &word))
TRY(chan_try_recv_from_bad, chan_try_recv(far(bad), &place, NULL))
TRY(chan_close_bad, chan_close(far(bad)))
TRY(chan_len_bad, chan_len(far(bad)))
TRY(chan_cap_bad, chan_cap(far(bad)))

/* Places of elements: by each way through an operation */
TRY(chan_send_bad, chan_send(open_chan, bad))
TRY(chan_send_bad_full, chan_send(full_chan, bad))
TRY(chan_send_bad_unbuffered, chan_send(unbuffered, bad))
TRY(chan_send_bad_bytes, chan_send(things, bad))
TRY(chan_send_bad_pointer, chan_send(pointers, bad))
TRY(chan_try_send_bad, chan_try_send(open_chan, bad))
TRY(chan_try_send_bad_bytes, chan_try_send(things, bad))
TRY(chan_recv_bad, chan_recv(full_chan, wild(bad)))
TRY(chan_recv_bad_empty, chan_recv(open_chan, wild(bad)))
TRY(chan_recv_bad_unbuffered, chan_recv(unbuffered, wild(bad)))
TRY(chan_recv_bad_bytes, chan_recv(things, wild(bad)))
TRY(chan_recv_bad_pointer, chan_recv(pointers, wild(bad)))
TRY(chan_try_recv_bad, chan_try_recv(full_chan, wild(bad), NULL))
TRY(chan_try_recv_bad_empty, chan_try_recv(open_chan, wild(bad), NULL))
TRY(chan_try_recv_bad_bytes, chan_try_recv(things, wild(bad), NULL))
TRY(chan_recv_constant, chan_recv(full_chan, (void *)&word))
TRY(chan_recv_constant_waiting, chan_recv(unbuffered, (void *)&word))

/* Two cases, both of c, the second with the bad place. */
static void
select_both(struct chan *c, enum select_op op, void *bad, bool block)
{
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = unbuffered, .value = &place },
		{ .op = op, .chan = c, .value = bad },
	};

	if (block)
		chan_select(cases, 2);
	else
		chan_try_select(cases, 2);
}

TRY(select_send_bad, select_both(unbuffered, SELECT_SEND, bad, true))
TRY(select_send_bad_ready, select_both(open_chan, SELECT_SEND, bad, true))
TRY(select_send_bad_bytes, select_both(things, SELECT_SEND, bad, true))
TRY(select_recv_bad, select_both(unbuffered, SELECT_RECV, wild(bad), true))
TRY(select_recv_bad_ready, select_both(full_chan, SELECT_RECV, wild(bad), true))
TRY(select_recv_bad_bytes, select_both(things, SELECT_RECV, wild(bad), true))
TRY(try_select_send_bad, select_both(open_chan, SELECT_SEND, bad, false))
TRY(try_select_recv_bad, select_both(full_chan, SELECT_RECV, wild(bad), false))

/* Contexts and groups */
TRY(ctx_cancel_none, ctx_cancel(ctx_background(), NULL))
TRY(ctx_with_cancel_nil, ctx_with_cancel(NULL))
TRY(ctx_with_deadline_nil, ctx_with_deadline(NULL, 1))
TRY(ctx_with_timeout_nil, ctx_with_timeout(NULL, 1))
TRY(ctx_with_value_nil, ctx_with_value(NULL, &word, NULL))
TRY(ctx_with_nil_key, ctx_with_value(ctx_background(), NULL, NULL))
TRY(ctx_without_cancel_nil, ctx_without_cancel(NULL))
TRY(ctx_with_cancel_bad, ctx_with_cancel(far(bad)))
TRY(ctx_with_deadline_bad, ctx_with_deadline(far(bad), 1))
TRY(ctx_with_timeout_bad, ctx_with_timeout(far(bad), 1))
TRY(ctx_with_value_bad, ctx_with_value(far(bad), &word, NULL))
TRY(ctx_without_cancel_bad, ctx_without_cancel(far(bad)))
TRY(ctx_after_func_bad, ctx_after_func(far(bad), nothing, NULL))
TRY(ctx_value_bad, ctx_value(far(bad), &word))
TRY(group_new_bad, group_new(far(bad)))
TRY(ctx_done_bad, ctx_done(bad))
TRY(ctx_err_bad, ctx_err(bad))
TRY(ctx_cause_bad, ctx_cause(bad))
TRY(ctx_deadline_bad, ctx_deadline(bad, NULL))
TRY(ctx_cancel_bad, ctx_cancel(bad, NULL))
TRY(ctx_after_func_nil, ctx_after_func(NULL, nothing, NULL))
TRY(ctx_after_func_none, ctx_after_func(ctx_background(), NONE, NULL))
TRY(ctx_after_stop_bad, ctx_after_stop(bad))
TRY(group_ctx_bad, group_ctx(bad))
TRY(group_go_bad, group_go(bad, no_error, NULL))
TRY(group_try_go_bad, group_try_go(bad, no_error, NULL))
TRY(group_go_nil, group_go(group_new(NULL), NULL, NULL))
TRY(group_try_go_nil, group_try_go(group_new(NULL), NULL, NULL))
TRY(group_wait_bad, group_wait(bad))
TRY(group_set_limit_bad, group_set_limit(bad, 1))

/* Objects of another kind, and what is none */
#define OTHER  ((void *)timer)
#define OTHER2 ((void *)open_chan)
TRY(chan_send_to_timer, chan_send(OTHER, &word))
TRY(chan_recv_from_timer, chan_recv(OTHER, NULL))
TRY(chan_try_recv_from_timer, chan_try_recv(OTHER, &place, NULL))
TRY(chan_close_timer, chan_close(OTHER))
TRY(chan_len_timer, chan_len(OTHER))
TRY(chan_cap_timer, chan_cap(OTHER))
TRY(chan_send_to_constant, chan_send((struct chan *)&constant, &word))
TRY(chan_send_to_zeros, chan_send((struct chan *)zeros, &word))
TRY(select_of_timer, select_both(OTHER, SELECT_SEND, &place, true))
TRY(select_of_zeros, select_both((struct chan *)zeros, SELECT_RECV, &place,
    true))
TRY(try_select_of_timer, select_both(OTHER, SELECT_SEND, &place, false))
TRY(timer_stop_chan, timer_stop(OTHER2))
TRY(timer_reset_chan, timer_reset(OTHER2, 1))
TRY(ticker_reset_chan, ticker_reset(OTHER2, 1))
TRY(timer_chan_of_chan, timer_chan(OTHER2))
TRY(ctx_err_of_chan, ctx_err(OTHER2))
TRY(ctx_cancel_group, ctx_cancel((struct context *)group_new(NULL), NULL))
TRY(ctx_err_of_after, ctx_err((struct context *)ctx_after_func(
    ctx_background(), nothing, NULL)))
TRY(ctx_after_stop_ctx, ctx_after_stop((struct ctx_after *)ctx_with_cancel(
    ctx_background())))
TRY(ctx_child_of_timer, ctx_with_value(OTHER, &word, NULL))
TRY(group_wait_ctx, group_wait((struct group *)ctx_background()))
TRY(group_go_chan, group_go(OTHER2, no_error, NULL))
TRY(ready_chan, ready(OTHER2))
TRY(ready_copy, uint64_t copy[60]; gc_move(&gc_int_type, copy, self(), 60);
    ready((struct g *)copy))

static struct pool open_pool;
TRY(pool_copied, struct pool *copy = gc_new_array(&gc_ptr_type, 3);
    pool_put(&open_pool, open_chan);
    gc_store(&copy->store_, open_pool.store_); pool_get(copy))
TRY(pool_on_stack, struct pool pool = { .make = NULL };
    pool_put(&pool, open_chan))

static void
type_in_heap(void *unused)
{
	struct gc_type *type = gc_new_bytes(sizeof(*type));

	(void)unused;
	*type = thing_type;
	gc_new(type);
}

static void
type_on_stack(void *unused)
{
	struct gc_type type = thing_type;

	(void)unused;
	gc_new_array(&type, 2);
}

/* Words that are changed atomically, misaligned; on any CPU */
#define ODD(type) ((type *)((char *)zeros + 2))
TRY(mutex_lock_odd, mutex_lock(ODD(struct mutex)))
TRY(mutex_unlock_odd, mutex_unlock(ODD(struct mutex)))
TRY(mutex_trylock_odd, mutex_trylock(ODD(struct mutex)))
TRY(sema_init_odd, sema_init(ODD(struct sema), 1))
TRY(sema_acquire_odd, sema_acquire(ODD(struct sema)))
TRY(sema_try_odd, sema_try_acquire(ODD(struct sema)))
TRY(sema_release_odd, sema_release(ODD(struct sema)))
TRY(rw_rlock_odd, rw_rlock(ODD(struct rwmutex)))
TRY(rw_runlock_odd, rw_runlock(ODD(struct rwmutex)))
TRY(rw_tryrlock_odd, rw_tryrlock(ODD(struct rwmutex)))
TRY(rw_lock_odd, rw_lock(ODD(struct rwmutex)))
TRY(rw_trylock_odd, rw_trylock(ODD(struct rwmutex)))
TRY(rw_unlock_odd, rw_unlock(ODD(struct rwmutex)))
TRY(cond_init_odd, cond_init(ODD(struct cond), NULL))
TRY(wg_add_odd, wg_add(ODD(struct waitgroup), 1))
TRY(wg_done_odd, wg_done(ODD(struct waitgroup)))
TRY(wg_wait_odd, wg_wait(ODD(struct waitgroup)))
TRY(wg_go_odd, wg_go(ODD(struct waitgroup), nothing, NULL))
TRY(once_odd, once_do(ODD(struct once), nothing, NULL))
TRY(atomic32_load_odd, atomic32_load(ODD(struct atomic32)))
TRY(atomic64_add_odd, atomic64_add(ODD(struct atomic64), 1))
TRY(atomicptr_store_odd, atomicptr_store(ODD(struct atomicptr), NULL))

static void
cond_of_odd_mutex(void *unused)
{
	static const uint64_t ones[2] = { UINT64_MAX, UINT64_MAX };
	struct cond c;

	(void)unused;
	cond_init(&c, (struct mutex *)((char *)ones + 2));
	cond_wait(&c);
}

/* The same, constant */
#define CONSTANT(type) ((type *)&constant)
TRY(mutex_lock_constant, mutex_lock(CONSTANT(struct mutex)))
TRY(mutex_unlock_constant, mutex_unlock((struct mutex *)&locked))
TRY(sema_acquire_constant, sema_acquire(CONSTANT(struct sema)))
TRY(sema_release_constant, sema_release(CONSTANT(struct sema)))
TRY(rw_lock_constant, rw_lock(CONSTANT(struct rwmutex)))
TRY(wg_wait_constant, wg_wait((struct waitgroup *)&waited_for))
TRY(cond_signal_constant, cond_signal((struct cond *)&waited_for))

/* The same, overwritten */
TRY(mutex_unlock_junk, struct mutex m = { 0xdbdbdbdb }; mutex_unlock(&m))
TRY(sema_release_junk, struct sema s = { 1u << 31 }; sema_release(&s))

/* The heap */
TRY(gc_new_bad, gc_new(bad))
TRY(gc_new_array_bad, gc_new_array(bad, 2))
TRY(gc_try_new_bad, gc_try_new(bad))
TRY(gc_try_new_array_bad, gc_try_new_array(bad, 2))
TRY(gc_new_huge, gc_new_array(&gc_int_type, SIZE_MAX))
TRY(gc_new_bytes_huge, gc_new_bytes(SIZE_MAX))
TRY(gc_new_too_long, gc_new_array(&gc_byte_type, (256UL << 30) + 1))
TRY(gc_new_none_too_long, gc_new_array(&gc_empty_type, 1UL << 63))
TRY(gc_move_huge, gc_move(&gc_int_type, &place, &word, SIZE_MAX))
TRY(gc_add_root_nil, gc_add_root(NULL, 1))
TRY(gc_add_root_bad, gc_add_root(far(bad), 1))
TRY(gc_add_root_long, gc_add_root(&place, SIZE_MAX / 8))
TRY(gc_remove_root_bad, gc_remove_root((void *)8))
TRY(gc_read_stats_bad, gc_read_stats(bad))
TRY(mem_read_stats_bad, mem_read_stats(bad))

/* What is attached to objects */
static void
finalize(void *obj, void *arg)
{
	(void)obj;
	(void)arg;
}

TRY(finalizer_nil, gc_set_finalizer(NULL, finalize, NULL))
TRY(finalizer_bad, gc_set_finalizer(far(bad), finalize, NULL))
TRY(finalizer_global, gc_set_finalizer(&place, finalize, NULL))
TRY(finalizer_inside, gc_set_finalizer((char *)open_chan + 8, finalize, NULL))
TRY(cleanup_nil, gc_add_cleanup(NULL, nothing, NULL))
TRY(cleanup_nil_func, gc_add_cleanup(open_chan, NONE, NULL))
TRY(cleanup_of_itself, gc_add_cleanup(open_chan, nothing, open_chan))
TRY(cleanup_bad, gc_add_cleanup(far(bad), nothing, NULL))
TRY(weak_make_global, weak_make(&place))
TRY(weak_value_bad, weak_value((struct weak){ far(bad) }))

static void
finalizer_twice(void *unused)
{
	void *p = gc_new(&gc_ptr_type);

	(void)unused;
	gc_set_finalizer(p, finalize, NULL);
	gc_set_finalizer(p, finalize, NULL);
}

static void
cleanup_stop_bad(void *bad)
{
	struct gc_cleanup cleanup = { far(bad), 1 };

	gc_cleanup_stop(cleanup);
}

/* Slices */
static const struct slice three = { .ptr = &place, .len = 3, .cap = 4 };

static struct slice
at(void *bad, size_t len)
{
	return (struct slice){ .ptr = bad, .len = len, .cap = len };
}

TRY(slice_make_bad, slice_make(bad, 1, 1))
TRY(slice_make_short, slice_make(&gc_int_type, 2, 1))
TRY(slice_make_huge, slice_make(&gc_int_type, 1, SIZE_MAX))
TRY(slice_append_type, slice_append(bad, three, &word, 2))
TRY(slice_append_bad, slice_append(&gc_int_type, three, bad, 2))
TRY(slice_append_to_bad, slice_append(&gc_int_type, at(bad, 4), &word, 1))
TRY(slice_append_over, slice_append(&gc_int_type, three, &word, SIZE_MAX))
TRY(slice_append_huge, slice_append(&gc_byte_type, at(&place,
    PTRDIFF_MAX), &word, PTRDIFF_MAX - 10))
TRY(slice_sub_cap, slice_sub(&gc_int_type, three, 0, 5))
TRY(slice_sub_order, slice_sub(&gc_int_type, three, 3, 2))
TRY(slice_sub_type, slice_sub(bad, three, 1, 2))
TRY(slice_copy_bad, slice_copy(&gc_ptr_type, at(bad, 2), three))
TRY(slice_copy_from_bad, slice_copy(&gc_int_type, three, at(bad, 2)))
TRY(slice_clear_bad, slice_clear(&gc_ptr_type, at(bad, 2)))
TRY(slice_at_end, slice_at(&gc_int_type, three, 3))
TRY(slice_at_type, place = (uintptr_t)slice_at(bad, three, 1))

static void
pool_makes_bad(void *bad)
{
	struct pool pool = { .make = (void *(*)(void *))far(bad) };

	pool_get(&pool);
}

TRY(gc_store_bad, gc_store((void **)bad, (void *)&word))
TRY(gc_move_to_bad, gc_move(&gc_int_type, bad, &word, 1))
TRY(gc_move_from_bad, gc_move(&gc_int_type, &place, bad, 1))
TRY(gc_move_ptr_to_bad, gc_move(&gc_ptr_type, bad, &place, 1))
TRY(gc_clear_bad, gc_clear(&gc_ptr_type, bad, 1))
TRY(pool_get_bad, pool_get(bad))
TRY(pool_put_bad, pool_put(bad, (void *)&word))
TRY(atomicptr_store_bad, atomicptr_store(bad, NULL))
TRY(atomicptr_swap_bad, atomicptr_swap(bad, NULL))
TRY(atomicptr_cas_bad, atomicptr_cas(bad, NULL, NULL))

#define WILD(name) { #name, name, NIL, true }
#define ALWAYS(name, text) { #name, name, text, true }
#define FAULT_OF(name) { #name, name, NIL, false }
#define SAYS(name, text) { #name, name, text, false }
#define ODDLY(name) SAYS(name, "runtime error: misaligned memory address")

const struct misuse misuses[] = {
	SAYS(go_nil, "go of nil func value"),
	SAYS(go_named_nil, "go of nil func value"),
	SAYS(go_stack_nil, "go of nil func value"),
	SAYS(go_stack_none, "go_stack: stack of 0 bytes, not of 1 to 16773120"),
	SAYS(go_stack_huge, "go_stack: stack of 16773121 bytes, not of 1 to "
	    "16773120"),
	WILD(go_named_bad), WILD(park_bad), WILD(ready_bad),
	SAYS(blocking_nil, "blocking call of nil func value"),
	WILD(print_bad), WILD(print_text_bad), WILD(print_long_bad),
	WILD(format_to_bad), WILD(format_bad), WILD(format_text_bad),
	WILD(read_line_until_bad),
	WILD(read_line_bad),
	SAYS(read_line_small, "read_line: a buffer of no size"),
	WILD(console_read_bad), WILD(console_write_bad),
	WILD(sema_init_bad), WILD(sema_acquire_bad), WILD(sema_try_bad),
	WILD(sema_release_bad),
	SAYS(sema_too_many, "sema: too many permits"),
	SAYS(sema_init_too_many, "sema: too many permits"),
	WILD(mutex_lock_bad), WILD(mutex_unlock_bad), WILD(mutex_trylock_bad),
	WILD(rw_rlock_bad), WILD(rw_runlock_bad), WILD(rw_tryrlock_bad),
	WILD(rw_lock_bad), WILD(rw_trylock_bad), WILD(rw_unlock_bad),
	WILD(cond_init_bad), WILD(cond_wait_bad), WILD(cond_signal_bad),
	WILD(cond_broadcast_bad), FAULT_OF(cond_without_mutex),
	WILD(cond_of_bad_mutex),
	WILD(wg_add_bad), WILD(wg_done_bad), WILD(wg_wait_bad),
	WILD(wg_go_bad), SAYS(wg_go_nil, "go of nil func value"),
	SAYS(wg_negative, "sync: negative WaitGroup counter"),
	WILD(once_bad), FAULT_OF(once_nil),
	SAYS(try_call_nil, "recovered"),
	WILD(go_panic_bad), WILD(go_panic_text_bad), WILD(go_panic_value_bad),
	WILD(try_call_why_bad), FAULT_OF(defer_nil), WILD(boot_arg_bad),
	SAYS(after_func_nil, "after_func of nil func value"),
	SAYS(ticker_zero, "non-positive interval for NewTicker"),
	SAYS(ticker_reset_zero, "non-positive interval for Ticker.Reset"),
	SAYS(ticker_reset_timer, "reset of a timer as a ticker"),
	SAYS(timer_reset_ticker, "reset of a ticker as a timer"),
	WILD(timer_stop_bad), WILD(timer_reset_bad), WILD(ticker_reset_bad),
	WILD(timer_chan_bad),
	SAYS(timer_stop_unmade, "time: Stop called on uninitialized Timer"),
	SAYS(timer_reset_unmade, "time: Reset called on uninitialized Timer"),
	WILD(chan_make_bad),
	SAYS(chan_make_huge, "makechan: size out of range"),
	SAYS(chan_make_large, "makechan: size out of range"),
	SAYS(chan_make_none, "makechan: size out of range"),
	SAYS(chan_send_closed, "send on closed channel"),
	SAYS(chan_try_send_closed, "send on closed channel"),
	SAYS(chan_close_nil, "close of nil channel"),
	SAYS(chan_close_closed, "close of closed channel"),
	SAYS(select_negative, "select: -1 cases"),
	SAYS(try_select_negative, "select: -5 cases"),
	WILD(select_bad), WILD(try_select_bad),
	WILD(chan_send_to_bad), WILD(chan_recv_from_bad),
	WILD(chan_try_send_to_bad), WILD(chan_try_recv_from_bad),
	WILD(chan_send_bad), WILD(chan_send_bad_full),
	WILD(chan_send_bad_unbuffered), WILD(chan_send_bad_bytes),
	WILD(chan_send_bad_pointer), WILD(chan_try_send_bad),
	WILD(chan_try_send_bad_bytes), WILD(chan_recv_bad),
	WILD(chan_recv_bad_empty), WILD(chan_recv_bad_unbuffered),
	WILD(chan_recv_bad_bytes), WILD(chan_recv_bad_pointer),
	WILD(chan_try_recv_bad), WILD(chan_try_recv_bad_empty),
	WILD(chan_try_recv_bad_bytes), FAULT_OF(chan_recv_constant),
	FAULT_OF(chan_recv_constant_waiting),
	WILD(select_send_bad), WILD(select_send_bad_ready),
	WILD(select_send_bad_bytes), WILD(select_recv_bad),
	WILD(select_recv_bad_ready), WILD(select_recv_bad_bytes),
	WILD(try_select_send_bad), WILD(try_select_recv_bad),
	WILD(chan_close_bad), WILD(chan_len_bad), WILD(chan_cap_bad),
	SAYS(ctx_cancel_none,
	    "context: cancel of a context that has no cancel"),
	SAYS(ctx_with_cancel_nil, "cannot create context from nil parent"),
	SAYS(ctx_with_deadline_nil, "cannot create context from nil parent"),
	SAYS(ctx_with_timeout_nil, "cannot create context from nil parent"),
	SAYS(ctx_with_value_nil, "cannot create context from nil parent"),
	SAYS(ctx_with_nil_key, "nil key"),
	SAYS(ctx_without_cancel_nil, "cannot create context from nil parent"),
	SAYS(ctx_after_func_nil, "cannot create context from nil parent"),
	SAYS(ctx_after_func_none, "ctx_after_func of nil func value"),
	WILD(ctx_with_cancel_bad), WILD(ctx_with_deadline_bad),
	WILD(ctx_with_timeout_bad), WILD(ctx_with_value_bad),
	WILD(ctx_without_cancel_bad), WILD(ctx_after_func_bad),
	WILD(ctx_value_bad), WILD(group_new_bad),
	WILD(ctx_done_bad), WILD(ctx_err_bad), WILD(ctx_cause_bad),
	WILD(ctx_deadline_bad), WILD(ctx_cancel_bad), WILD(ctx_after_stop_bad),
	WILD(group_ctx_bad), WILD(group_go_bad), WILD(group_try_go_bad),
	SAYS(group_go_nil, "go of nil func value"),
	SAYS(group_try_go_nil, "go of nil func value"),
	WILD(group_wait_bad), WILD(group_set_limit_bad),
	SAYS(chan_send_to_timer, "runtime error: 0x..."),
	SAYS(chan_recv_from_timer, "runtime error: 0x..."),
	SAYS(chan_try_recv_from_timer, "runtime error: 0x..."),
	SAYS(chan_close_timer, "runtime error: 0x..."),
	SAYS(chan_len_timer, "runtime error: 0x..."),
	SAYS(chan_cap_timer, "runtime error: 0x..."),
	SAYS(chan_send_to_constant, "runtime error: 0x..."),
	SAYS(chan_send_to_zeros, "runtime error: 0x..."),
	SAYS(select_of_timer, "runtime error: 0x..."),
	SAYS(select_of_zeros, "runtime error: 0x..."),
	SAYS(try_select_of_timer, "runtime error: 0x..."),
	SAYS(timer_stop_chan, "time: Stop called on uninitialized Timer"),
	SAYS(timer_reset_chan, "time: Reset called on uninitialized Timer"),
	SAYS(ticker_reset_chan, "time: Reset called on uninitialized Timer"),
	SAYS(timer_chan_of_chan, "time: Chan called on uninitialized Timer"),
	SAYS(ctx_err_of_chan, "context: 0x..."),
	SAYS(ctx_cancel_group, "context: 0x..."),
	SAYS(ctx_err_of_after, "context: 0x..."),
	SAYS(ctx_after_stop_ctx, "context: 0x..."),
	SAYS(ctx_child_of_timer, "context: 0x..."),
	SAYS(group_wait_ctx, "errgroup: 0x..."),
	SAYS(group_go_chan, "errgroup: 0x..."),
	SAYS(ready_chan, "ready: 0x..."), SAYS(ready_copy, "ready: 0x..."),
	SAYS(pool_copied, "pool: 0x..."), SAYS(pool_on_stack, "pool: 0x..."),
	SAYS(type_in_heap, "gc: type descriptor 0x..."),
	SAYS(type_on_stack, "gc: type descriptor 0x..."),
	ODDLY(mutex_lock_odd), ODDLY(mutex_unlock_odd),
	ODDLY(mutex_trylock_odd),
	ODDLY(sema_init_odd), ODDLY(sema_acquire_odd), ODDLY(sema_try_odd),
	ODDLY(sema_release_odd), ODDLY(rw_rlock_odd), ODDLY(rw_runlock_odd),
	ODDLY(rw_tryrlock_odd), ODDLY(rw_lock_odd), ODDLY(rw_trylock_odd),
	ODDLY(rw_unlock_odd), ODDLY(cond_init_odd), ODDLY(wg_add_odd),
	ODDLY(wg_done_odd), ODDLY(wg_wait_odd), ODDLY(wg_go_odd),
	ODDLY(once_odd), ODDLY(atomic32_load_odd), ODDLY(atomic64_add_odd),
	ODDLY(atomicptr_store_odd), ODDLY(cond_of_odd_mutex),
	FAULT_OF(mutex_lock_constant), FAULT_OF(mutex_unlock_constant),
	FAULT_OF(sema_acquire_constant), FAULT_OF(sema_release_constant),
	FAULT_OF(rw_lock_constant), FAULT_OF(wg_wait_constant),
	FAULT_OF(cond_signal_constant),
	SAYS(mutex_unlock_junk, "sync: mutex has been overwritten: ..."),
	SAYS(sema_release_junk, "sync: semaphore has been overwritten: ..."),
	WILD(gc_new_bad), WILD(gc_new_array_bad), WILD(gc_try_new_bad),
	WILD(gc_try_new_array_bad),
	SAYS(gc_new_huge, "runtime error: makeslice: len out of range: "
	    "18446744073709551615 x gc_int_type of 8 bytes"),
	SAYS(gc_new_bytes_huge, "runtime error: makeslice: len out of range: "
	    "18446744073709551615 x bytes of 1 bytes"),
	SAYS(gc_new_too_long, "runtime error: makeslice: len out of range: "
	    "274877906945 x gc_byte_type of 1 bytes"),
	SAYS(gc_new_none_too_long, "runtime error: makeslice: len out of "
	    "range: 9223372036854775808 x gc_empty_type of 0 bytes"),
	SAYS(gc_move_huge, "runtime error: slice bounds out of range: "
	    "18446744073709551615 x gc_int_type"),
	SAYS(gc_add_root_nil, "gc_add_root: base is nil"),
	WILD(gc_add_root_bad), FAULT_OF(gc_add_root_long),
	SAYS(gc_remove_root_bad, "gc_remove_root: 0x8 is no root"),
	WILD(gc_read_stats_bad), WILD(mem_read_stats_bad),
	SAYS(finalizer_nil, "runtime.SetFinalizer: first argument is nil"),
	ALWAYS(finalizer_bad, "runtime.SetFinalizer: pointer not in heap"),
	SAYS(finalizer_global, "runtime.SetFinalizer: pointer not in heap"),
	SAYS(finalizer_inside, "runtime.SetFinalizer: pointer not at beginning "
	    "of allocated block"),
	SAYS(finalizer_twice, "runtime.SetFinalizer: finalizer already set"),
	SAYS(cleanup_nil, "runtime.AddCleanup: ptr is nil"),
	SAYS(cleanup_nil_func, "runtime.AddCleanup: cleanup is nil"),
	SAYS(cleanup_of_itself, "runtime.AddCleanup: ptr is equal to arg, "
	    "cleanup will never run"),
	ALWAYS(cleanup_bad, "runtime.AddCleanup: ptr not in allocated block"),
	WILD(cleanup_stop_bad), SAYS(weak_make_global, "weak_make: 0x..."),
	WILD(weak_value_bad),
	WILD(slice_make_bad),
	SAYS(slice_make_short, "runtime error: makeslice: cap out of range"),
	SAYS(slice_make_huge, "runtime error: makeslice: len out of range: "
	    "18446744073709551615 x gc_int_type of 8 bytes"),
	WILD(slice_append_type), WILD(slice_append_bad),
	WILD(slice_append_to_bad),
	SAYS(slice_append_over, "runtime error: growslice: len out of range"),
	SAYS(slice_append_huge, "runtime error: growslice: len out of range"),
	SAYS(slice_sub_cap, "runtime error: slice bounds out of range [:5] "
	    "with capacity 4"),
	SAYS(slice_sub_order, "runtime error: slice bounds out of range "
	    "[3:2]"),
	WILD(slice_sub_type), WILD(slice_copy_bad), WILD(slice_copy_from_bad),
	WILD(slice_clear_bad),
	SAYS(slice_at_end, "runtime error: index out of range [3] with length "
	    "3"),
	WILD(slice_at_type), WILD(pool_makes_bad),
	WILD(gc_store_bad), WILD(gc_move_to_bad), WILD(gc_move_from_bad),
	WILD(gc_move_ptr_to_bad), WILD(gc_clear_bad),
	WILD(pool_get_bad), WILD(pool_put_bad),
	WILD(atomicptr_store_bad), WILD(atomicptr_swap_bad),
	WILD(atomicptr_cas_bad),
};
const uint32_t nmisuses = ARRAY_LEN(misuses);
