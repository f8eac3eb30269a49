/*
 * gstatus.c - the states of a goroutine and the steps between them.
 *
 *	IDLE      new; becomes DEAD when it has a stack
 *	DEAD      go() makes it RUNNABLE
 *	RUNNABLE  execute() makes it RUNNING
 *	RUNNING   yields to RUNNABLE, parks to WAITING, exits to DEAD
 *	WAITING   ready() makes it RUNNABLE; a park that is called off goes
 *	          straight back to RUNNING
 *
 * g_become checks each step against this table, nothing else changes a state.
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
