/*
 * waitgroup.c - wait groups: a count, the number of goroutines that wait until
 * it is 0, and the semaphore at which they wait.
 *
 *	WG-1	The number of waiters rises only while the count is above 0: the
 *		CAS that adds a waiter checks both.  The goroutine that brings
 *		the count to 0 sets the number of waiters to 0 at once, and
 *		gives one permit for each waiter.  So each wait gets exactly one
 *		permit.
 *
 * The group is not touched after the last permit is given, so the group may
 * cease to exist as soon as the last wg_wait has returned.  The group may also
 * be used again at once, even while goroutines still return from the last
 * wg_wait: each of these goroutines has its permit, or is in line for it ahead
 * of all goroutines that wait later.
 */
#include "gc/gc.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "kernel/probe.h"
#include "runtime/sched/sema.h"

/*
 * state is count << 32 | waiters.  So one fetch-and-add changes the count and
 * also tells whether there is a waiter to wake.
 */
struct wg_impl {
	ATOMIC(uint64_t) state;		/* [a] WG-1 */
	struct sema      sema;
};

_Static_assert(sizeof(struct wg_impl) == sizeof(struct waitgroup), "opaque");

/* Wake all waiters of impl, because the count has become 0 while goroutines
 * wait; or panic, because the count has become negative. */
static NOINLINE FOR_PROGRAMS void
reached(struct wg_impl *impl, uint64_t state)
{
	if ((int64_t)state < 0)
		go_panic("sync: negative WaitGroup counter");
	/* relaxed: the semaphore orders what the goroutines did before wg_done
	 * before the returns of wg_wait. */
	if (!cas_relaxed(&impl->state, &state, 0))
		go_panic("sync: WaitGroup misuse: Add called concurrently with "
		    "Wait");
	sema_release_many(&impl->sema, (uint32_t)state);	/* WG-1 */
}

INLINE int64_t
count_of(uint64_t state)
{
	return (int64_t)state >> 32;
}

/* Add n to the count.  Returns the new state. */
INLINE uint64_t
add(struct wg_impl *impl, int n)
{
	uint64_t delta = (uint64_t)(int64_t)n << 32;

	probe_aligned_dword(impl);
	if (n < 0)
		order_release(impl);
	/* acq_rel: a goroutine that returns from wg_wait sees what the others
	 * did before their wg_done.  Pairs with the acquires in wg_wait, and
	 * with the other calls of this function. */
	return add_acq_rel_dword(&impl->state, delta) + delta;
}

/* Handle the two special cases of wg_add, after n was added: the count is 0 or
 * less now, or it was 0 or less before. */
static NOINLINE FOR_PROGRAMS void
added(struct wg_impl *impl, uint64_t state, int n)
{
	if (count_of(state) <= 0 && state != 0)
		reached(impl, state);
	if (n <= 0)
		return;
	/* The count was negative before, so the group was overwritten. */
	if (count_of(state) < n)
		go_panic("sync: negative WaitGroup counter");
	/* The count was 0 before, and waiters are just being woken. */
	if ((uint32_t)state != 0)
		go_panic("sync: WaitGroup misuse: Add called concurrently with "
		    "Wait");
}

FOR_PROGRAMS void
wg_add(struct waitgroup *wg, int n)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	uint64_t state = add(impl, n);

	if (UNLIKELY(count_of(state) <= 0 || count_of(state) <= n))
		added(impl, state, n);
}

FOR_PROGRAMS void
wg_done(struct waitgroup *wg)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	uint64_t state = add(impl, -1);

	if (UNLIKELY(count_of(state) <= 0) && state != 0)
		reached(impl, state);
}

FOR_PROGRAMS void
wg_wait(struct waitgroup *wg)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	uint64_t state;

	antler_check_aligned(wg, sizeof(wg->state_));
	/* acquire: pairs with add_acq_rel_dword in add. */
	state = load_acquire(&impl->state);
	do {
		if (state >> 32 == 0) {
			order_acquire(wg);
			return;
		}
		/* acquire: as above, for the state that a failed CAS loads. */
	} while (!cas_acquire(&impl->state, &state, state + 1));
	sema_acquire_why(&impl->sema, "sync.WaitGroup.Wait");
	order_acquire(wg);
}

/* The argument of the goroutine that wg_go starts. */
struct wg_call {
	void            (*fn)(void *arg);
	void             *arg;
	struct waitgroup *wg;
};
GC_TYPE(wg_call, arg, wg);

static void
done(void *wg)
{
	wg_done(wg);
}

static FOR_PROGRAMS void
call_and_done(void *arg)
{
	struct wg_call *call = arg;

	defer(done, call->wg);		/* also if fn ends by goexit() */
	call->fn(call->arg);
}

FOR_PROGRAMS void
wg_go(struct waitgroup *wg, void (*fn)(void *arg), void *arg)
{
	struct wg_call *call;

	if (fn == NULL)
		/* Panic here, not in the new goroutine. */
		go_panic("go of nil func value");
	call = gc_new(&wg_call_type);
	call->fn = fn;
	gc_store(&call->arg, arg);
	gc_store(&call->wg, wg);
	wg_add(wg, 1);
	go(call_and_done, call);
}
