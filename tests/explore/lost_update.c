/*
 * lost_update.c - two goroutines add to a counter in three steps: load, add,
 * store.  What one adds between the load and the store of the other is lost.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

static struct atomic32 count;
static struct waitgroup all;

static void
add_one(void *unused)
{
	uint32_t n = atomic32_load(&count);

	(void)unused;
	atomic32_store(&count, n + 1);
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
