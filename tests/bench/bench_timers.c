/*
 * bench_timers.c - setting, stopping, running timers; sleeping.
 */
#include "lib/atomic.h"
#include "runtime/time/timers.h"
#include "tests/bench/bench.h"

enum { HOUR = 3600 };

static void
do_nothing(void *unused)
{
	(void)unused;
}

/* ---- TimerStop: make a timer with a channel, stop it ---- */

BENCH(TimerStop, 200000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		timer_stop(timer_new(HOUR * NS_PER_S));
	bench_stop(b);
}

/* ---- TimerRecv: make a timer that is due soon, receive its value ---- */

BENCH(TimerRecv, 50000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		chan_recv(after(2 * NS_PER_US), NULL);
	bench_stop(b);
}

/* ---- AfterFuncStop: make a timer that runs a function, stop it ---- */

BENCH(AfterFuncStop, 200000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		timer_stop(after_func(HOUR * NS_PER_S, do_nothing, NULL));
	bench_stop(b);
}

/* ---- AfterFuncStop10k: AfterFuncStop among 10,000 other timers ---- */

enum { OTHERS = 10000 };

BENCH(AfterFuncStop10k, 100000, 0)
{
	struct timer **other = gc_new_array(&gc_ptr_type, OTHERS);

	for (uint32_t i = 0; i < OTHERS; i++)
		gc_store(&other[i], after_func(HOUR * NS_PER_S +
		    i * NS_PER_MS, do_nothing, NULL));
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		timer_stop(after_func(HOUR * NS_PER_S +
		    (int64_t)(i % OTHERS) * NS_PER_MS, do_nothing, NULL));
	bench_stop(b);
	for (uint32_t i = 0; i < OTHERS; i++)
		timer_stop(other[i]);
}

/* ---- TimerFire: set 1,000 timers, all due at once; an op is one set and run
 * ---- */

enum { BATCH = 1000 };

static struct rtimer batch[BATCH];
static uint64_t      nfired;

static void
count_fire(struct rtimer *t, uint64_t seq, struct gqueue *ready)
{
	(void)t, (void)seq, (void)ready;
	nfired++;
}

BENCH(TimerFire, 200 * BATCH, 0)
{
	nfired = 0;
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i += BATCH) {
		for (uint32_t k = 0; k < BATCH; k++) {
			batch[k].fire = count_fire;
			rtimer_set(&batch[k], (nanos_t)(k * 7919 % BATCH), 0);
		}
		while (nfired < i + BATCH)
			sleep_ns(1);
	}
	bench_stop(b);
}

/* ---- Sleep: one goroutine sleeps 1 ns; an op is one sleep ---- */

BENCH(Sleep, 50000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		sleep_ns(1);
	bench_stop(b);
}

/* ---- Million: set a million functions for random times, stop half of them in
 * random order, and let the others come; an op is one of the million.  They
 * come faster than they run, so instr/run is mostly what half a million new
 * goroutines cost ---- */

static ATOMIC(uint64_t) nran;

static void
count_run(void *unused)
{
	(void)unused;
	add_relaxed(&nran, 1);		/* relaxed: polled */
}

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

BENCH(Million, 1000000, 768)
{
	struct timer **t = gc_new_array(&gc_ptr_type, b->n);
	uint64_t x = 88172645463325252, start_ns;
	uint64_t nstopped = 0;
	uint64_t instr;

	store_relaxed(&nran, 0);	/* relaxed: nobody else is here */
	for (uint64_t i = 0; i < b->n; i++)
		gc_store(&t[i], after_func(HOUR * NS_PER_S, count_run, NULL));
	bench_start(b);
	start_ns = (uint64_t)now_ns();
	for (uint64_t i = 0; i < b->n; i++)
		nstopped += !timer_reset(t[i], (int64_t)(2 * NS_PER_S +
		    next_random(&x) % NS_PER_S));
	instr = bench_instr_now(b);
	for (uint64_t i = b->n - 1; i > 0; i--) {
		uint64_t k = next_random(&x) % (i + 1);
		struct timer *swap = t[i];

		gc_store(&t[i], t[k]);
		gc_store(&t[k], swap);
	}
	for (uint64_t i = 0; i < b->n / 2; i++)
		nstopped += timer_stop(t[i]);
	if (bench_counts_instr())
		bench_extra(b, (double)(bench_instr_now(b) - instr) /
		    (double)(b->n / 2), "instr/stop");
	sleep_ns((int64_t)start_ns + 2 * NS_PER_S - now_ns());
	instr = bench_instr_now(b);
	while (load_relaxed(&nran) + nstopped < b->n)
		sleep_ns(NS_PER_MS);
	if (bench_counts_instr())
		bench_extra(b, (double)(bench_instr_now(b) - instr) /
		    (double)(b->n - nstopped), "instr/run");
	bench_stop(b);
}
