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

static void nothing(void *unused) { (void)unused; }

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

/* Goroutines */
TRY(go_nil, go(NONE, NULL))
TRY(go_named_nil, go_named("x", NONE, NULL))
TRY(go_stack_nil, go_stack(NONE, NULL, 1 << 20))
TRY(go_stack_none, go_stack(nothing, NULL, 0))
TRY(go_stack_huge, go_stack(nothing, NULL, GO_STACK_MAX + 1))
TRY(ready_bad, ready(bad))
TRY(blocking_nil, blocking_call(NONE, NULL))

/* The console */
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

/* Failing */
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
TRY(chan_make_none, chan_make(&gc_empty_type, 1UL << 62))
TRY(chan_send_closed, chan_send(closed_chan, &word))
TRY(chan_try_send_closed, chan_try_send(closed_chan, &word))
TRY(chan_close_nil, chan_close(NULL))
TRY(chan_close_closed, chan_close(closed_chan))
TRY(select_negative, chan_select(NULL, -1))
TRY(try_select_negative, chan_try_select(NULL, -5))
TRY(select_bad, chan_select(bad, 2))
TRY(try_select_bad, chan_try_select(bad, 2))

static void *
far(void *bad)
{
	return (char *)bad + 8 * (bad == NULL);	/* NULL is a channel */
}

#define wild(bad) far(bad)	/* and a place to throw things away */

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
TRY(chan_recv_misaligned, chan_recv(unbuffered, (char *)&place + 1))

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
TRY(ctx_done_bad, ctx_done(bad))
TRY(ctx_err_bad, ctx_err(bad))
TRY(ctx_cause_bad, ctx_cause(bad))
TRY(ctx_deadline_bad, ctx_deadline(bad, NULL))
TRY(ctx_cancel_bad, ctx_cancel(bad, NULL))
TRY(ctx_after_func_nil, ctx_after_func(NULL, nothing, NULL))
TRY(ctx_after_stop_bad, ctx_after_stop(bad))
TRY(group_ctx_bad, group_ctx(bad))
TRY(group_go_bad, group_go(bad, NULL, NULL))
TRY(group_try_go_bad, group_try_go(bad, NULL, NULL))
TRY(group_wait_bad, group_wait(bad))
TRY(group_set_limit_bad, group_set_limit(bad, 1))

/* The heap */
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
#define FAULT_OF(name) { #name, name, NIL, false }
#define SAYS(name, text) { #name, name, text, false }

const struct misuse misuses[] = {
	SAYS(go_nil, "go of nil func value"),
	SAYS(go_named_nil, "go of nil func value"),
	SAYS(go_stack_nil, "go of nil func value"),
	SAYS(go_stack_none, "go_stack: stack of 0 bytes, not of 1 to 16773120"),
	SAYS(go_stack_huge, "go_stack: stack of 16773121 bytes, not of 1 to "
	    "16773120"),
	WILD(ready_bad),
	SAYS(blocking_nil, "blocking call of nil func value"),
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
	WILD(wg_add_bad), WILD(wg_done_bad), WILD(wg_wait_bad),
	WILD(wg_go_bad),
	SAYS(wg_negative, "sync: negative WaitGroup counter"),
	WILD(once_bad), FAULT_OF(once_nil),
	SAYS(try_call_nil, "recovered"),
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
	SAYS(chan_recv_misaligned, "runtime error: misaligned memory address"),
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
	WILD(ctx_done_bad), WILD(ctx_err_bad), WILD(ctx_cause_bad),
	WILD(ctx_deadline_bad), WILD(ctx_cancel_bad), WILD(ctx_after_stop_bad),
	WILD(group_ctx_bad), WILD(group_go_bad), WILD(group_try_go_bad),
	WILD(group_wait_bad), WILD(group_set_limit_bad),
	WILD(gc_store_bad), WILD(gc_move_to_bad), WILD(gc_move_from_bad),
	WILD(gc_move_ptr_to_bad), WILD(gc_clear_bad),
	WILD(pool_get_bad), WILD(pool_put_bad),
	WILD(atomicptr_store_bad), WILD(atomicptr_swap_bad),
	WILD(atomicptr_cas_bad),
};
const uint32_t nmisuses = ARRAY_LEN(misuses);
