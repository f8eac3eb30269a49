/*
 * slice.c - slices; see include/antler/slice.h.
 *
 * A slice grows by Go's rule, because programs are written with this rule in
 * mind.  The new room is twice the old room below 256 elements; from there the
 * factor falls smoothly towards 1.25.  If the allocator rounds the size up, the
 * elements that fit into the rest are room, too.
 */
#include "gc/gc.h"
#include "lib/check.h"
#include "lib/compiler.h"

enum { DOUBLE_BELOW = 256 };

/* Return the new room, in elements, of a slice with room for cap elements that
 * must hold len > cap elements. */
static FOR_PROGRAMS size_t
grown(const struct gc_type *elem, size_t cap, size_t len)
{
	size_t want = cap, nbytes;

	if (len > 2 * cap)
		want = len;
	else if (cap < DOUBLE_BELOW)
		want = 2 * cap;
	else
		while (want < len)
			want += (want + 3 * DOUBLE_BELOW) / 4;
	if (elem->size == 0 || __builtin_mul_overflow(elem->size, want,
	    &nbytes) || nbytes > GC_BYTES_MAX)
		return want;	/* gc_new_array panics if it is too large */
	return gc_slot_size(nbytes) / elem->size;
}

/* Panics if cap < len. */
FOR_PROGRAMS struct slice
slice_make(const struct gc_type *elem, size_t len, size_t cap)
{
	if (cap < len)
		go_panic("runtime error: makeslice: cap out of range");
	return (struct slice){ gc_new_array(elem, cap), len, cap };
}

FOR_PROGRAMS struct slice
slice_append(const struct gc_type *elem, struct slice s, const void *elems,
    size_t n)
{
	struct slice to = s;

	if (__builtin_add_overflow(s.len, n, &to.len) ||
	    to.len > PTRDIFF_MAX)
		go_panic("runtime error: growslice: len out of range");
	if (to.len > s.cap) {
		to.cap = grown(elem, s.cap, to.len);
		to.ptr = gc_new_array(elem, to.cap);
		gc_move(elem, to.ptr, s.ptr, s.len);
	}
	if (n != 0)
		gc_move(elem, (char *)to.ptr + s.len * elem->size, elems, n);
	return to;
}

FOR_PROGRAMS struct slice
slice_sub(const struct gc_type *elem, struct slice s, size_t lo, size_t hi)
{
	if (hi > s.cap)
		go_panic("runtime error: slice bounds out of range [:%zu] "
		    "with capacity %zu", hi, s.cap);
	if (lo > hi)
		go_panic("runtime error: slice bounds out of range [%zu:%zu]",
		    lo, hi);
	/* A result without room must not point past the end of the array, where
	 * another object may begin. */
	if (lo < s.cap)
		s.ptr = (char *)s.ptr + lo * elem->size;
	s.len = hi - lo;
	s.cap -= lo;
	return s;
}

FOR_PROGRAMS size_t
slice_copy(const struct gc_type *elem, struct slice dst, struct slice src)
{
	size_t n = MIN(dst.len, src.len);

	if (n != 0)
		gc_move(elem, dst.ptr, src.ptr, n);
	return n;
}

FOR_PROGRAMS void
slice_clear(const struct gc_type *elem, struct slice s)
{
	if (s.len != 0)
		gc_clear(elem, s.ptr, s.len);
}

NORETURN void
antler_slice_index(size_t i, size_t len)
{
	go_panic("runtime error: index out of range [%zu] with length %zu", i,
	    len);
}
