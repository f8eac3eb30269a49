/*
 * double_close.c - whoever finds it open closes the channel, and two may find
 * that.
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
