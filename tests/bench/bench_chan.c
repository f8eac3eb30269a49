/*
 * bench_chan.c - channels.  Each benchmark does the same work as in the Go
 * program that it is measured against.
 */
#include "tests/bench/bench.h"
#include "tests/bench/sender.h"

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

/* ---- BufferedChan: one sender, one receiver, room for 128; an op is a value
 * ---- */

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

/* ---- FanIn: eight senders, a channel, a receiver; an op is a value ---- */

enum { FAN = 8 };

static void
fan_in(int64_t n, size_t cap)
{
	struct sender s = { chan_make(&gc_int_type, cap), n / FAN };
	int64_t v;

	for (int i = 0; i < FAN; i++)
		go(send_numbers, &s);
	for (int64_t i = 0; i < n / FAN * FAN; i++)
		chan_recv(s.c, &v);
}

BENCH(FanIn, 200000, 0)
{
	fan_in((int64_t)b->n / 10, 0);
	bench_start(b);
	fan_in((int64_t)b->n, 0);
	bench_stop(b);
}

BENCH(FanInBuffered, 400000, 0)
{
	fan_in((int64_t)b->n / 10, 128);
	bench_start(b);
	fan_in((int64_t)b->n, 128);
	bench_stop(b);
}

/* ---- ContendedChan: eight senders, eight receivers, room for 100; an op is a
 * value ---- */

static struct waitgroup done;

static void
recv_all(void *arg)
{
	struct chan *c = arg;
	int64_t v;

	while (chan_recv(c, &v))
		;
	wg_done(&done);
}

static void
send_all(void *arg)
{
	send_numbers(arg);
	wg_done(&done);
}

static void
contend(int64_t n)
{
	struct sender s = { chan_make(&gc_int_type, 100), n / FAN };

	wg_add(&done, FAN);
	for (int i = 0; i < FAN; i++) {
		go(send_all, &s);
		go(recv_all, s.c);
	}
	wg_wait(&done);
	wg_add(&done, FAN);
	chan_close(s.c);
	wg_wait(&done);
}

BENCH(ContendedChan, 400000, 0)
{
	contend((int64_t)b->n / 10);
	bench_start(b);
	contend((int64_t)b->n);
	bench_stop(b);
}

/* ---- ChanMake: an unbuffered channel, thrown away ---- */

BENCH(ChanMake, 400000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		chan_make(&gc_int_type, 0);
	bench_stop(b);
}
