/*
 * lock_order.c - two accounts with a lock each, and two transfers that lock
 * them in opposite orders.
 *
 *	expect: all goroutines are asleep - deadlock
 */
#include "antler.h"

struct account {
	struct mutex lock;
	long         balance;
};

static struct account mine = { .balance = 10 }, yours = { .balance = 10 };
static struct waitgroup all;

static void
transfer(struct account *from, struct account *to, long amount)
{
	mutex_lock(&from->lock);
	mutex_lock(&to->lock);
	from->balance -= amount;
	to->balance += amount;
	mutex_unlock(&to->lock);
	mutex_unlock(&from->lock);
}

static void
pay(void *unused)
{
	(void)unused;
	transfer(&mine, &yours, 1);
}

static void
collect(void *unused)
{
	(void)unused;
	transfer(&yours, &mine, 1);
}

int
main(void)
{
	wg_go(&all, pay, NULL);
	wg_go(&all, collect, NULL);
	wg_wait(&all);
	return mine.balance + yours.balance != 20;
}
