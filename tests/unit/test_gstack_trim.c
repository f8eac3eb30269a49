/*
 * test_gstack_trim.c - what collections take from stacks, and that no goroutine
 * misses it.
 *
 * Covers gstack_trim.c (TRIM-1), GATE-6 and GSTACK-4.  Links the whole runtime.
 */
#include "runtime/stack/gstack_trim.h"

#include "gc/gc.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "tests/unit/crowd.h"

enum { NSTACKS = 40, DEEP = 40 * KIB, FILL = 24, DEAD_MANY = 1500 };

static struct g        *parked_g[DEAD_MANY];
static ATOMIC(uint32_t) nparked;

/* Count the pages that are mapped in gp's window, from address lo on. */
static uint32_t
pages_of(struct g *gp, uintptr_t lo)
{
	uint32_t n = 0;

	for (uintptr_t at = lo; at < gp->strand.stack_hi; at += PAGE_SIZE)
		n += vm_frame(at) != NULL;
	return n;
}

/* Use the stack until only left bytes of it are left, and check the frames on
 * the way up. */
static NOINLINE void
descend(struct ktest *t, uint64_t mark, uintptr_t left)
{
	uint64_t fill[FILL];

	for (uint32_t i = 0; i < FILL; i++)
		fill[i] = mark + left + i;
	/* Without this, fill need not be on the stack, and the compiler may
	 * turn the recursion into a loop. */
	__asm__ volatile("" : : "r"(fill) : "memory");
	if ((uintptr_t)__builtin_frame_address(0) -
	    self()->strand.stack_lo > left)
		descend(t, mark + 1, left);
	for (uint32_t i = 0; i < FILL; i++)
		if (fill[i] != mark + left + i) {
			ktest_fail(t, __FILE__, __LINE__, "a frame changed");
			break;
		}
}

static void
park_here(uint32_t i)
{
	parked_g[i] = self();
	/* release: pairs with load_acquire in crowd_until_parked. */
	add_release(&nparked, 1);
	park("a collection");
}

static void
wait_until_parked(struct ktest *t, uint32_t n)
{
	/* acquire: pairs with add_release in park_here. */
	EVENTUALLY(t, load_acquire(&nparked) == n);
	for (uint32_t i = 0; i < n; i++)
		EVENTUALLY(t, is_parked(parked_g[i]));
	store_relaxed(&nparked, 0);
}

static void
crowd_until_parked(struct crowd *crowd, struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i))
{
	crowd_init(crowd, t, fn);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(crowd);
	wait_until_parked(t, n);
}

static void
wake_all(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = parked_g[i];

		parked_g[i] = NULL;	/* it may soon be another goroutine's */
		ready(gp);
	}
}

/* Be deep, park shallow, and be deep again; twice. */
static void
deep_then_park(struct ktest *t, uint32_t i)
{
	descend(t, (uint64_t)i << 32, 60 * KIB - DEEP);
	park_here(i);
	descend(t, (uint64_t)i << 33, 60 * KIB - DEEP);
	park_here(i);
	descend(t, (uint64_t)i << 34, 60 * KIB - DEEP);
}

KTEST(gstack_trim, pages_below_a_parked_goroutine_are_given_back)
{
	uint32_t was = swap_acquire(&gstack_params.stash, GSTACK_STASH_NONE);
	struct crowd crowd;

	crowd_until_parked(&crowd, t, NSTACKS, deep_then_park);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < NSTACKS; i++)
			EXPECT(t, pages_of(parked_g[i],
			    parked_g[i]->strand.stack_lo) >=
			    DEEP / PAGE_SIZE);
		gc_collect();
		for (uint32_t i = 0; i < NSTACKS; i++) {
			struct g *gp = parked_g[i];

			EXPECT_EQ(t, pages_of(gp, gp->strand.stack_lo), 1);
			EXPECT_EQ(t, load_relaxed(&gp->npages), 1);
		}
		wake_all(NSTACKS);
		if (round == 0)
			wait_until_parked(t, NSTACKS);
	}
	crowd_wait(&crowd);
	store_relaxed(&gstack_params.stash, was);
	vm_check();
	page_check();
}

/* Park deep.  The pages above sp stay, with all that is in them. */
static NOINLINE void
go_down_and_park(struct ktest *t, uint32_t i, uint32_t depth)
{
	uint64_t fill[FILL];

	for (uint32_t k = 0; k < FILL; k++)
		fill[k] = (uint64_t)i << 32 | depth << 8 | k;
	if (depth > 0) {
		go_down_and_park(t, i, depth - 1);
	} else {
		descend(t, i, 4 * KIB);
		park_here(i);
	}
	for (uint32_t k = 0; k < FILL; k++)
		EXPECT_EQ(t, fill[k], (uint64_t)i << 32 | depth << 8 | k);
}

static void
park_deep(struct ktest *t, uint32_t i)
{
	go_down_and_park(t, i, i * 4);
}

KTEST(gstack_trim, pages_that_a_parked_goroutine_uses_stay)
{
	uint32_t was = swap_acquire(&gstack_params.stash, GSTACK_STASH_NONE);
	struct crowd crowd;

	crowd_until_parked(&crowd, t, NSTACKS, park_deep);
	gc_collect();
	for (uint32_t i = 0; i < NSTACKS; i++) {
		struct g *gp = parked_g[i];
		uintptr_t sp = gp->strand.ctx.sp;
		uint32_t used = (uint32_t)((gp->strand.stack_hi -
		    ROUND_DOWN(sp, PAGE_SIZE)) / PAGE_SIZE);

		EXPECT_EQ(t, pages_of(gp, gp->strand.stack_lo), used);
		EXPECT_EQ(t, pages_of(gp, ROUND_DOWN(sp, PAGE_SIZE)), used);
	}
	wake_all(NSTACKS);
	crowd_wait(&crowd);
	store_relaxed(&gstack_params.stash, was);
}

static void
just_park(struct ktest *t, uint32_t i)
{
	(void)t;
	park_here(i);
}

/* Return how many Gs are dead.  *with_page is how many of these have a page,
 * and *most the largest number of pages of one of them. */
static uint32_t
count_dead(uint32_t *with_page, uint32_t *most)
{
	uint32_t ndead = 0;

	*with_page = *most = 0;
	for (uint32_t i = 0; i < allg_count(); i++) {
		struct g *gp = allg_at(i);
		uint32_t n = pages_of(gp, gp->strand.stack_lo);

		if (g_status(gp) != G_DEAD)
			continue;
		ndead++;
		*with_page += n != 0;
		*most = MAX(*most, n);
	}
	return ndead;
}

KTEST(gstack_trim, only_some_dead_goroutines_keep_a_page)	/* TRIM-1 */
{
	uint32_t with_page, most;
	struct crowd crowd;

	for (int round = 0; round < 2; round++) {
		crowd_until_parked(&crowd, t, DEAD_MANY, just_park);
		wake_all(DEAD_MANY);
		crowd_wait(&crowd);
		/* They say that they have ended a moment before they are
		 * dead. */
		EVENTUALLY(t, count_dead(&with_page, &most) >= DEAD_MANY &&
		    with_page >= DEAD_MANY);
		for (int i = 0; i < 3; i++)
			gc_collect();
		count_dead(&with_page, &most);
		/* Goroutines that died during the collections still have their
		 * page; they are few. */
		EXPECT(t, with_page <= 64 * (uint32_t)num_hart() + 50);
		EXPECT(t, with_page >= 32);
		EXPECT_EQ(t, most, 1);
	}
	vm_check();
	page_check();
}

/* ---- beside everything ---- */

static ATOMIC(uint32_t) collecting;

static void
deep_and_shallow(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < 12 && !ktest_failed(t); k++) {
		descend(t, (uint64_t)i << 32 | k << 16,
		    60 * KIB - (4 + (i * 7 + k * 11) % 48) * KIB);
		if (k % 2 == 0)
			yield();
		else
			sleep_ns(NS_PER_US * (i % 5) * 20);
	}
}

static void
collect_until_told(void *done)
{
	/* relaxed: the loop may end some time later. */
	while (load_relaxed(&collecting) != 0) {
		gc_collect();
		yield();
	}
	wg_done(done);
}

static void
start_and_end(struct ktest *t, uint32_t i)
{
	if (i % 8 == 0)
		for (uint32_t k = 0; k < 10; k++)
			crowd_run(t, 8, deep_and_shallow);
	else
		deep_and_shallow(t, i);
}

KTEST(gstack_trim, stacks_grow_and_shrink_beside_collections)
{
	struct waitgroup done = { 0 };

	store_relaxed(&collecting, 1);
	wg_add(&done, 1);
	go(collect_until_told, &done);
	crowd_run(t, 64, start_and_end);
	store_relaxed(&collecting, 0);
	wg_wait(&done);
	vm_check();
	page_check();
}
