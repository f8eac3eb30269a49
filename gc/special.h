/*
 * special.h - what is attached to single objects: finalizers, cleanups, and
 * the handles of weak pointers.  Concepts and rules are at the head of
 * special.c; the public side is in include/antler/heap.h.
 */
#pragma once

#include "gc/gc.h"
#include "gc/span.h"
#include "gc/work.h"

/* What a weak pointer refers to: a collected object without pointers, one for
 * each address that weak pointers were made of.  NULL once the object there is
 * no longer reachable, for good. */
struct weak_handle {
	ATOMIC(uintptr_t) ptr;
};

/* How many root jobs the specials make, from now on.  World stopped. */
size_t special_jobs_stw(void);

/* Do one of them. */
void   special_scan_job(struct gc_work *w);

/*
 * s, which has specials, is about to be swept: deal with those of its dead
 * objects, some of which become live again by that.  One turn of that is at
 * most SPECIAL_TURN records, and the leaders of one list.  Returns true when s
 * is settled (SPECIAL-4), false if it needs another turn.  Owner of s.
 */
enum { SPECIAL_TURN = 256 };
bool   special_sweep(struct span *s) MUST_USE;

/* Wake who runs finalizers if there are some to run since the last call; not
 * if the caller is no goroutine that can collect. */
void   special_announce(void);

/* Who keeps the object that target is the beginning of, if a special does: "the
 * argument of a finalizer of 0x8ff40000".  World stopped. */
void special_tell_holder(uintptr_t target,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* Returns whether the word at at is the handle of the weak pointers to v.
 * World stopped. */
bool   special_is_handle(uintptr_t at, uintptr_t v) MUST_USE;

/* Every record against its object and its lists; panics.  World stopped. */
void   special_check(void);
