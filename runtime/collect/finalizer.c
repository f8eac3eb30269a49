/*
 * finalizer.c - finalizers and cleanups: the calls that attach them, and the
 * goroutine that runs them.
 *
 * What is attached to what, and what becomes due when, is the collector's
 * affair (gc/special.c).  Here is one system goroutine, started by the first
 * call that attaches anything, which takes what is due, first in first out, and
 * runs it.  It is woken by a semaphore: sweeping releases it when it leaves
 * something due, and it takes all there is each time, so a release too many is
 * a look in vain, and none is ever missed.
 *
 * It does not count as a goroutine of the program: not in num_goroutine, and
 * not in the search for deadlocks.  A finalizer that panics ends the program;
 * one that calls goexit() ends the goroutine, and its deferred call starts
 * another.
 *
 * Misuse panics with Go's words.  (In Go some of these are fatal.)
 */
#include "runtime/collect/finalizer.h"

#include "gc/gc.h"
#include "kernel/order.h"
#include "lib/check.h"
#include "runtime/fail/fatal.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"

static struct once runner_once;
static struct sema runner_work;

/* Run one; apart, so that nothing of it stays on the stack. */
static NOINLINE bool
run_one(void)
{
	struct gc_errand errand;

	if (!gc_take_errand(&errand))
		return false;
	/* Nobody has the object any more: all that was done to it was done
	 * before. */
	order_acquire_all();
	if (errand.finalizer)
		errand.fn.finalizer(errand.obj, errand.arg);
	else
		errand.fn.cleanup(errand.arg);
	return true;
}

static void start_runner(void *unused);

static void
run_forever(void *unused)
{
	(void)unused;
	defer(start_runner, NULL);
	for (;;) {
		/* There may be a million, none of which calls anything that
		 * gives way. */
		while (run_one())
			if (UNLIKELY(p_is_wanted(this_p())))
				give_way();
		sema_acquire(&runner_work);
	}
}

static void
start_runner(void *unused)
{
	(void)unused;
	if (spawn("finalizers", run_forever, NULL, true, NO_CREATOR) != NULL)
		return;
	/* As go() does. */
	gc_collect();
	if (spawn("finalizers", run_forever, NULL, true, NO_CREATOR) == NULL)
		fatal_error("out of memory: no stack for the finalizers");
}

void
finalizers_wake(void)
{
	sema_release(&runner_work);
}

/* Is p the object of no bytes?  It lasts for ever: what would be done at its
 * end is never done, and a weak pointer to it never becomes NULL. */
static bool
is_immortal(const void *p)
{
	return p == gc_zero_object;
}

/* No record could be had: collect, the first time. */
static void
out_of_records(bool *before)
{
	if (*before)
		fatal_error("out of memory: no record for a finalizer, cleanup "
		    "or weak pointer");
	*before = true;
	gc_collect();
}

/*
 * When obj, the beginning of an object of the heap, is unreachable, call
 * fn(obj, arg) once; fn NULL: don't.  Panics if obj is anything else, or has a
 * finalizer and fn is not NULL.  Any goroutine.
 */
void
gc_set_finalizer(void *obj, void (*fn)(void *obj, void *arg), void *arg)
{
	struct gc_object o;
	enum gc_attached result;
	bool collected = false;

	if (obj == NULL)
		go_panic("runtime.SetFinalizer: first argument is nil");
	if (is_immortal(obj))
		return;
	if (!gc_find_object(obj, &o) || !o.allocated)
		go_panic("runtime.SetFinalizer: pointer not in heap");
	if (o.base != obj)
		go_panic("runtime.SetFinalizer: pointer not at beginning of "
		    "allocated block");
	if (fn == NULL) {
		gc_detach_finalizer(obj);
		return;
	}
	once_do(&runner_once, start_runner, NULL);
	while ((result = gc_attach_finalizer(obj, fn, arg)) ==
	    GC_ATTACHED_NO_MEMORY)
		out_of_records(&collected);
	if (result == GC_ATTACHED_ALREADY)
		go_panic("runtime.SetFinalizer: finalizer already set");
}

/*
 * When the object that ptr is in is gone, call fn(arg) once.  Panics if ptr is
 * in no object of the heap, or arg is in the same, for then fn would never be
 * called.  Any goroutine.
 */
struct gc_cleanup
gc_add_cleanup(void *ptr, void (*fn)(void *arg), void *arg)
{
	struct gc_cleanup cleanup;
	struct gc_object  o, a;
	bool collected = false;

	if (ptr == NULL)
		go_panic("runtime.AddCleanup: ptr is nil");
	if (fn == NULL)
		go_panic("runtime.AddCleanup: cleanup is nil");
	if (ptr == arg)
		go_panic("runtime.AddCleanup: ptr is equal to arg, cleanup "
		    "will never run");
	if (is_immortal(ptr))
		return (struct gc_cleanup){ NULL, 0 };
	if (!gc_find_object(ptr, &o) || !o.allocated)
		go_panic("runtime.AddCleanup: ptr not in allocated block");
	if (gc_find_object(arg, &a) && a.base == o.base)
		go_panic("runtime.AddCleanup: arg is in the object of ptr, "
		    "cleanup will never run");
	once_do(&runner_once, start_runner, NULL);
	while ((cleanup.at_ = gc_attach_cleanup(ptr, fn, arg,
	    &cleanup.number_)) == NULL)
		out_of_records(&collected);
	return cleanup;
}

/* Take cleanup back, unless it is due already, or was run.  Any goroutine. */
void
gc_cleanup_stop(struct gc_cleanup cleanup)
{
	if (cleanup.at_ == NULL)
		return;
	touch_in(cleanup.at_, GC_CLEANUP_BYTES);
	gc_detach_cleanup(cleanup.at_, cleanup.number_);
}

/*
 * A weak pointer to ptr, an address in an object of the heap; to nothing for
 * NULL.  Panics if there is no object.  Any goroutine.
 */
struct weak
weak_make(void *ptr)
{
	struct weak      w = { NULL };
	struct gc_object o;
	bool             collected = false;

	if (ptr == NULL)
		return w;
	if (!is_immortal(ptr) && (!gc_find_object(ptr, &o) || !o.allocated))
		go_panic("weak_make: %p is not in an object of the heap", ptr);
	while ((w.handle_ = gc_weak_handle(ptr)) == NULL)
		out_of_records(&collected);
	return w;
}
