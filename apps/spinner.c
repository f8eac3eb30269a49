/*
 * spinner.c - several goroutines compute, while another one sleeps and wakes to
 * draw how much of the work is done: a program that does two things at once,
 * even on one hart.
 *
 *	make qemu APP=apps/spinner.c
 */
#include "antler.h"

enum { FRAME_MS = 50, JOBS = 4, PIECES = 100, BAR = 40 };

static struct atomic32 finished;	/* how many of the JOBS * PIECES
					 * pieces */

/* Returns the number of steps of the Collatz sequences of all starts from ..
 * limit - 1. */
static int64_t
collatz(int64_t from, int64_t limit)
{
	int64_t steps = 0;

	for (int64_t start = from; start < limit; start++)
		for (int64_t n = start; n > 1; steps++)
			n = n % 2 == 0 ? n / 2 : 3 * n + 1;
	return steps;
}

static void
work(void *result)
{
	for (int64_t i = 0; i < PIECES; i++) {
		*(int64_t *)result += collatz(i * 2000, (i + 1) * 2000);
		atomic32_add(&finished, 1);
	}
}

static void
draw(void *unused)
{
	static const char bar[] = "########################################";
	uint32_t done = 0;

	(void)unused;
	for (unsigned i = 0; done < JOBS * PIECES; i++) {
		done = atomic32_load(&finished);
		print("\r%c [%-*.*s] %3u%%", "|/-\\"[i % 4], BAR,
		    (int)(done * BAR / (JOBS * PIECES)), bar,
		    done * 100 / (JOBS * PIECES));
		sleep_ns(FRAME_MS * 1000000L);
	}
	print("\n");
}

int
main(void)
{
	struct waitgroup working = { 0 };
	int64_t          results[JOBS] = { 0 };
	bool             same = true;

	wg_go(&working, draw, NULL);
	for (int i = 0; i < JOBS; i++)
		wg_go(&working, work, &results[i]);
	wg_wait(&working);
	for (int i = 0; i < JOBS; i++)
		same = same && results[i] == results[0];
	print("%ld steps, counted %d times at once\n", (long)results[0], JOBS);
	return !same;
}
