/*
 * hello.c - the smallest program with goroutines.
 *
 *	make qemu APP=apps/hello.c
 */
#include "antler.h"

static struct waitgroup greeted;

static void
greet(void *whom)
{
	print("hello, %s, from goroutine %lu\n", (const char *)whom,
	    (unsigned long)goid());
	wg_done(&greeted);
}

int
main(void)
{
	static const char *const worlds[] = { "world", "harts", "Ms and Ps",
		"collector" };
	int n = sizeof(worlds) / sizeof(worlds[0]);

	print("%d harts, no operating system\n", num_hart());
	wg_add(&greeted, n);
	for (int i = 0; i < n; i++)
		go(greet, (void *)worlds[i]);
	wg_wait(&greeted);
	return 0;	/* the machine's exit status */
}
