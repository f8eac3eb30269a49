/*
 * test_preempt.c - goroutines that never call the runtime (PREEMPT-1, -2,
 * TICK-1, -2).
 *
 * What computes is in tests/preempt/: this file's own text is never preempted.
 */
#include "runtime/sched/preempt.h"

#include "gc/local.h"
#include "kernel/clock.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/tripwire.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"
#include "tests/preempt/hog.h"
#include "tests/unit/crowd.h"

enum { HOGS = 12 };

static struct hog       hogs[HOGS];
static struct waitgroup done;

static void
hog_then_done(void *arg)
{
	hog_run(arg);
	wg_done(&done);
}

static void
start_hogs(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		hogs[i].stop = 0;
		hogs[i].turns = 0;
		wg_add(&done, 1);
		go(hog_then_done, &hogs[i]);
	}
}

static void
stop_hogs(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		hogs[i].stop = 1;
	wg_wait(&done);
}

/* Without preemption main would never run again. */
KTEST(preempt, goroutines_that_never_call_do_not_keep_the_others_out)
{
	(void)t;
	start_hogs(HOGS);
	for (int i = 0; i < 20; i++)
		yield();
	stop_hogs(HOGS);
}

KTEST(preempt, each_of_many_computing_goroutines_has_its_turns)
{
	start_hogs(HOGS);
	for (uint32_t i = 0; i < HOGS; i++)
		EVENTUALLY(t, hogs[i].turns > 0);
	for (uint32_t i = 0; i < HOGS; i++) {
		uint64_t before = hogs[i].turns;

		EVENTUALLY(t, hogs[i].turns > before);
	}
	stop_hogs(HOGS);
}

KTEST(preempt, sleepers_wake_beside_those_that_compute)
{
	(void)t;
	start_hogs(HOGS);
	for (int i = 0; i < 50; i++)
		sleep_ns(100 * NS_PER_US);
	stop_hogs(HOGS);
}

KTEST(preempt, the_world_stops_for_a_collection_and_for_gomaxprocs)
{
	int procs = gomaxprocs(0);

	(void)t;
	start_hogs(HOGS);
	for (int i = 0; i < 5; i++) {
		gc_collect();
		gomaxprocs(procs + 1 + i);
	}
	gomaxprocs(procs);
	stop_hogs(HOGS);
}

static void
wg_done_once(void *unused)
{
	(void)unused;
	wg_done(&done);
}

/* ---- registers ---- */

static volatile uint32_t stop_loops;
static ATOMIC(uint64_t)  changed;

static void
hold_registers(void *arg)
{
	add_relaxed(&changed, hog_registers((uintptr_t)arg * 0x123456789UL,
	    &stop_loops, UINT64_MAX));
	wg_done(&done);
}

/* Run fn n times at once until every M that runs them has preempted often. */
static void
run_until_preempted(struct ktest *t, void (*fn)(void *), uintptr_t n)
{
	uint64_t before = preempt_count();

	store_relaxed(&changed, 0);
	stop_loops = 0;
	wg_add(&done, (int)n);
	for (uintptr_t i = 0; i < n; i++)
		go(fn, (void *)(i + 1));
	EVENTUALLY(t, preempt_count() >= before + 20);
	stop_loops = 1;
	wg_wait(&done);
	EXPECT_EQ(t, load_relaxed(&changed), 0);
}

KTEST(preempt, every_integer_and_floating_point_register_is_kept)
{
	run_until_preempted(t, hold_registers, 10);
}

static void
hold_vectors(void *arg)
{
	add_relaxed(&changed, hog_vector((uintptr_t)arg * 0x123456789UL,
	    &stop_loops, UINT64_MAX));
	wg_done(&done);
}

KTEST(preempt, every_vector_register_is_kept)
{
	if (!platform.vector) {
		ktest_skip(t, "no vector registers: CPU=rv64,v=true");
		return;
	}
	run_until_preempted(t, hold_vectors, 10);
}

static double results[HOGS];

static void
compute_series(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	results[i] = hog_series(400000);
	wg_done(&done);
}

KTEST(preempt, sums_come_out_the_same_as_undisturbed)
{
	double want = hog_series(400000);

	start_hogs(4);
	wg_add(&done, HOGS - 4);
	for (uintptr_t i = 4; i < HOGS; i++)
		go(compute_series, (void *)i);
	/* Adversaries: they have the registers in between. */
	for (int i = 0; i < 20; i++)
		sleep_ns(50 * NS_PER_US);
	stop_hogs(4);
	for (uint32_t i = 4; i < HOGS; i++)
		EXPECT(t, results[i] == want);
}

/* ---- no ticks for nobody ---- */

/* An M that slept all the time while another computed for three ticks. */
KTEST(preempt, an_idle_hart_has_no_tick)
{
	uint64_t nwake[HART_MAX], nticks[HART_MAX];
	bool slept[HART_MAX];

	start_hogs(1);
	spin_lock(&sched.lock);
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];

		slept[i] = m->idle;
		nwake[i] = load_relaxed(&m->nwake);
		nticks[i] = harts[i]->nticks;
	}
	spin_unlock(&sched.lock);
	for (int i = 0; i < 3; i++)
		sleep_ns(TICK_NS);
	stop_hogs(1);
	spin_lock(&sched.lock);
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];

		if (slept[i] && m->idle && load_relaxed(&m->nwake) == nwake[i])
			EXPECT_EQ(t, harts[i]->nticks, nticks[i]);
	}
	spin_unlock(&sched.lock);
}

/*
 * An interrupt finds this goroutine in the runtime's text, where it cannot be
 * preempted, and its P wanted.  With interrupts off, or the next real one would
 * do the same.
 */
static void
be_found_in_the_runtime(void)
{
	struct trapframe frame = { .pc = (uintptr_t)preempt_leave };

	frame.x[4] = (uintptr_t)this_g();
	/* release: as in p_attend. */
	or_release(&this_p()->attention, ATTN_TICK);
	preempt_leave(&frame);
}

/* A goroutine that marks to pay for what it allocates is about to look by
 * itself. */
KTEST(preempt, a_goroutine_that_is_about_to_poll_needs_no_tripwire)
{
	bool were_on = irq_save(), set;
	struct m *m = this_m();

	if (m->hart.tripwire)
		tripwire_clear();
	m->p->gc->polls_soon = true;
	be_found_in_the_runtime();
	set = m->hart.tripwire;
	m->p->gc->polls_soon = false;
	be_found_in_the_runtime();
	EXPECT(t, !set);
	EXPECT(t, m->hart.tripwire);
	irq_restore(were_on);
}

struct pair {
	struct pair *other;
};
GC_TYPE(pair, other);

static void
make_one(void)
{
	gc_keep_alive(gc_new(&pair_type));
}

static void
make_bytes(void)
{
	gc_keep_alive(gc_new_bytes(24));
}

static void
make_many(void)
{
	gc_keep_alive(gc_new_array(&pair_type, 3));
}

/* Found in the runtime's text, it is told by way of the allocator; without that
 * (FAULT=gc_no_recall) it would fill its run first. */
static void
give_way_to_make(struct ktest *t, void (*make)(void))
{
	struct m *m;
	uint64_t before;
	bool were_on;

	make();				/* from here on it has a run, a hint */
	were_on = irq_save();
	m = this_m();
	be_found_in_the_runtime();
	irq_restore(were_on);
	/* relaxed: no other M writes it; we may be on another one afterwards,
	 * if so because this one gave us up. */
	before = load_relaxed(&m->npreempt);
	make();
	EXPECT(t, load_relaxed(&m->npreempt) > before);
}

KTEST(preempt, object_allocation_yields_when_recalled)
{
	give_way_to_make(t, make_one);
}

KTEST(preempt, byte_allocation_yields_when_recalled)
{
	give_way_to_make(t, make_bytes);
}

KTEST(preempt, array_allocation_yields_when_recalled)
{
	give_way_to_make(t, make_many);
}

/* So does one that another hart asks, which sends no interrupt at first.  Two
 * meet: each has a hart, and the first asks for the second's. */
static struct {
	struct gate      here;
	ATOMIC(struct p *) p;		/* of who is to be asked */
	ATOMIC(uint32_t) asked;
} ask;

static void
ask_or_be_asked(struct ktest *t, uint32_t i)
{
	struct m *m;
	uint64_t before;
	bool were_on;

	m_pin();			/* one holds its hart: no collection */
	gc_keep_alive(gc_new(&pair_type));
	m_unpin();
	were_on = irq_save();		/* so that no tick recalls us */
	m = this_m();
	if (i == 1)
		/* release: pairs with load_acquire below, as do the others. */
		store_release(&ask.p, m->p);
	if (!gate_hold(t, &ask.here, 2)) {
		irq_restore(were_on);
		return;
	}
	if (i == 0) {
		p_ask(load_acquire(&ask.p), ATTN_TICK);
		store_release(&ask.asked, 1);
		irq_restore(were_on);
		return;
	}
	while (load_acquire(&ask.asked) == 0)
		cpu_relax();
	irq_restore(were_on);
	/* relaxed: as above. */
	before = load_relaxed(&m->npreempt);
	gc_keep_alive(gc_new(&pair_type));
	EXPECT(t, load_relaxed(&m->npreempt) > before);
}

KTEST_ON(preempt, an_allocating_goroutine_gives_way_without_an_interrupt, 2)
{
	store_relaxed(&ask.here.n, 0);
	store_relaxed(&ask.asked, 0);
	crowd_run(t, 2, ask_or_be_asked);
}

/* ---- slices ---- */

/* Does a tick end the slice of this P, in which fair is given, if so much of
 * the slice is left?  Interrupts are off. */
static bool
tick_ends_slice(struct m *m, int32_t fair, nanos_t left)
{
	uint32_t bits;
	bool     over;

	m->p->fair = fair;
	m->p->slice_over = false;
	m->tick.at = clock_now();
	m->tick.slice_ends = m->tick.at + left;
	/* relaxed, both: for this M; what others ask for stays. */
	and_relaxed(&m->p->attention, ~(uint32_t)ATTN_TICK);
	tick_interrupt(NULL);
	bits = and_relaxed(&m->p->attention, ~(uint32_t)ATTN_TICK);
	over = m->p->slice_over;
	m->p->slice_over = false;
	return over && (bits & ATTN_TICK) != 0;
}

/* Of two slices, one after the other, the second begins at the tick that ends
 * the first, so the next tick ends the second; and the first slice on a hart
 * that slept begins when it wakes. */
KTEST(preempt, a_slice_begins_with_the_end_of_another)
{
	enum { FIRST = 40, SECOND = 39 };	/* p->fair: SLICE-1 */
	const nanos_t much = 1000 * NS_PER_S;
	bool were_on = irq_save();
	struct m *m = this_m();
	nanos_t before;

	m->tick.turn.who = NULL;
	EXPECT(t, !tick_ends_slice(m, FIRST, 0));	/* not seen before */
	EXPECT(t, !tick_ends_slice(m, FIRST, much));
	EXPECT(t, tick_ends_slice(m, FIRST, 0));
	before = clock_now();
	m->p->fair = SECOND;
	tick_begin(m);
	EXPECT(t, m->tick.slice_ends >= before + TICK_NS);
	EXPECT(t, !tick_ends_slice(m, SECOND, much));
	EXPECT(t, tick_ends_slice(m, SECOND, 0));
	m->p->fair = FIRST;
	tick_begin(m);
	m->p->fair = SECOND;
	tick_begin(m);		/* in the middle of a slice */
	EXPECT(t, !tick_ends_slice(m, SECOND, 0));
	EXPECT(t, tick_ends_slice(m, SECOND, 0));
	tick_stop(m);
	m->p->fair = FIRST;
	tick_begin(m);
	EXPECT(t, tick_ends_slice(m, FIRST, 0));
	m->tick.begins = false;
	irq_restore(were_on);
}

/* A hart whose world is stopped for a moment keeps its tick; should that come
 * meanwhile, nobody minds it, and it comes again. */
KTEST(preempt, a_tick_in_a_stopped_world_is_not_lost)		/* TICK-1 */
{
	bool were_on = irq_save();
	struct m *m = this_m();

	m->tick.at = clock_now();
	clock_set_deadline(CLOCK_NEVER);	/* as take_timer does */
	tick_arm(m);
	EXPECT(t, clock_deadline() <= m->tick.at);
	irq_restore(were_on);
}

/* Whom a timer made runnable, and what was in the queue before, in that order:
 * the latter is not to have a whole slice. */
/* TICK-3 */
KTEST(preempt, a_goroutine_whose_timer_was_due_does_not_wait_for_a_slice)
{
	struct m *m;
	struct p *p;
	nanos_t before;
	int procs = gomaxprocs(1);

	wg_add(&done, 2);
	go(wg_done_once, NULL);
	go(wg_done_once, NULL);		/* the first is in the queue now */
	m = this_m();
	p = m->p;
	p->urgent = load_relaxed(&p->runq.tail);
	tick_arm(m);
	EXPECT(t, m->tick.at <= clock_now() + SOON_NS);
	EXPECT(t, clock_deadline() <= clock_now() + SOON_NS);
	wg_wait(&done);
	EXPECT(t, load_relaxed(&p->runq.head) >= p->urgent);
	m = this_m();
	m->tick.at = CLOCK_NEVER;
	before = clock_now();
	tick_arm(m);
	EXPECT(t, m->tick.at >= before + TICK_NS);
	gomaxprocs(procs);
}
