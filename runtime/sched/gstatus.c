/*
 * gstatus.c - the states of a goroutine and the steps between them.
 *
 *	DEAD      new, or exited; go() makes it RUNNABLE
 *	RUNNABLE  execute() makes it RUNNING
 *	RUNNING   yields to RUNNABLE, parks to WAITING, exits to DEAD
 *	WAITING   ready() makes it RUNNABLE, and so does a park that is
 *	          called off, which executes it at once
 *
 * g_become checks each step against this table.  Nothing else changes a state.
 */
#include "runtime/sched/g.h"

#define TO(s) (1u << (s))

const uint8_t g_status_next[G_NSTATUS] = {
	[G_DEAD]     = TO(G_RUNNABLE),
	[G_RUNNABLE] = TO(G_RUNNING),
	[G_RUNNING]  = TO(G_RUNNABLE) | TO(G_WAITING) | TO(G_DEAD),
	[G_WAITING]  = TO(G_RUNNABLE) | TO(G_RUNNING),
};

const char *const g_status_names[G_NSTATUS] = {
	[G_RUNNABLE] = "runnable", [G_RUNNING] = "running",
	[G_WAITING] = "waiting", [G_DEAD] = "dead",
};
