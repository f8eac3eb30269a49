/*
 * slice.h - slices: arrays in the collected heap that know how long they are.
 */
#pragma once

#include <stddef.h>

#include "type.h"

/*
 * A slice as in Go: len elements at ptr, with room for cap elements.  The
 * caller passes the type of the elements to each function, always the same one
 * for one slice.  A zeroed slice is empty.  A slice is a value: a copy of it
 * shares its elements.  In a struct of the heap GC_TYPE must name ptr: for
 * struct page { struct slice words; } that is GC_TYPE(page, words.ptr).
 *
 *	struct slice s = { 0 };
 *	s = slice_append(&node_type, s, &node, 1);
 *	struct node *first = slice_at(&node_type, s, 0);
 *
 * All functions check bounds, and panic in Go's words if one is passed
 * ("runtime error: index out of range [5] with length 3").  Elements that hold
 * pointers must be changed only by gc_store, gc_move, gc_clear and the
 * functions here.
 */
struct slice {
	void  *ptr;
	size_t len, cap;
};

/* Return a slice of len zeroed elements with room for cap >= len.  The size of
 * elem may be 0.  Panics if cap < len, or if no machine has so much memory
 * ("makeslice: len out of range").  Fatal if this one has not. */
struct slice slice_make(const struct gc_type *elem, size_t len, size_t cap);

/* Return s with n more elements, which are copied from elems; that may point
 * into s.  If they do not fit into the room of s, the result has a new array
 * with some more room, and the array of s is as it was. */
struct slice slice_append(const struct gc_type *elem, struct slice s,
    const void *elems, size_t n);

/* Return s[lo:hi], which shares the elements of s; lo <= hi <= cap.  hi may be
 * more than len. */
struct slice slice_sub(const struct gc_type *elem, struct slice s, size_t lo,
    size_t hi);

/* Copy elements from src to dst, as many as the shorter one has.  The two may
 * overlap.  Returns how many were copied. */
size_t slice_copy(const struct gc_type *elem, struct slice dst,
    struct slice src);

/* Set all len elements to zero. */
void slice_clear(const struct gc_type *elem, struct slice s);

/* Return the address of element i, where i < len. */
void antler_slice_index(size_t i, size_t len)
    __attribute__((noreturn, cold));
static inline void *
slice_at(const struct gc_type *elem, struct slice s, size_t i)
{
	if (__builtin_expect(i >= s.len, 0))
		antler_slice_index(i, s.len);
	return (char *)s.ptr + i * elem->size;
}
