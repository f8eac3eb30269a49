/*
 * spinlock.c - what spin_lock and spin_unlock do not do inline.
 */
#include "kernel/spinlock.h"

#include "kernel/backoff.h"
#include "kernel/clock.h"
#include "kernel/panic.h"
#include "kernel/trap.h"
#include "lib/check.h"

/* A waiter becomes hungry after this time (LOCK-3). */
#define HUNGRY_AFTER (1 * NS_PER_MS)

void
spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

void
spin_init_self(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	spin_init(lock, name, rank);
	/* relaxed: no other hart has the lock yet. */
	store_relaxed(&lock->state, (uintptr_t)lock);	/* LOCK-4 */
}

/* Take lock.  The caller has just set SPIN_HELD in it and found state, which is
 * not the state of a free lock.  Returns false if the lock cannot be taken
 * before give_up, or ever. */
static bool
wait_until(struct spinlock *lock, uint64_t state, nanos_t give_up)
{
	nanos_t  start = clock_now();
	uint64_t base = state & ~(uint64_t)(SPIN_HELD | SPIN_HUNGRY);
	uint64_t hungry = 0;
	struct backoff wait = { 0 };

	/* SPIN_HELD was clear, so the lock was free, but a hungry waiter had
	 * closed it to newcomers.  The caller must not keep it: undo the
	 * caller's SPIN_HELD.  relaxed: we did nothing under the lock. */
	if ((state & SPIN_HELD) == 0)
		and_relaxed(&lock->state, ~(uint64_t)SPIN_HELD);

	for (;;) {
		/* relaxed: the CAS below orders the accesses that matter. */
		state = load_relaxed(&lock->state);
		/* acquire: as in spin_lock. */
		if ((state & ~hungry) == base &&
		    cas_acquire(&lock->state, &state, base | SPIN_HELD))
			return true;
		if (!backoff(&wait))
			continue;
		/* In a panic, the harts that could release the lock are
		 * stopped. */
		if (UNLIKELY(panic_is_mine()) || clock_now() > give_up)
			return false;
		if (clock_now() - start > HUNGRY_AFTER)
			hungry = SPIN_HUNGRY;
		/* relaxed: only a request, which publishes nothing. */
		if (hungry != 0)
			or_relaxed(&lock->state, SPIN_HUNGRY);
	}
}

NOINLINE bool
spin_settle_self(struct spinlock *lock, uint64_t state)
{
	if (UNLIKELY(!spin_is_self(lock, state))) {
		/* relaxed: we did nothing under the lock. */
		if ((state & SPIN_HELD) == 0)
			and_relaxed(&lock->state, ~(uint64_t)SPIN_HELD);
		return false;
	}
	if (DEBUG)
		spin_check_order(lock, this_pc());
	spin_wait(lock, state);
	if (DEBUG)
		spin_link(lock, (uintptr_t)__builtin_return_address(0));
	return true;
}

NOINLINE void
spin_wait(struct spinlock *lock, uint64_t state)
{
	if (!wait_until(lock, state, CLOCK_NEVER))
		panic("spinlock: %s is held, and all who could release it are "
		      "stopped", lock->name);
}

/* Two locks of equal rank are allowed only for the ranks of channels and
 * timers, in the order of their addresses; so (rank, address) is one total
 * order. */
static bool
may_follow(const struct spinlock *lock, const struct spinlock *held)
{
	if (lock->rank != held->rank)
		return lock->rank > held->rank;
	return (lock->rank == RANK_CHAN || lock->rank == RANK_TIMERS) &&
	    (uintptr_t)lock > (uintptr_t)held;
}

NOINLINE void
spin_check_order(const struct spinlock *lock, uintptr_t pc)
{
	const struct spinlock *held;

	for (held = this_hart()->held; held != NULL; held = held->below) {
		if (held == lock)
			panic("spinlock: %s taken twice, at %p and at %p",
			    lock->name, (void *)held->pc, (void *)pc);
		if (!may_follow(lock, held))
			panic("spinlock: %s (rank %u) at %p, while holding %s "
			      "(rank %u) from %p", lock->name, lock->rank,
			    (void *)pc, held->name, held->rank,
			    (void *)held->pc);
	}
}

NOINLINE void
spin_unlink(struct spinlock *lock)
{
	struct spinlock **link = &this_hart()->held;

	while (*link != NULL && *link != lock)
		link = &(*link)->below;
	if (*link == NULL)
		panic("spinlock: release of %s, which this hart does not hold",
		    lock->name);
	*link = lock->below;
}

/* This does not check the rank: a hart that does not wait cannot deadlock. */
NOINLINE bool
spin_trylock(struct spinlock *lock)
{
	uint64_t state = 0;

	/* acquire: pairs with xor_release_dword in spin_unlock. */
	if (!cas_acquire(&lock->state, &state, SPIN_HELD))
		return false;
	spin_link(lock, (uintptr_t)__builtin_return_address(0));
	return true;
}

/* Interrupts go off before the lock is taken; otherwise a trap between the two
 * would wait for its own hart for ever. */
NOINLINE void
spin_lock_irq(struct spinlock *lock)
{
	bool         were_on = irq_save();
	struct hart *hart = this_hart();

	ASSERT(lock->rank >= RANK_IRQ_DEV);
	if (hart->irq_depth++ == 0)
		hart->irq_were_on = were_on;
	spin_lock(lock);
	lock->pc = (uintptr_t)__builtin_return_address(0);
}

NOINLINE bool
spin_lock_irq_until(struct spinlock *lock, nanos_t give_up)
{
	bool         were_on = irq_save();
	struct hart *hart = this_hart();
	uint64_t     state;

	/* acquire: as in spin_lock. */
	state = or_acquire_dword(&lock->state, SPIN_HELD);
	if (state != 0 && !wait_until(lock, state, give_up)) {
		irq_restore(were_on);
		return false;
	}
	if (hart->irq_depth++ == 0)
		hart->irq_were_on = were_on;
	spin_link(lock, (uintptr_t)__builtin_return_address(0));
	return true;
}

NOINLINE void
spin_unlock_irq(struct spinlock *lock)
{
	struct hart *hart = this_hart();

	spin_unlock(lock);
	ASSERT(hart->irq_depth > 0);
	if (--hart->irq_depth == 0)
		irq_restore(hart->irq_were_on);
}

bool
spin_held(const struct spinlock *lock)
{
	const struct spinlock *held = this_hart()->held;

	while (held != NULL && held != lock)
		held = held->below;
	return held != NULL;
}
