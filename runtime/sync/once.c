/*
 * once.c - doing something once.
 *
 * The first caller holds the mutex while it runs the function, and callers that
 * come meanwhile wait for the mutex.  done_ is set however the function ends.
 * As in Go, a function that ended by a panic or goexit() counts as done.
 */
#include "include/antler.h"
#include "kernel/order.h"
#include "lib/compiler.h"

/* Mark once as done.  Called however the function has ended. */
static void
finish(void *arg)
{
	struct once *once = arg;

	order_release(once);
	/* This store is sequentially consistent, but only release is needed:
	 * pairs with the acquire load in once_do. */
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
