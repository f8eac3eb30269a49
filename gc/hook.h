/*
 * hook.h - functions to run at the start of each collection.
 */
#pragma once

/*
 * From now on call fn at the start of every collection: world stopped, nothing
 * marked yet, on a system stack; it must neither allocate nor lock.  For what
 * caches garbage.  Any goroutine; at most GC_HOOKS of them, for good.
 */
enum { GC_HOOKS = 4 };
void gc_on_cycle(void (*fn)(void));

/* Call them.  World stopped. */
void gc_hooks_run_stw(void);
