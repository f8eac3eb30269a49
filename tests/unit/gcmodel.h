/*
 * gcmodel.h - objects that point at each other, and a shadow of them outside
 * the heap that knows what must be alive, and what dead.
 *
 * Objects are numbered, never twice, and the shadow knows each by its number:
 * which numbers its edges lead to, who may change them, where it lay (hidden,
 * so that no word of the shadow keeps anything alive).  The shadow is static
 * memory that is no root.
 *
 *	MODEL-1	Edges of an object are changed by its maker only; so are the
 *		slots of a maker's roots.  The cells of the market, by which
 *		objects change hands, have a mutex each.  So the shadow is
 *		exact, with plain stores, for each at its own pace.
 *	MODEL-2	A maker has no pointer but what it loads from there, and some
 *		that it has loaded before, on its stack alone.  So what is
 *		reachable in the shadow, when all makers have ended, is what
 *		must be alive, with the edges the shadow says.
 *	MODEL-3	And what is not must be gone after a collection.  Makers ran on
 *		stacks of their own that nobody scans any more.  A stale word
 *		elsewhere, a saved register of a parked goroutine, could keep
 *		something; so MODEL_STALE objects may have outlived their time
 *		by themselves, that is with no other that leads to them.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

enum {
	EDGES = 5,
	MAKERS = 12,
	ROOTS = 24,		/* of each */
	HEIRLOOMS = 6,		/* of each: gcheirloom.h */
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

/* The heap's side, all roots. */
extern struct maker *makers[MAKERS];
extern struct obj   *market[MARKET];

/* And the shadow's. */
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

/* What a round has shown. */
struct model_verdict {
	uint32_t made;
	uint32_t alive;		/* are reachable */
	uint32_t lost;		/* of those, are gone or wrong */
	uint32_t first_lost;
	uint32_t stale;		/* are there that need not be */
};

/* Makers with nothing, and no object. */
void model_begin(void);

/* Let makers, and so all objects, go. */
void model_end(void);

/* A new object, allocated with flags (enum gc_flags); NULL when the round has
 * had its number of them. */
struct obj *model_make(uint32_t maker, unsigned flags);

/* Allocate for nothing what is more than a run: the next object, on this P, is
 * from a run that has been taken just now. */
void model_burn(unsigned flags);

/* Its number, NONE of NULL; t fails if o is no object. */
uint32_t model_number(struct ktest *t, const struct obj *o);

/* Store o, through the barrier, and say so to the shadow.  Who may change slot,
 * whose shadow number is. */
void model_put(struct ktest *t, struct obj **slot, uint32_t *number,
    struct obj *o);

/* Take what lies in slot behind the barrier's back.  It is to be put somewhere
 * at once: before any call of the runtime. */
struct obj *model_smuggle(struct obj **slot, uint32_t *number);

/* Compare, when all makers have ended and there was a collection. */
struct model_verdict model_judge(void);

/* t fails if anything is lost, or too much is stale. */
void model_expect_right(struct ktest *t, const struct model_verdict *v);
