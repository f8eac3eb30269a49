/*
 * atomicptr.c - pointers into the heap that goroutines change without a lock.
 *
 * The functions work as in barrier.c, with an atomic access for the store:
 * while marking, the old value of the slot and the new one are shaded first.
 * If another hart stores a value in between, that hart has shaded it.  A
 * compare-and-swap that fails has shaded in vain; this may keep an object for
 * one cycle longer.
 */
#include "gc/heap.h"
#include "gc/local.h"
#include "kernel/hart.h"
#include "kernel/order.h"
#include "lib/atomic.h"

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
	perturb();
	order_release(p);
	atomic64_store(&p->word_, (uint64_t)value);
}

FOR_PROGRAMS void *
atomicptr_swap(struct atomicptr *p, void *value)
{
	if (heap_marking())
		shade_both(p, value);
	perturb();
	order_both(p);
	return (void *)atomic64_swap(&p->word_, (uint64_t)value);
}

FOR_PROGRAMS bool
atomicptr_cas(struct atomicptr *p, void *old, void *value)
{
	if (heap_marking())
		shade_both(p, value);
	perturb();
	order_both(p);
	return atomic64_cas(&p->word_, (uint64_t)old, (uint64_t)value);
}
