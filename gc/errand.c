/*
 * errand.c - finalizers and cleanups that are due, first in first out: from the
 * sweeper that finds their objects dead to the goroutine that runs them.
 */
#include "gc/special_internal.h"

/*
 * Field key:	[L] by special_lock	[a] atomic
 */
static struct {
	struct special  *due, **due_end;	/* [L] */
	ATOMIC(uint32_t) fresh;		/* [a] something is due that nobody was
					 * woken for */
} errands = { .due_end = &errands.due };

void
special_queue_locked(struct special *sp, enum special_kind kind)
{
	/* relaxed: locked.  It has no number any more. */
	store_relaxed(&sp->tag, (uint64_t)kind);
	sp->next = NULL;
	*errands.due_end = sp;
	errands.due_end = &sp->next;
	/* relaxed: special_announce. */
	store_relaxed(&errands.fresh, 1);
}

bool
gc_take_errand(struct gc_errand *out)
{
	struct special *sp;
	bool finalizer;

	spin_lock(&special_lock);
	sp = errands.due;
	if (sp != NULL) {
		errands.due = sp->next;
		if (sp->next == NULL)
			errands.due_end = &errands.due;
		finalizer = special_kind(sp) == SPECIAL_DUE_FINALIZER;
		*out = (struct gc_errand){
			.finalizer = finalizer,
			.obj = finalizer ? (void *)sp->ptr : NULL,
			.fn = sp->fn,
			.arg = sp->arg,
		};
		special_free_locked(sp);
	}
	spin_unlock(&special_lock);
	if (sp == NULL)
		return false;
	/* The caller's stack may have been scanned. */
	special_shade(out->obj);
	special_shade(out->arg);
	return true;
}

void
special_announce(void)
{
	/* relaxed, both: the queue is under the lock; who sets it again makes
	 * the next call see it. */
	if (LIKELY(load_relaxed(&errands.fresh) == 0) ||
	    !gc_host.can_collect() || gc_host.wake_finalizers == NULL)
		return;
	store_relaxed(&errands.fresh, 0);
	gc_host.wake_finalizers();
}

size_t
special_ndue(void)
{
	size_t n = 0;

	for (struct special *sp = errands.due; sp != NULL; sp = sp->next)
		n++;
	return n;
}
