/*
 * good_counter.c - lost_update.c without its bug: the addition is one atomic
 * step.
 *
 *	expect: nothing
 */
#include "antler.h"

static struct atomic32 count;
static struct waitgroup all;

static void
add_one(void *unused)
{
	(void)unused;
	atomic32_add(&count, 1);
}

int
main(void)
{
	wg_go(&all, add_one, NULL);
	wg_go(&all, add_one, NULL);
	wg_wait(&all);
	explore_assert(atomic32_load(&count) == 2);
	return 0;
}
