/*
 * overflow_large.c - a goroutine with a large stack recurses without end.
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
	go_stack(dig, NULL, 500000);
	for (;;)
		yield();
}
