/*
 * slice.h - slices: arrays in the collected heap that know how long they are.
 */
#pragma once

#include <stddef.h>

#include "type.h"

/*
 * Go's slice: len elements at ptr, with room for cap.  The type of the elements
 * is the caller's to know and to pass, always the same.  Zeroed it is empty.
 * It is a value: a copy shares the elements.  In the heap GC_TYPE must name
 * ptr: for struct page { struct slice words; }, GC_TYPE(page, words.ptr).
 *
 *	struct slice s = { 0 };
 *	s = slice_append(&node_type, s, &node, 1);
 *	struct node *first = slice_at(&node_type, s, 0);
 *
 * Bounds are checked; what is beyond panics with Go's words ("runtime error:
 * index out of range [5] with length 3").  Elements that hold pointers are
 * changed by gc_store, gc_move, gc_clear and the functions here.
 */
struct slice {
	void  *ptr;
	size_t len, cap;
};

/* Make len zeroed elements, with room for cap >= len.  Panics if no machine has
 * room for so many ("makeslice: len out of range").  elem may be of size 0. */
struct slice slice_make(const struct gc_type *elem, size_t len, size_t cap);

/* s and n elements more, copied from elems, which may be s's own.  If they do
 * not fit the result is a new array, with some room left, and s is as it was.
 */
struct slice slice_append(const struct gc_type *elem, struct slice s,
    const void *elems, size_t n);

/* s[lo:hi], of the same elements, lo <= hi <= cap; hi may be beyond len. */
struct slice slice_sub(const struct gc_type *elem, struct slice s, size_t lo,
    size_t hi);

/* Copy as many elements as both have, from any place to any; how many. */
size_t slice_copy(const struct gc_type *elem, struct slice dst,
    struct slice src);

/* Zero all len elements. */
void slice_clear(const struct gc_type *elem, struct slice s);

/* Element i < len. */
void antler_slice_index(size_t i, size_t len)
    __attribute__((noreturn, cold));
static inline void *
slice_at(const struct gc_type *elem, struct slice s, size_t i)
{
	if (__builtin_expect(i >= s.len, 0))
		antler_slice_index(i, s.len);
	return (char *)s.ptr + i * elem->size;
}
