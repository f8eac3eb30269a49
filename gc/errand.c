/*
 * errand.c - the queue of finalizers and cleanups that are due, first in first
 * out.  The sweeper that finds their objects dead puts them on the queue; the
 * goroutine that runs them takes them off.
 */
#include "gc/special_internal.h"

/*
 * Field key:	[L] by special_lock	[a] atomic
 */
static struct {
	struct special  *due, **due_end;	/* [L] */
	ATOMIC(uint32_t) fresh;		/* [a] 1: something is due for which
					 * nobody was woken */
} errands = { .due_end = &errands.due };

void
special_queue_locked(struct special *sp, enum special_kind kind)
{
	/* relaxed: locked.  A record that is due has no number any more. */
	store_relaxed(&sp->tag, (uint64_t)kind);
	sp->next = NULL;
	*errands.due_end = sp;
	errands.due_end = &sp->next;
	/* relaxed: special_announce says why. */
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
	/* The caller's stack may have been scanned already. */
	special_shade(out->obj);
	special_shade(out->arg);
	return true;
}

void
special_announce(void)
{
	/* relaxed, both: the lock guards the queue.  If a sweeper sets fresh
	 * again after the store below, the next call sees it. */
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
