/*
 * work_stealing.c - the work-stealing queue of Cilk (Frigo and others, 1998),
 * of which CHESS found three bugs in a C# version (Musuvathi and others, 2008).
 * This one has a thief that looks at tail before it has said what it takes:
 * then the owner may take the same.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

enum { TASKS = 2 };

static struct mutex lock;	/* of thieves, and pops that meet one */
static struct atomic32 head, tail;
static struct atomic32 done[TASKS];
static struct waitgroup all;

static void
run(uint32_t task)
{
	explore_assert(atomic32_add(&done[task], 1) == 1);
}

/* The owner takes the newest. */
static void
pop(void *unused)
{
	(void)unused;
	for (int i = 0; i < TASKS; i++) {
		uint32_t t = atomic32_load(&tail) - 1;

		atomic32_store(&tail, t);
		if ((int32_t)(atomic32_load(&head) - t) <= 0) {
			run(t);
			continue;
		}
		mutex_lock(&lock);
		atomic32_store(&tail, t + 1);
		mutex_unlock(&lock);
		return;
	}
}

/* A thief takes the oldest.  It should say so first, and then look at tail. */
static void
steal(void *unused)
{
	uint32_t h;

	(void)unused;
	mutex_lock(&lock);
	h = atomic32_load(&head);
	if ((int32_t)(atomic32_load(&tail) - h) > 0) {
		atomic32_store(&head, h + 1);
		run(h);
	}
	mutex_unlock(&lock);
}

int
main(void)
{
	atomic32_store(&tail, TASKS);
	wg_go(&all, pop, NULL);
	wg_go(&all, steal, NULL);
	wg_wait(&all);
	return 0;
}
