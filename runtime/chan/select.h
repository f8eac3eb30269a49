/*
 * select.h - what select.c and select_wait.c share.
 */
#pragma once

#include "kernel/syncpoint.h"
#include "runtime/chan/chan_look.h"
#include "runtime/sched/sched.h"

/* A select of at most this many cases keeps its bookkeeping on the stack. */
enum { FEW = 8 };

/* A select of many cases gives way each time it has processed this many cases,
 * with some 100 instructions for each. */
enum { SELECT_PIECE = 256 };

/*
 * A select that waits, or is about to.  It lives in a stack frame of its
 * goroutine.
 */
struct selection {
	struct select_case  *cases;
	struct select_case  *end;
	struct chan_waiter  *waiters;	/* one for each case, in their order */
	struct select_case **sorted;	/* the cases with a channel, by its
					 * address */
	struct select_case **sorted_end;
	struct wait_group    group;
};

/* Return the end of the piece of work (SELECT_PIECE) that begins at k. */
INLINE struct select_case *
select_end_of_piece(struct select_case *k, struct select_case *end)
{
	return end - k > SELECT_PIECE ? k + SELECT_PIECE : end;
}

/* A point at which a test scenario stops the select; a function, so that there
 * is only one such point in the source. */
INLINE void
point_looking(void)
{
	SYNC_POINT(select_looking);
}

/* Can k go, whose channel has the kind kind? */
INLINE bool
can_go(const struct select_case *k, uint64_t kind)
{
	return chan_can(k->chan, k->op == SELECT_SEND, kind);
}

/* Can one probe of a word try the place of an element of c, which has the kind
 * kind?  Also true if the place need not be tried, because elements of c have
 * no bytes.  Stores in *probe whether the probe is needed. */
INLINE bool
one_probe_does(const struct chan *c, uint64_t kind, bool *probe)
{
	*probe = true;
	if ((kind & CHAN_COPY) == 0)
		return true;
	*probe = c->elem->size != 0;
	return !*probe || (c->elem->size == sizeof(chan_word_t) &&
	    c->elem->align % sizeof(chan_word_t) == 0);
}

/* ---- select.c ---- */

/* Perform the select s from its beginning.  The caller has filled in the cases
 * of s and provided space for waiters and sorted.  Returns the index of the
 * case that went, or -1 if none could go and block is false.  The caller holds
 * no locks. */
int select_in(struct selection *s, bool block);

/* Panic unless every channel of s is NULL or really a channel.  The caller
 * holds no locks. */
void select_check(const struct selection *s);

/* ---- select_wait.c ---- */

/*
 * Wait until one of n cases can go, perform it, and return its index.  n is at
 * most FEW, no case looked ready, and no channel is NULL or a timer's.  For
 * select_wait_plain all channels were plain: open channels of words without a
 * buffer.  The caller holds no locks, and may only return after the call
 * (SELECT-3).  Both functions also work where one probe does not suffice for a
 * place, but then use more of the stack than select_in.
 */
int select_wait_plain(struct select_case *cases, uint32_t n);
int select_wait_few(struct select_case *cases, uint32_t n);

/* Was there a moment during the call at which none of n cases, which are as for
 * select_wait_few, could go?  The caller holds no locks. */
bool select_none_of_few(struct select_case *cases, uint32_t n);

/* Lock all channels of s.  Returns true if then no case can go.  Returns false
 * if a case can go; the channels are unlocked again. */
bool select_lock_all(struct selection *s);
void select_unlock_all(struct selection *s);

/* Wait until a case of s can go, perform it, and return its index.
 * select_lock_all has returned true.  The caller may only return after the call
 * (SELECT-3). */
int select_wait_all(struct selection *s);
