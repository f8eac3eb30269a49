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
	nanos_t           patience;	/* > 0: its deadline, from the begin */
	struct g         *gp;		/* set by the waiter before begun */
	ATOMIC(uint32_t)  begun, ended;
	enum poll_result  result;	/* valid once ended */
	struct waitgroup  gone;
};

/* Start a goroutine that waits once for direction dir of pd.  w->gone is
 * done when the goroutine has ended. */
void waiter_go(struct waiter *w, struct poll_desc *pd, enum poll_dir dir);

/* Start a waiter as waiter_go does, with a deadline ns after it begins.  An ns
 * of 0 is no deadline. */
void waiter_go_for(struct waiter *w, struct poll_desc *pd, enum poll_dir dir,
    nanos_t ns);

/* Returns true if w has begun, is parked and has not ended. */
bool is_waiting(struct waiter *w);

/* Wait until every notification has reached its descriptor and all other Ms
 * sleep. */
void poll_settle(struct ktest *t);

/* Settle, close pd, which nobody uses any more, and check that no waiter is
 * left. */
void poll_close_idle(struct ktest *t, struct poll_desc *pd);
