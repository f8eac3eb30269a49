/*
 * gc_world.h - a world for the collector to live in, on the host.
 *
 * A thread that has entered is a mutator, which stands for a hart with a P.
 * Its roots[] stand for registers and stack: roots[1 .. MUTATOR_ROOTS / 2 - 1]
 * are scanned conservatively, the others as pointers.  A mutator can be stopped
 * only in a call of the world or of the heap.  The collector does not see what
 * is in C variables only.
 */
#pragma once

#include "gc/gc.h"
#include "lib/rand.h"

enum { MUTATOR_ROOTS = 48, WORLD_GLOBALS = 64 };

struct mutator {
	uintptr_t        roots[MUTATOR_ROOTS];
	struct gc_local *local;
	bool             mine;		/* it has stopped the world itself */
	bool             running;	/* not blocked, not stopped */
	bool             pending;	/* to run the safe-point function */
	uint32_t         scanned;	/* the era in which roots[] were */
};

/* A registered root block. */
extern void *world_globals[WORLD_GLOBALS];

/* How many markers help the collecting thread, 0 .. 7; random if negative. */
extern int world_helpers;

/* Make this thread a mutator; the first call makes the world, too.
 * world_leave makes it a plain thread again and drops its roots. */
void world_enter(struct mutator *m);
void world_leave(struct mutator *m);

/* Stop here as long as another thread has or wants the world. */
void world_poll(void);

/* Call these around a wait for another thread.  In between the world can be
 * stopped, and the roots must not change. */
void world_block(void);
void world_unblock(void);

/* Stop and start the world by hand. */
void world_stop(void);
void world_start(void);

/* Wait until none of the collector's threads runs. */
void world_quiet(void);

/* Called on the collecting thread with the world stopped, before marking and
 * after it.  May be NULL. */
extern void (*world_before_mark)(void);
extern void (*world_after_mark)(void);
