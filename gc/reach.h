/*
 * reach.h - what could be reached if some roots were not there.
 */
#pragma once

#include "gc/gc.h"

/*
 * Stop the world when no collection is under way, and, on the system stack:
 * call begin(arg); mark all that is reachable from the roots, gc_host.scan_root
 * leaving out what it likes; call fn(w, arg), which may shade and scan more
 * with w and calls gc_reach_more to have the consequences marked too.  Then
 * all is as before, and the world goes on.  As long a pause as a collection
 * with the world stopped.  A goroutine that can collect.
 */
void gc_reach(void (*begin)(void *arg),
    void (*fn)(struct gc_work *w, void *arg), void *arg);

/* Is this the scan of roots that no collection needs?  World stopped. */
bool gc_reach_only(void);

/*
 * For who reads the heap as if it marked it (why.h): everything is swept, and
 * alloc and white say the same of all spans, also after gc_reach_whiten_stw;
 * until the end, when that is so again.  World stopped, between cycles.
 */
void gc_reach_begin_stw(void);
void gc_reach_whiten_stw(void);
void gc_reach_end_stw(void);

/* In fn: mark what can be reached from what w has shaded. */
void gc_reach_more(struct gc_work *w);

/* In fn: call fn for the words of each marked object, and of those alone. */
void gc_reached_words(void (*fn)(uintptr_t at, uintptr_t end));

/* In fn: has the object that addr leads to been marked?  True for what is no
 * heap address. */
bool gc_reached(const void *addr);
