/*
 * virtual.c - see virtual.h.
 */
#include "kernel/virtual.h"

#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/order.h"
#include "kernel/panic.h"
#include "kernel/riscv.h"
#include "kernel/trap.h"
#include "kernel/tripwire.h"
#include "lib/check.h"
#include "lib/str.h"

/* The virtual time that passes at each point.  It must be near the real time
 * that a point takes, because some waits are bounded by time and not by a
 * number of polls. */
#define STEP_NS 100

/* The virtual time that a wfi, or a read of the clock, takes before the harts
 * have begun. */
#define BOOT_STEP_NS NS_PER_US

/*
 * A program that has come to TIGHT points, one after another, at no more than
 * VIRTUAL_PCS places is in a tight loop: it computes, or waits for another
 * goroutine.  Then each point takes a hundred times as long, so that the
 * program's time slice ends after some thousand points; and every TIGHT_RELAX
 * points the hart is treated as one that spins.
 */
enum { TIGHT = 256, TIGHT_RELAX = 64 };
#define TIGHT_NS (100 * STEP_NS)

/* The stack that a point may use.  It is touched before the point begins,
 * because the first touch of a page of a goroutine's stack is a trap. */
enum { STACK_OF_POINT = 1536 };

struct virtual_world  virtual_world;
struct virtual_player virtual_player;
struct order_hooks    order_hooks;
uint32_t              virtual_nharts = 4;

static void (*start_entry)(struct hart *hart);

/* The registers that virtual_switch.S saves, from the lowest address. */
struct frame {
	uint64_t ra, tp, s[12], status, fcsr, f[32];
};
_Static_assert(sizeof(struct frame) == 384, "as in virtual_switch.S");

static bool
parse_vharts(const char *value)
{
	uint64_t n;

	if (!str_to_u64(value, &n) || n < 1 || n > VIRTUAL_MAX)
		return false;
	virtual_nharts = (uint32_t)n;
	return true;
}
BOOTARG(vharts, "VHARTS", "N  virtual harts, 1 to 16", parse_vharts);

static bool
is_pending(const struct virtual_hart *v)
{
	return v->soft || virtual_world.now >= v->deadline;
}

/* Returns the set of virtual harts that can go on, bit i for hart i. */
static uint32_t
ready_harts(void)
{
	uint32_t ready = 0;

	for (uint32_t i = 0; i < virtual_world.n; i++)
		if (!virtual_world.harts[i].asleep ||
		    is_pending(&virtual_world.harts[i]))
			ready |= 1U << i;
	return ready;
}

/* Returns the first deadline of all virtual harts, or CLOCK_NEVER. */
static nanos_t
first_deadline(void)
{
	nanos_t first = CLOCK_NEVER;

	for (uint32_t i = 0; i < virtual_world.n; i++)
		first = MIN(first, virtual_world.harts[i].deadline);
	return first;
}

/* Let time pass until the first deadline, if there is one. */
static void
pass_time(void)
{
	nanos_t first = first_deadline();

	if (first != CLOCK_NEVER)
		virtual_world.now = MAX(virtual_world.now, first);
}

/* Let time pass when all virtual harts sleep. */
static void
let_time_pass(void)
{
	if (first_deadline() == CLOCK_NEVER)
		virtual_player.stuck("all harts sleep, and no timer will ring");
	pass_time();
}

/* Send the real hart a software interrupt, which stands for the pending virtual
 * interrupt (VIRT-3).  The real hart takes it as soon as interrupts are on. */
static void
send_interrupt(void)
{
	virtual_world.interrupts++;
	CSR_SET(sip, SIE_SSIE);
}

static void
mix(uint64_t value)
{
	virtual_world.hash = (virtual_world.hash ^ value) * 0x100000001b3ULL;
}

/* Count the point to which me has come for the reason why.  Returns what is
 * known of that point. */
static struct virtual_point
point_of(struct virtual_hart *me, enum virtual_reason why, uintptr_t pc,
    bool program)
{
	struct virtual_world *w = &virtual_world;
	const struct strand *strand = this_strand();

	mix(pc << 8 ^ w->current);
	return (struct virtual_point){
		.why = why, .hart = w->current, .n = w->points++,
		.n_of_hart = me->points++, .pc = pc, .program = program,
		.scheduler = strand == me->hart->g0 ||
		    strand == &me->hart->trap_strand,
	};
}

/* Begin a point.  Returns whether interrupts were on; they are off now. */
static bool
begin_point(void)
{
	bool were_on;

	touch_stack_below((uintptr_t)__builtin_frame_address(0) -
	    STACK_OF_POINT);
	were_on = (CSR_READ_CLEAR(sstatus, SSTATUS_SIE) & SSTATUS_SIE) != 0;
	virtual_world.deciding = true;
	return were_on;
}

/* Do what a point does: let the player decide which virtual hart goes on, and
 * return when it is this one.  Returns whether interrupts were on at the start;
 * they are off now. */
NOINLINE static bool
decide_irqs_off(enum virtual_reason why, uintptr_t pc, bool program)
{
	struct virtual_world *w = &virtual_world;
	struct virtual_hart  *me;
	struct virtual_point  point;
	bool     were_on = begin_point();
	uint32_t next;

	w->now += STEP_NS;
	me = &w->harts[w->current];
	me->asleep = why == AT_SLEEP;
	point = point_of(me, why, pc, program);
	if (w->limit != 0 && w->points > w->limit)
		virtual_player.stuck("it has had more points than it may have");
	if (program && were_on && virtual_player.time(&point))
		pass_time();
	while ((point.ready = ready_harts()) == 0)
		let_time_pass();
	next = virtual_player.next(&point);
	if (next != w->current) {
		w->switches++;
		w->current = next;
		tripwire_resume(w->harts[next].hart);
		virtual_switch(&me->sp, w->harts[next].sp,
		    w->harts[next].hart);			/* VIRT-1 */
	}
	me->asleep = false;
	if (were_on && is_pending(me) && (why == AT_IRQS_ON ||
	    virtual_player.interrupt(&point))) {
		mix(AT_IRQS_ON);
		send_interrupt();
	}
	w->deciding = false;
	return were_on;
}

static void
decide(enum virtual_reason why, uintptr_t pc)
{
	if (decide_irqs_off(why, pc, false))
		CSR_SET(sstatus, SSTATUS_SIE);			/* VIRT-2 */
}

static bool
may_decide(void)
{
	return virtual_world.on && !virtual_world.deciding;
}

/* lib/atomic.h calls this before an atomic access. */
void
virtual_access(void)
{
	if (may_decide())
		decide(AT_ACCESS, (uintptr_t)__builtin_return_address(0));
}

/* Is me, whose program is at pc, in a tight loop? */
static bool
is_tight(struct virtual_hart *me, uintptr_t pc)
{
	for (uint32_t i = 0; i < VIRTUAL_PCS; i++)
		if (me->pcs[i] == pc)
			return ++me->same > TIGHT;
	me->pcs[me->npcs++ % VIRTUAL_PCS] = pc;
	me->same = 0;
	return false;
}

bool
virtual_program_access(struct virtual_access *access)
{
	struct virtual_world *w = &virtual_world;
	enum virtual_reason why = AT_ACCESS;
	struct virtual_hart *me;
	bool were_on;

	if (!may_decide())
		return false;
	/* If an interrupt comes here, me stays right: a goroutine moves to
	 * another hart only at a point. */
	me = &w->harts[w->current];
	if (is_tight(me, access->pc)) {
		w->now += TIGHT_NS;
		if (me->same % TIGHT_RELAX == 0)
			why = AT_RELAX;
	}
	were_on = decide_irqs_off(why, access->pc, true);
	access->n = w->points;
	if (virtual_player.access != NULL) {
		w->deciding = true;
		virtual_player.access(access);
		w->deciding = false;
	}
	return were_on;
}

uint32_t
virtual_choose(uint32_t n)
{
	struct virtual_world *w = &virtual_world;
	struct virtual_point point;
	uint32_t chosen;
	bool were_on;

	if (!may_decide() || n <= 1)
		return 0;
	were_on = begin_point();
	point = point_of(&w->harts[w->current], AT_ACCESS,
	    (uintptr_t)__builtin_return_address(0), true);
	chosen = virtual_player.choose(&point, n);
	mix(chosen);
	w->deciding = false;
	if (were_on)
		CSR_SET(sstatus, SSTATUS_SIE);			/* VIRT-2 */
	return chosen;
}

/* lib/atomic.h calls this when its caller spins. */
void
virtual_relax(void)
{
	if (may_decide())
		decide(AT_RELAX, (uintptr_t)__builtin_return_address(0));
	else
		virtual_world.now += STEP_NS;
}

void
virtual_wfi(void)
{
	if (may_decide())
		decide(AT_SLEEP, (uintptr_t)__builtin_return_address(0));
	else
		virtual_world.now += BOOT_STEP_NS;
}

void
virtual_irqs_on(void)
{
	struct virtual_world *w = &virtual_world;

	/* A handler may make the next interrupt pending. */
	while (may_decide()) {
		decide(AT_IRQS_ON, (uintptr_t)__builtin_return_address(0));
		if (!is_pending(&w->harts[w->current]))
			break;
	}
}

void
virtual_set_deadline(nanos_t deadline)
{
	virtual_world.harts[virtual_world.current].deadline = deadline;
}

nanos_t
virtual_now(void)
{
	if (may_decide())
		decide(AT_ACCESS, (uintptr_t)__builtin_return_address(0));
	else if (!virtual_world.on)
		virtual_world.now += BOOT_STEP_NS;
	return virtual_world.now;
}

void
virtual_interrupt(struct hart *hart)
{
	virtual_world.harts[hart->index].soft = true;
	virtual_access();
}

uint64_t
virtual_take_interrupt(void)
{
	struct virtual_hart *me = &virtual_world.harts[virtual_world.current];

	CSR_CLEAR(sip, SIE_SSIE);
	if (me->soft) {
		me->soft = false;
		return IRQ_SOFT;
	}
	return virtual_world.now >= me->deadline ? IRQ_TIMER : 0;
}

/* What a virtual hart runs first.  It is entered from a point of another
 * virtual hart, and ends that point. */
static void
begin_hart(void)
{
	struct virtual_world *w = &virtual_world;
	struct hart          *hart = w->harts[w->current].hart;

	w->harts[w->current].asleep = false;
	w->deciding = false;
	start_entry(hart);
	panic("virtual: the entry of hart %u returned", hart->id);
}

uintptr_t
virtual_frame(uintptr_t stack_hi, void (*fn)(void), struct strand *strand)
{
	struct frame *frame = (struct frame *)stack_hi - 1;

	*frame = (struct frame){
		.ra = (uintptr_t)fn, .tp = (uintptr_t)strand,
		.status = CSR_READ(sstatus) & ~(SSTATUS_SIE | SSTATUS_FS |
		    SSTATUS_VS),
	};
	frame->status |= SSTATUS_FS_INITIAL;
	return (uintptr_t)frame;
}

void
virtual_start(void (*entry)(struct hart *hart))
{
	struct virtual_world *w = &virtual_world;

	CHECK(virtual_player.next != NULL);
	start_entry = entry;
	w->n = nharts;
	for (uint32_t i = 0; i < nharts; i++) {
		w->harts[i].hart = harts[i];
		w->harts[i].deadline = CLOCK_NEVER;
		/* All harts are online before the first one goes on, as on a
		 * real machine.  relaxed: there is one real hart. */
		store_relaxed(&harts[i]->state, HART_ONLINE);
		if (i != 0)
			w->harts[i].sp = virtual_frame(harts[i]->g0->stack_hi,
			    begin_hart, harts[i]->g0);
	}
	virtual_begin();
	w->on = true;
}

void
virtual_begin(void)
{
	struct virtual_world *w = &virtual_world;

	w->points = w->switches = w->interrupts = 0;
	w->hash = 0xcbf29ce484222325ULL;
	for (uint32_t i = 0; i < w->n; i++)
		w->harts[i].points = w->harts[i].same = 0;
}
