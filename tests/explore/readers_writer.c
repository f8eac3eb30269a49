/*
 * readers_writer.c - a reader takes the lock a second time while it holds the
 * lock.  If a writer has begun to wait in between, the writer keeps out the
 * second call of the reader, and the first one keeps out the writer.
 *
 *	expect: all goroutines are asleep - deadlock
 */
#include "antler.h"

static struct rwmutex lock;
static long value;
static struct waitgroup all;

static long
value_now(void)
{
	long now;

	rw_rlock(&lock);
	now = value;
	rw_runlock(&lock);
	return now;
}

static void
read_twice(void *unused)
{
	(void)unused;
	rw_rlock(&lock);
	explore_assert(value_now() == value);
	rw_runlock(&lock);
}

static void
write_once(void *unused)
{
	(void)unused;
	rw_lock(&lock);
	value++;
	rw_unlock(&lock);
}

int
main(void)
{
	wg_go(&all, read_twice, NULL);
	wg_go(&all, write_once, NULL);
	wg_wait(&all);
	return 0;
}
