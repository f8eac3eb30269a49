/*
 * barrier.c - stores of pointers into the heap and into roots.
 *
 * While nothing is being marked a store is only a store.  While the collector
 * marks, a store also shades, that is, marks and greys, the old value of the
 * slot and the new one.  This is Go's hybrid barrier (Go proposal 17503,
 * Clements and Hudson): a deletion barrier after Yuasa and an insertion barrier
 * after Dijkstra in one.  The deletion barrier keeps what was reachable when
 * marking began.  The insertion barrier never lets a pointer be hidden behind a
 * black object, whatever stack the pointer comes from.  Here every goroutine is
 * scanned before it runs, so the deletion barrier alone would do (MARKER-2);
 * the insertion barrier is for values from elsewhere.  Both values are shaded
 * before the store, into the gc_work of the P, which serves as its barrier
 * buffer.
 *
 * These functions are runtime text: between the test and the store the
 * goroutine is not preempted and the phase does not change.  Functions that
 * work on many words work piece by piece.  For each piece they test, shade and
 * store; after it they give way if the P is wanted (PREEMPT-4 in
 * runtime/sched/preempt.h).  So a collection may begin or end between two
 * pieces, as it may between two calls.
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

/*
 * The sizes of a piece in bytes, multiples of 8.  While marking, each word of a
 * piece may have two white objects to shade, at some 60 instructions each.
 * Bytes without pointers are moved in larger pieces; at worst that takes 4
 * instructions for each byte (copy_down in lib/mem.c).
 */
enum { PIECE = 4 * 1024, PIECE_PLAIN = 8 * 1024 };

/*
 * Shade the words that hold pointers among the bytes from .. to - 1 behind
 * base, where objects of type lie side by side.  from and to are multiples of
 * 8.
 */
static FOR_PROGRAMS void
shade_range(struct gc_work *w, const struct gc_type *type, uintptr_t base,
    size_t from, size_t to)
{
	size_t into = from % type->size;

	for (size_t off = from - into; off < to; off += type->size, into = 0)
		for (size_t i = into / 512; i * 512 < type->ptrdata &&
		    off + i * 512 < to; i++) {
			uint64_t map = ptrmap_of_type(type, i);
			size_t   at = off + i * 512;

			for (; map != 0; map >>= 1, at += 8)
				if ((map & 1) && at >= from && at < to)
					gc_shade(w,
					    (void *)slot_load(base + at));
		}
}

/* Shade value, the old or the new value of a slot.  It is white, or the other
 * one is. */
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

/* Store value in *slot while the collector marks.  Mostly the old and the new
 * value are NULL or black, and nothing is called. */
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

	/* Without this, gcc 12 copies slot to another register first, on the
	 * way that all stores take. */
	SETTLE(slot);
	if (marking)
		store_shading(slot, value);
	else
		slot_store((uintptr_t)slot, (uintptr_t)value);
}

/* CYCLE-3.  Programs load it; it is stored with the world stopped. */
uint32_t gc_barrier_on_;

/* Returns the bytes of n objects of type.  Panics if that is more than
 * GC_BYTES_MAX. */
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

/* Copy len bytes without pointers, which may overlap. */
static FOR_PROGRAMS void
move_plain(uintptr_t d, uintptr_t s, size_t len, bool up)
{
	while (UNLIKELY(len > PIECE_PLAIN)) {
		len -= PIECE_PLAIN;
		if (up) {
			memmove((void *)d, (void *)s, PIECE_PLAIN);
			d += PIECE_PLAIN;
			s += PIECE_PLAIN;
		} else {
			memmove((void *)(d + len), (void *)(s + len),
			    PIECE_PLAIN);
		}
		gc_give_way();
	}
	memmove((void *)d, (void *)s, len);
}

/*
 * Copy the words in the bytes from .. to - 1 of objects of type from s to d.
 * They are copied word by word, not by memmove, because a pointer must never be
 * half copied.
 */
INLINE void
move_piece(const struct gc_type *type, uintptr_t d, uintptr_t s, size_t from,
    size_t to, bool up)
{
	if (heap_marking()) {
		shade_range(&this_hart()->gc->work, type, d, from, to);
		shade_range(&this_hart()->gc->work, type, s, from, to);
	}
	if (up)
		for (; from < to; from += 8)
			slot_store(d + from, slot_load(s + from));
	else
		while (to > from) {
			to -= 8;
			slot_store(d + to, slot_load(s + to));
		}
}

/* Do gc_move of whole words that are more than a piece, len bytes of a type
 * with pointers. */
static NOINLINE FOR_PROGRAMS void
move_long(const struct gc_type *type, uintptr_t d, uintptr_t s, size_t len,
    bool up)
{
	size_t left = len;

	while (left > PIECE) {
		size_t from = up ? len - left : left - PIECE;

		move_piece(type, d, s, from, from + PIECE, up);
		left -= PIECE;
		gc_give_way();
	}
	move_piece(type, d, s, up ? len - left : 0, up ? len : left, up);
}

FOR_PROGRAMS void
gc_move(const struct gc_type *type, void *dst, const void *src, size_t n)
{
	size_t    nbytes = bytes_of(type, n), whole = nbytes / 8 * 8;
	uintptr_t d = (uintptr_t)dst, s = (uintptr_t)src;
	bool      up = d - s >= nbytes;

	if (dst == src)
		return;
	if (type->ptrdata == 0) {
		move_plain(d, s, nbytes, up);
		return;
	}
	/* The bytes behind the last whole word of the last object hold no
	 * pointer. */
	if (!up)
		memmove((void *)(d + whole), (void *)(s + whole), nbytes % 8);
	if (UNLIKELY(whole > PIECE))
		move_long(type, d, s, whole, up);
	else
		move_piece(type, d, s, 0, whole, up);
	if (up)
		memmove((void *)(d + whole), (void *)(s + whole), nbytes % 8);
}

/* Do gc_clear of the words in the bytes from .. to - 1 behind d. */
INLINE void
clear_piece(const struct gc_type *type, uintptr_t d, size_t from, size_t to)
{
	if (heap_marking())
		shade_range(&this_hart()->gc->work, type, d, from, to);
	for (; from < to; from += 8)
		slot_store(d + from, 0);
}

/* Do gc_clear of more than a piece, but for the last piece.  Returns the offset
 * at which the last piece begins. */
static NOINLINE FOR_PROGRAMS size_t
clear_long(const struct gc_type *type, uintptr_t d, size_t len)
{
	size_t at = 0;

	for (; len - at > PIECE; at += PIECE) {
		clear_piece(type, d, at, at + PIECE);
		gc_give_way();
	}
	return at;
}

FOR_PROGRAMS void
gc_zero(void *dst, size_t len)
{
	char *d = dst;

	for (; UNLIKELY(len > PIECE_PLAIN); len -= PIECE_PLAIN) {
		memset(d, 0, PIECE_PLAIN);
		d += PIECE_PLAIN;
		gc_give_way();
	}
	memset(d, 0, len);
}

FOR_PROGRAMS void
gc_clear(const struct gc_type *type, void *dst, size_t n)
{
	size_t    nbytes = bytes_of(type, n), whole = nbytes / 8 * 8, at = 0;
	uintptr_t d = (uintptr_t)dst;

	if (type->ptrdata == 0) {
		gc_zero(dst, nbytes);
		return;
	}
	if (UNLIKELY(whole > PIECE))
		at = clear_long(type, d, whole);
	clear_piece(type, d, at, whole);
	memset((void *)(d + whole), 0, nbytes % 8);
}
