/*
 * gc_objects.h - two simple types, and questions about the heap.
 */
#pragma once

#include "gc/gc.h"

struct pair {
	void *p;
	long  n;
};
struct node {
	struct node *left, *right;
	long         key[6];
};
GC_TYPE(pair, p);
GC_TYPE(node, left, right);

/* Returns true if there is an object at p. */
static inline bool
allocated(const void *p)
{
	struct gc_object o;

	return gc_find_object(p, &o) && o.allocated;
}

/* Returns how many objects there are, which is exact after a collection. */
static inline uint64_t
objects(void)
{
	struct gc_stats s;

	gc_read_stats(&s);
	return s.mallocs - s.frees;
}
