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

/* The heap cache of one P: current runs by class, grey buffers, counters.
 * Owned by the hart that runs on the P; by anybody with the world stopped.
 * Layout in gc/local.h. */
struct gc_local;

/* Set up span table, classes and pacer; allocation works from here on, on the
 * boot hart, with a gc_local in its hart->gc.  host is copied. */
void   gc_init(const struct gc_host *host);

/* A gc_local in zeroed permanent memory; its size, and its start and end.
 * gc_local_flush hands every cached run and grey buffer back to the shared
 * heap and leaves the local empty but usable.  Owner, or world stopped. */
size_t gc_local_size(void);
void   gc_local_init(struct gc_local *local, uint32_t index);
void   gc_local_flush(struct gc_local *local);

/*
 * More bytes than any machine has that we run on: RAM above is not used
 * (kernel/vm.h).  A length beyond it is the mistake of whoever asks, and a
 * panic that can be recovered from; one below it that this machine has no
 * memory for is fatal.  So it is in Go.
 */
#define GC_BYTES_MAX (256 * GIB)

/* The one allocator behind gc_new and its kin. */
enum gc_flags {
	GC_TRY      = 1 << 0,	/* return NULL rather than die */
	GC_NOTRIGGER = 1 << 1,	/* never start a collection: world stopped */
};
void  *gc_alloc(const struct gc_type *type, size_t n, unsigned flags);

/* Panic if type is no type for n objects in a row, or no constant one. */
void   gc_check_type(const struct gc_type *type, size_t n);

/* The one object of no bytes, outside the heap: a valid address for each that
 * is asked for.  It lives for ever. */
extern uint64_t gc_zero_object[2];

/* The bytes that an object of nbytes, at most GC_BYTES_MAX, takes: more of the
 * same type could be had for nothing. */
size_t gc_slot_size(size_t nbytes);

/* Roots, from scan_root: mark what a value (or each word of a range) points
 * at.  Conservative: any value, interior pointers count, values that are not
 * heap addresses are ignored.  gc_scan_conservative is for stacks and saved
 * registers: for these pointers one past the end of an object count, too.
 * gc_scan_block trusts ptrmask (a bit a word). */
void   gc_shade(struct gc_work *work, const void *value);
void   gc_scan_conservative(struct gc_work *work, uintptr_t lo, uintptr_t hi);
void   gc_scan_block(struct gc_work *work, const void *base, size_t nwords,
    const uint8_t *ptrmask);

/* For who keeps words that do not change, of a goroutine that does not run:
 * which of the n words may lead to an object?  A word that leads to no span now
 * does not: what is made there later, the goroutine does not know.  The places
 * of the first max of them go to which; returns how many there are.
 * gc_scan_listed is gc_scan_conservative for such places.  At most 256
 * words. */
size_t gc_list_refs(const uint64_t *words, size_t n, uint8_t *which,
    size_t max);
void   gc_scan_listed(struct gc_work *work, const uint64_t *words,
    const uint8_t *which, size_t n);

/* Register a root block with a pointer map (a bit a word; NULL is all ones).
 * Boot or any goroutine. */
void   gc_add_root_block(void *base, size_t nwords, const uint8_t *ptrmask);

/* Sweep one span; false when none is left to sweep.  Background sweeper. */
bool   gc_sweep_one(void);

/* Give pages between objects back to the machine: those that the heap will not
 * need before the next collection, or all of them.  A goroutine, which gives
 * way meanwhile. */
void   gc_scavenge(void);
void   gc_give_all_pages(void);

/* The same for all of them, without giving way.  Returns how many those were.
 * Any hart, no locks of the collector held. */
size_t gc_give_pages(void);

/*
 * Collections.  gc_cycles counts those finished.  gc_collect_from returns when
 * it is more than seen, starting one if none is going on.  A goroutine that can
 * collect.
 */
uint64_t gc_cycles(void);
bool   gc_awaited(uint64_t n);	/* it is >= n, or none is going on */

/* Stop the world, for why, when no collection is under way.  A goroutine that
 * can collect; it starts the world again. */
void   gc_stop_between_cycles(const char *why);
void   gc_collect_from(uint64_t seen);

/* Is anything being marked right now?  True for the whole of any piece of
 * runtime text. */
enum gc_phase gc_phase(void);

/* Is it being marked beside the mutators, so that gc_mark is of use? */
bool   gc_concurrent(void);

/* For the scheduler, on an M that holds local's P and before it runs another
 * goroutine.  gc_local_sync follows a new era (host.h, new_era).  gc_mark marks
 * for ns at most, on behalf of nobody, and says for how long it did; only if
 * gc_mark_has_work (NULL: anywhere but in a P's own buffers).  gc_share lets
 * others have what is grey here; false if nothing is. */
void   gc_local_sync(struct gc_local *local);
bool   gc_mark_has_work(struct gc_local *local);
enum gc_mark_kind { GC_MARK_DEDICATED, GC_MARK_FRACTIONAL, GC_MARK_IDLE };
nanos_t gc_mark(struct gc_local *local, enum gc_mark_kind kind, nanos_t ns);
bool   gc_share(struct gc_local *local);
struct gc_work *gc_work_of(struct gc_local *local);

/* Does the goroutine that allocates from local mark, to pay for it?  Then it is
 * through in a moment and calls gc_host.poll.  Owner, its traps too. */
bool   gc_polls_soon(const struct gc_local *local);

/* The next allocation on local's P calls gc_host.poll, if it comes from a
 * goroutine that can collect; or, rarely, does not.  Any context. */
void   gc_recall(struct gc_local *local);

/* local's P is about to have no M: nothing that a stop of the world would have
 * to look for is left there.  Who has the P in hand, marking or not. */
void   gc_local_rest(struct gc_local *local);

/* Does it collect by itself at all (GOGC is not off)?  Any hart. */
bool   gc_is_on(void);

/* When woken by gc_host.wake_collector: end the collection if marking is over.
 * A goroutine of the runtime's own. */
void   gc_finish(void);

/* Start a collection, if none is going on and gc_cycles() == seen, and return
 * when its marking has begun (or, with GODEBUG=gcstoptheworld=1, when it is
 * done).  A goroutine that can collect. */
void   gc_start(uint64_t seen);

/*
 * Finalizers and cleanups (attach.c).  gc_attach_finalizer wants the beginning
 * of an object, gc_attach_cleanup an address in one; the caller has the object.
 * NULL without memory; *number and the record are for gc_detach_cleanup, which
 * does nothing if the cleanup is due, run or detached already.
 */
enum gc_attached { GC_ATTACHED, GC_ATTACHED_ALREADY, GC_ATTACHED_NO_MEMORY };
enum gc_attached gc_attach_finalizer(void *obj,
    void (*fn)(void *obj, void *arg), void *arg) MUST_USE;
void   gc_detach_finalizer(void *obj);
struct special;
struct special *gc_attach_cleanup(void *ptr, void (*fn)(void *arg), void *arg,
    uint64_t *number) MUST_USE;
enum { GC_CLEANUP_BYTES = 48 };	/* of *cleanup; must be there */
void   gc_detach_cleanup(struct special *cleanup, uint64_t number);

/* Take what has been due for longest: to be called by the caller, who has obj
 * and arg now.  False: nothing is due. */
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

/* The handle of weak pointers to ptr, an address in an object that the caller
 * has; NULL without memory for its record.  May collect. */
struct weak_handle;
struct weak_handle *gc_weak_handle(void *ptr);

/*
 * What address is: the start and size of its object and whether the object is
 * allocated; false if no heap object.  Any hart; a snapshot.
 */
struct gc_object {
	void  *base;
	size_t size;
	bool   allocated;
};
bool   gc_find_object(const void *addr, struct gc_object *out);

/* Walk the whole heap and panic at the first broken invariant.  A goroutine,
 * which stops the world for it; or world stopped, or nobody about. */
void   gc_check_heap(void);

/* All of *out but what only the runtime knows: 0.  World stopped. */
void   gc_read_mem_stats_stw(struct mem_stats *out);

/* The heap's numbers in a few lines, by out.  Takes no lock: a panic report
 * ends with it.  The world stopped, or all other harts. */
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
