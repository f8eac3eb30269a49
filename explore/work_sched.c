/*
 * work_sched.c - workloads: the protocols by which work finds a hart.
 */
#include "explore/explore.h"
#include "include/antler.h"
#include "lib/str.h"
#include "runtime/poll/netpoll.h"
#include "runtime/poll/polldesc.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"

enum { ROUNDS = 4, COMPUTE = 3000 };

static struct waitgroup all;
static struct explore_flag ran;

/* Draw GOMAXPROCS, from 2 to one more than the number of harts. */
static void
draw_procs(struct rand *r)
{
	gomaxprocs(2 + (int)rand_below(r, num_hart()));
}

static void
end(void *unused)
{
	(void)unused;
	wg_done(&all);
}

static void
run_once(void *unused)
{
	(void)unused;
	/* release: a goroutine that computes until ran is set sees what this
	 * one did. */
	store_release(&ran.set, 1);
	wg_done(&all);
}

/* Compute until run_once has run, which another hart must do. */
static void
compute_until_it_ran(void *unused)
{
	(void)unused;
	explore_compute(COMPUTE, &ran);
	wg_done(&all);
}

/* ---- wake: a goroutine is made while others run out of work ---- */

static void
wake(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		store_relaxed(&ran.set, 0);
		wg_add(&all, 3);
		go(end, NULL);
		go(end, NULL);
		yield();
		go(run_once, NULL);
		explore_compute(COMPUTE, &ran);
		wg_wait(&all);
	}
}
WORKLOAD(wake, "a goroutine is made while harts go idle", draw_procs, wake);

/* ---- globq: a goroutine comes by the global queue ---- */

static void
globq(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		store_relaxed(&ran.set, 0);
		wg_add(&all, 2);
		go(end, NULL);
		yield();
		go(compute_until_it_ran, NULL);
		preempt_now();
		store_release(&ran.set, 1);
		wg_wait(&all);
	}
}
WORKLOAD(globq, "a preempted goroutine waits in the global queue", draw_procs,
    globq);

/* ---- pair: one parks while another makes it ready ---- */

static struct g *sleeper;
static ATOMIC(uint32_t) is_there;

static void
fall_asleep(void *unused)
{
	(void)unused;
	sleeper = self();
	store_release(&is_there, 1);
	park("explore");
	wg_done(&all);
}

static void
wake_it(void *unused)
{
	(void)unused;
	while (load_acquire(&is_there) == 0)
		yield();
	ready(sleeper);
	wg_done(&all);
}

static void
pair(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		store_relaxed(&is_there, 0);
		wg_add(&all, 2);
		go(fall_asleep, NULL);
		go(wake_it, NULL);
		wg_wait(&all);
	}
}
WORKLOAD(pair, "a goroutine parks while another makes it ready", draw_procs,
    pair);

/* ---- device: a notified goroutine is injected ---- */

static struct poll_desc device = POLL_DESC_INIT;

static void
open_device(struct rand *r)
{
	(void)r;
	gomaxprocs(2);
	polldesc_open(&device, NULL);
}

static void
serve(void *unused)
{
	(void)unused;
	polldesc_wait(&device, POLL_READ, "explore");
	store_release(&ran.set, 1);
	wg_done(&all);
}

static void
compute_for(void *n)
{
	explore_compute((uint32_t)(uintptr_t)n, NULL);
	wg_done(&all);
}

static void
notify(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		store_relaxed(&ran.set, 0);
		wg_add(&all, 2);
		go(serve, NULL);
		while (!netpoll_any_waiters())
			yield();
		go(compute_for, (void *)20UL);
		explore_compute(8, NULL);
		netpoll_notify(&device, POLL_IN);
		explore_compute(COMPUTE, &ran);
		wg_wait(&all);
	}
}
WORKLOAD(device, "a device notifies while harts go idle", open_device, notify);

/* ---- allp: GOMAXPROCS grows beside harts that look for work ---- */

static void
grow(void *n)
{
	gomaxprocs((int)(uintptr_t)n);
	wg_done(&all);
}

/* Collect, and fill memory that an old allp may have left. */
static void
churn(void *n)
{
	gc_collect();
	for (int i = 0; i < 64; i++) {
		/* The type is that of allp, so that the array may come to lie
		 * where allp was. */
		size_t len = (size_t)(uintptr_t)n;

		memset(gc_new_array(&gc_ptr_type, len), 0xde, len * 8);
	}
	wg_done(&all);
}

static void
allp_set_up(struct rand *r)
{
	int n = 2 + (int)rand_below(r, 8);

	for (int i = 1; i <= n; i++)
		gomaxprocs(i);
	gc_collect();
}

static void
allp_run(void)
{
	int n = gomaxprocs(0);

	wg_add(&all, 4);
	go(end, NULL);
	go(grow, (void *)(uintptr_t)(n + 1));
	go(end, NULL);
	go(end, NULL);
	wg_wait(&all);
	wg_add(&all, 1);
	go(churn, (void *)(uintptr_t)n);
	wg_wait(&all);
}
WORKLOAD(allp, "GOMAXPROCS grows beside harts that look for work (Go 74414)",
    allp_set_up, allp_run);
