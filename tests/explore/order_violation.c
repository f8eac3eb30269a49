/*
 * order_violation.c - a flag tells a goroutine to start before the object that
 * the goroutine uses is there.
 *
 *	expect: nil pointer dereference
 */
#include "antler.h"

static struct atomicptr settings;
static struct atomic32 started;
static struct waitgroup all;

static void
serve(void *unused)
{
	(void)unused;
	if (atomic32_load(&started) != 0)
		print("%d\n", *(int *)atomicptr_load(&settings));
}

int
main(void)
{
	static int value = 5;

	wg_go(&all, serve, NULL);
	atomic32_store(&started, 1);
	atomicptr_store(&settings, &value);
	wg_wait(&all);
	return 0;
}
