/*
 * semtable.h - the table of goroutines that wait at addresses.
 *
 * A goroutine waits at an address: that of a mutex, a semaphore, a condition.
 * The object at that address needs no room for a queue, is no larger than a
 * word or two, and is ready for use when it is zero.  This table finds the
 * queue of an address.  It has a fixed number of roots, chosen by a hash of the
 * address.  Each root holds a treap (a binary search tree by address that is
 * also a heap by random priority: Aragon and Seidel, 1989) with one node for
 * each address; the node heads the list of all waiters at its address.  So an
 * operation takes O(log n) for n addresses in a root, and O(1) for any number
 * of waiters at one address.
 *
 * The table does not call the scheduler: a goroutine puts its waiter in with
 * the root locked, and park_unlock() drops the lock when the goroutine is off
 * its stack.  A waiter lives on the stack of the goroutine that waits.
 *
 *	SEMT-1	In a root's tree, left < node < right by addr, and no node has a
 *		smaller prio than its children.
 *	SEMT-2	Each address has one node: the first waiter at that address.
 *		The node's next leads to the others, in order; the node's last
 *		is the last of them, or the node itself.
 *	SEMT-3	A waiter that was taken belongs to the taker until the taker
 *		makes the goroutine ready.  From then on it belongs to the
 *		goroutine, whose frame may be gone: the taker must not touch it.
 *
 * Rejected: parent pointers and rotations.  Splitting on the way down and
 * merging after a removal need neither, and no waiter leaves from the middle of
 * a list.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lib/compiler.h"
#include "lib/rand.h"

struct g;

/*
 * Lock: the lock of the root guards all fields.  The users of the table define
 * token and since; the table does not look at them.
 */
struct sem_waiter {
	const void        *addr;	/* where gp waits; a pointer that keeps
					 * the object there alive */
	struct g          *gp;		/* the goroutine; not used here */
	struct sem_waiter *left;	/* SEMT-1 */
	struct sem_waiter *right;
	struct sem_waiter *next;	/* SEMT-2 */
	struct sem_waiter *last;	/* SEMT-2; valid in a node only */
	uint32_t           prio;	/* SEMT-1 */
	uint32_t           token;	/* a message from the waker */
	nanos_t            since;	/* when gp began to wait */
};

/*
 * Lock: lock guards the rest.
 */
struct sem_root {
	struct spinlock    lock;
	struct sem_waiter *top;		/* [L] */
	struct rand        rand;	/* [L] priorities */
} OWN_LINE;

/* Lock the root of addr, and return it.  Any hart.  A caller may hold one root
 * at a time: all roots have the same rank. */
struct sem_root *semtable_lock(const void *addr);

INLINE void
semtable_unlock(struct sem_root *root)
{
	spin_unlock(&root->lock);
}

/* All functions with an argument root need it locked; it is the root of addr
 * where both are given. */

/* Put w, with w->gp set, before all other waiters at addr if first is true,
 * else behind them. */
void semtable_put(struct sem_root *root, const void *addr,
    struct sem_waiter *w, bool first);

/* Returns the first waiter at addr, or NULL. */
struct sem_waiter *semtable_first(struct sem_root *root, const void *addr);

/* Take out up to n waiters at addr, in the order in which they came.  Returns
 * the list of them, linked by next and ended with NULL, or NULL if there are
 * none.  Sets *more to whether others still wait there. */
struct sem_waiter *semtable_take(struct sem_root *root, const void *addr,
    uint32_t n, bool *more);

/* Take out all waiters at addr.  Returns the list of them, or NULL.  The time
 * does not depend on their number. */
struct sem_waiter *semtable_take_all(struct sem_root *root, const void *addr);

/* Panic unless SEMT-1 and SEMT-2 hold for root.  Returns how many goroutines
 * wait there. */
uint32_t semtable_check(const struct sem_root *root);

/* Call fn for every waiter w of the table, with the address at which it waits.
 * World stopped. */
void semtable_each(void (*fn)(struct sem_waiter *w, const void *addr,
    void *arg), void *arg);

/* Store the bounds of the table, as an area [*lo, *hi) of memory. */
void semtable_range(uintptr_t *lo, uintptr_t *hi);
