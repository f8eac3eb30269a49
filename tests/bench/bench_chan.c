/*
 * bench_chan.c - channels and select: the same work as in the Go program they
 * are measured against.
 */
#include "tests/bench/bench.h"

/* Send the numbers below n on c. */
struct sender {
	struct chan *c;
	int64_t      n;
};

static void
send_numbers(void *arg)
{
	struct sender *s = arg;
	struct chan *c = s->c;

	for (int64_t i = 0, n = s->n; i < n; i++)
		chan_send(c, &i);
}

/* ---- PingPong: two unbuffered channels; an op is a round trip ---- */

struct pingpong {
	struct chan *a, *b;
	int64_t      n;
};

static void
pong(void *arg)
{
	struct pingpong *p = arg;
	struct chan *a = p->a, *b = p->b;

	for (int64_t i = 0, n = p->n; i < n; i++) {
		int64_t v;

		chan_recv(a, &v);
		chan_send(b, &v);
	}
}

static void
ping(int64_t n)
{
	struct pingpong p = { chan_make(&gc_int_type, 0),
		chan_make(&gc_int_type, 0), n };
	struct chan *a = p.a, *b = p.b;

	go(pong, &p);
	for (int64_t i = 0; i < n; i++) {
		int64_t v;

		chan_send(a, &i);
		chan_recv(b, &v);
	}
}

BENCH(PingPong, 200000, 0)
{
	ping((int64_t)b->n / 10);
	bench_start(b);
	ping((int64_t)b->n);
	bench_stop(b);
}

/* ---- BufferedChan: one to one through room for 128; an op is one ---- */

static void
send_and_close(void *arg)
{
	struct sender *s = arg;

	send_numbers(s);
	chan_close(s->c);
}

static bool
buffered(int64_t n)
{
	struct sender s = { chan_make(&gc_int_type, 128), n };
	struct chan *c = s.c;
	int64_t v, sum = 0;

	go(send_and_close, &s);
	while (chan_recv(c, &v))
		sum += v;
	return sum == n * (n - 1) / 2;
}

BENCH(BufferedChan, 1000000, 0)
{
	buffered((int64_t)b->n / 10);
	bench_start(b);
	if (!buffered((int64_t)b->n))
		bench_skip(b, "the sum is wrong");
	bench_stop(b);
}
