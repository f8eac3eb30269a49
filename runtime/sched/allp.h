/*
 * allp.h - the slice of all Ps, and an M's snapshot of it.
 *
 * The backing array of allp is an ordinary collected object.  It is reached
 * from the root allp and from the snapshot of every M.
 *
 *	ALLP-1	Once the world has run with a backing array, the array's
 *		contents up to its cap never change: growth allocates a new
 *		array.
 *	ALLP-2	allp changes only with the world stopped.
 *	ALLP-3	An M without a P reads Ps only through its own allp_snapshot.
 *	ALLP-4	An M holds a P when it stores or clears its snapshot: both are
 *		stores to a root, and go through the write barrier.
 *
 * Why the snapshot lives on the M (Go issue 74414, commit 740857f5).  An M that
 * has dropped its P no longer delays a stop of the world.  So procresize may
 * replace the array, and the collector may free the old one, while the M still
 * reads it.  A slice header on the M's system stack would keep nothing alive,
 * because system stacks are not scanned.  The M struct is a root.
 *
 * The masks that go with allp (which Ps are idle, which have timers) have the
 * same readers as allp, and so would have this bug, too, if they were
 * allocated.  They need only 1024 bits each; so they are static, and only the
 * part in use follows the length of allp.
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

/* A set of P ids.  Any hart reads it; single bits change by atomic
 * operations. */
struct pmask {
	ATOMIC(uint64_t) word[PMASK_WORDS];	/* [a] */
};

extern struct pmask idlepmask;	/* bit set: the P is on the idle list */
extern struct pmask timerpmask;	/* bit set: the P may have timers */

/* Returns whether id is in mask.  Any hart; the answer may be stale when it
 * returns. */
bool pmask_read(const struct pmask *mask, uint32_t id);

/* Add or remove id, or remove all ids below n.  Any hart. */
void pmask_set(struct pmask *mask, uint32_t id);
void pmask_clear(struct pmask *mask, uint32_t id);
void pmask_clear_all(struct pmask *mask, uint32_t n);

/* Returns the first of the ids i .. n - 1 that is in mask (has is true) or not
 * in mask (has is false); n if there is none.  Any hart; each bit may be stale,
 * as with pmask_read. */
uint32_t pmask_next(const struct pmask *mask, bool has, uint32_t i, uint32_t n);

/* Copy allp to the snapshot on m, which holds a P, and return it, for use after
 * m has dropped its P. */
struct allp_slice allp_take_snapshot(struct m *m);

/* Clear the snapshot of m, which holds a P and no longer needs the snapshot
 * (ALLP-4).  Cheap if there is no snapshot. */
void allp_clear_snapshot(struct m *m);
