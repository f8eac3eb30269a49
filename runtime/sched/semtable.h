/*
 * semtable.h - who waits at which address.
 *
 * Everything a goroutine can wait at is an address: that of a mutex, a
 * semaphore, a condition.  So such an object needs no room for a queue, costs a
 * word while nobody waits, and is ready for use when it is zero.  This table
 * finds the queue: a fixed number of roots, chosen by a hash of the address;
 * in each a treap (a binary search tree by address that is a heap by random
 * priority: Aragon and Seidel, 1989) with one node for each address, which
 * heads the list of all that wait there.  Hence O(log n) for n addresses in a
 * root, and O(1) for any number of waiters at one.
 *
 * The table knows no scheduler: a waiter is put in with its root locked, and
 * the lock is dropped by park_unlock(), when the goroutine is off its stack.
 * Waiters live on the stacks of those who wait.
 *
 *	SEMT-1	In a root's tree, left < node < right by addr, and no node has a
 *		smaller prio than its children.
 *	SEMT-2	One node for each address: the first of those who wait there.
 *		The others hang on its next, in order; its last is the last.
 *	SEMT-3	A waiter that was taken belongs to the taker until it makes the
 *		goroutine ready, and to the goroutine from then on: gone.
 *
 * Rejected: parent pointers and rotations.  Splitting on the way down and
 * merging after a removal need neither, and nobody leaves from the middle.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lib/compiler.h"
#include "lib/rand.h"

struct g;

/*
 * Lock: the root's, all of it.  token and since are the user's.
 */
struct sem_waiter {
	const void        *addr;	/* where it waits; keeps it alive */
	struct g          *gp;		/* who; not looked at here */
	struct sem_waiter *left;	/* SEMT-1 */
	struct sem_waiter *right;
	struct sem_waiter *next;	/* SEMT-2 */
	struct sem_waiter *last;	/* SEMT-2; in the first only */
	uint32_t           prio;	/* SEMT-1 */
	uint32_t           token;	/* what the waker says */
	nanos_t            since;	/* when it began to wait */
};

/*
 * Lock: lock guards the rest.
 */
struct sem_root {
	struct spinlock    lock;
	struct sem_waiter *top;		/* [L] */
	struct rand        rand;	/* [L] priorities */
} OWN_LINE;

/* The root of addr, locked; any hart.  Two at a time are out of rank. */
struct sem_root *semtable_lock(const void *addr);

INLINE void
semtable_unlock(struct sem_root *root)
{
	spin_unlock(&root->lock);
}

/* All with root, that of addr, locked. */

/* Put w, with w->gp set, before or behind all others that wait at addr. */
void semtable_put(struct sem_root *root, const void *addr,
    struct sem_waiter *w, bool first);

/* Who is the first at addr, or NULL. */
struct sem_waiter *semtable_first(struct sem_root *root, const void *addr);

/* Take out up to n who wait at addr, first come first; the list of them, linked
 * by next and ended with NULL, NULL if there are none.  *more tells whether
 * others still wait there. */
struct sem_waiter *semtable_take(struct sem_root *root, const void *addr,
    uint32_t n, bool *more);

/* Take out all who wait at addr; the list of them, or NULL.  In a time that
 * does not depend on how many they are. */
struct sem_waiter *semtable_take_all(struct sem_root *root, const void *addr);

/* Panic unless the root is as SEMT-1 and SEMT-2 say.  Returns how many wait. */
uint32_t semtable_check(const struct sem_root *root);

/* Call fn for all that wait anywhere, with where.  World stopped. */
void semtable_each(void (*fn)(struct sem_waiter *w, const void *addr,
    void *arg), void *arg);

/* Where the table lies. */
void semtable_range(uintptr_t *lo, uintptr_t *hi);
