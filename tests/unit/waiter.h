/*
 * waiter.h - a goroutine that waits for a poll descriptor once, for tests.
 */
#pragma once

#include "include/antler.h"
#include "lib/atomic.h"
#include "runtime/poll/polldesc.h"
#include "tests/ktest.h"

struct waiter {
	struct poll_desc *pd;
	enum poll_dir     dir;
	nanos_t           patience;	/* > 0: it sets itself a deadline */
	struct g         *gp;		/* set by itself before begun */
	ATOMIC(uint32_t)  begun, ended;
	enum poll_result  result;	/* once ended */
	struct waitgroup  gone;
};

/* Start w: it waits for dir of pd, and w->gone is done when it has ended. */
void waiter_go(struct waiter *w, struct poll_desc *pd, enum poll_dir dir);

/* The same with a deadline that is ns from when it begins. */
void waiter_go_for(struct waiter *w, struct poll_desc *pd, enum poll_dir dir,
    nanos_t ns);

/* Is it parked? */
bool is_waiting(struct waiter *w);

/* Wait until all that has been notified has reached its descriptor. */
void poll_settle(struct ktest *t);

/* Close pd, which nobody uses, and check that nothing is left. */
void poll_close_idle(struct ktest *t, struct poll_desc *pd);
