/*
 * virtual.h - virtual harts: several harts that one real hart plays, in an
 * explore image (EXPLORE=1).
 *
 * The floors above know a hart only by struct hart, by sscratch and tp, and by
 * a few functions of this floor: those that wait for an interrupt, turn
 * interrupts on, set a deadline, read the clock and interrupt another hart.  In
 * an explore image these functions come here, and so does each atomic access
 * (lib/atomic.h).  Every such place is a *point*: there the player (struct
 * virtual_player) decides which virtual hart goes on, and whether an interrupt
 * that is pending is taken.  Nothing else makes a decision: time passes by a
 * fixed step at each point, and the real hart takes only the interrupts that
 * are sent to it from here.  So a run is a function of the image, the boot
 * arguments and the player's decisions.
 *
 *	VIRT-1	Exactly one virtual hart runs; the others are inside
 *		virtual_switch, called by a point.
 *	VIRT-2	A virtual hart leaves a point with the interrupt-enable bit that
 *		it had when it came there.
 *	VIRT-3	A virtual interrupt is taken on the path of a real one: the real
 *		hart sends itself a software interrupt, and kernel/trap.c asks
 *		virtual_take_interrupt which virtual interrupt it stands for.
 *	VIRT-4	A virtual hart that turns interrupts on takes an interrupt that
 *		is pending for it before it does anything else, as a real hart
 *		does.
 *
 * A program that is compiled with -fsanitize=thread comes to a point at each
 * access to memory, too (explore/program_hooks.c).
 *
 * What this leaves out: a remote fence becomes a local one, because the virtual
 * harts share one translation buffer, so a missing fence is not detected.
 * Memory is sequentially consistent.  Points are at accesses, not at
 * instructions: code is not interrupted between two points.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

/* Is this an explore image?  A constant, so that code that depends on it costs
 * nothing in other images. */
enum { VIRTUAL = EXPLORE };

enum { VIRTUAL_MAX = 16, VIRTUAL_PCS = 8 };

/* Why a virtual hart has come to a point. */
enum virtual_reason {
	AT_ACCESS,	/* it is about to access memory that harts share */
	AT_RELAX,	/* it spins until another hart does something */
	AT_SLEEP,	/* it waits for an interrupt */
	AT_IRQS_ON,	/* it has turned interrupts on */
};

/* What a player may know at a point. */
struct virtual_point {
	enum virtual_reason why;
	uint32_t  hart;		/* the virtual hart that has come here */
	uint32_t  ready;	/* bit i: virtual hart i can go on */
	uint64_t  n;		/* points of this run before this one */
	uint32_t  n_of_hart;	/* those of them at which this hart was */
	uintptr_t pc;		/* where the hart is */
	bool      scheduler;	/* the hart runs g0 or a trap, no goroutine */
	bool      program;	/* the hart runs the text of a program */
};

/* An access of a program to memory. */
struct virtual_access {
	uintptr_t addr;
	size_t    size;
	bool      write;
	bool      atomic;	/* it is never part of a data race */
	uintptr_t pc;		/* where in the program it is */
	uint64_t  n;		/* the points of this run before it */
};

/*
 * The functions that make the decisions.  They run on the stack of the virtual
 * hart, with interrupts off, and may use no atomic access, lock or console, and
 * little stack.
 */
struct virtual_player {
	/* Returns the virtual hart that goes on, whose bit in ready must be
	 * set.  ready is never 0. */
	uint32_t (*next)(const struct virtual_point *point);
	/* Returns true if the virtual hart takes its pending interrupt now
	 * rather than at a later point.  Not called at AT_IRQS_ON (VIRT-4). */
	bool     (*interrupt)(const struct virtual_point *point);
	/* Returns whether time passes now until the next timer of any hart
	 * rings.  Called only at points of a program that has interrupts on. */
	bool     (*time)(const struct virtual_point *point);
	/* Returns a number below n, where n is not 0: the result of a program's
	 * call of explore_choose. */
	uint32_t (*choose)(const struct virtual_point *point, uint32_t n);
	/* Called when a program is about to make this access; may be NULL. */
	void     (*access)(const struct virtual_access *access);
	/* Called if the run cannot go on, for the reason in text: all virtual
	 * harts sleep for ever, or the run has reached its limit of points.
	 * Does not return. */
	void     (*stuck)(const char *text);
	/* Called if the program asks for something that an explore image cannot
	 * do, as text says.  Returns if the player lets the run go on. */
	void     (*unable)(const char *text);
	/* Called before the machine ends with status.  Returns if the machine
	 * is to end. */
	void     (*ended)(int status);
};

extern struct virtual_player virtual_player;

/*
 * Only the virtual hart that runs uses these structs, with interrupts off.
 */
struct virtual_hart {
	uintptr_t    sp;	/* its saved registers (virtual_switch.S) */
	struct hart *hart;
	nanos_t      deadline;	/* when its timer rings */
	bool         soft;	/* another hart has interrupted it */
	bool         asleep;	/* it waits for an interrupt */
	uint32_t     points;	/* how often it came to a point in this run */
	uintptr_t    pcs[VIRTUAL_PCS];	/* the last places in a program at which
					 * it came to a point */
	uint32_t     npcs;	/* entries of pcs replaced so far */
	uint32_t     same;	/* points since pcs last changed */
};

struct virtual_world {
	bool     on;		/* the harts have begun, and points decide */
	bool     deciding;	/* inside a point */
	uint32_t n;		/* virtual harts */
	uint32_t current;	/* the virtual hart that runs */
	nanos_t  now;		/* virtual time */
	uint64_t points;	/* of this run */
	uint64_t limit;		/* points after which a run is stuck, or 0 */
	uint64_t switches;	/* of this run */
	uint64_t interrupts;	/* sent in this run */
	uint64_t hash;		/* of all points of this run: equal runs have
				 * equal hashes */
	struct virtual_hart harts[VIRTUAL_MAX];
};

extern struct virtual_world virtual_world;

/* The number of virtual harts: boot argument VHARTS. */
extern uint32_t virtual_nharts;

/* ---- for this floor: what the functions of a hart become ---- */

/* Wait for an interrupt: the virtual hart continues only when one is pending
 * for it.  Interrupts may be off. */
void virtual_wfi(void);

/* Take all pending interrupts.  Called when interrupts have just been turned
 * on. */
void virtual_irqs_on(void);

/* Set the time at which the timer of the virtual hart that runs rings. */
void virtual_set_deadline(nanos_t deadline);

/* Returns the time.  A point. */
nanos_t virtual_now(void);

/* Make an interrupt pending until hart takes it.  A point. */
void virtual_interrupt(struct hart *hart);

/* Returns the virtual interrupt for which a real software interrupt was sent,
 * as its number in scause without the top bit, or 0 if there is none.  In a
 * trap. */
uint64_t virtual_take_interrupt(void);

/*
 * Come to a point because a program is about to make this access, whose n is
 * not set yet; then set n and tell the player of the access.  Returns true if
 * interrupts were on, and then they are off now: the caller turns them on in
 * the program's text, so that a pending interrupt finds the program in text
 * that may be preempted.
 */
bool virtual_program_access(struct virtual_access *access) MUST_USE;

/* Returns a number below n, where n is not 0, that the player chooses.  A
 * point. */
uint32_t virtual_choose(uint32_t n);

/* Start all harts of harts[], each with entry(hart) on its g0, interrupts off.
 * The caller continues as harts[0].  Boot, once. */
void virtual_start(void (*entry)(struct hart *hart));

/* ---- for the explorer ---- */

/* Begin a new run: set the counts of points, switches and interrupts to 0 and
 * the hash to its first value.  Time, and which harts sleep, stay as they
 * are. */
void virtual_begin(void);

/* Save the registers of the running virtual hart in *save_sp and continue with
 * the registers at load_sp, as hart.  Returns when a virtual hart is switched
 * to with *save_sp.  Interrupts are off. */
void virtual_switch(uintptr_t *save_sp, uintptr_t load_sp, struct hart *hart);

/* Write registers below stack_hi with which virtual_switch will enter fn, with
 * strand in tp and interrupts off.  Returns the address to load them from. */
uintptr_t virtual_frame(uintptr_t stack_hi, void (*fn)(void),
    struct strand *strand);
