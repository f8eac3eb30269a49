/*
 * livelock.c - two goroutines that give way to each other for ever.  Each
 * should take back its wish when it sees the other's wish, and does not.
 *
 *	expect: it goes round and round
 *	options: --points 100000
 */
#include "antler.h"

static struct atomic32 wants[2];
static struct waitgroup all;

static void
pass(void *who)
{
	uint32_t me = (uint32_t)(uintptr_t)who;

	for (;;) {
		atomic32_store(&wants[me], 1);
		if (atomic32_load(&wants[1 - me]) == 0)
			break;
		/* Here it should take back its wish. */
		yield();
	}
	atomic32_store(&wants[me], 0);
}

int
main(void)
{
	wg_go(&all, pass, (void *)0);
	wg_go(&all, pass, (void *)1);
	wg_wait(&all);
	return 0;
}
