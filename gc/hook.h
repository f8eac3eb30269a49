/*
 * hook.h - functions to run at the start of each collection.
 */
#pragma once

/*
 * Call fn at the start of every collection from now on: with the world stopped,
 * nothing marked yet, on a system stack.  fn must neither allocate nor lock.
 * This is for caches that keep garbage alive.  A hook cannot be taken back, and
 * more than GC_HOOKS of them are a panic.  Any goroutine.
 */
enum { GC_HOOKS = 4 };
void gc_on_cycle(void (*fn)(void));

/* Call all hooks.  World stopped. */
void gc_hooks_run_stw(void);
