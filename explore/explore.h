/*
 * explore.h - the explorer: runs a small program under many schedules, and
 * finds the schedule that breaks it.
 *
 * An explore image plays its harts itself (kernel/virtual.h).  At each point
 * the explorer decides which hart goes on, and keeps its decisions.  Before the
 * next schedule it puts the whole machine back to the state in which the
 * schedule began:
 *
 *	player.c	what is decided at a point, and the steps that describe
 *			a schedule
 *	strategy.c	how a schedule is chosen
 *	rewind.c	putting the machine back
 *	search.c	schedule after schedule; shrinking; reporting
 *	races.c		data races of programs
 *	livelock.c	where a schedule that does not end goes round
 *	tell.c		a schedule in words
 *	program.c	a program as a workload; in images of programs only,
 *	program_hooks.c	and the functions that its accesses to memory call
 *	workload.c	the list of workloads
 *	work_*.c	workloads: one protocol of the runtime each
 *
 * The explorer's own memory is not put back: its variables are EXPLORERS, and
 * the rest lies above ram_world_end.
 */
#pragma once

#include "kernel/virtual.h"
#include "lib/compiler.h"
#include "lib/rand.h"

/* Declares a variable that keeps its value when the world is put back. */
#define EXPLORERS SECTION(".explorer")

/* ---- workload.c ---- */

/*
 * One protocol of the runtime, used hard.  Both functions run on the main
 * goroutine.  A schedule fails if the machine ends with a status other than 0:
 * by a panic, a fatal error, explore_fail, or because it is stuck.
 */
struct workload {
	const char *name;
	const char *about;
	/* Prepare what run needs, once for each set of schedules; what varies
	 * from set to set is drawn from r.  May be NULL. */
	void      (*set_up)(struct rand *r);
	/* What each schedule runs. */
	void      (*run)(void);
	/* run ends the machine, with status 0 if all is well. */
	bool        is_program;
};

#define WORKLOAD(name_, about_, set_up_, run_)                              \
	static const struct workload workload_##name_ SECTION(".workloads") \
	    ALIGNED(8) = { .name = #name_, .about = (about_),               \
		.set_up = (set_up_), .run = (run_) }

/* Return the workload of that name, or NULL. */
const struct workload *workload_find(const char *name);

/* Return workload number i, in no particular order, or NULL after the last
 * one. */
const struct workload *workload_at(size_t i);

/* ---- for workloads ---- */

/* End this schedule as a failure, for the reason given.  Any goroutine. */
NORETURN void explore_fail(const char *fmt, ...) PRINTF(1, 2);

/*
 * Compute for n short steps, or until done is set, and claim meanwhile that
 * work is conserved (IDLE-1): if all other harts sleep, then either no
 * goroutine is runnable or no P is idle.  done may be NULL.  A goroutine.
 */
struct explore_flag { ATOMIC(uint32_t) set; };
void explore_compute(uint32_t n, const struct explore_flag *done);

/* Wait until all other harts sleep.  A goroutine. */
void explore_settle(void);

/* If boot argument leaks=1 was given, and goroutines are left that wait for
 * ever, end this schedule as a failure.  The main goroutine. */
void explore_leaks(void);

/* ---- search.c ---- */

/* Return whether the image was booted to explore.  Called after the boot
 * arguments are parsed. */
bool explore_is_wanted(void);

/* Explore as the boot arguments say, and end the machine.  Returns only if the
 * boot arguments make no sense; returns an exit status then.  The main
 * goroutine. */
int  explore_main(void);

/* Make the explorer the player of the virtual harts.  Called at boot, before
 * the harts start. */
void explore_init(void);
