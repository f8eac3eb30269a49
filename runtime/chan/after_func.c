/*
 * after_func.c - timers that run a function in a goroutine of its own.
 *
 * When such a timer is due, its goroutine is started from the scheduler's
 * stack.  There may be no memory for the goroutine's stack, and code on the
 * scheduler's stack can neither wait nor collect garbage.  So the timer goes on
 * a list, and a system goroutine, the starter, does what go() would do: it
 * collects garbage, tries again, and ends the program with a report if there is
 * still no memory.  A function that was due is never dropped silently.
 *
 *	AFTER-1	The starter exists from boot on.
 *	AFTER-2	A timer is on the list, once, exactly while its owed is > 0.
 *		owed counts the runs for which the timer was due and which the
 *		starter has yet to start.
 */
#include "gc/gc.h"
#include "kernel/order.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan/timer.h"
#include "runtime/sched/sched.h"

/*
 * Lock: starter_lock guards the fields marked [L].
 * Field key:	[I] immutable	[L] by lock
 */
struct func_timer {
	struct timer       t;		/* first: see timer.h */
	struct rtimer      r;
	void             (*fn)(void *);	/* [I] */
	void              *arg;		/* [I] */
	struct creator     creator;	/* [I] who called after_func */
	struct func_timer *next_owed;	/* [L] AFTER-2 */
	uint32_t           owed;	/* [L] */
};
GC_TYPE(func_timer, r.child, r.next, arg, next_owed);

static struct spinlock starter_lock = SPINLOCK_INIT("starter", RANK_TIMERS);
static struct func_timer *owed_list;	/* [L] a root */
static struct g *starter;		/* [I] after boot: AFTER-1 */

/* Does a test want the start of the goroutine to fail? */
static bool
test_says_no(void)
{
	return FAULT(after_func_finds_no_stack);
}

/* Put ft, whose goroutine found no memory for its stack, on the list and wake
 * the starter.  Runs on g0. */
static NOINLINE void
owe(struct func_timer *ft)
{
	spin_lock(&starter_lock);
	if (ft->owed++ == 0) {
		gc_store(&ft->next_owed, owed_list);
		gc_store(&owed_list, ft);
	}
	spin_unlock(&starter_lock);
	ready(starter);
}

static void
run_func(struct rtimer *r, uint64_t seq, struct gqueue *ready_now)
{
	struct func_timer *ft = CONTAINER_OF(r, struct func_timer, r);

	(void)seq, (void)ready_now;
	order_born_after(ft);
	if (test_says_no() || spawn(NULL, ft->fn, ft->arg, false,
	    ft->creator) == NULL)
		owe(ft);
}

/* Take one owed run off the list.  Returns its timer, or NULL if none is owed.
 */
static struct func_timer *
take_owed(void)
{
	struct func_timer *ft;

	spin_lock(&starter_lock);
	ft = owed_list;
	if (ft != NULL && --ft->owed == 0) {
		gc_store(&owed_list, ft->next_owed);
		gc_store(&ft->next_owed, NULL);
	}
	spin_unlock(&starter_lock);
	return ft;
}

static void
start_owed_forever(void *unused)
{
	struct func_timer *ft;

	(void)unused;
	for (;;) {
		while ((ft = take_owed()) != NULL)
			spawn_or_die(NULL, ft->fn, ft->arg, ft->creator);
		park("timers without a stack");
	}
}

void
after_func_start(void)
{
	gc_root(owed_list);
	starter = spawn("starter", start_owed_forever, NULL, true, NO_CREATOR);
	if (starter == NULL)
		panic("boot: no memory for the starter of timers' goroutines");
}

struct timer *
after_func(int64_t ns, void (*fn)(void *), void *arg)
{
	struct func_timer *ft;

	if (fn == NULL)
		go_panic("after_func of nil func value");
	ft = gc_new(&func_timer_type);
	ft->r.fire = run_func;
	seal_set(&ft->t.seal, ft, SEAL_TIMER_FUNC);
	ft->fn = fn;
	gc_store(&ft->arg, arg);
	ft->creator = (struct creator){
		(uintptr_t)__builtin_return_address(0), goid() };
	order_release(ft);
	rtimer_set(&ft->r, timers_after(timers_now(), ns), 0);
	return &ft->t;
}

bool
func_timer_stop(struct timer *t)
{
	return rtimer_stop(&((struct func_timer *)t)->r);
}

bool
func_timer_reset(struct timer *t, int64_t ns)
{
	order_release(t);
	return rtimer_set(&((struct func_timer *)t)->r,
	    timers_after(timers_now(), ns), 0);
}
