/*
 * tick.h - the one deadline of a hart that runs goroutines: its next tick, or a
 * timer before that.
 *
 * There is no thread that watches the others, as Go's sysmon does: a hart would
 * be lost to it.  Its duties ride on the ticks of those that are awake; an idle
 * hart has no tick at all.
 *
 *	TICK-1	While M holds a P and is not asleep, its hart's deadline is at
 *		most TICK_NS away, not later than the P's earliest timer, and
 *		not later than tick.watch.
 *	TICK-2	The earliest timer of an idle P is not missed: some M sleeps no
 *		longer than until then, or has it in its tick.watch.
 *	TICK-3	While a goroutine that a timer made runnable waits in the P's
 *		queue, the next tick is at most SOON_NS away, and ends the slice
 *		of whoever runs.
 *	TICK-4	While the P is to give a share of its time to marking, the next
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

/* A slice: how long a goroutine may run before others have their turn (Go's
 * forcePreemptNS). */
#define TICK_NS (10 * NS_PER_MS)

/* The slice of those behind whom a goroutine waits whose timer was due. */
#define SOON_NS (50 * NS_PER_US)

/*
 * Field key:	[o] this M; its timer interrupt too
 */
struct tick {
	nanos_t     at;		/* [o] the next tick; CLOCK_NEVER: asleep */
	nanos_t     watch;	/* [o] TICK-2 */
	struct turn turn;	/* [o] of the P, at the last tick or right
				 * after it: the slice that went on then */
	nanos_t     slice_ends;	/* [o] when that slice ends */
	bool        begins;	/* [o] the last tick ended a slice, or at is
				 * CLOCK_NEVER: the next goroutine that runs
				 * begins one */
};

/* What rooms above this one do at a tick.  Filled before the first tick. */
extern struct tick_hooks {
	/* At each tick of each hart, in its trap: poll a device. */
	void (*interrupt)(void);
	/* One of the duties (tick_duties): begin a collection that is due. */
	void (*duty)(void);
} tick_hooks;

void tick_init(struct tick *t);

/* Set the deadline by TICK-1 for m, which holds a P and goes on with its
 * goroutine.  m itself. */
void tick_arm(struct m *m);

/* The same for m that is about to run a goroutine that find_runnable chose: a
 * slice begins with it if the last tick ended one.  m itself. */
void tick_begin(struct m *m);

/* m is about to sleep: no more ticks.  m itself. */
void tick_stop(struct m *m);

/* m has to look at when at the latest, for a P that nobody holds.  m itself. */
void tick_watch(struct m *m, nanos_t when);

/* The earliest timer of p has become when, earlier than before.  A goroutine's
 * M, with the lock of p's timers or not. */
void timers_earlier(struct p *p, nanos_t when);

/* What is due on Ps that m watches becomes runnable on m's own.  On g0. */
void tick_run_watched(struct m *m);

/* What sysmon does in Go: every TICK_NS at most, by whichever M gets here.  On
 * g0, with a P. */
void tick_duties(struct m *m);

/* trap_hooks.timer. */
void tick_interrupt(struct trapframe *frame);
