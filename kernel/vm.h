/*
 * vm.h - the address space: one page table shared by all harts, in Sv48 where
 * the machine has it, else in Sv39; and a second page table for tripwires
 * (tripwire.h), which differs from the first in the entries for text of
 * programs.
 *
 *	0x0                   page 0, never mapped
 *	devices and RAM       identity mapped, large pages; text RX, data R,
 *	                      the rest RW; never W and X together
 *	VM_KSTACK_LO ..       stacks of the harts, each with a guard page below
 *	VM_GSTACK_LO ..       windows of the goroutine stacks
 *	                      (runtime/stack/gstack.h), or
 *	VM_WIDE_LO ..         the windows, if VM_GSTACK_LO .. has no room for
 *	                      them: Sv48 only
 *
 * To map a page that was not mapped needs no flush: a hart that still sees the
 * old, invalid entry faults, and the fault handler finds the new entry.  After
 * a mapping is removed, every hart must have forgotten it (kernel/tlb.h) before
 * the frame is used for anything else.
 *
 * A page may be *condemned* before its mapping is removed.  The entry of a
 * condemned page is invalid, but keeps the frame: a hart that still has the
 * translation goes on using the page, and any other hart faults.  The fault
 * handler then reprieves the page, with its old frame, so that all harts use
 * the same memory.
 */
#pragma once

#include "kernel/page.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/* RAM above this address is not used: Sv39 has no room for an identity mapping
 * of it. */
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

/* The value of satp for the first table.  Harts that start use it, too.  [I]
 * after vm_init */
extern uint64_t vm_satp;

/* The value of satp for the fenced table, which differs from the first in one
 * thing: text of programs cannot be executed (tripwire.h).  [I] after
 * vm_init */
extern uint64_t vm_satp_fenced;

/* Build the tables from the platform and the linker's section bounds, and turn
 * the first one on for the boot hart.  Boot hart, once.  vm_activate turns the
 * first table on for the hart that calls it. */
void    vm_init(void);
void    vm_activate(void);

/* Let this hart use the table that satp stands for: vm_satp or vm_satp_fenced.
 * For tripwire.c. */
void    vm_use(uint64_t satp);

/* Returns true if the tables are those of Sv48.  After vm_init. */
bool    vm_is_wide(void);

/* Make the tables that are missing above the leaf entry of va.  Returns that
 * entry, or NULL if there is no memory for the tables or va lies in a large
 * page.  Any hart; locks held must have ranks below RANK_PAGE. */
vm_pte *vm_prepare(uintptr_t va) MUST_USE;

/* The most tables that may be missing above a leaf entry. */
enum { VM_TABLES_MAX = 3 };

/* Do what vm_prepare does, but take the memory for tables from the end of
 * frames, an array of *nframes frames; reduces *nframes by as many as it uses.
 * Returns NULL if they are too few.  Any hart, traps too: takes no lock. */
vm_pte *vm_prepare_from(uintptr_t va, void **frames,
    uint32_t *nframes) MUST_USE;

/* Returns the leaf entry of va, or NULL if the tables above it do not exist or
 * va lies in a large page.  Any hart, traps too: takes no lock. */
vm_pte *vm_leaf(uintptr_t va);

/* Map the page at va to frame.  The caller owns the page (VM-2), which must be
 * prepared and unmapped.  Flushes nothing and takes no lock. */
void    vm_map(uintptr_t va, void *frame, enum vm_prot prot);

/* Do what vm_map does for the page whose leaf entry is leaf. */
void    vm_map_leaf(vm_pte *leaf, void *frame, enum vm_prot prot);

/* Unmap the page at va, which the caller owns (VM-2), condemned or not.
 * Returns its frame, or NULL if it had none.  Every hart must forget the
 * translation before the frame is used again. */
void   *vm_unmap(uintptr_t va);

/* Condemn the page at va, which the caller owns (VM-2).  Returns false, and
 * does nothing, if it is not mapped. */
bool    vm_condemn(uintptr_t va);

/* Map the page at va, which the caller owns (VM-2), again if it is condemned.
 * Returns whether it is mapped now.  Traps too. */
bool    vm_reprieve(uintptr_t va);

/* Is the page at va mapped, and not condemned?  Any hart, traps too. */
bool    vm_is_mapped(uintptr_t va);

/* Return the frame of the page at va, or of the page whose leaf entry is leaf,
 * be it mapped or condemned.  Both return NULL if there is none; leaf may be
 * NULL.  Any hart, traps too. */
void   *vm_frame(uintptr_t va);
void   *vm_leaf_frame(const vm_pte *leaf);

/* Make a stack for a hart: npages (a power of two) mapped pages, aligned to
 * their total size, with a guard page below.  Returns one past the highest byte
 * of the stack.  Boot only; panics if there is no memory. */
uintptr_t vm_kernel_stack(size_t npages);

/* Is va in the guard page of a hart's stack? */
bool    vm_is_kernel_guard(uintptr_t va);

/* Walk all tables and panic unless no entry is writable and executable (VM-3),
 * page 0 is unmapped, and the fenced table is right (VM-5).  Returns the number
 * of leaf entries of the first table.  Tests. */
size_t  vm_check(void);
