/*
 * gcheirloom.c - rounds in which marking stands still while each of its rules
 * is needed.
 *
 * Beside a collector that runs as it likes, a broken rule of marking costs a
 * maker an object only by bad luck: most of what the maker touches is marked
 * already, or can be reached in other ways.  So in these rounds each maker has
 * *heirlooms*: chains of objects, and to each chain there is one way, which
 * nobody else knows.  All makers build their heirlooms and park.  Marking
 * begins, and stands still (held_cycle.h) while everything in the heap is
 * white.  The makers, whose stacks are scanned before they run, go on changing
 * things at random, and play one trick on each heirloom:
 *
 *	take	 Load an object, cut it off, and keep it on the stack, which
 *		 has been scanned, until marking is over.  Only the deletion
 *		 half of the barrier can save the object.  If the barrier has
 *		 greyed it on a P that is then retired, only PROCS-4 saves what
 *		 hangs on the object.
 *	give	 Make an object and keep it in the same way.  It survives only
 *		 because objects are born black while marking.  An object from a
 *		 run that is older than the marking would not prove that; so the
 *		 maker uses up a whole run first.
 *	smuggle	 Load an object, cut it off *without the barrier*, and store
 *		 it, through the barrier, in an object made just now, which
 *		 nobody will scan.  Only the insertion half can save it.
 *
 * The last trick breaks a rule, and it must.  While the deletion half works and
 * each goroutine is scanned before it runs, no program that keeps to the rules
 * can lose an object for want of the insertion half: whatever the program can
 * load is old, and can be reached in a way that the deletion half keeps
 * (MARKER-1, MARKER-2).  The insertion half is for pointers that come from
 * elsewhere, and a smuggled pointer is one of them.  The maker stores it before
 * its next safe point, so marking cannot end in between.
 *
 * Then marking goes on and ends, and only after that the makers store in roots
 * what they held, without looking at it.  So if a rule is switched off each
 * maker loses an object, whatever the seed.
 *
 * Two rules have no trick: a pointer that only an M has belongs to no maker,
 * and a goroutine that does not assist loses nothing (test_gcconc.c tests
 * both).
 *
 * Links the whole runtime.
 */
#include "tests/unit/gcheirloom.h"

#include "gc/gc.h"
#include "tests/unit/crowd.h"
#include "tests/unit/gcshadow.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/retired.h"

enum {
	LINKS = 4,		/* objects in an heirloom's chain */
	BUILDING = 400,		/* changes by each before marking is held */
	HOLDING = 200,		/* and while it is held */
};

/* An object that a maker holds in no other place while marking is held. */
struct keep {
	struct obj *obj;
	uint32_t    number;
};

static ATOMIC(uint32_t) retiring;	/* 1: retire the last maker's P */
static struct waitgroup built, begun, told, over;	/* steps of a round */

/* Make heirlooms: chains by the first edge of each object.  The other edges
 * lead anywhere. */
static NOINLINE void
make_heirlooms(struct ktest *t, struct rand *r, uint32_t me)
{
	for (uint32_t i = 0; i < HEIRLOOMS; i++)
		for (int k = 0; k < LINKS; k++) {
			struct obj *o = model_make(me, gcshadow_flags);
			uint32_t *edge = shadow[model_number(t, o)].edge;

			for (uint32_t e = 1; e < EDGES; e++)
				model_put(t, &o->edge[e], &edge[e],
				    gcshadow_walk(t, r, me));
			model_put(t, &o->edge[0], &edge[0],
			    makers[me]->heirloom[i]);
			model_put(t, &makers[me]->heirloom[i],
			    &maker_shadow[me].heirloom[i], o);
		}
}

/* Play trick i on an object of heirloom i.  The object is any of the chain but
 * the last, so that another object hangs on it. */
static NOINLINE void
do_trick(struct ktest *t, struct rand *r, uint32_t me, uint32_t i,
    struct keep *keep)
{
	struct obj **at = &makers[me]->heirloom[i], *o;
	uint32_t *number = &maker_shadow[me].heirloom[i];

	for (uint32_t n = rand_below(r, LINKS - 1); n > 0; n--) {
		number = &shadow[model_number(t, *at)].edge[0];
		at = &(*at)->edge[0];
	}
	switch (i % 3) {
	case 0:							/* take */
		keep->obj = *at;
		keep->number = *number;
		model_put(t, at, number, NULL);
		break;
	case 1:							/* give */
		model_burn(gcshadow_flags);
		keep->obj = model_make(me, gcshadow_flags);
		keep->number = model_number(t, keep->obj);
		break;
	default:						/* smuggle */
		o = model_make(me, gcshadow_flags);
		model_put(t, &o->edge[0], &shadow[model_number(t, o)].edge[0],
		    model_smuggle(at, number));
		model_put(t, at, number, o);
		break;
	}
}

/* Build the objects of maker me, and leave no pointer to them on the stack. */
static NOINLINE void
build(struct ktest *t, struct rand *r, uint32_t me, struct obj **held)
{
	for (int n = 0; n < BUILDING; n++)
		gcshadow_change(t, r, me, held);
	make_heirlooms(t, r, me);
}

static void
be_an_heir(struct ktest *t, uint32_t me)
{
	struct obj *held[HELD] = { NULL };
	struct keep keep[HEIRLOOMS] = { { NULL, NONE } };
	struct rand r;

	gcshadow_rand(&r, me);
	build(t, &r, me, held);
	wipe_stack();
	wg_done(&built);
	wg_wait(&begun);
	for (int n = 0; n < HOLDING; n++)
		gcshadow_change(t, &r, me, held);
	for (uint32_t i = 0; i < HEIRLOOMS; i++)
		do_trick(t, &r, me, i, &keep[i]);
	/* relaxed: changed only between rounds. */
	if (me == MAKERS - 1 && load_relaxed(&retiring) != 0)
		retired_here();
	wg_done(&told);
	wg_wait(&over);
	for (uint32_t i = 0; i < HEIRLOOMS; i++)
		if (keep[i].number != NONE) {
			gc_store(&makers[me]->heirloom[i], keep[i].obj);
			maker_shadow[me].heirloom[i] = keep[i].number;
		}
}

static void
steps_init(bool retire)
{
	static struct waitgroup fresh;

	built = begun = told = over = fresh;
	wg_add(&built, MAKERS);
	wg_add(&begun, 1);
	wg_add(&told, MAKERS);
	wg_add(&over, 1);
	/* relaxed: nobody else is here. */
	store_relaxed(&retiring, retire);
}

struct model_verdict
gcheirloom_round(struct ktest *t, uint64_t seed, const char *fault,
    bool retire)
{
	struct model_verdict v;
	struct crowd crowd;

	model_begin();
	gcshadow_seed(seed);
	steps_init(retire);
	crowd_init(&crowd, t, be_an_heir);
	for (uint32_t i = 0; i < MAKERS; i++)
		crowd_go(&crowd);
	wg_wait(&built);
	gc_collect();
	held_cycle_begin();
	EXPECT(t, gc_concurrent());
	if (fault != NULL)
		held_cycle_break(fault);
	gcshadow_flags = GC_NOTRIGGER;		/* and without assists */
	if (retire)
		retired_begin();
	wg_done(&begun);
	if (retire)
		retired_end();
	wg_wait(&told);
	EXPECT(t, gc_concurrent());
	gcshadow_flags = 0;
	held_cycle_end();
	wg_done(&over);
	crowd_wait(&crowd);
	if (retire) {
		gc_collect();	/* with the P away: collect what it left */
		gomaxprocs(num_hart());
	}
	gc_collect();
	gc_collect();
	v = model_judge();
	model_end();
	return v;
}
