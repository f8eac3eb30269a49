/*
 * special.h - what is attached to single objects: finalizers, cleanups, and
 * the handles of weak pointers.  Concepts and rules are at the head of
 * special.c; the public side is in include/antler/heap.h.
 */
#pragma once

#include "gc/gc.h"
#include "gc/span.h"
#include "gc/work.h"

/* What a weak pointer points to: a collected object without pointers, one for
 * each address that weak pointers were made of.  ptr becomes 0, for good, once
 * the object there is unreachable. */
struct weak_handle {
	ATOMIC(uintptr_t) ptr;
};

/* Returns the number of root jobs that the specials make, from now on.  World
 * stopped. */
size_t special_jobs_stw(void);

/* Do one of these jobs. */
void   special_scan_job(struct gc_work *w);

/*
 * Deal with the specials of the dead objects of s, a span that is about to be
 * swept; some of these objects become live again by it.  One call handles at
 * most SPECIAL_TURN records and the leaders of one list.  Returns true if s is
 * settled (SPECIAL-4), false if it needs another call.  The owner of s.
 */
enum { SPECIAL_TURN = 256 };
bool   special_sweep(struct span *s) MUST_USE;

/* Wake the goroutine that runs finalizers and cleanups, if some have become due
 * since the last call.  Does nothing unless the caller is a goroutine that
 * can_collect. */
void   special_announce(void);

/* If a special keeps the object that begins at target, print through out what
 * the special is: "the argument of a finalizer of 0x8ff40000".  World
 * stopped. */
void special_tell_holder(uintptr_t target,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* Returns whether the word at at is the handle of the weak pointers to v.
 * World stopped. */
bool   special_is_handle(uintptr_t at, uintptr_t v) MUST_USE;

/* Check every record against its object and its lists; panics if something is
 * wrong.  World stopped. */
void   special_check(void);
