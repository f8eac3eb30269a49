/*
 * spinlock.h - spin locks with ranks.
 *
 * A hart takes locks strictly in rising rank.  Debug builds check that and, if
 * it is violated, print both locks and where they were taken.  Every build
 * records for the panic report which locks a hart holds.  A hart that holds a
 * lock must not park, and therefore is not preempted.  The ranks below are the
 * lock order of the whole system; there is no other list.
 *
 * A hart that finds a lock free takes it, even if other harts wait for it; but
 * a hart that has waited for long closes the lock to newcomers and is served
 * before them.  Rejected: tickets.  They serve strictly in order, so on an
 * emulator that runs more harts than it has cores, each release has to wait
 * until the host gives a core to the very hart that is next.  With 4 harts on 2
 * cores a contended lock took over 150 us with tickets, and takes 0.7 us
 * without them.
 */
#pragma once

#include "kernel/hart.h"
#include "kernel/probe.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

enum lock_rank {
	RANK_POLLDESC   = 20,	/* one netpoll descriptor */
	RANK_CHAN       = 30,	/* one channel; several in address order */
	RANK_SEMA       = 40,	/* one semaphore's waiters */
	RANK_POOL       = 45,	/* what one P has in a pool */
	RANK_TIMERS     = 50,	/* one P's timer heap */
	RANK_SCHED      = 60,	/* global queue, idle Ms and Ps */
	RANK_ALLG       = 70,	/* list of all Gs, free stacks */
	RANK_GC_WORK    = 75,	/* full and empty grey buffers */
	RANK_GC_SPECIAL = 77,	/* finalizers, cleanups, weak handles */
	RANK_GC_CENTRAL = 80,	/* span lists of one class */
	RANK_GC_HEAP    = 90,	/* span table, large spans */
	RANK_PAGE       = 100,	/* physical frames */
	RANK_IRQ_DEV    = 110,	/* one device; also in traps */
	RANK_CONSOLE    = 120,	/* output; a leaf; also in traps */
};

enum {
	SPIN_HELD   = 1 << 0,	/* a hart has the lock */
	SPIN_HUNGRY = 1 << 1,	/* a hart has waited for it for long */
};

_Static_assert(SPIN_HELD == 1, "as in switch.S");

/*
 * Field key:	[C] atomic	[I] immutable after init
 *		[h] the hart that holds the lock; any hart in a panic
 *
 * LOCK-1	SPIN_HELD is set by the hart that takes the lock, and cleared by
 *		the same hart.  The bits above the two flags never change: they
 *		are 0, except in self-named locks, where they are the lock's
 *		address (LOCK-4).
 * LOCK-2	hart->held and then ->below list the locks that a hart holds,
 *		newest first; locks taken by spin_take_self are listed only in
 *		debug builds.  The list runs through the locks themselves, so
 *		there is no limit on how many locks one hart holds: a select
 *		takes a lock for every channel.
 * LOCK-3	SPIN_HUNGRY is set by waiters only, and cleared by a waiter that
 *		takes the lock; waiters that are still hungry set it again.
 *		While it is set, no newcomer takes the lock.  A waiter that
 *		gives up leaves it set; then a newcomer waits until it is hungry
 *		itself.
 * LOCK-4	The state of a *self-named* lock, while it is free, is the
 *		lock's own address.  A hart that takes such a lock compares the
 *		old state with that address instead of 0, which costs no more,
 *		and so learns whether a pointer that a program has passed points
 *		to such a lock at all.
 */
struct spinlock {
	ATOMIC(uint64_t) state;		/* [C] SPIN_HELD | SPIN_HUNGRY */
	struct spinlock *below;		/* [h] LOCK-2 */
	uintptr_t        pc;		/* [h] where the lock was taken */
	const char      *name;		/* [I] */
	uint32_t         rank;		/* [I] enum lock_rank */
};

#define SPINLOCK_INIT(n, r) { .name = (n), .rank = (r) }

/* Make lock free and give it its name and rank; spin_init_self makes it
 * self-named (LOCK-4).  No hart may hold it. */
void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);
void spin_init_self(struct spinlock *lock, const char *name,
    enum lock_rank rank);

/* For the inline functions below only. */

/* Wait for lock and take it.  The caller has just set SPIN_HELD in it and found
 * state, which is not the state of a free lock. */
void spin_wait(struct spinlock *lock, uint64_t state);

/* Panic if this hart must not take lock at pc now.  Debug builds. */
void spin_check_order(const struct spinlock *lock, uintptr_t pc);

/* Remove lock from the list of locks that this hart holds.  Panics if this hart
 * does not hold it. */
void spin_unlink(struct spinlock *lock);

/* Record that this hart has just taken lock (LOCK-2). */
INLINE void
spin_link(struct spinlock *lock, uintptr_t pc)
{
	struct hart *hart = this_hart();

	lock->pc = pc;
	lock->below = hart->held;
	hart->held = lock;
}

/*
 * Take lock.  Any hart with a strand, but never in a trap: there, use the _irq
 * functions.  In debug builds, panics if the hart already holds the lock or
 * takes it out of rank order.  Inline: lock and unlock together take fewer than
 * 20 instructions if no other hart wants the lock.
 */
INLINE void
spin_lock(struct spinlock *lock)
{
	unsigned long state;

	if (DEBUG)
		spin_check_order(lock, this_pc());
	/* acquire: pairs with xor_release_dword in spin_unlock; we see all that
	 * the previous holder did. */
	state = or_acquire_dword(&lock->state, SPIN_HELD);
	if (UNLIKELY(state != 0))
		spin_wait(lock, state);
	spin_link(lock, this_pc());
}

/* Release lock, which this hart holds.  Several locks may be released in any
 * order. */
INLINE void
spin_unlock(struct spinlock *lock)
{
	struct hart *hart = this_hart();

	if (LIKELY(hart->held == lock))
		hart->held = lock->below;
	else
		spin_unlink(lock);
	/* release: pairs with or_acquire_dword in spin_lock and cas_acquire in
	 * wait_until and spin_trylock. */
	xor_release_dword(&lock->state, SPIN_HELD);	/* LOCK-1 */
}

/* Is state the state of a self-named lock at the address lock? */
INLINE bool
spin_is_self(const struct spinlock *lock, uint64_t state)
{
	return (state & ~(uint64_t)(SPIN_HELD | SPIN_HUNGRY)) ==
	    (uintptr_t)lock;
}

/*
 * Try to take lock *briefly*: for a section of a few instructions that calls
 * nothing.  The record that spin_lock makes would cost as much as such a
 * section, so a lock that is taken briefly is not on hart->held, except in
 * debug builds; spin_unlock_brief releases it.  lock need not point to a
 * self-named lock, nor to any memory.  Returns true if lock is a self-named
 * lock that was free, and is taken now.  If this returns false, the caller must
 * pass *state to spin_settle_self.  This is for functions that want no stack
 * frame on their short path.
 */
INLINE bool
spin_take_self(struct spinlock *lock, uint64_t *state)
{
	/* acquire: as in spin_lock.  Where no word can be changed, the state
	 * found is SPIN_HELD alone, which no self-named lock has. */
	*state = probe_or_acquire_dword(&lock->state, SPIN_HELD);
	if (UNLIKELY(*state != (uintptr_t)lock))		/* LOCK-4 */
		return false;
	if (DEBUG) {
		spin_check_order(lock, this_pc());
		spin_link(lock, this_pc());
	}
	return true;
}

/* Wait for lock, in which spin_take_self found state, and take it briefly.
 * Returns false if lock is not a self-named lock; then it is unchanged. */
bool spin_settle_self(struct spinlock *lock, uint64_t state) MUST_USE;

/* Release lock, which this hart has taken briefly. */
INLINE void
spin_unlock_brief(struct spinlock *lock)
{
	if (DEBUG) {
		spin_unlock(lock);
		return;
	}
	/* release: as in spin_unlock. */
	xor_release_dword(&lock->state, SPIN_HELD);
}

/* Forget that this hart has taken lock briefly.  The lock stays held:
 * switch_pass will clear SPIN_HELD. */
INLINE void
spin_disown_brief(struct spinlock *lock)
{
	if (DEBUG)
		spin_unlink(lock);
}

/* Take lock if no hart holds it or has closed it to newcomers.  Returns true if
 * lock is taken.  May be used out of the lock order. */
bool spin_trylock(struct spinlock *lock) MUST_USE;

/* Take or release a lock that traps take too (rank >= RANK_IRQ_DEV).
 * Interrupts are off while this hart holds such a lock; the last release
 * restores them. */
void spin_lock_irq(struct spinlock *lock);
void spin_unlock_irq(struct spinlock *lock);

/* Take such a lock, unless it cannot be had before give_up, or no hart is left
 * to release it.  Returns true if lock is taken; then spin_unlock_irq releases
 * it.  If not, interrupts are as before.  For the end of the machine, which is
 * outside the lock order. */
bool spin_lock_irq_until(struct spinlock *lock, nanos_t give_up) MUST_USE;

/* Does this hart hold lock? */
bool spin_held(const struct spinlock *lock);

#define ASSERT_HELD(lock) ASSERT(spin_held(lock))
