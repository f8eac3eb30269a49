/*
 * test_blocking.c - calls that hold the hart: which M gets the P meanwhile
 * (BLOCK-1, BLOCK-2).
 */
#include "runtime/sched/blocking.h"

#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/world.h"
#include "tests/preempt/hog.h"
#include "tests/unit/crowd.h"

static ATOMIC(uint32_t) release;
static ATOMIC(uint32_t) inside;

/* Hold the hart until with_blocked or the test releases it.  Runs on g0. */
static void
hold(void *unused)
{
	(void)unused;
	add_release(&inside, 1);
	/* acquire: pairs with store_release of release. */
	while (load_acquire(&release) == 0)
		clock_nap(20 * NS_PER_US);
	add_release(&inside, (uint32_t)-1);
}

static void
block(struct ktest *t, uint32_t i)
{
	uint64_t local = 0x5151UL + i;

	__asm__ volatile("" : "+r"(local));
	blocking_call(hold, NULL);
	EXPECT_EQ(t, local, 0x5151UL + i);
}

/* Block n harts, call fn meanwhile, and expect that all of them come back. */
static void
with_blocked(struct ktest *t, uint32_t n, void (*fn)(struct ktest *t))
{
	struct crowd crowd;

	store_relaxed(&release, 0);
	crowd_init(&crowd, t, block);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&inside) == n);
	if (fn != NULL)
		fn(t);
	store_release(&release, 1);
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_acquire(&inside), 0);
}

static void
nothing(void *unused)
{
	(void)unused;
}

KTEST(blocking, a_short_call_gives_its_p_to_nobody)
{
	struct p *p;
	int procs = gomaxprocs(1);

	for (int i = 0; i < 1000; i++) {
		p = this_p();
		blocking_call(nothing, NULL);
		EXPECT(t, this_p() == p);
	}
	gomaxprocs(procs);
}

static void
collect_and_resize(struct ktest *t)
{
	int procs = gomaxprocs(0);

	(void)t;
	gc_collect();
	gomaxprocs(procs + 3);
	gc_collect();
	gomaxprocs(1);
	gomaxprocs(procs);
}

KTEST(blocking, the_world_stops_without_waiting_for_the_call)
{
	if (nharts_online < 2) {
		ktest_skip(t, "needs another hart");
		return;
	}
	with_blocked(t, nharts_online - 1, collect_and_resize);
}

/* With one P, the goroutine that makes the call has the only one.  So the test
 * goes on only because another M takes this P away. */
KTEST(blocking, the_only_p_is_taken_from_a_call_that_lasts)
{
	int procs = gomaxprocs(1);

	if (nharts_online < 2) {
		ktest_skip(t, "needs another hart");
		gomaxprocs(procs);
		return;
	}
	for (int i = 0; i < 5; i++)
		with_blocked(t, 1, NULL);
	gomaxprocs(procs);
}

/* ---- what a blocked hart watches (TICK-2) ---- */

static ATOMIC(uint32_t) watched;

/* Lose the P, then give this hart a timer of another P to watch.  Says in
 * watched whether the timer was noticed. */
static void
watch_without_p(void *unused)
{
	struct m *m = this_m();
	struct p *p = load_relaxed(&m->blocked);
	volatile nanos_t *watch = &m->tick.watch;
	nanos_t due, give_up;

	(void)unused;
	add_release(&inside, 1);
	while (p_status(p) == P_SYSCALL)
		clock_nap(20 * NS_PER_US);
	due = clock_now();
	give_up = due + PATIENCE_NS;
	*watch = due;
	clock_set_deadline(due);
	while (*watch == due && clock_now() < give_up)
		cpu_relax();
	store_release(&watched, *watch != due);
	hold(NULL);
	add_release(&inside, (uint32_t)-1);
}

static void
watch_blocked(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	blocking_call(watch_without_p, NULL);
}

KTEST_ON(blocking, a_watched_timer_is_not_forgotten_when_the_p_is_gone, 2)
{
	struct crowd crowd;

	store_relaxed(&release, 0);
	store_relaxed(&watched, 0);
	crowd_init(&crowd, t, watch_blocked);
	crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&inside) == 1);
	gc_collect();		/* takes the P */
	EVENTUALLY(t, load_acquire(&inside) == 2);
	EXPECT_EQ(t, load_acquire(&watched), 1);
	store_release(&release, 1);
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_acquire(&inside), 0);
}

static ATOMIC(uint32_t) visits;

static void
visit(struct p *p)
{
	(void)p;
	add_relaxed(&visits, 1);
}

static void
visit_each(struct ktest *t)
{
	for (int i = 0; i < 10; i++) {
		store_relaxed(&visits, 0);
		world_for_each_p(visit);
		EXPECT_EQ(t, load_relaxed(&visits), (uint32_t)gomaxprocs(0));
	}
}

KTEST(blocking, a_safe_point_function_runs_on_a_p_whose_m_is_in_a_call)
{
	if (nharts_online < 2) {
		ktest_skip(t, "needs another hart");
		return;
	}
	with_blocked(t, nharts_online - 1, visit_each);
}

static void
do_nothing(struct p *p)
{
	(void)p;
}

static ATOMIC(uint32_t) here;		/* arrived, of the three below */
static ATOMIC(uint32_t) all_did;

/* Stay in the call until all Ps have been served: this M must not come back and
 * serve the request for its P by itself. */
static void
wait_for_all(void *unused)
{
	(void)unused;
	/* acquire: polled. */
	while (load_acquire(&all_did) == 0)
		cpu_relax();
}

static bool
is_asked(struct p *p)
{
	/* relaxed: polled. */
	return (load_relaxed(&p->attention) & ATTN_SAFEPOINT) != 0;
}

/* Number 0 asks all Ps to run a function, and is held when it has asked the
 * first.  The goroutine on this first P then goes into a blocking call.  The
 * third goroutine lets number 0 go when the first P is on its way to the idle
 * list.  (With FAULT=idle_p_not_safe the test hangs, but only on 3 harts: on
 * more, a spare M may take that P.) */
static void
ask_while_going_in(struct ktest *t, uint32_t i)
{
	struct p *p;

	(void)t;
	add_acq_rel(&here, 1);
	/* While number 0 is held no other goroutine can be scheduled.  acquire:
	 * polled. */
	while (load_acquire(&here) != 3)
		cpu_relax();
	if (i == 0) {
		sync_point_arm("safepoint_asked", 1);
		world_for_each_p(do_nothing);
		store_release(&all_did, 1);
		return;
	}
	while (!sync_point_caught("safepoint_asked"))
		cpu_relax();
	p = this_p();
	if (is_asked(p)) {
		blocking_call(wait_for_all, NULL);
		return;
	}
	for (uint32_t k = 0; !is_asked(p = allp.ptr[k]);)
		k = (k + 1) % 3;
	while (p_status(p) != P_IDLE)
		cpu_relax();
	sync_point_release("safepoint_asked");
}

KTEST_ON(blocking, a_p_serves_a_request_before_its_call_makes_it_idle, 3)
{
	int procs = gomaxprocs(3);

	store_relaxed(&here, 0);
	store_relaxed(&all_did, 0);
	crowd_run(t, 3, ask_while_going_in);
	gomaxprocs(procs);
}

enum { STORM = 200 };

static void
storm(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < STORM; k++) {
		blocking_call(nothing, NULL);
		if (k % 8 == i % 8)
			yield();
		if (i == 0 && k % 32 == 0)
			gc_collect();
		if (i == 1 && k % 32 == 0)
			gomaxprocs(1 + (int)(k / 32) % 4);
	}
}

KTEST(blocking, many_short_calls_between_stops_lose_no_goroutine)
{
	int procs = gomaxprocs(0);

	crowd_run(t, 40, storm);
	gomaxprocs(procs);
}
