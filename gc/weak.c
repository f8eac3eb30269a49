/*
 * weak.c - weak pointers.
 *
 * A weak pointer is a pointer to a handle (special.h), and the handle is all
 * that knows the object.  For one address there is one handle as long as its
 * object lives, so weak pointers are equal if their handles are.
 *
 * weak_value against the collector.  It runs in runtime text, so the phase and
 * heap.sweepgen stay as they are from its beginning to its end, and what it
 * returns is on the stack of a goroutine when they change next.  So only what
 * is under way as it runs matters:
 *
 *	Marking.  The object may be white, with no other pointer to it left:
 *	then it is not old in the sense of MARKER-1.  So it is shaded.  From
 *	then on all that can be reached through it counts as old, and MARKER-2
 *	holds for it: it begins with a grey object.  That may come after
 *	the last harvest, while the end of marking is being decided; the second
 *	stop finds it, and marking goes on (MARKER-3), once at most for each
 *	object that was white when marking began.
 *
 *	Sweeping.  A span that awaits it holds objects that are dead and whose
 *	handles do not say so yet.  If the span is settled the handle tells the
 *	truth (SPECIAL-4).  If not, the lock keeps the sweeper off the span's
 *	bits while we look at the object's: white is dead.
 *
 *	Freeing.  The span that we look at may be freed as we look, if the
 *	object is dead: its record may be anything by then.  But the handle was
 *	set to NULL before, and we read it again after: acquire on what we read
 *	in the record orders that.
 */
#include "gc/special_internal.h"
#include "gc/weak_table.h"
#include "kernel/syncpoint.h"

/* What handle refers to, for who does not know that its span is swept; 0 if
 * that is not to be had any more. */
static NOINLINE uintptr_t
value_of_slow(const struct weak_handle *handle)
{
	uintptr_t    ptr;
	struct span *s;

	spin_lock(&special_lock);
	/* relaxed: locked. */
	ptr = load_relaxed(&handle->ptr);
	/* Not NULL, so the special is there, and the object not swept. */
	s = ptr != 0 ? span_of(ptr) : NULL;
	if (s != NULL && load_relaxed(&s->specials_gen) !=
	    load_relaxed(&heap.sweepgen) && span_white(s, span_index(s, ptr)) &&
	    !FAULT(gc_weak_unswept))
		ptr = 0;					/* SPECIAL-4 */
	spin_unlock(&special_lock);
	return ptr;
}

/* Does ptr lie in a span whose handles tell the truth? */
INLINE bool
is_settled(uintptr_t ptr)
{
	struct span *s = span_of(ptr);

	/* acquire: pairs with store_release in special.c, and see Freeing.
	 * relaxed: changes only with the world stopped. */
	return s != NULL &&
	    load_acquire(&s->specials_gen) == load_relaxed(&heap.sweepgen);
}

/* The object that w was made of, or NULL. */
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
