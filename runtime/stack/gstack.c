/*
 * gstack.c - goroutine stacks; see gstack.h.
 *
 * Two harts may fault at one page: the hart that runs the goroutine, and a hart
 * whose goroutine writes to a variable on that stack.  The hart that gets
 * stack_lock first maps the page.  The second hart finds the page mapped and
 * only forgets its own old translation.
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

_Static_assert(HART_FRAMES * PAGE_SIZE >= GSTACK_SIZE(0) &&
    HART_FRAMES >= 1 + VM_TABLES_MAX, "GSTACK-2");
_Static_assert(FRAME_LIMIT + GSTACK_SLACK <= PAGE_SIZE, "GSTACK-5");

/* Bytes behind one page table with leaf entries. */
#define TABLE_SPAN (2 * MIB)

/* The largest frame of the program, or 0 (linker.ld). */
extern const uint64_t __gstack_frame_max;

enum { REG_SP = 2, REG_TP = 4 };
enum { POLLS_PER_LOOK = 1024 }; /* polls between two looks at the clock */
#define PATIENCE (10 * NS_PER_S)

/* Statistics that count up and down.  Field key: [a] atomic */
static struct {
	ATOMIC(uint64_t) pages;		/* [a] */
	ATOMIC(uint64_t) trimmed;	/* [a] */
} stats;

struct gstack_layout gstack_layout;

/* ---- the layout ---- */

struct gstack_layout
gstack_plan(size_t stack, size_t frame_max, bool wide)
{
	struct gstack_layout l = { .lo = VM_GSTACK_LO, .shift = 16 };
	uintptr_t hi = VM_GSTACK_HI;

	l.guard = ROUND_UP(MAX(frame_max, (size_t)FRAME_LIMIT) + GSTACK_SLACK,
	    (size_t)PAGE_SIZE);
	while ((size_t)1 << l.shift < stack + l.guard)
		l.shift++;
	/* The smallest windows fit into the address space of Sv39, and a page
	 * walk is shorter there (kernel/vm.c). */
	if (wide && l.shift > 16) {
		l.lo = VM_WIDE_LO;
		hi = VM_WIDE_HI;
	}
	l.max = (uint32_t)MIN((hi - l.lo) >> l.shift, (size_t)GSTACK_MAX);
	l.len = (size_t)l.max << l.shift;
	return l;
}

void
gstack_init(void)
{
	gstack_layout = gstack_plan(GSTACK_SIZE(0), __gstack_frame_max,
	    vm_is_wide());
}

static uintptr_t
window_of(uint32_t index)
{
	return gstack_layout.lo + ((uintptr_t)index << gstack_layout.shift);
}

uint32_t
gstack_windows(unsigned k)
{
	size_t window = (size_t)1 << gstack_layout.shift;

	return (uint32_t)((GSTACK_SIZE(k) + gstack_layout.guard + window - 1) >>
	    gstack_layout.shift);
}

struct g *
gstack_owner(uintptr_t va)
{
	uintptr_t off = va - gstack_layout.lo;
	struct g *gp;

	if (off >= gstack_layout.len)
		return NULL;
	gp = allg_at((uint32_t)(off >> gstack_layout.shift));
	if (gp != NULL && gp->strand.stack_hi == 0)
		gp = gp->link;					/* ALLG-3 */
	return gp != NULL && gp->strand.stack_hi != 0 ? gp : NULL;
}

/* ---- giving stacks ---- */

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
			return;		/* a fault that needs it complains */
		hart->frames[hart->nframes++] = frame;
	}
}

/* Give gp a stack of class k that ends at hi.  frame becomes its top page,
 * whose leaf entry is leaf. */
INLINE void
set_stack(struct g *gp, uintptr_t hi, unsigned k, vm_pte *leaf, void *frame)
{
	vm_map_leaf(leaf, frame, VM_RW);
	/* relaxed: nobody knows gp yet. */
	store_relaxed(&gp->npages, 1);
	gp->strand.stack_lo = hi - GSTACK_SIZE(k);
	gp->strand.stack_hi = hi;
}

bool
gstack_give_large(struct g *gp, unsigned k)
{
	uintptr_t hi = window_of(gp->index + gstack_windows(k));
	vm_pte *leaf = vm_prepare(hi - PAGE_SIZE);
	void *frame = leaf != NULL ? page_alloc(1) : NULL;

	if (frame == NULL)
		return false;
	set_stack(gp, hi, k, leaf, frame);
	gstack_count(1, 0);
	return true;
}

/* Give n Gs from gs on a stack of class 0 each.  Their windows share one page
 * table, and their top pages are one run of pages.  Returns false, and has done
 * nothing, if there is no memory. */
static bool
give_at_once(struct g *gs, uint32_t n, size_t window)
{
	uintptr_t hi = window_of(gs->index + 1);
	vm_pte *leaf = vm_prepare(hi - PAGE_SIZE);
	char *run = leaf != NULL ? page_alloc(n) : NULL;

	if (run == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		set_stack(g_behind(gs, i), hi, 0, leaf, run + i * PAGE_SIZE);
		hi += window;
		leaf += window / PAGE_SIZE;
	}
	gstack_count(n, 0);
	return true;
}

uint32_t
gstack_give(struct g *gs, uint32_t n)
{
	size_t   window = (size_t)1 << gstack_layout.shift;
	uint32_t i = 0;

	if (window * n <= TABLE_SPAN && give_at_once(gs, n, window))
		return n;
	while (i < n && gstack_give_large(g_behind(gs, i), 0))
		i++;
	return i;
}

unsigned
gstack_large_shift(const struct g *gp)
{
	uintptr_t size = gp->strand.stack_hi - gp->strand.stack_lo;
	unsigned k = 0;

	while (GSTACK_SIZE(k) < size)
		k++;
	return k;
}

/* ---- the lock ---- */

bool
gstack_lock(struct g *gp)
{
	uint32_t free = 0, polls = 0;
	nanos_t  until = 0;

	/* acquire: pairs with store_release in gstack_unlock; we see what the
	 * last holder did to the window. */
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

/* Returns whether this hart holds no lock of this rank or above. */
static bool
holds_none(const struct hart *hart, enum lock_rank rank)
{
	for (const struct spinlock *l = hart->held; l != NULL; l = l->below)
		if (l->rank >= rank)
			return false;
	return true;
}

/* Returns a frame for the reserve of hart.  Returns NULL if there is no memory,
 * or if hart holds a lock that forbids it to ask the page allocator. */
static void *
alloc_frame(const struct hart *hart)
{
	void *frame = holds_none(hart, RANK_PAGE) ? page_alloc(1) : NULL;

	if (frame == NULL && holds_none(hart, RANK_ALLG) &&
	    gstack_reap_now() > 0)
		frame = page_alloc(1);
	return frame;
}

/* Make sure that the reserve has enough frames for a fault, as far as the locks
 * that this hart holds allow it.  If leaf is NULL, the fault needs frames for
 * page tables, too. */
static void
reserve(struct hart *hart, const vm_pte *leaf)
{
	uint32_t need = leaf == NULL ? 1 + VM_TABLES_MAX : 1;
	void *frame;

	while (UNLIKELY(hart->nframes < need) &&
	    (frame = alloc_frame(hart)) != NULL)
		hart->frames[hart->nframes++] = frame;
}

/* Map gp's page at va, whose leaf entry is leaf and which is not mapped, and
 * restore what is stashed of it.  Returns false if there is no frame.  The
 * caller holds gp's stack_lock. */
static bool
bring_page(struct g *gp, struct hart *hart, uintptr_t va, vm_pte *leaf)
{
	uint32_t npages = (uint32_t)((gp->strand.stack_hi - va) >> PAGE_SHIFT);
	void *frame;

	if (leaf == NULL || hart->nframes == 0)
		return false;
	frame = hart->frames[--hart->nframes];
	/* relaxed: both stash and npages change under stack_lock (STASH-3). */
	if (npages == 1 && load_relaxed(&gp->stash) != NULL)
		stash_restore(gp, frame);
	vm_map_leaf(leaf, frame, VM_RW);
	if (load_relaxed(&gp->npages) < npages)
		store_relaxed(&gp->npages, npages);		/* GSTACK-4 */
	gstack_count(1, 0);
	return true;
}

/* Replace the frames that the fault at frame took from the reserve of hart.  If
 * the fault interrupted program code, no runtime code and so no lock is below
 * us, and the reserve is filled at once.  Else the scheduler fills it, when
 * half of it is gone. */
static void
refill_soon(struct hart *hart, const struct trapframe *frame)
{
	struct m *m = (struct m *)hart;

	if (preempt_is_app(frame->pc))
		gstack_refill(m);
	else if (m->p != NULL && hart->nframes <= HART_FRAMES / 2)
		/* release: as in p_ask. */
		or_release(&m->p->attention, ATTN_FRAMES);
}

bool
gstack_fault(struct trapframe *frame)
{
	uintptr_t va = frame->value;
	struct hart *hart = this_hart();
	struct g *gp;
	vm_pte *leaf;
	bool there, was_stashed;

	if (frame->cause != CAUSE_LOAD_PAGE && frame->cause != CAUSE_STORE_PAGE)
		return false;
	gp = gstack_owner(va);
	if (gp == NULL)
		return false;
	if (va < gp->strand.stack_lo) {
		/* Nothing of a stack lies below its pointer: an address there
		 * was reached by a bad pointer of the program. */
		if (frame->x[REG_TP] == (uintptr_t)gp &&
		    va >= frame->x[REG_SP])
			fatal_stack_overflow(gp, frame);
		return false;
	}
	/* Before stack_lock is taken: GSTACK-3. */
	leaf = vm_leaf(va);
	reserve(hart, leaf);
	if (UNLIKELY(leaf == NULL))
		leaf = vm_prepare_from(va, hart->frames, &hart->nframes);
	if (!gstack_lock(gp))
		return false;
	was_stashed = load_relaxed(&gp->stash) != NULL;
	there = vm_reprieve(va);				/* TRIM-4 */
	if (!there &&
	    !bring_page(gp, hart, ROUND_DOWN(va, PAGE_SIZE), leaf)) {
		gstack_unlock(gp);
		fatal_error("out of memory: the stack of goroutine %lu "
		    "cannot %s", gp->id, was_stashed ? "come back" : "grow");
	}
	gstack_unlock(gp);
	/* If another hart has mapped the page, this hart may still have the old
	 * translation.  A hart may also have cached that the entry was
	 * invalid. */
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
