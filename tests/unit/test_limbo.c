/*
 * test_limbo.c - pages of stacks are taken away although harts may still have
 * translations of them, and no hart is interrupted for it.
 *
 * Covers gstack_trim.c (TRIM-1 to TRIM-5) and kernel/tlb.c.  Most tests stop
 * the world and do the steps of the protocol themselves, so that it is known
 * which hart has which translations.  The emulator keeps a translation until
 * another page needs its place.  Neighbouring pages have different places, so
 * of many translations some are still there when a test looks again.  But the
 * emulator forgets all translations at any sfence.vma, and serving a page fault
 * executes one.  So where a test uses old translations, faults are skipped
 * instead of served.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/gstack_trim.h"
#include "runtime/stack/stash.h"
#include "tests/unit/stashed.h"

/* N goroutines have a variable each; NDEEP_GS goroutines have unused pages. */
enum { N = 32, NDEEP_GS = 4, DEEP_PAGES = 14 };

#define OLD(i) (0x01d0000UL + (i))
#define NEW(i) (0x0e30000UL + (i))

static uint64_t *variables[N];	/* on the parked goroutines' stacks */

/* ---- the protocol, step by step ---- */

struct condemned {
	struct gstack_trim trim;
	uint32_t           n;
};

static void
condemn_all(void *arg)
{
	struct condemned *all = arg;

	for (uint32_t i = 0; i < all->n; i++)
		gstack_trim_parked(&all->trim, parked_g(i));
	gstack_trim_end(&all->trim);
}

/* Condemn the pages that the first n parked goroutines do not need.  The world
 * is stopped between two collections.  Returns how many of the goroutines had
 * such pages. */
static uint32_t
condemn(uint32_t n)
{
	struct condemned all = { .n = n };

	gc_host.on_system_stack(condemn_all, &all);
	return all.trim.n;
}

/* Stop the world and condemn pages of the first n goroutines, each of which
 * must have some. */
static void
stop_and_condemn(struct ktest *t, uint32_t n)
{
	gc_stop_between_cycles("condemning pages of stacks");
	EXPECT_EQ(t, condemn(n), n);
}

/* Begin a new era and reap, while the world is stopped, then start the
 * world. */
static void
reap_and_start(struct ktest *t)
{
	gc_host.new_era();
	gstack_reap();
	EXPECT_EQ(t, gstack_in_limbo(), 0);
	gc_host.start_world();
}

static bool
top_is_mapped(uint32_t i)
{
	return vm_is_mapped(parked_g(i)->strand.stack_hi - PAGE_SIZE);
}

/* ---- a variable of a parked goroutine ---- */

static ATOMIC(uint32_t) nlost;	/* stores that their owner has not seen */

static void
park_with_variable(struct ktest *t, uint32_t i)
{
	uint64_t variable = OLD(i);

	(void)t;
	variables[i] = &variable;
	__asm__ volatile("" : : "r"(&variable) : "memory");
	about_to_park(i);
	park("a test");
	__asm__ volatile("" : : : "memory");
	if (variable != NEW(i))
		/* relaxed: a count. */
		add_relaxed(&nlost, 1);
}

/* Load from all variables, so that this hart has translations of their
 * pages. */
static void
look_at_variables(void)
{
	for (uint32_t i = 0; i < N; i++)
		__asm__ volatile("" : : "r"(*(volatile uint64_t *)
		    variables[i]));
}

static void
store_to_variables(void)
{
	for (uint32_t i = 0; i < N; i++)
		*variables[i] = NEW(i);
	__asm__ volatile("" : : : "memory");
}

/* Start N goroutines that park, and set that collections stash all their
 * stacks.  Returns the setting before, for end. */
static uint32_t
begin(struct ktest *t, struct crowd *crowd)
{
	store_relaxed(&nlost, 0);
	start_parked(crowd, t, N, park_with_variable);
	return swap_acquire(&gstack_params.stash, GSTACK_STASH_ALL);
}

/* Restore the setting was, and let the goroutines run to their end.  Returns
 * how many stores were lost. */
static uint32_t
end(struct crowd *crowd, uint32_t was)
{
	store_relaxed(&gstack_params.stash, was);
	ready_all(N);
	crowd_wait(crowd);
	tlb_forget();
	vm_check();
	page_check();
	return load_relaxed(&nlost);
}

KTEST(limbo, a_store_after_reaping_is_not_lost)		/* TRIM-5 */
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd);

	gc_stop_between_cycles("condemning pages of stacks");
	look_at_variables();
	EXPECT_EQ(t, condemn(N), N);
	gc_host.new_era();
	gstack_reap();
	EXPECT_EQ(t, count_stashed(N), N);
	store_to_variables();
	EXPECT_EQ(t, count_stashed(N), 0);
	gc_host.start_world();
	EXPECT_EQ(t, end(&crowd, was), 0);
}

KTEST(limbo, a_store_before_reaping_is_not_lost)	/* TRIM-4 */
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd), nmapped = 0;

	wipe_stack();
	gc_stop_between_cycles("condemning pages of stacks");
	look_at_variables();
	EXPECT_EQ(t, condemn(N), N);
	store_to_variables();
	for (uint32_t i = 0; i < N; i++)
		nmapped += top_is_mapped(i);
	reap_and_start(t);
	EXPECT_EQ(t, count_stashed(N), N - nmapped);
	EXPECT_EQ(t, end(&crowd, was), 0);
}

KTEST(limbo, a_touched_page_keeps_its_frame)		/* TRIM-4 */
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd);
	void *frames[N];

	stop_and_condemn(t, N);
	for (uint32_t i = 0; i < N; i++) {
		EXPECT(t, !top_is_mapped(i));
		frames[i] = vm_frame((uintptr_t)variables[i]);
	}
	tlb_forget();
	store_to_variables();
	for (uint32_t i = 0; i < N; i++) {
		EXPECT(t, top_is_mapped(i));
		EXPECT(t, vm_frame((uintptr_t)variables[i]) == frames[i]);
	}
	reap_and_start(t);
	EXPECT_EQ(t, count_stashed(N), 0);
	EXPECT_EQ(t, end(&crowd, was), 0);
}

static void
store_on_each_hart(struct ktest *t, uint32_t i)
{
	static ATOMIC(uint32_t) turn;

	(void)t;
	if (i == 0)
		store_release(&turn, 0);
	/* acquire: pairs with add_release below. */
	while (load_acquire(&turn) != i)
		cpu_relax();
	for (uint32_t k = i; k < N; k += (uint32_t)num_hart())
		*variables[k] = NEW(k);
	add_release(&turn, 1);
}

static void
look_on_each_hart(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	look_at_variables();
}

KTEST(limbo, harts_that_were_idle_forget_before_they_run)	/* TRIM-3 (a) */
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd);

	ktest_on_every_hart(t, look_on_each_hart);
	stop_and_condemn(t, N);
	reap_and_start(t);
	ktest_on_every_hart(t, store_on_each_hart);
	EXPECT_EQ(t, end(&crowd, was), 0);
}

/* ---- free frames ---- */

/* Touch n half pages of stack, one with each frame: no frame may be as large as
 * a page (GSTACK-5). */
static NOINLINE void
use_halves(uint32_t n)
{
	char half[PAGE_SIZE / 2];

	__asm__ volatile("" : : "r"(half) : "memory");
	half[0] = 1;
	if (n > 1)
		use_halves(n - 1);
	__asm__ volatile("" : : "r"(half) : "memory");
}

/* Touch npages pages of stack. */
static void
use_stack(uint32_t npages)
{
	use_halves(2 * npages);
}

static void
use_and_park(struct ktest *t, uint32_t i)
{
	(void)t;
	use_stack(DEEP_PAGES);
	about_to_park(i);
	park("a test");
}

/* Return the address of a word in the n-th page, counted from 0, below the top
 * page of the i-th parked goroutine. */
static volatile uint64_t *
deep_word(uint32_t i, uint32_t n)
{
	return (volatile uint64_t *)(parked_g(i)->strand.stack_hi -
	    (n + 2) * PAGE_SIZE);
}

static bool (*fault_before)(struct trapframe *frame);
static ATOMIC(uint64_t) skipped[NDEEP_GS];	/* faults at deep_word(i, k), a
						 * bit for each k */

/* If the fault is at a deep word, note it and go on behind the instruction,
 * which is 2 or 4 bytes long by its low bits.  Serve any other fault. */
static bool
skip_deep_word(struct trapframe *frame)
{
	for (uint32_t i = 0; i < NDEEP_GS; i++)
		for (uint32_t k = 0; k < DEEP_PAGES; k++) {
			if (frame->value != (uintptr_t)deep_word(i, k))
				continue;
			or_relaxed(&skipped[i], 1UL << k);
			frame->pc += (*(uint16_t *)frame->pc & 3) == 3 ? 4 : 2;
			return true;
		}
	return fault_before(frame);
}

static void
skip_begin(void)
{
	for (uint32_t i = 0; i < NDEEP_GS; i++)
		store_relaxed(&skipped[i], 0);
	fault_before = trap_hooks.fault;
	trap_hooks.fault = skip_deep_word;
}

static void
skip_end(void)
{
	trap_hooks.fault = fault_before;
}

static bool
was_skipped(uint32_t i, uint32_t k)
{
	/* relaxed: the same hart, or there was a stop of the world between. */
	return (load_relaxed(&skipped[i]) & 1UL << k) != 0;
}

/* Load from the pages that the parked goroutines do not use. */
static NOINLINE void
look_below(void)
{
	for (uint32_t i = 0; i < NDEEP_GS; i++)
		for (uint32_t k = 0; k < DEEP_PAGES; k++)
			(void)*deep_word(i, k);
}

/* Load from these pages after they have been taken.  Returns for how many of
 * them this hart has a translation, to a frame that is free. */
static uint32_t
look_at_free_frames(void)
{
	uint32_t n = 0;

	skip_begin();
	look_below();
	skip_end();
	for (uint32_t i = 0; i < NDEEP_GS; i++)
		for (uint32_t k = 0; k < DEEP_PAGES; k++)
			n += !was_skipped(i, k);
	return n;
}

/* Return how many of these pages have no frame. */
static uint32_t
count_gone(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < NDEEP_GS; i++)
		for (uint32_t k = 0; k < DEEP_PAGES; k++)
			n += vm_frame((uintptr_t)deep_word(i, k)) == NULL;
	return n;
}

/* Let this hart have the translations, take the pages, and look again.  If
 * keeps is true the hart does not forget the translations in between.  Returns
 * how many free frames it has looked at. */
static uint32_t
look_after_reaping(struct ktest *t, bool keeps)
{
	struct crowd crowd;
	uint32_t n;

	start_parked(&crowd, t, NDEEP_GS, use_and_park);
	wipe_stack();		/* no fault of our own comes in between */
	gc_stop_between_cycles("condemning pages of stacks");
	/* A tripwire changes the page table and flushes all translations. */
	fault_set("no_tripwire", keeps);
	look_below();
	EXPECT_EQ(t, condemn(NDEEP_GS), NDEEP_GS);
	fault_set("tlb_keeps_translations", keeps);
	gc_host.new_era();
	fault_set("tlb_keeps_translations", false);
	gstack_reap();
	EXPECT_EQ(t, count_gone(), NDEEP_GS * DEEP_PAGES);
	n = look_at_free_frames();
	fault_set("no_tripwire", false);
	tlb_forget();
	gc_host.start_world();
	ready_all(NDEEP_GS);
	crowd_wait(&crowd);
	return n;
}

KTEST(limbo, no_free_frame_is_touched_after_reaping)	/* TRIM-5 */
{
	EXPECT_EQ(t, look_after_reaping(t, false), 0);
}

KTEST(limbo, free_frames_are_touched_if_a_hart_does_not_forget)
{
	EXPECT(t, look_after_reaping(t, true) > 0);
}

/* ---- a hart in a blocking call ---- */

enum { BEGUN = 1, LOOK, LOOKED, RETURN };

static ATOMIC(uint32_t) stage;
static uint32_t         nfree;		/* free frames seen, when LOOKED */

static void
wait_for_stage(uint32_t s)
{
	/* acquire: pairs with store_release of stage. */
	while (load_acquire(&stage) != s)
		clock_nap(20 * NS_PER_US);
}

static void
look_twice(void *unused)
{
	(void)unused;
	look_below();
	store_release(&stage, BEGUN);
	wait_for_stage(LOOK);
	nfree = look_at_free_frames();
	store_release(&stage, LOOKED);
	wait_for_stage(RETURN);
}

static void
block(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	blocking_call(look_twice, NULL);
}

/* Let another hart have the translations, take the pages, and let the other
 * hart look again, all while it is in one blocking call.  Returns how many free
 * frames it has looked at. */
static uint32_t
look_in_blocking_call(struct ktest *t)
{
	struct crowd crowd, blocked;

	start_parked(&crowd, t, NDEEP_GS, use_and_park);
	store_relaxed(&stage, 0);
	crowd_init(&blocked, t, block);
	crowd_go(&blocked);
	EVENTUALLY(t, load_acquire(&stage) == BEGUN);
	stop_and_condemn(t, NDEEP_GS);
	reap_and_start(t);
	EXPECT_EQ(t, count_gone(), NDEEP_GS * DEEP_PAGES);
	store_release(&stage, LOOK);
	EVENTUALLY(t, load_acquire(&stage) == LOOKED);
	store_release(&stage, RETURN);
	crowd_wait(&blocked);
	ready_all(NDEEP_GS);
	crowd_wait(&crowd);
	return nfree;
}

KTEST_ON(limbo, a_blocking_call_touches_no_free_frame, 2)	/* TRIM-3 (b) */
{
	EXPECT_EQ(t, look_in_blocking_call(t), 0);
}

KTEST_ON(limbo, a_blocking_call_touches_free_frames_if_it_is_forgotten, 2)
{
	fault_set("trim_forgets_blocking", true);
	fault_set("no_tripwire", true);		/* as above */
	EXPECT(t, look_in_blocking_call(t) > 0);
	fault_set("no_tripwire", false);
	fault_set("trim_forgets_blocking", false);
}

/* ---- a goroutine that runs between two steps ---- */

static ATOMIC(uint32_t) nspoilt;	/* wrong words below sp */

/* Store far below the stack pointer, as a deep call would, before a second
 * park, and look at the words afterwards.  The frames themselves lie above, so
 * that the goroutine survives if these stores are lost. */
static void
park_around_deep_stores(struct ktest *t, uint32_t i)
{
	char long_enough[STASH_MAX];

	(void)t;
	__asm__ volatile("" : : "r"(long_enough) : "memory");
	about_to_park(i);
	for (uint32_t k = 0; k < DEEP_PAGES; k++)
		*deep_word(i, k) = OLD(i);
	park("a test");
	for (uint32_t k = 0; k < DEEP_PAGES; k++)
		*deep_word(i, k) = NEW(i);
	about_to_park(i);
	park("a test");
	for (uint32_t k = 0; k < DEEP_PAGES; k++)
		if (*deep_word(i, k) != NEW(i) && !was_skipped(i, k))
			/* relaxed: a count. */
			add_relaxed(&nspoilt, 1);
}

/* Run all goroutines on one hart, which has the translations, so that the
 * stores between the two parks go through them.  Returns how many stores were
 * lost. */
static uint32_t
run_in_limbo(struct ktest *t)
{
	struct crowd crowd;

	gomaxprocs(1);
	store_relaxed(&nspoilt, 0);
	start_parked(&crowd, t, NDEEP_GS, park_around_deep_stores);
	wipe_stack();
	gc_stop_between_cycles("condemning pages of stacks");
	look_below();
	EXPECT_EQ(t, condemn(NDEEP_GS), NDEEP_GS);
	skip_begin();
	gc_host.start_world();
	ready_all(NDEEP_GS);
	wait_parked(t, NDEEP_GS);
	skip_end();
	gc_stop_between_cycles("reaping");
	reap_and_start(t);
	ready_all(NDEEP_GS);
	crowd_wait(&crowd);
	gomaxprocs((int)num_hart());
	vm_check();
	page_check();
	return load_relaxed(&nspoilt);
}

KTEST(limbo, a_goroutine_that_runs_keeps_its_pages)	/* TRIM-1 */
{
	EXPECT_EQ(t, run_in_limbo(t), 0);
}

KTEST(limbo, a_goroutine_that_runs_loses_its_pages_if_nobody_asks)
{
	fault_set("trim_takes_who_has_run", true);
	EXPECT(t, run_in_limbo(t) > 0);
	fault_set("trim_takes_who_has_run", false);
}

/* ---- what it costs all harts ---- */

enum { MANY = 500 };

/* Collect while many goroutines are parked, and after they have died.  Returns
 * the largest number of remote fences in one collection. */
static uint64_t
most_fences(struct ktest *t)
{
	struct gstack_stats before, after;
	struct crowd crowd;
	uint64_t most = 0;

	gstack_get_stats(&before);
	start_parked(&crowd, t, MANY, use_and_park);
	for (int i = 0; i < 6; i++) {
		uint64_t fences = tlb_remote_fences();

		gc_collect();
		most = MAX(most, tlb_remote_fences() - fences);
		EXPECT_EQ(t, gstack_in_limbo(), 0);
		if (i == 2) {
			EXPECT_EQ(t, count_stashed(MANY), MANY);
			ready_all(MANY);
			crowd_wait(&crowd);
		}
	}
	gstack_get_stats(&after);
	EXPECT(t, after.trimmed - before.trimmed >= MANY * DEEP_PAGES);
	return most;
}

KTEST(limbo, a_collection_sends_no_remote_fence)
{
	EXPECT_EQ(t, most_fences(t), 0);
}

static void
sit_in_blocking_call(void *unused)
{
	(void)unused;
	add_release(&stage, 1);
	wait_for_stage(UINT32_MAX);
}

static void
sit(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	blocking_call(sit_in_blocking_call, NULL);
}

KTEST_ON(limbo, a_collection_interrupts_blocked_harts_once, 2)
{
	uint32_t n = (uint32_t)num_hart() - 1;
	struct crowd blocked;

	store_relaxed(&stage, 0);
	crowd_init(&blocked, t, sit);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(&blocked);
	EVENTUALLY(t, load_acquire(&stage) == n);
	EXPECT_EQ(t, most_fences(t), 1);
	store_release(&stage, UINT32_MAX);
	crowd_wait(&blocked);
}

KTEST(limbo, a_shortage_of_memory_interrupts_all_harts_once)
{
	struct crowd crowd;
	uint64_t fences;

	start_parked(&crowd, t, NDEEP_GS, use_and_park);
	stop_and_condemn(t, NDEEP_GS);
	fences = tlb_remote_fences();
	EXPECT_EQ(t, gc_host.give_pages(), NDEEP_GS * DEEP_PAGES);
	EXPECT_EQ(t, tlb_remote_fences() - fences, nharts_online > 1);
	EXPECT_EQ(t, gc_host.give_pages(), 0);
	EXPECT_EQ(t, tlb_remote_fences() - fences, nharts_online > 1);
	gc_host.start_world();
	ready_all(NDEEP_GS);
	crowd_wait(&crowd);
}

/* ---- where the blocks lie ---- */

KTEST(limbo, no_block_lies_between_the_pages_that_become_free)
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd), ntaken = 0;
	void *frames[N];

	stop_and_condemn(t, N);
	for (uint32_t i = 0; i < N; i++)
		frames[i] = vm_frame((uintptr_t)variables[i]);
	gc_host.new_era();
	gstack_reap();
	EXPECT_EQ(t, count_stashed(N), N);
	for (uint32_t i = 0; i < N; i++)
		ntaken += page_is_taken(frames[i], 1);
	EXPECT(t, ntaken <= 1);		/* the spare page of stash.c */
	store_to_variables();
	gc_host.start_world();
	EXPECT_EQ(t, end(&crowd, was), 0);
}

/* ---- no memory at all ---- */

/* Take all memory there is, and the frames in this hart's reserve.  Returns the
 * pages in a list, linked by their first words. */
static void **
take_all_pages(void)
{
	struct hart *hart = this_hart();
	void **all = NULL, **page;

	while (hart->nframes > 0) {
		page = hart->frames[--hart->nframes];
		*page = all;
		all = page;
	}
	while ((page = page_alloc(1)) != NULL) {
		*page = all;
		all = page;
	}
	return all;
}

static void
give_all_pages(void **all)
{
	while (all != NULL) {
		void **next = *all;

		page_free(all, 1);
		all = next;
	}
}

KTEST(limbo, a_fault_without_memory_takes_a_frame_from_limbo)
{
	/* No goroutine has used this stack to its end. */
	volatile char *untouched = (char *)self()->strand.stack_lo;
	struct crowd crowd;
	void **all;

	start_parked(&crowd, t, NDEEP_GS, use_and_park);
	wipe_stack();
	stop_and_condemn(t, NDEEP_GS);
	all = take_all_pages();
	EXPECT(t, !vm_is_mapped((uintptr_t)untouched));
	*untouched = 1;
	EXPECT(t, vm_is_mapped((uintptr_t)untouched));
	EXPECT_EQ(t, gstack_in_limbo(), 0);
	EXPECT_EQ(t, count_gone(), NDEEP_GS * DEEP_PAGES);
	give_all_pages(all);
	gstack_refill(this_m());
	gc_host.start_world();
	ready_all(NDEEP_GS);
	crowd_wait(&crowd);
	page_check();
}

KTEST(limbo, stacks_are_stashed_when_all_memory_is_taken)
{
	struct crowd crowd;
	uint32_t was = begin(t, &crowd);
	void **all;

	stop_and_condemn(t, N);
	all = take_all_pages();
	gc_host.new_era();
	gstack_reap();
	EXPECT_EQ(t, count_stashed(N), N);
	give_all_pages(all);
	gstack_refill(this_m());
	store_to_variables();
	gc_host.start_world();
	EXPECT_EQ(t, end(&crowd, was), 0);
}
