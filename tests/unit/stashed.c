/*
 * stashed.c - see stashed.h.
 */
#include "tests/unit/stashed.h"

#include "gc/gc.h"
#include "tests/unit/hidden.h"

static uintptr_t parked[STASHED_MAX];	/* hidden */

static ATOMIC(uint32_t) narrived;

struct g *
parked_g(uint32_t i)
{
	return unhide(parked[i]);
}

bool
is_stashed(struct g *gp)
{
	/* relaxed: a snapshot. */
	return load_relaxed(&gp->stash) != NULL;
}

uint32_t
count_stashed(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += is_stashed(parked_g(i));
	return sum;
}

void
about_to_park(uint32_t i)
{
	parked[i] = hide(self());
	/* release: pairs with load_acquire in wait_parked. */
	add_release(&narrived, 1);
}

void
wait_parked(struct ktest *t, uint32_t n)
{
	/* acquire: pairs with add_release in about_to_park. */
	EVENTUALLY(t, load_acquire(&narrived) == n);
	for (uint32_t i = 0; i < n; i++)
		EVENTUALLY(t, is_parked(parked_g(i)));
	store_relaxed(&narrived, 0);
}

void
start_parked(struct crowd *crowd, struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i))
{
	crowd_init(crowd, t, fn);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(crowd);
	wait_parked(t, n);
}

void
stash_them(struct ktest *t, uint32_t n)
{
	/* This may take more than two collections, if a goroutine was not yet
	 * where it was going to wait: on its way to wait for a cond it may have
	 * waited for a mutex. */
	EVENTUALLY(t, ({ gc_collect(); count_stashed(n) == n; }));
}

void
ready_all(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ready(parked_g(i));
}

NOINLINE struct cell *
new_list(uint64_t number)
{
	struct cell *list = NULL;

	for (uint32_t i = 0; i < LIST_LEN; i++) {
		struct cell *c = gc_new(&cell_type);

		c->number = number;
		gc_store(&c->next, list);
		list = c;
	}
	return list;
}
