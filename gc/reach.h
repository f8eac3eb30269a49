/*
 * reach.h - what could be reached if some roots were left out.
 */
#pragma once

#include "gc/gc.h"

/*
 * Find out what can be reached.  Stops the world while no collection is under
 * way, and then, on the system stack: calls begin(arg); marks all that is
 * reachable from the roots, of which gc_host.scan_root may leave out any; calls
 * fn(w, arg), which may shade and scan more with w, and calls gc_reach_more to
 * have everything marked that follows from this.  Then all is as it was before,
 * and the world goes on.  The pause is as long as that of a collection with the
 * world stopped.  A goroutine that can collect.
 */
void gc_reach(void (*begin)(void *arg),
    void (*fn)(struct gc_work *w, void *arg), void *arg);

/* Is this scan of the roots one for gc_reach, and not for a collection?  World
 * stopped. */
bool gc_reach_only(void);

/*
 * For code that reads the heap as if it marked it (why.h).  After
 * gc_reach_begin_stw everything is swept, and in all spans the white bits equal
 * the alloc bits.  gc_reach_whiten_stw makes them equal again, as often as the
 * caller likes.  gc_reach_end_stw does so for the last time.  World stopped,
 * between cycles.
 */
void gc_reach_begin_stw(void);
void gc_reach_whiten_stw(void);
void gc_reach_end_stw(void);

/* Mark what can be reached from what w has shaded.  To be called in fn. */
void gc_reach_more(struct gc_work *w);

/* Call fn for the words of each marked object, and of no others.  To be called
 * in fn of gc_reach. */
void gc_reached_words(void (*fn)(uintptr_t at, uintptr_t end));

/* Has the object that addr leads to been marked?  Returns true if addr is not a
 * heap address.  To be called in fn. */
bool gc_reached(const void *addr);
