/*
 * once.c - doing something once.
 *
 * Who comes first has the mutex while it runs the function; whoever comes
 * meanwhile waits for that.  done is set whatever way the function ends, by a
 * panic or goexit too: then it was done, if badly, as in Go.
 */
#include "include/antler.h"
#include "kernel/order.h"
#include "lib/compiler.h"

/* However f ended, it was done. */
static void
finish(void *arg)
{
	struct once *once = arg;

	order_release(once);
	/* Sequentially consistent, of which the release half is needed: pairs
	 * with the load in once_do. */
	atomic32_store(&once->done_, 1);
	mutex_unlock(&once->mutex_);
}

FOR_PROGRAMS void
antler_once_slow(struct once *once, void (*fn)(void *arg), void *arg)
{
	mutex_lock(&once->mutex_);
	if (atomic32_load(&once->done_) != 0) {
		mutex_unlock(&once->mutex_);
		return;
	}
	defer(finish, once);
	fn(arg);
}
