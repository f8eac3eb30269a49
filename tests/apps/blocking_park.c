/*
 * blocking_park.c - a blocking call calls what needs a goroutine.
 */
#include "antler.h"

static struct sema never;

static void
wait(void *unused)
{
	(void)unused;
	sema_acquire(&never);
}

int
main(void)
{
	blocking_call(wait, NULL);
	return 0;
}
