/*
 * double_checked.c - double-checked locking without an atomic pointer: the look
 * at the pointer before the lock races with the store under the lock.
 *
 *	expect: DATA RACE
 */
#include "antler.h"

static struct mutex lock;
static int *table;
static int storage[4];
static struct waitgroup all;

static void
use(void *unused)
{
	(void)unused;
	if (table == NULL) {
		mutex_lock(&lock);
		if (table == NULL) {
			storage[1] = 7;
			table = storage;
		}
		mutex_unlock(&lock);
	}
	explore_assert(table[1] == 7);
}

int
main(void)
{
	wg_go(&all, use, NULL);
	wg_go(&all, use, NULL);
	wg_wait(&all);
	return 0;
}
