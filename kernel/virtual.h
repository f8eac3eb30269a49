/*
 * virtual.h - virtual harts: several harts that one real hart plays, in an
 * explore image (EXPLORE=1).
 *
 * All that the floors above know of a hart is in struct hart, in sscratch and
 * tp, and in a few functions of this floor: wait for an interrupt, turn
 * interrupts on, set a deadline, read the clock, interrupt another hart.  In an
 * explore image these functions come here, and so does each atomic access
 * (lib/atomic.h).  Every such place is a *point*: there the player
 * (struct virtual_player) decides which virtual hart goes on, and whether an
 * interrupt that is pending is taken.  Nothing else decides anything: time
 * passes by a fixed step at each point, and the real hart takes no interrupt
 * but those that are sent to it from here.  So a run is a function of the
 * image, the boot arguments and the player's decisions.
 *
 *	VIRT-1	Exactly one virtual hart runs; the others are inside
 *		virtual_switch, called by a point.
 *	VIRT-2	A virtual hart leaves a point with the interrupt-enable bit with
 *		which it came there.
 *	VIRT-3	An interrupt is taken by the path of the real one: the real hart
 *		sends itself a software interrupt, and kernel/trap.c asks
 *		virtual_take_interrupt which one it stands for.
 *	VIRT-4	A hart that asks for an interrupt and turns interrupts on has
 *		taken it before it does anything else, as on a real hart.
 *
 * What this leaves out: a remote fence becomes a local one, because the virtual
 * harts share one translation buffer, so a fence that is missing is not missed.
 * Memory is sequentially consistent.  Points are at accesses, not at
 * instructions: a program without atomic accesses is not interrupted between
 * two points.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

/* Is this an explore image?  A constant, so that what depends on it costs other
 * images nothing. */
enum { VIRTUAL = EXPLORE };

enum { VIRTUAL_MAX = 16 };

/* Why a virtual hart has come to a point. */
enum virtual_reason {
	AT_ACCESS,	/* it is about to touch memory that others touch */
	AT_RELAX,	/* it spins, and waits for another one */
	AT_SLEEP,	/* it waits for an interrupt */
	AT_IRQS_ON,	/* it has turned interrupts on */
};

/* What a player may know at a point. */
struct virtual_point {
	enum virtual_reason why;
	uint32_t  hart;		/* the virtual hart that has come here */
	uint32_t  ready;	/* bit i: virtual hart i can go on */
	uint64_t  n;		/* points of this run before this one */
	uint32_t  n_of_hart;	/* and those of this hart */
	uintptr_t pc;		/* where it is */
};

/*
 * Who decides.  Both functions run on the stack of the virtual hart, interrupts
 * off.  They may use no atomic access, lock or console, and little stack.
 */
struct virtual_player {
	/* Return the virtual hart that goes on: one whose bit in ready is set.
	 * ready is never 0. */
	uint32_t (*next)(const struct virtual_point *point);
	/* Return whether the virtual hart takes the interrupt that is pending
	 * for it now, rather than at a later point.  Not asked at AT_IRQS_ON
	 * (VIRT-4). */
	bool     (*interrupt)(const struct virtual_point *point);
	/* The run cannot go on, for the reason in text: all virtual harts sleep
	 * for ever, or it has had more points than it may have.  Does not
	 * return. */
	void     (*stuck)(const char *text);
	/* The machine is about to end with status.  Returns if it is to. */
	void     (*ended)(int status);
};

extern struct virtual_player virtual_player;

/*
 * Field key:	all by the virtual hart that runs, interrupts off
 */
struct virtual_hart {
	uintptr_t    sp;	/* its registers lie there (virtual_switch.S) */
	struct hart *hart;
	nanos_t      deadline;	/* when its timer rings */
	bool         soft;	/* another hart has interrupted it */
	bool         asleep;	/* it waits for an interrupt */
	uint32_t     points;	/* how often it came to a point in this run */
};

struct virtual_world {
	bool     on;		/* points decide: the harts have begun */
	bool     deciding;	/* inside a point */
	uint32_t n;		/* virtual harts */
	uint32_t current;	/* the one that runs */
	nanos_t  now;		/* the time */
	uint64_t points;	/* of this run */
	uint64_t limit;		/* a run that has more is stuck; 0: none is */
	uint64_t switches;	/* of this run */
	uint64_t interrupts;	/* taken in this run */
	uint64_t hash;		/* of all points of this run: equal runs have
				 * equal hashes */
	struct virtual_hart harts[VIRTUAL_MAX];
};

extern struct virtual_world virtual_world;

/* How many virtual harts there are to be: boot argument VHARTS. */
extern uint32_t virtual_nharts;

/* ---- for this floor: what the functions of a hart become ---- */

/* Wait for an interrupt: the virtual hart does not go on before one is pending.
 * Interrupts may be off. */
void virtual_wfi(void);

/* Interrupts have just been turned on: take those that are pending. */
void virtual_irqs_on(void);

/* Set the time at which the timer of the virtual hart that runs rings. */
void virtual_set_deadline(nanos_t deadline);

/* Return the time.  A point. */
nanos_t virtual_now(void);

/* Interrupt hart: it is pending until hart takes it.  A point. */
void virtual_interrupt(struct hart *hart);

/* Return the interrupt for which a real software interrupt was sent, as in
 * scause without its top bit, or 0 if there is none.  In a trap. */
uint64_t virtual_take_interrupt(void);

/* Let all of harts[] begin, each at entry(hart) on its g0, interrupts off.  The
 * caller goes on as harts[0].  Boot, once. */
void virtual_start(void (*entry)(struct hart *hart));

/* ---- for the explorer ---- */

/* Begin a new run: no points yet, no hash.  Time and sleep stay. */
void virtual_begin(void);

/* Save the registers of the running virtual hart in *save_sp and go on with
 * those at load_sp, as hart.  Returns when somebody goes on with *save_sp.
 * Interrupts are off. */
void virtual_switch(uintptr_t *save_sp, uintptr_t load_sp, struct hart *hart);

/* Write below stack_hi the registers with which virtual_switch will enter fn,
 * with strand in tp and interrupts off; returns where they lie. */
uintptr_t virtual_frame(uintptr_t stack_hi, void (*fn)(void),
    struct strand *strand);
