/*
 * slice.c - slices; see include/antler/slice.h.
 *
 * Growth is Go's rule, because programs are written with it in mind: twice the
 * room below 256 elements, from there gliding towards a quarter more; and what
 * the allocator rounds up to is room, too.
 */
#include "gc/gc.h"
#include "lib/check.h"
#include "lib/compiler.h"

enum { DOUBLE_BELOW = 256 };

/* The room for len elements, when there is room for cap < len. */
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
		return want;		/* gc_new_array will say so */
	return gc_slot_size(nbytes) / elem->size;
}

/* len elements of zeros with room for cap.  Panics if cap < len, or no memory
 * could hold so many.  Any goroutine. */
FOR_PROGRAMS struct slice
slice_make(const struct gc_type *elem, size_t len, size_t cap)
{
	if (cap < len)
		go_panic("runtime error: makeslice: cap out of range");
	return (struct slice){ gc_new_array(elem, cap), len, cap };
}

/* s with n elements more, from elems.  Any goroutine. */
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

/* Elements lo to hi - 1 of s.  Any goroutine. */
FOR_PROGRAMS struct slice
slice_sub(const struct gc_type *elem, struct slice s, size_t lo, size_t hi)
{
	if (hi > s.cap)
		go_panic("runtime error: slice bounds out of range [:%zu] "
		    "with capacity %zu", hi, s.cap);
	if (lo > hi)
		go_panic("runtime error: slice bounds out of range [%zu:%zu]",
		    lo, hi);
	/* Nothing at all must not point to what comes behind. */
	if (lo < s.cap)
		s.ptr = (char *)s.ptr + lo * elem->size;
	s.len = hi - lo;
	s.cap -= lo;
	return s;
}

/* Copy from src to dst, which may overlap.  Any goroutine. */
FOR_PROGRAMS size_t
slice_copy(const struct gc_type *elem, struct slice dst, struct slice src)
{
	size_t n = MIN(dst.len, src.len);

	if (n != 0)
		gc_move(elem, dst.ptr, src.ptr, n);
	return n;
}

/* Zero what is in s.  Any goroutine. */
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
