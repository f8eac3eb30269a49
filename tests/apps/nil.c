/*
 * nil.c - a goroutine reads through a null pointer.
 */
#include "antler.h"

static int *volatile nothing;

static void
read_nothing(void *unused)
{
	(void)unused;
	print("read %d\n", *nothing);
}

int
main(void)
{
	go_named("reader", read_nothing, NULL);
	for (;;)
		yield();
}
