/*
 * test_large_stack.c - goroutines with stacks of more than one window.
 *
 * Covers ALLG-3 and go_stack.  Bad sizes are tested in test_misuse.c, and
 * overflows in tests/transcripts.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/page.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "tests/unit/crowd.h"

enum { FILL = 120, SLACK = 2048, NMANY = 24 };

struct job {
	struct ktest     *t;
	size_t            bytes;	/* asked for */
	uint32_t          mark;
	bool              collect;
	struct g         *gp;
	struct waitgroup *done;
};

/* Go down to the end of the stack, leave a mark in each frame, and check the
 * marks on the way up. */
static NOINLINE void
descend(const struct job *job, uint64_t depth)
{
	uint64_t  fill[FILL];
	uintptr_t left = (uintptr_t)__builtin_frame_address(0) -
	    self()->strand.stack_lo;

	for (uint32_t i = 0; i < FILL; i++)
		fill[i] = (uint64_t)job->mark << 32 | (depth * FILL + i);
	if (depth % 256 == 255)
		yield();
	if (depth % 512 == 511 && job->collect)
		gc_collect();
	if (left > SLACK + sizeof(fill))
		descend(job, depth + 1);
	for (uint32_t i = 0; i < FILL; i++)
		if (fill[i] != ((uint64_t)job->mark << 32 |
		    (depth * FILL + i))) {
			ktest_fail(job->t, __FILE__, __LINE__,
			    "frame %lu of stack %u changed", depth, job->mark);
			break;
		}
}

static void
use_all_of_it(void *arg)
{
	struct job *job = arg;
	struct g *gp = self();

	job->gp = gp;
	EXPECT(job->t, gp->strand.stack_hi - gp->strand.stack_lo >= job->bytes);
	EXPECT(job->t, vm_frame(gp->strand.stack_lo - PAGE_SIZE) == NULL);
	descend(job, 0);
	wg_done(job->done);
}

static struct g *
run_one(struct ktest *t, size_t bytes, bool collect)
{
	struct waitgroup done = { 0 };
	struct job job = { .t = t, .bytes = bytes, .mark = (uint32_t)bytes,
		.collect = collect, .done = &done };

	wg_add(&done, 1);
	go_stack(use_all_of_it, &job, bytes);
	wg_wait(&done);
	EVENTUALLY(t, g_status(job.gp) == G_DEAD);
	return job.gp;
}

KTEST(large_stack, a_large_stack_holds_what_was_put_there)
{
	static const size_t sizes[] = { 1, 60 * KIB, 60 * KIB + 1, 100 * KIB,
		124 * KIB, 124 * KIB + 1, 300 * KIB, MIB, 2 * MIB + 5,
		GO_STACK_MAX };

	for (uint32_t i = 0; i < ARRAY_LEN(sizes); i++)
		run_one(t, sizes[i], sizes[i] <= MIB);
	vm_check();
}

KTEST(large_stack, a_large_stack_is_used_again_and_its_pages_given_back)
{
	struct g *first = run_one(t, 3 * MIB, false), *again;
	uint32_t  ngs = allg_count();

	EXPECT(t, load_relaxed(&first->npages) > 3 * MIB / PAGE_SIZE);
	gc_collect();
	EXPECT(t, load_relaxed(&first->npages) <= 1);
	again = run_one(t, 3 * MIB, false);
	EXPECT(t, again == first);
	EXPECT_EQ(t, allg_count(), ngs);
	gc_collect();
	EXPECT(t, load_relaxed(&first->npages) <= 1);
	page_check();
}

KTEST(large_stack, many_large_stacks_are_used_beside_small_ones)
{
	struct waitgroup done = { 0 };
	static struct job jobs[NMANY];

	wg_add(&done, NMANY);
	for (uint32_t i = 0; i < NMANY; i++) {
		jobs[i] = (struct job){ .t = t, .mark = i,
			.collect = i % 3 == 0,
			.bytes = (i % 2 == 0 ? 50 : 40 + 30 * i) * KIB,
			.done = &done };
		go_stack(use_all_of_it, &jobs[i], jobs[i].bytes);
	}
	wg_wait(&done);
	/* The jobs lead to this stack.  Nothing may, when the stack is another
	 * goroutine's. */
	memset(jobs, 0, sizeof(jobs));
	gc_collect();
	vm_check();
	page_check();
}
