/*
 * overflow.c - a goroutine recurses without end.
 */
#include "antler.h"

static volatile long deepest;

static __attribute__((noinline)) long
descend(long depth)
{
	volatile char frame[200];

	frame[0] = (char)depth;
	deepest = depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static void
dig(void *unused)
{
	(void)unused;
	print("bottom at %ld\n", descend(0));
}

int
main(void)
{
	go_named("digger", dig, NULL);
	for (;;)
		yield();
}
