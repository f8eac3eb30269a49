/*
 * dekker_broken.c - Dekker's algorithm without its first step: each goroutine
 * looks at the wish of the other before it announces its own.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

static struct atomic32 wants[2], inside;
static struct waitgroup all;

static void
enter(void *who)
{
	uint32_t me = (uint32_t)(uintptr_t)who;

	while (atomic32_load(&wants[1 - me]) != 0)
		yield();
	atomic32_store(&wants[me], 1);
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
