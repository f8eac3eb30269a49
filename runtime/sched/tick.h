/*
 * tick.h - the one deadline of a hart that runs goroutines: its next tick, or a
 * timer before that.
 *
 * No thread watches the harts, as Go's sysmon does, because it would take a
 * hart for itself.  The duties of sysmon are done at the ticks of harts that
 * are awake.  An idle hart has no tick at all.
 *
 *	TICK-1	While an M holds a P and is not asleep, its hart's deadline is
 *		at most TICK_NS away, not later than the P's earliest timer, and
 *		not later than tick.watch.
 *	TICK-2	The earliest timer of an idle P is not missed: some M sleeps no
 *		longer than until this timer is due, or has its time in
 *		tick.watch.
 *	TICK-3	While a goroutine that a timer made runnable waits in the P's
 *		queue, the next tick is at most SOON_NS away, and ends the slice
 *		of the running goroutine.
 *	TICK-4	While the P must give a share of its time to marking, the next
 *		interrupt is not later than gc_share_tick, and ends the slice,
 *		too.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"
#include "runtime/sched/turn.h"

struct gqueue;
struct m;
struct p;

/* The length of a slice: how long a goroutine may run before others have their
 * turn (Go's forcePreemptNS). */
#define TICK_NS (10 * NS_PER_MS)

/* The length of a slice while a goroutine that a timer made ready waits. */
#define SOON_NS (50 * NS_PER_US)

/* Field key:	[o] used by this M, also in its timer interrupt */
struct tick {
	nanos_t     at;		/* [o] the next tick; CLOCK_NEVER: asleep */
	nanos_t     watch;	/* [o] when to look at idle Ps: TICK-2 */
	struct turn turn;	/* [o] turn of the P at the last tick or right
				 * after it: the slice that ran then */
	nanos_t     slice_ends;	/* [o] when that slice ends */
	bool        begins;	/* [o] the last tick ended a slice, or at is
				 * CLOCK_NEVER: the next goroutine that runs
				 * begins a slice */
};

/* What rooms above this one do at a tick.  Stored before the first tick. */
extern struct tick_hooks {
	/* Poll a device.  Called at each tick of each hart, in its trap. */
	void (*interrupt)(void);
	/* Begin a collection if it is due.  One of the duties (tick_duties). */
	void (*duty)(void);
} tick_hooks;

/* Initialise t for an M that is asleep. */
void tick_init(struct tick *t);

/* Set the deadline by TICK-1 for m, which holds a P and goes on with its
 * goroutine.  Called by m itself. */
void tick_arm(struct m *m);

/* Set the deadline by TICK-1 for m, which is about to run a goroutine that
 * find_runnable chose.  If the last tick ended a slice, a new slice begins.
 * Called by m itself. */
void tick_begin(struct m *m);

/* End the ticks of m, which is about to sleep.  Called by m itself. */
void tick_stop(struct m *m);

/* Make m look at idle Ps at when, or before.  Called by m itself. */
void tick_watch(struct m *m, nanos_t when);

/* Note that the earliest timer of p is now due at when, earlier than before.
 * An M with a goroutine, with the lock of p's timers or without. */
void timers_earlier(struct p *p, nanos_t when);

/* Run the timers that are due on Ps that m watches; goroutines become runnable
 * on m's P.  On g0. */
void tick_run_watched(struct m *m);

/* Do what sysmon does in Go, if that was not done for TICK_NS by any M.  On g0,
 * with a P. */
void tick_duties(struct m *m);

/* Handle a timer interrupt; trap_hooks.timer. */
void tick_interrupt(struct trapframe *frame);
