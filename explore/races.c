/*
 * races.c - see races.h.
 *
 * Happens-before by vector clocks, with the observation of FastTrack (Flanagan
 * and Freund, PLDI 2009) that for most memory it is enough to know the last
 * access.
 *
 * Concepts.  Each goroutine of a schedule has a *slot*.  Its *clock* counts its
 * releases.  Its *vector* says for each slot up to which clock the goroutine
 * has seen what the goroutine of that slot did.  A *place* is an address by
 * which something is ordered (kernel/order.h), for example a mutex or a slot of
 * a channel's buffer; a place has a vector, too.  A *cell* is an access that is
 * remembered: of one slot at one clock, to some of the eight bytes of an
 * aligned word.
 *
 *	RACE-1	An access a comes before an access b of another slot if the
 *		vector of b's goroutine has, for a's slot, at least a's clock.
 *		Otherwise nothing orders a before b.
 *	RACE-2	Consider the cells of a word that an access covers and that
 *		come before the access.  A write drops all of them; a read
 *		drops the reads among them.  A later access that races with a
 *		dropped cell races with this access, too.
 *	RACE-3	Memory that was freed and is used again counts as other
 *		memory.  The stack of a goroutine is other memory from the
 *		moment when the goroutine is started.  The whole heap counts as
 *		other memory when a collection ends, so a race whose two
 *		accesses lie before and after the end is not seen.
 *
 * Everything begins anew with each schedule.  The tables are not cleared; their
 * entries say which schedule (era) they belong to.  When a table is full, races
 * are not looked for in the rest of the schedule, and such schedules are
 * counted.
 *
 * The report needs stacks, which cost too much to keep for every access.  But a
 * schedule can be played again.  The second time the number of the earlier
 * access is known, and its stack is taken when the access happens; so are the
 * stacks of all starts of goroutines.
 */
#include "explore/races.h"

#include "explore/explore.h"
#include "explore/rewind.h"
#include "kernel/order.h"
#include "kernel/panic.h"
#include "kernel/symbols.h"
#include "kernel/trap.h"
#include "kernel/unwind.h"
#include "lib/str.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"

enum {
	SLOTS = 256,
	GS = 4096,		/* goroutines whose G has a larger index get no
				 * slot */
	WORDS = 1 << 16,	/* of memory; a power of two */
	CELLS = 1 << 17,
	PLACES = 1 << 12,	/* a power of two */
	DEPTH = 12,		/* frames of a stack */
	NONE = 0,		/* no cell */
	NO_SLOT = SLOTS,
	REG_RA = 1, REG_SP = 2,
};

struct vector {
	uint32_t n;		/* the entries from here on count as 0 */
	uint32_t at[SLOTS];
};

struct stack {
	uint32_t  n;
	uintptr_t pc[DEPTH];
};

/* The goroutine in a slot. */
struct runner {
	struct vector seen;
	uint64_t      id;
	uintptr_t     creator;
	uint64_t      creator_id;
	bool          ended;
	struct stack  created;	/* taken only when a race is told */
};

struct cell {
	uint32_t  next;		/* the next cell of the word */
	uint32_t  clock;
	uint32_t  n;		/* the number of the access */
	uint16_t  slot;
	uint8_t   mask;		/* the bytes of the word that it covers */
	bool      write : 1;
	bool      atomic : 1;
	uintptr_t pc;
};

struct word {
	uintptr_t number;	/* its address / 8 */
	uint32_t  era;
	uint32_t  first;	/* cell */
};

struct place {
	uintptr_t     at;
	uint32_t      era;
	struct vector v;
};

/* One of the two accesses of a race. */
struct side {
	bool      write, atomic;
	uint16_t  slot;
	uint32_t  n;
	uintptr_t pc;
	struct stack stack;
};

static EXPLORERS struct {
	void         (*ended)(int status);
	struct runner *runners;
	struct word   *words;
	struct cell   *cells;
	struct place  *places;
	uint32_t       era;
	uint32_t       nslots, ncells, nplaces, nwords;
	uint32_t       n;	/* accesses of this schedule so far */
	uint32_t       next_reused;	/* the next slot to reuse, when all have
					 * been given */
	uint64_t       ncut;
	bool           off;	/* races are not looked for in the rest of the
				 * schedule */
	bool           tell;
	uint16_t       slot_of[GS];	/* by index of a G */
	uint32_t       slot_era[GS];
	const void    *born_after[VIRTUAL_MAX];	/* by hart */
	uint32_t       born_at[GS];	/* by index of a G: n when its stack
					 * began */
	/* The last race. */
	uintptr_t      addr;
	size_t         size;
	struct side    now, before;
} races;

/* ---- goroutines ---- */

static void
give_up(void)
{
	if (!races.off)
		races.ncut++;
	races.off = true;
}

/* Return the goroutine that strand is, or that strand works for; NULL if there
 * is none. */
static struct g *
goroutine_of(struct strand *strand)
{
	const struct virtual_hart *v =
	    &virtual_world.harts[virtual_world.current];
	struct m *m = (struct m *)v->hart;

	if (strand == &m->hart.trap_strand)
		return NULL;
	if (strand != m->hart.g0)
		return (struct g *)strand;
	/* On g0 only what blocking_call runs belongs to a goroutine. */
	return m->blocked.v_ != NULL ? m->curg : NULL;
}

static uint16_t
new_slot(void)
{
	if (races.nslots < SLOTS)
		return (uint16_t)races.nslots++;
	for (uint32_t i = 0; i < SLOTS; i++) {
		uint32_t k = races.next_reused++ % SLOTS;

		if (races.runners[k].ended)
			return (uint16_t)k;
	}
	return NO_SLOT;
}

/* Give gp a slot.  The clock of gp continues from the clock of the goroutine
 * that had the slot before.  Returns the slot, or NO_SLOT. */
static uint16_t
begin_slot(struct g *gp)
{
	uint16_t slot = gp->index < GS ? new_slot() : NO_SLOT;
	struct runner *r = &races.runners[slot];
	uint32_t clock;

	if (slot == NO_SLOT) {
		give_up();
		return NO_SLOT;
	}
	clock = r->seen.n > slot ? r->seen.at[slot] : 0;
	memset(r->seen.at, 0, sizeof(r->seen.at));
	r->seen.n = slot + 1U;
	r->seen.at[slot] = clock + 1;
	r->id = gp->id;
	r->creator = gp->creator.pc;
	r->creator_id = gp->creator.id;
	r->ended = false;
	r->created.n = 0;
	races.slot_of[gp->index] = slot;
	races.slot_era[gp->index] = races.era;
	return slot;
}

static uint16_t
slot_of(struct g *gp)
{
	if (gp == NULL || races.off)
		return NO_SLOT;
	if (gp->index < GS && races.slot_era[gp->index] == races.era)
		return races.slot_of[gp->index];
	return begin_slot(gp);		/* gp is older than the schedule */
}

static uint16_t
my_slot(void)
{
	return slot_of(goroutine_of(this_strand()));
}

/* ---- vectors ---- */

static void
join(struct vector *to, const struct vector *from)
{
	for (uint32_t i = to->n; i < from->n; i++)
		to->at[i] = 0;
	to->n = MAX(to->n, from->n);
	for (uint32_t i = 0; i < from->n; i++)
		to->at[i] = MAX(to->at[i], from->at[i]);
}

static struct place *
place_at(uintptr_t at, bool make)
{
	uint32_t i = (uint32_t)((at >> 2) * 2654435761U) % PLACES;
	struct place *p;

	for (;; i = (i + 1) % PLACES) {
		p = &races.places[i];
		if (p->era != races.era)
			break;
		if (p->at == at)
			return p;
	}
	if (!make)
		return NULL;
	if (races.nplaces++ > PLACES / 4 * 3) {
		give_up();
		return NULL;
	}
	p->at = at;
	p->era = races.era;
	p->v.n = 0;
	return p;
}

static void
slot_acquire(uint16_t slot, const void *at)
{
	struct place *p;

	if (slot == NO_SLOT)
		return;
	p = place_at((uintptr_t)at, false);
	if (p != NULL)
		join(&races.runners[slot].seen, &p->v);
}

static void
slot_release(uint16_t slot, const void *at)
{
	struct place *p;

	if (slot == NO_SLOT)
		return;
	p = place_at((uintptr_t)at, true);
	if (p == NULL)
		return;
	join(&p->v, &races.runners[slot].seen);
	races.runners[slot].seen.at[slot]++;
}

static void
hook_acquire(const void *at)
{
	slot_acquire(my_slot(), at);
}

static void
hook_release(const void *at)
{
	slot_release(my_slot(), at);
}

static void
hook_acquire_for(struct strand *strand, const void *at)
{
	slot_acquire(slot_of((struct g *)strand), at);
}

static void
hook_release_for(struct strand *strand, const void *at)
{
	slot_release(slot_of((struct g *)strand), at);
}

static void
hook_meet(struct strand *strand)
{
	uint16_t me = my_slot(), other = slot_of((struct g *)strand);

	if (me == NO_SLOT || other == NO_SLOT)
		return;
	join(&races.runners[me].seen, &races.runners[other].seen);
	join(&races.runners[other].seen, &races.runners[me].seen);
	races.runners[me].seen.at[me]++;
	races.runners[other].seen.at[other]++;
}

NOINLINE static void take_stack(struct stack *stack);

static void
hook_born(struct strand *strand)
{
	struct g *gp = (struct g *)strand;
	uint16_t me = my_slot(), child;

	if (races.off || gp->index >= GS) {
		give_up();
		return;
	}
	child = begin_slot(gp);
	races.born_at[gp->index] = races.n;		/* RACE-3 */
	if (child == NO_SLOT)
		return;
	if (races.tell)
		take_stack(&races.runners[child].created);
	if (me == NO_SLOT) {
		slot_acquire(child, races.born_after[virtual_world.current]);
		return;
	}
	join(&races.runners[child].seen, &races.runners[me].seen);
	races.runners[me].seen.at[me]++;
}

static void
hook_born_after(const void *at)
{
	races.born_after[virtual_world.current] = at;
}

static void
hook_ended(struct strand *strand)
{
	uint16_t slot = slot_of((struct g *)strand);

	if (slot != NO_SLOT)
		races.runners[slot].ended = true;
}

static void
hook_acquire_all(void)
{
	uint16_t me = my_slot();

	if (me == NO_SLOT)
		return;
	for (uint32_t i = 0; i < races.nslots; i++)
		join(&races.runners[me].seen, &races.runners[i].seen);
}

static void
hook_forget(void)
{
	/* RACE-3: no word has cells any more. */
	for (uint32_t i = 0; i < WORDS; i++)
		races.words[i].first = NONE;
}

/* ---- stacks ---- */

/* Store the stack of the running goroutine in *stack: the frames of the
 * program, with the call of a hook first. */
NOINLINE static void
take_stack(struct stack *stack)
{
	struct unwind_frame frame = { 0 };
	struct trapframe here;
	struct g *gp = goroutine_of(this_strand());
	bool deciding = virtual_world.deciding;

	stack->n = 0;
	if (gp == NULL)
		return;
	virtual_world.deciding = true;
	capture_my_caller(&here);
	frame.pc = here.pc;
	frame.is_call = true;
	memcpy(frame.x, here.x, sizeof(frame.x));
	while (stack->n < DEPTH && unwind_step(&frame, frame.x[REG_SP],
	    gp->strand.stack_hi))
		stack->pc[stack->n++] = frame.pc;
	virtual_world.deciding = deciding;
}

/* ---- accesses ---- */

static struct word *
word_of(uintptr_t number)
{
	uint32_t i = (uint32_t)(number * 2654435761U) % WORDS;
	struct word *w;

	for (;; i = (i + 1) % WORDS) {
		w = &races.words[i];
		if (w->era != races.era)
			break;
		if (w->number == number)
			return w;
	}
	if (races.nwords++ > WORDS / 4 * 3) {
		give_up();
		return NULL;
	}
	*w = (struct word){ number, races.era, NONE };
	return w;
}

/* Return the number of the first access to the present memory at addr: accesses
 * with lower numbers were to other memory (RACE-3). */
static uint32_t
begins_at(uintptr_t addr)
{
	struct g *owner;

	if ((intptr_t)addr >= 0)
		return 0;
	owner = gstack_owner(addr);
	return owner != NULL && owner->index < GS &&
	    races.slot_era[owner->index] == races.era ?
	    races.born_at[owner->index] : 0;
}

NORETURN static void
found(const struct virtual_access *a, const struct cell *c, uint16_t slot)
{
	races.addr = a->addr;
	races.size = a->size;
	races.now.write = a->write;
	races.now.atomic = a->atomic;
	races.now.slot = slot;
	races.now.n = races.n;
	races.now.pc = a->pc;
	if (races.tell)
		take_stack(&races.now.stack);
	races.before.write = c->write;
	races.before.atomic = c->atomic;
	races.before.slot = c->slot;
	races.before.n = c->n;
	races.before.pc = c->pc;
	races.off = true;
	races.ended(STATUS_RACE);
	__builtin_unreachable();
}

/* Look for a race of a, an access to the bytes mask of w, with earlier
 * accesses; and remember a. */
static void
touch_word_of(struct word *w, uint8_t mask, const struct virtual_access *a,
    uint16_t slot)
{
	const struct vector *seen = &races.runners[slot].seen;
	uint32_t begins = begins_at(w->number * 8), *link = &w->first, *mine;
	struct cell *c;

	mine = NULL;
	while (*link != NONE) {
		bool before;

		c = &races.cells[*link];
		before = c->slot == slot || c->n < begins ||
		    (c->slot < seen->n && seen->at[c->slot] >= c->clock);
		if (!before && c->mask & mask && (c->write || a->write) &&
		    !(c->atomic && a->atomic))
			found(a, c, slot);			/* RACE-1 */
		/* RACE-2.  But an atomic access does not replace one that is
		 * not atomic. */
		if (before && (c->mask & ~mask) == 0 &&
		    (c->atomic || !a->atomic) && (a->write || !c->write)) {
			if (mine == NULL) {
				mine = link;
			} else {
				*link = c->next;
				continue;
			}
		}
		link = &c->next;
	}
	if (mine != NULL) {
		c = &races.cells[*mine];
	} else {
		if (races.ncells == CELLS) {
			give_up();
			return;
		}
		*link = races.ncells;
		c = &races.cells[races.ncells++];
		c->next = NONE;
	}
	c->clock = seen->at[slot];
	c->n = races.n;
	c->slot = slot;
	c->mask = mask;
	c->write = a->write;
	c->atomic = a->atomic;
	c->pc = a->pc;
}

static void
hook_access(const struct virtual_access *a)
{
	uintptr_t at = a->addr, end = a->addr + a->size;
	uint16_t slot = my_slot();

	if (slot == NO_SLOT || end < at)
		return;
	races.n++;
	if (races.tell && races.n == races.before.n)
		take_stack(&races.before.stack);
	while (at < end && !races.off) {
		uintptr_t next = MIN((at | 7) + 1, end);
		uint8_t mask = (uint8_t)(((1U << (next - at)) - 1) << (at & 7));
		struct word *w = word_of(at >> 3);

		if (w != NULL)
			touch_word_of(w, mask, a, slot);
		at = next;
	}
}

/* ---- for search.c ---- */

void
races_init(void (*ended)(int status))
{
	races.ended = ended;
	races.runners = explorers_memory(ROUND_UP((SLOTS + 1) *
	    sizeof(struct runner), 16));
	races.words = explorers_memory(WORDS * sizeof(struct word));
	races.cells = explorers_memory(CELLS * sizeof(struct cell));
	races.places = explorers_memory(ROUND_UP(PLACES *
	    sizeof(struct place), 16));
	races.off = true;		/* until a schedule begins */
	order_hooks = (struct order_hooks){
		.acquire = hook_acquire, .release = hook_release,
		.acquire_for = hook_acquire_for,
		.release_for = hook_release_for,
		.meet = hook_meet, .born = hook_born,
		.born_after = hook_born_after, .ended = hook_ended,
		.acquire_all = hook_acquire_all,
		.forget = hook_forget,
	};
	virtual_player.access = hook_access;
}

void
races_begin(bool tell)
{
	if (races.runners == NULL)
		return;
	races.era++;
	for (uint32_t i = 0; i < races.nslots; i++)
		races.runners[i].seen.n = 0;
	races.nslots = races.nplaces = races.nwords = races.n = 0;
	races.ncells = NONE + 1;
	races.off = false;
	races.tell = tell;
}

uint64_t
races_ncut(void)
{
	return races.ncut;
}

/* ---- telling ---- */

static void
print_pc(uintptr_t pc, void (*say)(const char *fmt, ...))
{
	uintptr_t   offset = 0;
	const char *name = symbol_name(pc - 1, &offset);

	say("  %s()+0x%lx pc=%lx\n", name != NULL ? name : "?", offset + 1,
	    pc - 1);
}

/* Return whether pc is in the text of the program, and not in a function that
 * the compiler makes the program call at an access. */
static bool
is_of_interest(uintptr_t pc)
{
	uintptr_t   offset;
	const char *name = symbol_name(pc - 1, &offset);

	return preempt_is_app(pc - 1) && name != NULL &&
	    strncmp(name, "__tsan", 6) != 0 &&
	    strncmp(name, "antler_program", 14) != 0;
}

static void
print_stack(const struct stack *stack, uintptr_t pc,
    void (*say)(const char *fmt, ...))
{
	bool any = false;

	for (uint32_t i = 0; i < stack->n; i++)
		if (is_of_interest(stack->pc[i])) {
			print_pc(stack->pc[i], say);
			any = true;
		}
	if (!any)
		print_pc(pc, say);
}

static void
print_side(const struct side *side, bool first, void (*say)(const char *, ...))
{
	const struct runner *r = &races.runners[side->slot];
	const char *what = side->write ? "write" : "read";

	if (first)
		say("%s at 0x%016lx by ", side->atomic ? side->write ?
		    "Atomic write" : "Atomic read" : side->write ? "Write" :
		    "Read", races.addr);
	else
		say("Previous %s%s at 0x%016lx by ", side->atomic ?
		    "atomic " : "", what, races.addr);
	if (r->id == 1)
		say("main goroutine:\n");
	else
		say("goroutine %lu:\n", r->id);
	print_stack(&side->stack, side->pc, say);
	say("\n");
}

static void
print_creation(const struct side *side, void (*say)(const char *fmt, ...))
{
	const struct runner *r = &races.runners[side->slot];

	if (r->id == 1)
		return;
	say("Goroutine %lu (%s) created at:\n", r->id, r->ended ? "finished" :
	    "running");
	print_stack(&r->created, r->creator, say);
}

void
races_print(void (*say)(const char *fmt, ...))
{
	const struct runner *was = &races.runners[races.before.slot];
	const struct runner *is = &races.runners[races.now.slot];
	uintptr_t   offset = 0;
	const char *name = symbol_of_data(races.addr, &offset);

	say("==================\nWARNING: DATA RACE\n");
	print_side(&races.now, true, say);
	print_side(&races.before, false, say);
	print_creation(&races.now, say);
	if (races.before.slot != races.now.slot)
		print_creation(&races.before, say);
	if (name != NULL)
		say("The memory is %s+%lu.\n", name, offset);
	say("Nothing that goroutine %lu did after its access has been seen by "
	    "goroutine %lu:\nno lock, channel, wait group, atomic access or "
	    "start of a goroutine leads from one to the other.\n"
	    "==================\n", was->id, is->id);
}
