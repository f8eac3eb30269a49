/*
 * weak.c - weak pointers.
 *
 * A weak pointer is a pointer to a handle (special.h), and only the handle
 * knows the object.  As long as the object lives there is one handle for one
 * address, so weak pointers are equal if their handles are.
 *
 * weak_value and the collector: weak_value is runtime text, so the phase and
 * heap.sweepgen do not change while it runs; and when they change next, its
 * result is on the stack of a goroutine.  So only what is under way while it
 * runs matters:
 *
 *	Marking.  The object may be white, with no other pointer to it left.
 *	Then it is not old in the sense of MARKER-1, so it is shaded.  From
 *	then on everything that can be reached through it counts as old, and
 *	MARKER-2 holds for it, because the way to it begins with a grey
 *	object.  The object may be shaded after the last harvest, while the
 *	end of marking is being decided.  Then the second stop finds it, and
 *	marking goes on (MARKER-3), at most once for each object that was
 *	white when marking began.
 *
 *	Sweeping.  A span that awaits sweeping has dead objects whose handles
 *	do not say so yet.  If the span is settled the handle tells the truth
 *	(SPECIAL-4).  If it is not, the lock keeps the sweeper away from the
 *	bits of the span while value_of_slow reads those of the object: if
 *	the object is white it is dead.
 *
 *	Freeing.  If the object is dead its span may be freed while is_settled
 *	reads it, and the record of the span may be anything by then.  But the
 *	handle was set to 0 before the span was freed, and weak_value reads
 *	the handle again afterwards.  The acquire load of a word of the record
 *	orders the two reads.
 */
#include "gc/special_internal.h"
#include "gc/weak_table.h"
#include "kernel/syncpoint.h"

/* Returns what handle refers to, for a caller that does not know whether the
 * span is settled; 0 if the object is dead. */
static NOINLINE uintptr_t
value_of_slow(const struct weak_handle *handle)
{
	uintptr_t    ptr;
	struct span *s;

	spin_lock(&special_lock);
	/* relaxed: locked. */
	ptr = load_relaxed(&handle->ptr);
	/* Not 0, so the special is there, and the object is not swept. */
	s = ptr != 0 ? span_of(ptr) : NULL;
	if (s != NULL && load_relaxed(&s->specials_gen) !=
	    load_relaxed(&heap.sweepgen) && span_white(s, span_index(s, ptr)) &&
	    !FAULT(gc_weak_unswept))
		ptr = 0;					/* SPECIAL-4 */
	spin_unlock(&special_lock);
	return ptr;
}

/* Returns whether ptr lies in a span whose handles tell the truth. */
INLINE bool
is_settled(uintptr_t ptr)
{
	struct span *s = span_of(ptr);

	/* acquire: pairs with store_release in special.c; see also Freeing at
	 * the head.  relaxed: sweepgen changes only with the world stopped. */
	return s != NULL &&
	    load_acquire(&s->specials_gen) == load_relaxed(&heap.sweepgen);
}

FOR_PROGRAMS void *
weak_value(struct weak w)
{
	struct weak_handle *handle = w.handle_;
	uintptr_t           ptr;

	if (handle == NULL)
		return NULL;
	/* relaxed: a first guess, read again below. */
	ptr = load_relaxed(&handle->ptr);
	if (ptr == 0)
		return NULL;
	if (UNLIKELY(!is_settled(ptr)) || load_relaxed(&handle->ptr) != ptr)
		ptr = value_of_slow(handle);
	if (heap_marking() && !FAULT(gc_weak_unshaded))
		gc_shade(&this_hart()->gc->work, (void *)ptr);
	return (void *)ptr;
}

bool
special_is_handle(uintptr_t at, uintptr_t v)
{
	const struct special *sp = weak_table_find(v);

	return sp != NULL && (uintptr_t)sp->arg == at;
}
