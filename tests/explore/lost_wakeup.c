/*
 * lost_wakeup.c - the waiter looks at the condition before it takes the lock.
 * The signal may come between the look and the wait, and then nobody waits yet.
 *
 *	expect: all goroutines are asleep - deadlock
 */
#include "antler.h"

static struct mutex lock;
static struct cond changed;
static struct atomic32 ready_now;

static void
make_ready_now(void *unused)
{
	(void)unused;
	atomic32_store(&ready_now, 1);
	cond_signal(&changed);
}

int
main(void)
{
	cond_init(&changed, &lock);
	go(make_ready_now, NULL);
	if (atomic32_load(&ready_now) == 0) {
		mutex_lock(&lock);
		cond_wait(&changed);
		mutex_unlock(&lock);
	}
	return 0;
}
