/*
 * sieve.c - the prime sieve of goroutines: each prime that is found becomes a
 * filter in a pipeline.  A filter passes on the numbers that its prime does not
 * divide.
 *
 *	make qemu APP=apps/sieve.c
 */
#include "antler.h"

enum { PRIMES = 100 };

struct filter {
	struct chan *in, *out;
	int64_t      prime;
};
GC_TYPE(filter, in, out);

static void
count_from_2(void *out)
{
	for (int64_t n = 2;; n++)
		chan_send(out, &n);
}

static void
pass_what_is_left(void *arg)
{
	struct filter *f = arg;
	int64_t        n;

	while (chan_recv(f->in, &n))
		if (n % f->prime != 0)
			chan_send(f->out, &n);
}

int
main(void)
{
	struct chan *candidates = chan_make(&gc_int_type, 0);
	int64_t      prime = 0;

	go(count_from_2, candidates);
	for (int i = 1; i <= PRIMES; i++) {
		struct filter *f = gc_new(&filter_type);

		chan_recv(candidates, &prime);
		print("%4ld%s", (long)prime, i % 15 == 0 ? "\n" : " ");
		f->prime = prime;
		gc_store(&f->in, candidates);
		gc_store(&f->out, chan_make(&gc_int_type, 0));
		go(pass_what_is_left, f);
		candidates = f->out;
	}
	print("\nprime number %d is %ld\n", PRIMES, (long)prime);
	return prime != 541;	/* the filters end with the machine */
}
