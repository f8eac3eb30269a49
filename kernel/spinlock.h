/*
 * spinlock.h - spin locks with ranks.
 *
 * A hart takes locks strictly in rising rank; debug builds check that and name
 * both locks and where they were taken.  Every build records what a hart holds
 * for the panic report.  Holding one forbids parking and, by that, preemption.
 * The ranks below are the lock order of the whole system; there is no other
 * list.
 *
 * Who finds a lock free takes it, also past others that wait; but a hart that
 * has waited for long closes the lock to newcomers and is served before them.
 * Rejected: tickets.  They serve strictly in order, so on an emulator that runs
 * more harts than it has cores, each release waits until the host gives a core
 * to just the next one in line: with 4 harts on 2 cores a contended lock took
 * over 150 us, and takes 0.7 us this way.
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
	SPIN_HELD   = 1 << 0,	/* somebody has the lock */
	SPIN_HUNGRY = 1 << 1,	/* and somebody has waited for it for long */
};

_Static_assert(SPIN_HELD == 1, "as in switch.S");

/*
 * Field key:	[C] atomic	[I] immutable after init
 *		[h] the hart that holds the lock; others only in a panic
 *
 * LOCK-1	SPIN_HELD is set by whoever takes the lock, and cleared by the
 *		same hart.  The bits above the two flags never change: they are
 *		0, but in locks of which they are the address (LOCK-4).
 * LOCK-2	hart->held and then ->below lists what the hart holds, newest
 *		first; brief ones only in debug builds.  The list runs through
 *		the locks, so there is no limit on how many one hart holds: a
 *		select takes one for every channel.
 * LOCK-3	SPIN_HUNGRY is set by waiters only, cleared by one that takes
 *		the lock; those that still wait set it again.  While it is set,
 *		no newcomer takes the lock.  A waiter that gives up leaves it;
 *		then a newcomer waits until it is hungry itself.
 * LOCK-4	The state of a *self-named* lock is, while it is free, its own
 *		address.  Who takes it compares what it was with that instead of
 *		0, which costs the same, and so learns whether what a program
 *		has given us is such a lock at all.
 */
struct spinlock {
	ATOMIC(uint64_t) state;		/* [C] SPIN_HELD | SPIN_HUNGRY */
	struct spinlock *below;		/* [h] LOCK-2 */
	uintptr_t        pc;		/* [h] where it was taken */
	const char      *name;		/* [I] */
	uint32_t         rank;		/* [I] enum lock_rank */
};

#define SPINLOCK_INIT(n, r) { .name = (n), .rank = (r) }

/* Make lock free and give it its name and rank; self-named (LOCK-4) by the
 * second.  Nobody may hold it. */
void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);
void spin_init_self(struct spinlock *lock, const char *name,
    enum lock_rank rank);

/* For the inline functions below only. */
void spin_wait(struct spinlock *lock, uint64_t state);
void spin_check_order(const struct spinlock *lock, uintptr_t pc);
void spin_unlink(struct spinlock *lock);

/* This hart has just taken lock: put it on its list (LOCK-2). */
INLINE void
spin_link(struct spinlock *lock, uintptr_t pc)
{
	struct hart *hart = this_hart();

	lock->pc = pc;
	lock->below = hart->held;
	hart->held = lock;
}

/*
 * Take lock.  Any hart with a strand; never in a trap, for that see the _irq
 * forms.  A lock the hart holds already, or out of rank order, panics in debug
 * builds.  Inline: a lock and unlock nobody contends is under 20 instructions.
 */
INLINE void
spin_lock(struct spinlock *lock)
{
	unsigned long state;

	if (DEBUG)
		spin_check_order(lock, this_pc());
	/* acquire: pairs with xor_release_dword in spin_unlock; we see all that
	 * the holder before us did. */
	state = or_acquire_dword(&lock->state, SPIN_HELD);
	if (UNLIKELY(state != 0))
		spin_wait(lock, state);
	spin_link(lock, this_pc());
}

/* Release lock, which this hart holds; any order among several is fine. */
INLINE void
spin_unlock(struct spinlock *lock)
{
	struct hart *hart = this_hart();

	if (LIKELY(hart->held == lock))
		hart->held = lock->below;
	else
		spin_unlink(lock);
	/* release: pairs with or_acquire in spin_lock and cas_acquire in
	 * spin_wait and spin_trylock. */
	xor_release_dword(&lock->state, SPIN_HELD);	/* LOCK-1 */
}

/*
 * The same for sections of a few instructions that call nothing, where the
 * record would cost as much as the section: what is locked briefly is not in
 * hart->held, but in debug builds.  A brief lock is ended by a brief unlock.
 */
INLINE void
spin_lock_brief(struct spinlock *lock)
{
	unsigned long state;

	if (DEBUG) {
		spin_lock(lock);
		return;
	}
	/* acquire: as in spin_lock. */
	state = or_acquire_dword(&lock->state, SPIN_HELD);
	if (UNLIKELY(state != 0))
		spin_wait(lock, state);
}

/* Is state what a self-named lock at that address has? */
INLINE bool
spin_is_self(const struct spinlock *lock, uint64_t state)
{
	return (state & ~(uint64_t)(SPIN_HELD | SPIN_HUNGRY)) ==
	    (uintptr_t)lock;
}

/*
 * Try to take lock, self-named if it is one at all, briefly.  Returns true if
 * it was free and is taken.  If not, the caller passes *state to
 * spin_settle_self.  For functions that want no frame on their short path.
 * There need not be any memory: then it is no such lock.
 */
INLINE bool
spin_take_self(struct spinlock *lock, uint64_t *state)
{
	/* acquire: as in spin_lock.  SPIN_HELD alone, where no word can be
	 * changed, is the state of no self-named lock. */
	*state = probe_or_acquire_dword(&lock->state, SPIN_HELD);
	if (UNLIKELY(*state != (uintptr_t)lock))		/* LOCK-4 */
		return false;
	if (DEBUG) {
		spin_check_order(lock, this_pc());
		spin_link(lock, this_pc());
	}
	return true;
}

/* Wait for lock, in which spin_take_self found state, and take it.  Returns
 * false if it is no self-named lock; then it is as it was. */
bool spin_settle_self(struct spinlock *lock, uint64_t state) MUST_USE;

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

/* Forget that this hart has taken lock briefly: it stays held, and somebody
 * else clears SPIN_HELD (switch_pass). */
INLINE void
spin_disown_brief(struct spinlock *lock)
{
	if (DEBUG)
		spin_unlink(lock);
}

/* Take lock if it is free; for code outside the lock order. */
bool spin_trylock(struct spinlock *lock) MUST_USE;

/* For locks that traps take too (rank >= RANK_IRQ_DEV): interrupts are off
 * while one is held, and restored by the last release. */
void spin_lock_irq(struct spinlock *lock);
void spin_unlock_irq(struct spinlock *lock);

/* Take such a lock, unless that lasts until give_up or no hart is left to
 * release it.  Returns whether it is taken; spin_unlock_irq releases it.  For
 * the end of the machine, outside of the lock order. */
bool spin_lock_irq_until(struct spinlock *lock, nanos_t give_up) MUST_USE;

/* True if this hart holds lock. */
bool spin_held(const struct spinlock *lock);

#define ASSERT_HELD(lock) ASSERT(spin_held(lock))
