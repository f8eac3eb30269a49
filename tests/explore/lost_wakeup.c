/*
 * lost_wakeup.c - the waiter looks at the condition before it takes the lock.
 * If the signal comes between the look and the wait, nobody waits yet, and the
 * signal is lost.
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
