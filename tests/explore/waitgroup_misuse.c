/*
 * waitgroup_misuse.c - each goroutine adds itself to the wait group, and main
 * may wait before the first has done so.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

static struct waitgroup all;
static struct atomic32 done;

static void
work(void *unused)
{
	(void)unused;
	wg_add(&all, 1);
	atomic32_add(&done, 1);
	wg_done(&all);
}

int
main(void)
{
	go(work, NULL);
	go(work, NULL);
	yield();
	yield();
	wg_wait(&all);
	explore_assert(atomic32_load(&done) == 2);
	return 0;
}
