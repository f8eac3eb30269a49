/*
 * work_stealing.c - the work-stealing queue of Cilk (Frigo and others, 1998).
 * CHESS found three bugs in a C# version of it (Musuvathi and others, 2008).
 * The thief in this version looks at tail before it announces what it takes, so
 * the owner may take the same task.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

enum { TASKS = 2 };

static struct mutex lock;	/* taken by thieves, and by a pop that meets
				 * one */
static struct atomic32 head, tail;
static struct atomic32 done[TASKS];
static struct waitgroup all;

static void
run(uint32_t task)
{
	explore_assert(atomic32_add(&done[task], 1) == 1);
}

/* The owner takes the newest task. */
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

/* A thief takes the oldest task.  It should announce that first, and then look
 * at tail. */
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
