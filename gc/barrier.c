/*
 * barrier.c - stores of pointers into the heap and into roots.
 *
 * While nothing is being marked a store is a store.  While marking it shades,
 * that is, marks and greys, the old value of the slot and the new one: Go's
 * hybrid barrier (Go proposal 17503, Clements and Hudson), a deletion barrier
 * after Yuasa and an insertion barrier after Dijkstra in one.  The first keeps
 * what was reachable when marking began.  The second hides nothing behind a
 * black object, whatever stack the value comes from.  Here every goroutine is
 * scanned before it runs, so the first alone would do (MARKER-2); the second is
 * for values from elsewhere.  Both go before the store, into the P's gc_work,
 * which is its barrier buffer.
 *
 * These functions are runtime text: nobody is preempted, and no phase changes,
 * between the test and the store.
 */
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/misuse.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/type.h"
#include "kernel/hart.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"

/* Shade the words of n objects of type at base; where their maps say so. */
static FOR_PROGRAMS void
shade_range(struct gc_work *w, const struct gc_type *type, uintptr_t base,
    size_t n)
{
	for (; n > 0; n--, base += type->size)
		for (size_t i = 0; i * 512 < type->ptrdata; i++) {
			uint64_t  map = ptrmap_of_type(type, i);
			uintptr_t at = base + i * 512;

			for (; map != 0; map >>= 1, at += 8)
				if (map & 1)
					gc_shade(w, (void *)slot_load(at));
		}
}

/* Shade one of the two values, one that is white. */
static NOINLINE void
shade(void *value)
{
	gc_shade(&this_hart()->gc->work, value);
}

static NOINLINE FOR_PROGRAMS void
store_and_shade(void **slot, void *value)
{
	if (!FAULT(gc_no_deletion))
		shade((void *)slot_load((uintptr_t)slot));
	if (!FAULT(gc_no_insertion))
		shade(value);
	slot_store((uintptr_t)slot, (uintptr_t)value);
}

/* While marking.  Mostly both values are NULL or black: then no call. */
static NOINLINE FOR_PROGRAMS void
store_shading(void **slot, void *value)
{
	if (UNLIKELY(span_leads_to_white(slot_load((uintptr_t)slot)) ||
	    span_leads_to_white((uintptr_t)value)))
		store_and_shade(slot, value);
	else
		slot_store((uintptr_t)slot, (uintptr_t)value);
}

FOR_PROGRAMS void
gc_store_ptr(void **slot, void *value)
{
	bool marking = heap_marking();

	/* gcc 12 would copy slot to another register first, on the way that all
	 * stores take. */
	SETTLE(slot);
	if (marking)
		store_shading(slot, value);
	else
		slot_store((uintptr_t)slot, (uintptr_t)value);
}

/* CYCLE-3.  For programs to load; stored with the world stopped. */
uint32_t gc_barrier_on_;

/* The bytes of n objects of type; panics if that overflows. */
static FOR_PROGRAMS size_t
bytes_of(const struct gc_type *type, size_t n)
{
	size_t nbytes;

	gc_check_type(type, n);
	if (__builtin_mul_overflow(type->size, n, &nbytes) ||
	    nbytes > GC_BYTES_MAX)
		GC_MISUSE("runtime error: slice bounds out of range: "
		    "%zu x %s", n, type_name(type));
	return nbytes;
}

/* Copy n objects of type from src to dst, which may overlap. */
FOR_PROGRAMS void
gc_move(const struct gc_type *type, void *dst, const void *src, size_t n)
{
	size_t    nbytes = bytes_of(type, n);
	uintptr_t d = (uintptr_t)dst, s = (uintptr_t)src;

	if (type->ptrdata == 0 || dst == src) {
		memmove(dst, src, nbytes);
		return;
	}
	if (heap_marking()) {
		shade_range(&this_hart()->gc->work, type, d, n);
		shade_range(&this_hart()->gc->work, type, s, n);
	}
	/* By words, not memmove: a pointer must never be half copied.  What
	 * the last object has behind its last whole word holds none. */
	if (d - s >= nbytes) {
		for (size_t i = 0; i < nbytes / 8; i++)
			slot_store(d + i * 8, slot_load(s + i * 8));
		memmove((void *)(d + nbytes / 8 * 8),
		    (void *)(s + nbytes / 8 * 8), nbytes % 8);
	} else {
		memmove((void *)(d + nbytes / 8 * 8),
		    (void *)(s + nbytes / 8 * 8), nbytes % 8);
		for (size_t i = nbytes / 8; i-- > 0;)
			slot_store(d + i * 8, slot_load(s + i * 8));
	}
}

/* Zero n objects of type at dst. */
FOR_PROGRAMS void
gc_clear(const struct gc_type *type, void *dst, size_t n)
{
	size_t    nbytes = bytes_of(type, n);
	uintptr_t d = (uintptr_t)dst;

	if (type->ptrdata == 0) {
		memset(dst, 0, nbytes);
		return;
	}
	if (heap_marking())
		shade_range(&this_hart()->gc->work, type, d, n);
	for (size_t i = 0; i < nbytes / 8; i++)
		slot_store(d + i * 8, 0);
	memset((void *)(d + nbytes / 8 * 8), 0, nbytes % 8);
}
