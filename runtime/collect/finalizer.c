/*
 * finalizer.c - finalizers and cleanups: the calls that attach them, and the
 * goroutine that runs them.
 *
 * The collector keeps track of what is attached to which object, and decides
 * what is due when (gc/special.c).  This file has the runner: one system
 * goroutine, started by the first call that attaches a finalizer or cleanup.
 * The runner takes what is due, first in, first out, and runs it.  It waits at
 * a semaphore, which sweeping releases when something has become due.  Each
 * time it is woken, it runs all that is due.  So a needless release costs only
 * a look in vain, and nothing that is due is ever missed.
 *
 * The runner does not count as a goroutine of the program, neither in
 * num_goroutine nor in the search for deadlocks.  A finalizer that panics ends
 * the program.  A finalizer that calls goexit() ends the runner, whose deferred
 * call then starts another runner.
 *
 * Misuse panics with Go's words.  (In Go some of these cases are fatal.)
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

/* Run one finalizer or cleanup.  Returns false if none is due.  This is a
 * function of its own, so that no pointer to the object stays in the runner's
 * frame. */
static NOINLINE bool
run_one(void)
{
	struct gc_errand errand;

	if (!gc_take_errand(&errand))
		return false;
	/* No other goroutine can reach the object any more.  So all that was
	 * done to the object was done before the finalizer. */
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
		/* A million finalizers may be due, none of which calls a
		 * function that gives way. */
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
	/* There is no memory: collect and try again, as go() does. */
	gc_collect();
	if (spawn("finalizers", run_forever, NULL, true, NO_CREATOR) == NULL)
		fatal_error("out of memory: no stack for the finalizers");
}

void
finalizers_wake(void)
{
	sema_release(&runner_work);
}

/* Is p the object of no bytes?  That object exists for ever: its finalizers and
 * cleanups never run, and a weak pointer to it never becomes NULL. */
static bool
is_immortal(const void *p)
{
	return p == gc_zero_object;
}

/* Handle the lack of memory for a record: collect garbage the first time, and
 * end the program the second time.  *before tells whether it is the second
 * time. */
static void
out_of_records(bool *before)
{
	if (*before)
		fatal_error("out of memory: no record for a finalizer, cleanup "
		    "or weak pointer");
	*before = true;
	gc_collect();
}

/* Panics if obj is not the beginning of an object of the heap, or if obj has a
 * finalizer and fn is not NULL. */
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

/* Panics if ptr is not in an object of the heap, or if arg is in the object of
 * ptr: then fn would never be called. */
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

void
gc_cleanup_stop(struct gc_cleanup cleanup)
{
	if (cleanup.at_ == NULL)
		return;
	touch_in(cleanup.at_, GC_CLEANUP_BYTES);
	gc_detach_cleanup(cleanup.at_, cleanup.number_);
}

/* Panics if ptr is neither NULL nor in an object of the heap. */
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
