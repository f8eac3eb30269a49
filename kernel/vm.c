/*
 * vm.c - the one address space of all harts (privileged specification, 4.4:
 * Sv39).
 *
 * All entries are global, since there is only one address space, and have A and
 * D set, so no hart ever writes to a table to note an access.
 *
 *	VM-1	Tables above the leaves are only ever added, never taken away or
 *		replaced.  So a walk needs no lock: what it has found stays.
 *	VM-2	A leaf entry belongs to whoever owns the page at its address;
 *		only that one changes it.
 *	VM-3	No leaf is both writable and executable.
 *	VM-4	A leaf entry is 0, or mapped (PTE_V), or condemned: what it was
 *		when it was mapped, without PTE_V.
 */
#include "kernel/vm.h"

#include "kernel/hart.h"
#include "kernel/platform.h"
#include "kernel/ram.h"
#include "kernel/riscv.h"
#include "kernel/spinlock.h"
#include "kernel/virtual.h"
#include "lib/check.h"
#include "lib/str.h"

enum {
	PTE_V = 1 << 0, PTE_G = 1 << 5, PTE_A = 1 << 6, PTE_D = 1 << 7,
	PTE_RWX = VM_R | VM_W | VM_X,
	PTE_PPN_SHIFT = 10,
};

/* Levels: 2 is the root, 0 the leaves. */
enum { TABLE_LEN = 512, TOP = 2 };

#define SATP_SV39 (8UL << 60)

uint64_t vm_satp;

static vm_pte         *root;		/* [I] after vm_init */
static uintptr_t       kstack_end;	/* next free address for hart stacks */
static struct spinlock lock = SPINLOCK_INIT("vm", RANK_VM);

/* linker.ld */
extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[];

/* ---- Entries ------------------------------------------------------------ */

static uint64_t
pte_of(uintptr_t pa, uint64_t flags)
{
	return pa >> PAGE_SHIFT << PTE_PPN_SHIFT | flags | PTE_V;
}

static uintptr_t
pte_addr(uint64_t pte)
{
	return pte >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static bool
pte_is_leaf(uint64_t pte)
{
	return (pte & PTE_RWX) != 0;
}

static uint64_t
leaf_flags(enum vm_prot prot)
{
	return prot | PTE_G | PTE_A | PTE_D;
}

/* Bytes behind one entry of a table at level. */
static size_t
entry_span(unsigned level)
{
	return (size_t)PAGE_SIZE << 9 * level;
}

/* The entry for va in the table at level that has it. */
static vm_pte *
entry_in(vm_pte *table, uintptr_t va, unsigned level)
{
	return &table[va / entry_span(level) % TABLE_LEN];
}

/* The entry for va at level, or NULL if there is no table for it.  Any hart. */
static vm_pte *
find_entry(uintptr_t va, unsigned level)
{
	vm_pte *table = root;

	for (unsigned at = TOP; at > level; at--) {
		/* acquire: pairs with store_release in make_entry. */
		uint64_t pte = load_acquire(entry_in(table, va, at));

		if (!(pte & PTE_V) || pte_is_leaf(pte))
			return NULL;
		table = (vm_pte *)pte_addr(pte);
	}
	return entry_in(table, va, level);
}

/* The same, making the tables that are missing; NULL if there is no memory or a
 * large page is in the way.  Under lock, or at boot. */
static vm_pte *
make_entry(uintptr_t va, unsigned level)
{
	vm_pte *table = root;

	for (unsigned at = TOP; at > level; at--) {
		vm_pte  *entry = entry_in(table, va, at);
		/* relaxed: only holders of the lock store here (VM-1). */
		uint64_t pte = load_relaxed(entry);

		if (!(pte & PTE_V)) {
			void *page = page_alloc(1);

			if (page == NULL)
				return NULL;
			memset(page, 0, PAGE_SIZE);
			pte = pte_of((uintptr_t)page, 0);
			/* release: pairs with load_acquire in find_entry and
			 * with the walkers of all harts. */
			store_release(entry, pte);
		} else if (pte_is_leaf(pte)) {
			return NULL;
		}
		table = (vm_pte *)pte_addr(pte);
	}
	return entry_in(table, va, level);
}

/* ---- Boot --------------------------------------------------------------- */

/* Is the page at va one whose writes are to be seen page by page?  In an
 * explore image those of the world are (vm_dirty.h). */
static bool
has_small_pages(uintptr_t va)
{
	return VIRTUAL && va >= (uintptr_t)__rodata_end && va < ram_world_end();
}

/* Map [lo, hi), whole pages, where it lies, with the largest leaves that fit.
 * What is mapped already stays as it is. */
static void
map_identity(uintptr_t lo, uintptr_t hi, enum vm_prot prot)
{
	while (lo < hi) {
		unsigned level = TOP;
		vm_pte  *entry;

		while (lo % entry_span(level) != 0 ||
		    hi - lo < entry_span(level))
			level--;
		if (has_small_pages(lo))
			level = 0;
		entry = make_entry(lo, level);
		if (entry == NULL)
			panic("vm: cannot map %p", (void *)lo);
		/* relaxed: nobody walks the tables yet. */
		if (load_relaxed(entry) == 0)
			store_relaxed(entry, pte_of(lo, leaf_flags(prot)));
		lo += entry_span(level);
	}
}

/* Map RAM [lo, hi): the image's sections as their kind wants, the rest RW. */
static void
map_ram(uintptr_t lo, uintptr_t hi)
{
	const struct {
		uintptr_t    end;
		enum vm_prot prot;
	} parts[] = {
		{ (uintptr_t)__text_start, VM_RW },
		{ (uintptr_t)__text_end, VM_RX },
		{ (uintptr_t)__rodata_start, VM_RW },
		{ (uintptr_t)__rodata_end, VM_R },
		{ VM_IDENTITY_HI, VM_RW },
	};

	lo = MAX(lo, (uintptr_t)PAGE_SIZE);
	for (unsigned i = 0; i < ARRAY_LEN(parts) && lo < hi; i++) {
		uintptr_t end = MIN(hi, parts[i].end);

		if (lo < end) {
			map_identity(lo, end, parts[i].prot);
			lo = end;
		}
	}
}

static void
map_device(struct range r)
{
	if (r.len > 0)
		map_identity(ROUND_DOWN(r.base, PAGE_SIZE),
		    ROUND_UP(r.base + r.len, PAGE_SIZE), VM_RW);
}

/* Build the table from the platform and the linker's section bounds, and turn
 * it on.  Boot hart, once. */
void
vm_init(void)
{
	root = page_alloc(1);
	CHECK(root != NULL);
	memset(root, 0, PAGE_SIZE);
	for (uint32_t i = 0; i < platform.nram; i++) {
		struct range r = platform.ram[i];

		map_ram(ROUND_UP(r.base, PAGE_SIZE),
		    ROUND_DOWN(r.base + r.len, PAGE_SIZE));
	}
	map_device(platform.uart);
	map_device(platform.irqc_regs);
	map_device(platform.imsic);
	map_device(platform.finisher);

	kstack_end = VM_KSTACK_LO;
	vm_satp = SATP_SV39 | (uintptr_t)root >> PAGE_SHIFT;
	vm_activate();
	if (CSR_READ(satp) != vm_satp)
		panic("vm: this machine has no Sv39");
}

/* Turn the table on for this hart. */
void
vm_activate(void)
{
	sfence_vma_all();
	CSR_WRITE(satp, vm_satp);
	sfence_vma_all();
}

/* ---- Single pages ------------------------------------------------------- */

/* Make sure that the tables above the leaf entries of [va, va + len) exist.
 * False if there is no memory for them.  Any hart, rank below RANK_VM. */
bool
vm_prepare(uintptr_t va, size_t len)
{
	uintptr_t at = ROUND_DOWN(va, entry_span(1));
	bool      ok = true;

	for (; ok && at - ROUND_DOWN(va, entry_span(1)) <
	    len + va % entry_span(1); at += entry_span(1)) {
		if (find_entry(at, 0) != NULL)
			continue;
		spin_lock(&lock);
		ok = make_entry(at, 0) != NULL;
		spin_unlock(&lock);
	}
	return ok;
}

/* The leaf entry of va, or NULL if the tables above it do not exist or va lies
 * in a large page.  Any hart, traps too: takes no lock. */
vm_pte *
vm_leaf(uintptr_t va)
{
	return find_entry(va, 0);
}

/* Map one page: va must be prepared and unmapped (VM-2).  No flush, no lock. */
void
vm_map(uintptr_t va, void *frame, enum vm_prot prot)
{
	vm_map_leaf(vm_leaf(va), frame, prot);
}

/* The same, given the leaf entry of the page. */
void
vm_map_leaf(vm_pte *leaf, void *frame, enum vm_prot prot)
{
	ASSERT((prot & (VM_W | VM_X)) != (VM_W | VM_X));	/* VM-3 */
	/* relaxed: ours (VM-2). */
	CHECK(leaf != NULL && load_relaxed(leaf) == 0);
	/* release: what we wrote to the frame comes before the mapping, for the
	 * walkers of other harts and for load_acquire in vm_frame. */
	store_release(leaf, pte_of((uintptr_t)frame, leaf_flags(prot)));
}

/* Take the page at va away, condemned or not, and return its frame, or NULL if
 * there was none.  Every hart must forget the translation before the frame is
 * used again. */
void *
vm_unmap(uintptr_t va)
{
	void *frame = vm_frame(va);

	if (frame != NULL)
		/* relaxed: what makes the harts forget orders it. */
		store_relaxed(vm_leaf(va), 0);
	return frame;
}

/* Condemn the page at va (VM-4).  Returns false, and does nothing, if it is not
 * mapped. */
bool
vm_condemn(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);
	/* relaxed: ours (VM-2). */
	uint64_t pte = leaf != NULL ? load_relaxed(leaf) : 0;

	if (!(pte & PTE_V))
		return false;
	/* relaxed: what makes the harts forget orders it. */
	store_relaxed(leaf, pte & ~(uint64_t)PTE_V);
	return true;
}

/* Map the page at va again if it is condemned.  Returns whether it is mapped
 * now. */
bool
vm_reprieve(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);
	/* relaxed: ours (VM-2). */
	uint64_t pte = leaf != NULL ? load_relaxed(leaf) : 0;

	if (pte != 0 && !(pte & PTE_V))
		/* release: as in vm_map_leaf; the frame is what it was. */
		store_release(leaf, pte | PTE_V);
	return pte != 0;
}

static uint64_t
leaf_value(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);

	/* acquire: pairs with store_release in vm_map_leaf. */
	return leaf != NULL ? load_acquire(leaf) : 0;
}

/* Is the page at va mapped, and not condemned?  Any hart, traps too. */
bool
vm_is_mapped(uintptr_t va)
{
	return (leaf_value(va) & PTE_V) != 0;
}

/* The frame behind va, be it mapped or condemned, or NULL.  Any hart, traps
 * too. */
void *
vm_frame(uintptr_t va)
{
	uint64_t pte = leaf_value(va);

	return pte != 0 ? (void *)pte_addr(pte) : NULL;
}

/* ---- Stacks of the harts ------------------------------------------------ */

/* A stack of npages (a power of two) pages, aligned to its own size, with a
 * guard page below, for a hart.  Returns one past its highest byte.  Boot only;
 * panics when there is no memory. */
uintptr_t
vm_kernel_stack(size_t npages)
{
	size_t    len = npages * PAGE_SIZE;
	uintptr_t lo = ROUND_UP(kstack_end + PAGE_SIZE, len);

	ASSERT((npages & (npages - 1)) == 0);
	CHECK(lo + len <= VM_GSTACK_LO);
	kstack_end = lo + len;
	for (size_t at = 0; at < len; at += PAGE_SIZE) {
		void *frame = page_alloc(1);

		if (frame == NULL || !vm_prepare(lo + at, PAGE_SIZE))
			panic("vm: no memory for the stack of a hart");
		vm_map(lo + at, frame, VM_RW);
	}
	return lo + len;
}

/* The address is in the guard page of a hart's stack. */
bool
vm_is_kernel_guard(uintptr_t va)
{
	return va >= VM_KSTACK_LO && va < kstack_end && vm_frame(va) == NULL;
}

/* ---- Checks ------------------------------------------------------------- */

static size_t
check_table(vm_pte *table, unsigned level)
{
	size_t leaves = 0;

	for (unsigned i = 0; i < TABLE_LEN; i++) {
		/* acquire: pairs with store_release in make_entry. */
		uint64_t pte = load_acquire(&table[i]);

		if (!(pte & PTE_V)) {
			CHECK(pte == 0 || (level == 0 && pte_is_leaf(pte)));
		} else if (pte_is_leaf(pte)) {
			CHECK((pte & (VM_W | VM_X)) != (VM_W | VM_X));
			CHECK(pte & PTE_G && pte & PTE_A && pte & PTE_D);
			CHECK(pte_addr(pte) % entry_span(level) == 0);
			leaves++;
		} else {
			CHECK(level > 0);
			leaves += check_table((vm_pte *)pte_addr(pte),
			    level - 1);
		}
	}
	return leaves;
}

/* Walk all tables: no entry writable and executable (VM-3), page 0 unmapped.
 * Returns the number of leaf entries.  Tests. */
size_t
vm_check(void)
{
	CHECK(vm_frame(0) == NULL);
	return check_table(root, TOP);
}
