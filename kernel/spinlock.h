/*
 * spinlock.h - ticket locks with ranks.
 *
 * A hart takes locks strictly in rising rank; debug builds check that and name
 * both locks and where they were taken.  Every build records what a hart holds
 * for the panic report.  Holding one forbids parking and, by that, preemption.
 * The ranks below are the lock order of the whole system; there is no other
 * list.  Why tickets: first come, first served, so no hart starves.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

enum lock_rank {
	RANK_WORLD      = 10,	/* waiters for the right to stop the world */
	RANK_POLLDESC   = 20,	/* one netpoll descriptor */
	RANK_CHAN       = 30,	/* one channel; several in address order */
	RANK_SEMA       = 40,	/* one semaphore's waiters */
	RANK_TIMERS     = 50,	/* one P's timer heap */
	RANK_SCHED      = 60,	/* global queue, idle Ms and Ps */
	RANK_ALLG       = 70,	/* list of all Gs, free stacks */
	RANK_GC_WORK    = 75,	/* full and empty grey buffers */
	RANK_GC_CENTRAL = 80,	/* span lists of one class */
	RANK_GC_HEAP    = 90,	/* span table, large spans */
	RANK_VM         = 95,	/* page tables above the leaves */
	RANK_PAGE       = 100,	/* physical frames */
	RANK_IRQ_DEV    = 110,	/* one device; also in traps */
	RANK_CONSOLE    = 120,	/* output; a leaf; also in traps */
};

/*
 * Field key:	[C] atomic	[I] immutable after init
 *
 * LOCK-1	next - owner is the number of harts that hold or want the lock.
 */
struct spinlock {
	ATOMIC(uint32_t) next;		/* [C] the next ticket to hand out */
	ATOMIC(uint32_t) owner;		/* [C] the ticket that holds the lock */
	const char      *name;		/* [I] */
	uint32_t         rank;		/* [I] enum lock_rank */
};

#define SPINLOCK_INIT(n, r) { .name = (n), .rank = (r) }

/* Make lock free and give it its name and rank.  Nobody may hold it. */
void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);

/* Take or release lock.  Any hart with a strand; never in a trap, for that see
 * the _irq forms.  spin_lock of a lock the hart holds, or out of rank order,
 * panics in debug builds. */
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Take lock if it is free; for code outside the lock order. */
bool spin_trylock(struct spinlock *lock) MUST_USE;

/* For locks that traps take too (rank >= RANK_IRQ_DEV): interrupts are off
 * while one is held, and restored by the last release. */
void spin_lock_irq(struct spinlock *lock);
void spin_unlock_irq(struct spinlock *lock);

/* True if this hart holds lock. */
bool spin_held(const struct spinlock *lock);

#define ASSERT_HELD(lock) ASSERT(spin_held(lock))
