/*
 * waitgroup.c - wait groups: a count, those who wait for it to be 0, and a
 * semaphore they wait at.
 *
 *	WG-1	waiters rises only while the count is above 0, and by the same
 *		CAS; who brings the count to 0 takes all waiters off at once and
 *		gives each a permit.  So a permit belongs to a wait.
 *
 * After the last permit is given the group is not touched, so it may go away as
 * soon as the last wg_wait has returned; and it may be used again at once, also
 * while others still return from the last wait, since each of those has a
 * permit or stands in line for one before all who wait later.
 */
#include "gc/gc.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "kernel/probe.h"
#include "runtime/sched/sema.h"

/*
 * state is count << 32 | waiters, so that one fetch-and-add both counts and
 * tells whether there is anybody to wake.
 */
struct wg_impl {
	ATOMIC(uint64_t) state;		/* [a] WG-1 */
	struct sema      sema;
};

_Static_assert(sizeof(struct wg_impl) == sizeof(struct waitgroup), "opaque");

/* The count is 0 and somebody waits, or it is negative: see to it. */
static NOINLINE FOR_PROGRAMS void
reached(struct wg_impl *impl, uint64_t state)
{
	if ((int64_t)state < 0)
		go_panic("sync: negative WaitGroup counter");
	/* relaxed: the semaphore orders what comes before and after. */
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
	/* acq_rel: what each did before its wg_done is seen after wg_wait. */
	return add_acq_rel_dword(&impl->state, delta) + delta;
}

/* n was added, and the count has come down to 0 or up from there. */
static NOINLINE FOR_PROGRAMS void
added(struct wg_impl *impl, uint64_t state, int n)
{
	if (count_of(state) <= 0 && state != 0)
		reached(impl, state);
	if (n <= 0)
		return;
	/* From below 0, where only a group is that has been overwritten. */
	if (count_of(state) < n)
		go_panic("sync: negative WaitGroup counter");
	/* From 0, and somebody is being woken. */
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
	/* acquire: pairs with add_acq_rel in count. */
	state = load_acquire(&impl->state);
	do {
		if (state >> 32 == 0) {
			order_acquire(wg);
			return;
		}
		/* acquire: as above, for the state a failure brings. */
	} while (!cas_acquire(&impl->state, &state, state + 1));
	sema_acquire_why(&impl->sema, "sync.WaitGroup.Wait");
	order_acquire(wg);
}

/* What wg_go runs. */
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

	defer(done, call->wg);		/* goexit counts as well */
	call->fn(call->arg);
}

FOR_PROGRAMS void
wg_go(struct waitgroup *wg, void (*fn)(void *arg), void *arg)
{
	struct wg_call *call;

	if (fn == NULL)
		go_panic("go of nil func value");	/* here, not there */
	call = gc_new(&wg_call_type);
	call->fn = fn;
	gc_store(&call->arg, arg);
	gc_store(&call->wg, wg);
	wg_add(wg, 1);
	go(call_and_done, call);
}
