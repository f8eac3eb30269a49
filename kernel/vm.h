/*
 * vm.h - the address space: one table shared by all harts, Sv48 where the
 * machine has it, else Sv39; and a second one, which shares with the first all
 * but the entries for text of programs, for tripwires (tripwire.h).
 *
 *	0x0                   page 0, never mapped
 *	devices and RAM       identity mapped, large pages; text RX, data R,
 *	                      the rest RW; never W and X together
 *	VM_KSTACK_LO ..       stacks of the harts, each with a guard page below
 *	VM_GSTACK_LO ..       windows of the goroutine stacks
 *	                      (runtime/stack/gstack.h), or
 *	VM_WIDE_LO ..         these, if that has no room for them: Sv48 only
 *
 * Mapping a page that was not mapped needs no flush: a hart that still sees
 * the old, invalid entry faults, and the fault handler looks again.  After a
 * mapping is taken away, every hart must have forgotten it (kernel/tlb.h)
 * before the frame is used for anything else.
 *
 * A page may be *condemned* first: no hart finds its translation any more, but
 * its entry keeps the frame.  As long as some harts still have the translation
 * and others fault, the fault handler reprieves the page, with the same frame,
 * so that all of them use one memory.
 */
#pragma once

#include "kernel/page.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/* RAM above this has no identity mapping, because Sv39 has no room for it;
 * nobody uses it. */
#define VM_IDENTITY_HI 0x4000000000UL
#define VM_KSTACK_LO 0xffffffc000000000UL
#define VM_GSTACK_LO 0xffffffc040000000UL
#define VM_GSTACK_HI 0xfffffffffff00000UL
#define VM_WIDE_LO 0xffff800000000000UL
#define VM_WIDE_HI 0xffffff8000000000UL

enum vm_prot {
	VM_R = 1 << 1, VM_W = 1 << 2, VM_X = 1 << 3,
	VM_RW = VM_R | VM_W, VM_RX = VM_R | VM_X,
};

typedef ATOMIC(uint64_t) vm_pte;

/* What goes into satp; for a hart on its way in.  [I] after vm_init */
extern uint64_t vm_satp;

/* The same for the fenced table, which differs in one thing: text of programs
 * cannot be executed (tripwire.h). */
extern uint64_t vm_satp_fenced;

/* Build the tables from the platform and the linker's section bounds, and turn
 * the first one on for the boot hart; vm_activate does so for another hart. */
void    vm_init(void);
void    vm_activate(void);

/* Let this hart use the table that satp stands for: vm_satp or vm_satp_fenced.
 * For tripwire.c. */
void    vm_use(uint64_t satp);

/* Returns true if the table is one of Sv48.  After vm_init. */
bool    vm_is_wide(void);

/* Returns the leaf entry of va, having made the tables above it that were
 * missing; NULL if there is no memory for them.  Any hart, rank below
 * RANK_PAGE. */
vm_pte *vm_prepare(uintptr_t va) MUST_USE;

/* The most tables that may be missing above a leaf entry. */
enum { VM_TABLES_MAX = 3 };

/* The same with the last of the *nframes frames, as many as need be; NULL if
 * those are too few.  Any hart, traps too: takes no lock. */
vm_pte *vm_prepare_from(uintptr_t va, void **frames,
    uint32_t *nframes) MUST_USE;

/* The leaf entry of va, or NULL if the tables above it do not exist or va lies
 * in a large page.  Any hart, traps too: takes no lock. */
vm_pte *vm_leaf(uintptr_t va);

/* Map one page: va must be prepared and unmapped.  No flush, no lock. */
void    vm_map(uintptr_t va, void *frame, enum vm_prot prot);

/* The same, given the leaf entry of the page. */
void    vm_map_leaf(vm_pte *leaf, void *frame, enum vm_prot prot);

/* Take the page at va away, condemned or not, and return its frame, or NULL if
 * there was none.  Every hart must forget the translation before the frame is
 * used again. */
void   *vm_unmap(uintptr_t va);

/* Condemn the page at va.  Returns false, and does nothing, if it is not
 * mapped. */
bool    vm_condemn(uintptr_t va);

/* Map the page at va again if it is condemned.  Returns whether it is mapped
 * now.  Traps too. */
bool    vm_reprieve(uintptr_t va);

/* Is the page at va mapped, and not condemned?  Any hart, traps too. */
bool    vm_is_mapped(uintptr_t va);

/* The frame behind va, be it mapped or condemned, or NULL; or, given its leaf
 * entry or NULL, the same.  Any hart, traps too. */
void   *vm_frame(uintptr_t va);
void   *vm_leaf_frame(const vm_pte *leaf);

/* A stack of npages (a power of two) mapped pages, aligned to its own size,
 * with a guard page below, for a hart.  Returns one past its highest byte.
 * Boot only; panics when there is no memory. */
uintptr_t vm_kernel_stack(size_t npages);

/* The address is in the guard page of a hart's stack. */
bool    vm_is_kernel_guard(uintptr_t va);

/* Walk all tables: no entry writable and executable, page 0 unmapped, the
 * fenced table as it should be.  Returns the number of leaf entries of the
 * first table. Tests. */
size_t  vm_check(void);
