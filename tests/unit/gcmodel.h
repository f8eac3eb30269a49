/*
 * gcmodel.h - objects that point at each other, and a shadow of them outside
 * the heap, which knows which objects must be alive and which must be dead.
 *
 * Each object has a number, which no other object of the round ever has.  By
 * this number the shadow knows to which numbers the object's edges lead, which
 * maker may change them, and where the object lies.  The address is hidden
 * (hidden.h), so that no word of the shadow keeps an object alive.  The shadow
 * is static memory that is no root.
 *
 *	MODEL-1	The edges of an object are changed only by its maker, and so are
 *		the slots of a maker's roots.  The cells of the market, through
 *		which objects change hands, have a mutex each.  So plain stores
 *		keep the shadow exact, at whatever speed each maker goes.
 *	MODEL-2	A maker has no pointers but what it loads from edges, roots and
 *		market cells, and some that it loaded earlier, which are only on
 *		its stack.  So when all makers have ended, the objects that are
 *		reachable in the shadow are those that must be alive, with the
 *		edges that the shadow says.
 *	MODEL-3	All other objects must be gone after a collection.  Makers ran
 *		on stacks of their own, which nobody scans any more.  A stale
 *		word elsewhere, as in a saved register of a parked goroutine,
 *		could keep an object.  So up to MODEL_STALE objects that no
 *		other object leads to may have outlived their time.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

enum {
	EDGES = 5,
	MAKERS = 12,
	ROOTS = 24,		/* roots of each maker */
	HEIRLOOMS = 6,		/* of each maker: gcheirloom.h */
	MARKET = 8,
	OBJECTS = 12 * 1024,	/* of all makers, in one round */
	NONE = 0,		/* no object has this number */
	MODEL_STALE = 4,
};

struct obj {
	struct obj *edge[EDGES];
	uint64_t    number;
	uint64_t    check;
};

struct maker {
	struct obj *root[ROOTS];
	struct obj *heirloom[HEIRLOOMS];
};

/* The side of the heap: all of these are roots. */
extern struct maker *makers[MAKERS];
extern struct obj   *market[MARKET];

/* The side of the shadow. */
struct shadow {
	uint32_t  edge[EDGES];
	uint32_t  maker;
	bool      reachable;
	uintptr_t hidden;
};
extern struct shadow shadow[OBJECTS];
extern struct maker_shadow {
	uint32_t root[ROOTS];
	uint32_t heirloom[HEIRLOOMS];
} maker_shadow[MAKERS];
extern uint32_t market_shadow[MARKET];

/* The result of a round, in objects. */
struct model_verdict {
	uint32_t made;
	uint32_t alive;		/* must be alive: are reachable */
	uint32_t lost;		/* of these, are gone or wrong */
	uint32_t first_lost;
	uint32_t stale;		/* are there although they need not be */
};

/* Begin a round: let there be makers without roots, and no objects. */
void model_begin(void);

/* Let the makers go, and with them all objects. */
void model_end(void);

/* Make an object of maker, allocated with flags (enum gc_flags).  Returns NULL
 * when the round has used up its numbers. */
struct obj *model_make(uint32_t maker, unsigned flags);

/* Allocate more than a run of objects that nobody keeps.  After this the next
 * object on this P comes from a run that was taken just now. */
void model_burn(unsigned flags);

/* Return the number of o, or NONE if o is NULL.  t fails if o is no object. */
uint32_t model_number(struct ktest *t, const struct obj *o);

/* Store o in *slot, through the barrier, and o's number in *number, the shadow
 * of that slot.  Only the maker that may change slot may call this
 * (MODEL-1). */
void model_put(struct ktest *t, struct obj **slot, uint32_t *number,
    struct obj *o);

/* Take the pointer out of *slot behind the barrier's back, and clear the shadow
 * *number.  Returns the pointer.  The caller must store it somewhere before any
 * other call of the runtime. */
struct obj *model_smuggle(struct obj **slot, uint32_t *number);

/* Compare the heap with the shadow.  All makers have ended, and there was a
 * collection since.  Returns the result. */
struct model_verdict model_judge(void);

/* Let t fail if an object is lost, or if too many are stale. */
void model_expect_right(struct ktest *t, const struct model_verdict *v);
