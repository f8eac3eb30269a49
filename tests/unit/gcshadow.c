/*
 * gcshadow.c - the collector against a shadow model: random graphs that many
 * goroutines build and change through the barrier, while it collects.
 *
 * Objects are numbered, never twice, and the shadow knows each by its number:
 * which numbers its edges lead to, who may change them, where it lay (hidden,
 * so that no word of the shadow keeps anything alive).  The shadow is static
 * memory that is no root.
 *
 *	SHADOW-1 Edges of an object are changed by its maker only; so are the
 *		slots of a maker's root array.  The cells of the market, by
 *		which objects change hands, have a mutex each.  So the shadow is
 *		exact, with plain stores, for each at its own pace.
 *	SHADOW-2 A maker has no pointer but what it loads from there, and some
 *		that it has loaded before, on its stack alone.  So what is
 *		reachable in the shadow, when all makers have ended, is what
 *		must be alive, with the edges the shadow says.
 *	SHADOW-3 And what is not must be gone after a collection.  Makers ran on
 *		stacks of their own that nobody scans any more.  A stale word
 *		elsewhere, a saved register of a parked goroutine, could keep
 *		something; so STALE objects may have outlived their time by
 *		themselves, that is with no other that leads to them.
 *
 * Links the whole runtime.
 */
#include "tests/unit/gcshadow.h"

#include "gc/gc.h"
#include "lib/str.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

enum {
	EDGES = 5,
	MAKERS = 12,
	ROOTS = 24,		/* of each */
	MARKET = 8,
	HELD = 4,		/* in the hands, on the stack, of each */
	OBJECTS = 12 * 1024,	/* of all makers, in one round */
	NONE = 0,		/* no object has this number */
	STALE = 4,
};

struct obj {
	struct obj *edge[EDGES];
	uint64_t    number;
	uint64_t    check;
};
GC_TYPE(obj, edge);

struct maker {
	struct obj *roots[ROOTS];
};
GC_TYPE(maker, roots);

/* ---- the shadow ---- */

static struct {
	uint32_t  edge[EDGES];
	uint32_t  maker;
	bool      reachable;
	uintptr_t hidden;	/* ~ of its address */
} shadow[OBJECTS];
static uint32_t         root_number[MAKERS][ROOTS];
static uint32_t         market_number[MARKET];
static ATOMIC(uint32_t) next_number;

/* ---- the heap ---- */

static struct maker *makers[MAKERS];		/* a root block */
static struct obj   *market[MARKET];		/* another */
static struct mutex  market_mutex[MARKET];

static uint64_t
check_of(uint64_t number)
{
	return (number + 1) * 0x9e3779b97f4a7c15ULL;
}

/* A new object; NULL when the round has had its number of them. */
static NOINLINE struct obj *
make(uint32_t maker)
{
	uint32_t number = add_relaxed(&next_number, 1);	/* relaxed: a number */
	struct obj *o;

	if (number >= OBJECTS)
		return NULL;
	o = gc_new(&obj_type);
	o->number = number;
	o->check = check_of(number);
	shadow[number].maker = maker;
	shadow[number].hidden = hide(o);
	return o;
}

static uint32_t
number_of(struct ktest *t, const struct obj *o)
{
	if (o == NULL)
		return NONE;
	if (o->number >= OBJECTS || o->check != check_of(o->number)) {
		ktest_fail(t, __FILE__, __LINE__, "%p is no object: number %lu",
		    (const void *)o, (unsigned long)o->number);
		return NONE;
	}
	return (uint32_t)o->number;
}

/* An object somewhere behind a root of ours, or NULL; all on the way must be
 * what the shadow says, as far as it is ours. */
static NOINLINE struct obj *
walk(struct ktest *t, struct rand *r, uint32_t me)
{
	uint32_t slot = rand_below(r, ROOTS), steps = rand_below(r, 12);
	struct obj *o = makers[me]->roots[slot];

	EXPECT_EQ(t, number_of(t, o), root_number[me][slot]);
	while (o != NULL && steps-- > 0 && !ktest_failed(t)) {
		uint32_t e = rand_below(r, EDGES);
		uint32_t from = number_of(t, o);
		/* Others change theirs as we look. */
		struct obj *to = (struct obj *)__atomic_load_n(
		    (uintptr_t *)&o->edge[e], __ATOMIC_RELAXED);

		if (shadow[from].maker == me)
			EXPECT_EQ(t, number_of(t, to), shadow[from].edge[e]);
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

	gc_store(&makers[me]->roots[slot], o);
	root_number[me][slot] = number_of(t, o);
}

static void
set_edge(struct ktest *t, struct rand *r, uint32_t me, struct obj *from,
    struct obj *to)
{
	uint32_t e = rand_below(r, EDGES);

	if (from == NULL || shadow[number_of(t, from)].maker != me)
		return;						/* SHADOW-1 */
	gc_store(&from->edge[e], to);
	shadow[from->number].edge[e] = number_of(t, to);
}

/* Give o away for what lies in a cell of the market. */
static NOINLINE struct obj *
trade(struct ktest *t, struct rand *r, struct obj *o)
{
	uint32_t cell = rand_below(r, MARKET);
	struct obj *got;

	mutex_lock(&market_mutex[cell]);
	got = market[cell];
	EXPECT_EQ(t, number_of(t, got), market_number[cell]);
	gc_store(&market[cell], o);
	market_number[cell] = number_of(t, o);
	mutex_unlock(&market_mutex[cell]);
	return got;
}

/* One change; false when there are no numbers left.  held is on the stack. */
static NOINLINE bool
change(struct ktest *t, struct rand *r, uint32_t me, struct obj **held)
{
	struct obj **hand = &held[rand_below(r, HELD)], *o;

	switch (rand_below(r, 11)) {
	case 0:
	case 1:
	case 2:
		o = make(me);
		if (o == NULL)
			return false;
		set_edge(t, r, me, o, walk(t, r, me));
		set_edge(t, r, me, o, walk(t, r, me));
		set_root(t, r, me, o);
		break;
	case 3:
		set_root(t, r, me, walk(t, r, me));
		break;
	case 4:
	case 5:
		set_edge(t, r, me, walk(t, r, me), walk(t, r, me));
		break;
	case 6:
		set_edge(t, r, me, walk(t, r, me), NULL);
		break;
	case 7:
		set_root(t, r, me, trade(t, r, walk(t, r, me)));
		break;
	case 8:
		*hand = walk(t, r, me);
		break;
	case 9:
		set_root(t, r, me, *hand);
		break;
	default:
		set_edge(t, r, me, walk(t, r, me), *hand);
		break;
	}
	if (rand_below(r, 64) == 0)
		gc_new_bytes(1 + rand_below(r, 2000));
	if (rand_below(r, 256) == 0)
		yield();
	return true;
}

static ATOMIC(uint64_t) round_seed;

static void
be_a_maker(struct ktest *t, uint32_t me)
{
	struct obj *held[HELD] = { NULL };
	struct rand r;

	/* relaxed: changed only between rounds. */
	rand_seed(&r, load_relaxed(&round_seed) * MAKERS + me);
	while (!ktest_failed(t) && change(t, &r, me, held))
		;
}

/* ---- the judgement ---- */

/* Mark what is reachable; numbers is used as a stack. */
static void
spread(void)
{
	static uint32_t stack[OBJECTS];
	uint32_t n = 0;

#define REACH(number_)                                                     \
	do {                                                               \
		uint32_t reach_ = (number_);                               \
		if (reach_ != NONE && !shadow[reach_].reachable) {         \
			shadow[reach_].reachable = true;                   \
			stack[n++] = reach_;                               \
		}                                                          \
	} while (0)
	for (int m = 0; m < MAKERS; m++)
		for (int i = 0; i < ROOTS; i++)
			REACH(root_number[m][i]);
	for (int i = 0; i < MARKET; i++)
		REACH(market_number[i]);
	while (n > 0) {
		uint32_t from = stack[--n];

		for (int e = 0; e < EDGES; e++)
			REACH(shadow[from].edge[e]);
	}
#undef REACH
}

/* Is there still the object of this number? */
static bool
is_there(uint32_t number)
{
	const struct obj *o = (const struct obj *)~shadow[number].hidden;
	struct gc_object is;

	return gc_find_object(o, &is) && is.allocated && is.base == o &&
	    is.size >= sizeof(*o) && o->number == number &&
	    o->check == check_of(number);
}

static void
must_be_alive(struct ktest *t, uint32_t number)
{
	const struct obj *o = (const struct obj *)~shadow[number].hidden;

	if (!is_there(number)) {
		ktest_fail(t, __FILE__, __LINE__,
		    "object %u is reachable, but gone", number);
		return;
	}
	for (int e = 0; e < EDGES; e++)
		EXPECT_EQ(t, number_of(t, o->edge[e]), shadow[number].edge[e]);
}

/* How many are there that must not be, with no other that leads to them. */
static uint32_t
count_stale(uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < end; i++)
		if (!shadow[i].reachable && is_there(i))
			for (int e = 0; e < EDGES; e++)
				shadow[shadow[i].edge[e]].maker = UINT32_MAX;
	for (uint32_t i = 1; i < end; i++)
		n += !shadow[i].reachable && is_there(i) &&
		    shadow[i].maker != UINT32_MAX;
	return n;
}

/* Returns how many objects were alive, of how many. */
static NOINLINE uint32_t
judge(struct ktest *t, uint32_t *made)
{
	uint32_t end = MIN(load_relaxed(&next_number), (uint32_t)OBJECTS);
	uint32_t alive = 0;

	spread();
	for (uint32_t i = 1; i < end && !ktest_failed(t); i++)
		if (shadow[i].reachable) {
			must_be_alive(t, i);
			alive++;
		}
	EXPECT(t, count_stale(end) <= STALE);
	*made = end;
	return alive;
}

static NOINLINE void
set_up(void)
{
	static bool rooted;

	if (!rooted) {
		gc_add_root(makers, MAKERS);
		gc_add_root(market, MARKET);
	}
	rooted = true;
	memset(shadow, 0, sizeof(shadow));
	memset(root_number, 0, sizeof(root_number));
	memset(market_number, 0, sizeof(market_number));
	/* relaxed: nobody else is here; no object has number NONE. */
	store_relaxed(&next_number, NONE + 1);
	for (int i = 0; i < MARKET; i++)
		gc_store(&market[i], NULL);
	for (int i = 0; i < MAKERS; i++)
		gc_store(&makers[i], gc_new(&maker_type));
}

void
gcshadow_forget(void)
{
	for (int i = 0; i < MARKET; i++)
		gc_store(&market[i], NULL);
	for (int i = 0; i < MAKERS; i++)
		gc_store(&makers[i], NULL);
}

void
gcshadow_round(struct ktest *t, uint64_t seed)
{
	uint32_t made, alive;

	set_up();
	/* relaxed: nobody else is here. */
	store_relaxed(&round_seed, seed);
	crowd_run(t, MAKERS, be_a_maker);
	/* The second for what a register has kept from the first. */
	gc_collect();
	gc_collect();
	alive = judge(t, &made);
	/* Both sides of the model have something to say. */
	EXPECT(t, alive > made / 500 && alive < made / 2);
}
