/*
 * deadlock.c - every goroutine waits and nothing is left to wake one.
 */
#include "antler.h"

static struct sema never;

static void
wait_for_a_permit(void *unused)
{
	(void)unused;
	sema_acquire(&never);
}

int
main(void)
{
	for (int i = 0; i < 3; i++)
		go_named("waiter", wait_for_a_permit, NULL);
	park("a ready that does not come");
	return 0;
}
