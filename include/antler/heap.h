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
 * Make a zeroed object of type, or n zeroed objects of type in a row.  Returns
 * the object; never NULL.  If there is no memory the call first collects
 * garbage; if that does not help it is fatal, with a report of what the heap
 * holds.  Panics ("makeslice: len out of range") if no machine has room for so
 * many bytes, and if type is no constant or contradicts itself.  Where gc_new
 * and gc_new_array would be fatal for lack of memory, or would panic because of
 * the length, the try forms return NULL.
 *
 * All objects of no bytes are one object, which lasts for ever: finalizers and
 * cleanups that are attached to this object never run.
 */
void *gc_new(const struct gc_type *type);
void *gc_new_array(const struct gc_type *type, size_t n);
void *gc_try_new(const struct gc_type *type);
void *gc_try_new_array(const struct gc_type *type, size_t n);

/* Make size zeroed bytes that never hold a pointer into the heap.  Returns
 * them, with the panics and fatal ends of gc_new; the try form returns NULL
 * instead. */
void *gc_new_bytes(size_t size);
void *gc_try_new_bytes(size_t size);

/*
 * Store value in *slot.  Every store of a pointer into the heap or into a
 * registered root must be a gc_store, because the collector may be marking at
 * that moment.  Variables on a stack need no gc_store.  A plain store in the
 * place of a gc_store loses an object now and then; GODEBUG=gcwild=1 finds such
 * stores.
 */
void gc_store_ptr(void **slot, void *value);
#define gc_store(slot, value)                                              \
	do {                                                               \
		__typeof__(*(slot)) gc_value_ = (value); /* same type */   \
		gc_store_ptr((void **)(slot), (void *)gc_value_);          \
	} while (0)

/*
 * Do what gc_store does, but test in the calling function, not in a called one,
 * whether the collector is marking.  This is for the few functions where the
 * call costs too much.  Only a function that is GC_INLINES_BARRIERS may contain
 * gc_store_inlined; in any other function it panics when the collector marks.
 * A GC_INLINES_BARRIERS function is not preempted while it may be between the
 * test and the store.  The exception is a function that runs for long and calls
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

/*
 * Copy n objects of type from src to dst, which may overlap (gc_move), or zero
 * n objects of type at dst (gc_clear).  The objects may contain pointers.  A
 * long call gives way to other goroutines after each piece.  Both panic if n
 * objects of type are more bytes than any machine has.  The caller guarantees
 * that the memory holds n such objects; this is not checked.
 */
void gc_move(const struct gc_type *type, void *dst, const void *src, size_t n);
void gc_clear(const struct gc_type *type, void *dst, size_t n);

/*
 * Make the nwords words at base a root: every pointer in them keeps its object
 * alive until gc_remove_root(base).  base is the address of a global, aligned
 * to a word.  gc_add_root panics if base is NULL, misaligned, in the heap, on a
 * stack, or the base of a root already; gc_remove_root panics if base is the
 * base of no root.  When gc_remove_root returns, the collector does not read
 * the words any more.  Both give way to other goroutines while they work on a
 * large root.  gc_root(var) makes the variable var a root.
 */
void gc_add_root(void *base, size_t nwords);
void gc_remove_root(void *base);
#define gc_root(var) gc_add_root(&(var), sizeof(var) / 8)

/*
 * Keep objects of the heap for later use (Go's sync.Pool).  The collector may
 * take every object in a pool: an object that was put back and not used for two
 * collections is gone.  A struct pool is a global or lies in the collected
 * heap, and is zeroed but for its first two members.  pool_get and pool_put
 * panic if the pool lies on a stack, or is a copy of another pool that is in
 * use.
 *
 *	static struct pool buffers = { .make = new_buffer };
 */
struct pool {
	void *(*make)(void *arg);	/* called if the pool is empty; or
					 * NULL */
	void   *arg;
	void   *store_;
};

/* Returns an object that was put into pool; if there is none make(arg), or NULL
 * if make is NULL. */
void *pool_get(struct pool *pool);

/* Give x, an object of the heap, to pool.  The caller must not use x any more.
 * A NULL x is ignored. */
void  pool_put(struct pool *pool, void *x);

/*
 * Attach a finalizer to obj, the address of the first byte of an object of the
 * heap: when nothing refers to the object any more, fn(obj, arg) is called,
 * once, in a goroutine that does nothing but run finalizers and cleanups.  If
 * fn is NULL, remove the finalizer of obj, if it has one.
 *
 * While fn runs the object is unchanged, and fn may keep it, or set a finalizer
 * of it again; the object is freed by a later collection.  Until fn has been
 * called, arg and everything that the object refers to are kept.  Therefore, if
 * two objects have finalizers and the first refers to the second, the finalizer
 * of the first runs first.  And an object that has a finalizer and refers to
 * itself, directly or by way of other objects, is never freed.
 *
 * There is no promise when fn is called, nor that it is called before the
 * program ends.  Panics as Go does if obj is not the beginning of an object of
 * the heap, or has a finalizer already ("runtime.SetFinalizer: finalizer
 * already set").
 */
void gc_set_finalizer(void *obj, void (*fn)(void *obj, void *arg), void *arg);

/*
 * Attach a cleanup to the object of the heap that ptr is an address in: when
 * the object is gone, fn(arg) is called, once, in the goroutine that runs the
 * finalizers.  An object may have many cleanups, which run in any order.  arg
 * is kept until fn is called; if arg refers to the object, the object is never
 * freed.  Panics if fn is NULL, if ptr is in no object of the heap, or if arg
 * is an address in the same object.
 *
 * gc_add_cleanup returns a handle of the cleanup.  gc_cleanup_stop(cleanup)
 * cancels the cleanup; it does nothing if the object was found to be
 * unreachable before.
 */
struct gc_cleanup {
	void    *at_;
	uint64_t number_;
};
struct gc_cleanup gc_add_cleanup(void *ptr, void (*fn)(void *arg), void *arg);
void gc_cleanup_stop(struct gc_cleanup cleanup);

/* Count as a use of p, whatever the compiler thinks: what p refers to is
 * neither finalized nor cleaned up before this call. */
static inline void
gc_keep_alive(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

/*
 * A weak pointer refers to an object of the heap and does not keep the object
 * alive.
 *
 * weak_make(ptr) returns a weak pointer to ptr, an address in an object of the
 * heap, and panics if there is no object at ptr.  weak_value(w) returns that
 * address, as a pointer that keeps the object alive like any other; once the
 * object is unreachable weak_value returns NULL, for good.  The change to NULL
 * happens before any finalizer of the object runs.  weak_equal(a, b) returns
 * true if a and b were made of equal pointers into one object.
 *
 * A struct weak that is zeroed, or was made of NULL, refers to nothing.  If a
 * struct weak lies in the heap, GC_TYPE must name its handle: up.handle_ in
 * struct node { struct weak up; }.
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
 * Tell on the console what keeps the object alive that p is an address in: the
 * shortest way to the object through other objects, from a global, a stack, a
 * register, or another place where a collection begins; or that p is in no
 * object, or that nothing holds the object.  The calling goroutine always has
 * the address.  It is therefore named as the holder only if nothing else holds
 * the object.  Returns true if something else holds the object, false
 * otherwise.  Stops the world for about as long as some collections take.
 */
bool gc_why(const void *p);

/* Collect now.  Returns when everything that was unreachable at the call is
 * free.  Waits for a collection that is under way, and then for the next. */
void gc_collect(void);

/*
 * Collect now, and give all pages that hold no object back to the machine,
 * which uses them for stacks, for tables, or for the heap again (Go's
 * debug.FreeOSMemory).  Pages that the heap will not need soon are given back
 * without this call, too.  Waits as gc_collect does.
 */
void gc_release_memory(void);

/* Set GOGC: the heap may grow by percent of what is alive between two
 * collections; a negative percent turns collections off.  Returns the value
 * before the call. */
int  gc_set_percent(int percent);

/* Set GOMEMLIMIT: the heap should stay below this many bytes.  If bytes is 0
 * nothing is changed.  Returns the value before the call, 0 if none was set. */
uint64_t gc_set_limit(uint64_t bytes);

struct gc_stats {
	uint64_t heap_live;	/* bytes in use after the last collection */
	uint64_t heap_alloc;	/* bytes in use now, garbage included */
	uint64_t heap_sys;	/* bytes of RAM the heap holds */
	uint64_t heap_idle;	/* of heap_sys, bytes of pages without
				 * objects */
	uint64_t heap_goal;	/* the heap_alloc that starts the next
				 * collection */
	uint64_t heap_limit;
	uint64_t total_alloc;	/* bytes ever allocated */
	uint64_t mallocs;	/* objects ever allocated */
	uint64_t frees;		/* objects ever freed */
	uint64_t num_gc;	/* collections finished */
	uint64_t pause_total_ns;
	uint64_t pause_max_ns;
	uint64_t pages_released;	/* pages given back to the machine */
};
/* Store the present numbers of the heap in *out. */
void gc_read_stats(struct gc_stats *out);
