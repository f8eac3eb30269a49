/*
 * double_close.c - each goroutine closes the channel if it finds the channel
 * open, and both may find it open.
 *
 *	expect: close of closed channel
 */
#include "antler.h"

static struct chan *done;
static struct atomic32 closed;
static struct waitgroup all;

static void
finish(void *unused)
{
	(void)unused;
	if (atomic32_load(&closed) == 0) {
		atomic32_store(&closed, 1);
		chan_close(done);
	}
}

int
main(void)
{
	done = chan_make(&gc_empty_type, 0);
	wg_go(&all, finish, NULL);
	wg_go(&all, finish, NULL);
	wg_wait(&all);
	return 0;
}
