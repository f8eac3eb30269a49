/*
 * primes.c - counting in parallel: a goroutine for each piece of the range, a
 * wait group to know when all are done, and the results in the collected heap.
 *
 *	make qemu APP=apps/primes.c SMP=8
 */
#include "antler.h"

enum { LIMIT = 2000000, PIECE = 20000 };

struct piece {
	struct piece *next;
	long          from, to;
	long          primes;
};
GC_TYPE(piece, next);		/* the one member that points into the heap */

static struct waitgroup counted;

static bool
is_prime(long n)
{
	for (long d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return n >= 2;
}

static void
count(void *arg)
{
	struct piece *p = arg;

	for (long n = p->from; n < p->to; n++)
		p->primes += is_prime(n);
	wg_done(&counted);
}

int
main(void)
{
	struct piece *all = NULL;
	int64_t       start = now_ns();
	long          total = 0;

	for (long from = 0; from < LIMIT; from += PIECE) {
		struct piece *p = gc_new(&piece_type);

		p->from = from;
		p->to = from + PIECE;
		gc_store(&p->next, all);
		all = p;
		wg_add(&counted, 1);
		go(count, p);
	}
	wg_wait(&counted);
	for (struct piece *p = all; p != NULL; p = p->next)
		total += p->primes;
	print("%ld primes below %d, found in %ld ms by %d Ps on %d harts\n",
	    total, LIMIT, (long)((now_ns() - start) / 1000000), gomaxprocs(0),
	    num_hart());
	return total != 148933;
}
