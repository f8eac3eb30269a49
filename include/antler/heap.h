/*
 * heap.h - objects that the collector frees.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"
#include "type.h"

/*
 * Make a zeroed object, or n objects in a row.  Never returns NULL: without
 * memory it collects, and if that does not help the program ends with a report
 * of the heap.  Panics if no machine has room for so much ("makeslice: len out
 * of range").  The try forms return NULL instead of both.  Objects of no bytes
 * are all one, which lasts for ever: finalizers and cleanups of it never run.
 */
void *gc_new(const struct gc_type *type);
void *gc_new_array(const struct gc_type *type, size_t n);
void *gc_try_new(const struct gc_type *type);
void *gc_try_new_array(const struct gc_type *type, size_t n);

/* size zeroed bytes that never hold a pointer into the heap. */
void *gc_new_bytes(size_t size);
void *gc_try_new_bytes(size_t size);

/*
 * *slot = value, for every pointer that is stored into the heap or a
 * registered root: the collector may be marking.  Stack variables need none.
 * A plain store in its place loses objects now and then; GODEBUG=gcwild=1 finds
 * it.
 */
void gc_store_ptr(void **slot, void *value);
#define gc_store(slot, value)                                              \
	do {                                                               \
		__typeof__(*(slot)) gc_value_ = (value); /* same type */   \
		gc_store_ptr((void **)(slot), (void *)gc_value_);          \
	} while (0)

/*
 * gc_store with its test in the caller: for the few functions where the call
 * costs too much.  Only in a function that is GC_INLINES_BARRIERS (others panic
 * once the collector marks).  Such a function is not preempted while it may be
 * between the test and the store, but for one that runs for long and calls
 * nothing: then the next collection stops the world for all its marking.
 */
#define GC_INLINES_BARRIERS                                                \
	__attribute__((noinline, section(".text.inlines_barriers")))
#define gc_store_inlined(slot, value)                                      \
	do {                                                               \
		__typeof__(*(slot)) gc_value_ = (value);                   \
		if (__builtin_expect(ANTLER_LOAD_(gc_barrier_on_), 0))     \
			gc_store_inlined_((void **)(slot),                 \
			    (void *)gc_value_);                            \
		else                                                       \
			ANTLER_STORE_(*(slot), gc_value_);                 \
	} while (0)
extern uint32_t gc_barrier_on_;
void gc_store_inlined_(void **slot, void *value);

/* memmove and memset(0) of n objects of type, which may contain pointers; the
 * memory is the caller's to vouch for. */
void gc_move(const struct gc_type *type, void *dst, const void *src, size_t n);
void gc_clear(const struct gc_type *type, void *dst, size_t n);

/*
 * Make the n words at base a root: every pointer in them keeps its object
 * alive, until gc_remove_root(base).  base is a global, aligned to a word; in
 * the heap or on a stack it panics.  To make a root what is one already, or to
 * remove what is none, panics.
 */
void gc_add_root(void *base, size_t nwords);
void gc_remove_root(void *base);
#define gc_root(var) gc_add_root(&(var), sizeof(var) / 8)

/*
 * sync.Pool: objects of the heap to be used again, which the collector may have
 * at any time: what was put back and not used for two collections is gone.  A
 * global or in the collected heap, zeroed but for its first two members.  One
 * that lies on a stack, or is a copy of another in use, panics.
 *
 *	static struct pool buffers = { .make = new_buffer };
 */
struct pool {
	void *(*make)(void *arg);	/* when there is none; or NULL */
	void   *arg;
	void   *store_;
};

/* Any object that was put, or make(arg), or NULL. */
void *pool_get(struct pool *pool);

/* The caller forgets x, an object of the heap.  NULL is ignored. */
void  pool_put(struct pool *pool, void *x);

/*
 * Finalizers: when nothing refers to obj any more, the beginning of an object
 * of the heap, call fn(obj, arg), once, in a goroutine that does nothing else.
 * While fn runs obj is as it was, and fn may keep it, or set a finalizer again;
 * it is freed by a later collection.  Until then arg and all that obj refers to
 * are kept.  So of two objects with finalizers, one of which refers to the
 * other, that one's comes first; and an object with a finalizer that refers to
 * itself, also by way of others, is never freed.  fn NULL takes it back.
 *
 * There is no promise when it is called, or, if the program ends, that it is.
 * Panics as Go does: "runtime.SetFinalizer: finalizer already set" and others.
 */
void gc_set_finalizer(void *obj, void (*fn)(void *obj, void *arg), void *arg);

/*
 * Cleanups: when the object that ptr is in is gone, call fn(arg), once, in the
 * same goroutine.  An object may have many, in any order; arg is kept until
 * then and must not be in the object, or refer to it.  stop takes one back; too
 * late if the object was found to be unreachable.
 */
struct gc_cleanup {
	void    *at_;
	uint64_t number_;
};
struct gc_cleanup gc_add_cleanup(void *ptr, void (*fn)(void *arg), void *arg);
void gc_cleanup_stop(struct gc_cleanup cleanup);

/* Until here p counts as used: what it refers to is neither finalized nor
 * cleaned up, whatever the compiler thinks. */
static inline void
gc_keep_alive(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

/*
 * Weak pointers: weak_value is the address that the weak pointer was made of,
 * or NULL once its object is unreachable (before any finalizer of it runs, and
 * for good); then the caller has it as any other.  Those made of equal pointers
 * are equal.  Zeroed, or made of NULL, it refers to nothing.  In the heap
 * GC_TYPE must name it: for struct node { struct weak up; }, up.handle_.
 */
struct weak {
	struct weak_handle *handle_;
};
struct weak weak_make(void *ptr);
void       *weak_value(struct weak w);
static inline bool
weak_equal(struct weak a, struct weak b)
{
	return a.handle_ == b.handle_;
}

/*
 * Who holds the object that p leads to, an address in it?  Tells on the
 * console: the shortest way to it, from a global, a stack, a register or what
 * else a collection begins with, by the objects between; or that p is no
 * object, or that there is no way.  The goroutine that asks has the address,
 * and counts as holder only if nobody else is one; then, or if there is none,
 * false.  Stops the world for the time of some collections.
 */
bool gc_why(const void *p);

/* Collect now; returns when what was unreachable at the call is free. */
void gc_collect(void);

/*
 * Collect now, and give all pages without objects back to the machine, which
 * has them for stacks, tables or the heap again; Go's debug.FreeOSMemory.  What
 * the heap will not need soon goes back by itself.
 */
void gc_release_memory(void);

/* GOGC: the heap may grow by this percentage between collections; < 0 is off.
 * Returns the value before. */
int  gc_set_percent(int percent);

/* Bytes the heap should stay below; 0 asks only.  Returns the value before. */
uint64_t gc_set_limit(uint64_t bytes);

struct gc_stats {
	uint64_t heap_live;	/* bytes in use after the last collection */
	uint64_t heap_alloc;	/* bytes in use now, garbage included */
	uint64_t heap_sys;	/* bytes of RAM the heap holds */
	uint64_t heap_idle;	/* of those, bytes of pages without objects */
	uint64_t heap_goal;	/* heap_alloc that starts the next collection */
	uint64_t heap_limit;
	uint64_t total_alloc;	/* bytes ever allocated */
	uint64_t mallocs;	/* objects ever allocated */
	uint64_t frees;		/* objects ever freed */
	uint64_t num_gc;	/* collections finished */
	uint64_t pause_total_ns;
	uint64_t pause_max_ns;
	uint64_t pages_released;	/* pages given back to the machine */
};
void gc_read_stats(struct gc_stats *out);
