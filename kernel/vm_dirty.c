/*
 * vm_dirty.c - see vm_dirty.h.
 *
 * When software writes through a leaf, hardware either sets D (privileged
 * specification, 4.3.1) or raises a page fault so that software sets D.  Both
 * kinds of hardware are supported.
 */
#include "kernel/vm_dirty.h"

#include "kernel/page.h"
#include "kernel/riscv.h"
#include "kernel/vm.h"

enum {
	PTE_V = 1 << 0, PTE_RWX = VM_R | VM_W | VM_X, PTE_D = 1 << 7,
	PTE_PPN_SHIFT = 10, TABLE_LEN = 512,
};

static struct {
	uintptr_t lo, hi;			/* the frames of interest */
	void    (*fn)(uintptr_t frame);		/* NULL: clear D */
} walk;

static uintptr_t
pte_addr(uint64_t pte)
{
	return pte >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static void
walk_table(vm_pte *table)
{
	for (unsigned i = 0; i < TABLE_LEN; i++) {
		/* Plain accesses, because an atomic access would be a point of
		 * the explorer; and there is only one real hart. */
		uint64_t *pte = &table[i].v_;
		uintptr_t at = pte_addr(*pte);

		if (*pte == 0)
			continue;
		/* A condemned page (VM-4) may have been written like any
		 * other. */
		if (!(*pte & PTE_RWX))
			walk_table((vm_pte *)at);
		else if (!(*pte & VM_W) || !(*pte & PTE_D) || at < walk.lo ||
		    at >= walk.hi)
			continue;
		else if (walk.fn != NULL)
			walk.fn(at);
		else
			*pte &= ~(uint64_t)PTE_D;
	}
}

static vm_pte *
root_table(void)
{
	return (vm_pte *)(vm_satp << PAGE_SHIFT);
}

void
vm_dirty_clear(uintptr_t lo, uintptr_t hi)
{
	walk.lo = lo;
	walk.hi = hi;
	walk.fn = NULL;
	walk_table(root_table());
	sfence_vma_all();
}

void
vm_dirty_each(uintptr_t lo, uintptr_t hi, void (*fn)(uintptr_t frame))
{
	walk.lo = lo;
	walk.hi = hi;
	walk.fn = fn;
	walk_table(root_table());
}

bool
vm_dirty_fault(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);

	if (leaf == NULL || (leaf->v_ & (PTE_V | VM_W | PTE_D)) !=
	    (PTE_V | VM_W))
		return false;
	leaf->v_ |= PTE_D;
	sfence_vma(va);
	return true;
}
