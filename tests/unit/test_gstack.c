/*
 * test_gstack.c - goroutine stacks that grow by faults.
 *
 * Covers GSTACK-1, GSTACK-2, GSTACK-4 and the bounds of a window.  Stack
 * overflow ends the machine and is tested from outside (tests/t).  Links the
 * whole runtime.
 */
#include "runtime/stack/gstack.h"

#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

/* What a test leaves unused: the frames of the last call and what it calls. */
enum { SLACK = 1536, FILL = 24 };

static uintptr_t
stack_left(void)
{
	return (uintptr_t)__builtin_frame_address(0) - self()->strand.stack_lo;
}

/* Go down to the end of the stack, leave a mark in each frame, check it on the
 * way up; yield now and then on both ways.  Returns the depth. */
static NOINLINE uint32_t
descend(struct ktest *t, uint64_t mark, uint32_t depth)
{
	uint64_t fill[FILL];
	uint32_t deepest = depth;

	for (uint32_t i = 0; i < FILL; i++)
		fill[i] = mark + depth * FILL + i;
	if (depth % 64 == 63)
		yield();
	if (stack_left() > SLACK)
		deepest = descend(t, mark, depth + 1);
	if (depth % 64 == 31)
		yield();
	for (uint32_t i = 0; i < FILL; i++)
		if (fill[i] != mark + depth * FILL + i) {
			ktest_fail(t, __FILE__, __LINE__,
			    "frame %u of stack %lx is not what it was", depth,
			    (unsigned long)mark);
			break;
		}
	return deepest;
}

static void
use_all_of_it(struct ktest *t, uint32_t i)
{
	uint32_t depth = descend(t, (uint64_t)i << 32, 0);

	/* Each frame is at least FILL words: so it did go far. */
	EXPECT(t, depth >= 60 * KIB / (8 * FILL + 256));
	EXPECT(t, stack_left() > 58 * KIB);
}

KTEST(gstack, a_stack_of_60_kib_holds_what_was_put_there)
{
	crowd_run(t, 1, use_all_of_it);
}

KTEST(gstack, many_stacks_grow_at_once)
{
	crowd_run(t, 100, use_all_of_it);
}

KTEST(gstack, a_stack_that_was_deep_before_works_again)
{
	for (int i = 0; i < 5; i++)
		crowd_run(t, 20, use_all_of_it);
}

/* Go down in small steps and call the runtime from each: sooner or later each
 * function of it is the one that touches a new page, with its locks held. */
static NOINLINE void
call_runtime_on_the_way_down(struct ktest *t, struct sema *s)
{
	char  pad[16];
	void *frame;

	memset(pad, 1, sizeof(pad));
	frame = page_alloc(1);
	EXPECT(t, frame != NULL);
	if (frame != NULL)
		page_free(frame, 1);
	sema_release(s);
	sema_acquire(s);
	gc_new_bytes(40);
	if (stack_left() > 4096 + SLACK)
		call_runtime_on_the_way_down(t, s);
	EXPECT_EQ(t, pad[0], 1);
}

static void
fault_in_the_runtime(struct ktest *t, uint32_t i)
{
	struct sema s = { 0 };

	(void)i;
	call_runtime_on_the_way_down(t, &s);
}

KTEST(gstack, a_fault_inside_the_runtime_is_served)	/* GSTACK-2 */
{
	crowd_run(t, 4 * (uint32_t)num_hart(), fault_in_the_runtime);
}

KTEST(gstack, each_window_has_its_own_frames_and_a_guard)
{
	uint32_t n = MIN(allg_count(), 2000u);

	/* A large stack has the windows of the records behind its own too. */
	for (uint32_t i = 0, k; i < n && !ktest_failed(t); i += k) {
		struct g *gp = allg_at(i);
		uintptr_t lo = gp->strand.stack_lo, hi = gp->strand.stack_hi;
		uint32_t  npages = load_relaxed(&gp->npages);

		k = 1U << gstack_large_shift(gp);
		EXPECT_EQ(t, gp->index, i);
		EXPECT_EQ(t, hi, VM_GSTACK_LO + (i + k) * GSTACK_WINDOW);
		EXPECT_EQ(t, lo, hi - k * GSTACK_WINDOW + PAGE_SIZE);
		EXPECT(t, vm_frame(lo - PAGE_SIZE) == NULL);
		EXPECT(t, vm_leaf(lo) != NULL);			/* GSTACK-1 */
		/* GSTACK-4; a running one may grow under our eyes. */
		if (g_status(gp) != G_RUNNING)
			EXPECT(t, npages ==
			    k * (GSTACK_WINDOW / PAGE_SIZE) - 1 ||
			    vm_frame(hi - (npages + 1) * PAGE_SIZE) == NULL);
		if (i > 0 && vm_frame(hi - PAGE_SIZE) != NULL)
			EXPECT(t, vm_frame(hi - PAGE_SIZE) !=
			    vm_frame(hi - PAGE_SIZE - GSTACK_WINDOW));
	}
}
