/*
 * skynet.c - a tree of goroutines: each starts ten more and adds up what they
 * send, down to leaves that send their own number (the skynet benchmark of
 * A. Temerev).  Nearly all of the goroutines exist at one time, so a million
 * leaves need some memory:
 *
 *	make qemu APP=apps/skynet.c
 *	make qemu APP=apps/skynet.c MEM=8G ARGS=APP_leaves=1000000
 */
#include "antler.h"

enum { FAN = 10 };

struct node {
	struct chan *result;	/* where the sum goes */
	int64_t      first;	/* number of its first leaf */
	int64_t      leaves;
};
GC_TYPE(node, result);

static void grow(void *arg);

static void
plant(struct chan *result, int64_t first, int64_t leaves)
{
	struct node *n = gc_new(&node_type);

	gc_store(&n->result, result);
	n->first = first;
	n->leaves = leaves;
	go(grow, n);
}

static void
grow(void *arg)
{
	struct node *me = arg;
	int64_t      sum = me->first, one;

	if (me->leaves > 1) {
		int64_t      share = me->leaves / FAN;
		struct chan *sums = chan_make(&gc_int_type, FAN);

		for (int i = 0; i < FAN; i++)
			plant(sums, me->first + i * share, share);
		sum = 0;
		for (int i = 0; i < FAN; i++) {
			chan_recv(sums, &one);
			sum += one;
		}
	}
	chan_send(me->result, &sum);
}

int
main(void)
{
	struct chan *result = chan_make(&gc_int_type, 0);
	const char  *size = boot_arg("leaves");
	int64_t      leaves = 0, start = now_ns(), sum;

	for (; size != NULL && *size >= '0' && *size <= '9'; size++)
		leaves = leaves * 10 + *size - '0';
	if (leaves == 0)
		leaves = 10000;		/* a power of ten */
	plant(result, 0, leaves);
	chan_recv(result, &sum);
	print("the sum of %ld leaves is %ld; %ld ms\n", (long)leaves,
	    (long)sum, (long)((now_ns() - start) / 1000000));
	return sum != leaves * (leaves - 1) / 2;
}
