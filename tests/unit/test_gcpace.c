/*
 * test_gcpace.c - what the collector does beside a goroutine is done in small
 * pieces.
 *
 * Covers the shares of gc_worker.c (TICK-4), sweep_pay of gc/sweep.c, and the
 * times that gc/assist.c reports.  The tests have one P, so that no other P
 * does the work.  Links the whole runtime.
 */
#include "gc/assist.h"
#include "gc/gc.h"
#include "gc/heap.h"
#include "gc/pacer.h"
#include "kernel/clock.h"
#include "kernel/trap.h"
#include "runtime/sched/gc_worker.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

enum { LIVE = 8 * MIB };

/* Longer than the host may stop us. */
#define LONG_NS (1000 * NS_PER_S)

struct node {
	struct node *next;
	uint64_t     filling[7];
};
GC_TYPE(node, next);

static struct node *list;

static void
make_list(void)
{
	ROOT_ONCE(list);
	for (size_t n = 0; n < LIVE; n += sizeof(struct node)) {
		struct node *node = gc_new(&node_type);

		gc_store(&node->next, list);
		gc_store(&list, node);
	}
	gc_collect();
}

KTEST(gcpace, a_due_share_of_marking_sets_a_tick)		/* TICK-4 */
{
	uint32_t shares = 0;

	gomaxprocs(1);
	make_list();
	gc_start(gc_cycles());
	while (gc_concurrent()) {
		struct p *p = this_p();

		if (p->share_at != SHARE_NEVER) {
			/* Either the tick is set early enough, or it has come
			 * already. */
			EXPECT(t, clock_deadline() <= gc_share_tick(p) ||
			    p_is_wanted(p));
			shares++;
		}
		yield();
	}
	EXPECT(t, shares > 0);
	yield();
	EXPECT_EQ(t, this_p()->share_at, SHARE_NEVER);
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}

/* Allocate enough to fetch a run. */
static void
allocate_some(void)
{
	for (int i = 0; i < 20; i++)
		gc_new_bytes(1000);
}

/* All debts are paid by credit, so the goroutine marks for its share alone.
 * Interrupts are off, so no tick in between can enforce the share. */
KTEST(gcpace, an_allocating_goroutine_gives_the_due_share_of_marking)
{
	bool were_on;

	gomaxprocs(1);
	make_list();
	gc_start(gc_cycles());
	yield();			/* the scheduler serves ATTN_GC */
	were_on = irq_save();
	if (gc_concurrent() && this_p()->share_at != SHARE_NEVER) {
		struct p *p = this_p();
		nanos_t now = clock_now();
		nanos_t marked = assist_ns();	/* marking or scanning roots */

		assist_give(LIVE * 32UL);
		p->share_at = now + LONG_NS;
		allocate_some();
		EXPECT_EQ(t, assist_ns(), marked);
		EXPECT_EQ(t, p->share_at, now + LONG_NS);
		p->share_at = now;
		p->share_grace = 0;
		allocate_some();
		EXPECT(t, assist_ns() > marked);
		EXPECT(t, p->share_at > now);
		EXPECT_EQ(t, p->share_grace, SHARE_GRACE_NS);
	} else {
		EXPECT(t, !"it marks");
	}
	irq_restore(were_on);
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}

/* A tick that comes for a share asks for the share if it is late.  Otherwise it
 * only sets the next tick, to look again. */
KTEST(gcpace, a_tick_enforces_a_late_share_of_marking)		/* TICK-4 */
{
	bool were_on = irq_save();
	struct m *m = this_m();
	struct p *p = m->p;
	nanos_t now = clock_now();

	m->tick.at = now + LONG_NS;
	/* relaxed: this M's own flag.  Flags that others have set stay. */
	and_relaxed(&p->attention, ~(uint32_t)ATTN_TICK);
	p->share_grace = LONG_NS;
	p->share_at = now;
	tick_interrupt(NULL);
	EXPECT(t, (load_relaxed(&p->attention) & ATTN_TICK) == 0);
	EXPECT_EQ(t, p->share_grace, LONG_NS);
	EXPECT(t, clock_deadline() <= now + LONG_NS);
	p->share_grace = SHARE_GRACE_NS;
	p->share_at = now - SHARE_GRACE_NS;
	tick_interrupt(NULL);
	EXPECT(t, (load_relaxed(&p->attention) & ATTN_TICK) != 0);
	EXPECT_EQ(t, p->share_grace, 0);
	EXPECT(t, clock_deadline() > now);
	EXPECT_EQ(t, gc_share_tick(p), p->share_at);
	p->share_at = SHARE_NEVER;
	m->tick.at = clock_now() + TICK_NS;
	tick_arm(m);
	irq_restore(were_on);
}

KTEST(gcpace, allocation_has_swept_all_spans_when_the_next_cycle_is_due)
{
	uint64_t cycles, room;

	gomaxprocs(1);
	make_list();
	gc_params.stop_world = true;
	gc_start(gc_cycles());		/* does not sweep, unlike gc_collect */
	cycles = gc_cycles();
	room = pacer_room();
	EXPECT(t, room >= LIVE / 2);
	/* Objects of another size: a goroutine that needs a span first sweeps
	 * spans of the bin it needs. */
	while (pacer_room() > room / 16)
		gc_new_bytes(1000);
	EXPECT_EQ(t, gc_cycles(), cycles);
	EXPECT(t, !gc_sweep_one());
	gc_params.stop_world = false;
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}

static uint64_t feigned;	/* bytes, as if taken and freed */

/* Pretend that a marking ends now, with the heap over bytes beyond its goal.
 * World stopped.  Returns how much may be taken before the next marking. */
static uint64_t
room_after_stw(int64_t over)
{
	uint64_t live = pacer_live();
	uint64_t taken = pacer_goal() + (uint64_t)over - pacer_heap();

	/* relaxed: the world is stopped. */
	add_relaxed(&heap.taken_bytes, taken);
	add_relaxed(&heap.freed_bytes, taken);
	feigned += taken;
	pacer_begin_stw();
	pacer_collected_stw(live);
	return pacer_room();
}

static uint64_t rooms[5];

static void
end_at_the_goal_and_beyond(void *unused)
{
	int64_t goal = (int64_t)pacer_goal();

	(void)unused;
	for (int i = 0; i < 40; i++)
		rooms[0] = room_after_stw(-goal / 4);
	rooms[1] = room_after_stw(0);
	for (int i = 0; i < 10; i++)	/* often: lateness would add up */
		rooms[2] = room_after_stw(goal / 100);
	rooms[3] = room_after_stw(goal / 8);
	room_after_stw(goal * 64);
	for (int i = 0; i < 20; i++)
		rooms[4] = room_after_stw(-goal / 4);
	/* Take what was feigned out of the counts again. */
	add_relaxed(&heap.taken_bytes, -feigned);
	add_relaxed(&heap.freed_bytes, -feigned);
	feigned = 0;
	for (int i = 0; i < 20; i++) {
		pacer_begin_stw();
		pacer_collected_stw(pacer_live());
	}
}

/* A marking that ends a little late counts as in time.  If it ends later, the
 * next marking begins earlier; but this does not last for ever. */
KTEST(gcpace, late_marking_lengthens_the_runway)
{
	make_list();
	gc_stop_between_cycles("a test of the pacer");
	on_g0(end_at_the_goal_and_beyond, NULL);
	gc_host.start_world();
	EXPECT_EQ(t, rooms[1], rooms[0]);
	EXPECT_EQ(t, rooms[2], rooms[0]);
	EXPECT(t, rooms[3] < rooms[0]);
	EXPECT_EQ(t, rooms[4], rooms[0]);
	gc_store(&list, NULL);
	gc_collect();
}

/* The pacer's view of the heap beside what the slots in use come to. */
struct heap_sizes {
	uint64_t paced;		/* what counts against the goal */
	uint64_t live;		/* what the last collection left alive */
	uint64_t in_slots;	/* what slots of objects and of runs take */
};

static void
read_heap_sizes(void *arg)
{
	struct heap_sizes *sizes = arg;

	/* relaxed: the world is stopped. */
	sizes->in_slots = load_relaxed(&heap.taken_bytes) -
	    load_relaxed(&heap.freed_bytes);
	sizes->paced = pacer_heap();
	sizes->live = pacer_live();
}

/* Begin a run of each of several sizes, and use one slot of each. */
static void
begin_runs(void)
{
	for (size_t nbytes = 16; nbytes <= 4096; nbytes *= 2)
		gc_new_bytes(nbytes);
}

/*
 * Runs are held when marking begins, when it ends, and after it, with nearly
 * all of their slots unused.  A collection that sweeps everything leaves only
 * marked objects in slots, so the pacer's sum has to be exact (PACER-1,
 * PACER-2).
 */
KTEST(gcpace, regress_the_heap_stays_exact_when_unused_slots_are_returned)
{
	struct heap_sizes sizes;

	gomaxprocs(1);
	gc_collect();
	for (int i = 0; i < 3; i++) {
		begin_runs();
		gc_collect();
		if (i == 1)
			begin_runs();
		gc_stop_between_cycles("a test of the pacer");
		on_g0(read_heap_sizes, &sizes);
		gc_host.start_world();
		EXPECT_EQ(t, sizes.paced, sizes.in_slots);
		EXPECT(t, sizes.paced >= sizes.live);
	}
	gomaxprocs(num_hart());
	gc_check_heap();
}

static struct gate everywhere;

static void
begin_runs_on_each_hart(struct ktest *t, uint32_t i)
{
	(void)i;
	begin_runs();
	gate_hold(t, &everywhere, num_hart());
}

/* Some Ps stay idle while the others mark, and return their runs when they hear
 * of both changes of the era at once. */
KTEST(gcpace, regress_an_idle_p_returns_its_runs_to_the_pacer)
{
	struct heap_sizes sizes;

	for (int i = 0; i < 3; i++) {
		everywhere = (struct gate){ 0 };
		crowd_run(t, num_hart(), begin_runs_on_each_hart);
		gc_collect();
		gc_check_heap();				/* PACER-1 */
		gc_stop_between_cycles("a test of the pacer");
		on_g0(read_heap_sizes, &sizes);
		gc_host.start_world();
		/* A stale pointer may keep a slot alive that a run then
		 * returns. */
		EXPECT(t, (int64_t)(sizes.paced - sizes.in_slots) >= 0);
	}
}

enum { PAYERS = 8 };

static void
allocate_while_marking(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	while (gc_concurrent())
		gc_new_bytes(1000);
}

/* There is one P, so all goroutines together cannot mark for longer than the
 * marking takes, although each of them gives way to the others again and again
 * while it pays. */
KTEST(gcpace, an_assist_is_billed_for_marking_only)
{
	struct crowd crowd;
	nanos_t from;

	gomaxprocs(1);
	make_list();
	from = clock_now();
	gc_start(gc_cycles());
	crowd_init(&crowd, t, allocate_while_marking);
	for (int i = 0; i < PAYERS; i++)
		crowd_go(&crowd);
	crowd_wait(&crowd);
	EXPECT(t, assist_ns() > 0);
	EXPECT(t, assist_ns() <= clock_now() - from);
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}
