/*
 * resize.c - GOMAXPROCS changes under a crowd of goroutines; none is lost.
 *
 *	make qemu APP=apps/resize.c
 */
#include "antler.h"

enum { CROWD = 500, ROUNDS = 200 };

static struct waitgroup crowd;
static struct sema      turn;
static long             counter;	/* changed by the holder of turn */

static void
count(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		sema_acquire(&turn);
		counter++;
		sema_release(&turn);
		yield();
	}
	wg_done(&crowd);
}

int
main(void)
{
	static const int sizes[] = { 1, 64, 2, 1024, 3, 8, 1, 100, 4 };
	int before = gomaxprocs(0);

	sema_init(&turn, 1);
	wg_add(&crowd, CROWD);
	for (int i = 0; i < CROWD; i++)
		go(count, NULL);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int64_t start = now_ns();
		int     old = gomaxprocs(sizes[i]);

		print("GOMAXPROCS %4d -> %4d in %5ld us, %lu goroutines\n",
		    old, sizes[i], (long)((now_ns() - start) / 1000),
		    (unsigned long)num_goroutine());
		sleep_ns(2000000);
	}
	gomaxprocs(before);
	wg_wait(&crowd);
	print("%ld of %d counted\n", counter, CROWD * ROUNDS);
	return counter != CROWD * ROUNDS;
}
