/*
 * explore.h - the explorer: runs a small program under many schedules, and
 * finds the one that breaks it.
 *
 * An explore image plays its harts itself (kernel/virtual.h).  The explorer
 * decides at each point which of them goes on, keeps what it decided, and puts
 * the whole machine back to where it was before the next schedule:
 *
 *	player.c	what is decided at a point, and the steps that tell it
 *	strategy.c	how a schedule is chosen
 *	rewind.c		putting the machine back
 *	search.c	schedule after schedule; shrinking; telling
 *	races.c		data races of programs
 *	program.c	a program as a workload; in images of programs only,
 *	program_hooks.c	and what its accesses to memory call
 *	workload.c	the list of workloads
 *	work_*.c	workloads: one protocol of the runtime each
 *
 * The explorer's own memory is not put back: its variables are EXPLORERS, the
 * rest lies above ram_world_end.
 */
#pragma once

#include "kernel/virtual.h"
#include "lib/compiler.h"
#include "lib/rand.h"

/* A variable that stays what it is when the world is put back. */
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
	/* It ends the machine, with status 0 if all is well. */
	bool        is_program;
};

#define WORKLOAD(name_, about_, set_up_, run_)                              \
	static const struct workload workload_##name_ SECTION(".workloads") \
	    ALIGNED(8) = { .name = #name_, .about = (about_),               \
		.set_up = (set_up_), .run = (run_) }

/* Return the workload of that name, or NULL. */
const struct workload *workload_find(const char *name);

/* Return the i-th workload there is, in no order, or NULL after the last. */
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

/* If boot argument leaks=1 asks for it: end this schedule as a failure if
 * goroutines are left that wait for ever.  The main goroutine. */
void explore_leaks(void);

/* ---- search.c ---- */

/* Was the image booted to explore?  After the boot arguments are parsed. */
bool explore_is_wanted(void);

/* Explore as the boot arguments say, and end the machine.  Returns a status
 * only if they make no sense.  The main goroutine. */
int  explore_main(void);

/* Let the player of the explorer decide.  Boot, before the harts start. */
void explore_init(void);
