/*
 * test_chan_crowd.c - many goroutines at one channel, where each element that
 * is sent must be received exactly once; and a long row of channels.
 */
#include "tests/unit/adversary.h"
#include "tests/unit/chans.h"

enum { NSENDERS = 12, NRECEIVERS = 9, EACH = 700 };

static ATOMIC(uint32_t) received_times[NSENDERS * EACH];
static ATOMIC(uint32_t) senders_left;

static void
send_share(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed + i);
	for (int64_t k = 0; k < EACH; k++) {
		int64_t v = i * EACH + k;

		if (rand_below(&rand, 4) != 0)
			chan_send(shared, &v);
		else
			while (!chan_try_send(shared, &v))
				yield();
		if (rand_below(&rand, 16) == 0)
			yield();
	}
	if (add_acq_rel(&senders_left, (uint32_t)-1) == 1)
		chan_close(shared);
}

static void
recv_share(struct ktest *t, uint32_t i)
{
	int64_t v, last[NSENDERS];
	bool ok = true;

	for (int k = 0; k < NSENDERS; k++)
		last[k] = -1;
	while (ok) {
		if (i % 3 != 0) {
			ok = chan_recv(shared, &v);
		} else if (!chan_try_recv(shared, &v, &ok)) {
			yield();
			continue;
		}
		if (!ok)
			break;
		if (!EXPECT(t, v >= 0 && v < NSENDERS * EACH))
			break;
		/* relaxed: a count. */
		EXPECT_EQ(t, add_relaxed(&received_times[v], 1), 0);
		/* The elements of one sender come in order. */
		EXPECT(t, v > last[v / EACH]);
		last[v / EACH] = v;
	}
}

static void
send_or_recv_share(struct ktest *t, uint32_t i)
{
	if (i < NSENDERS)
		send_share(t, i);
	else
		recv_share(t, i - NSENDERS);
}

static void
conserve(struct ktest *t, size_t cap, unsigned adversaries)
{
	struct adversary adversary;

	share(chan_make(&gc_int_type, cap));
	for (uint32_t i = 0; i < ARRAY_LEN(received_times); i++)
		store_relaxed(&received_times[i], 0);
	store_relaxed(&senders_left, NSENDERS);
	adversary_start(&adversary, t, adversaries);
	crowd_run(t, NSENDERS + NRECEIVERS, send_or_recv_share);
	adversary_stop(&adversary);
	for (uint32_t i = 0; i < ARRAY_LEN(received_times); i++)
		if (!EXPECT_EQ(t, load_relaxed(&received_times[i]), 1))
			break;
}

KTEST(chan, nothing_is_lost_or_doubled_without_a_buffer)
{
	conserve(t, 0, 0);
}

KTEST(chan, nothing_is_lost_or_doubled_with_a_buffer)
{
	conserve(t, 1, 0);
	conserve(t, 10, 0);
}

KTEST(chan, nothing_is_lost_while_ps_and_collections_come_and_go)
{
	conserve(t, 0, ADVERSARY_ALL);
	conserve(t, 5, ADVERSARY_ALL);
}

/* ---- the prime sieve, Go's first example ---- */

static void
sieve_generate(void *arg)
{
	struct chan *out = arg;

	for (int64_t i = 2; i <= 300; i++)
		chan_send(out, &i);
	chan_close(out);
}

struct filter {
	struct chan *in, *out;
	int64_t      prime;
};
GC_TYPE(filter, in, out);

static void
sieve_filter(void *arg)
{
	struct filter *f = arg;
	int64_t v;

	while (chan_recv(f->in, &v))
		if (v % f->prime != 0)
			chan_send(f->out, &v);
	chan_close(f->out);
}

KTEST(chan, a_prime_sieve_of_goroutines_finds_the_primes)
{
	struct chan *in = chan_make(&gc_int_type, 0);
	int64_t prime, sum = 0, n = 0;

	go(sieve_generate, in);
	while (chan_recv(in, &prime)) {
		struct filter *f = gc_new(&filter_type);

		gc_store(&f->in, in);
		gc_store(&f->out, chan_make(&gc_int_type, 0));
		f->prime = prime;
		sum += prime;
		n++;
		in = f->out;
		go(sieve_filter, f);
	}
	EXPECT_EQ(t, n, 62);		/* primes below 300 */
	EXPECT_EQ(t, sum, 8275);
}
