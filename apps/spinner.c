/*
 * spinner.c - one goroutine sleeps and draws while others work: a program that
 * does two things at once, also on one hart.
 *
 *	make qemu APP=apps/spinner.c
 */
#include "antler.h"

enum { FRAME_MS = 50, JOBS = 4, FIB = 36 };

static struct waitgroup working;
static struct sema      stopped;
static _Atomic int      all_done;

static void
draw(void *unused)
{
	(void)unused;
	for (unsigned i = 0; !all_done; i++) {
		print("\r%c working", "|/-\\"[i % 4]);
		sleep_ns(FRAME_MS * 1000000L);
	}
	print("\r         \r");
	sema_release(&stopped);
}

static long
fib(int n)
{
	if (n == 26)
		yield();	/* a long computation lets others in */
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static void
work(void *result)
{
	*(long *)result = fib(FIB);
	wg_done(&working);
}

int
main(void)
{
	long results[JOBS];
	bool right = true;

	go(draw, NULL);
	wg_add(&working, JOBS);
	for (int i = 0; i < JOBS; i++)
		go(work, &results[i]);
	wg_wait(&working);
	all_done = 1;
	sema_acquire(&stopped);
	for (int i = 0; i < JOBS; i++)
		right = right && results[i] == 14930352;
	print("fib(%d) = %ld, computed %d times at once\n", FIB, results[0],
	    JOBS);
	return !right;
}
