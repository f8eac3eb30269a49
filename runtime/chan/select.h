/*
 * select.h - what select.c and select_wait.c share.
 */
#pragma once

#include "kernel/syncpoint.h"
#include "runtime/chan/chan_look.h"
#include "runtime/sched/sched.h"

/* Cases whose bookkeeping fits on the stack. */
enum { FEW = 8 };

/* Cases that a select of many deals with, some 100 instructions for each,
 * before it gives way. */
enum { SELECT_PIECE = 256 };

/*
 * A select that waits.  In its goroutine's frame.
 */
struct selection {
	struct select_case  *cases;
	struct select_case  *end;
	struct chan_waiter  *waiters;	/* by case */
	struct select_case **sorted;	/* those with a channel, in the order of
					 * its address */
	struct select_case **sorted_end;
	struct wait_group    group;
};

/* The end of the piece of work that begins at k. */
INLINE struct select_case *
select_end_of_piece(struct select_case *k, struct select_case *end)
{
	return end - k > SELECT_PIECE ? k + SELECT_PIECE : end;
}

/* A point where a scenario stops us, in one place. */
INLINE void
point_looking(void)
{
	SYNC_POINT(select_looking);
}

/* Can k go, whose channel is of that kind? */
INLINE bool
can_go(const struct select_case *k, uint64_t kind)
{
	return chan_can(k->chan, k->op == SELECT_SEND, kind);
}

/* Can the place of an element of c, which is of that kind, be tried by a probe
 * of a word?  Or need it not be, because there is nothing in it? */
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

/* A select of any cases, from the beginning; s has them, and space.  No locks.
 */
int select_in(struct selection *s, bool block);

/* Panic unless all channels of s that are not NULL are channels.  No locks. */
void select_check(const struct selection *s);

/* ---- select_wait.c ---- */

/*
 * None of n cases, at most FEW, looked ready; none is nil or a timer's.  Wait
 * for one, and return its index; plain: all were open channels of words without
 * buffer.  No locks.  Nothing may be done after it but to return (SELECT-3).
 * Where one probe does not do, it takes more of the stack than select_in.
 */
int select_wait_plain(struct select_case *cases, uint32_t n);
int select_wait_few(struct select_case *cases, uint32_t n);

/* Can none of the same go, at one moment?  No locks. */
bool select_none_of_few(struct select_case *cases, uint32_t n);

/* Lock all channels of s, and look: true if no case can go.  Else they have
 * been unlocked. */
bool select_lock_all(struct selection *s);
void select_unlock_all(struct selection *s);

/* All locks are held, and no case can go: wait, as above. */
int select_wait_all(struct selection *s);
