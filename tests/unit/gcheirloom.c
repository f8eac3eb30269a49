/*
 * gcheirloom.c - rounds in which marking stands still while each of its rules
 * is needed.
 *
 * Beside a collector that runs as it likes, a broken rule of marking costs a
 * maker something by bad luck only: most of what it touches is marked already,
 * or has other ways to it.  So here each maker has *heirlooms*, chains of
 * objects, each with one way to it that nobody else knows.  All build, and
 * park.  Marking begins, and stands still (held_cycle.h) with all in the heap
 * white.  The makers, scanned before they run, go on changing things at random,
 * and do with each heirloom one trick:
 *
 *	take	 Load an object, cut it off, and keep it on the stack, which
 *		 has been scanned, until marking is over.  Only the barrier's
 *		 deletion half can save it; and if that has greyed it on a P
 *		 which is retired, only PROCS-4 saves what hangs on it.
 *	give	 Make an object and keep it likewise.  Only being born black
 *		 saves it; not if it came from a run that is older than the
 *		 marking, so a whole run goes before.
 *	smuggle	 Load an object, cut it off *without the barrier*, and store
 *		 it, through the barrier, in one just made, which nobody will
 *		 scan.  Only the insertion half can save it.
 *
 * That last one breaks a rule, and must: with the other half at work and each
 * goroutine scanned before it runs, no program that keeps to the rules can lose
 * an object for want of the insertion half (MARKER-1, MARKER-2: whatever it can
 * load is old, and has a way to it that the deletion half keeps).  The half is
 * for pointers from elsewhere, and a smuggled one is such.  It is put down
 * before the next safe point, so marking cannot end in between.
 *
 * Then marking goes on and ends, and only then the makers lay down, without a
 * look at it, what they held.  So with a rule switched off each maker loses an
 * object, whatever the seed.
 *
 * Two rules have no trick: a pointer that only an M has is no maker's, and who
 * does not assist loses nothing (test_gcconc.c has both).
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
	LINKS = 4,		/* of an heirloom's chain */
	BUILDING = 400,		/* changes of each before marking is held */
	HOLDING = 200,		/* and meanwhile */
};

/* What a maker has in its hands, and nowhere else, while marking is held. */
struct keep {
	struct obj *obj;
	uint32_t    number;
};

static ATOMIC(uint32_t) retiring;	/* 1: the last one's P is retired */
static struct waitgroup built, begun, told, over;	/* steps of a round */

/* A chain by first edges; the others lead anywhere. */
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

/* The i-th trick, somewhere in the chain but at its end, so that something else
 * hangs on the object. */
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

/* Build, and leave nothing of it on the stack. */
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
	gcshadow_flags = GC_NOTRIGGER;		/* nor do they assist */
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
		gc_collect();	/* with the P away, whatever it has left */
		gomaxprocs(num_hart());
	}
	gc_collect();
	gc_collect();
	v = model_judge();
	model_end();
	return v;
}
