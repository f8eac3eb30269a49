/*
 * gc.h - the heap and its collector, as the runtime sees them.  The part that
 * programs see is in include/antler.h.
 */
#pragma once

#include "gc/host.h"
#include "include/antler.h"
#include "lib/compiler.h"

enum gc_phase {
	GC_OFF,
	GC_MARK,		/* marking beside the mutators */
	GC_MARK_STOPPED,	/* marking, and the world is stopped for it */
};

/* The heap cache of one P: its present runs by class, grey buffers, counters.
 * It is owned by the hart that runs on the P, or by anybody with the world
 * stopped.  Its layout is in gc/local.h. */
struct gc_local;

/* Set up the span table, the classes and the pacer.  From here on allocation
 * works on the boot hart, with a gc_local in its hart->gc.  *host is copied. */
void   gc_init(const struct gc_host *host);

/*
 * gc_local_size returns the bytes of a gc_local, and gc_local_init initializes
 * one in zeroed permanent memory.  gc_local_flush hands every cached run and
 * grey buffer back to the shared heap, and leaves local empty but usable.  The
 * owner, or anybody with the world stopped.
 */
size_t gc_local_size(void);
void   gc_local_init(struct gc_local *local, uint32_t index);
void   gc_local_flush(struct gc_local *local);

/*
 * More bytes than any machine has that Antler runs on: RAM above is not used
 * (kernel/vm.h).  A length beyond it is a mistake of the caller, and a panic
 * that can be recovered from.  A smaller length for which this machine has no
 * memory is fatal.  Go makes this distinction, too.
 */
#define GC_BYTES_MAX (256 * GIB)

/* The one allocator behind gc_new and its kin. */
enum gc_flags {
	GC_TRY      = 1 << 0,	/* return NULL rather than die */
	GC_NOTRIGGER = 1 << 1,	/* never start a collection: the world is
				 * stopped */
};
/*
 * Make n objects of type in a row, zeroed.  Returns them.  Without memory the
 * call is fatal, and for more bytes than GC_BYTES_MAX it panics; with GC_TRY it
 * returns NULL in both cases.  Called by a goroutine; at boot or with the world
 * stopped, by any hart that has a gc_local.
 */
void  *gc_alloc(const struct gc_type *type, size_t n, unsigned flags);

/* Panic if type does not describe n objects in a row, or is no constant. */
void   gc_check_type(const struct gc_type *type, size_t n);

/* The one object of no bytes, outside the heap.  Its valid address is returned
 * to every caller that asks for an object of no bytes.  It lives for ever. */
extern uint64_t gc_zero_object[2];

/* Returns the bytes that the heap uses for nbytes, at most GC_BYTES_MAX.  An
 * object may be as large as this without using more memory. */
size_t gc_slot_size(size_t nbytes);

/*
 * Mark from roots; for scan_root.  gc_shade marks what value points at, and
 * gc_scan_conservative and gc_scan_block what each word of a range points at.
 * A value may be anything: interior pointers count, and values that are no heap
 * addresses are ignored.  gc_scan_conservative is for stacks and saved
 * registers, for which pointers one past the end of an object count, too.
 * gc_scan_block trusts ptrmask (a bit for each word).
 */
void   gc_shade(struct gc_work *work, const void *value);
void   gc_scan_conservative(struct gc_work *work, uintptr_t lo, uintptr_t hi);
void   gc_scan_block(struct gc_work *work, const void *base, size_t nwords,
    const uint8_t *ptrmask);

/*
 * gc_list_refs finds which of n words, at most 256, may lead to an object.  It
 * is for words that are kept and do not change, of a goroutine that does not
 * run.  A word that leads to no span now is left out: the goroutine cannot know
 * an object that is made there later.  Stores the places of the first max words
 * found in which; returns how many were found.  gc_scan_listed does what
 * gc_scan_conservative does, for the n places in which.
 */
size_t gc_list_refs(const uint64_t *words, size_t n, uint8_t *which,
    size_t max);
void   gc_scan_listed(struct gc_work *work, const uint64_t *words,
    const uint8_t *which, size_t n);

/* Make nwords words at base a root, with a pointer map (a bit for each word;
 * NULL: all words are pointers).  At boot, or any goroutine; gives way after
 * each part.  Panics as gc_add_root does. */
void   gc_add_root_block(void *base, size_t nwords, const uint8_t *ptrmask);

/* Sweep one span.  Returns false if none is left to sweep.  For the background
 * sweeper. */
bool   gc_sweep_one(void);

/* Give pages without objects back to the machine: gc_scavenge those that the
 * heap will not need before the next collection, gc_give_all_pages all of them.
 * The caller is a goroutine, which gives way meanwhile. */
void   gc_scavenge(void);
void   gc_give_all_pages(void);

/* Give all pages without objects back to the machine, and do not give way.
 * Returns the number of pages.  Any hart that holds no lock of the
 * collector. */
size_t gc_give_pages(void);

/*
 * gc_cycles returns the number of collections finished.  gc_collect_from(seen)
 * returns when that number is greater than seen, and starts a collection if
 * none is going on.  The caller is a goroutine that can_collect.
 */
uint64_t gc_cycles(void);
bool   gc_awaited(uint64_t n);	/* true: gc_cycles() >= n, or no collection is
				 * going on */

/* Stop the world, for the reason why, at a moment when no collection is under
 * way.  The caller is a goroutine that can_collect; it starts the world
 * again. */
void   gc_stop_between_cycles(const char *why);
void   gc_collect_from(uint64_t seen);

/* Returns the phase.  The answer stays true for the whole of any piece of
 * runtime text. */
enum gc_phase gc_phase(void);

/* Returns whether the collector marks beside the mutators, so that gc_mark is
 * of use. */
bool   gc_concurrent(void);

/*
 * For the scheduler, on an M that holds the P of local, before the M runs
 * another goroutine.  gc_local_sync brings local into the present era (new_era
 * in host.h).  gc_mark_has_work returns whether there is something to mark, in
 * local or elsewhere; if local is NULL, anywhere but in the buffers of the Ps.
 * gc_mark, called only if there is, marks for ns at most, on behalf of no
 * goroutine, and returns for how long it marked.  gc_share makes the grey
 * objects of local available to other harts; returns false if there are none.
 */
void   gc_local_sync(struct gc_local *local);
bool   gc_mark_has_work(struct gc_local *local);
enum gc_mark_kind { GC_MARK_DEDICATED, GC_MARK_FRACTIONAL, GC_MARK_IDLE };
nanos_t gc_mark(struct gc_local *local, enum gc_mark_kind kind, nanos_t ns);
bool   gc_share(struct gc_local *local);
struct gc_work *gc_work_of(struct gc_local *local);

/* Returns whether the goroutine that allocates from local is marking in order
 * to pay for its allocation.  If it is, it will be done in a moment and then
 * calls gc_host.poll.  The owner of local, in its traps, too. */
bool   gc_polls_soon(const struct gc_local *local);

/* Recall the goroutine on the P of local: the next allocation there calls
 * gc_host.poll, if the allocating goroutine can_collect.  Rarely a recall is
 * lost.  Any context. */
void   gc_recall(struct gc_local *local);

/* The P of local is about to have no M: leave nothing in local that a stop of
 * the world would have to look for.  The caller owns the P; the collector may
 * be marking or not. */
void   gc_local_rest(struct gc_local *local);

/* Returns whether collections start by themselves (GOGC is not off).  Any
 * hart. */
bool   gc_is_on(void);

/* End the collection if marking is over.  Called when gc_host.wake_collector
 * asks for it, by a goroutine of the runtime's own. */
void   gc_finish(void);

/* Start a collection, if none is going on and gc_cycles() == seen, and return
 * when its marking has begun (or, with GODEBUG=gcstoptheworld=1, when it is
 * done).  A goroutine that can collect. */
void   gc_start(uint64_t seen);

/*
 * Finalizers and cleanups (attach.c).  obj is the beginning of an object, and
 * ptr an address in an object; the caller has a pointer to the object.
 * gc_attach_cleanup returns a record, or NULL without memory.  The record and
 * *number are for gc_detach_cleanup, which does nothing if the cleanup is due,
 * has run, or was detached already.
 */
enum gc_attached { GC_ATTACHED, GC_ATTACHED_ALREADY, GC_ATTACHED_NO_MEMORY };
enum gc_attached gc_attach_finalizer(void *obj,
    void (*fn)(void *obj, void *arg), void *arg) MUST_USE;
void   gc_detach_finalizer(void *obj);
struct special;
struct special *gc_attach_cleanup(void *ptr, void (*fn)(void *arg), void *arg,
    uint64_t *number) MUST_USE;
enum { GC_CLEANUP_BYTES = 48 };	/* bytes of *cleanup that gc_detach_cleanup
				 * reads */
void   gc_detach_cleanup(struct special *cleanup, uint64_t number);

/* Take what has been due for longest; the caller, which now has pointers to obj
 * and arg, is to call it.  Returns false if nothing is due. */
struct gc_errand {
	bool  finalizer;
	void *obj;		/* of a finalizer */
	union gc_errand_fn {
		void (*finalizer)(void *obj, void *arg);
		void (*cleanup)(void *arg);
	} fn;
	void *arg;
};
bool   gc_take_errand(struct gc_errand *out);

/* Returns the handle of weak pointers to ptr, an address in an object that the
 * caller has a pointer to; NULL without memory for its record.  May collect. */
struct weak_handle;
struct weak_handle *gc_weak_handle(void *ptr);

/*
 * Find the object that addr is an address in: its first byte, its size, and
 * whether it is allocated.  Returns false if addr is in no span of the heap.
 * Any hart; the answer is a snapshot.
 */
struct gc_object {
	void  *base;
	size_t size;
	bool   allocated;
};
bool   gc_find_object(const void *addr, struct gc_object *out);

/* Walk the whole heap, and panic at the first broken invariant.  The caller is
 * a goroutine, and the call stops the world; or the world is stopped already,
 * or no other hart runs yet. */
void   gc_check_heap(void);

/* Fill in *out; what only the runtime knows is set to 0.  World stopped. */
void   gc_read_mem_stats_stw(struct mem_stats *out);

/* Print the numbers of the heap in a few lines through out.  Takes no lock,
 * because a panic report ends with these lines.  The world, or every other
 * hart, is stopped. */
void   gc_describe(void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* Boot arguments. */
extern struct gc_params {
	int      percent;	/* GOGC, < 0 off */
	uint64_t limit;		/* GOMEMLIMIT, bytes; 0: most of RAM */
	bool     trace;		/* GODEBUG=gctrace=1 */
	uint32_t every;		/* collect at each nth allocation, or 0 */
	bool     poison;	/* fill freed objects with 0xdb.. (debug: on) */
	bool     verify;	/* GODEBUG=gccheckmark=1 */
	bool     stop_world;	/* GODEBUG=gcstoptheworld=1: mark with the
				 * world stopped */
	uint32_t wild;		/* GODEBUG=gcwild=1 or 2: a WILD_ (wild.h) */
} gc_params;

/* Take key=value of GODEBUG if it is the collector's: gctrace, gccheckmark,
 * gcpoison, gcstoptheworld, each 0 or 1, or gcwild, 0 to 2.  Returns false if
 * the key is not the collector's, or the value is none of these.  Boot. */
bool   gc_debug_option(const char *key, const char *value);
