/*
 * gstack.c - goroutine stacks; see gstack.h.
 *
 * Two harts may fault at one page: a goroutine, and another that writes to a
 * variable of it.  The first to have stack_lock maps the page; the other finds
 * it there and only forgets its own old translation.
 */
#include "runtime/stack/gstack.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/panic.h"
#include "kernel/riscv.h"
#include "lib/check.h"
#include "runtime/fail/fatal.h"
#include "runtime/sched/p.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack_trim.h"
#include "runtime/stack/stash.h"

_Static_assert(HART_FRAMES * PAGE_SIZE >= GSTACK_WINDOW, "GSTACK-2");

enum { POLLS_PER_LOOK = 1024 };		/* at the clock */
#define PATIENCE (10 * NS_PER_S)

/* Field key: [a] atomic; sums of what moves on */
static struct {
	ATOMIC(uint64_t) pages;		/* [a] */
	ATOMIC(uint64_t) trimmed;	/* [a] */
} stats;

static uintptr_t
window_of(uint32_t index)
{
	return VM_GSTACK_LO + index * GSTACK_WINDOW;
}

void
gstack_refill(struct m *m)
{
	struct hart *hart = &m->hart;

	while (hart->nframes < HART_FRAMES) {
		void *frame = page_alloc(1);

		if (frame == NULL && (gc_give_pages() > 0 ||
		    (hart->nframes == 0 && gstack_reap_now() > 0)))
			frame = page_alloc(1);
		if (frame == NULL)
			return;		/* the fault that needs it complains */
		hart->frames[hart->nframes++] = frame;
	}
}

bool
gstack_prepare(uint32_t first, uint32_t n)
{
	return vm_prepare(window_of(first), n * GSTACK_WINDOW);
}

/* gp has the n windows from its own on, and frame at the top of the last, whose
 * leaf entry is leaf. */
static void
set_stack(struct g *gp, uint32_t n, vm_pte *leaf, void *frame)
{
	uintptr_t base = window_of(gp->index);

	vm_map_leaf(leaf, frame, VM_RW);
	/* relaxed: nobody knows gp yet. */
	store_relaxed(&gp->npages, 1);
	gp->strand.stack_lo = base + PAGE_SIZE;
	gp->strand.stack_hi = base + n * GSTACK_WINDOW;
}

uint32_t
gstack_give(struct g *gs, uint32_t n)
{
	vm_pte *leaf = vm_leaf(window_of(gs->index + 1) - PAGE_SIZE);
	char *run = page_alloc(n);
	uint32_t i;

	for (i = 0; i < n; i++) {
		void *frame = run != NULL ? run + i * PAGE_SIZE : page_alloc(1);

		if (frame == NULL)
			break;
		set_stack(&gs[i], 1, leaf + i * (GSTACK_WINDOW / PAGE_SIZE),
		    frame);
	}
	gstack_count(i, 0);
	return i;
}

bool
gstack_give_large(struct g *gp, uint32_t n)
{
	void *frame = page_alloc(1);

	if (frame == NULL)
		return false;
	set_stack(gp, n, vm_leaf(window_of(gp->index + n) - PAGE_SIZE), frame);
	gstack_count(1, 0);
	return true;
}

unsigned
gstack_large_shift(const struct g *gp)
{
	uintptr_t size = gp->strand.stack_hi - window_of(gp->index);
	unsigned k = 0;

	while (GSTACK_WINDOW << k < size)
		k++;
	return k;
}

/* ---- the lock ---- */

bool
gstack_lock(struct g *gp)
{
	uint32_t free = 0, polls = 0;
	nanos_t  until = 0;

	/* acquire: pairs with store_release in gstack_unlock; what was done to
	 * the window is seen. */
	while (!cas_acquire(&gp->stack_lock, &free, 1)) {
		free = 0;
		if (++polls % POLLS_PER_LOOK != 0) {
			cpu_relax();
			continue;
		}
		if (until == 0)
			until = clock_now() + PATIENCE;
		else if (clock_now() > until)
			return false;
	}
	return true;
}

void
gstack_unlock(struct g *gp)
{
	/* release: pairs with cas_acquire in gstack_lock. */
	store_release(&gp->stack_lock, 0);
}

/* ---- faults ---- */

/* Does this hart hold no lock of that rank or above? */
static bool
holds_none(const struct hart *hart, enum lock_rank rank)
{
	for (const struct spinlock *l = hart->held; l != NULL; l = l->below)
		if (l->rank >= rank)
			return false;
	return true;
}

/* Returns a frame for a hart whose reserve is empty, or NULL if there is no
 * memory or this hart holds a lock that keeps it from asking. */
static void *
alloc_frame(const struct hart *hart)
{
	void *frame = holds_none(hart, RANK_PAGE) ? page_alloc(1) : NULL;

	if (frame == NULL && holds_none(hart, RANK_ALLG) &&
	    gstack_reap_now() > 0)
		frame = page_alloc(1);
	return frame;
}

/* gp's page at va is not there: map it, with what is stashed of it.  gp's
 * stack_lock is held. */
static bool
bring_page(struct g *gp, struct hart *hart, uintptr_t va)
{
	uint32_t npages = (uint32_t)((gp->strand.stack_hi - va) >> PAGE_SHIFT);

	void *frame;

	if (hart->nframes == 0)
		return false;
	frame = hart->frames[--hart->nframes];
	/* relaxed: under stack_lock (STASH-3), as is npages. */
	if (npages == 1 && load_relaxed(&gp->stash) != NULL)
		stash_restore(gp, frame);
	vm_map(va, frame, VM_RW);
	if (load_relaxed(&gp->npages) < npages)
		store_relaxed(&gp->npages, npages);		/* GSTACK-4 */
	gstack_count(1, 0);
	return true;
}

/* The fault at frame took a page of the reserve of hart: fill up at once if no
 * runtime code, and so no lock, is below us; else the scheduler does it, when
 * half of it is gone. */
static void
refill_soon(struct hart *hart, const struct trapframe *frame)
{
	struct m *m = (struct m *)hart;

	if (preempt_is_app(frame->pc))
		gstack_refill(m);
	else if (m->p != NULL && hart->nframes <= HART_FRAMES / 2)
		/* release: as in p_attend. */
		or_release(&m->p->attention, ATTN_FRAMES);
}

bool
gstack_fault(struct trapframe *frame)
{
	uintptr_t va = frame->value;
	struct hart *hart = this_hart();
	struct g *gp;
	bool there, was_stashed;

	if (frame->cause != CAUSE_LOAD_PAGE && frame->cause != CAUSE_STORE_PAGE)
		return false;
	if (va < VM_GSTACK_LO || va >= VM_GSTACK_HI)
		return false;
	gp = allg_at((uint32_t)((va - VM_GSTACK_LO) / GSTACK_WINDOW));
	if (gp != NULL && gp->strand.stack_hi == 0)
		gp = gp->link;					/* ALLG-3 */
	if (gp == NULL || gp->strand.stack_hi == 0)
		return false;
	if (va < gp->strand.stack_lo) {
		if (frame->x[4] == (uintptr_t)gp)
			fatal_stack_overflow(gp, frame);
		return false;
	}
	/* Before the lock: GSTACK-3. */
	if (UNLIKELY(hart->nframes == 0)) {
		void *page = alloc_frame(hart);

		if (page != NULL)
			hart->frames[hart->nframes++] = page;
	}
	if (!gstack_lock(gp))
		return false;
	was_stashed = load_relaxed(&gp->stash) != NULL;
	there = vm_reprieve(va);				/* TRIM-4 */
	if (!there && !bring_page(gp, hart, ROUND_DOWN(va, PAGE_SIZE))) {
		gstack_unlock(gp);
		fatal_error("out of memory: the stack of goroutine %lu "
		    "cannot %s", gp->id, was_stashed ? "come back" : "grow");
	}
	gstack_unlock(gp);
	/* What was there for others may be new to us; and a hart may have
	 * remembered that there was nothing. */
	sfence_vma(va);
	if (!there)
		refill_soon(hart, frame);
	return true;
}

/* ---- numbers ---- */

void
gstack_count(int64_t n, uint64_t trimmed)
{
	/* relaxed: statistics. */
	add_relaxed(&stats.pages, (uint64_t)n);
	if (trimmed != 0)
		add_relaxed(&stats.trimmed, trimmed);
}

void
gstack_get_stats(struct gstack_stats *out)
{
	/* relaxed: as above. */
	*out = (struct gstack_stats){
		.windows = allg_count(),
		.pages = load_relaxed(&stats.pages),
		.trimmed = load_relaxed(&stats.trimmed),
	};
}
