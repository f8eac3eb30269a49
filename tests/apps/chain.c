/*
 * chain.c - a panic that follows a recovery, in a goroutine with a caller.
 */
#include "antler.h"

static void
fail_again(void *unused)
{
	(void)unused;
	print("recovered from: %s\n", recover()->text);
	go_panic("second");
}

static __attribute__((noinline)) void
fail(int n)
{
	defer(fail_again, NULL);
	go_panic("first, %d", n);
}

static void
work(void *unused)
{
	(void)unused;
	fail(7);
	print("never here\n");
}

int
main(void)
{
	go_named("worker", work, NULL);
	park("the end");
	return 0;
}
