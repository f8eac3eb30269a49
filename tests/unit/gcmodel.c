/*
 * gcmodel.c - see gcmodel.h.  To judge, pointers in objects are not followed,
 * only compared with what they should be: an object that was lost may contain
 * anything by then.
 */
#include "tests/unit/gcmodel.h"

#include "gc/gc.h"
#include "gc/slot.h"
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/hidden.h"

enum { RUN_BYTES = 16 * KIB };

GC_TYPE(obj, edge);
GC_TYPE(maker, root, heirloom);

struct maker       *makers[MAKERS];
struct obj         *market[MARKET];
struct shadow       shadow[OBJECTS];
struct maker_shadow maker_shadow[MAKERS];
uint32_t            market_shadow[MARKET];

static ATOMIC(uint32_t) next_number;

static uint64_t
check_of(uint64_t number)
{
	return (number + 1) * 0x9e3779b97f4a7c15ULL;
}

NOINLINE struct obj *
model_make(uint32_t maker, unsigned flags)
{
	uint32_t number = add_relaxed(&next_number, 1);	/* relaxed: a number */
	struct obj *o;

	if (number >= OBJECTS)
		return NULL;
	o = flags == 0 ? gc_new(&obj_type) : gc_alloc(&obj_type, 1, flags);
	o->number = number;
	o->check = check_of(number);
	shadow[number].maker = maker;
	shadow[number].hidden = hide(o);
	return o;
}

void
model_burn(unsigned flags)
{
	for (size_t n = 0; n <= RUN_BYTES; n += sizeof(struct obj))
		gc_alloc(&obj_type, 1, flags);
}

uint32_t
model_number(struct ktest *t, const struct obj *o)
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

void
model_put(struct ktest *t, struct obj **slot, uint32_t *number, struct obj *o)
{
	gc_store(slot, o);
	*number = model_number(t, o);
}

struct obj *
model_smuggle(struct obj **slot, uint32_t *number)
{
	struct obj *o = *slot;

	slot_store((uintptr_t)slot, 0);
	*number = NONE;
	return o;
}

/* ---- the judgement ---- */

/* Set reachable in the shadow of each object that the roots lead to, directly
 * or by edges.  The stack holds numbers whose edges have not been followed. */
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
			REACH(maker_shadow[m].root[i]);
	for (int m = 0; m < MAKERS; m++)
		for (int i = 0; i < HEIRLOOMS; i++)
			REACH(maker_shadow[m].heirloom[i]);
	for (int i = 0; i < MARKET; i++)
		REACH(market_shadow[i]);
	while (n > 0) {
		uint32_t from = stack[--n];

		for (int e = 0; e < EDGES; e++)
			REACH(shadow[from].edge[e]);
	}
#undef REACH
}

/* Return whether the object of this number is still there. */
static bool
is_there(uint32_t number)
{
	const struct obj *o = unhide(shadow[number].hidden);
	struct gc_object is;

	return gc_find_object(o, &is) && is.allocated && is.base == o &&
	    is.size >= sizeof(*o) && o->number == number &&
	    o->check == check_of(number);
}

/* Return whether the object of this number, which is reachable, is there and
 * has the edges that the shadow says. */
static bool
is_right(uint32_t number)
{
	const struct obj *o = unhide(shadow[number].hidden);

	if (!is_there(number))
		return false;
	for (int e = 0; e < EDGES; e++) {
		uint32_t to = shadow[number].edge[e];

		if (hide(o->edge[e]) !=
		    (to == NONE ? hide(NULL) : shadow[to].hidden))
			return false;
	}
	return true;
}

/* Return how many objects are still there although they are unreachable, and
 * although no other object of this kind leads to them. */
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

NOINLINE struct model_verdict
model_judge(void)
{
	uint32_t end = MIN(load_relaxed(&next_number), (uint32_t)OBJECTS);
	struct model_verdict v = { .made = end };

	spread();
	for (uint32_t i = 1; i < end; i++)
		if (shadow[i].reachable) {
			v.alive++;
			if (is_right(i))
				continue;
			if (v.lost++ == 0)
				v.first_lost = i;
		}
	v.stale = count_stale(end);
	return v;
}

void
model_expect_right(struct ktest *t, const struct model_verdict *v)
{
	if (v->lost != 0)
		ktest_fail(t, __FILE__, __LINE__, "of %u objects that are "
		    "reachable %u are gone or wrong, the first is number %u",
		    v->alive, v->lost, v->first_lost);
	EXPECT(t, v->stale <= MODEL_STALE);			/* MODEL-3 */
}

/* ---- beginning and end ---- */

NOINLINE void
model_begin(void)
{
	ROOT_ONCE(makers);
	ROOT_ONCE(market);
	memset(shadow, 0, sizeof(shadow));
	memset(maker_shadow, 0, sizeof(maker_shadow));
	memset(market_shadow, 0, sizeof(market_shadow));
	/* relaxed: nobody else is here.  No object has the number NONE. */
	store_relaxed(&next_number, NONE + 1);
	for (int i = 0; i < MARKET; i++)
		gc_store(&market[i], NULL);
	for (int i = 0; i < MAKERS; i++)
		gc_store(&makers[i], gc_new(&maker_type));
}

void
model_end(void)
{
	for (int i = 0; i < MARKET; i++)
		gc_store(&market[i], NULL);
	for (int i = 0; i < MAKERS; i++)
		gc_store(&makers[i], NULL);
}
