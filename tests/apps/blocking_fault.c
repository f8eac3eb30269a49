/*
 * blocking_fault.c - what runs on a hart's own stack goes astray.
 */
#include "antler.h"

static void
poll_device(void *where)
{
	*(volatile int *)where = 1;
}

int
main(void)
{
	blocking_call(poll_device, (void *)16);
	return 0;
}
