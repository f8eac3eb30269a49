/*
 * good_double_checked.c - double-checked locking with an atomic pointer.
 *
 *	expect: nothing
 */
#include "antler.h"

static struct mutex lock;
static struct atomicptr table;
static int storage[4];
static struct waitgroup all;

static void
use(void *unused)
{
	(void)unused;
	if (atomicptr_load(&table) == NULL) {
		mutex_lock(&lock);
		if (atomicptr_load(&table) == NULL) {
			storage[1] = 7;
			atomicptr_store(&table, storage);
		}
		mutex_unlock(&lock);
	}
	explore_assert(((int *)atomicptr_load(&table))[1] == 7);
}

int
main(void)
{
	wg_go(&all, use, NULL);
	wg_go(&all, use, NULL);
	wg_wait(&all);
	return 0;
}
