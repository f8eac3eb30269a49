/*
 * test_gstack.c - goroutine stacks that grow by faults.
 *
 * Covers GSTACK-1, GSTACK-2, GSTACK-4, GSTACK-5, and the layouts that other
 * images have.  A stack overflow ends the machine, so it is tested from outside
 * (tests/t).  Links the whole runtime.
 */
#include "runtime/stack/gstack.h"

#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

/* SLACK is how much of a stack a test leaves unused: for the frames of its last
 * call, and of what this call calls. */
enum { SLACK = 1536, FILL = 24 };

static uintptr_t
stack_left(void)
{
	return (uintptr_t)__builtin_frame_address(0) - self()->strand.stack_lo;
}

/* Go down to the end of the stack, leave a mark in each frame, and check the
 * marks on the way up.  Yield now and then on both ways.  Returns the depth. */
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

	/* Each frame has at least FILL words, so the depth shows that the stack
	 * was used to its end. */
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

/* Go down in small steps and call the runtime from each.  Sooner or later each
 * function of the runtime is the one that touches a new page, with its locks
 * held. */
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

KTEST(gstack, each_stack_has_its_own_frames_and_a_guard)
{
	size_t   window = 1UL << gstack_layout.shift;
	uint32_t n = MIN(allg_count(), 2000u);
	void    *before = NULL;

	/* A large stack also has the windows of the records behind its own. */
	for (uint32_t i = 0, nwindows; i < n && !ktest_failed(t);
	     i += nwindows) {
		struct g *gp = allg_at(i);
		unsigned  k = gstack_large_shift(gp);
		uintptr_t lo = gp->strand.stack_lo, hi = gp->strand.stack_hi;
		uintptr_t base = gstack_layout.lo + i * window;
		uint32_t  npages = load_relaxed(&gp->npages);

		nwindows = k == 0 ? 1 : gstack_windows(k);
		EXPECT_EQ(t, gp->index, i);
		EXPECT_EQ(t, hi, base + nwindows * window);
		EXPECT_EQ(t, hi - lo, GSTACK_SIZE(k));
		EXPECT(t, lo - base >= gstack_layout.guard);	/* GSTACK-5 */
		for (uintptr_t at = base; at < lo; at += PAGE_SIZE)
			EXPECT(t, vm_frame(at) == NULL);
		EXPECT(t, vm_leaf(hi - PAGE_SIZE) != NULL);	/* GSTACK-1 */
		EXPECT(t, k != 0 || vm_leaf(lo) != NULL);
		EXPECT(t, gstack_owner(lo) == gp);
		EXPECT(t, gstack_owner(base) == gp);
		EXPECT(t, gstack_owner(hi - 1) == gp);
		/* GSTACK-4.  The stack of a running goroutine may grow while we
		 * look. */
		if (g_status(gp) != G_RUNNING)
			EXPECT(t, npages == (hi - lo) / PAGE_SIZE ||
			    vm_frame(hi - (npages + 1) * PAGE_SIZE) == NULL);
		if (vm_frame(hi - PAGE_SIZE) != NULL)
			EXPECT(t, vm_frame(hi - PAGE_SIZE) != before);
		before = vm_frame(hi - PAGE_SIZE);
	}
}

/* Touch the pages below the frame of this function.  The test may use them,
 * because it is not preempted: only programs are. */
static void
touch_deep_first(struct ktest *t, uint32_t unused)
{
	uintptr_t lo = self()->strand.stack_lo;
	uintptr_t end = ROUND_DOWN((uintptr_t)__builtin_frame_address(0),
	    PAGE_SIZE) - PAGE_SIZE;
	uint32_t  n = (uint32_t)((end - lo) / PAGE_SIZE);

	(void)unused;
	/* The n of a stack of go() is not divisible by 5.  So each page is
	 * touched once, and no two neighbours in a row. */
	EXPECT(t, n > 8 && n % 5 != 0);
	for (uint32_t i = 0; i < n; i++)
		*(volatile uint64_t *)(lo + i * 5 % n * PAGE_SIZE) = i;
	for (uint32_t i = 0; i < n; i++)
		EXPECT_EQ(t, *(volatile uint64_t *)
		    (lo + i * 5 % n * PAGE_SIZE), i);
	EXPECT_EQ(t, load_relaxed(&self()->npages),
	    (self()->strand.stack_hi - lo) / PAGE_SIZE);
}

KTEST(gstack, pages_may_be_touched_in_any_order)
{
	crowd_run(t, 20, touch_deep_first);
}

/* ---- layouts that this image does not have ---- */

static void
expect_sound(struct ktest *t, size_t stack, size_t frame_max, bool wide)
{
	struct gstack_layout l = gstack_plan(stack, frame_max, wide);
	size_t window = 1UL << l.shift;

	EXPECT(t, l.guard >= frame_max + GSTACK_SLACK);		/* GSTACK-5 */
	EXPECT_EQ(t, l.guard % PAGE_SIZE, 0);
	EXPECT(t, window >= stack + l.guard);
	EXPECT(t, window < 2 * (stack + l.guard) || l.shift == 16);
	EXPECT_EQ(t, l.len, l.max * window);
	EXPECT(t, l.max > 0 && l.max <= GSTACK_MAX);
	EXPECT(t, l.lo >= VM_GSTACK_LO ? l.lo + l.len <= VM_GSTACK_HI :
	    wide && l.lo >= VM_WIDE_LO && l.lo + l.len <= VM_WIDE_HI);
}

KTEST(gstack, every_layout_has_guards_wider_than_the_largest_frame)
{
	for (size_t stack = GSTACK_SIZE(0); stack <= 48 * MIB; stack *= 2)
		for (size_t frame = 0; frame <= 16 * MIB;
		     frame = frame * 3 / 2 + 16) {
			expect_sound(t, stack, frame, false);
			expect_sound(t, stack, frame, true);
		}
}

KTEST(gstack, layouts_have_room_for_the_goroutines_they_are_made_for)
{
	size_t small = GSTACK_SIZE(0);

	/* Programs with small frames pay no page table for their guards. */
	EXPECT_EQ(t, gstack_plan(small, 3 * KIB, false).shift, 16);
	EXPECT(t, gstack_plan(small, 3 * KIB, false).max > 4000000);
	/* Frames of up to the size of a stack need twice as much. */
	EXPECT_EQ(t, gstack_plan(small, 60 * KIB, false).shift, 17);
	EXPECT(t, gstack_plan(small, 60 * KIB, false).max > 2000000);
	/* Stacks of 48 MiB for programs with frames of up to 10 MiB. */
	EXPECT_EQ(t, gstack_plan(48 * MIB, 10 * MIB, true).shift, 26);
	EXPECT(t, gstack_plan(48 * MIB, 10 * MIB, true).max > 2000000);
	EXPECT(t, gstack_plan(48 * MIB, 10 * MIB, false).max > 4000);
	/* The largest frame there can be. */
	EXPECT(t, gstack_plan(small, GO_STACK_MAX, true).max > 4000000);
	EXPECT(t, gstack_plan(small, GO_STACK_MAX, false).max > 8000);
}
