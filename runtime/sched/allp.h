/*
 * allp.h - the slice of all Ps, and an M's snapshot of it.
 *
 * allp's backing array is an ordinary collected object, reached from the root
 * allp and from the snapshot of every M.
 *
 *	ALLP-1	Contents of a backing array up to its cap never change once the
 *		world has run with it: growth allocates a new array.
 *	ALLP-2	allp changes only with the world stopped.
 *	ALLP-3	An M without a P reads Ps only through its own allp_snapshot.
 *	ALLP-4	A snapshot is stored and cleared with a P in hand: both are
 *		stores to a root, and go through the write barrier.
 *
 * Why the snapshot lives on the M (Go issue 74414, commit 740857f5): an M that
 * has dropped its P no longer delays a stop of the world, so procresize may
 * replace the array and the collector free the old one while the M still reads
 * it.  The slice header on the M's system stack would keep nothing alive,
 * because system stacks are not scanned.  The M struct is a root.
 *
 * The masks that go with allp (which Ps are idle, which have timers) have the
 * same readers and so would have the same bug if they were allocated; they are
 * 1024 bits each, so they are static and only their length follows allp.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct m;
struct p;

struct allp_slice {
	struct p **ptr;		/* a collected array of cap entries */
	size_t     len;
	size_t     cap;
};

extern struct allp_slice allp;	/* ALLP-2 */

enum { PMASK_WORDS = 1024 / 64 };

/* A set of P ids that any hart reads and single bits of which change by atomic
 * operations. */
struct pmask {
	ATOMIC(uint64_t) word[PMASK_WORDS];	/* [a] */
};

extern struct pmask idlepmask;	/* bit set: the P is on the idle list */
extern struct pmask timerpmask;	/* bit set: the P may have timers */

bool pmask_read(const struct pmask *mask, uint32_t id);
void pmask_set(struct pmask *mask, uint32_t id);
void pmask_clear(struct pmask *mask, uint32_t id);
void pmask_clear_all(struct pmask *mask, uint32_t n);	/* 0 .. n - 1 */

/* The first of the ids i .. n - 1 that mask has, or has not; n if there is
 * none.  Any hart; each bit may be stale, as with pmask_read. */
uint32_t pmask_next(const struct pmask *mask, bool has, uint32_t i, uint32_t n);

/* Stash allp on m and return it, for use after m drops its P.  m holds a P. */
struct allp_slice allp_take_snapshot(struct m *m);

/* m no longer needs its snapshot.  m holds a P (ALLP-4).  Cheap if there is
 * none. */
void allp_clear_snapshot(struct m *m);
