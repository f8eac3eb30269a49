/*
 * gcshadow.c - the collector against the model of gcmodel.h: many goroutines
 * build random graphs and change them through the barrier, while it collects.
 *
 * Links the whole runtime.
 */
#include "tests/unit/gcshadow.h"

#include "gc/gc.h"
#include "gc/slot.h"
#include "tests/unit/crowd.h"

static struct mutex market_mutex[MARKET];

unsigned gcshadow_flags;

/* All objects on the way must be what the shadow says, as far as they are this
 * maker's. */
NOINLINE struct obj *
gcshadow_walk(struct ktest *t, struct rand *r, uint32_t me)
{
	uint32_t slot = rand_below(r, ROOTS), steps = rand_below(r, 12);
	struct obj *o = makers[me]->root[slot];

	EXPECT_EQ(t, model_number(t, o), maker_shadow[me].root[slot]);
	while (o != NULL && steps-- > 0 && !ktest_failed(t)) {
		uint32_t e = rand_below(r, EDGES);
		uint32_t from = model_number(t, o);
		/* Other makers may change their objects meanwhile. */
		struct obj *to =
		    (struct obj *)slot_load((uintptr_t)&o->edge[e]);

		if (shadow[from].maker == me)
			EXPECT_EQ(t, model_number(t, to), shadow[from].edge[e]);
		if (to == NULL)
			break;
		o = to;
	}
	return o;
}

static void
set_root(struct ktest *t, struct rand *r, uint32_t me, struct obj *o)
{
	uint32_t slot = rand_below(r, ROOTS);

	model_put(t, &makers[me]->root[slot],
	    &maker_shadow[me].root[slot], o);
}

static void
set_edge(struct ktest *t, struct rand *r, uint32_t me, struct obj *from,
    struct obj *to)
{
	uint32_t e = rand_below(r, EDGES);
	uint32_t number = model_number(t, from);

	if (from == NULL || shadow[number].maker != me)
		return;						/* MODEL-1 */
	model_put(t, &from->edge[e], &shadow[number].edge[e], to);
}

/* Exchange o for the object in a cell of the market.  Returns that object. */
static NOINLINE struct obj *
trade(struct ktest *t, struct rand *r, struct obj *o)
{
	uint32_t cell = rand_below(r, MARKET);
	struct obj *got;

	mutex_lock(&market_mutex[cell]);
	got = market[cell];
	EXPECT_EQ(t, model_number(t, got), market_shadow[cell]);
	model_put(t, &market[cell], &market_shadow[cell], o);
	mutex_unlock(&market_mutex[cell]);
	return got;
}

/* Move an edge of from to a root without the barrier, as gcheirloom.c
 * smuggles. */
static NOINLINE void
promote(struct ktest *t, struct rand *r, uint32_t me, struct obj *from)
{
	uint32_t e = rand_below(r, EDGES);
	uint32_t number = model_number(t, from);

	if (from != NULL && shadow[number].maker == me)
		set_root(t, r, me, model_smuggle(&from->edge[e],
		    &shadow[number].edge[e]));
}

static void
make_junk(size_t nbytes)
{
	if (gcshadow_flags == 0)
		gc_new_bytes(nbytes);
	else
		gc_alloc(&gc_byte_type, nbytes, gcshadow_flags);
}

NOINLINE bool
gcshadow_change(struct ktest *t, struct rand *r, uint32_t me, struct obj **held)
{
	struct obj **hand = &held[rand_below(r, HELD)], *o;

	switch (rand_below(r, 12)) {
	case 0:
	case 1:
	case 2:
		o = model_make(me, gcshadow_flags);
		if (o == NULL)
			return false;
		set_edge(t, r, me, o, gcshadow_walk(t, r, me));
		set_edge(t, r, me, o, gcshadow_walk(t, r, me));
		set_root(t, r, me, o);
		break;
	case 3:
		set_root(t, r, me, gcshadow_walk(t, r, me));
		break;
	case 4:
	case 5:
		set_edge(t, r, me, gcshadow_walk(t, r, me),
		    gcshadow_walk(t, r, me));
		break;
	case 6:
		set_edge(t, r, me, gcshadow_walk(t, r, me), NULL);
		break;
	case 7:
		set_root(t, r, me, trade(t, r, gcshadow_walk(t, r, me)));
		break;
	case 8:
		*hand = gcshadow_walk(t, r, me);
		break;
	case 9:
		set_root(t, r, me, *hand);
		break;
	case 10:
		promote(t, r, me, gcshadow_walk(t, r, me));
		break;
	default:
		set_edge(t, r, me, gcshadow_walk(t, r, me), *hand);
		break;
	}
	if (rand_below(r, 64) == 0)
		make_junk(1 + rand_below(r, 2000));
	if (rand_below(r, 256) == 0)
		yield();
	return true;
}

static ATOMIC(uint64_t) round_seed;

void
gcshadow_seed(uint64_t seed)
{
	/* relaxed: nobody else is here. */
	store_relaxed(&round_seed, seed);
}

void
gcshadow_rand(struct rand *r, uint32_t me)
{
	/* relaxed: changed only between rounds. */
	rand_seed(r, load_relaxed(&round_seed) * MAKERS + me);
}

static void
be_a_maker(struct ktest *t, uint32_t me)
{
	struct obj *held[HELD] = { NULL };
	struct rand r;

	gcshadow_rand(&r, me);
	while (!ktest_failed(t) && gcshadow_change(t, &r, me, held))
		;
}

void
gcshadow_round(struct ktest *t, uint64_t seed)
{
	struct model_verdict v;

	model_begin();
	gcshadow_seed(seed);
	crowd_run(t, MAKERS, be_a_maker);
	/* Collect a second time, for objects that a register kept alive the
	 * first time. */
	gc_collect();
	gc_collect();
	v = model_judge();
	model_expect_right(t, &v);
	/* Not nearly all, and not nearly no objects are alive: otherwise the
	 * comparison would prove little. */
	EXPECT(t, v.alive > v.made / 500 && v.alive < v.made / 2);
}
