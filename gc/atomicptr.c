/*
 * atomicptr.c - pointers into the heap that goroutines change without a lock.
 *
 * As barrier.c, with an atomic access for the store: while marking, what is in
 * the slot and what is to be there are shaded first.  What another hart stores
 * in between has been shaded by it.  A failed compare-and-swap has shaded in
 * vain, which costs an object one cycle.
 */
#include "gc/heap.h"
#include "gc/local.h"
#include "kernel/hart.h"

static NOINLINE FOR_PROGRAMS void
shade_both(struct atomicptr *p, void *value)
{
	struct gc_work *w = &this_hart()->gc->work;

	gc_shade(w, atomicptr_load(p));
	gc_shade(w, value);
}

FOR_PROGRAMS void
atomicptr_store(struct atomicptr *p, void *value)
{
	if (heap_marking())
		shade_both(p, value);
	atomic64_store(&p->word_, (uint64_t)value);
}

FOR_PROGRAMS void *
atomicptr_swap(struct atomicptr *p, void *value)
{
	if (heap_marking())
		shade_both(p, value);
	return (void *)atomic64_swap(&p->word_, (uint64_t)value);
}

FOR_PROGRAMS bool
atomicptr_cas(struct atomicptr *p, void *old, void *value)
{
	if (heap_marking())
		shade_both(p, value);
	return atomic64_cas(&p->word_, (uint64_t)old, (uint64_t)value);
}
