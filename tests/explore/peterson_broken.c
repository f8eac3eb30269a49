/*
 * peterson_broken.c - Peterson's algorithm (1981) with its first two steps in
 * the wrong order: a goroutine gives the turn away before it announces its
 * wish.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

static struct atomic32 wants[2], turn, inside;
static struct waitgroup all;

static void
enter(void *who)
{
	uint32_t me = (uint32_t)(uintptr_t)who;

	atomic32_store(&turn, 1 - me);
	atomic32_store(&wants[me], 1);
	while (atomic32_load(&wants[1 - me]) != 0 &&
	    atomic32_load(&turn) == 1 - me)
		yield();
	explore_assert(atomic32_add(&inside, 1) == 1);
	atomic32_add(&inside, (uint32_t)-1);
	atomic32_store(&wants[me], 0);
}

int
main(void)
{
	wg_go(&all, enter, (void *)0);
	wg_go(&all, enter, (void *)1);
	wg_wait(&all);
	return 0;
}
