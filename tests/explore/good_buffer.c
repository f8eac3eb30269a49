/*
 * good_buffer.c - bounded_buffer.c without its bug: a broadcast wakes all
 * waiters.
 *
 *	expect: nothing
 */
#include "antler.h"

enum { EACH = 2 };

static struct mutex lock;
static struct cond changed;	/* for goroutines that put, and goroutines that
				 * take */
static int full;		/* elements in a buffer with room for one */
static struct waitgroup all;

static void
put(void *unused)
{
	(void)unused;
	for (int i = 0; i < EACH; i++) {
		mutex_lock(&lock);
		while (full == 1)
			cond_wait(&changed);
		full = 1;
		cond_broadcast(&changed);
		mutex_unlock(&lock);
	}
}

static void
take(void *unused)
{
	(void)unused;
	for (int i = 0; i < EACH; i++) {
		mutex_lock(&lock);
		while (full == 0)
			cond_wait(&changed);
		full = 0;
		cond_broadcast(&changed);
		mutex_unlock(&lock);
	}
}

int
main(void)
{
	cond_init(&changed, &lock);
	wg_go(&all, put, NULL);
	wg_go(&all, take, NULL);
	wg_go(&all, put, NULL);
	wg_go(&all, take, NULL);
	wg_wait(&all);
	return 0;
}
