/*
 * good_wakeup.c - lost_wakeup.c without its bug: the condition is looked at and
 * changed under the lock.
 *
 *	expect: nothing
 */
#include "antler.h"

static struct mutex lock;
static struct cond changed;
static int ready_now;

static void
make_ready_now(void *unused)
{
	(void)unused;
	mutex_lock(&lock);
	ready_now = 1;
	mutex_unlock(&lock);
	cond_signal(&changed);
}

int
main(void)
{
	cond_init(&changed, &lock);
	go(make_ready_now, NULL);
	mutex_lock(&lock);
	while (ready_now == 0)
		cond_wait(&changed);
	mutex_unlock(&lock);
	return 0;
}
