/*
 * gstack.c - goroutine stacks; see gstack.h.
 */
#include "runtime/gstack.h"

#include "kernel/panic.h"
#include "kernel/riscv.h"
#include "lib/check.h"
#include "runtime/fatal.h"
#include "runtime/p.h"
#include "runtime/preempt.h"
#include "runtime/sched.h"

_Static_assert(HART_FRAMES * PAGE_SIZE >= GSTACK_WINDOW, "GSTACK-2");

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

bool
gstack_give(struct g *gp)
{
	uintptr_t base = window_of(gp->index);
	void *frame = page_alloc(1);

	if (frame == NULL)
		return false;
	vm_map(base + GSTACK_WINDOW - PAGE_SIZE, frame, VM_RW);
	gp->strand.stack_lo = base + PAGE_SIZE;
	gp->strand.stack_hi = base + GSTACK_WINDOW;
	return true;
}

bool
gstack_fault(struct trapframe *frame)
{
	uintptr_t va = frame->value;
	struct hart *hart = this_hart();
	struct g *gp;
	vm_pte *leaf;

	if (frame->cause != CAUSE_LOAD_PAGE && frame->cause != CAUSE_STORE_PAGE)
		return false;
	if (va < VM_GSTACK_LO || va >= VM_GSTACK_HI)
		return false;
	gp = allg_at((uint32_t)((va - VM_GSTACK_LO) / GSTACK_WINDOW));
	if (gp == NULL || gp->strand.stack_hi == 0)
		return false;
	if (va < gp->strand.stack_lo) {
		if (frame->x[4] == (uintptr_t)gp)
			fatal_stack_overflow(gp, frame);
		return false;
	}
	leaf = vm_leaf(va);
	/* relaxed: another hart may have mapped it; then only our TLB is old.
	 */
	if (leaf != NULL && load_relaxed(leaf) != 0) {
		sfence_vma(va);
		return true;
	}
	if (hart->nframes == 0)
		fatal_error("out of memory: the stack of goroutine %lu "
		    "cannot grow", gp->id);
	vm_map(ROUND_DOWN(va, PAGE_SIZE), hart->frames[--hart->nframes],
	    VM_RW);
	/* Fill up at once if no runtime code, and so no lock, is below us; else
	 * the scheduler does it. */
	if (preempt_is_app(frame->pc))
		gstack_refill((struct m *)hart);
	else if (((struct m *)hart)->p != NULL)
		/* release: as in p_attend. */
		or_release(&((struct m *)hart)->p->attention, ATTN_FRAMES);
	return true;
}
